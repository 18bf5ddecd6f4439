/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Stacks of real threads: deep, overflowed, damaged, at each instruction of a function.
 */
#include "live/inspected.h"

#include <time.h>

enum { FRAMES = 64 };

static inspected gIt;
static hdbg_frame gFrames[FRAMES];
static size_t gCount;
static int32_t gEnd;

static int end(void **state)
{
    (void)state;
    inspected_end(&gIt);
    return 0;
}

static void walk(void)
{
    OK(hdbg_stack_walk(gIt.thread, gFrames, FRAMES, &gCount, &gEnd));
    assert_in_range(gCount, 1, FRAMES);
}

static const char *function_of(size_t frame)
{
    static char name[512];
    hdbg_symbol symbol = {.size = sizeof symbol};
    assert_true(frame < gCount);
    hdbg_address pc = gFrames[frame].pc - (frame > 0);
    snprintf(name, sizeof name, "%s", hdbg_symbol_at(gIt.team, pc, &symbol) == HDBG_OK ? symbol.name : "?");
    return name;
}

/* The functions of the frames, from `first` on. */
static void expect_functions(size_t first, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (gCount <= first + i)
            fail_msg("there are %zu frames, none is %s; end %d", gCount, names[i], gEnd);
        if (strcmp(function_of(first + i), names[i]) != 0)
            fail_msg("frame %zu is %s, not %s", first + i, function_of(first + i), names[i]);
    }
}
#define EXPECT(first, ...)                                                                                   \
    expect_functions(first, (const char *const[]){__VA_ARGS__},                                              \
                     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void frames_lead_from_the_innermost_function_to_main(void **state)
{
    (void)state;
    inspected_start(&gIt, "stack_frames", "recurse=3");
    walk();
    EXPECT(0, "stack_recurse", "stack_recurse", "stack_recurse", "stack_recurse", "main");
    assert_int_equal(gFrames[0].source, HDBG_FRAME_REGISTERS);
    assert_int_equal(gFrames[1].source, HDBG_FRAME_CFI);
    for (size_t i = 1; i < 5; i++) {
        assert_true(gFrames[i].sp > gFrames[i - 1].sp);
        assert_true(gFrames[i].sp > gFrames[i - 1].frame_pointer);
    }
}

static void a_function_has_its_caller_at_each_of_its_instructions(void **state)
{
    (void)state;
    inspected_start(&gIt, "stack_frames", "steps");
    int in_leaf = 0, left = 0;
    for (int i = 0; i < 40 && left < 2; i++) {
        OK(hdbg_thread_step(gIt.thread));
        inspected_run_to(&gIt, HDBG_EVENT_SINGLE_STEP);
        walk();
        if (strcmp(function_of(0), "stack_leaf") == 0) {
            EXPECT(0, "stack_leaf", "stack_steps", "main");
            in_leaf++;
            assert_int_equal(gFrames[1].source, HDBG_FRAME_CFI);
        } else {
            EXPECT(0, "stack_steps", "main");
            left += in_leaf > 0;
        }
    }
    /* endbr64, push, mov, two or three of its own, pop, ret: the first three and the last have no frame. */
    assert_in_range(in_leaf, 6, 12);
}

static void a_call_of_a_null_pointer_shows_the_caller(void **state)
{
    (void)state;
    inspected_launch(&gIt, HDBG_TEST_FIXTURES "/stack_frames",
                     (const char *const[]){HDBG_TEST_FIXTURES "/stack_frames", "null", NULL});
    OK(hdbg_team_resume(gIt.team));
    inspected_run_to(&gIt, HDBG_EVENT_EXCEPTION_OCCURRED);
    walk();
    assert_int_equal(gFrames[0].pc, 0);
    EXPECT(1, "stack_call", "main");
    assert_int_equal(gFrames[1].source, HDBG_FRAME_RETURN_ADDRESS);
}

static void a_call_into_data_shows_the_caller(void **state)
{
    (void)state;
    inspected_launch(&gIt, HDBG_TEST_FIXTURES "/stack_frames",
                     (const char *const[]){HDBG_TEST_FIXTURES "/stack_frames", "data", NULL});
    OK(hdbg_team_resume(gIt.team));
    inspected_run_to(&gIt, HDBG_EVENT_EXCEPTION_OCCURRED);
    walk();
    EXPECT(1, "stack_call", "main");
}

static void a_stack_that_has_overflowed_needs_no_dead_page(void **state)
{
    (void)state;
    inspected_launch(&gIt, HDBG_TEST_FIXTURES "/stack_frames",
                     (const char *const[]){HDBG_TEST_FIXTURES "/stack_frames", "overflow", NULL});
    OK(hdbg_team_resume(gIt.team));
    inspected_run_to(&gIt, HDBG_EVENT_EXCEPTION_OCCURRED);
    walk();
    assert_int_equal(gCount, FRAMES);
    assert_int_equal(gEnd, HDBG_STACK_LIMIT);
    for (size_t i = 0; i < FRAMES; i++)
        assert_string_equal(function_of(i), "stack_overflow");
}

static void a_hundred_thousand_frames_are_walked_in_less_than_a_second(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    hdbg_frame *frames = malloc((DEPTH + 10) * sizeof *frames);
    size_t count = 0;
    int32_t why = -1;
    struct timespec begin, now;
    assert_non_null(frames);
    inspected_start(&gIt, "stack_frames", "recurse=100000");
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    OK(hdbg_stack_walk(gIt.thread, frames, DEPTH + 10, &count, &why));
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    assert_in_range(count, DEPTH + 2, DEPTH + 5);
    for (size_t i = 2; i < DEPTH; i++)
        assert_int_equal(frames[i].pc, frames[1].pc);
    assert_true(now.tv_sec - begin.tv_sec <= 1);
    OK(hdbg_stack_walk(gIt.thread, frames, 1000, &count, &why));
    assert_int_equal(count, 1000);
    assert_int_equal(why, HDBG_STACK_LIMIT);
    OK(hdbg_stack_walk(gIt.thread, frames, 0, &count, NULL));
    assert_int_equal(count, 0);
    free(frames);
}

static void the_stack_of_a_thread_ends_at_its_start(void **state)
{
    (void)state;
    inspected_start(&gIt, "stack_frames", "thread");
    walk();
    assert_string_equal(function_of(0), "stack_recurse");
    EXPECT(10, "stack_recurse", "thread_main");
    assert_true(gCount <= 14);
}

static void damaged_frames_end_the_list_and_say_so(void **state)
{
    (void)state;
    static const struct {
        const char *how;
        int32_t end;
    } kCases[] = {{"garbage", HDBG_STACK_BROKEN},
                  {"unaligned", HDBG_STACK_BROKEN},
                  {"loop", HDBG_STACK_BROKEN},
                  {"zero", HDBG_STACK_BROKEN}};
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        inspected_start(&gIt, "stack_frames", kCases[i].how);
        walk();
        EXPECT(0, "stack_damage", "main");
        if (gCount != 2 || gEnd != kCases[i].end)
            fail_msg("%s: %zu frames, end %d", kCases[i].how, gCount, gEnd);
        if (i + 1 < sizeof kCases / sizeof *kCases)
            inspected_end(&gIt);
    }
}

static void a_return_address_that_is_no_code_ends_the_list(void **state)
{
    (void)state;
    inspected_start(&gIt, "stack_frames", "return");
    walk();
    EXPECT(0, "stack_damage_return");
    assert_int_equal(gCount, 1);
    assert_int_equal(gEnd, HDBG_STACK_BROKEN);
}

static void a_handler_on_a_stack_of_its_own_leads_back_to_the_program(void **state)
{
    (void)state;
    inspected_start(&gIt, "stack_frames", "signal");
    walk();
    assert_string_equal(function_of(0), "handler");
    int seen = 0;
    for (size_t i = 1; i < gCount; i++)
        seen += strcmp(function_of(i), "main") == 0;
    assert_int_equal(seen, 1);
}

static void the_stack_of_a_thread_that_has_ended_cannot_be_walked(void **state)
{
    (void)state;
    inspected_start(&gIt, "stack_frames", "recurse=1");
    hdbg_thread *thread = hdbg_thread_retain(gIt.thread);
    OK(hdbg_thread_resume(thread, NULL));
    inspected_run_to(&gIt, HDBG_EVENT_TEAM_DELETED);
    hdbg_status status = hdbg_stack_walk(thread, gFrames, FRAMES, &gCount, &gEnd);
    assert_true(status == HDBG_TEAM_GONE || status == HDBG_THREAD_GONE);
    assert_int_equal(gCount, 0);
    hdbg_thread_release(thread);
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(frames_lead_from_the_innermost_function_to_main),
        TEST(a_function_has_its_caller_at_each_of_its_instructions),
        TEST(a_call_of_a_null_pointer_shows_the_caller),
        TEST(a_call_into_data_shows_the_caller),
        TEST(a_stack_that_has_overflowed_needs_no_dead_page),
        TEST(a_hundred_thousand_frames_are_walked_in_less_than_a_second),
        TEST(the_stack_of_a_thread_ends_at_its_start),
        TEST(damaged_frames_end_the_list_and_say_so),
        TEST(a_return_address_that_is_no_code_ends_the_list),
        TEST(a_handler_on_a_stack_of_its_own_leads_back_to_the_program),
        TEST(the_stack_of_a_thread_that_has_ended_cannot_be_walked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
