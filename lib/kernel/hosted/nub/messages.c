/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The nub itself: the messages of debugger.h, one handler each.
 */
#include "kernel/hosted/nub/nub.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { MESSAGE_MAX = 4096, MESSAGES_A_TURN = 16 };

/* Any message. */
typedef union request {
    wire_x86_64_read_memory read_memory;
    wire_x86_64_write_memory write_memory;
    wire_x86_64_set_team_flags set_team_flags;
    wire_x86_64_set_thread_flags set_thread_flags;
    wire_x86_64_continue_thread continue_thread;
    wire_x86_64_set_cpu_state set_cpu_state;
    wire_x86_64_get_cpu_state get_cpu_state;
    wire_x86_64_set_breakpoint set_breakpoint;
    wire_x86_64_clear_breakpoint clear_breakpoint;
    wire_x86_64_set_watchpoint set_watchpoint;
    wire_x86_64_clear_watchpoint clear_watchpoint;
    wire_x86_64_set_signal_masks set_signal_masks;
    wire_x86_64_get_signal_masks get_signal_masks;
    wire_x86_64_set_signal_handler set_signal_handler;
    wire_x86_64_get_signal_handler get_signal_handler;
    wire_x86_64_clone_area clone_area;
    wire_x86_64_write_core_file write_core_file;
    wire_x86_64_start_profiler start_profiler;
    wire_x86_64_stop_profiler stop_profiler;
    uint8_t bytes[MESSAGE_MAX];
} request;

typedef union answer {
    wire_x86_64_read_memory_reply read_memory;
    wire_x86_64_write_memory_reply write_memory;
    wire_x86_64_get_cpu_state_reply get_cpu_state;
    wire_x86_64_set_breakpoint_reply set_breakpoint;
    wire_x86_64_set_watchpoint_reply set_watchpoint;
    wire_x86_64_get_signal_masks_reply get_signal_masks;
    wire_x86_64_get_signal_handler_reply get_signal_handler;
    wire_x86_64_clone_area_reply clone_area;
    wire_x86_64_write_core_file_reply write_core_file;
    wire_x86_64_start_profiler_reply start_profiler;
    wire_x86_64_profiler_update profiler_update;
} answer;

/* A message on its way through its handler. */
typedef struct exchange {
    team *team;
    const request *in;
    size_t size; /* of the message, as received */
    answer *out;
    size_t out_size; /* as the table says; the handler may cut it */
    int32_t code;    /* of the reply */
    int area_fd;
    bool later; /* a thread has to stop first */
} exchange;

/* ---- memory ---- */

static void on_read_memory(exchange *x)
{
    const wire_x86_64_read_memory *in = &x->in->read_memory;
    wire_x86_64_read_memory_reply *out = &x->out->read_memory;
    size_t done = 0;
    if (in->address < USER_BASE || in->address > USER_TOP)
        out->error = HDBG_BAD_ADDRESS;
    else if (in->size <= 0 || in->size > WIRE_MEMORY_MAX)
        out->error = HDBG_BAD_VALUE;
    else
        out->error = memory_read(x->team, in->address, out->data, (size_t)in->size, &done);
    out->size = (int32_t)done;
    x->out_size = offsetof(wire_x86_64_read_memory_reply, data) + done;
}

static void on_write_memory(exchange *x)
{
    const wire_x86_64_write_memory *in = &x->in->write_memory;
    wire_x86_64_write_memory_reply *out = &x->out->write_memory;
    int64_t sent = (int64_t)x->size - (int64_t)offsetof(wire_x86_64_write_memory, data);
    size_t done = 0;
    if (in->address < USER_BASE || in->address > USER_TOP)
        out->error = HDBG_BAD_ADDRESS;
    else if (in->size <= 0 || in->size > sent || in->size > WIRE_MEMORY_MAX)
        out->error = HDBG_BAD_VALUE;
    else
        out->error = memory_write(x->team, in->address, in->data, (size_t)in->size, &done);
    out->size = (int32_t)done;
}

/* The address is an offset: where the area comes to lie is known when the debugger has mapped it. */
static void on_clone_area(exchange *x)
{
    uint64_t offset = 0;
    hdbg_status status = memory_clone_area(x->team, x->in->clone_area.address, &x->area_fd, &offset);
    x->out->clone_area.area = status == HDBG_OK ? 1 : status;
    x->out->clone_area.address = offset;
}

/* ---- flags ---- */

static void on_set_team_flags(exchange *x)
{
    team_set_flags(x->team, (uint32_t)x->in->set_team_flags.flags);
}

static thread *own_thread(const exchange *x, int32_t id)
{
    thread *t = thread_find(x->team->nub, id);
    return t && t->team == x->team ? t : NULL;
}

static void on_set_thread_flags(exchange *x)
{
    thread *t = own_thread(x, x->in->set_thread_flags.thread);
    if (t) {
        t->flags = (uint32_t)x->in->set_thread_flags.flags & USER_FLAG_MASK;
        thread_flags_changed(t);
    }
}

/* ---- threads ---- */

static void on_continue_thread(exchange *x)
{
    thread *t = own_thread(x, x->in->continue_thread.thread);
    if (t)
        thread_continue(t, &x->in->continue_thread);
}

static void on_set_cpu_state(exchange *x)
{
    thread *t = own_thread(x, x->in->set_cpu_state.thread);
    if (t && t->stopped)
        cpu_state_set(t, &x->in->set_cpu_state.cpu_state);
}

/* Whose thread it is, if it is any. */
static hdbg_status find_stopped(const exchange *x, int32_t id, thread **result)
{
    *result = own_thread(x, id);
    if (!*result)
        return id > 0 && kill(id, 0) == 0 ? HDBG_BAD_VALUE : HDBG_BAD_THREAD_ID;
    return (*result)->stopped ? HDBG_OK : HDBG_BAD_THREAD_STATE;
}

/* On Haiku it is the thread that answers, with the event that it has stopped for. */
static void on_get_cpu_state(exchange *x)
{
    wire_x86_64_get_cpu_state_reply *out = &x->out->get_cpu_state;
    thread *t;
    out->error = find_stopped(x, x->in->get_cpu_state.thread, &t);
    if (out->error != HDBG_OK)
        return;
    out->message = x->code = t->event_count > 0 ? t->events[0].code : WIRE_THREAD_DEBUGGED;
    cpu_state_get(t, &out->cpu_state);
}

/* ---- breakpoints and watchpoints ---- */

static void on_set_breakpoint(exchange *x)
{
    x->out->set_breakpoint.error = breakpoint_set(x->team, x->in->set_breakpoint.address);
}

static void on_clear_breakpoint(exchange *x)
{
    breakpoint_clear(x->team, x->in->clear_breakpoint.address);
}

static void on_set_watchpoint(exchange *x)
{
    const wire_x86_64_set_watchpoint *in = &x->in->set_watchpoint;
    x->out->set_watchpoint.error = watchpoint_set(x->team, in->address, in->type, in->length);
}

static void on_clear_watchpoint(exchange *x)
{
    watchpoint_clear(x->team, x->in->clear_watchpoint.address);
}

/* ---- signals ---- */

static uint64_t combine(uint64_t mask, uint64_t with, uint32_t how)
{
    switch (how) {
    case WIRE_MASK_AND:
        return mask & with;
    case WIRE_MASK_OR:
        return mask | with;
    case WIRE_MASK_SET:
        return with;
    default:
        return mask;
    }
}

static void on_set_signal_masks(exchange *x)
{
    const wire_x86_64_set_signal_masks *in = &x->in->set_signal_masks;
    thread *t = own_thread(x, in->thread);
    if (!t)
        return;
    t->ignore = combine(t->ignore, in->ignore_mask, in->ignore_op);
    t->ignore_once = combine(t->ignore_once, in->ignore_once_mask, in->ignore_once_op);
}

static void on_get_signal_masks(exchange *x)
{
    int32_t id = x->in->get_signal_masks.thread;
    thread *t = thread_find(x->team->nub, id);
    if (!t && (id <= 0 || kill(id, 0) != 0)) {
        x->out->get_signal_masks.error = HDBG_BAD_THREAD_ID;
    } else if (t) {
        x->out->get_signal_masks.ignore_mask = t->ignore;
        x->out->get_signal_masks.ignore_once_mask = t->ignore_once;
    }
}

/* A thread that can ask for the team's handlers; if none can, one is stopped and the message waits for it. */
static thread *thread_to_ask(exchange *x)
{
    thread *running = NULL;
    for (thread *t = x->team->threads; t; t = t->following) {
        if (remote_call_possible(t))
            return t;
        if (t->stop == STOP_NONE && !t->exiting && !t->listening && !t->lends_memory)
            running = t;
    }
    if (running) {
        thread_interrupt(running);
        x->later = true;
    }
    return NULL;
}

static void on_get_signal_handler(exchange *x)
{
    wire_x86_64_get_signal_handler_reply *out = &x->out->get_signal_handler;
    int32_t signal = x->in->get_signal_handler.signal;
    out->error = HDBG_BAD_VALUE;
    if (signal < 1 || signal > 64)
        return;
    out->error = HDBG_BUSY;
    for (thread *t = thread_to_ask(x); t; t = thread_to_ask(x)) {
        out->error = signal_get_handler(t, signal, &out->handler);
        if (t->stop != STOP_NONE)
            break; /* else it has died over it: another may know */
    }
}

static void on_set_signal_handler(exchange *x)
{
    for (thread *t = thread_to_ask(x); t; t = thread_to_ask(x)) {
        signal_set_handler(t, x->in->set_signal_handler.signal, &x->in->set_signal_handler.handler);
        if (t->stop != STOP_NONE)
            break;
    }
}

/* ---- the rest ---- */

static void on_prepare_handover(exchange *x)
{
    attach_prepare_handover(x->team);
}

static void on_write_core_file(exchange *x)
{
    const wire_x86_64_write_core_file *in = &x->in->write_core_file;
    x->out->write_core_file.error = core_write(x->team, in->path, sizeof in->path, &x->later);
}

static void on_start_profiler(exchange *x)
{
    x->out->start_profiler.error = HDBG_NOT_SUPPORTED;
}

/* Its error stands in the place of the thread. */
static void on_stop_profiler(exchange *x)
{
    x->out->profiler_update.origin.thread = HDBG_NOT_SUPPORTED;
}

typedef struct message_kind {
    int32_t code;
    void (*handle)(exchange *x);
    size_t reply; /* bytes, 0: none. The reply port is a message's first field then */
} message_kind;

#define REPLY(name) sizeof(wire_x86_64_##name)
static const message_kind kinds[] = {
    {WIRE_READ_MEMORY, on_read_memory, REPLY(read_memory_reply)},
    {WIRE_WRITE_MEMORY, on_write_memory, REPLY(write_memory_reply)},
    {WIRE_SET_TEAM_FLAGS, on_set_team_flags, 0},
    {WIRE_SET_THREAD_FLAGS, on_set_thread_flags, 0},
    {WIRE_CONTINUE_THREAD, on_continue_thread, 0},
    {WIRE_SET_CPU_STATE, on_set_cpu_state, 0},
    {WIRE_GET_CPU_STATE, on_get_cpu_state, REPLY(get_cpu_state_reply)},
    {WIRE_SET_BREAKPOINT, on_set_breakpoint, REPLY(set_breakpoint_reply)},
    {WIRE_CLEAR_BREAKPOINT, on_clear_breakpoint, 0},
    {WIRE_SET_WATCHPOINT, on_set_watchpoint, REPLY(set_watchpoint_reply)},
    {WIRE_CLEAR_WATCHPOINT, on_clear_watchpoint, 0},
    {WIRE_SET_SIGNAL_MASKS, on_set_signal_masks, 0},
    {WIRE_GET_SIGNAL_MASKS, on_get_signal_masks, REPLY(get_signal_masks_reply)},
    {WIRE_SET_SIGNAL_HANDLER, on_set_signal_handler, 0},
    {WIRE_GET_SIGNAL_HANDLER, on_get_signal_handler, REPLY(get_signal_handler_reply)},
    {WIRE_CLONE_AREA, on_clone_area, REPLY(clone_area_reply)},
    {WIRE_PREPARE_HANDOVER, on_prepare_handover, 0},
    {WIRE_WRITE_CORE_FILE, on_write_core_file, REPLY(write_core_file_reply)},
    {WIRE_START_PROFILER, on_start_profiler, REPLY(start_profiler_reply)},
    {WIRE_STOP_PROFILER, on_stop_profiler, REPLY(profiler_update)},
};

static const message_kind *find_kind(int32_t code)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].code == code)
            return &kinds[i];
    }
    return NULL;
}

/* A reply that cannot be written ends the debugging of the team, as on Haiku; a full port makes the nub wait.
 */
static void send_reply(exchange *x)
{
    port *to = debugger_port(x->team->debugger, x->in->read_memory.reply_port);
    hdbg_status status = HDBG_BAD_PORT_ID;
    if (to)
        status = port_write(to, NULL, x->team, x->code, x->out, x->out_size, x->area_fd);
    if (status == HDBG_WOULD_BLOCK)
        x->team->reply_parked = true;
    else if (status != HDBG_OK)
        attach_end(x->team);
}

static void handle(team *self, int32_t code, const request *in, size_t size)
{
    answer out;
    const message_kind *kind = find_kind(code);
    exchange x = {.team = self, .in = in, .size = size, .out = &out, .code = code, .area_fd = -1};
    if (!kind)
        return;
    if (kind->reply > sizeof out.read_memory || kind->code != WIRE_READ_MEMORY)
        memset(&out, 0, kind->reply);
    x.out_size = kind->reply;
    kind->handle(&x);
    if (x.later) {
        self->nub_waits = true;
        self->waiting.code = code;
        self->waiting.size = size < sizeof self->waiting.data ? size : sizeof self->waiting.data;
        memcpy(self->waiting.data, in->bytes, self->waiting.size);
    } else if (kind->reply > 0 && self->debugger) {
        send_reply(&x);
    }
    if (x.area_fd >= 0)
        close(x.area_fd);
}

/* A message that may not be read yet must not wake the loop again and again. */
void messages_listen(team *self)
{
    bool deaf = self->reply_parked || self->nub_waits;
    if (!self->debugger || deaf == self->nub_deaf)
        return;
    self->nub_deaf = deaf;
    loop_change(self->nub, &self->nub_port, deaf ? 0 : EPOLLIN);
}

/* Looks again what becomes of a message that waits for a thread. To be called whenever a thread of the team
 * has stopped, ended, or gone on: then nobody has to know which of them the message waits for, and what that
 * one can do now. */
void messages_resume_waiting(team *self)
{
    request in;
    if (!self->debugger || !self->nub_waits)
        return;
    memset(&in, 0, sizeof in);
    memcpy(in.bytes, self->waiting.data, self->waiting.size);
    self->nub_waits = false;
    handle(self, self->waiting.code, &in, self->waiting.size);
    messages_read(self);
}

/* Reads until nothing is left, or the nub itself has to wait. A short message is filled up with zeros. */
void messages_read(team *self)
{
    request in;
    for (int i = 0; i < MESSAGES_A_TURN; i++) {
        if (!self->debugger || self->reply_parked || self->nub_waits)
            break;
        if (i > 0 && atomic_load(&self->reader.slot->queued) == 0)
            break; /* saves asking the kernel */
        int32_t code;
        int64_t size = port_receive(&self->reader, &code, in.bytes, sizeof in, NULL);
        if (size < 0)
            break;
        memset(in.bytes + size, 0, sizeof in < (size_t)size + 2048 ? sizeof in - (size_t)size : 2048);
        handle(self, code, &in, (size_t)size);
    }
    messages_listen(self);
}

void messages_ready(source *source_, uint32_t events)
{
    (void)events;
    messages_read(SOURCE_OWNER(source_, team, nub_port));
}
