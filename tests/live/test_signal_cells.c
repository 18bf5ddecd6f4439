/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A real program stopped in each of the three signal states goes on with no signal, its own, another one;
 * continuing and stepping: what arrives is what was given, once. And signals under a policy.
 */
#include "session_run.h"

/* Bits of the fixture's exit value. */
enum { GOT_NOTHING = 0, GOT_USR1 = 1, GOT_USR2 = 2, GOT_TRAP = 4 };

static run *stop_faked(void)
{
    run *r = run_launch("signal_cells", ARGUMENTS("faked"), HDBG_FOLLOW_NONE);
    run_to(r, "here");
    return r;
}

static run *stop_forecasted(void)
{
    run *r = run_launch("signal_cells", ARGUMENTS("forecasted"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_resume(r->team));
    run_skip(r, HDBG_EVENT_EXCEPTION_OCCURRED);
    return r;
}

static run *stop_actual(void)
{
    run *r = run_launch("signal_cells", ARGUMENTS("actual"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_resume(r->team));
    run_skip(r, HDBG_EVENT_SIGNAL_RECEIVED);
    return r;
}

static void go_on(run *r, int32_t signal, int step)
{
    hdbg_resume how = {sizeof how, step, signal};
    assert_ok(hdbg_thread_resume(r->thread, &how));
}

/* Goes on with a signal; the program's exit value tells what its handler got, and nothing else stops it. */
static void expect_continued(run *r, int32_t signal, int32_t got)
{
    go_on(r, signal, 0);
    assert_int_equal(run_end(r), got);
    run_free(r);
}

/* A step with a signal ends at its handler, which then gets it. */
static void expect_step_to_handler(run *r, int32_t signal, int32_t got)
{
    go_on(r, signal, 1);
    run_skip(r, HDBG_EVENT_SINGLE_STEP);
    assert_int_equal(run_pc(r), run_symbol(r->team, "handler"));
    expect_continued(r, 0, got);
}

static void a_faked_stop_goes_on_without_a_signal(void **state)
{
    (void)state;
    expect_continued(stop_faked(), 0, GOT_NOTHING);
}

static void a_faked_stop_goes_on_with_the_signal_it_shows(void **state)
{
    (void)state;
    expect_continued(stop_faked(), HDBG_SIGTRAP, GOT_TRAP);
}

static void a_faked_stop_goes_on_with_another_signal(void **state)
{
    (void)state;
    expect_continued(stop_faked(), HDBG_SIGUSR2, GOT_USR2);
}

static void a_faked_stop_is_stepped_without_a_signal(void **state)
{
    (void)state;
    run *r = stop_faked();
    hdbg_address before = run_pc(r);
    go_on(r, 0, 1);
    run_skip(r, HDBG_EVENT_SINGLE_STEP);
    assert_int_not_equal(run_pc(r), before);
    assert_true(run_pc(r) - before < 8);
    expect_continued(r, 0, GOT_NOTHING);
}

static void a_faked_stop_is_stepped_with_the_signal_it_shows(void **state)
{
    (void)state;
    expect_step_to_handler(stop_faked(), HDBG_SIGTRAP, GOT_TRAP);
}

static void a_faked_stop_is_stepped_with_another_signal(void **state)
{
    (void)state;
    expect_step_to_handler(stop_faked(), HDBG_SIGUSR2, GOT_USR2);
}

/* Without the signal the instruction faults again. */
static void expect_fault_again(run *r, int step)
{
    hdbg_address before = run_pc(r);
    go_on(r, 0, step);
    run_skip(r, HDBG_EVENT_EXCEPTION_OCCURRED);
    assert_int_equal(run_pc(r), before);
    run_free(r);
}

static void a_forecasted_signal_that_is_not_given_is_forecasted_again(void **state)
{
    (void)state;
    expect_fault_again(stop_forecasted(), 0);
}

static void a_forecasted_signal_that_is_given_stops_no_second_time(void **state)
{
    (void)state;
    expect_continued(stop_forecasted(), HDBG_SIGSEGV, -HDBG_SIGSEGV);
}

static void a_forecasted_signal_is_replaced_by_another(void **state)
{
    (void)state;
    expect_continued(stop_forecasted(), HDBG_SIGUSR2, GOT_USR2);
}

static void a_forecasted_signal_that_is_not_given_to_a_step_is_forecasted_again(void **state)
{
    (void)state;
    expect_fault_again(stop_forecasted(), 1);
}

static void a_step_with_the_forecasted_signal_ends_the_team(void **state)
{
    (void)state;
    run *r = stop_forecasted();
    go_on(r, HDBG_SIGSEGV, 1);
    assert_int_equal(run_end(r), -HDBG_SIGSEGV);
    run_free(r);
}

static void a_step_with_another_signal_than_the_forecasted_ends_at_its_handler(void **state)
{
    (void)state;
    expect_step_to_handler(stop_forecasted(), HDBG_SIGUSR2, GOT_USR2);
}

static void an_actual_signal_is_swallowed(void **state)
{
    (void)state;
    expect_continued(stop_actual(), 0, GOT_NOTHING);
}

static void an_actual_signal_is_delivered(void **state)
{
    (void)state;
    expect_continued(stop_actual(), HDBG_SIGUSR1, GOT_USR1);
}

static void an_actual_signal_is_replaced_by_another(void **state)
{
    (void)state;
    expect_continued(stop_actual(), HDBG_SIGUSR2, GOT_USR2);
}

static void an_actual_signal_is_swallowed_by_a_step(void **state)
{
    (void)state;
    run *r = stop_actual();
    go_on(r, 0, 1);
    run_skip(r, HDBG_EVENT_SINGLE_STEP);
    expect_continued(r, 0, GOT_NOTHING);
}

static void a_step_with_the_actual_signal_ends_at_its_handler(void **state)
{
    (void)state;
    expect_step_to_handler(stop_actual(), HDBG_SIGUSR1, GOT_USR1);
}

static void a_step_with_another_than_the_actual_signal_ends_at_its_handler(void **state)
{
    (void)state;
    expect_step_to_handler(stop_actual(), HDBG_SIGUSR2, GOT_USR2);
}

static void a_stop_tells_signal_sender_and_handler(void **state)
{
    (void)state;
    run *r = stop_actual();
    hdbg_stop stop = {.size = sizeof stop};
    assert_ok(hdbg_thread_stop_get(r->thread, &stop));
    assert_int_equal(stop.signal_state, HDBG_SIGNAL_ACTUAL);
    assert_int_equal(stop.signal, HDBG_SIGUSR1);
    assert_int_equal(stop.deadly, 0);
    assert_int_equal(stop.handler.handler, run_symbol(r->team, "handler"));
    assert_int_equal(stop.has_info, 1);
    assert_int_equal(stop.info.team, hdbg_team_id_of(r->team));
    hdbg_signal_handler handler;
    assert_ok(hdbg_team_signal_handler(r->team, HDBG_SIGUSR2, &handler));
    assert_int_equal(handler.handler, run_symbol(r->team, "handler"));
    run_free(r);
}

static void an_exception_tells_what_it_is(void **state)
{
    (void)state;
    run *r = stop_forecasted();
    hdbg_stop stop = {.size = sizeof stop};
    assert_ok(hdbg_thread_stop_get(r->thread, &stop));
    assert_int_equal(stop.signal_state, HDBG_SIGNAL_FORECASTED);
    assert_int_equal(stop.signal, HDBG_SIGSEGV);
    assert_int_equal(stop.exception, HDBG_EXCEPTION_SEGMENT_VIOLATION);
    run_free(r);
}

static void a_policy_passes_signals_unseen(void **state)
{
    (void)state;
    run *r = run_launch("signal_cells", ARGUMENTS("actual"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_session_set_signal_policy(r->session, HDBG_SIGUSR1, HDBG_SIGNAL_PASS));
    assert_ok(hdbg_team_resume(r->team));
    assert_int_equal(run_end(r), GOT_USR1);
    run_free(r);
}

static void a_policy_swallows_signals_unseen(void **state)
{
    (void)state;
    run *r = run_launch("signal_cells", ARGUMENTS("actual"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_session_set_signal_policy(r->session, HDBG_SIGUSR1, 0));
    assert_ok(hdbg_team_resume(r->team));
    assert_int_equal(run_end(r), GOT_NOTHING);
    run_free(r);
}

static void a_fault_nobody_wants_to_see_ends_the_team(void **state)
{
    (void)state;
    run *r = run_launch("signal_cells", ARGUMENTS("forecasted"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_session_set_signal_policy(r->session, 0, 0));
    assert_ok(hdbg_team_resume(r->team));
    assert_int_equal(run_end(r), -HDBG_SIGSEGV);
    run_free(r);
}

static void a_signal_from_the_debugger_stops_as_any_other(void **state)
{
    (void)state;
    run *r = stop_faked();
    assert_ok(hdbg_thread_send_signal(r->thread, HDBG_SIGUSR2));
    go_on(r, 0, 0);
    run_skip(r, HDBG_EVENT_SIGNAL_RECEIVED);
    expect_continued(r, HDBG_SIGNAL_AS_STOPPED, GOT_USR2);
}

static void a_call_into_the_team_does_not_cost_the_signal_of_the_stop(void **state)
{
    (void)state;
    run *r = stop_actual();
    hdbg_thread_state_copy *copy;
    assert_ok(hdbg_thread_state_save(r->thread, &copy));
    hdbg_address here = run_symbol(r->team, "here");
    assert_ok(hdbg_thread_set_register_u64(r->thread, "rip", here));
    assert_ok(hdbg_breakpoint_set(r->team, here + 4));
    go_on(r, 0, 0);
    run_skip(r, HDBG_EVENT_BREAKPOINT_HIT);
    assert_ok(hdbg_breakpoint_clear(r->team, here + 4));
    assert_ok(hdbg_thread_state_restore(r->thread, copy));
    hdbg_thread_state_free(copy);
    expect_continued(r, HDBG_SIGNAL_AS_STOPPED, GOT_USR1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_faked_stop_goes_on_without_a_signal),
        cmocka_unit_test(a_faked_stop_goes_on_with_the_signal_it_shows),
        cmocka_unit_test(a_faked_stop_goes_on_with_another_signal),
        cmocka_unit_test(a_faked_stop_is_stepped_without_a_signal),
        cmocka_unit_test(a_faked_stop_is_stepped_with_the_signal_it_shows),
        cmocka_unit_test(a_faked_stop_is_stepped_with_another_signal),
        cmocka_unit_test(a_forecasted_signal_that_is_not_given_is_forecasted_again),
        cmocka_unit_test(a_forecasted_signal_that_is_given_stops_no_second_time),
        cmocka_unit_test(a_forecasted_signal_is_replaced_by_another),
        cmocka_unit_test(a_forecasted_signal_that_is_not_given_to_a_step_is_forecasted_again),
        cmocka_unit_test(a_step_with_the_forecasted_signal_ends_the_team),
        cmocka_unit_test(a_step_with_another_signal_than_the_forecasted_ends_at_its_handler),
        cmocka_unit_test(an_actual_signal_is_swallowed),
        cmocka_unit_test(an_actual_signal_is_delivered),
        cmocka_unit_test(an_actual_signal_is_replaced_by_another),
        cmocka_unit_test(an_actual_signal_is_swallowed_by_a_step),
        cmocka_unit_test(a_step_with_the_actual_signal_ends_at_its_handler),
        cmocka_unit_test(a_step_with_another_than_the_actual_signal_ends_at_its_handler),
        cmocka_unit_test(a_stop_tells_signal_sender_and_handler),
        cmocka_unit_test(an_exception_tells_what_it_is),
        cmocka_unit_test(a_policy_passes_signals_unseen),
        cmocka_unit_test(a_policy_swallows_signals_unseen),
        cmocka_unit_test(a_fault_nobody_wants_to_see_ends_the_team),
        cmocka_unit_test(a_signal_from_the_debugger_stops_as_any_other),
        cmocka_unit_test(a_call_into_the_team_does_not_cost_the_signal_of_the_stop),
    };
    return cmocka_run_group_tests_name("signals of real programs", tests, NULL, NULL);
}
