/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The first process of a PID namespace, as a browser's sandboxed page is: Linux spares it much.
 */
#include "session_run.h"

#include <signal.h>
#include <unistd.h>

/* Launches the parent, and answers the child, followed, which says that it is ready. */
static hdbg_team *start(run **r)
{
    char line[64];
    *r = run_launch("first_of_namespace", NULL, HDBG_FOLLOW_CHILD);
    assert_ok(hdbg_team_resume((*r)->team));
    hdbg_event *event = run_expect(*r, HDBG_EVENT_TEAM_CREATED);
    hdbg_team *child = hdbg_team_retain(hdbg_event_child(event));
    assert_non_null(child);
    assert_ok(hdbg_team_resume(child));
    assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
    hdbg_event_release(event);
    run_line(*r, line, sizeof line);
    assert_string_equal(line, "ready");
    return child;
}

/* The next event about a team; others are answered. */
static hdbg_event *next_of(run *r, hdbg_team *team, int32_t type)
{
    hdbg_event *event;
    while (hdbg_event_team(event = run_next(r)) != team) {
        if (hdbg_event_is_stop(event))
            assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
        hdbg_event_release(event);
    }
    assert_int_equal(hdbg_event_type_of(event), type);
    return event;
}

static void a_fault_of_the_first_process_is_told_once_and_ends_it(void **state)
{
    (void)state;
    run *r;
    hdbg_team *child = start(&r);
    hdbg_team_end end = {.size = sizeof end};
    assert_int_equal(write(r->input, "x", 1), 1);

    hdbg_event *event = next_of(r, child, HDBG_EVENT_EXCEPTION_OCCURRED);
    assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
    hdbg_event_release(event);
    hdbg_event_release(next_of(r, child, HDBG_EVENT_TEAM_DELETED));
    assert_ok(hdbg_team_end_get(child, &end));
    assert_int_equal(end.signal, HDBG_SIGSEGV);
    hdbg_team_release(child);
    assert_int_equal(run_to_end(r), 0); /* its parent has seen that a signal ended it */
    run_free(r);
}

/* A signal that the first process is spared comes, is said to be so, and leaves it alive. */
static void expect_spared(run *r, hdbg_team *child, int32_t signal)
{
    hdbg_event *event = next_of(r, child, HDBG_EVENT_SIGNAL_RECEIVED);
    assert_int_equal(hdbg_event_data(event)->data.signal.signal, signal);
    assert_int_equal(hdbg_event_data(event)->data.signal.deadly, 0);
    assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
    hdbg_event_release(event);
}

static void expect_alive(run *r, hdbg_team *child)
{
    char line[64];
    run_line(r, line, sizeof line);
    assert_string_equal(line, "here");
    close(r->input);
    r->input = -1;
    hdbg_team_release(child);
    assert_int_equal(run_to_end(r), 1);
    run_free(r);
}

static void a_signal_that_spares_the_first_process_is_not_told_to_be_deadly(void **state)
{
    (void)state;
    run *r;
    hdbg_team *child = start(&r);
    assert_int_equal(kill(hdbg_team_id_of(child), SIGTERM), 0);
    /* Linux drops it when it is sent, unless somebody traces. */
    expect_spared(r, child, HDBG_SIGTERM);
    assert_int_equal(write(r->input, ".", 1), 1);
    expect_alive(r, child);
}

static void a_signal_of_the_system_that_is_no_fault_spares_the_first_process_too(void **state)
{
    (void)state;
    run *r;
    hdbg_team *child = start(&r);
    assert_int_equal(write(r->input, "a", 1), 1);
    expect_spared(r, child, HDBG_SIGALRM);
    expect_alive(r, child);
}

static void a_signal_comes_with_the_details_that_it_was_given_in_a_namespace_too(void **state)
{
    (void)state;
    run *r;
    char line[64];
    siginfo_t info;
    size_t used = 0;
    hdbg_team *child = start(&r);
    assert_int_equal(kill(hdbg_team_id_of(child), SIGUSR1), 0);
    hdbg_event *event = next_of(r, child, HDBG_EVENT_SIGNAL_RECEIVED);
    hdbg_thread *thread = hdbg_event_thread(event);
    assert_ok(hdbg_thread_signal_info(thread, &info, sizeof info, &used));
    assert_int_equal(used, sizeof info);
    info.si_code = SI_QUEUE;
    info.si_value.sival_ptr = NULL;
    info.si_value.sival_int = 4711;
    assert_ok(hdbg_thread_set_signal_info(thread, HDBG_SIGUSR1, &info, sizeof info));
    assert_ok(hdbg_thread_resume(thread, NULL));
    hdbg_event_release(event);
    run_line(r, line, sizeof line);
    assert_string_equal(line, "4711");
    assert_int_equal(write(r->input, ".", 1), 1);
    expect_alive(r, child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_of_the_first_process_is_told_once_and_ends_it),
        cmocka_unit_test(a_signal_that_spares_the_first_process_is_not_told_to_be_deadly),
        cmocka_unit_test(a_signal_of_the_system_that_is_no_fault_spares_the_first_process_too),
        cmocka_unit_test(a_signal_comes_with_the_details_that_it_was_given_in_a_namespace_too),
    };
    return cmocka_run_group_tests_name("the first process of a namespace", tests, NULL, NULL);
}
