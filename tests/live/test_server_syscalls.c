/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * System calls that clients of hdbg-server catch.
 */
#define _GNU_SOURCE
#include "gdb_run.h"
#include "server_client.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define COMMANDS(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define ARGUMENTS(...) COMMANDS(__VA_ARGS__)
#define CASES          HDBG_TEST_FIXTURES "/server_cases"
#include <sys/syscall.h>

/* To main(), whose system calls are its own. */
static void start(struct server_client *client)
{
    client_launch(client, NULL, "server_cases", ARGUMENTS("syscalls"));
    client_go_to(client, "main");
}

static void expect_call(struct server_client *client, const char *what, long number)
{
    char wanted[64];
    client_ask(client, "vCont;c");
    snprintf(wanted, sizeof wanted, "T05%s:%lx;", what, number);
    client_expect(client, wanted);
}

static void calls_of_a_list_are_told_on_their_way_in_and_out(void **state)
{
    (void)state;
    struct server_client client;
    start(&client);
    assert_string_equal(client_ask(&client, "QCatchSyscalls:1;%x", SYS_write), "OK");
    expect_call(&client, "syscall_entry", SYS_write);
    expect_call(&client, "syscall_return", SYS_write);
    client_run_out(&client, "W2a");
}

static void all_calls_are_told_and_none_any_more(void **state)
{
    (void)state;
    struct server_client client;
    start(&client);
    assert_string_equal(client_ask(&client, "QCatchSyscalls:1"), "OK");
    expect_call(&client, "syscall_entry", SYS_getppid);
    expect_call(&client, "syscall_return", SYS_getppid);
    expect_call(&client, "syscall_entry", SYS_write);
    assert_string_equal(client_ask(&client, "QCatchSyscalls:0"), "OK");
    client_run_out(&client, "W2a");
}

static void several_calls_are_caught(void **state)
{
    (void)state;
    struct server_client client;
    start(&client);
    assert_string_equal(client_ask(&client, "QCatchSyscalls:1;%x;%x", SYS_getppid, SYS_exit_group), "OK");
    for (int i = 0; i < 2; i++) {
        expect_call(&client, "syscall_entry", SYS_getppid);
        expect_call(&client, "syscall_return", SYS_getppid);
    }
    expect_call(&client, "syscall_entry", SYS_exit_group);
    client_run_out(&client, "W2a");
}

static void a_list_that_cannot_be_understood_is_an_error_and_changes_nothing(void **state)
{
    (void)state;
    struct server_client client;
    static const char *const kBad[] = {"",     ":",      ":2",   ":1;",     ":1;zz",
                                       ":0;1", ":1;1;x", ":1,1", ":1;1;;2", ":ffffffffffffffffff"};
    start(&client);
    assert_string_equal(client_ask(&client, "QCatchSyscalls:1;%x", SYS_write), "OK");
    for (size_t i = 0; i < sizeof kBad / sizeof *kBad; i++) {
        client_ask(&client, "QCatchSyscalls%s", kBad[i]);
        client_expect(&client, "E");
    }
    expect_call(&client, "syscall_entry", SYS_write);
    client_ask(&client, "QCatchSyscalls:1;ffffffffffffffff"); /* no such call: none is told */
    client_expect(&client, "OK");
    client_run_out(&client, "W2a");
}

static void gdb_catches_a_call_by_its_name(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CASES, "- " CASES " syscalls",
            COMMANDS("break main", "continue", "catch syscall write", "continue", "print $rdx", "continue",
                     "print $rax", "continue"));
    report_expect(run.output_text, "Catchpoint 2 (call to syscall write), ");
    report_expect(run.output_text, "$1 = 8\n");
    report_expect(run.output_text, "Catchpoint 2 (returned from syscall write), ");
    report_expect(run.output_text, "$2 = 8\n");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

static void gdb_catches_all_calls(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CASES, "- " CASES " syscalls",
            COMMANDS("break main", "continue", "catch syscall", "continue", "continue", "continue", "delete",
                     "continue"));
    report_expect(run.output_text, "Catchpoint 2 (call to syscall getppid), ");
    report_expect(run.output_text, "Catchpoint 2 (returned from syscall getppid), ");
    report_expect(run.output_text, "Catchpoint 2 (call to syscall write), ");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_of_a_list_are_told_on_their_way_in_and_out),
        cmocka_unit_test(all_calls_are_told_and_none_any_more),
        cmocka_unit_test(several_calls_are_caught),
        cmocka_unit_test(a_list_that_cannot_be_understood_is_an_error_and_changes_nothing),
        cmocka_unit_test(gdb_catches_a_call_by_its_name),
        cmocka_unit_test(gdb_catches_all_calls),
    };
    return cmocka_run_group_tests_name("System calls with hdbg-server", tests, NULL, NULL);
}
