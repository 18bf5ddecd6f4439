/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Both sides of debugging: installing a debugger for another team, and calling the own team's.
 */
#define _GNU_SOURCE
#include "libroot.h"
#include "kernel/hosted/protocol.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

port_id install_team_debugger(team_id team, port_id debugger_port);
port_id install_default_debugger(port_id debugger_port);
status_t remove_team_debugger(team_id team);
status_t debug_thread(thread_id thread);
void wait_for_debugger(void);

port_id install_team_debugger(team_id team, port_id debugger_port)
{
    port_info info;
    status_t status = get_port_info(debugger_port, &info);
    if (status != B_OK)
        return status;
    /* 1 is the kernel's own team on Haiku; here it is a process that happens to have that number. */
    if (team == B_SYSTEM_TEAM)
        return B_NOT_ALLOWED;
    libroot_inbox_debugger(debugger_port);
    return CALL(install_team_debugger, libroot_team(team), debugger_port);
}

status_t remove_team_debugger(team_id team)
{
    return CALL(remove_team_debugger, libroot_team(team));
}

status_t debug_thread(thread_id thread)
{
    if (libroot_behaviour()->answer_debug_thread)
        libroot_inbox_debugged(thread);
    return CALL(debug_thread, thread);
}

port_id install_default_debugger(port_id debugger_port)
{
    (void)debugger_port; /* nothing on the host hands its crashing processes to us */
    return B_NOT_SUPPORTED;
}

int libroot_traced(void)
{
    char text[4096];
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[size > 0 ? size : 0] = '\0';
    const char *line = strstr(text, "\nTracerPid:");
    return line != NULL && atoi(line + strlen("\nTracerPid:")) != 0;
}

void libroot_call_nub(uint64_t op, uint64_t argument)
{
    nub_call call = {op, argument, 0};
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_code = SI_QUEUE;
    info.si_errno = NUB_CALL_MAGIC;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_ptr = &call;
    syscall(SYS_rt_tgsigqueueinfo, getpid(), (pid_t)syscall(SYS_gettid), SIGTRAP, &info);
    /* The nub reads the call while this thread is stopped in it. */
    __asm__ volatile("" : : "r"(&call) : "memory");
}

void debugger(const char *message)
{
    if (!libroot_traced())
        _exit(1); /* as on Haiku without any debugger to be had */
    libroot_call_nub(NUB_CALL_DEBUGGER, (uint64_t)(uintptr_t)message);
}

void wait_for_debugger(void)
{
    const struct timespec pause = {0, 1000000};
    while (!libroot_traced())
        nanosleep(&pause, NULL);
    libroot_call_nub(NUB_CALL_WAIT_FOR_DEBUGGER, 0);
}

int disable_debugger(int disable)
{
    static atomic_int disabled;
    return atomic_exchange(&disabled, disable != 0);
}

void _haiku_abort(void)
{
    struct sigaction action;
    if (libroot_traced() && sigaction(SIGABRT, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
        debugger("abort() called");
    raise(SIGABRT);
    exit(EXIT_FAILURE);
}
