/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Children of real programs, by fork, vfork, posix_spawn and exec: followed, and let go with no breakpoint in
 * them.
 */
#include "session_run.h"

#include <stdbool.h>

/* Breakpoints in registers and, as those are few, in the code, of functions that the child calls. */
static void set_marks(hdbg_team *team)
{
    char name[16];
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "marked%d", i);
        assert_ok(hdbg_breakpoint_set(team, run_symbol(team, name)));
    }
}

/* The child runs through functions in which its parent has breakpoints, and ends with 21; the parent hits its
 * own. */
static void expect_let_go(const char *mode)
{
    run *r = run_launch("family", ARGUMENTS(mode), HDBG_FOLLOW_NONE);
    run_to(r, "main");
    set_marks(r->team);
    assert_ok(hdbg_team_resume(r->team));
    int hits = 0;
    for (bool ended = false; !ended;) {
        hdbg_event *event = run_next(r);
        int32_t type = hdbg_event_type_of(event);
        hits += type == HDBG_EVENT_BREAKPOINT_HIT;
        ended = type == HDBG_EVENT_TEAM_DELETED;
        assert_ptr_equal(hdbg_event_team(event), r->team);
        assert_int_equal(type == HDBG_EVENT_TEAM_CREATED, 0);
        if (hdbg_event_is_stop(event))
            assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
        hdbg_event_release(event);
    }
    assert_int_equal(hits, 1);
    hdbg_team_end end = {.size = sizeof end};
    assert_ok(hdbg_team_end_get(r->team, &end));
    assert_int_equal(end.status, 21);
    run_free(r);
}

static void a_forked_child_that_is_let_go_meets_no_breakpoint(void **state)
{
    (void)state;
    expect_let_go("fork");
}

static void a_vforked_child_that_is_let_go_meets_no_breakpoint(void **state)
{
    (void)state;
    expect_let_go("vfork");
}

static void a_spawned_child_that_is_let_go_meets_no_breakpoint(void **state)
{
    (void)state;
    expect_let_go("spawn");
}

static void a_child_that_is_let_go_and_execs_meets_no_breakpoint(void **state)
{
    (void)state;
    expect_let_go("fork-exec");
}

static void a_vforked_child_that_is_let_go_and_execs_meets_no_breakpoint(void **state)
{
    (void)state;
    expect_let_go("vfork-exec");
}

typedef struct history {
    int created, execs, hits_of_child, hits_of_parent;
    int32_t child_status, parent_status;
} history;

/* Follows everything to its end. With `marked_child` the child gets breakpoints of its own when it appears.
 */
static history follow(const char *mode, bool marked_child, bool marked_exec)
{
    history seen = {.child_status = -1, .parent_status = -1};
    run *r = run_launch("family", ARGUMENTS(mode), HDBG_FOLLOW_CHILD);
    run_to(r, "main");
    set_marks(r->team);
    assert_ok(hdbg_team_resume(r->team));
    for (hdbg_status status; seen.parent_status < 0 || seen.child_status < 0;) {
        hdbg_event *event;
        status = hdbg_wait(r->session, NULL, 20 * 1000 * 1000, &event);
        if (status == HDBG_BAD_VALUE)
            break; /* all have ended */
        assert_ok(status);
        hdbg_team *team = hdbg_event_team(event);
        bool is_parent = team == r->team;
        hdbg_team_end end = {.size = sizeof end};
        switch (hdbg_event_type_of(event)) {
        case HDBG_EVENT_TEAM_CREATED: {
            hdbg_team *child = hdbg_event_child(event);
            assert_non_null(child);
            hdbg_thread *thread = hdbg_team_main_thread(child);
            assert_int_equal(hdbg_thread_state_of(thread), HDBG_THREAD_STOPPED);
            hdbg_thread_release(thread);
            if (marked_child)
                set_marks(child);
            if (marked_exec)
                assert_ok(hdbg_team_set_events(child, HDBG_TEAM_SIGNALS | HDBG_TEAM_IMAGES));
            assert_ok(hdbg_team_resume(child));
            seen.created++;
            break;
        }
        case HDBG_EVENT_TEAM_EXEC:
            seen.execs++;
            break;
        case HDBG_EVENT_IMAGE_CREATED:
            /* The program comes last, and nothing of it has run. */
            if (hdbg_event_data(event)->data.image.info.type == HDBG_IMAGE_APP)
                set_marks(team);
            break;
        case HDBG_EVENT_BREAKPOINT_HIT:
            *(is_parent ? &seen.hits_of_parent : &seen.hits_of_child) += 1;
            break;
        case HDBG_EVENT_TEAM_DELETED:
            assert_ok(hdbg_team_end_get(team, &end));
            *(is_parent ? &seen.parent_status : &seen.child_status) =
                end.signal > 0 ? 1000 + end.signal : end.status;
            break;
        default:
            break;
        }
        if (hdbg_event_is_stop(event))
            assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
        hdbg_event_release(event);
    }
    run_free(r);
    return seen;
}

static void a_forked_child_is_followed(void **state)
{
    (void)state;
    history seen = follow("fork", false, false);
    assert_int_equal(seen.created, 1);
    assert_int_equal(seen.hits_of_child, 0);
    assert_int_equal(seen.hits_of_parent, 1);
    assert_int_equal(seen.child_status, 21);
    assert_int_equal(seen.parent_status, 21);
}

static void a_followed_child_has_breakpoints_of_its_own(void **state)
{
    (void)state;
    history seen = follow("fork", true, false);
    assert_int_equal(seen.hits_of_child, 6);
    assert_int_equal(seen.hits_of_parent, 1);
    assert_int_equal(seen.child_status, 21);
    assert_int_equal(seen.parent_status, 21);
}

static void a_followed_child_is_followed_through_exec(void **state)
{
    (void)state;
    history seen = follow("fork-exec", false, true);
    assert_int_equal(seen.created, 1);
    assert_int_equal(seen.execs, 1);
    assert_int_equal(seen.hits_of_child, 6);
    assert_int_equal(seen.child_status, 21);
    assert_int_equal(seen.parent_status, 21);
}

static void a_spawned_child_is_followed(void **state)
{
    (void)state;
    history seen = follow("spawn", false, true);
    assert_int_equal(seen.created, 1);
    assert_int_equal(seen.execs, 1);
    assert_int_equal(seen.hits_of_child, 6);
    assert_int_equal(seen.child_status, 21);
    assert_int_equal(seen.parent_status, 21);
}

static void a_vforked_child_is_followed_through_exec(void **state)
{
    (void)state;
    history seen = follow("vfork-exec", false, true);
    assert_int_equal(seen.created, 1);
    assert_int_equal(seen.execs, 1);
    assert_int_equal(seen.hits_of_child, 6);
    assert_int_equal(seen.child_status, 21);
    assert_int_equal(seen.parent_status, 21);
}

/* The parent waits in the kernel as long as its child stands: nobody has to wait for the parent. */
static void a_parent_in_vfork_is_stopped_without_waiting_for_it_and_goes_on(void **state)
{
    (void)state;
    run *r = run_launch("family", ARGUMENTS("vfork"), HDBG_FOLLOW_CHILD);
    assert_ok(hdbg_team_resume(r->team));
    hdbg_event *event = run_expect(r, HDBG_EVENT_TEAM_CREATED);
    hdbg_team *child = hdbg_team_retain(hdbg_event_child(event));
    assert_true(hdbg_event_child_borrows(event));
    hdbg_event_release(event);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    for (int i = 0; i < 3; i++) {
        assert_ok(hdbg_team_stop(r->team));
        assert_int_equal(hdbg_thread_state_of(r->thread), HDBG_THREAD_RUNS);
        assert_ok(i % 2 == 0 ? hdbg_team_resume(r->team) : hdbg_thread_resume(r->thread, NULL));
    }
    assert_ok(hdbg_team_stop(r->team));
    assert_ok(hdbg_team_resume(child));
    hdbg_wait_filter filter = {.size = sizeof filter, .team = hdbg_team_id_of(child)};
    assert_ok(hdbg_wait(r->session, &filter, 20 * 1000 * 1000, &event));
    assert_int_equal(hdbg_event_type_of(event), HDBG_EVENT_TEAM_DELETED);
    hdbg_event_release(event);
    hdbg_team_release(child);
    /* It was asked to stop, and now it can. */
    assert_ok(hdbg_team_stop(r->team));
    assert_int_equal(hdbg_thread_state_of(r->thread), HDBG_THREAD_STOPPED);
    assert_ok(hdbg_team_resume(r->team));
    assert_int_equal(run_to_end(r), 21);
    run_free(r);
}

static void a_forked_child_borrows_nothing(void **state)
{
    (void)state;
    run *r = run_launch("family", ARGUMENTS("fork"), HDBG_FOLLOW_CHILD);
    assert_ok(hdbg_team_resume(r->team));
    hdbg_event *event = run_expect(r, HDBG_EVENT_TEAM_CREATED);
    assert_false(hdbg_event_child_borrows(event));
    hdbg_event_release(event);
    run_free(r);
}

static void an_exec_forgets_the_breakpoints_of_the_old_program(void **state)
{
    (void)state;
    history seen = follow("exec", false, false);
    assert_int_equal(seen.created, 0);
    assert_int_equal(seen.execs, 1);
    assert_int_equal(seen.hits_of_parent, 0);
    assert_int_equal(seen.parent_status, 21);
}

static void a_shell_pipeline_is_followed_to_its_end(void **state)
{
    (void)state;
    run *r = run_session();
    hdbg_launch_spec spec = {
        .size = sizeof spec,
        .path = "/bin/sh",
        .arguments = ARGUMENTS("sh", "-c", "seq 1000 | sort -n | tail -n 1 | grep -q 1000 && exit 5"),
        .standard_input = -1,
        .standard_output = -1,
        .standard_error = -1};
    assert_ok(hdbg_team_launch(r->session, &spec, &r->team));
    assert_ok(hdbg_team_set_follow(r->team, HDBG_FOLLOW_CHILD));
    assert_ok(hdbg_team_resume(r->team));
    int created = 0, ended = 0;
    for (hdbg_status status;;) {
        hdbg_event *event;
        status = hdbg_wait(r->session, NULL, 20 * 1000 * 1000, &event);
        if (status == HDBG_BAD_VALUE)
            break;
        assert_ok(status);
        created += hdbg_event_type_of(event) == HDBG_EVENT_TEAM_CREATED;
        ended += hdbg_event_type_of(event) == HDBG_EVENT_TEAM_DELETED;
        if (hdbg_event_child(event) != NULL)
            assert_ok(hdbg_team_resume(hdbg_event_child(event)));
        if (hdbg_event_is_stop(event))
            assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
        hdbg_event_release(event);
    }
    assert_int_equal(created, 4);
    assert_int_equal(ended, 5);
    hdbg_team_end end = {.size = sizeof end};
    assert_ok(hdbg_team_end_get(r->team, &end));
    assert_int_equal(end.status, 5);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_forked_child_that_is_let_go_meets_no_breakpoint),
        cmocka_unit_test(a_vforked_child_that_is_let_go_meets_no_breakpoint),
        cmocka_unit_test(a_spawned_child_that_is_let_go_meets_no_breakpoint),
        cmocka_unit_test(a_child_that_is_let_go_and_execs_meets_no_breakpoint),
        cmocka_unit_test(a_vforked_child_that_is_let_go_and_execs_meets_no_breakpoint),
        cmocka_unit_test(a_forked_child_is_followed),
        cmocka_unit_test(a_followed_child_has_breakpoints_of_its_own),
        cmocka_unit_test(a_followed_child_is_followed_through_exec),
        cmocka_unit_test(a_spawned_child_is_followed),
        cmocka_unit_test(a_vforked_child_is_followed_through_exec),
        cmocka_unit_test(a_parent_in_vfork_is_stopped_without_waiting_for_it_and_goes_on),
        cmocka_unit_test(a_forked_child_borrows_nothing),
        cmocka_unit_test(an_exec_forgets_the_breakpoints_of_the_old_program),
        cmocka_unit_test(a_shell_pipeline_is_followed_to_its_end),
    };
    return cmocka_run_group_tests_name("children of real teams", tests, NULL, NULL);
}
