/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Real processors stepping over pushf, popf and int3, through the library: nothing leaks, nothing is lost.
 */
#include "session_run.h"

#include <sched.h>
#include <stdbool.h>
#include <unistd.h>

/* Steps until the function that the thread is in has returned to `back`; answers the number of steps. */
static int step_out(run *r, hdbg_address back)
{
    for (int steps = 1; steps < 100; steps++) {
        assert_ok(hdbg_thread_step(r->thread));
        run_skip(r, HDBG_EVENT_SINGLE_STEP);
        uint64_t flags = 0;
        assert_ok(hdbg_thread_register_u64(r->thread, "eflags", &flags));
        assert_int_equal(flags & 0x100, 0);
        if (run_pc(r) == back)
            return steps;
    }
    fail_msg("the function was not left in 100 steps");
    return -1;
}

static hdbg_address return_address(run *r)
{
    uint64_t sp = 0;
    hdbg_address back = 0;
    assert_ok(hdbg_thread_register_u64(r->thread, "rsp", &sp));
    assert_ok(hdbg_memory_read_pointer(r->team, sp, &back));
    return back;
}

/* Steps through a function instruction by instruction. */
static void expect_stepped(const char *mode, const char *function, int steps, int32_t status)
{
    run *r = run_launch("step_cases", ARGUMENTS(mode), HDBG_FOLLOW_NONE);
    run_to(r, function);
    assert_int_equal(step_out(r, return_address(r)), steps);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_end(r), status);
    run_free(r);
}

static void stepping_over_pushf_leaks_no_trap_flag(void **state)
{
    (void)state;
    expect_stepped("pushf", "read_flags", 3, 31);
}

static void stepping_over_popf_loses_neither_the_step_nor_the_flags(void **state)
{
    (void)state;
    expect_stepped("popf", "write_flags", 13, 41);
}

static void stepping_over_popf_with_flags_that_debuggers_cannot_set_is_right(void **state)
{
    (void)state;
    expect_stepped("popf-id", "toggle_id", 12, 51);
}

/* Steps over a popf and one instruction more, and then into a signal's handler, which saves the flags and
 * puts them back. */
static void expect_handled(const char *mode, const char *function, int steps, int32_t status)
{
    run *r = run_launch("step_cases", ARGUMENTS(mode), HDBG_FOLLOW_NONE);
    hdbg_resume into = {.size = sizeof into, .step = 1, .signal = HDBG_SIGUSR1};
    run_to(r, function);
    for (; steps > 0; steps--) {
        assert_ok(hdbg_thread_step(r->thread));
        run_skip(r, HDBG_EVENT_SINGLE_STEP);
    }
    assert_ok(hdbg_thread_resume(r->thread, &into));
    run_skip(r, HDBG_EVENT_SINGLE_STEP);
    assert_int_equal(run_pc(r), run_symbol(r->team, "handle"));
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_end(r), status);
    run_free(r);
}

static void a_handler_that_is_entered_after_a_stepped_popf_returns_without_a_trap(void **state)
{
    (void)state;
    expect_handled("popf", "write_flags", 3, 41);
}

static void a_handler_that_is_entered_after_a_popf_that_the_processor_did_returns_without_a_trap(void **state)
{
    (void)state;
    expect_handled("popf-id", "toggle_id", 7, 51);
}

/* Attaches, steps over a popf and one instruction more, and dies with the thread stopped there. */
static void debug_and_die(hdbg_team_id id, int input, const char *function, int steps)
{
    run *r = run_session();
    run_attach(r, id, 0);
    hdbg_address address = run_symbol(r->team, function);
    assert_ok(hdbg_breakpoint_set(r->team, address));
    assert_int_equal(write(input, "\n", 1), 1);
    run_skip(r, HDBG_EVENT_BREAKPOINT_HIT);
    assert_ok(hdbg_breakpoint_clear(r->team, address));
    for (; steps > 0; steps--) {
        assert_ok(hdbg_thread_step(r->thread));
        run_skip(r, HDBG_EVENT_SINGLE_STEP);
    }
    _exit(0);
}

static void expect_unharmed(const char *mode, const char *function, int steps, int32_t status)
{
    run *r = run_session();
    char line[16];
    hdbg_team_id id = run_start(r, "step_cases", ARGUMENTS(mode, "wait"));
    run_line(r, line, sizeof line);
    pid_t debugger = fork();
    assert_true(debugger >= 0);
    if (debugger == 0)
        debug_and_die(id, r->input, function, steps);
    assert_int_equal(run_reap(debugger), 0);
    assert_int_equal(run_reap(id), status);
    run_free(r);
}

static void a_debugger_that_dies_after_it_stepped_over_popf_does_no_harm(void **state)
{
    (void)state;
    expect_unharmed("popf", "write_flags", 3, 41);
    expect_unharmed("popf-id", "toggle_id", 7, 51);
}

/* The same, with a breakpoint on every instruction instead of steps: the nub steps over each when it goes on.
 */
static void expect_breakpoints(const char *mode, const char *function, const uint8_t *offsets, size_t count,
                               int32_t status)
{
    run *r = run_launch("step_cases", ARGUMENTS(mode), HDBG_FOLLOW_NONE);
    hdbg_address start = run_symbol(r->team, function);
    for (size_t i = 0; i < count; i++)
        assert_ok(hdbg_breakpoint_set(r->team, start + offsets[i]));
    for (size_t i = 0; i < count; i++) {
        assert_ok(hdbg_team_resume(r->team));
        run_skip(r, HDBG_EVENT_BREAKPOINT_HIT);
        assert_int_equal(run_pc(r), start + offsets[i]);
    }
    assert_ok(hdbg_team_resume(r->team));
    assert_int_equal(run_end(r), status);
    run_free(r);
}

static void breakpoints_on_pushf_and_behind_it_are_hit_and_leak_nothing(void **state)
{
    (void)state;
    static const uint8_t kOffsets[] = {0, 1, 2};
    expect_breakpoints("pushf", "read_flags", kOffsets, sizeof kOffsets, 31);
}

static void breakpoints_on_popf_and_behind_it_are_hit_and_lose_nothing(void **state)
{
    (void)state;
    static const uint8_t kOffsets[] = {0, 1, 2, 5, 9, 10, 11};
    expect_breakpoints("popf", "write_flags", kOffsets, sizeof kOffsets, 41);
}

static void a_programs_own_int3_is_hit_once_and_passed(void **state)
{
    (void)state;
    run *r = run_launch("step_cases", ARGUMENTS("int3"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_resume(r->team));
    run_skip(r, HDBG_EVENT_BREAKPOINT_HIT);
    assert_int_equal(run_pc(r), run_symbol(r->team, "own_trap") + 7);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_end(r), 5);
    run_free(r);
}

static void a_programs_own_int3_is_stepped_over(void **state)
{
    (void)state;
    run *r = run_launch("step_cases", ARGUMENTS("int3"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_resume(r->team));
    run_skip(r, HDBG_EVENT_BREAKPOINT_HIT);
    assert_int_equal(step_out(r, return_address(r)), 3);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_end(r), 5);
    run_free(r);
}

static void a_detach_at_a_programs_own_int3_does_no_harm(void **state)
{
    (void)state;
    run *r = run_session();
    /* It runs as our own child, so that its status is ours to take. */
    hdbg_team_id id = run_start(r, "step_cases", ARGUMENTS("int3", "wait"));
    char line[16];
    run_line(r, line, sizeof line);
    run_attach(r, id, 0);
    assert_int_equal(dprintf(r->input, "\n"), 1);
    run_skip(r, HDBG_EVENT_BREAKPOINT_HIT);
    assert_ok(hdbg_team_detach(r->team));
    assert_int_equal(run_reap(id), 5);
    run_free(r);
}

static void a_whole_program_is_stepped_from_its_first_instruction_to_its_last(void **state)
{
    (void)state;
    run *r = run_launch("step_cases", ARGUMENTS("pushf"), HDBG_FOLLOW_NONE);
    int steps = 0;
    for (bool ended = false; !ended; steps++) {
        assert_ok(hdbg_thread_step(r->thread));
        hdbg_event *event = run_next(r);
        ended = hdbg_event_type_of(event) == HDBG_EVENT_TEAM_DELETED;
        if (!ended)
            assert_int_equal(hdbg_event_type_of(event), HDBG_EVENT_SINGLE_STEP);
        hdbg_event_release(event);
    }
    hdbg_team_end end = {.size = sizeof end};
    assert_ok(hdbg_team_end_get(r->team, &end));
    assert_int_equal(end.status, 31);
    assert_true(steps > 1000);
    run_free(r);
}

/* Waits until the main thread sleeps in the kernel. */
static void await_asleep(hdbg_team_id team)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)team);
    do {
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        assert_non_null(fgets(text, sizeof text, file));
        fclose(file);
        sched_yield();
    } while (strrchr(text, ')')[2] != 'S');
}

/* The step goes into a call that lasts until there is input. */
static void a_step_that_waits_in_a_system_call_is_stopped_and_taken_up_again(void **state)
{
    (void)state;
    char line[32];
    hdbg_event *event;
    run *r = run_launch("crowd", ARGUMENTS("1"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_resume(r->team));
    run_line(r, line, sizeof line);
    assert_string_equal(line, "ready");
    for (int i = 0; i < 5; i++) {
        uint64_t flags = 0;
        await_asleep(hdbg_team_id_of(r->team));
        assert_ok(hdbg_team_stop(r->team));
        assert_ok(hdbg_thread_register_u64(r->thread, "eflags", &flags));
        assert_int_equal(flags & 0x100, 0);
        assert_ok(i < 4 ? hdbg_thread_step(r->thread) : hdbg_team_resume(r->team));
    }
    assert_int_equal(write(r->input, "go\n", 3), 3);
    assert_status(hdbg_wait(r->session, NULL, 0, &event), HDBG_WOULD_BLOCK); /* no step has ended */
    run_line(r, line, sizeof line);
    assert_string_equal(line, "counting");
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_that_waits_in_a_system_call_is_stopped_and_taken_up_again),
        cmocka_unit_test(stepping_over_pushf_leaks_no_trap_flag),
        cmocka_unit_test(stepping_over_popf_loses_neither_the_step_nor_the_flags),
        cmocka_unit_test(stepping_over_popf_with_flags_that_debuggers_cannot_set_is_right),
        cmocka_unit_test(a_handler_that_is_entered_after_a_stepped_popf_returns_without_a_trap),
        cmocka_unit_test(
            a_handler_that_is_entered_after_a_popf_that_the_processor_did_returns_without_a_trap),
        cmocka_unit_test(a_debugger_that_dies_after_it_stepped_over_popf_does_no_harm),
        cmocka_unit_test(breakpoints_on_pushf_and_behind_it_are_hit_and_leak_nothing),
        cmocka_unit_test(breakpoints_on_popf_and_behind_it_are_hit_and_lose_nothing),
        cmocka_unit_test(a_programs_own_int3_is_hit_once_and_passed),
        cmocka_unit_test(a_programs_own_int3_is_stepped_over),
        cmocka_unit_test(a_detach_at_a_programs_own_int3_does_no_harm),
        cmocka_unit_test(a_whole_program_is_stepped_from_its_first_instruction_to_its_last),
    };
    return cmocka_run_group_tests_name("steps of real programs", tests, NULL, NULL);
}
