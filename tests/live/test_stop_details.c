/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the hosted kernel knows beyond Haiku's messages: the details of a fault, before its signal and after
 * other code has run; which watchpoints were hit; thread-local variables; ports.
 */
#define _GNU_SOURCE
#include "session_run.h"

#include <signal.h>
#include <unistd.h>

#define LIBRARY HDBG_TEST_FIXTURES "/libtls.so"

/* ---- faults ---- */

/* To the fault of the fixture, whose handler ends the program with 42 if it is told that very fault. */
static run *launch_to_fault(void)
{
    run *r = run_launch("server_cases", ARGUMENTS("fault"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_resume(r->team));
    run_skip(r, HDBG_EVENT_SIGNAL_RECEIVED); /* it has a handler: no exception, as on Haiku */
    return r;
}

static void expect_details(run *r, int code, uintptr_t address)
{
    siginfo_t info;
    size_t used = 0;
    assert_ok(hdbg_thread_signal_info(r->thread, &info, sizeof info, &used));
    assert_int_equal(used, sizeof info);
    assert_int_equal(info.si_signo, SIGSEGV);
    assert_int_equal(info.si_code, code);
    assert_ptr_equal(info.si_addr, (void *)address);
}

static void a_fault_tells_its_address_before_its_signal_is_sent(void **state)
{
    (void)state;
    run *r = run_launch("watched", ARGUMENTS("fault"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_resume(r->team));
    run_skip(r, HDBG_EVENT_EXCEPTION_OCCURRED);
    expect_details(r, SEGV_MAPERR, 0);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_end(r), -HDBG_SIGSEGV);
    run_free(r);
}

static void a_stop_without_a_signal_has_no_details(void **state)
{
    (void)state;
    siginfo_t info;
    size_t used;
    run *r = run_launch("server_cases", ARGUMENTS("fault"), HDBG_FOLLOW_NONE);
    run_to(r, "main");
    assert_status(hdbg_thread_signal_info(r->thread, &info, sizeof info, &used), HDBG_BAD_THREAD_STATE);
    assert_ok(hdbg_team_resume(r->team));
    run_skip(r, HDBG_EVENT_SIGNAL_RECEIVED);
    assert_status(hdbg_thread_signal_info(r->thread, &info, 8, &used), HDBG_BUFFER_OVERFLOW);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_end(r), 42);
    run_free(r);
}

/* Runs write_first() in the main thread, up to a breakpoint to which it returns. */
static void run_other_code(run *r)
{
    hdbg_address back = run_symbol(r->team, "read_third");
    uint64_t sp = 0;
    assert_ok(hdbg_breakpoint_set(r->team, back));
    assert_ok(hdbg_thread_register_u64(r->thread, "rsp", &sp));
    sp = ((sp - 4096) & ~(uint64_t)15) - 8;
    assert_ok(hdbg_memory_write(r->team, sp, &back, sizeof back, NULL));
    assert_ok(hdbg_thread_set_register_u64(r->thread, "rsp", sp));
    assert_ok(hdbg_thread_set_register_u64(r->thread, "rip", run_symbol(r->team, "write_first")));
    assert_ok(hdbg_thread_resume(r->thread, &(hdbg_resume){.size = sizeof(hdbg_resume), .signal = 0}));
    run_skip(r, HDBG_EVENT_BREAKPOINT_HIT);
    assert_ok(hdbg_breakpoint_clear(r->team, back));
}

static void a_restored_fault_is_delivered_as_it_was(void **state)
{
    (void)state;
    run *r = launch_to_fault();
    hdbg_thread_state_copy *copy;
    for (int i = 0; i < 2; i++) {
        assert_ok(hdbg_thread_state_save(r->thread, &copy));
        run_other_code(r);
        assert_ok(hdbg_thread_state_restore(r->thread, copy));
        hdbg_thread_state_free(copy);
        expect_details(r, SEGV_MAPERR, 16);
    }
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_end(r), 42);
    run_free(r);
}

static void details_that_were_set_are_delivered(void **state)
{
    (void)state;
    run *r = launch_to_fault();
    siginfo_t info;
    size_t used;
    assert_ok(hdbg_thread_signal_info(r->thread, &info, sizeof info, &used));
    info.si_addr = (void *)32;
    assert_ok(hdbg_thread_set_signal_info(r->thread, HDBG_SIGSEGV, &info, sizeof info));
    expect_details(r, SEGV_MAPERR, 32);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_end(r), 1); /* the handler has been told another address */
    run_free(r);
}

static void a_step_with_a_restored_fault_ends_in_its_handler(void **state)
{
    (void)state;
    run *r = launch_to_fault();
    hdbg_thread_state_copy *copy;
    assert_ok(hdbg_thread_state_save(r->thread, &copy));
    run_other_code(r);
    assert_ok(hdbg_thread_state_restore(r->thread, copy));
    hdbg_thread_state_free(copy);
    assert_ok(hdbg_thread_step(r->thread));
    run_skip(r, HDBG_EVENT_SINGLE_STEP);
    assert_int_equal(run_pc(r), run_symbol(r->team, "on_fault"));
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_end(r), 42);
    run_free(r);
}

static void details_of_no_signal_are_refused(void **state)
{
    (void)state;
    run *r = launch_to_fault();
    siginfo_t info = {.si_signo = SIGUSR1};
    assert_status(hdbg_thread_set_signal_info(r->thread, 0, &info, sizeof info), HDBG_BAD_VALUE);
    assert_status(hdbg_thread_set_signal_info(r->thread, HDBG_SIGSEGV, &info, 0), HDBG_BAD_VALUE);
    assert_status(hdbg_thread_set_signal_info(r->thread, HDBG_SIGSEGV, &info, sizeof info + 1),
                  HDBG_BAD_VALUE);
    assert_ok(hdbg_thread_set_signal_info(r->thread, HDBG_SIGSEGV, &info, sizeof info));
    assert_status(hdbg_thread_resume(r->thread, NULL), HDBG_BAD_VALUE); /* they are another signal's */
    assert_int_equal(hdbg_thread_state_of(r->thread), HDBG_THREAD_STOPPED);
    run_free(r);
}

/* ---- watchpoints ---- */

static hdbg_address watched(run *r)
{
    hdbg_address hit[4] = {0};
    size_t count = 0;
    run_skip(r, HDBG_EVENT_WATCHPOINT_HIT);
    assert_ok(hdbg_thread_watchpoints_hit(r->thread, hit, 4, &count));
    assert_int_equal(count, 1);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    return hit[0];
}

static void watchpoints_are_told_apart(void **state)
{
    (void)state;
    hdbg_address hit;
    size_t count;
    run *r = run_launch("server_cases", ARGUMENTS("watch"), HDBG_FOLLOW_NONE);
    hdbg_address first = run_symbol(r->team, "gFirst"), second = run_symbol(r->team, "gSecond"),
                 third = run_symbol(r->team, "gThird");
    run_to(r, "main");
    assert_ok(hdbg_watchpoint_set(r->team, first, HDBG_WATCH_READ_WRITE, 4));
    assert_ok(hdbg_watchpoint_set(r->team, second, HDBG_WATCH_WRITE, 4));
    assert_ok(hdbg_watchpoint_set(r->team, third, HDBG_WATCH_READ_WRITE, 4));
    assert_status(hdbg_thread_watchpoints_hit(r->thread, &hit, 1, &count), HDBG_BAD_THREAD_STATE);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(watched(r), second);
    assert_int_equal(watched(r), second);
    assert_int_equal(watched(r), third);
    assert_int_equal(watched(r), first);
    assert_int_equal(watched(r), third);
    assert_int_equal(run_end(r), 42);
    run_free(r);
}

static void one_access_can_hit_several_watchpoints(void **state)
{
    (void)state;
    hdbg_address hit[2] = {0};
    size_t count = 0;
    run *r = run_launch("server_cases", ARGUMENTS("watch"), HDBG_FOLLOW_NONE);
    hdbg_address second = run_symbol(r->team, "gSecond");
    run_to(r, "main");
    assert_ok(hdbg_watchpoint_set(r->team, second, HDBG_WATCH_WRITE, 2));
    assert_ok(hdbg_watchpoint_set(r->team, second + 2, HDBG_WATCH_WRITE, 2));
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    run_skip(r, HDBG_EVENT_WATCHPOINT_HIT);
    assert_ok(hdbg_thread_watchpoints_hit(r->thread, hit, 1, &count));
    assert_int_equal(count, 2); /* more than there was room for */
    assert_ok(hdbg_thread_watchpoints_hit(r->thread, hit, 2, &count));
    assert_int_equal(hit[0] + hit[1], 2 * second + 2);
    assert_true(hit[0] == second || hit[1] == second);
    run_free(r);
}

/* ---- thread-local variables ---- */

static hdbg_image_id image_of(run *r, const char *name)
{
    hdbg_image_list *images;
    hdbg_image_id id = 0;
    assert_ok(hdbg_image_list_get(r->team, &images));
    for (size_t i = 0; i < hdbg_image_list_count(images); i++) {
        if (strstr(hdbg_image_list_at(images, i)->path, name) != NULL)
            id = hdbg_image_list_at(images, i)->id;
    }
    hdbg_image_list_free(images);
    assert_true(id != 0);
    return id;
}

/* The only variable of the library is at its memory's beginning. */
static void thread_local_variables_of_a_library_are_found(void **state)
{
    (void)state;
    run *r = run_launch("thread_locals", ARGUMENTS(LIBRARY), HDBG_FOLLOW_NONE);
    hdbg_address address = 0;
    run_to(r, "main");
    assert_ok(hdbg_breakpoint_set(r->team, run_symbol(r->team, "all_set")));
    assert_ok(hdbg_team_resume(r->team));
    hdbg_event *event = run_expect(r, HDBG_EVENT_BREAKPOINT_HIT);
    hdbg_image_id library = image_of(r, "libtls.so");
    assert_ok(hdbg_thread_tls_address(hdbg_event_thread(event), library, 0, &address));
    int32_t value = 0;
    assert_ok(hdbg_memory_read(r->team, address, &value, sizeof value, NULL));
    assert_in_range(value, 107, 109);
    hdbg_address second = 0;
    assert_ok(hdbg_thread_tls_address(hdbg_event_thread(event), library, 24, &second));
    assert_int_equal(second, address + 24);
    hdbg_event_release(event);

    assert_status(hdbg_thread_tls_address(r->thread, library, 0, &address), HDBG_BAD_THREAD_STATE);
    assert_ok(hdbg_thread_stop(r->thread));
    assert_status(hdbg_thread_tls_address(r->thread, library, 0, &address), HDBG_NO_INIT);
    assert_status(hdbg_thread_tls_address(r->thread, image_of(r, "ld-linux"), 0, &address),
                  HDBG_NAME_NOT_FOUND);
    assert_status(hdbg_thread_tls_address(r->thread, 12345, 0, &address), HDBG_BAD_IMAGE_ID);
    run_free(r);
}

/* ---- memory ---- */

static void a_team_is_given_memory_and_stands_as_before(void **state)
{
    (void)state;
    run *r = launch_to_fault();
    hdbg_cpu_state before, after;
    hdbg_address address = 0;
    hdbg_area_info area = {.size = sizeof area};
    uint8_t byte = 0x5a;
    assert_ok(hdbg_thread_cpu_state(r->thread, &before));
    assert_ok(hdbg_memory_allocate(r->team, 8192, HDBG_AREA_READ | HDBG_AREA_EXECUTE, &address));
    assert_ok(hdbg_area_at(r->team, address + 8191, &area));
    assert_int_equal(area.protection & 7, HDBG_AREA_READ | HDBG_AREA_EXECUTE);
    assert_ok(hdbg_memory_write(r->team, address, &byte, 1, NULL));
    assert_ok(hdbg_memory_release(r->team, address, 8192));
    assert_status(hdbg_memory_read(r->team, address, &byte, 1, NULL), HDBG_BAD_ADDRESS);
    assert_ok(hdbg_thread_cpu_state(r->thread, &after));
    assert_memory_equal(before.data, after.data, before.size);
    expect_details(r, SEGV_MAPERR, 16);
    assert_status(hdbg_memory_allocate(r->team, 0, HDBG_AREA_READ, &address), HDBG_BAD_VALUE);
    assert_status(hdbg_memory_allocate(r->team, UINT64_MAX / 2, HDBG_AREA_READ, &address), HDBG_NO_MEMORY);
    assert_status(hdbg_memory_release(r->team, 0, 4096), HDBG_BAD_VALUE);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_end(r), 42);
    run_free(r);
}

static void a_team_that_runs_is_given_no_memory(void **state)
{
    (void)state;
    hdbg_address address;
    run *r = run_launch("watched", ARGUMENTS("wait"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_resume(r->team));
    assert_status(hdbg_memory_allocate(r->team, 4096, HDBG_AREA_READ, &address), HDBG_BAD_THREAD_STATE);
    run_free(r);
}

/* ---- ports ---- */

static void ports_of_a_team_and_its_debugger_are_listed(void **state)
{
    (void)state;
    run *r = run_launch("server_cases", ARGUMENTS("watch"), HDBG_FOLLOW_NONE);
    hdbg_kernel *kernel = hdbg_session_kernel(r->session);
    const hdbg_team_id teams[] = {hdbg_team_id_of(r->team), getpid()};
    for (size_t i = 0; i < 2; i++) {
        hdbg_port_info info = {.size = sizeof info};
        int64_t cookie = 0;
        size_t count = 0;
        while (kernel->ops->next_port(kernel->context, teams[i], &cookie, &info) == HDBG_OK) {
            assert_int_equal(info.team, teams[i]);
            assert_true(info.capacity > 0);
            count++;
        }
        assert_true(count >= 1);
    }
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_tells_its_address_before_its_signal_is_sent),
        cmocka_unit_test(a_stop_without_a_signal_has_no_details),
        cmocka_unit_test(a_restored_fault_is_delivered_as_it_was),
        cmocka_unit_test(details_that_were_set_are_delivered),
        cmocka_unit_test(a_step_with_a_restored_fault_ends_in_its_handler),
        cmocka_unit_test(details_of_no_signal_are_refused),
        cmocka_unit_test(watchpoints_are_told_apart),
        cmocka_unit_test(one_access_can_hit_several_watchpoints),
        cmocka_unit_test(thread_local_variables_of_a_library_are_found),
        cmocka_unit_test(a_team_is_given_memory_and_stands_as_before),
        cmocka_unit_test(a_team_that_runs_is_given_no_memory),
        cmocka_unit_test(ports_of_a_team_and_its_debugger_are_listed),
    };
    return cmocka_run_group_tests_name("Details of stops", tests, NULL, NULL);
}
