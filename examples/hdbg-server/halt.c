/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * All-stop mode: all threads of all teams are stopped, and the client is told of one.
 */
#include "server.h"

#include <stdio.h>

/* ---- stopping ---- */

/* One that was let go alone, and has stopped, does not need the others to be stopped. */
static bool stands_already(const struct server *server)
{
    size_t resumed = 0, stopped = 0;
    for (const struct inferior *inferior = server->inferiors; inferior != NULL; inferior = inferior->next) {
        for (size_t i = 0; i < inferior->task_count && resumed < 2; i++) {
            const struct task *task = inferior->tasks[i];
            resumed += task->resumed;
            stopped += task->resumed && task->pending != NULL;
        }
    }
    return resumed == stopped && resumed < 2;
}

bool halt_any_resumed(const struct inferior *inferior)
{
    size_t i = 0;
    while (i < inferior->task_count && !inferior->tasks[i]->resumed)
        i++;
    return i < inferior->task_count;
}

void halt_all(struct server *server)
{
    bool stands = stands_already(server);
    server->running = false;
    for (struct inferior *inferior = server->inferiors; inferior != NULL; inferior = inferior->next) {
        if (inferior->let_go)
            continue;
        if (!stands && !inferior->gone && halt_any_resumed(inferior) &&
            hdbg_team_stop(inferior->team) == HDBG_TIMED_OUT)
            fprintf(stderr, "hdbg-server: %s\n", hdbg_last_error());
        for (size_t i = 0; i < inferior->task_count; i++) {
            struct task *task = inferior->tasks[i];
            if (task->resumed && task->pending == NULL)
                task->unseen = true;
            task->halted = task->resumed;
            task->resumed = false;
        }
    }
    run_events(server);
}

void halt_tell(struct server *server)
{
    struct inferior *inferior = inferior_find(server, server->stop.team);
    server->general = server->stop.thread;
    if (inferior != NULL)
        inferior_choose(server, inferior);
    stop_reply(server, &server->stop);
    bool over = server->stop.reason == STOP_TEAM_EXITED || server->stop.reason == STOP_TEAM_KILLED;
    if (inferior != NULL && over)
        inferior_remove(server, inferior);
}

/* Ends that were not told yet: of threads, and of those teams that the actions are about (NULL: of any). */
bool halt_is_end_due(struct server *server, const struct action *actions, size_t count)
{
    if (nonstop_take(server, &server->stop))
        return true;
    for (struct inferior *inferior = inferior_next(server, NULL); inferior != NULL;
         inferior = inferior_next(server, inferior)) {
        bool due = inferior->gone && actions == NULL;
        for (size_t i = 0; inferior->gone && i < count; i++)
            due |= means_team(inferior, &actions[i].who);
        if (!due)
            continue;
        server->stop = inferior->end;
        return true;
    }
    return false;
}

/* All threads stand: tells of what has just happened to `first`, or else of one that ran and has something to
 * be told. False: none has. */
bool halt_tell_any(struct server *server, struct task *first)
{
    bool due = first != NULL && first->pending != NULL;
    if (due)
        stop_take(first, &server->stop);
    for (struct task *task = task_next(server, NULL); task != NULL && !due; task = task_next(server, task))
        due = task->halted && (task->pending != NULL || task->inferior->vfork_done) &&
              stop_is_due(task, &server->stop);
    if (!due)
        due = halt_is_end_due(server, NULL, 0);
    if (due)
        halt_tell(server);
    return due;
}

/* One that waits in the kernel for a child of vfork() does not. */
static bool stands(const struct task *task)
{
    return task != NULL && hdbg_thread_state_of(task->thread) == HDBG_THREAD_STOPPED;
}

static struct task *halted_of(const struct inferior *inferior)
{
    struct task *found = NULL;
    for (size_t i = 0; i < inferior->task_count; i++) {
        struct task *task = inferior->tasks[i];
        if (task->halted && stands(task) && (found == NULL || task->id == inferior->pid))
            found = task;
    }
    return found;
}

/* One of those that ran: clients do not expect others to stop. Of the team that was started last, if it can
 * be: there a ^C goes from gdbserver. */
static struct task *any_halted(struct server *server)
{
    const struct inferior *inferior = inferior_find(server, server->started);
    struct task *task = inferior != NULL && !inferior->hidden ? halted_of(inferior) : NULL;
    if (task == NULL)
        task = halted_of(server->current);
    for (inferior = inferior_next(server, NULL); inferior != NULL && task == NULL;
         inferior = inferior_next(server, inferior))
        task = halted_of(inferior);
    return task;
}

/* None of those that ran can be stopped now: the next one that can be tells of the interrupt, or that it is
 * back from vfork(), and of the interrupt after that. */
static void await_any(struct server *server)
{
    server->running = true;
    for (struct task *task = task_next(server, NULL); task != NULL; task = task_next(server, task)) {
        if (!task->halted || hdbg_thread_request_stop(task->thread) != HDBG_OK)
            continue;
        task->resumed = true;
        task->unseen = false;
        if (task->asked == ASKED_VFORK_DONE)
            server->interrupted = !server->client.threads_in_stops;
        else
            task->asked = ASKED_BY_INTERRUPT;
    }
}

/* All stand, though none has anything to tell: any does. If there is none, the ends of their teams will come.
 */
void halt_tell_of_nobody(struct server *server, uint8_t signal)
{
    struct task *task = any_halted(server);
    if (task == NULL)
        task = task_first(server->current);
    if (!stands(task)) {
        task = task_next(server, NULL);
        while (task != NULL && !stands(task))
            task = task_next(server, task);
    }
    if (task == NULL) {
        await_any(server);
        return;
    }
    server->running = false;
    task->unseen = false;
    server->stop = (struct stop){.team = task->inferior->pid, .thread = task->id, .signal = signal};
    halt_tell(server);
}
