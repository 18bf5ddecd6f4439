/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Two debuggers, in one process or in two, and one team: only one has it, and it can be handed over.
 */
#include "kernel_run.h"

#include <sys/socket.h>

/* What is told to the other process, and what it answers. */
typedef struct order {
    char what; /* 'i': install, 'p': install, tell of the stop and proceed */
    hdbg_team_id team;
} order;
typedef struct answer {
    hdbg_status status;
    hdbg_address pc;
    char why[256];
} answer;

enum { PC_OFFSET = 1000 }; /* of rip in x86_64's debug_cpu_state */

static hdbg_address pc_of(const wire_x86_64_breakpoint_hit *hit)
{
    hdbg_address pc;
    memcpy(&pc, (const char *)&hit->cpu_state + PC_OFFSET, sizeof pc);
    return pc;
}

/* A team that stands at a breakpoint in its code, debugged by kt_kernel. */
static hdbg_address stop_at_breakpoint(kt_child *c, hdbg_port_id port, hdbg_port_id *nub_port)
{
    wire_x86_64_breakpoint_hit hit;
    *c = kt_launch("call on input");
    *nub_port = kt_install(c->team, port);
    hdbg_address function = kt_set_software_breakpoint(c->team, *nub_port);
    kt_proceed(*nub_port, c->team);
    kt_expect_line(c, "ready");
    assert_int_equal(write(c->in, "x", 1), 1);
    kt_expect_event(port, WIRE_BREAKPOINT_HIT, &hit, sizeof hit);
    assert_int_equal(pc_of(&hit), function);
    return function;
}

static void prepare_handover(hdbg_team_id team, hdbg_port_id nub_port)
{
    hdbg_address function = kt_address_in(team, (const void *)(uintptr_t)debuggee_function);
    kt_tell(nub_port, WIRE_PREPARE_HANDOVER, NULL, 0);
    /* Order is kept: an answer means that it is prepared, with no breakpoint left. */
    wire_x86_64_read_memory read = {.address = (uintptr_t)function, .size = 1};
    wire_x86_64_read_memory_reply reply;
    kt_ask(nub_port, WIRE_READ_MEMORY, &read, sizeof read, &reply, sizeof reply);
    assert_int_not_equal(kt_raw_byte(team, function), 0xcc);
}

/* ---- two kernels of one process ---- */

static hdbg_kernel *swap(hdbg_kernel *other)
{
    hdbg_kernel *before = kt_kernel;
    kt_kernel = other;
    return before;
}

static void second_kernel_cannot_have_a_team_that_the_first_debugs(void **state)
{
    hdbg_kernel *second;
    (void)state;
    kt_child c = kt_launch("wait");
    hdbg_port_id port = kt_make_port(), nub_port = kt_install(c.team, port);
    kt_proceed(nub_port, c.team);
    kt_expect_line(&c, "ready");
    assert_int_equal(hdbg_kernel_create(&second), HDBG_OK);
    hdbg_kernel *first = swap(second);
    hdbg_port_id other = kt_make_port();
    assert_int_not_equal(other, port);
    assert_int_equal(OPS->install_team_debugger(CONTEXT, c.team, other), HDBG_BAD_VALUE);
    assert_non_null(strstr(hdbg_last_error(), "already"));
    OPS->port_delete(CONTEXT, other);
    hdbg_kernel_destroy(second);
    swap(first);
    /* The first has it still. */
    assert_int_equal(OPS->debug_thread(CONTEXT, c.team), HDBG_OK);
    wire_x86_64_thread_debugged stopped;
    kt_expect_event(port, WIRE_THREAD_DEBUGGED, &stopped, sizeof stopped);
    kt_proceed(nub_port, c.team);
    kt_expect_end(&c, 0, -1);
    OPS->port_delete(CONTEXT, port);
}

static void team_is_handed_over_to_a_second_kernel_and_its_stop_is_told_again(void **state)
{
    (void)state;
    hdbg_kernel *second;
    kt_child c;
    hdbg_port_id nub_port, port = kt_make_port();
    hdbg_address function = stop_at_breakpoint(&c, port, &nub_port);
    prepare_handover(c.team, nub_port);

    assert_int_equal(hdbg_kernel_create(&second), HDBG_OK);
    hdbg_kernel *first = swap(second);
    hdbg_port_id other = kt_make_port(), other_nub_port = kt_install(c.team, other);
    wire_x86_64_handed_over handed;
    wire_x86_64_breakpoint_hit hit;
    kt_expect_event(other, WIRE_HANDED_OVER, &handed, sizeof handed);
    assert_int_equal(handed.debugger_port, other);
    kt_expect_event(other, WIRE_BREAKPOINT_HIT, &hit, sizeof hit);
    assert_int_equal(pc_of(&hit), function);
    assert_int_equal(hit.origin.nub_port, other_nub_port);

    swap(first);
    kt_expect_event(port, WIRE_HANDED_OVER, &handed, sizeof handed);
    assert_int_equal(handed.debugger_port, other);
    wire_x86_64_set_team_flags flags = {.flags = 0};
    assert_int_equal(OPS->port_write(CONTEXT, nub_port, WIRE_SET_TEAM_FLAGS, &flags, sizeof flags, 0),
                     HDBG_BAD_PORT_ID);
    OPS->port_delete(CONTEXT, port);

    swap(second);
    kt_set_breakpoint(other_nub_port, function);
    kt_proceed(other_nub_port, c.team);
    kt_expect_line(&c, "called");
    assert_int_equal(write(c.in, "x", 1), 1);
    kt_expect_event(other, WIRE_BREAKPOINT_HIT, &hit, sizeof hit);
    assert_int_equal(OPS->remove_team_debugger(CONTEXT, c.team), HDBG_OK);
    kt_expect_line(&c, "called again");
    hdbg_kernel_destroy(second);
    swap(first);
    kt_expect_end(&c, 0, -1);
}

/* ---- two processes ---- */

/* The other debugger: does one order. */
static void other_process(int socket)
{
    order o;
    answer a = {.status = HDBG_ERROR};
    if (hdbg_kernel_create(&kt_kernel) != HDBG_OK || read(socket, &o, sizeof o) != (ssize_t)sizeof o)
        _exit(1);
    hdbg_port_id port = OPS->port_create(CONTEXT, 100, "debugger");
    hdbg_port_id nub_port = OPS->install_team_debugger(CONTEXT, o.team, port);
    a.status = nub_port < 0 ? nub_port : HDBG_OK;
    snprintf(a.why, sizeof a.why, "%s", hdbg_last_error());
    while (nub_port >= 0 && o.what == 'p' && a.pc == 0) {
        union {
            wire_x86_64_breakpoint_hit hit;
            char bytes[4096];
        } message;
        int32_t code;
        if (OPS->port_read(CONTEXT, port, &code, &message, sizeof message, TIMEOUT) < 0)
            break;
        if (code == WIRE_BREAKPOINT_HIT)
            a.pc = pc_of(&message.hit);
    }
    if (write(socket, &a, sizeof a) != (ssize_t)sizeof a || read(socket, &o, sizeof o) != (ssize_t)sizeof o)
        _exit(1);
    wire_x86_64_continue_thread message = {.thread = o.team, .handle_event = WIRE_HANDLE_EVENT};
    if (nub_port >= 0)
        OPS->port_write(CONTEXT, nub_port, WIRE_CONTINUE_THREAD, &message, sizeof message, TIMEOUT);
    /* It ends without a word, as a debugger may that is killed: its team runs on. */
    (void)!read(socket, &o, sizeof o);
    _exit(0);
}

static pid_t start_other(int *socket)
{
    int sockets[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(sockets[0]);
        other_process(sockets[1]);
    }
    close(sockets[1]);
    *socket = sockets[0];
    return pid;
}

static answer ask_other(int socket, char what, hdbg_team_id team)
{
    order o = {what, team};
    answer a;
    assert_int_equal(write(socket, &o, sizeof o), sizeof o);
    assert_int_equal(read(socket, &a, sizeof a), sizeof a);
    return a;
}

static void end_other(pid_t pid, int socket)
{
    int status;
    close(socket);
    assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void another_process_cannot_have_a_team_that_this_one_debugs(void **state)
{
    (void)state;
    int socket;
    pid_t pid = start_other(&socket); /* before this process has a nub: a fork has nothing of it */
    kt_child c = kt_launch("exit7");
    hdbg_port_id port = kt_make_port(), nub_port = kt_install(c.team, port);
    answer a = ask_other(socket, 'i', c.team);
    assert_int_equal(a.status, HDBG_BAD_VALUE);
    assert_non_null(strstr(a.why, "already"));
    end_other(pid, socket);
    kt_proceed(nub_port, c.team);
    kt_expect_end(&c, 7, -1);
    OPS->port_delete(CONTEXT, port);
}

static void team_is_handed_over_to_another_process_and_its_stop_is_told_again(void **state)
{
    (void)state;
    int socket;
    kt_child c;
    pid_t pid = start_other(&socket);
    hdbg_port_id nub_port, port = kt_make_port();
    hdbg_address function = stop_at_breakpoint(&c, port, &nub_port);
    prepare_handover(c.team, nub_port);
    answer a = ask_other(socket, 'p', c.team);
    if (a.status != HDBG_OK)
        fail_msg("%s", a.why);
    assert_int_equal(a.pc, function);
    wire_x86_64_handed_over handed;
    kt_expect_event(port, WIRE_HANDED_OVER, &handed, sizeof handed);
    assert_int_equal(handed.debugger, pid);
    OPS->port_delete(CONTEXT, port);
    /* This debugger's end is none of the team's business any more. */
    order o = {'c', c.team};
    assert_int_equal(write(socket, &o, sizeof o), sizeof o);
    kt_expect_line(&c, "called");
    end_other(pid, socket);
    assert_int_equal(write(c.in, "x", 1), 1);
    kt_expect_line(&c, "called again");
    kt_expect_end(&c, 0, -1);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        _exit(kt_debuggee(argv[1])); /* a leak checker at exit does not work while traced */
#define TEST(name) cmocka_unit_test_setup_teardown(name, kt_create, kt_destroy)
    const struct CMUnitTest tests[] = {
        TEST(second_kernel_cannot_have_a_team_that_the_first_debugs),
        TEST(team_is_handed_over_to_a_second_kernel_and_its_stop_is_told_again),
        TEST(another_process_cannot_have_a_team_that_this_one_debugs),
        TEST(team_is_handed_over_to_another_process_and_its_stop_is_told_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
