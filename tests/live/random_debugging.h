/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A debugger that does at random, from a seed, all that a debugger does, to the fixture "worker"; for the
 * tests that kill one of those who take part.
 */
#ifndef HDBG_TEST_RANDOM_DEBUGGING_H
#define HDBG_TEST_RANDOM_DEBUGGING_H

#include <haikudbg/haikudbg.h>

#include <stdbool.h>
#include <sys/types.h>

/* How often each kind of participant is killed. A sanitized or traced build does fewer: it is slow. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KILL_MOMENTS 40
#else
#define KILL_MOMENTS 300
#endif

/* Operations before which the murder may happen: far fewer than it takes to debug a worker to its end. */
enum { KILL_OPERATIONS = 400 };

typedef struct random_debugging {
    hdbg_session *session;
    hdbg_team *team;
    pid_t worker;
    unsigned seed;
    bool no_steps; /* threads are resumed, never stepped */
    bool ended;    /* the worker's TEAM_DELETED came */
    bool lost;     /* a NUB_LOST came */
    hdbg_team_end end;
} random_debugging;

/* Launches a worker with its standard output at a descriptor, and sets breakpoints in registers and in the
 * code. False if that failed (hdbg_last_error()). */
bool random_debugging_start(random_debugging *debugging, unsigned seed, int output);
/* Does one operation: waits for an event and resumes, steps, stops, reads, sets and clears. Its calls may
 * fail. False at the worker's end. */
bool random_debugging_operation(random_debugging *debugging);
/* Ends the session. */
void random_debugging_finish(random_debugging *debugging);

/* A number below `limit`, from a seed that moves on. */
unsigned random_below(unsigned *seed, unsigned limit);
/* Reads a line from a pipe within ten seconds. False at its end or if it takes longer. */
bool read_line(int fd, char *line, size_t size);
/* Waits ten seconds for a child's end. False if it has not ended. */
bool await_child(pid_t pid, int *status);

#endif /* HDBG_TEST_RANDOM_DEBUGGING_H */
