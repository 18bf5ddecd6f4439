/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Teams launched, attached, stopped, detached, killed; how they end, and how that is known.
 */
#include "session_world.h"

enum { LAUNCHED = 700 };

/* ---- launching ---- */

static hdbg_launch_spec spec(void)
{
    return (hdbg_launch_spec){.size = sizeof(hdbg_launch_spec),
                              .path = "/bin/program",
                              .standard_input = -1,
                              .standard_output = -1,
                              .standard_error = -1};
}

static int launch_setup(void **state)
{
    world *w = world_make(NULL, NULL, 0);
    assert_ok(hdbg_mock_team_add(w->mock, LAUNCHED, "program"));
    assert_ok(hdbg_mock_team_set_program(w->mock, LAUNCHED, "/bin/program"));
    *state = w;
    return 0;
}

static void a_launched_team_stands_in_the_debugger_before_it_is_continued(void **state)
{
    world *w = *state;
    hdbg_launch_spec program = spec();
    assert_ok(hdbg_team_launch(w->session, &program, &w->team));
    expect_transcript(w, "launch path=/bin/program team=700\n"
                         "install_team_debugger team=700\n"
                         "SET_TEAM_FLAGS team=700 flags=SIGNALS|TEAM_CREATION|THREADS|IMAGES\n"
                         "debug_thread thread=700\n");
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, LAUNCHED), 1);
    expect_no_event(w);
    assert_ok(hdbg_team_resume(w->team));
    expect_transcript(w, "CONTINUE_THREAD thread=700 HANDLE_EVENT\n");
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, LAUNCHED), 0);
}

static void a_launch_whose_first_continue_would_be_lost_runs(void **state)
{
    world *w = *state;
    hdbg_mock_set_launch_race(w->mock, 1000000);
    hdbg_launch_spec program = spec();
    assert_ok(hdbg_team_launch(w->session, &program, &w->team));
    assert_ok(hdbg_team_resume(w->team));
    hdbg_thread_info info = {.size = sizeof info};
    assert_ok(w->kernel->ops->thread_info(w->kernel->context, LAUNCHED, &info));
    assert_int_not_equal(info.state, HDBG_THREAD_SUSPENDED);
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, LAUNCHED), 0);
}

static void a_launch_that_is_answered_by_another_event_is_answered(void **state)
{
    world *w = *state;
    hdbg_nub_event image = {.type = HDBG_EVENT_IMAGE_CREATED, .thread = LAUNCHED, .team = LAUNCHED};
    hdbg_mock_expectation *asked = hdbg_mock_expect(w->mock, "debug_thread thread=700");
    hdbg_mock_lose(asked);
    hdbg_mock_then_send(asked, &image);
    hdbg_mock_allow(w->mock, "*");
    hdbg_launch_spec program = spec();
    assert_ok(hdbg_team_launch(w->session, &program, &w->team));
    w->thread = hdbg_team_main_thread(w->team);
    assert_int_equal(hdbg_thread_state_of(w->thread), HDBG_THREAD_STOPPED);
    expect_no_event(w);
    assert_ok(hdbg_team_resume(w->team));
}

static void a_program_that_cannot_be_launched_is_named(void **state)
{
    world *w = *state;
    hdbg_launch_spec program = spec();
    program.path = "/bin/missing";
    hdbg_team *team;
    assert_status(hdbg_team_launch(w->session, &program, &team), HDBG_ENTRY_NOT_FOUND);
    assert_non_null(strstr(hdbg_last_error(), "cannot launch /bin/missing: "));
    assert_null(team);
    assert_int_equal(hdbg_session_teams(w->session, NULL, 0), 0);
}

static void nothing_is_left_of_a_launch_that_fails_later(void **state)
{
    static const char *const kFailing[] = {"install_team_debugger", "debug_thread", "team_info"};
    for (size_t i = 0; i < sizeof kFailing / sizeof *kFailing; i++) {
        world *w = *state;
        hdbg_mock_fail(w->mock, kFailing[i], HDBG_NOT_ALLOWED, 1);
        hdbg_launch_spec program = spec();
        hdbg_team *team;
        assert_int_not_equal(hdbg_team_launch(w->session, &program, &team), HDBG_OK);
        assert_null(team);
        hdbg_team_info info = {.size = sizeof info};
        assert_status(w->kernel->ops->team_info(w->kernel->context, LAUNCHED, &info), HDBG_BAD_TEAM_ID);
        hdbg_team_status status;
        assert_status(w->kernel->ops->reap(w->kernel->context, LAUNCHED, &status, 0), HDBG_BAD_TEAM_ID);
        assert_int_equal(hdbg_session_teams(w->session, NULL, 0), 0);
        hdbg_event *event;
        assert_status(hdbg_wait(w->session, NULL, 0, &event), HDBG_BAD_VALUE);
        world_free(w);
        launch_setup(state);
    }
}

static void a_launch_is_refused_in_words_without_a_default_debugger(void **state)
{
    world *w = *state;
    hdbg_mock_set_default_debugger(w->mock, 0, 0);
    hdbg_launch_spec program = spec();
    hdbg_team *team;
    assert_status(hdbg_team_launch(w->session, &program, &team), HDBG_NO_DEFAULT_DEBUGGER);
    assert_sentence(
        "cannot launch /bin/program: cannot stop team 700: without a default debugger the kernel drops "
        "serious events");
}

static void a_launched_team_is_reaped_when_it_ends(void **state)
{
    world *w = *state;
    hdbg_launch_spec program = spec();
    assert_ok(hdbg_team_launch(w->session, &program, &w->team));
    assert_ok(hdbg_team_resume(w->team));
    assert_ok(hdbg_mock_team_end(w->mock, LAUNCHED, 7, -1));
    expect_event(w, HDBG_EVENT_TEAM_DELETED);
    hdbg_team_status status;
    assert_status(w->kernel->ops->reap(w->kernel->context, LAUNCHED, &status, 0), HDBG_BAD_TEAM_ID);
    hdbg_team_end end = {.size = sizeof end};
    assert_ok(hdbg_team_end_get(w->team, &end));
    assert_int_equal(end.status, 7);
    assert_int_equal(end.signal, -1);
    assert_int_equal(end.source, HDBG_END_EVENT);
}

static void a_session_that_is_told_so_leaves_reaping_to_the_caller(void **state)
{
    (void)state;
    hdbg_session_options options = {.size = sizeof options, .flags = HDBG_SESSION_NO_REAP};
    world *w = world_make(&options, NULL, 0);
    assert_ok(hdbg_mock_team_add(w->mock, LAUNCHED, "program"));
    assert_ok(hdbg_mock_team_set_program(w->mock, LAUNCHED, "/bin/program"));
    hdbg_launch_spec program = spec();
    assert_ok(hdbg_team_launch(w->session, &program, &w->team));
    assert_ok(hdbg_mock_team_end(w->mock, LAUNCHED, 7, -1));
    expect_event(w, HDBG_EVENT_TEAM_DELETED);
    hdbg_team_status status;
    assert_ok(w->kernel->ops->reap(w->kernel->context, LAUNCHED, &status, 0));
    assert_int_equal(status.status, 7);
    world_free(w);
}

/* ---- attaching ---- */

static void attaching_learns_all_threads_and_stops_none(void **state)
{
    world *w = *state;
    assert_ok(hdbg_mock_thread_add(w->mock, TEAM, 502, "another"));
    assert_ok(hdbg_team_attach(w->session, TEAM, 0, &w->team));
    expect_transcript(w, "install_team_debugger team=500\n"
                         "SET_TEAM_FLAGS team=500 flags=SIGNALS|TEAM_CREATION|THREADS|IMAGES\n"
                         "GET_SIGNAL_MASKS thread=500\n");
    hdbg_thread *threads[8];
    assert_int_equal(hdbg_team_threads(w->team, threads, 8), 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(hdbg_thread_state_of(threads[i]), HDBG_THREAD_RUNS);
        hdbg_thread_release(threads[i]);
    }
    assert_null(hdbg_team_thread(w->team, 9999));
}

static void attaching_can_stop_all_threads(void **state)
{
    world *w = *state;
    assert_ok(hdbg_team_attach(w->session, TEAM, HDBG_ATTACH_STOP, &w->team));
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, TEAM), 1);
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, WORKER), 1);
    expect_no_event(w);
    assert_ok(hdbg_team_resume(w->team));
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, TEAM), 0);
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, WORKER), 0);
}

static void attaching_to_a_team_that_is_not_there_says_so(void **state)
{
    world *w = *state;
    hdbg_team *team;
    assert_status(hdbg_team_attach(w->session, 999, 0, &team), HDBG_BAD_TEAM_ID);
    assert_non_null(strstr(hdbg_last_error(), "cannot debug team 999: "));
    assert_null(team);
    assert_status(hdbg_team_attach(w->session, HDBG_MOCK_OWN_TEAM, 0, &team), HDBG_NOT_ALLOWED);
}

static void a_team_is_attached_once(void **state)
{
    world *w = *state;
    hdbg_team *again;
    assert_ok(hdbg_team_attach(w->session, TEAM, 0, &w->team));
    assert_status(hdbg_team_attach(w->session, TEAM, 0, &again), HDBG_BAD_VALUE);
    assert_sentence("cannot attach to team 500: the session debugs it already");
    hdbg_team *found = hdbg_session_team(w->session, TEAM);
    assert_ptr_equal(found, w->team);
    hdbg_team_release(found);
}

static void a_team_that_ends_while_it_is_attached_is_gone(void **state)
{
    world *w = *state;
    hdbg_mock_expectation *flags = hdbg_mock_expect(w->mock, "SET_TEAM_FLAGS *");
    hdbg_mock_then_team_ends(flags, 0, -1);
    hdbg_team *team;
    assert_status(hdbg_team_attach(w->session, TEAM, 0, &team), HDBG_TEAM_GONE);
    assert_null(team);
    assert_int_equal(hdbg_session_teams(w->session, NULL, 0), 0);
    hdbg_event *event;
    assert_status(hdbg_wait(w->session, NULL, 0, &event), HDBG_BAD_VALUE);
}

static void a_detached_team_can_be_attached_again(void **state)
{
    world *w = *state;
    hdbg_team *first;
    assert_ok(hdbg_team_attach(w->session, TEAM, 0, &first));
    assert_ok(hdbg_team_detach(first));
    assert_ok(hdbg_team_attach(w->session, TEAM, 0, &w->team));
    assert_ptr_not_equal(first, w->team);
    assert_int_equal(hdbg_team_state_of(first), HDBG_TEAM_LET_GO);
    assert_int_equal(hdbg_team_state_of(w->team), HDBG_TEAM_LIVE);
    hdbg_team_release(first);
}

/* ---- stopping and resuming ---- */

static void stopping_a_team_hands_no_event_out(void **state)
{
    world *w = *state;
    assert_ok(hdbg_team_stop(w->team));
    assert_int_equal(hdbg_thread_state_of(w->thread), HDBG_THREAD_STOPPED);
    assert_int_equal(hdbg_thread_state_of(w->worker), HDBG_THREAD_STOPPED);
    expect_no_event(w);
}

static void what_a_thread_stopped_for_instead_is_told(void **state)
{
    world *w = *state;
    assert_ok(hdbg_mock_stop(w->mock, WORKER, HDBG_EVENT_DEBUGGER_CALL));
    assert_ok(hdbg_team_stop(w->team));
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, TEAM), 1);
    expect_event(w, HDBG_EVENT_DEBUGGER_CALL);
    expect_no_event(w);
}

static void threads_that_are_created_meanwhile_are_stopped_too(void **state)
{
    world *w = *state;
    /* The worker is about to have created a thread, which stops it. */
    hdbg_nub_event created = {.type = HDBG_EVENT_THREAD_CREATED, .thread = WORKER, .team = TEAM};
    created.data.new_thread = 550;
    assert_ok(hdbg_mock_thread_add(w->mock, TEAM, 550, "new"));
    assert_ok(hdbg_mock_send(w->mock, &created));
    assert_ok(hdbg_team_stop(w->team));
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, 550), 1);
    assert_int_equal(hdbg_team_threads(w->team, NULL, 0), 3);
    expect_no_event(w);
}

static void a_stop_that_is_not_answered_times_out_and_says_so(void **state)
{
    (void)state;
    hdbg_session_options options = {.size = sizeof options, .request_timeout = 2000000};
    world *w = world_make(&options, NULL, 1);
    hdbg_mock_fail(w->mock, "debug_thread", HDBG_OK, 1000000);
    assert_status(hdbg_team_stop(w->team), HDBG_TIMED_OUT);
    assert_sentence("cannot stop team 500: 2 of its threads did not answer in time");
    hdbg_mock_fail(w->mock, "debug_thread", HDBG_OK, 0);
    /* What comes later is told. */
    stop_with(w, w->worker, HDBG_EVENT_THREAD_DEBUGGED);
    world_free(w);
}

static void a_stop_that_is_lost_on_a_thread_that_is_just_going_on_is_asked_again(void **state)
{
    world *w = *state;
    hdbg_mock_lose(hdbg_mock_expect(w->mock, "debug_thread thread=501"));
    assert_ok(hdbg_thread_stop(w->worker));
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, WORKER), 1);
    expect_transcript(w, "debug_thread thread=501\ndebug_thread thread=501\n");
}

static void resuming_a_team_leaves_threads_whose_event_was_not_seen(void **state)
{
    world *w = *state;
    stop_with(w, w->thread, HDBG_EVENT_DEBUGGER_CALL);
    assert_ok(hdbg_mock_stop(w->mock, WORKER, HDBG_EVENT_DEBUGGER_CALL));
    assert_ok(hdbg_thread_stop(w->worker)); /* has read it */
    assert_ok(hdbg_team_resume(w->team));
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, TEAM), 0);
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, WORKER), 1);
    expect_event(w, HDBG_EVENT_DEBUGGER_CALL);
    assert_ok(hdbg_team_resume(w->team));
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, WORKER), 0);
}

static void the_news_that_were_not_asked_for_stop_nobody(void **state)
{
    world *w = *state;
    static const int32_t kNews[] = {HDBG_EVENT_THREAD_CREATED, HDBG_EVENT_IMAGE_CREATED,
                                    HDBG_EVENT_IMAGE_DELETED, HDBG_EVENT_TEAM_EXEC};
    for (size_t i = 0; i < sizeof kNews / sizeof *kNews; i++) {
        hdbg_nub_event event = {.type = kNews[i], .thread = TEAM, .team = TEAM};
        event.data.new_thread = 560;
        assert_ok(hdbg_mock_send(w->mock, &event));
        expect_no_event(w);
        expect_transcript(w, "CONTINUE_THREAD thread=500 HANDLE_EVENT\n");
    }
}

static void the_news_that_were_asked_for_are_told(void **state)
{
    world *w = *state;
    assert_ok(hdbg_team_set_events(w->team, HDBG_TEAM_IMAGES | HDBG_TEAM_PREVENT_EXIT));
    expect_transcript(w, "SET_TEAM_FLAGS team=500 flags=SIGNALS|TEAM_CREATION|THREADS|IMAGES|PREVENT_EXIT\n");
    stop_with(w, w->thread, HDBG_EVENT_IMAGE_CREATED);
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, TEAM), 1);
    /* Signals were not asked for now. */
    hdbg_nub_event signal = {.type = HDBG_EVENT_SIGNAL_RECEIVED, .thread = WORKER, .team = TEAM};
    signal.data.signal.signal = HDBG_SIGUSR1;
    assert_ok(hdbg_mock_send(w->mock, &signal));
    expect_no_event(w);
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, WORKER), 0);
}

/* ---- ends ---- */

static hdbg_team_end end_of(world *w)
{
    hdbg_team_end end = {.size = sizeof end};
    assert_ok(hdbg_team_end_get(w->team, &end));
    return end;
}

static void a_team_that_lives_has_no_end(void **state)
{
    world *w = *state;
    hdbg_team_end end = {.size = sizeof end};
    assert_status(hdbg_team_end_get(w->team, &end), HDBG_BUSY);
}

static void a_team_that_has_ended_is_gone_for_all_calls(void **state)
{
    world *w = *state;
    stop_with(w, w->thread, HDBG_EVENT_DEBUGGER_CALL);
    assert_ok(hdbg_mock_team_end(w->mock, TEAM, -1, HDBG_SIGKILLTHR));
    assert_int_equal(hdbg_session_teams(w->session, NULL, 0), 1);
    expect_event(w, HDBG_EVENT_TEAM_DELETED);
    assert_int_equal(hdbg_session_teams(w->session, NULL, 0), 0);
    assert_int_equal(end_of(w).signal, HDBG_SIGKILLTHR);
    assert_int_equal(hdbg_team_state_of(w->team), HDBG_TEAM_ENDED);
    assert_int_equal(hdbg_thread_state_of(w->thread), HDBG_THREAD_ENDED);
    assert_int_equal(hdbg_team_threads(w->team, NULL, 0), 0);

    hdbg_team_info info = {.size = sizeof info};
    hdbg_thread_info thread_info = {.size = sizeof thread_info};
    hdbg_stop stop = {.size = sizeof stop};
    hdbg_cpu_state cpu;
    hdbg_thread_state_copy *copy;
    assert_status(hdbg_thread_resume(w->thread, NULL), HDBG_TEAM_GONE);
    assert_sentence("cannot resume thread 500: cannot ask team 500: it has ended");
    assert_status(hdbg_thread_step(w->thread), HDBG_TEAM_GONE);
    assert_status(hdbg_thread_stop(w->thread), HDBG_TEAM_GONE);
    assert_status(hdbg_thread_request_stop(w->thread), HDBG_TEAM_GONE);
    assert_status(hdbg_thread_stop_get(w->thread, &stop), HDBG_TEAM_GONE);
    assert_status(hdbg_thread_discard_signal(w->thread), HDBG_TEAM_GONE);
    assert_status(hdbg_thread_cpu_state(w->thread, &cpu), HDBG_TEAM_GONE);
    assert_status(hdbg_thread_state_save(w->thread, &copy), HDBG_TEAM_GONE);
    assert_status(hdbg_thread_send_signal(w->thread, 1), HDBG_TEAM_GONE);
    assert_status(hdbg_thread_set_ignored_signals(w->thread, 1), HDBG_TEAM_GONE);
    assert_status(hdbg_thread_info_get(w->thread, &thread_info), HDBG_THREAD_GONE);
    assert_status(hdbg_team_info_get(w->team, &info), HDBG_TEAM_GONE);
    assert_status(hdbg_team_stop(w->team), HDBG_TEAM_GONE);
    assert_status(hdbg_team_resume(w->team), HDBG_TEAM_GONE);
    assert_status(hdbg_team_kill(w->team), HDBG_TEAM_GONE);
    assert_status(hdbg_team_detach(w->team), HDBG_TEAM_GONE);
    assert_status(hdbg_team_set_events(w->team, 0), HDBG_TEAM_GONE);
    assert_status(hdbg_team_send_signal(w->team, 1), HDBG_TEAM_GONE);
    assert_status(hdbg_breakpoint_set(w->team, CODE), HDBG_TEAM_GONE);
    assert_status(hdbg_watchpoint_set(w->team, STACK, HDBG_WATCH_WRITE, 4), HDBG_TEAM_GONE);
    assert_null(hdbg_team_main_thread(w->team));
}

static void a_lost_end_is_noticed_and_told_once(void **state)
{
    world *w = *state;
    assert_ok(hdbg_mock_team_vanish(w->mock, TEAM, 5, -1));
    hdbg_event *event;
    assert_ok(hdbg_wait(w->session, NULL, HDBG_FOREVER, &event));
    assert_int_equal(hdbg_event_type_of(event), HDBG_EVENT_TEAM_DELETED);
    assert_false(hdbg_event_is_stop(event));
    hdbg_event_release(event);
    assert_int_equal(end_of(w).source, HDBG_END_INFERRED);
    assert_int_equal(end_of(w).status, -1);
    assert_int_equal(statistics(w).inferred_ends, 1);
    assert_status(hdbg_wait(w->session, NULL, HDBG_FOREVER, &event), HDBG_BAD_VALUE);
}

static void an_end_that_comes_late_is_not_told_as_lost(void **state)
{
    world *w = *state;
    assert_ok(hdbg_mock_stop(w->mock, TEAM, HDBG_EVENT_DEBUGGER_CALL));
    assert_ok(hdbg_mock_team_end(w->mock, TEAM, 5, -1));
    hdbg_mock_advance(w->mock, 10 * 1000 * 1000);
    expect_event(w, HDBG_EVENT_DEBUGGER_CALL);
    expect_event(w, HDBG_EVENT_TEAM_DELETED);
    assert_int_equal(end_of(w).status, 5);
    assert_int_equal(end_of(w).source, HDBG_END_EVENT);
    assert_int_equal(statistics(w).inferred_ends, 0);
}

static void an_end_that_a_full_port_lost_is_noticed(void **state)
{
    (void)state;
    hdbg_session_options options = {.size = sizeof options, .port_capacity = 2};
    world *w = world_make(&options, NULL, 1);
    assert_ok(hdbg_mock_stop(w->mock, TEAM, HDBG_EVENT_DEBUGGER_CALL));
    assert_ok(hdbg_mock_stop(w->mock, WORKER, HDBG_EVENT_DEBUGGER_CALL));
    hdbg_mock_team_end(w->mock, TEAM, 0, -1);
    expect_event(w, HDBG_EVENT_DEBUGGER_CALL);
    expect_event(w, HDBG_EVENT_DEBUGGER_CALL);
    expect_event(w, HDBG_EVENT_TEAM_DELETED);
    assert_int_equal(end_of(w).source, HDBG_END_INFERRED);
    world_free(w);
}

static void a_lost_end_of_a_launched_team_is_known_by_reaping(void **state)
{
    world *w = *state;
    hdbg_launch_spec program = spec();
    assert_ok(hdbg_team_launch(w->session, &program, &w->team));
    assert_ok(hdbg_mock_team_vanish(w->mock, LAUNCHED, 9, -1));
    expect_event(w, HDBG_EVENT_TEAM_DELETED);
    assert_int_equal(end_of(w).status, 9);
    assert_int_equal(end_of(w).source, HDBG_END_INFERRED);
}

static void before_2024_an_end_tells_the_deadly_signal_that_was_delivered(void **state)
{
    (void)state;
    hdbg_mock_options options = {.size = sizeof options, .release = HDBG_RELEASE_BETA4};
    world *w = world_make(NULL, &options, 1);
    stop_with_signal(w, w->thread, HDBG_SIGSEGV, HDBG_SIGNAL_DEFAULT, 1);
    assert_ok(hdbg_thread_resume(w->thread, NULL));
    assert_ok(hdbg_mock_team_end(w->mock, TEAM, -1, HDBG_SIGSEGV));
    expect_event(w, HDBG_EVENT_TEAM_DELETED);
    assert_int_equal(end_of(w).signal, HDBG_SIGSEGV);
    assert_int_equal(end_of(w).source, HDBG_END_SIGNAL);
    world_free(w);
}

static void before_2024_a_launched_team_tells_its_status_by_reaping(void **state)
{
    (void)state;
    hdbg_mock_options options = {.size = sizeof options, .release = HDBG_RELEASE_BETA4};
    world *w = world_make(NULL, &options, 0);
    assert_ok(hdbg_mock_team_add(w->mock, LAUNCHED, "program"));
    assert_ok(hdbg_mock_team_set_program(w->mock, LAUNCHED, "/bin/program"));
    hdbg_launch_spec program = spec();
    assert_ok(hdbg_team_launch(w->session, &program, &w->team));
    assert_ok(hdbg_mock_team_end(w->mock, LAUNCHED, 11, -1));
    expect_event(w, HDBG_EVENT_TEAM_DELETED);
    assert_int_equal(end_of(w).status, 11);
    assert_int_equal(end_of(w).source, HDBG_END_EVENT);
    world_free(w);
}

static void a_nub_that_died_leaves_an_orphan(void **state)
{
    world *w = *state;
    assert_ok(hdbg_mock_nub_kill(w->mock, TEAM));
    expect_event(w, HDBG_EVENT_NUB_LOST);
    assert_int_equal(hdbg_team_state_of(w->team), HDBG_TEAM_ORPHANED);
    assert_status(hdbg_thread_stop(w->thread), HDBG_NUB_LOST);
    hdbg_wait_filter filter = {.size = sizeof filter, .team = TEAM};
    hdbg_event *event;
    assert_status(hdbg_wait(w->session, &filter, HDBG_FOREVER, &event), HDBG_NUB_LOST);
}

static void a_kernel_that_lost_its_nub_orphans_all_teams(void **state)
{
    world *w = *state;
    hdbg_team *other;
    assert_ok(hdbg_mock_team_add(w->mock, OTHER_TEAM, "other"));
    assert_ok(hdbg_team_attach(w->session, OTHER_TEAM, 0, &other));
    hdbg_mock_fail(w->mock, "port_read", HDBG_NUB_LOST, 1);
    expect_event(w, HDBG_EVENT_NUB_LOST);
    expect_event(w, HDBG_EVENT_NUB_LOST);
    assert_int_equal(hdbg_team_state_of(other), HDBG_TEAM_ORPHANED);
    assert_int_equal(hdbg_team_state_of(w->team), HDBG_TEAM_ORPHANED);
    hdbg_team_release(other);
}

static void an_offered_team_has_no_breakpoint_and_is_this_sessions_until_another_has_come(void **state)
{
    world *w = *state;
    assert_ok(hdbg_breakpoint_set(w->team, CODE));
    forget_transcript(w);
    assert_ok(hdbg_team_prepare_handover(w->team));
    expect_transcript(w, "CLEAR_BREAKPOINT team=500 address=0x10000\n"
                         "PREPARE_HANDOVER team=500\n"
                         "GET_SIGNAL_MASKS thread=500\n");
    assert_status(hdbg_breakpoint_clear(w->team, CODE), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_team_state_of(w->team), HDBG_TEAM_LIVE);
    assert_ok(hdbg_team_detach(w->team));
    assert_status(hdbg_team_prepare_handover(w->team), HDBG_DETACHED);
}

static void a_team_that_was_handed_over_is_let_go(void **state)
{
    world *w = *state;
    hdbg_nub_event event = {.type = HDBG_EVENT_HANDED_OVER, .thread = -1, .team = TEAM};
    event.data.handed_over.debugger = 888;
    event.data.handed_over.debugger_port = 12345;
    assert_ok(hdbg_mock_send(w->mock, &event));
    expect_event(w, HDBG_EVENT_HANDED_OVER);
    assert_int_equal(hdbg_team_state_of(w->team), HDBG_TEAM_LET_GO);
    assert_status(hdbg_thread_stop(w->thread), HDBG_DETACHED);
}

static void killing_a_team_ends_it(void **state)
{
    world *w = *state;
    stop_with(w, w->thread, HDBG_EVENT_DEBUGGER_CALL);
    forget_transcript(w);
    assert_ok(hdbg_team_kill(w->team));
    expect_transcript(w, "kill_team team=500\n");
    expect_event(w, HDBG_EVENT_TEAM_DELETED);
}

/* ---- detaching ---- */

static void a_detach_takes_all_breakpoints_out_and_lets_all_threads_go(void **state)
{
    world *w = *state;
    assert_ok(hdbg_breakpoint_set(w->team, CODE + 8));
    assert_ok(hdbg_watchpoint_set(w->team, STACK, HDBG_WATCH_WRITE, 4));
    stop_with(w, w->thread, HDBG_EVENT_DEBUGGER_CALL);
    forget_transcript(w);
    assert_ok(hdbg_team_detach(w->team));
    expect_transcript(w, "CLEAR_BREAKPOINT team=500 address=0x10008\n"
                         "CLEAR_WATCHPOINT team=500 address=0x20000\n"
                         "SET_TEAM_FLAGS team=500 flags=0\n"
                         "GET_SIGNAL_MASKS thread=500\n"
                         "remove_team_debugger team=500\n");
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, TEAM), 0);
    assert_status(hdbg_thread_resume(w->thread, NULL), HDBG_DETACHED);
    assert_sentence("cannot resume thread 500: cannot ask team 500: the session does not debug it any more");
    assert_status(hdbg_team_detach(w->team), HDBG_DETACHED);
}

static void a_detach_drops_the_teams_events_and_counts_them(void **state)
{
    world *w = *state;
    hdbg_team *other;
    assert_ok(hdbg_mock_team_add(w->mock, OTHER_TEAM, "other"));
    assert_ok(hdbg_team_attach(w->session, OTHER_TEAM, 0, &other));
    assert_ok(hdbg_mock_stop(w->mock, TEAM, HDBG_EVENT_DEBUGGER_CALL));
    assert_ok(hdbg_mock_stop(w->mock, OTHER_TEAM, HDBG_EVENT_DEBUGGER_CALL));
    hdbg_wait_filter filter = {.size = sizeof filter, .thread = WORKER};
    hdbg_event *event;
    assert_status(hdbg_wait(w->session, &filter, 0, &event), HDBG_WOULD_BLOCK); /* has read them */
    assert_ok(hdbg_mock_stop(w->mock, WORKER, HDBG_EVENT_DEBUGGER_CALL));       /* has not read this one */
    assert_ok(hdbg_team_detach(w->team));
    event = next_event(w, HDBG_EVENT_DEBUGGER_CALL);
    assert_ptr_equal(hdbg_event_team(event), other);
    hdbg_event_release(event);
    expect_no_event(w);
    assert_int_equal(statistics(w).foreign_messages, 2);
    hdbg_team_release(other);
}

static void a_discarded_signal_is_not_delivered_by_a_detach(void **state)
{
    world *w = *state;
    stop_with_signal(w, w->thread, HDBG_SIGUSR1, HDBG_SIGNAL_DEFAULT, 1);
    assert_ok(hdbg_thread_discard_signal(w->thread));
    forget_transcript(w);
    assert_ok(hdbg_team_detach(w->team));
    expect_transcript(w, "SET_TEAM_FLAGS team=500 flags=0\n"
                         "CONTINUE_THREAD thread=500 IGNORE_EVENT\n"
                         "GET_SIGNAL_MASKS thread=500\n"
                         "remove_team_debugger team=500\n");
}

static void the_end_of_a_session_detaches_its_teams(void **state)
{
    (void)state;
    world *w = world_make(NULL, NULL, 1);
    assert_ok(hdbg_breakpoint_set(w->team, CODE));
    stop_with(w, w->thread, HDBG_EVENT_DEBUGGER_CALL);
    hdbg_session_destroy(w->session);
    w->session = NULL;
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, TEAM), 0);
    assert_int_equal(hdbg_mock_breakpoint_at(w->mock, TEAM, CODE), 0);
    assert_status(hdbg_team_stop(w->team), HDBG_DETACHED);
    world_free(w);
}

#define TEST(name)       cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
#define UNATTACHED(name) cmocka_unit_test_setup_teardown(name, launch_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNATTACHED(a_launched_team_stands_in_the_debugger_before_it_is_continued),
        UNATTACHED(a_launch_whose_first_continue_would_be_lost_runs),
        UNATTACHED(a_launch_that_is_answered_by_another_event_is_answered),
        UNATTACHED(a_program_that_cannot_be_launched_is_named),
        UNATTACHED(nothing_is_left_of_a_launch_that_fails_later),
        UNATTACHED(a_launch_is_refused_in_words_without_a_default_debugger),
        UNATTACHED(a_launched_team_is_reaped_when_it_ends),
        cmocka_unit_test(a_session_that_is_told_so_leaves_reaping_to_the_caller),
        UNATTACHED(attaching_learns_all_threads_and_stops_none),
        UNATTACHED(attaching_can_stop_all_threads),
        UNATTACHED(attaching_to_a_team_that_is_not_there_says_so),
        UNATTACHED(a_team_is_attached_once),
        UNATTACHED(a_team_that_ends_while_it_is_attached_is_gone),
        UNATTACHED(a_detached_team_can_be_attached_again),
        TEST(stopping_a_team_hands_no_event_out),
        TEST(what_a_thread_stopped_for_instead_is_told),
        TEST(threads_that_are_created_meanwhile_are_stopped_too),
        cmocka_unit_test(a_stop_that_is_not_answered_times_out_and_says_so),
        TEST(a_stop_that_is_lost_on_a_thread_that_is_just_going_on_is_asked_again),
        TEST(resuming_a_team_leaves_threads_whose_event_was_not_seen),
        TEST(the_news_that_were_not_asked_for_stop_nobody),
        TEST(the_news_that_were_asked_for_are_told),
        TEST(a_team_that_lives_has_no_end),
        TEST(a_team_that_has_ended_is_gone_for_all_calls),
        TEST(a_lost_end_is_noticed_and_told_once),
        TEST(an_end_that_comes_late_is_not_told_as_lost),
        cmocka_unit_test(an_end_that_a_full_port_lost_is_noticed),
        UNATTACHED(a_lost_end_of_a_launched_team_is_known_by_reaping),
        cmocka_unit_test(before_2024_an_end_tells_the_deadly_signal_that_was_delivered),
        cmocka_unit_test(before_2024_a_launched_team_tells_its_status_by_reaping),
        TEST(a_nub_that_died_leaves_an_orphan),
        TEST(a_kernel_that_lost_its_nub_orphans_all_teams),
        TEST(an_offered_team_has_no_breakpoint_and_is_this_sessions_until_another_has_come),
        TEST(a_team_that_was_handed_over_is_let_go),
        TEST(killing_a_team_ends_it),
        TEST(a_detach_takes_all_breakpoints_out_and_lets_all_threads_go),
        TEST(a_detach_drops_the_teams_events_and_counts_them),
        TEST(a_discarded_signal_is_not_delivered_by_a_detach),
        cmocka_unit_test(the_end_of_a_session_detaches_its_teams),
    };
    return cmocka_run_group_tests_name("the life of teams", tests, NULL, NULL);
}
