/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Threads: stopped, asked, ended; their registers and whole states.
 */
#include "session_world.h"

/* ---- ends ---- */

static void send_thread_created(world *w, hdbg_thread_id id)
{
    hdbg_nub_event event = {.type = HDBG_EVENT_THREAD_CREATED, .thread = TEAM, .team = TEAM};
    event.data.new_thread = id;
    assert_ok(hdbg_mock_send(w->mock, &event));
}

static void send_thread_deleted(world *w, hdbg_thread_id id, int32_t status)
{
    hdbg_nub_event event = {.type = HDBG_EVENT_THREAD_DELETED, .thread = id, .team = TEAM};
    event.data.thread_end.status = status;
    assert_ok(hdbg_mock_send(w->mock, &event));
}

static void an_announced_thread_ends_once(void **state)
{
    world *w = *state;
    assert_ok(hdbg_team_set_events(w->team, HDBG_TEAM_THREADS));
    assert_ok(hdbg_mock_thread_add(w->mock, TEAM, 550, "new"));
    send_thread_created(w, 550);
    expect_event(w, HDBG_EVENT_THREAD_CREATED);
    hdbg_thread *created = hdbg_team_thread(w->team, 550);
    assert_non_null(created);
    send_thread_deleted(w, 550, 42);
    send_thread_deleted(w, 550, 42);
    hdbg_event *event = next_event(w, HDBG_EVENT_THREAD_DELETED);
    assert_ptr_equal(hdbg_event_thread(event), created);
    assert_int_equal(hdbg_event_data(event)->data.thread_end.status, 42);
    hdbg_event_release(event);
    expect_no_event(w);
    assert_int_equal(hdbg_thread_state_of(created), HDBG_THREAD_ENDED);
    assert_status(hdbg_thread_resume(created, NULL), HDBG_THREAD_GONE);
    assert_sentence("cannot resume thread 550: it has ended");
    hdbg_thread_release(created);
}

static void an_announced_thread_that_dies_with_its_team_is_told_before_it(void **state)
{
    world *w = *state;
    assert_ok(hdbg_team_set_events(w->team, HDBG_TEAM_THREADS));
    assert_ok(hdbg_mock_thread_add(w->mock, TEAM, 550, "new"));
    send_thread_created(w, 550);
    expect_event(w, HDBG_EVENT_THREAD_CREATED);
    assert_ok(hdbg_mock_team_end(w->mock, TEAM, 0, -1));
    hdbg_event *event = next_event(w, HDBG_EVENT_THREAD_DELETED);
    assert_int_equal(hdbg_event_thread_id(event), 550);
    assert_int_equal(hdbg_event_data(event)->data.thread_end.known, 0);
    hdbg_event_release(event);
    expect_event(w, HDBG_EVENT_TEAM_DELETED);
    assert_int_equal(statistics(w).inferred_ends, 1);
}

static void the_end_of_a_thread_nobody_was_told_of_is_no_news(void **state)
{
    world *w = *state;
    send_thread_deleted(w, 8888, 0);
    send_thread_deleted(w, WORKER, 0); /* threads were not asked for */
    expect_no_event(w);
    assert_int_equal(hdbg_team_threads(w->team, NULL, 0), 1);
}

static void a_thread_whose_id_comes_again_is_another_one(void **state)
{
    world *w = *state;
    send_thread_deleted(w, WORKER, 0);
    assert_ok(hdbg_mock_thread_add(w->mock, TEAM, WORKER, "its successor"));
    assert_ok(hdbg_mock_stop(w->mock, WORKER, HDBG_EVENT_DEBUGGER_CALL));
    hdbg_event *event = next_event(w, HDBG_EVENT_DEBUGGER_CALL);
    assert_ptr_not_equal(hdbg_event_thread(event), w->worker);
    assert_int_equal(hdbg_thread_state_of(w->worker), HDBG_THREAD_ENDED);
    assert_int_equal(hdbg_thread_state_of(hdbg_event_thread(event)), HDBG_THREAD_STOPPED);
    hdbg_event_release(event);
}

/* What a nub wrote before it was taken out, and nobody read, is not the next nub's word. */
static void what_was_told_of_a_team_before_it_was_let_go_says_nothing_of_it_later(void **state)
{
    world *w = *state;
    hdbg_nub_event event = {.type = HDBG_EVENT_DEBUGGER_CALL, .thread = WORKER, .team = TEAM};
    assert_ok(hdbg_mock_send(w->mock, &event));
    assert_ok(hdbg_team_detach(w->team));
    hdbg_team *again;
    assert_ok(hdbg_team_attach(w->session, TEAM, 0, &again));
    hdbg_thread *worker = hdbg_team_thread(again, WORKER);
    expect_no_event(w);
    assert_int_equal(hdbg_thread_state_of(worker), HDBG_THREAD_RUNS);
    assert_int_equal(statistics(w).foreign_messages, 1);
    hdbg_thread_release(worker);
    hdbg_team_release(again);
}

/* ---- stopping ---- */

static void a_thread_that_runs_cannot_be_resumed(void **state)
{
    world *w = *state;
    assert_status(hdbg_thread_resume(w->worker, NULL), HDBG_BAD_THREAD_STATE);
    assert_sentence("cannot resume thread 501: it is not stopped");
    assert_status(hdbg_thread_step(w->worker), HDBG_BAD_THREAD_STATE);
    assert_sentence("cannot step thread 501: it is not stopped");
    expect_transcript(w, "");
}

static void a_stopped_thread_is_stopped_already(void **state)
{
    world *w = *state;
    stop_with(w, w->worker, HDBG_EVENT_DEBUGGER_CALL);
    forget_transcript(w);
    assert_ok(hdbg_thread_stop(w->worker));
    assert_ok(hdbg_thread_request_stop(w->worker));
    expect_transcript(w, "");
}

static void whatever_comes_first_answers_a_stop_and_is_told(void **state)
{
    world *w = *state;
    hdbg_nub_event call = {.type = HDBG_EVENT_DEBUGGER_CALL, .thread = WORKER, .team = TEAM};
    hdbg_mock_expectation *asked = hdbg_mock_expect(w->mock, "debug_thread thread=501");
    hdbg_mock_lose(asked);
    hdbg_mock_then_send(asked, &call);
    assert_ok(hdbg_thread_stop(w->worker));
    assert_int_equal(hdbg_thread_state_of(w->worker), HDBG_THREAD_STOPPED);
    expect_event(w, HDBG_EVENT_DEBUGGER_CALL);
    expect_no_event(w);
}

static void a_requested_stop_is_told(void **state)
{
    world *w = *state;
    assert_ok(hdbg_thread_request_stop(w->worker));
    expect_event(w, HDBG_EVENT_THREAD_DEBUGGED);
    assert_int_equal(hdbg_thread_state_of(w->worker), HDBG_THREAD_STOPPED);
}

static void a_requested_stop_is_told_by_news_that_nobody_asked_for(void **state)
{
    world *w = *state;
    hdbg_nub_event image = {.type = HDBG_EVENT_IMAGE_CREATED, .thread = WORKER, .team = TEAM};
    hdbg_mock_expectation *asked = hdbg_mock_expect(w->mock, "debug_thread thread=501");
    hdbg_mock_lose(asked);
    hdbg_mock_then_send(asked, &image);
    assert_ok(hdbg_thread_request_stop(w->worker));
    expect_event(w, HDBG_EVENT_IMAGE_CREATED);
    assert_int_equal(hdbg_mock_thread_is_stopped(w->mock, WORKER), 1);
}

static void a_requested_stop_that_was_lost_is_asked_for_again(void **state)
{
    world *w = *state;
    hdbg_mock_lose(hdbg_mock_expect(w->mock, "debug_thread thread=501"));
    assert_ok(hdbg_thread_request_stop(w->worker));
    expect_event(w, HDBG_EVENT_THREAD_DEBUGGED);
}

static void a_stop_waits_until_the_nub_has_read_what_was_sent_before(void **state)
{
    world *w = *state;
    stop_with(w, w->worker, HDBG_EVENT_DEBUGGER_CALL);
    assert_ok(hdbg_thread_resume(w->worker, NULL));
    forget_transcript(w);
    assert_ok(hdbg_thread_stop(w->worker));
    expect_transcript(w, "GET_SIGNAL_MASKS thread=500\ndebug_thread thread=501\n");
    assert_ok(hdbg_thread_resume(w->worker, NULL));
}

static void a_thread_that_is_gone_cannot_be_stopped(void **state)
{
    world *w = *state;
    assert_ok(hdbg_mock_thread_remove(w->mock, WORKER));
    assert_status(hdbg_thread_stop(w->worker), HDBG_THREAD_GONE);
    assert_ok(hdbg_team_stop(w->team));
    assert_int_equal(hdbg_team_threads(w->team, NULL, 0), 1);
}

static void threads_have_names(void **state)
{
    world *w = *state;
    hdbg_thread_info info = {.size = sizeof info};
    assert_ok(hdbg_thread_info_get(w->worker, &info));
    assert_string_equal(info.name, "worker");
    info.size = 3;
    assert_status(hdbg_thread_info_get(w->worker, &info), HDBG_BAD_VALUE);
}

/* ---- registers ---- */

static void the_state_of_a_breakpoint_hit_is_not_asked_for(void **state)
{
    world *w = *state;
    hdbg_cpu_state cpu;
    place(w, w->worker, CODE + 4, STACK, 0);
    stop_with(w, w->worker, HDBG_EVENT_BREAKPOINT_HIT);
    forget_transcript(w);
    assert_ok(hdbg_thread_cpu_state(w->worker, &cpu));
    assert_int_equal(hdbg_cpu_state_role(&cpu, HDBG_ROLE_PC), CODE + 4);
    expect_transcript(w, "");
}

static void the_state_of_another_stop_is_asked_for_once(void **state)
{
    world *w = *state;
    hdbg_cpu_state cpu;
    place(w, w->worker, CODE + 4, STACK, 0);
    stop_with(w, w->worker, HDBG_EVENT_DEBUGGER_CALL);
    forget_transcript(w);
    assert_ok(hdbg_thread_cpu_state(w->worker, &cpu));
    assert_ok(hdbg_thread_cpu_state(w->worker, &cpu));
    expect_transcript(w, "GET_CPU_STATE thread=501\n");
    assert_ok(hdbg_thread_resume(w->worker, NULL));
    assert_status(hdbg_thread_cpu_state(w->worker, &cpu), HDBG_BAD_THREAD_STATE);
    assert_sentence("cannot read the registers of thread 501: it is not stopped");
    stop_with(w, w->worker, HDBG_EVENT_DEBUGGER_CALL);
    forget_transcript(w);
    assert_ok(hdbg_thread_cpu_state(w->worker, &cpu));
    expect_transcript(w, "GET_CPU_STATE thread=501\n");
}

static void registers_that_are_written_are_read_back(void **state)
{
    world *w = *state;
    uint64_t value = 0;
    place(w, w->worker, CODE + 4, STACK, 0);
    stop_with(w, w->worker, HDBG_EVENT_DEBUGGER_CALL);
    assert_ok(hdbg_thread_set_register_u64(w->worker, "rax", 0x1234));
    assert_ok(hdbg_thread_register_u64(w->worker, "rax", &value));
    assert_int_equal(value, 0x1234);
    assert_ok(hdbg_thread_resume(w->worker, NULL));
    assert_int_equal(mock_register(w, w->worker, "rax"), 0x1234);
}

static void another_processors_state_is_refused(void **state)
{
    world *w = *state;
    hdbg_cpu_state cpu = {.arch = HDBG_ARCH_ARM64, .size = 272};
    stop_with(w, w->worker, HDBG_EVENT_DEBUGGER_CALL);
    assert_status(hdbg_thread_set_cpu_state(w->worker, &cpu), HDBG_BAD_VALUE);
}

/* ---- whole states ---- */

static void a_saved_state_is_put_back(void **state)
{
    world *w = *state;
    hdbg_thread_state_copy *copy;
    place(w, w->worker, CODE + 4, STACK, 0);
    stop_with_signal(w, w->worker, HDBG_SIGUSR1, HDBG_SIGNAL_DEFAULT, 1);
    assert_ok(hdbg_thread_state_save(w->worker, &copy));

    /* A call into the team: without the signal, somewhere else, until it hits a breakpoint there. */
    hdbg_resume quiet = {sizeof quiet, 0, 0};
    assert_ok(hdbg_thread_set_register_u64(w->worker, "rip", CODE + 0x200));
    assert_ok(hdbg_thread_resume(w->worker, &quiet));
    stop_with(w, w->worker, HDBG_EVENT_BREAKPOINT_HIT);
    assert_ok(hdbg_thread_state_restore(w->worker, copy));
    hdbg_thread_state_free(copy);

    hdbg_stop stop = {.size = sizeof stop};
    assert_ok(hdbg_thread_stop_get(w->worker, &stop));
    assert_int_equal(stop.signal_state, HDBG_SIGNAL_ACTUAL);
    assert_int_equal(stop.signal, HDBG_SIGUSR1);
    assert_int_equal(stop.info.team, 77);
    assert_int_equal(mock_register(w, w->worker, "rip"), CODE + 4);
    forget_transcript(w);
    assert_ok(hdbg_thread_resume(w->worker, NULL));
    /* The nub swallowed the signal by then: it is sent again. */
    expect_transcript(w, "SET_SIGNAL_MASKS thread=501 ignore_once|=SIGUSR1\n"
                         "send_signal thread=501 signal=SIGUSR1\n"
                         "CONTINUE_THREAD thread=501 HANDLE_EVENT\n");
}

static void a_state_that_is_put_back_in_the_same_stop_changes_nothing(void **state)
{
    world *w = *state;
    hdbg_thread_state_copy *copy;
    place(w, w->worker, CODE + 4, STACK, 0);
    stop_with_signal(w, w->worker, HDBG_SIGUSR1, HDBG_SIGNAL_DEFAULT, 1);
    assert_ok(hdbg_thread_state_save(w->worker, &copy));
    assert_ok(hdbg_thread_state_restore(w->worker, copy));
    hdbg_thread_state_free(copy);
    forget_transcript(w);
    assert_ok(hdbg_thread_resume(w->worker, NULL));
    expect_transcript(w, "CONTINUE_THREAD thread=501 HANDLE_EVENT\n");
}

static void a_state_saved_in_a_breakpoint_replaces_a_signal_that_came_since(void **state)
{
    world *w = *state;
    hdbg_thread_state_copy *copy;
    place(w, w->worker, CODE + 4, STACK, 0);
    stop_with(w, w->worker, HDBG_EVENT_DEBUGGER_CALL);
    assert_ok(hdbg_thread_state_save(w->worker, &copy));
    assert_ok(hdbg_thread_resume(w->worker, NULL));
    stop_with_signal(w, w->worker, HDBG_SIGUSR1, HDBG_SIGNAL_DEFAULT, 1);
    assert_ok(hdbg_thread_state_restore(w->worker, copy));
    hdbg_thread_state_free(copy);
    forget_transcript(w);
    assert_ok(hdbg_thread_resume(w->worker, NULL));
    expect_transcript(w, "CONTINUE_THREAD thread=501 IGNORE_EVENT\n");
}

static void another_threads_state_is_refused(void **state)
{
    world *w = *state;
    hdbg_thread_state_copy *copy;
    place(w, w->worker, CODE, STACK, 0);
    stop_with(w, w->worker, HDBG_EVENT_DEBUGGER_CALL);
    stop_with(w, w->thread, HDBG_EVENT_DEBUGGER_CALL);
    assert_ok(hdbg_thread_state_save(w->worker, &copy));
    assert_status(hdbg_thread_state_restore(w->thread, copy), HDBG_BAD_VALUE);
    assert_sentence("cannot restore thread 500: the state is that of thread 501");
    hdbg_thread_state_free(copy);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_announced_thread_ends_once),
        TEST(an_announced_thread_that_dies_with_its_team_is_told_before_it),
        TEST(the_end_of_a_thread_nobody_was_told_of_is_no_news),
        TEST(a_thread_whose_id_comes_again_is_another_one),
        TEST(what_was_told_of_a_team_before_it_was_let_go_says_nothing_of_it_later),
        TEST(a_thread_that_runs_cannot_be_resumed),
        TEST(a_stopped_thread_is_stopped_already),
        TEST(whatever_comes_first_answers_a_stop_and_is_told),
        TEST(a_requested_stop_is_told),
        TEST(a_requested_stop_is_told_by_news_that_nobody_asked_for),
        TEST(a_requested_stop_that_was_lost_is_asked_for_again),
        TEST(a_stop_waits_until_the_nub_has_read_what_was_sent_before),
        TEST(a_thread_that_is_gone_cannot_be_stopped),
        TEST(threads_have_names),
        TEST(the_state_of_a_breakpoint_hit_is_not_asked_for),
        TEST(the_state_of_another_stop_is_asked_for_once),
        TEST(registers_that_are_written_are_read_back),
        TEST(another_processors_state_is_refused),
        TEST(a_saved_state_is_put_back),
        TEST(a_state_that_is_put_back_in_the_same_stop_changes_nothing),
        TEST(a_state_saved_in_a_breakpoint_replaces_a_signal_that_came_since),
        TEST(another_threads_state_is_refused),
    };
    return cmocka_run_group_tests_name("the life of threads", tests, NULL, NULL);
}
