/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Steps of clients over the instructions that steps get wrong, one by one and as ranges: each ends where it
 * should, and no trap flag is left, in the program's memory or in the program.
 */
#define _GNU_SOURCE
#include "server_client.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

#define FIXTURE(name)  HDBG_TEST_FIXTURES "/" name
#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define FEATURES       "multiprocess+;swbreak+;hwbreak+;no-resumed+"

static void launch_to(struct server_client *client, const char *mode, const char *function)
{
    client_serve(client, FEATURES, ARGUMENTS("-", FIXTURE("step_cases"), mode));
    snprintf(client->program, sizeof client->program, "%s", FIXTURE("step_cases"));
    client_go_to(client, function);
}

/* A number as packets have it: in the order of its bytes in memory. */
static uint64_t number_in(const char *text, size_t digits)
{
    uint64_t number = 0;
    for (size_t i = 0; i < digits; i += 2) {
        char byte[3] = {text[i], text[i + 1], '\0'};
        number |= (uint64_t)strtoul(byte, NULL, 16) << i * 4;
    }
    return number;
}

static bool is_trap_flag_set(struct server_client *client)
{
    client_ask(client, "p11");
    return (number_in(client->answer, 8) & 0x100) != 0;
}

/* Where the function that the thread has just entered returns to. */
static uint64_t return_address(struct server_client *client)
{
    client_ask(client, "p7");
    client_ask(client, "m%" PRIx64 ",8", number_in(client->answer, 16));
    return number_in(client->answer, 16);
}

/* Steps until the function is left; answers the number of steps. */
static int step_out(struct server_client *client)
{
    uint64_t back = return_address(client);
    for (int steps = 1; steps < 100; steps++) {
        client_ask(client, "vCont;s");
        client_expect(client, "T0506:");
        assert_false(is_trap_flag_set(client));
        if (client_pc(client) == back)
            return steps;
    }
    fail_msg("the function was not left in 100 steps");
    return -1;
}

/* A step over `syscall` ends one instruction behind it, as on Haiku. */
static const struct instruction {
    const char *mode, *function;
    int steps;
    const char *end;
} kInstructions[] = {
    {"pushf", "read_flags", 3, "W1f;process:"},    {"popf", "write_flags", 13, "W29;process:"},
    {"popf-id", "toggle_id", 12, "W33;process:"},  {"movs", "copy", 10, "W41;process:"},
    {"syscall", "call_kernel", 3, "W43;process:"},
};

static void run_to_end(struct server_client *client, const char *end)
{
    client_ask(client, "vCont;c");
    client_expect(client, end);
    client_end(client, 0);
}

static void each_instruction_is_a_step(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kInstructions / sizeof *kInstructions; i++) {
        const struct instruction *one = &kInstructions[i];
        struct server_client client;
        launch_to(&client, one->mode, one->function);
        assert_int_equal(step_out(&client), one->steps);
        run_to_end(&client, one->end);
    }
}

static void a_range_over_them_ends_behind_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kInstructions / sizeof *kInstructions; i++) {
        const struct instruction *one = &kInstructions[i];
        struct server_client client;
        launch_to(&client, one->mode, one->function);
        uint64_t back = return_address(&client), low = client_pc(&client);
        client_ask(&client, "vCont;r%" PRIx64 ",%" PRIx64, low, low + 48); /* to behind its ret */
        client_expect(&client, "T0506:");
        assert_int_equal(client_pc(&client), back);
        assert_false(is_trap_flag_set(&client));
        run_to_end(&client, one->end);
    }
}

/* A breakpoint on each instruction that a step ends at: they are stepped off, and never read. */
static void steps_off_breakpoints_are_the_same(void **state)
{
    (void)state;
    enum { CODE = 24 };
    struct server_client client;
    char before[2 * CODE + 1];
    launch_to(&client, "popf", "write_flags");
    uint64_t low = client_pc(&client);
    snprintf(before, sizeof before, "%s", client_ask(&client, "m%" PRIx64 ",%x", low, CODE));
    static const unsigned kOffsets[] = {0, 1, 2, 5, 9, 10, 11};
    for (size_t i = 0; i < sizeof kOffsets / sizeof *kOffsets; i++)
        assert_string_equal(client_ask(&client, "Z0,%" PRIx64 ",1", low + kOffsets[i]), "OK");
    assert_string_equal(client_ask(&client, "m%" PRIx64 ",%x", low, CODE), before);
    for (size_t i = 1; i < sizeof kOffsets / sizeof *kOffsets; i++) {
        client_ask(&client, "vCont;s");
        client_expect(&client, "T05");
        assert_int_equal(client_pc(&client), low + kOffsets[i]);
    }
    assert_string_equal(client_ask(&client, "m%" PRIx64 ",%x", low, CODE), before);
    run_to_end(&client, "W29;process:");
}

static void an_instruction_that_faults_is_the_fault(void **state)
{
    (void)state;
    struct server_client client;
    launch_to(&client, "fault", "touch_nothing");
    client_ask(&client, "vCont;s");
    client_expect(&client, "T0506:");
    uint64_t at = client_pc(&client);
    for (int i = 0; i < 3; i++) { /* swallowed, it faults again */
        client_ask(&client, "vCont;s");
        client_expect(&client, "T0b06:");
        assert_int_equal(client_pc(&client), at);
        assert_false(is_trap_flag_set(&client));
    }
    client_ask(&client, "vCont;S0b");
    client_expect(&client, "X0b;process:");
    client_end(&client, 0);
}

static void a_step_with_a_signal_ends_at_the_handlers_first_instruction(void **state)
{
    (void)state;
    struct server_client client;
    launch_to(&client, "pushf", "read_flags");
    uint64_t handler = client_symbol(&client, "handle");
    client_ask(&client, "vCont;S1e");
    client_expect(&client, "T0506:");
    assert_int_equal(client_pc(&client), handler);
    run_to_end(&client, "W1f;process:");
}

static void a_step_that_ends_the_thread_is_told_if_no_other_one_runs(void **state)
{
    (void)state;
    struct server_client client;
    launch_to(&client, "thread", "leave_thread");
    char thread[32];
    client_ask(&client, "qC");
    snprintf(thread, sizeof thread, "%s", client.answer + 2);
    for (int i = 0; i < 2; i++) {
        client_ask(&client, "vCont;s:%s", thread);
        client_expect(&client, "T0506:");
    }
    assert_string_equal(client_ask(&client, "vCont;s:%s", thread), "N");
    run_to_end(&client, "W3d;process:");
}

static void a_step_that_ends_the_team_is_its_end(void **state)
{
    (void)state;
    struct server_client client;
    launch_to(&client, "end", "leave");
    for (int i = 0; i < 2; i++) {
        client_ask(&client, "vCont;s");
        client_expect(&client, "T0506:");
    }
    client_ask(&client, "vCont;s");
    client_expect(&client, "W47;process:");
    client_end(&client, 0);
}

/* With flags pushed, popped, or about to be: the program ends as it does alone. */
static void a_program_that_is_let_go_after_any_step_runs_on_unharmed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kInstructions / sizeof *kInstructions; i++) {
        const struct instruction *one = &kInstructions[i];
        for (int steps = 1; steps <= one->steps; steps += 2) {
            struct server_client client;
            struct report_run program;
            report_start(&program, ARGUMENTS(FIXTURE("step_cases"), one->mode, "wait"));
            report_await_output(&program, "ready\n");
            client_attach(&client, program.pid);
            snprintf(client.program, sizeof client.program, "%s", FIXTURE("step_cases"));
            uint64_t at = client_symbol(&client, one->function);
            assert_string_equal(client_ask(&client, "Z0,%" PRIx64 ",1", at), "OK");
            client_send(&client, "vCont;c");
            report_type(&program, "\n");
            client_receive(&client);
            client_expect(&client, "T05");
            for (int step = 0; step < steps; step++) {
                client_ask(&client, "vCont;s");
                client_expect(&client, "T05");
            }
            assert_string_equal(client_ask(&client, "D"), "OK");
            client_end(&client, 0);
            report_finish(&program);
            assert_int_equal(program.status, (int)strtol(one->end + 1, NULL, 16));
            report_clean(&program);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_instruction_is_a_step),
        cmocka_unit_test(a_range_over_them_ends_behind_it),
        cmocka_unit_test(steps_off_breakpoints_are_the_same),
        cmocka_unit_test(an_instruction_that_faults_is_the_fault),
        cmocka_unit_test(a_step_with_a_signal_ends_at_the_handlers_first_instruction),
        cmocka_unit_test(a_step_that_ends_the_thread_is_told_if_no_other_one_runs),
        cmocka_unit_test(a_step_that_ends_the_team_is_its_end),
        cmocka_unit_test(a_program_that_is_let_go_after_any_step_runs_on_unharmed),
    };
    return cmocka_run_group_tests_name("steps over all kinds of instructions with hdbg-server", tests, NULL,
                                       NULL);
}
