/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-report on programs that crash, one test each: what it says, where, and its exit status.
 */
#include "report_run.h"

#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

/* A crasher, and what is to be said of it. */
struct crash {
    const char *program;
    const char *thread;   /* the thread's name; NULL: the program's, cut as names are */
    const char *sentence; /* what follows the thread's name */
    const char *function; /* the crashed function, where it stands in the stack */
    int frame;            /* 0: on top; -1: behind the C library's or the runtime's */
    const char *caller;   /* a function further out, or NULL */
    int status;
};

static const struct crash kNullWrite = {
    "null-write", NULL,         "wrote to 0x0 in apply_settings() of null-write", "apply_settings", 0,
    "main",       128 + SIGSEGV};
static const struct crash kJumpToNull = {
    "jump-to-null", NULL,         "jumped to 0x0 from call_back() of jump-to-null", "call_back", 1,
    "main",         128 + SIGSEGV};
static const struct crash kStackOverflow = {
    "stack-overflow", NULL, "overflowed its stack in recurse() of stack-overflow", "recurse", 0, NULL,
    128 + SIGSEGV};
static const struct crash kAbort = {
    "abort", NULL, "called abort() in give_up() of abort", "give_up", -1, "main", 128 + SIGABRT};
static const struct crash kUncaught = {"uncaught-exception",
                                       NULL,
                                       "threw std::runtime_error, which nobody caught, in parser::number_of(",
                                       NULL,
                                       -1,
                                       "main",
                                       128 + SIGABRT};
static const struct crash kDivision = {
    "division-by-zero", NULL, "divided by zero in average() of division-by-zero", "average", 0, "main",
    128 + SIGFPE};
static const struct crash kIllegal = {"illegal-instruction",
                                      NULL,
                                      "executed an illegal instruction in reach_the_unreachable()",
                                      "reach_the_unreachable",
                                      0,
                                      "main",
                                      128 + SIGILL};
static const struct crash kBusError = {
    "bus-error-truncated-mapping", NULL, "read from 0x", "sum_of", 0, "main", 128 + SIGBUS};
static const struct crash kAssertion = {
    "failed-assertion", NULL, "failed an assertion in item_at() of failed-assertion: failed-assertion: ",
    "item_at",          -1,   "main",
    128 + SIGABRT};
static const struct crash kInHandler = {"crash-in-signal-handler",
                                        NULL,
                                        "read from 0x0 in on_signal() of crash-in-signal-handler",
                                        "on_signal",
                                        0,
                                        "main",
                                        128 + SIGSEGV};
static const struct crash kInConstructor = {
    "crash-in-constructor", NULL, "wrote to 0x0 in fill_table() of crash-in-constructor",
    "fill_table",           0,    NULL,
    128 + SIGSEGV};
static const struct crash kInThread = {"crash-in-thread-7-of-8",
                                       "worker 7",
                                       "wrote to 0x0 in lose_pointer() of crash-in-thread-7-of-8",
                                       "lose_pointer",
                                       0,
                                       "work",
                                       128 + SIGSEGV};
static const struct crash kInLibrary = {"crash-in-dlopened-library",
                                        NULL,
                                        "wrote to 0x0 in reader::Document::parse_header() of libreader.so",
                                        "reader::Document::parse_header()",
                                        0,
                                        "version_of",
                                        128 + SIGSEGV};
static const struct crash kInChild = {"crash-in-forked-child",
                                      NULL,
                                      "wrote to 0x0 in crash_in_child() of crash-in-forked-child",
                                      "crash_in_child",
                                      0,
                                      "main",
                                      3};
static const struct crash kAfterExec = {
    "crash-after-exec",     NULL, "wrote to 0x0 in crash_in_second_life() of crash-after-exec",
    "crash_in_second_life", 0,    "main",
    128 + SIGSEGV};
static const struct crash kDemo = {"demo",
                                   "worker 3",
                                   "wrote to 0x0 in reader::Document::parse_header() of libreader.so",
                                   "reader::Document::parse_header()",
                                   0,
                                   "demo::Worker::read_document()",
                                   128 + SIGSEGV};

/* Haiku's thread names have 31 characters, Linux's 15. */
static void expect_thread_name(const char *text, const struct crash *crash)
{
    char name[16];
    snprintf(name, sizeof(name), "%s", crash->thread != NULL ? crash->thread : crash->program);
    const char *quoted = strchr(text, '\'');
    if (quoted == NULL || strncmp(quoted + 1, name, strlen(name)) != 0)
        fail_msg("the thread is not '%s' in:\n%s", name, text);
}

static void expect_stack(const char *text, const struct crash *crash)
{
    int own = crash->function == NULL ? 0 : report_frame_of(text, crash->function);
    if (own < 0 || (crash->frame >= 0 && own != crash->frame))
        fail_msg("%s is frame %d, not %d, in:\n%s", crash->function, own, crash->frame, text);
    if (crash->caller != NULL && report_frame_of(text, crash->caller) <= own)
        fail_msg("%s is not behind %s in:\n%s", crash->caller, crash->function, text);
}

static void is_reported(void **state)
{
    const struct crash *crash = *state;
    char path[1024];
    struct report_run run;

    snprintf(path, sizeof(path), "%s/%s", HDBG_TEST_CRASHERS, crash->program);
    report_all(&run, (const char *const[]){REPORT_TOOL, path, NULL});
    assert_string_equal(run.output_text, "");
    report_expect(run.error_text, "hdbg-report: thread ");
    report_expect(run.error_text, crash->sentence);
    expect_thread_name(strstr(run.error_text, "hdbg-report: thread "), crash);
    expect_stack(run.error_text, crash);
    if (run.status != crash->status)
        fail_msg("exit status %d, not %d, after:\n%s", run.status, crash->status, run.error_text);
    /* Once, and nothing of another crash. */
    report_expect_none(strstr(run.error_text, "hdbg-report: thread ") + 1, "hdbg-report: ");
    report_clean(&run);
}

static void a_bus_error_names_the_file(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, (const char *const[]){REPORT_TOOL, "--brief",
                                           HDBG_TEST_CRASHERS "/bus-error-truncated-mapping", NULL});
    report_expect(run.error_text, ", beyond the end of the mapped file ");
    report_expect(run.error_text, ", in sum_of() of bus-error-truncated-mapping");
    report_clean(&run);
}

static void a_failed_assertion_tells_its_expression(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run,
               (const char *const[]){REPORT_TOOL, "--brief", HDBG_TEST_CRASHERS "/failed-assertion", NULL});
    report_expect(run.error_text, "Assertion `index < count' failed.");
    report_clean(&run);
}

static void all_eight_threads_are_shown_by_name_with_their_stacks(void **state)
{
    (void)state;
    struct report_run run;
    char title[64];
    report_all(&run, (const char *const[]){REPORT_TOOL, HDBG_TEST_CRASHERS "/crash-in-thread-7-of-8", NULL});
    for (int i = 1; i <= 8; i++) {
        snprintf(title, sizeof(title), " 'worker %d'%s\n", i, i == 7 ? ", which crashed" : "");
        report_expect(run.error_text, title);
    }
    report_expect_none(run.error_text, "could not be stopped");
    report_clean(&run);
}

static void a_long_recursion_is_folded(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run,
               (const char *const[]){REPORT_TOOL, "--brief", HDBG_TEST_CRASHERS "/stack-overflow", NULL});
    report_expect(run.error_text, "more of this function");
    /* All of it is counted, and its outermost frames are there. */
    report_expect(run.error_text, "  main + 0x");
    report_clean(&run);
}

static void a_signal_from_outside_is_told_from_a_fault(void **state)
{
    (void)state;
    struct report_run run;
    char sender[64], child_path[64];
    int child = 0;

    report_start(&run, (const char *const[]){REPORT_TOOL, HDBG_TEST_CRASHERS "/killed-from-outside", NULL});
    report_await_output(&run, "ready\n");
    snprintf(child_path, sizeof(child_path), "/proc/%d/task/%d/children", (int)run.pid, (int)run.pid);
    FILE *file = fopen(child_path, "re");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%d", &child), 1);
    fclose(file);
    assert_int_equal(kill(child, SIGSEGV), 0);
    report_finish(&run);
    snprintf(sender, sizeof(sender), "got signal SIGSEGV from outside, sent by team %d '", (int)getpid());
    report_expect(run.error_text, sender);
    assert_true(report_frame_of(run.error_text, "wait_for_the_end") >= 0);
    assert_int_equal(run.status, 128 + SIGSEGV);
    report_clean(&run);
}

static void a_debugger_call_is_reported_and_the_program_goes_on(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, (const char *const[]){REPORT_TOOL, HDBG_TEST_CRASHERS "/debugger-call", NULL});
    report_expect(run.error_text,
                  "called debugger(\"the cupboard is bare\") in look_into_the_cupboard() of debugger-call");
    assert_true(report_frame_of(run.error_text, "main") > 0);
    assert_string_equal(run.output_text, "still here\n");
    assert_int_equal(run.status, 0);
    report_clean(&run);
}

static void a_program_without_a_crash_is_not_reported(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, (const char *const[]){REPORT_TOOL, "true", NULL});
    assert_string_equal(run.error_text, "");
    assert_int_equal(run.status, 0);
    report_clean(&run);
}

static void with_no_follow_a_childs_crash_is_not_reported(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, (const char *const[]){REPORT_TOOL, "--no-follow",
                                           HDBG_TEST_CRASHERS "/crash-in-forked-child", NULL});
    assert_string_equal(run.error_text, "");
    assert_int_equal(run.status, 3);
    report_clean(&run);
}

#define CRASH(behaviour, crash)                                                                              \
    {                                                                                                        \
        behaviour, is_reported, NULL, NULL, (void *)(uintptr_t) & (crash)                                    \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRASH("a null write is reported", kNullWrite),
        CRASH("a jump to null is reported with who jumped", kJumpToNull),
        CRASH("a stack overflow is reported", kStackOverflow),
        CRASH("abort() is reported with who called it", kAbort),
        CRASH("an uncaught C++ exception is reported with who threw it", kUncaught),
        CRASH("a division by zero is reported", kDivision),
        CRASH("an illegal instruction is reported", kIllegal),
        CRASH("a bus error in a truncated mapping is reported", kBusError),
        CRASH("a failed assertion is reported with who asserted", kAssertion),
        CRASH("a crash in a signal handler is reported", kInHandler),
        CRASH("a crash in a constructor before main() is reported", kInConstructor),
        CRASH("a crash in thread 7 of 8 is reported", kInThread),
        CRASH("a crash in a library that was opened at run time is reported", kInLibrary),
        CRASH("a crash in a forked child is reported, and the parent's status is ours", kInChild),
        CRASH("a crash after exec() is reported", kAfterExec),
        CRASH("the demo is reported", kDemo),
        cmocka_unit_test(a_bus_error_names_the_file),
        cmocka_unit_test(a_failed_assertion_tells_its_expression),
        cmocka_unit_test(all_eight_threads_are_shown_by_name_with_their_stacks),
        cmocka_unit_test(a_long_recursion_is_folded),
        cmocka_unit_test(a_signal_from_outside_is_told_from_a_fault),
        cmocka_unit_test(a_debugger_call_is_reported_and_the_program_goes_on),
        cmocka_unit_test(a_program_without_a_crash_is_not_reported),
        cmocka_unit_test(with_no_follow_a_childs_crash_is_not_reported),
    };
    return cmocka_run_group_tests_name("hdbg-report on crashers", tests, NULL, NULL);
}
