/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A team stopped at once, by a kernel that offers that.
 */
#include "session_world.h"

static int bulk_setup(void **state)
{
    hdbg_mock_options options = {.size = sizeof options, .flags = HDBG_MOCK_BULK_STOP};
    world *w = world_make(NULL, &options, 1);
    forget_transcript(w);
    *state = w;
    return 0;
}

static void assert_all_stand(world *w)
{
    hdbg_thread *threads[8];
    size_t count = hdbg_team_threads(w->team, threads, 8);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(hdbg_thread_state_of(threads[i]), HDBG_THREAD_STOPPED);
        assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, hdbg_thread_id_of(threads[i])), 1);
        hdbg_thread_release(threads[i]);
    }
}

static void all_threads_are_stopped_by_one_call(void **state)
{
    world *w = *state;
    assert_ok(hdbg_team_stop(w->team));
    expect_transcript(w, "debug_team team=500\n");
    assert_all_stand(w);
    expect_no_event(w);
}

static void the_team_is_stopped_again_after_it_went_on(void **state)
{
    world *w = *state;
    assert_ok(hdbg_team_stop(w->team));
    assert_ok(hdbg_team_resume(w->team));
    forget_transcript(w);
    assert_ok(hdbg_team_stop(w->team));
    expect_transcript(w, "debug_team team=500\n"); /* which comes after what went on was told */
    assert_all_stand(w);
    expect_no_event(w);
}

static void one_thread_is_stopped_by_itself(void **state)
{
    world *w = *state;
    assert_ok(hdbg_thread_stop(w->worker));
    expect_transcript(w, "debug_thread thread=501\n");
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, TEAM), 0);
}

static void attaching_with_a_stop_is_one_call(void **state)
{
    world *w = *state;
    assert_ok(hdbg_team_detach(w->team));
    hdbg_thread_release(w->thread);
    hdbg_thread_release(w->worker);
    hdbg_team_release(w->team);
    w->thread = w->worker = NULL;
    forget_transcript(w);
    assert_ok(hdbg_team_attach(w->session, TEAM, HDBG_ATTACH_STOP, &w->team));
    expect_transcript(w, "install_team_debugger team=500\n"
                         "SET_TEAM_FLAGS team=500 flags=SIGNALS|TEAM_CREATION|THREADS|IMAGES\n"
                         "GET_SIGNAL_MASKS thread=500\n"
                         "debug_team team=500\n");
    assert_int_equal(hdbg_team_threads(w->team, NULL, 0), 2);
    assert_all_stand(w);
    expect_no_event(w);
}

static void a_thread_that_is_created_meanwhile_is_stopped_and_not_told(void **state)
{
    world *w = *state;
    hdbg_nub_event created = {.type = HDBG_EVENT_THREAD_CREATED, .thread = WORKER, .team = TEAM};
    created.data.new_thread = 550;
    assert_ok(hdbg_mock_thread_add(w->mock, TEAM, 550, "new"));
    assert_ok(hdbg_mock_send(w->mock, &created));
    assert_ok(hdbg_team_stop(w->team));
    expect_transcript(w, "debug_team team=500\n");
    assert_int_equal(hdbg_team_threads(w->team, NULL, 0), 3);
    assert_all_stand(w);
    expect_no_event(w);
}

static void a_thread_that_ends_meanwhile_is_told_once(void **state)
{
    world *w = *state;
    hdbg_nub_event created = {.type = HDBG_EVENT_THREAD_CREATED, .thread = TEAM, .team = TEAM};
    hdbg_nub_event ended = {.type = HDBG_EVENT_THREAD_DELETED, .thread = 550, .team = TEAM, .nub_port = -1};
    created.data.new_thread = 550;
    assert_ok(hdbg_team_set_events(w->team, HDBG_TEAM_SIGNALS | HDBG_TEAM_THREADS));
    assert_ok(hdbg_mock_thread_add(w->mock, TEAM, 550, "new"));
    stop_with(w, w->worker, HDBG_EVENT_DEBUGGER_CALL);
    assert_ok(hdbg_mock_send(w->mock, &created));
    expect_event(w, HDBG_EVENT_THREAD_CREATED);
    assert_ok(hdbg_thread_resume(w->thread, NULL));

    hdbg_mock_expectation *asked = hdbg_mock_expect(w->mock, "debug_team team=500");
    hdbg_mock_allow(w->mock, "*");
    hdbg_mock_then_send(asked, &ended);
    assert_ok(hdbg_mock_thread_remove(w->mock, 550));
    assert_ok(hdbg_team_stop(w->team));
    expect_event(w, HDBG_EVENT_THREAD_DELETED);
    expect_no_event(w);
    assert_int_equal(hdbg_team_threads(w->team, NULL, 0), 2);
    assert_all_stand(w);
}

static void what_the_kernel_forgot_is_asked_one_by_one(void **state)
{
    world *w = *state;
    hdbg_mock_lose(hdbg_mock_expect(w->mock, "debug_team team=500"));
    assert_ok(hdbg_team_stop(w->team));
    expect_transcript(w, "debug_team team=500\ndebug_thread thread=501\ndebug_thread thread=500\n");
    assert_all_stand(w);
    expect_no_event(w);
}

static void a_kernel_that_fails_to_stop_a_team_is_asked_for_each_thread(void **state)
{
    world *w = *state;
    hdbg_mock_fail(w->mock, "debug_team", HDBG_NOT_ALLOWED, 1);
    hdbg_mock_fail(w->mock, "team_threads", HDBG_NOT_ALLOWED, 1);
    assert_ok(hdbg_team_stop(w->team));
    assert_all_stand(w);
    expect_no_event(w);
}

static void threads_are_learnt_one_by_one_from_a_kernel_that_fails_to_list_them(void **state)
{
    world *w = *state;
    assert_ok(hdbg_team_detach(w->team));
    hdbg_thread_release(w->thread);
    hdbg_thread_release(w->worker);
    hdbg_team_release(w->team);
    w->thread = w->worker = NULL;
    hdbg_mock_fail(w->mock, "team_threads", HDBG_NOT_ALLOWED, 1000);
    assert_ok(hdbg_team_attach(w->session, TEAM, 0, &w->team));
    assert_int_equal(hdbg_team_threads(w->team, NULL, 0), 2);
}

static void the_mock_stops_teams_as_the_kernel_promises(void **state)
{
    world *w = *state;
    const hdbg_kernel_ops *ops = w->kernel->ops;
    hdbg_thread_id ids[2] = {-1, -1};
    assert_int_equal(ops->team_threads(w->kernel->context, TEAM, ids, 1), 2);
    assert_int_equal(ids[1], -1);
    assert_int_equal(ops->team_threads(w->kernel->context, TEAM, ids, 2), 2);
    assert_int_equal(ids[0] + ids[1], TEAM + WORKER);
    assert_int_equal(ops->team_threads(w->kernel->context, 12345, ids, 2), HDBG_BAD_TEAM_ID);
    assert_int_equal(ops->debug_team(w->kernel->context, 12345), HDBG_BAD_TEAM_ID);
    assert_ok(hdbg_mock_team_add(w->mock, OTHER_TEAM, "other"));
    assert_int_equal(ops->debug_team(w->kernel->context, OTHER_TEAM), HDBG_NO_DEFAULT_DEBUGGER);
    assert_int_equal(ops->debug_team(w->kernel->context, TEAM), 2);
}

#define WITH_BULK(test) cmocka_unit_test_setup_teardown(test, bulk_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BULK(all_threads_are_stopped_by_one_call),
        WITH_BULK(the_team_is_stopped_again_after_it_went_on),
        WITH_BULK(one_thread_is_stopped_by_itself),
        WITH_BULK(attaching_with_a_stop_is_one_call),
        WITH_BULK(a_thread_that_is_created_meanwhile_is_stopped_and_not_told),
        WITH_BULK(a_thread_that_ends_meanwhile_is_told_once),
        WITH_BULK(what_the_kernel_forgot_is_asked_one_by_one),
        WITH_BULK(a_kernel_that_fails_to_stop_a_team_is_asked_for_each_thread),
        WITH_BULK(threads_are_learnt_one_by_one_from_a_kernel_that_fails_to_list_them),
        WITH_BULK(the_mock_stops_teams_as_the_kernel_promises),
    };
    return cmocka_run_group_tests_name("teams stopped at once", tests, NULL, NULL);
}
