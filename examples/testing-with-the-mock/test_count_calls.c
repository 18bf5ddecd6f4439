/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Tests of count_calls() on the mock.
 */
#include "count_calls.h"

#include <haikudbg/mock.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { TEAM = 500, WORKER = 501, FUNCTION = 0x1230 };

static int setup(void **state)
{
    hdbg_mock *mock;
    assert_int_equal(hdbg_mock_create(NULL, &mock), HDBG_OK);
    hdbg_mock_team_add(mock, TEAM, "victim");
    hdbg_mock_thread_add(mock, TEAM, WORKER, "worker");
    *state = mock;
    return 0;
}

static int teardown(void **state)
{
    hdbg_mock_destroy(*state);
    return 0;
}

static hdbg_status count(hdbg_mock *mock, unsigned *calls)
{
    return count_calls(hdbg_mock_kernel(mock), TEAM, HDBG_ARCH_X86_64, FUNCTION, calls);
}

static void each_hit_is_counted_and_its_thread_continued(void **state)
{
    hdbg_mock *mock = *state;
    hdbg_nub_event hit = {.type = HDBG_EVENT_BREAKPOINT_HIT, .thread = TEAM};
    hdbg_nub_event end = {.type = HDBG_EVENT_TEAM_DELETED, .team = TEAM};
    hdbg_mock_then_send(hdbg_mock_expect(mock, "SET_BREAKPOINT team=500 address=0x1230"), &hit);
    hit.thread = WORKER;
    hdbg_mock_then_send(hdbg_mock_expect(mock, "CONTINUE_THREAD thread=500 HANDLE_EVENT"), &hit);
    hdbg_mock_then_send(hdbg_mock_expect(mock, "CONTINUE_THREAD thread=501 HANDLE_EVENT"), &end);
    unsigned calls;
    assert_int_equal(count(mock, &calls), HDBG_OK);
    assert_int_equal(calls, 2);
    const char *wrong = hdbg_mock_verify(mock);
    if (wrong != NULL)
        fail_msg("%s", wrong);
}

static void other_stops_are_continued_but_not_counted(void **state)
{
    hdbg_mock *mock = *state;
    hdbg_nub_event call = {.type = HDBG_EVENT_DEBUGGER_CALL, .thread = WORKER};
    hdbg_nub_event end = {.type = HDBG_EVENT_TEAM_DELETED, .team = TEAM};
    hdbg_mock_then_send(hdbg_mock_expect(mock, "SET_BREAKPOINT *"), &call);
    hdbg_mock_then_send(hdbg_mock_expect(mock, "CONTINUE_THREAD thread=501 *"), &end);
    unsigned calls;
    assert_int_equal(count(mock, &calls), HDBG_OK);
    assert_int_equal(calls, 0);
}

static void a_team_that_is_debugged_already_is_refused(void **state)
{
    hdbg_mock *mock = *state;
    unsigned calls;
    hdbg_mock_fail(mock, "install_team_debugger", HDBG_BAD_VALUE, 1);
    assert_int_equal(count(mock, &calls), HDBG_BAD_VALUE);
}

static void a_breakpoint_that_cannot_be_set_is_told(void **state)
{
    hdbg_mock *mock = *state;
    unsigned calls;
    hdbg_mock_answer_error(hdbg_mock_expect(mock, "SET_BREAKPOINT *"), HDBG_BAD_ADDRESS);
    assert_int_equal(count(mock, &calls), HDBG_BAD_ADDRESS);
}

static void a_nub_that_never_answers_is_given_up(void **state)
{
    hdbg_mock *mock = *state;
    unsigned calls;
    hdbg_mock_answer_never(hdbg_mock_expect(mock, "SET_BREAKPOINT *"));
    assert_int_equal(count(mock, &calls), HDBG_TIMED_OUT); /* ten seconds later, which pass at once */
}

static void the_loss_of_the_nub_ends_the_count(void **state)
{
    hdbg_mock *mock = *state;
    hdbg_nub_event hit = {.type = HDBG_EVENT_BREAKPOINT_HIT, .thread = WORKER};
    unsigned calls;
    hdbg_mock_then_send(hdbg_mock_expect(mock, "SET_BREAKPOINT *"), &hit);
    hdbg_mock_then_nub_dies(hdbg_mock_expect(mock, "CONTINUE_THREAD *"));
    assert_int_equal(count(mock, &calls), HDBG_BAD_PORT_ID);
    assert_int_equal(calls, 1);
}

#define ON_MOCK(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_MOCK(each_hit_is_counted_and_its_thread_continued),
        ON_MOCK(other_stops_are_continued_but_not_counted),
        ON_MOCK(a_team_that_is_debugged_already_is_refused),
        ON_MOCK(a_breakpoint_that_cannot_be_set_is_told),
        ON_MOCK(a_nub_that_never_answers_is_given_up),
        ON_MOCK(the_loss_of_the_nub_ends_the_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
