/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A debuggee that is killed at any moment: its end is told once, and no call hangs.
 */
#define _GNU_SOURCE
#include "random_debugging.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/wait.h>
#include <unistd.h>

static void kill_debuggee(unsigned seed)
{
    random_debugging debugging;
    const unsigned start = seed;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC), status;
    if (!random_debugging_start(&debugging, seed, null))
        fail_msg("could not start: %s", hdbg_last_error());
    unsigned operations = random_below(&seed, KILL_OPERATIONS);
    while (operations-- > 0 && random_debugging_operation(&debugging)) {
    }
    bool killed = !debugging.ended;
    if (killed)
        kill(debugging.worker, SIGKILL);
    while (random_debugging_operation(&debugging)) {
    }
    if (!debugging.ended)
        fail_msg("seed %u: its end was not told: %s, %s", start, debugging.lost ? "NUB_LOST" : "no NUB_LOST",
                 hdbg_last_error());
    assert_true(await_child(debugging.worker, &status));
    /* It may have been faster than its murderer. */
    if (WIFSIGNALED(status)) {
        assert_int_equal(debugging.end.signal, HDBG_SIGKILL);
    } else {
        assert_int_equal(debugging.end.status, 42);
        assert_int_equal(debugging.end.signal, -1);
    }
    hdbg_event *event;
    hdbg_wait_filter filter = {.size = sizeof filter, .team = debugging.worker};
    assert_int_equal(hdbg_wait(debugging.session, &filter, 0, &event), HDBG_TEAM_GONE);
    assert_int_equal(hdbg_team_resume(debugging.team), HDBG_TEAM_GONE);
    random_debugging_finish(&debugging);
    close(null);
}

static void end_of_a_killed_debuggee_is_told_once_and_nothing_hangs(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KILL_MOMENTS; i++)
        kill_debuggee(2000 + i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(end_of_a_killed_debuggee_is_told_once_and_nothing_hangs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
