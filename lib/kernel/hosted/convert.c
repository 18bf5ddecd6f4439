/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Linux's numbers as Haiku's, and back, from tables.
 */
#include "kernel/hosted/convert.h"

#include <errno.h>
#include <string.h>

/* Haiku's signals that Linux does not have under another name. */
enum { HAIKU_SIGKILLTHR = 21 };

static const uint8_t kSignals[][2] = {
    /* Linux, Haiku */
    {SIGHUP, 1},   {SIGINT, 2},   {SIGQUIT, 3},  {SIGILL, 4},    {SIGTRAP, 22},   {SIGABRT, 6},
    {SIGBUS, 30},  {SIGFPE, 8},   {SIGKILL, 9},  {SIGUSR1, 18},  {SIGSEGV, 11},   {SIGUSR2, 19},
    {SIGPIPE, 7},  {SIGALRM, 14}, {SIGTERM, 15}, {SIGCHLD, 5},   {SIGCONT, 12},   {SIGSTOP, 10},
    {SIGTSTP, 13}, {SIGTTIN, 16}, {SIGTTOU, 17}, {SIGURG, 26},   {SIGXCPU, 28},   {SIGXFSZ, 29},
    {SIGPROF, 24}, {SIGPOLL, 23}, {SIGSYS, 25},  {SIGWINCH, 20}, {SIGVTALRM, 27},
};
enum { SIGNAL_COUNT = sizeof kSignals / sizeof *kSignals, FIRST_REALTIME = 33, LAST_REALTIME = 64 };

static int is_realtime(int number)
{
    return number >= FIRST_REALTIME && number <= LAST_REALTIME;
}

int32_t convert_signal_to_haiku(int linux_signal)
{
    if (is_realtime(linux_signal))
        return linux_signal;
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        if (kSignals[i][0] == linux_signal)
            return kSignals[i][1];
    }
    return 0;
}

int convert_signal_to_linux(int32_t haiku_signal)
{
    if (is_realtime(haiku_signal))
        return haiku_signal;
    if (haiku_signal == HAIKU_SIGKILLTHR)
        return SIGKILL;
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        if (kSignals[i][1] == haiku_signal)
            return kSignals[i][0];
    }
    return 0;
}

static uint64_t convert_set(uint64_t set, int from, int to)
{
    const uint64_t realtime = ~(uint64_t)0 << (FIRST_REALTIME - 1);
    uint64_t result = set & realtime;
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        if (set >> (kSignals[i][from] - 1) & 1)
            result |= (uint64_t)1 << (kSignals[i][to] - 1);
    }
    return result;
}

uint64_t convert_sigset_to_haiku(uint64_t linux_set)
{
    return convert_set(linux_set, 0, 1);
}

uint64_t convert_sigset_to_linux(uint64_t haiku_set)
{
    uint64_t set = convert_set(haiku_set, 1, 0);
    if (haiku_set >> (HAIKU_SIGKILLTHR - 1) & 1)
        set |= (uint64_t)1 << (SIGKILL - 1);
    return set;
}

/* Codes of one signal are consecutive on both systems and in the same order; Linux's begin at 1. */
static const struct {
    int signal;
    int count;
    int haiku_first;
} kCodes[] = {
    {SIGILL, 8, 10},  {SIGFPE, 8, 20},  {SIGSEGV, 2, 30}, {SIGBUS, 3, 40},
    {SIGTRAP, 2, 50}, {SIGCHLD, 6, 60}, {SIGPOLL, 6, 70},
};

static int32_t convert_code(int signal, int code)
{
    switch (code) { /* those that any signal may have */
    case SI_USER:
    case SI_TKILL: /* Haiku does not tell a signal to a thread from one to a team */
        return 0;
    case SI_QUEUE:
        return 1;
    case SI_TIMER:
        return 2;
    case SI_ASYNCIO:
        return 3;
    case SI_MESGQ:
        return 4;
    }
    for (size_t i = 0; i < sizeof kCodes / sizeof *kCodes; i++) {
        if (kCodes[i].signal != signal || code < 1)
            continue;
        /* Newer kinds of fault (protection keys, hardware breakpoints, ...) become the nearest older one. */
        if (code > kCodes[i].count)
            code = signal == SIGTRAP ? 1 : kCodes[i].count;
        return kCodes[i].haiku_first + code - 1;
    }
    return 0;
}

void convert_siginfo_to_haiku(const siginfo_t *in, hdbg_siginfo *out)
{
    memset(out, 0, sizeof *out);
    out->signal = convert_signal_to_haiku(in->si_signo);
    out->code = convert_code(in->si_signo, in->si_code);
    out->error = in->si_errno == 0 ? 0 : convert_errno(in->si_errno);
    if (in->si_code > 0 && in->si_code != SI_KERNEL) {
        switch (in->si_signo) { /* sent by the kernel itself */
        case SIGILL:
        case SIGFPE:
        case SIGSEGV:
        case SIGBUS:
        case SIGTRAP:
            out->address = (uint64_t)(uintptr_t)in->si_addr;
            return;
        case SIGCHLD:
            out->team = in->si_pid;
            out->user = in->si_uid;
            out->status = in->si_code == CLD_EXITED ? in->si_status : convert_signal_to_haiku(in->si_status);
            return;
        case SIGPOLL:
            out->band = in->si_band;
            return;
        }
    }
    if (in->si_code == SI_KERNEL)
        return;
    if (in->si_code != SI_TIMER) { /* a timer's own fields lie where these are */
        out->team = in->si_pid;
        out->user = in->si_uid;
    }
    if (in->si_code < 0 && in->si_code != SI_TKILL)
        out->value = (uint64_t)(uintptr_t)in->si_value.sival_ptr;
}

static const struct {
    uint64_t linux_flag;
    int32_t haiku_flag;
} kFlags[] = {
    {SA_NOCLDSTOP, 0x01}, {SA_NOCLDWAIT, 0x02}, {(uint32_t)SA_RESETHAND, 0x04},
    {SA_NODEFER, 0x08},   {SA_RESTART, 0x10},   {SA_ONSTACK, 0x20},
    {SA_SIGINFO, 0x40},
};

int32_t convert_sa_flags_to_haiku(uint64_t linux_flags)
{
    int32_t flags = 0;
    for (size_t i = 0; i < sizeof kFlags / sizeof *kFlags; i++) {
        if (linux_flags & kFlags[i].linux_flag)
            flags |= kFlags[i].haiku_flag;
    }
    return flags;
}

uint64_t convert_sa_flags_to_linux(int32_t haiku_flags)
{
    uint64_t flags = 0;
    for (size_t i = 0; i < sizeof kFlags / sizeof *kFlags; i++) {
        if (haiku_flags & kFlags[i].haiku_flag)
            flags |= kFlags[i].linux_flag;
    }
    return flags;
}

static const struct {
    int error;
    hdbg_status status;
} kErrors[] = {
    {0, HDBG_OK},
    {EPERM, HDBG_NOT_ALLOWED},
    {ENOENT, HDBG_ENTRY_NOT_FOUND},
    {ESRCH, HDBG_BAD_THREAD_ID},
    {EINTR, HDBG_INTERRUPTED},
    {EIO, HDBG_IO_ERROR},
    {E2BIG, HDBG_TOO_MANY_ARGS},
    {ENOEXEC, HDBG_NOT_AN_EXECUTABLE},
    {EBADF, HDBG_FILE_ERROR},
    {EAGAIN, HDBG_WOULD_BLOCK},
    {ENOMEM, HDBG_NO_MEMORY},
    {EACCES, HDBG_PERMISSION_DENIED},
    {EFAULT, HDBG_BAD_ADDRESS},
    {EBUSY, HDBG_BUSY},
    {ETXTBSY, HDBG_BUSY},
    {EEXIST, HDBG_FILE_EXISTS},
    {ENOTDIR, HDBG_NOT_A_DIRECTORY},
    {EISDIR, HDBG_IS_A_DIRECTORY},
    {EINVAL, HDBG_BAD_VALUE},
    {ENFILE, HDBG_NO_MORE_FDS},
    {EMFILE, HDBG_NO_MORE_FDS},
    {ENOSPC, HDBG_DEVICE_FULL},
    {EROFS, HDBG_READ_ONLY_DEVICE},
    {EPIPE, HDBG_BAD_PORT_ID},
    {ENAMETOOLONG, HDBG_NAME_TOO_LONG},
    {ELOOP, HDBG_LINK_LIMIT},
    {ENOSYS, HDBG_NOT_SUPPORTED},
    {EOPNOTSUPP, HDBG_NOT_SUPPORTED},
    {ETIMEDOUT, HDBG_TIMED_OUT},
    {ECANCELED, HDBG_CANCELED},
    {ELIBBAD, HDBG_NOT_AN_EXECUTABLE},
};

hdbg_status convert_errno(int error)
{
    for (size_t i = 0; i < sizeof kErrors / sizeof *kErrors; i++) {
        if (kErrors[i].error == error)
            return kErrors[i].status;
    }
    return HDBG_ERROR;
}
