/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Real programs launched, attached, stopped, killed; how they end.
 */
#include "session_run.h"

#include <haikudbg/hosted.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_launched_program_stands_before_its_first_instruction(void **state)
{
    (void)state;
    run *r = run_launch("echo_start", ARGUMENTS("x", "0"), HDBG_FOLLOW_NONE);
    assert_int_equal(hdbg_thread_state_of(r->thread), HDBG_THREAD_STOPPED);
    int32_t constructed = 1;
    hdbg_address variable = run_symbol(r->team, "sConstructed");
    assert_ok(hdbg_memory_read(r->team, variable, &constructed, sizeof constructed, NULL));
    assert_int_equal(constructed, 0);
    hdbg_address main_address = run_symbol(r->team, "main");
    assert_ok(hdbg_breakpoint_set(r->team, main_address));
    assert_ok(hdbg_team_resume(r->team));
    run_skip(r, HDBG_EVENT_BREAKPOINT_HIT);
    assert_ok(hdbg_memory_read(r->team, variable, &constructed, sizeof constructed, NULL));
    assert_int_equal(constructed, 1);
    run_free(r);
}

static void a_launched_program_gets_what_it_is_given(void **state)
{
    (void)state;
    run *r = run_session();
    int output[2], input[2];
    char path[512], line[128];
    assert_int_equal(pipe(output), 0);
    assert_int_equal(pipe(input), 0);
    snprintf(path, sizeof path, "%s/echo_start", HDBG_TEST_FIXTURES);
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = path,
                             .arguments = ARGUMENTS("echo", "an argument", "42", "read"),
                             .environment = ARGUMENTS("SESSION_TEST=a value"),
                             .working_directory = "/usr",
                             .standard_input = input[0],
                             .standard_output = output[1],
                             .standard_error = -1};
    assert_ok(hdbg_team_launch(r->session, &spec, &r->team));
    close(output[1]);
    close(input[0]);
    assert_int_equal(write(input[1], "from outside\n", 13), 13);
    close(input[1]);
    r->output = output[0];
    assert_ok(hdbg_team_resume(r->team));
    assert_int_equal(run_end(r), 42);
    static const char *const kLines[] = {"an argument", "a value", "/usr", "from outside"};
    for (size_t i = 0; i < sizeof kLines / sizeof *kLines; i++) {
        run_line(r, line, sizeof line);
        assert_string_equal(line, kLines[i]);
    }
    run_free(r);
}

static void expect_no_launch(const char *path, hdbg_status expected)
{
    run *r = run_session();
    hdbg_launch_spec spec = {
        .size = sizeof spec, .path = path, .standard_input = -1, .standard_output = -1, .standard_error = -1};
    hdbg_team *team;
    assert_status(hdbg_team_launch(r->session, &spec, &team), expected);
    assert_null(team);
    char start[256];
    snprintf(start, sizeof start, "cannot launch %s: ", path);
    assert_non_null(strstr(hdbg_last_error(), start));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
    assert_int_equal(errno, ECHILD);
    run_free(r);
}

static void what_cannot_be_launched_is_refused_in_words(void **state)
{
    (void)state;
    expect_no_launch("/missing/program", HDBG_ENTRY_NOT_FOUND);
    expect_no_launch("/usr", HDBG_IS_A_DIRECTORY);
    expect_no_launch("/etc/passwd", HDBG_PERMISSION_DENIED);
}

static void a_launch_whose_first_continue_is_lost_by_the_nub_runs(void **state)
{
    (void)state;
    run *r = run_session();
    assert_ok(hdbg_hosted_test_lose_continue(hdbg_session_kernel(r->session), 1));
    for (int i = 0; i < 10; i++) {
        hdbg_team_release(r->team);
        char path[512];
        snprintf(path, sizeof path, "%s/echo_start", HDBG_TEST_FIXTURES);
        int null = STDERR_FILENO;
        hdbg_launch_spec spec = {.size = sizeof spec,
                                 .path = path,
                                 .arguments = ARGUMENTS("echo", "x", "3"),
                                 .standard_input = -1,
                                 .standard_output = null,
                                 .standard_error = -1};
        assert_ok(hdbg_team_launch(r->session, &spec, &r->team));
        assert_ok(hdbg_team_resume(r->team));
        assert_int_equal(run_end(r), 3);
    }
    run_free(r);
}

static void an_ended_program_is_reaped_and_tells_its_status(void **state)
{
    (void)state;
    run *r = run_launch("echo_start", ARGUMENTS("x", "200"), HDBG_FOLLOW_NONE);
    hdbg_team_id id = hdbg_team_id_of(r->team);
    assert_ok(hdbg_team_resume(r->team));
    assert_int_equal(run_end(r), 200);
    assert_int_equal(waitpid(id, NULL, WNOHANG), -1);
    hdbg_team_end end = {.size = sizeof end};
    assert_ok(hdbg_team_end_get(r->team, &end));
    assert_int_equal(end.source, HDBG_END_EVENT);
    run_free(r);
}

static void a_stopped_program_can_be_killed(void **state)
{
    (void)state;
    run *r = run_launch("crowd", ARGUMENTS("20"), HDBG_FOLLOW_NONE);
    char line[32];
    assert_ok(hdbg_team_resume(r->team));
    run_line(r, line, sizeof line);
    assert_ok(hdbg_team_stop(r->team));
    assert_ok(hdbg_team_kill(r->team));
    assert_int_equal(run_end(r), -HDBG_SIGKILLTHR);
    run_free(r);
}

static void a_program_killed_from_outside_while_it_is_stopped_ends_once(void **state)
{
    (void)state;
    run *r = run_launch("crowd", ARGUMENTS("20"), HDBG_FOLLOW_NONE);
    char line[32];
    assert_ok(hdbg_team_resume(r->team));
    run_line(r, line, sizeof line);
    assert_ok(hdbg_team_stop(r->team));
    assert_int_equal(kill(hdbg_team_id_of(r->team), SIGKILL), 0);
    assert_int_equal(run_end(r), -HDBG_SIGKILL);
    hdbg_event *event;
    assert_status(hdbg_wait(r->session, NULL, 0, &event), HDBG_BAD_VALUE);
    assert_status(hdbg_thread_resume(r->thread, NULL), HDBG_TEAM_GONE);
    run_free(r);
}

/* ---- attaching ---- */

static void count_on(run *r)
{
    char line[32];
    assert_int_equal(dprintf(r->input, "\n"), 1);
    run_line(r, line, sizeof line);
    assert_string_equal(line, "counting");
}

static int end_crowd(run *r, hdbg_team_id id)
{
    close(r->input);
    r->input = -1;
    return run_reap(id);
}

/* Starts a crowd that runs undebugged. */
static run *start_crowd(const char *const *arguments, hdbg_team_id *id)
{
    run *r = run_session();
    char line[32];
    *id = run_start(r, "crowd", arguments);
    run_line(r, line, sizeof line);
    return r;
}

/* It is unharmed, and ends as it should. */
static void finish_crowd(run *r, hdbg_team_id id)
{
    count_on(r);
    assert_int_equal(end_crowd(r, id), 7);
    run_free(r);
}

static void fifty_threads_are_attached_and_let_go_unharmed(void **state)
{
    (void)state;
    hdbg_team_id id;
    run *r = start_crowd(ARGUMENTS("50"), &id);
    for (int i = 0; i < 50; i++) {
        run_attach(r, id, i % 2 != 0 ? HDBG_ATTACH_STOP : 0);
        assert_int_equal(hdbg_team_threads(r->team, NULL, 0), 51);
        if (i % 3 == 0)
            assert_ok(hdbg_team_stop(r->team));
        if (i % 5 == 0)
            assert_ok(hdbg_team_resume(r->team));
        assert_ok(hdbg_team_detach(r->team));
    }
    finish_crowd(r, id);
}

static void a_stopped_team_does_nothing_until_it_is_resumed(void **state)
{
    (void)state;
    hdbg_team_id id;
    run *r = start_crowd(ARGUMENTS("30"), &id);
    run_attach(r, id, HDBG_ATTACH_STOP);
    hdbg_address counter = run_symbol(r->team, "sCounted");
    for (int i = 0; i < 20; i++) {
        uint64_t before = 0, after = 1;
        assert_ok(hdbg_memory_read(r->team, counter, &before, sizeof before, NULL));
        hdbg_thread *threads[64];
        size_t count = hdbg_team_threads(r->team, threads, 64);
        assert_int_equal(count, 31);
        for (size_t t = 0; t < count; t++) {
            hdbg_cpu_state cpu;
            assert_int_equal(hdbg_thread_state_of(threads[t]), HDBG_THREAD_STOPPED);
            assert_ok(hdbg_thread_cpu_state(threads[t], &cpu));
            hdbg_thread_release(threads[t]);
        }
        assert_ok(hdbg_memory_read(r->team, counter, &after, sizeof after, NULL));
        assert_int_equal(before, after);
        assert_ok(hdbg_team_resume(r->team));
        count_on(r);
        assert_ok(hdbg_team_stop(r->team));
    }
    assert_ok(hdbg_team_detach(r->team));
    finish_crowd(r, id);
}

static void threads_that_come_and_go_are_stopped_and_looked_at(void **state)
{
    (void)state;
    hdbg_team_id id;
    run *r = start_crowd(ARGUMENTS("8", "churn"), &id);
    for (int i = 0; i < 20; i++) {
        run_attach(r, id, 0);
        for (int j = 0; j < 5; j++) {
            assert_ok(hdbg_team_stop(r->team));
            hdbg_thread *threads[64];
            size_t count = hdbg_team_threads(r->team, threads, 64);
            assert_true(count >= 9);
            for (size_t t = 0; t < count; t++) {
                hdbg_cpu_state cpu;
                hdbg_status status = hdbg_thread_cpu_state(threads[t], &cpu);
                if (status != HDBG_OK && status != HDBG_THREAD_GONE)
                    fail_msg("round %d.%d: %s (%s)", i, j, hdbg_status_name(status), hdbg_last_error());
                hdbg_thread_release(threads[t]);
            }
            assert_ok(hdbg_team_resume(r->team));
        }
        assert_ok(hdbg_team_detach(r->team));
    }
    finish_crowd(r, id);
}

static void each_thread_is_told_to_begin_and_to_end_once(void **state)
{
    (void)state;
    enum { MANY = 400 };
    static hdbg_thread_id begun[100000];
    size_t begun_count = 0, ended_count = 0;
    run *r = run_launch("crowd", ARGUMENTS("4", "churn"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_set_events(r->team, HDBG_TEAM_SIGNALS | HDBG_TEAM_THREADS));
    assert_ok(hdbg_team_resume(r->team));
    bool ended = false;
    while (!ended) {
        hdbg_event *event = run_next(r);
        hdbg_thread_id id = hdbg_event_thread_id(event);
        switch (hdbg_event_type_of(event)) {
        case HDBG_EVENT_THREAD_CREATED:
            assert_true(begun_count < sizeof begun / sizeof *begun);
            begun[begun_count++] = hdbg_event_data(event)->data.new_thread;
            break;
        case HDBG_EVENT_THREAD_DELETED: {
            size_t i = 0;
            while (i < begun_count && begun[i] != id)
                i++;
            assert_true(i < begun_count); /* it had begun, and has not ended before */
            begun[i] = -1;
            if (++ended_count == MANY) {
                close(r->input);
                r->input = -1;
            }
            break;
        }
        case HDBG_EVENT_TEAM_DELETED:
            ended = true;
            break;
        default:
            fail_msg("%s", hdbg_event_type_name(hdbg_event_type_of(event)));
        }
        if (hdbg_event_is_stop(event))
            assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
        hdbg_event_release(event);
    }
    assert_true(ended_count >= MANY);
    assert_int_equal(ended_count, begun_count);
    run_free(r);
}

static void what_cannot_be_attached_is_refused_in_words(void **state)
{
    (void)state;
    run *r = run_session();
    hdbg_team *team;
    assert_status(hdbg_team_attach(r->session, 0x7ffffff0, 0, &team), HDBG_BAD_TEAM_ID);
    assert_status(hdbg_team_attach(r->session, getpid(), 0, &team), HDBG_NOT_ALLOWED);
    char line[32];
    hdbg_team_id id = run_start(r, "crowd", ARGUMENTS("1"));
    run_line(r, line, sizeof line);
    run_attach(r, id, 0);
    run *other = run_session();
    assert_status(hdbg_team_attach(other->session, id, 0, &team), HDBG_BAD_VALUE);
    run_free(other);
    assert_ok(hdbg_team_detach(r->team));
    assert_int_equal(end_crowd(r, id), 7);
    run_free(r);
}

static void one_session_waits_for_many_teams(void **state)
{
    (void)state;
    enum { TEAMS = 30 };
    hdbg_team *teams[TEAMS];
    run *r = run_session();
    char path[512], status[8];
    snprintf(path, sizeof path, "%s/echo_start", HDBG_TEST_FIXTURES);
    for (int i = 0; i < TEAMS; i++) {
        snprintf(status, sizeof status, "%d", i);
        hdbg_launch_spec spec = {.size = sizeof spec,
                                 .path = path,
                                 .arguments = ARGUMENTS("echo", "x", status),
                                 .standard_input = -1,
                                 .standard_output = STDERR_FILENO,
                                 .standard_error = -1};
        assert_ok(hdbg_team_launch(r->session, &spec, &teams[i]));
    }
    assert_int_equal(hdbg_session_teams(r->session, NULL, 0), TEAMS);
    for (int i = TEAMS - 1; i >= 0; i--)
        assert_ok(hdbg_team_resume(teams[i]));
    /* The last one first, whatever comes before. */
    for (int i = TEAMS - 1; i >= 0; i--) {
        hdbg_wait_filter filter = {.size = sizeof filter, .team = hdbg_team_id_of(teams[i])};
        hdbg_event *event;
        assert_ok(hdbg_wait(r->session, &filter, 20 * 1000 * 1000, &event));
        assert_int_equal(hdbg_event_type_of(event), HDBG_EVENT_TEAM_DELETED);
        hdbg_event_release(event);
        hdbg_team_end end = {.size = sizeof end};
        assert_ok(hdbg_team_end_get(teams[i], &end));
        assert_int_equal(end.status, i);
        hdbg_team_release(teams[i]);
    }
    assert_int_equal(hdbg_session_teams(r->session, NULL, 0), 0);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_launched_program_stands_before_its_first_instruction),
        cmocka_unit_test(a_launched_program_gets_what_it_is_given),
        cmocka_unit_test(what_cannot_be_launched_is_refused_in_words),
        cmocka_unit_test(a_launch_whose_first_continue_is_lost_by_the_nub_runs),
        cmocka_unit_test(an_ended_program_is_reaped_and_tells_its_status),
        cmocka_unit_test(a_stopped_program_can_be_killed),
        cmocka_unit_test(a_program_killed_from_outside_while_it_is_stopped_ends_once),
        cmocka_unit_test(fifty_threads_are_attached_and_let_go_unharmed),
        cmocka_unit_test(a_stopped_team_does_nothing_until_it_is_resumed),
        cmocka_unit_test(threads_that_come_and_go_are_stopped_and_looked_at),
        cmocka_unit_test(each_thread_is_told_to_begin_and_to_end_once),
        cmocka_unit_test(what_cannot_be_attached_is_refused_in_words),
        cmocka_unit_test(one_session_waits_for_many_teams),
    };
    return cmocka_run_group_tests_name("real teams", tests, NULL, NULL);
}
