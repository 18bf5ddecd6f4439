/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Threads: a list for each team, in the order in which they were seen, and one table of all by their ids.
 */
#include "server.h"

#include <stdlib.h>

static struct task **bucket_of(struct server *server, hdbg_thread_id id)
{
    return &server->by_id[(uint32_t)id % TASK_BUCKETS];
}

struct task *task_find(const struct server *server, hdbg_thread_id id)
{
    struct task *task = server->by_id[(uint32_t)id % TASK_BUCKETS];
    while (task != NULL && task->id != id)
        task = task->next;
    return task;
}

struct task *task_first(const struct inferior *inferior)
{
    struct task *task = inferior->team != NULL ? task_find(inferior->server, inferior->pid) : NULL;
    return task == NULL && inferior->task_count != 0 ? inferior->tasks[0] : task;
}

/* ---- coming and going ---- */

static void release(struct task *task)
{
    struct task **link = bucket_of(task->inferior->server, task->id);
    while (*link != NULL && *link != task)
        link = &(*link)->next;
    if (*link != NULL)
        *link = task->next;
    hdbg_event_release(task->pending);
    hdbg_thread_release(task->thread);
    free(task);
}

void task_drop(struct task *task)
{
    struct inferior *inferior = task->inferior;
    inferior->task_count--;
    for (size_t i = task->index; i < inferior->task_count; i++) {
        inferior->tasks[i] = inferior->tasks[i + 1];
        inferior->tasks[i]->index = i;
    }
    release(task);
}

/* New threads run if the team does. */
static bool runs(const struct inferior *inferior)
{
    for (size_t i = 0; i < inferior->task_count; i++) {
        if (inferior->tasks[i]->resumed)
            return true;
    }
    return false;
}

struct task *task_of(struct inferior *inferior, hdbg_thread *thread)
{
    struct server *server = inferior->server;
    struct task *task = task_find(server, hdbg_thread_id_of(thread));
    if (task != NULL && task->thread == thread)
        return task;
    if (task != NULL) /* an ended one's id, given to another */
        task_drop(task);
    if (inferior->task_count == inferior->task_room) {
        size_t room = inferior->task_room * 2 + 16;
        struct task **tasks = realloc(inferior->tasks, room * sizeof(struct task *));
        if (tasks == NULL)
            return NULL;
        inferior->tasks = tasks;
        inferior->task_room = room;
    }
    task = malloc(sizeof *task);
    if (task == NULL)
        return NULL;
    struct task **bucket = bucket_of(server, hdbg_thread_id_of(thread));
    *task = (struct task){.next = *bucket,
                          .inferior = inferior,
                          .thread = hdbg_thread_retain(thread),
                          .id = hdbg_thread_id_of(thread),
                          .resumed = runs(inferior)};
    *bucket = task;
    task->index = inferior->task_count;
    inferior->tasks[inferior->task_count++] = task;
    return task;
}

/* ---- all of a team ---- */

static void drop_unlisted(struct inferior *inferior)
{
    size_t kept = 0;
    for (size_t i = 0; i < inferior->task_count; i++) {
        struct task *task = inferior->tasks[i];
        if (!task->listed) {
            release(task);
            continue;
        }
        task->index = kept;
        inferior->tasks[kept++] = task;
    }
    inferior->task_count = kept;
}

void tasks_update(struct inferior *inferior)
{
    size_t room = 0, count = inferior->gone ? 0 : hdbg_team_threads(inferior->team, NULL, 0);
    hdbg_thread **threads = NULL;
    for (size_t i = 0; i < inferior->task_count; i++)
        inferior->tasks[i]->listed = false;
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
        count = hdbg_team_threads(inferior->team, threads, room);
    }
    for (size_t i = 0; i < count; i++) {
        struct task *task = task_of(inferior, threads[i]);
        if (task != NULL)
            task->listed = true;
        hdbg_thread_release(threads[i]);
    }
    free(threads);
    drop_unlisted(inferior);
}

void tasks_free(struct inferior *inferior)
{
    for (size_t i = 0; i < inferior->task_count; i++)
        release(inferior->tasks[i]);
    free(inferior->tasks);
    inferior->tasks = NULL;
    inferior->task_count = inferior->task_room = 0;
}
