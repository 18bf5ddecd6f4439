/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Debugging through the hosted kernel: stops, ends, calls of debuggees, the nub's death.
 */
#include "kernel_run.h"

#include <pthread.h>
#include <sys/ptrace.h>

/* ---- debugging ---- */

static void a_debugged_team_runs_to_its_end_and_tells_it(void **state)
{
    (void)state;
    kt_child c = kt_launch("exit7");
    hdbg_port_id port = kt_make_port(), nub_port = kt_install(c.team, port);
    wire_x86_64_set_team_flags flags = {.flags = 0};
    kt_tell(nub_port, WIRE_SET_TEAM_FLAGS, &flags, sizeof flags);
    kt_proceed(nub_port, c.team);
    wire_x86_64_team_deleted deleted;
    kt_expect_event(port, WIRE_TEAM_DELETED, &deleted, sizeof deleted);
    assert_int_equal(deleted.origin.team, c.team);
    assert_int_equal(deleted.status, 7);
    assert_int_equal(deleted.signal, -1);
    kt_expect_end(&c, 7, -1);
    hdbg_object_wait object = {nub_port, HDBG_OBJECT_PORT, 0};
    assert_int_equal(OPS->wait_for_objects(CONTEXT, &object, 1, TIMEOUT), 1);
    assert_int_equal(object.events, HDBG_WAIT_INVALID);
    assert_int_equal(OPS->port_write(CONTEXT, nub_port, WIRE_SET_TEAM_FLAGS, &flags, sizeof flags, 0),
                     HDBG_BAD_PORT_ID);
    OPS->port_delete(CONTEXT, port);
}

static void a_team_that_kill_team_ends_has_signal_21(void **state)
{
    (void)state;
    kt_child c = kt_launch("wait");
    hdbg_port_id port = kt_make_port(), nub_port = kt_install(c.team, port);
    kt_proceed(nub_port, c.team);
    kt_expect_line(&c, "ready");
    assert_int_equal(OPS->kill_team(CONTEXT, c.team), HDBG_OK);
    wire_x86_64_team_deleted deleted;
    kt_expect_event(port, WIRE_TEAM_DELETED, &deleted, sizeof deleted);
    assert_int_equal(deleted.status, -1);
    assert_int_equal(deleted.signal, 21);
    kt_expect_end(&c, -1, 21);
    OPS->port_delete(CONTEXT, port);
}

static void signals_have_haikus_numbers(void **state)
{
    (void)state;
    kt_child c = kt_launch("wait");
    OPS->resume_thread(CONTEXT, c.team);
    kt_expect_line(&c, "ready");
    assert_int_equal(OPS->send_signal(CONTEXT, c.team, 99), HDBG_BAD_VALUE);
    assert_int_equal(OPS->send_signal(CONTEXT, c.team, 0), HDBG_OK);
    assert_int_equal(OPS->send_team_signal(CONTEXT, -5, 0), HDBG_BAD_TEAM_ID);
    assert_int_equal(OPS->send_signal(CONTEXT, c.team, 18), HDBG_OK); /* SIGUSR1, 10 on Linux */
    kt_expect_end(&c, -1, 18);
}

static void teams_that_cannot_be_debugged_say_why(void **state)
{
    (void)state;
    hdbg_port_id port = kt_make_port();
    assert_int_equal(OPS->install_team_debugger(CONTEXT, getpid(), port), HDBG_NOT_ALLOWED);
    assert_int_equal(OPS->install_team_debugger(CONTEXT, 1, port), HDBG_NOT_ALLOWED);
    assert_int_equal(OPS->install_team_debugger(CONTEXT, 0x3ffffff, port), HDBG_BAD_TEAM_ID);
    assert_int_equal(OPS->install_team_debugger(CONTEXT, -1, port), HDBG_BAD_TEAM_ID);
    kt_child c = kt_launch("exit7");
    assert_int_equal(OPS->install_team_debugger(CONTEXT, c.team, port + 1), HDBG_BAD_PORT_ID);
    kt_install(c.team, port);
    assert_int_equal(OPS->install_team_debugger(CONTEXT, c.team, port), HDBG_BAD_VALUE);
    assert_string_not_equal(hdbg_last_error(), "");
    assert_int_equal(OPS->remove_team_debugger(CONTEXT, c.team), HDBG_OK);
    OPS->kill_team(CONTEXT, c.team);
    close(c.in);
    hdbg_team_status status;
    assert_int_equal(OPS->reap(CONTEXT, c.team, &status, TIMEOUT), HDBG_OK);
    close(c.out);
    assert_int_equal(OPS->remove_team_debugger(CONTEXT, c.team), HDBG_BAD_TEAM_ID);
    OPS->port_delete(CONTEXT, port);
}

static void a_team_that_another_program_traces_names_it(void **state)
{
    (void)state;
    char tracer[32];
    hdbg_port_id port = kt_make_port();
    pid_t pid = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    snprintf(tracer, sizeof tracer, "process %d", (int)getpid());
    assert_int_equal(OPS->install_team_debugger(CONTEXT, pid, port), HDBG_BAD_VALUE);
    assert_non_null(strstr(hdbg_last_error(), tracer));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(OPS->install_team_debugger(CONTEXT, pid, port), HDBG_BAD_TEAM_ID);
    OPS->port_delete(CONTEXT, port);
}

static void debug_thread_stops_and_continue_thread_starts(void **state)
{
    (void)state;
    kt_child c = kt_launch("call on input");
    hdbg_port_id port = kt_make_port(), nub_port = kt_install(c.team, port);
    hdbg_thread_info info = {.size = sizeof info};
    kt_proceed(nub_port, c.team);
    kt_expect_line(&c, "ready");
    assert_int_equal(OPS->debug_thread(CONTEXT, c.team), HDBG_OK);
    wire_x86_64_thread_debugged stopped;
    kt_expect_event(port, WIRE_THREAD_DEBUGGED, &stopped, sizeof stopped);
    assert_int_equal(stopped.origin.thread, c.team);
    assert_int_equal(OPS->thread_info(CONTEXT, c.team, &info), HDBG_OK);
    assert_int_equal(info.state, HDBG_THREAD_SUSPENDED);
    hdbg_extra_registers extra = {.size = sizeof extra};
    assert_int_equal(OPS->extra_registers(CONTEXT, c.team, &extra), HDBG_OK);
    assert_int_not_equal(extra.fs_base, 0);
    kt_proceed(nub_port, c.team);
    assert_int_equal(write(c.in, "x", 1), 1);
    kt_expect_line(&c, "called");
    kt_expect_end(&c, 0, -1);
    OPS->port_delete(CONTEXT, port);
}

/* ---- calls of debuggees ---- */

static void debugger_stops_the_team_and_returns_when_continued(void **state)
{
    (void)state;
    kt_child c = kt_launch("debugger");
    hdbg_port_id port = kt_make_port(), nub_port = kt_install(c.team, port);
    kt_proceed(nub_port, c.team);
    wire_x86_64_debugger_call call;
    kt_expect_event(port, WIRE_DEBUGGER_CALL, &call, sizeof call);
    char message[10];
    assert_int_equal(OPS->memory_read(CONTEXT, c.team, call.message, message, sizeof message),
                     sizeof message);
    assert_string_equal(message, "a message");
    kt_proceed(nub_port, c.team);
    kt_expect_line(&c, "debugged");
    kt_expect_end(&c, 3, -1);
    OPS->port_delete(CONTEXT, port);
}

static void debugger_without_a_debugger_ends_with_status_1(void **state)
{
    (void)state;
    int status;
    pid_t pid = fork();
    if (pid == 0)
        hdbg_debuggee_debugger("nobody hears"), _exit(0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

/* The terminal's signals do not reach it, but it has its share of the session's processors. */
static void the_nub_is_in_its_callers_session_in_a_group_of_its_own(void **state)
{
    (void)state;
    kt_child c = kt_launch("exit7");
    pid_t nub = hdbg_hosted_test_nub(kt_kernel);
    assert_true(nub > 0);
    assert_int_equal(getsid(nub), getsid(0));
    assert_int_equal(getpgid(nub), nub);
    OPS->resume_thread(CONTEXT, c.team);
    kt_expect_end(&c, 7, -1);
}

/* ---- the nub's death ---- */

static void a_killed_nub_is_told_once_and_leaves_no_breakpoint(void **state)
{
    (void)state;
    kt_child c = kt_launch("call on input");
    hdbg_port_id port = kt_make_port(), nub_port = kt_install(c.team, port);
    hdbg_address function = kt_set_software_breakpoint(c.team, nub_port);
    wire_x86_64_set_team_flags flags = {.flags = 0};
    char byte;
    kt_proceed(nub_port, c.team);
    kt_expect_line(&c, "ready");
    int descriptor = OPS->descriptor_open(CONTEXT, port);
    assert_int_equal(kill(hdbg_hosted_test_nub(kt_kernel), SIGKILL), 0);
    struct pollfd ready = {.fd = descriptor, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, TIMEOUT / 1000), 1);
    assert_int_equal(OPS->port_read(CONTEXT, port, NULL, &byte, 1, TIMEOUT), HDBG_NUB_LOST);
    assert_int_equal(OPS->port_read(CONTEXT, port, NULL, &byte, 1, 0), HDBG_WOULD_BLOCK);
    assert_int_equal(poll(&ready, 1, 0), 0);
    assert_int_equal(OPS->port_write(CONTEXT, nub_port, WIRE_SET_TEAM_FLAGS, &flags, sizeof flags, 0),
                     HDBG_BAD_PORT_ID);
    assert_int_not_equal(kt_raw_byte(c.team, function), 0xcc);
    /* The team works on, over the place of the one in the code and those in the registers. */
    assert_int_equal(write(c.in, "x", 1), 1);
    kt_expect_line(&c, "called");
    assert_int_equal(write(c.in, "x", 1), 1);
    kt_expect_line(&c, "called again");
    kt_expect_end(&c, 0, -1);
    OPS->descriptor_close(CONTEXT, descriptor);
    OPS->port_delete(CONTEXT, port);
}

static void *read_forever(void *argument)
{
    char byte;
    hdbg_port_id port = *(hdbg_port_id *)argument;
    return (void *)(intptr_t)OPS->port_read(CONTEXT, port, NULL, &byte, 1, HDBG_FOREVER);
}

static void a_killed_nub_wakes_a_blocked_reader_and_another_serves_on(void **state)
{
    (void)state;
    pthread_t reader;
    void *result;
    kt_child c = kt_launch("wait");
    hdbg_port_id port = kt_make_port(), nub_port = kt_install(c.team, port);
    kt_proceed(nub_port, c.team);
    kt_expect_line(&c, "ready");
    pthread_create(&reader, NULL, read_forever, &port);
    assert_int_equal(kill(hdbg_hosted_test_nub(kt_kernel), SIGKILL), 0);
    pthread_join(reader, &result);
    assert_int_equal((intptr_t)result, HDBG_NUB_LOST);
    nub_port = kt_install(c.team, port); /* by a new nub */
    assert_int_equal(OPS->kill_team(CONTEXT, c.team), HDBG_OK);
    wire_x86_64_team_deleted deleted;
    kt_expect_event(port, WIRE_TEAM_DELETED, &deleted, sizeof deleted);
    assert_int_equal(deleted.signal, 21);
    kt_expect_end(&c, -1, 21);
    OPS->port_delete(CONTEXT, port);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        _exit(kt_debuggee(argv[1])); /* a leak checker at exit does not work while traced */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_debugged_team_runs_to_its_end_and_tells_it),
        cmocka_unit_test(a_team_that_kill_team_ends_has_signal_21),
        cmocka_unit_test(signals_have_haikus_numbers),
        cmocka_unit_test(teams_that_cannot_be_debugged_say_why),
        cmocka_unit_test(a_team_that_another_program_traces_names_it),
        cmocka_unit_test(debug_thread_stops_and_continue_thread_starts),
        cmocka_unit_test(debugger_stops_the_team_and_returns_when_continued),
        cmocka_unit_test(debugger_without_a_debugger_ends_with_status_1),
        cmocka_unit_test(the_nub_is_in_its_callers_session_in_a_group_of_its_own),
        cmocka_unit_test(a_killed_nub_is_told_once_and_leaves_no_breakpoint),
        cmocka_unit_test(a_killed_nub_wakes_a_blocked_reader_and_another_serves_on),
    };
    return cmocka_run_group_tests(tests, kt_create, kt_destroy);
}
