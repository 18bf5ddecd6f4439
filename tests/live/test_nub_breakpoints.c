/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-nub's breakpoints and watchpoints on real threads: every hit is told, exactly once, and nothing stays.
 */
#include "nub_run.h"

enum { PUSHF = 16 /* its number among the sites */ };

/* Reads events until the team is gone, and counts the hits at each function. */
static int hits_of(nub_run *r, int *at)
{
    int all = 0;
    while (nr_next(r) != WIRE_TEAM_DELETED) {
        if (r->code == WIRE_BREAKPOINT_HIT) {
            hdbg_address pc = nr_pc(r);
            for (int i = 0; i < 6; i++)
                at[i] += pc == r->f[i];
            all++;
        }
        if (r->code != WIRE_THREAD_DELETED)
            nr_continue(r);
    }
    return all;
}

static void expect_hits(int threads, int rounds, bool registers, int breakpoints)
{
    nub_run r;
    int at[6] = {0};
    nr_start(&r, "hits", threads, rounds, 100, 0);
    if (registers)
        nr_use_registers(&r);
    for (int i = 0; i < breakpoints; i++)
        assert_int_equal(nr_break(&r, r.f[i]), HDBG_OK);
    nr_begin(&r);
    assert_int_equal(hits_of(&r, at), threads * rounds * breakpoints);
    for (int i = 0; i < breakpoints; i++)
        assert_int_equal(at[i], threads * rounds);
    nr_finish(&r);
}

static void four_threads_hit_four_breakpoints_in_registers_exactly(void **state)
{
    (void)state;
    expect_hits(4, 50, false, 4);
}

static void four_threads_hit_six_breakpoints_of_both_kinds_exactly(void **state)
{
    (void)state;
    expect_hits(4, 50, false, 6);
}

static void four_threads_hit_six_breakpoints_in_the_code_exactly(void **state)
{
    (void)state;
    expect_hits(4, 50, true, 6);
}

static void fifty_threads_hit_one_breakpoint_in_the_code_exactly(void **state)
{
    (void)state;
    expect_hits(50, 10, true, 1);
}

static void a_breakpoint_that_comes_and_goes_while_threads_run_does_no_harm(void **state)
{
    (void)state;
    nub_run r;
    nr_start(&r, "spin", 4, 1, 1000, 0);
    nr_use_registers(&r);
    nr_begin(&r);
    nr_expect_output(&r, "spinning");
    for (int i = 0; i < 200; i++) {
        assert_int_equal(nr_break(&r, r.f[1]), HDBG_OK);
        for (int n = 0; n < 6; n++) {
            nr_expect(&r, WIRE_BREAKPOINT_HIT);
            assert_int_equal(nr_pc(&r), r.f[1]);
            nr_continue(&r);
        }
        nr_unbreak(&r, r.f[1]);
    }
    close(r.child.in);
    nr_to_end(&r, NULL);
    r.child.in = -1;
    nr_finish(&r);
}

/* A breakpoint on each: one after the other it has to be hit, and the sum has to come out right. */
static void expect_instructions(bool registers, bool step)
{
    nub_run r;
    nr_start(&r, "instructions", 2, 1, 100, 0);
    if (registers)
        nr_use_registers(&r);
    for (int i = 0; i < r.site_count; i++)
        assert_int_equal(nr_break(&r, r.site[i]), HDBG_OK);
    nr_begin(&r);
    int hits[NR_SITES] = {0}, steps = 0;
    while (nr_next(&r) != WIRE_TEAM_DELETED) {
        if (r.code == WIRE_BREAKPOINT_HIT) {
            for (int i = 0; i < r.site_count; i++)
                hits[i] += nr_pc(&r) == r.site[i];
        } else {
            assert_int_equal(r.code, WIRE_SINGLE_STEP);
            steps++;
        }
        /* A step over pushf leaks its flag, on Haiku too. */
        bool may_step = r.code == WIRE_BREAKPOINT_HIT && nr_pc(&r) != r.site[PUSHF];
        nr_continue_as(&r, WIRE_HANDLE_EVENT, step && may_step);
    }
    for (int i = 0; i < r.site_count; i++) {
        if (!step && (hits[i] == 0 || hits[i] % 2 != 0))
            fail_msg("instruction %d: %d hits", i, hits[i]);
    }
    assert_true(step == (steps > 0));
    nr_finish(&r);
}

static void all_kinds_of_instructions_come_out_right_under_breakpoints_in_the_code(void **state)
{
    (void)state;
    expect_instructions(true, false);
}

static void the_same_with_some_of_them_in_registers(void **state)
{
    (void)state;
    expect_instructions(false, false);
}

static void all_kinds_of_instructions_are_stepped_off_breakpoints_in_the_code(void **state)
{
    (void)state;
    expect_instructions(true, true);
}

static void an_instruction_that_faults_under_a_breakpoint_faults_where_it_is(void **state)
{
    (void)state;
    nub_run r;
    nr_start(&r, "fault", 1, 1, 100, 0);
    nr_use_registers(&r);
    assert_int_equal(nr_break(&r, r.fault), HDBG_OK);
    nr_begin(&r);
    nr_expect(&r, WIRE_BREAKPOINT_HIT);
    assert_int_equal(nr_pc(&r), r.fault);
    nr_continue(&r);
    nr_expect(&r, WIRE_EXCEPTION_OCCURRED);
    wire_x86_64_get_cpu_state message = {.thread = r.child.team};
    wire_x86_64_get_cpu_state_reply reply = {.error = -1};
    kt_ask(r.nub, WIRE_GET_CPU_STATE, &message, sizeof message, &reply, sizeof reply);
    hdbg_address pc;
    memcpy(&pc, reply.cpu_state.bytes + 1000, sizeof pc);
    assert_int_equal(pc, r.fault);
    nr_continue(&r);
    nr_to_end(&r, NULL);
    kt_expect_end(&r.child, -1, 11);
    OPS->port_delete(CONTEXT, r.port);
}

static void a_programs_own_two_byte_trap_under_a_breakpoint_is_told_after_it(void **state)
{
    (void)state;
    nub_run r;
    nr_start(&r, "two-bytes", 1, 1, 100, 0);
    nr_use_registers(&r);
    assert_int_equal(nr_break(&r, r.two_bytes), HDBG_OK);
    nr_begin(&r);
    nr_expect(&r, WIRE_BREAKPOINT_HIT);
    assert_int_equal(nr_pc(&r), r.two_bytes);
    nr_continue(&r);
    nr_expect(&r, WIRE_BREAKPOINT_HIT);
    assert_true(nr_pc(&r) == r.two_bytes + 1 || nr_pc(&r) == r.two_bytes);
    nr_kill(&r);
}

static void signals_to_a_handler_disturb_no_breakpoint(void **state)
{
    (void)state;
    nub_run r;
    int at[6] = {0};
    nr_start(&r, "signals", 4, 100, 100, 0);
    nr_use_registers(&r);
    for (int i = 0; i < 6; i++)
        assert_int_equal(nr_break(&r, r.f[i]), HDBG_OK);
    nr_begin(&r);
    assert_int_equal(hits_of(&r, at), 4 * 100 * 6);
    nr_finish(&r);
}

static void children_of_vfork_pass_their_parents_breakpoints_untold(void **state)
{
    (void)state;
    nub_run r;
    int at[6] = {0};
    nr_start(&r, "borrow", 20, 1, 100, 0);
    nr_use_registers(&r);
    assert_int_equal(nr_break(&r, r.f[0]), HDBG_OK);
    assert_int_equal(nr_break(&r, r.f[1]), HDBG_OK);
    nr_begin(&r);
    assert_int_equal(hits_of(&r, at), 20);
    assert_int_equal(at[0], 20);
    nr_finish(&r);
}

static void watchpoints_tell_of_each_write_and_of_each_access(void **state)
{
    (void)state;
    nub_run r;
    int counts[32] = {0};
    nr_start(&r, "watch", 5, 1, 100, 0);
    assert_int_equal(nr_watch(&r, r.watched, WIRE_WATCH_WRITE, 4), HDBG_OK);
    assert_int_equal(nr_watch(&r, r.watched + 8, WIRE_WATCH_READ_WRITE, 4), HDBG_OK);
    assert_int_equal(nr_watch(&r, r.watched + 12, WIRE_WATCH_WRITE, 4), HDBG_OK);
    assert_int_equal(nr_watch(&r, r.watched + 4, WIRE_WATCH_WRITE, 4), HDBG_BUSY);
    nr_begin(&r);
    nr_to_end(&r, counts);
    assert_int_equal(counts[WIRE_WATCHPOINT_HIT], 10);
    nr_finish(&r);
}

static void a_watchpoint_takes_the_register_of_a_breakpoint_which_is_still_hit(void **state)
{
    (void)state;
    nub_run r;
    int counts[32] = {0};
    nr_start(&r, "watch", 5, 1, 100, 0);
    assert_int_equal(nr_break(&r, r.f[0]), HDBG_OK);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(nr_break(&r, r.dummy + 4 + i), HDBG_OK);
    assert_int_equal(nr_watch(&r, r.watched, WIRE_WATCH_WRITE, 4), HDBG_OK);
    nr_begin(&r);
    nr_to_end(&r, counts);
    assert_int_equal(counts[WIRE_WATCHPOINT_HIT], 5);
    assert_int_equal(counts[WIRE_BREAKPOINT_HIT], 5);
    nr_finish(&r);
}

static void an_address_that_no_register_takes_costs_the_others_nothing(void **state)
{
    (void)state;
    nub_run r;
    nr_start(&r, "watch", 5, 1, 100, 0);
    assert_int_equal(nr_break(&r, 0x7ffffffff800), HDBG_BAD_ADDRESS);
    assert_int_equal(nr_watch(&r, 0x7ffffffff800, WIRE_WATCH_WRITE, 4), HDBG_BAD_ADDRESS);
    assert_int_equal(nr_watch(&r, r.watched, WIRE_WATCH_WRITE, 4), HDBG_OK);
    nr_begin(&r);
    nr_expect(&r, WIRE_WATCHPOINT_HIT);
    nr_continue(&r);
    nr_to_end(&r, NULL);
    nr_finish(&r);
}

static void a_debugger_that_goes_leaves_nothing_in_the_code_or_the_registers(void **state)
{
    (void)state;
    nub_run r;
    nr_start(&r, "hits", 20, 200, 1000, 0);
    for (int i = 0; i < 6; i++)
        assert_int_equal(nr_break(&r, r.f[i]), HDBG_OK);
    nr_begin(&r);
    for (int i = 0; i < 100; i++) {
        nr_expect(&r, WIRE_BREAKPOINT_HIT);
        nr_continue(&r);
    }
    assert_int_equal(OPS->remove_team_debugger(CONTEXT, r.child.team), HDBG_OK);
    assert_int_equal(nr_tracer(&r), 0);
    nr_finish(&r);
}

/* The dynamic linker's rendezvous has a breakpoint of the nub's. */
static void a_debugger_that_goes_during_a_vfork_need_not_wait_and_leaves_nothing(void **state)
{
    (void)state;
    nub_run r;
    nr_start(&r, "borrow-long", 1, 1, 100, NR_FLAGS_IMAGES);
    nr_begin(&r);
    nr_expect_output(&r, "borrowing");
    assert_int_equal(OPS->remove_team_debugger(CONTEXT, r.child.team), HDBG_OK);
    nr_begin(&r);
    nr_finish(&r);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        _exit(kt_debuggee(argv[1])); /* a leak checker at exit does not work while traced */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_threads_hit_four_breakpoints_in_registers_exactly),
        cmocka_unit_test(four_threads_hit_six_breakpoints_of_both_kinds_exactly),
        cmocka_unit_test(four_threads_hit_six_breakpoints_in_the_code_exactly),
        cmocka_unit_test(fifty_threads_hit_one_breakpoint_in_the_code_exactly),
        cmocka_unit_test(a_breakpoint_that_comes_and_goes_while_threads_run_does_no_harm),
        cmocka_unit_test(all_kinds_of_instructions_come_out_right_under_breakpoints_in_the_code),
        cmocka_unit_test(the_same_with_some_of_them_in_registers),
        cmocka_unit_test(all_kinds_of_instructions_are_stepped_off_breakpoints_in_the_code),
        cmocka_unit_test(an_instruction_that_faults_under_a_breakpoint_faults_where_it_is),
        cmocka_unit_test(a_programs_own_two_byte_trap_under_a_breakpoint_is_told_after_it),
        cmocka_unit_test(signals_to_a_handler_disturb_no_breakpoint),
        cmocka_unit_test(children_of_vfork_pass_their_parents_breakpoints_untold),
        cmocka_unit_test(watchpoints_tell_of_each_write_and_of_each_access),
        cmocka_unit_test(a_watchpoint_takes_the_register_of_a_breakpoint_which_is_still_hit),
        cmocka_unit_test(an_address_that_no_register_takes_costs_the_others_nothing),
        cmocka_unit_test(a_debugger_that_goes_leaves_nothing_in_the_code_or_the_registers),
        cmocka_unit_test(a_debugger_that_goes_during_a_vfork_need_not_wait_and_leaves_nothing),
    };
    return cmocka_run_group_tests_name("breakpoints of the nub", tests, kt_create, kt_destroy);
}
