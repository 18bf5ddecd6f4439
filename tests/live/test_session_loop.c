/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A session in an event loop, with many real teams: its descriptor, its wake, each end told once.
 */
#include "session_run.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

enum { PATIENCE = 20 * 1000, MANY = 100 };

static void launch_teams(run *r, hdbg_team **teams, int count, const char *const *arguments)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", HDBG_TEST_FIXTURES, arguments[0]);
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_true(nowhere >= 0);
    for (int i = 0; i < count; i++) {
        hdbg_launch_spec spec = {.size = sizeof spec,
                                 .path = path,
                                 .arguments = arguments,
                                 .standard_input = -1,
                                 .standard_output = nowhere,
                                 .standard_error = -1};
        assert_ok(hdbg_team_launch(r->session, &spec, &teams[i]));
    }
    close(nowhere);
}

static int index_of(hdbg_team *const *teams, int count, const hdbg_team *team)
{
    int i = 0;
    while (i < count && teams[i] != team)
        i++;
    assert_true(i < count);
    return i;
}

static bool poll_session(run *r, int timeout)
{
    struct pollfd ready = {.fd = hdbg_session_descriptor(r->session), .events = POLLIN};
    assert_true(ready.fd >= 0);
    int count = poll(&ready, 1, timeout);
    assert_true(count >= 0);
    return count > 0;
}

static void a_poll_loop_gets_all_events_of_ten_teams(void **state)
{
    (void)state;
    enum { TEAMS = 10, THREADS = 3, ROUNDS = 20 };
    hdbg_team *teams[TEAMS];
    int hits[TEAMS] = {0}, ends = 0;
    run *r = run_session();
    launch_teams(r, teams, TEAMS, ARGUMENTS("watched", "work", "3", "20"));
    for (int i = 0; i < TEAMS; i++) {
        assert_ok(hdbg_breakpoint_set(teams[i], run_symbol(teams[i], "counted")));
        assert_ok(hdbg_team_resume(teams[i]));
    }
    while (ends < TEAMS) {
        hdbg_event *event;
        hdbg_status status;
        assert_true(poll_session(r, PATIENCE));
        while ((status = hdbg_wait(r->session, NULL, 0, &event)) == HDBG_OK) {
            int which = index_of(teams, TEAMS, hdbg_event_team(event));
            if (hdbg_event_type_of(event) == HDBG_EVENT_TEAM_DELETED) {
                ends++;
            } else {
                assert_int_equal(hdbg_event_type_of(event), HDBG_EVENT_BREAKPOINT_HIT);
                hits[which]++;
                assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
            }
            hdbg_event_release(event);
        }
        assert_status(status, ends < TEAMS ? HDBG_WOULD_BLOCK : HDBG_BAD_VALUE);
    }
    for (int i = 0; i < TEAMS; i++) {
        assert_int_equal(hits[i], THREADS * ROUNDS);
        hdbg_team_release(teams[i]);
    }
    run_free(r);
}

static void the_descriptor_is_not_readable_while_nothing_is_there(void **state)
{
    (void)state;
    hdbg_event *event;
    run *r = run_launch("watched", ARGUMENTS("wait"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_resume(r->team));
    /* What may be there of the launch is read; then there is nothing before there is input. */
    while (poll_session(r, 0))
        assert_status(hdbg_wait(r->session, NULL, 0, &event), HDBG_WOULD_BLOCK);
    assert_int_equal(dprintf(r->input, "\n"), 1);
    assert_true(poll_session(r, PATIENCE));
    assert_int_equal(run_end(r), 42);
    run_free(r);
}

static void a_wake_shows_in_the_descriptor_and_ends_one_wait(void **state)
{
    (void)state;
    hdbg_event *event;
    run *r = run_launch("watched", ARGUMENTS("wait"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_resume(r->team));
    while (poll_session(r, 0))
        assert_status(hdbg_wait(r->session, NULL, 0, &event), HDBG_WOULD_BLOCK);
    assert_ok(hdbg_session_wake(r->session));
    assert_true(poll_session(r, PATIENCE));
    assert_status(hdbg_wait(r->session, NULL, 0, &event), HDBG_WOKEN);
    assert_status(hdbg_wait(r->session, NULL, 0, &event), HDBG_WOULD_BLOCK);
    run_free(r);
}

static void *wait_for_ever(void *argument)
{
    run *r = argument;
    hdbg_event *event;
    return (void *)(intptr_t)hdbg_wait(r->session, NULL, HDBG_FOREVER, &event);
}

static void a_wake_ends_the_wait_of_another_thread_and_costs_no_event(void **state)
{
    (void)state;
    run *r = run_launch("watched", ARGUMENTS("wait"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_resume(r->team));
    for (int i = 0; i < 50; i++) {
        pthread_t waiter;
        void *status;
        assert_int_equal(pthread_create(&waiter, NULL, wait_for_ever, r), 0);
        assert_ok(hdbg_session_wake(r->session)); /* before it waits, or while it does */
        assert_int_equal(pthread_join(waiter, &status), 0);
        assert_int_equal((intptr_t)status, HDBG_WOKEN);
    }
    assert_int_equal(dprintf(r->input, "\n"), 1);
    assert_int_equal(run_end(r), 42);
    run_free(r);
}

static void the_ends_of_a_hundred_teams_are_each_told_once(void **state)
{
    (void)state;
    hdbg_team *teams[MANY];
    int ends[MANY] = {0};
    hdbg_event *event;
    run *r = run_session();
    launch_teams(r, teams, MANY, ARGUMENTS("echo_start", "x", "9"));
    assert_int_equal(hdbg_session_teams(r->session, NULL, 0), MANY);
    for (int i = 0; i < MANY; i++) {
        if (i % 3 == 0)
            assert_ok(hdbg_team_kill(teams[i])); /* some never run */
        else
            assert_ok(hdbg_team_resume(teams[i]));
    }
    for (int i = 0; i < MANY; i++) {
        event = run_expect(r, HDBG_EVENT_TEAM_DELETED);
        ends[index_of(teams, MANY, hdbg_event_team(event))]++;
        hdbg_event_release(event);
    }
    assert_status(hdbg_wait(r->session, NULL, 0, &event), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_session_teams(r->session, NULL, 0), 0);
    for (int i = 0; i < MANY; i++) {
        hdbg_team_end end = {.size = sizeof end};
        assert_int_equal(ends[i], 1);
        assert_ok(hdbg_team_end_get(teams[i], &end));
        assert_int_equal(i % 3 == 0 ? end.signal : end.status, i % 3 == 0 ? HDBG_SIGKILLTHR : 9);
        hdbg_wait_filter filter = {.size = sizeof filter, .team = hdbg_team_id_of(teams[i])};
        assert_status(hdbg_wait(r->session, &filter, 0, &event), HDBG_TEAM_GONE);
        hdbg_team_release(teams[i]);
    }
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_poll_loop_gets_all_events_of_ten_teams),
        cmocka_unit_test(the_descriptor_is_not_readable_while_nothing_is_there),
        cmocka_unit_test(a_wake_shows_in_the_descriptor_and_ends_one_wait),
        cmocka_unit_test(a_wake_ends_the_wait_of_another_thread_and_costs_no_event),
        cmocka_unit_test(the_ends_of_a_hundred_teams_are_each_told_once),
    };
    return cmocka_run_group_tests_name("a session in an event loop", tests, NULL, NULL);
}
