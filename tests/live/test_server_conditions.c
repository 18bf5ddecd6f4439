/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Breakpoints with conditions that hdbg-server evaluates itself.
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

enum { RDI = 5 };

static void start(struct server_client *client, const char *rounds)
{
    client_launch(client, NULL, "server_cases", ARGUMENTS("count", rounds));
}

static uint64_t argument(struct server_client *client)
{
    uint64_t value = 0;
    client_ask(client, "p%x", RDI);
    for (int i = 0; i < 8; i++) {
        char digits[3] = {client->answer[2 * i], client->answer[2 * i + 1], '\0'};
        value |= (uint64_t)strtoul(digits, NULL, 16) << 8 * i;
    }
    return value;
}

/* Goes on, and is told of a hit with that argument. */
static void expect_hit(struct server_client *client, uint64_t number)
{
    client_ask(client, "vCont;c");
    client_expect(client, "T05swbreak:;");
    assert_int_equal(argument(client), number);
}

/* "rdi == NUMBER" as an agent expression: a register, a constant of 4 bytes, a comparison. */
#define IS "Xa,26000524%08x1327"

static void a_hit_is_told_only_if_its_condition_holds(void **state)
{
    (void)state;
    struct server_client client;
    start(&client, "10000");
    uint64_t at = client_symbol(&client, "counted");
    assert_string_equal(client_ask(&client, "Z0,%" PRIx64 ",1;" IS, at, 9876), "OK");
    expect_hit(&client, 9876);
    client_run_out(&client, "W2a");
}

static void a_condition_reads_memory(void **state)
{
    (void)state;
    struct server_client client;
    start(&client, "100");
    uint64_t at = client_symbol(&client, "counted"), count = client_symbol(&client, "gCount");
    /* gCount, read with its sign, is 77: the number that was counted last. */
    assert_string_equal(client_ask(&client, "Z0,%" PRIx64 ",1;X10,25%016" PRIx64 "191620224d1327", at, count),
                        "OK");
    expect_hit(&client, 78);
    client_run_out(&client, "W2a");
}

static void one_condition_of_several_is_enough(void **state)
{
    (void)state;
    struct server_client client;
    start(&client, "100");
    uint64_t at = client_symbol(&client, "counted");
    assert_string_equal(client_ask(&client, "Z0,%" PRIx64 ",1;" IS IS, at, 50, 20), "OK");
    expect_hit(&client, 20);
    expect_hit(&client, 50);
    client_run_out(&client, "W2a");
}

static void a_breakpoint_that_is_set_again_has_its_new_conditions(void **state)
{
    (void)state;
    struct server_client client;
    start(&client, "100");
    uint64_t at = client_symbol(&client, "counted");
    assert_string_equal(client_ask(&client, "Z0,%" PRIx64 ",1;" IS, at, 50), "OK");
    assert_string_equal(client_ask(&client, "Z0,%" PRIx64 ",1;" IS, at, 60), "OK");
    expect_hit(&client, 60);
    assert_string_equal(client_ask(&client, "Z0,%" PRIx64 ",1", at), "OK");
    expect_hit(&client, 61); /* each one is told */
    expect_hit(&client, 62);
    assert_string_equal(client_ask(&client, "z0,%" PRIx64 ",1", at), "OK");
    client_run_out(&client, "W2a");
}

static void a_breakpoint_in_a_register_has_conditions_too(void **state)
{
    (void)state;
    struct server_client client;
    start(&client, "100");
    uint64_t at = client_symbol(&client, "counted");
    assert_string_equal(client_ask(&client, "Z1,%" PRIx64 ",1;" IS, at, 30), "OK");
    client_ask(&client, "vCont;c");
    client_expect(&client, "T05hwbreak:;");
    assert_int_equal(argument(&client), 30);
    client_run_out(&client, "W2a");
}

static void a_condition_that_cannot_be_evaluated_holds(void **state)
{
    (void)state;
    struct server_client client;
    static const char *const kWrong[] = {"X1,27",     "X2,ff27",     "X6,220022000527",
                                         "X3,210000", "X4,22001827", "X0,"};
    for (size_t i = 0; i < sizeof kWrong / sizeof *kWrong; i++) {
        start(&client, "3");
        uint64_t at = client_symbol(&client, "counted");
        assert_string_equal(client_ask(&client, "Z0,%" PRIx64 ",1;%s", at, kWrong[i]), "OK");
        expect_hit(&client, 0);
        assert_string_equal(client_ask(&client, "z0,%" PRIx64 ",1", at), "OK");
        client_run_out(&client, "W2a");
    }
}

static void a_condition_that_is_cut_off_is_an_error(void **state)
{
    (void)state;
    struct server_client client;
    static const char *const kCut[] = {";X",     ";X5,2727", ";X2,27",     ";Xffffffffffffffff,27",
                                       ";Y1,27", ";X1,27;X", ";X1,27cmds", ";X1,zz",
                                       ";cmds:", "x"};
    start(&client, "3");
    uint64_t at = client_symbol(&client, "counted");
    for (size_t i = 0; i < sizeof kCut / sizeof *kCut; i++) {
        client_ask(&client, "Z0,%" PRIx64 ",1%s", at, kCut[i]);
        client_expect(&client, "E");
    }
    client_run_out(&client, "W2a");
}

static void gdb_leaves_its_conditions_to_the_server(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CASES, "- " CASES " count 2000",
            COMMANDS("set breakpoint condition-evaluation target", "break counted if number == 1000 + 7",
                     "continue", "print gCount", "info breakpoints",
                     "condition 1 number % 2 == 0 && gCount > 0", "continue", "print number", "delete",
                     "continue"));
    report_expect(run.output_text, "Breakpoint 1, counted (number=1007)");
    report_expect(run.output_text, "$1 = 1006\n");
    report_expect(run.output_text, "(target evals)");
    report_expect(run.output_text, "breakpoint already hit 1 time\n"); /* the others were never GDB's */
    report_expect(run.output_text, "$2 = 1008\n");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

static void a_step_goes_on_over_a_breakpoint_whose_condition_does_not_hold(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CASES, "- " CASES " count 20",
            COMMANDS("set breakpoint condition-evaluation target", "break count", "continue",
                     "break counted if number == 5", "next", "next", "next", "next", "continue",
                     "print number", "delete", "continue"));
    report_expect(run.output_text, "Breakpoint 2, counted (number=5)");
    report_expect(run.output_text, "$1 = 5\n");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hit_is_told_only_if_its_condition_holds),
        cmocka_unit_test(a_condition_reads_memory),
        cmocka_unit_test(one_condition_of_several_is_enough),
        cmocka_unit_test(a_breakpoint_that_is_set_again_has_its_new_conditions),
        cmocka_unit_test(a_breakpoint_in_a_register_has_conditions_too),
        cmocka_unit_test(a_condition_that_cannot_be_evaluated_holds),
        cmocka_unit_test(a_condition_that_is_cut_off_is_an_error),
        cmocka_unit_test(gdb_leaves_its_conditions_to_the_server),
        cmocka_unit_test(a_step_goes_on_over_a_breakpoint_whose_condition_does_not_hold),
    };
    return cmocka_run_group_tests_name("Conditions of hdbg-server", tests, NULL, NULL);
}
