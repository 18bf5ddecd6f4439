/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Signals by Haiku's numbers. The handler that the host's kernel knows is the program's own function, no
 * wrapper, since a debugger asks for it.
 */
#define _GNU_SOURCE
#include "libroot.h"
#include "kernel/hosted/convert.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Haiku's struct sigaction by other names: its own clash with the host's here. */
typedef struct haiku_sigaction {
    uint64_t handler, mask;
    int32_t flags;
    uint64_t user_data;
} haiku_sigaction;
/* And its siginfo_t. */
typedef struct haiku_siginfo {
    int32_t signal, code, error, team;
    uint32_t user;
    uint64_t address;
    int32_t status;
    int64_t band;
    uint64_t value;
} haiku_siginfo;
typedef void (*handler)(int);

/* What the host's system call takes. */
typedef struct host_sigaction {
    uint64_t handler, flags;
    void (*restorer)(void);
    uint64_t mask;
} host_sigaction;

enum {
    HOST_RESTORER = 0x04000000,
    HAIKU_RESTART = 16,
    HAIKU_BLOCK = 1,
    HAIKU_UNBLOCK = 2,
    HAIKU_SETMASK = 3
};

handler _haiku_signal(int signal, handler function);
int _haiku_sigaction(int signal, const haiku_sigaction *action, haiku_sigaction *old);
int _haiku_sigprocmask(int how, const uint64_t *set, uint64_t *old);
int _haiku_pthread_sigmask(int how, const uint64_t *set, uint64_t *old);
int _haiku_sigpending(uint64_t *set);
int _haiku_sigsuspend(const uint64_t *set);
int _haiku_sigwait(const uint64_t *set, int *signal);
int _haiku_sigtimedwait(const uint64_t *set, haiku_siginfo *info, const struct timespec *timeout);
int _haiku_pthread_kill(pthread_t thread, int signal);

static int host_signal(int signal)
{
    int host = convert_signal_to_linux(signal);
    if (host == 0)
        errno = EINVAL;
    return host;
}

int _haiku_sigaction(int signal, const haiku_sigaction *action, haiku_sigaction *old)
{
    host_sigaction set, got;
    int host = host_signal(signal);
    if (host == 0)
        return -1;
    if (action != NULL) {
        set.handler = action->handler;
        set.flags = convert_sa_flags_to_linux(action->flags) | HOST_RESTORER;
        set.restorer = libroot_signal_restorer;
        set.mask = convert_sigset_to_linux(action->mask);
    }
    if (syscall(SYS_rt_sigaction, host, action != NULL ? &set : NULL, &got, sizeof got.mask) != 0)
        return -1;
    if (old != NULL) {
        old->handler = got.handler;
        old->flags = convert_sa_flags_to_haiku(got.flags);
        old->mask = convert_sigset_to_haiku(got.mask);
        old->user_data = 0;
    }
    return 0;
}

handler _haiku_signal(int signal, handler function)
{
    haiku_sigaction action = {.handler = (uint64_t)(uintptr_t)function, .flags = HAIKU_RESTART}, old;
    return _haiku_sigaction(signal, &action, &old) == 0 ? (handler)(uintptr_t)old.handler : SIG_ERR;
}

int _haiku_sigprocmask(int how, const uint64_t *set, uint64_t *old)
{
    static const int hosts[] = {
        [HAIKU_BLOCK] = SIG_BLOCK, [HAIKU_UNBLOCK] = SIG_UNBLOCK, [HAIKU_SETMASK] = SIG_SETMASK};
    uint64_t wanted = set != NULL ? convert_sigset_to_linux(*set) : 0, got = 0;
    if (set != NULL && (how < HAIKU_BLOCK || how > HAIKU_SETMASK)) {
        errno = EINVAL;
        return -1;
    }
    if (syscall(SYS_rt_sigprocmask, set != NULL ? hosts[how] : 0, set != NULL ? &wanted : NULL, &got,
                sizeof got) != 0)
        return -1;
    if (old != NULL)
        *old = convert_sigset_to_haiku(got);
    return 0;
}

int _haiku_pthread_sigmask(int how, const uint64_t *set, uint64_t *old)
{
    return _haiku_sigprocmask(how, set, old) == 0 ? 0 : errno;
}

int _haiku_sigpending(uint64_t *set)
{
    uint64_t got = 0;
    if (syscall(SYS_rt_sigpending, &got, sizeof got) != 0)
        return -1;
    *set = convert_sigset_to_haiku(got);
    return 0;
}

int _haiku_sigsuspend(const uint64_t *set)
{
    uint64_t wanted = convert_sigset_to_linux(*set);
    return (int)syscall(SYS_rt_sigsuspend, &wanted, sizeof wanted);
}

int _haiku_sigwait(const uint64_t *set, int *signal)
{
    uint64_t wanted = convert_sigset_to_linux(*set);
    long got = syscall(SYS_rt_sigtimedwait, &wanted, NULL, NULL, sizeof wanted);
    if (got > 0)
        *signal = convert_signal_to_haiku((int)got);
    return got > 0 ? 0 : libroot_errno();
}

int _haiku_sigtimedwait(const uint64_t *set, haiku_siginfo *info, const struct timespec *timeout)
{
    uint64_t wanted = convert_sigset_to_linux(*set);
    siginfo_t host;
    long got = syscall(SYS_rt_sigtimedwait, &wanted, &host, timeout, sizeof wanted);
    hdbg_siginfo from;
    if (got > 0 && info != NULL) {
        convert_siginfo_to_haiku(&host, &from);
        *info = (haiku_siginfo){from.signal,  from.code,   from.error, from.team, from.user,
                                from.address, from.status, from.band,  from.value};
    }
    return got > 0 ? convert_signal_to_haiku((int)got) : -1;
}

int _haiku_pthread_kill(pthread_t thread, int signal)
{
    int host = signal == 0 ? 0 : host_signal(signal);
    return signal != 0 && host == 0 ? B_BAD_VALUE : libroot_error(pthread_kill(thread, host));
}

int _haiku_raise(int signal)
{
    int host = host_signal(signal);
    return host == 0 ? -1 : (int)syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), host);
}

int _haiku_kill(pid_t pid, int signal)
{
    int host = signal == 0 ? 0 : host_signal(signal);
    return signal != 0 && host == 0 ? -1 : kill(pid, host);
}

int _haiku_killpg(pid_t group, int signal)
{
    int host = signal == 0 ? 0 : host_signal(signal);
    return signal != 0 && host == 0 ? -1 : killpg(group, host);
}
