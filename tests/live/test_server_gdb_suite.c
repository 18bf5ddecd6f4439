/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What GDB's own test suite has found in hdbg-server (docs/gdb-testsuite.md).
 */
#define _GNU_SOURCE
#include "gdb_run.h"
#include "server_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define FIXTURE(name)  HDBG_TEST_FIXTURES "/" name
#define FEATURES       "multiprocess+;swbreak+;hwbreak+;no-resumed+"

/* ---- steps ---- */

/* It is started by a shell, so that it stands where it was executed. */
static void the_first_step_of_a_new_program_executes_its_first_instruction(void **state)
{
    (void)state;
    struct report_run run;
    gdb_plain(&run, FIXTURE("program_static"),
              ARGUMENTS("target extended-remote | " SERVER_TOOL " --multi -",
                        "set remote exec-file " FIXTURE("program_static"), "starti", "set $before = $pc",
                        "stepi", "printf \"moved: %d\\n\", $pc != $before", "kill"));
    report_expect(run.output_text, "Program stopped.");
    report_expect(run.output_text, "moved: 1\n");
    report_clean(&run);
}

/* ---- what is done at breakpoints instead of telling them ---- */

static void a_dprintf_is_printed_by_the_server_and_not_told(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, FIXTURE("server_cases"), "- " FIXTURE("server_cases") " count 20",
            ARGUMENTS("set dprintf-style agent", "dprintf counted,\"at %d, in hex %#x\\n\",number,number",
                      "condition 1 number % 10 == 3", "continue"));
    report_expect(run.error_text, "at 3, in hex 0x3\n");
    report_expect(run.error_text, "at 13, in hex 0xd\n");
    assert_int_equal(gdb_count(run.error_text, ", in hex "), 2);
    report_expect_none(run.output_text, "Breakpoint");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

/* ---- interrupts ---- */

/* Attaches the server to crowds of threads that only sleep and count. */
static void begin(struct server_client *client, struct report_run *crowds, int count)
{
    client_serve(client, FEATURES, ARGUMENTS("--multi", "-"));
    assert_string_equal(client_ask(client, "!"), "OK");
    for (int i = 0; i < count; i++) {
        report_start(&crowds[i], ARGUMENTS(FIXTURE("crowd"), "3"));
        report_await_output(&crowds[i], "ready\n");
        client_ask(client, "vAttach;%x", (unsigned)crowds[i].pid);
        client_expect(client, "T05");
    }
}

static void end(struct server_client *client, struct report_run *crowds, int count)
{
    for (int i = 0; i < count; i++)
        assert_string_equal(client_ask(client, "D;%x", (unsigned)crowds[i].pid), "OK");
    client_end(client, 0);
    for (int i = 0; i < count; i++) {
        report_type(&crowds[i], "go\n");
        report_await_output(&crowds[i], "counting\n");
        report_finish(&crowds[i]);
        assert_int_equal(crowds[i].status, 7);
        report_clean(&crowds[i]);
    }
}

static void interrupt(struct server_client *client, unsigned team, unsigned thread)
{
    char name[64];
    snprintf(name, sizeof name, "thread:p%x.%x;", team, thread);
    client_send_raw(client, "\003", 1);
    client_receive(client);
    client_expect(client, "T02");
    report_expect(client->answer, name);
}

/* GDB ends itself by an assertion if another thread than the one that it steps over a breakpoint is told. */
static void an_interrupt_is_told_of_a_thread_that_was_let_go(void **state)
{
    (void)state;
    struct server_client client;
    struct report_run crowd;
    begin(&client, &crowd, 1);
    unsigned team = (unsigned)crowd.pid;
    client_ask(&client, "qfThreadInfo");
    const char *second = strchr(client.answer, ',');
    assert_non_null(second);
    unsigned thread = (unsigned)strtoul(strchr(second, '.') + 1, NULL, 16);
    assert_int_not_equal(thread, team);
    assert_string_equal(client_ask(&client, "Hgp%x.%x", team, team), "OK");
    client_send(&client, "vCont;c:p%x.%x", team, thread);
    interrupt(&client, team, thread);
    end(&client, &crowd, 1);
}

static void an_interrupt_of_many_teams_goes_to_the_last_one_that_was_started(void **state)
{
    (void)state;
    struct server_client client;
    struct report_run crowds[2];
    begin(&client, crowds, 2);
    unsigned first = (unsigned)crowds[0].pid, last = (unsigned)crowds[1].pid;
    assert_string_equal(client_ask(&client, "Hgp%x.%x", first, first), "OK");
    client_send(&client, "vCont;c");
    interrupt(&client, last, last);
    client_send(&client, "vCont;c:p%x.-1", first);
    interrupt(&client, first, first);
    end(&client, crowds, 2);
}

/* ---- signals ---- */

/* Two threads have one each. While the first one's is on its way, the second one's may have to be told; all
 * the same the first one gets its own then, and that ends the program. */
static void a_signal_is_not_lost_if_something_else_is_told_before_its_thread_goes_on(void **state)
{
    (void)state;
    struct server_client client;
    struct report_run crowd;
    unsigned threads[3];
    begin(&client, &crowd, 1);
    unsigned team = (unsigned)crowd.pid;
    client_ask(&client, "qfThreadInfo");
    const char *at = client.answer;
    for (int i = 0; i < 3; i++) {
        at = strchr(at, '.');
        assert_non_null(at);
        threads[i] = (unsigned)strtoul(++at, NULL, 16);
    }
    assert_int_equal(syscall(SYS_tgkill, team, threads[1], SIGUSR1), 0);
    assert_int_equal(syscall(SYS_tgkill, team, threads[2], SIGUSR2), 0);
    client_ask(&client, "vCont;c");
    client_expect(&client, "T1"); /* 1e or 1f */
    char signal[] = {client.answer[1], client.answer[2], '\0'}, end_by[8];
    unsigned first = threads[strcmp(signal, "1e") == 0 ? 1 : 2];
    snprintf(end_by, sizeof end_by, "X%s", signal);
    client_ask(&client, "vCont;C%s:p%x.%x;c", signal, team, first);
    if (client.answer[0] == 'T')
        client_ask(&client, "vCont;c");
    client_expect(&client, end_by);
    client_end(&client, 0);
    report_finish(&crowd);
    report_clean(&crowd);
}

/* The server itself must not die of SIGPIPE, but that is no matter of the programs that it launches. */
static void a_program_does_not_inherit_which_signals_the_server_ignores(void **state)
{
    (void)state;
    struct server_client client;
    client_serve(&client, FEATURES, ARGUMENTS("--multi", "-"));
    assert_string_equal(client_ask(&client, "!"), "OK");
    client_ask_hex(&client, "vRun;", "/bin/sh;-c;kill -PIPE $$ && exit 7");
    client_expect(&client, "T05");
    client_ask(&client, "vCont;c");
    client_expect(&client, "T0d");
    client_ask(&client, "vCont;C0d");
    client_expect(&client, "X0d");
    client_end(&client, 0);
}

/* ---- where the server listens ---- */

static void a_port_that_is_in_use_is_told_in_gdbservers_words(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct report_run run;
    char where[32];
    int taken = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(taken, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(taken, 1), 0);
    assert_int_equal(getsockname(taken, (struct sockaddr *)&address, &size), 0);
    snprintf(where, sizeof where, "127.0.0.1:%d", ntohs(address.sin_port));
    report_all(&run, ARGUMENTS(SERVER_TOOL, "--multi", where));
    report_expect(run.error_text, "Can't bind address: Address already in use.\n");
    assert_int_equal(run.status, 1);
    report_clean(&run);
    close(taken);
}

static void a_host_that_is_none_is_told_in_gdbservers_words(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, ARGUMENTS(SERVER_TOOL, "--multi", "tcp8:123:2353"));
    report_expect(run.error_text, "tcp8:123:2353: cannot resolve name: ");
    assert_int_equal(run.status, 1);
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_step_of_a_new_program_executes_its_first_instruction),
        cmocka_unit_test(a_dprintf_is_printed_by_the_server_and_not_told),
        cmocka_unit_test(an_interrupt_is_told_of_a_thread_that_was_let_go),
        cmocka_unit_test(an_interrupt_of_many_teams_goes_to_the_last_one_that_was_started),
        cmocka_unit_test(a_signal_is_not_lost_if_something_else_is_told_before_its_thread_goes_on),
        cmocka_unit_test(a_program_does_not_inherit_which_signals_the_server_ignores),
        cmocka_unit_test(a_port_that_is_in_use_is_told_in_gdbservers_words),
        cmocka_unit_test(a_host_that_is_none_is_told_in_gdbservers_words),
    };
    return cmocka_run_group_tests_name("what GDB's test suite found", tests, NULL, NULL);
}
