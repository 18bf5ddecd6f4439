/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The debuggee's side of a nub call: a SIGTRAP to itself, queued with a magic value (protocol.h).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "kernel/hosted/proc.h"
#include "kernel/hosted/protocol.h"

#include <haikudbg/debuggee.h>

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_INTERVAL = 10000000 /* ns */ };

/* The thread that traces the caller, if it is a nub; else 0. */
static int32_t tracing_nub(void)
{
    proc_status self;
    proc_stat tracer;
    if (!proc_read_status((pid_t)syscall(SYS_gettid), &self) || self.tracer == 0)
        return 0;
    /* A nub of another PID namespace has no file here. */
    return proc_read_stat(self.tracer, 0, &tracer) && strcmp(tracer.comm, "hdbg-nub") == 0 ? self.tracer : 0;
}

/* The signal must reach this thread at once, so it may not be blocked; and it kills where nobody takes it. */
static void call_nub(nub_call *call)
{
    siginfo_t info;
    sigset_t trap, before;
    memset(&info, 0, sizeof info);
    info.si_signo = SIGTRAP;
    info.si_errno = NUB_CALL_MAGIC;
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_ptr = call;
    sigemptyset(&trap);
    sigaddset(&trap, SIGTRAP);
    pthread_sigmask(SIG_UNBLOCK, &trap, &before);
    syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGTRAP, &info);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void hdbg_debuggee_debugger(const char *message)
{
    nub_call call = {.op = NUB_CALL_DEBUGGER, .argument = (uint64_t)(uintptr_t)message};
    if (tracing_nub() == 0)
        _exit(1);
    call_nub(&call);
}

void hdbg_debuggee_wait_for_debugger(void)
{
    nub_call call = {.op = NUB_CALL_WAIT_FOR_DEBUGGER};
    struct timespec pause = {0, LOOK_INTERVAL};
    while (tracing_nub() == 0)
        nanosleep(&pause, NULL);
    call_nub(&call);
}

int hdbg_debuggee_is_debugged(void)
{
    return tracing_nub() != 0;
}
