/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The messages to the nub as functions: what they send, what they make of the answers.
 */
#include "nub_fixture.h"

/* Each function once; whatever it answers, it has to send this. */
static void call_all(hdbg_nub *nub)
{
    uint8_t buffer[16] = {1, 2};
    size_t done;
    uint64_t ignore, once;
    hdbg_cpu_state state;
    hdbg_signal_handler handler = {.handler = 0x1000};
    hdbg_area_id area;
    hdbg_address mapped;
    hdbg_time interval = 1000;
    hdbg_nub_event update;
    hdbg_nub_read_memory(nub, MEMORY, buffer, 16, &done);
    hdbg_nub_write_memory(nub, MEMORY, "\x90\xcc", 2, &done);
    hdbg_nub_set_team_flags(nub, HDBG_TEAM_SIGNALS | HDBG_TEAM_IMAGES);
    hdbg_nub_set_thread_flags(nub, THREAD, HDBG_THREAD_PRE_SYSCALL);
    hdbg_nub_continue_thread(nub, THREAD, HDBG_HANDLE_EVENT, 0);
    hdbg_nub_continue_thread(nub, THREAD, HDBG_IGNORE_EVENT, 1);
    hdbg_nub_get_cpu_state(nub, THREAD, NULL, &state);
    hdbg_nub_set_breakpoint(nub, 0x1000);
    hdbg_nub_clear_breakpoint(nub, 0x1000);
    hdbg_nub_set_watchpoint(nub, 0x1000, HDBG_WATCH_WRITE, 4);
    hdbg_nub_clear_watchpoint(nub, 0x1000);
    hdbg_nub_set_signal_masks(nub, THREAD, HDBG_SIGNAL_MASK(5), HDBG_MASK_SET, HDBG_SIGNAL_MASK(11),
                              HDBG_MASK_OR);
    hdbg_nub_get_signal_masks(nub, THREAD, &ignore, &once);
    hdbg_nub_set_signal_handler(nub, 11, &handler);
    hdbg_nub_get_signal_handler(nub, 11, &handler);
    hdbg_nub_clone_area(nub, MEMORY, &area, &mapped);
    hdbg_nub_write_core_file(nub, "/tmp/core", 1000);
    hdbg_nub_start_profiler(nub, THREAD, &interval, 3, 5, 1, 0, NULL);
    hdbg_nub_stop_profiler(nub, THREAD, &update);
    hdbg_nub_prepare_handover(nub);
}

static void each_function_sends_its_message(void **state)
{
    (void)state;
    FOR_EACH_PROCESSOR_AND_RELEASE(arch, release)
    {
        struct fixture fixture;
        fixture_open(&fixture, release, arch, 0);
        call_all(fixture.nub);
        char expected[2048] = "READ_MEMORY team=500 address=0x10000 size=16\n"
                              "WRITE_MEMORY team=500 address=0x10000 size=2 data=90cc\n"
                              "SET_TEAM_FLAGS team=500 flags=SIGNALS|IMAGES\n"
                              "SET_THREAD_FLAGS thread=501 flags=PRE_SYSCALL\n"
                              "CONTINUE_THREAD thread=501 HANDLE_EVENT\n"
                              "CONTINUE_THREAD thread=501 IGNORE_EVENT single_step\n"
                              "GET_CPU_STATE thread=501\n"
                              "SET_BREAKPOINT team=500 address=0x1000\n"
                              "CLEAR_BREAKPOINT team=500 address=0x1000\n"
                              "SET_WATCHPOINT team=500 address=0x1000 WRITE length=4\n"
                              "CLEAR_WATCHPOINT team=500 address=0x1000\n"
                              "SET_SIGNAL_MASKS thread=501 ignore=SIGCHLD ignore_once|=SIGSEGV\n"
                              "GET_SIGNAL_MASKS thread=501\n"
                              "SET_SIGNAL_HANDLER team=500 signal=SIGSEGV handler=0x1000 mask=0 flags=0x0\n"
                              "GET_SIGNAL_HANDLER team=500 signal=SIGSEGV\n";
        /* Older nubs would take CLONE_AREA's code for PREPARE_HANDOVER: it must not be sent to them. */
        if (release == HDBG_RELEASE_BETA6)
            strcat(expected, "CLONE_AREA team=500 address=0x10000\n");
        strcat(expected, "WRITE_CORE_FILE team=500 path=/tmp/core\n"
                         "START_PROFILER thread=501 interval=1000 area=3 depth=5 variable\n"
                         "STOP_PROFILER thread=501\n"
                         "PREPARE_HANDOVER team=500\n");
        assert_string_equal(hdbg_mock_transcript(fixture.mock), expected);
        assert_verified(fixture.mock);
        fixture_close(&fixture);
    }
}

static void clone_area_is_not_supported_before_r1_beta6(void **state)
{
    (void)state;
    hdbg_area_id area;
    hdbg_address mapped;
    for (int release = HDBG_RELEASE_BETA4; release <= HDBG_RELEASE_BETA5; release++) {
        struct fixture fixture;
        fixture_open(&fixture, (hdbg_release)release, HDBG_ARCH_X86_64, 0);
        assert_int_equal(hdbg_nub_clone_area(fixture.nub, MEMORY, &area, &mapped), HDBG_NOT_SUPPORTED);
        assert_non_null(strstr(hdbg_last_error(), "CLONE_AREA"));
        assert_string_equal(hdbg_mock_transcript(fixture.mock), "");
        fixture_close(&fixture);
    }
}

static void memory_is_read_and_written_on_each_processor(void **state)
{
    (void)state;
    FOR_EACH_PROCESSOR_AND_RELEASE(arch, release)
    {
        struct fixture fixture;
        char buffer[32] = "";
        size_t done;
        fixture_open(&fixture, release, arch, 0);
        assert_int_equal(hdbg_nub_write_memory(fixture.nub, MEMORY + 5, "BYTES", 5, &done), HDBG_OK);
        assert_int_equal(done, 5);
        assert_int_equal(hdbg_nub_read_memory(fixture.nub, MEMORY, buffer, 11, &done), HDBG_OK);
        assert_int_equal(done, 11);
        assert_string_equal(buffer, "some BYTES");
        fixture_close(&fixture);
    }
}

static void a_read_stops_where_memory_ends(void **state)
{
    struct fixture *fixture = *state;
    char buffer[1024];
    size_t done = 99;
    assert_int_equal(hdbg_nub_read_memory(fixture->nub, MEMORY + MEMORY_SIZE - 100, buffer, 1024, &done),
                     HDBG_OK);
    assert_int_equal(done, 100);
    assert_int_equal(hdbg_nub_read_memory(fixture->nub, MEMORY + MEMORY_SIZE, buffer, 1024, &done),
                     HDBG_BAD_ADDRESS);
    assert_int_equal(done, 0);
    assert_non_null(strstr(hdbg_last_error(), "READ_MEMORY"));
}

static void memory_goes_in_pieces_of_1_to_1024_bytes(void **state)
{
    struct fixture *fixture = *state;
    char buffer[2048] = "";
    size_t done;
    assert_int_equal(hdbg_nub_read_memory(fixture->nub, MEMORY, buffer, 1024, &done), HDBG_OK);
    assert_int_equal(done, 1024);
    assert_int_equal(hdbg_nub_write_memory(fixture->nub, MEMORY, buffer, 1024, &done), HDBG_OK);
    assert_int_equal(done, 1024);
    assert_int_equal(hdbg_nub_read_memory(fixture->nub, MEMORY, buffer, 0, &done), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_nub_read_memory(fixture->nub, MEMORY, buffer, 1025, &done), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_nub_write_memory(fixture->nub, MEMORY, buffer, 0, &done), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_nub_write_memory(fixture->nub, MEMORY, buffer, 1025, &done), HDBG_BAD_VALUE);
}

static void a_stopped_thread_tells_its_event_and_its_state(void **state)
{
    (void)state;
    FOR_EACH_PROCESSOR_AND_RELEASE(arch, release)
    {
        struct fixture fixture;
        fixture_open(&fixture, release, arch, 0);
        hdbg_cpu_state got, set = {.arch = (uint32_t)arch};
        int32_t type = -1;
        assert_int_equal(hdbg_nub_get_cpu_state(fixture.nub, THREAD, &type, &got), HDBG_BAD_THREAD_STATE);
        /* A POST_SYSCALL's number is the same as GET_CPU_STATE's. */
        assert_int_equal(hdbg_mock_stop(fixture.mock, THREAD, HDBG_EVENT_POST_SYSCALL), HDBG_OK);
        assert_int_equal(hdbg_nub_get_cpu_state(fixture.nub, THREAD, &type, &got), HDBG_OK);
        assert_int_equal(type, HDBG_EVENT_POST_SYSCALL);
        assert_int_equal(got.arch, arch);
        set.size = got.size;
        memset(set.data, 0x42, sizeof set.data);
        assert_int_equal(hdbg_nub_set_cpu_state(fixture.nub, THREAD, &set), HDBG_OK);
        assert_int_equal(hdbg_nub_get_cpu_state(fixture.nub, THREAD, NULL, &got), HDBG_OK);
        assert_memory_equal(got.data, set.data, set.size);
        fixture_close(&fixture);
    }
}

static void a_cpu_state_of_another_processor_is_not_sent(void **state)
{
    struct fixture *fixture = *state;
    hdbg_cpu_state other = {.arch = HDBG_ARCH_ARM64, .size = 272};
    hdbg_cpu_state none = {0};
    hdbg_cpu_state cut = {.arch = HDBG_ARCH_X86_64, .size = 100};
    assert_int_equal(hdbg_nub_set_cpu_state(fixture->nub, THREAD, &other), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_nub_set_cpu_state(fixture->nub, THREAD, &none), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_nub_set_cpu_state(fixture->nub, THREAD, &cut), HDBG_BAD_VALUE);
    assert_string_equal(hdbg_mock_transcript(fixture->mock), "");
}

static void errors_of_the_nub_are_handed_on(void **state)
{
    struct fixture *fixture = *state;
    uint64_t ignore, once;
    hdbg_signal_handler handler;
    hdbg_cpu_state cpu_state;
    assert_int_equal(hdbg_nub_set_breakpoint(fixture->nub, 0), HDBG_BAD_ADDRESS);
    assert_int_equal(hdbg_nub_set_breakpoint(fixture->nub, 0x1000), HDBG_OK);
    assert_int_equal(hdbg_nub_set_breakpoint(fixture->nub, 0x1000), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_nub_get_signal_masks(fixture->nub, 12345, &ignore, &once), HDBG_BAD_THREAD_ID);
    assert_int_equal(hdbg_nub_get_signal_handler(fixture->nub, 65, &handler), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_nub_get_cpu_state(fixture->nub, 12345, NULL, &cpu_state), HDBG_BAD_THREAD_ID);
    assert_non_null(strstr(hdbg_last_error(), "GET_CPU_STATE failed in team 500"));
}

static void a_core_file_needs_a_path_that_fits(void **state)
{
    struct fixture *fixture = *state;
    char path[1200];
    memset(path, 'x', sizeof path);
    path[1024] = '\0';
    assert_int_equal(hdbg_nub_write_core_file(fixture->nub, path, 1000), HDBG_NAME_TOO_LONG);
    assert_string_equal(hdbg_mock_transcript(fixture->mock), "");
    path[1023] = '\0';
    hdbg_nub_reply reply = {.error = HDBG_OK};
    hdbg_mock_answer(hdbg_mock_expect(fixture->mock, "WRITE_CORE_FILE *"), &reply);
    assert_int_equal(hdbg_nub_write_core_file(fixture->nub, path, 1000), HDBG_OK);
    assert_verified(fixture->mock);
}

static void the_profiler_answers_on_each_processor(void **state)
{
    (void)state;
    FOR_EACH_PROCESSOR_AND_RELEASE(arch, release)
    {
        struct fixture fixture;
        fixture_open(&fixture, release, arch, 0);
        hdbg_nub_reply started = {.interval = 500, .image_event = 7};
        hdbg_nub_reply stopped = {0};
        stopped.data.update.thread = THREAD;
        stopped.data.update.data.profiler.sample_count = 12;
        hdbg_mock_answer(hdbg_mock_expect(fixture.mock, "START_PROFILER *"), &started);
        hdbg_mock_answer(hdbg_mock_expect(fixture.mock, "STOP_PROFILER *"), &stopped);
        hdbg_mock_answer_error(hdbg_mock_expect(fixture.mock, "STOP_PROFILER *"), HDBG_BAD_VALUE);
        hdbg_time interval = 1;
        int32_t image_event = 0;
        hdbg_nub_event update;
        assert_int_equal(hdbg_nub_start_profiler(fixture.nub, THREAD, &interval, 1, 5, 0, 0, &image_event),
                         HDBG_OK);
        assert_true(interval == 500);
        assert_int_equal(image_event, 7);
        assert_int_equal(hdbg_nub_stop_profiler(fixture.nub, THREAD, &update), HDBG_OK);
        assert_int_equal(update.data.profiler.sample_count, 12);
        assert_int_equal(hdbg_nub_stop_profiler(fixture.nub, THREAD, &update), HDBG_BAD_VALUE);
        assert_verified(fixture.mock);
        fixture_close(&fixture);
    }
}

static void a_clone_shows_the_memory(void **state)
{
    struct fixture *fixture = *state;
    hdbg_area_id area;
    hdbg_address mapped;
    assert_int_equal(hdbg_nub_clone_area(fixture->nub, MEMORY + 5, &area, &mapped), HDBG_OK);
    assert_string_equal((const char *)(uintptr_t)mapped, "bytes");
    assert_int_equal(fixture->kernel->ops->delete_area(fixture->kernel->context, area), HDBG_OK);
    assert_int_equal(hdbg_nub_clone_area(fixture->nub, 0x99999999, &area, &mapped), HDBG_BAD_ADDRESS);
}

/* How a reply to SET_BREAKPOINT or READ_MEMORY can be damaged. */
static void a_damaged_reply_fails_its_own_request_only(void **state)
{
    struct fixture *fixture = *state;
    uint8_t buffer[64];
    size_t done;
    static uint8_t huge[100000];
    int32_t claim[3] = {0, 64, 0};
    for (int damage = 0; damage < 8; damage++) {
        hdbg_mock_expectation *read = hdbg_mock_expect(fixture->mock, "READ_MEMORY *");
        switch (damage) {
        case 0:
            hdbg_mock_answer_size(read, 0);
            break;
        case 1:
            hdbg_mock_answer_size(read, 7);
            break;
        case 2:
            hdbg_mock_answer_size(read, 8 + 10 - 1);
            break;
        case 3:
            hdbg_mock_answer_size(read, 8 + 10 + 1);
            break;
        case 4:
            hdbg_mock_answer_code(read, 1);
            break;
        case 5:
            hdbg_mock_answer_raw(read, 0, huge, sizeof huge);
            break;
        case 6:
            hdbg_mock_answer_raw(read, -7, "garbage", 7);
            break;
        default:
            hdbg_mock_answer_raw(read, 0, claim, sizeof claim);
        }
        assert_int_equal(hdbg_nub_read_memory(fixture->nub, MEMORY, buffer, 10, &done), HDBG_BAD_MESSAGE);
        assert_int_equal(done, 0);
        assert_int_equal(hdbg_nub_read_memory(fixture->nub, MEMORY, buffer, 10, &done), HDBG_OK);
        assert_memory_equal(buffer, "some bytes", 10);
        assert_int_equal(fixture_statistics(fixture).bad_replies, damage + 1);
        assert_int_equal(fixture_statistics(fixture).replies, damage + 1);
    }
    assert_verified(fixture->mock);
}

static void more_memory_than_was_asked_for_is_a_bad_message(void **state)
{
    struct fixture *fixture = *state;
    uint8_t buffer[4] = {9, 9, 9, 9};
    size_t done;
    hdbg_nub_reply reply = {.size = 5};
    hdbg_mock_answer(hdbg_mock_expect(fixture->mock, "READ_MEMORY *"), &reply);
    hdbg_mock_answer(hdbg_mock_expect(fixture->mock, "WRITE_MEMORY *"), &reply);
    assert_int_equal(hdbg_nub_read_memory(fixture->nub, MEMORY, buffer, 3, &done), HDBG_BAD_MESSAGE);
    assert_int_equal(buffer[3], 9);
    assert_int_equal(hdbg_nub_write_memory(fixture->nub, MEMORY, buffer, 3, &done), HDBG_BAD_MESSAGE);
    assert_int_equal(fixture_statistics(fixture).bad_replies, 2);
}

static void opening_needs_a_known_processor_and_release(void **state)
{
    struct fixture *fixture = *state;
    hdbg_nub *nub;
    assert_int_equal(hdbg_nub_open(fixture->kernel, fixture->nub_port, TEAM, HDBG_ARCH_UNKNOWN, &nub),
                     HDBG_NOT_SUPPORTED);
    hdbg_mock_fail(fixture->mock, "system_info", HDBG_IO_ERROR, 1);
    assert_int_equal(hdbg_nub_open(fixture->kernel, fixture->nub_port, TEAM, HDBG_ARCH_X86_64, &nub),
                     HDBG_IO_ERROR);
    hdbg_mock_options options = {.size = sizeof options, .release = 3};
    hdbg_mock *old;
    assert_int_equal(hdbg_mock_create(&options, &old), HDBG_OK);
    assert_int_equal(hdbg_nub_open(hdbg_mock_kernel(old), 1, TEAM, HDBG_ARCH_X86_64, &nub),
                     HDBG_NOT_SUPPORTED);
    hdbg_mock_destroy(old);
    assert_int_equal(hdbg_nub_port(fixture->nub), fixture->nub_port);
    hdbg_nub_close(NULL);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_function_sends_its_message),
        cmocka_unit_test(clone_area_is_not_supported_before_r1_beta6),
        cmocka_unit_test(memory_is_read_and_written_on_each_processor),
        WITH_FIXTURE(a_read_stops_where_memory_ends),
        WITH_FIXTURE(memory_goes_in_pieces_of_1_to_1024_bytes),
        cmocka_unit_test(a_stopped_thread_tells_its_event_and_its_state),
        WITH_FIXTURE(a_cpu_state_of_another_processor_is_not_sent),
        WITH_FIXTURE(errors_of_the_nub_are_handed_on),
        WITH_FIXTURE(a_core_file_needs_a_path_that_fits),
        cmocka_unit_test(the_profiler_answers_on_each_processor),
        WITH_FIXTURE(a_clone_shows_the_memory),
        WITH_FIXTURE(a_damaged_reply_fails_its_own_request_only),
        WITH_FIXTURE(more_memory_than_was_asked_for_is_a_bad_message),
        WITH_FIXTURE(opening_needs_a_known_processor_and_release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
