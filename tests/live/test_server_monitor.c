/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * `monitor` commands of hdbg-server.
 */
#define _GNU_SOURCE
#include "gdb_run.h"
#include "server_client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define COMMANDS(...)  ARGUMENTS(__VA_ARGS__)
#define CASES          HDBG_TEST_FIXTURES "/server_cases"

static void teams_and_threads_are_listed(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CASES, "- " CASES " count 3",
            COMMANDS("monitor teams", "monitor threads", "monitor images", "monitor areas", "kill"));
    report_expect(run.error_text, " threads " CASES " count 3\n");
    report_expect(run.error_text, " server_cases\n");
    report_expect(run.error_text, "/libc.so.6\n");
    report_expect(run.error_text, " r-x ");
    report_clean(&run);
}

static void help_lists_each_command(void **state)
{
    (void)state;
    static const char *const kNames[] = {"areas ",       "exit ",       "help ",  "images ", "packets on ",
                                         "packets off ", "statistics ", "teams ", "threads "};
    struct report_run run;
    gdb_all(&run, CASES, "- " CASES " count 3", COMMANDS("monitor help", "kill"));
    for (size_t i = 0; i < sizeof kNames / sizeof *kNames; i++)
        report_expect(run.error_text, kNames[i]);
    report_clean(&run);
}

static void packets_are_written_while_that_is_wanted(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CASES, "- " CASES " count 3",
            COMMANDS("monitor packets on", "maint packet qC", "monitor set remote-debug 0",
                     "maint packet qAttached", "kill"));
    report_expect(run.error_text, "\n<- qC\n-> $QC");
    report_expect_none(run.error_text, "<- qAttached\n");
    report_clean(&run);
}

static void packets_are_written_from_the_beginning_where_the_user_wants_them(void **state)
{
    (void)state;
    struct server_client client;
    char file[64], option[80];
    client_serve(&client, "", ARGUMENTS("--remote-debug", "-", CASES, "count", "1"));
    report_await_error(&client.run, "\n<- qSupported");
    client_run_out(&client, "W2a");
    report_clean(&client.run);

    snprintf(file, sizeof file, "/tmp/hdbg-test-packets-%d", (int)getpid());
    snprintf(option, sizeof option, "--debug-file=%s", file);
    client_serve(&client, "", ARGUMENTS(option, "--remote-debug", "-", CASES, "count", "1"));
    client_run_out(&client, "W2a");
    char *log = report_read_file(file);
    unlink(file);
    report_expect(log, "<- qSupported");
    report_expect(log, "\n-> $W2a");
    free(log);
}

static void an_extended_server_ends_when_it_is_told_to(void **state)
{
    (void)state;
    struct report_run run, server;
    char target[64];
    report_start(&server, ARGUMENTS(SERVER_TOOL, "--multi", "127.0.0.1:0"));
    report_await_error(&server, "Listening on port ");
    snprintf(target, sizeof target, "target extended-remote 127.0.0.1:%d",
             atoi(strstr(server.error_text, "Listening on port ") + strlen("Listening on port ")));
    report_all(&run, ARGUMENTS("gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex", target,
                               "-ex", "monitor areas", "-ex", "monitor exit"));
    report_expect(run.error_text, "No team is debugged.\n");
    report_clean(&run);
    report_finish(&server); /* by itself */
    assert_int_equal(server.status, 0);
    report_clean(&server);
}

static void commands_that_there_are_none_of_are_named_so(void **state)
{
    (void)state;
    struct server_client client;
    client_launch(&client, NULL, "server_cases", ARGUMENTS("count", "1"));
    static const char *const kBad[] = {
        "qRcmd,", "qRcmd,zz", "qRcmd,6e6f7065", "qRcmd",
        "qRcmd,61616161616161616161616161616161616161616161616161616161616161616161"};
    for (size_t i = 0; i < sizeof kBad / sizeof *kBad; i++) {
        client_ask(&client, "%s", kBad[i]);
        client_expect(&client, "5468657265206973206e6f2073756368"); /* "There is no such" */
    }
    client_run_out(&client, "W2a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(teams_and_threads_are_listed),
        cmocka_unit_test(help_lists_each_command),
        cmocka_unit_test(packets_are_written_while_that_is_wanted),
        cmocka_unit_test(packets_are_written_from_the_beginning_where_the_user_wants_them),
        cmocka_unit_test(an_extended_server_ends_when_it_is_told_to),
        cmocka_unit_test(commands_that_there_are_none_of_are_named_so),
    };
    return cmocka_run_group_tests_name("Monitor commands of hdbg-server", tests, NULL, NULL);
}
