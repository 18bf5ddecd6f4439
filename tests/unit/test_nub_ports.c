/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Requests cannot hang and cannot kill the nub: timeouts, deaths, late replies, reply ports, many threads at
 * once.
 */
#include "nub_fixture.h"

#include <pthread.h>
#include <semaphore.h>

#define SECOND INT64_C(1000000)

static hdbg_time now(const struct fixture *fixture)
{
    return fixture->kernel->ops->system_time(fixture->kernel->context);
}

static hdbg_status read_some(const struct fixture *fixture)
{
    uint8_t buffer[16];
    size_t done;
    return hdbg_nub_read_memory(fixture->nub, MEMORY, buffer, sizeof buffer, &done);
}

static void a_request_without_a_reply_ends_at_its_timeout(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_answer_never(hdbg_mock_expect(fixture->mock, "READ_MEMORY *"));
    hdbg_time start = now(fixture);
    assert_int_equal(read_some(fixture), HDBG_TIMED_OUT);
    assert_true(now(fixture) - start == 10 * SECOND);
    hdbg_mock_answer_never(hdbg_mock_expect(fixture->mock, "READ_MEMORY *"));
    hdbg_nub_set_timeout(fixture->nub, 1234);
    start = now(fixture);
    assert_int_equal(read_some(fixture), HDBG_TIMED_OUT);
    assert_true(now(fixture) - start == 1234);
    assert_int_equal(fixture_statistics(fixture).timeouts, 2);
}

static void a_core_file_has_a_timeout_of_its_own(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_answer_never(hdbg_mock_expect(fixture->mock, "WRITE_CORE_FILE *"));
    hdbg_time start = now(fixture);
    assert_int_equal(hdbg_nub_write_core_file(fixture->nub, "/core", 60 * SECOND), HDBG_TIMED_OUT);
    assert_true(now(fixture) - start == 60 * SECOND);
}

static void a_reply_that_takes_its_time_is_waited_for(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_set_latency(fixture->mock, 9 * SECOND);
    assert_int_equal(read_some(fixture), HDBG_OK);
    hdbg_nub_set_timeout(fixture->nub, HDBG_FOREVER);
    hdbg_mock_set_latency(fixture->mock, 900 * SECOND);
    assert_int_equal(read_some(fixture), HDBG_OK);
}

static void a_nub_that_takes_no_messages_is_given_up(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_nub_stall(fixture->mock, TEAM, 1);
    assert_int_equal(hdbg_nub_set_team_flags(fixture->nub, 0), HDBG_OK); /* fills the port */
    hdbg_time start = now(fixture);
    assert_int_equal(read_some(fixture), HDBG_TIMED_OUT);
    assert_true(now(fixture) - start == 10 * SECOND);
    assert_int_equal(hdbg_nub_continue_thread(fixture->nub, THREAD, 0, 0), HDBG_TIMED_OUT);
    /* Nothing was sent, so nothing is waited for later. */
    assert_int_equal(fixture_statistics(fixture).retired_ports, 0);
    hdbg_mock_nub_stall(fixture->mock, TEAM, 0);
    assert_int_equal(read_some(fixture), HDBG_OK);
}

static void unstall(hdbg_mock *mock, void *cookie)
{
    (void)cookie;
    hdbg_mock_nub_stall(mock, TEAM, 0);
}

static void a_full_nub_port_is_waited_for(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_nub_stall(fixture->mock, TEAM, 1);
    assert_int_equal(hdbg_nub_set_team_flags(fixture->nub, 0), HDBG_OK);
    hdbg_mock_after(fixture->mock, 5 * SECOND, unstall, NULL);
    assert_int_equal(read_some(fixture), HDBG_OK);
    assert_string_equal(hdbg_mock_transcript(fixture->mock),
                        "SET_TEAM_FLAGS team=500 flags=0\nREAD_MEMORY team=500 address=0x10000 size=16\n");
}

static void a_team_that_dies_of_a_request_ends_it(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_then_team_ends(hdbg_mock_expect(fixture->mock, "READ_MEMORY *"), -1, 9);
    hdbg_time start = now(fixture);
    assert_int_equal(read_some(fixture), HDBG_BAD_PORT_ID);
    assert_true(now(fixture) == start);
    assert_int_equal(hdbg_nub_set_team_flags(fixture->nub, 0), HDBG_BAD_PORT_ID);
    assert_non_null(strstr(hdbg_last_error(), "SET_TEAM_FLAGS failed: the nub of team 500 is gone"));
}

static void kill_nub(hdbg_mock *mock, void *cookie)
{
    (void)cookie;
    hdbg_mock_nub_kill(mock, TEAM);
}

static void a_nub_that_dies_while_it_is_waited_for_ends_the_request(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_answer_never(hdbg_mock_expect(fixture->mock, "READ_MEMORY *"));
    hdbg_mock_after(fixture->mock, 3 * SECOND, kill_nub, NULL);
    hdbg_time start = now(fixture);
    assert_int_equal(read_some(fixture), HDBG_BAD_PORT_ID);
    assert_true(now(fixture) - start == 3 * SECOND);
}

static void a_reply_that_was_the_nubs_last_deed_counts(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_then(hdbg_mock_expect(fixture->mock, "READ_MEMORY *"), kill_nub, NULL);
    assert_int_equal(read_some(fixture), HDBG_OK);
    assert_int_equal(read_some(fixture), HDBG_BAD_PORT_ID);
}

static void requests_one_after_the_other_share_a_reply_port(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 100; i++)
        assert_int_equal(read_some(fixture), HDBG_OK);
    assert_int_equal(fixture_statistics(fixture).reply_ports, 1);
    assert_int_equal(hdbg_mock_calls(fixture->mock, "port_create"), 2); /* the debugger's, and that one */
    assert_int_equal(fixture_statistics(fixture).requests, 100);
    assert_int_equal(fixture_statistics(fixture).replies, 100);
}

static void the_port_of_a_request_that_timed_out_is_retired(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_answer_never(hdbg_mock_expect(fixture->mock, "READ_MEMORY *"));
    assert_int_equal(read_some(fixture), HDBG_TIMED_OUT);
    assert_int_equal(fixture_statistics(fixture).retired_ports, 1);
    assert_int_equal(read_some(fixture), HDBG_OK);
    assert_int_equal(fixture_statistics(fixture).reply_ports, 2);
    assert_int_equal(fixture_statistics(fixture).retired_ports, 1);
    assert_int_equal(hdbg_mock_calls(fixture->mock, "port_delete"), 0);
}

static void a_late_reply_neither_kills_the_nub_nor_answers_another_request(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_answer_after_messages(hdbg_mock_expect(fixture->mock, "SET_BREAKPOINT *"), 1);
    assert_int_equal(hdbg_nub_set_breakpoint(fixture->nub, 0x1000), HDBG_TIMED_OUT);
    /* The second SET_BREAKPOINT's own answer is an error; the first one's, late, was not. */
    assert_int_equal(hdbg_nub_set_breakpoint(fixture->nub, 0x1000), HDBG_BAD_VALUE);
    assert_int_equal(read_some(fixture), HDBG_OK);
    assert_verified(fixture->mock);
}

static void a_port_whose_late_reply_came_is_used_again(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_answer_after_messages(hdbg_mock_expect(fixture->mock, "READ_MEMORY *"), 1);
    hdbg_mock_answer_never(hdbg_mock_expect(fixture->mock, "READ_MEMORY *"));
    assert_int_equal(read_some(fixture), HDBG_TIMED_OUT);
    assert_int_equal(read_some(fixture), HDBG_TIMED_OUT); /* during which the first reply comes */
    assert_int_equal(fixture_statistics(fixture).retired_ports, 2);
    assert_int_equal(read_some(fixture), HDBG_OK);
    assert_int_equal(fixture_statistics(fixture).late_replies, 1);
    assert_int_equal(fixture_statistics(fixture).retired_ports, 1);
    assert_int_equal(fixture_statistics(fixture).reply_ports, 2);
}

static void a_second_message_in_a_reply_port_costs_nothing(void **state)
{
    struct fixture *fixture = *state;
    /* A wrong reply at once, the right one behind it: the next request must not take that for its own. */
    int32_t busy = HDBG_BUSY;
    hdbg_mock_answer_raw(hdbg_mock_expect(fixture->mock, "SET_BREAKPOINT *"), 99, "", 0);
    assert_int_equal(hdbg_nub_set_breakpoint(fixture->nub, 0x1000), HDBG_BAD_MESSAGE);
    hdbg_port_id reply_port = fixture->nub_port + 1; /* ids are given in order */
    assert_int_equal(
        fixture->kernel->ops->port_write(fixture->kernel->context, reply_port, 7, &busy, sizeof busy, 0),
        HDBG_OK);
    assert_int_equal(hdbg_nub_set_breakpoint(fixture->nub, 0x2000), HDBG_OK);
    assert_int_equal(fixture_statistics(fixture).reply_ports, 1);
}

static int port_exists(const struct fixture *fixture, hdbg_port_id id)
{
    hdbg_port_info info = {.size = sizeof info};
    return fixture->kernel->ops->port_info(fixture->kernel->context, id, &info) == HDBG_OK;
}

static void closing_deletes_the_reply_ports(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(read_some(fixture), HDBG_OK);
    hdbg_port_id reply_port = fixture->nub_port + 1;
    assert_true(port_exists(fixture, reply_port));
    hdbg_nub_close(fixture->nub);
    fixture->nub = NULL;
    assert_false(port_exists(fixture, reply_port));
    assert_true(port_exists(fixture, fixture->nub_port));
}

static void closing_leaves_a_port_that_the_nub_may_still_write_to(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_answer_after(hdbg_mock_expect(fixture->mock, "READ_MEMORY *"), 60 * SECOND);
    assert_int_equal(read_some(fixture), HDBG_TIMED_OUT);
    hdbg_port_id reply_port = fixture->nub_port + 1;
    hdbg_nub_close(fixture->nub);
    fixture->nub = NULL;
    assert_true(port_exists(fixture, reply_port));
    hdbg_mock_advance(fixture->mock, 100 * SECOND);
    assert_true(port_exists(fixture, fixture->nub_port));
    assert_verified(fixture->mock); /* or the nub has died of it */
}

static void closing_waits_a_moment_for_a_late_reply(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_answer_after(hdbg_mock_expect(fixture->mock, "READ_MEMORY *"), 10 * SECOND + 10000);
    assert_int_equal(read_some(fixture), HDBG_TIMED_OUT);
    hdbg_nub_close(fixture->nub);
    fixture->nub = NULL;
    assert_false(port_exists(fixture, fixture->nub_port + 1));
    assert_verified(fixture->mock);
}

static void closing_deletes_retired_ports_when_the_nub_is_gone(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_answer_never(hdbg_mock_expect(fixture->mock, "READ_MEMORY *"));
    assert_int_equal(read_some(fixture), HDBG_TIMED_OUT);
    hdbg_mock_nub_kill(fixture->mock, TEAM);
    hdbg_nub_close(fixture->nub);
    fixture->nub = NULL;
    assert_false(port_exists(fixture, fixture->nub_port + 1));
}

static void a_port_that_cannot_be_made_fails_the_request(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_fail(fixture->mock, "port_create", HDBG_NO_MORE_PORTS, 1);
    assert_int_equal(read_some(fixture), HDBG_NO_MORE_PORTS);
    assert_int_equal(read_some(fixture), HDBG_OK);
}

static void a_wait_that_fails_fails_the_request_and_retires_its_port(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_fail(fixture->mock, "wait_for_objects", HDBG_INTERRUPTED, 1);
    assert_int_equal(read_some(fixture), HDBG_INTERRUPTED);
    assert_int_equal(fixture_statistics(fixture).retired_ports, 1);
    assert_int_equal(read_some(fixture), HDBG_OK);
    assert_verified(fixture->mock);
}

static void statistics_check_their_size(void **state)
{
    struct fixture *fixture = *state;
    hdbg_nub_statistics statistics = {.size = 0};
    assert_int_equal(hdbg_nub_statistics_get(fixture->nub, &statistics), HDBG_BAD_VALUE);
}

/* ---- many threads ---- */

enum { WORKERS = 8, ROUNDS = 200 };

struct worker {
    struct fixture *fixture;
    pthread_t thread;
    int index;
    hdbg_status status;
    int wrong;
};

static void *read_and_write(void *cookie)
{
    struct worker *self = cookie;
    hdbg_address address = MEMORY + 256 * (hdbg_address)self->index;
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t out[64], in[64];
        size_t done;
        memset(out, self->index * 16 + round % 16, sizeof out);
        self->wrong += hdbg_nub_write_memory(self->fixture->nub, address, out, sizeof out, &done) != HDBG_OK;
        self->wrong += hdbg_nub_read_memory(self->fixture->nub, address, in, sizeof in, &done) != HDBG_OK;
        self->wrong += memcmp(in, out, sizeof in) != 0;
    }
    hdbg_mock_leave(self->fixture->mock);
    return NULL;
}

static void eight_threads_get_their_own_replies(void **state)
{
    struct fixture *fixture = *state;
    struct worker workers[WORKERS];
    hdbg_mock_set_latency(fixture->mock, 100);
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.fixture = fixture, .index = i};
        hdbg_mock_enter(fixture->mock);
    }
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&workers[i].thread, NULL, read_and_write, &workers[i]), 0);
    hdbg_mock_leave(fixture->mock);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_int_equal(workers[i].wrong, 0);
    }
    hdbg_mock_enter(fixture->mock);
    hdbg_nub_statistics statistics = fixture_statistics(fixture);
    assert_int_equal(statistics.replies, 2 * WORKERS * ROUNDS);
    assert_int_equal(statistics.bad_replies + statistics.timeouts, 0);
    assert_true(statistics.reply_ports <= WORKERS);
    assert_verified(fixture->mock);
}

static void *read_once(void *cookie)
{
    struct worker *self = cookie;
    self->status = read_some(self->fixture);
    return NULL;
}

static void post(hdbg_mock *mock, void *cookie)
{
    (void)mock;
    sem_post(cookie);
}

static void closing_ends_requests_in_flight_and_waits_for_them(void **state)
{
    struct fixture *fixture = *state;
    struct worker workers[WORKERS];
    sem_t sent;
    sem_init(&sent, 0, 0);
    hdbg_mock_enter(fixture->mock); /* one that never waits: the clock stands still */
    hdbg_nub_set_timeout(fixture->nub, HDBG_FOREVER);
    for (int i = 0; i < WORKERS; i++) {
        hdbg_mock_expectation *expected = hdbg_mock_expect(fixture->mock, "READ_MEMORY *");
        hdbg_mock_answer_never(expected);
        hdbg_mock_then(expected, post, &sent);
    }
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.fixture = fixture, .index = i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, read_once, &workers[i]), 0);
    }
    for (int i = 0; i < WORKERS; i++)
        sem_wait(&sent);
    hdbg_mock_leave(fixture->mock);
    hdbg_nub_close(fixture->nub);
    fixture->nub = NULL;
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_int_equal(workers[i].status, HDBG_BAD_PORT_ID);
    }
    assert_verified(fixture->mock);
    sem_destroy(&sent);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(a_request_without_a_reply_ends_at_its_timeout),
        WITH_FIXTURE(a_core_file_has_a_timeout_of_its_own),
        WITH_FIXTURE(a_reply_that_takes_its_time_is_waited_for),
        WITH_FIXTURE(a_nub_that_takes_no_messages_is_given_up),
        WITH_FIXTURE(a_full_nub_port_is_waited_for),
        WITH_FIXTURE(a_team_that_dies_of_a_request_ends_it),
        WITH_FIXTURE(a_nub_that_dies_while_it_is_waited_for_ends_the_request),
        WITH_FIXTURE(a_reply_that_was_the_nubs_last_deed_counts),
        WITH_FIXTURE(requests_one_after_the_other_share_a_reply_port),
        WITH_FIXTURE(the_port_of_a_request_that_timed_out_is_retired),
        WITH_FIXTURE(a_late_reply_neither_kills_the_nub_nor_answers_another_request),
        WITH_FIXTURE(a_port_whose_late_reply_came_is_used_again),
        WITH_FIXTURE(a_second_message_in_a_reply_port_costs_nothing),
        WITH_FIXTURE(closing_deletes_the_reply_ports),
        WITH_FIXTURE(closing_leaves_a_port_that_the_nub_may_still_write_to),
        WITH_FIXTURE(closing_waits_a_moment_for_a_late_reply),
        WITH_FIXTURE(closing_deletes_retired_ports_when_the_nub_is_gone),
        WITH_FIXTURE(a_port_that_cannot_be_made_fails_the_request),
        WITH_FIXTURE(a_wait_that_fails_fails_the_request_and_retires_its_port),
        WITH_FIXTURE(statistics_check_their_size),
        WITH_FIXTURE(eight_threads_get_their_own_replies),
        WITH_FIXTURE(closing_ends_requests_in_flight_and_waits_for_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
