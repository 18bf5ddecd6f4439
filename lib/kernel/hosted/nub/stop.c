/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A thread stopped, or ended: what that means, and which events it makes.
 */
#include "kernel/hosted/nub/nub.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { TRAP_FLAG = 0x100, DR6_HITS = 0xf, KERNEL_SI_CODE = 0x80 };

static unsigned long event_message(const thread *self)
{
    unsigned long message = 0;
    ptrace(PTRACE_GETEVENTMSG, self->id, 0, &message);
    return message;
}

/* ---- traps ---- */

static void add_breakpoint(thread *self, bool own)
{
    event *e = event_add(self, WIRE_BREAKPOINT_HIT);
    if (e)
        e->software = own;
}

bool stop_may_be_int3(nub *self, pid_t id)
{
    const thread *t = thread_find(self, id);
    return t && t->team && t->team->space && t->team->space->software_count > 0 && !t->displaced.active &&
           !t->steps_plainly && !t->left_in_call;
}

/* Moves a thread that ran into a breakpoint back to it. */
void stop_put_back(nub *self, pid_t id)
{
    thread *t = thread_find(self, id);
    if (!stop_may_be_int3(self, id) || ptrace(PTRACE_GETSIGINFO, id, 0, &t->info) != 0 ||
        t->info.si_code != KERNEL_SI_CODE || ptrace(PTRACE_GETREGS, id, 0, &t->regs) != 0)
        return;
    const breakpoint *b = breakpoint_find(t->team->space, t->regs.rip - 1);
    if (!b || !b->patched)
        return;
    t->regs.rip--;
    t->put_back = ptrace(PTRACE_SETREGS, id, 0, &t->regs) == 0;
}

/* An int3: the debugger's, the nub's, the program's own, or one that was taken out a moment ago. */
static void trapped_at_int3(thread *self)
{
    uint8_t code[2] = {0, 0};
    size_t size;
    if (!cpu_regs(self))
        return;
    hdbg_address at = self->put_back ? self->regs.rip : self->regs.rip - 1;
    breakpoint *b = breakpoint_find(self->team->space, at);
    bool patched = b && b->patched;
    if (!patched)
        memory_read(self->team, at - 1, code, sizeof code, &size);
    bool own = !patched && (code[1] == 0xcc || (code[0] == 0xcd && code[1] == 3));
    if (!self->put_back) {
        self->regs.rip = at;
        cpu_changed(self);
    }
    self->put_back = false;
    self->vector = VECTOR_BREAKPOINT;
    self->passing = patched;
    if (own)
        add_breakpoint(self, true);
    if (!patched)
        return;
    bool user = b->user && b->owner == self->team;
    if (b->internal)
        images_at_rendezvous(self);
    if (user)
        add_breakpoint(self, false);
}

/* A debug exception: a register's breakpoint or watchpoint, or a step. @return whether anything is to be
 * told. */
static void trapped_by_debug_exception(thread *self)
{
    int64_t hits = debugregs_status(self) & DR6_HITS;
    bool execute = false;
    if (!cpu_regs(self))
        return;
    self->vector = VECTOR_DEBUG;
    for (int i = 0; i < DEBUG_REGISTERS; i++) {
        const debug_register *r = &self->team->registers[i];
        if (!(hits & 1 << i))
            continue;
        if (!r->address || !self->team->debugger)
            hits &= ~(1 << i); /* taken out a moment ago */
        else if (r->type == 0)
            execute = true;
    }
    self->passing = execute;
    debugregs_note_watched(self, hits);
    if (execute) {
        add_breakpoint(self, false);
    } else if (hits) {
        event_add(self, WIRE_WATCHPOINT_HIT);
    } else if (self->info.si_code != TRAP_HWBKPT) {
        if (!self->step)
            self->regs.eflags &= ~(uint64_t)TRAP_FLAG;
        if (thread_steps_on(self))
            return;
        self->stepped = true;
        event_add(self, WIRE_SINGLE_STEP);
    }
}

/* ---- signals ---- */

static void add_signal(thread *self, int signal)
{
    event *e = event_add(self, WIRE_SIGNAL_RECEIVED);
    if (e) {
        e->id = convert_signal_to_haiku(signal);
        e->signal = signal;
    }
    self->signal = signal;
}

static void received_fault(thread *self, int signal, int32_t exception, int deliver)
{
    bool ignored = false;
    /* With a handler the program gets what Linux sends, and there is no exception. */
    if (!signal_has_default(self, signal, &ignored) && !ignored) {
        add_signal(self, signal);
        return;
    }
    self->error_code = self->vector == VECTOR_PAGE_FAULT ? 4 | (self->info.si_code == SEGV_ACCERR) : 0;
    event *e = event_add(self, WIRE_EXCEPTION_OCCURRED);
    if (e) {
        e->id = exception;
        e->signal = deliver;
    }
}

/* Whether the signal is the one that the debugger gives it with details of its own. In a PID namespace of the
 * team's own nobody who sends from outside has an id. */
static bool is_given(const thread *self)
{
    pid_t sender = self->info.si_pid;
    return self->given.si_signo != 0 && self->info.si_signo == self->given.si_signo &&
           self->info.si_code == SI_TKILL && self->team->debugger &&
           (sender == self->team->debugger->pid || sender == 0);
}

/* The thread is about to get the signal in `info`. */
static void received_signal(thread *self)
{
    int signal = self->info.si_signo, deliver, code = self->info.si_code;
    int32_t exception;
    bool given = is_given(self);
    if (given) {
        self->info = self->given;
        self->set_info = true;
    }
    /* Signals but for the real-time ones do not queue: what was given details is this one, or was dropped. */
    if (given || (signal == self->given.si_signo && signal < SIGRTMIN))
        self->given.si_signo = 0;
    bool told = signal_is_told(self);
    if (signal == self->told.signal)
        self->told.signal = 0;
    self->signal = 0;
    if (given) {
        add_signal(self, signal);
    } else if (signal == SIGTRAP && code == SI_QUEUE && self->info.si_errno == NUB_CALL_MAGIC) {
        launch_call(self, (hdbg_address)self->info.si_value.sival_ptr);
    } else if (signal == SIGTRAP && code == KERNEL_SI_CODE) {
        trapped_at_int3(self);
    } else if (signal == SIGTRAP && (code == TRAP_TRACE || code == TRAP_BRKPT || code == TRAP_HWBKPT)) {
        trapped_by_debug_exception(self);
    } else if (self->team->debugger &&
               signal_is_fault(&self->info, signal, &exception, &deliver, &self->vector)) {
        received_fault(self, signal, exception, deliver);
    } else if (told) {
        self->signal = signal;
    } else {
        add_signal(self, signal);
    }
}

/* Takes up a signal that had been put off, as if it came now. @return whether there was one. */
bool stop_take_deferred(thread *self)
{
    deferred_signal *d = self->deferred;
    if (!d)
        return false;
    self->deferred = d->next;
    self->info = d->info;
    self->set_info = true;
    free(d);
    received_signal(self);
    return true;
}

static bool is_trap(const siginfo_t *info)
{
    int code = info->si_code;
    return info->si_signo == SIGTRAP && (code == TRAP_TRACE || code == TRAP_BRKPT || code == TRAP_HWBKPT);
}

/* A stop while an instruction runs out of line. @return whether the stop is dealt with. */
static bool stopped_out_of_line(thread *self)
{
    int32_t exception;
    int64_t vector;
    int deliver;
    if (is_trap(&self->info)) {
        bool wanted = displaced_finish(self);
        int64_t hit = debugregs_status(self) & DR6_HITS;
        debugregs_note_watched(self, hit);
        if (wanted || hit) {
            self->vector = VECTOR_DEBUG;
            self->stepped = wanted;
            event_add(self, wanted && !hit ? WIRE_SINGLE_STEP : WIRE_WATCHPOINT_HIT);
        }
        thread_next(self);
        return true;
    }
    if (signal_is_fault(&self->info, self->info.si_signo, &exception, &deliver, &vector)) {
        if (self->displaced.slot && (hdbg_address)self->info.si_addr == self->displaced.slot) {
            self->info.si_addr = (void *)self->displaced.address; /* of the instruction itself */
            self->set_info = true;
        }
        displaced_abandon(self);
        return false;
    }
    /* Its handler would return to the breakpoint and meet it again. */
    signal_defer(self, self->info.si_signo);
    thread_start(self, PTRACE_SINGLESTEP, 0);
    return true;
}

/* A step that waits in a system call was interrupted: Linux makes a trap of that, though the thread enters
 * the call again when it goes on. What it was interrupted for is done here; its step is not over. */
static void step_interrupted(thread *self)
{
    messages_resume_waiting(self->team);
    if (!self->team || self->stop == STOP_NONE)
        return; /* the answer ended the debugging */
    if (self->debug_stop)
        event_add(self, WIRE_THREAD_DEBUGGED);
    thread_next(self);
}

static void stopped_by_signal(thread *self)
{
    if (self->displaced.active && stopped_out_of_line(self))
        return;
    bool in_call = self->step && is_trap(&self->info) && cpu_regs(self) && (int64_t)self->regs.orig_rax >= 0;
    if (in_call && is_restart((int64_t)self->regs.rax)) {
        step_interrupted(self);
        return;
    }
    if (in_call) {
        /* Behind a system call: Haiku's step ends one instruction later. */
        thread_start(self, PTRACE_SINGLESTEP, 0);
        return;
    }
    received_signal(self);
    thread_next(self);
}

/* ---- system calls ---- */

static bool wants_syscall(const thread *self, uint32_t of_team, uint32_t own)
{
    return self->team->debugger && ((self->team->flags & of_team) || (self->flags & own));
}

static void stopped_in_syscall(thread *self)
{
    struct __ptrace_syscall_info info = {0};
    ptrace(PTRACE_GET_SYSCALL_INFO, self->id, sizeof info, &info);
    bool entry = info.op == PTRACE_SYSCALL_INFO_ENTRY;
    self->stop = entry ? STOP_SYSCALL_ENTRY : STOP_SYSCALL_EXIT;
    self->vector = VECTOR_SYSCALL;
    if (entry && self->displaced.active)
        displaced_syscall_entry(self);
    bool again = entry && self->restarts;
    self->restarts = false;
    trace_syscall(self, &info, again);
    if (entry && !again && wants_syscall(self, TEAM_PRE_SYSCALL, THREAD_PRE_SYSCALL))
        event_add(self, WIRE_PRE_SYSCALL);
    else if (!entry && wants_syscall(self, TEAM_POST_SYSCALL, THREAD_POST_SYSCALL))
        event_add(self, WIRE_POST_SYSCALL);
    else if (entry && !again)
        event_note_syscall(self);
    thread_next(self);
}

/* debug_thread() has interrupted a system call that had begun before anybody wanted to know of it. Its return
 * is what the thread tells first, and its beginning anew is told, as if it had been traced all the time. */
static bool debug_stop_in_syscall(thread *self)
{
    if ((self->traces_syscalls && !self->restarts) ||
        !wants_syscall(self, TEAM_POST_SYSCALL, THREAD_POST_SYSCALL) || !thread_restarts_syscall(self))
        return false;
    self->traces_syscalls = true;
    self->restarts = false;
    self->vector = VECTOR_SYSCALL;
    event_add(self, WIRE_POST_SYSCALL);
    return true;
}

/* ---- events of ptrace ---- */

/* Linux tells an interrupt before the trap that the thread ran into in the same moment. But without the trap
 * the registers do not say where the thread is, and one that is let go dies of it: the trap comes first. */
static bool has_trap_pending(const thread *self)
{
    siginfo_t pending[16];
    struct __ptrace_peeksiginfo_args which = {.nr = sizeof pending / sizeof *pending};
    long count = ptrace(PTRACE_PEEKSIGINFO, self->id, &which, pending);
    for (long i = 0; i < count; i++) {
        if (pending[i].si_signo == SIGTRAP && pending[i].si_code > 0)
            return true;
    }
    return false;
}

static bool trap_comes_first(thread *self)
{
    if (!has_trap_pending(self))
        return false;
    self->regroup = self->stop == STOP_GROUP;
    return thread_start(self, PTRACE_CONT, 0);
}

static void stopped_by_interrupt(thread *self)
{
    if (trap_comes_first(self))
        return;
    /* Out of line it is not to be seen: the step is done first, and thread_resume() interrupts again. */
    if (self->displaced.active && self->stop == STOP_TRAP && self->displaced.kind != DISPLACED_SYSCALL) {
        thread_start(self, PTRACE_SINGLESTEP, 0);
        return;
    }
    if (self->displaced.active)
        displaced_abandon(self);
    if (self->debug_stop && !debug_stop_in_syscall(self))
        event_add(self, WIRE_THREAD_DEBUGGED);
    thread_next(self);
}

static void stopped_by_exec(thread *self)
{
    nub *of = self->nub;
    team *in = self->team;
    thread *following;
    for (thread *t = in->threads; t; t = following) {
        following = t->following;
        if (t != self) {
            event_thread_deleted(in, t->id, 0);
            thread_free(t);
        }
    }
    self->displaced.active = false;
    self->has_registers = self->registers_dirty = false;
    self->fresh = false;
    signal_forget(self);
    fork_drop_orphans(of, in);
    launch_executed(self);
}

/* What a thread said when it ended itself, not with its team. */
static void note_exit_status(thread *self)
{
    if (self->has_exit_status)
        return;
    self->has_exit_status = true;
    self->exit_status = 0;
    if (cpu_regs(self) && self->regs.orig_rax == SYS_exit)
        self->exit_status = (int32_t)(self->regs.rdi & 0xff);
}

/* exit() of a whole team, as opposed to an end by a signal. */
static bool is_team_exit(thread *self)
{
    if ((event_message(self) & 0x7f) != 0 || !cpu_regs(self))
        return false;
    long number = (long)self->regs.orig_rax;
    return number == SYS_exit_group || (number == SYS_exit && self->team->thread_count == 1);
}

static void stopped_at_exit(thread *self)
{
    thread_killed(self);
    self->exiting = true;
    self->vector = VECTOR_SYSCALL;
    if (self->id != self->team->id)
        note_exit_status(self);
    if (self->displaced.active)
        displaced_abandon(self);
    if (self->team->debugger && (self->team->flags & TEAM_PREVENT_EXIT) && is_team_exit(self))
        event_add(self, WIRE_THREAD_DEBUGGED);
    else
        self->exiting_unseen = true;
    thread_next(self);
}

/* ---- all ---- */

static stop_kind kind_of(int status)
{
    int signal = status & 0xff;
    bool group = signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
    switch (status >> 8) {
    case PTRACE_EVENT_FORK:
        return STOP_FORK;
    case PTRACE_EVENT_VFORK:
        return STOP_VFORK;
    case PTRACE_EVENT_CLONE:
        return STOP_CLONE;
    case PTRACE_EVENT_EXEC:
        return STOP_EXEC;
    case PTRACE_EVENT_EXIT:
        return STOP_EXIT;
    case PTRACE_EVENT_STOP:
        return group ? STOP_GROUP : STOP_TRAP;
    default:
        return signal == (SIGTRAP | 0x80) ? STOP_SYSCALL_EXIT : STOP_SIGNAL;
    }
}

static void dispatch(thread *self, stop_kind kind)
{
    switch (kind) {
    case STOP_FORK:
    case STOP_VFORK:
    case STOP_CLONE:
        fork_handle(self, kind, (pid_t)event_message(self));
        break;
    case STOP_EXEC:
        stopped_by_exec(self);
        break;
    case STOP_EXIT:
        stopped_at_exit(self);
        break;
    case STOP_TRAP:
    case STOP_GROUP:
        stopped_by_interrupt(self);
        break;
    case STOP_SYSCALL_EXIT:
        stopped_in_syscall(self);
        break;
    default:
        stopped_by_signal(self);
        break;
    }
}

/* Whether a message that waits for a thread may have this one before its stop is dealt with: one that has
 * nothing to tell. Any other still has to say what its stop is. */
static bool can_be_asked(const thread *self)
{
    return self->team->nub_waits && self->stop == STOP_TRAP && remote_call_possible(self) &&
           !has_trap_pending(self);
}

/* An exec is told under the id of the main thread, which is no more, by whichever thread has called it: that
 * one has the main thread's id from now on. */
static thread *executed(nub *self, pid_t id)
{
    thread *leader = thread_find(self, id);
    unsigned long former = 0;
    ptrace(PTRACE_GETEVENTMSG, id, 0, &former);
    thread *caller = thread_find(self, (pid_t)former);
    if (!caller || !caller->team || caller == leader || caller->team->id != id)
        return leader;
    if (leader)
        thread_free(leader);
    thread_rename(caller, id);
    return caller;
}

/* The new one's first stop has come before its creator's event. */
static void stopped_as_orphan(nub *self, pid_t id, thread *orphan, stop_kind kind)
{
    thread *t = orphan ? orphan : fork_new_orphan(self, id);
    if (!t)
        return;
    t->stop = kind;
    t->fresh = false;
    if (kind == STOP_EXIT) /* killed before its creator could tell of it */
        thread_start(t, PTRACE_CONT, 0);
}

void stop_handle(nub *self, pid_t id, int status)
{
    stop_kind kind = kind_of(status);
    thread *t = kind == STOP_EXEC ? executed(self, id) : thread_find(self, id);
    if (!t || !t->team) {
        stopped_as_orphan(self, id, t, kind);
        return;
    }
    team *of = t->team; /* its memory stays for this round of the loop */
    bool first = t->fresh;
    t->stop = kind;
    t->fresh = t->interrupted = t->listening = t->lends_memory = false;
    t->vector = -1;
    t->error_code = 0;
    t->signal = 0;
    cpu_invalidate(t);
    t->put_back = t->put_back && kind == STOP_SIGNAL;
    t->regs_valid = t->put_back;
    if (kind == STOP_SIGNAL && !t->put_back) {
        memset(&t->info, 0, sizeof t->info);
        if (ptrace(PTRACE_GETSIGINFO, t->id, 0, &t->info) != 0)
            t->stop = STOP_NONE; /* killed meanwhile */
    }
    signal_look_for_told(t);
    if (can_be_asked(t))
        messages_resume_waiting(of);
    if (!t->team)
        return; /* the answer ended the debugging */
    if (first && !of->loaded_by_debuggee)
        fork_child_ready(t);
    seize_settle(t);
    if (t->stop != STOP_NONE)
        dispatch(t, kind);
    /* The thread may have gone where it cannot be asked, or stand still now. */
    messages_resume_waiting(of);
}

void stop_ended(nub *self, pid_t id, int status, const struct rusage *usage)
{
    thread *t = thread_find(self, id);
    if (!t)
        return;
    team *of = t->team;
    t->stop = STOP_NONE;
    if (of && id == of->id) {
        of->leader_gone = true;
        of->leader_status = status;
        of->usage.user = (int64_t)usage->ru_utime.tv_sec * 1000000 + usage->ru_utime.tv_usec;
        of->usage.kernel = (int64_t)usage->ru_stime.tv_sec * 1000000 + usage->ru_stime.tv_usec;
    } else if (of) {
        event_thread_deleted(of, id, t->has_exit_status ? t->exit_status : 0);
    }
    if (of)
        seize_settle(t);
    thread_free(t);
    /* The main thread's end is told last. Any other that is left was killed in an exec, in the main one's
     * place and under its id. */
    while (of && id == of->id && of->threads)
        thread_free(of->threads);
    if (of && of->threads) {
        team_answer_detached(of);
        messages_resume_waiting(of); /* one may have been waiting for this thread */
        return;
    }
    if (!of)
        return;
    if (!of->leader_gone)
        of->leader_status = status; /* the leader had ended before the team was seized */
    team_gone(of);
}
