/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Non-stop mode: each thread stops and goes on alone, and packets are answered while threads run. Stops are
 * notifications: the first one is sent, the client asks for the others one by one (vStopped), and until it
 * has heard them all, no further one is sent.
 */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the queue ---- */

void nonstop_notify(struct server *server, const struct stop *stop)
{
    if (server->notified_count == server->notified_room) {
        size_t room = server->notified_room * 2 + 16;
        struct stop *more = realloc(server->notified, room * sizeof *more);
        if (more == NULL) {
            fputs("hdbg-server: out of memory: a stop is lost\n", stderr);
            return;
        }
        server->notified = more;
        server->notified_room = room;
    }
    server->notified[server->notified_count++] = *stop;
}

void nonstop_flush(struct server *server)
{
    if (server->notified_count == 0 || server->notifying || server->holding || !server->non_stop)
        return;
    server->notifying = true;
    reply_clear(&server->payload);
    reply_text(&server->payload, "Stop:");
    stop_reply(server, &server->notified[0]);
    send_notification(server);
}

static void drop(struct server *server, size_t index)
{
    server->notified_count--;
    memmove(&server->notified[index], &server->notified[index + 1],
            (server->notified_count - index) * sizeof *server->notified);
}

void nonstop_forget(struct server *server, hdbg_team_id team, hdbg_thread_id thread)
{
    /* The first one is with the client already. */
    for (size_t i = server->notified_count; i-- > (server->notifying ? 1 : 0);) {
        const struct stop *stop = &server->notified[i];
        if (stop->team == team && (thread == 0 || stop->thread == thread))
            drop(server, i);
    }
}

bool nonstop_take(struct server *server, struct stop *stop)
{
    if (server->notified_count == 0)
        return false;
    *stop = server->notified[0];
    drop(server, 0);
    return true;
}

static void answer_first(struct server *server)
{
    server->notifying = server->notified_count != 0;
    if (server->notifying)
        stop_reply(server, &server->notified[0]);
    else
        answer_ok(server);
}

void nonstop_next(struct server *server)
{
    if (server->notifying)
        drop(server, 0);
    if (server->holding) {
        server->notifying = false;
        answer_ok(server);
    } else {
        answer_first(server);
    }
}

/* GDB 13 does not survive a second stop in answer to its first question: the others follow as notifications,
 * when it has begun to work or to wait. */
void nonstop_all(struct server *server)
{
    server->notified_count = 0;
    for (struct task *task = task_next(server, NULL); task != NULL; task = task_next(server, task)) {
        struct stop stop = {.team = task->inferior->pid, .thread = task->id};
        if (!task->resumed)
            nonstop_notify(server, &stop);
    }
    answer_first(server);
    server->holding = server->notified_count > 1;
}

void nonstop_set(struct server *server, bool on)
{
    server->non_stop = on;
    server->notifying = server->holding = false;
    server->notified_count = 0;
}

/* ---- stopping ---- */

void nonstop_stopped(struct task *task)
{
    struct stop stop;
    bool is_void = stop_is_void(task);
    if (is_void && task->asked == ASKED_NOTHING && run_on(task)) {
        hdbg_event_release(task->pending);
        task->pending = NULL;
        return;
    }
    task->resumed = false;
    if (is_void) /* whatever comes next is the answer to a request to stop: there will be no other */
        stop_take_request(task, &stop);
    else
        stop_take(task, &stop);
    nonstop_notify(task->inferior->server, &stop);
}

static void ask(struct task *task, enum asked asked)
{
    if (!task->resumed || task->asked != ASKED_NOTHING)
        return;
    task->asked = asked;
    if (hdbg_thread_request_stop(task->thread) != HDBG_OK)
        task->asked = ASKED_NOTHING;
}

/* All threads of a team at once. Those that have stopped for something else meanwhile tell that. */
static void stop_team(struct inferior *inferior)
{
    struct server *server = inferior->server;
    if (hdbg_team_stop(inferior->team) == HDBG_TIMED_OUT)
        fprintf(stderr, "hdbg-server: %s\n", hdbg_last_error());
    run_events(server);
    for (size_t i = 0; i < inferior->task_count; i++) {
        struct task *task = inferior->tasks[i];
        struct stop stop = {.team = inferior->pid, .thread = task->id};
        if (!task->resumed)
            continue;
        if (hdbg_thread_state_of(task->thread) != HDBG_THREAD_STOPPED) {
            ask(task, ASKED_BY_CLIENT); /* it waits in the kernel */
            continue;
        }
        task->resumed = false;
        task->asked = ASKED_NOTHING;
        task->told = true;
        nonstop_notify(server, &stop);
    }
}

void nonstop_interrupt(struct server *server)
{
    struct task *found = NULL;
    for (struct task *task = task_next(server, NULL); task != NULL; task = task_next(server, task)) {
        if (task->resumed &&
            (found == NULL || (found->inferior != server->current && task->inferior == server->current)))
            found = task;
    }
    if (found != NULL)
        ask(found, ASKED_BY_INTERRUPT);
}

/* ---- what the client wants ---- */

/* Whether all threads of a team are to stop. */
static bool stops_as_a_whole(const struct inferior *inferior, const struct action *actions, size_t count)
{
    return count == 1 && actions[0].kind == 't' && actions[0].who.thread <= 0 && inferior->task_count > 1 &&
           means_team(inferior, &actions[0].who);
}

void nonstop_actions(struct server *server, const struct action *actions, size_t count)
{
    struct stop stop;
    server->holding = false;
    run_events(server);
    for (struct inferior *inferior = inferior_next(server, NULL); inferior != NULL;
         inferior = inferior_next(server, inferior)) {
        if (stops_as_a_whole(inferior, actions, count))
            stop_team(inferior);
    }
    for (struct task *task = task_next(server, NULL); task != NULL; task = task_next(server, task)) {
        const struct action *action = action_for(task, actions, count);
        if (action == NULL)
            continue;
        if (action->kind == 't')
            ask(task, ASKED_BY_CLIENT);
        else if (!task->resumed && stop_is_due(task, &stop)) {
            task->owed = action->signal != 0 ? action->signal : task->owed;
            nonstop_notify(server, &stop);
        } else if (!task->resumed)
            run_first(task, action);
    }
    answer_ok(server);
}
