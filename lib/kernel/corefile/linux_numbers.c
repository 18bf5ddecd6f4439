/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Linux's signal numbers and details as Haiku's. Not by the C library's names: the core may be opened on
 * another system than the one that wrote it.
 */
#include "kernel/corefile/corefile.h"

#include <haikudbg/signal.h>

#include <string.h>

enum {
    LINUX_SIGILL = 4,
    LINUX_SIGTRAP = 5,
    LINUX_SIGBUS = 7,
    LINUX_SIGFPE = 8,
    LINUX_SIGSEGV = 11,
    LINUX_SIGCHLD = 17,
    LINUX_SIGSTOP = 19,
    LINUX_SIGPOLL = 29,
    CODE_KERNEL = 0x80, /* SI_KERNEL: a fault without an address */
    CODE_TKILL = -6,
    CODE_QUEUE = -1,
    FIRST_REALTIME = 33,
    LAST_REALTIME = 64
};

/* Haiku's number of Linux's signals 1 to 31, 0 for one that Haiku does not have. */
static const uint8_t signals[32] = {
    [1] = 1,   [2] = 2,   [3] = 3,   [4] = 4,   [5] = 22,  [6] = 6,   [7] = 30,  [8] = 8,
    [9] = 9,   [10] = 18, [11] = 11, [12] = 19, [13] = 7,  [14] = 14, [15] = 15, [17] = 5,
    [18] = 12, [19] = 10, [20] = 13, [21] = 16, [22] = 17, [23] = 26, [24] = 28, [25] = 29,
    [26] = 27, [27] = 24, [28] = 20, [29] = 23, [31] = 25,
};

/* Codes of one signal follow each other on both systems, in the same order; Linux's begin at 1. */
static const struct {
    int32_t signal, count, first;
} codes[] = {{LINUX_SIGILL, 8, 10},  {LINUX_SIGFPE, 8, 20},  {LINUX_SIGSEGV, 2, 30}, {LINUX_SIGBUS, 3, 40},
             {LINUX_SIGTRAP, 2, 50}, {LINUX_SIGCHLD, 6, 60}, {LINUX_SIGPOLL, 6, 70}};

int32_t core_signal_from_linux(int32_t signal)
{
    if (signal >= FIRST_REALTIME && signal <= LAST_REALTIME)
        return signal;
    return signal > 0 && signal < 32 ? signals[signal] : 0;
}

static int32_t code_from_linux(int32_t signal, int32_t code)
{
    if (code == CODE_QUEUE)
        return 1;
    for (size_t i = 0; i < sizeof codes / sizeof *codes && code > 0; i++) {
        if (codes[i].signal == signal)
            return codes[i].first + (code <= codes[i].count ? code : codes[i].count) - 1;
    }
    return 0;
}

/* siginfo_t of a 64 bit processor. */
static void info_from_linux(hdbg_siginfo *out, int32_t signal, const uint8_t *bytes)
{
    core_cursor c = {.at = bytes, .end = bytes + 128, .is_64 = 1};
    core_u32(&c); /* the signal once more */
    core_u32(&c); /* errno */
    int32_t code = (int32_t)core_u32(&c);
    core_u32(&c);
    out->code = code_from_linux(signal, code);
    bool is_fault = signal == LINUX_SIGILL || signal == LINUX_SIGFPE || signal == LINUX_SIGSEGV ||
                    signal == LINUX_SIGBUS || signal == LINUX_SIGTRAP;
    if (code > 0 && code != CODE_KERNEL && is_fault) {
        out->address = core_u64(&c);
    } else if (code <= 0) {
        out->team = (int32_t)core_u32(&c);
        out->user = core_u32(&c);
        if (code < 0 && code != CODE_TKILL)
            out->value = core_u64(&c);
    }
}

static int32_t code_of(const uint8_t *info)
{
    core_cursor c = {.at = info + 8, .end = info + 12};
    return (int32_t)core_u32(&c);
}

/* What the fault was, as Haiku would have told it; -1: the signal is no fault. */
static int32_t exception_of(int32_t *signal, int32_t code)
{
    if (code <= 0)
        return -1; /* somebody has sent it */
    switch (*signal) {
    case HDBG_SIGSEGV:
        if (code != CODE_KERNEL)
            return HDBG_EXCEPTION_SEGMENT_VIOLATION;
        *signal = HDBG_SIGILL; /* an address that is none: Haiku's signal for it */
        return HDBG_EXCEPTION_GENERAL_PROTECTION;
    case HDBG_SIGBUS:
        return code == 1 ? HDBG_EXCEPTION_ALIGNMENT : HDBG_EXCEPTION_SEGMENT_VIOLATION;
    case HDBG_SIGFPE:
        return code <= 2 ? HDBG_EXCEPTION_DIVIDE_ERROR : HDBG_EXCEPTION_FLOATING_POINT;
    case HDBG_SIGILL:
        return HDBG_EXCEPTION_INVALID_OPCODE;
    default:
        return -1;
    }
}

void core_stop_from_linux(core_thread *thread, int32_t linux_signal, const uint8_t *info)
{
    if (info != NULL) {
        core_cursor c = {.at = info, .end = info + 4};
        linux_signal = (int32_t)core_u32(&c); /* the thread's own */
    }
    int32_t signal = core_signal_from_linux(linux_signal);
    if (signal == 0 || linux_signal == LINUX_SIGSTOP) /* by which gcore has stopped a team that lived */
        return;
    memset(&thread->info, 0, sizeof thread->info);
    thread->type = HDBG_EVENT_SIGNAL_RECEIVED;
    thread->info.signal = signal;
    if (info != NULL) {
        info_from_linux(&thread->info, linux_signal, info);
        thread->exception = exception_of(&signal, code_of(info));
        thread->vague = code_of(info) == CODE_KERNEL;
        if (thread->exception >= 0)
            thread->type = HDBG_EVENT_EXCEPTION_OCCURRED;
    }
    thread->signal = signal;
}
