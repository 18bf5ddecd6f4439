/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the live tests of lib/session share: a fixture that is launched in a session, and short ways to lead
 * it.
 */
#ifndef HDBG_TESTS_SESSION_RUN_H
#define HDBG_TESTS_SESSION_RUN_H

#include <haikudbg/haikudbg.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

typedef struct run {
    hdbg_session *session;
    hdbg_team *team;
    hdbg_thread *thread; /* its main thread */
    int output;          /* reads the fixture's standard output */
    int input;           /* writes its standard input */
} run;

/* Launches tests/fixtures/<name> with arguments (NULL-terminated, without argv[0]). `follow`: an hdbg_follow.
 */
run *run_launch(const char *name, const char *const *arguments, int32_t follow);
/* Makes a session alone. */
run *run_session(void);
/* Attaches to a process. */
void run_attach(run *r, hdbg_team_id id, uint32_t flags);
/* Ends the session; the team, if it lives, is killed. */
void run_free(run *r);

/* The next event; fails after 20 seconds. Released by the caller. */
hdbg_event *run_next(run *r);
/* The same; it has to be of a type. */
hdbg_event *run_expect(run *r, int32_t type);
/* The same, released. */
void run_skip(run *r, int32_t type);
/* TEAM_DELETED comes; answers the exit value, or -signal. */
int32_t run_end(run *r);
/* Goes on until the team has ended, whatever comes; answers as run_end(). */
int32_t run_to_end(run *r);
/* The address of a function of the fixture. */
hdbg_address run_symbol(hdbg_team *team, const char *name);
/* Sets a breakpoint at a function, goes on until it is hit, and clears it. */
void run_to(run *r, const char *function);
/* Where the main thread stands. */
hdbg_address run_pc(run *r);
/* A line of the fixture's output, without its newline. */
void run_line(run *r, char *line, size_t size);
/* Starts a fixture without a debugger; its output and input go to descriptors. */
hdbg_team_id run_start(run *r, const char *name, const char *const *arguments);
/* Waits for such a process; answers its exit value, or -signal (Linux's). */
int run_reap(hdbg_team_id id);

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

#define assert_ok(call) assert_status(call, HDBG_OK)
#define assert_status(call, expected)                                                                        \
    do {                                                                                                     \
        hdbg_status status_ = (call);                                                                        \
        if (status_ != (expected))                                                                           \
            fail_msg("%s: %s (%s), not %s", #call, hdbg_status_name(status_), hdbg_last_error(),             \
                     hdbg_status_name(expected));                                                            \
    } while (0)

#endif /* HDBG_TESTS_SESSION_RUN_H */
