/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Programs that only root may look into, and a user who is not: what cannot be told is said, and nothing is
 * made up. Root is one without any rights.
 */
#define _GNU_SOURCE
#include "report_run.h"

#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define SECRETIVE HDBG_TEST_FIXTURES "/undumpable"

/* Starts hdbg-report with arguments. */
static void start(struct report_run *run, const char *const *arguments)
{
    const char *all[16] = {"setpriv", "--bounding-set=-all", "--inh-caps=-all", REPORT_TOOL};
    size_t count = 4;
    while (*arguments != NULL)
        all[count++] = *arguments++;
    report_start(run, geteuid() == 0 ? all : all + 3);
}

static void a_crash_that_nobody_may_look_into_is_told_without_guesses(void **state)
{
    (void)state;
    struct report_run run;
    start(&run, (const char *const[]){SECRETIVE, NULL});
    report_await_output(&run, "ready\n");
    report_finish(&run);
    report_expect(run.error_text, " 'undumpable' accessed memory that it may not access in 0x");
    report_expect(run.error_text, "cannot look into the memory of team ");
    report_expect(run.error_text, "the program has made itself undumpable");
    report_expect(run.error_text, "\nRegisters\n");
    report_expect_none(run.error_text, "jumped");
    report_expect_none(run.error_text, "nothing is mapped");
    assert_int_equal(run.status, 128 + SIGSEGV);
    report_clean(&run);
}

static void who_may_not_attach_is_told_why(void **state)
{
    (void)state;
    struct report_run program, run;
    char id[16];
    report_start(&program, (const char *const[]){SECRETIVE, NULL});
    report_await_output(&program, "ready\n");
    snprintf(id, sizeof(id), "%d", (int)program.pid);
    start(&run, (const char *const[]){"--attach", id, NULL});
    report_finish(&run);
    report_expect(run.error_text, "may not be traced");
    report_expect(run.error_text, "or the program has made itself undumpable");
    assert_int_equal(run.status, 125);
    report_clean(&run);
    report_clean(&program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_that_nobody_may_look_into_is_told_without_guesses),
        cmocka_unit_test(who_may_not_attach_is_told_why),
    };
    return cmocka_run_group_tests_name("programs that nobody may look into", tests, NULL, NULL);
}
