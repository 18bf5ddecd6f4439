/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What a test can have a mock do, for each event and each message there is: send it, expect it, answer it
 * late, short or never, be full, and lose ports.
 */
#include "nub_fixture.h"

#include <haikudbg/message.h>
#include <haikudbg/signal.h>

enum { ROOM = 16, SECOND = 1000000 };

#define OPS     (fixture->kernel->ops)
#define CONTEXT (fixture->kernel->context)

/* Sends a message by its function; what it answers but for its status is of no interest. */
static hdbg_status call(struct fixture *fixture, int32_t type)
{
    hdbg_nub *nub = fixture->nub;
    uint8_t buffer[8] = "some byt";
    size_t done;
    uint64_t ignore, once;
    hdbg_cpu_state state = {.arch = HDBG_ARCH_X86_64, .size = 1040};
    hdbg_signal_handler handler = {0};
    hdbg_area_id area;
    hdbg_address mapped;
    hdbg_time interval = 1000;
    hdbg_nub_event update;
    switch (type) {
    case HDBG_MESSAGE_READ_MEMORY:
        return hdbg_nub_read_memory(nub, MEMORY, buffer, sizeof buffer, &done);
    case HDBG_MESSAGE_WRITE_MEMORY:
        return hdbg_nub_write_memory(nub, MEMORY, buffer, sizeof buffer, &done);
    case HDBG_MESSAGE_SET_TEAM_FLAGS:
        return hdbg_nub_set_team_flags(nub, 0);
    case HDBG_MESSAGE_SET_THREAD_FLAGS:
        return hdbg_nub_set_thread_flags(nub, THREAD, 0);
    case HDBG_MESSAGE_CONTINUE_THREAD:
        return hdbg_nub_continue_thread(nub, THREAD, HDBG_HANDLE_EVENT, 0);
    case HDBG_MESSAGE_SET_CPU_STATE:
        return hdbg_nub_set_cpu_state(nub, THREAD, &state);
    case HDBG_MESSAGE_GET_CPU_STATE:
        return hdbg_nub_get_cpu_state(nub, THREAD, NULL, &state);
    case HDBG_MESSAGE_SET_BREAKPOINT:
        return hdbg_nub_set_breakpoint(nub, MEMORY);
    case HDBG_MESSAGE_CLEAR_BREAKPOINT:
        return hdbg_nub_clear_breakpoint(nub, MEMORY);
    case HDBG_MESSAGE_SET_WATCHPOINT:
        return hdbg_nub_set_watchpoint(nub, MEMORY, HDBG_WATCH_WRITE, 4);
    case HDBG_MESSAGE_CLEAR_WATCHPOINT:
        return hdbg_nub_clear_watchpoint(nub, MEMORY);
    case HDBG_MESSAGE_SET_SIGNAL_MASKS:
        return hdbg_nub_set_signal_masks(nub, THREAD, 0, HDBG_MASK_SET, 0, HDBG_MASK_SET);
    case HDBG_MESSAGE_GET_SIGNAL_MASKS:
        return hdbg_nub_get_signal_masks(nub, THREAD, &ignore, &once);
    case HDBG_MESSAGE_SET_SIGNAL_HANDLER:
        return hdbg_nub_set_signal_handler(nub, HDBG_SIGSEGV, &handler);
    case HDBG_MESSAGE_GET_SIGNAL_HANDLER:
        return hdbg_nub_get_signal_handler(nub, HDBG_SIGSEGV, &handler);
    case HDBG_MESSAGE_CLONE_AREA:
        return hdbg_nub_clone_area(nub, MEMORY, &area, &mapped);
    case HDBG_MESSAGE_PREPARE_HANDOVER:
        return hdbg_nub_prepare_handover(nub);
    case HDBG_MESSAGE_WRITE_CORE_FILE:
        return hdbg_nub_write_core_file(nub, "/core", 10 * SECOND);
    case HDBG_MESSAGE_START_PROFILER:
        return hdbg_nub_start_profiler(nub, THREAD, &interval, 1, 1, 0, 0, NULL);
    case HDBG_MESSAGE_STOP_PROFILER:
        return hdbg_nub_stop_profiler(nub, THREAD, &update);
    default:
        fail_msg("message %d is missing in this table", (int)type);
        return HDBG_ERROR;
    }
}

/* A line that begins with the name of a message. */
static hdbg_mock_expectation *expect(struct fixture *fixture, int32_t type)
{
    int32_t code = hdbg_nub_message_code(HDBG_RELEASE_BETA6, type);
    return hdbg_mock_expect(fixture->mock, "%s*", hdbg_nub_message_name(HDBG_RELEASE_BETA6, code));
}

#define FOR_EACH_MESSAGE(type)                                                                               \
    for (int index_ = 0, type = 0; (type = hdbg_nub_message_type(index_)) >= 0; index_++)
#define FOR_EACH_ANSWERED_MESSAGE(type)                                                                      \
    FOR_EACH_MESSAGE(type)                                                                                   \
    if (hdbg_nub_message_answered(type))

static void assert_works_on(struct fixture *fixture)
{
    char buffer[ROOM];
    size_t done;
    hdbg_mock_expect_nothing(fixture->mock);
    assert_int_equal(hdbg_nub_read_memory(fixture->nub, MEMORY, buffer, 10, &done), HDBG_OK);
    assert_memory_equal(buffer, "some bytes", 10);
}

static void any_event_can_be_sent(void **state)
{
    (void)state;
    FOR_EACH_PROCESSOR_AND_RELEASE(arch, release)
    {
        for (int32_t type = 0; type < HDBG_EVENT_COUNT; type++) {
            struct fixture fixture;
            fixture_open(&fixture, release, arch, 0);
            hdbg_nub_event sent = {.type = type, .thread = THREAD, .team = TEAM}, event;
            uint8_t bytes[HDBG_NUB_EVENT_SIZE_MAX];
            int32_t code;
            assert_int_equal(hdbg_mock_send(fixture.mock, &sent), HDBG_OK);
            int64_t size = fixture.kernel->ops->port_read(fixture.kernel->context, fixture.port, &code, bytes,
                                                          sizeof bytes, 0);
            assert_true(size > 0);
            assert_int_equal(code, type);
            assert_int_equal(hdbg_nub_event_decode(arch, release, code, bytes, (size_t)size, &event),
                             HDBG_OK);
            assert_int_equal(event.team, TEAM);
            fixture_close(&fixture);
        }
    }
}

static void any_message_can_be_expected_and_answered(void **state)
{
    struct fixture *fixture = *state;
    FOR_EACH_MESSAGE(type)
    {
        hdbg_mock_expectation *expected = expect(fixture, type);
        int answered = hdbg_nub_message_answered(type);
        if (answered)
            hdbg_mock_answer_error(expected, HDBG_NO_MEMORY);
        assert_int_equal(call(fixture, type), answered ? HDBG_NO_MEMORY : HDBG_OK);
        assert_verified(fixture->mock);
    }
}

static void any_message_that_was_not_expected_is_told(void **state)
{
    struct fixture *fixture = *state;
    FOR_EACH_MESSAGE(type)
    {
        expect(fixture, type == 0 ? 1 : 0);
        call(fixture, type);
        assert_non_null(hdbg_mock_verify(fixture->mock));
        hdbg_mock_expect_nothing(fixture->mock);
        hdbg_mock_transcript_clear(fixture->mock);
    }
}

static void any_answer_can_come_late(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_stop(fixture->mock, THREAD, HDBG_EVENT_THREAD_DEBUGGED);
    FOR_EACH_ANSWERED_MESSAGE(type)
    {
        hdbg_time start = OPS->system_time(CONTEXT);
        hdbg_mock_answer_after(expect(fixture, type), 9 * SECOND);
        assert_int_not_equal(call(fixture, type), HDBG_TIMED_OUT);
        assert_true(OPS->system_time(CONTEXT) - start == 9 * SECOND);
    }
}

static void any_answer_can_be_dropped(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_stop(fixture->mock, THREAD, HDBG_EVENT_THREAD_DEBUGGED);
    FOR_EACH_ANSWERED_MESSAGE(type)
    {
        hdbg_mock_answer_never(expect(fixture, type));
        assert_int_equal(call(fixture, type), HDBG_TIMED_OUT);
        assert_works_on(fixture);
    }
}

static void any_message_can_be_dropped(void **state)
{
    struct fixture *fixture = *state;
    FOR_EACH_MESSAGE(type)
    {
        hdbg_mock_lose(expect(fixture, type));
        assert_int_equal(call(fixture, type), hdbg_nub_message_answered(type) ? HDBG_TIMED_OUT : HDBG_OK);
        assert_works_on(fixture);
    }
}

static void any_answer_can_be_too_short(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_stop(fixture->mock, THREAD, HDBG_EVENT_THREAD_DEBUGGED);
    FOR_EACH_ANSWERED_MESSAGE(type)
    {
        for (size_t size = 0; size < 4; size++) {
            hdbg_mock_answer_size(expect(fixture, type), size);
            assert_int_equal(call(fixture, type), HDBG_BAD_MESSAGE);
            assert_works_on(fixture);
        }
    }
}

static int deletes_the_reply_port(hdbg_mock *mock, hdbg_team_id team, const hdbg_nub_message *message,
                                  void *cookie)
{
    (void)mock, (void)team;
    *(hdbg_port_id *)cookie = message->reply_port;
    return 1;
}

static void delete_port(hdbg_mock *mock, void *cookie)
{
    hdbg_kernel *kernel = hdbg_mock_kernel(mock);
    kernel->ops->port_delete(kernel->context, *(hdbg_port_id *)cookie);
}

static void any_reply_port_can_be_deleted_which_ends_the_request(void **state)
{
    (void)state;
    FOR_EACH_ANSWERED_MESSAGE(type)
    {
        struct fixture fixture;
        fixture_open(&fixture, HDBG_RELEASE_BETA6, HDBG_ARCH_X86_64, 0);
        hdbg_port_id port = -1;
        hdbg_mock_expectation *asked =
            hdbg_mock_expect_match(fixture.mock, "any message", deletes_the_reply_port, &port);
        hdbg_mock_answer_never(asked);
        hdbg_mock_then(asked, delete_port, &port);
        assert_int_equal(call(&fixture, type), HDBG_BAD_PORT_ID);
        fixture_close(&fixture);
    }
}

static void any_message_finds_a_full_nub_port_full(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_nub_stall(fixture->mock, TEAM, 1);
    assert_int_equal(hdbg_nub_set_team_flags(fixture->nub, 0), HDBG_OK); /* takes the room there is */
    FOR_EACH_MESSAGE(type)
    {
        assert_int_equal(call(fixture, type), HDBG_TIMED_OUT);
    }
    hdbg_mock_nub_stall(fixture->mock, TEAM, 0);
    assert_works_on(fixture);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_event_can_be_sent),
        WITH_FIXTURE(any_message_can_be_expected_and_answered),
        WITH_FIXTURE(any_message_that_was_not_expected_is_told),
        WITH_FIXTURE(any_answer_can_come_late),
        WITH_FIXTURE(any_answer_can_be_dropped),
        WITH_FIXTURE(any_message_can_be_dropped),
        WITH_FIXTURE(any_answer_can_be_too_short),
        cmocka_unit_test(any_reply_port_can_be_deleted_which_ends_the_request),
        WITH_FIXTURE(any_message_finds_a_full_nub_port_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
