/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Signals as GDB's users give, swallow and replace them, at each kind of stop: one that has no signal, a
 * fault whose signal is not sent yet, a signal that was. And what a detach does with a signal that was told.
 */
#define _GNU_SOURCE
#include "gdb_run.h"
#include "server_client.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define FIXTURE(name)  HDBG_TEST_FIXTURES "/" name
#define CELLS          FIXTURE("signal_cells")
#define COMMANDS(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define ARGUMENTS(...) COMMANDS(__VA_ARGS__)

/* The fixture exits with what its handlers got: 1 SIGUSR1, 2 SIGUSR2, 4 SIGTRAP. */
#define GOT_NOTHING "exited normally]"
#define GOT(bit)    "exited with code 0" #bit "]"

/* GDB goes on with a command from a stop; what it says then has a text, and a second stop or none. */
static void expect_cell(const char *stop, const char *const *to_stop, const char *command, const char *text,
                        int stops)
{
    struct report_run run;
    const char *commands[8] = {NULL};
    char arguments[512];
    int count = 0;
    while (to_stop[count] != NULL) {
        commands[count] = to_stop[count];
        count++;
    }
    commands[count] = command;
    snprintf(arguments, sizeof arguments, "- " CELLS " %s", stop);
    gdb_all(&run, CELLS, arguments, commands);
    report_expect(run.output_text, text);
    assert_int_equal(gdb_count(run.output_text, "Program received signal "), stops);
    report_clean(&run);
}

static void a_stop_without_a_signal_goes_on_with_none_its_own_or_another(void **state)
{
    (void)state;
    static const char *const kStop[] = {"tbreak here", "continue", NULL};
    expect_cell("faked", kStop, "continue", GOT_NOTHING, 0);
    expect_cell("faked", kStop, "signal SIGTRAP", GOT(4), 0);
    expect_cell("faked", kStop, "signal SIGUSR2", GOT(2), 0);
}

static void a_fault_goes_on_with_no_signal_its_own_or_another(void **state)
{
    (void)state;
    static const char *const kStop[] = {"continue", NULL};
    expect_cell("forecasted", kStop, "signal 0", "Program received signal SIGSEGV", 2); /* it faults again */
    expect_cell("forecasted", kStop, "continue", "Program terminated with signal SIGSEGV", 1);
    expect_cell("forecasted", kStop, "signal SIGUSR2", GOT(2), 1);
}

static void a_signal_goes_on_as_it_is_swallowed_or_as_another(void **state)
{
    (void)state;
    static const char *const kStop[] = {"continue", NULL};
    expect_cell("actual", kStop, "signal 0", GOT_NOTHING, 1);
    expect_cell("actual", kStop, "continue", GOT(1), 1);
    expect_cell("actual", kStop, "signal SIGUSR2", GOT(2), 1);
}

static void a_step_with_a_signal_ends_in_its_handler(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CELLS, "- " CELLS " faked",
            COMMANDS("tbreak here", "continue", "queue-signal SIGUSR2", "stepi", "print $pc == handler",
                     "print number", "continue"));
    report_expect(run.output_text, "$1 = 1\n");
    report_expect(run.output_text, GOT(2));
    report_clean(&run);
}

/* A program that reads its input has stopped for SIGUSR1, for which it has no handler; then it is let go. */
static int end_after_detach(const char *signals)
{
    struct server_client client;
    struct report_run waiting;
    report_start(&waiting, ARGUMENTS(FIXTURE("watched"), "wait"));
    client_attach(&client, waiting.pid);
    assert_string_equal(client_ask(&client, "QProgramSignals:%s", signals), "OK");
    client_send(&client, "vCont;c");
    kill(waiting.pid, SIGUSR1);
    client_receive(&client);
    client_expect(&client, "T1e");
    assert_string_equal(client_ask(&client, "D"), "OK");
    client_end(&client, 0);
    report_finish(&waiting);
    int status = waiting.status;
    report_clean(&waiting);
    return status;
}

static void a_detach_gives_a_signal_that_was_told_only_if_the_program_is_to_have_such(void **state)
{
    (void)state;
    assert_int_equal(end_after_detach("e;1e"), 128 + SIGUSR1);
    assert_int_equal(end_after_detach("e;1f"), 2); /* its input has ended */
    ;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_without_a_signal_goes_on_with_none_its_own_or_another),
        cmocka_unit_test(a_fault_goes_on_with_no_signal_its_own_or_another),
        cmocka_unit_test(a_signal_goes_on_as_it_is_swallowed_or_as_another),
        cmocka_unit_test(a_step_with_a_signal_ends_in_its_handler),
        cmocka_unit_test(a_detach_gives_a_signal_that_was_told_only_if_the_program_is_to_have_such),
    };
    return cmocka_run_group_tests_name("signals with hdbg-server", tests, NULL, NULL);
}
