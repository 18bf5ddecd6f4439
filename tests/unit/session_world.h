/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the unit tests of lib/session share: a session on a mock with one attached team, and short ways to say
 * things.
 */
#ifndef HDBG_TESTS_SESSION_WORLD_H
#define HDBG_TESTS_SESSION_WORLD_H

#include <haikudbg/breakpoint.h>
#include <haikudbg/event.h>
#include <haikudbg/mock.h>
#include <haikudbg/registers.h>
#include <haikudbg/session.h>
#include <haikudbg/team.h>
#include <haikudbg/thread.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { TEAM = 500, WORKER = 501, OTHER_TEAM = 600, CODE = 0x10000, STACK = 0x20000, STACK_SIZE = 0x1000 };

typedef struct world {
    hdbg_mock *mock;
    hdbg_kernel *kernel;
    hdbg_session *session;
    hdbg_team *team;     /* TEAM, attached; has code and a stack */
    hdbg_thread *thread; /* its main thread */
    hdbg_thread *worker; /* WORKER, its other thread */
} world;

/* cmocka's setup and teardown. The transcript is empty. */
int world_setup(void **state);
int world_teardown(void **state);
/* For tests that need other options: `session` and `mock` may be NULL. Attaches nothing if `attach` is 0. */
world *world_make(const hdbg_session_options *session, const hdbg_mock_options *mock, int attach);
void world_free(world *w);

/* The next event, which has to be of this type; released by the caller. */
hdbg_event *next_event(world *w, int32_t type);
/* The same, released. */
void expect_event(world *w, int32_t type);
/* No event is there. */
void expect_no_event(world *w);
/* Stops a thread with an event of which the type is all there is to say, and takes the event. */
void stop_with(world *w, hdbg_thread *thread, int32_t type);
/* Stops it with a signal that goes to `handler`, and with an exception. */
void stop_with_signal(world *w, hdbg_thread *thread, int32_t signal, hdbg_address handler, int deadly);
void stop_with_exception(world *w, hdbg_thread *thread, int32_t exception, int32_t signal);
/* Where a thread stands; registers of a mock's thread. */
void place(world *w, hdbg_thread *thread, hdbg_address pc, hdbg_address sp, uint64_t flags);
uint64_t mock_register(world *w, hdbg_thread *thread, const char *name);
/* Compares the transcript since the last call with lines, and empties it. */
void expect_transcript(world *w, const char *lines);
void forget_transcript(world *w);
hdbg_session_statistics statistics(world *w);

#define assert_ok(call) assert_status(call, HDBG_OK)
#define assert_status(call, expected)                                                                        \
    do {                                                                                                     \
        hdbg_status status_ = (call);                                                                        \
        if (status_ != (expected))                                                                           \
            fail_msg("%s: %s (%s), not %s", #call, hdbg_status_name(status_), hdbg_last_error(),             \
                     hdbg_status_name(expected));                                                            \
    } while (0)
/* The last error is this sentence. */
#define assert_sentence(text) assert_string_equal(hdbg_last_error(), text)

#endif /* HDBG_TESTS_SESSION_WORLD_H */
