/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What was recorded on a mock is played again, and the first call that is another one is told.
 */
#define _GNU_SOURCE
#include "recorded.h"

#include <poll.h>
#include <pthread.h>

static hdbg_player *play(const char *path)
{
    hdbg_player *player = NULL;
    assert_int_equal(hdbg_player_create(path, NULL, &player), HDBG_OK);
    return player;
}

static void a_program_sees_the_same_without_what_it_debugged(void **state)
{
    char recorded[4096], played[4096];
    record_program(file_in(state, "a"), recorded, sizeof recorded);
    assert_non_null(strstr(recorded, "BREAKPOINT_HIT"));
    assert_non_null(strstr(recorded, "memory: B_OK, 5, hello"));
    assert_non_null(strstr(recorded, "SIGNAL_RECEIVED SIGSEGV"));
    assert_non_null(strstr(recorded, "TEAM_DELETED with status 3"));

    hdbg_player *player = play(file_in(state, "a"));
    run_program(hdbg_player_kernel(player), NULL, played, sizeof played);
    assert_null(hdbg_player_verify(player));
    assert_string_equal(played, recorded);
    assert_true(hdbg_player_position(player) > 20);
    hdbg_player_destroy(player);
}

static void a_recording_is_played_from_memory_as_often_as_one_likes(void **state)
{
    char played[2][4096];
    size_t size;
    uint8_t *bytes = recorded_program(state, &size);
    for (int i = 0; i < 2; i++) {
        hdbg_player *player;
        assert_int_equal(hdbg_player_create_from_memory(bytes, size, NULL, &player), HDBG_OK);
        run_program(hdbg_player_kernel(player), NULL, played[i], sizeof played[i]);
        assert_null(hdbg_player_verify(player));
        hdbg_player_destroy(player);
    }
    assert_string_equal(played[0], played[1]);
    free(bytes);
}

/* ---- divergence ---- */

/* Records three calls: a port, a message into it, the message out of it. */
static void record_port(const char *path)
{
    hdbg_mock *mock;
    hdbg_kernel *k;
    char buffer[16];
    int32_t code;
    assert_int_equal(hdbg_mock_create(NULL, &mock), HDBG_OK);
    assert_int_equal(hdbg_kernel_record(hdbg_mock_kernel(mock), path, &k), HDBG_OK);
    hdbg_port_id port = k->ops->port_create(k->context, 10, "box");
    assert_int_equal(port, 1);
    assert_int_equal(k->ops->port_write(k->context, port, 7, "abc", 3, 0), HDBG_OK);
    assert_int_equal(k->ops->port_read(k->context, port, &code, buffer, sizeof buffer, 0), 3);
    hdbg_kernel_destroy(k);
    hdbg_mock_destroy(mock);
}

static void another_argument_is_told_beside_the_recorded_one(void **state)
{
    record_port(file_in(state, "a"));
    hdbg_player *player = play(file_in(state, "a"));
    hdbg_kernel *k = hdbg_player_kernel(player);
    assert_int_equal(k->ops->port_create(k->context, 10, "box"), 1);
    assert_int_equal(k->ops->port_write(k->context, 1, 8, "abc", 3, 0), HDBG_NUB_LOST);
    const char *expected = "the recording diverges at call 2, of thread 1\n"
                           "  expected: port_write port=1 code=7 data=616263 size=3 timeout=0\n"
                           "  came:     port_write port=1 code=8 data=616263 size=3 timeout=0";
    assert_string_equal(hdbg_last_error(), expected);
    /* It stays so, whatever is called. */
    assert_int_equal(k->ops->port_write(k->context, 1, 7, "abc", 3, 0), HDBG_NUB_LOST);
    char text[400];
    snprintf(text, sizeof text, "%s\n", expected);
    assert_string_equal(hdbg_player_verify(player), text);
    hdbg_player_destroy(player);
}

static void other_bytes_of_a_message_are_told(void **state)
{
    record_port(file_in(state, "a"));
    hdbg_player *player = play(file_in(state, "a"));
    hdbg_kernel *k = hdbg_player_kernel(player);
    k->ops->port_create(k->context, 10, "box");
    k->ops->port_write(k->context, 1, 7, "abd", 3, 0);
    assert_string_equal(hdbg_player_verify(player),
                        "the recording diverges at call 2, of thread 1\n"
                        "  expected: port_write port=1 code=7 data=616263 size=3 timeout=0\n"
                        "  came:     port_write port=1 code=7 data=616264 size=3 timeout=0\n");
    hdbg_player_destroy(player);
}

/* Attaches to a team and sends its nub a message. */
static hdbg_port_id send_to_nub(hdbg_kernel *k, const hdbg_nub_message *message)
{
    uint8_t bytes[HDBG_MESSAGE_SIZE_MAX];
    int32_t code;
    hdbg_port_id port = k->ops->port_create(k->context, 10, "events");
    hdbg_port_id nub = k->ops->install_team_debugger(k->context, RECORDED_TEAM, port);
    int64_t size =
        hdbg_nub_message_encode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, message, &code, bytes, sizeof bytes);
    assert_true(size >= 0);
    k->ops->port_write(k->context, nub, code, bytes, (size_t)size, 0);
    return nub;
}

static void messages_to_a_nub_are_told_in_words(void **state)
{
    hdbg_mock *mock;
    hdbg_kernel *k;
    hdbg_nub_message message = {
        .type = HDBG_MESSAGE_CONTINUE_THREAD, .reply_port = -1, .thread = RECORDED_TEAM, .single_step = 1};
    assert_int_equal(hdbg_mock_create(NULL, &mock), HDBG_OK);
    hdbg_mock_team_add(mock, RECORDED_TEAM, "victim");
    assert_int_equal(hdbg_kernel_record(hdbg_mock_kernel(mock), file_in(state, "a"), &k), HDBG_OK);
    hdbg_port_id nub = send_to_nub(k, &message);
    hdbg_kernel_destroy(k);
    hdbg_mock_destroy(mock);

    hdbg_player *player = play(file_in(state, "a"));
    message.single_step = 0;
    send_to_nub(hdbg_player_kernel(player), &message);
    char expected[400];
    snprintf(
        expected, sizeof expected,
        "the recording diverges at call 3, of thread 1\n"
        "  expected: port_write port=%d code=4 size=12 timeout=0  CONTINUE_THREAD thread=500 HANDLE_EVENT "
        "single_step\n"
        "  came:     port_write port=%d code=4 size=12 timeout=0  CONTINUE_THREAD thread=500 "
        "HANDLE_EVENT\n",
        (int)nub, (int)nub);
    assert_string_equal(hdbg_player_verify(player), expected);
    hdbg_player_destroy(player);
}

static void another_first_call_is_told(void **state)
{
    record_port(file_in(state, "a"));
    hdbg_player *player = play(file_in(state, "a"));
    hdbg_kernel *k = hdbg_player_kernel(player);
    k->ops->port_create(k->context, 10, "bin");
    assert_string_equal(hdbg_player_verify(player), "the recording diverges at call 1, of thread 1\n"
                                                    "  expected: port_create capacity=10 name=\"box\"\n"
                                                    "  came:     port_create capacity=10 name=\"bin\"\n");
    hdbg_player_destroy(player);
}

static void a_call_too_many_is_told(void **state)
{
    char buffer[16];
    int32_t code = 0;
    record_port(file_in(state, "a"));
    hdbg_player *player = play(file_in(state, "a"));
    hdbg_kernel *k = hdbg_player_kernel(player);
    k->ops->port_create(k->context, 10, "box");
    k->ops->port_write(k->context, 1, 7, "abc", 3, 0);
    assert_int_equal(k->ops->port_read(k->context, 1, &code, buffer, sizeof buffer, 0), 3);
    assert_int_equal(code, 7);
    assert_memory_equal(buffer, "abc", 3);
    assert_null(hdbg_player_verify(player));
    assert_int_equal(k->ops->port_delete(k->context, 1), HDBG_NUB_LOST);
    assert_string_equal(hdbg_player_verify(player),
                        "the recording diverges behind its last call of thread 1\n"
                        "  expected: the end of the recording\n"
                        "  came:     port_delete port=1\n");
    hdbg_player_destroy(player);
}

static void a_call_too_few_is_told(void **state)
{
    record_port(file_in(state, "a"));
    hdbg_player *player = play(file_in(state, "a"));
    hdbg_kernel *k = hdbg_player_kernel(player);
    k->ops->port_create(k->context, 10, "box");
    assert_string_equal(hdbg_player_verify(player),
                        "the recording goes on at call 2, of thread 1\n"
                        "  expected: port_write port=1 code=7 data=616263 size=3 timeout=0\n"
                        "  came:     nothing\n");
    hdbg_player_destroy(player);
}

static void looks_at_the_clock_and_lengths_of_timeouts_are_no_divergence(void **state)
{
    char buffer[16];
    int32_t code;
    record_port(file_in(state, "a"));
    hdbg_player *player = play(file_in(state, "a"));
    hdbg_kernel *k = hdbg_player_kernel(player);
    hdbg_time start = k->ops->system_time(k->context);
    k->ops->port_create(k->context, 10, "box");
    assert_true(k->ops->system_time(k->context) >= start);
    assert_int_equal(k->ops->port_write(k->context, 1, 7, "abc", 3, 0), HDBG_OK);
    assert_int_equal(k->ops->port_read(k->context, 1, &code, buffer, 8, 0), 3); /* less room */
    assert_null(hdbg_player_verify(player));
    hdbg_player_destroy(player);
}

static void a_session_that_diverges_ends_and_does_not_hang(void **state)
{
    char seen[4096];
    hdbg_event *event;
    hdbg_team *team;
    record_program(file_in(state, "a"), seen, sizeof seen);
    hdbg_player *player = play(file_in(state, "a"));
    hdbg_session_options options = {.size = sizeof options, .kernel = hdbg_player_kernel(player)};
    hdbg_session *session;
    assert_int_equal(hdbg_session_create(&options, &session), HDBG_OK);
    assert_int_equal(hdbg_team_attach(session, RECORDED_TEAM, 0, &team), HDBG_OK);
    assert_int_not_equal(hdbg_team_kill(team), HDBG_OK); /* which the program had not done */
    /* Waiting for ever ends: with the end of the team, and then with an error. */
    int events = 0;
    while (hdbg_wait(session, NULL, HDBG_FOREVER, &event) == HDBG_OK) {
        hdbg_event_release(event);
        assert_true(++events < 10);
    }
    hdbg_team_release(team);
    hdbg_session_destroy(session);
    assert_non_null(strstr(hdbg_player_verify(player), "came:     kill_team team=500"));
    hdbg_player_destroy(player);
}

static void a_recording_that_was_not_closed_is_played_as_far_as_it_goes(void **state)
{
    char recorded[4096], played[4096];
    size_t size;
    record_program(file_in(state, "a"), recorded, sizeof recorded);
    uint8_t *bytes = read_whole(file_in(state, "a"), &size);
    hdbg_player *player;
    hdbg_recording *recording;
    hdbg_recorded_call call = {.size = sizeof call};
    assert_int_equal(hdbg_recording_open_memory(bytes, size, &recording), HDBG_OK);
    uint64_t last = 0;
    while (hdbg_recording_next(recording, &call) == HDBG_OK)
        last = call.offset;
    hdbg_recording_close(recording);
    /* Without the record of the last call, and all behind it. */
    assert_int_equal(hdbg_player_create_from_memory(bytes, (size_t)last, NULL, &player), HDBG_OK);
    run_program(hdbg_player_kernel(player), NULL, played, sizeof played);
    assert_string_equal(played, recorded);
    assert_non_null(strstr(hdbg_player_verify(player), "the recording was not closed: it ends behind call"));
    hdbg_player_destroy(player);
    free(bytes);
}

/* ---- descriptors ---- */

static void a_played_descriptor_polls_readable(void **state)
{
    hdbg_mock *mock;
    hdbg_kernel *k;
    assert_int_equal(hdbg_mock_create(NULL, &mock), HDBG_OK);
    assert_int_equal(hdbg_kernel_record(hdbg_mock_kernel(mock), file_in(state, "a"), &k), HDBG_OK);
    hdbg_port_id port = k->ops->port_create(k->context, 10, "box");
    int descriptor = k->ops->descriptor_open(k->context, port);
    assert_true(descriptor >= 0);
    k->ops->descriptor_force(k->context, descriptor, 1);
    k->ops->descriptor_close(k->context, descriptor);
    hdbg_kernel_destroy(k);
    hdbg_mock_destroy(mock);

    hdbg_player *player = play(file_in(state, "a"));
    k = hdbg_player_kernel(player);
    port = k->ops->port_create(k->context, 10, "box");
    int played = k->ops->descriptor_open(k->context, port);
    assert_true(played >= 0);
    struct pollfd fd = {.fd = played, .events = POLLIN};
    assert_int_equal(poll(&fd, 1, 0), 1);
    assert_int_equal(k->ops->descriptor_force(k->context, played, 1), HDBG_OK);
    k->ops->descriptor_close(k->context, played);
    assert_null(hdbg_player_verify(player));
    hdbg_player_destroy(player);
}

/* ---- threads ---- */

typedef struct worker {
    hdbg_kernel *kernel;
    hdbg_port_id from, to;
    int rounds;
    int64_t sum;
} worker;

/* Adds up what comes out of a port, and hands it on. */
static void *work(void *argument)
{
    worker *w = argument;
    const hdbg_kernel_ops *ops = w->kernel->ops;
    for (int i = 0; i < w->rounds; i++) {
        int32_t code = 0, number = 0;
        if (ops->port_read(w->kernel->context, w->from, &code, &number, sizeof number, HDBG_FOREVER) < 0)
            break;
        w->sum += number * code;
        number++;
        if (ops->port_write(w->kernel->context, w->to, code, &number, sizeof number, HDBG_FOREVER) != HDBG_OK)
            break;
    }
    return NULL;
}

/* Two threads that throw a number to each other. */
static void throw_and_catch(hdbg_kernel *k, int rounds, int64_t sums[2])
{
    int32_t number = 1;
    pthread_t threads[2];
    hdbg_port_id one = k->ops->port_create(k->context, 4, "one"),
                 two = k->ops->port_create(k->context, 4, "two");
    worker workers[2] = {{k, one, two, rounds, 0}, {k, two, one, rounds, 0}};
    assert_int_equal(k->ops->port_write(k->context, one, 3, &number, sizeof number, 0), HDBG_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        sums[i] = workers[i].sum;
    }
}

static void threads_play_their_own_calls_in_the_order_of_all(void **state)
{
    hdbg_mock *mock;
    hdbg_kernel *k;
    int64_t recorded[2], played[2];
    hdbg_mock_options options = {.size = sizeof options};
    assert_int_equal(hdbg_mock_create(&options, &mock), HDBG_OK);
    hdbg_mock_enter(mock);
    assert_int_equal(hdbg_kernel_record(hdbg_mock_kernel(mock), file_in(state, "a"), &k), HDBG_OK);
    throw_and_catch(k, 200, recorded);
    hdbg_kernel_destroy(k);
    hdbg_mock_destroy(mock);

    hdbg_player *player = play(file_in(state, "a"));
    throw_and_catch(hdbg_player_kernel(player), 200, played);
    const char *wrong = hdbg_player_verify(player);
    assert_string_equal(wrong != NULL ? wrong : "", "");
    assert_int_equal(played[0], recorded[0]);
    assert_int_equal(played[1], recorded[1]);
    hdbg_player_destroy(player);
}

static void a_thread_whose_call_does_not_come_is_told(void **state)
{
    hdbg_mock *mock;
    hdbg_kernel *k;
    int64_t sums[2];
    assert_int_equal(hdbg_mock_create(NULL, &mock), HDBG_OK);
    hdbg_mock_enter(mock);
    assert_int_equal(hdbg_kernel_record(hdbg_mock_kernel(mock), file_in(state, "a"), &k), HDBG_OK);
    throw_and_catch(k, 1, sums);
    hdbg_kernel_destroy(k);
    hdbg_mock_destroy(mock);

    hdbg_player *player;
    hdbg_player_options options = {.size = sizeof options, .patience = 1000};
    assert_int_equal(hdbg_player_create(file_in(state, "a"), &options, &player), HDBG_OK);
    k = hdbg_player_kernel(player);
    int32_t number = 1;
    k->ops->port_create(k->context, 4, "one");
    k->ops->port_create(k->context, 4, "two");
    k->ops->port_write(k->context, 1, 3, &number, sizeof number, 0);
    /* The second thread alone, which had read what the first one wrote. */
    worker second = {k, 2, 1, 1, 0};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, work, &second), 0);
    pthread_join(thread, NULL);
    const char *wrong = hdbg_player_verify(player);
    assert_non_null(wrong);
    assert_non_null(strstr(wrong, "has not made\n  expected: port_read port=1 "));
    assert_non_null(strstr(wrong, "which had returned later: port_read port=2 "));
    hdbg_player_destroy(player);
}

static void several_sessions_at_once_have_recordings_of_their_own(void **state)
{
    char seen[3][4096], names[3][300];
    for (int i = 0; i < 3; i++) {
        record_program(file_in(state, "same"), seen[i], sizeof seen[i]);
        snprintf(names[i], sizeof names[i], i == 0 ? "%s" : "%s.%d", file_in(state, "same"), i + 1);
    }
    for (int i = 0; i < 3; i++) {
        char played[4096];
        hdbg_player *player = play(names[i]);
        run_program(hdbg_player_kernel(player), NULL, played, sizeof played);
        assert_null(hdbg_player_verify(player));
        hdbg_player_destroy(player);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_program_sees_the_same_without_what_it_debugged),
        TEST(a_recording_is_played_from_memory_as_often_as_one_likes),
        TEST(another_argument_is_told_beside_the_recorded_one),
        TEST(other_bytes_of_a_message_are_told),
        TEST(messages_to_a_nub_are_told_in_words),
        TEST(another_first_call_is_told),
        TEST(a_call_too_many_is_told),
        TEST(a_call_too_few_is_told),
        TEST(looks_at_the_clock_and_lengths_of_timeouts_are_no_divergence),
        TEST(a_session_that_diverges_ends_and_does_not_hang),
        TEST(a_recording_that_was_not_closed_is_played_as_far_as_it_goes),
        TEST(a_played_descriptor_polls_readable),
        TEST(threads_play_their_own_calls_in_the_order_of_all),
        TEST(a_thread_whose_call_does_not_come_is_told),
        TEST(several_sessions_at_once_have_recordings_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
