/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Running a system call in a stopped thread, with the vdso's own `syscall` instruction, and leaving no trace
 * of it.
 */
#include "kernel/hosted/nub/nub.h"

#include <elf.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { VDSO_MAX = 4 * 4096, KERNEL_SIGSET = 8, SPINS = 100, NAP = 50000 /* nanoseconds */ };

static hdbg_address find_vdso(pid_t pid)
{
    char path[64];
    Elf64_auxv_t entry;
    hdbg_address found = 0;
    snprintf(path, sizeof path, "/proc/%d/auxv", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && !found && read(fd, &entry, sizeof entry) == (ssize_t)sizeof entry) {
        if (entry.a_type == AT_SYSINFO_EHDR)
            found = entry.a_un.a_val;
    }
    if (fd >= 0)
        close(fd);
    return found;
}

/* Of an instruction that enters the kernel, 0 if there is none. Its offset is the same in every process. */
hdbg_address remote_syscall_address(thread *self)
{
    space *s = self->team->space;
    if (!s->vdso)
        s->vdso = find_vdso(self->team->id);
    if (!s->vdso)
        return 0;
    if (!self->nub->syscall_offset) {
        uint8_t code[VDSO_MAX];
        size_t size = memory_read_raw(s, s->vdso, code, sizeof code);
        for (size_t i = sizeof(Elf64_Ehdr); i + 1 < size; i++) {
            if (code[i] == 0x0f && code[i + 1] == 0x05) {
                self->nub->syscall_offset = i;
                break;
            }
        }
    }
    return self->nub->syscall_offset ? s->vdso + self->nub->syscall_offset : 0;
}

static bool is_at_event(const thread *self)
{
    return self->stop == STOP_FORK || self->stop == STOP_CLONE || self->stop == STOP_EXEC;
}

/* A thread in the midst of a system call has to come to its end first; a vfork's parent does not. */
bool remote_call_possible(const thread *self)
{
    if (self->exiting || self->displaced.active || self->fresh)
        return false;
    return self->stop == STOP_SIGNAL || self->stop == STOP_TRAP || self->stop == STOP_SYSCALL_EXIT ||
           is_at_event(self);
}

/* Dead, but not to be reaped yet: a main thread whose team's other threads have not been. */
static bool is_zombie(pid_t id)
{
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)id);
    FILE *file = fopen(path, "re");
    if (!file)
        return true;
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    const char *name_end = size > 0 ? strrchr(text, ')') : NULL;
    return !name_end || strncmp(name_end, ") Z", 3) == 0 || strncmp(name_end, ") X", 3) == 0;
}

/* A thread's news, left where they are for the loop. It is not waited for in the kernel: a main thread that
 * is killed may pass its exit unseen, for what was to make its next step has let go of that stop, and would
 * not be told before the threads that only the loop can let go. */
static bool await_news(const thread *self, siginfo_t *news)
{
    const struct timespec nap = {0, NAP};
    for (int i = 0;; i++) {
        memset(news, 0, sizeof *news);
        if (waitid(P_PID, (id_t)self->id, news, WSTOPPED | WEXITED | WNOWAIT | WNOHANG | __WALL) != 0)
            return false;
        if (news->si_pid != 0)
            return true;
        if (i < SPINS) {
            sched_yield();
            continue;
        }
        if (is_zombie(self->id))
            return false;
        nanosleep(&nap, NULL);
    }
}

/* Waits for one thread's next stop. false: it is ending, or another thread has taken its id with an exec; the
 * loop is to see that. */
static bool wait_for_stop(thread *self, int *status)
{
    siginfo_t info;
    bool alive = await_news(self, &info);
    int trap = info.si_status >> 8;
    bool stopped = alive && info.si_code != CLD_EXITED && info.si_code != CLD_KILLED &&
                   info.si_code != CLD_DUMPED && (trap == 0 || trap == PTRACE_EVENT_STOP);
    if (!stopped) {
        self->exiting |= !alive;
        self->stop = STOP_NONE;
        return false;
    }
    waitid(P_PID, (id_t)self->id, &info, WSTOPPED | WNOHANG | __WALL);
    *status = info.si_status;
    self->interrupted = false; /* any stop answers it */
    return true;
}

/* From an event in the middle of a system call to that call's end. */
static bool finish_syscall(thread *self)
{
    int status;
    cpu_flush(self);
    if (ptrace(PTRACE_SYSCALL, self->id, 0, 0) != 0 || !wait_for_stop(self, &status))
        return false;
    self->stop = STOP_SYSCALL_EXIT;
    cpu_invalidate(self);
    return status == (SIGTRAP | 0x80);
}

/* Steps until the instruction at `end` - 2 is done. What else comes meanwhile is put off; `*trapped` if that
 * was a trap of ptrace's. */
static bool step_to(thread *self, hdbg_address end, struct user_regs_struct *after, bool *trapped)
{
    siginfo_t info;
    for (;;) {
        int status;
        if (ptrace(PTRACE_SINGLESTEP, self->id, 0, 0) != 0 || !wait_for_stop(self, &status))
            return false;
        if (status == SIGTRAP) {
            if (ptrace(PTRACE_GETREGS, self->id, 0, after) != 0)
                return false;
            if (after->rip == end)
                return true;
            if (ptrace(PTRACE_GETSIGINFO, self->id, 0, &info) == 0 && info.si_code != TRAP_TRACE)
                signal_defer(self, status); /* somebody sent it */
        } else if (status >> 8 == 0) {
            signal_defer(self, status);
        } else {
            *trapped = true;
        }
    }
}

/* sigsuspend(), ppoll() and their like let signals in with a mask of their own, which Linux takes back when
 * the thread goes on in any way but into the signal's handler: as it does for the call here. The signal is
 * blocked again then; handed on, it stays pending, and the thread enters its call again, where it stops for
 * the signal once more. It has been told of then. */
static bool costs_mask(const thread *self, uint64_t mask)
{
    int signal = self->info.si_signo;
    return self->stop == STOP_SIGNAL && signal > 0 && (mask & 1ull << (signal - 1)) != 0;
}

bool remote_call(thread *self, long number, const uint64_t arguments[6], int64_t *result)
{
    hdbg_address at = remote_syscall_address(self);
    bool trap_is_due = self->interrupted; /* somebody wants it when the thread goes on */
    if (!at || !remote_call_possible(self) || (is_at_event(self) && !finish_syscall(self)))
        return false;
    if (!cpu_regs(self))
        goto killed;
    cpu_flush(self);
    struct user_regs_struct saved = self->regs, regs = saved, after;
    /* A blocked SIGTRAP would be reset to its default by the step. */
    uint64_t mask = 0, all_but_trap = ~(1ull << (SIGTRAP - 1));
    bool masked = ptrace(PTRACE_GETSIGMASK, self->id, (void *)KERNEL_SIGSET, &mask) == 0 &&
                  ptrace(PTRACE_SETSIGMASK, self->id, (void *)KERNEL_SIGSET, &all_but_trap) == 0;
    if (masked && costs_mask(self, mask))
        self->lost_mask = self->info.si_signo;
    regs.rip = at;
    regs.orig_rax = (uint64_t)-1;
    regs.rax = (uint64_t)number;
    regs.rdi = arguments[0];
    regs.rsi = arguments[1];
    regs.rdx = arguments[2];
    regs.r10 = arguments[3];
    regs.r8 = arguments[4];
    regs.r9 = arguments[5];
    if (ptrace(PTRACE_SETREGS, self->id, 0, &regs) != 0 || !step_to(self, at + 2, &after, &trap_is_due))
        goto killed;
    *result = (int64_t)after.rax;
    ptrace(PTRACE_SETREGS, self->id, 0, &saved);
    if (masked)
        ptrace(PTRACE_SETSIGMASK, self->id, (void *)KERNEL_SIGSET, &mask);
    self->stop = STOP_SIGNAL;
    self->set_info = self->remote_called = true;
    self->regs = saved;
    self->regs_valid = true;
    if (trap_is_due)
        thread_interrupt(self);
    return true;

killed: /* in this moment: it does not stand any more, and the loop will see its end */
    self->stop = STOP_NONE;
    return false;
}
