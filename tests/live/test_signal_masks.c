/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Signals that a program lets in only while it waits for them, as shells do for the ends of their children.
 */
#include "session_run.h"

static void a_signal_that_is_let_in_by_a_call_is_told_once_and_handled_once(void **state)
{
    (void)state;
    run *r = run_launch("suspended", NULL, HDBG_FOLLOW_NONE);
    int told = 0, children = 0, ended = 0;
    assert_ok(hdbg_team_resume(r->team));
    while (!ended) {
        hdbg_event *event = run_next(r);
        int32_t type = hdbg_event_type_of(event);
        int32_t signal = type == HDBG_EVENT_SIGNAL_RECEIVED ? hdbg_event_data(event)->data.signal.signal : 0;
        told += signal == HDBG_SIGUSR1;
        children += signal == HDBG_SIGCHLD;
        if (signal != 0)
            assert_int_not_equal(hdbg_event_data(event)->data.signal.handler.handler, HDBG_SIGNAL_DEFAULT);
        ended = type == HDBG_EVENT_TEAM_DELETED;
        if (hdbg_event_is_stop(event))
            assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
        hdbg_event_release(event);
    }
    hdbg_team_end end = {.size = sizeof end};
    assert_ok(hdbg_team_end_get(r->team, &end));
    assert_int_equal(end.status,
                     0); /* else: in that round the handler did not run once, or the mask changed */
    assert_int_equal(told, 4);
    assert_int_equal(children, 1);
    run_free(r);
}

static void a_signal_that_is_let_in_by_a_call_and_taken_away_does_not_come(void **state)
{
    (void)state;
    run *r = run_launch("suspended", NULL, HDBG_FOLLOW_NONE);
    hdbg_resume without = {.size = sizeof without, .signal = 0};
    assert_ok(hdbg_team_resume(r->team));
    hdbg_event *event = run_expect(r, HDBG_EVENT_SIGNAL_RECEIVED);
    assert_ok(hdbg_thread_resume(r->thread, &without));
    hdbg_event_release(event);
    /* It waits for the next one, which is of our making. */
    assert_ok(hdbg_thread_send_signal(r->thread, HDBG_SIGUSR1));
    run_skip(r, HDBG_EVENT_SIGNAL_RECEIVED);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_to_end(r), 0);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_that_is_let_in_by_a_call_is_told_once_and_handled_once),
        cmocka_unit_test(a_signal_that_is_let_in_by_a_call_and_taken_away_does_not_come),
    };
    return cmocka_run_group_tests_name("signals that are let in by a call", tests, NULL, NULL);
}
