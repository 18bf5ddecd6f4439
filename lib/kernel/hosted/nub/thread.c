/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A traced thread: it runs, or it is stopped with a list of events to tell. Each is told and continued in
 * turn, and after the last the thread runs on.
 */
#include "kernel/hosted/nub/nub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

enum { TRAP_FLAG = 0x100 };

thread *thread_find(nub *self, pid_t id)
{
    for (thread *t = self->threads[(uint32_t)id % ID_BUCKETS]; t; t = t->next) {
        if (t->id == id)
            return t;
    }
    return NULL;
}

static void link_to_team(thread *self, team *to)
{
    self->team = to;
    self->previous = NULL;
    self->following = to->threads;
    if (to->threads)
        to->threads->previous = self;
    to->threads = self;
    to->thread_count++;
    self->registers_dirty = debugregs_used(to);
}

static void unlink_from_team(thread *self)
{
    if (!self->team)
        return;
    if (self->previous)
        self->previous->following = self->following;
    else
        self->team->threads = self->following;
    if (self->following)
        self->following->previous = self->previous;
    self->team->thread_count--;
}

thread *thread_create(nub *self, team *of, pid_t id)
{
    thread *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->nub = self;
    t->id = id;
    t->fresh = true;
    t->next = self->threads[(uint32_t)id % ID_BUCKETS];
    self->threads[(uint32_t)id % ID_BUCKETS] = t;
    self->thread_count++;
    if (of)
        link_to_team(t, of);
    return t;
}

static void unhash(thread *self)
{
    for (thread **link = &self->nub->threads[(uint32_t)self->id % ID_BUCKETS]; *link; link = &(*link)->next) {
        if (*link == self) {
            *link = self->next;
            return;
        }
    }
}

/* An exec by a thread other than the leader gives it the leader's id. */
void thread_rename(thread *self, pid_t id)
{
    unhash(self);
    self->id = id;
    self->next = self->nub->threads[(uint32_t)id % ID_BUCKETS];
    self->nub->threads[(uint32_t)id % ID_BUCKETS] = self;
}

void thread_move(thread *self, team *to)
{
    unlink_from_team(self);
    link_to_team(self, to);
}

void thread_free(thread *self)
{
    team *of = self->team;
    fork_creator_goes_on(self);
    fork_child_ready(self);
    if (self->displaced.active)
        displaced_abandon(self);
    park_leave(self);
    if (of && of->debugger && (self->is_parked || self->stopped)) {
        port *target = debugger_port(of->debugger, of->debugger_port);
        if (target)
            port_forget_thread(target, self);
    }
    if (of && self->waits_for_debugger)
        of->waiting_for_debugger--;
    if (of)
        of->unsettled_count -= self->unsettled;
    for (thread **link = &self->nub->orphans; *link; link = &(*link)->next_orphan) {
        if (*link == self) {
            *link = self->next_orphan;
            break;
        }
    }
    while (self->deferred) {
        deferred_signal *d = self->deferred;
        self->deferred = d->next;
        free(d);
    }
    event_clear(self);
    free(self->events);
    self->events = NULL;
    free(self->xsave);
    self->xsave = NULL;
    unhash(self);
    self->nub->thread_count--;
    unlink_from_team(self);
    self->team = NULL;
    loop_free_later(self->nub, self);
}

/* ---- running ---- */

void thread_interrupt(thread *self)
{
    if (self->interrupted)
        return;
    if (ptrace(PTRACE_INTERRUPT, self->id, 0, 0) == 0)
        self->interrupted = true;
}

/* From a step over `popf` on Linux takes the trap flag of all further steps for the thread's own, and would
 * leave it in when the thread goes on or enters a handler. */
static void end_stepping(thread *self)
{
    if (cpu_regs(self) && (self->regs.eflags & TRAP_FLAG)) {
        self->regs.eflags &= ~(uint64_t)TRAP_FLAG;
        cpu_changed(self);
    }
    self->single_stepped = false;
}

/* Hands the thread back to the kernel. false: it is dying, which will be told. */
bool thread_start(thread *self, int request, int signal)
{
    self->steps_plainly = request == PTRACE_SINGLESTEP && self->regs_valid && !signal &&
                          !breakpoint_find(self->team->space, self->regs.rip);
    if (request == PTRACE_SINGLESTEP)
        self->single_stepped = true;
    else if (self->single_stepped)
        end_stepping(self);
    cpu_flush(self);
    park_leave(self);
    if (signal && self->set_info)
        ptrace(PTRACE_SETSIGINFO, self->id, 0, &self->info);
    self->set_info = self->remote_called = false;
    self->left_in_call = self->stop == STOP_SYSCALL_ENTRY && request == PTRACE_SYSCALL;
    bool started = ptrace(request, self->id, 0, (void *)(intptr_t)signal) == 0;
    self->stop = STOP_NONE;
    self->listening = request == PTRACE_LISTEN && started;
    self->stepped = false;
    cpu_invalidate(self);
    return started;
}

/* What was put off and cannot be taken up any more is sent again. */
static void send_deferred(thread *self)
{
    while (self->deferred) {
        deferred_signal *d = self->deferred;
        self->deferred = d->next;
        if (syscall(SYS_rt_tgsigqueueinfo, self->team->id, self->id, d->signal, &d->info) != 0)
            syscall(SYS_tgkill, self->team->id, self->id, d->signal); /* it did not come from a process */
        free(d);
    }
}

/* The last thread that is let go takes the team's record with it. One that was killed in this moment cannot
 * be let go before it has told of its end. */
static void detach(thread *self)
{
    team *of = self->team;
    if (self->has_registers || self->registers_dirty)
        debugregs_apply(self);
    send_deferred(self);
    if (!thread_start(self, PTRACE_DETACH, self->signal))
        return;
    thread_free(self);
    if (!of->threads)
        team_free(of);
    else
        team_answer_detached(of);
}

/* Haiku leaves a breakpoint at which a thread continues alone, but for one right behind a system call. */
static void skip_hardware_breakpoint(thread *self)
{
    if (!debugregs_used(self->team) || self->in_syscall || !cpu_regs(self))
        return;
    for (int i = 0; i < DEBUG_REGISTERS; i++) {
        const debug_register *r = &self->team->registers[i];
        if (r->address == self->regs.rip && r->address && r->type == 0 && !(self->regs.eflags & 0x10000)) {
            self->regs.eflags |= 0x10000; /* the resume flag */
            cpu_changed(self);
        }
    }
}

static bool traces_syscalls(const thread *self)
{
    uint32_t of_team = TEAM_PRE_SYSCALL | TEAM_POST_SYSCALL, own = THREAD_PRE_SYSCALL | THREAD_POST_SYSCALL;
    return self->team->debugger &&
           ((self->team->flags & of_team) || (self->flags & own) || self->team->trace);
}

/* Whether a step of the thread is told in between, by what its system call makes: the kernel's own step would
 * pass over that. */
static bool steps_through_syscall(thread *self)
{
    uint8_t code[2];
    size_t size;
    return self->stop == STOP_SYSCALL_ENTRY ||
           (cpu_regs(self) && memory_read(self->team, self->regs.rip, code, sizeof code, &size) == HDBG_OK &&
            size == sizeof code && code[0] == 0x0f && code[1] == 0x05);
}

/* A signal that goes to a handler takes the step with it, as on Haiku. */
static bool may_step(thread *self, int signal)
{
    bool ignored = false;
    return self->step && (!signal || signal_has_default(self, signal, &ignored) || ignored);
}

/* Signals that were put off come up now, one at a time: they can only be had at a signal's stop. */
static bool take_deferred(thread *self)
{
    static const uint64_t none[6];
    int64_t result;
    if (!self->deferred || self->exiting || self->stop == STOP_GROUP)
        return false;
    if (self->signal) {
        thread_interrupt(self);
        return false;
    }
    if (self->stop != STOP_SIGNAL && !remote_call(self, SYS_getpid, none, &result))
        return false;
    stop_take_deferred(self);
    thread_next(self);
    return true;
}

/* Linux traces the system calls of a thread that was resumed for that: one that runs is resumed anew. */
void thread_flags_changed(thread *self)
{
    bool can = self->stop == STOP_NONE && !self->listening && !self->exiting && !self->lends_memory;
    if (can && traces_syscalls(self) && !self->traces_syscalls)
        thread_interrupt(self);
}

/* What was interrupted in a system call enters it again. If its calls were traced, its return was told, and
 * so will be that, as on Haiku; else it was interrupted only to be traced, and has not left the call. */
bool thread_restarts_syscall(thread *self)
{
    if ((self->stop != STOP_TRAP && self->stop != STOP_SIGNAL) || !cpu_regs(self) ||
        (int64_t)self->regs.orig_rax < 0 || !is_restart((int64_t)self->regs.rax))
        return false;
    if (self->regs.orig_rax != SYS_restart_syscall)
        self->restarted_call = (int64_t)self->regs.orig_rax;
    return true;
}

void thread_resume(thread *self)
{
    event_clear(self);
    fork_creator_goes_on(self);
    if (self->stop == STOP_NONE || core_holds(self) || take_deferred(self))
        return;
    int signal = self->signal;
    if (!team_is_wanted(self->team)) {
        detach(self);
        return;
    }
    if (signal_has_to_kill(self, signal)) {
        self->team->killed_as = signal;
        kill(self->team->id, SIGKILL);
        self->stop = STOP_NONE;
        return;
    }
    if (self->registers_dirty)
        debugregs_apply(self);
    if (self->stop == STOP_GROUP && !self->remote_called) {
        thread_start(self, PTRACE_LISTEN, 0);
        return;
    }
    if (self->debug_stop || self->team->nub_waits || self->regroup)
        thread_interrupt(self);
    self->regroup = false;
    self->lends_memory = self->stop == STOP_VFORK;
    bool passing = self->passing && !signal;
    self->passing = false;
    if (passing && displaced_needed(self) && displaced_start(self))
        return;
    if (passing)
        skip_hardware_breakpoint(self);
    self->signal = 0;
    if (signal && signal == self->lost_mask)
        signal_was_told(self);
    self->lost_mask = 0;
    self->step = may_step(self, signal);
    bool traced = self->traces_syscalls;
    self->traces_syscalls = traces_syscalls(self) && (!self->step || steps_through_syscall(self));
    self->restarts = !traced && self->traces_syscalls && !signal && thread_restarts_syscall(self);
    int request = self->traces_syscalls ? PTRACE_SYSCALL : self->step ? PTRACE_SINGLESTEP : PTRACE_CONT;
    thread_start(self, request, signal);
}

/* debug_thread() wakes what has never run, and is answered by whatever it has to tell first. */
static bool is_held(thread *self, int by)
{
    if (!(self->hold & by))
        return false;
    if (by == HOLD_SUSPENDED)
        launch_suspended(self);
    if (!self->debug_stop)
        return true;
    self->hold = 0;
    if (self->team->launch == LAUNCH_DONE)
        self->team->launch = LAUNCH_NONE;
    if (self->event_count == 0)
        event_add(self, WIRE_THREAD_DEBUGGED);
    return false;
}

/* Tells the next event that somebody wants to know, or lets the thread run. */
void thread_next(thread *self)
{
    if (self->stop == STOP_NONE || self->stopped || is_held(self, HOLD_NEW))
        return;
    do {
        while (self->event_count > 0) {
            if (event_report(self))
                return;
            event_default(self, false);
            if (self->stop == STOP_NONE)
                return;
        }
        if (is_held(self, HOLD_SUSPENDED))
            return;
    } while (self->event_count > 0);
    thread_resume(self);
}

/* It was killed while it was stopped: whatever it waited for does not matter any more. */
void thread_killed(thread *self)
{
    port *target = debugger_port(self->team->debugger, self->team->debugger_port);
    if (target)
        port_forget_thread(target, self);
    self->stopped = self->is_parked = self->has_early_continue = self->debug_stop = self->team_stop = false;
    self->waits_for_child = false;
    self->hold = 0;
    if (self->waits_for_debugger)
        self->team->waiting_for_debugger--;
    self->waits_for_debugger = false;
    event_clear(self);
}

void thread_release(thread *self)
{
    self->hold &= ~HOLD_NEW;
    if (self->stop != STOP_NONE && !self->stopped)
        thread_next(self);
}

/* ---- what debuggers ask for ---- */

void thread_continue(thread *self, const wire_x86_64_continue_thread *how)
{
    self->low = self->high = 0;
    if (self->is_parked) {
        self->early_continue = *how;
        self->has_early_continue = true;
        return;
    }
    if (self->stopped) {
        self->stopped = false;
        self->passing = true;
        self->step = how->single_step != 0;
        event_default(self, how->handle_event == WIRE_IGNORE_EVENT);
        thread_next(self);
        return;
    }
    if (self->hold & HOLD_SUSPENDED) {
        if (self->team->lose_next_continue)
            self->team->lose_next_continue = false;
        else
            launch_resume(self->nub, self->id);
    } else if (self->listening) {
        /* resume_thread() is a continue signal on Haiku. */
        kill(self->team->id, SIGCONT);
    }
}

void thread_step_range(thread *self, uint32_t handle_event, hdbg_address low, hdbg_address high)
{
    const wire_x86_64_continue_thread how = {
        .thread = self->id, .handle_event = handle_event, .single_step = 1};
    thread_continue(self, &how);
    self->low = low; /* no step ends before this: its stop is yet to be taken */
    self->high = high;
}

/* Whether a step over an instruction may need a hand of the library's: it pushes or pops the trap flag, or is
 * a trap itself. */
static bool trips_steps(const uint8_t *code, size_t size)
{
    static const uint8_t prefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3};
    static const uint8_t tripping[] = {0x9c, 0x9d, 0xcc, 0xcd, 0xf1}; /* pushf, popf, int3, int, int1 */
    size_t i = 0;
    while (i < size && (memchr(prefixes, code[i], sizeof prefixes) || (code[i] & 0xf0) == 0x40 /* REX */))
        i++;
    return i == size || memchr(tripping, code[i], sizeof tripping) != NULL;
}

/* What somebody else has to hear of, or has to do something about, ends a range. */
bool thread_steps_on(thread *self)
{
    uint8_t code[16];
    size_t size;
    hdbg_address pc = self->regs.rip;
    if (!self->step || pc < self->low || pc >= self->high || self->debug_stop || !self->team->debugger ||
        self->team->nub_waits || breakpoint_find(self->team->space, pc))
        return false;
    return memory_read(self->team, pc, code, sizeof code, &size) == HDBG_OK && !trips_steps(code, size);
}

hdbg_status thread_debug(thread *self)
{
    if (self->exiting)
        return HDBG_BAD_THREAD_ID;
    if (!self->team->debugger)
        return HDBG_NO_DEFAULT_DEBUGGER;
    if (self->stopped || self->debug_stop)
        return HDBG_OK;
    self->debug_stop = true;
    if (self->stop == STOP_NONE || self->listening)
        thread_interrupt(self);
    else
        thread_next(self);
    return HDBG_OK;
}

void thread_debug_with_team(thread *self)
{
    if (thread_debug(self) == HDBG_OK && self->debug_stop)
        self->team_stop = true;
}

hdbg_status thread_debug_all(team *of, int32_t *count)
{
    if (!of->debugger)
        return HDBG_NO_DEFAULT_DEBUGGER;
    team_each_thread(of, thread_debug_with_team);
    of->nub->stopping = of->id;
    *count = 0;
    for (const thread *t = of->threads; t; t = t->following)
        *count += t->stopped || t->debug_stop;
    return HDBG_OK;
}

bool thread_met_signal(const thread *self)
{
    if (!self->stopped || self->event_count == 0)
        return false;
    return self->events[0].code == WIRE_EXCEPTION_OCCURRED || self->events[0].code == WIRE_SIGNAL_RECEIVED;
}
