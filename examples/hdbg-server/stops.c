/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What a stop is to the client: which of the library's events are told, and how.
 */
#include "server.h"

#include <stdio.h>
#include <string.h>

enum { GDB_SIGTRAP = 5 };

/* ---- whether it is told ---- */

static hdbg_address event_pc(const hdbg_event *event)
{
    return hdbg_cpu_state_role(&hdbg_event_data(event)->data.cpu_state, HDBG_ROLE_PC);
}

/* A breakpoint that was hit while another thread's stop was told may be gone by now, and then nothing has
 * happened; also where the client has sent the thread elsewhere. */
static bool is_hit_due(struct server *server, const struct task *task)
{
    hdbg_address pc;
    if (hdbg_thread_pc(task->thread, &pc) != HDBG_OK || pc != event_pc(task->pending))
        return false;
    if (points_break_at(server, pc) != NULL)
        return true;
    uint8_t byte = 0; /* the program's own? */
    return hdbg_memory_read(server->team, pc, &byte, 1, NULL) == HDBG_OK && byte == 0xcc;
}

static bool is_event_due(struct server *server, const struct task *task)
{
    switch (hdbg_event_type_of(task->pending)) {
    case HDBG_EVENT_BREAKPOINT_HIT:
        return is_hit_due(server, task);
    case HDBG_EVENT_WATCHPOINT_HIT:
        return points_watch_hit(server) != NULL;
    case HDBG_EVENT_SINGLE_STEP: /* the client has seen it where it is now */
    case HDBG_EVENT_THREAD_CREATED:
    case HDBG_EVENT_TEAM_CREATED:
        return false;
    case HDBG_EVENT_TEAM_EXEC:
        return server->exec_events;
    case HDBG_EVENT_IMAGE_CREATED:
    case HDBG_EVENT_IMAGE_DELETED:
        return !server->gnu;
    default:
        return true;
    }
}

/* ---- as what ---- */

static void from_hit(struct server *server, const hdbg_event *event, struct stop *stop)
{
    const struct point *point = points_break_at(server, event_pc(event));
    if (point != NULL)
        stop->reason = point->type == '1' ? STOP_HARDWARE : STOP_SOFTWARE;
}

static void from_watch(struct server *server, struct stop *stop)
{
    const struct point *point = points_watch_hit(server);
    if (point == NULL)
        return;
    stop->reason = STOP_WATCH;
    stop->watch = point->type;
    stop->address = point->address;
}

static void from_event(struct server *server, const hdbg_event *event, struct stop *stop)
{
    const hdbg_nub_event *data = hdbg_event_data(event);
    *stop = (struct stop){.thread = hdbg_event_thread_id(event), .signal = GDB_SIGTRAP};
    switch (data->type) {
    case HDBG_EVENT_BREAKPOINT_HIT:
        from_hit(server, event, stop);
        break;
    case HDBG_EVENT_WATCHPOINT_HIT:
        from_watch(server, stop);
        break;
    case HDBG_EVENT_SIGNAL_RECEIVED:
        stop->signal = signal_to_gdb(data->data.signal.signal);
        break;
    case HDBG_EVENT_EXCEPTION_OCCURRED:
        stop->signal = signal_to_gdb(data->data.exception.signal);
        break;
    case HDBG_EVENT_TEAM_EXEC:
        stop->reason = STOP_EXEC;
        break;
    case HDBG_EVENT_IMAGE_CREATED:
    case HDBG_EVENT_IMAGE_DELETED:
        stop->reason = STOP_LIBRARIES;
        break;
    }
}

/* A thread that was stopped just before a breakpoint would pass it unseen: nubs step over one that is where a
 * thread goes on. */
static bool stands_before_one(struct server *server, const struct task *task, struct stop *stop)
{
    hdbg_address pc;
    if (!task->unseen || server->point_count == 0 || hdbg_thread_pc(task->thread, &pc) != HDBG_OK)
        return false;
    const struct point *point = points_break_at(server, pc);
    if (point == NULL)
        return false;
    *stop = (struct stop){.reason = point->type == '1' ? STOP_HARDWARE : STOP_SOFTWARE,
                          .thread = task->id,
                          .signal = GDB_SIGTRAP};
    return true;
}

void stop_take(struct server *server, struct task *task, struct stop *stop)
{
    from_event(server, task->pending, stop);
    hdbg_event_release(task->pending);
    task->pending = NULL;
    task->told = true;
    task->unseen = false;
}

bool stop_is_due(struct server *server, struct task *task, struct stop *stop)
{
    if (task->pending != NULL && is_event_due(server, task)) {
        stop_take(server, task, stop);
        return true;
    }
    hdbg_event_release(task->pending);
    task->pending = NULL;
    if (!stands_before_one(server, task, stop))
        return false;
    task->unseen = false;
    return true;
}

/* ---- as a packet ---- */

static void add_end(struct server *server, struct reply *reply)
{
    if (server->end.signal > 0)
        reply_text(reply, "X%02x", signal_to_gdb(server->end.signal));
    else
        reply_text(reply, "W%02x", (unsigned)server->end.status & 0xff);
    if (server->multiprocess)
        reply_text(reply, ";process:%x", (unsigned)server->pid);
}

static int add_path(void *context, const hdbg_detail *detail)
{
    struct reply *reply = context;
    reply_hex(reply, detail->text, strlen(detail->text));
    return 1;
}

static void add_reason(struct server *server, struct reply *reply)
{
    const struct stop *stop = &server->stop;
    switch (stop->reason) {
    case STOP_SOFTWARE:
        reply_text(reply, server->swbreak ? "swbreak:;" : "");
        break;
    case STOP_HARDWARE:
        reply_text(reply, server->hwbreak ? "hwbreak:;" : "");
        break;
    case STOP_WATCH:
        reply_text(reply, "%s:%llx;", stop->watch == '2' ? "watch" : "awatch",
                   (unsigned long long)stop->address);
        break;
    case STOP_EXEC:
        reply_text(reply, "exec:");
        hdbg_team_details_visit(server->team, HDBG_DETAIL_PROGRAM, add_path, reply);
        reply_text(reply, ";");
        break;
    case STOP_LIBRARIES:
        reply_text(reply, "library:;");
        break;
    case STOP_PLAIN:
    case STOP_NONE_LEFT:
        break;
    }
}

void stop_reply(struct server *server)
{
    struct reply *reply = &server->payload;
    if (server->gone) {
        add_end(server, reply);
        return;
    }
    if (server->stop.reason == STOP_NONE_LEFT) {
        reply_text(reply, "N");
        return;
    }
    reply_text(reply, "T%02x", server->stop.signal);
    add_reason(server, reply);
    struct task *task = task_find(server, server->stop.thread);
    if (task != NULL)
        registers_expedite(server, task, reply);
    reply_text(reply, "thread:");
    add_thread_id(server, reply, server->stop.thread);
    reply_text(reply, ";");
}
