/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A nub that is killed at any moment: calls end with a status that says so, and the debuggee is mended.
 */
#define _GNU_SOURCE
#include "random_debugging.h"

#include <haikudbg/hosted.h>

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Kills the nub of a worker after a number of operations: of a worker that runs on meanwhile, or of one whose
 * threads all stand still. @return whether the worker has survived, its work and its code right. */
static bool kill_nub(unsigned seed, bool standing)
{
    random_debugging debugging;
    int output[2], status;
    char line[256] = "";
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    if (!random_debugging_start(&debugging, seed, output[1]))
        fail_msg("could not start: %s", hdbg_last_error());
    debugging.no_steps = standing;
    close(output[1]);
    pid_t nub = hdbg_hosted_test_nub(hdbg_session_kernel(debugging.session));
    assert_true(nub > 0);
    /* Enough that the threads have all been at a breakpoint. */
    unsigned operations = random_below(&seed, KILL_OPERATIONS) + (standing ? 20 : 0);
    while (operations-- > 0 && random_debugging_operation(&debugging)) {
    }
    assert_false(debugging.ended);
    if (standing)
        assert_int_equal(hdbg_team_stop(debugging.team), HDBG_OK);
    kill(nub, SIGKILL);
    while (random_debugging_operation(&debugging)) {
    }
    /* The worker's end may have been on its way. */
    assert_true(debugging.ended || debugging.lost);
    hdbg_status answer = hdbg_team_resume(debugging.team);
    assert_true(answer == HDBG_NUB_LOST || answer == HDBG_TEAM_GONE);
    assert_string_not_equal(hdbg_last_error(), "");
    bool spoke = read_line(output[0], line, sizeof line);
    assert_true(await_child(debugging.worker, &status));
    random_debugging_finish(&debugging);
    close(output[0]);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGTRAP);
        return false;
    }
    assert_true(spoke);
    assert_string_equal(line, "sum right, code as in the file");
    assert_int_equal(WEXITSTATUS(status), 42);
    return true;
}

/* The worker's threads do little but run into breakpoints and step: hardly a moment is worse. Those that do
 * not survive met a breakpoint before it was mended, or were in a step (hosted.h); none may go wrong in
 * another way. */
static void calls_end_and_nothing_hangs_when_the_nub_is_killed(void **state)
{
    unsigned lost = 0;
    (void)state;
    for (unsigned i = 0; i < KILL_MOMENTS; i++)
        lost += !kill_nub(3000 + i, false);
    print_message("%u of %u running debuggees met a breakpoint before it was mended\n", lost,
                  (unsigned)KILL_MOMENTS);
}

static void debuggees_that_stand_still_are_mended_and_go_on_when_the_nub_is_killed(void **state)
{
    unsigned lost = 0;
    (void)state;
    for (unsigned i = 0; i < KILL_MOMENTS; i++)
        lost += !kill_nub(7000 + i, true);
    print_message("%u of %u stopped debuggees did not survive\n", lost, (unsigned)KILL_MOMENTS);
    assert_true(lost <= KILL_MOMENTS / 3); /* unmended, all are: hosted.h */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_end_and_nothing_hangs_when_the_nub_is_killed),
        cmocka_unit_test(debuggees_that_stand_still_are_mended_and_go_on_when_the_nub_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
