/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Signals that a debugger sends with details of its own, and others of the same number.
 */
#include "obedient.h"

#include <sys/syscall.h>

enum { SIGUSR1_HAIKU = 18, GIVEN = 4711 };

static void send_given(const nub_run *r)
{
    siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
    info.si_pid = GIVEN;
    assert_int_equal(OPS->send_signal_info(CONTEXT, r->child.team, SIGUSR1_HAIKU, &info, sizeof info),
                     HDBG_OK);
}

#undef si_pid /* the C library's macro: the messages have a field of that name */

/* The obedient one stands, and tells of its signals. */
static void start(nub_run *r)
{
    obedient_start(r);
    nr_set_flags(r, NR_FLAGS_SIGNALS);
    assert_int_equal(OPS->debug_thread(CONTEXT, r->child.team), HDBG_OK);
    nr_expect(r, WIRE_THREAD_DEBUGGED);
}

/* Sends the thread a signal from a process that is not the debugger's. @return who it was. */
static pid_t send_from_another(hdbg_team_id team)
{
    int status = -1;
    pid_t sender = fork();
    if (sender == 0)
        _exit(syscall(SYS_tgkill, team, team, SIGUSR1) == 0 ? 0 : 1);
    assert_int_equal(waitpid(sender, &status, 0), sender);
    assert_int_equal(status, 0);
    return sender;
}

/* A SIGUSR1 comes, from a process. It is not passed on. */
static void expect_sender(nub_run *r, pid_t sender)
{
    nr_expect(r, WIRE_SIGNAL_RECEIVED);
    assert_int_equal(r->event.signal.signal, SIGUSR1_HAIKU);
    assert_int_equal(r->event.signal.info.si_pid, sender);
    nr_continue_as(r, WIRE_IGNORE_EVENT, false);
}

static void a_signal_comes_with_the_details_that_it_was_given(void **state)
{
    nub_run r;
    (void)state;
    start(&r);
    send_given(&r);
    nr_continue(&r);
    expect_sender(&r, GIVEN);
    assert_int_equal(OPS->send_signal(CONTEXT, r.child.team, SIGUSR1_HAIKU), HDBG_OK);
    expect_sender(&r, getpid());
    obedient_finish(&r);
}

/* Linux drops a signal that is pending already. What it was to come with is dropped as well. */
static void details_of_a_signal_that_was_pending_already_are_not_the_next_ones(void **state)
{
    nub_run r;
    (void)state;
    start(&r);
    pid_t sender = send_from_another(r.child.team);
    send_given(&r);
    nr_continue(&r);
    expect_sender(&r, sender);
    assert_int_equal(OPS->send_signal(CONTEXT, r.child.team, SIGUSR1_HAIKU), HDBG_OK);
    expect_sender(&r, getpid());
    obedient_finish(&r);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, kt_create, kt_destroy)
    const struct CMUnitTest tests[] = {
        TEST(a_signal_comes_with_the_details_that_it_was_given),
        TEST(details_of_a_signal_that_was_pending_already_are_not_the_next_ones),
    };
    return cmocka_run_group_tests_name("signals with details", tests, NULL, NULL);
}
