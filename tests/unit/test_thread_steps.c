/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What nubs get wrong about single steps, mended: pushf, popf, int3.
 */
#include "session_world.h"

#include "arch/step.h"

#include <stdio.h>

enum { SP = STACK + 0x800, FLAGS = 0x246, TRAP_FLAG = 0x100 };

static void put_code(world *w, hdbg_address address, const char *bytes, size_t size)
{
    assert_ok(hdbg_mock_memory_write(w->mock, TEAM, address, bytes, size));
}

static uint64_t stack_word(world *w, hdbg_address address)
{
    uint64_t word = 0;
    assert_ok(hdbg_mock_memory_read(w->mock, TEAM, address, &word, sizeof word));
    return word;
}

/* Stops the main thread at CODE, for a SINGLE_STEP. */
static void stand_at_code(world *w, uint64_t flags)
{
    place(w, w->thread, CODE, SP, flags);
    stop_with(w, w->thread, HDBG_EVENT_SINGLE_STEP);
    forget_transcript(w);
}

static void a_step_over_pushf_does_not_leak_the_trap_flag(void **state)
{
    world *w = *state;
    put_code(w, CODE, "\x9c\x90", 2);
    stand_at_code(w, FLAGS | TRAP_FLAG); /* the step before has it in its state, as Haiku shows it */
    assert_ok(hdbg_thread_step(w->thread));
    hdbg_event *event = next_event(w, HDBG_EVENT_SINGLE_STEP);
    assert_int_equal(hdbg_cpu_state_role(&hdbg_event_data(event)->data.cpu_state, HDBG_ROLE_PC), CODE + 1);
    assert_true(hdbg_event_is_stop(event));
    hdbg_event_release(event);
    assert_int_equal(stack_word(w, SP - 8), FLAGS);
    assert_int_equal(mock_register(w, w->thread, "rsp"), SP - 8);
    assert_int_equal(mock_register(w, w->thread, "rip"), CODE + 1);
    assert_int_equal(hdbg_thread_state_of(w->thread), HDBG_THREAD_STOPPED);
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, TEAM), 1);
}

static void a_step_over_popf_keeps_what_it_popped(void **state)
{
    world *w = *state;
    uint64_t popped = 0x8d7; /* OF SF ZF AF PF CF */
    put_code(w, CODE, "\x9d\x90", 2);
    assert_ok(hdbg_mock_memory_write(w->mock, TEAM, SP, &popped, sizeof popped));
    stand_at_code(w, FLAGS | TRAP_FLAG);
    assert_ok(hdbg_thread_step(w->thread));
    expect_event(w, HDBG_EVENT_SINGLE_STEP);
    assert_int_equal(mock_register(w, w->thread, "eflags"), 0x8d7 | 0x200); /* IF is not the program's */
    assert_int_equal(mock_register(w, w->thread, "rsp"), SP + 8);
    assert_int_equal(mock_register(w, w->thread, "rip"), CODE + 1);
}

static void a_popf_that_changes_what_debuggers_cannot_set_is_left_to_the_processor(void **state)
{
    world *w = *state;
    uint64_t popped = FLAGS | 0x200000; /* ID */
    put_code(w, CODE, "\x9d\x90", 2);
    assert_ok(hdbg_mock_memory_write(w->mock, TEAM, SP, &popped, sizeof popped));
    stand_at_code(w, FLAGS);
    assert_ok(hdbg_thread_step(w->thread));
    expect_transcript(w, "READ_MEMORY team=500 address=0x10000 size=16\n"
                         "READ_MEMORY team=500 address=0x20800 size=8\n"
                         "CONTINUE_THREAD thread=500 HANDLE_EVENT single_step\n");
    expect_event(w, HDBG_EVENT_SINGLE_STEP);
}

static void a_step_over_pushf_with_a_signal_is_mended_afterwards(void **state)
{
    world *w = *state;
    uint64_t leaked = FLAGS | TRAP_FLAG;
    put_code(w, CODE, "\x9c\x90", 2);
    stand_at_code(w, FLAGS);
    hdbg_nub_event stepped = {.type = HDBG_EVENT_SINGLE_STEP, .thread = TEAM, .team = TEAM};
    stepped.data.cpu_state.arch = HDBG_ARCH_X86_64;
    stepped.data.cpu_state.size = 1040;
    arch_step_advance(&stepped.data.cpu_state, CODE + 1);
    const hdbg_register *sp = hdbg_arch_register_by_role(HDBG_ARCH_X86_64, HDBG_ROLE_SP);
    uint64_t pushed_at = SP - 8;
    assert_ok(hdbg_cpu_state_set(&stepped.data.cpu_state, sp, &pushed_at, sizeof pushed_at));
    assert_ok(hdbg_mock_script(w->mock, &stepped));
    assert_ok(hdbg_mock_memory_write(w->mock, TEAM, SP - 8, &leaked, sizeof leaked));
    hdbg_resume how = {sizeof how, 1, HDBG_SIGCHLD}; /* what becomes of it is not known */
    assert_ok(hdbg_thread_resume(w->thread, &how));
    expect_event(w, HDBG_EVENT_SINGLE_STEP);
    assert_int_equal(stack_word(w, SP - 8), FLAGS);
}

static void a_system_call_that_is_being_left_is_not_moved(void **state)
{
    world *w = *state;
    put_code(w, CODE - 0, "\x0f\x05\x9c", 3);
    place(w, w->thread, CODE + 2, SP, FLAGS);
    stop_with(w, w->thread, HDBG_EVENT_THREAD_DEBUGGED);
    assert_ok(hdbg_thread_step(w->thread));
    assert_non_null(
        strstr(hdbg_mock_transcript(w->mock), "CONTINUE_THREAD thread=500 HANDLE_EVENT single_step\n"));
    expect_event(w, HDBG_EVENT_SINGLE_STEP);
}

static void a_step_that_was_done_without_the_nub_still_swallows_the_signal(void **state)
{
    world *w = *state;
    put_code(w, CODE, "\x9c\x90\x90", 3);
    place(w, w->thread, CODE, SP, FLAGS);
    stop_with_signal(w, w->thread, HDBG_SIGUSR1, HDBG_SIGNAL_DEFAULT, 1);
    hdbg_resume how = {sizeof how, 1, 0};
    assert_ok(hdbg_thread_resume(w->thread, &how));
    expect_event(w, HDBG_EVENT_SINGLE_STEP);
    forget_transcript(w);
    assert_ok(hdbg_thread_resume(w->thread, NULL));
    expect_transcript(w, "CONTINUE_THREAD thread=500 IGNORE_EVENT\n");
}

static void going_on_from_a_breakpoint_on_pushf_leaks_nothing_either(void **state)
{
    world *w = *state;
    put_code(w, CODE, "\x9c\x90", 2);
    assert_ok(hdbg_breakpoint_set(w->team, CODE));
    place(w, w->thread, CODE, SP, FLAGS);
    stop_with(w, w->thread, HDBG_EVENT_BREAKPOINT_HIT);
    assert_ok(hdbg_thread_resume(w->thread, NULL));
    assert_int_equal(stack_word(w, SP - 8), FLAGS);
    assert_int_equal(mock_register(w, w->thread, "rip"), CODE + 1);
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, TEAM), 0);
}

static void a_breakpoint_right_behind_pushf_is_hit(void **state)
{
    world *w = *state;
    put_code(w, CODE, "\x9c\x90", 2);
    assert_ok(hdbg_breakpoint_set(w->team, CODE));
    assert_ok(hdbg_breakpoint_set(w->team, CODE + 1));
    place(w, w->thread, CODE, SP, FLAGS);
    stop_with(w, w->thread, HDBG_EVENT_BREAKPOINT_HIT);
    assert_ok(hdbg_thread_resume(w->thread, NULL));
    hdbg_event *event = next_event(w, HDBG_EVENT_BREAKPOINT_HIT);
    assert_int_equal(hdbg_cpu_state_role(&hdbg_event_data(event)->data.cpu_state, HDBG_ROLE_PC), CODE + 1);
    hdbg_event_release(event);
}

static void a_programs_own_int3_is_passed(void **state)
{
    world *w = *state;
    put_code(w, CODE, "\xcc\x90", 2);
    place(w, w->thread, CODE, SP, FLAGS);
    stop_with(w, w->thread, HDBG_EVENT_BREAKPOINT_HIT);
    forget_transcript(w);
    assert_ok(hdbg_thread_resume(w->thread, NULL));
    expect_transcript(w, "READ_MEMORY team=500 address=0x10000 size=16\n"
                         "SET_CPU_STATE thread=500\n"
                         "CONTINUE_THREAD thread=500 HANDLE_EVENT\n");
    assert_int_equal(mock_register(w, w->thread, "rip"), CODE + 1);
}

static void a_step_over_a_programs_own_int3_ends_behind_it(void **state)
{
    world *w = *state;
    put_code(w, CODE, "\xcc\x90", 2);
    place(w, w->thread, CODE, SP, FLAGS);
    stop_with(w, w->thread, HDBG_EVENT_BREAKPOINT_HIT);
    assert_ok(hdbg_thread_step(w->thread));
    hdbg_event *event = next_event(w, HDBG_EVENT_SINGLE_STEP);
    assert_int_equal(hdbg_cpu_state_role(&hdbg_event_data(event)->data.cpu_state, HDBG_ROLE_PC), CODE + 1);
    hdbg_event_release(event);
    hdbg_address pc;
    assert_ok(hdbg_thread_pc(w->thread, &pc));
    assert_int_equal(pc, CODE + 1);
}

static void a_breakpoint_is_not_taken_for_an_int3(void **state)
{
    world *w = *state;
    put_code(w, CODE, "\x90\x90", 2);
    assert_ok(hdbg_breakpoint_set(w->team, CODE));
    place(w, w->thread, CODE, SP, FLAGS);
    stop_with(w, w->thread, HDBG_EVENT_BREAKPOINT_HIT);
    assert_ok(hdbg_thread_resume(w->thread, NULL));
    assert_int_equal(mock_register(w, w->thread, "rip"), CODE);
}

static void a_thread_that_was_moved_away_from_an_int3_stays_there(void **state)
{
    world *w = *state;
    put_code(w, CODE, "\xcc\xcc", 2);
    place(w, w->thread, CODE, SP, FLAGS);
    stop_with(w, w->thread, HDBG_EVENT_BREAKPOINT_HIT);
    assert_ok(hdbg_thread_set_register_u64(w->thread, "rip", CODE + 1));
    assert_ok(hdbg_thread_resume(w->thread, NULL));
    assert_int_equal(mock_register(w, w->thread, "rip"), CODE + 1);
}

static void a_detach_passes_a_programs_own_int3(void **state)
{
    world *w = *state;
    put_code(w, CODE, "\xcc\x90", 2);
    place(w, w->thread, CODE, SP, FLAGS);
    stop_with(w, w->thread, HDBG_EVENT_BREAKPOINT_HIT);
    assert_ok(hdbg_team_detach(w->team));
    assert_int_equal(mock_register(w, w->thread, "rip"), CODE + 1);
}

static void a_step_goes_on_through_news_that_nobody_asked_for(void **state)
{
    world *w = *state;
    put_code(w, CODE, "\x90\x90", 2);
    stand_at_code(w, FLAGS);
    hdbg_nub_event image = {.type = HDBG_EVENT_IMAGE_CREATED, .thread = TEAM, .team = TEAM};
    assert_ok(hdbg_mock_script(w->mock, &image));
    assert_ok(hdbg_thread_step(w->thread));
    expect_event(w, HDBG_EVENT_SINGLE_STEP);
    expect_transcript(w, "READ_MEMORY team=500 address=0x10000 size=16\n"
                         "CONTINUE_THREAD thread=500 HANDLE_EVENT single_step\n"
                         "GET_CPU_STATE thread=500\n"
                         "READ_MEMORY team=500 address=0x10000 size=16\n"
                         "CONTINUE_THREAD thread=500 HANDLE_EVENT single_step\n");
}

static void the_trap_flag_of_a_step_is_not_shown(void **state)
{
    world *w = *state;
    uint64_t flags = 0;
    place(w, w->thread, CODE, SP, FLAGS | TRAP_FLAG);
    stop_with(w, w->thread, HDBG_EVENT_SINGLE_STEP);
    assert_ok(hdbg_thread_register_u64(w->thread, "eflags", &flags));
    assert_int_equal(flags, FLAGS);
}

/* The nub's next step of the main thread ends there. */
static void script_step(world *w, hdbg_address pc)
{
    hdbg_nub_event stepped = {.type = HDBG_EVENT_SINGLE_STEP, .thread = TEAM, .team = TEAM};
    stepped.data.cpu_state.arch = HDBG_ARCH_X86_64;
    stepped.data.cpu_state.size = 1040;
    arch_step_advance(&stepped.data.cpu_state, pc);
    assert_ok(hdbg_mock_script(w->mock, &stepped));
}

static void expect_step_to(world *w, hdbg_address pc)
{
    hdbg_event *event = next_event(w, HDBG_EVENT_SINGLE_STEP);
    assert_int_equal(hdbg_cpu_state_role(&hdbg_event_data(event)->data.cpu_state, HDBG_ROLE_PC), pc);
    assert_true(hdbg_event_is_stop(event));
    hdbg_event_release(event);
    expect_no_event(w);
}

#define STEP_MESSAGES                                                                                        \
    "READ_MEMORY team=500 address=0x%x size=16\n"                                                            \
    "CONTINUE_THREAD thread=500 HANDLE_EVENT single_step\n"

static void a_range_is_stepped_by_the_library_where_the_kernel_cannot(void **state)
{
    world *w = *state;
    char expected[512];
    put_code(w, CODE, "\x90\x90\x90\x90", 4);
    stand_at_code(w, FLAGS);
    script_step(w, CODE + 2);
    script_step(w, CODE + 1);
    script_step(w, CODE + 4);
    assert_ok(hdbg_thread_step_range(w->thread, CODE, CODE + 4));
    expect_step_to(w, CODE + 4);
    snprintf(expected, sizeof expected, STEP_MESSAGES STEP_MESSAGES STEP_MESSAGES, CODE, CODE + 2, CODE + 1);
    expect_transcript(w, expected);
}

static void a_range_goes_on_behind_a_pushf_that_the_library_does(void **state)
{
    world *w = *state;
    put_code(w, CODE, "\x9c\x9c\x90\x90", 4);
    stand_at_code(w, FLAGS);
    script_step(w, CODE + 8);
    assert_ok(hdbg_thread_step_range(w->thread, CODE, CODE + 8));
    expect_step_to(w, CODE + 8);
    assert_int_equal(stack_word(w, SP - 8), FLAGS);
    assert_int_equal(stack_word(w, SP - 16), FLAGS);
}

static void a_range_that_a_pushf_leads_out_of_ends_without_the_nub(void **state)
{
    world *w = *state;
    put_code(w, CODE, "\x9c\x9c\x90\x90", 4);
    stand_at_code(w, FLAGS);
    assert_ok(hdbg_thread_step_range(w->thread, CODE, CODE + 2));
    expect_step_to(w, CODE + 2);
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, TEAM), 1);
}

static void a_users_breakpoint_ends_a_range(void **state)
{
    world *w = *state;
    put_code(w, CODE, "\x90\x90\x90\x90", 4);
    stand_at_code(w, FLAGS);
    assert_ok(hdbg_breakpoint_set(w->team, CODE + 2));
    script_step(w, CODE + 2);
    assert_ok(hdbg_thread_step_range(w->thread, CODE, CODE + 4));
    expect_step_to(w, CODE + 2);
}

static void the_next_resume_knows_nothing_of_a_range(void **state)
{
    world *w = *state;
    put_code(w, CODE, "\x90\x90\x90\x90", 4);
    stand_at_code(w, FLAGS);
    script_step(w, CODE + 4);
    script_step(w, CODE + 1);
    assert_ok(hdbg_thread_step_range(w->thread, CODE, CODE + 4));
    expect_step_to(w, CODE + 4);
    assert_ok(hdbg_thread_step(w->thread));
    expect_step_to(w, CODE + 1);
}

static void prefixes_and_modes_are_understood(void **state)
{
    (void)state;
    static const struct {
        hdbg_arch arch;
        const char *bytes;
        size_t size;
        step_kind kind;
        uint8_t length, operand;
    } kCases[] = {
        {HDBG_ARCH_X86_64, "\x9c", 1, STEP_PUSHF, 1, 8},
        {HDBG_ARCH_X86_64, "\x66\x9c", 2, STEP_PUSHF, 2, 2},
        {HDBG_ARCH_X86_64, "\x48\x9d", 2, STEP_POPF, 2, 8},
        {HDBG_ARCH_X86_64, "\x66\x48\x9d", 3, STEP_POPF, 3, 8},
        {HDBG_ARCH_X86_64, "\xf3\x9c", 2, STEP_PUSHF, 2, 8},
        {HDBG_ARCH_X86_64, "\xcc", 1, STEP_INT3, 1, 8},
        {HDBG_ARCH_X86_64, "\x90", 1, STEP_NORMAL, 0, 0},
        {HDBG_ARCH_X86_64, "\x66", 1, STEP_NORMAL, 0, 0},
        {HDBG_ARCH_X86_64, "", 0, STEP_NORMAL, 0, 0},
        {HDBG_ARCH_X86, "\x9c", 1, STEP_PUSHF, 1, 4},
        {HDBG_ARCH_X86, "\x66\x9d", 2, STEP_POPF, 2, 2},
        {HDBG_ARCH_X86, "\x48\x9c", 2, STEP_NORMAL, 0, 0},
        {HDBG_ARCH_ARM64, "\x9c", 1, STEP_NORMAL, 0, 0},
    };
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        arch_step step;
        assert_int_equal(
            arch_step_classify(kCases[i].arch, (const uint8_t *)kCases[i].bytes, kCases[i].size, &step),
            kCases[i].kind);
        assert_int_equal(step.length, kCases[i].length);
        assert_int_equal(step.operand, kCases[i].operand);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_step_over_pushf_does_not_leak_the_trap_flag),
        TEST(a_step_over_popf_keeps_what_it_popped),
        TEST(a_popf_that_changes_what_debuggers_cannot_set_is_left_to_the_processor),
        TEST(a_step_over_pushf_with_a_signal_is_mended_afterwards),
        TEST(a_system_call_that_is_being_left_is_not_moved),
        TEST(a_step_that_was_done_without_the_nub_still_swallows_the_signal),
        TEST(going_on_from_a_breakpoint_on_pushf_leaks_nothing_either),
        TEST(a_breakpoint_right_behind_pushf_is_hit),
        TEST(a_programs_own_int3_is_passed),
        TEST(a_step_over_a_programs_own_int3_ends_behind_it),
        TEST(a_breakpoint_is_not_taken_for_an_int3),
        TEST(a_thread_that_was_moved_away_from_an_int3_stays_there),
        TEST(a_detach_passes_a_programs_own_int3),
        TEST(a_step_goes_on_through_news_that_nobody_asked_for),
        TEST(the_trap_flag_of_a_step_is_not_shown),
        TEST(a_range_is_stepped_by_the_library_where_the_kernel_cannot),
        TEST(a_range_goes_on_behind_a_pushf_that_the_library_does),
        TEST(a_range_that_a_pushf_leads_out_of_ends_without_the_nub),
        TEST(a_users_breakpoint_ends_a_range),
        TEST(the_next_resume_knows_nothing_of_a_range),
        TEST(prefixes_and_modes_are_understood),
    };
    return cmocka_run_group_tests_name("steps", tests, NULL, NULL);
}
