/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * GDB, as it is, debugs through hdbg-server.
 */
#define _GNU_SOURCE
#include "gdb_run.h"

#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <setjmp.h>
#include <cmocka.h>

#define COMMANDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SAYS(...)     COMMANDS(__VA_ARGS__)
#define FIXTURE(name) HDBG_TEST_FIXTURES "/" name
#define CRASHER(name) HDBG_TEST_CRASHERS "/" name
#define WATCHED       FIXTURE("watched")

static void expect_all(const char *text, const char *const *parts)
{
    for (; *parts != NULL; parts++)
        report_expect(text, *parts);
}

/* GDB starts the server with a program and gives it commands; its output has each of the texts. */
static void debug(const char *program, const char *arguments, const char *const *commands,
                  const char *const *says)
{
    struct report_run run;
    char line[2048];
    snprintf(line, sizeof line, "- %s%s%s", program, *arguments != '\0' ? " " : "", arguments);
    gdb_all(&run, program, line, commands);
    expect_all(run.output_text, says);
    report_clean(&run);
}

/* Starts a program that waits for a line, and says where the server is to attach itself. */
static void start_waiting(struct report_run *program, const char *const *argv, char target[64])
{
    report_start(program, argv);
    report_await_output(program, "ready\n");
    snprintf(target, 64, "--attach - %d", (int)program->pid);
}

/* The program was let go, and runs to its end. */
static void finish_crowd(struct report_run *crowd)
{
    report_finish(crowd);
    assert_int_equal(crowd->status, 7);
    report_clean(crowd);
}

static void a_program_runs_to_main_and_to_its_end(void **state)
{
    (void)state;
    debug(WATCHED, "work 2 3",
          COMMANDS("break main", "continue", "backtrace", "info sharedlibrary", "continue"),
          SAYS("Breakpoint 1, main (argc=4, argv=", "#0  main (argc=4, argv=", "/libc.so.6\n",
               "exited with code 052]"));
}

static void a_crash_shows_its_stack_and_ends_the_program(void **state)
{
    (void)state;
    debug(CRASHER("null-write"), "", COMMANDS("continue", "backtrace", "continue"),
          SAYS("Program received signal SIGSEGV, Segmentation fault.", "in main ",
               "Program terminated with signal SIGSEGV, Segmentation fault."));
}

static void fifty_threads_are_listed_and_no_hit_of_theirs_is_lost(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, WATCHED, "- " WATCHED " work 50 1",
            COMMANDS("break work", "continue", "info threads", "delete", "break counted", "ignore 2 1000000",
                     "break at_end", "continue", "info threads", "info breakpoints"));
    assert_true(gdb_count(run.output_text, "Thread ") >= 50);
    expect_all(run.output_text, SAYS("at_end ()", "breakpoint already hit 50 times"));
    report_clean(&run);
}

static void a_thousand_instructions_are_stepped(void **state)
{
    (void)state;
    debug(WATCHED, "work 1 1",
          COMMANDS("break main", "continue", "set $before = $pc", "stepi 1000",
                   "printf \"moved: %d\\n\", $pc != $before", "delete", "continue"),
          SAYS("moved: 1\n", "exited with code 052]"));
}

static void lines_are_stepped_into_over_and_out(void **state)
{
    (void)state;
    debug(WATCHED, "work 1 1",
          COMMANDS("break main", "continue", "next", "next", "advance work_in_threads", "finish", "continue"),
          SAYS("sRounds = atoi(argv[3]);", "return work_in_threads(atoi(argv[2]));",
               "work_in_threads (count=1) at ", "Value returned is $1 = 42"));
}

static void a_variable_is_watched(void **state)
{
    (void)state;
    debug(WATCHED, "work 1 1", COMMANDS("watch gWatched[0]", "continue", "backtrace 1", "delete", "continue"),
          SAYS("Hardware watchpoint 1: gWatched[0]", "Old value = 0\nNew value = 1\n", "#0  store () at ",
               "exited with code 052]"));
}

static void more_hardware_breakpoints_than_there_are_is_said(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, WATCHED, "- " WATCHED " work 1 1",
            COMMANDS("hbreak counted", "hbreak store", "hbreak load", "hbreak at_end", "continue",
                     "backtrace 1", "hbreak all_there", "continue", "kill"));
    report_expect(run.output_text, "#0  counted () at ");
    report_expect(run.error_text, "You may have requested too many hardware breakpoints");
    report_clean(&run);
}

static void reading_is_watched_where_the_processor_cannot_do_it_alone(void **state)
{
    (void)state;
    debug(WATCHED, "work 1 1", COMMANDS("rwatch gWatched[0]", "continue", "backtrace 1", "kill"),
          SAYS("read watchpoint 1: gWatched[0]", "#0  load () at "));
}

static void functions_of_the_program_are_called(void **state)
{
    (void)state;
    debug(WATCHED, "work 1 1",
          COMMANDS("break counted", "continue", "print (int)strlen(\"twelve chars\")", "print answer(4, 2)",
                   "backtrace 1", "delete", "continue"),
          SAYS("$1 = 12\n", "$2 = 42\n", "#0  counted () at ", "exited with code 052]"));
}

static void a_condition_is_evaluated_for_each_hit(void **state)
{
    (void)state;
    debug(WATCHED, "work 1 100",
          COMMANDS("break counted if sCalls == 77", "continue", "print sCalls", "info breakpoints", "delete",
                   "continue"),
          SAYS("hit Breakpoint 1, counted ()", "$1 = 77\n", "exited with code 052]"));
}

static void a_library_that_is_loaded_later_is_seen(void **state)
{
    (void)state;
    debug(CRASHER("crash-in-dlopened-library"), "", COMMANDS("continue", "backtrace", "info sharedlibrary"),
          SAYS("Program received signal SIGSEGV", "/libreader.so\n"));
}

/* GDB finds the list by the linker's symbols, if it is told that the program names none. */
static void libraries_of_a_program_that_the_linker_was_told_to_run_are_seen(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CRASHER("crash-in-dlopened-library"),
            "- /lib64/ld-linux-x86-64.so.2 " CRASHER("crash-in-dlopened-library"),
            COMMANDS("continue", "sharedlibrary", "backtrace", "info sharedlibrary", "kill"));
    report_expect(run.output_text, "Program received signal SIGSEGV");
    report_expect(run.output_text, "Document::parse_header (");
    report_expect(run.output_text, "/libreader.so\n");
    report_clean(&run);
}

static void another_program_that_is_executed_is_followed(void **state)
{
    (void)state;
    debug(CRASHER("crash-after-exec"), "", COMMANDS("catch exec", "continue", "continue", "backtrace"),
          SAYS("Catchpoint 1 (exec'd ", "Program received signal SIGSEGV"));
}

static void registers_of_all_kinds_are_shown_and_written(void **state)
{
    (void)state;
    debug(WATCHED, "work 1 1",
          COMMANDS("break main", "continue", "print $fs_base != 0", "print $orig_rax",
                   "set $xmm3.v4_int32[2] = 77", "print $xmm3.v4_int32[2]", "set $ymm5.v8_int32[7] = 78",
                   "print $ymm5.v8_int32[7]", "set $st2 = 1.5", "print $st2", "print $eflags", "print $mxcsr",
                   "continue"),
          SAYS("$1 = 1\n$2 = -1\n$3 = 77\n$4 = 78\n$5 = 1.5\n$6 = [ ", "$7 = [ IM DM ZM OM UM PM ]\n",
               "exited with code 052]"));
}

static void a_signal_is_delivered_replaced_or_swallowed(void **state)
{
    (void)state;
    debug(WATCHED, "fault", COMMANDS("continue", "signal SIGTERM"),
          SAYS("Program terminated with signal SIGTERM, Terminated."));
    debug(WATCHED, "fault", COMMANDS("continue", "set $rax = gWatched", "signal 0"),
          SAYS("exited with code 02]"));
}

static void a_program_that_is_detached_at_a_breakpoint_runs_on_unharmed(void **state)
{
    (void)state;
    struct report_run run, crowd;
    char target[64];
    start_waiting(&crowd, COMMANDS(FIXTURE("crowd"), "20"), target);
    gdb_all(&run, NULL, target, COMMANDS("break usleep", "continue", "continue", "detach"));
    assert_int_equal(gdb_count(run.output_text, "hit Breakpoint 1, "), 2);
    report_expect(run.output_text, "detached]");
    report_await_traced(crowd.pid, false);
    report_type(&crowd, "go\n");
    report_await_output(&crowd, "counting\n");
    finish_crowd(&crowd);
    report_clean(&run);
}

static void an_interrupt_stops_a_program_that_runs(void **state)
{
    (void)state;
    struct report_run run, crowd;
    char target[64];
    start_waiting(&crowd, COMMANDS(FIXTURE("crowd"), "20"), target);
    gdb_start(&run, NULL, target, COMMANDS("echo connected\\n", "continue", "info threads", "detach"));
    report_await_output(&run, "connected\n");
    report_type(&crowd, "go\n");
    report_await_output(&crowd, "counting\n"); /* so it has gone on */
    assert_int_equal(kill(run.pid, SIGINT), 0);
    report_finish(&run);
    expect_all(run.output_text, SAYS("received signal SIGINT", "  21   Thread ", "detached]"));
    finish_crowd(&crowd);
    report_clean(&run);
}

static void a_program_is_killed(void **state)
{
    (void)state;
    debug(WATCHED, "work 50 3", COMMANDS("break counted", "continue", "kill"), SAYS("killed]"));
}

static void python_with_fifty_threads_is_attached_and_let_go(void **state)
{
    (void)state;
    struct report_run run, python;
    char target[64];
    start_waiting(&python,
                  COMMANDS("python3", "-c",
                           "import threading, sys\n"
                           "stop = threading.Event()\n"
                           "threads = [threading.Thread(target=stop.wait) for i in range(50)]\n"
                           "for thread in threads: thread.start()\n"
                           "print('ready', flush=True)\n"
                           "sys.stdin.readline()\n"
                           "stop.set()\n"
                           "for thread in threads: thread.join()\n"
                           "print('good')\n"),
                  target);
    gdb_all(&run, NULL, target, COMMANDS("info threads", "thread apply all -q backtrace 1", "detach"));
    assert_int_equal(gdb_count(run.output_text, " Thread "), 51);
    assert_int_equal(gdb_count(run.output_text, "#0  "), 51);
    report_expect(run.output_text, "detached]");
    report_await_traced(python.pid, false);
    report_type(&python, "go\n");
    report_finish(&python);
    report_expect(python.output_text, "good\n");
    assert_int_equal(python.status, 0);
    report_clean(&python);
    report_clean(&run);
}

static void monitor_commands_are_answered(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, WATCHED, "- " WATCHED " work 1 1",
            COMMANDS("monitor help", "monitor images", "monitor areas", "monitor threads",
                     "monitor statistics", "monitor nope", "kill"));
    expect_all(run.error_text,
               SAYS("numbers of the debugging session\n", "/fixtures/watched\n", " r-x ",
                    " requests to nubs, of which 0 timed out\n", "There is no such command."));
    report_clean(&run);
}

static void a_haiku_target_is_debugged(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, NULL, "--as-haiku - " WATCHED " work 1 1",
            COMMANDS("file " WATCHED, "info threads", "info registers rip", "detach"));
    expect_all(run.output_text, SAYS("Thread ", "rip  ", "detached]"));
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_runs_to_main_and_to_its_end),
        cmocka_unit_test(a_crash_shows_its_stack_and_ends_the_program),
        cmocka_unit_test(fifty_threads_are_listed_and_no_hit_of_theirs_is_lost),
        cmocka_unit_test(a_thousand_instructions_are_stepped),
        cmocka_unit_test(lines_are_stepped_into_over_and_out),
        cmocka_unit_test(a_variable_is_watched),
        cmocka_unit_test(more_hardware_breakpoints_than_there_are_is_said),
        cmocka_unit_test(reading_is_watched_where_the_processor_cannot_do_it_alone),
        cmocka_unit_test(functions_of_the_program_are_called),
        cmocka_unit_test(a_condition_is_evaluated_for_each_hit),
        cmocka_unit_test(a_library_that_is_loaded_later_is_seen),
        cmocka_unit_test(libraries_of_a_program_that_the_linker_was_told_to_run_are_seen),
        cmocka_unit_test(another_program_that_is_executed_is_followed),
        cmocka_unit_test(registers_of_all_kinds_are_shown_and_written),
        cmocka_unit_test(a_signal_is_delivered_replaced_or_swallowed),
        cmocka_unit_test(a_program_that_is_detached_at_a_breakpoint_runs_on_unharmed),
        cmocka_unit_test(an_interrupt_stops_a_program_that_runs),
        cmocka_unit_test(a_program_is_killed),
        cmocka_unit_test(python_with_fifty_threads_is_attached_and_let_go),
        cmocka_unit_test(monitor_commands_are_answered),
        cmocka_unit_test(a_haiku_target_is_debugged),
    };
    return cmocka_run_group_tests_name("GDB with hdbg-server", tests, NULL, NULL);
}
