/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Stacks of code that keeps no frame pointers. What is true is in the fixtures: the names of their functions,
 * in order.
 */
#include "dwarf/dwarf.h"
#include "inspect/inspect.h"
#include "live/inspected.h"

#include <time.h>
#include <unistd.h>

static inspected gIt;
static hdbg_stack *gStack;
static hdbg_stack_info gInfo;

static int end(void **state)
{
    (void)state;
    hdbg_stack_free(gStack);
    gStack = NULL;
    inspected_end(&gIt);
    return 0;
}

static void unwind_with(uint32_t flags, size_t limit)
{
    hdbg_stack_options options = {.size = sizeof options, .flags = flags, .limit = limit};
    hdbg_stack_free(gStack);
    gStack = NULL;
    OK(hdbg_stack_unwind(gIt.thread, &options, &gStack));
    gInfo = (hdbg_stack_info){.size = sizeof gInfo};
    OK(hdbg_stack_info_get(gStack, &gInfo));
}

static void unwind(void)
{
    unwind_with(0, 0);
}

static const hdbg_frame *frame_at(size_t index)
{
    const hdbg_frame *frame = hdbg_stack_frame(gStack, index);
    if (frame == NULL)
        fail_msg("there are %zu frames, end %d", gInfo.count, gInfo.end);
    return frame;
}

static const char *function_of(size_t index)
{
    static char name[600];
    hdbg_symbol symbol = {.size = sizeof symbol};
    const hdbg_frame *frame = frame_at(index);
    hdbg_address pc = frame->pc - ((frame->flags & HDBG_FRAME_EXACT) == 0);
    snprintf(name, sizeof name, "%s", hdbg_symbol_at(gIt.team, pc, &symbol) == HDBG_OK ? symbol.name : "?");
    return name;
}

static void print_stack(void)
{
    for (size_t i = 0; i < gInfo.count && i < 40; i++)
        print_message("%zu %s +%llx sp %llx source %d flags %u\n", i, function_of(i),
                      (unsigned long long)frame_at(i)->pc, (unsigned long long)frame_at(i)->sp,
                      frame_at(i)->source, frame_at(i)->flags);
    char why[1000];
    hdbg_stack_explain(gStack, why, sizeof why);
    print_message("end %d: %s\n", gInfo.end, why);
}

/* The functions from `first` on. */
static void expect_functions(size_t first, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (first + i >= gInfo.count || strcmp(function_of(first + i), names[i]) != 0) {
            print_stack();
            fail_msg("frame %zu is not %s", first + i, names[i]);
        }
    }
}
#define EXPECT(first, ...)                                                                                   \
    expect_functions(first, (const char *const[]){__VA_ARGS__},                                              \
                     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* All that is from here on is the C library's start, and the stack ends there as a stack should. */
static void expect_start_behind(size_t index)
{
    char why[100];
    if (gInfo.end != HDBG_STACK_COMPLETE || gInfo.count < index + 1 || gInfo.count > index + 5) {
        print_stack();
        fail_msg("the stack does not end behind frame %zu", index);
    }
    assert_int_equal(hdbg_stack_explain(gStack, why, sizeof why), 0);
    assert_string_equal(why, "");
    for (size_t i = 1; i < gInfo.count; i++)
        assert_int_equal(frame_at(i)->source, HDBG_FRAME_CFI);
}

static void start(const char *argument)
{
    inspected_start(&gIt, "stack_unwind", argument);
}

static void start_to(const char *argument, int32_t event)
{
    const char *path = HDBG_TEST_FIXTURES "/stack_unwind";
    inspected_launch(&gIt, path, (const char *const[]){path, argument, NULL});
    OK(hdbg_team_resume(gIt.team));
    inspected_run_to(&gIt, event);
}

static void step(void)
{
    OK(hdbg_thread_step(gIt.thread));
    inspected_run_to(&gIt, HDBG_EVENT_SINGLE_STEP);
}

/* ---- cases ---- */

static void optimised_code_without_frame_pointers_is_unwound_to_its_start(void **state)
{
    (void)state;
    start("calls");
    unwind();
    EXPECT(0, "innermost", "saves_registers", "has_large_frame", "has_variable_frame", "main");
    expect_start_behind(5);
    assert_int_equal(frame_at(0)->source, HDBG_FRAME_REGISTERS);
    assert_int_equal(frame_at(0)->flags, HDBG_FRAME_EXACT);
    assert_int_equal(frame_at(1)->flags, 0);
    for (size_t i = 1; i < gInfo.count; i++)
        assert_true(frame_at(i)->sp > frame_at(i - 1)->sp);
}

static void without_call_frame_information_the_search_finds_the_callers_and_says_so(void **state)
{
    (void)state;
    start("calls");
    unwind_with(HDBG_STACK_NO_CFI, 0);
    EXPECT(0, "innermost", "saves_registers", "has_large_frame");
    /* A large frame holds what earlier calls left: their return addresses may be found, too. */
    static const char *const kLast[] = {"has_large_frame", "has_variable_frame", "main"};
    size_t at = 0;
    for (size_t i = 2; i < gInfo.count && at < 3; i++) {
        assert_int_equal(frame_at(i)->source, HDBG_FRAME_SCAN);
        at += strcmp(function_of(i), kLast[at]) == 0;
    }
    assert_int_equal(at, 3);
    unwind_with(HDBG_STACK_NO_CFI | HDBG_STACK_NO_SCAN, 0);
    for (size_t i = 0; i < gInfo.count; i++)
        assert_int_not_equal(frame_at(i)->source, HDBG_FRAME_SCAN);
}

static void a_function_that_ends_with_a_call_is_named_and_not_the_next_one(void **state)
{
    (void)state;
    start("noreturn");
    unwind();
    EXPECT(0, "innermost", "never_returns", "ends_with_a_call", "main");
    expect_start_behind(4);
}

static void a_call_of_null_has_its_caller(void **state)
{
    (void)state;
    start_to("null", HDBG_EVENT_EXCEPTION_OCCURRED);
    unwind();
    assert_int_equal(frame_at(0)->pc, 0);
    EXPECT(1, "calls_pointer", "main");
    assert_int_equal(frame_at(1)->source, HDBG_FRAME_RETURN_ADDRESS);
    assert_int_equal(gInfo.end, HDBG_STACK_COMPLETE);
}

static void an_overwritten_return_address_is_told_with_its_place(void **state)
{
    (void)state;
    char why[1000], place[64];
    /* No address at all: the processor faults in the function, at its return. */
    start_to("smash=4141414141414141", HDBG_EVENT_EXCEPTION_OCCURRED);
    unwind();
    EXPECT(0, "smashes");
    assert_int_equal(gInfo.count, 1);
    assert_int_equal(gInfo.end, HDBG_STACK_BROKEN);
    assert_int_equal(gInfo.value, 0x4141414141414141);
    assert_int_equal(gInfo.slot, inspected_value(&gIt, "gSlot"));
    hdbg_stack_explain(gStack, why, sizeof why);
    snprintf(place, sizeof place, "0x%llx was overwritten", (unsigned long long)gInfo.slot);
    assert_non_null(strstr(why, "the return address of smashes() at "));
    assert_non_null(strstr(why, place));
    assert_non_null(strstr(why, "it holds 0x4141414141414141, which is no code"));
}

static void an_address_of_data_there_may_be_another_stack_s(void **state)
{
    (void)state;
    char why[1000], place[200];
    start("changed");
    unwind();
    EXPECT(0, "changes_stack");
    assert_int_equal(gInfo.count, 1);
    assert_int_equal(gInfo.end, HDBG_STACK_BROKEN);
    assert_int_equal(gInfo.value, inspected_symbol(&gIt, "gSlot"));
    hdbg_stack_explain(gStack, why, sizeof why);
    snprintf(place, sizeof place,
             "where the return address of changes_stack() should be, at 0x%llx, is 0x%llx, which is no code: "
             "it was "
             "overwritten, or the program changes its stack here",
             (unsigned long long)inspected_value(&gIt, "gSlot"), (unsigned long long)gInfo.value);
    assert_string_equal(why, place);
}

static void a_thread_that_returned_to_nowhere_says_where_it_came_from(void **state)
{
    (void)state;
    char why[1000];
    start_to("smash=41414140", HDBG_EVENT_EXCEPTION_OCCURRED);
    unwind();
    assert_int_equal(frame_at(0)->pc, 0x41414140);
    assert_int_equal(gInfo.count, 1);
    assert_int_equal(gInfo.end, HDBG_STACK_BROKEN);
    assert_int_equal(gInfo.slot, inspected_value(&gIt, "gSlot"));
    hdbg_stack_explain(gStack, why, sizeof why);
    assert_non_null(strstr(why, "returned to 0x41414140, which is no code"));
}

static void a_handler_on_a_stack_of_its_own_leads_to_the_instruction_that_faulted(void **state)
{
    (void)state;
    start("fault");
    for (int i = 0; i < 2; i++) {
        unwind();
        EXPECT(0, "innermost", "on_signal");
        EXPECT(3, "faults", "handles_a_fault", "main");
        expect_start_behind(6);
        assert_int_equal(frame_at(2)->flags & HDBG_FRAME_SIGNAL, HDBG_FRAME_SIGNAL);
        assert_int_equal(frame_at(3)->flags, HDBG_FRAME_EXACT);
    }
    /* The registers of the interrupted frame are those of the fault. */
    uint64_t rdi = 1;
    OK(hdbg_stack_register(gStack, 3, 5, &rdi));
    assert_int_equal(rdi, 0);
}

static void code_without_any_information_is_passed_by_a_search(void **state)
{
    (void)state;
    start("nothing");
    unwind();
    EXPECT(0, "innermost", "without_anything", "calls_assembly", "main");
    assert_int_equal(frame_at(1)->source, HDBG_FRAME_CFI);
    assert_int_equal(frame_at(2)->source, HDBG_FRAME_SCAN);
    assert_int_equal(frame_at(3)->source, HDBG_FRAME_CFI);
    assert_int_equal(gInfo.end, HDBG_STACK_COMPLETE);
}

static void code_with_a_frame_pointer_alone_is_passed_by_it(void **state)
{
    (void)state;
    start("pointer");
    unwind();
    EXPECT(0, "innermost", "with_pointer", "calls_assembly", "main");
    assert_int_equal(frame_at(2)->source, HDBG_FRAME_POINTER);
    assert_int_equal(frame_at(3)->source, HDBG_FRAME_CFI);
    assert_int_equal(gInfo.end, HDBG_STACK_COMPLETE);
}

static void each_instruction_of_a_function_has_its_callers(void **state)
{
    (void)state;
    int left = 0;
    start("calls");
    /* Out of the innermost, through the rest of saves_registers() with all it restores. */
    for (int i = 0; i < 60 && left < 3; i++) {
        step();
        unwind();
        size_t first = strcmp(function_of(0), "innermost") == 0;
        if (strcmp(function_of(first), "saves_registers") == 0) {
            EXPECT(first, "saves_registers", "has_large_frame", "has_variable_frame", "main");
            expect_start_behind(first + 4);
        } else {
            EXPECT(0, "has_large_frame", "has_variable_frame", "main");
            left++;
        }
    }
    assert_int_equal(left, 3);
}

static void each_instruction_of_a_first_call_of_a_library_has_the_caller(void **state)
{
    (void)state;
    int outside = 0;
    start("library");
    /* Through the PLT, whose rules are an expression, and the dynamic linker's resolver. */
    for (int i = 0; i < 120; i++) {
        step();
        unwind();
        size_t first = 0;
        while (first < gInfo.count && strcmp(function_of(first), "calls_library") != 0)
            first++;
        EXPECT(first, "calls_library", "main");
        expect_start_behind(first + 2);
        outside += first > 0;
    }
    assert_in_range(outside, 100, 120);
}

static void each_instruction_in_the_kernels_own_code_has_the_caller(void **state)
{
    (void)state;
    int inside = 0;
    hdbg_symbol symbol = {.size = sizeof symbol};
    start("time");
    OK(hdbg_symbol_by_name(gIt.team, 0, "__vdso_clock_gettime", &symbol));
    OK(hdbg_breakpoint_set(gIt.team, symbol.address));
    OK(hdbg_thread_resume(gIt.thread, NULL));
    inspected_run_to(&gIt, HDBG_EVENT_BREAKPOINT_HIT);
    OK(hdbg_breakpoint_clear(gIt.team, symbol.address));
    for (int i = 0; i < 40; i++) {
        unwind();
        size_t first = 0;
        while (first < gInfo.count && strcmp(function_of(first), "asks_the_time") != 0)
            first++;
        EXPECT(first, "asks_the_time", "main");
        expect_start_behind(first + 2);
        hdbg_symbol here = {.size = sizeof here};
        inside += hdbg_symbol_at(gIt.team, frame_at(0)->pc, &here) == HDBG_OK && here.image == symbol.image;
        step();
    }
    assert_in_range(inside, 5, 40);
}

static void a_library_that_was_deleted_is_unwound_from_memory(void **state)
{
    (void)state;
    char copy[] = "/tmp/hdbg-deleted-XXXXXX", argument[64], command[700];
    int fd = mkstemp(copy);
    assert_true(fd >= 0);
    close(fd);
    snprintf(command, sizeof command, "cp %s/libunwind_deleted.so %s", HDBG_TEST_FIXTURES, copy);
    assert_int_equal(system(command), 0);
    snprintf(argument, sizeof argument, "deleted=%s", copy);
    start(argument);
    assert_int_not_equal(access(copy, F_OK), 0);
    unwind();
    EXPECT(0, "innermost", "called_back", "calls_back", "uses_a_deleted_library", "main");
    expect_start_behind(5);
}

static void rules_of_debug_frame_are_used_too(void **state)
{
    (void)state;
    inspected_start(&gIt, "stack_debug_frame", NULL);
    unwind();
    EXPECT(0, "innermost", "middle", "outer", "main");
    expect_start_behind(4);
}

static void a_thread_ends_at_the_systems_start_of_it(void **state)
{
    (void)state;
    start("thread");
    unwind();
    EXPECT(0, "innermost", "recurses", "recurses", "recurses", "recurses", "recurses", "recurses",
           "thread_main");
    expect_start_behind(8);
}

static double seconds_since(const struct timespec *begin)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) / 1e9;
}

static void a_recursion_of_a_hundred_thousand_frames_is_unwound_and_folded(void **state)
{
    (void)state;
    struct timespec begin;
    hdbg_stack_cycle cycle;
    start("recurse=100000");
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    unwind();
    assert_true(seconds_since(&begin) < 2);
    EXPECT(0, "innermost", "recurses", "recurses");
    EXPECT(100002, "main");
    expect_start_behind(100003);
    OK(hdbg_stack_cycle_find(gStack, 0, 3, &cycle));
    assert_int_equal(cycle.first, 2);
    assert_int_equal(cycle.period, 1);
    assert_int_equal(cycle.times, 100000);
    assert_int_equal(hdbg_stack_cycle_find(gStack, 100002, 2, &cycle), HDBG_NAME_NOT_FOUND);
    unwind_with(0, 1000);
    assert_int_equal(gInfo.count, 1000);
    assert_int_equal(gInfo.end, HDBG_STACK_LIMIT);
}

static void a_recursion_of_two_functions_is_folded_as_such(void **state)
{
    (void)state;
    hdbg_stack_cycle cycle;
    start("even=100");
    unwind();
    EXPECT(0, "innermost", "even", "odd", "even", "odd");
    OK(hdbg_stack_cycle_find(gStack, 0, 2, &cycle));
    assert_int_equal(cycle.period, 2);
    assert_true(cycle.first <= 3 && cycle.times >= 48 && cycle.times <= 51);
}

static void registers_are_known_where_functions_have_saved_them(void **state)
{
    (void)state;
    uint64_t value = 0, sp = 0;
    hdbg_address cfa = 0;
    start("calls");
    unwind();
    for (size_t i = 0; i + 1 < gInfo.count; i++) {
        OK(hdbg_stack_cfa(gStack, i, &cfa));
        OK(hdbg_stack_register(gStack, i + 1, 7, &sp));
        assert_int_equal(cfa, sp);
        assert_int_equal(sp, frame_at(i + 1)->sp);
        OK(hdbg_stack_register(gStack, i, 16, &value));
        assert_int_equal(value, frame_at(i)->pc);
        OK(hdbg_stack_register(gStack, i, 3, &value));
    }
    /* What a call need not keep is not known of its caller. */
    OK(hdbg_stack_register(gStack, 0, 0, &value));
    assert_int_equal(hdbg_stack_register(gStack, 1, 0, &value), HDBG_NAME_NOT_FOUND);
    assert_int_equal(hdbg_stack_register(gStack, 0, 1000, &value), HDBG_NAME_NOT_FOUND);
    assert_int_equal(hdbg_stack_register(gStack, 1000, 7, &value), HDBG_BAD_INDEX);
    assert_int_equal(hdbg_stack_cfa(gStack, 1000, &cfa), HDBG_BAD_INDEX);
    assert_null(hdbg_stack_frame(gStack, gInfo.count));
    assert_ptr_equal(hdbg_stack_team(gStack), gIt.team);
}

static void a_stack_stays_as_it_was_when_its_thread_has_ended(void **state)
{
    (void)state;
    start("calls");
    unwind();
    hdbg_frame first = *frame_at(0);
    size_t count = gInfo.count;
    OK(hdbg_thread_resume(gIt.thread, NULL));
    inspected_run_to(&gIt, HDBG_EVENT_TEAM_DELETED);
    assert_memory_equal(hdbg_stack_frame(gStack, 0), &first, sizeof first);
    assert_non_null(hdbg_stack_frame(gStack, count - 1));
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

/* ---- code that is in no image ---- */

static void start_own_code(const char *argument)
{
    inspected_start(&gIt, "own_code", argument);
    unwind();
}

/* Behind the generated code, found by the search, with nothing that was left over in between. */
static void expect_own_code_and_its_caller(size_t first)
{
    EXPECT(first, "?", "run_own_code", "main");
    assert_int_equal(frame_at(first + 1)->source, HDBG_FRAME_SCAN);
    assert_int_equal(frame_at(first + 2)->source, HDBG_FRAME_CFI);
    assert_int_equal(gInfo.end, HDBG_STACK_COMPLETE);
    assert_in_range(gInfo.count, first + 4, first + 6);
}

static void code_of_a_programs_own_making_ends_no_stack(void **state)
{
    (void)state;
    start_own_code("stands");
    expect_own_code_and_its_caller(0);
}

static void what_code_of_a_programs_own_making_calls_is_unwound_through_it(void **state)
{
    (void)state;
    start_own_code("calls");
    EXPECT(0, "innermost");
    expect_own_code_and_its_caller(1);
}

/* Each of the first areas costs a look at the images: what is behind the last one is found nevertheless. */
static void many_areas_of_code_do_not_hide_the_images(void **state)
{
    (void)state;
    start_own_code("many");
    size_t last = 0;
    while (last + 1 < gInfo.count && strcmp(function_of(last + 1), "run_own_code") != 0)
        last++;
    EXPECT(0, "innermost", "?");
    expect_own_code_and_its_caller(last);
}

static void code_that_a_program_describes_is_unwound_by_that(void **state)
{
    (void)state;
    start_own_code("described");
    EXPECT(0, "innermost", "?", "run_own_code", "main");
    expect_start_behind(4); /* by call frame information alone */
}

static void a_programs_description_that_is_nonsense_does_no_harm(void **state)
{
    (void)state;
    start_own_code("nonsense");
    EXPECT(0, "innermost");
    expect_own_code_and_its_caller(1);
}

/* A program may describe ever new pieces. The first one is known as long as there are few. */
static void of_pieces_that_a_program_describes_the_last_ones_are_kept(void **state)
{
    (void)state;
    dwarf_file *first = NULL, *again = NULL, *other = NULL;
    start_own_code("stands");
    assert_int_equal(inspect_dwarf_of_bytes(gIt.team, "piece ?", 8, &first), HDBG_OK);
    for (char c = 'A'; c <= 'Z'; c++) {
        char piece[] = "piece A";
        piece[6] = c;
        assert_int_equal(inspect_dwarf_of_bytes(gIt.team, piece, sizeof piece, &other), HDBG_OK);
        dwarf_file_release(other);
        if (c != 'C' && c != 'Z')
            continue;
        assert_int_equal(inspect_dwarf_of_bytes(gIt.team, "piece ?", 8, &again), HDBG_OK);
        assert_int_equal(again == first, c == 'C');
        dwarf_file_release(again);
    }
    dwarf_file_release(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(optimised_code_without_frame_pointers_is_unwound_to_its_start),
        TEST(without_call_frame_information_the_search_finds_the_callers_and_says_so),
        TEST(a_function_that_ends_with_a_call_is_named_and_not_the_next_one),
        TEST(a_call_of_null_has_its_caller),
        TEST(an_overwritten_return_address_is_told_with_its_place),
        TEST(an_address_of_data_there_may_be_another_stack_s),
        TEST(a_thread_that_returned_to_nowhere_says_where_it_came_from),
        TEST(a_handler_on_a_stack_of_its_own_leads_to_the_instruction_that_faulted),
        TEST(code_without_any_information_is_passed_by_a_search),
        TEST(code_with_a_frame_pointer_alone_is_passed_by_it),
        TEST(each_instruction_of_a_function_has_its_callers),
        TEST(each_instruction_of_a_first_call_of_a_library_has_the_caller),
        TEST(of_pieces_that_a_program_describes_the_last_ones_are_kept),
        TEST(each_instruction_in_the_kernels_own_code_has_the_caller),
        TEST(a_library_that_was_deleted_is_unwound_from_memory),
        TEST(rules_of_debug_frame_are_used_too),
        TEST(a_thread_ends_at_the_systems_start_of_it),
        TEST(a_recursion_of_a_hundred_thousand_frames_is_unwound_and_folded),
        TEST(a_recursion_of_two_functions_is_folded_as_such),
        TEST(registers_are_known_where_functions_have_saved_them),
        TEST(a_stack_stays_as_it_was_when_its_thread_has_ended),
        TEST(code_of_a_programs_own_making_ends_no_stack),
        TEST(what_code_of_a_programs_own_making_calls_is_unwound_through_it),
        TEST(many_areas_of_code_do_not_hide_the_images),
        TEST(code_that_a_program_describes_is_unwound_by_that),
        TEST(a_programs_description_that_is_nonsense_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
