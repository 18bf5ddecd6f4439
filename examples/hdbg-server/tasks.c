/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The server's list of threads, kept in the order of the library's.
 */
#include "server.h"

#include <stdlib.h>
#include <string.h>

static void release(struct task *task)
{
    hdbg_event_release(task->pending);
    hdbg_thread_release(task->thread);
}

struct task *task_find(struct server *server, hdbg_thread_id id)
{
    for (size_t i = 0; i < server->task_count; i++) {
        if (server->tasks[i].id == id)
            return &server->tasks[i];
    }
    return NULL;
}

struct task *task_first(struct server *server)
{
    struct task *task = task_find(server, server->pid);
    return task == NULL && server->task_count != 0 ? &server->tasks[0] : task;
}

static struct task *add(struct server *server, hdbg_thread *thread)
{
    if (server->task_count == server->task_room) {
        size_t room = server->task_room * 2 + 16;
        struct task *tasks = realloc(server->tasks, room * sizeof *tasks);
        if (tasks == NULL)
            return NULL;
        server->tasks = tasks;
        server->task_room = room;
    }
    struct task *task = &server->tasks[server->task_count++];
    *task = (struct task){
        .thread = hdbg_thread_retain(thread), .id = hdbg_thread_id_of(thread), .resumed = server->running};
    return task;
}

/* The list's order hardly ever changes: `hint` is nearly always right. */
static void note(struct server *server, hdbg_thread *thread, size_t hint)
{
    struct task *task = hint < server->task_count ? &server->tasks[hint] : NULL;
    if (task == NULL || task->thread != thread) {
        task = task_find(server, hdbg_thread_id_of(thread));
        if (task != NULL && task->thread != thread) { /* an ended one's id, given to another */
            release(task);
            *task = (struct task){.thread = hdbg_thread_retain(thread),
                                  .id = hdbg_thread_id_of(thread),
                                  .resumed = server->running};
        }
    }
    if (task == NULL)
        task = add(server, thread);
    if (task != NULL)
        task->listed = true;
}

static void drop_unlisted(struct server *server)
{
    size_t kept = 0;
    for (size_t i = 0; i < server->task_count; i++) {
        if (server->tasks[i].listed)
            server->tasks[kept++] = server->tasks[i];
        else
            release(&server->tasks[i]);
    }
    server->task_count = kept;
}

void tasks_update(struct server *server)
{
    size_t room = 0, count = server->gone ? 0 : hdbg_team_threads(server->team, NULL, 0);
    hdbg_thread **threads = NULL;
    for (size_t i = 0; i < server->task_count; i++)
        server->tasks[i].listed = false;
    while (count > room) {
        for (size_t i = 0; i < room; i++)
            hdbg_thread_release(threads[i]);
        room = count + 8;
        hdbg_thread **more = realloc(threads, room * sizeof *threads);
        if (more == NULL) {
            free(threads);
            return;
        }
        threads = more;
        count = hdbg_team_threads(server->team, threads, room);
    }
    for (size_t i = 0; i < count; i++)
        note(server, threads[i], i);
    for (size_t i = 0; i < count; i++)
        hdbg_thread_release(threads[i]);
    free(threads);
    drop_unlisted(server);
}

void tasks_free(struct server *server)
{
    for (size_t i = 0; i < server->task_count; i++)
        release(&server->tasks[i]);
    free(server->tasks);
    server->tasks = NULL;
    server->task_count = server->task_room = 0;
}
