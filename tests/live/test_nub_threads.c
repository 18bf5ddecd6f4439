/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Threads and teams under hdbg-nub: full ports, births and ends, what is asked of a team that runs, and
 * debuggers that go at a bad moment.
 */
#include "nub_run.h"

#undef sa_handler /* the C library's macro */

enum { SIGUSR1_HAIKU = 18 };

/* ---- ports that are full ---- */

static void a_port_for_one_message_loses_nothing_of_fifty_threads(void **state)
{
    (void)state;
    nub_run r;
    int created = 0, deleted = 0, hits = 0;
    bool known[1 << 16] = {false};
    nr_start(&r, "hits", 50, 3, 1, NR_FLAGS_THREADS);
    nr_use_registers(&r);
    assert_int_equal(nr_break(&r, r.f[0]), HDBG_OK);
    assert_int_equal(nr_break(&r, r.f[3]), HDBG_OK);
    nr_begin(&r);
    while (hits < 50 * 3 * 2 || deleted < 50) {
        int32_t code = nr_next(&r);
        assert_int_not_equal(code, WIRE_TEAM_DELETED);
        if (code == WIRE_THREAD_CREATED)
            known[r.event.thread_created.new_thread & 0xffff] = ++created;
        else if (r.event.origin.thread != r.child.team)
            assert_true(known[r.event.origin.thread & 0xffff]); /* its creation came first */
        hits += code == WIRE_BREAKPOINT_HIT;
        deleted += code == WIRE_THREAD_DELETED;
        if (code != WIRE_THREAD_DELETED)
            nr_continue(&r);
    }
    assert_int_equal(created, 50);
    nr_finish(&r);
}

static int64_t ticks_of(pid_t pid)
{
    char path[64], text[1024] = "";
    long long user = -1, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    if (fgets(text, sizeof text, file))
        sscanf(strrchr(text, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld", &user, &system);
    fclose(file);
    return user + system;
}

static void tell_read(nub_run *r, hdbg_port_id reply, hdbg_address address)
{
    wire_x86_64_read_memory message = {.reply_port = reply, .address = address, .size = 4};
    kt_tell(r->nub, WIRE_READ_MEMORY, &message, sizeof message);
}

static void a_full_reply_port_lets_the_nub_wait_without_spinning(void **state)
{
    (void)state;
    nub_run r;
    wire_x86_64_read_memory_reply reply;
    nr_start(&r, "hits", 1, 1, 10, 0);
    hdbg_port_id port = OPS->port_create(CONTEXT, 1, "reply");
    for (int i = 0; i < 3; i++)
        tell_read(&r, port, r.watched);
    /* The first answer fills the port, the second waits, and the third message lies in the nub's own port. */
    int64_t before = ticks_of(nr_tracer(&r)), spent = 0;
    poll(NULL, 0, 300); /* the time that is measured */
    spent = ticks_of(nr_tracer(&r)) - before;
    assert_true(spent * 1000 / sysconf(_SC_CLK_TCK) < 100);
    for (int i = 0; i < 3; i++) {
        assert_true(OPS->port_read(CONTEXT, port, NULL, &reply, sizeof reply, TIMEOUT) > 0);
        assert_int_equal(reply.error, HDBG_OK);
    }
    nr_begin(&r);
    nr_to_end(&r, NULL);
    nr_finish(&r);
}

/* ---- births and ends ---- */

static void three_hundred_short_threads_are_each_told_of_twice(void **state)
{
    (void)state;
    nub_run r;
    int counts[32] = {0};
    nr_start(&r, "churn", 300, 1, 100, NR_FLAGS_THREADS);
    nr_begin(&r);
    nr_to_end(&r, counts);
    assert_int_equal(counts[WIRE_THREAD_CREATED], 300);
    assert_int_equal(counts[WIRE_THREAD_DELETED], 300);
    nr_finish(&r);
}

static void new_threads_stop_when_that_is_wished(void **state)
{
    (void)state;
    nub_run r;
    int counts[32] = {0};
    nr_start(&r, "churn", 20, 1, 100, NR_FLAGS_STOP_NEW);
    nr_begin(&r);
    nr_to_end(&r, counts);
    assert_int_equal(counts[WIRE_THREAD_DEBUGGED], 20);
    nr_finish(&r);
}

static void a_team_whose_main_thread_ends_first_goes_on(void **state)
{
    (void)state;
    nub_run r;
    int counts[32] = {0};
    nr_start(&r, "leader-first", 1, 1, 100, NR_FLAGS_THREADS | NR_FLAGS_PREVENT_EXIT);
    assert_int_equal(nr_break(&r, r.f[0]), HDBG_OK);
    nr_begin(&r);
    nr_to_end(&r, counts);
    assert_int_equal(counts[WIRE_BREAKPOINT_HIT], 1);
    assert_int_equal(counts[WIRE_THREAD_DEBUGGED], 1);
    nr_finish(&r);
}

static void an_exec_by_another_thread_makes_it_the_main_one(void **state)
{
    (void)state;
    nub_run r;
    int counts[32] = {0};
    nr_start(&r, "exec-by-another", 1, 1, 100, NR_FLAGS_TEAMS);
    nr_use_registers(&r);
    assert_int_equal(nr_break(&r, r.f[0]), HDBG_OK);
    nr_begin(&r);
    nr_to_end(&r, counts);
    assert_int_equal(counts[WIRE_TEAM_EXEC], 1);
    nr_finish(&r);
}

/* ---- what is asked of a team that runs ---- */

static hdbg_status handler_of(nub_run *r, int32_t signal, hdbg_address *handler)
{
    wire_x86_64_get_signal_handler message = {.signal = signal};
    wire_x86_64_get_signal_handler_reply reply = {.error = -1};
    kt_ask(r->nub, WIRE_GET_SIGNAL_HANDLER, &message, sizeof message, &reply, sizeof reply);
    *handler = reply.handler.sa_handler;
    return reply.error;
}

static void handlers_are_read_and_set_in_a_team_that_runs(void **state)
{
    (void)state;
    nub_run r;
    hdbg_address handler = 0;
    nr_start(&r, "spin", 2, 1, 100, 0);
    nr_begin(&r);
    nr_expect_output(&r, "spinning");
    assert_int_equal(handler_of(&r, SIGUSR1_HAIKU, &handler), HDBG_OK);
    assert_int_equal(handler, r.handler);
    wire_x86_64_set_signal_handler set = {.signal = SIGUSR1_HAIKU};
    set.handler.sa_handler = 1; /* SIG_IGN */
    kt_tell(r.nub, WIRE_SET_SIGNAL_HANDLER, &set, sizeof set);
    assert_int_equal(handler_of(&r, SIGUSR1_HAIKU, &handler), HDBG_OK);
    assert_int_equal(handler, 1);
    set.handler.sa_handler = r.handler;
    kt_tell(r.nub, WIRE_SET_SIGNAL_HANDLER, &set, sizeof set);
    assert_int_equal(handler_of(&r, SIGUSR1_HAIKU, &handler), HDBG_OK);
    assert_int_equal(handler, r.handler);
    kill(r.child.team, SIGUSR1);
    do /* until one of the threads has got it */
        nr_begin(&r);
    while (strcmp(nr_line(&r), "signalled") != 0);
    close(r.child.in);
    r.child.in = -1;
    nr_to_end(&r, NULL);
    nr_finish(&r);
}

/* Its thread waits for the child and stops for nobody. */
static void handlers_of_a_team_in_vfork_are_answered_at_once(void **state)
{
    (void)state;
    nub_run r;
    hdbg_address handler;
    nr_start(&r, "borrow-long", 1, 1, 100, 0);
    nr_begin(&r);
    nr_expect_output(&r, "borrowing");
    assert_int_equal(handler_of(&r, SIGUSR1_HAIKU, &handler), HDBG_BUSY);
    nr_begin(&r);
    nr_to_end(&r, NULL);
    nr_finish(&r);
}

static void threads_that_end_while_handlers_are_asked_for_cost_no_answer(void **state)
{
    (void)state;
    nub_run r;
    int32_t code;
    hdbg_address handler;
    hdbg_status answer = HDBG_OK;
    nr_start(&r, "churn", 300, 1, 1000, NR_FLAGS_THREADS);
    nr_begin(&r);
    for (int ended = 0; !ended;) {
        code = nr_next(&r);
        ended = code == WIRE_TEAM_DELETED;
        if (code == WIRE_THREAD_CREATED) {
            assert_int_equal(answer, HDBG_OK); /* busy: all its threads are ending */
            nr_continue(&r);
            answer = handler_of(&r, SIGUSR1_HAIKU, &handler);
        }
    }
    nr_finish(&r);
}

static void a_stopped_process_is_debugged_and_goes_on_by_a_signal(void **state)
{
    (void)state;
    nub_run r;
    nr_start(&r, "spin", 2, 1, 100, 0);
    nr_begin(&r);
    nr_expect_output(&r, "spinning");
    nr_set_flags(&r, NR_FLAGS_SIGNALS);
    kill(r.child.team, SIGSTOP);
    nr_expect(&r, WIRE_SIGNAL_RECEIVED);
    nr_continue(&r);
    assert_int_equal(OPS->debug_thread(CONTEXT, r.child.team), HDBG_OK);
    nr_expect(&r, WIRE_THREAD_DEBUGGED);
    nr_continue(&r);
    nr_set_flags(&r, 0);
    kill(r.child.team, SIGCONT);
    nr_begin(&r);
    nr_expect_output(&r, "still");
    close(r.child.in);
    r.child.in = -1;
    nr_to_end(&r, NULL);
    nr_finish(&r);
}

/* ---- debuggers that go ---- */

/* A thread that is stopped, killed, and let go in one moment must not stay behind. */
static void a_killed_team_ends_although_its_debugger_goes_at_the_same_moment(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        nub_run r;
        hdbg_team_status ended;
        nr_start(&r, "hits", 4, 100, 100, 0);
        assert_int_equal(nr_break(&r, r.f[0]), HDBG_OK);
        nr_begin(&r);
        for (int n = 0; n < 4; n++)
            nr_expect(&r, WIRE_BREAKPOINT_HIT);
        /* By hand: the nub is not to know before it sees it. */
        assert_int_equal(kill(r.child.team, SIGKILL), 0);
        assert_int_equal(OPS->port_delete(CONTEXT, r.nub), HDBG_OK);
        assert_int_equal(OPS->reap(CONTEXT, r.child.team, &ended, TIMEOUT), HDBG_OK);
        assert_int_equal(ended.signal, 9);
        OPS->port_delete(CONTEXT, r.port);
        close(r.child.in);
        close(r.child.out);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return kt_debuggee(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_for_one_message_loses_nothing_of_fifty_threads),
        cmocka_unit_test(a_full_reply_port_lets_the_nub_wait_without_spinning),
        cmocka_unit_test(three_hundred_short_threads_are_each_told_of_twice),
        cmocka_unit_test(new_threads_stop_when_that_is_wished),
        cmocka_unit_test(a_team_whose_main_thread_ends_first_goes_on),
        cmocka_unit_test(an_exec_by_another_thread_makes_it_the_main_one),
        cmocka_unit_test(handlers_are_read_and_set_in_a_team_that_runs),
        cmocka_unit_test(handlers_of_a_team_in_vfork_are_answered_at_once),
        cmocka_unit_test(threads_that_end_while_handlers_are_asked_for_cost_no_answer),
        cmocka_unit_test(a_stopped_process_is_debugged_and_goes_on_by_a_signal),
        cmocka_unit_test(a_killed_team_ends_although_its_debugger_goes_at_the_same_moment),
    };
    return cmocka_run_group_tests_name("threads under the nub", tests, kt_create, kt_destroy);
}
