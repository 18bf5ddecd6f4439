/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What editors make of GDB: its machine interface, driven through hdbg-server.
 */
#define _GNU_SOURCE
#include "report_run.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define SERVER_TOOL    HDBG_TEST_TOOLS "/hdbg-server"
#define FIXTURE(name)  HDBG_TEST_FIXTURES "/" name
#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* GDB, and how many commands it was given. */
struct mi {
    struct report_run run;
    int token;
};

static void mi_start(struct mi *mi, const char *program)
{
    memset(mi, 0, sizeof *mi);
    report_start(&mi->run, ARGUMENTS("gdb", "-nx", "-q", "-i=mi3", "-iex", "set debuginfod enabled off",
                                     "-iex", "set sysroot /", program));
    report_await_output(&mi->run, "(gdb)");
}

/* Gives a command, and waits for its result: the output holds it, and what else was said since. */
static const char *mi_do(struct mi *mi, const char *result, const char *format, ...)
{
    char command[1024], wanted[64];
    va_list arguments;
    int begin = snprintf(command, sizeof command, "%d", ++mi->token);
    va_start(arguments, format);
    vsnprintf(command + begin, sizeof command - (size_t)begin - 1, format, arguments);
    va_end(arguments);
    strcat(command, "\n");
    mi->run.output_size = 0;
    mi->run.output_text[0] = '\0';
    report_type(&mi->run, command);
    snprintf(wanted, sizeof wanted, "%d^", mi->token);
    const char *line = report_await_line(&mi->run, wanted);
    snprintf(wanted, sizeof wanted, "%d^%s", mi->token, result);
    if (strncmp(line, wanted, strlen(wanted)) != 0)
        fail_msg("'%s' is answered with %s", format, line);
    return mi->run.output_text;
}

/* The same with a command that lets the program run: waits until it stands, and why. */
static void mi_run(struct mi *mi, const char *reason, const char *command)
{
    mi_do(mi, "running", "%s", command);
    report_expect(report_await_line(&mi->run, "*stopped"), reason);
}

static void mi_end(struct mi *mi)
{
    report_type(&mi->run, "-gdb-exit\n");
    report_finish(&mi->run);
    assert_int_equal(mi->run.status, 0);
    report_clean(&mi->run);
}

/* ---- what editors do ---- */

static void look_around(struct mi *mi)
{
    report_expect(mi_do(mi, "done", "-stack-list-frames"), "frame={level=\"0\"");
    report_expect(mi->run.output_text, "func=\"main\"");
    report_expect(mi_do(mi, "done", "-stack-list-variables --all-values"), "name=\"argc\"");
    report_expect(mi->run.output_text, "value=\"4\"");
    report_expect(mi_do(mi, "done", "-var-create program * argv[1]"), "\\\"work\\\"");
    report_expect(mi_do(mi, "done", "-var-create all * gWatched"), "numchild=\"8\"");
    report_expect(mi_do(mi, "done", "-var-list-children --all-values all"), "exp=\"7\"");
    report_expect(mi_do(mi, "done", "-data-evaluate-expression argc+38"), "value=\"42\"");
    report_expect(mi_do(mi, "done", "-data-list-register-values x 16"), "number=\"16\",value=\"0x");
    report_expect(mi_do(mi, "done", "-data-read-memory-bytes $pc 4"), "contents=\"");
    report_expect(mi_do(mi, "done", "-data-disassemble -s $pc -e \"$pc+8\" -- 0"), "func-name=\"main\"");
    report_expect(mi_do(mi, "done", "-thread-info"), "state=\"stopped\"");
}

static void a_program_is_launched_looked_at_and_run_to_its_end(void **state)
{
    (void)state;
    struct mi mi;
    mi_start(&mi, FIXTURE("watched"));
    mi_do(&mi, "connected", "-target-select remote | " SERVER_TOOL " - %s work 1 9", FIXTURE("watched"));
    report_expect(mi_do(&mi, "done", "-break-insert main"), "func=\"main\"");
    mi_run(&mi, "reason=\"breakpoint-hit\"", "-exec-continue");
    look_around(&mi);

    mi_run(&mi, "reason=\"end-stepping-range\"", "-exec-next");
    mi_run(&mi, "reason=\"end-stepping-range\"", "-exec-next");
    mi_do(&mi, "done", "-break-insert -t work_in_threads");
    mi_run(&mi, "reason=\"breakpoint-hit\"", "-exec-continue");
    report_expect(mi.run.output_text, "args=[{name=\"count\",value=\"1\"}]");
    mi_run(&mi, "reason=\"end-stepping-range\"", "-exec-step-instruction");
    mi_do(&mi, "done",
          "-break-insert -c sCalls==3 counted"); /* one thread: no other one's hit is in between */
    mi_run(&mi, "reason=\"breakpoint-hit\"", "-exec-continue");
    report_expect(mi.run.output_text, "stopped-threads=\"all\"");
    report_expect(mi_do(&mi, "done", "-data-evaluate-expression sCalls"), "value=\"3\"");
    report_expect(mi_do(&mi, "done", "-thread-info"), "target-id=\"Thread ");
    mi_run(&mi, "reason=\"end-stepping-range\"", "-exec-step");
    mi_run(&mi, "reason=\"function-finished\"", "-exec-finish");
    mi_do(&mi, "done", "-break-delete");
    mi_do(&mi, "done", "-break-watch gWatched[0]");
    mi_do(&mi, "done", "-break-delete");
    mi_run(&mi, "reason=\"exited\",exit-code=\"052\"", "-exec-continue");
    mi_end(&mi);
}

static void a_variable_is_changed_and_watched(void **state)
{
    (void)state;
    struct mi mi;
    mi_start(&mi, FIXTURE("watched"));
    mi_do(&mi, "connected", "-target-select remote | " SERVER_TOOL " - %s work 1 1", FIXTURE("watched"));
    mi_do(&mi, "done", "-break-insert counted");
    mi_run(&mi, "reason=\"breakpoint-hit\"", "-exec-continue");
    mi_do(&mi, "done", "-var-create element * gWatched[0]");
    report_expect(mi_do(&mi, "done", "-var-assign element 5"), "value=\"5\"");
    mi_do(&mi, "done", "-break-watch gWatched[0]");
    mi_run(&mi, "reason=\"watchpoint-trigger\"", "-exec-continue");
    report_expect(mi.run.output_text, "value={old=\"5\",new=\"1\"}");
    report_expect(mi_do(&mi, "done", "-var-update --all-values element"), "value=\"1\"");
    mi_do(&mi, "done", "-break-delete");
    mi_run(&mi, "reason=\"exited\",exit-code=\"052\"", "-exec-continue");
    mi_end(&mi);
}

static void a_crash_is_told_with_its_signal(void **state)
{
    (void)state;
    struct mi mi;
    mi_start(&mi, FIXTURE("watched"));
    mi_do(&mi, "connected", "-target-select remote | " SERVER_TOOL " - %s fault", FIXTURE("watched"));
    mi_run(&mi, "reason=\"signal-received\",signal-name=\"SIGSEGV\"", "-exec-continue");
    report_expect(mi_do(&mi, "done", "-stack-list-frames"), "func=\"main\"");
    mi_run(&mi, "reason=\"exited-signalled\",signal-name=\"SIGSEGV\"", "-exec-continue");
    mi_end(&mi);
}

static void a_program_that_runs_is_attached_interrupted_and_let_go(void **state)
{
    (void)state;
    struct mi mi;
    struct report_run crowd;
    report_start(&crowd, ARGUMENTS(FIXTURE("crowd"), "20"));
    report_await_output(&crowd, "ready\n");
    mi_start(&mi, FIXTURE("crowd"));
    mi_do(&mi, "done", "-gdb-set mi-async on");
    mi_do(&mi, "connected", "-target-select remote | " SERVER_TOOL " --attach - %d", (int)crowd.pid);
    report_expect(mi_do(&mi, "done", "-thread-info"), "id=\"21\"");
    report_expect(mi_do(&mi, "done", "-stack-list-frames"), "frame={level=\"0\"");
    mi_do(&mi, "running", "-exec-continue");
    report_type(&crowd, "go\n");
    report_await_output(&crowd, "counting\n");
    mi_do(&mi, "done", "-exec-interrupt");
    report_await_line(&mi.run, "*stopped,reason=\"signal-received\",signal-name=\"SIGINT\"");
    mi_do(&mi, "done", "-target-detach");
    report_await_traced(crowd.pid, false);
    mi_end(&mi);
    report_finish(&crowd);
    assert_int_equal(crowd.status, 7);
    report_clean(&crowd);
}

static void a_program_is_run_again_by_an_editor_that_stays_connected(void **state)
{
    (void)state;
    struct mi mi;
    mi_start(&mi, FIXTURE("watched"));
    mi_do(&mi, "connected", "-target-select extended-remote | " SERVER_TOOL " --multi -");
    mi_do(&mi, "done", "-gdb-set remote exec-file %s", FIXTURE("watched"));
    mi_do(&mi, "done", "-exec-arguments work 2 3");
    mi_do(&mi, "done", "-break-insert at_end");
    for (int i = 0; i < 2; i++) {
        mi_run(&mi, "reason=\"breakpoint-hit\"", "-exec-run");
        report_expect(mi_do(&mi, "done", "-data-evaluate-expression sCalls"), "value=\"6\"");
        mi_run(&mi, "reason=\"exited\",exit-code=\"052\"", "-exec-continue");
    }
    mi_end(&mi);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_is_launched_looked_at_and_run_to_its_end),
        cmocka_unit_test(a_variable_is_changed_and_watched),
        cmocka_unit_test(a_crash_is_told_with_its_signal),
        cmocka_unit_test(a_program_that_runs_is_attached_interrupted_and_let_go),
        cmocka_unit_test(a_program_is_run_again_by_an_editor_that_stays_connected),
    };
    return cmocka_run_group_tests_name("GDB's machine interface with hdbg-server", tests, NULL, NULL);
}
