/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What a stop is to the client: which of the library's events are told, and how.
 */
#include "server.h"

#include <stdio.h>
#include <string.h>

enum { GDB_SIGINT = 2, GDB_SIGTRAP = 5 };

/* ---- whether it is told ---- */

static hdbg_address event_pc(const hdbg_event *event)
{
    return hdbg_cpu_state_role(&hdbg_event_data(event)->data.cpu_state, HDBG_ROLE_PC);
}

/* A breakpoint that was hit while another thread's stop was told may be gone by now, and then nothing has
 * happened; also where the client has sent the thread elsewhere. */
static bool is_hit_due(const struct task *task)
{
    hdbg_address pc;
    if (hdbg_thread_pc(task->thread, &pc) != HDBG_OK || pc != event_pc(task->pending))
        return false;
    if (points_break_at(task->inferior, pc) != NULL)
        return points_hit_counts(task);
    uint8_t byte = 0; /* the program's own? */
    return hdbg_memory_read(task->inferior->team, pc, &byte, 1, NULL) == HDBG_OK && byte == 0xcc;
}

bool stop_is_void(const struct task *task)
{
    return hdbg_event_type_of(task->pending) == HDBG_EVENT_BREAKPOINT_HIT && !is_hit_due(task);
}

static bool is_event_due(const struct task *task)
{
    const struct server *server = task->inferior->server;
    switch (hdbg_event_type_of(task->pending)) {
    case HDBG_EVENT_BREAKPOINT_HIT:
        return is_hit_due(task);
    case HDBG_EVENT_WATCHPOINT_HIT:
        return points_watch_hit(task) != NULL;
    case HDBG_EVENT_PRE_SYSCALL:
    case HDBG_EVENT_POST_SYSCALL:
        return syscalls_is_caught(task->inferior, hdbg_event_data(task->pending)->data.syscall.number);
    case HDBG_EVENT_SINGLE_STEP: /* the client has seen it where it is now */
    case HDBG_EVENT_THREAD_CREATED:
        return false;
    case HDBG_EVENT_THREAD_DEBUGGED:
        return task->asked != ASKED_NOTHING;
    case HDBG_EVENT_SIGNAL_RECEIVED: /* it may have stopped the thread on another's behalf */
        return (hdbg_session_signal_policy(server->session,
                                           hdbg_event_data(task->pending)->data.signal.signal) &
                HDBG_SIGNAL_STOP) != 0;
    case HDBG_EVENT_TEAM_CREATED:
        return follow_child(task->inferior->server, task->pending) != NULL;
    case HDBG_EVENT_TEAM_EXEC:
        return server->client.exec_events;
    case HDBG_EVENT_IMAGE_CREATED:
    case HDBG_EVENT_IMAGE_DELETED:
        return !server->gnu;
    default:
        return true;
    }
}

/* ---- as what ---- */

static void from_hit(const struct task *task, struct stop *stop)
{
    const struct point *point = points_break_at(task->inferior, event_pc(task->pending));
    if (point != NULL)
        stop->reason = point->type == '1' ? STOP_HARDWARE : STOP_SOFTWARE;
}

static void from_watch(const struct task *task, struct stop *stop)
{
    const struct point *point = points_watch_hit(task);
    if (point == NULL)
        return;
    stop->reason = STOP_WATCH;
    stop->watch = point->type;
    stop->address = point->address;
}

static void from_fork(const struct task *task, struct stop *stop)
{
    const hdbg_event *event = task->pending;
    bool vfork = hdbg_event_child_borrows(event) && task->inferior->server->client.vfork_events;
    const struct inferior *child = follow_child(task->inferior->server, event);
    if (child == NULL)
        return;
    stop->reason = vfork ? STOP_VFORK : STOP_FORK;
    stop->value = (uint64_t)child->pid;
}

static void from_request(const struct task *task, struct stop *stop)
{
    switch (task->asked) {
    case ASKED_AS_NEW:
        stop->reason = STOP_THREAD_CREATED;
        break;
    default:
        stop->signal = task->asked == ASKED_BY_INTERRUPT ? GDB_SIGINT : 0;
    }
}

static void from_event(const struct task *task, struct stop *stop)
{
    const hdbg_nub_event *data = hdbg_event_data(task->pending);
    *stop = (struct stop){.team = task->inferior->pid, .thread = task->id, .signal = GDB_SIGTRAP};
    switch (data->type) {
    case HDBG_EVENT_BREAKPOINT_HIT:
        from_hit(task, stop);
        break;
    case HDBG_EVENT_WATCHPOINT_HIT:
        from_watch(task, stop);
        break;
    case HDBG_EVENT_SIGNAL_RECEIVED:
        stop->signal = signal_to_client(task->inferior->server, data->data.signal.signal);
        break;
    case HDBG_EVENT_EXCEPTION_OCCURRED:
        stop->signal =
            signal_to_client(task->inferior->server, signal_of_fault(task->inferior->server, data));
        break;
    case HDBG_EVENT_TEAM_CREATED:
        from_fork(task, stop);
        break;
    case HDBG_EVENT_TEAM_EXEC:
        stop->reason = STOP_EXEC;
        break;
    case HDBG_EVENT_THREAD_DEBUGGED:
    case HDBG_EVENT_THREAD_CREATED:
        from_request(task, stop);
        break;
    case HDBG_EVENT_IMAGE_CREATED:
    case HDBG_EVENT_IMAGE_DELETED:
        stop->reason = STOP_LIBRARIES;
        break;
    case HDBG_EVENT_PRE_SYSCALL:
    case HDBG_EVENT_POST_SYSCALL:
        stop->reason = data->type == HDBG_EVENT_PRE_SYSCALL ? STOP_SYSCALL_ENTRY : STOP_SYSCALL_RETURN;
        stop->value = data->data.syscall.number;
        break;
    }
}

uint64_t stop_print(const struct task *task)
{
    enum { GENERAL = 17 }; /* rax to r15, rip */
    const struct inferior *inferior = task->inferior;
    hdbg_cpu_state state;
    uint64_t print = UINT64_C(0xcbf29ce484222325);
    if (hdbg_thread_cpu_state(task->thread, &state) != HDBG_OK)
        return 0;
    for (size_t i = 0; i < GENERAL && i < inferior->register_count; i++) {
        uint64_t value = 0;
        if (inferior->registers[i] != NULL)
            hdbg_cpu_state_get(&state, inferior->registers[i], &value, sizeof value);
        print = (print ^ value) * UINT64_C(0x100000001b3);
        print ^= print >> 29;
    }
    return print | 1;
}

/* A thread that was stopped just before a breakpoint would pass it unseen: nubs step over one that is where a
 * thread goes on. */
static bool stands_before_one(const struct task *task, struct stop *stop)
{
    const struct inferior *inferior = task->inferior;
    hdbg_address pc;
    if (!task->unseen || inferior->point_count == 0 || hdbg_thread_pc(task->thread, &pc) != HDBG_OK)
        return false;
    const struct point *point = points_break_at(inferior, pc);
    if (point == NULL || (task->left != 0 && task->left == stop_print(task)))
        return false; /* or it has told of that one, and not moved since */
    if (!points_hit_counts(task))
        return false;
    *stop = (struct stop){.reason = point->type == '1' ? STOP_HARDWARE : STOP_SOFTWARE,
                          .team = inferior->pid,
                          .thread = task->id,
                          .signal = GDB_SIGTRAP};
    return true;
}

static void tell_vfork_done(struct task *task, struct stop *stop)
{
    struct inferior *inferior = task->inferior;
    *stop = (struct stop){
        .reason = STOP_VFORK_DONE, .team = inferior->pid, .thread = task->id, .signal = GDB_SIGTRAP};
    follow_back(inferior);
    task->asked = ASKED_NOTHING;
    task->unseen = false;
}

void stop_take(struct task *task, struct stop *stop)
{
    hdbg_event *event = task->pending;
    if (task->asked == ASKED_VFORK_DONE && hdbg_event_type_of(event) != HDBG_EVENT_THREAD_DEBUGGED) {
        tell_vfork_done(task, stop); /* it is back, too; the event is told after that */
        return;
    }
    from_event(task, stop);
    task->is_new = task->asked == ASKED_AS_NEW && stop->reason != STOP_THREAD_CREATED;
    if (task->asked == ASKED_VFORK_DONE)
        tell_vfork_done(task, stop);
    task->pending = NULL;
    task->asked = ASKED_NOTHING;
    task->told = true;
    task->unseen = false;
    if (stop->reason == STOP_FORK || stop->reason == STOP_VFORK)
        follow_told(task->inferior->server, event);
    hdbg_event_release(event);
}

void stop_take_request(struct task *task, struct stop *stop)
{
    *stop = (struct stop){.team = task->inferior->pid, .thread = task->id, .signal = GDB_SIGTRAP};
    if (task->asked == ASKED_VFORK_DONE)
        tell_vfork_done(task, stop);
    else
        from_request(task, stop);
    hdbg_event_release(task->pending);
    task->pending = NULL;
    task->asked = ASKED_NOTHING;
    task->told = true;
    task->unseen = false;
}

bool stop_is_due(struct task *task, struct stop *stop)
{
    if (task->pending != NULL && is_event_due(task)) {
        stop_take(task, stop);
        return true;
    }
    hdbg_event_release(task->pending);
    task->pending = NULL;
    task->asked = ASKED_NOTHING;
    if (task->inferior->vfork_done && task->id == task->inferior->vforked) {
        tell_vfork_done(task, stop);
        return true;
    }
    if (task->is_new) {
        *stop = (struct stop){.reason = STOP_THREAD_CREATED,
                              .team = task->inferior->pid,
                              .thread = task->id,
                              .signal = GDB_SIGTRAP};
        task->is_new = false;
        return true;
    }
    if (!stands_before_one(task, stop))
        return false;
    task->unseen = false;
    return true;
}

/* ---- as a packet ---- */

static void add_team_end(struct server *server, const struct stop *stop)
{
    struct reply *reply = &server->payload;
    if (stop->reason == STOP_TEAM_KILLED)
        reply_text(reply, "X%02x", stop->signal);
    else
        reply_text(reply, "W%02x", (unsigned)stop->value & 0xff);
    if (server->client.multiprocess)
        reply_text(reply, ";process:%x", (unsigned)stop->team);
}

static int add_path(void *context, const hdbg_detail *detail)
{
    struct reply *reply = context;
    reply_hex(reply, detail->text, strlen(detail->text));
    return 1;
}

static void add_program(struct server *server, hdbg_team_id id)
{
    struct inferior *inferior = inferior_find(server, id);
    reply_text(&server->payload, "exec:");
    if (inferior != NULL)
        hdbg_team_details_visit(inferior->team, HDBG_DETAIL_PROGRAM, add_path, &server->payload);
    reply_text(&server->payload, ";");
}

static void add_child(struct server *server, const struct stop *stop)
{
    hdbg_team_id child = (hdbg_team_id)stop->value;
    reply_text(&server->payload, stop->reason == STOP_VFORK ? "vfork:" : "fork:");
    add_thread_id(server, &server->payload, child, child);
    reply_text(&server->payload, ";");
}

static void add_reason(struct server *server, const struct stop *stop)
{
    struct reply *reply = &server->payload;
    switch (stop->reason) {
    case STOP_SOFTWARE:
        reply_text(reply, server->client.swbreak ? "swbreak:;" : "");
        break;
    case STOP_HARDWARE:
        reply_text(reply, server->client.hwbreak ? "hwbreak:;" : "");
        break;
    case STOP_WATCH:
        reply_text(reply, "%s:%llx;", stop->watch == '2' ? "watch" : "awatch",
                   (unsigned long long)stop->address);
        break;
    case STOP_EXEC:
        add_program(server, stop->team);
        reply_text(reply, server->client.threads_in_stops ? "reason:exec;" : "");
        break;
    case STOP_FORK:
    case STOP_VFORK:
        add_child(server, stop);
        break;
    case STOP_VFORK_DONE:
        reply_text(reply, server->client.threads_in_stops ? "vforkdone:;reason:vforkdone;" : "vforkdone:;");
        break;
    case STOP_LIBRARIES:
        reply_text(reply, "library:;");
        break;
    case STOP_SYSCALL_ENTRY:
    case STOP_SYSCALL_RETURN:
        reply_text(reply, "%s:%llx;", stop->reason == STOP_SYSCALL_ENTRY ? "syscall_entry" : "syscall_return",
                   (unsigned long long)stop->value);
        break;
    case STOP_THREAD_CREATED:
        reply_text(reply, "create:;");
        break;
    default:
        break;
    }
}

void stop_reply(struct server *server, const struct stop *stop)
{
    struct reply *reply = &server->payload;
    switch (stop->reason) {
    case STOP_NONE_LEFT:
        reply_text(reply, "N");
        return;
    case STOP_TEAM_EXITED:
    case STOP_TEAM_KILLED:
        add_team_end(server, stop);
        return;
    case STOP_THREAD_ENDED:
        reply_text(reply, "w%llx;", (unsigned long long)stop->value & 0xff);
        add_thread_id(server, reply, stop->team, stop->thread);
        return;
    default:
        break;
    }
    if (options_disable(&server->options, "T")) {
        reply_text(reply, "S%02x", stop->signal);
        return;
    }
    reply_text(reply, "T%02x", stop->signal);
    add_reason(server, stop);
    struct task *task = task_find(server, stop->thread);
    if (task != NULL && stop->reason != STOP_THREAD_CREATED)
        registers_expedite(task, reply);
    if (!options_disable(&server->options, "Tthread")) {
        reply_text(reply, "thread:");
        add_thread_id(server, reply, stop->team, stop->thread);
        reply_text(reply, ";");
    }
    lldb_add_threads(server, reply, stop->team);
}

void stop_reply_last(struct server *server)
{
    struct stop stop = server->stop;
    const struct inferior *inferior = inferior_find(server, stop.team);
    if (inferior == NULL || inferior->hidden || task_find(server, stop.thread) == NULL) {
        /* That one is gone; another stands. */
        const struct inferior *other = inferior_next(server, NULL);
        const struct task *task = other != NULL ? task_first(other) : NULL;
        if (task != NULL)
            stop = (struct stop){.team = other->pid, .thread = task->id, .signal = GDB_SIGTRAP};
        else if (stop.reason != STOP_TEAM_KILLED && stop.reason != STOP_TEAM_EXITED)
            stop = (struct stop){.reason = STOP_TEAM_EXITED};
    }
    if (inferior_find(server, stop.team) != NULL) {
        server->general = stop.thread;
        inferior_choose(server, inferior_find(server, stop.team));
    }
    stop_reply(server, &stop);
}
