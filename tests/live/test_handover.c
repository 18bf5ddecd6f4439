/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Two sessions and one team: the first offers it, the second takes it over as it stands.
 */
#define _GNU_SOURCE
#include "session_run.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { ENDED_WELL = 7, CROWD = 10 };

static uint8_t raw_byte(hdbg_team *team, hdbg_address address)
{
    char path[64];
    uint8_t byte = 0;
    snprintf(path, sizeof path, "/proc/%d/mem", (int)hdbg_team_id_of(team));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(fd, &byte, 1, (off_t)address), 1);
    close(fd);
    return byte;
}

/* A session takes the team that another one has offered; both are told. */
static run *take_over(run *from)
{
    run *to = run_session();
    run_attach(to, hdbg_team_id_of(from->team), 0);
    run_skip(to, HDBG_EVENT_HANDED_OVER);
    hdbg_event *event = run_expect(from, HDBG_EVENT_HANDED_OVER);
    assert_ptr_equal(hdbg_event_team(event), from->team);
    assert_int_equal(hdbg_event_data(event)->data.handed_over.debugger, getpid());
    hdbg_event_release(event);
    assert_int_equal(hdbg_team_state_of(from->team), HDBG_TEAM_LET_GO);
    return to;
}

static void expect_no_longer_its(run *r)
{
    assert_status(hdbg_team_stop(r->team), HDBG_DETACHED);
    assert_status(hdbg_team_resume(r->team), HDBG_DETACHED);
    assert_status(hdbg_team_detach(r->team), HDBG_DETACHED);
    assert_status(hdbg_team_prepare_handover(r->team), HDBG_DETACHED);
    assert_string_not_equal(hdbg_last_error(), "");
}

static void a_team_is_handed_over_at_a_breakpoint_and_debugged_on(void **state)
{
    (void)state;
    run *first = run_launch("program_dynamic", NULL, HDBG_FOLLOW_NONE);
    hdbg_team_id id = hdbg_team_id_of(first->team);
    hdbg_address work = run_symbol(first->team, "step_of_work");
    for (int i = 1; i <= 4; i++) /* uses the registers up: the one that counts is in the code */
        assert_ok(hdbg_breakpoint_set(first->team, run_symbol(first->team, "crash_here") + (unsigned)i));
    assert_ok(hdbg_breakpoint_set(first->team, work));
    assert_ok(hdbg_team_resume(first->team));
    run_skip(first, HDBG_EVENT_BREAKPOINT_HIT);
    assert_int_equal(raw_byte(first->team, work), 0xcc);
    assert_ok(hdbg_team_prepare_handover(first->team));
    assert_int_not_equal(raw_byte(first->team, work), 0xcc);

    run *second = take_over(first);
    expect_no_longer_its(first);
    run_skip(second, HDBG_EVENT_BREAKPOINT_HIT); /* again */
    assert_int_equal(run_pc(second), work);
    assert_ok(hdbg_breakpoint_set(second->team, work));
    for (int i = 0; i < 2; i++) {
        assert_ok(hdbg_team_resume(second->team));
        run_skip(second, HDBG_EVENT_BREAKPOINT_HIT);
        assert_int_equal(run_pc(second), work);
    }
    run_free(first); /* whose end is none of the team's business any more */
    assert_ok(hdbg_team_resume(second->team));
    assert_int_equal(run_end(second), ENDED_WELL);
    run_free(second);
    assert_int_equal(run_reap(id), ENDED_WELL);
}

static void a_fault_is_handed_over_before_its_signal_is_sent(void **state)
{
    (void)state;
    run *first = run_launch("program_dynamic", ARGUMENTS("crash"), HDBG_FOLLOW_NONE);
    hdbg_team_id id = hdbg_team_id_of(first->team);
    assert_ok(hdbg_team_resume(first->team));
    run_skip(first, HDBG_EVENT_EXCEPTION_OCCURRED);
    assert_ok(hdbg_team_prepare_handover(first->team));
    run *second = take_over(first);
    hdbg_event *event = run_expect(second, HDBG_EVENT_EXCEPTION_OCCURRED);
    assert_int_equal(hdbg_event_data(event)->data.exception.signal, HDBG_SIGSEGV);
    hdbg_event_release(event);
    assert_ok(hdbg_team_resume(second->team));
    assert_int_equal(run_to_end(second), -HDBG_SIGSEGV);
    run_free(first);
    run_free(second);
    assert_int_equal(run_reap(id), -SIGSEGV);
}

static void what_happens_after_the_offer_waits_for_the_next_debugger(void **state)
{
    (void)state;
    run *first = run_session();
    hdbg_team_id id = run_start(first, "program_dynamic", ARGUMENTS("wait"));
    char line[32];
    run_line(first, line, sizeof line);
    run_attach(first, id, 0);
    assert_ok(hdbg_team_prepare_handover(first->team));
    assert_int_equal(kill(id, SIGUSR1), 0);
    hdbg_event *event;
    assert_status(hdbg_wait(first->session, NULL, 200000, &event), HDBG_TIMED_OUT);
    run *second = take_over(first);
    event = run_expect(second, HDBG_EVENT_SIGNAL_RECEIVED);
    assert_int_equal(hdbg_event_data(event)->data.signal.signal, HDBG_SIGUSR1);
    hdbg_event_release(event);
    assert_ok(hdbg_thread_discard_signal(second->thread));
    assert_ok(hdbg_team_resume(second->team));
    assert_int_equal(write(first->input, "x", 1), 1);
    assert_int_equal(run_end(second), ENDED_WELL);
    run_free(first);
    run_free(second);
    assert_int_equal(run_reap(id), ENDED_WELL);
}

static void all_stopped_threads_are_handed_over(void **state)
{
    (void)state;
    char line[64];
    run *first = run_session();
    hdbg_team_id id = run_start(first, "crowd", ARGUMENTS("10"));
    assert_int_equal(write(first->input, "\n", 1), 1);
    run_line(first, line, sizeof line);
    run_attach(first, id, HDBG_ATTACH_STOP);
    assert_ok(hdbg_team_prepare_handover(first->team));
    run *second = take_over(first);
    for (int i = 0; i <= CROWD; i++)
        run_skip(second, HDBG_EVENT_THREAD_DEBUGGED);
    assert_ok(hdbg_team_resume(second->team));
    assert_ok(hdbg_team_detach(second->team));
    close(first->input);
    first->input = -1;
    assert_int_equal(run_reap(id), ENDED_WELL);
    run_free(first);
    run_free(second);
}

static void an_offer_is_taken_back_by_a_detach(void **state)
{
    (void)state;
    run *r = run_launch("program_dynamic", NULL, HDBG_FOLLOW_NONE);
    hdbg_team_id id = hdbg_team_id_of(r->team);
    run_to(r, "step_of_work");
    assert_ok(hdbg_team_prepare_handover(r->team));
    assert_ok(hdbg_team_detach(r->team));
    assert_int_equal(run_reap(id), ENDED_WELL);
    run_free(r);
}

static void a_team_that_was_offered_runs_on_when_the_session_ends(void **state)
{
    (void)state;
    run *r = run_launch("program_dynamic", NULL, HDBG_FOLLOW_NONE);
    hdbg_team_id id = hdbg_team_id_of(r->team);
    run_to(r, "step_of_work");
    assert_ok(hdbg_team_prepare_handover(r->team));
    hdbg_thread_release(r->thread);
    hdbg_team_release(r->team);
    r->thread = NULL;
    r->team = NULL;
    run_free(r);
    assert_int_equal(run_reap(id), ENDED_WELL);
}

static void without_an_offer_a_second_session_cannot_have_the_team(void **state)
{
    (void)state;
    hdbg_team *team;
    run *first = run_launch("program_dynamic", NULL, HDBG_FOLLOW_NONE), *second = run_session();
    assert_status(hdbg_team_attach(second->session, hdbg_team_id_of(first->team), 0, &team), HDBG_BAD_VALUE);
    run_free(second);
    assert_ok(hdbg_team_resume(first->team));
    assert_int_equal(run_end(first), ENDED_WELL);
    run_free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_team_is_handed_over_at_a_breakpoint_and_debugged_on),
        cmocka_unit_test(a_fault_is_handed_over_before_its_signal_is_sent),
        cmocka_unit_test(what_happens_after_the_offer_waits_for_the_next_debugger),
        cmocka_unit_test(all_stopped_threads_are_handed_over),
        cmocka_unit_test(an_offer_is_taken_back_by_a_detach),
        cmocka_unit_test(a_team_that_was_offered_runs_on_when_the_session_ends),
        cmocka_unit_test(without_an_offer_a_second_session_cannot_have_the_team),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
