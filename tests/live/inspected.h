/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A fixture that was launched and has run into its int3, for the tests of what can be seen of it then.
 */
#ifndef HDBG_TESTS_LIVE_INSPECTED_H
#define HDBG_TESTS_LIVE_INSPECTED_H

#include <haikudbg/haikudbg.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { INSPECTED_TIMEOUT = 20 * 1000000 };

typedef struct inspected {
    hdbg_session *session;
    hdbg_team *team;
    hdbg_thread *thread; /* the one that stopped */
} inspected;

static inline void expect_ok(hdbg_status status, const char *what)
{
    if (status != HDBG_OK)
        fail_msg("%s: %s, %s", what, hdbg_status_name(status), hdbg_last_error());
}
#define OK(call) expect_ok(call, #call)

/* Launches a program and leaves it stopped before its first instruction. */
static inline void inspected_launch(inspected *it, const char *path, const char *const *arguments)
{
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = path,
                             .arguments = arguments,
                             .standard_input = -1,
                             .standard_output = -1,
                             .standard_error = -1};
    memset(it, 0, sizeof *it);
    OK(hdbg_session_create(NULL, &it->session));
    OK(hdbg_team_launch(it->session, &spec, &it->team));
}

/* Lets it run until a thread stops for an event of this type. */
static inline void inspected_run_to(inspected *it, int32_t type)
{
    for (;;) {
        hdbg_event *event = NULL;
        OK(hdbg_wait(it->session, NULL, INSPECTED_TIMEOUT, &event));
        int32_t got = hdbg_event_type_of(event);
        if (got == type) {
            hdbg_thread_release(it->thread);
            it->thread =
                hdbg_event_thread(event) != NULL ? hdbg_thread_retain(hdbg_event_thread(event)) : NULL;
            hdbg_event_release(event);
            return;
        }
        if (got == HDBG_EVENT_TEAM_DELETED)
            fail_msg("the team ended, waiting for %s", hdbg_event_type_name(type));
        if (hdbg_event_is_stop(event))
            OK(hdbg_thread_resume(hdbg_event_thread(event), NULL));
        hdbg_event_release(event);
    }
}

/* Launches a fixture by its name and runs it to its int3. */
static inline void inspected_start(inspected *it, const char *fixture, const char *argument)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", HDBG_TEST_FIXTURES, fixture);
    const char *arguments[] = {path, argument, NULL};
    inspected_launch(it, path, arguments);
    OK(hdbg_team_resume(it->team));
    inspected_run_to(it, HDBG_EVENT_BREAKPOINT_HIT);
}

static inline void inspected_end(inspected *it)
{
    hdbg_team_kill(it->team);
    hdbg_thread_release(it->thread);
    hdbg_team_release(it->team);
    hdbg_session_destroy(it->session);
}

/* The address of a symbol of the program. */
static inline hdbg_address inspected_symbol(inspected *it, const char *name)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    expect_ok(hdbg_symbol_by_name(it->team, 0, name, &symbol), name);
    return symbol.address;
}

/* A pointer or a long of the program, by its name. */
static inline uint64_t inspected_value(inspected *it, const char *name)
{
    hdbg_address value = 0;
    expect_ok(hdbg_memory_read_pointer(it->team, inspected_symbol(it, name), &value), name);
    return value;
}

#endif /* HDBG_TESTS_LIVE_INSPECTED_H */
