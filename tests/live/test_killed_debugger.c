/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A debugger that is killed at any moment leaves its debuggee as if it had never been debugged.
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
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The debugger: tells the worker's id and its own child's, then a byte for each operation, until it is killed
 * or the worker has ended. `with_child`: a forked child of its own is alive all the time. */
static void debug_until_killed(unsigned seed, int report, int output, bool with_child)
{
    random_debugging debugging;
    pid_t other = with_child ? fork() : -1;
    while (other == 0)
        pause();
    if (!random_debugging_start(&debugging, seed, output)) {
        dprintf(report, "0 0 %s\n", hdbg_last_error());
        _exit(1);
    }
    dprintf(report, "%d %d\n", (int)debugging.worker, (int)other);
    while (random_debugging_operation(&debugging)) {
        if (write(report, ".", 1) != 1)
            _exit(1);
    }
    if (write(report, "e", 1) != 1)
        _exit(1);
    for (;;)
        pause();
}

/* Everything that was started is a child of this process once its parent is dead (this one is a "subreaper"):
 * the nub has to end as well. Takes the worker's status. */
static void reap_all(pid_t worker, int *status)
{
    int any;
    pid_t pid;
    while ((pid = waitpid(-1, &any, 0)) > 0) {
        if (pid == worker)
            *status = any;
    }
    assert_int_equal(errno, ECHILD);
}

static void kill_debugger(unsigned seed, bool with_child)
{
    int report[2], output[2], status = 0;
    const unsigned start = seed;
    char line[256], byte;
    assert_int_equal(pipe2(report, O_CLOEXEC), 0);
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    pid_t debugger = fork();
    if (debugger == 0) {
        close(report[0]);
        close(output[0]);
        debug_until_killed(seed, report[1], output[1], with_child);
    }
    close(report[1]);
    close(output[1]);
    assert_true(read_line(report[0], line, sizeof line));
    pid_t worker = 0, bystander = 0;
    if (sscanf(line, "%d %d", &worker, &bystander) != 2 || worker <= 0)
        fail_msg("the debugger could not start: %s", line);
    unsigned operations = random_below(&seed, KILL_OPERATIONS);
    while (operations-- > 0 && read(report[0], &byte, 1) == 1 && byte == '.') {
    }
    kill(debugger, SIGKILL);
    assert_true(await_child(debugger, &status));

    /* What the worker says comes over its pipe, whoever its parent is by then. */
    bool spoke = read_line(output[0], line, sizeof line);
    if (bystander > 0)
        kill(bystander, SIGKILL);
    if (!spoke)
        kill(worker, SIGKILL); /* it hangs, or is dead already */
    reap_all(worker, &status);
    close(report[0]);
    close(output[0]);
    if (!spoke || !WIFEXITED(status))
        fail_msg("seed %u: the worker ended by Linux's signal %d", start, WTERMSIG(status));
    assert_string_equal(line, "sum right, code as in the file");
    assert_int_equal(WEXITSTATUS(status), 42);
}

static void debuggee_goes_on_unharmed_when_its_debugger_is_killed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KILL_MOMENTS; i++)
        kill_debugger(1000 + i, false);
}

static void debuggee_goes_on_unharmed_when_a_debugger_with_a_child_is_killed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KILL_MOMENTS / 4; i++)
        kill_debugger(5000 + i, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(debuggee_goes_on_unharmed_when_its_debugger_is_killed),
        cmocka_unit_test(debuggee_goes_on_unharmed_when_a_debugger_with_a_child_is_killed),
    };
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
