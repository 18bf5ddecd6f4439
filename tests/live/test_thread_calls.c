/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Calls into a debuggee: a stopped thread runs a function of its program, and stands afterwards as if it had
 * not.
 */
#include "session_run.h"

/* Has the main thread run answer(tens, ones), and answers what that returned. The thread stands at `back`,
 * where there is a breakpoint, when it has. */
static uint64_t call(run *r, hdbg_address back, uint64_t tens, uint64_t ones)
{
    uint64_t sp = 0, result = 0;
    assert_ok(hdbg_thread_register_u64(r->thread, "rsp", &sp));
    sp = ((sp - 512) & ~(uint64_t)15) - 8; /* below the red zone, as behind a call instruction */
    assert_ok(hdbg_memory_write(r->team, sp, &back, sizeof back, NULL));
    assert_ok(hdbg_thread_set_register_u64(r->thread, "rsp", sp));
    assert_ok(hdbg_thread_set_register_u64(r->thread, "rdi", tens));
    assert_ok(hdbg_thread_set_register_u64(r->thread, "rsi", ones));
    assert_ok(hdbg_thread_set_register_u64(r->thread, "rip", run_symbol(r->team, "answer")));
    assert_ok(hdbg_thread_resume(r->thread, &(hdbg_resume){.size = sizeof(hdbg_resume), .signal = 0}));
    run_skip(r, HDBG_EVENT_BREAKPOINT_HIT);
    assert_int_equal(run_pc(r), back);
    assert_ok(hdbg_thread_register_u64(r->thread, "rax", &result));
    return result;
}

/* Calls, and puts all back; the registers have to be the same afterwards. */
static void call_and_restore(run *r)
{
    hdbg_thread_state_copy *copy;
    hdbg_cpu_state before, after;
    hdbg_address back = run_symbol(r->team, "main");
    assert_ok(hdbg_breakpoint_set(r->team, back));
    assert_ok(hdbg_thread_cpu_state(r->thread, &before));
    assert_ok(hdbg_thread_state_save(r->thread, &copy));
    assert_int_equal(call(r, back, 4, 2), 42);
    assert_ok(hdbg_thread_state_restore(r->thread, copy));
    hdbg_thread_state_free(copy);
    assert_ok(hdbg_breakpoint_clear(r->team, back));
    assert_ok(hdbg_thread_cpu_state(r->thread, &after));
    static const hdbg_register_role kRoles[] = {HDBG_ROLE_PC, HDBG_ROLE_SP, HDBG_ROLE_FP};
    for (size_t i = 0; i < sizeof kRoles / sizeof *kRoles; i++)
        assert_int_equal(hdbg_cpu_state_role(&before, kRoles[i]), hdbg_cpu_state_role(&after, kRoles[i]));
}

static void expect_fault(run *r)
{
    hdbg_stop stop = {.size = sizeof stop};
    assert_ok(hdbg_thread_stop_get(r->thread, &stop));
    assert_int_equal(stop.type, HDBG_EVENT_EXCEPTION_OCCURRED);
    assert_int_equal(stop.signal_state, HDBG_SIGNAL_FORECASTED);
    assert_int_equal(stop.signal, HDBG_SIGSEGV);
    assert_int_equal(stop.exception, HDBG_EXCEPTION_SEGMENT_VIOLATION);
}

static run *launch_to_fault(void)
{
    run *r = run_launch("watched", ARGUMENTS("fault"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_resume(r->team));
    run_skip(r, HDBG_EVENT_EXCEPTION_OCCURRED);
    expect_fault(r);
    return r;
}

static void after_calls_at_a_fault_the_fault_is_still_there_and_deadly(void **state)
{
    (void)state;
    run *r = launch_to_fault();
    for (int i = 0; i < 3; i++) {
        call_and_restore(r);
        expect_fault(r);
    }
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_end(r), -HDBG_SIGSEGV);
    run_free(r);
}

static void a_fault_that_is_ignored_after_a_call_comes_again(void **state)
{
    (void)state;
    run *r = launch_to_fault();
    call_and_restore(r);
    assert_ok(hdbg_thread_resume(r->thread, &(hdbg_resume){.size = sizeof(hdbg_resume), .signal = 0}));
    run_skip(r, HDBG_EVENT_EXCEPTION_OCCURRED);
    expect_fault(r);
    run_free(r);
}

static void a_call_that_is_not_undone_swallows_the_fault(void **state)
{
    (void)state;
    run *r = launch_to_fault();
    hdbg_address back = run_symbol(r->team, "main");
    assert_ok(hdbg_breakpoint_set(r->team, back));
    assert_int_equal(call(r, back, 1, 7), 17);
    hdbg_stop stop = {.size = sizeof stop};
    assert_ok(hdbg_thread_stop_get(r->thread, &stop));
    assert_int_equal(stop.type, HDBG_EVENT_BREAKPOINT_HIT);
    assert_int_equal(stop.signal_state, HDBG_SIGNAL_FAKED);
    run_free(r);
}

static void a_system_call_that_a_call_interrupted_goes_on(void **state)
{
    (void)state;
    char line[64];
    run *r = run_launch("watched", ARGUMENTS("wait"), HDBG_FOLLOW_NONE);
    run_to(r, "main");
    assert_ok(hdbg_team_resume(r->team));
    hdbg_thread_info info = {.size = sizeof info};
    do { /* until it has nothing to do but to wait for its line */
        assert_ok(hdbg_thread_info_get(r->thread, &info));
    } while (info.state == HDBG_THREAD_RUNNING || info.state == HDBG_THREAD_READY);
    assert_ok(hdbg_thread_stop(r->thread));
    call_and_restore(r);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(dprintf(r->input, "after the call\n"), 15);
    run_line(r, line, sizeof line);
    assert_string_equal(line, "after the call");
    assert_int_equal(run_end(r), 42);
    run_free(r);
}

static void a_state_of_another_thread_is_refused(void **state)
{
    (void)state;
    run *r = launch_to_fault(), *other = launch_to_fault();
    hdbg_thread_state_copy *copy;
    assert_ok(hdbg_thread_state_save(r->thread, &copy));
    assert_status(hdbg_thread_state_restore(other->thread, copy), HDBG_BAD_VALUE);
    expect_fault(other);
    hdbg_thread_state_free(copy);
    run_free(other);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_calls_at_a_fault_the_fault_is_still_there_and_deadly),
        cmocka_unit_test(a_fault_that_is_ignored_after_a_call_comes_again),
        cmocka_unit_test(a_call_that_is_not_undone_swallows_the_fault),
        cmocka_unit_test(a_system_call_that_a_call_interrupted_goes_on),
        cmocka_unit_test(a_state_of_another_thread_is_refused),
    };
    return cmocka_run_group_tests_name("calls into real programs", tests, NULL, NULL);
}
