/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Signals that hdbg-report itself gets: written to a pipe, so that the event loop can poll for them.
 */
#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static int gPipe[2] = {-1, -1};

static void note_signal(int signal)
{
    int error = errno;
    unsigned char byte = (unsigned char)signal;
    ssize_t written = write(gPipe[1], &byte, 1); /* a full pipe holds enough news */
    (void)written;
    errno = error;
}

/* A report to a pipe that nobody reads must not end the watch: the write fails, that is all. */
static void note_nothing(int signal)
{
    (void)signal;
}

static void handle(int signal, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
    /* What was ignored when we were started (nohup, a shell's background job) stays so. */
    if (sigaction(signal, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(signal, &action, NULL);
}

bool interrupt_prepare(void)
{
    if (pipe(gPipe) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        if (fcntl(gPipe[i], F_SETFD, FD_CLOEXEC) != 0 || fcntl(gPipe[i], F_SETFL, O_NONBLOCK) != 0)
            return false;
    }
    handle(SIGINT, note_signal);
    handle(SIGQUIT, note_signal);
    handle(SIGTERM, note_signal);
    handle(SIGHUP, note_signal);
    handle(SIGPIPE, note_nothing);
    return true;
}

int interrupt_descriptor(void)
{
    return gPipe[0];
}

int interrupt_take(void)
{
    unsigned char byte;
    return read(gPipe[0], &byte, 1) == 1 ? byte : 0;
}

bool interrupt_is_from_terminal(int signal)
{
    return signal == SIGINT || signal == SIGQUIT;
}
