/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-server, extended: programs that clients launch and attach, one after the other and several at once.
 */
#define _GNU_SOURCE
#include "gdb_run.h"
#include "server_client.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define FIXTURE(name)  HDBG_TEST_FIXTURES "/" name
#define FEATURES       "multiprocess+;swbreak+;hwbreak+;no-resumed+;fork-events+;vfork-events+;exec-events+"

static void serve(struct server_client *client)
{
    client_serve(client, FEATURES, ARGUMENTS("--multi", "-"));
    assert_string_equal(client_ask(client, "!"), "OK");
}

/* Launches a program; answers its team. */
static pid_t run(struct server_client *client, const char *command)
{
    client_ask_hex(client, "vRun;", command);
    client_expect(client, "T05");
    const char *thread = strstr(client->answer, "thread:p");
    assert_non_null(thread);
    return (pid_t)strtol(thread + 8, NULL, 16);
}

static bool is_there(pid_t team)
{
    return kill(team, 0) == 0;
}

static uint64_t symbol(struct server_client *client, const char *fixture, const char *name)
{
    snprintf(client->program, sizeof client->program, "%s", fixture);
    return client_symbol(client, name);
}

/* ---- launching ---- */

static void without_a_program_there_is_none_until_one_is_launched(void **state)
{
    (void)state;
    struct server_client client;
    static const char *const kBad[] = {"g",   "m0,1", "p0",        "qC", "vCont;c",   "D",     "vKill;1",
                                       "Hg1", "T1.1", "Z0,1000,1", "s",  "qAttached", "vRun;", "vRun;zz"};
    client_serve(&client, FEATURES, ARGUMENTS("--multi", "-"));
    assert_string_equal(client_ask(&client, "?"), "W00;process:0");
    assert_string_equal(client_ask(&client, "qfThreadInfo"), "l");
    for (size_t i = 0; i < sizeof kBad / sizeof *kBad; i++) {
        client_ask(&client, "%s", kBad[i]);
        if (client.answer[0] != 'E')
            fail_msg("'%s' is answered with '%.100s'", kBad[i], client.answer);
    }
    run(&client, FIXTURE("watched;work;1;1"));
    client_ask(&client, "vCont;c");
    client_expect(&client, "W2a;process:");
    run(&client, FIXTURE("family;fork"));
    client_ask(&client, "D");
    assert_string_equal(client.answer, "OK");
    client_end(&client, 0);
}

static void arguments_environment_and_folder_are_the_clients(void **state)
{
    (void)state;
    static const char *const kShells[] = {"1", "0"};
    for (size_t i = 0; i < 2; i++) {
        struct server_client client;
        serve(&client);
        assert_string_equal(client_ask(&client, "QStartupWithShell:%s", kShells[i]), "OK");
        client_ask_hex(&client, "QEnvironmentHexEncoded:", "SESSION_TEST=first value");
        assert_string_equal(client.answer, "OK");
        client_ask_hex(&client, "QEnvironmentHexEncoded:", "SESSION_TEST=it's another $HOME");
        client_ask_hex(&client, "QSetWorkingDir:", "/usr");
        assert_string_equal(client.answer, "OK");
        run(&client, FIXTURE("echo_start;a 'b'  *$HOME\n>x;3"));
        client_ask(&client, "vCont;c");
        client_expect(&client, "W03");
        report_await_error(&client.run, "a 'b'  *$HOME\n>x\nit's another $HOME\n/usr\n");

        client_ask_hex(&client, "QEnvironmentUnset:", "SESSION_TEST");
        assert_string_equal(client.answer, "OK");
        assert_string_equal(client_ask(&client, "QSetWorkingDir:"), "OK");
        run(&client, ";4;0"); /* the last program */
        client_ask(&client, "vCont;c");
        client_expect(&client, "W00");
        report_await_error(&client.run, "4\nnone\n");
        assert_string_equal(client_ask(&client, "QEnvironmentReset"), "OK");
        client_ask_hex(&client, "QEnvironmentHexEncoded:", "=x");
        client_expect(&client, "E");
        client_end(&client, 0);
    }
}

static void what_cannot_be_launched_is_said_in_a_sentence(void **state)
{
    (void)state;
    struct server_client client;
    serve(&client);
    client_ask_hex(&client, "vRun;", "/no/such/program");
    client_expect(&client, "E.what was to start '/no/such/program'");
    assert_string_equal(client_ask(&client, "QStartupWithShell:0"), "OK");
    client_ask_hex(&client, "vRun;", "/no/such/program");
    client_expect(&client, "E.");
    report_expect(client.answer, "/no/such/program");
    client_ask_hex(&client, "QSetWorkingDir:", "/no/such/folder");
    client_ask_hex(&client, "vRun;", FIXTURE("watched"));
    client_expect(&client, "E.");
    client_ask(&client, "vAttach;7fffffff");
    client_expect(&client, "E.");
    assert_string_equal(client_ask(&client, "?"), "W00;process:0");
    client_end(&client, 0);
}

/* A wrapper becomes the program, by itself or after a shell; a script is one, too. */
static void a_wrapper_starts_programs(void **state)
{
    (void)state;
    static const char *const kShells[] = {"1", "0"};
    struct server_client client;
    client_serve(&client, FEATURES,
                 ARGUMENTS("--wrapper", "env", "SESSION_TEST=from the wrapper", "--", "--multi", "-",
                           FIXTURE("echo_start"), "first", "3"));
    assert_string_equal(client_ask(&client, "!"), "OK");
    client_ask(&client, "qXfer:exec-file:read::0,1000");
    assert_string_equal(client.answer + 1, FIXTURE("echo_start"));
    client_ask(&client, "vCont;c");
    client_expect(&client, "W03");
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(client_ask(&client, "QStartupWithShell:%s", kShells[i]), "OK");
        run(&client, FIXTURE("echo_start;second;4"));
        client_ask(&client, "vCont;c");
        client_expect(&client, "W04");
    }
    report_await_error(&client.run, "first\nfrom the wrapper\n");
    report_await_error(&client.run, "second\nfrom the wrapper\n");
    client_end(&client, 0);

    client_serve(&client, FEATURES,
                 ARGUMENTS("--wrapper", "sh", "-c", "true; exec \"$0\" \"$@\" 5", "--", "-",
                           FIXTURE("echo_start"), "third"));
    client_ask(&client, "vCont;c");
    client_expect(&client, "W05");
    client_end(&client, 0);
}

static void addresses_are_the_same_each_time_unless_the_client_wants_others(void **state)
{
    (void)state;
    struct server_client client;
    uint64_t at[4];
    serve(&client);
    for (int i = 0; i < 4; i++) {
        assert_string_equal(client_ask(&client, "QDisableRandomization:%d", i < 2), "OK");
        pid_t team = run(&client, FIXTURE("watched;work;1;1"));
        at[i] = symbol(&client, FIXTURE("watched"), "main");
        assert_string_equal(client_ask(&client, "vKill;%x", (unsigned)team), "OK");
    }
    assert_true(at[0] == at[1]);
    bool never_random = personality(0xffffffff) & ADDR_NO_RANDOMIZE; /* inherited, as under setarch -R */
    assert_true(never_random || at[2] != at[3] || at[2] != at[0]);
    client_end(&client, 0);
}

static void a_program_is_started_again(void **state)
{
    (void)state;
    struct server_client client;
    client_serve(&client, FEATURES, ARGUMENTS("-", FIXTURE("watched"), "work", "1", "1"));
    pid_t first = client_team(&client);
    assert_string_equal(client_ask(&client, "R00"), ""); /* not yet */
    assert_string_equal(client_ask(&client, "!"), "OK");
    client_send(&client, "R00"); /* not answered */
    client_ask(&client, "?");
    client_expect(&client, "T05");
    assert_int_not_equal(client_team(&client), first);
    assert_false(is_there(first));
    client_ask(&client, "vCont;c");
    client_expect(&client, "W2a");
    client_end(&client, 0);
}

/* ---- attaching ---- */

static void teams_are_attached_and_let_go_again_and_again(void **state)
{
    (void)state;
    struct server_client client;
    struct report_run crowd;
    report_start(&crowd, ARGUMENTS(FIXTURE("crowd"), "10"));
    report_await_output(&crowd, "ready\n");
    serve(&client);
    for (int i = 0; i < 10; i++) {
        client_ask(&client, "vAttach;%x", (unsigned)crowd.pid);
        client_expect(&client, "T05");
        client_ask(&client, "vAttach;%x", (unsigned)crowd.pid);
        client_expect(&client, "E."); /* it is attached */
        assert_string_equal(client_ask(&client, "qAttached:%x", (unsigned)crowd.pid), "1");
        client_ask(&client, "Z0,%" PRIx64 ",1", symbol(&client, FIXTURE("crowd"), "count"));
        assert_string_equal(client.answer, "OK");
        assert_string_equal(client_ask(&client, "D;%x", (unsigned)crowd.pid), "OK");
        report_await_traced(crowd.pid, false);
    }
    client_end(&client, 0);
    report_type(&crowd, "go\n");
    report_await_output(&crowd, "counting\n");
    report_finish(&crowd);
    assert_int_equal(crowd.status, 7);
    report_clean(&crowd);
}

/* ---- several ---- */

static void several_teams_are_looked_at_each_by_itself(void **state)
{
    (void)state;
    enum { TEAMS = 5 };
    struct server_client client;
    pid_t teams[TEAMS];
    serve(&client);
    assert_string_equal(client_ask(&client, "QStartupWithShell:0"), "OK");
    for (int i = 0; i < TEAMS; i++)
        teams[i] = run(&client, FIXTURE("watched;work;2;3"));
    uint64_t at = symbol(&client, FIXTURE("watched"), "gWatched");
    for (int i = 0; i < TEAMS; i++) {
        assert_string_equal(client_ask(&client, "Hgp%x.0", (unsigned)teams[i]), "OK");
        assert_int_equal(client_team(&client), teams[i]);
        assert_string_equal(client_ask(&client, "M%" PRIx64 ",1:%02x", at, i + 1), "OK");
    }
    for (int i = TEAMS; i-- > 0;) {
        char wanted[8];
        assert_string_equal(client_ask(&client, "Hgp%x.%x", (unsigned)teams[i], (unsigned)teams[i]), "OK");
        snprintf(wanted, sizeof wanted, "%02x", i + 1);
        assert_string_equal(client_ask(&client, "m%" PRIx64 ",1", at), wanted);
    }
    /* A breakpoint in one is none in the others. */
    uint64_t counted = symbol(&client, FIXTURE("watched"), "counted");
    assert_string_equal(client_ask(&client, "Hgp%x.0", (unsigned)teams[1]), "OK");
    assert_string_equal(client_ask(&client, "Z0,%" PRIx64 ",1", counted), "OK");
    client_ask(&client, "vCont;c:p%x.-1", (unsigned)teams[0]);
    client_expect(&client, "W2a;process:");
    assert_int_equal(client_field(&client, "process"), teams[0]);
    assert_true(is_there(teams[1]));
    /* One is killed, one let go, and the rest goes on. */
    assert_string_equal(client_ask(&client, "vKill;%x", (unsigned)teams[2]), "OK");
    assert_false(is_there(teams[2]));
    assert_string_equal(client_ask(&client, "D;%x", (unsigned)teams[3]), "OK");
    client_ask(&client, "Hgp%x.0", (unsigned)teams[3]);
    client_expect(&client, "E");
    int hits = 0, ends = 0;
    while (ends < 2) {
        client_ask(&client, "vCont;c:p-1.-1");
        if (strncmp(client.answer, "T05swbreak:;", 12) == 0) {
            char id[32];
            snprintf(id, sizeof id, "thread:p%x.", (unsigned)teams[1]);
            report_expect(client.answer, id);
            hits++;
        } else {
            client_expect(&client, "W2a;process:");
            ends++;
        }
    }
    assert_int_equal(hits, 2 * 3);
    assert_string_equal(client_ask(&client, "qfThreadInfo"), "l");
    client_end(&client, 0);
}

static void a_team_that_is_killed_from_outside_is_told_when_it_is_to_go_on(void **state)
{
    (void)state;
    struct server_client client;
    serve(&client);
    pid_t first = run(&client, FIXTURE("watched;work;1;1"));
    pid_t second = run(&client, FIXTURE("watched;work;1;1"));
    assert_int_equal(kill(first, SIGKILL), 0);
    client_ask(&client, "vCont;c:p%x.-1", (unsigned)second);
    client_expect(&client, "W2a;process:");
    client_ask(&client, "vCont;c");
    client_expect(&client, "X09;process:");
    assert_int_equal(client_field(&client, "process"), first);
    client_end(&client, 0);
}

/* ---- what becomes of them ---- */

static void connect_to(struct server_client *client, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memset(client, 0, sizeof *client);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    client->run.input = client->run.output = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client->run.input, (struct sockaddr *)&address, sizeof address), 0);
    client_agree(client, FEATURES);
}

static void disconnect(struct server_client *client)
{
    close(client->run.input);
    free(client->answer);
}

static void with_multi_the_teams_stand_for_the_next_client_and_the_server_stays(void **state)
{
    (void)state;
    struct server_client client;
    struct report_run server;
    char folder[] = "/tmp/hdbg-server-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/socket", folder);
    report_start(&server, ARGUMENTS(SERVER_TOOL, "--multi", path));
    report_await_error(&server, "Listening on socket ");
    connect_to(&client, path);
    run(&client, FIXTURE("watched;work;1;1"));
    pid_t second = run(&client, FIXTURE("watched;wait"));
    client_send(&client, "vCont;c:p%x.-1", (unsigned)second); /* it is in the midst of reading */
    disconnect(&client);
    connect_to(&client, path);
    client_ask(&client, "?");
    client_expect(&client, "T05");
    client_ask(&client, "vKill;%x", (unsigned)second);
    assert_string_equal(client.answer, "OK");
    client_ask(&client, "vCont;c");
    client_expect(&client, "W2a;process:");
    disconnect(&client);
    connect_to(&client, path); /* there is nothing, and it serves still */
    assert_string_equal(client_ask(&client, "qfThreadInfo"), "l");
    run(&client, FIXTURE("watched;work;1;1"));
    client_ask(&client, "vCont;c");
    client_expect(&client, "W2a;process:");
    disconnect(&client);
    report_clean(&server);
    unlink(path);
    rmdir(folder);
}

static void with_once_what_was_launched_is_killed_and_what_was_attached_runs_on(void **state)
{
    (void)state;
    struct server_client client;
    struct report_run crowd;
    report_start(&crowd, ARGUMENTS(FIXTURE("crowd"), "5"));
    report_await_output(&crowd, "ready\n");
    serve(&client); /* standard input and output: once */
    pid_t launched = run(&client, FIXTURE("watched;work;3;3"));
    client_ask(&client, "vAttach;%x", (unsigned)crowd.pid);
    client_expect(&client, "T05");
    client_end(&client, 0);
    assert_false(is_there(launched));
    report_await_traced(crowd.pid, false);
    report_finish(&crowd);
    assert_int_equal(crowd.status, 7);
    report_clean(&crowd);
}

/* ---- GDB ---- */

#define EXTENDED "target extended-remote | " SERVER_TOOL " --multi -"

static void gdb_runs_a_program_twice_attaches_another_and_kills_it(void **state)
{
    (void)state;
    struct report_run run, crowd;
    char attach[64];
    report_start(&crowd, ARGUMENTS(FIXTURE("crowd"), "5"));
    report_await_output(&crowd, "ready\n");
    snprintf(attach, sizeof attach, "attach %d", (int)crowd.pid);
    gdb_plain(&run, FIXTURE("watched"),
              ARGUMENTS(EXTENDED, "set remote exec-file " FIXTURE("watched"), "break at_end", "run work 2 1",
                        "continue", "run work 3 1", "bt 1", "kill", "info inferiors",
                        "file " FIXTURE("crowd"), attach, "info threads", "detach", attach, "kill"));
    assert_int_equal(gdb_count(run.output_text, "Breakpoint 1, at_end ()"), 2);
    assert_int_equal(gdb_count(run.output_text, "exited with code 052]"), 1);
    assert_int_equal(gdb_count(run.output_text, "killed]"), 2);
    report_expect(run.output_text, "  6    Thread ");
    report_expect(run.output_text, "detached]");
    report_clean(&run);
    report_finish(&crowd);
    assert_int_equal(crowd.status, 128 + SIGKILL);
    report_clean(&crowd);
}

static void gdb_debugs_two_programs_at_once(void **state)
{
    (void)state;
    struct report_run run;
    gdb_plain(&run, FIXTURE("watched"),
              ARGUMENTS(EXTENDED, "set remote exec-file " FIXTURE("watched"), "break counted", "run work 1 2",
                        "add-inferior -exec " FIXTURE("watched"), "inferior 2",
                        "set remote exec-file " FIXTURE("watched"), "run work 1 2", "inferior 1",
                        "set schedule-multiple on", "delete", "break at_end", "continue",
                        "kill inferiors 1 2", "echo killed\\n", "info inferiors"));
    report_expect(run.output_text, "Thread 2 \"watched\" hit Breakpoint");
    report_expect(run.output_text, "Thread 2.2 \"watched\" hit Breakpoint");
    assert_int_equal(gdb_count(run.output_text, ", at_end ()"), 1);
    const char *killed = strstr(run.output_text, "killed\n");
    assert_non_null(killed);
    assert_int_equal(gdb_count(killed, "<null>"), 2);
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_program_there_is_none_until_one_is_launched),
        cmocka_unit_test(arguments_environment_and_folder_are_the_clients),
        cmocka_unit_test(what_cannot_be_launched_is_said_in_a_sentence),
        cmocka_unit_test(a_wrapper_starts_programs),
        cmocka_unit_test(addresses_are_the_same_each_time_unless_the_client_wants_others),
        cmocka_unit_test(a_program_is_started_again),
        cmocka_unit_test(teams_are_attached_and_let_go_again_and_again),
        cmocka_unit_test(several_teams_are_looked_at_each_by_itself),
        cmocka_unit_test(a_team_that_is_killed_from_outside_is_told_when_it_is_to_go_on),
        cmocka_unit_test(with_multi_the_teams_stand_for_the_next_client_and_the_server_stays),
        cmocka_unit_test(with_once_what_was_launched_is_killed_and_what_was_attached_runs_on),
        cmocka_unit_test(gdb_runs_a_program_twice_attaches_another_and_kills_it),
        cmocka_unit_test(gdb_debugs_two_programs_at_once),
    };
    return cmocka_run_group_tests_name("hdbg-server with many teams", tests, NULL, NULL);
}
