/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The mock's ports and clock: Haiku's rules, and time that takes none.
 */
#include "nub_fixture.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>

#define SECOND  INT64_C(1000000)
#define OPS     fixture->kernel->ops
#define CONTEXT fixture->kernel->context

static hdbg_port_id make(struct fixture *fixture, int32_t capacity)
{
    hdbg_port_id port = OPS->port_create(CONTEXT, capacity, "a port");
    assert_true(port > 0);
    return port;
}

static void messages_come_in_their_order(void **state)
{
    struct fixture *fixture = *state;
    hdbg_port_id port = make(fixture, 3);
    int32_t code;
    char buffer[8];
    assert_int_equal(OPS->port_write(CONTEXT, port, 1, "one", 3, 0), HDBG_OK);
    assert_int_equal(OPS->port_write(CONTEXT, port, 2, NULL, 0, 0), HDBG_OK);
    assert_int_equal(OPS->port_write(CONTEXT, port, 3, "three", 5, 0), HDBG_OK);
    assert_int_equal(OPS->port_next_size(CONTEXT, port, 0), 3);
    assert_int_equal(OPS->port_read(CONTEXT, port, &code, buffer, sizeof buffer, 0), 3);
    assert_int_equal(code, 1);
    assert_memory_equal(buffer, "one", 3);
    assert_int_equal(OPS->port_read(CONTEXT, port, &code, buffer, sizeof buffer, 0), 0);
    assert_int_equal(code, 2);
    /* What does not fit is lost. */
    assert_int_equal(OPS->port_read(CONTEXT, port, &code, buffer, 2, 0), 2);
    assert_int_equal(code, 3);
    assert_int_equal(OPS->port_read(CONTEXT, port, &code, buffer, sizeof buffer, 0), HDBG_WOULD_BLOCK);
}

static void a_full_port_takes_nothing(void **state)
{
    struct fixture *fixture = *state;
    hdbg_port_id port = make(fixture, 2);
    assert_int_equal(OPS->port_write(CONTEXT, port, 1, "", 0, 0), HDBG_OK);
    assert_int_equal(OPS->port_write(CONTEXT, port, 1, "", 0, 0), HDBG_OK);
    assert_int_equal(OPS->port_write(CONTEXT, port, 1, "", 0, 0), HDBG_WOULD_BLOCK);
    assert_int_equal(OPS->port_write(CONTEXT, port, 1, "", 0, 5000), HDBG_TIMED_OUT);
    hdbg_port_info info = {.size = sizeof info};
    assert_int_equal(OPS->port_info(CONTEXT, port, &info), HDBG_OK);
    assert_int_equal(info.capacity, 2);
    assert_int_equal(info.queue_count, 2);
    assert_int_equal(info.total_count, 2);
    assert_int_equal(info.team, HDBG_MOCK_OWN_TEAM);
    assert_string_equal(info.name, "a port");
}

static void a_port_has_haikus_limits(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(OPS->port_create(CONTEXT, 0, "p"), HDBG_BAD_VALUE);
    assert_int_equal(OPS->port_create(CONTEXT, 4097, "p"), HDBG_BAD_VALUE);
    hdbg_port_id port = make(fixture, 4096);
    char *large = calloc(1, 256 * 1024 + 1);
    assert_int_equal(OPS->port_write(CONTEXT, port, 1, large, 256 * 1024, 0), HDBG_OK);
    assert_int_equal(OPS->port_write(CONTEXT, port, 1, large, 256 * 1024 + 1, 0), HDBG_BAD_VALUE);
    free(large);
}

static void a_deleted_port_is_none(void **state)
{
    struct fixture *fixture = *state;
    hdbg_port_id port = make(fixture, 1);
    int32_t code;
    hdbg_port_info info = {.size = sizeof info};
    assert_int_equal(OPS->port_delete(CONTEXT, port), HDBG_OK);
    assert_int_equal(OPS->port_delete(CONTEXT, port), HDBG_BAD_PORT_ID);
    assert_int_equal(OPS->port_read(CONTEXT, port, &code, NULL, 0, 0), HDBG_BAD_PORT_ID);
    assert_int_equal(OPS->port_write(CONTEXT, port, 1, "", 0, 0), HDBG_BAD_PORT_ID);
    assert_int_equal(OPS->port_next_size(CONTEXT, port, 0), HDBG_BAD_PORT_ID);
    assert_int_equal(OPS->port_info(CONTEXT, port, &info), HDBG_BAD_PORT_ID);
    assert_int_equal(OPS->port_info(CONTEXT, -1, &info), HDBG_BAD_PORT_ID);
    assert_true(make(fixture, 1) != port);
}

static void waiting_tells_which_objects_have_events(void **state)
{
    struct fixture *fixture = *state;
    hdbg_port_id empty = make(fixture, 1), full = make(fixture, 1), gone = make(fixture, 1);
    OPS->port_write(CONTEXT, full, 1, "", 0, 0);
    OPS->port_delete(CONTEXT, gone);
    hdbg_object_wait objects[] = {
        {empty, HDBG_OBJECT_PORT, HDBG_WAIT_READ},    {empty, HDBG_OBJECT_PORT, HDBG_WAIT_WRITE},
        {full, HDBG_OBJECT_PORT, HDBG_WAIT_READ},     {full, HDBG_OBJECT_PORT, HDBG_WAIT_WRITE},
        {gone, HDBG_OBJECT_PORT, HDBG_WAIT_READ},     {THREAD, HDBG_OBJECT_THREAD, HDBG_WAIT_INVALID},
        {999, HDBG_OBJECT_THREAD, HDBG_WAIT_INVALID},
    };
    assert_int_equal(OPS->wait_for_objects(CONTEXT, objects, 7, HDBG_FOREVER), 4);
    const uint16_t expected[] = {0, HDBG_WAIT_WRITE,  HDBG_WAIT_READ, 0, HDBG_WAIT_INVALID,
                                 0, HDBG_WAIT_INVALID};
    for (int i = 0; i < 7; i++)
        assert_int_equal(objects[i].events, expected[i]);
    objects[0] = (hdbg_object_wait){empty, HDBG_OBJECT_PORT, HDBG_WAIT_READ};
    assert_int_equal(OPS->wait_for_objects(CONTEXT, objects, 1, 0), HDBG_WOULD_BLOCK);
    objects[0].events = HDBG_WAIT_READ;
    assert_int_equal(OPS->wait_for_objects(CONTEXT, objects, 1, SECOND), HDBG_TIMED_OUT);
    assert_int_equal(objects[0].events, 0);
}

static int is_readable(int descriptor)
{
    struct pollfd poller = {.fd = descriptor, .events = POLLIN};
    return poll(&poller, 1, 0) == 1;
}

static void a_descriptor_is_readable_while_its_port_is(void **state)
{
    struct fixture *fixture = *state;
    hdbg_port_id port = make(fixture, 2);
    int32_t code;
    int descriptor = OPS->descriptor_open(CONTEXT, port);
    assert_true(descriptor >= 0);
    assert_false(is_readable(descriptor));
    OPS->port_write(CONTEXT, port, 1, "", 0, 0);
    OPS->port_write(CONTEXT, port, 1, "", 0, 0);
    assert_true(is_readable(descriptor));
    OPS->port_read(CONTEXT, port, &code, NULL, 0, 0);
    assert_true(is_readable(descriptor));
    OPS->port_read(CONTEXT, port, &code, NULL, 0, 0);
    assert_false(is_readable(descriptor));
    assert_int_equal(OPS->descriptor_force(CONTEXT, descriptor, 1), HDBG_OK);
    assert_true(is_readable(descriptor));
    assert_int_equal(OPS->descriptor_force(CONTEXT, descriptor, 0), HDBG_OK);
    assert_false(is_readable(descriptor));
    OPS->port_delete(CONTEXT, port);
    assert_true(is_readable(descriptor));
    OPS->descriptor_close(CONTEXT, descriptor);
    assert_int_equal(OPS->descriptor_force(CONTEXT, descriptor, 1), HDBG_FILE_ERROR);
    assert_int_equal(OPS->descriptor_open(CONTEXT, port), HDBG_BAD_PORT_ID);
}

static void functions_fail_as_often_as_they_are_told(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(hdbg_mock_fail(fixture->mock, "port_create", HDBG_NO_MORE_PORTS, 2), HDBG_OK);
    assert_int_equal(OPS->port_create(CONTEXT, 1, "p"), HDBG_NO_MORE_PORTS);
    assert_int_equal(OPS->port_create(CONTEXT, 1, "p"), HDBG_NO_MORE_PORTS);
    assert_non_null(strstr(hdbg_last_error(), "port_create"));
    make(fixture, 1);
    assert_int_equal(hdbg_mock_calls(fixture->mock, "port_create"), 4); /* with the fixture's */
    assert_int_equal(hdbg_mock_fail(fixture->mock, "no_such_function", HDBG_ERROR, 1), HDBG_NAME_NOT_FOUND);
    assert_int_equal(hdbg_mock_calls(fixture->mock, "no_such_function"), -1);
}

/* ---- time ---- */

static void a_wait_moves_the_clock_to_its_deadline(void **state)
{
    struct fixture *fixture = *state;
    hdbg_port_id port = make(fixture, 1);
    int32_t code;
    hdbg_time start = OPS->system_time(CONTEXT);
    assert_int_equal(OPS->port_read(CONTEXT, port, &code, NULL, 0, 3600 * SECOND), HDBG_TIMED_OUT);
    assert_true(OPS->system_time(CONTEXT) - start == 3600 * SECOND);
    hdbg_mock_advance(fixture->mock, 5);
    assert_true(OPS->system_time(CONTEXT) - start == 3600 * SECOND + 5);
}

static void what_is_to_happen_happens_at_its_time_and_in_order(void **state)
{
    struct fixture *fixture = *state;
    hdbg_nub_event event = {.thread = THREAD, .team = TEAM, .type = HDBG_EVENT_PRE_SYSCALL};
    hdbg_time start = OPS->system_time(CONTEXT);
    hdbg_mock_send_after(fixture->mock, 2 * SECOND, &event);
    event.type = HDBG_EVENT_POST_SYSCALL;
    hdbg_mock_send_after(fixture->mock, 1 * SECOND, &event);
    int32_t code;
    assert_true(OPS->port_read(CONTEXT, fixture->port, &code, NULL, 0, HDBG_FOREVER) == 0);
    assert_int_equal(code, HDBG_EVENT_POST_SYSCALL);
    assert_true(OPS->system_time(CONTEXT) - start == 1 * SECOND);
    assert_true(OPS->port_read(CONTEXT, fixture->port, &code, NULL, 0, HDBG_FOREVER) == 0);
    assert_int_equal(code, HDBG_EVENT_PRE_SYSCALL);
    assert_true(OPS->system_time(CONTEXT) - start == 2 * SECOND);
}

struct ping {
    struct fixture *fixture;
    hdbg_port_id in, out;
    int rounds;
    int wrong;
    sem_t started;
};

/* Answers each message after it slept for a while; sleeping is a wait for a message that does not come. */
static void *pong(void *cookie)
{
    struct ping *self = cookie;
    struct fixture *fixture = self->fixture;
    hdbg_port_id never = OPS->port_create(CONTEXT, 1, "never");
    for (int i = 0; i < self->rounds; i++) {
        int32_t code;
        self->wrong += OPS->port_read(CONTEXT, self->in, &code, NULL, 0, HDBG_FOREVER) != 0;
        self->wrong += OPS->port_read(CONTEXT, never, &code, NULL, 0, 900) != HDBG_TIMED_OUT;
        self->wrong += OPS->port_write(CONTEXT, self->out, code + 1, NULL, 0, HDBG_FOREVER) != HDBG_OK;
    }
    hdbg_mock_leave(fixture->mock);
    return NULL;
}

static void the_clock_waits_for_all_who_take_part(void **state)
{
    struct fixture *fixture = *state;
    struct ping ping = {.fixture = fixture, .in = make(fixture, 1), .out = make(fixture, 1), .rounds = 500};
    pthread_t thread;
    hdbg_mock_enter(fixture->mock);
    assert_int_equal(pthread_create(&thread, NULL, pong, &ping), 0);
    hdbg_time start = OPS->system_time(CONTEXT);
    for (int i = 0; i < ping.rounds; i++) {
        int32_t code = 0;
        assert_int_equal(OPS->port_write(CONTEXT, ping.in, i, NULL, 0, 1000), HDBG_OK);
        /* The answer comes 900 microseconds later: before this deadline, however slow the other thread runs.
         */
        assert_int_equal(OPS->port_read(CONTEXT, ping.out, &code, NULL, 0, 1000), 0);
        assert_int_equal(code, i + 1);
    }
    assert_true(OPS->system_time(CONTEXT) - start == 900 * ping.rounds);
    hdbg_mock_leave(fixture->mock);
    pthread_join(thread, NULL);
    hdbg_mock_enter(fixture->mock);
    assert_int_equal(ping.wrong, 0);
}

static void *delete_port(void *cookie)
{
    struct ping *self = cookie;
    struct fixture *fixture = self->fixture;
    sem_wait(&self->started);
    self->wrong = OPS->port_delete(CONTEXT, self->in) != HDBG_OK;
    return NULL;
}

static void deleting_a_port_ends_the_waits_for_it(void **state)
{
    struct fixture *fixture = *state;
    struct ping ping = {.fixture = fixture, .in = make(fixture, 1)};
    pthread_t thread;
    int32_t code;
    sem_init(&ping.started, 0, 0);
    assert_int_equal(pthread_create(&thread, NULL, delete_port, &ping), 0);
    sem_post(&ping.started);
    assert_int_equal(OPS->port_read(CONTEXT, ping.in, &code, NULL, 0, HDBG_FOREVER), HDBG_BAD_PORT_ID);
    pthread_join(thread, NULL);
    assert_int_equal(ping.wrong, 0);
    sem_destroy(&ping.started);
}

static void real_time_passes_by_itself(void **state)
{
    (void)state;
    struct fixture real, *fixture = &real;
    fixture_open(fixture, HDBG_RELEASE_BETA6, HDBG_ARCH_X86_64, HDBG_MOCK_REAL_TIME);
    hdbg_port_id port = make(fixture, 1);
    int32_t code;
    hdbg_time start = OPS->system_time(CONTEXT);
    assert_int_equal(OPS->port_read(CONTEXT, port, &code, NULL, 0, 2000), HDBG_TIMED_OUT);
    assert_true(OPS->system_time(CONTEXT) - start >= 2000);
    hdbg_nub_event event = {.thread = THREAD, .type = HDBG_EVENT_THREAD_DEBUGGED};
    hdbg_mock_send_after(fixture->mock, 1000, &event);
    assert_int_equal(OPS->port_read(CONTEXT, fixture->port, &code, NULL, 0, 60 * SECOND), 0);
    fixture_close(fixture);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(messages_come_in_their_order),
        WITH_FIXTURE(a_full_port_takes_nothing),
        WITH_FIXTURE(a_port_has_haikus_limits),
        WITH_FIXTURE(a_deleted_port_is_none),
        WITH_FIXTURE(waiting_tells_which_objects_have_events),
        WITH_FIXTURE(a_descriptor_is_readable_while_its_port_is),
        WITH_FIXTURE(functions_fail_as_often_as_they_are_told),
        WITH_FIXTURE(a_wait_moves_the_clock_to_its_deadline),
        WITH_FIXTURE(what_is_to_happen_happens_at_its_time_and_in_order),
        WITH_FIXTURE(the_clock_waits_for_all_who_take_part),
        WITH_FIXTURE(deleting_a_port_ends_the_waits_for_it),
        cmocka_unit_test(real_time_passes_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
