/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Breakpoints and watchpoints: set, cleared, refused; and requests that are not answered.
 */
#include "session_world.h"

static void a_breakpoint_is_set_once_and_cleared_once(void **state)
{
    world *w = *state;
    assert_ok(hdbg_breakpoint_set(w->team, CODE));
    assert_true(hdbg_breakpoint_is_set(w->team, CODE));
    assert_status(hdbg_breakpoint_set(w->team, CODE), HDBG_BAD_VALUE);
    assert_sentence("cannot set a breakpoint at 0x10000 in team 500: there is one already");
    assert_ok(hdbg_breakpoint_clear(w->team, CODE));
    assert_status(hdbg_breakpoint_clear(w->team, CODE), HDBG_BAD_VALUE);
    assert_sentence("cannot clear the breakpoint at 0x10000 in team 500: there is none");
    assert_false(hdbg_breakpoint_is_set(w->team, CODE));
    expect_transcript(w,
                      "SET_BREAKPOINT team=500 address=0x10000\nCLEAR_BREAKPOINT team=500 address=0x10000\n");
}

static void a_breakpoint_that_the_nub_refuses_is_none(void **state)
{
    world *w = *state;
    hdbg_mock_answer_error(hdbg_mock_expect(w->mock, "SET_BREAKPOINT *"), HDBG_BAD_ADDRESS);
    assert_status(hdbg_breakpoint_set(w->team, 0x99999000), HDBG_BAD_ADDRESS);
    assert_false(hdbg_breakpoint_is_set(w->team, 0x99999000));
}

static void many_breakpoints_are_kept_apart(void **state)
{
    world *w = *state;
    for (uint32_t i = 0; i < 300; i++)
        assert_ok(hdbg_breakpoint_set(w->team, CODE + i * 37 % 300 * 8));
    for (uint32_t i = 0; i < 300; i++) {
        assert_true(hdbg_breakpoint_is_set(w->team, CODE + i * 8));
        assert_false(hdbg_breakpoint_is_set(w->team, CODE + i * 8 + 1));
    }
    for (uint32_t i = 0; i < 300; i += 2)
        assert_ok(hdbg_breakpoint_clear(w->team, CODE + i * 8));
    for (uint32_t i = 0; i < 300; i++)
        assert_int_equal(hdbg_breakpoint_is_set(w->team, CODE + i * 8), i % 2);
}

static void watchpoints_are_refused_as_the_nub_does(void **state)
{
    world *w = *state;
    assert_status(hdbg_watchpoint_set(w->team, STACK + 1, HDBG_WATCH_WRITE, 4), HDBG_BAD_VALUE);
    assert_status(hdbg_watchpoint_set(w->team, STACK, HDBG_WATCH_READ, 4), HDBG_NOT_SUPPORTED);
    assert_status(hdbg_watchpoint_set(w->team, STACK, HDBG_WATCH_WRITE, 8), HDBG_NOT_SUPPORTED);
    assert_ok(hdbg_watchpoint_set(w->team, STACK, HDBG_WATCH_WRITE, 4));
    assert_status(hdbg_watchpoint_set(w->team, STACK, HDBG_WATCH_READ_WRITE, 4), HDBG_BAD_VALUE);
    assert_ok(hdbg_watchpoint_set(w->team, STACK + 8, HDBG_WATCH_READ_WRITE, 2));
    assert_ok(hdbg_watchpoint_set(w->team, STACK + 16, HDBG_WATCH_WRITE, 1));
    assert_status(hdbg_watchpoint_set(w->team, STACK + 24, HDBG_WATCH_WRITE, 4), HDBG_BUSY);
    assert_ok(hdbg_watchpoint_clear(w->team, STACK));
    assert_ok(hdbg_watchpoint_set(w->team, STACK + 24, HDBG_WATCH_WRITE, 4));
    assert_status(hdbg_watchpoint_clear(w->team, STACK), HDBG_BAD_VALUE);
}

static void a_request_that_is_not_answered_times_out_and_is_counted(void **state)
{
    (void)state;
    hdbg_session_options options = {.size = sizeof options, .request_timeout = 300000};
    world *w = world_make(&options, NULL, 1);
    hdbg_mock_answer_never(hdbg_mock_expect(w->mock, "SET_BREAKPOINT *"));
    hdbg_mock_allow(w->mock, "*");
    assert_status(hdbg_breakpoint_set(w->team, CODE), HDBG_TIMED_OUT);
    assert_false(hdbg_breakpoint_is_set(w->team, CODE));
    assert_int_equal(statistics(w).timeouts, 1);
    assert_true(statistics(w).requests >= 2);
    world_free(w);
}

static void a_request_ends_when_its_team_does(void **state)
{
    world *w = *state;
    hdbg_mock_then_team_ends(hdbg_mock_expect(w->mock, "SET_BREAKPOINT *"), 3, -1);
    assert_status(hdbg_breakpoint_set(w->team, CODE), HDBG_TEAM_GONE);
    expect_event(w, HDBG_EVENT_TEAM_DELETED);
}

static void the_numbers_of_a_team_stay_when_it_is_gone(void **state)
{
    world *w = *state;
    assert_ok(hdbg_breakpoint_set(w->team, CODE));
    uint64_t before = statistics(w).requests;
    assert_ok(hdbg_mock_team_end(w->mock, TEAM, 0, -1));
    expect_event(w, HDBG_EVENT_TEAM_DELETED);
    assert_int_equal(statistics(w).requests, before);
    assert_true(before >= 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_breakpoint_is_set_once_and_cleared_once),
        TEST(a_breakpoint_that_the_nub_refuses_is_none),
        TEST(many_breakpoints_are_kept_apart),
        TEST(watchpoints_are_refused_as_the_nub_does),
        cmocka_unit_test(a_request_that_is_not_answered_times_out_and_is_counted),
        TEST(a_request_ends_when_its_team_does),
        TEST(the_numbers_of_a_team_stay_when_it_is_gone),
    };
    return cmocka_run_group_tests_name("breakpoints", tests, NULL, NULL);
}
