/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Recordings whose checksums are right and that tell what cannot be: made of a kernel that lies.
 */
#include "recorded.h"

#include <unistd.h>

enum { THREADS = 3 };

typedef void (*scene)(hdbg_kernel *k);

/* ---- the kernel ---- */

static hdbg_time lying_time(void *context)
{
    return ++*(hdbg_time *)context;
}

static void lying_destroy(void *context)
{
    (void)context;
}

static hdbg_status lying_system_info(void *context, hdbg_system_info *info)
{
    (void)context;
    (void)info;
    return hdbg_kernel_fail(HDBG_ERROR, "no\n\x1b[2Jinfo");
}

static int64_t lying_memory_read(void *context, hdbg_team_id team, hdbg_address address, void *buffer,
                                 size_t size)
{
    (void)context;
    (void)team;
    (void)address;
    memset(buffer, 7, size);
    return (int64_t)size * 100;
}

static int64_t lying_team_threads(void *context, hdbg_team_id team, hdbg_thread_id *threads, size_t capacity)
{
    (void)context;
    for (size_t i = 0; i < capacity; i++)
        threads[i] = team;
    return INT64_C(1) << 62;
}

static hdbg_status lying_core_notes(void *context, hdbg_team_id team, const hdbg_core_thread *threads,
                                    size_t count,
                                    hdbg_status (*add)(void *sink, const char *name, uint32_t type,
                                                       const void *data, size_t size),
                                    void *sink)
{
    (void)context;
    (void)team;
    (void)threads;
    (void)count;
    return add(sink, NULL, 0, "x", 1);
}

static hdbg_status lying_next_symbol(void *context, hdbg_team_id team, hdbg_image_id image, int64_t *cookie,
                                     hdbg_kernel_symbol *symbol)
{
    (void)context;
    (void)team;
    (void)image;
    ++*cookie;
    symbol->name = NULL;
    return HDBG_OK;
}

static int lying_shares_memory(void *context, hdbg_team_id team, hdbg_team_id other)
{
    (void)context;
    return team == other;
}

static const hdbg_kernel_ops kLying = {
    .size = sizeof kLying,
    .version = HDBG_KERNEL_VERSION,
    .destroy = lying_destroy,
    .system_info = lying_system_info,
    .system_time = lying_time,
    .memory_read = lying_memory_read,
    .team_threads = lying_team_threads,
    .core_notes = lying_core_notes,
    .next_symbol = lying_next_symbol,
    .shares_memory = lying_shares_memory,
};

/* ---- what is asked ---- */

static hdbg_status take_note(void *sink, const char *name, uint32_t type, const void *data, size_t size)
{
    (void)sink;
    (void)name;
    (void)type;
    (void)data;
    (void)size;
    return HDBG_OK;
}

static void ask_for_memory(hdbg_kernel *k)
{
    uint8_t bytes[16];
    k->ops->memory_read(k->context, 1, 2, bytes, sizeof bytes);
}

static void ask_for_threads(hdbg_kernel *k)
{
    hdbg_thread_id ids[THREADS];
    k->ops->team_threads(k->context, 50, ids, THREADS);
}

static void ask_for_notes(hdbg_kernel *k)
{
    k->ops->core_notes(k->context, 6, NULL, 0, take_note, NULL);
}

static void ask_for_a_symbol(hdbg_kernel *k)
{
    int64_t cookie = 0;
    hdbg_kernel_symbol symbol = {.size = sizeof symbol};
    k->ops->next_symbol(k->context, 1, 2, &cookie, &symbol);
}

/* ---- tests ---- */

/* Plays what was recorded of a kernel that lies. */
static hdbg_player *play_lies(void **state, scene run)
{
    hdbg_time now = 100;
    hdbg_kernel lying = {&kLying, &now}, *k;
    hdbg_player *player;
    unlink(file_in(state, "a"));
    assert_int_equal(hdbg_kernel_record(&lying, file_in(state, "a"), &k), HDBG_OK);
    run(k);
    hdbg_kernel_destroy(k);
    assert_int_equal(hdbg_player_create(file_in(state, "a"), NULL, &player), HDBG_OK);
    return player;
}

static void a_player_gives_no_more_bytes_than_there_is_room_for(void **state)
{
    uint8_t bytes[16];
    hdbg_player *player = play_lies(state, ask_for_memory);
    hdbg_kernel *k = hdbg_player_kernel(player);
    assert_int_equal(k->ops->memory_read(k->context, 1, 2, bytes, sizeof bytes), sizeof bytes);
    assert_null(hdbg_player_verify(player));
    hdbg_player_destroy(player);
}

static void what_no_kernel_can_answer_is_damage(void **state)
{
    static const struct {
        scene run;
        const char *what;
    } kLies[] = {
        {ask_for_threads, "it found more than there can be"},
        {ask_for_notes, "a name that has to be there is missing"},
        {ask_for_a_symbol, "a name that has to be there is missing"},
    };
    for (size_t i = 0; i < sizeof kLies / sizeof *kLies; i++) {
        hdbg_player *player = play_lies(state, kLies[i].run);
        kLies[i].run(hdbg_player_kernel(player));
        assert_non_null(strstr(hdbg_last_error(), "the recording is damaged behind call 0, "));
        assert_non_null(strstr(hdbg_last_error(), kLies[i].what));
        hdbg_player_destroy(player);
    }
}

static void what_is_asked_whether_is_not_behind_a_divergence(void **state)
{
    hdbg_player *player = play_lies(state, ask_for_memory);
    hdbg_kernel *k = hdbg_player_kernel(player);
    assert_int_equal(k->ops->shares_memory(k->context, 1, 1), 0);
    assert_non_null(hdbg_player_verify(player));
    hdbg_player_destroy(player);
}

static void control_characters_of_sentences_are_printed_as_such(void **state)
{
    hdbg_time now = 100;
    hdbg_kernel lying = {&kLying, &now}, *k;
    hdbg_recording *recording;
    hdbg_system_info info = {.size = sizeof info};
    assert_int_equal(hdbg_kernel_record(&lying, file_in(state, "a"), &k), HDBG_OK);
    k->ops->system_info(k->context, &info);
    hdbg_kernel_destroy(k);
    assert_int_equal(hdbg_recording_open(file_in(state, "a"), &recording), HDBG_OK);
    assert_int_equal(hdbg_recording_next(recording, NULL), HDBG_OK);
    assert_string_equal(hdbg_recording_text(recording), "system_info = B_ERROR  (no\\x0a\\x1b[2Jinfo)");
    hdbg_recording_close(recording);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_player_gives_no_more_bytes_than_there_is_room_for),
        TEST(what_no_kernel_can_answer_is_damage),
        TEST(what_is_asked_whether_is_not_behind_a_divergence),
        TEST(control_characters_of_sentences_are_printed_as_such),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
