/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Memory of a real process: any length, over borders, to the byte.
 */
#include "live/inspected.h"

enum { PAGE = 4096, LARGE = 4 << 20 };

static inspected gIt;
static hdbg_address gBase;

static int start(void **state)
{
    (void)state;
    inspected_start(&gIt, "memory_map", NULL);
    gBase = inspected_value(&gIt, "memory_base");
    return 0;
}

static int end(void **state)
{
    (void)state;
    inspected_end(&gIt);
    return 0;
}

static uint8_t pattern(size_t i)
{
    return (uint8_t)(i * 7 + (i >> 12));
}

/* Resumes it behind its int3 and tells it to end; its exit value. */
static int32_t let_it_end(void)
{
    uint64_t go = 1;
    OK(hdbg_memory_write(gIt.team, inspected_symbol(&gIt, "memory_go"), &go, sizeof go, NULL));
    OK(hdbg_thread_resume(gIt.thread, NULL));
    inspected_run_to(&gIt, HDBG_EVENT_TEAM_DELETED);
    hdbg_team_end how = {.size = sizeof how};
    OK(hdbg_team_end_get(gIt.team, &how));
    return how.status;
}

static void four_megabytes_are_read_as_they_are(void **state)
{
    (void)state;
    uint8_t *buffer = malloc(LARGE);
    size_t got = 0;
    assert_non_null(buffer);
    OK(hdbg_memory_read(gIt.team, inspected_value(&gIt, "memory_large"), buffer, LARGE, &got));
    assert_int_equal(got, LARGE);
    for (size_t i = 0; i < LARGE; i++) {
        if (buffer[i] != pattern(i))
            fail_msg("byte %zu is %u", i, buffer[i]);
    }
    free(buffer);
}

static void a_read_over_the_borders_of_pages_needs_no_alignment(void **state)
{
    (void)state;
    uint8_t buffer[2000];
    size_t got = 0;
    OK(hdbg_memory_read(gIt.team, gBase + 1001, buffer, sizeof buffer, &got));
    assert_int_equal(got, sizeof buffer);
    for (size_t i = 0; i < sizeof buffer; i++)
        assert_int_equal(buffer[i], pattern(1001 + i));
}

static void a_read_up_to_a_hole_is_partial_to_the_byte(void **state)
{
    (void)state;
    uint8_t buffer[3 * PAGE];
    for (size_t before = 1; before <= PAGE; before = before * 3 + 1) {
        size_t got = 0;
        memset(buffer, 0xee, sizeof buffer);
        assert_int_equal(hdbg_memory_read(gIt.team, gBase + 4 * PAGE - before, buffer, sizeof buffer, &got),
                         HDBG_PARTIAL);
        assert_int_equal(got, before);
        assert_int_equal(buffer[before], 0xee);
        char where[32];
        snprintf(where, sizeof where, "0x%llx", (unsigned long long)(gBase + 4 * PAGE));
        assert_non_null(strstr(hdbg_last_error(), where));
    }
}

/* Haiku's nub looks with the kernel's eyes. */
static void memory_that_the_program_may_not_touch_is_read_all_the_same(void **state)
{
    (void)state;
    uint8_t buffer[2 * PAGE];
    size_t got = 0;
    OK(hdbg_memory_read(gIt.team, gBase + 2 * PAGE - 300, buffer, sizeof buffer, &got));
    for (size_t i = 300; i < sizeof buffer; i++)
        assert_int_equal(buffer[i], pattern(2 * PAGE - 300 + i));
}

static void unmapped_memory_is_a_bad_address(void **state)
{
    (void)state;
    uint8_t buffer[16];
    size_t got = 7;
    static const hdbg_address kNowhere[] = {0, 1, 0x1000, 0x7ffffffff000, 0x8000000000000000, UINT64_MAX};
    for (size_t i = 0; i < sizeof kNowhere / sizeof *kNowhere; i++) {
        assert_int_equal(hdbg_memory_read(gIt.team, kNowhere[i], buffer, sizeof buffer, &got),
                         HDBG_BAD_ADDRESS);
        assert_int_equal(got, 0);
        assert_int_equal(hdbg_memory_write(gIt.team, kNowhere[i], buffer, sizeof buffer, &got),
                         HDBG_BAD_ADDRESS);
        assert_int_equal(got, 0);
    }
    assert_int_equal(hdbg_memory_read(gIt.team, gBase + 4 * PAGE, buffer, sizeof buffer, &got),
                     HDBG_BAD_ADDRESS);
}

static void nothing_can_be_read_anywhere(void **state)
{
    (void)state;
    size_t got = 7;
    OK(hdbg_memory_read(gIt.team, 0, NULL, 0, &got));
    assert_int_equal(got, 0);
    OK(hdbg_memory_write(gIt.team, 0, NULL, 0, &got));
    assert_int_equal(got, 0);
}

static void what_is_written_over_a_border_is_there(void **state)
{
    (void)state;
    uint8_t data[3000], back[3000];
    size_t done = 0;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 13);
    OK(hdbg_memory_write(gIt.team, gBase + 2500, data, sizeof data, &done));
    assert_int_equal(done, sizeof data);
    OK(hdbg_memory_read(gIt.team, gBase + 2500, back, sizeof back, NULL));
    assert_memory_equal(back, data, sizeof data);
    OK(hdbg_memory_read(gIt.team, gBase + 2499, back, 1, NULL));
    assert_int_equal(back[0], pattern(2499));
}

static void a_write_up_to_a_hole_is_partial_to_the_byte(void **state)
{
    (void)state;
    uint8_t data[1500], byte;
    size_t done = 0;
    memset(data, 0x5a, sizeof data);
    assert_int_equal(hdbg_memory_write(gIt.team, gBase + 4 * PAGE - 700, data, sizeof data, &done),
                     HDBG_PARTIAL);
    assert_int_equal(done, 700);
    OK(hdbg_memory_read(gIt.team, gBase + 4 * PAGE - 1, &byte, 1, NULL));
    assert_int_equal(byte, 0x5a);
}

static void read_only_code_can_be_written(void **state)
{
    (void)state;
    uint8_t code[4] = {1, 2, 3, 4}, back[4];
    OK(hdbg_memory_write(gIt.team, gBase + 5 * PAGE + 10, code, sizeof code, NULL));
    OK(hdbg_memory_read(gIt.team, gBase + 5 * PAGE + 10, back, sizeof back, NULL));
    assert_memory_equal(back, code, sizeof code);
}

static void what_is_written_is_what_the_program_sees(void **state)
{
    (void)state;
    uint8_t byte = 77;
    OK(hdbg_memory_write(gIt.team, inspected_value(&gIt, "memory_page3"), &byte, 1, NULL));
    assert_int_equal(let_it_end(), 77);
}

static void breakpoints_do_not_show(void **state)
{
    (void)state;
    uint8_t before[64], after[64];
    hdbg_address address = inspected_symbol(&gIt, "main");
    OK(hdbg_memory_read(gIt.team, address, before, sizeof before, NULL));
    for (int i = 0; i < 8; i++)
        OK(hdbg_breakpoint_set(gIt.team, address + (hdbg_address)i * 4));
    OK(hdbg_memory_read(gIt.team, address, after, sizeof after, NULL));
    assert_memory_equal(after, before, sizeof before);
}

/* ---- strings and pointers ---- */

static void a_string_is_read_over_a_border(void **state)
{
    (void)state;
    char text[64];
    size_t length = 0;
    OK(hdbg_memory_read_string(gIt.team, inspected_value(&gIt, "memory_across"), text, sizeof text, &length));
    assert_string_equal(text, "across the border");
    assert_int_equal(length, 17);
}

static void a_string_may_end_with_the_last_byte_that_is_mapped(void **state)
{
    (void)state;
    char text[8192];
    size_t length = 0;
    OK(hdbg_memory_read_string(gIt.team, inspected_value(&gIt, "memory_last"), text, sizeof text, &length));
    assert_string_equal(text, "last");
    assert_int_equal(length, 4);
}

static void a_string_that_is_longer_than_the_buffer_is_cut(void **state)
{
    (void)state;
    char text[7];
    size_t length = 0;
    hdbg_address address = inspected_value(&gIt, "memory_across");
    assert_int_equal(hdbg_memory_read_string(gIt.team, address, text, sizeof text, &length),
                     HDBG_BUFFER_OVERFLOW);
    assert_string_equal(text, "across");
    assert_int_equal(length, 6);
    assert_int_equal(hdbg_memory_read_string(gIt.team, address, text, 1, &length), HDBG_BUFFER_OVERFLOW);
    assert_string_equal(text, "");
    assert_int_equal(hdbg_memory_read_string(gIt.team, address, text, 0, &length), HDBG_BAD_VALUE);
}

static void a_string_without_an_end_is_partial(void **state)
{
    (void)state;
    char text[64];
    size_t length = 0;
    hdbg_address address = gBase + 4 * PAGE - 3;
    OK(hdbg_memory_write(gIt.team, address, "abc", 3, NULL));
    assert_int_equal(hdbg_memory_read_string(gIt.team, address, text, sizeof text, &length), HDBG_PARTIAL);
    assert_string_equal(text, "abc");
    assert_int_equal(length, 3);
    assert_int_equal(hdbg_memory_read_string(gIt.team, address + 3, text, sizeof text, &length),
                     HDBG_BAD_ADDRESS);
    assert_string_equal(text, "");
}

static void a_string_of_a_hundred_thousand_bytes_is_read(void **state)
{
    (void)state;
    enum { LENGTH = 100000 };
    char *text = malloc(LENGTH + 10), *data = malloc(LENGTH + 1);
    size_t length = 0;
    assert_true(text != NULL && data != NULL);
    memset(data, 'x', LENGTH);
    data[LENGTH] = '\0';
    hdbg_address address = inspected_value(&gIt, "memory_large") + 3;
    OK(hdbg_memory_write(gIt.team, address, data, LENGTH + 1, NULL));
    OK(hdbg_memory_read_string(gIt.team, address, text, LENGTH + 10, &length));
    assert_int_equal(length, LENGTH);
    assert_string_equal(text, data);
    free(text);
    free(data);
}

static void a_pointer_that_is_cut_by_a_hole_is_a_bad_address(void **state)
{
    (void)state;
    hdbg_address value = 1;
    assert_int_equal(hdbg_memory_read_pointer(gIt.team, gBase + 4 * PAGE - 4, &value), HDBG_BAD_ADDRESS);
    assert_int_equal(value, 0);
}

/* ---- areas ---- */

static void areas_are_sorted_and_do_not_overlap(void **state)
{
    (void)state;
    hdbg_area_info *areas = NULL;
    size_t count = 0;
    OK(hdbg_areas_get(gIt.team, &areas, &count));
    assert_true(count > 10);
    for (size_t i = 1; i < count; i++)
        assert_true(areas[i - 1].address + areas[i - 1].length <= areas[i].address);
    hdbg_areas_free(areas);
    hdbg_areas_free(NULL);
}

static void the_area_of_an_address_tells_its_protection(void **state)
{
    (void)state;
    hdbg_area_info area = {.size = sizeof area};
    OK(hdbg_area_at(gIt.team, gBase + 2 * PAGE + 5, &area));
    assert_int_equal(area.address, gBase + 2 * PAGE);
    assert_int_equal(area.protection & (HDBG_AREA_READ | HDBG_AREA_WRITE | HDBG_AREA_EXECUTE), 0);
    OK(hdbg_area_at(gIt.team, gBase + 5 * PAGE, &area));
    assert_int_equal(area.protection & (HDBG_AREA_READ | HDBG_AREA_WRITE | HDBG_AREA_EXECUTE),
                     HDBG_AREA_READ | HDBG_AREA_EXECUTE);
    OK(hdbg_area_at(gIt.team, inspected_symbol(&gIt, "main"), &area));
    assert_non_null(strstr(area.path, "memory_map"));
    assert_int_equal(hdbg_area_at(gIt.team, gBase + 4 * PAGE, &area), HDBG_BAD_ADDRESS);
    area.size = 3;
    assert_int_equal(hdbg_area_at(gIt.team, gBase, &area), HDBG_BAD_VALUE);
}

/* ---- while it runs, and when it is gone ---- */

static void memory_is_read_and_written_while_the_team_runs(void **state)
{
    (void)state;
    uint64_t value = 0, go = 1;
    hdbg_address flag = inspected_symbol(&gIt, "memory_go");
    OK(hdbg_thread_resume(gIt.thread, NULL));
    OK(hdbg_memory_read(gIt.team, flag, &value, sizeof value, NULL));
    assert_int_equal(value, 0);
    OK(hdbg_memory_write(gIt.team, flag, &go, sizeof go, NULL));
    inspected_run_to(&gIt, HDBG_EVENT_TEAM_DELETED);
}

static void the_memory_of_a_team_that_has_ended_is_gone(void **state)
{
    (void)state;
    hdbg_area_info *areas = NULL;
    size_t got = 1, count = 1;
    char byte;
    let_it_end();
    assert_int_equal(hdbg_memory_read(gIt.team, gBase, &byte, 1, &got), HDBG_TEAM_GONE);
    assert_int_equal(got, 0);
    assert_int_equal(hdbg_memory_write(gIt.team, gBase, &byte, 1, &got), HDBG_TEAM_GONE);
    assert_int_equal(hdbg_memory_read_string(gIt.team, gBase, &byte, 1, &got), HDBG_TEAM_GONE);
    assert_int_equal(hdbg_areas_get(gIt.team, &areas, &count), HDBG_TEAM_GONE);
    assert_int_equal(count, 0);
    assert_null(areas);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(four_megabytes_are_read_as_they_are),
        TEST(a_read_over_the_borders_of_pages_needs_no_alignment),
        TEST(a_read_up_to_a_hole_is_partial_to_the_byte),
        TEST(memory_that_the_program_may_not_touch_is_read_all_the_same),
        TEST(unmapped_memory_is_a_bad_address),
        TEST(nothing_can_be_read_anywhere),
        TEST(what_is_written_over_a_border_is_there),
        TEST(a_write_up_to_a_hole_is_partial_to_the_byte),
        TEST(read_only_code_can_be_written),
        TEST(what_is_written_is_what_the_program_sees),
        TEST(breakpoints_do_not_show),
        TEST(a_string_is_read_over_a_border),
        TEST(a_string_may_end_with_the_last_byte_that_is_mapped),
        TEST(a_string_that_is_longer_than_the_buffer_is_cut),
        TEST(a_string_without_an_end_is_partial),
        TEST(a_string_of_a_hundred_thousand_bytes_is_read),
        TEST(a_pointer_that_is_cut_by_a_hole_is_a_bad_address),
        TEST(areas_are_sorted_and_do_not_overlap),
        TEST(the_area_of_an_address_tells_its_protection),
        TEST(memory_is_read_and_written_while_the_team_runs),
        TEST(the_memory_of_a_team_that_has_ended_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
