/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Names of Haiku's signals.
 */
#include <haikudbg/signal.h>

#include <string.h>
#include <stdbool.h>
#include <strings.h>

static const struct {
    const char *name;
    const char *description;
} kSignals[] = {
    [HDBG_SIGHUP] = {"SIGHUP", "hang-up"},
    [HDBG_SIGINT] = {"SIGINT", "interrupt from the terminal"},
    [HDBG_SIGQUIT] = {"SIGQUIT", "quit from the terminal"},
    [HDBG_SIGILL] = {"SIGILL", "illegal instruction"},
    [HDBG_SIGCHLD] = {"SIGCHLD", "a child has changed"},
    [HDBG_SIGABRT] = {"SIGABRT", "abort"},
    [HDBG_SIGPIPE] = {"SIGPIPE", "write to a pipe that nobody reads"},
    [HDBG_SIGFPE] = {"SIGFPE", "arithmetic error"},
    [HDBG_SIGKILL] = {"SIGKILL", "kill"},
    [HDBG_SIGSTOP] = {"SIGSTOP", "stop"},
    [HDBG_SIGSEGV] = {"SIGSEGV", "segment violation"},
    [HDBG_SIGCONT] = {"SIGCONT", "continue"},
    [HDBG_SIGTSTP] = {"SIGTSTP", "stop from the terminal"},
    [HDBG_SIGALRM] = {"SIGALRM", "alarm"},
    [HDBG_SIGTERM] = {"SIGTERM", "termination"},
    [HDBG_SIGTTIN] = {"SIGTTIN", "read from the terminal in the background"},
    [HDBG_SIGTTOU] = {"SIGTTOU", "write to the terminal in the background"},
    [HDBG_SIGUSR1] = {"SIGUSR1", "user signal 1"},
    [HDBG_SIGUSR2] = {"SIGUSR2", "user signal 2"},
    [HDBG_SIGWINCH] = {"SIGWINCH", "the terminal's size has changed"},
    [HDBG_SIGKILLTHR] = {"SIGKILLTHR", "kill the thread"},
    [HDBG_SIGTRAP] = {"SIGTRAP", "trap"},
    [HDBG_SIGPOLL] = {"SIGPOLL", "a descriptor is ready"},
    [HDBG_SIGPROF] = {"SIGPROF", "profiling timer"},
    [HDBG_SIGSYS] = {"SIGSYS", "bad system call"},
    [HDBG_SIGURG] = {"SIGURG", "urgent data on a socket"},
    [HDBG_SIGVTALRM] = {"SIGVTALRM", "virtual timer"},
    [HDBG_SIGXCPU] = {"SIGXCPU", "processor time limit"},
    [HDBG_SIGXFSZ] = {"SIGXFSZ", "file size limit"},
    [HDBG_SIGBUS] = {"SIGBUS", "bus error"},
};

enum { SIGNAL_COUNT = sizeof kSignals / sizeof *kSignals, FIRST_REAL_TIME = 33, REAL_TIME_COUNT = 8 };

static const char *const kRealTime[REAL_TIME_COUNT] = {"SIGRT0", "SIGRT1", "SIGRT2", "SIGRT3",
                                                       "SIGRT4", "SIGRT5", "SIGRT6", "SIGRT7"};

const char *hdbg_signal_name(int32_t signal)
{
    if (signal > 0 && signal < SIGNAL_COUNT)
        return kSignals[signal].name;
    if (signal >= FIRST_REAL_TIME && signal < FIRST_REAL_TIME + REAL_TIME_COUNT)
        return kRealTime[signal - FIRST_REAL_TIME];
    return "unknown signal";
}

const char *hdbg_signal_description(int32_t signal)
{
    if (signal > 0 && signal < SIGNAL_COUNT)
        return kSignals[signal].description;
    if (signal >= FIRST_REAL_TIME && signal < FIRST_REAL_TIME + REAL_TIME_COUNT)
        return "real-time signal";
    return "unknown signal";
}

int32_t hdbg_signal_by_name(const char *name)
{
    bool prefixed = name != NULL && strncasecmp(name, "SIG", 3) == 0;
    const char *rest = name == NULL ? "" : prefixed ? name + 3 : name;
    for (int32_t signal = 1; signal < SIGNAL_COUNT; signal++) {
        if (strcasecmp(kSignals[signal].name + 3, rest) == 0)
            return signal;
    }
    for (int32_t i = 0; i < REAL_TIME_COUNT; i++) {
        if (strcasecmp(kRealTime[i] + 3, rest) == 0)
            return FIRST_REAL_TIME + i;
    }
    return 0;
}
