/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Going on and stopping. In all-stop mode the client sees all threads stop and go on together; the library
 * lets each stop for itself. So the first thread that stops makes the server stop the others. What those have
 * stopped for in the meantime is kept, and told when the client wants them to go on. In non-stop mode each
 * stop is told as it comes (nonstop.c).
 */
#include "server.h"

#include <stdio.h>
#include <string.h>

/* WENT_ON_MOST: so many threads, each with an event that nobody is told of, could go on for ever to the next
 * one; the client has to be heard in between. */
enum { GDB_SIGINT = 2, END_SECONDS = 10, WENT_ON_MOST = 64 };

/* ---- ends ---- */

static void note_end(struct server *server, struct inferior *inferior)
{
    hdbg_team_end end = {.size = sizeof end};
    if (hdbg_team_end_get(inferior->team, &end) != HDBG_OK) {
        fprintf(stderr, "hdbg-server: %s\n", hdbg_last_error());
        end = (hdbg_team_end){.status = -1, .signal = HDBG_SIGKILL};
    }
    bool killed = end.signal > 0;
    inferior->gone = true;
    inferior->end = (struct stop){.reason = killed ? STOP_TEAM_KILLED : STOP_TEAM_EXITED,
                                  .team = inferior->pid,
                                  .signal = killed ? signal_to_client(server, end.signal) : 0,
                                  .value = (uint64_t)end.status};
    nonstop_forget(server, inferior->pid, 0);
    if (inferior->let_go)
        return;
    if (killed)
        fprintf(stderr, "\nChild terminated with signal = 0x%x (%s)\n", inferior->end.signal,
                hdbg_signal_name(end.signal));
    else
        fprintf(stderr, "\nChild exited with status %d\n", end.status);
}

/* ---- going on ---- */

/* Breakpoints that wait for it are set before any thread of the team goes on, unless its memory is on loan to
 * a child that has them instead. */
static void settle(struct inferior *inferior)
{
    if (inferior->server->non_stop)
        points_leave(inferior);
    if (inferior->vforked == 0 || inferior->vfork_done)
        points_settle(inferior);
}

/* False: it stands still. One that ends, or whose team does, is on its way: its end will be told. */
static bool go(const struct task *task, int32_t signal)
{
    hdbg_resume how = {.size = sizeof how, .step = task->stepping, .signal = signal};
    hdbg_status status = task->high != 0 ? hdbg_thread_step_range(task->thread, task->low, task->high)
                                         : hdbg_thread_resume(task->thread, &how);
    return status == HDBG_OK || status == HDBG_THREAD_GONE || status == HDBG_TEAM_GONE;
}

bool run_on(struct task *task)
{
    return go(task, HDBG_SIGNAL_AS_STOPPED);
}

/* What it stands at was told; if it is stopped again before it has moved, that is no news. */
static void note_place(struct task *task)
{
    hdbg_address pc;
    task->left = 0;
    if (task->inferior->point_count != 0 && hdbg_thread_pc(task->thread, &pc) == HDBG_OK &&
        points_break_at(task->inferior, pc) != NULL)
        task->left = stop_print(task);
}

/* A step off an exec ends before the new program's first instruction: that is where it was already. */
static void note_entry(struct task *task)
{
    hdbg_stop stop = {.size = sizeof stop};
    hdbg_address pc;
    task->entry = 0;
    if (task->stepping && hdbg_thread_stop_get(task->thread, &stop) == HDBG_OK &&
        stop.type == HDBG_EVENT_TEAM_EXEC && hdbg_thread_pc(task->thread, &pc) == HDBG_OK)
        task->entry = pc;
}

bool run_first(struct task *task, const struct action *action)
{
    int32_t signal =
        signal_from_client(task->inferior->server, action->signal != 0 ? action->signal : task->owed);
    if (signal == 0 && !task->told)
        signal = HDBG_SIGNAL_AS_STOPPED; /* by the policy, as if it had never stopped */
    task->stepping = action->kind != 'c';
    task->low = action->kind == 'r' ? action->low : 0;
    task->high = action->kind == 'r' ? action->high : 0;
    task->unseen = task->told = false;
    task->owed = 0;
    task->asked = ASKED_NOTHING;
    settle(task->inferior);
    note_place(task);
    note_entry(task);
    if (task->high != 0 && signal == 0)
        hdbg_thread_discard_signal(task->thread);
    task->resumed = go(task, signal);
    if (!task->resumed && hdbg_thread_stop(task->thread) == HDBG_OK) /* it was about to come out of vfork() */
        task->resumed = go(task, signal);
    if (task->resumed)
        follow_ask(task);
    return task->resumed;
}

const struct action *action_for(const struct task *task, const struct action *actions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct thread_id *who = &actions[i].who;
        if (means_team(task->inferior, who) && (who->thread <= 0 || who->thread == task->id))
            return &actions[i];
    }
    return NULL;
}

/* NULL also for one that is to stay where it is. */
static const struct action *action_to_run(const struct task *task, const struct action *actions, size_t count)
{
    const struct action *action = action_for(task, actions, count);
    return action != NULL && action->kind != 't' ? action : NULL;
}

/* Whether something is to be told before the threads may go on that the client wants to. */
static bool is_anything_due(struct server *server, const struct action *actions, size_t count)
{
    if (halt_is_end_due(server, actions, count))
        return true;
    for (struct task *task = task_next(server, NULL); task != NULL; task = task_next(server, task)) {
        if (action_to_run(task, actions, count) != NULL && stop_is_due(task, &server->stop))
            return true;
    }
    return false;
}

/* Whether but one thread goes on, by single steps: no other one could meet a breakpoint meanwhile, and it
 * passes one where it stands. */
static bool steps_alone(struct server *server, const struct action *actions, size_t count)
{
    size_t alone = 0;
    for (struct task *task = task_next(server, NULL); task != NULL && alone < 2;
         task = task_next(server, task)) {
        const struct action *action = task->resumed ? NULL : action_to_run(task, actions, count);
        if (action != NULL)
            alone += action->kind == 'c' ? 2 : 1;
    }
    return alone == 1;
}

/* Answers how many threads go on. */
static size_t resume(struct server *server, const struct action *actions, size_t count)
{
    size_t resumed = 0, all = 0;
    for (struct task *task = task_next(server, NULL); task != NULL; task = task_next(server, task)) {
        const struct action *action = task->resumed ? NULL : action_to_run(task, actions, count);
        resumed += action != NULL && run_first(task, action);
        all++;
    }
    server->partly = resumed < all;
    return resumed;
}

/* The threads do not go on yet, but for the client their signals are on their way. */
static void note_signals(struct server *server, const struct action *actions, size_t count)
{
    for (struct task *task = task_next(server, NULL); task != NULL; task = task_next(server, task)) {
        const struct action *action = task->resumed ? NULL : action_to_run(task, actions, count);
        if (action != NULL && action->signal != 0)
            task->owed = action->signal;
    }
}

static bool any_signal(const struct action *actions, size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count; i++)
        any |= actions[i].signal != 0;
    return any;
}

bool run_actions(struct server *server, const struct action *actions, size_t count)
{
    if (server->non_stop) {
        nonstop_actions(server, actions, count);
        return true;
    }
    run_events(server);
    if (is_anything_due(server, actions, count)) {
        note_signals(server, actions, count);
        halt_tell(server);
        return true;
    }
    if (server->interrupted && !any_signal(actions, count)) { /* before they come anywhere */
        server->interrupted = false;
        for (struct task *task = task_next(server, NULL); task != NULL; task = task_next(server, task))
            task->halted = action_to_run(task, actions, count) != NULL;
        halt_tell_of_nobody(server, GDB_SIGINT);
        return !server->running;
    }
    bool alone = steps_alone(server, actions, count);
    for (struct inferior *inferior = server->inferiors; inferior != NULL && !alone; inferior = inferior->next)
        points_leave(inferior);
    server->running = resume(server, actions, count) != 0;
    if (!server->running) {
        answer_error(server);
        return true;
    }
    if (server->interrupted)
        run_interrupt(server);
    return false;
}

/* ---- what happens meanwhile ---- */

/* Whether a step ended where the client wants to be stepped on from. */
static bool is_step_within(struct task *task, const hdbg_event *event)
{
    hdbg_address pc = hdbg_cpu_state_role(&hdbg_event_data(event)->data.cpu_state, HDBG_ROLE_PC);
    bool is_at_entry = task->entry != 0 && pc == task->entry;
    task->entry = 0;
    if (is_at_entry || task->high == 0)
        return is_at_entry;
    return pc >= task->low && pc < task->high && points_break_at(task->inferior, pc) == NULL;
}

/* Whether the thread goes on, and the client is not told. */
static bool goes_on(struct task *task, const hdbg_event *event)
{
    const struct server *server = task->inferior->server;
    switch (hdbg_event_type_of(event)) {
    case HDBG_EVENT_THREAD_CREATED:
        return run_on(task);
    case HDBG_EVENT_THREAD_DEBUGGED: /* of a request that is void by now */
        return task->asked == ASKED_NOTHING && run_on(task);
    case HDBG_EVENT_TEAM_CREATED:
        return follow_child(task->inferior->server, event) == NULL && run_on(task);
    case HDBG_EVENT_TEAM_EXEC:
        return !server->client.exec_events && run_on(task);
    case HDBG_EVENT_BREAKPOINT_HIT:
        return task->asked == ASKED_NOTHING && !points_hit_counts(task) && run_on(task);
    case HDBG_EVENT_PRE_SYSCALL:
    case HDBG_EVENT_POST_SYSCALL:
        return task->asked == ASKED_NOTHING &&
               !syscalls_is_caught(task->inferior, hdbg_event_data(event)->data.syscall.number) &&
               run_on(task);
    case HDBG_EVENT_SINGLE_STEP: /* or a step that another stop had cut short, and that ends only now */
        return (!task->stepping || is_step_within(task, event)) && run_on(task);
    default:
        return false;
    }
}

/* What the server notes of an event before anybody is told. */
static void note(struct inferior *inferior, struct task *task, const hdbg_event *event)
{
    hdbg_thread *thread;
    switch (hdbg_event_type_of(event)) {
    case HDBG_EVENT_THREAD_CREATED:
        thread = hdbg_team_thread(inferior->team, hdbg_event_data(event)->data.new_thread);
        struct task *created = thread != NULL ? task_of(inferior, thread) : NULL;
        if (created != NULL && inferior->server->client.thread_events) {
            bool asked = created->resumed && hdbg_thread_request_stop(thread) == HDBG_OK;
            created->asked = asked ? ASKED_AS_NEW : ASKED_NOTHING;
            created->is_new = !asked;
        }
        hdbg_thread_release(thread);
        break;
    case HDBG_EVENT_TEAM_CREATED:
        follow_created(task, event);
        break;
    case HDBG_EVENT_TEAM_EXEC: /* by any thread; it is the main one now */
        task->resumed = inferior->server->running || inferior->server->non_stop;
        points_forget(inferior);
        tasks_update(inferior);
        follow_through(inferior->server, inferior);
        break;
    default:
        break;
    }
}

static bool any_runs(struct server *server)
{
    bool runs = false;
    for (struct inferior *inferior = server->inferiors; inferior != NULL; inferior = inferior->next)
        tasks_update(inferior);
    for (struct task *task = task_next(server, NULL); task != NULL && !runs; task = task_next(server, task))
        runs = task->resumed && hdbg_thread_state_of(task->thread) == HDBG_THREAD_RUNS;
    return runs;
}

/* All-stop mode: all stand now, and that is told. */
static void tell_stop(struct server *server, const struct stop *stop)
{
    halt_all(server);
    server->stop = *stop;
    halt_tell(server);
    send_payload(server);
}

static void thread_ended(struct server *server, struct inferior *inferior, const hdbg_event *event)
{
    struct task *task = task_find(server, hdbg_event_thread_id(event));
    const hdbg_nub_event *data = hdbg_event_data(event);
    struct stop stop = {.reason = STOP_THREAD_ENDED,
                        .team = inferior->pid,
                        .thread = hdbg_event_thread_id(event),
                        .value = (uint64_t)data->data.thread_end.status};
    bool known = task != NULL && task->inferior == inferior && !inferior->hidden;
    if (task != NULL && task->inferior == inferior)
        task_drop(task);
    nonstop_forget(server, inferior->pid, stop.thread);
    if (known && server->client.thread_events) {
        if (!server->non_stop && server->running)
            tell_stop(server, &stop);
        else
            nonstop_notify(server, &stop); /* or, in all-stop mode, told when the client lets them go on */
        return;
    }
    server->maybe_none_left = true;
}

/* If the last of those threads has ended that were to run, nothing more would ever happen. One that executes
 * another program ends, too, but its TEAM_EXEC comes next. */
static void look_who_is_left(struct server *server)
{
    struct stop stop = {.reason = STOP_NONE_LEFT};
    bool maybe = server->maybe_none_left;
    server->maybe_none_left = false;
    if (!maybe || !server->partly || !server->running || any_runs(server))
        return;
    if (!server->client.no_resumed) { /* the client does not know that answer: another thread has to do */
        const struct task *task = task_next(server, NULL);
        if (task == NULL)
            return;
        stop = (struct stop){.team = task->inferior->pid, .thread = task->id};
    }
    tell_stop(server, &stop);
}

static void team_ended(struct server *server, struct inferior *inferior)
{
    if (inferior->gone)
        return;
    bool resumed = halt_any_resumed(inferior) || inferior->task_count == 0;
    note_end(server, inferior);
    tasks_free(inferior);
    follow_through(server, inferior);
    if (inferior->let_go) {
        inferior_remove(server, inferior);
    } else if (server->non_stop && !inferior->hidden) {
        nonstop_notify(server, &inferior->end);
        inferior_remove(server, inferior);
    } else if (server->running && resumed) {
        struct stop end = inferior->end;
        tell_stop(server, &end);
    } /* else it is told when the client lets the team go on */
}

/* A thread stands, and the client has to hear of it. */
static void stopped(struct server *server, struct task *task)
{
    if (server->non_stop) {
        nonstop_stopped(task);
    } else if (server->running) {
        hdbg_thread_id id = task->id;
        halt_all(server);
        if (!halt_tell_any(server, task_find(server, id)))
            halt_tell_of_nobody(server, 0);
        if (!server->running)
            send_payload(server);
    }
}

/* True: a thread goes on, of which nobody is told. */
static bool happened(struct server *server, struct inferior *inferior, hdbg_event *event)
{
    int32_t type = hdbg_event_type_of(event);
    if (inferior->let_go && type != HDBG_EVENT_TEAM_DELETED && type != HDBG_EVENT_NUB_LOST) {
        follow_let_go(server, inferior, event);
        return false;
    }
    if (type == HDBG_EVENT_THREAD_DELETED)
        thread_ended(server, inferior, event);
    else if (type == HDBG_EVENT_TEAM_DELETED || type == HDBG_EVENT_NUB_LOST)
        team_ended(server, inferior);
    struct task *task = hdbg_event_is_stop(event) ? task_of(inferior, hdbg_event_thread(event)) : NULL;
    if (task == NULL) {
        hdbg_event_release(event);
        return false;
    }
    note(inferior, task, event);
    if (task->resumed && goes_on(task, event)) {
        hdbg_event_release(event);
        return true;
    }
    hdbg_event_release(task->pending);
    task->pending = event;
    task->unseen = false;
    if (task->resumed)
        stopped(server, task);
    return false;
}

void run_events(struct server *server)
{
    hdbg_event *event;
    int went_on = 0;
    while (server->inferiors != NULL && went_on < WENT_ON_MOST &&
           hdbg_wait(server->session, NULL, 0, &event) == HDBG_OK) {
        struct inferior *inferior = inferior_find(server, hdbg_team_id_of(hdbg_event_team(event)));
        if (inferior == NULL || inferior->team != hdbg_event_team(event))
            hdbg_event_release(event);
        else
            went_on += happened(server, inferior, event);
    }
    if (went_on < WENT_ON_MOST)
        look_who_is_left(server);
}

void run_interrupt(struct server *server)
{
    if (server->non_stop) {
        nonstop_interrupt(server);
        return;
    }
    bool was_running = server->running;
    if (was_running)
        halt_all(server);
    /* If it has crossed a stop that was being told, it holds for the next resume: clients go on by themselves
     * from stops that the user does not care about. LLDB does not count on that. */
    bool crossed = !was_running || halt_tell_any(server, NULL);
    server->interrupted = crossed && !server->client.threads_in_stops;
    if (!crossed)
        halt_tell_of_nobody(server, GDB_SIGINT);
    if (was_running && !server->running)
        send_payload(server);
}

/* ---- the end ---- */

/* Signals that the client does not want the program to have. */
static void discard_signals(const struct inferior *inferior)
{
    const struct server *server = inferior->server;
    for (size_t i = 0; i < inferior->task_count && server->has_program_signals; i++) {
        hdbg_stop stop = {.size = sizeof stop};
        hdbg_thread *thread = inferior->tasks[i]->thread;
        if (hdbg_thread_stop_get(thread, &stop) != HDBG_OK || stop.signal_state == HDBG_SIGNAL_FAKED)
            continue;
        uint8_t number = signal_to_client(server, stop.signal);
        if (number < 64 && (server->program_signals >> number & 1) == 0)
            hdbg_thread_discard_signal(thread);
    }
}

hdbg_status run_detach(struct server *server, struct inferior *inferior)
{
    if (!server->non_stop)
        halt_all(server);
    if (inferior->borrows && !inferior->hidden && follow_lend(server, inferior))
        return HDBG_OK;
    discard_signals(inferior);
    follow_detach_hidden(server, inferior);
    hdbg_status status = inferior->gone ? HDBG_TEAM_GONE : hdbg_team_detach(inferior->team);
    if (status != HDBG_OK && status != HDBG_TEAM_GONE)
        return status;
    nonstop_forget(server, inferior->pid, 0);
    inferior->gone = true;
    follow_through(server, inferior);
    inferior_remove(server, inferior);
    return HDBG_OK;
}

void run_kill(struct server *server, struct inferior *inferior)
{
    hdbg_event *event;
    hdbg_wait_filter filter = {.size = sizeof filter, .team = inferior->pid};
    bool over = inferior->gone || hdbg_team_kill(inferior->team) != HDBG_OK;
    while (!over &&
           hdbg_wait(server->session, &filter, (hdbg_time)END_SECONDS * 1000000, &event) == HDBG_OK) {
        int32_t type = hdbg_event_type_of(event);
        over = type == HDBG_EVENT_TEAM_DELETED || type == HDBG_EVENT_NUB_LOST;
        hdbg_event_release(event);
    }
    follow_detach_hidden(server, inferior);
    nonstop_forget(server, inferior->pid, 0);
    server->stop = (struct stop){
        .reason = STOP_TEAM_KILLED, .team = inferior->pid, .signal = signal_to_client(server, HDBG_SIGKILL)};
    inferior->gone = true;
    follow_through(server, inferior);
    inferior_remove(server, inferior);
}
