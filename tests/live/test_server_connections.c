/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-server: how sessions end, files, and where it listens.
 */
#define _GNU_SOURCE
#include "server_client.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void launch(struct server_client *client, const char *const *arguments)
{
    client_launch(client, NULL, "watched", arguments);
}

/* ---- the end ---- */

static void a_program_that_is_let_go_runs_to_its_end_unharmed(void **state)
{
    (void)state;
    struct server_client client;
    client_launch(&client, NULL, "worker", ARGUMENTS(NULL));
    client_ask(&client, "Z0,%" PRIx64 ",1", client_symbol(&client, "work_0"));
    client_ask(&client, "vCont;c");
    client_expect(&client, "T05swbreak:;");
    assert_string_equal(client_ask(&client, "D"), "OK");
    report_await_error(&client.run, "sum right, code as in the file");
    client_end(&client, 0);
}

static void a_client_that_vanishes_leaves_an_attached_program_unharmed(void **state)
{
    (void)state;
    struct server_client client;
    struct report_run worker;
    report_start(&worker, ARGUMENTS(HDBG_TEST_FIXTURES "/crowd", "50"));
    report_await_output(&worker, "ready\n");
    client_attach(&client, worker.pid);
    snprintf(client.program, sizeof client.program, HDBG_TEST_FIXTURES "/crowd");
    client_ask(&client, "Z0,%" PRIx64 ",1", client_symbol(&client, "count"));
    client_send(&client, "vCont;c");
    client_end(&client, 0);
    report_await_traced(worker.pid, false);
    report_type(&worker, "go\n");
    report_await_output(&worker, "counting\n");
    report_finish(&worker);
    assert_int_equal(worker.status, 7);
    report_clean(&worker);
}

static void a_client_that_vanishes_ends_a_launched_program_with_once(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("work", "2", "5"));
    client_go_to(&client, "counted");
    pid_t team = client_team(&client);
    client_end(&client, 0);
    assert_int_equal(kill(team, 0), -1);
    assert_int_equal(errno, ESRCH);
}

static void a_program_is_killed(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("work", "2", "5"));
    pid_t team = client_team(&client);
    assert_string_equal(client_ask(&client, "vKill;%x", (unsigned)team), "OK");
    client_end(&client, 0);
    assert_int_equal(kill(team, 0), -1);
}

static void a_program_that_is_killed_from_outside_is_told_at_the_next_resume(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("work", "2", "5"));
    assert_int_equal(kill(client_team(&client), SIGKILL), 0);
    assert_string_equal(client_ask(&client, "vCont;c"), "X09");
    client_end(&client, 0);
}

/* ---- files ---- */

static void files_are_read_through_the_server(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("work", "1", "1"));
    assert_string_equal(client_ask(&client, "vFile:setfs:0"), "F0");
    client_ask(&client, "vFile:open:2f6e6f706521,0,0");
    assert_string_equal(client.answer, "F-1,2");
    assert_string_equal(client_ask(&client, "vFile:open:2f70726f632f73656c662f657865,0,0"),
                        "F0"); /* /proc/self/exe */
    client_ask(&client, "vFile:pread:0,4,0");
    assert_int_equal(client.size, 7);
    assert_memory_equal(client.answer, "F4;\177ELF", 7);
    client_ask(&client, "vFile:fstat:0");
    assert_int_equal(client.size, 68);
    assert_string_equal(client_ask(&client, "vFile:close:0"), "F0");
    assert_string_equal(client_ask(&client, "vFile:close:0"), "F-1,9");
    assert_string_equal(client_ask(&client, "vFile:pread:40,1,0"), "F-1,9");
    client_ask(&client, "vFile:readlink:2f70726f632f73656c662f657865");
    report_expect(client.answer, "/hdbg-server");
    client_run_out(&client, "W2a");
}

/* ---- where it listens ---- */

static void a_socket_is_its_users_alone_and_a_second_client_comes_after_the_first(void **state)
{
    (void)state;
    struct report_run run;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat info;
    char folder[] = "/tmp/hdbg-server-XXXXXX", text[8];
    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
    report_start(&run,
                 ARGUMENTS(SERVER_TOOL, address.sun_path, HDBG_TEST_FIXTURES "/watched", "work", "1", "1"));
    report_await_error(&run, "Listening on socket ");
    assert_int_equal(stat(address.sun_path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    for (int i = 0; i < 3; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(write(fd, "$?#3f", 5), 5);
        assert_int_equal(recv(fd, text, 5, MSG_WAITALL), 5);
        assert_memory_equal(text, "+$T05", 5);
        if (i == 2)
            assert_int_equal(write(fd, "+$k#6b", 6), 6);
        while (i == 2 && recv(fd, text, 1, 0) > 0)
            continue;
        close(fd);
    }
    report_finish(&run);
    assert_int_equal(run.status, 0);
    assert_int_equal(stat(address.sun_path, &info), -1);
    rmdir(folder);
    report_clean(&run);
}

static void connect_to(struct server_client *client, const struct sockaddr_un *address)
{
    memset(client, 0, sizeof *client);
    client->run.input = client->run.output = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client->run.input, (const struct sockaddr *)address, sizeof *address), 0);
}

static void disconnect(struct server_client *client)
{
    close(client->run.input);
    free(client->answer);
}

static void a_program_that_ran_when_its_client_vanished_stands_for_the_next_one(void **state)
{
    (void)state;
    struct server_client client;
    struct report_run crowd, server;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char folder[] = "/tmp/hdbg-server-XXXXXX", id[16];
    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
    report_start(&crowd, ARGUMENTS(HDBG_TEST_FIXTURES "/crowd", "20"));
    report_await_output(&crowd, "ready\n");
    snprintf(id, sizeof id, "%d", (int)crowd.pid);
    report_start(&server, ARGUMENTS(SERVER_TOOL, "--attach", address.sun_path, id));
    report_await_error(&server, "Listening on socket ");
    for (int i = 0; i < 10; i++) {
        connect_to(&client, &address);
        client_ask(&client, "?");
        client_expect(&client, "T05");
        client_ask(&client, "g"); /* it stands */
        assert_true(client.size > 1000);
        client_send(&client, "vCont;c");
        disconnect(&client);
    }
    connect_to(&client, &address);
    assert_string_equal(client_ask(&client, "D"), "OK");
    disconnect(&client);
    report_finish(&server);
    assert_int_equal(server.status, 0);
    report_clean(&server);
    report_type(&crowd, "go\n");
    report_await_output(&crowd, "counting\n");
    report_finish(&crowd);
    assert_int_equal(crowd.status, 7);
    report_clean(&crowd);
    rmdir(folder);
}

static void only_a_port_for_others_is_warned_of(void **state)
{
    (void)state;
    struct report_run run;
    report_start(&run, ARGUMENTS(SERVER_TOOL, "0.0.0.0:0", HDBG_TEST_FIXTURES "/watched", "work", "1", "1"));
    report_await_error(&run, "Listening on port ");
    report_expect(run.error_text, "warning: whoever can reach 0.0.0.0:0");
    report_clean(&run);
    report_start(&run, ARGUMENTS(SERVER_TOOL, ":0", HDBG_TEST_FIXTURES "/watched", "work", "1", "1"));
    report_await_error(&run, "Listening on port ");
    report_expect_none(run.error_text, "warning");
    report_clean(&run);
}

static void wrong_arguments_are_2_and_what_cannot_be_done_is_1(void **state)
{
    (void)state;
    static const struct {
        const char *arguments[4];
        int status;
        const char *text;
    } kCases[] = {
        {{NULL}, 2, "where to listen is missing"},
        {{":0"}, 2, "the program is missing"},
        {{"--nope"}, 2, "nope"},
        {{"--attach", ":0", "x1"}, 2, "'x1' is not the id of a team"},
        {{"nowhere", "true"}, 1, "cannot listen at 'nowhere'"},
        {{":0", "/no/such/program"}, 1, "/no/such/program"},
        {{"--attach", ":0", "2000000000"}, 1, "2000000000"},
        {{"--wrapper", "env", ":0"}, 2, "--wrapper needs a program, and -- behind it"},
        {{"--wrapper", "--", ":0"}, 2, "--wrapper needs a program, and -- behind it"},
        {{"--wrapper", "false", "--"}, 2, "where to listen is missing"},
        {{"--debug-file=/no/such/folder/log", ":0", "true"}, 1, "cannot write to /no/such/folder/log"},
        {{"--help"}, 0, ""},
        {{"--version"}, 0, ""},
    };
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        struct report_run run;
        const char *const *more = kCases[i].arguments;
        report_all(&run, (const char *const[]){SERVER_TOOL, more[0], more[0] ? more[1] : NULL,
                                               more[0] && more[1] ? more[2] : NULL, NULL});
        report_expect(run.error_text, kCases[i].text);
        assert_int_equal(run.status, kCases[i].status);
        report_clean(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_that_is_let_go_runs_to_its_end_unharmed),
        cmocka_unit_test(a_client_that_vanishes_leaves_an_attached_program_unharmed),
        cmocka_unit_test(a_client_that_vanishes_ends_a_launched_program_with_once),
        cmocka_unit_test(a_program_is_killed),
        cmocka_unit_test(a_program_that_is_killed_from_outside_is_told_at_the_next_resume),
        cmocka_unit_test(files_are_read_through_the_server),
        cmocka_unit_test(a_socket_is_its_users_alone_and_a_second_client_comes_after_the_first),
        cmocka_unit_test(a_program_that_ran_when_its_client_vanished_stands_for_the_next_one),
        cmocka_unit_test(only_a_port_for_others_is_warned_of),
        cmocka_unit_test(wrong_arguments_are_2_and_what_cannot_be_done_is_1),
    };
    return cmocka_run_group_tests_name("hdbg-server's connections", tests, NULL, NULL);
}
