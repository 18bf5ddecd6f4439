/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Teams that debugged teams create: followed, or let go with no breakpoint left in them; and exec.
 */
#include "session_world.h"

enum { CHILD = 800 };

static const uint8_t kCode[16] = {0x55, 0x48, 0x89, 0xe5, 0x31, 0xc0, 0x5d, 0xc3};

/* A team with a child as fork() leaves it: CODE as the parent has it in memory. */
static world *family(int32_t follow)
{
    hdbg_session_options options = {.size = sizeof options, .follow = follow};
    world *w = world_make(&options, NULL, 1);
    assert_ok(hdbg_mock_memory_write(w->mock, TEAM, CODE, kCode, sizeof kCode));
    assert_ok(hdbg_mock_team_add(w->mock, CHILD, "child"));
    assert_ok(hdbg_mock_team_set_parent(w->mock, CHILD, TEAM));
    assert_true(hdbg_mock_memory_add(w->mock, CHILD, CODE, NULL, 0x1000, HDBG_AREA_READ | HDBG_AREA_EXECUTE) >
                0);
    assert_ok(hdbg_mock_memory_write(w->mock, CHILD, CODE, kCode, sizeof kCode));
    return w;
}

static void set_breakpoint_that_fork_copies(world *w, hdbg_address address)
{
    uint8_t trap = 0xcc;
    assert_ok(hdbg_breakpoint_set(w->team, address));
    assert_ok(hdbg_mock_memory_write(w->mock, CHILD, address, &trap, 1));
}

static void fork_now(world *w)
{
    hdbg_nub_event event = {.type = HDBG_EVENT_TEAM_CREATED, .thread = TEAM, .team = TEAM};
    event.data.new_team = CHILD;
    forget_transcript(w);
    assert_ok(hdbg_mock_send(w->mock, &event));
}

static void assert_child_code_is(world *w, const uint8_t *expected)
{
    uint8_t code[sizeof kCode];
    assert_ok(hdbg_mock_memory_read(w->mock, CHILD, CODE, code, sizeof code));
    assert_memory_equal(code, expected, sizeof code);
}

static void a_child_that_is_not_followed_goes_its_way(void **state)
{
    (void)state;
    world *w = family(HDBG_FOLLOW_NONE);
    fork_now(w);
    expect_no_event(w);
    expect_transcript(w, "CONTINUE_THREAD thread=500 HANDLE_EVENT\n");
    world_free(w);
}

static void a_child_that_is_let_go_has_no_breakpoint_left(void **state)
{
    (void)state;
    world *w = family(HDBG_FOLLOW_NONE);
    set_breakpoint_that_fork_copies(w, CODE);
    set_breakpoint_that_fork_copies(w, CODE + 4);
    fork_now(w);
    expect_no_event(w);
    assert_child_code_is(w, kCode);
    expect_transcript(w, "install_team_debugger team=800\n"
                         "READ_MEMORY team=500 address=0x10000 size=16\n"
                         "READ_MEMORY team=800 address=0x10000 size=16\n"
                         "WRITE_MEMORY team=800 address=0x10000 size=1 data=55\n"
                         "READ_MEMORY team=500 address=0x10004 size=16\n"
                         "READ_MEMORY team=800 address=0x10004 size=16\n"
                         "WRITE_MEMORY team=800 address=0x10004 size=1 data=31\n"
                         "remove_team_debugger team=800\n"
                         "CONTINUE_THREAD thread=500 HANDLE_EVENT\n");
    assert_true(hdbg_breakpoint_is_set(w->team, CODE));
    world_free(w);
}

static void another_program_is_left_as_it_is(void **state)
{
    (void)state;
    world *w = family(HDBG_FOLLOW_NONE);
    uint8_t other[sizeof kCode];
    memset(other, 0xcc, sizeof other);
    memcpy(other + 8, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
    assert_ok(hdbg_breakpoint_set(w->team, CODE));
    assert_ok(hdbg_mock_memory_write(w->mock, CHILD, CODE, other, sizeof other));
    fork_now(w);
    expect_no_event(w);
    assert_child_code_is(w, other);
    world_free(w);
}

static void a_child_that_is_followed_stands_before_its_parent_goes_on(void **state)
{
    (void)state;
    world *w = family(HDBG_FOLLOW_CHILD);
    set_breakpoint_that_fork_copies(w, CODE);
    fork_now(w);
    hdbg_event *event = next_event(w, HDBG_EVENT_TEAM_CREATED);
    hdbg_team *child = hdbg_event_child(event);
    assert_non_null(child);
    assert_int_equal(hdbg_team_id_of(child), CHILD);
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, CHILD), 1);
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, TEAM), 1);
    assert_child_code_is(w, kCode);
    assert_false(hdbg_breakpoint_is_set(child, CODE));
    expect_no_event(w);
    expect_transcript(w, "install_team_debugger team=800\n"
                         "SET_TEAM_FLAGS team=800 flags=SIGNALS|TEAM_CREATION|THREADS|IMAGES\n"
                         "READ_MEMORY team=500 address=0x10000 size=16\n"
                         "READ_MEMORY team=800 address=0x10000 size=16\n"
                         "WRITE_MEMORY team=800 address=0x10000 size=1 data=55\n"
                         "debug_thread thread=800\n");
    assert_ok(hdbg_team_resume(child));
    assert_ok(hdbg_team_resume(w->team));
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, CHILD), 0);
    hdbg_event_release(event);
    world_free(w);
}

static void a_childs_event_waits_until_it_stands_and_others_wait_behind_it(void **state)
{
    (void)state;
    world *w = family(HDBG_FOLLOW_CHILD);
    hdbg_mock_expectation *asked = hdbg_mock_expect(w->mock, "debug_thread thread=800");
    hdbg_mock_lose(asked); /* it comes later */
    hdbg_mock_allow(w->mock, "*");
    fork_now(w);
    assert_ok(hdbg_mock_stop(w->mock, WORKER, HDBG_EVENT_DEBUGGER_CALL));
    expect_no_event(w);
    assert_ok(hdbg_mock_stop(w->mock, CHILD, HDBG_EVENT_THREAD_DEBUGGED));
    expect_event(w, HDBG_EVENT_TEAM_CREATED);
    expect_event(w, HDBG_EVENT_DEBUGGER_CALL);
    expect_no_event(w);
    world_free(w);
}

static void a_child_that_dies_before_it_stands_is_told_all_the_same(void **state)
{
    (void)state;
    world *w = family(HDBG_FOLLOW_CHILD);
    hdbg_mock_expectation *asked = hdbg_mock_expect(w->mock, "debug_thread thread=800");
    hdbg_mock_lose(asked);
    hdbg_mock_allow(w->mock, "*");
    fork_now(w);
    expect_no_event(w);
    assert_ok(hdbg_mock_team_end(w->mock, CHILD, -1, HDBG_SIGKILL));
    expect_event(w, HDBG_EVENT_TEAM_CREATED);
    expect_event(w, HDBG_EVENT_TEAM_DELETED);
    world_free(w);
}

static void a_child_that_cannot_be_followed_is_told_without_a_handle(void **state)
{
    (void)state;
    world *w = family(HDBG_FOLLOW_CHILD);
    hdbg_mock_fail(w->mock, "install_team_debugger", HDBG_NOT_ALLOWED, 1);
    fork_now(w);
    hdbg_event *event = next_event(w, HDBG_EVENT_TEAM_CREATED);
    assert_null(hdbg_event_child(event));
    assert_int_equal(hdbg_event_data(event)->data.new_team, CHILD);
    hdbg_event_release(event);
    assert_int_equal(hdbg_session_teams(w->session, NULL, 0), 1);
    world_free(w);
}

static void following_is_chosen_for_each_team(void **state)
{
    (void)state;
    world *w = family(HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_set_follow(w->team, HDBG_FOLLOW_CHILD));
    assert_status(hdbg_team_set_follow(w->team, 9), HDBG_BAD_VALUE);
    fork_now(w);
    hdbg_event *event = next_event(w, HDBG_EVENT_TEAM_CREATED);
    assert_non_null(hdbg_event_child(event));
    hdbg_event_release(event);
    world_free(w);
}

static void creation_can_be_told_of_children_that_are_let_go(void **state)
{
    (void)state;
    world *w = family(HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_set_events(w->team, HDBG_TEAM_CREATION));
    fork_now(w);
    hdbg_event *event = next_event(w, HDBG_EVENT_TEAM_CREATED);
    assert_null(hdbg_event_child(event));
    assert_true(hdbg_event_is_stop(event));
    hdbg_event_release(event);
    world_free(w);
}

static void a_detach_lets_a_child_go_that_nobody_was_told_of(void **state)
{
    (void)state;
    world *w = family(HDBG_FOLLOW_CHILD);
    fork_now(w);
    hdbg_event *event;
    hdbg_wait_filter filter = {.size = sizeof filter, .thread = WORKER};
    assert_status(hdbg_wait(w->session, &filter, 0, &event), HDBG_WOULD_BLOCK);
    assert_int_equal(hdbg_session_teams(w->session, NULL, 0), 2);
    assert_ok(hdbg_team_detach(w->team));
    assert_int_equal(hdbg_session_teams(w->session, NULL, 0), 0);
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, CHILD), 0);
    world_free(w);
}

static void exec_forgets_breakpoints_and_threads(void **state)
{
    (void)state;
    world *w = family(HDBG_FOLLOW_CHILD);
    assert_ok(hdbg_breakpoint_set(w->team, CODE));
    assert_ok(hdbg_watchpoint_set(w->team, STACK, HDBG_WATCH_WRITE, 4));
    stop_with(w, w->thread, HDBG_EVENT_TEAM_EXEC);
    assert_false(hdbg_breakpoint_is_set(w->team, CODE));
    assert_status(hdbg_watchpoint_clear(w->team, STACK), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_team_threads(w->team, NULL, 0), 1);
    assert_int_equal(hdbg_thread_state_of(w->worker), HDBG_THREAD_ENDED);
    assert_int_equal(hdbg_thread_state_of(w->thread), HDBG_THREAD_STOPPED);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_that_is_not_followed_goes_its_way),
        cmocka_unit_test(a_child_that_is_let_go_has_no_breakpoint_left),
        cmocka_unit_test(another_program_is_left_as_it_is),
        cmocka_unit_test(a_child_that_is_followed_stands_before_its_parent_goes_on),
        cmocka_unit_test(a_childs_event_waits_until_it_stands_and_others_wait_behind_it),
        cmocka_unit_test(a_child_that_dies_before_it_stands_is_told_all_the_same),
        cmocka_unit_test(a_child_that_cannot_be_followed_is_told_without_a_handle),
        cmocka_unit_test(following_is_chosen_for_each_team),
        cmocka_unit_test(creation_can_be_told_of_children_that_are_let_go),
        cmocka_unit_test(a_detach_lets_a_child_go_that_nobody_was_told_of),
        cmocka_unit_test(exec_forgets_breakpoints_and_threads),
    };
    return cmocka_run_group_tests_name("children", tests, NULL, NULL);
}
