/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the hosted kernel does in one go: steps through a range, and the registers of many threads.
 */
#include "session_run.h"

#include <signal.h>
#include <stdlib.h>

/* ---- ranges ---- */

static hdbg_address return_address(run *r)
{
    uint64_t sp = 0;
    hdbg_address back = 0;
    assert_ok(hdbg_thread_register_u64(r->thread, "rsp", &sp));
    assert_ok(hdbg_memory_read_pointer(r->team, sp, &back));
    return back;
}

static hdbg_symbol symbol_of(run *r, const char *name)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    assert_ok(hdbg_symbol_by_name(r->team, 0, name, &symbol));
    return symbol;
}

static uint64_t events_of(run *r)
{
    hdbg_session_statistics numbers = {.size = sizeof numbers};
    assert_ok(hdbg_session_statistics_get(r->session, &numbers));
    return numbers.events;
}

/* Steps through a whole function by one range. */
static void expect_left(const char *mode, const char *function, int32_t status)
{
    run *r = run_launch("step_cases", ARGUMENTS(mode), HDBG_FOLLOW_NONE);
    run_to(r, function);
    hdbg_symbol symbol = symbol_of(r, function);
    hdbg_address back = return_address(r);
    uint64_t flags = 0;
    assert_ok(hdbg_thread_step_range(r->thread, symbol.address, symbol.address + symbol.length));
    run_skip(r, HDBG_EVENT_SINGLE_STEP);
    assert_int_equal(run_pc(r), back);
    assert_ok(hdbg_thread_register_u64(r->thread, "eflags", &flags));
    assert_int_equal(flags & 0x100, 0);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_end(r), status);
    run_free(r);
}

static void a_range_is_told_once_when_it_is_left(void **state)
{
    (void)state;
    expect_left("popf", "write_flags", 41);
    expect_left("popf-id", "toggle_id", 51);
    expect_left("pushf", "read_flags", 31);
}

static void the_nub_alone_makes_the_steps_that_need_nobody_else(void **state)
{
    (void)state;
    run *r = run_launch("step_cases", ARGUMENTS("popf"), HDBG_FOLLOW_NONE);
    run_to(r, "write_flags");
    hdbg_symbol symbol = symbol_of(r, "write_flags");
    hdbg_address behind_popf = symbol.address + 2;
    assert_ok(hdbg_thread_step_range(r->thread, symbol.address, behind_popf));
    run_skip(r, HDBG_EVENT_SINGLE_STEP);
    assert_int_equal(run_pc(r), behind_popf);
    uint64_t before = events_of(r);
    assert_ok(hdbg_thread_step_range(r->thread, behind_popf, symbol.address + symbol.length));
    run_skip(r, HDBG_EVENT_SINGLE_STEP);
    assert_int_equal(events_of(r), before + 1);
    run_free(r);
}

static void a_range_without_an_end_is_stepped_until_the_program_ends(void **state)
{
    (void)state;
    run *r = run_launch("step_cases", ARGUMENTS("popf"), HDBG_FOLLOW_NONE);
    run_to(r, "write_flags");
    assert_ok(hdbg_thread_step_range(r->thread, 0, UINT64_MAX));
    assert_int_equal(run_end(r), 41);
    run_free(r);
}

static void an_empty_range_is_one_step(void **state)
{
    (void)state;
    run *r = run_launch("step_cases", ARGUMENTS("popf"), HDBG_FOLLOW_NONE);
    run_to(r, "write_flags");
    hdbg_address address = run_pc(r);
    assert_ok(hdbg_thread_step_range(r->thread, address, address));
    run_skip(r, HDBG_EVENT_SINGLE_STEP);
    assert_int_equal(run_pc(r), address + 1);
    run_free(r);
}

static void a_breakpoint_within_a_range_ends_it(void **state)
{
    (void)state;
    run *r = run_launch("step_cases", ARGUMENTS("popf"), HDBG_FOLLOW_NONE);
    run_to(r, "write_flags");
    hdbg_symbol symbol = symbol_of(r, "write_flags");
    hdbg_address inside = symbol.address + symbol.length - 4;
    assert_ok(hdbg_breakpoint_set(r->team, inside));
    assert_ok(hdbg_thread_step_range(r->thread, symbol.address, symbol.address + symbol.length));
    run_skip(r, HDBG_EVENT_SINGLE_STEP);
    assert_int_equal(run_pc(r), inside);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_end(r), 41);
    run_free(r);
}

static void a_thread_that_steps_through_a_range_can_be_stopped_and_goes_on_whole(void **state)
{
    (void)state;
    char line[16];
    run *r = run_session();
    hdbg_team_id id = run_start(r, "crowd", ARGUMENTS("3"));
    run_line(r, line, sizeof line);
    run_attach(r, id, HDBG_ATTACH_STOP);
    hdbg_thread *threads[4];
    assert_int_equal(hdbg_team_threads(r->team, threads, 4), 4);
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 4; i++)
            assert_ok(hdbg_thread_step_range(threads[i], 0, UINT64_MAX));
        assert_ok(hdbg_team_stop(r->team));
        for (int i = 0; i < 4; i++)
            assert_int_equal(hdbg_thread_state_of(threads[i]), HDBG_THREAD_STOPPED);
    }
    for (int i = 0; i < 4; i++)
        hdbg_thread_release(threads[i]);
    assert_ok(hdbg_team_detach(r->team));
    run_free(r);
    assert_int_equal(run_reap(id), 7);
}

static void a_range_of_a_thread_that_is_killed_ends_with_its_end(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        run *r = run_launch("step_cases", ARGUMENTS("popf"), HDBG_FOLLOW_NONE);
        run_to(r, "write_flags");
        assert_int_equal(kill(hdbg_team_id_of(r->team), SIGKILL), 0);
        hdbg_status status = hdbg_thread_step_range(r->thread, 0, UINT64_MAX);
        assert_true(status == HDBG_OK || status == HDBG_THREAD_GONE || status == HDBG_TEAM_GONE);
        hdbg_event_release(run_expect(r, HDBG_EVENT_TEAM_DELETED));
        run_free(r);
    }
}

enum { THREADS = 61 };

static void many_threads_that_step_through_ranges_leave_the_nub_time_for_requests(void **state)
{
    (void)state;
    char line[16];
    hdbg_thread *threads[THREADS];
    run *r = run_session();
    hdbg_team_id id = run_start(r, "crowd", ARGUMENTS("60", "busy"));
    run_line(r, line, sizeof line);
    run_attach(r, id, HDBG_ATTACH_STOP);
    assert_int_equal(hdbg_team_threads(r->team, threads, THREADS), THREADS);
    for (int i = 0; i < THREADS; i++)
        assert_ok(hdbg_thread_step_range(threads[i], 0, UINT64_MAX));
    assert_ok(hdbg_team_stop(r->team));
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(hdbg_thread_state_of(threads[i]), HDBG_THREAD_STOPPED);
        hdbg_thread_release(threads[i]);
    }
    assert_ok(hdbg_team_detach(r->team));
    run_free(r);
    assert_int_equal(run_reap(id), 7);
}

/* ---- registers ---- */

/* The first word of a thread's control block points at itself: no two threads have the same. */
static void expect_own_registers(run *r, hdbg_thread **threads, uint64_t *bases)
{
    for (int i = 0; i < THREADS; i++) {
        hdbg_address self = 0, pc = 0;
        hdbg_area_info area = {.size = sizeof area};
        assert_ok(hdbg_thread_register_u64(threads[i], "fs_base", &bases[i]));
        assert_ok(hdbg_memory_read_pointer(r->team, bases[i], &self));
        assert_int_equal(self, bases[i]);
        assert_ok(hdbg_thread_pc(threads[i], &pc));
        assert_ok(hdbg_area_at(r->team, pc, &area));
        assert_true((area.protection & HDBG_AREA_EXECUTE) != 0);
        for (int j = 0; j < i; j++)
            assert_true(bases[j] != bases[i]);
    }
}

static void the_registers_of_many_threads_are_each_ones_own(void **state)
{
    (void)state;
    char line[16];
    uint64_t first[THREADS], second[THREADS], value = 0;
    hdbg_thread *threads[THREADS];
    run *r = run_session();
    hdbg_team_id id = run_start(r, "crowd", ARGUMENTS("60"));
    run_line(r, line, sizeof line);
    run_attach(r, id, HDBG_ATTACH_STOP);
    assert_int_equal(hdbg_team_threads(r->team, threads, THREADS), THREADS);
    expect_own_registers(r, threads, first);

    assert_ok(hdbg_thread_register_u64(threads[40], "r15", &value));
    assert_ok(hdbg_thread_set_register_u64(threads[40], "r15", value ^ 0x55));
    uint64_t changed = 0;
    assert_ok(hdbg_thread_register_u64(threads[40], "r15", &changed));
    assert_int_equal(changed, value ^ 0x55);
    assert_ok(hdbg_thread_set_register_u64(threads[40], "r15", value));

    assert_ok(hdbg_team_resume(r->team));
    assert_ok(hdbg_team_stop(r->team));
    expect_own_registers(r, threads, second);
    assert_memory_equal(first, second, sizeof first);
    for (int i = 0; i < THREADS; i++)
        hdbg_thread_release(threads[i]);
    assert_ok(hdbg_team_detach(r->team));
    run_free(r);
    assert_int_equal(run_reap(id), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_is_told_once_when_it_is_left),
        cmocka_unit_test(the_nub_alone_makes_the_steps_that_need_nobody_else),
        cmocka_unit_test(a_range_without_an_end_is_stepped_until_the_program_ends),
        cmocka_unit_test(an_empty_range_is_one_step),
        cmocka_unit_test(a_breakpoint_within_a_range_ends_it),
        cmocka_unit_test(a_thread_that_steps_through_a_range_can_be_stopped_and_goes_on_whole),
        cmocka_unit_test(a_range_of_a_thread_that_is_killed_ends_with_its_end),
        cmocka_unit_test(many_threads_that_step_through_ranges_leave_the_nub_time_for_requests),
        cmocka_unit_test(the_registers_of_many_threads_are_each_ones_own),
    };
    return cmocka_run_group_tests_name("steps and registers at once", tests, NULL, NULL);
}
