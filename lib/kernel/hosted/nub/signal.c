/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Signals: which are faults, what a team does on one, and its handlers, which only the team itself can ask
 * for.
 */
#include "kernel/hosted/nub/nub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

/* debug_exception_type */
enum {
    SEGMENT_VIOLATION = 2,
    ALIGNMENT_EXCEPTION = 3,
    DIVIDE_ERROR = 4,
    OVERFLOW_EXCEPTION = 5,
    INVALID_OPCODE_EXCEPTION = 7,
    GENERAL_PROTECTION_FAULT = 10,
    FLOATING_POINT_EXCEPTION = 11
};

enum { KERNEL_SI_CODE = 0x80, KERNEL_SIGSET = 8 };
#define KERNEL_SA_RESTORER 0x04000000ull

/* What rt_sigaction() takes and gives. */
typedef struct kernel_action {
    uint64_t handler, flags, restorer, mask;
} kernel_action;

/* ---- faults ---- */

typedef struct fault {
    int signal, code; /* code 0: any other */
    int32_t exception;
    int deliver;
    int32_t vector;
} fault;

static const fault faults[] = {
    {SIGSEGV, KERNEL_SI_CODE, GENERAL_PROTECTION_FAULT, SIGILL, VECTOR_PROTECTION},
    {SIGSEGV, 0, SEGMENT_VIOLATION, SIGSEGV, VECTOR_PAGE_FAULT},
    {SIGBUS, BUS_ADRALN, ALIGNMENT_EXCEPTION, SIGBUS, 17},
    {SIGBUS, 0, SEGMENT_VIOLATION, SIGBUS, VECTOR_PAGE_FAULT},
    {SIGFPE, FPE_INTDIV, DIVIDE_ERROR, SIGFPE, VECTOR_DIVIDE},
    {SIGFPE, FPE_INTOVF, OVERFLOW_EXCEPTION, SIGFPE, 4},
    {SIGFPE, 0, FLOATING_POINT_EXCEPTION, SIGFPE, VECTOR_FLOATING_POINT},
    {SIGILL, 0, INVALID_OPCODE_EXCEPTION, SIGILL, VECTOR_OPCODE},
};

/* Whether the processor raised it; and as which exception, with which signal, Haiku would tell. */
bool signal_is_fault(const siginfo_t *info, int linux_signal, int32_t *exception, int *deliver,
                     int64_t *vector)
{
    if (info->si_code <= 0)
        return false;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const fault *f = &faults[i];
        if (f->signal != linux_signal || (f->code && f->code != info->si_code))
            continue;
        *exception = f->exception;
        *deliver = f->deliver;
        *vector = f->vector;
        return true;
    }
    return false;
}

/* ---- what a team does ---- */

/* Whether the default action is set; if not, whether it is ignored. Cheap: no thread is needed. */
bool signal_has_default(const thread *self, int linux_signal, bool *ignored)
{
    char path[64], line[256];
    unsigned long long caught = 0, ignores = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)self->id);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        sscanf(line, "SigIgn: %llx", &ignores);
        if (sscanf(line, "SigCgt: %llx", &caught) == 1)
            break;
    }
    if (file)
        fclose(file);
    unsigned long long bit = 1ull << (linux_signal - 1);
    *ignored = ignores & bit;
    return !((caught | ignores) & bit);
}

bool signal_is_deadly(int linux_signal)
{
    switch (linux_signal) {
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
        return false;
    default:
        return true;
    }
}

/* Whether it is the first of a PID namespace, as a sandboxed process is often the only one of its own. */
static bool is_first_of_namespace(pid_t pid)
{
    char path[64], line[256];
    bool first = false;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "NSpid:", 6) == 0) {
            const char *last = strrchr(line, '\t');
            first = last && atoi(last) == 1;
            break;
        }
    }
    if (file)
        fclose(file);
    return first;
}

/* Whether the thread's own instruction has raised its signal. Linux sends others by itself, too: a timer's, a
 * terminal's. */
static bool is_forced(const siginfo_t *info)
{
    switch (info->si_signo) {
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
    case SIGSYS:
        return info->si_code > 0;
    default:
        return false;
    }
}

/* Whether a signal without a handler ends the team. The first of a namespace is spared: by all but SIGKILL,
 * and faults. */
bool signal_ends_team(const thread *self, int linux_signal)
{
    return signal_is_deadly(linux_signal) &&
           (is_forced(&self->info) || linux_signal == SIGKILL || !is_first_of_namespace(self->team->id));
}

/* Whether a thread that goes on with a signal is to die of it, and would not. Linux spares the first of a
 * namespace of faults, too, while it is traced: it would meet the same one again and again. */
bool signal_has_to_kill(const thread *self, int linux_signal)
{
    bool ignored = false;
    return linux_signal && self->info.si_signo == linux_signal && is_forced(&self->info) &&
           signal_has_default(self, linux_signal, &ignored) && is_first_of_namespace(self->team->id);
}

/* ---- handlers ---- */

/* Some memory of the team's that it may write to, when its stack cannot be used. */
static hdbg_address writable_memory(const team *self)
{
    char path[64], line[512];
    unsigned long long start = 0, end;
    char rights[8] = "";
    snprintf(path, sizeof path, "/proc/%d/maps", (int)self->id);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%llx-%llx %7s", &start, &end, rights) == 3 && strcmp(rights, "rw-p") == 0)
            break;
        start = 0;
    }
    if (file)
        fclose(file);
    return start;
}

/* rt_sigaction() in the thread, with room lent from the team's memory at `at`. */
static bool action_at(thread *self, int signal, const kernel_action *set, kernel_action *old, hdbg_address at)
{
    space *s = self->team->space;
    kernel_action lent[2], used[2];
    int64_t result = -1;
    if (!at || memory_read_raw(s, at, lent, sizeof lent) != sizeof lent)
        return false;
    if (set) {
        used[0] = *set;
        used[1] = lent[1];
        if (memory_write_raw(s, at, used, sizeof used) != sizeof used)
            return false;
    }
    const uint64_t arguments[6] = {(uint64_t)signal, set ? at : 0, at + sizeof *set, KERNEL_SIGSET};
    bool called = remote_call(self, SYS_rt_sigaction, arguments, &result);
    if (called && result == 0)
        memory_read_raw(s, at + sizeof *set, old, sizeof *old);
    memory_write_raw(s, at, lent, sizeof lent);
    return called && result == 0;
}

static bool call_action(thread *self, int signal, const kernel_action *set, kernel_action *old)
{
    if (!cpu_regs(self))
        return false;
    hdbg_address stack = (self->regs.rsp - 1024) & ~15ull; /* below what a leaf function may use */
    return action_at(self, signal, set, old, stack) ||
           action_at(self, signal, set, old, writable_memory(self->team));
}

static void to_wire(const kernel_action *in, wire_x86_64_sigaction *out)
{
    out->sa_handler = in->handler;
    out->sa_mask = convert_sigset_to_haiku(in->mask);
    out->sa_flags = convert_sa_flags_to_haiku(in->flags);
    out->sa_userdata = 0;
}

void signal_handler(thread *self, int linux_signal, wire_x86_64_sigaction *out)
{
    kernel_action action;
    memset(out, 0, sizeof *out);
    if (call_action(self, linux_signal, NULL, &action))
        to_wire(&action, out);
}

hdbg_status signal_get_handler(thread *self, int32_t haiku_signal, wire_x86_64_sigaction *out)
{
    int signal = convert_signal_to_linux(haiku_signal);
    kernel_action action = {0};
    memset(out, 0, sizeof *out);
    if (haiku_signal < 1 || haiku_signal > 64)
        return HDBG_BAD_VALUE;
    if (signal == 0)
        return HDBG_OK; /* Linux does not know it: nobody has set anything */
    if (!call_action(self, signal, NULL, &action))
        return HDBG_BUSY;
    to_wire(&action, out);
    return HDBG_OK;
}

/* A handler returns through the C library's restorer, which any handler that was ever set names. */
static uint64_t find_restorer(thread *self)
{
    kernel_action action;
    for (int signal = 1; signal <= 64; signal++) {
        if (call_action(self, signal, NULL, &action) && (action.flags & KERNEL_SA_RESTORER) &&
            action.restorer)
            return action.restorer;
    }
    return 0;
}

hdbg_status signal_set_handler(thread *self, int32_t haiku_signal, const wire_x86_64_sigaction *in)
{
    int signal = convert_signal_to_linux(haiku_signal);
    kernel_action action = {.handler = in->sa_handler}, old;
    if (signal == 0)
        return HDBG_BAD_VALUE;
    action.mask = convert_sigset_to_linux(in->sa_mask);
    action.flags = convert_sa_flags_to_linux(in->sa_flags);
    if (action.handler > HDBG_SIGNAL_IGNORE) {
        action.restorer = find_restorer(self);
        if (!action.restorer)
            return HDBG_NOT_SUPPORTED;
        action.flags |= KERNEL_SA_RESTORER;
    }
    return call_action(self, signal, &action, &old) ? HDBG_OK : HDBG_BUSY;
}

/* ---- what is known of a signal that is to come ---- */

void signal_was_told(thread *self)
{
    self->told.signal = self->info.si_signo;
    self->told.code = self->info.si_code;
    self->told.sender = self->info.si_pid;
}

/* Whether the signal that has come is the one that was told. */
bool signal_is_told(const thread *self)
{
    return self->told.signal != 0 && self->info.si_signo == self->told.signal &&
           self->info.si_code == self->told.code && self->info.si_pid == self->told.sender;
}

/* Another thread may have taken it, or a call such as sigtimedwait(). */
void signal_look_for_told(thread *self)
{
    char path[64], line[256];
    unsigned long long own = 0, common = 0;
    bool comes_now = self->stop == STOP_SIGNAL && self->info.si_signo == self->told.signal;
    if (!self->told.signal || comes_now)
        return;
    snprintf(path, sizeof path, "/proc/%d/status", (int)self->id);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        sscanf(line, "SigPnd: %llx", &own);
        if (sscanf(line, "ShdPnd: %llx", &common) == 1)
            break;
    }
    if (file)
        fclose(file);
    if (!((own | common) & 1ull << (self->told.signal - 1)))
        self->told.signal = 0;
}

void signal_forget(thread *self)
{
    self->told.signal = self->given.si_signo = 0;
}

/* Keeps a signal that came at an inconvenient moment; it is taken up when the thread would run on. */
void signal_defer(thread *self, int linux_signal)
{
    deferred_signal *d = calloc(1, sizeof *d), **last = &self->deferred;
    if (!d)
        return;
    d->signal = linux_signal;
    if (ptrace(PTRACE_GETSIGINFO, self->id, 0, &d->info) != 0)
        d->info.si_signo = linux_signal;
    while (*last)
        last = &(*last)->next;
    *last = d;
}
