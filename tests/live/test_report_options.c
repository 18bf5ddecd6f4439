/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-report's command line: options, errors, streams, exit statuses.
 */
#define _GNU_SOURCE
#include "report_run.h"

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define RUN(...)                                                                                             \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        REPORT_TOOL, __VA_ARGS__, NULL                                                                       \
    }
#define CRASHER HDBG_TEST_CRASHERS "/null-write"

/* Runs the tool with arguments, expects an exit status, and a part of what it writes to its standard error.
 */
static void expect_failure(const char *const *argv, int status, const char *error)
{
    struct report_run run;
    report_all(&run, argv);
    report_expect(run.error_text, "hdbg-report: ");
    report_expect(run.error_text, error);
    assert_string_equal(run.output_text, "");
    assert_int_equal(run.status, status);
    report_clean(&run);
}

static void help_is_printed_to_standard_output(void **state)
{
    (void)state;
    struct report_run run;
    for (int i = 0; i < 2; i++) {
        report_all(&run, RUN(i == 0 ? "--help" : "-h"));
        report_expect(run.output_text, "Usage: hdbg-report [OPTION...] PROGRAM [ARG...]");
        report_expect(run.output_text, "--attach TEAM");
        assert_string_equal(run.error_text, "");
        assert_int_equal(run.status, 0);
        report_clean(&run);
    }
}

static void the_version_is_printed(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("--version"));
    assert_memory_equal(run.output_text, "hdbg-report 0.", strlen("hdbg-report 0."));
    assert_int_equal(run.status, 0);
    report_clean(&run);
}

static void wrong_options_are_refused_with_125(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("--no-such-option", "true"));
    report_expect(run.error_text, "no-such-option");
    assert_int_equal(run.status, 125);
    report_clean(&run);
    expect_failure(RUN("--brief"), 125, "no program was named");
    expect_failure(RUN("--attach", "12x"), 125, "'12x' is not the id of a team");
    expect_failure(RUN("--attach", "-1"), 125, "'-1' is not the id of a team");
    expect_failure(RUN("--attach", "1", "true"), 125, "exclude each other");
    expect_failure(RUN("--core", "a", "true"), 125, "a program ('true') and --core exclude each other");
    expect_failure(RUN("--core", "a", "--attach", "1"), 125, "--attach and --core exclude each other");
    expect_failure(RUN("--core", "a", "--write-core", "b"), 125,
                   "--core and --write-core exclude each other");
    expect_failure(RUN("--color", "red", "true"), 125, "--color takes auto, always or never, not 'red'");
}

static void a_missing_program_is_127(void **state)
{
    (void)state;
    expect_failure(RUN("/no/such/program"), 127,
                   "hdbg-report: cannot launch /no/such/program: there is no such file\n");
    expect_failure(
        RUN("no-such-program-in-the-path"), 127,
        "hdbg-report: cannot launch no-such-program-in-the-path: there is no such file in $PATH\n");
}

static void a_directory_is_126(void **state)
{
    (void)state;
    expect_failure(RUN("/tmp"), 126, "hdbg-report: cannot launch /tmp: it is a directory\n");
}

static void a_file_that_is_not_executable_is_126(void **state)
{
    (void)state;
    expect_failure(RUN("/etc/passwd"), 126,
                   "hdbg-report: cannot launch /etc/passwd: the file is not marked executable\n");
}

static void a_team_that_does_not_exist_is_125(void **state)
{
    (void)state;
    expect_failure(RUN("--attach", "2000000000"), 125,
                   "hdbg-report: cannot debug team 2000000000: there is none, or it has ended\n");
}

static void the_debuggers_own_team_is_125(void **state)
{
    (void)state;
    struct report_run run;
    /* A shell's id is that of the program it becomes. */
    report_all(&run, (const char *const[]){"sh", "-c", "exec \"$0\" --attach $$", REPORT_TOOL, NULL});
    report_expect(run.error_text, ": it is this one\n");
    assert_int_equal(run.status, 125);
    report_clean(&run);
}

static void the_report_goes_to_a_file_if_asked_to(void **state)
{
    (void)state;
    char path[] = "/tmp/hdbg-report-XXXXXX", text[256] = "";
    struct report_run run;
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);

    report_all(&run, RUN("-o", path, CRASHER));
    ssize_t got = read(descriptor, text, sizeof(text) - 1);
    close(descriptor);
    unlink(path);
    assert_true(got > 0);
    report_expect(text, "hdbg-report: thread ");
    assert_string_equal(run.error_text, "");
    assert_int_equal(run.status, 128 + SIGSEGV);
    report_clean(&run);
}

static void an_output_file_that_cannot_be_written_is_125(void **state)
{
    (void)state;
    expect_failure(RUN("--output", "/no/such/folder/report", "true"), 125,
                   "cannot write to /no/such/folder/report");
}

static void the_program_inherits_no_descriptor_of_the_reports(void **state)
{
    (void)state;
    static const char kList[] = "ls /proc/self/fd";
    struct report_run run, alone;
    report_all(&alone, (const char *const[]){"sh", "-c", kList, NULL});
    report_all(&run, RUN("-o", "/dev/null", "sh", "-c", kList));
    assert_string_equal(run.output_text, alone.output_text);
    report_clean(&run);
    report_clean(&alone);
}

static void sections_can_be_left_out(void **state)
{
    (void)state;
    struct report_run run;
    static const char *const kSections[] = {"\nSource  ",
                                            "\nInstructions  of apply_settings\n",
                                            "\nRegisters\n",
                                            "\nMemory at the ",
                                            "arg struct settings *",
                                            "\nImages, with their build-ids\n",
                                            "\nAreas\n",
                                            "\nCommand line\n",
                                            "\nWorking directory\n",
                                            "\nEnvironment\n",
                                            "\nLimits\n",
                                            "\nOpen files\n"};
    report_all(&run, RUN(CRASHER));
    for (size_t i = 0; i < sizeof(kSections) / sizeof(*kSections); i++)
        report_expect(run.error_text, kSections[i]);
    report_clean(&run);

    report_all(&run, RUN("--no-source", "--no-code", "--no-registers", "--no-memory", "--no-variables",
                         "--no-images", "--no-areas", "--no-details", CRASHER));
    report_expect(run.error_text, "which crashed");
    for (size_t i = 0; i < sizeof(kSections) / sizeof(*kSections); i++)
        report_expect_none(run.error_text, kSections[i]);
    report_clean(&run);
}

static void a_brief_report_is_the_sentence_and_one_stack(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("--brief", HDBG_TEST_CRASHERS "/crash-in-thread-7-of-8"));
    report_expect(run.error_text, "wrote to 0x0");
    report_expect(run.error_text, "Thread ");
    report_expect_none(strstr(run.error_text, "Thread ") + 1, "Thread ");
    report_expect_none(run.error_text, "\nRegisters\n");
    report_expect_none(run.error_text, "\nImages");
    report_clean(&run);
}

static void exit_statuses_pass_through(void **state)
{
    (void)state;
    static const char *const kStatuses[] = {"0", "1", "42", "125", "255"};
    struct report_run run;
    char command[32];
    for (size_t i = 0; i < sizeof(kStatuses) / sizeof(*kStatuses); i++) {
        snprintf(command, sizeof(command), "exit %s", kStatuses[i]);
        report_all(&run, RUN("sh", "-c", command));
        assert_int_equal(run.status, atoi(kStatuses[i]));
        assert_string_equal(run.error_text, "");
        report_clean(&run);
    }
}

/* Signals that are no crash are not reported, but their numbers are the system's own, as a shell's $? has
 * them. */
static void a_signals_status_is_128_and_the_systems_own_number(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int number;
    } kSignals[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"KILL", SIGKILL}, {"TERM", SIGTERM},
                    {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"PIPE", SIGPIPE}, {"ALRM", SIGALRM}};
    struct report_run run;
    char command[64];
    for (size_t i = 0; i < sizeof(kSignals) / sizeof(*kSignals); i++) {
        snprintf(command, sizeof(command), "kill -%s $$", kSignals[i].name);
        report_all(&run, RUN("sh", "-c", command));
        if (run.status != 128 + kSignals[i].number)
            fail_msg("%s gives %d\n%s", command, run.status, run.error_text);
        assert_string_equal(run.error_text, "");
        report_clean(&run);
    }
}

static void with_all_a_signal_that_has_a_handler_is_reported_and_handled(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("--all", "--brief", "sh", "-c", "trap 'echo handled' USR1; kill -USR1 $$; exit 5"));
    report_expect(run.error_text, "got signal SIGUSR1 from its own team");
    assert_string_equal(run.output_text, "handled\n");
    assert_int_equal(run.status, 5);
    report_clean(&run);

    report_all(&run, RUN("--brief", "sh", "-c", "trap 'echo handled' USR1; kill -USR1 $$; exit 5"));
    assert_string_equal(run.error_text, "");
    assert_string_equal(run.output_text, "handled\n");
    assert_int_equal(run.status, 5);
    report_clean(&run);
}

static void standard_streams_are_the_programs(void **state)
{
    (void)state;
    struct report_run run;
    report_start(&run, RUN("sh", "-c", "read line; echo \"out: $line\"; echo \"err: $line\" >&2; cat"));
    report_type(&run, "first\nsecond\nthird");
    report_finish(&run);
    assert_string_equal(run.output_text, "out: first\nsecond\nthird");
    assert_string_equal(run.error_text, "err: first\n");
    assert_int_equal(run.status, 0);
    report_clean(&run);
}

static void arguments_are_the_programs_untouched(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("printf", "[%s]", "--help", "a b", "", "--", "-o"));
    assert_string_equal(run.output_text, "[--help][a b][][--][-o]");
    report_clean(&run);
}

/* ---- colours ---- */

/* Whether the tool, on a terminal, writes its report in colours. */
static bool is_colored(const char *const *argv)
{
    struct report_run run;
    report_start_at_terminal(&run, argv);
    report_finish(&run);
    report_expect(run.output_text, "wrote to 0x0");
    bool colored = strstr(run.output_text, "\033[1;31m") != NULL;
    report_clean(&run);
    return colored;
}

static void colors_are_used_on_a_terminal_only(void **state)
{
    (void)state;
    struct report_run run;

    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    assert_true(is_colored(RUN("--brief", CRASHER)));
    report_all(&run, RUN("--brief", CRASHER));
    report_expect_none(run.error_text, "\033[");
    report_clean(&run);
}

static void no_color_and_a_dumb_terminal_are_honoured(void **state)
{
    (void)state;
    setenv("TERM", "xterm", 1);
    setenv("NO_COLOR", "1", 1);
    assert_false(is_colored(RUN("--brief", CRASHER)));
    unsetenv("NO_COLOR");
    setenv("TERM", "dumb", 1);
    assert_false(is_colored(RUN("--brief", CRASHER)));
    setenv("TERM", "xterm", 1);
}

static void colors_can_be_forced_and_forbidden(void **state)
{
    (void)state;
    struct report_run run;

    report_all(&run, RUN("--color=always", "--brief", CRASHER));
    report_expect(run.error_text, "\033[");
    report_clean(&run);
    setenv("TERM", "xterm", 1);
    assert_false(is_colored(RUN("--color=never", "--brief", CRASHER)));
}

/* ---- signals to hdbg-report itself ---- */

static void an_interrupt_ends_the_program_not_the_report_of_its_status(void **state)
{
    (void)state;
    struct report_run run;
    report_start(&run, RUN("sh", "-c", "trap 'exit 7' INT; echo ready; read line"));
    report_await_output(&run, "ready\n");
    /* To hdbg-report alone: it goes on waiting for the program, twice. */
    kill(run.pid, SIGINT);
    kill(run.pid, SIGINT);
    report_type(&run, "go on\n");
    report_finish(&run);
    assert_int_equal(run.status, 0);
    report_clean(&run);
}

static void a_terminated_report_leaves_the_program_running(void **state)
{
    (void)state;
    struct report_run run;
    int pid;
    report_start(&run, RUN("sh", "-c", "echo $$; read line; echo \"got $line\""));
    report_await_output(&run, "\n");
    pid = atoi(run.output_text);
    assert_int_equal(report_tracer(pid) > 0, 1);
    kill(run.pid, SIGTERM);
    report_await_traced(pid, false);
    report_type(&run, "a line\n");
    report_await_output(&run, "got a line\n");
    report_finish(&run);
    assert_int_equal(run.status, 128 + SIGTERM);
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_is_printed_to_standard_output),
        cmocka_unit_test(the_version_is_printed),
        cmocka_unit_test(wrong_options_are_refused_with_125),
        cmocka_unit_test(a_missing_program_is_127),
        cmocka_unit_test(a_directory_is_126),
        cmocka_unit_test(a_file_that_is_not_executable_is_126),
        cmocka_unit_test(a_team_that_does_not_exist_is_125),
        cmocka_unit_test(the_debuggers_own_team_is_125),
        cmocka_unit_test(the_report_goes_to_a_file_if_asked_to),
        cmocka_unit_test(an_output_file_that_cannot_be_written_is_125),
        cmocka_unit_test(the_program_inherits_no_descriptor_of_the_reports),
        cmocka_unit_test(sections_can_be_left_out),
        cmocka_unit_test(a_brief_report_is_the_sentence_and_one_stack),
        cmocka_unit_test(exit_statuses_pass_through),
        cmocka_unit_test(a_signals_status_is_128_and_the_systems_own_number),
        cmocka_unit_test(with_all_a_signal_that_has_a_handler_is_reported_and_handled),
        cmocka_unit_test(standard_streams_are_the_programs),
        cmocka_unit_test(arguments_are_the_programs_untouched),
        cmocka_unit_test(colors_are_used_on_a_terminal_only),
        cmocka_unit_test(no_color_and_a_dumb_terminal_are_honoured),
        cmocka_unit_test(colors_can_be_forced_and_forbidden),
        cmocka_unit_test(an_interrupt_ends_the_program_not_the_report_of_its_status),
        cmocka_unit_test(a_terminated_report_leaves_the_program_running),
    };
    return cmocka_run_group_tests_name("hdbg-report's command line", tests, NULL, NULL);
}
