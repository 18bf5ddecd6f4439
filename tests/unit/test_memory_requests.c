/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Which requests reads and writes of any length become, and what their failures amount to.
 */
#include "session_world.h"

#include <haikudbg/memory.h>

#include <stdio.h>
#include <stdlib.h>

static void fill_stack(world *w)
{
    uint8_t data[STACK_SIZE];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + (i >> 8));
    assert_ok(hdbg_mock_memory_write(w->mock, TEAM, STACK, data, sizeof data));
}

static void a_long_read_is_cut_into_requests_of_a_kilobyte(void **state)
{
    world *w = *state;
    uint8_t buffer[3000];
    size_t got = 0;
    fill_stack(w);
    assert_ok(hdbg_memory_read(w->team, STACK + 100, buffer, sizeof buffer, &got));
    assert_int_equal(got, sizeof buffer);
    for (size_t i = 0; i < sizeof buffer; i++)
        assert_int_equal(buffer[i], (uint8_t)((i + 100) * 7 + ((i + 100) >> 8)));
    expect_transcript(w, "READ_MEMORY team=500 address=0x20064 size=1024\n"
                         "READ_MEMORY team=500 address=0x20464 size=1024\n"
                         "READ_MEMORY team=500 address=0x20864 size=952\n");
}

static void a_long_write_is_cut_into_requests_of_a_kilobyte(void **state)
{
    world *w = *state;
    uint8_t data[1500], back[1500];
    size_t written = 0;
    memset(data, 0x3c, sizeof data);
    assert_ok(hdbg_memory_write(w->team, STACK, data, sizeof data, &written));
    assert_int_equal(written, sizeof data);
    assert_int_equal(hdbg_mock_calls(w->mock, "memory_read"), 0);
    assert_ok(hdbg_mock_memory_read(w->mock, TEAM, STACK, back, sizeof back));
    assert_memory_equal(back, data, sizeof data);
}

static void a_kernel_that_reads_in_bulk_is_asked_once(void **state)
{
    (void)state;
    hdbg_mock_options options = {.size = sizeof options, .flags = HDBG_MOCK_BULK_READ};
    world *w = world_make(NULL, &options, 1);
    uint8_t buffer[STACK_SIZE];
    int64_t calls = hdbg_mock_calls(w->mock, "memory_read");
    fill_stack(w);
    assert_ok(hdbg_memory_read(w->team, STACK, buffer, sizeof buffer, NULL));
    assert_int_equal(buffer[STACK_SIZE - 1], (uint8_t)((STACK_SIZE - 1) * 7 + ((STACK_SIZE - 1) >> 8)));
    assert_int_equal(hdbg_mock_calls(w->mock, "memory_read"), calls + 1);
    expect_transcript(w, "");
    world_free(w);
}

static void a_read_up_to_the_end_of_an_area_is_partial(void **state)
{
    world *w = *state;
    uint8_t buffer[2000];
    size_t got = 0;
    assert_status(hdbg_memory_read(w->team, STACK + STACK_SIZE - 1500, buffer, sizeof buffer, &got),
                  HDBG_PARTIAL);
    assert_int_equal(got, 1500);
    assert_sentence("cannot read 2000 bytes at 0x20a24 in team 500: 0x21000 is not accessible");
}

static void a_request_that_fails_as_a_whole_is_tried_again_up_to_the_border_of_the_page(void **state)
{
    world *w = *state;
    uint8_t buffer[1000];
    size_t got = 0;
    hdbg_mock_answer_error(hdbg_mock_expect(w->mock, "READ_MEMORY team=500 address=0x20f00 size=1000"),
                           HDBG_BAD_ADDRESS);
    hdbg_mock_expect(w->mock, "READ_MEMORY team=500 address=0x20f00 size=256");
    hdbg_mock_expect(w->mock, "READ_MEMORY team=500 address=0x21000 size=744");
    assert_status(hdbg_memory_read(w->team, STACK + 0xf00, buffer, sizeof buffer, &got), HDBG_PARTIAL);
    assert_int_equal(got, 256);
}

static void a_read_over_the_border_of_two_areas_is_whole(void **state)
{
    world *w = *state;
    uint8_t buffer[200];
    size_t got = 0;
    assert_true(hdbg_mock_memory_add(w->mock, TEAM, STACK + STACK_SIZE, "next", 4096, HDBG_AREA_READ) > 0);
    assert_ok(hdbg_memory_read(w->team, STACK + STACK_SIZE - 100, buffer, sizeof buffer, &got));
    assert_int_equal(got, 200);
    assert_memory_equal(buffer + 100, "next", 5);
}

static void a_read_at_the_end_of_the_address_space_does_not_wrap_around(void **state)
{
    world *w = *state;
    uint8_t buffer[64];
    size_t got = 1;
    assert_status(hdbg_memory_read(w->team, UINT64_MAX - 10, buffer, sizeof buffer, &got), HDBG_BAD_ADDRESS);
    assert_int_equal(got, 0);
}

static void a_nub_that_dies_in_the_middle_ends_the_read(void **state)
{
    world *w = *state;
    uint8_t buffer[3000];
    size_t got = 0;
    hdbg_mock_expect(w->mock, "READ_MEMORY team=500 address=0x20000 size=1024");
    hdbg_mock_then_team_ends(hdbg_mock_expect(w->mock, "READ_MEMORY team=500 address=0x20400 size=1024"), 0,
                             9);
    hdbg_status status = hdbg_memory_read(w->team, STACK, buffer, sizeof buffer, &got);
    assert_true(status == HDBG_TEAM_GONE || status == HDBG_NUB_LOST);
    assert_int_equal(got, 1024);
}

static void a_short_string_is_one_request(void **state)
{
    world *w = *state;
    char text[4096];
    size_t length = 0;
    assert_ok(hdbg_mock_memory_write(w->mock, TEAM, STACK + 0x10, "short", 6));
    assert_ok(hdbg_memory_read_string(w->team, STACK + 0x10, text, sizeof text, &length));
    assert_string_equal(text, "short");
    assert_int_equal(length, 5);
    expect_transcript(w, "READ_MEMORY team=500 address=0x20010 size=1008\n");
}

static void a_string_that_ends_with_its_area_does_not_need_the_next_one(void **state)
{
    world *w = *state;
    char text[4096];
    size_t length = 0;
    assert_ok(hdbg_mock_memory_write(w->mock, TEAM, STACK + STACK_SIZE - 4, "end", 4));
    assert_ok(hdbg_memory_read_string(w->team, STACK + STACK_SIZE - 4, text, sizeof text, &length));
    assert_string_equal(text, "end");
}

static void a_pointer_is_as_wide_as_the_teams_processor(void **state)
{
    (void)state;
    static const struct {
        hdbg_arch arch;
        hdbg_address value;
    } kCases[] = {{HDBG_ARCH_X86, 0x44332211}, {HDBG_ARCH_ARM64, 0x8877665544332211}};
    for (size_t i = 0; i < 2; i++) {
        hdbg_mock_options options = {.size = sizeof options, .arch = (int32_t)kCases[i].arch};
        world *w = world_make(NULL, &options, 1);
        hdbg_address value = 0;
        assert_ok(hdbg_mock_memory_write(w->mock, TEAM, STACK, "\x11\x22\x33\x44\x55\x66\x77\x88", 8));
        assert_ok(hdbg_memory_read_pointer(w->team, STACK, &value));
        assert_int_equal(value, kCases[i].value);
        world_free(w);
    }
}

static void areas_are_sorted_whatever_the_kernels_order(void **state)
{
    world *w = *state;
    hdbg_area_info *areas = NULL;
    size_t count = 0;
    hdbg_area_info area = {.size = sizeof area};
    assert_true(hdbg_mock_memory_add(w->mock, TEAM, 0x1000, NULL, 4096, HDBG_AREA_READ) > 0);
    assert_ok(hdbg_areas_get(w->team, &areas, &count));
    assert_int_equal(count, 3);
    assert_int_equal(areas[0].address, 0x1000);
    assert_int_equal(areas[1].address, CODE);
    assert_int_equal(areas[2].address, STACK);
    hdbg_areas_free(areas);
    assert_ok(hdbg_area_at(w->team, STACK + 5, &area));
    assert_int_equal(area.address, STACK);
    assert_status(hdbg_area_at(w->team, STACK + STACK_SIZE, &area), HDBG_BAD_ADDRESS);
    assert_status(hdbg_area_at(w->team, 0xfff, &area), HDBG_BAD_ADDRESS);
}

static void a_kernel_that_cannot_list_areas_is_believed(void **state)
{
    world *w = *state;
    hdbg_area_info *areas = NULL;
    size_t count = 7;
    assert_ok(hdbg_mock_fail(w->mock, "next_area", HDBG_PERMISSION_DENIED, 1));
    assert_status(hdbg_areas_get(w->team, &areas, &count), HDBG_PERMISSION_DENIED);
    assert_null(areas);
    assert_int_equal(count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_long_read_is_cut_into_requests_of_a_kilobyte),
        TEST(a_long_write_is_cut_into_requests_of_a_kilobyte),
        cmocka_unit_test(a_kernel_that_reads_in_bulk_is_asked_once),
        TEST(a_read_up_to_the_end_of_an_area_is_partial),
        TEST(a_request_that_fails_as_a_whole_is_tried_again_up_to_the_border_of_the_page),
        TEST(a_read_over_the_border_of_two_areas_is_whole),
        TEST(a_read_at_the_end_of_the_address_space_does_not_wrap_around),
        TEST(a_nub_that_dies_in_the_middle_ends_the_read),
        TEST(a_short_string_is_one_request),
        TEST(a_string_that_ends_with_its_area_does_not_need_the_next_one),
        cmocka_unit_test(a_pointer_is_as_wide_as_the_teams_processor),
        TEST(areas_are_sorted_whatever_the_kernels_order),
        TEST(a_kernel_that_cannot_list_areas_is_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
