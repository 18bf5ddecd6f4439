/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The mock's nub: what it does by itself, what a test can make it do, and how that is verified.
 */
#include "nub_fixture.h"

#define OPS     fixture->kernel->ops
#define CONTEXT fixture->kernel->context

static int32_t next_code(struct fixture *fixture)
{
    int32_t code;
    int64_t size = OPS->port_read(CONTEXT, fixture->port, &code, NULL, 0, 0);
    return size < 0 ? (int32_t)size : code;
}

static hdbg_status read_some(struct fixture *fixture)
{
    uint8_t buffer[10];
    size_t done;
    return hdbg_nub_read_memory(fixture->nub, MEMORY, buffer, sizeof buffer, &done);
}

static void breakpoints_have_haikus_limits(void **state)
{
    struct fixture *fixture = *state;
    for (hdbg_address i = 1; i <= 10240; i++)
        assert_int_equal(hdbg_nub_set_breakpoint(fixture->nub, i * 16), HDBG_OK);
    assert_int_equal(hdbg_nub_set_breakpoint(fixture->nub, 10241 * 16), HDBG_BUSY);
    hdbg_nub_clear_breakpoint(fixture->nub, 16);
    assert_int_equal(hdbg_nub_set_breakpoint(fixture->nub, 32), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_nub_set_breakpoint(fixture->nub, 16), HDBG_OK);
}

static void watchpoints_have_haikus_limits(void **state)
{
    struct fixture *fixture = *state;
    hdbg_nub *nub = fixture->nub;
    assert_int_equal(hdbg_nub_set_watchpoint(nub, 0x1000, HDBG_WATCH_READ, 4), HDBG_NOT_SUPPORTED);
    assert_int_equal(hdbg_nub_set_watchpoint(nub, 0x1000, HDBG_WATCH_WRITE, 8), HDBG_NOT_SUPPORTED);
    assert_int_equal(hdbg_nub_set_watchpoint(nub, 0x1000, HDBG_WATCH_WRITE, -4), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_nub_set_watchpoint(nub, 0x1001, HDBG_WATCH_WRITE, 2), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_nub_set_watchpoint(nub, 0, HDBG_WATCH_WRITE, 4), HDBG_BAD_ADDRESS);
    assert_int_equal(hdbg_nub_set_watchpoint(nub, 0x1000, HDBG_WATCH_WRITE, 4), HDBG_OK);
    assert_int_equal(hdbg_nub_set_watchpoint(nub, 0x1000, HDBG_WATCH_READ_WRITE, 1), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_nub_set_watchpoint(nub, 0x1001, HDBG_WATCH_READ_WRITE, 1), HDBG_OK);
    assert_int_equal(hdbg_nub_set_watchpoint(nub, 0x1002, HDBG_WATCH_READ_WRITE, 2), HDBG_OK);
    assert_int_equal(hdbg_nub_set_watchpoint(nub, 0x2000, HDBG_WATCH_WRITE, 4), HDBG_BUSY);
    assert_int_equal(hdbg_mock_breakpoint_at(fixture->mock, TEAM, 0x1000), 2);
    hdbg_nub_clear_watchpoint(nub, 0x1000);
    assert_int_equal(hdbg_nub_set_watchpoint(nub, 0x2000, HDBG_WATCH_WRITE, 4), HDBG_OK);
}

static void signal_masks_are_combined_and_kept(void **state)
{
    struct fixture *fixture = *state;
    uint64_t ignore, once;
    hdbg_nub_set_signal_masks(fixture->nub, THREAD, 0xff, HDBG_MASK_SET, 0x0f, HDBG_MASK_OR);
    hdbg_nub_set_signal_masks(fixture->nub, THREAD, 0xf0, HDBG_MASK_AND, 0xf0, HDBG_MASK_OR);
    assert_int_equal(hdbg_nub_get_signal_masks(fixture->nub, THREAD, &ignore, &once), HDBG_OK);
    assert_int_equal(ignore, 0xf0);
    assert_int_equal(once, 0xff);
}

static void signal_handlers_are_kept(void **state)
{
    struct fixture *fixture = *state;
    hdbg_signal_handler set = {.handler = 0x1234, .mask = 0x10, .user_data = 7, .flags = 0x40}, got;
    assert_int_equal(hdbg_nub_set_signal_handler(fixture->nub, 11, &set), HDBG_OK);
    assert_int_equal(hdbg_nub_get_signal_handler(fixture->nub, 11, &got), HDBG_OK);
    assert_memory_equal(&got, &set, sizeof got);
    hdbg_nub_set_signal_handler(fixture->nub, 9, &set);
    assert_int_equal(hdbg_nub_get_signal_handler(fixture->nub, 9, &got), HDBG_OK);
    assert_true(got.handler == HDBG_SIGNAL_DEFAULT);
}

static void read_only_memory_can_be_written_and_unreadable_cannot_be_read(void **state)
{
    struct fixture *fixture = *state;
    char byte;
    size_t done;
    hdbg_mock_memory_add(fixture->mock, TEAM, 0x50000, NULL, 16, HDBG_AREA_READ);
    hdbg_mock_memory_add(fixture->mock, TEAM, 0x60000, NULL, 16, HDBG_AREA_WRITE);
    assert_int_equal(hdbg_nub_write_memory(fixture->nub, 0x50000, "x", 1, &done), HDBG_OK);
    assert_int_equal(hdbg_nub_read_memory(fixture->nub, 0x60000, &byte, 1, &done), HDBG_BAD_ADDRESS);
}

static void a_continued_thread_sends_the_next_event_of_its_script(void **state)
{
    struct fixture *fixture = *state;
    hdbg_nub_event event = {.type = HDBG_EVENT_PRE_SYSCALL, .thread = THREAD};
    hdbg_mock_script(fixture->mock, &event);
    event.type = HDBG_EVENT_POST_SYSCALL;
    hdbg_mock_script(fixture->mock, &event);
    hdbg_mock_stop(fixture->mock, THREAD, HDBG_EVENT_THREAD_DEBUGGED);
    assert_int_equal(next_code(fixture), HDBG_EVENT_THREAD_DEBUGGED);
    assert_int_equal(next_code(fixture), HDBG_WOULD_BLOCK);
    hdbg_nub_continue_thread(fixture->nub, THREAD, HDBG_HANDLE_EVENT, 0);
    assert_int_equal(next_code(fixture), HDBG_EVENT_PRE_SYSCALL);
    hdbg_nub_continue_thread(fixture->nub, THREAD, HDBG_HANDLE_EVENT, 1);
    assert_int_equal(next_code(fixture), HDBG_EVENT_POST_SYSCALL);
    hdbg_nub_continue_thread(fixture->nub, THREAD, HDBG_HANDLE_EVENT, 1);
    assert_int_equal(next_code(fixture), HDBG_EVENT_SINGLE_STEP);
    hdbg_nub_continue_thread(fixture->nub, THREAD, HDBG_HANDLE_EVENT, 0);
    assert_int_equal(next_code(fixture), HDBG_WOULD_BLOCK);
    assert_false(hdbg_mock_thread_is_stopped(fixture->mock, THREAD));
    hdbg_nub_continue_thread(fixture->nub, THREAD, HDBG_HANDLE_EVENT, 1); /* runs already */
    assert_int_equal(next_code(fixture), HDBG_WOULD_BLOCK);
}

static void a_step_carries_the_state_that_was_set(void **state)
{
    struct fixture *fixture = *state;
    hdbg_cpu_state set = {.arch = HDBG_ARCH_X86_64, .size = 1040};
    set.data[1000] = 0x77;
    hdbg_mock_stop(fixture->mock, THREAD, HDBG_EVENT_THREAD_DEBUGGED);
    next_code(fixture);
    hdbg_nub_set_cpu_state(fixture->nub, THREAD, &set);
    hdbg_nub_continue_thread(fixture->nub, THREAD, HDBG_HANDLE_EVENT, 1);
    uint8_t bytes[HDBG_NUB_EVENT_SIZE_MAX];
    int32_t code;
    hdbg_nub_event event;
    int64_t size = OPS->port_read(CONTEXT, fixture->port, &code, bytes, sizeof bytes, 0);
    assert_int_equal(
        hdbg_nub_event_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, code, bytes, (size_t)size, &event),
        HDBG_OK);
    assert_int_equal(event.data.cpu_state.data[1000], 0x77);
    hdbg_cpu_state got;
    assert_int_equal(hdbg_mock_cpu_state_get(fixture->mock, THREAD, &got), HDBG_OK);
    assert_memory_equal(&got, &set, sizeof got);
}

static void a_reply_that_cannot_be_written_kills_the_nub(void **state)
{
    struct fixture *fixture = *state;
    hdbg_nub_message message = {.type = HDBG_MESSAGE_SET_BREAKPOINT, .reply_port = 12345, .address = 0x1000};
    uint8_t bytes[HDBG_MESSAGE_SIZE_MAX];
    int32_t code;
    int64_t size =
        hdbg_nub_message_encode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, &message, &code, bytes, sizeof bytes);
    assert_int_equal(OPS->port_write(CONTEXT, fixture->nub_port, code, bytes, (size_t)size, 0), HDBG_OK);
    assert_int_equal(OPS->port_write(CONTEXT, fixture->nub_port, code, bytes, (size_t)size, 0),
                     HDBG_BAD_PORT_ID);
    assert_non_null(strstr(hdbg_mock_verify(fixture->mock), "the nub of team 500 died"));
    assert_non_null(strstr(hdbg_mock_verify(fixture->mock), "12345"));
}

static void a_full_reply_port_blocks_the_nub(void **state)
{
    struct fixture *fixture = *state;
    hdbg_port_id replies = OPS->port_create(CONTEXT, 1, "replies");
    hdbg_nub_message message = {
        .type = HDBG_MESSAGE_SET_BREAKPOINT, .reply_port = replies, .address = 0x1000};
    uint8_t bytes[HDBG_MESSAGE_SIZE_MAX];
    int32_t code;
    int64_t size =
        hdbg_nub_message_encode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, &message, &code, bytes, sizeof bytes);
    for (int i = 0; i < 3; i++)
        assert_int_equal(OPS->port_write(CONTEXT, fixture->nub_port, code, bytes, (size_t)size, 0), HDBG_OK);
    /* One reply is in its port, one waits for room, one message is in the nub port. */
    assert_int_equal(OPS->port_write(CONTEXT, fixture->nub_port, code, bytes, (size_t)size, 0),
                     HDBG_WOULD_BLOCK);
    const hdbg_status expected[] = {HDBG_OK, HDBG_BAD_VALUE, HDBG_BAD_VALUE};
    for (int i = 0; i < 3; i++) {
        int32_t error = 1;
        assert_int_equal(OPS->port_read(CONTEXT, replies, &code, &error, sizeof error, 0), sizeof error);
        assert_int_equal(error, expected[i]);
    }
    assert_int_equal(OPS->port_write(CONTEXT, fixture->nub_port, code, bytes, (size_t)size, 0), HDBG_OK);
}

static void a_message_that_cannot_be_read_is_told(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(OPS->port_write(CONTEXT, fixture->nub_port, 77, "abc", 3, 0), HDBG_OK);
    assert_string_equal(hdbg_mock_transcript(fixture->mock), "UNKNOWN team=500 code=77 size=3\n");
    assert_non_null(strstr(hdbg_mock_verify(fixture->mock), "code 77"));
    assert_int_equal(read_some(fixture), HDBG_OK);
}

/* ---- expectations ---- */

static void expectations_that_are_met_leave_nothing_to_tell(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_expect(fixture->mock, "READ_MEMORY team=%d *", TEAM);
    hdbg_mock_expect(fixture->mock, "CONTINUE_THREAD thread=501 HANDLE_EVENT");
    read_some(fixture);
    hdbg_nub_continue_thread(fixture->nub, THREAD, HDBG_HANDLE_EVENT, 0);
    assert_null(hdbg_mock_verify(fixture->mock));
}

static void what_did_not_come_is_told(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_expect(fixture->mock, "READ_MEMORY *");
    hdbg_mock_expect(fixture->mock, "PREPARE_HANDOVER team=500");
    read_some(fixture);
    const char *wrong = hdbg_mock_verify(fixture->mock);
    assert_non_null(wrong);
    assert_non_null(strstr(wrong, "did not come:\n  PREPARE_HANDOVER team=500\n"));
    assert_non_null(strstr(wrong, "all that came:\nREAD_MEMORY team=500 address=0x10000 size=10\n"));
    hdbg_mock_expect_nothing(fixture->mock);
    assert_null(hdbg_mock_verify(fixture->mock));
}

static void what_was_not_expected_is_told(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_expect(fixture->mock, "GET_CPU_STATE thread=501");
    read_some(fixture);
    const char *wrong = hdbg_mock_verify(fixture->mock);
    assert_non_null(strstr(wrong, "not expected: READ_MEMORY team=500 address=0x10000 size=10"));
    assert_non_null(strstr(wrong, "instead of: GET_CPU_STATE thread=501"));
}

static void order_matters(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_expect(fixture->mock, "SET_TEAM_FLAGS team=500 flags=0");
    hdbg_mock_expect(fixture->mock, "PREPARE_HANDOVER team=500");
    hdbg_nub_prepare_handover(fixture->nub);
    hdbg_nub_set_team_flags(fixture->nub, 0);
    assert_non_null(hdbg_mock_verify(fixture->mock));
}

static void allowed_messages_may_come_in_between(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_allow(fixture->mock, "READ_MEMORY *");
    hdbg_mock_expect(fixture->mock, "PREPARE_HANDOVER team=500");
    read_some(fixture);
    hdbg_nub_prepare_handover(fixture->nub);
    read_some(fixture);
    assert_null(hdbg_mock_verify(fixture->mock));
}

static void a_strict_mock_expects_nothing_that_it_is_not_told(void **state)
{
    (void)state;
    struct fixture strict;
    fixture_open(&strict, HDBG_RELEASE_BETA6, HDBG_ARCH_X86_64, HDBG_MOCK_STRICT | HDBG_MOCK_NO_TRANSCRIPT);
    assert_null(hdbg_mock_verify(strict.mock));
    read_some(&strict);
    assert_non_null(strstr(hdbg_mock_verify(strict.mock), "instead of: nothing"));
    assert_string_equal(hdbg_mock_transcript(strict.mock), "");
    fixture_close(&strict);
}

static void calls_are_expected_among_messages(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_expect(fixture->mock, "send_signal thread=501 signal=SIGUSR1");
    hdbg_mock_expect(fixture->mock, "CONTINUE_THREAD thread=501 IGNORE_EVENT");
    OPS->debug_thread(CONTEXT, THREAD); /* no message: may come in between */
    OPS->send_signal(CONTEXT, THREAD, 18);
    hdbg_nub_continue_thread(fixture->nub, THREAD, HDBG_IGNORE_EVENT, 0);
    assert_null(hdbg_mock_verify(fixture->mock));
}

static void a_call_can_be_lost_or_refused(void **state)
{
    struct fixture *fixture = *state;
    hdbg_nub_event other = {.type = HDBG_EVENT_IMAGE_CREATED, .thread = THREAD};
    hdbg_mock_expectation *stop = hdbg_mock_expect(fixture->mock, "debug_thread thread=501");
    hdbg_mock_lose(stop);
    hdbg_mock_then_send(stop, &other); /* the thread's next event is the answer, whatever it is */
    hdbg_mock_answer_error(hdbg_mock_expect(fixture->mock, "debug_thread *"), HDBG_NOT_ALLOWED);
    assert_int_equal(OPS->debug_thread(CONTEXT, THREAD), HDBG_OK);
    assert_int_equal(next_code(fixture), HDBG_EVENT_IMAGE_CREATED);
    assert_int_equal(next_code(fixture), HDBG_WOULD_BLOCK);
    assert_int_equal(OPS->debug_thread(CONTEXT, THREAD), HDBG_NOT_ALLOWED);
    assert_null(hdbg_mock_verify(fixture->mock));
}

static void a_message_can_be_lost(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_stop(fixture->mock, THREAD, HDBG_EVENT_THREAD_DEBUGGED);
    hdbg_mock_lose(hdbg_mock_expect(fixture->mock, "CONTINUE_THREAD *"));
    hdbg_nub_continue_thread(fixture->nub, THREAD, HDBG_HANDLE_EVENT, 0);
    assert_true(hdbg_mock_thread_is_stopped(fixture->mock, THREAD));
    hdbg_nub_continue_thread(fixture->nub, THREAD, HDBG_HANDLE_EVENT, 0);
    assert_false(hdbg_mock_thread_is_stopped(fixture->mock, THREAD));
}

static int wants_odd_addresses(hdbg_mock *mock, hdbg_team_id team, const hdbg_nub_message *message,
                               void *cookie)
{
    (void)mock;
    ++*(int *)cookie;
    return team == TEAM && message->type == HDBG_MESSAGE_SET_BREAKPOINT && message->address % 2 == 1;
}

static void a_function_can_judge_messages(void **state)
{
    struct fixture *fixture = *state;
    int asked = 0;
    hdbg_mock_expect_match(fixture->mock, "a breakpoint at an odd address", wants_odd_addresses, &asked);
    hdbg_mock_expect_match(fixture->mock, "a breakpoint at an odd address", wants_odd_addresses, &asked);
    hdbg_nub_set_breakpoint(fixture->nub, 0x1001);
    assert_int_equal(asked, 1);
    hdbg_nub_set_breakpoint(fixture->nub, 0x1002);
    assert_non_null(strstr(hdbg_mock_verify(fixture->mock), "instead of: a breakpoint at an odd address"));
}

static void a_message_can_be_expected_as_a_struct(void **state)
{
    struct fixture *fixture = *state;
    hdbg_nub_message message = {
        .type = HDBG_MESSAGE_SET_WATCHPOINT, .address = 0x1000, .kind = HDBG_WATCH_WRITE, .size = 4};
    hdbg_mock_expect_message(fixture->mock, TEAM, &message);
    hdbg_nub_set_watchpoint(fixture->nub, 0x1000, HDBG_WATCH_WRITE, 4);
    assert_null(hdbg_mock_verify(fixture->mock));
    hdbg_mock_expect_message(fixture->mock, TEAM, &message);
    hdbg_nub_set_watchpoint(fixture->nub, 0x1000, HDBG_WATCH_READ_WRITE, 4);
    assert_non_null(hdbg_mock_verify(fixture->mock));
}

static void answers_can_be_made_up(void **state)
{
    struct fixture *fixture = *state;
    hdbg_nub_reply reply = {.ignore = 5, .ignore_once = 6};
    uint64_t ignore, once;
    hdbg_mock_answer(hdbg_mock_expect(fixture->mock, "GET_SIGNAL_MASKS *"), &reply);
    hdbg_mock_answer_error(hdbg_mock_expect(fixture->mock, "GET_SIGNAL_MASKS *"), HDBG_NO_MEMORY);
    assert_int_equal(hdbg_nub_get_signal_masks(fixture->nub, THREAD, &ignore, &once), HDBG_OK);
    assert_true(ignore == 5 && once == 6);
    assert_int_equal(hdbg_nub_get_signal_masks(fixture->nub, THREAD, &ignore, &once), HDBG_NO_MEMORY);
}

static void end_team(hdbg_mock *mock, void *cookie)
{
    (void)cookie;
    hdbg_mock_team_end(mock, TEAM, 3, -1);
}

static void things_happen_after_an_expectation_was_met(void **state)
{
    struct fixture *fixture = *state;
    hdbg_nub_event created = {.type = HDBG_EVENT_THREAD_CREATED, .thread = THREAD, .data.new_thread = 700};
    hdbg_mock_expectation *flags = hdbg_mock_expect(fixture->mock, "SET_TEAM_FLAGS *");
    hdbg_mock_then_send(flags, &created);
    hdbg_mock_then(hdbg_mock_expect(fixture->mock, "CONTINUE_THREAD *"), end_team, NULL);
    hdbg_nub_set_team_flags(fixture->nub, HDBG_TEAM_THREADS);
    assert_int_equal(next_code(fixture), HDBG_EVENT_THREAD_CREATED);
    assert_int_equal(hdbg_mock_team_flags(fixture->mock, TEAM), HDBG_TEAM_THREADS);
    hdbg_nub_continue_thread(fixture->nub, THREAD, HDBG_HANDLE_EVENT, 0);
    assert_int_equal(next_code(fixture), HDBG_EVENT_TEAM_DELETED);
}

static void a_nub_can_die_of_a_message(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_stop(fixture->mock, THREAD, HDBG_EVENT_THREAD_DEBUGGED);
    next_code(fixture);
    hdbg_mock_then_nub_dies(hdbg_mock_expect(fixture->mock, "SET_TEAM_FLAGS *"));
    hdbg_nub_set_team_flags(fixture->nub, 0);
    assert_int_equal(hdbg_nub_set_team_flags(fixture->nub, 0), HDBG_BAD_PORT_ID);
    assert_false(hdbg_mock_thread_is_stopped(fixture->mock, THREAD));
    assert_int_equal(next_code(fixture), HDBG_WOULD_BLOCK);
    hdbg_team_info info = {.size = sizeof info};
    assert_int_equal(OPS->team_info(CONTEXT, TEAM, &info), HDBG_OK);
    assert_int_equal(info.debugger_nub_port, -1);
}

static void raw_bytes_reach_the_debugger(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(hdbg_mock_send_raw(fixture->mock, TEAM, 4711, "abc", 3), HDBG_OK);
    char buffer[8];
    int32_t code;
    assert_int_equal(OPS->port_read(CONTEXT, fixture->port, &code, buffer, sizeof buffer, 0), 3);
    assert_int_equal(code, 4711);
    assert_int_equal(hdbg_mock_send_raw(fixture->mock, 12345, 0, "", 0), HDBG_BAD_PORT_ID);
}

static void events_are_lines_on_request(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, HDBG_RELEASE_BETA6, HDBG_ARCH_X86_64, HDBG_MOCK_EVENTS);
    hdbg_mock_stop(fixture.mock, THREAD, HDBG_EVENT_BREAKPOINT_HIT);
    hdbg_nub_continue_thread(fixture.nub, THREAD, HDBG_HANDLE_EVENT, 0);
    hdbg_mock_team_end(fixture.mock, TEAM, 0, -1);
    assert_string_equal(
        hdbg_mock_transcript(fixture.mock),
        "<- BREAKPOINT_HIT thread=501\nCONTINUE_THREAD thread=501 HANDLE_EVENT\n<- TEAM_DELETED team=500\n");
    fixture_close(&fixture);
}

static void masks_and_flags_are_written_in_words(void **state)
{
    struct fixture *fixture = *state;
    hdbg_nub_set_signal_masks(fixture->nub, THREAD, UINT64_MAX, HDBG_MASK_SET, 0, HDBG_MASK_SET);
    hdbg_nub_set_signal_masks(fixture->nub, THREAD, 0, HDBG_MASK_OR, UINT64_MAX, HDBG_MASK_AND);
    hdbg_nub_set_signal_masks(fixture->nub, THREAD, 0x1ff, HDBG_MASK_AND, UINT64_C(1) << 40, HDBG_MASK_OR);
    hdbg_nub_set_thread_flags(fixture->nub, THREAD, 0x80100000);
    assert_string_equal(hdbg_mock_transcript(fixture->mock),
                        "SET_SIGNAL_MASKS thread=501 ignore=all ignore_once=0\n"
                        "SET_SIGNAL_MASKS thread=501\n"
                        "SET_SIGNAL_MASKS thread=501 ignore&=0x1ff ignore_once|=41\n"
                        "SET_THREAD_FLAGS thread=501 flags=STOP_CHILD_THREADS|0x80000000\n");
    hdbg_mock_transcript_clear(fixture->mock);
    assert_string_equal(hdbg_mock_transcript(fixture->mock), "");
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(breakpoints_have_haikus_limits),
        WITH_FIXTURE(watchpoints_have_haikus_limits),
        WITH_FIXTURE(signal_masks_are_combined_and_kept),
        WITH_FIXTURE(signal_handlers_are_kept),
        WITH_FIXTURE(read_only_memory_can_be_written_and_unreadable_cannot_be_read),
        WITH_FIXTURE(a_continued_thread_sends_the_next_event_of_its_script),
        WITH_FIXTURE(a_step_carries_the_state_that_was_set),
        WITH_FIXTURE(a_reply_that_cannot_be_written_kills_the_nub),
        WITH_FIXTURE(a_full_reply_port_blocks_the_nub),
        WITH_FIXTURE(a_message_that_cannot_be_read_is_told),
        WITH_FIXTURE(expectations_that_are_met_leave_nothing_to_tell),
        WITH_FIXTURE(what_did_not_come_is_told),
        WITH_FIXTURE(what_was_not_expected_is_told),
        WITH_FIXTURE(order_matters),
        WITH_FIXTURE(allowed_messages_may_come_in_between),
        cmocka_unit_test(a_strict_mock_expects_nothing_that_it_is_not_told),
        WITH_FIXTURE(calls_are_expected_among_messages),
        WITH_FIXTURE(a_call_can_be_lost_or_refused),
        WITH_FIXTURE(a_message_can_be_lost),
        WITH_FIXTURE(a_function_can_judge_messages),
        WITH_FIXTURE(a_message_can_be_expected_as_a_struct),
        WITH_FIXTURE(answers_can_be_made_up),
        WITH_FIXTURE(things_happen_after_an_expectation_was_met),
        WITH_FIXTURE(a_nub_can_die_of_a_message),
        WITH_FIXTURE(raw_bytes_reach_the_debugger),
        cmocka_unit_test(events_are_lines_on_request),
        WITH_FIXTURE(masks_and_flags_are_written_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
