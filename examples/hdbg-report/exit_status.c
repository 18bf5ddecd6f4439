/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Exit statuses: the library's signal numbers are Haiku's on every system, a shell's are the system's own.
 * The names are the same on all, so they translate.
 */
#include "exit_status.h"

#include "options.h"

#include <haikudbg/signal.h>

#include <signal.h>
#include <string.h>

#define SIGNAL(name)                                                                                         \
    {                                                                                                        \
#name, name                                                                                          \
    }

static const struct {
    const char *name;
    int number;
} kSignals[] = {
    SIGNAL(SIGHUP),    SIGNAL(SIGINT),          SIGNAL(SIGQUIT), SIGNAL(SIGILL),  SIGNAL(SIGABRT),
    SIGNAL(SIGPIPE),   SIGNAL(SIGFPE),          SIGNAL(SIGKILL), SIGNAL(SIGSEGV), SIGNAL(SIGALRM),
    SIGNAL(SIGTERM),   SIGNAL(SIGUSR1),         SIGNAL(SIGUSR2), SIGNAL(SIGTRAP), SIGNAL(SIGPROF),
    SIGNAL(SIGSYS),    SIGNAL(SIGXCPU),         SIGNAL(SIGXFSZ), SIGNAL(SIGBUS),  SIGNAL(SIGPOLL),
    SIGNAL(SIGVTALRM), {"SIGKILLTHR", SIGKILL}, /* how kill_team() ends a team; elsewhere that is a SIGKILL */
};

static int system_signal(int32_t signal)
{
    const char *name = hdbg_signal_name(signal);
    for (size_t i = 0; i < sizeof(kSignals) / sizeof(*kSignals); i++) {
        if (strcmp(kSignals[i].name, name) == 0)
            return kSignals[i].number;
    }
    return signal; /* real-time signals have the same numbers, or none */
}

int exit_status_of(const hdbg_team_end *end)
{
    if (end->signal > 0)
        return (STATUS_SIGNAL_BASE + system_signal(end->signal)) & 0xff;
    /* Not known is no success. (-1 that the kernel told is what exit(-1) gave.) */
    return end->status < 0 && end->source == HDBG_END_INFERRED ? STATUS_OWN_FAILURE : end->status & 0xff;
}
