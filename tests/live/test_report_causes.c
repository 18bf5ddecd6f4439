/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What hdbg-report says of faults: which address was read or written, by instructions of many kinds, and of
 * causes that no crasher shows.
 */
#include "report_run.h"

#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

/* In the order of tests/fixtures/report-access.c. */
static const struct {
    const char *function;
    const char *sentence;
} kAccesses[] = {
    {"load_by_register", "read from 0x1230 in"},
    {"store_with_displacement", "wrote to 0x1230 in"},
    {"store_by_scaled_index", "wrote to 0x1230 in"},
    {"load_by_high_registers", "read from 0x1230 in"},
    {"load_without_a_base", "read from 0x1230 in"},
    {"increment", "wrote to 0x1230 in"},
    {"compare", "read from 0x1230 in"},
    {"store_of_a_vector", "wrote to 0x1230 in"},
    {"load_of_a_vector", "read from 0x1230 in"},
    {"store_of_a_float", "wrote to 0x1230 in"},
    {"string_store", "wrote to 0x1230 in"},
    {"string_copy_from", "read from 0x1230 in"},
    {"string_copy_to", "wrote to 0x1230 in"},
    {"call_through_memory", "read from 0x1230 in"},
    {"push_from_memory", "read from 0x1230 in"},
    {"load_by_segment", "read from 0x1230 in"},
    {"load_by_short_address", "read from 0x1230 in"},
    {"load_from_nowhere", "read from 0x4141414141414141, an address that cannot exist, in"},
    {"store_to_nowhere", "wrote to 0x4141414141414141, an address that cannot exist, in"},
};

static void the_instruction_tells_what_was_accessed_and_how(void **state)
{
    (void)state;
    struct report_run run;
    char number[8], sentence[256];
    for (size_t i = 0; i < sizeof(kAccesses) / sizeof(*kAccesses); i++) {
        snprintf(number, sizeof(number), "%zu", i);
        snprintf(sentence, sizeof(sentence), "%s %s() of report-access\n", kAccesses[i].sentence,
                 kAccesses[i].function);
        report_all(&run, (const char *const[]){REPORT_TOOL, "--brief", HDBG_TEST_FIXTURES "/report-access",
                                               number, NULL});
        report_expect(run.error_text, sentence);
        report_clean(&run);
    }
}

/* Runs a fixture that does one of several things, and expects a sentence and a status. */
static void expect_cause(const char *what, const char *sentence, int status)
{
    struct report_run run;
    report_all(&run,
               (const char *const[]){REPORT_TOOL, "--brief", HDBG_TEST_FIXTURES "/report-cause", what, NULL});
    report_expect(run.error_text, sentence);
    if (run.status != status)
        fail_msg("exit status %d, not %d, after:\n%s", run.status, status, run.error_text);
    report_clean(&run);
}

static void a_write_to_read_only_memory_names_the_memory(void **state)
{
    (void)state;
    expect_cause("read-only", ", read-only memory of ", 128 + SIGSEGV);
    expect_cause("read-only", "/report-cause, in write_to_constant() of report-cause\n", 128 + SIGSEGV);
    expect_cause("code", "/report-cause, in write_to_code() of report-cause\n", 128 + SIGSEGV);
}

static void memory_without_any_access_is_told_from_no_memory(void **state)
{
    (void)state;
    expect_cause("no-access", ", memory that allows no access, in read_guard() of report-cause\n",
                 128 + SIGSEGV);
}

static void a_jump_into_data_is_told_from_a_jump_to_nowhere(void **state)
{
    (void)state;
    expect_cause("jump-to-data", ", which is no code, from call_data() of report-cause\n", 128 + SIGSEGV);
}

static void a_quotient_that_is_too_large_is_no_division_by_zero(void **state)
{
    (void)state;
    expect_cause("quotient", "divided with a quotient too large in divide_smallest() of report-cause\n",
                 128 + SIGFPE);
}

static void a_stack_overflow_in_a_thread_is_recognised(void **state)
{
    (void)state;
    expect_cause("thread-overflow", "overflowed its stack in ", 128 + SIGSEGV);
}

static void a_breakpoint_instruction_ends_the_program_as_without_a_debugger(void **state)
{
    (void)state;
    expect_cause("trap", "executed a breakpoint instruction of its own in stop_here() of report-cause\n",
                 128 + SIGTRAP);
}

static void an_abort_by_the_c_library_tells_its_reason(void **state)
{
    (void)state;
    expect_cause("double-free", "called abort() in free_twice() of report-cause: double free ",
                 128 + SIGABRT);
}

static void a_handled_fault_is_not_reported_and_the_handler_runs(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, (const char *const[]){REPORT_TOOL, HDBG_TEST_FIXTURES "/report-cause", "handled", NULL});
    assert_string_equal(run.error_text, "");
    assert_int_equal(run.status, 9);
    report_clean(&run);
}

static void with_all_a_handled_fault_is_reported_with_its_address(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, (const char *const[]){REPORT_TOOL, "--all", "--brief",
                                           HDBG_TEST_FIXTURES "/report-cause", "handled", NULL});
    report_expect(run.error_text, "wrote to 0x10 in fault_with_handler() of report-cause\n");
    report_expect_none(run.error_text, "which ends the team");
    assert_int_equal(run.status, 9);
    report_clean(&run);
}

static void with_faults_handled_ones_are_reported_and_no_other_signals(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, (const char *const[]){REPORT_TOOL, "--faults", "--brief",
                                           HDBG_TEST_FIXTURES "/report-cause", "handled", NULL});
    report_expect(run.error_text, "wrote to 0x10 in fault_with_handler() of report-cause\n");
    report_expect(run.error_text, "\n  SIGSEGV (segment violation), which the program handles\n");
    assert_int_equal(run.status, 9);
    report_clean(&run);
    report_all(&run, (const char *const[]){
                         REPORT_TOOL, "--faults", "--brief", "sh", "-c",
                         "trap 'echo handled' USR1 SEGV; kill -USR1 $$; kill -SEGV $$; exit 5", NULL});
    assert_string_equal(run.error_text, "");
    assert_string_equal(run.output_text, "handled\nhandled\n");
    assert_int_equal(run.status, 5);
    report_clean(&run);
}

static void a_signal_from_itself_is_no_fault(void **state)
{
    (void)state;
    expect_cause("own-signal", "got signal SIGSEGV from its own team, while in ", 128 + SIGSEGV);
}

static void names_cannot_steer_the_terminal(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run,
               (const char *const[]){REPORT_TOOL, HDBG_TEST_FIXTURES "/report-cause", "evil-name", NULL});
    report_expect(run.error_text, "'evil?[31m' wrote to 0x");
    report_expect_none(run.error_text, "\033");
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_instruction_tells_what_was_accessed_and_how),
        cmocka_unit_test(a_write_to_read_only_memory_names_the_memory),
        cmocka_unit_test(memory_without_any_access_is_told_from_no_memory),
        cmocka_unit_test(a_jump_into_data_is_told_from_a_jump_to_nowhere),
        cmocka_unit_test(a_quotient_that_is_too_large_is_no_division_by_zero),
        cmocka_unit_test(a_stack_overflow_in_a_thread_is_recognised),
        cmocka_unit_test(a_breakpoint_instruction_ends_the_program_as_without_a_debugger),
        cmocka_unit_test(an_abort_by_the_c_library_tells_its_reason),
        cmocka_unit_test(a_handled_fault_is_not_reported_and_the_handler_runs),
        cmocka_unit_test(with_all_a_handled_fault_is_reported_with_its_address),
        cmocka_unit_test(with_faults_handled_ones_are_reported_and_no_other_signals),
        cmocka_unit_test(a_signal_from_itself_is_no_fault),
        cmocka_unit_test(names_cannot_steer_the_terminal),
    };
    return cmocka_run_group_tests_name("the causes that hdbg-report tells", tests, NULL, NULL);
}
