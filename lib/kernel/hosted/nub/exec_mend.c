/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-nub --exec mend PID...: clears the debug registers of processes whose nub was killed. They stay set
 * when a tracer dies, and a program that nobody traces dies of the first that fires.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>

int nub_mend_main(int argc, char **argv);

enum { TRIES = 200, PAUSE = 1000000 /* ns */ };

/* Waits for the thread to stop, not for ever: one that waits for its vfork() child cannot. @return its
 * status, 0: none. */
static int wait_for_stop(pid_t thread)
{
    for (int i = 0; i < TRIES; i++) {
        int status;
        struct timespec pause = {0, PAUSE};
        pid_t got = waitpid(thread, &status, __WALL | WNOHANG);
        if (got == thread)
            return WIFSTOPPED(status) ? status : 0;
        if (got < 0)
            return 0;
        nanosleep(&pause, NULL);
    }
    return 0;
}

static void mend_thread(pid_t thread)
{
    if (ptrace(PTRACE_SEIZE, thread, 0, 0) != 0 || ptrace(PTRACE_INTERRUPT, thread, 0, 0) != 0)
        return;
    int status = wait_for_stop(thread);
    if (status == 0)
        return; /* this process's end lets it go */
    ptrace(PTRACE_POKEUSER, thread, offsetof(struct user, u_debugreg[7]), 0);
    /* Stopped by a signal of its own rather than for us: it is to get that. Detaching also ends a single
     * step. */
    int signal = status >> 16 == 0 ? WSTOPSIG(status) : 0;
    ptrace(PTRACE_DETACH, thread, 0, signal);
}

static void mend_process(pid_t process)
{
    char path[64];
    struct dirent *entry;
    snprintf(path, sizeof path, "/proc/%d/task", (int)process);
    DIR *threads = opendir(path);
    while (threads != NULL && (entry = readdir(threads)) != NULL) {
        pid_t thread = atoi(entry->d_name);
        if (thread > 0)
            mend_thread(thread);
    }
    if (threads != NULL)
        closedir(threads);
}

int nub_mend_main(int argc, char **argv)
{
    for (int i = 3; i < argc; i++)
        mend_process(atoi(argv[i]));
    return 0;
}
