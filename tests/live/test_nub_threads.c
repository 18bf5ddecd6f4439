/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Threads and teams under hdbg-nub: full ports, births and ends, what is asked of a team that runs, and
 * debuggers that go at a bad moment.
 */
#include "nub_run.h"

#include <sched.h>

#undef sa_handler /* the C library's macro */

enum { SIGUSR1_HAIKU = 18 };

/* ---- how many of them begin and end ---- */

/* Where the nub has a breakpoint: once the processor's registers are used up, in the code. */
enum place { IN_REGISTER, IN_CODE };

static void begin_with_break(nub_run *r, hdbg_address address, enum place place)
{
    if (place == IN_CODE)
        nr_use_registers(r);
    assert_int_equal(nr_break(r, address), HDBG_OK);
    nr_begin(r);
}

/* The fixture waits at an instruction with a breakpoint, which is taken out again. */
static void begin_to_instruction(nub_run *r)
{
    nr_start(r, "instructions", 200000, 1, 1, 0);
    begin_with_break(r, r->site[0], IN_REGISTER);
    nr_expect(r, WIRE_BREAKPOINT_HIT);
    nr_unbreak(r, r->site[0]);
}

static void begin_to_output(nub_run *r, const char *line)
{
    nr_begin(r);
    nr_expect_output(r, line);
}

static void run_to_end(nub_run *r, int *counts)
{
    nr_to_end(r, counts);
    nr_finish(r);
}

/* It waits for the end of its input. */
static void end_input(nub_run *r)
{
    close(r->child.in);
    r->child.in = -1;
    run_to_end(r, NULL);
}

static void expect_killed(nub_run *r)
{
    hdbg_team_status ended;
    assert_int_equal(OPS->reap(CONTEXT, r->child.team, &ended, TIMEOUT), HDBG_OK);
    assert_int_equal(ended.signal, 9);
    OPS->port_delete(CONTEXT, r->port);
    close(r->child.in);
    close(r->child.out);
}

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
    run_to_end(&r, NULL);
}

/* ---- births and ends ---- */

static void three_hundred_short_threads_are_each_told_of_twice(void **state)
{
    (void)state;
    nub_run r;
    int counts[32] = {0};
    nr_start(&r, "churn", 300, 1, 100, NR_FLAGS_THREADS);
    nr_begin(&r);
    run_to_end(&r, counts);
    assert_int_equal(counts[WIRE_THREAD_CREATED], 300);
    assert_int_equal(counts[WIRE_THREAD_DELETED], 300);
}

static void new_threads_stop_when_that_is_wished(void **state)
{
    (void)state;
    nub_run r;
    int counts[32] = {0};
    nr_start(&r, "churn", 20, 1, 100, NR_FLAGS_STOP_NEW);
    nr_begin(&r);
    run_to_end(&r, counts);
    assert_int_equal(counts[WIRE_THREAD_DEBUGGED], 20);
}

static void a_team_whose_main_thread_ends_first_goes_on(void **state)
{
    (void)state;
    nub_run r;
    int counts[32] = {0};
    nr_start(&r, "leader-first", 1, 1, 100, NR_FLAGS_THREADS | NR_FLAGS_PREVENT_EXIT);
    begin_with_break(&r, r.f[0], IN_REGISTER);
    run_to_end(&r, counts);
    assert_int_equal(counts[WIRE_BREAKPOINT_HIT], 1);
    assert_int_equal(counts[WIRE_THREAD_DEBUGGED], 1);
}

static void an_exec_by_another_thread_makes_it_the_main_one(void **state)
{
    (void)state;
    nub_run r;
    int counts[32] = {0};
    nr_start(&r, "exec-by-another", 1, 1, 100, NR_FLAGS_TEAMS);
    begin_with_break(&r, r.f[0], IN_CODE);
    run_to_end(&r, counts);
    assert_int_equal(counts[WIRE_TEAM_EXEC], 1);
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

static void expect_handler(nub_run *r, hdbg_address wanted)
{
    hdbg_address handler = 0;
    assert_int_equal(handler_of(r, SIGUSR1_HAIKU, &handler), HDBG_OK);
    assert_int_equal(handler, wanted);
}

static void set_handler(nub_run *r, hdbg_address handler)
{
    wire_x86_64_set_signal_handler message = {.signal = SIGUSR1_HAIKU};
    message.handler.sa_handler = handler;
    kt_tell(r->nub, WIRE_SET_SIGNAL_HANDLER, &message, sizeof message);
}

static void handlers_are_read_and_set_in_a_team_that_runs(void **state)
{
    (void)state;
    nub_run r;
    nr_start(&r, "spin", 2, 1, 100, 0);
    begin_to_output(&r, "spinning");
    expect_handler(&r, r.handler);
    set_handler(&r, 1); /* SIG_IGN */
    expect_handler(&r, 1);
    set_handler(&r, r.handler);
    expect_handler(&r, r.handler);
    kill(r.child.team, SIGUSR1);
    do /* until one of the threads has got it */
        nr_begin(&r);
    while (strcmp(nr_line(&r), "signalled") != 0);
    end_input(&r);
}

/* Its thread waits for the child and stops for nobody. */
static void handlers_of_a_team_in_vfork_are_answered_at_once(void **state)
{
    (void)state;
    nub_run r;
    hdbg_address handler;
    nr_start(&r, "borrow-long", 1, 1, 100, 0);
    begin_to_output(&r, "borrowing");
    assert_int_equal(handler_of(&r, SIGUSR1_HAIKU, &handler), HDBG_BUSY);
    nr_begin(&r);
    run_to_end(&r, NULL);
}

static void threads_that_end_while_handlers_are_asked_for_cost_no_answer(void **state)
{
    (void)state;
    enum { CHURN = 300 };
    nub_run r;
    int created = 0;
    hdbg_address handler;
    nr_start(&r, "churn", CHURN, 1, 1000, NR_FLAGS_THREADS);
    nr_begin(&r);
    while (nr_next(&r) != WIRE_TEAM_DELETED) {
        if (r.code != WIRE_THREAD_CREATED)
            continue;
        created++;
        nr_continue(&r);
        if (created < CHURN) /* after the last one the team may have ended before it is asked */
            assert_int_equal(handler_of(&r, SIGUSR1_HAIKU, &handler), HDBG_OK);
    }
    assert_int_equal(created, CHURN);
    nr_finish(&r);
}

/* The thread that is stopped for the question makes a child meanwhile, and stops for nobody any more. */
static void a_thread_that_goes_into_vfork_while_handlers_are_asked_for_costs_no_answer(void **state)
{
    (void)state;
    enum { CHILDREN = 300 };
    nub_run r;
    hdbg_address handler;
    nr_start(&r, "borrow-many", CHILDREN, 1, 100, 0);
    nr_begin(&r);
    for (int i = 0; i < CHILDREN; i++) {
        nr_expect_output(&r, "borrowing");
        nr_begin(&r);
        hdbg_status answer = i + 1 < CHILDREN ? handler_of(&r, SIGUSR1_HAIKU, &handler) : HDBG_OK;
        assert_true(answer == HDBG_OK || answer == HDBG_BUSY);
    }
    run_to_end(&r, NULL);
}

/* The thread that is stopped for the question takes the main one's place. */
static void an_exec_by_another_thread_while_handlers_are_asked_for_costs_no_answer(void **state)
{
    (void)state;
    nub_run r;
    hdbg_address handler;
    nr_start(&r, "exec-chain", 100, 1, 100, 0);
    struct pollfd last = {.fd = r.child.out, .events = POLLIN};
    nr_begin(&r);
    while (poll(&last, 1, 0) == 0) {
        hdbg_status answer = handler_of(&r, SIGUSR1_HAIKU, &handler);
        assert_true(answer == HDBG_OK || answer == HDBG_BUSY);
    }
    nr_expect_output(&r, "last");
    assert_int_equal(handler_of(&r, SIGUSR1_HAIKU, &handler), HDBG_OK);
    end_input(&r);
}

/* A thread that steps over a breakpoint is between two of its instructions soon. */
static void handlers_are_read_while_the_only_thread_steps_over_a_breakpoint(void **state)
{
    (void)state;
    enum { ROUNDS = 300 };
    nub_run r;
    wire_x86_64_get_signal_handler message = {.signal = SIGUSR1_HAIKU};
    wire_x86_64_get_signal_handler_reply reply;
    nr_start(&r, "instructions", ROUNDS, 1, 100, 0);
    message.reply_port = OPS->port_create(CONTEXT, 1, "reply");
    begin_with_break(&r, r.site[0], IN_CODE);
    for (int i = 0; i < ROUNDS; i++) {
        nr_expect(&r, WIRE_BREAKPOINT_HIT);
        nr_continue(&r);
        if (i + 1 < ROUNDS) {
            kt_tell(r.nub, WIRE_GET_SIGNAL_HANDLER, &message, sizeof message);
            assert_true(OPS->port_read(CONTEXT, message.reply_port, NULL, &reply, sizeof reply, TIMEOUT) > 0);
            assert_int_equal(reply.error, HDBG_OK);
        }
    }
    OPS->port_delete(CONTEXT, message.reply_port);
    run_to_end(&r, NULL);
}

/* Which ends the debugging, as on Haiku. A breakpoint that a thread hits at that moment harms nobody. */
static void an_answer_that_nobody_can_read_lets_threads_go_that_hit_breakpoints(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++) {
        nub_run r;
        wire_x86_64_get_signal_handler message = {.reply_port = -1, .signal = SIGUSR1_HAIKU};
        nr_start(&r, "hits", 8, 100, 100, 0);
        begin_with_break(&r, r.f[0], IN_CODE);
        kt_tell(r.nub, WIRE_GET_SIGNAL_HANDLER, &message, sizeof message);
        nr_finish(&r);
    }
}

/* The thread that is asked dies over it, or loses its id to one that executes another program. */
static void a_team_that_is_killed_while_its_handlers_are_asked_for_ends(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        nub_run r;
        wire_x86_64_get_signal_handler message = {.signal = SIGUSR1_HAIKU};
        nr_start(&r, i % 2 ? "exec-chain" : "spin", i % 2 ? 1000 : 4, 1, 100, 0);
        message.reply_port = OPS->port_create(CONTEXT, 100, "reply");
        nr_begin(&r);
        for (int n = 0; n <= i; n++)
            kt_tell(r.nub, WIRE_GET_SIGNAL_HANDLER, &message, sizeof message);
        assert_int_equal(kill(r.child.team, SIGKILL), 0);
        expect_killed(&r);
        OPS->port_delete(CONTEXT, message.reply_port);
    }
}

static void a_stopped_process_is_debugged_and_goes_on_by_a_signal(void **state)
{
    (void)state;
    nub_run r;
    nr_start(&r, "spin", 2, 1, 100, 0);
    begin_to_output(&r, "spinning");
    nr_set_flags(&r, NR_FLAGS_SIGNALS);
    kill(r.child.team, SIGSTOP);
    nr_expect(&r, WIRE_SIGNAL_RECEIVED);
    nr_continue(&r);
    assert_int_equal(OPS->debug_thread(CONTEXT, r.child.team), HDBG_OK);
    nr_expect(&r, WIRE_THREAD_DEBUGGED);
    nr_continue(&r);
    nr_set_flags(&r, 0);
    kill(r.child.team, SIGCONT);
    begin_to_output(&r, "still");
    end_input(&r);
}

/* ---- debuggers that go ---- */

/* Its first stop may come in the same moment as that of the thread that makes it, which is let go then. */
static void a_thread_that_is_made_while_the_debugger_goes_runs_on(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        nub_run r;
        nr_start(&r, "churn", 300, 1, 100, 0);
        nr_begin(&r);
        assert_int_equal(OPS->port_delete(CONTEXT, r.nub), HDBG_OK);
        nr_finish(&r);
    }
}

/* A thread that is stopped, killed, and let go in one moment must not stay behind. */
static void a_killed_team_ends_although_its_debugger_goes_at_the_same_moment(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        nub_run r;
        nr_start(&r, "hits", 4, 100, 100, 0);
        begin_with_break(&r, r.f[0], IN_REGISTER);
        for (int n = 0; n < 4; n++)
            nr_expect(&r, WIRE_BREAKPOINT_HIT);
        /* By hand: the nub is not to know before it sees it. */
        assert_int_equal(kill(r.child.team, SIGKILL), 0);
        assert_int_equal(OPS->port_delete(CONTEXT, r.nub), HDBG_OK);
        expect_killed(&r);
    }
}

/* Thirty threads at a breakpoint: the event of one is read, that of another is in the port, and those of the
 * others wait for room in it. */
static void fill_port(nub_run *r)
{
    nr_start(r, "hits", 30, 3, 1, 0);
    begin_with_break(r, r->f[0], IN_CODE);
    nr_expect(r, WIRE_BREAKPOINT_HIT);
    assert_true(OPS->port_next_size(CONTEXT, r->port, TIMEOUT) > 0);
}

static void continue_each_thread(nub_run *r)
{
    hdbg_thread_info info = {.size = sizeof info};
    int64_t cookie = 0;
    while (OPS->next_thread(CONTEXT, r->child.team, &cookie, &info) == HDBG_OK) {
        wire_x86_64_continue_thread message = {info.thread, WIRE_HANDLE_EVENT, false};
        /* After the last that was stopped the team ends, and its nub port with it. */
        OPS->port_write(CONTEXT, r->nub, WIRE_CONTINUE_THREAD, &message, sizeof message, TIMEOUT);
    }
}

/* The main thread, which waits for the others, and those that are stopped. */
static void expect_three_threads_left(nub_run *r)
{
    hdbg_time deadline = OPS->system_time(CONTEXT) + TIMEOUT;
    for (int count = 0; count != 3; sched_yield()) {
        hdbg_thread_info info = {.size = sizeof info};
        int64_t cookie = 0;
        for (count = 0; OPS->next_thread(CONTEXT, r->child.team, &cookie, &info) == HDBG_OK;)
            count += !(info.flags & HDBG_THREAD_IS_NUB);
        assert_true(OPS->system_time(CONTEXT) < deadline);
    }
}

/* But not the one whose event is in the port already: it waits to be continued, read or not. */
static void threads_with_events_that_wait_for_room_go_on_when_the_port_is_deleted(void **state)
{
    (void)state;
    nub_run r;
    fill_port(&r);
    assert_int_equal(OPS->port_delete(CONTEXT, r.port), HDBG_OK);
    expect_three_threads_left(&r);
    continue_each_thread(&r);
    kt_expect_end(&r.child, 42, -1);
}

static void threads_go_on_when_their_debugger_goes_whether_their_events_are_in_its_port_or_wait(void **state)
{
    (void)state;
    for (int port_first = 0; port_first < 2; port_first++) {
        nub_run r;
        fill_port(&r);
        if (port_first)
            assert_int_equal(OPS->port_delete(CONTEXT, r.port), HDBG_OK);
        assert_int_equal(OPS->port_delete(CONTEXT, r.nub), HDBG_OK);
        nr_finish(&r);
    }
}

/* A step that cannot be told is the last: the debugger asked for one instruction. */
static void a_thread_steps_no_further_when_its_debuggers_port_is_gone(void **state)
{
    (void)state;
    nub_run r;
    begin_to_instruction(&r);
    assert_int_equal(OPS->port_delete(CONTEXT, r.port), HDBG_OK);
    nr_continue_as(&r, WIRE_HANDLE_EVENT, true);
    kt_expect_end(&r.child, 42, -1);
}

static void a_thread_whose_step_waits_for_room_steps_no_further_when_the_port_is_deleted(void **state)
{
    (void)state;
    nub_run r;
    begin_to_instruction(&r);
    assert_int_equal(OPS->port_write(CONTEXT, r.port, 0, "full", 4, TIMEOUT), HDBG_OK);
    nr_continue_as(&r, WIRE_HANDLE_EVENT, true);
    nr_set_flags(&r, 0); /* answered when the thread has gone */
    assert_int_equal(OPS->port_delete(CONTEXT, r.port), HDBG_OK);
    kt_expect_end(&r.child, 42, -1);
}

static void a_debugger_is_taken_out_of_a_team_whose_main_thread_has_ended(void **state)
{
    (void)state;
    nub_run r;
    nr_start(&r, "leader-gone", 1, 1, 100, 0);
    begin_to_output(&r, "alone");
    hdbg_time before = OPS->system_time(CONTEXT);
    assert_int_equal(OPS->remove_team_debugger(CONTEXT, r.child.team), HDBG_OK);
    assert_true(OPS->system_time(CONTEXT) - before < TIMEOUT / 2);
    nr_finish(&r);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        _exit(kt_debuggee(argv[1])); /* a leak checker at exit does not work while traced */
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
        cmocka_unit_test(a_thread_that_goes_into_vfork_while_handlers_are_asked_for_costs_no_answer),
        cmocka_unit_test(an_exec_by_another_thread_while_handlers_are_asked_for_costs_no_answer),
        cmocka_unit_test(handlers_are_read_while_the_only_thread_steps_over_a_breakpoint),
        cmocka_unit_test(an_answer_that_nobody_can_read_lets_threads_go_that_hit_breakpoints),
        cmocka_unit_test(a_team_that_is_killed_while_its_handlers_are_asked_for_ends),
        cmocka_unit_test(a_stopped_process_is_debugged_and_goes_on_by_a_signal),
        cmocka_unit_test(a_thread_that_is_made_while_the_debugger_goes_runs_on),
        cmocka_unit_test(a_killed_team_ends_although_its_debugger_goes_at_the_same_moment),
        cmocka_unit_test(threads_with_events_that_wait_for_room_go_on_when_the_port_is_deleted),
        cmocka_unit_test(threads_go_on_when_their_debugger_goes_whether_their_events_are_in_its_port_or_wait),
        cmocka_unit_test(a_thread_steps_no_further_when_its_debuggers_port_is_gone),
        cmocka_unit_test(a_thread_whose_step_waits_for_room_steps_no_further_when_the_port_is_deleted),
        cmocka_unit_test(a_debugger_is_taken_out_of_a_team_whose_main_thread_has_ended),
    };
    return cmocka_run_group_tests_name("threads under the nub", tests, kt_create, kt_destroy);
}
