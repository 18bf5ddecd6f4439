/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * GDB, as it is, debugs through hdbg-server.
 */
#define _GNU_SOURCE
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

#define SERVER_TOOL   HDBG_TEST_TOOLS "/hdbg-server"
#define COMMANDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define FIXTURE(name) HDBG_TEST_FIXTURES "/" name
#define CRASHER(name) HDBG_TEST_CRASHERS "/" name

/* Starts GDB, which starts the server with `program` (and arguments), and gives it commands. */
static void start_gdb(struct report_run *run, const char *program, const char *const *commands)
{
    char target[2048], file[1024];
    const char *argv[64] = {
        "gdb", "-nx",          "-batch", "-ex", "set debuginfod enabled off", "-ex", "set pagination off",
        "-ex", "set sysroot /"};
    int count = 9;
    snprintf(file, sizeof file, "%.*s", (int)strcspn(program, " "), program);
    snprintf(target, sizeof target, "target remote | " SERVER_TOOL " %s", program);
    if (*program == '/') {
        argv[count++] = file;
        snprintf(target, sizeof target, "target remote | " SERVER_TOOL " - %s", program);
    }
    argv[count++] = "-ex";
    argv[count++] = target;
    for (; *commands != NULL; commands++) {
        argv[count++] = "-ex";
        argv[count++] = *commands;
    }
    report_start(run, argv);
}

static void gdb(struct report_run *run, const char *program, const char *const *commands)
{
    start_gdb(run, program, commands);
    report_finish(run);
}

/* How often a text is in another one. */
static int count_of(const char *text, const char *part)
{
    int count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        count++;
    return count;
}

static void a_program_runs_to_main_and_to_its_end(void **state)
{
    (void)state;
    struct report_run run;
    gdb(&run, FIXTURE("watched work 2 3"),
        COMMANDS("break main", "continue", "backtrace", "info sharedlibrary", "continue"));
    report_expect(run.output_text, "Breakpoint 1, main (argc=4, argv=");
    report_expect(run.output_text, "#0  main (argc=4, argv=");
    report_expect(run.output_text, "/libc.so.6\n");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

static void a_crash_shows_its_stack_and_ends_the_program(void **state)
{
    (void)state;
    struct report_run run;
    gdb(&run, CRASHER("null-write"), COMMANDS("continue", "backtrace", "continue"));
    report_expect(run.output_text, "Program received signal SIGSEGV, Segmentation fault.");
    report_expect(run.output_text, "in main ");
    report_expect(run.output_text, "Program terminated with signal SIGSEGV, Segmentation fault.");
    report_clean(&run);
}

static void fifty_threads_are_listed_and_no_hit_of_theirs_is_lost(void **state)
{
    (void)state;
    struct report_run run;
    gdb(&run, FIXTURE("watched work 50 1"),
        COMMANDS("break work", "continue", "info threads", "delete", "break counted", "ignore 2 1000000",
                 "break at_end", "continue", "info threads", "info breakpoints"));
    assert_true(count_of(run.output_text, "Thread ") >= 50);
    report_expect(run.output_text, "at_end ()");
    report_expect(run.output_text, "breakpoint already hit 50 times");
    report_clean(&run);
}

static void a_thousand_instructions_are_stepped(void **state)
{
    (void)state;
    struct report_run run;
    gdb(&run, FIXTURE("watched work 1 1"),
        COMMANDS("break main", "continue", "set $before = $pc", "stepi 1000",
                 "printf \"moved: %d\\n\", $pc != $before", "delete", "continue"));
    report_expect(run.output_text, "moved: 1\n");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

static void lines_are_stepped_into_over_and_out(void **state)
{
    (void)state;
    struct report_run run;
    gdb(&run, FIXTURE("watched work 1 1"),
        COMMANDS("break main", "continue", "next", "next", "advance work_in_threads", "finish", "continue"));
    report_expect(run.output_text, "sRounds = atoi(argv[3]);");
    report_expect(run.output_text, "return work_in_threads(atoi(argv[2]));");
    report_expect(run.output_text, "work_in_threads (count=1) at ");
    report_expect(run.output_text, "Value returned is $1 = 42");
    report_clean(&run);
}

static void a_variable_is_watched(void **state)
{
    (void)state;
    struct report_run run;
    gdb(&run, FIXTURE("watched work 1 1"),
        COMMANDS("watch gWatched[0]", "continue", "backtrace 1", "delete", "continue"));
    report_expect(run.output_text, "Hardware watchpoint 1: gWatched[0]");
    report_expect(run.output_text, "Old value = 0\nNew value = 1\n");
    report_expect(run.output_text, "#0  store () at ");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

static void reading_is_watched_where_the_processor_cannot_do_it_alone(void **state)
{
    (void)state;
    struct report_run run;
    gdb(&run, FIXTURE("watched work 1 1"), COMMANDS("rwatch gWatched[0]", "continue", "backtrace 1", "kill"));
    report_expect(run.output_text, "read watchpoint 1: gWatched[0]");
    report_expect(run.output_text, "#0  load () at ");
    report_clean(&run);
}

static void functions_of_the_program_are_called(void **state)
{
    (void)state;
    struct report_run run;
    gdb(&run, FIXTURE("watched work 1 1"),
        COMMANDS("break counted", "continue", "print (int)strlen(\"twelve chars\")", "print answer(4, 2)",
                 "backtrace 1", "delete", "continue"));
    report_expect(run.output_text, "$1 = 12\n");
    report_expect(run.output_text, "$2 = 42\n");
    report_expect(run.output_text, "#0  counted () at ");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

static void a_condition_is_evaluated_for_each_hit(void **state)
{
    (void)state;
    struct report_run run;
    gdb(&run, FIXTURE("watched work 1 100"),
        COMMANDS("break counted if sCalls == 77", "continue", "print sCalls", "info breakpoints", "delete",
                 "continue"));
    report_expect(run.output_text, "hit Breakpoint 1, counted ()");
    report_expect(run.output_text, "$1 = 77\n");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

static void a_library_that_is_loaded_later_is_seen(void **state)
{
    (void)state;
    struct report_run run;
    gdb(&run, CRASHER("crash-in-dlopened-library"), COMMANDS("continue", "backtrace", "info sharedlibrary"));
    report_expect(run.output_text, "Program received signal SIGSEGV");
    report_expect(run.output_text, "/libreader.so\n");
    report_clean(&run);
}

static void another_program_that_is_executed_is_followed(void **state)
{
    (void)state;
    struct report_run run;
    gdb(&run, CRASHER("crash-after-exec"), COMMANDS("catch exec", "continue", "continue", "backtrace"));
    report_expect(run.output_text, "Catchpoint 1 (exec'd ");
    report_expect(run.output_text, "Program received signal SIGSEGV");
    report_clean(&run);
}

static void registers_of_all_kinds_are_shown_and_written(void **state)
{
    (void)state;
    struct report_run run;
    gdb(&run, FIXTURE("watched work 1 1"),
        COMMANDS("break main", "continue", "print $fs_base != 0", "print $orig_rax",
                 "set $xmm3.v4_int32[2] = 77", "print $xmm3.v4_int32[2]", "set $ymm5.v8_int32[7] = 78",
                 "print $ymm5.v8_int32[7]", "set $st2 = 1.5", "print $st2", "print $eflags", "print $mxcsr",
                 "continue"));
    report_expect(run.output_text, "$1 = 1\n$2 = -1\n$3 = 77\n$4 = 78\n$5 = 1.5\n$6 = [ ");
    report_expect(run.output_text, "$7 = [ IM DM ZM OM UM PM ]\n");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

static void a_signal_is_delivered_replaced_or_swallowed(void **state)
{
    (void)state;
    struct report_run run;
    gdb(&run, FIXTURE("watched fault"), COMMANDS("continue", "signal SIGTERM"));
    report_expect(run.output_text, "Program terminated with signal SIGTERM, Terminated.");
    report_clean(&run);
    gdb(&run, FIXTURE("watched fault"), COMMANDS("continue", "set $rax = gWatched", "signal 0"));
    report_expect(run.output_text, "exited with code 02]");
    report_clean(&run);
}

static void a_program_that_is_detached_at_a_breakpoint_runs_on_unharmed(void **state)
{
    (void)state;
    struct report_run run, crowd;
    char target[64];
    report_start(&crowd, COMMANDS(FIXTURE("crowd"), "20"));
    report_await_output(&crowd, "ready\n");
    snprintf(target, sizeof target, "--attach - %d", (int)crowd.pid);
    gdb(&run, target, COMMANDS("break usleep", "continue", "continue", "detach"));
    assert_int_equal(count_of(run.output_text, "hit Breakpoint 1, "), 2);
    report_expect(run.output_text, "detached]");
    report_await_traced(crowd.pid, false);
    report_type(&crowd, "go\n");
    report_await_output(&crowd, "counting\n");
    report_finish(&crowd);
    assert_int_equal(crowd.status, 7);
    report_clean(&crowd);
    report_clean(&run);
}

static void an_interrupt_stops_a_program_that_runs(void **state)
{
    (void)state;
    struct report_run run, crowd;
    char target[64];
    report_start(&crowd, COMMANDS(FIXTURE("crowd"), "20"));
    report_await_output(&crowd, "ready\n");
    snprintf(target, sizeof target, "--attach - %d", (int)crowd.pid);
    start_gdb(&run, target, COMMANDS("echo connected\\n", "continue", "info threads", "detach"));
    report_await_output(&run, "connected\n");
    report_type(&crowd, "go\n");
    report_await_output(&crowd, "counting\n"); /* so it has gone on */
    assert_int_equal(kill(run.pid, SIGINT), 0);
    report_finish(&run);
    report_expect(run.output_text, "received signal SIGINT");
    report_expect(run.output_text, "  21   Thread ");
    report_expect(run.output_text, "detached]");
    report_finish(&crowd);
    assert_int_equal(crowd.status, 7);
    report_clean(&crowd);
    report_clean(&run);
}

static void a_program_is_killed(void **state)
{
    (void)state;
    struct report_run run;
    gdb(&run, FIXTURE("watched work 50 3"), COMMANDS("break counted", "continue", "kill"));
    report_expect(run.output_text, "killed]");
    report_clean(&run);
}

static void python_with_fifty_threads_is_attached_and_let_go(void **state)
{
    (void)state;
    struct report_run run, python;
    char target[64];
    report_start(&python, COMMANDS("python3", "-c",
                                   "import threading, sys\n"
                                   "stop = threading.Event()\n"
                                   "threads = [threading.Thread(target=stop.wait) for i in range(50)]\n"
                                   "for thread in threads: thread.start()\n"
                                   "print('ready', flush=True)\n"
                                   "sys.stdin.readline()\n"
                                   "stop.set()\n"
                                   "for thread in threads: thread.join()\n"
                                   "print('good')\n"));
    report_await_output(&python, "ready\n");
    snprintf(target, sizeof target, "--attach - %d", (int)python.pid);
    gdb(&run, target, COMMANDS("info threads", "thread apply all -q backtrace 1", "detach"));
    assert_int_equal(count_of(run.output_text, " Thread "), 51);
    assert_int_equal(count_of(run.output_text, "#0  "), 51);
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
    gdb(&run, FIXTURE("watched work 1 1"),
        COMMANDS("monitor help", "monitor images", "monitor areas", "monitor threads", "monitor statistics",
                 "monitor nope", "kill"));
    report_expect(run.error_text, "numbers of the debugging session\n");
    report_expect(run.error_text, "/fixtures/watched\n");
    report_expect(run.error_text, " r-x ");
    report_expect(run.error_text, " requests to nubs, of which 0 timed out\n");
    report_expect(run.error_text, "There is no such command.");
    report_clean(&run);
}

static void a_haiku_target_is_debugged(void **state)
{
    (void)state;
    struct report_run run;
    gdb(&run, "--as-haiku - " FIXTURE("watched work 1 1"),
        COMMANDS("file " FIXTURE("watched"), "info threads", "info registers rip", "detach"));
    report_expect(run.output_text, "Thread ");
    report_expect(run.output_text, "rip  ");
    report_expect(run.output_text, "detached]");
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
        cmocka_unit_test(reading_is_watched_where_the_processor_cannot_do_it_alone),
        cmocka_unit_test(functions_of_the_program_are_called),
        cmocka_unit_test(a_condition_is_evaluated_for_each_hit),
        cmocka_unit_test(a_library_that_is_loaded_later_is_seen),
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
