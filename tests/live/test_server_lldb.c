/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * LLDB, as it is, debugs through hdbg-server. Where there is none, these tests are left out.
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

#define SERVER_TOOL   HDBG_TEST_TOOLS "/hdbg-server"
#define COMMANDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Starts the server with a fixture, connects LLDB, and gives it commands. */
static void lldb(struct report_run *run, const char *const *server_arguments, const char *program,
                 const char *const *commands)
{
    struct report_run server;
    char connect[64];
    const char *argv[64] = {"lldb-14", "--no-lldbinit", "--batch", "-o"};
    int count = 4;
    if (access("/usr/bin/lldb-14", X_OK) != 0)
        skip();
    report_start(&server, server_arguments);
    report_await_error(&server, "Listening on port ");
    snprintf(connect, sizeof connect, "gdb-remote 127.0.0.1:%d",
             atoi(strstr(server.error_text, "Listening on port ") + strlen("Listening on port ")));
    argv[count++] = connect;
    for (; *commands != NULL; commands++) {
        argv[count++] = "-o";
        argv[count++] = *commands;
    }
    argv[count++] = "--";
    argv[count++] = program;
    report_all(run, argv);
    report_finish(&server);
    assert_int_equal(server.status, 0);
    report_clean(&server);
}

#define WATCHED HDBG_TEST_FIXTURES "/watched"

static void a_program_is_debugged(void **state)
{
    (void)state;
    struct report_run run;
    lldb(&run, COMMANDS(SERVER_TOOL, "--once", ":0", WATCHED, "work", "3", "5"), WATCHED,
         COMMANDS("breakpoint set -n counted", "continue", "bt", "thread list",
                  "register read rip xmm0 fs_base", "next", "thread step-inst", "image list",
                  "expression answer(4, 2)", "breakpoint delete 1", "watchpoint set variable gWatched[0]",
                  "continue", "watchpoint delete 1", "continue"));
    report_expect(run.output_text, "stop reason = breakpoint 1.1");
    report_expect(run.output_text, "watched`work(argument=");
    report_expect(run.output_text, "thread #4: tid = ");
    report_expect(run.output_text, "xmm0 = {0x");
    report_expect(run.output_text, "stop reason = step over");
    report_expect(run.output_text, "stop reason = instruction step into");
    report_expect(run.output_text, "/libc.so.6");
    report_expect(run.output_text, "$0 = 42");
    report_expect(run.output_text, "stop reason = watchpoint 1");
    report_expect(run.output_text, "exited with status = 42");
    report_clean(&run);
}

static void a_crash_is_shown(void **state)
{
    (void)state;
    struct report_run run;
    lldb(&run, COMMANDS(SERVER_TOOL, "--once", ":0", WATCHED, "fault"), WATCHED, COMMANDS("continue", "bt"));
    report_expect(run.output_text, "stop reason = signal SIGSEGV");
    report_expect(run.output_text, "frame #0: 0x");
    report_expect(run.output_text, "watched`main(argc=2, argv=");
    report_clean(&run);
}

/* A program that does not say that it is one of GNU/Linux, as Haiku's do not. LLDB has no idea of where Haiku
 * loads programs: it is told. */
static void a_haiku_target_is_debugged(void **state)
{
    (void)state;
    struct report_run run;
    char program[64], load[160];
    snprintf(program, sizeof program, "/tmp/hdbg-test-lldb-%d", (int)getpid());
    report_all(&run, COMMANDS("objcopy", "--remove-section=.note.*", WATCHED, program));
    assert_int_equal(run.status, 0);
    report_clean(&run);
    snprintf(load, sizeof load, "target modules load --file %s --slide 0x555555554000", program);
    lldb(&run, COMMANDS(SERVER_TOOL, "--once", "--as-haiku", ":0", program, "work", "3", "5"), program,
         COMMANDS("target list", load, "breakpoint set -n counted", "continue", "thread list", "next",
                  "breakpoint delete 1", "watchpoint set variable gWatched[0]", "continue",
                  "watchpoint delete 1", "continue"));
    unlink(program);
    report_expect(run.output_text, "arch=x86_64-unknown-haiku");
    report_expect(run.output_text, "stop reason = breakpoint 1.1");
    report_expect(run.output_text, "`counted at watched.c:");
    report_expect(run.output_text, "thread #4: tid = ");
    report_expect(run.output_text, "stop reason = step over");
    report_expect(run.output_text, "stop reason = watchpoint 1");
    report_expect(run.output_text, "exited with status = 42");
    report_clean(&run);
}

#define FAMILY HDBG_TEST_FIXTURES "/family"

static void the_parent_or_the_child_is_followed(void **state)
{
    (void)state;
    static const char *const kModes[] = {"fork", "vfork"};
    for (int i = 0; i < 4; i++) {
        struct report_run run;
        bool child = i / 2 != 0;
        lldb(&run, COMMANDS(SERVER_TOOL, "--once", ":0", FAMILY, kModes[i % 2]), FAMILY,
             COMMANDS(child ? "settings set target.process.follow-fork-mode child"
                            : "settings set target.process.follow-fork-mode parent",
                      "process handle SIGCHLD --stop false --notify false --pass true",
                      "breakpoint set -n marked5", "continue", "bt", "continue"));
        report_expect(run.output_text, "stop reason = breakpoint 1.1");
        report_expect(run.output_text, child ? "family`run_marked at " : "family`main(argc=2");
        if (!child)
            report_expect_none(run.output_text, "family`run_marked at ");
        report_expect(run.output_text, "exited with status = 21");
        report_clean(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_is_debugged),
        cmocka_unit_test(a_crash_is_shown),
        cmocka_unit_test(a_haiku_target_is_debugged),
        cmocka_unit_test(the_parent_or_the_child_is_followed),
    };
    return cmocka_run_group_tests_name("LLDB with hdbg-server", tests, NULL, NULL);
}
