/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Events: which of them the debugger wants, the messages that tell them, and what follows when one is
 * continued.
 */
#include "kernel/hosted/nub/nub.h"
#include "kernel/hosted/nub/wire_siginfo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Any event's message. */
typedef union message {
    wire_origin origin;
    wire_x86_64_thread_debugged debugged;
    wire_x86_64_debugger_call call;
    wire_x86_64_breakpoint_hit state;
    wire_x86_64_pre_syscall pre;
    wire_x86_64_post_syscall post;
    wire_x86_64_signal_received signal;
    wire_x86_64_exception_occurred exception;
    wire_x86_64_team_created team_created;
    wire_x86_64_team_exec exec;
    wire_x86_64_thread_created thread_created;
    wire_x86_64_image_created image;
} message;

/* ---- the list ---- */

event *event_add(thread *self, int32_t code)
{
    if (self->event_count == self->event_room) {
        int room = self->event_room ? 2 * self->event_room : 1; /* more is rare */
        event *more = realloc(self->events, (size_t)room * sizeof *more);
        if (!more)
            return NULL;
        self->events = more;
        self->event_room = room;
    }
    event *e = &self->events[self->event_count++];
    *e = (event){.code = code};
    return e;
}

void event_drop(thread *self)
{
    if (self->event_count == 0)
        return;
    free(self->events[0].image);
    self->event_count--;
    memmove(self->events, self->events + 1, (size_t)self->event_count * sizeof *self->events);
}

void event_clear(thread *self)
{
    while (self->event_count > 0)
        event_drop(self);
}

/* ---- who wants what ---- */

typedef struct event_kind {
    uint32_t team_flag, thread_flag; /* 0 and 0: always */
    size_t size;
    void (*fill)(thread *self, const event *what, message *out);
} event_kind;

static void fill_call(thread *self, const event *what, message *out)
{
    (void)self;
    out->call.message = what->address;
}

static void fill_state(thread *self, const event *what, message *out)
{
    (void)what;
    cpu_state_get(self, &out->state.cpu_state);
}

static void fill_arguments(thread *self, uint32_t *arguments)
{
    const uint64_t six[6] = {self->regs.rdi, self->regs.rsi, self->regs.rdx,
                             self->regs.r10, self->regs.r8,  self->regs.r9};
    memcpy(arguments, six, sizeof six);
}

/* Linux goes on with some calls by another one. */
static uint32_t syscall_number(const thread *self)
{
    bool continued = self->regs.orig_rax == SYS_restart_syscall;
    return (uint32_t)(continued ? self->restarted_call : (int64_t)self->regs.orig_rax);
}

static void fill_pre_syscall(thread *self, const event *what, message *out)
{
    (void)what;
    if (!cpu_regs(self))
        return;
    out->pre.syscall = syscall_number(self);
    fill_arguments(self, out->pre.args);
}

static void fill_post_syscall(thread *self, const event *what, message *out)
{
    (void)what;
    if (!cpu_regs(self))
        return;
    out->post.start_time = self->syscall_start;
    out->post.end_time = nub_time();
    out->post.return_value = is_restart((int64_t)self->regs.rax) ? (uint64_t)-EINTR : self->regs.rax;
    out->post.syscall = syscall_number(self);
    if (is_restart((int64_t)self->regs.rax))
        self->restarted_call = out->post.syscall;
    fill_arguments(self, out->post.args);
}

static void fill_siginfo(thread *self, const event *what, wire_x86_64_siginfo *out)
{
    hdbg_siginfo info;
    memset(&info, 0, sizeof info);
    convert_siginfo_to_haiku(&self->info, &info);
    info.signal = what->id;
    if (self->info.si_signo == SIGILL && self->info.si_code == ILL_ILLOPN)
        info.code = 10; /* ILL_ILLOPC: what Haiku says of an instruction that does not exist */
    /* A fault's sender is the team itself on Haiku. */
    if (self->info.si_code > 0 && self->info.si_signo != SIGCHLD)
        info.team = self->team->id;
    wire_siginfo_fill(out, &info);
}

static void fill_signal(thread *self, const event *what, message *out)
{
    bool ignored = false;
    out->signal.signal = what->id;
    fill_siginfo(self, what, &out->signal.info);
    if (signal_has_default(self, what->signal, &ignored)) {
        out->signal.deadly = signal_ends_team(self, what->signal);
    } else if (ignored) {
        out->signal.handler.sa_handler = HDBG_SIGNAL_IGNORE;
    } else {
        signal_handler(self, what->signal, &out->signal.handler);
    }
}

static void fill_exception(thread *self, const event *what, message *out)
{
    (void)self;
    out->exception.exception = what->id;
    out->exception.signal = convert_signal_to_haiku(what->signal);
}

static void fill_team_created(thread *self, const event *what, message *out)
{
    (void)self;
    out->team_created.new_team = what->id;
}

static void fill_exec(thread *self, const event *what, message *out)
{
    (void)what;
    out->exec.image_event = ++self->team->image_event;
}

static void fill_thread_created(thread *self, const event *what, message *out)
{
    (void)self;
    out->thread_created.new_thread = what->id;
}

static void fill_image(thread *self, const event *what, message *out)
{
    images_to_wire(what->image, &out->image.info);
    out->image.image_event = ++self->team->image_event;
}

#define SIZE(name) sizeof(wire_x86_64_##name)
static const event_kind kinds[WIRE_EVENT_COUNT] = {
    [WIRE_THREAD_DEBUGGED] = {0, 0, SIZE(thread_debugged), NULL},
    [WIRE_DEBUGGER_CALL] = {0, 0, SIZE(debugger_call), fill_call},
    [WIRE_BREAKPOINT_HIT] = {0, 0, SIZE(breakpoint_hit), fill_state},
    [WIRE_WATCHPOINT_HIT] = {0, 0, SIZE(watchpoint_hit), fill_state},
    [WIRE_SINGLE_STEP] = {0, 0, SIZE(single_step), fill_state},
    [WIRE_PRE_SYSCALL] = {TEAM_PRE_SYSCALL, THREAD_PRE_SYSCALL, SIZE(pre_syscall), fill_pre_syscall},
    [WIRE_POST_SYSCALL] = {TEAM_POST_SYSCALL, THREAD_POST_SYSCALL, SIZE(post_syscall), fill_post_syscall},
    [WIRE_SIGNAL_RECEIVED] = {TEAM_SIGNALS, 0, SIZE(signal_received), fill_signal},
    [WIRE_EXCEPTION_OCCURRED] = {0, 0, SIZE(exception_occurred), fill_exception},
    [WIRE_TEAM_CREATED] = {TEAM_TEAM_CREATION, 0, SIZE(team_created), fill_team_created},
    [WIRE_TEAM_EXEC] = {TEAM_TEAM_CREATION, 0, SIZE(team_exec), fill_exec},
    [WIRE_THREAD_CREATED] = {TEAM_THREADS, 0, SIZE(thread_created), fill_thread_created},
    [WIRE_IMAGE_CREATED] = {TEAM_IMAGES, 0, SIZE(image_created), fill_image},
    [WIRE_IMAGE_DELETED] = {TEAM_IMAGES, 0, SIZE(image_deleted), fill_image},
};

/* Signals have masks of their own; "once" is used up only when the debugger would have been told. */
static bool signal_is_muted(thread *self, int32_t number)
{
    uint64_t bit = 1ull << (number - 1);
    if (self->ignore_once & bit) {
        self->ignore_once &= ~bit;
        return true;
    }
    return self->ignore & bit;
}

static bool is_wanted(thread *self, const event *what)
{
    const team *of = self->team;
    const event_kind *kind = &kinds[what->code];
    uint32_t always = kind->team_flag | kind->thread_flag;
    if (!of->debugger || self->exiting_unseen)
        return false;
    if (always && !(of->flags & kind->team_flag) && !(self->flags & kind->thread_flag))
        return false;
    if (what->code == WIRE_SIGNAL_RECEIVED)
        return what->id > 0 && what->id <= 64 && !signal_is_muted(self, what->id);
    return true;
}

/* Nobody hears of the event. As on Haiku the thread goes on as after any other, but no step follows: a
 * debugger that steps is told of each, or does not. */
void event_lost(thread *self)
{
    self->stopped = self->step = false;
    self->passing = true;
}

/* Tells the thread's first event. @return whether the thread stays stopped for it. */
bool event_report(thread *self)
{
    team *of = self->team;
    const event *what = &self->events[0];
    if (self->waits_for_debugger && !of->debugger) {
        self->stopped = true;
        return true;
    }
    if (!self->tells_again && !is_wanted(self, what))
        return false;
    self->tells_again = false;
    self->debug_stop = self->team_stop = false;
    self->stopped = true;
    if (of->handover)
        return true; /* the next debugger is told */

    message out;
    const event_kind *kind = &kinds[what->code];
    memset(&out, 0, kind->size);
    out.origin = (wire_origin){self->id, of->id, of->nub_port_id};
    if (kind->fill)
        kind->fill(self, what, &out);
    park_enter(self); /* before anybody hears that it stands */
    port *target = debugger_port(of->debugger, of->debugger_port);
    hdbg_status status = HDBG_BAD_PORT_ID;
    if (target)
        status = port_write(target, self, NULL, what->code, &out, kind->size, -1);
    if (status == HDBG_WOULD_BLOCK)
        self->is_parked = true;
    else if (status != HDBG_OK)
        event_lost(self);
    return self->stopped;
}

/* ---- what follows ---- */

/* With what a fault's signal comes: Haiku's choice of signal for a protection fault has the code that it has
 * there. */
void event_fault_info(thread *self, int signal, siginfo_t *info)
{
    *info = self->info;
    if (info->si_signo == signal)
        return;
    info->si_signo = signal;
    info->si_code = ILL_PRVOPC;
    info->si_addr = cpu_regs(self) ? (void *)self->regs.rip : NULL;
}

/* The fault's signal is sent now; the thread may stop a second time for it. */
static void send_fault_signal(thread *self, int signal)
{
    event *e = event_add(self, WIRE_SIGNAL_RECEIVED);
    if (e) {
        e->id = convert_signal_to_haiku(signal);
        e->signal = signal;
    }
    if (self->info.si_signo != signal) {
        event_fault_info(self, signal, &self->info);
        self->set_info = true;
    }
    self->signal = signal;
}

void event_note_syscall(thread *self)
{
    const event_kind *kind = &kinds[WIRE_POST_SYSCALL];
    if (self->team->debugger && ((self->team->flags & kind->team_flag) || (self->flags & kind->thread_flag)))
        self->syscall_start = nub_time();
}

/* Takes the first event off the list and does what it leads to, or, if ignored, what its absence would. */
void event_default(thread *self, bool ignore)
{
    if (self->event_count == 0)
        return;
    event what = self->events[0];
    self->events[0].image = NULL;
    event_drop(self);
    free(what.image);
    if (self->waits_for_debugger) {
        self->waits_for_debugger = false;
        self->team->waiting_for_debugger--;
    }
    switch (what.code) {
    case WIRE_EXCEPTION_OCCURRED:
        self->signal = 0;
        if (!ignore)
            send_fault_signal(self, what.signal);
        break;
    case WIRE_SIGNAL_RECEIVED:
        self->signal = ignore ? 0 : what.signal;
        break;
    case WIRE_BREAKPOINT_HIT:
        /* A program's own int3 without a debugger is a SIGTRAP. */
        if (!self->team->debugger && what.software && cpu_regs(self)) {
            self->signal = SIGTRAP;
            self->regs.rip++;
            cpu_changed(self);
        }
        break;
    case WIRE_TEAM_CREATED:
    case WIRE_THREAD_CREATED:
        fork_creator_goes_on(self);
        break;
    case WIRE_PRE_SYSCALL:
        event_note_syscall(self);
        break;
    case WIRE_POST_SYSCALL:
        self->syscall_start = 0;
        break;
    default:
        break;
    }
}

/* ---- without a stop ---- */

void event_team_deleted(team *self, int32_t status, int32_t signal)
{
    wire_x86_64_team_deleted out;
    if (!self->debugger)
        return;
    port *target = debugger_port(self->debugger, self->debugger_port);
    if (target)
        trace_flush(target);
    if (!target || target->first)
        return; /* a full port loses it, as on Haiku */
    memset(&out, 0, sizeof out);
    out.origin = (wire_origin){-1, self->id, -1};
    out.status = status;
    out.signal = signal;
    out.user_time = self->usage.user;
    out.kernel_time = self->usage.kernel;
    port_try(target, WIRE_TEAM_DELETED, &out, sizeof out);
}

void event_thread_deleted(team *of, pid_t id, int32_t status)
{
    wire_x86_64_thread_deleted out = {{id, of->id, -1}, status};
    if (!of->debugger || !(of->flags & TEAM_THREADS) || of->handover)
        return;
    port *target = debugger_port(of->debugger, of->debugger_port);
    if (target)
        port_write(target, NULL, NULL, WIRE_THREAD_DELETED, &out, sizeof out, -1);
}

void event_handed_over(team *self, debugger *to, int32_t to_port, port *target)
{
    wire_x86_64_handed_over out = {{-1, self->id, self->nub_port_id}, to->pid, to_port, -1};
    trace_flush(target);
    if (!target->first)
        port_try(target, WIRE_HANDED_OVER, &out, sizeof out);
}
