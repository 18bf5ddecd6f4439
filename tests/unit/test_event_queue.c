/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The one event path: reading, decoding, order, filters, waking, the descriptor; and messages that are none.
 */
#include "session_world.h"

#include "session/types.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

/* ---- order and filters ---- */

static void events_of_other_threads_stay_in_order(void **state)
{
    world *w = *state;
    assert_ok(hdbg_mock_stop(w->mock, TEAM, HDBG_EVENT_DEBUGGER_CALL));
    assert_ok(hdbg_mock_stop(w->mock, WORKER, HDBG_EVENT_THREAD_DEBUGGED));
    hdbg_wait_filter filter = {.size = sizeof filter, .thread = WORKER};
    hdbg_event *event;
    assert_ok(hdbg_wait(w->session, &filter, HDBG_FOREVER, &event));
    assert_int_equal(hdbg_event_thread_id(event), WORKER);
    hdbg_event_release(event);
    expect_event(w, HDBG_EVENT_DEBUGGER_CALL);
    expect_no_event(w);
}

static void a_filter_by_type_leaves_the_others(void **state)
{
    world *w = *state;
    assert_ok(hdbg_mock_stop(w->mock, TEAM, HDBG_EVENT_DEBUGGER_CALL));
    assert_ok(hdbg_mock_stop(w->mock, WORKER, HDBG_EVENT_THREAD_DEBUGGED));
    hdbg_wait_filter filter = {.size = sizeof filter, .types = 1u << HDBG_EVENT_THREAD_DEBUGGED};
    hdbg_event *event;
    assert_ok(hdbg_wait(w->session, &filter, 0, &event));
    assert_int_equal(hdbg_event_type_of(event), HDBG_EVENT_THREAD_DEBUGGED);
    hdbg_event_release(event);
    assert_status(hdbg_wait(w->session, &filter, 0, &event), HDBG_WOULD_BLOCK);
    expect_event(w, HDBG_EVENT_DEBUGGER_CALL);
}

static void a_filter_by_team_leaves_the_others(void **state)
{
    world *w = *state;
    hdbg_team *other;
    assert_ok(hdbg_mock_team_add(w->mock, OTHER_TEAM, "other"));
    assert_ok(hdbg_team_attach(w->session, OTHER_TEAM, 0, &other));
    assert_ok(hdbg_mock_stop(w->mock, TEAM, HDBG_EVENT_DEBUGGER_CALL));
    assert_ok(hdbg_mock_stop(w->mock, OTHER_TEAM, HDBG_EVENT_DEBUGGER_CALL));
    hdbg_wait_filter filter = {.size = sizeof filter, .team = OTHER_TEAM};
    hdbg_event *event;
    assert_ok(hdbg_wait(w->session, &filter, HDBG_FOREVER, &event));
    assert_ptr_equal(hdbg_event_team(event), other);
    hdbg_event_release(event);
    event = next_event(w, HDBG_EVENT_DEBUGGER_CALL);
    assert_ptr_equal(hdbg_event_team(event), w->team);
    hdbg_event_release(event);
    hdbg_team_release(other);
}

static void a_wait_for_a_thread_gets_the_end_of_its_team(void **state)
{
    world *w = *state;
    hdbg_wait_filter filter = {.size = sizeof filter, .thread = WORKER};
    hdbg_event *event;
    assert_ok(hdbg_mock_team_end(w->mock, TEAM, 3, -1));
    assert_ok(hdbg_wait(w->session, &filter, HDBG_FOREVER, &event));
    assert_int_equal(hdbg_event_type_of(event), HDBG_EVENT_TEAM_DELETED);
    assert_null(hdbg_event_thread(event));
    hdbg_event_release(event);
    assert_status(hdbg_wait(w->session, &filter, HDBG_FOREVER, &event), HDBG_TEAM_GONE);
}

static void waiting_for_what_has_ended_says_so(void **state)
{
    world *w = *state;
    hdbg_nub_event end = {.type = HDBG_EVENT_THREAD_DELETED, .thread = WORKER, .team = TEAM};
    assert_ok(hdbg_mock_send(w->mock, &end));
    hdbg_wait_filter filter = {.size = sizeof filter, .thread = WORKER};
    hdbg_event *event;
    assert_status(hdbg_wait(w->session, &filter, HDBG_FOREVER, &event), HDBG_THREAD_GONE);
    assert_sentence("cannot wait for thread 501: it has ended");
    filter.thread = 99;
    assert_status(hdbg_wait(w->session, &filter, HDBG_FOREVER, &event), HDBG_BAD_TEAM_ID);
    assert_sentence("cannot wait for thread 99: it is not known");
    filter.thread = 0;
    filter.team = 99;
    assert_status(hdbg_wait(w->session, &filter, HDBG_FOREVER, &event), HDBG_BAD_TEAM_ID);
}

static void without_a_team_there_is_nothing_to_wait_for(void **state)
{
    world *w = *state;
    hdbg_event *event;
    assert_ok(hdbg_team_detach(w->team));
    assert_status(hdbg_wait(w->session, NULL, HDBG_FOREVER, &event), HDBG_BAD_VALUE);
    hdbg_wait_filter filter = {.size = sizeof filter, .team = TEAM};
    assert_status(hdbg_wait(w->session, &filter, HDBG_FOREVER, &event), HDBG_DETACHED);
}

static void a_wait_ends_at_its_deadline(void **state)
{
    world *w = *state;
    hdbg_event *event;
    hdbg_time before = w->kernel->ops->system_time(w->kernel->context);
    assert_status(hdbg_wait(w->session, NULL, 1700000, &event), HDBG_TIMED_OUT);
    assert_int_equal(w->kernel->ops->system_time(w->kernel->context) - before, 1700000);
    assert_null(event);
}

static void an_event_tells_what_happened_in_a_line(void **state)
{
    world *w = *state;
    char line[200];
    place(w, w->worker, 0x401136, STACK, 0);
    assert_ok(hdbg_mock_stop(w->mock, WORKER, HDBG_EVENT_BREAKPOINT_HIT));
    hdbg_event *event = next_event(w, HDBG_EVENT_BREAKPOINT_HIT);
    assert_true(hdbg_event_is_stop(event));
    assert_int_equal(hdbg_event_describe(event, line, sizeof line), 46);
    assert_string_equal(line, "thread 501 'worker' BREAKPOINT_HIT at 0x401136");
    assert_int_equal(hdbg_event_describe(event, line, 10), 46);
    assert_string_equal(line, "thread 50");
    hdbg_event_release(event);
}

/* ---- messages that are none ---- */

static void garbage_is_counted_and_does_not_cost_the_next_message(void **state)
{
    world *w = *state;
    static const uint8_t garbage[3000] = {0xff, 0xee};
    for (size_t size = 0; size < 64; size++)
        assert_ok(hdbg_mock_send_raw(w->mock, TEAM, 4711, garbage, size));
    assert_ok(hdbg_mock_send_raw(w->mock, TEAM, -1, garbage, sizeof garbage));
    assert_ok(hdbg_mock_send_raw(w->mock, TEAM, HDBG_EVENT_IMAGE_CREATED, garbage, 20)); /* too short */
    assert_ok(hdbg_mock_stop(w->mock, TEAM, HDBG_EVENT_DEBUGGER_CALL));
    expect_event(w, HDBG_EVENT_DEBUGGER_CALL);
    assert_int_equal(statistics(w).bad_messages, 66);
    assert_int_equal(statistics(w).foreign_messages, 0);
}

static void a_thread_that_waits_behind_a_damaged_message_goes_on(void **state)
{
    world *w = *state;
    int32_t origin[3] = {WORKER, TEAM, 1};
    assert_ok(hdbg_mock_send_raw(w->mock, TEAM, 77, origin, sizeof origin));
    expect_no_event(w);
    expect_transcript(w, "CONTINUE_THREAD thread=501 HANDLE_EVENT\n");
}

static void messages_of_other_teams_are_counted(void **state)
{
    world *w = *state;
    int32_t origin[3] = {900, 900, 1};
    assert_ok(hdbg_mock_send_raw(w->mock, TEAM, HDBG_EVENT_THREAD_DEBUGGED, origin, sizeof origin));
    expect_no_event(w);
    assert_int_equal(statistics(w).foreign_messages, 1);
    expect_transcript(w, "");
}

static void an_event_of_a_thread_that_needs_one_but_names_none_is_damaged(void **state)
{
    world *w = *state;
    int32_t origin[3] = {-1, TEAM, -1};
    assert_ok(hdbg_mock_send_raw(w->mock, TEAM, HDBG_EVENT_THREAD_DEBUGGED, origin, sizeof origin));
    expect_no_event(w);
    assert_int_equal(statistics(w).bad_messages, 1);
}

static void an_event_of_an_unknown_thread_makes_it_known(void **state)
{
    world *w = *state;
    assert_ok(hdbg_mock_thread_add(w->mock, TEAM, 777, "late"));
    assert_ok(hdbg_mock_stop(w->mock, 777, HDBG_EVENT_DEBUGGER_CALL));
    hdbg_event *event = next_event(w, HDBG_EVENT_DEBUGGER_CALL);
    assert_int_equal(hdbg_thread_id_of(hdbg_event_thread(event)), 777);
    assert_int_equal(hdbg_team_threads(w->team, NULL, 0), 3);
    hdbg_event_release(event);
}

/* ---- waking ---- */

static void a_wake_ends_the_next_wait_once(void **state)
{
    world *w = *state;
    hdbg_event *event;
    assert_ok(hdbg_session_wake(w->session));
    assert_ok(hdbg_session_wake(w->session));
    assert_status(hdbg_wait(w->session, NULL, HDBG_FOREVER, &event), HDBG_WOKEN);
    assert_status(hdbg_wait(w->session, NULL, 0, &event), HDBG_WOULD_BLOCK);
}

static void a_wake_does_not_cost_an_event(void **state)
{
    world *w = *state;
    hdbg_event *event;
    assert_ok(hdbg_session_wake(w->session));
    assert_ok(hdbg_mock_stop(w->mock, TEAM, HDBG_EVENT_DEBUGGER_CALL));
    int woken = 0, events = 0;
    for (int i = 0; i < 2; i++) {
        hdbg_status status = hdbg_wait(w->session, NULL, 1000, &event);
        woken += status == HDBG_WOKEN;
        events += status == HDBG_OK;
        if (status == HDBG_OK)
            hdbg_event_release(event);
    }
    assert_int_equal(woken, 1);
    assert_int_equal(events, 1);
}

typedef struct waiter {
    world *w;
    pthread_t thread;
    hdbg_time timeout;
    hdbg_status status;
    hdbg_event *event;
} waiter;

static void *wait_in_thread(void *argument)
{
    waiter *self = argument;
    self->status = hdbg_wait(self->w->session, NULL, self->timeout, &self->event);
    return NULL;
}

/* Until the other thread is in hdbg_wait(). */
static void until_it_waits(world *w)
{
    bool waits = false;
    while (!waits) {
        pthread_mutex_lock(&w->session->lock);
        waits = w->session->waiting;
        pthread_mutex_unlock(&w->session->lock);
        sched_yield();
    }
}

static world *real_time_world(void)
{
    hdbg_mock_options options = {.size = sizeof options, .flags = HDBG_MOCK_REAL_TIME};
    return world_make(NULL, &options, 1);
}

static void a_waiting_thread_is_woken_and_a_second_one_refused(void **state)
{
    (void)state;
    world *w = real_time_world();
    waiter other = {.w = w, .timeout = HDBG_FOREVER};
    pthread_create(&other.thread, NULL, wait_in_thread, &other);
    until_it_waits(w);
    hdbg_event *event;
    assert_status(hdbg_wait(w->session, NULL, 0, &event), HDBG_BUSY);
    assert_sentence("cannot wait: another thread waits for the session's events");
    assert_ok(hdbg_session_wake(w->session));
    pthread_join(other.thread, NULL);
    assert_status(other.status, HDBG_WOKEN);
    world_free(w);
}

static void a_waiting_thread_is_woken_when_the_port_is_full(void **state)
{
    (void)state;
    hdbg_session_options session = {.size = sizeof session, .port_capacity = 1};
    world *w = world_make(&session, NULL, 1);
    assert_ok(hdbg_mock_stop(w->mock, TEAM, HDBG_EVENT_DEBUGGER_CALL));
    assert_ok(hdbg_session_wake(w->session)); /* its message does not fit */
    hdbg_event *event;
    assert_status(hdbg_wait(w->session, NULL, HDBG_FOREVER, &event), HDBG_WOKEN);
    expect_event(w, HDBG_EVENT_DEBUGGER_CALL);
    world_free(w);
}

static void a_stop_in_another_thread_completes_through_the_waiter(void **state)
{
    (void)state;
    world *w = real_time_world();
    waiter other = {.w = w, .timeout = HDBG_FOREVER};
    pthread_create(&other.thread, NULL, wait_in_thread, &other);
    until_it_waits(w);
    assert_ok(hdbg_thread_stop(w->worker));
    assert_int_equal(hdbg_thread_state_of(w->worker), HDBG_THREAD_STOPPED);
    assert_ok(hdbg_mock_stop(w->mock, TEAM, HDBG_EVENT_DEBUGGER_CALL));
    pthread_join(other.thread, NULL);
    assert_ok(other.status);
    assert_int_equal(hdbg_event_type_of(other.event), HDBG_EVENT_DEBUGGER_CALL);
    hdbg_event_release(other.event);
    world_free(w);
}

static void the_end_of_the_session_cancels_a_wait(void **state)
{
    (void)state;
    world *w = real_time_world();
    waiter other = {.w = w, .timeout = HDBG_FOREVER};
    pthread_create(&other.thread, NULL, wait_in_thread, &other);
    until_it_waits(w);
    hdbg_session_destroy(w->session);
    pthread_join(other.thread, NULL);
    assert_status(other.status, HDBG_CANCELED);
    w->session = NULL;
    world_free(w);
}

static void a_detach_ends_a_wait_for_the_team(void **state)
{
    (void)state;
    world *w = real_time_world();
    waiter other = {.w = w, .timeout = HDBG_FOREVER};
    pthread_create(&other.thread, NULL, wait_in_thread, &other);
    until_it_waits(w);
    assert_ok(hdbg_team_detach(w->team));
    pthread_join(other.thread, NULL);
    assert_status(other.status, HDBG_BAD_VALUE);
    world_free(w);
}

/* ---- the descriptor ---- */

static int is_readable(int descriptor)
{
    struct pollfd one = {.fd = descriptor, .events = POLLIN};
    return poll(&one, 1, 0) == 1;
}

static void the_descriptor_is_readable_while_an_event_can_be_had(void **state)
{
    world *w = *state;
    int descriptor = hdbg_session_descriptor(w->session);
    assert_true(descriptor >= 0);
    assert_int_equal(hdbg_session_descriptor(w->session), descriptor);
    expect_no_event(w);
    assert_false(is_readable(descriptor));
    assert_ok(hdbg_mock_stop(w->mock, TEAM, HDBG_EVENT_DEBUGGER_CALL));
    assert_true(is_readable(descriptor));
    expect_event(w, HDBG_EVENT_DEBUGGER_CALL);
    expect_no_event(w);
    assert_false(is_readable(descriptor));
}

static void the_descriptor_is_readable_for_events_that_another_filter_has_read(void **state)
{
    world *w = *state;
    int descriptor = hdbg_session_descriptor(w->session);
    assert_ok(hdbg_mock_stop(w->mock, TEAM, HDBG_EVENT_DEBUGGER_CALL));
    hdbg_wait_filter filter = {.size = sizeof filter, .thread = WORKER};
    hdbg_event *event;
    assert_status(hdbg_wait(w->session, &filter, 0, &event), HDBG_WOULD_BLOCK);
    assert_true(is_readable(descriptor));
    expect_event(w, HDBG_EVENT_DEBUGGER_CALL);
    expect_no_event(w);
    assert_false(is_readable(descriptor));
}

static void the_descriptor_is_readable_for_events_that_a_stop_has_read(void **state)
{
    world *w = *state;
    int descriptor = hdbg_session_descriptor(w->session);
    assert_ok(hdbg_mock_stop(w->mock, TEAM, HDBG_EVENT_DEBUGGER_CALL));
    assert_ok(hdbg_thread_stop(w->worker));
    assert_true(is_readable(descriptor));
    expect_event(w, HDBG_EVENT_DEBUGGER_CALL);
}

static void the_descriptor_is_readable_after_a_wake(void **state)
{
    world *w = *state;
    int descriptor = hdbg_session_descriptor(w->session);
    hdbg_event *event;
    assert_ok(hdbg_session_wake(w->session));
    assert_true(is_readable(descriptor));
    assert_status(hdbg_wait(w->session, NULL, 0, &event), HDBG_WOKEN);
    expect_no_event(w);
    assert_false(is_readable(descriptor));
}

/* ---- the pool ---- */

static void events_that_were_given_back_are_used_again(void **state)
{
    world *w = *state;
    hdbg_event *first = NULL;
    for (int i = 0; i < 100; i++) {
        assert_ok(hdbg_mock_stop(w->mock, TEAM, HDBG_EVENT_DEBUGGER_CALL));
        hdbg_event *event = next_event(w, HDBG_EVENT_DEBUGGER_CALL);
        assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
        if (first == NULL)
            first = event;
        assert_ptr_equal(event, first);
        hdbg_event_release(event);
    }
}

static void an_event_outlives_its_session(void **state)
{
    (void)state;
    world *w = world_make(NULL, NULL, 1);
    assert_ok(hdbg_mock_stop(w->mock, WORKER, HDBG_EVENT_DEBUGGER_CALL));
    hdbg_event *event = next_event(w, HDBG_EVENT_DEBUGGER_CALL);
    hdbg_session_destroy(w->session);
    w->session = NULL;
    assert_int_equal(hdbg_event_thread_id(event), WORKER);
    assert_status(hdbg_thread_resume(hdbg_event_thread(event), NULL), HDBG_DETACHED);
    assert_null(hdbg_team_session(hdbg_event_team(event)));
    hdbg_event_release(event);
    world_free(w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(events_of_other_threads_stay_in_order),
        TEST(a_filter_by_type_leaves_the_others),
        TEST(a_filter_by_team_leaves_the_others),
        TEST(a_wait_for_a_thread_gets_the_end_of_its_team),
        TEST(waiting_for_what_has_ended_says_so),
        TEST(without_a_team_there_is_nothing_to_wait_for),
        TEST(a_wait_ends_at_its_deadline),
        TEST(an_event_tells_what_happened_in_a_line),
        TEST(garbage_is_counted_and_does_not_cost_the_next_message),
        TEST(a_thread_that_waits_behind_a_damaged_message_goes_on),
        TEST(messages_of_other_teams_are_counted),
        TEST(an_event_of_a_thread_that_needs_one_but_names_none_is_damaged),
        TEST(an_event_of_an_unknown_thread_makes_it_known),
        TEST(a_wake_ends_the_next_wait_once),
        TEST(a_wake_does_not_cost_an_event),
        cmocka_unit_test(a_waiting_thread_is_woken_and_a_second_one_refused),
        cmocka_unit_test(a_waiting_thread_is_woken_when_the_port_is_full),
        cmocka_unit_test(a_stop_in_another_thread_completes_through_the_waiter),
        cmocka_unit_test(the_end_of_the_session_cancels_a_wait),
        cmocka_unit_test(a_detach_ends_a_wait_for_the_team),
        TEST(the_descriptor_is_readable_while_an_event_can_be_had),
        TEST(the_descriptor_is_readable_for_events_that_another_filter_has_read),
        TEST(the_descriptor_is_readable_for_events_that_a_stop_has_read),
        TEST(the_descriptor_is_readable_after_a_wake),
        TEST(events_that_were_given_back_are_used_again),
        cmocka_unit_test(an_event_outlives_its_session),
    };
    return cmocka_run_group_tests_name("the event path", tests, NULL, NULL);
}
