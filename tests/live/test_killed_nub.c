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

/* How often the debuggee did not survive: it ran into a breakpoint, or was in a step, in the window between
 * the nub's death and the mending (hosted.h). */
static unsigned sLost;

static void kill_nub(unsigned seed)
{
    random_debugging debugging;
    int output[2], status;
    char line[256] = "";
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    if (!random_debugging_start(&debugging, seed, output[1]))
        fail_msg("could not start: %s", hdbg_last_error());
    close(output[1]);
    pid_t nub = hdbg_hosted_test_nub(hdbg_session_kernel(debugging.session));
    assert_true(nub > 0);
    unsigned operations = random_below(&seed, KILL_OPERATIONS);
    while (operations-- > 0 && random_debugging_operation(&debugging)) {
    }
    bool was_alive = !debugging.ended;
    kill(nub, SIGKILL);
    while (random_debugging_operation(&debugging)) {
    }
    /* The worker's end may have been on its way. */
    assert_true(debugging.ended || debugging.lost);
    if (was_alive && debugging.lost) {
        hdbg_status answer = hdbg_team_resume(debugging.team);
        assert_true(answer == HDBG_NUB_LOST || answer == HDBG_TEAM_GONE);
        assert_string_not_equal(hdbg_last_error(), "");
    }
    bool spoke = read_line(output[0], line, sizeof line);
    assert_true(await_child(debugging.worker, &status));
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGTRAP);
        sLost++;
    } else {
        assert_true(spoke);
        assert_string_equal(line, "sum right, code as in the file");
        assert_int_equal(WEXITSTATUS(status), 42);
    }
    random_debugging_finish(&debugging);
    close(output[0]);
}

static void calls_end_and_the_debuggee_is_mended_when_the_nub_is_killed(void **state)
{
    (void)state;
    sLost = 0;
    for (unsigned i = 0; i < KILL_MOMENTS; i++)
        kill_nub(3000 + i);
    print_message("%u of %u debuggees met a breakpoint before it was mended\n", sLost,
                  (unsigned)KILL_MOMENTS);
    assert_true(sLost < KILL_MOMENTS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_end_and_the_debuggee_is_mended_when_the_nub_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
