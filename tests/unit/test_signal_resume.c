/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A resume with any signal on any stop: the nine cells of the table, continuing and stepping, message by
 * message.
 */
#include "session_world.h"

enum { HANDLER = CODE + 0x100 };

/* One cell: how the thread is stopped, with which signal it goes on, and what is sent for it. */
typedef struct cell {
    int32_t stop; /* an hdbg_signal_state */
    int32_t signal;
    const char *continued, *stepped;
} cell;

static void run_cell(world *w, const cell *c, int step)
{
    /* A step looks at the instruction: it is an ordinary one. */
    uint8_t nop = 0x90;
    assert_ok(hdbg_mock_memory_write(w->mock, TEAM, CODE, &nop, 1));
    place(w, w->thread, CODE, STACK + 0x800, 0);
    if (c->stop == HDBG_SIGNAL_FAKED)
        stop_with(w, w->thread, HDBG_EVENT_THREAD_DEBUGGED);
    else if (c->stop == HDBG_SIGNAL_FORECASTED)
        stop_with_exception(w, w->thread, HDBG_EXCEPTION_SEGMENT_VIOLATION, HDBG_SIGSEGV);
    else
        stop_with_signal(w, w->thread, HDBG_SIGUSR1, HDBG_SIGNAL_DEFAULT, 1);
    forget_transcript(w);

    hdbg_resume how = {sizeof how, step, c->signal};
    assert_ok(hdbg_thread_resume(w->thread, &how));
    expect_transcript(w, step ? c->stepped : c->continued);
    if (step) {
        expect_event(w, HDBG_EVENT_SINGLE_STEP);
        assert_ok(hdbg_thread_resume(w->thread, NULL));
    }
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, TEAM), 0);
}

#define LOOK    "GET_CPU_STATE thread=500\nREAD_MEMORY team=500 address=0x10000 size=16\n"
#define ASK(s)  "GET_SIGNAL_HANDLER team=500 signal=" s "\n"
#define MUTE(s) "SET_SIGNAL_MASKS thread=500 ignore_once|=" s "\n"
#define SEND(s) "send_signal thread=500 signal=" s "\n"
#define HANDLE  "CONTINUE_THREAD thread=500 HANDLE_EVENT"
#define IGNORE  "CONTINUE_THREAD thread=500 IGNORE_EVENT"
#define GO      "\n"
#define STEP    " single_step\n"

/* Each cell becomes two tests. */
#define CELL(name, state, given, messages, asks)                                                             \
    static const cell name##_cell = {state, given, messages GO, LOOK asks messages STEP};                    \
    static void name(void **world_)                                                                          \
    {                                                                                                        \
        run_cell(*world_, &name##_cell, 0);                                                                  \
    }                                                                                                        \
    static void name##_stepping(void **world_)                                                               \
    {                                                                                                        \
        run_cell(*world_, &name##_cell, 1);                                                                  \
    }

CELL(a_faked_stop_without_a_signal_goes_on, HDBG_SIGNAL_FAKED, 0, HANDLE, "")
CELL(a_faked_stop_with_the_signal_it_shows_gets_it_sent_and_muted, HDBG_SIGNAL_FAKED, HDBG_SIGTRAP,
     MUTE("SIGTRAP") SEND("SIGTRAP") HANDLE, ASK("SIGTRAP"))
CELL(a_faked_stop_with_another_signal_gets_it_sent_and_muted, HDBG_SIGNAL_FAKED, HDBG_SIGUSR2,
     MUTE("SIGUSR2") SEND("SIGUSR2") HANDLE, ASK("SIGUSR2"))
CELL(a_forecasted_signal_is_not_given, HDBG_SIGNAL_FORECASTED, 0, IGNORE, "")
CELL(a_forecasted_signal_that_is_given_is_muted_so_that_it_stops_once, HDBG_SIGNAL_FORECASTED, HDBG_SIGSEGV,
     MUTE("SIGSEGV") HANDLE, "")
CELL(a_forecasted_signal_is_replaced_by_another, HDBG_SIGNAL_FORECASTED, HDBG_SIGUSR2,
     MUTE("SIGUSR2") SEND("SIGUSR2") IGNORE, ASK("SIGUSR2"))
CELL(an_actual_signal_is_swallowed, HDBG_SIGNAL_ACTUAL, 0, IGNORE, "")
CELL(an_actual_signal_is_delivered, HDBG_SIGNAL_ACTUAL, HDBG_SIGUSR1, HANDLE, "")
CELL(an_actual_signal_is_replaced_by_another, HDBG_SIGNAL_ACTUAL, HDBG_SIGUSR2,
     MUTE("SIGUSR2") SEND("SIGUSR2") IGNORE, ASK("SIGUSR2"))

static void without_a_signal_named_the_stops_own_is_given(void **state)
{
    world *w = *state;
    stop_with_signal(w, w->thread, HDBG_SIGUSR1, HDBG_SIGNAL_DEFAULT, 1);
    assert_ok(hdbg_thread_resume(w->thread, NULL));
    expect_transcript(w, HANDLE GO);
    stop_with_exception(w, w->thread, HDBG_EXCEPTION_DIVIDE_ERROR, HDBG_SIGFPE);
    assert_ok(hdbg_thread_resume(w->thread, NULL));
    expect_transcript(w, MUTE("SIGFPE") HANDLE GO);
}

static void a_discarded_signal_is_not_given(void **state)
{
    world *w = *state;
    stop_with_signal(w, w->thread, HDBG_SIGUSR1, HDBG_SIGNAL_DEFAULT, 1);
    assert_ok(hdbg_thread_discard_signal(w->thread));
    assert_ok(hdbg_thread_resume(w->thread, NULL));
    expect_transcript(w, IGNORE GO);
}

static void a_policy_without_pass_swallows_the_stops_own_signal(void **state)
{
    world *w = *state;
    assert_ok(hdbg_session_set_signal_policy(w->session, HDBG_SIGUSR1, HDBG_SIGNAL_STOP));
    stop_with_signal(w, w->thread, HDBG_SIGUSR1, HDBG_SIGNAL_DEFAULT, 1);
    assert_ok(hdbg_thread_resume(w->thread, NULL));
    expect_transcript(w, IGNORE GO);
}

static void a_policy_without_stop_lets_the_thread_go_on_unseen_with_the_signal(void **state)
{
    world *w = *state;
    assert_ok(hdbg_session_set_signal_policy(w->session, HDBG_SIGCHLD, HDBG_SIGNAL_PASS));
    hdbg_nub_event event = {.type = HDBG_EVENT_SIGNAL_RECEIVED, .thread = TEAM, .team = TEAM};
    event.data.signal.signal = HDBG_SIGCHLD;
    assert_ok(hdbg_mock_send(w->mock, &event));
    expect_no_event(w);
    expect_transcript(w, HANDLE GO);
}

static void a_policy_of_nothing_swallows_the_signal_unseen(void **state)
{
    world *w = *state;
    assert_ok(hdbg_session_set_signal_policy(w->session, HDBG_SIGCHLD, 0));
    hdbg_nub_event event = {.type = HDBG_EVENT_SIGNAL_RECEIVED, .thread = TEAM, .team = TEAM};
    event.data.signal.signal = HDBG_SIGCHLD;
    assert_ok(hdbg_mock_send(w->mock, &event));
    expect_no_event(w);
    expect_transcript(w, IGNORE GO);
}

static void a_fault_that_does_not_stop_is_passed_whatever_the_policy(void **state)
{
    world *w = *state;
    assert_ok(hdbg_session_set_signal_policy(w->session, 0, 0));
    hdbg_nub_event event = {.type = HDBG_EVENT_EXCEPTION_OCCURRED, .thread = TEAM, .team = TEAM};
    event.data.exception.exception = HDBG_EXCEPTION_SEGMENT_VIOLATION;
    event.data.exception.signal = HDBG_SIGSEGV;
    assert_ok(hdbg_mock_send(w->mock, &event));
    expect_no_event(w);
    expect_transcript(w, MUTE("SIGSEGV") HANDLE GO);
}

static void a_step_with_a_signal_that_has_a_handler_ends_at_the_handler(void **state)
{
    world *w = *state;
    stop_with_signal(w, w->thread, HDBG_SIGUSR1, HANDLER, 0);
    forget_transcript(w);
    hdbg_nub_event hit = {.type = HDBG_EVENT_BREAKPOINT_HIT, .thread = TEAM, .team = TEAM};
    place(w, w->thread, HANDLER, STACK + 0x700, 0);
    assert_ok(hdbg_mock_script(w->mock, &hit)); /* the step itself is lost, as on Haiku */
    assert_ok(hdbg_thread_step(w->thread));
    hdbg_event *event = next_event(w, HDBG_EVENT_SINGLE_STEP);
    assert_int_equal(hdbg_cpu_state_role(&hdbg_event_data(event)->data.cpu_state, HDBG_ROLE_PC), HANDLER);
    hdbg_event_release(event);
    expect_transcript(w, "GET_CPU_STATE thread=500\nREAD_MEMORY team=500 address=0x10100 size=16\n"
                         "SET_BREAKPOINT team=500 address=0x10100\n"
                         "CONTINUE_THREAD thread=500 HANDLE_EVENT single_step\n"
                         "CLEAR_BREAKPOINT team=500 address=0x10100\n");
    assert_false(hdbg_breakpoint_is_set(w->team, HANDLER));
}

static void a_signal_that_is_sent_to_a_handler_by_a_step_ends_there_too(void **state)
{
    world *w = *state;
    hdbg_signal_handler handler = {.handler = HANDLER};
    assert_ok(hdbg_team_set_signal_handler(w->team, HDBG_SIGUSR2, &handler));
    stop_with(w, w->thread, HDBG_EVENT_THREAD_DEBUGGED);
    forget_transcript(w);
    hdbg_resume how = {sizeof how, 1, HDBG_SIGUSR2};
    assert_ok(hdbg_thread_resume(w->thread, &how));
    assert_int_equal(hdbg_mock_breakpoint_at(w->mock, TEAM, HANDLER), 1);
    expect_event(w, HDBG_EVENT_SINGLE_STEP);
    assert_int_equal(hdbg_mock_breakpoint_at(w->mock, TEAM, HANDLER), 0);
}

static void another_thread_passes_a_steps_breakpoint_unseen(void **state)
{
    world *w = *state;
    stop_with_signal(w, w->thread, HDBG_SIGUSR1, HANDLER, 0);
    hdbg_nub_event nothing = {.type = HDBG_EVENT_THREAD_DEBUGGED, .thread = TEAM, .team = TEAM};
    assert_ok(hdbg_mock_script(w->mock, &nothing)); /* something else ends the step, later */
    hdbg_mock_expectation *gone =
        hdbg_mock_expect(w->mock, "CONTINUE_THREAD thread=500 HANDLE_EVENT single_step");
    hdbg_mock_lose(gone);
    hdbg_mock_allow(w->mock, "*");
    assert_ok(hdbg_thread_step(w->thread));
    forget_transcript(w);

    place(w, w->worker, HANDLER, STACK + 0x100, 0);
    assert_ok(hdbg_mock_stop(w->mock, WORKER, HDBG_EVENT_BREAKPOINT_HIT));
    expect_no_event(w);
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, WORKER), 0);
    hdbg_resume how = {sizeof how, 0, 0};
    assert_status(hdbg_thread_resume(w->worker, &how), HDBG_BAD_THREAD_STATE);
}

static void a_users_breakpoint_at_the_handler_is_told_as_such(void **state)
{
    world *w = *state;
    assert_ok(hdbg_breakpoint_set(w->team, HANDLER));
    stop_with_signal(w, w->thread, HDBG_SIGUSR1, HANDLER, 0);
    place(w, w->thread, HANDLER, STACK + 0x700, 0);
    hdbg_nub_event hit = {.type = HDBG_EVENT_BREAKPOINT_HIT, .thread = TEAM, .team = TEAM};
    assert_ok(hdbg_mock_script(w->mock, &hit));
    assert_ok(hdbg_thread_step(w->thread));
    expect_event(w, HDBG_EVENT_BREAKPOINT_HIT);
    assert_true(hdbg_breakpoint_is_set(w->team, HANDLER));
    assert_int_equal(hdbg_mock_breakpoint_at(w->mock, TEAM, HANDLER), 1);
}

static void a_signal_that_is_none_is_refused(void **state)
{
    world *w = *state;
    stop_with(w, w->thread, HDBG_EVENT_THREAD_DEBUGGED);
    hdbg_resume how = {sizeof how, 0, 65};
    assert_status(hdbg_thread_resume(w->thread, &how), HDBG_BAD_VALUE);
    assert_sentence("cannot resume thread 500 with signal 65: there is none");
    assert_int_equal(hdbg_thread_state_of(w->thread), HDBG_THREAD_STOPPED);
}

static void a_stop_tells_its_signal(void **state)
{
    world *w = *state;
    hdbg_stop stop = {.size = sizeof stop};
    stop_with_signal(w, w->thread, HDBG_SIGUSR1, HANDLER, 0);
    assert_ok(hdbg_thread_stop_get(w->thread, &stop));
    assert_int_equal(stop.signal_state, HDBG_SIGNAL_ACTUAL);
    assert_int_equal(stop.signal, HDBG_SIGUSR1);
    assert_int_equal(stop.deadly, 0);
    assert_int_equal(stop.handler.handler, HANDLER);
    assert_int_equal(stop.has_info, 1);
    assert_int_equal(stop.info.team, 77);
    assert_int_equal(stop.exception, -1);

    stop_with_exception(w, w->worker, HDBG_EXCEPTION_DIVIDE_ERROR, HDBG_SIGFPE);
    assert_ok(hdbg_thread_stop_get(w->worker, &stop));
    assert_int_equal(stop.signal_state, HDBG_SIGNAL_FORECASTED);
    assert_int_equal(stop.signal, HDBG_SIGFPE);
    assert_int_equal(stop.exception, HDBG_EXCEPTION_DIVIDE_ERROR);
    assert_int_equal(stop.deadly, 1);
    assert_int_equal(stop.has_info, 0);
}

static void ignored_signals_of_the_user_stay_ignored_when_one_is_muted(void **state)
{
    world *w = *state;
    assert_ok(hdbg_thread_set_ignored_signals(w->thread, HDBG_SIGNAL_MASK(HDBG_SIGALRM)));
    stop_with_exception(w, w->thread, HDBG_EXCEPTION_SEGMENT_VIOLATION, HDBG_SIGSEGV);
    assert_ok(hdbg_thread_resume(w->thread, NULL));
    expect_transcript(w, "SET_SIGNAL_MASKS thread=500 ignore=SIGALRM\n" MUTE("SIGSEGV") HANDLE GO);
}

static void names_and_numbers_of_signals_are_haikus(void **state)
{
    (void)state;
    assert_string_equal(hdbg_signal_name(18), "SIGUSR1");
    assert_string_equal(hdbg_signal_name(30), "SIGBUS");
    assert_string_equal(hdbg_signal_name(36), "SIGRT3");
    assert_string_equal(hdbg_signal_name(0), "unknown signal");
    assert_string_equal(hdbg_signal_name(31), "unknown signal");
    assert_string_equal(hdbg_signal_name(-5), "unknown signal");
    assert_string_equal(hdbg_signal_name(65), "unknown signal");
    assert_int_equal(hdbg_signal_by_name("SIGKILLTHR"), 21);
    assert_int_equal(hdbg_signal_by_name("segv"), 11);
    assert_int_equal(hdbg_signal_by_name("sigrt7"), 40);
    assert_int_equal(hdbg_signal_by_name("SIG"), 0);
    assert_int_equal(hdbg_signal_by_name("SIGNOTHING"), 0);
    for (int32_t signal = 1; signal <= HDBG_SIGBUS; signal++) {
        assert_int_equal(hdbg_signal_by_name(hdbg_signal_name(signal)), signal);
        assert_string_not_equal(hdbg_signal_description(signal), "unknown signal");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
#define BOTH(name) TEST(name), TEST(name##_stepping)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(a_faked_stop_without_a_signal_goes_on),
        BOTH(a_faked_stop_with_the_signal_it_shows_gets_it_sent_and_muted),
        BOTH(a_faked_stop_with_another_signal_gets_it_sent_and_muted),
        BOTH(a_forecasted_signal_is_not_given),
        BOTH(a_forecasted_signal_that_is_given_is_muted_so_that_it_stops_once),
        BOTH(a_forecasted_signal_is_replaced_by_another),
        BOTH(an_actual_signal_is_swallowed),
        BOTH(an_actual_signal_is_delivered),
        BOTH(an_actual_signal_is_replaced_by_another),
        TEST(without_a_signal_named_the_stops_own_is_given),
        TEST(a_discarded_signal_is_not_given),
        TEST(a_policy_without_pass_swallows_the_stops_own_signal),
        TEST(a_policy_without_stop_lets_the_thread_go_on_unseen_with_the_signal),
        TEST(a_policy_of_nothing_swallows_the_signal_unseen),
        TEST(a_fault_that_does_not_stop_is_passed_whatever_the_policy),
        TEST(a_step_with_a_signal_that_has_a_handler_ends_at_the_handler),
        TEST(a_signal_that_is_sent_to_a_handler_by_a_step_ends_there_too),
        TEST(another_thread_passes_a_steps_breakpoint_unseen),
        TEST(a_users_breakpoint_at_the_handler_is_told_as_such),
        TEST(a_signal_that_is_none_is_refused),
        TEST(a_stop_tells_its_signal),
        TEST(ignored_signals_of_the_user_stay_ignored_when_one_is_muted),
        TEST(names_and_numbers_of_signals_are_haikus),
    };
    return cmocka_run_group_tests_name("resuming with signals", tests, NULL, NULL);
}
