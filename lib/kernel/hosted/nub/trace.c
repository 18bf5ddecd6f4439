/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * System calls that are told without a stop (hdbg_kernel_ops.trace_team): each stop makes a record, the
 * thread goes on at once, and records travel many in a message. They wait in the debugger's port for others,
 * for a few milliseconds, or for the next event, which they precede: what a debugger reads is in order.
 */
#include "base/trace.h"
#include "kernel/hosted/nub/nub.h"
#include "kernel/hosted/syscalls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

enum {
    BATCH_BYTES = 24 * 1024, /* are sent at once */
    BATCH_AGE = 5000         /* microseconds: as are records so old */
};

struct team_trace {
    uint32_t flags, limit;
    uint64_t wanted[(HDBG_TRACE_CALL_MAX + 1) / 64];
};

struct trace_batch {
    struct trace_batch *next; /* of those that hold something */
    port *port;
    pid_t team;
    int64_t since;
    size_t size;
    _Alignas(8) uint8_t bytes[TRACE_MESSAGE_MAX];
};

/* ---- batches ---- */

static void unlink_batch(nub *of, trace_batch *self)
{
    for (trace_batch **link = &of->batches; *link; link = &(*link)->next) {
        if (*link == self) {
            *link = self->next;
            return;
        }
    }
}

void trace_port_free(port *self)
{
    if (!self->batch)
        return;
    unlink_batch(self->owner->nub, self->batch);
    free(self->batch);
    self->batch = NULL;
}

/* What a port's records wait for has come. One that cannot be told is lost with its port. */
void trace_flush(port *self)
{
    trace_batch *batch = self->batch;
    if (!batch || batch->size <= TRACE_ORIGIN)
        return;
    size_t size = batch->size;
    batch->size = 0;
    unlink_batch(self->owner->nub, batch);
    port_write(self, NULL, NULL, HDBG_EVENT_TRACED, batch->bytes, size, -1);
}

/* Sends what has waited for long. @return milliseconds until there is something to send again, at most
 * `timeout`; -1: for ever. */
int trace_tick(nub *self, int timeout)
{
    int64_t now = self->batches ? nub_time() : 0;
    for (trace_batch *b = self->batches, *next; b; b = next) {
        next = b->next;
        int64_t left = b->since + BATCH_AGE - now;
        int wait = (int)(left / 1000) + 1;
        if (left <= 0)
            trace_flush(b->port);
        else if (timeout < 0 || wait < timeout)
            timeout = wait;
    }
    return timeout;
}

/* Where the next record goes; NULL: nowhere. */
static trace_record *begin(port *target, team *of)
{
    trace_batch *batch = target->batch;
    if (!batch) {
        batch = target->batch = calloc(1, sizeof *batch);
        if (!batch)
            return NULL;
        batch->port = target;
    }
    if (batch->size > TRACE_ORIGIN && (batch->team != of->id || batch->size > BATCH_BYTES))
        trace_flush(target);
    if (batch->size <= TRACE_ORIGIN) {
        const int32_t origin[TRACE_ORIGIN / sizeof(int32_t)] = {-1, of->id, -1, 0};
        memcpy(batch->bytes, origin, sizeof origin);
        batch->size = TRACE_ORIGIN;
        batch->team = of->id;
        batch->since = nub_time();
        batch->next = of->nub->batches;
        of->nub->batches = batch;
    }
    return (trace_record *)(void *)(batch->bytes + batch->size);
}

/* A debugger that does not keep up holds the thread until it does, as by an event. */
static void hold(thread *self, port *target, int32_t type)
{
    static const int32_t nothing[TRACE_ORIGIN / sizeof(int32_t)] = {-1, -1, -1, 0};
    trace_flush(target);
    if (!target->first || !event_add(self, type))
        return;
    if (port_write(target, self, NULL, HDBG_EVENT_TRACED, nothing, sizeof nothing, -1) != HDBG_WOULD_BLOCK) {
        event_drop(self);
        return;
    }
    self->stopped = self->is_parked = self->has_early_continue = true;
    self->early_continue = (wire_x86_64_continue_thread){.thread = self->id};
}

/* ---- calls ---- */

static size_t read_memory(void *context, uint64_t address, void *buffer, size_t size)
{
    return memory_read_raw(context, address, buffer, size);
}

static void record_call(thread *self, port *target, int32_t type, int64_t result)
{
    const team_trace *how = self->team->trace;
    trace_record *record = begin(target, self->team);
    if (!record)
        return;
    *record = (trace_record){.size = sizeof *record,
                             .type = type,
                             .thread = self->id,
                             .number = self->call.number,
                             .time = nub_time(),
                             .result = result};
    memcpy(record->arguments, self->call.arguments, sizeof self->call.arguments);
    const trace_source from = {.read = read_memory,
                               .context = self->team->space,
                               .word = sizeof(uint64_t),
                               .flags = how->flags,
                               .limit = how->limit};
    const hdbg_syscall *call = hosted_syscall(NULL, HDBG_ARCH_X86_64, record->number);
    hdbg_trace_capture(record, TRACE_RECORD_MAX, call, &from);
    target->batch->size += record->size;
    if (target->first || target->batch->size > BATCH_BYTES)
        hold(self, target, type);
}

/* A call begins or ends. */
void trace_syscall(thread *self, const struct __ptrace_syscall_info *info, bool again)
{
    const team_trace *how = self->team->trace;
    if (!how || self->team->handover)
        return;
    bool entry = info->op == PTRACE_SYSCALL_INFO_ENTRY;
    if (entry && !again) {
        bool continued = info->entry.nr == SYS_restart_syscall; /* as Linux goes on with some calls */
        self->call.known = true;
        self->call.number = (uint32_t)(continued ? (uint64_t)self->restarted_call : info->entry.nr);
        for (int i = 0; i < 6; i++)
            self->call.arguments[i] = info->entry.args[i];
    }
    int64_t result = entry ? 0 : info->exit.rval;
    if (is_restart(result) && self->call.known)
        self->restarted_call = self->call.number;
    bool told = !again && self->call.known && hdbg_trace_wants(how->flags, how->wanted, self->call.number);
    port *target = told ? debugger_port(self->team->debugger, self->team->debugger_port) : NULL;
    self->call.known = self->call.known && entry;
    if (target && !target->dead)
        record_call(self, target, entry ? WIRE_PRE_SYSCALL : WIRE_POST_SYSCALL,
                    is_restart(result) ? -EINTR : result);
}

/* ---- teams ---- */

void trace_stop(team *self)
{
    port *target = self->trace && self->debugger ? debugger_port(self->debugger, self->debugger_port) : NULL;
    if (target)
        trace_flush(target);
    for (thread *t = self->threads; t; t = t->following)
        t->call.known = false;
    free(self->trace);
    self->trace = NULL;
}

hdbg_status trace_start(team *self, uint32_t flags, uint32_t limit, const void *wanted, size_t size)
{
    if (!self->trace)
        self->trace = calloc(1, sizeof *self->trace);
    if (!self->trace)
        return HDBG_NO_MEMORY;
    self->trace->flags = flags;
    self->trace->limit = limit < TRACE_TEXT_MAX ? limit : TRACE_TEXT_MAX;
    memcpy(self->trace->wanted, wanted,
           size < sizeof self->trace->wanted ? size : sizeof self->trace->wanted);
    for (thread *t = self->threads; t; t = t->following)
        thread_flags_changed(t);
    return HDBG_OK;
}
