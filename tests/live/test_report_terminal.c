/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-report at a terminal: the keys that send signals, and job control.
 */
#include "report_run.h"

#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <cmocka.h>

#define RUN(...)                                                                                             \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        REPORT_TOOL, __VA_ARGS__, NULL                                                                       \
    }
#define CONTROL_C         "\003"
#define CONTROL_Z         "\032"
#define CONTROL_BACKSLASH "\034"

static void control_c_ends_the_program_and_the_status_is_130(void **state)
{
    (void)state;
    struct report_run run;
    report_start_at_terminal(&run, RUN("sh", "-c", "echo ready; exec sleep 1000"));
    report_await_output(&run, "ready\n");
    report_type(&run, CONTROL_C);
    report_finish(&run);
    assert_string_equal(run.output_text, "ready\n");
    assert_int_equal(run.status, 128 + SIGINT);
    report_clean(&run);
}

static void a_program_that_handles_control_c_is_waited_for(void **state)
{
    (void)state;
    struct report_run run;
    report_start_at_terminal(&run, RUN("sh", "-c",
                                       "trap 'echo interrupted' INT; echo ready; "
                                       "for i in 1 2 3; do read line && break; done; "
                                       "echo \"got $line\"; exit 7"));
    report_await_output(&run, "ready\n");
    report_type(&run, CONTROL_C);
    report_await_output(&run, "interrupted\n");
    report_type(&run, "a line\n");
    report_finish(&run);
    report_expect(run.output_text, "got a line\n");
    assert_int_equal(run.status, 7);
    report_clean(&run);
}

static void control_backslash_shows_where_the_program_is(void **state)
{
    (void)state;
    struct report_run run;
    report_start_at_terminal(&run, RUN("--brief", "sh", "-c", "echo ready; exec sleep 1000"));
    report_await_output(&run, "ready\n");
    report_type(&run, CONTROL_BACKSLASH);
    report_finish(&run);
    report_expect(run.output_text, "got signal SIGQUIT");
    assert_int_equal(run.status, 128 + SIGQUIT);
    report_clean(&run);
}

static void control_c_lets_an_attached_team_go(void **state)
{
    (void)state;
    struct report_run run, program;
    char team[16];
    report_start(&program, (const char *const[]){"sh", "-c", "read line; echo \"got $line\"", NULL});
    snprintf(team, sizeof(team), "%d", (int)program.pid);
    report_start_at_terminal(&run, RUN("--attach", team));
    report_await_traced(program.pid, true);
    report_type(&run, CONTROL_C);
    report_finish(&run);
    assert_int_equal(run.status, 0);
    assert_int_equal(report_tracer(program.pid), 0);
    report_type(&program, "a line\n");
    report_finish(&program);
    assert_string_equal(program.output_text, "got a line\n");
    assert_int_equal(program.status, 0);
    report_clean(&program);
    report_clean(&run);
}

/* Reads what comes next until it contains `text`. */
static void await_next(struct report_run *run, const char *text)
{
    run->output_text[0] = '\0';
    run->output_size = 0;
    report_await_output(run, text);
}

/* Has an interactive shell run the tool, stop it twice, and continue it in the foreground. The program does
 * not read before that: it could take what is typed for the shell, which goes on once the tool has stopped.
 */
static void stop_and_continue(const char *option)
{
    struct report_run run;
    char command[1024];
    snprintf(command, sizeof(command),
             "%s %s sh -c 'n=0; trap \"n=\\$((n + 1)); echo continued\" CONT; echo ready; "
             "while [ $n -lt 2 ]; do :; done; read line; echo \"got $line\"; exit 3'\n",
             REPORT_TOOL, option);
    report_start_at_terminal(&run, (const char *const[]){"sh", "-i", NULL});
    report_type(&run, command);
    report_await_output(&run, "ready\n");
    for (int i = 0; i < 2; i++) {
        report_type(&run, CONTROL_Z);
        await_next(&run, "Stopped");
        report_type(&run, "fg\n");
        await_next(&run, "continued\n");
    }
    report_type(&run, "a line\n");
    await_next(&run, "got a line\n");
    report_type(&run, "exit $?\n");
    report_finish(&run);
    assert_int_equal(run.status, 3);
    report_clean(&run);
}

static void a_stopped_job_goes_on_in_the_foreground(void **state)
{
    (void)state;
    stop_and_continue("--follow");
}

static void a_stopped_job_goes_on_when_all_its_signals_are_reported(void **state)
{
    (void)state;
    stop_and_continue("--all --brief");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_c_ends_the_program_and_the_status_is_130),
        cmocka_unit_test(a_program_that_handles_control_c_is_waited_for),
        cmocka_unit_test(control_backslash_shows_where_the_program_is),
        cmocka_unit_test(control_c_lets_an_attached_team_go),
        cmocka_unit_test(a_stopped_job_goes_on_in_the_foreground),
        cmocka_unit_test(a_stopped_job_goes_on_when_all_its_signals_are_reported),
    };
    return cmocka_run_group_tests_name("hdbg-report at a terminal", tests, NULL, NULL);
}
