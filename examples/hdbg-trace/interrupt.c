/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Signals that hdbg-trace itself gets: a thread hears of them through a pipe, and ends the session's wait.
 */
#define _GNU_SOURCE /* pipe2() */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum { END_OF_LISTENING = 0 }; /* no signal has that number */

static int gPipe[2] = {-1, -1};
static atomic_int gTaken;
static pthread_t gListener;

static void note_signal(int signal)
{
    int error = errno;
    unsigned char byte = (unsigned char)signal;
    ssize_t written = write(gPipe[1], &byte, 1);
    (void)written;
    errno = error;
}

static void *listen_for_signals(void *context)
{
    unsigned char byte;
    for (;;) {
        ssize_t got = read(gPipe[0], &byte, 1);
        if (got == 0 || (got < 0 && errno != EINTR))
            return NULL;
        if (got == 1 && byte == END_OF_LISTENING)
            return NULL;
        if (got == 1) {
            atomic_store(&gTaken, byte);
            hdbg_session_wake(context);
        }
    }
}

static void handle(int signal, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
    if (sigaction(signal, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(signal, &action, NULL);
}

/* Handlers, unlike ignored signals, are not inherited by what is launched. */
static void note_nothing(int signal)
{
    (void)signal;
}

bool interrupt_prepare(hdbg_session *session, bool launched)
{
    if (pipe2(gPipe, O_CLOEXEC) != 0)
        return false;
    /* What a terminal sends goes to the program, too, and it is the program that decides. */
    handle(SIGINT, launched ? note_nothing : note_signal);
    handle(SIGQUIT, launched ? note_nothing : note_signal);
    handle(SIGTERM, note_signal);
    handle(SIGHUP, note_signal);
    handle(SIGPIPE, note_nothing);
    return pthread_create(&gListener, NULL, listen_for_signals, session) == 0;
}

/* The pipe stays: a signal that comes later is written to it still, and nobody reads that. */
void interrupt_end(void)
{
    note_signal(END_OF_LISTENING);
    pthread_join(gListener, NULL);
}

int interrupt_taken(void)
{
    return atomic_load(&gTaken);
}
