/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What LLDB has added to the protocol: its packets one by one, and LLDB itself, which uses them.
 */
#define _GNU_SOURCE
#include "server_client.h"

#include <inttypes.h>
#include <signal.h>
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

/* ---- packets ---- */

static uint64_t go_to_threads(struct server_client *client)
{
    client_launch(client, NULL, "watched", ARGUMENTS("work", "3", "1"));
    client_go_to(client, "all_there");
    client_ask(client, "?");
    return client_field(client, "thread");
}

static void a_suffix_names_the_thread_whose_registers_are_meant(void **state)
{
    (void)state;
    struct server_client client;
    uint64_t main_thread = go_to_threads(&client), other = main_thread;
    char *list = strdup(client_ask(&client, "qfThreadInfo")), *rest = list + 1;
    for (char *id; (id = strsep(&rest, ",")) != NULL;)
        other = strtoull(id, NULL, 16) != main_thread ? strtoull(id, NULL, 16) : other;
    assert_true(other != main_thread);
    char *own = strdup(client_ask(&client, "p7"));
    assert_string_equal(client_ask(&client, "QThreadSuffixSupported"), "OK");
    assert_string_equal(client_ask(&client, "p7;thread:%" PRIx64 ";", main_thread), own);
    char *foreign = strdup(client_ask(&client, "p7;thread:%" PRIx64 ";", other));
    assert_string_not_equal(foreign, own);
    assert_string_equal(client_ask(&client, "p7"), own); /* without one, as ever */
    char *all = strdup(client_ask(&client, "g;thread:%" PRIx64 ";", other));
    assert_memory_equal(all + 7 * 16, foreign, 16);
    assert_string_equal(client_ask(&client, "G%s;thread:%" PRIx64 ";", all, other), "OK");
    assert_string_equal(client_ask(&client, "P1=0102030405060708;thread:%" PRIx64 ";", other), "OK");
    assert_string_equal(client_ask(&client, "p1;thread:%" PRIx64 ";", other), "0102030405060708");
    assert_memory_equal(client_ask(&client, "g;thread:%" PRIx64 ";", other) + 16, "0102030405060708", 16);
    assert_string_equal(client_ask(&client, "G%s;thread:%" PRIx64 ";", all, other), "OK");
    free(list);
    free(own);
    free(foreign);
    free(all);
    client_run_out(&client, "W2a");
}

static void a_stop_lists_the_threads_if_that_is_wanted(void **state)
{
    (void)state;
    struct server_client client;
    go_to_threads(&client);
    client_ask(&client, "?");
    assert_null(strstr(client.answer, "threads:"));
    assert_string_equal(client_ask(&client, "QListThreadsInStopReply"), "OK");
    client_ask(&client, "?");
    const char *threads = strstr(client.answer, ";threads:"), *places = strstr(client.answer, ";thread-pcs:");
    assert_non_null(threads);
    assert_non_null(places);
    int commas = 0;
    for (const char *at = threads; *at != '\0'; at++)
        commas += *at == ',';
    assert_int_equal(commas, 6); /* four threads, four places */
    client_run_out(&client, "W2a");
}

static void threads_are_told_with_names_stops_and_registers(void **state)
{
    (void)state;
    struct server_client client;
    char wanted[128];
    uint64_t thread = go_to_threads(&client);
    client_ask(&client, "jThreadsInfo");
    snprintf(wanted, sizeof wanted,
             "{\"tid\":%" PRIu64 ",\"name\":\"watched\",\"reason\":\"breakpoint\",\"signal\":5", thread);
    report_expect(client.answer, wanted);
    snprintf(wanted, sizeof wanted, "\"16\":\"%016" PRIx64 "\"",
             __builtin_bswap64(client_symbol(&client, "all_there")));
    client_ask(&client, "jThreadsInfo");
    report_expect(client.answer, wanted);
    client_ask(&client, "qThreadStopInfo%" PRIx64, thread);
    client_expect(&client, "T05swbreak:;");
    client_ask(&client, "qThreadStopInfo7fffffff");
    client_expect(&client, "E");
    client_run_out(&client, "W2a");
}

static void registers_are_saved_and_put_back(void **state)
{
    (void)state;
    struct server_client client;
    go_to_threads(&client);
    char *before = strdup(client_ask(&client, "g"));
    assert_string_equal(client_ask(&client, "QSaveRegisterState"), "1");
    assert_string_equal(client_ask(&client, "P0=1122334455667788"), "OK");
    assert_string_equal(client_ask(&client, "QSaveRegisterState"), "2");
    assert_string_equal(client_ask(&client, "P0=0000000000000000"), "OK");
    assert_string_equal(client_ask(&client, "QRestoreRegisterState:2"), "OK");
    assert_string_equal(client_ask(&client, "p0"), "1122334455667788");
    client_ask(&client, "QRestoreRegisterState:2"); /* it was put back */
    client_expect(&client, "E");
    assert_string_equal(client_ask(&client, "QRestoreRegisterState:1"), "OK");
    assert_string_equal(client_ask(&client, "g"), before);
    free(before);
    client_run_out(&client, "W2a");
}

static void a_fault_is_put_back_with_the_registers(void **state)
{
    (void)state;
    struct server_client client;
    client_launch(&client, NULL, "server_cases", ARGUMENTS("fault"));
    client_ask(&client, "vCont;c");
    client_expect(&client, "T0b");
    assert_string_equal(client_ask(&client, "QSaveRegisterState"), "1");
    uint64_t function = client_symbol(&client, "read_third");
    assert_string_equal(client_ask(&client, "P10=%016" PRIx64, __builtin_bswap64(function)), "OK");
    client_ask(&client, "vCont;s");
    client_expect(&client, "T05");
    assert_string_equal(client_ask(&client, "QRestoreRegisterState:1"), "OK");
    assert_string_equal(client_ask(&client, "vCont;C0b"), "W2a"); /* its handler is told that very fault */
    client_end(&client, 0);
}

static void memory_is_given_and_taken_away(void **state)
{
    (void)state;
    struct server_client client;
    client_launch(&client, NULL, "server_cases", ARGUMENTS("count", "1"));
    client_go_to(&client, "main");
    uint64_t address = strtoull(client_ask(&client, "_M3000,rw"), NULL, 16);
    assert_true(address != 0 && address % 4096 == 0);
    assert_string_equal(client_ask(&client, "M%" PRIx64 ",4:01020304", address + 0x2ffc), "OK");
    assert_string_equal(client_ask(&client, "m%" PRIx64 ",4", address + 0x2ffc), "01020304");
    client_ask(&client, "qMemoryRegionInfo:%" PRIx64, address);
    report_expect(client.answer, "permissions:rw;");
    assert_string_equal(client_ask(&client, "_m%" PRIx64, address), "OK");
    client_ask(&client, "m%" PRIx64 ",4", address);
    client_expect(&client, "E");
    static const char *const kBad[] = {"_m0",   "_m7ffff7ffd000", "_m",       "_M",
                                       "_M0,r", "_M1000",         "_M1000,q", "_M,r"};
    for (size_t i = 0; i < sizeof kBad / sizeof *kBad; i++) {
        client_ask(&client, "%s", kBad[i]);
        client_expect(&client, "E");
    }
    client_ask(&client, "_m%" PRIx64, address); /* it was taken away */
    client_expect(&client, "E");
    client_ask(&client, "_M7fffffffffffffff,r"); /* more than there is */
    client_expect(&client, "E");
    client_run_out(&client, "W2a");
}

static void teams_users_and_folders_are_named(void **state)
{
    (void)state;
    struct server_client client;
    char wanted[64];
    int seen = 0;
    client_launch(&client, NULL, "server_cases", ARGUMENTS("count", "1"));
    int team = (int)client_team(&client);
    client_ask(&client, "qProcessInfoPID:%d", team);
    snprintf(wanted, sizeof wanted, "pid:%d;", team);
    client_expect(&client, wanted);
    report_expect(client.answer, "name:7365727665725f6361736573;"); /* server_cases */
    for (client_ask(&client, "qfProcessInfo"); client.answer[0] != 'E'; client_ask(&client, "qsProcessInfo"))
        seen += strncmp(client.answer, wanted, strlen(wanted)) == 0;
    assert_int_equal(seen, 1);
    assert_string_equal(client_ask(&client, "qUserName:0"), "726f6f74");
    assert_string_equal(client_ask(&client, "qGroupName:0"), "726f6f74");
    client_ask(&client, "qGetWorkingDir");
    client_expect(&client, "2f");
    client_run_out(&client, "W2a");
}

/* Sends a packet whose rest is a text in hexadecimal. */
static void ask_with_text(struct server_client *client, const char *packet, const char *text)
{
    char digits[512] = "";
    for (size_t i = 0; text[i] != '\0'; i++)
        snprintf(digits + 2 * i, 3, "%02x", (uint8_t)text[i]);
    client_ask(client, "%s%s", packet, digits);
}

static void a_program_reads_and_writes_where_the_client_says(void **state)
{
    (void)state;
    struct server_client client = {0};
    char folder[] = "/tmp/hdbg-server-streams-XXXXXX", input[64], output[64], error[64], command[96];
    assert_non_null(mkdtemp(folder));
    snprintf(input, sizeof input, "%s/in", folder);
    snprintf(output, sizeof output, "%s/out", folder);
    snprintf(error, sizeof error, "%s/err", folder);
    FILE *file = fopen(input, "w");
    assert_non_null(file);
    fputs("from the file\n", file);
    fclose(file);
    report_start(&client.run, ARGUMENTS(SERVER_TOOL, "--multi", "-"));
    client_ask(&client, "QStartNoAckMode");
    client_send_raw(&client, "+", 1);
    ask_with_text(&client, "QSetSTDIN:", input);
    client_expect(&client, "OK");
    ask_with_text(&client, "QSetSTDOUT:", output);
    client_expect(&client, "OK");
    ask_with_text(&client, "QSetSTDERR:", error);
    client_expect(&client, "OK");
    assert_string_equal(client_ask(&client, "QStartupWithShell:0"), "OK");
    ask_with_text(&client, "vRun;", "/bin/cat");
    client_expect(&client, "T05");
    assert_string_equal(client_ask(&client, "qLaunchSuccess"), "OK");
    client_ask(&client, "vCont;c");
    client_expect(&client, "W00");
    char *text = report_read_file(output);
    assert_string_equal(text, "from the file\n");
    free(text);
    ask_with_text(&client, "QSetSTDIN:", "/nowhere/at/all"); /* then nothing can be launched */
    client_expect(&client, "OK");
    ask_with_text(&client, "vRun;", "/bin/cat");
    client_expect(&client, "E");
    client_ask(&client, "qLaunchSuccess");
    client_expect(&client, "E");
    client_end(&client, 0);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void packets_that_make_no_sense_are_errors(void **state)
{
    (void)state;
    static const char *const kBad[] = {"QSaveRegisterState;thread:7fffffff;",
                                       "QRestoreRegisterState:",
                                       "QRestoreRegisterState:1",
                                       "QRestoreRegisterState:99999999999999999999999",
                                       "QRestoreRegisterState:x",
                                       "qThreadStopInfo",
                                       "qThreadStopInfozz",
                                       "p0;thread:;",
                                       "p0;thread:7fffffff;",
                                       "p;thread:0;",
                                       "P0=;thread:0;",
                                       "qProcessInfoPID:",
                                       "qProcessInfoPID:999999999999",
                                       "qProcessInfoPID:1x",
                                       "QSetSTDIN:",
                                       "QSetSTDOUT:zz",
                                       "qUserName:",
                                       "qUserName:4294967290",
                                       "qGroupName:x",
                                       "qFileLoadAddress:zz",
                                       "qFileLoadAddress:",
                                       "qFileLoadAddress:2f6e6f7065"};
    struct server_client client;
    client_launch(&client, NULL, "server_cases", ARGUMENTS("count", "1"));
    assert_string_equal(client_ask(&client, "QThreadSuffixSupported"), "OK");
    for (size_t i = 0; i < sizeof kBad / sizeof *kBad; i++) {
        client_ask(&client, "%s", kBad[i]);
        client_expect(&client, "E");
    }
    assert_string_equal(client_ask(&client, "jNonsense"), "");
    assert_string_equal(client_ask(&client, "j"), "");
    client_run_out(&client, "W2a");
}

/* ---- LLDB ---- */

/* Starts the server with a fixture and LLDB, which connects and is given commands, and others for when the
 * program has crashed. False: there is no LLDB. */
static bool lldb(struct report_run *run, const char *fixture_case, const char *const *commands,
                 const char *const *crash_commands)
{
    struct report_run server;
    char connect[64];
    const char *argv[64] = {"lldb-14", "--no-lldbinit", "--batch", "-o"};
    int count = 4;
    if (access("/usr/bin/lldb-14", X_OK) != 0)
        return false;
    report_start(&server, ARGUMENTS(SERVER_TOOL, "--once", ":0", CASES, fixture_case, "20"));
    report_await_error(&server, "Listening on port ");
    snprintf(connect, sizeof connect, "gdb-remote 127.0.0.1:%d",
             atoi(strstr(server.error_text, "Listening on port ") + strlen("Listening on port ")));
    argv[count++] = connect;
    for (; *commands != NULL; commands++) {
        argv[count++] = "-o";
        argv[count++] = *commands;
    }
    for (; *crash_commands != NULL; crash_commands++) {
        argv[count++] = "-k";
        argv[count++] = *crash_commands;
    }
    argv[count++] = "--";
    argv[count++] = CASES;
    report_all(run, argv);
    report_finish(&server);
    report_clean(&server);
    return true;
}

static void lldb_calls_functions_at_a_fault_and_the_fault_stays(void **state)
{
    (void)state;
    struct report_run run;
    if (!lldb(&run, "fault", COMMANDS("continue"),
              COMMANDS("expression write_first(3)", "expression gFirst", "continue")))
        skip();
    report_expect(run.output_text, "stop reason = signal SIGSEGV");
    report_expect(run.output_text, "$0 = 3");
    report_expect(run.output_text, "exited with status = 42");
    report_clean(&run);
}

static void lldb_tells_watchpoints_apart(void **state)
{
    (void)state;
    struct report_run run;
    if (!lldb(&run, "watch",
              COMMANDS("watchpoint set variable -w read_write gThird", "watchpoint set variable gSecond",
                       "continue", "continue", "watchpoint delete -f", "continue"),
              COMMANDS("quit")))
        skip();
    report_expect(run.output_text, "stop reason = watchpoint 2");
    report_expect(run.output_text, "exited with status = 42");
    report_clean(&run);
}

static void lldb_evaluates_conditions_and_expressions(void **state)
{
    (void)state;
    struct report_run run;
    if (!lldb(&run, "count",
              COMMANDS("breakpoint set -n counted -c 'number == 7'", "continue", "frame variable number",
                       "expression int $mine = number * 6; $mine", "memory region $rip",
                       "breakpoint delete -f", "continue"),
              COMMANDS("quit")))
        skip();
    report_expect(run.output_text, "(int) number = 7");
    report_expect(run.output_text, "$0 = 42");
    report_expect(run.output_text, " r-x ");
    report_expect(run.output_text, "exited with status = 42");
    report_clean(&run);
}

/* The platform of a server without a program: the teams of its machine. */
static void lldb_lists_the_teams_of_a_platform(void **state)
{
    (void)state;
    struct report_run run, server;
    char connect[64], info[64];
    if (access("/usr/bin/lldb-14", X_OK) != 0)
        skip();
    report_start(&server, ARGUMENTS(SERVER_TOOL, "--multi", "127.0.0.1:0"));
    report_await_error(&server, "Listening on port ");
    snprintf(connect, sizeof connect, "platform connect connect://127.0.0.1:%d",
             atoi(strstr(server.error_text, "Listening on port ") + strlen("Listening on port ")));
    snprintf(info, sizeof info, "platform process info %d", (int)server.pid);
    report_all(&run, ARGUMENTS("lldb-14", "--no-lldbinit", "--batch", "-o", "platform select remote-linux",
                               "-o", connect, "-o", info, "-o", "platform process list"));
    report_expect(run.output_text, "name = hdbg-server");
    report_expect(run.output_text, "matching processes were found");
    report_clean(&run);
    assert_int_equal(kill(server.pid, SIGTERM), 0);
    report_finish(&server);
    report_clean(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_suffix_names_the_thread_whose_registers_are_meant),
        cmocka_unit_test(a_stop_lists_the_threads_if_that_is_wanted),
        cmocka_unit_test(threads_are_told_with_names_stops_and_registers),
        cmocka_unit_test(registers_are_saved_and_put_back),
        cmocka_unit_test(a_fault_is_put_back_with_the_registers),
        cmocka_unit_test(memory_is_given_and_taken_away),
        cmocka_unit_test(teams_users_and_folders_are_named),
        cmocka_unit_test(a_program_reads_and_writes_where_the_client_says),
        cmocka_unit_test(packets_that_make_no_sense_are_errors),
        cmocka_unit_test(lldb_calls_functions_at_a_fault_and_the_fault_stays),
        cmocka_unit_test(lldb_tells_watchpoints_apart),
        cmocka_unit_test(lldb_evaluates_conditions_and_expressions),
        cmocka_unit_test(lldb_lists_the_teams_of_a_platform),
    };
    return cmocka_run_group_tests_name("LLDB's packets of hdbg-server", tests, NULL, NULL);
}
