/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Structs that begin with their own size: those of callers that were built for an earlier version, and for a
 * later one.
 */
#include "session_world.h"

#include <haikudbg/core.h>
#include <haikudbg/debug_info.h>
#include <haikudbg/image.h>
#include <haikudbg/memory.h>
#include <haikudbg/stack.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* As large as any struct, and what a later version may have added. */
enum { ADDED = 24, ROOM = 16384 };

typedef union wide {
    size_t size;
    uint8_t bytes[ROOM];
    hdbg_session_options session;
    hdbg_wait_filter filter;
    hdbg_resume resume;
    hdbg_team_info team;
    hdbg_thread_info thread;
    hdbg_stop stop;
    hdbg_session_statistics statistics;
} wide;

static void expect_sentence(const char *part)
{
    if (strstr(hdbg_last_error(), part) == NULL)
        fail_msg("'%s' is not in '%s'", part, hdbg_last_error());
}

/* ---- what a caller fills in ---- */

static hdbg_status create(const void *options)
{
    hdbg_session *session = NULL;
    hdbg_status status = hdbg_session_create(options, &session);
    hdbg_session_destroy(session);
    return status;
}

static void what_an_earlier_caller_does_not_have_gets_its_default(void **state)
{
    (void)state;
    hdbg_mock *mock;
    assert_ok(hdbg_mock_create(NULL, &mock));
    /* The last member that this one knows of is the kernel; behind it lies what would be refused. */
    wide options;
    memset(&options, 0xff, sizeof options);
    memset(&options, 0, sizeof options.session);
    options.session.kernel = hdbg_mock_kernel(mock);
    options.session.port_capacity = -1;
    options.size = sizeof options.session;
    assert_status(create(&options), HDBG_BAD_VALUE);
    options.size = offsetof(hdbg_session_options, port_capacity);
    assert_true(offsetof(hdbg_session_options, port_capacity) > offsetof(hdbg_session_options, kernel));
    assert_ok(create(&options));
    hdbg_mock_destroy(mock);
}

static void what_a_later_caller_has_beyond_is_passed_over_if_it_is_zero(void **state)
{
    (void)state;
    hdbg_mock *mock;
    wide options = {0};
    assert_ok(hdbg_mock_create(NULL, &mock));
    options.session.kernel = hdbg_mock_kernel(mock);
    options.size = sizeof options.session + ADDED;
    assert_ok(create(&options));
    hdbg_mock_destroy(mock);
}

static void what_a_later_caller_asks_for_is_refused_with_a_sentence(void **state)
{
    (void)state;
    hdbg_mock *mock;
    wide options = {0};
    assert_ok(hdbg_mock_create(NULL, &mock));
    options.session.kernel = hdbg_mock_kernel(mock);
    options.size = sizeof options.session + ADDED;
    options.bytes[options.size - 1] = 1;
    assert_status(create(&options), HDBG_BAD_VALUE);
    expect_sentence("hdbg_session_options has ");
    expect_sentence("the others are used");
    options.size--;
    assert_ok(create(&options));
    hdbg_mock_destroy(mock);
}

static void a_size_that_was_not_set_is_refused_with_a_sentence(void **state)
{
    (void)state;
    wide options = {0};
    assert_status(create(&options), HDBG_BAD_VALUE);
    expect_sentence("hdbg_session_options.size has to be sizeof(hdbg_session_options)");
    hdbg_mock *mock;
    assert_status(hdbg_mock_create((const hdbg_mock_options *)&options, &mock), HDBG_BAD_VALUE);
    expect_sentence("hdbg_mock_options.size");
}

/* ---- all that there are ---- */

/* A call with a struct, whatever else it needs. */
typedef hdbg_status call(world *w, void *given);

static hdbg_status wait_for(world *w, void *given)
{
    hdbg_event *event = NULL;
    hdbg_status status = hdbg_wait(w->session, given, 0, &event);
    hdbg_event_release(event);
    return status == HDBG_WOULD_BLOCK ? HDBG_OK : status;
}

static hdbg_status set_debug_info(world *w, void *given)
{
    return hdbg_session_set_debug_info(w->session, given);
}

static hdbg_status session_statistics(world *w, void *given)
{
    return hdbg_session_statistics_get(w->session, given);
}

static hdbg_status team_info(world *w, void *given)
{
    return hdbg_team_info_get(w->team, given);
}

static hdbg_status thread_info(world *w, void *given)
{
    hdbg_thread *thread = hdbg_team_main_thread(w->team);
    hdbg_status status = hdbg_thread_info_get(thread, given);
    hdbg_thread_release(thread);
    return status;
}

static hdbg_status core_info(world *w, void *given)
{
    hdbg_kernel *kernel = NULL;
    (void)w;
    assert_ok(hdbg_core_open(HDBG_TEST_SOURCES "/fixtures/threadcrash-x86_64.core.zst", 0, &kernel));
    hdbg_status status = hdbg_core_info_get(kernel, given);
    hdbg_kernel_destroy(kernel);
    return status;
}

/* A folder is no core file: the options are looked at first. */
static hdbg_status core_write(world *w, void *given)
{
    hdbg_status status = hdbg_core_write(w->team, "/", given);
    return status == HDBG_IS_A_DIRECTORY ? HDBG_OK : status;
}

static hdbg_status stop(world *w, void *given)
{
    hdbg_thread *thread = hdbg_team_main_thread(w->team);
    hdbg_status status = hdbg_thread_stop_get(thread, given);
    hdbg_thread_release(thread);
    return status == HDBG_BAD_THREAD_STATE ? HDBG_OK : status;
}

static hdbg_status resume(world *w, void *given)
{
    hdbg_status status = hdbg_thread_resume(w->thread, given);
    return status == HDBG_BAD_THREAD_STATE ? HDBG_OK : status;
}

static hdbg_status unwind(world *w, void *given)
{
    hdbg_stack *stack = NULL;
    hdbg_status status = hdbg_stack_unwind(w->thread, given, &stack);
    hdbg_stack_free(stack);
    return status == HDBG_BAD_THREAD_STATE ? HDBG_OK : status;
}

/* Without a program there is nothing to launch; the struct is looked at first. */
static hdbg_status launch(world *w, void *given)
{
    hdbg_team *team = NULL;
    hdbg_status status = hdbg_team_launch(w->session, given, &team);
    bool is_about_program = strstr(hdbg_last_error(), "no program is named") != NULL;
    return status == HDBG_BAD_VALUE && is_about_program ? HDBG_OK : status;
}

static hdbg_status team_end(world *w, void *given)
{
    hdbg_status status = hdbg_team_end_get(w->team, given);
    return status == HDBG_BUSY ? HDBG_OK : status;
}

static hdbg_status area(world *w, void *given)
{
    hdbg_status status = hdbg_area_at(w->team, 1, given);
    return status == HDBG_BAD_ADDRESS ? HDBG_OK : status;
}

static hdbg_status symbol(world *w, void *given)
{
    hdbg_status status = hdbg_symbol_at(w->team, 1, given);
    return status == HDBG_BAD_ADDRESS ? HDBG_OK : status;
}

static const struct {
    const char *name;
    size_t size;
    call *call;
    bool is_filled; /* by the library */
} kStructs[] = {
    {"hdbg_wait_filter", sizeof(hdbg_wait_filter), wait_for, false},
    {"hdbg_debug_info_options", sizeof(hdbg_debug_info_options), set_debug_info, false},
    {"hdbg_core_options", sizeof(hdbg_core_options), core_write, false},
    {"hdbg_resume", sizeof(hdbg_resume), resume, false},
    {"hdbg_stack_options", sizeof(hdbg_stack_options), unwind, false},
    {"hdbg_launch_spec", sizeof(hdbg_launch_spec), launch, false},
    {"hdbg_session_statistics", sizeof(hdbg_session_statistics), session_statistics, true},
    {"hdbg_team_info", sizeof(hdbg_team_info), team_info, true},
    {"hdbg_thread_info", sizeof(hdbg_thread_info), thread_info, true},
    {"hdbg_core_info", sizeof(hdbg_core_info), core_info, true},
    {"hdbg_stop", sizeof(hdbg_stop), stop, true},
    {"hdbg_team_end", sizeof(hdbg_team_end), team_end, true},
    {"hdbg_area_info", sizeof(hdbg_area_info), area, true},
    {"hdbg_symbol", sizeof(hdbg_symbol), symbol, true},
};

static void each_struct_is_taken_by_the_same_rules(void **state)
{
    world *w = *state;
    for (size_t i = 0; i < sizeof kStructs / sizeof *kStructs; i++) {
        uint8_t *bytes = calloc(1, ROOM);
        const size_t sizes[] = {sizeof(size_t), kStructs[i].size, kStructs[i].size + ADDED};
        assert_non_null(bytes);
        assert_true(kStructs[i].size + ADDED + 1 < ROOM);
        assert_status(kStructs[i].call(w, bytes), HDBG_BAD_VALUE);
        expect_sentence(kStructs[i].name);
        for (size_t n = 0; n < 3; n++) {
            memset(bytes, 0, ROOM);
            memcpy(bytes, &sizes[n], sizeof sizes[n]);
            if (kStructs[i].call(w, bytes) != HDBG_OK)
                fail_msg("%s of %zu bytes: %s", kStructs[i].name, sizes[n], hdbg_last_error());
            assert_memory_equal(bytes, &sizes[n], sizeof sizes[n]);
            bytes[kStructs[i].size + 1] = 7;
            hdbg_status status = kStructs[i].call(w, bytes);
            assert_int_equal(status, n < 2 || kStructs[i].is_filled ? HDBG_OK : HDBG_BAD_VALUE);
        }
        free(bytes);
    }
}

static void what_the_library_fills_ends_where_the_caller_says(void **state)
{
    world *w = *state;
    wide whole = {0}, narrow;
    whole.size = sizeof whole.team;
    assert_ok(hdbg_team_info_get(w->team, &whole.team));
    memset(&narrow, 0xaa, sizeof narrow);
    narrow.size = offsetof(hdbg_team_info, parent);
    assert_ok(hdbg_team_info_get(w->team, &narrow.team));
    assert_int_equal(narrow.team.team, whole.team.team);
    for (size_t i = narrow.size; i < ROOM; i++)
        assert_int_equal(narrow.bytes[i], 0xaa);
}

static void what_the_library_does_not_know_it_fills_with_zeros(void **state)
{
    world *w = *state;
    wide later;
    memset(&later, 0xaa, sizeof later);
    later.size = sizeof later.team + ADDED;
    assert_ok(hdbg_team_info_get(w->team, &later.team));
    for (size_t i = sizeof later.team; i < later.size; i++)
        assert_int_equal(later.bytes[i], 0);
    assert_int_equal(later.bytes[later.size], 0xaa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_earlier_caller_does_not_have_gets_its_default),
        cmocka_unit_test(what_a_later_caller_has_beyond_is_passed_over_if_it_is_zero),
        cmocka_unit_test(what_a_later_caller_asks_for_is_refused_with_a_sentence),
        cmocka_unit_test(a_size_that_was_not_set_is_refused_with_a_sentence),
        cmocka_unit_test_setup_teardown(each_struct_is_taken_by_the_same_rules, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(what_the_library_fills_ends_where_the_caller_says, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(what_the_library_does_not_know_it_fills_with_zeros, world_setup,
                                        world_teardown),
    };
    return cmocka_run_group_tests_name("structs that begin with their size", tests, NULL, NULL);
}
