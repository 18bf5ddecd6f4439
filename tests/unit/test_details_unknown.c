/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Details of teams and stops on a kernel that tells none, as Haiku's.
 */
#include "session_world.h"

#include <haikudbg/details.h>
#include <haikudbg/memory.h>

static int must_not_be_called(void *context, const hdbg_detail *detail)
{
    (void)context;
    (void)detail;
    fail();
    return 1;
}

static void a_kernel_that_tells_no_details_is_not_supported(void **state)
{
    (void)state;
    world *w = world_make(NULL, NULL, 1);
    for (int32_t kind = HDBG_DETAIL_ARGUMENT; kind <= HDBG_DETAIL_PROGRAM; kind++) {
        assert_status(hdbg_team_details_visit(w->team, kind, must_not_be_called, NULL), HDBG_NOT_SUPPORTED);
        assert_sentence("cannot list details of team 500: its kernel tells none");
    }
    expect_transcript(w, "");
    world_free(w);
}

static void a_kernel_that_tells_no_more_of_stops_is_not_supported(void **state)
{
    (void)state;
    uint8_t info[HDBG_SIGNAL_INFO_MAX] = {0};
    hdbg_address address;
    size_t count;
    world *w = world_make(NULL, NULL, 1);
    stop_with_exception(w, w->thread, HDBG_EXCEPTION_SEGMENT_VIOLATION, HDBG_SIGSEGV);
    forget_transcript(w);
    assert_status(hdbg_thread_signal_info(w->thread, info, sizeof info, &count), HDBG_NOT_SUPPORTED);
    assert_sentence("cannot read the signal of thread 500: the kernel has no way to");
    assert_status(hdbg_thread_set_signal_info(w->thread, HDBG_SIGSEGV, info, sizeof info),
                  HDBG_NOT_SUPPORTED);
    assert_sentence("cannot set the signal of thread 500: the kernel has no way to");
    assert_status(hdbg_thread_watchpoints_hit(w->thread, &address, 1, &count), HDBG_NOT_SUPPORTED);
    assert_sentence("cannot ask for the watchpoints of thread 500: the kernel has no way to");
    assert_status(hdbg_memory_allocate(w->team, 4096, HDBG_AREA_READ, &address), HDBG_NOT_SUPPORTED);
    assert_sentence("cannot change the memory of team 500: its kernel has no way to");
    assert_status(hdbg_memory_release(w->team, 4096, 4096), HDBG_NOT_SUPPORTED);
    expect_transcript(w, "");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_that_tells_no_details_is_not_supported),
        cmocka_unit_test(a_kernel_that_tells_no_more_of_stops_is_not_supported),
    };
    return cmocka_run_group_tests_name("details of a team on a kernel that tells none", tests, NULL, NULL);
}
