/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Going on and stopping. The client sees all threads stop and go on together; the library lets each stop for
 * itself. So the first thread that stops makes the server stop the others. What those have stopped for in the
 * meantime is kept, and told when the client wants them to go on.
 */
#include "server.h"

#include <stdio.h>
#include <string.h>

enum { GDB_SIGINT = 2, END_SECONDS = 10 };

/* ---- stopping ---- */

static void note_end(struct server *server)
{
    server->end = (hdbg_team_end){.size = sizeof server->end};
    if (hdbg_team_end_get(server->team, &server->end) != HDBG_OK) {
        fprintf(stderr, "hdbg-server: %s\n", hdbg_last_error());
        server->end = (hdbg_team_end){.size = sizeof server->end, .status = -1, .signal = HDBG_SIGKILL};
    }
    server->gone = true;
    if (server->end.signal > 0)
        fprintf(stderr, "\nChild terminated with signal = 0x%x (%s)\n",
                (unsigned)signal_to_gdb(server->end.signal), hdbg_signal_name(server->end.signal));
    else
        fprintf(stderr, "\nChild exited with status %d\n", server->end.status);
}

/* An event that nobody is told of now. Answers whether it was kept. */
static bool keep_event(struct server *server, hdbg_event *event)
{
    int32_t type = hdbg_event_type_of(event);
    if (type == HDBG_EVENT_TEAM_DELETED || type == HDBG_EVENT_NUB_LOST)
        note_end(server);
    if (!hdbg_event_is_stop(event))
        return false;
    struct task *task = task_find(server, hdbg_event_thread_id(event));
    if (task == NULL) {
        tasks_update(server);
        task = task_find(server, hdbg_event_thread_id(event));
    }
    if (task == NULL)
        return false;
    if (type == HDBG_EVENT_TEAM_EXEC)
        points_forget(server);
    hdbg_event_release(task->pending);
    task->pending = event;
    task->unseen = false;
    return true;
}

static void keep_events(struct server *server)
{
    hdbg_event *event;
    while (!server->gone && hdbg_wait(server->session, NULL, 0, &event) == HDBG_OK) {
        if (!keep_event(server, event))
            hdbg_event_release(event);
    }
}

void run_halt(struct server *server)
{
    /* One that was let go alone, and has stopped, does not need the others to be stopped. */
    size_t resumed = 0, stopped = 0, count = hdbg_team_threads(server->team, NULL, 0);
    for (size_t i = 0; i < server->task_count; i++) {
        resumed += server->tasks[i].resumed;
        stopped += server->tasks[i].resumed && server->tasks[i].pending != NULL;
    }
    bool alone = resumed == 1 && stopped == 1 && count == server->task_count;
    if (!alone && !server->gone && hdbg_team_stop(server->team) == HDBG_TIMED_OUT)
        fprintf(stderr, "hdbg-server: %s\n", hdbg_last_error());
    tasks_update(server);
    server->running = false;
    for (size_t i = 0; i < server->task_count; i++) {
        struct task *task = &server->tasks[i];
        if (task->resumed && task->pending == NULL)
            task->unseen = true;
        task->resumed = false;
    }
    keep_events(server);
}

/* All threads stand: tells of what has just happened to `first`, or else of one that has something to be
 * told. False: none has. */
static bool tell_any(struct server *server, hdbg_thread_id first)
{
    struct task *task = task_find(server, first);
    bool due = server->gone;
    if (!due && task != NULL && task->pending != NULL) {
        stop_take(server, task, &server->stop);
        due = true;
    }
    for (size_t i = 0; i < server->task_count && !due; i++)
        due = server->tasks[i].pending != NULL && stop_is_due(server, &server->tasks[i], &server->stop);
    if (!due)
        return false;
    server->general = server->stop.thread;
    stop_reply(server);
    return true;
}

/* ---- going on ---- */

static bool resume_again(struct task *task)
{
    hdbg_resume how = {.size = sizeof how, .step = task->stepping, .signal = HDBG_SIGNAL_AS_STOPPED};
    return hdbg_thread_resume(task->thread, &how) == HDBG_OK;
}

static bool resume_first(struct task *task, const struct action *action)
{
    hdbg_resume how = {.size = sizeof how, .step = action->kind != 'c'};
    how.signal = signal_from_gdb(action->signal);
    if (how.signal == 0 && !task->told)
        how.signal = HDBG_SIGNAL_AS_STOPPED; /* by the policy, as if it had never stopped */
    task->stepping = how.step != 0;
    task->low = action->kind == 'r' ? action->low : 0;
    task->high = action->kind == 'r' ? action->high : 0;
    task->unseen = task->told = false;
    task->resumed = hdbg_thread_resume(task->thread, &how) == HDBG_OK;
    return task->resumed;
}

static const struct action *action_for(struct server *server, const struct task *task,
                                       const struct action *actions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct thread_id *who = &actions[i].who;
        if (means_team(server, who) && (who->thread <= 0 || who->thread == task->id))
            return actions[i].kind != 't' ? &actions[i] : NULL;
    }
    return NULL;
}

bool run_actions(struct server *server, const struct action *actions, size_t count)
{
    run_events(server);
    tasks_update(server);
    bool due = server->gone;
    for (size_t i = 0; i < server->task_count && !due; i++) {
        struct task *task = &server->tasks[i];
        due = action_for(server, task, actions, count) != NULL && stop_is_due(server, task, &server->stop);
    }
    if (due) {
        server->general = server->stop.thread;
        stop_reply(server);
        return true;
    }

    size_t resumed = 0;
    for (size_t i = 0; i < server->task_count; i++) {
        const struct action *action = action_for(server, &server->tasks[i], actions, count);
        resumed += action != NULL && resume_first(&server->tasks[i], action);
    }
    server->running = resumed != 0;
    server->partly = resumed < server->task_count;
    if (!server->running)
        answer_error(server);
    return !server->running;
}

/* ---- what happens meanwhile ---- */

/* Whether a step ended where the client wants to be stepped on from. */
static bool is_step_within(struct server *server, const struct task *task, const hdbg_event *event)
{
    if (hdbg_event_type_of(event) != HDBG_EVENT_SINGLE_STEP || task->high == 0)
        return false;
    hdbg_address pc = hdbg_cpu_state_role(&hdbg_event_data(event)->data.cpu_state, HDBG_ROLE_PC);
    return pc >= task->low && pc < task->high && points_break_at(server, pc) == NULL;
}

/* Whether the thread goes on, and the client is not told. */
static bool goes_on(struct server *server, struct task *task, const hdbg_event *event)
{
    switch (hdbg_event_type_of(event)) {
    case HDBG_EVENT_THREAD_CREATED:
    case HDBG_EVENT_TEAM_CREATED:
        return resume_again(task);
    case HDBG_EVENT_TEAM_EXEC:
        points_forget(server);
        return !server->exec_events && resume_again(task);
    case HDBG_EVENT_SINGLE_STEP: /* or a step that another stop had cut short, and that ends only now */
        return (!task->stepping || is_step_within(server, task, event)) && resume_again(task);
    default:
        return false;
    }
}

static bool any_runs(struct server *server)
{
    bool runs = false;
    tasks_update(server);
    for (size_t i = 0; i < server->task_count && !runs; i++)
        runs = hdbg_thread_state_of(server->tasks[i].thread) == HDBG_THREAD_RUNS;
    return runs;
}

/* A thread has ended. If it was the last of those that were to run, nothing more would ever happen. */
static void thread_ended(struct server *server)
{
    if (!server->running || !server->partly || any_runs(server))
        return;
    server->running = false;
    server->stop = (struct stop){.reason = STOP_NONE_LEFT};
    if (!server->no_resumed) /* the client does not know that answer: another thread has to do */
        server->stop =
            (struct stop){.thread = task_first(server) != NULL ? task_first(server)->id : server->pid};
    stop_reply(server);
    send_payload(server);
}

static void happened(struct server *server, hdbg_event *event)
{
    hdbg_thread_id id = hdbg_event_thread_id(event);
    int32_t type = hdbg_event_type_of(event);
    struct task *task = task_find(server, id);
    if (task == NULL && hdbg_event_is_stop(event)) {
        tasks_update(server);
        task = task_find(server, id);
    }
    if (task != NULL && hdbg_event_is_stop(event) && goes_on(server, task, event)) {
        hdbg_event_release(event);
        return;
    }
    bool kept = keep_event(server, event);
    if (!kept)
        hdbg_event_release(event);
    if (type == HDBG_EVENT_THREAD_DELETED)
        thread_ended(server);
    if (kept)
        run_halt(server);
    if ((kept || server->gone) && tell_any(server, id))
        send_payload(server);
}

void run_events(struct server *server)
{
    hdbg_event *event;
    while (!server->gone && server->running && hdbg_wait(server->session, NULL, 0, &event) == HDBG_OK)
        happened(server, event);
    if (!server->running)
        keep_events(server);
}

void run_interrupt(struct server *server)
{
    if (!server->running)
        return;
    run_halt(server);
    if (!tell_any(server, server->pid)) {
        struct task *task = task_first(server);
        server->stop = (struct stop){.thread = task != NULL ? task->id : server->pid, .signal = GDB_SIGINT};
        if (task != NULL)
            task->unseen = false;
        server->general = server->stop.thread;
        stop_reply(server);
    }
    send_payload(server);
}

/* ---- the end ---- */

/* Signals that the client does not want the program to have. */
static void discard_signals(struct server *server)
{
    for (size_t i = 0; i < server->task_count && server->has_program_signals; i++) {
        hdbg_stop stop = {.size = sizeof stop};
        hdbg_thread *thread = server->tasks[i].thread;
        if (hdbg_thread_stop_get(thread, &stop) != HDBG_OK || stop.signal_state == HDBG_SIGNAL_FAKED)
            continue;
        uint8_t number = signal_to_gdb(stop.signal);
        if (number < 64 && (server->program_signals >> number & 1) == 0)
            hdbg_thread_discard_signal(thread);
    }
}

hdbg_status run_detach(struct server *server)
{
    if (server->gone)
        return HDBG_OK;
    run_halt(server);
    discard_signals(server);
    hdbg_status status = hdbg_team_detach(server->team);
    if (status == HDBG_OK || status == HDBG_TEAM_GONE) {
        server->gone = true;
        points_forget(server);
    }
    return status;
}

void run_kill(struct server *server)
{
    hdbg_event *event;
    bool over = false;
    server->running = false;
    if (server->gone || hdbg_team_kill(server->team) != HDBG_OK)
        return;
    while (!over && hdbg_wait(server->session, NULL, (hdbg_time)END_SECONDS * 1000000, &event) == HDBG_OK) {
        over = hdbg_event_type_of(event) == HDBG_EVENT_TEAM_DELETED;
        hdbg_event_release(event);
    }
    server->end = (hdbg_team_end){.size = sizeof server->end, .status = -1, .signal = HDBG_SIGKILL};
    server->gone = true;
}
