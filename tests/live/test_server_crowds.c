/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-server with much of everything: threads that come and go, clients that come and go at any moment,
 * programs that are killed at any moment, servers that debug servers.
 */
#define _GNU_SOURCE
#include "gdb_run.h"
#include "server_client.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define FIXTURE(name)  HDBG_TEST_FIXTURES "/" name
#define FEATURES       "multiprocess+;swbreak+;hwbreak+;no-resumed+;fork-events+;vfork-events+;exec-events+"

static void launch(struct server_client *client, const char *fixture, const char *first, const char *second,
                   const char *third)
{
    client_serve(client, FEATURES, ARGUMENTS("-", fixture, first, second, third));
    snprintf(client->program, sizeof client->program, "%s", fixture);
}

static void set_point(struct server_client *client, const char *function)
{
    assert_string_equal(client_ask(client, "Z0,%" PRIx64 ",1", client_symbol(client, function)), "OK");
}

/* ---- threads ---- */

static void two_thousand_threads_that_come_and_go_hit_a_breakpoint_once_each(void **state)
{
    (void)state;
    struct server_client client;
    int hits = 0;
    launch(&client, FIXTURE("brief"), "2000", NULL, NULL);
    set_point(&client, "touched");
    for (client_ask(&client, "vCont;c"); client.answer[0] == 'T'; client_ask(&client, "vCont;c")) {
        client_expect(&client, "T05swbreak:;");
        hits++;
    }
    client_expect(&client, "W2a;process:");
    assert_int_equal(hits, 2000);
    client_end(&client, 0);
}

static void gdb_sees_two_thousand_threads_come_and_go(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, FIXTURE("brief"), "- " FIXTURE("brief") " 2000", ARGUMENTS("continue"));
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

static void fifty_threads_hit_a_breakpoint_as_often_as_they_come_there(void **state)
{
    (void)state;
    struct server_client client;
    int hits = 0;
    launch(&client, FIXTURE("watched"), "work", "50", "20");
    set_point(&client, "counted");
    for (client_ask(&client, "vCont;c"); client.answer[0] == 'T'; client_ask(&client, "vCont;c")) {
        client_expect(&client, "T05swbreak:;");
        hits++;
    }
    client_expect(&client, "W2a;process:"); /* it has counted the calls itself */
    assert_int_equal(hits, 50 * 20);
    client_end(&client, 0);
}

/* As GDB does it: the breakpoint goes, the thread steps alone, the breakpoint comes back. */
static void fifty_threads_are_led_over_a_breakpoint_one_by_one(void **state)
{
    (void)state;
    struct server_client client;
    int hits = 0;
    launch(&client, FIXTURE("watched"), "work", "50", "4");
    uint64_t at = client_symbol(&client, "counted");
    assert_string_equal(client_ask(&client, "Z0,%" PRIx64 ",1", at), "OK");
    for (client_ask(&client, "vCont;c"); client.answer[0] == 'T'; client_ask(&client, "vCont;c")) {
        client_expect(&client, "T05swbreak:;");
        char *thread = strdup(strstr(client.answer, "thread:") + strlen("thread:"));
        thread[strcspn(thread, ";")] = '\0';
        hits++;
        assert_string_equal(client_ask(&client, "z0,%" PRIx64 ",1", at), "OK");
        client_ask(&client, "vCont;s:%s", thread);
        client_expect(&client, "T05");
        report_expect(client.answer, thread);
        assert_string_equal(client_ask(&client, "Z0,%" PRIx64 ",1", at), "OK");
        free(thread);
    }
    client_expect(&client, "W2a;process:");
    assert_int_equal(hits, 50 * 4);
    client_end(&client, 0);
}

static void new_and_ended_threads_are_told_of_if_the_client_wants_that(void **state)
{
    (void)state;
    struct server_client client;
    int created = 0, ended = 0;
    launch(&client, FIXTURE("brief"), "40", NULL, NULL);
    assert_string_equal(client_ask(&client, "QThreadEvents:1"), "OK");
    for (client_ask(&client, "vCont;c"); client.answer[0] != 'W'; client_ask(&client, "vCont;c")) {
        bool is_end = client.answer[0] == 'w';
        client_expect(&client, is_end ? "w0;p" : "T05create:;");
        created += !is_end;
        ended += is_end;
    }
    client_expect(&client, "W2a;process:");
    assert_int_equal(created, 40);
    assert_in_range(ended, 40 - 16, 40); /* the last ones may end with the program, or between two resumes */
    client_end(&client, 0);
}

/* ---- interrupts ---- */

static void an_interrupt_stops_a_program_that_waits(void **state)
{
    (void)state;
    struct server_client client;
    struct report_run waiting;
    char id[16];
    report_start(&waiting, ARGUMENTS(FIXTURE("crowd"), "3"));
    report_await_output(&waiting, "ready\n");
    snprintf(id, sizeof id, "%d", (int)waiting.pid);
    client_serve(&client, FEATURES, ARGUMENTS("--attach", "-", id));
    for (int i = 0; i < 50; i++) {
        client_send(&client, i % 3 != 0 ? "vCont;c" : "vCont;s:p%x.%x;c", (unsigned)waiting.pid,
                    (unsigned)waiting.pid); /* a step waits in its system call, too */
        client_send_raw(&client, "\003", 1);
        client_receive(&client);
        client_expect(&client, "T02");
        client_ask(&client, "g");
        assert_true(client.size > 1000);
    }
    client_end(&client, 0);
    report_type(&waiting, "go\n");
    report_await_output(&waiting, "counting\n");
    report_finish(&waiting);
    assert_int_equal(waiting.status, 7);
    report_clean(&waiting);
}

static void an_interrupt_that_crosses_a_stop_holds_for_a_resume_after_it(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, FIXTURE("watched"), "work", "1", "1000000"); /* does not end meanwhile */
    set_point(&client, "counted");
    client_ask(&client, "vCont;c");
    client_expect(&client, "T05swbreak:;");
    client_send_raw(&client, "\003", 1);
    client_ask(&client, "vCont;c");
    client_expect(&client, "T02");
    client_ask(&client, "vCont;c"); /* once */
    client_expect(&client, "T05swbreak:;");
    client_end(&client, 0);
}

/* Clients go on by themselves from a breakpoint whose condition they evaluate. */
static void an_interrupt_is_not_lost_to_a_breakpoint_that_is_hit_meanwhile(void **state)
{
    (void)state;
    struct server_client client;
    static const char kGoAndStop[] = "$vCont;c#a8\003";
    launch(&client, FIXTURE("watched"), "work", "1", "1000000");
    set_point(&client, "counted");
    for (int i = 0; i < 100; i++) {
        client_send_raw(&client, kGoAndStop, sizeof kGoAndStop - 1);
        if (strncmp(client_receive(&client), "T02", 3) == 0)
            continue;
        client_expect(&client, "T05swbreak:;");
        client_ask(&client, "vCont;c");
        client_expect(&client, "T02");
    }
    client_end(&client, 0);
}

/* ---- clients ---- */

static void make_socket(char folder[32], char path[64])
{
    snprintf(folder, 32, "/tmp/hdbg-server-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, 64, "%s/socket", folder);
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static int open_files(pid_t pid)
{
    char command[64], text[32] = "";
    snprintf(command, sizeof command, "ls /proc/%d/fd | wc -l", (int)pid);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_non_null(fgets(text, sizeof text, pipe));
    pclose(pipe);
    return atoi(text);
}

/* The server tells of each client, and must not have to wait for somebody who reads that. */
static void drain(int fd)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    char text[4096];
    while (poll(&polled, 1, 0) == 1 && read(fd, text, sizeof text) > 0)
        continue;
}

static void a_thousand_clients_come_and_go(void **state)
{
    (void)state;
    struct report_run server;
    char folder[32], path[64], answer[8];
    make_socket(folder, path);
    report_start(&server, ARGUMENTS(SERVER_TOOL, "--multi", path, FIXTURE("watched"), "work", "3", "3"));
    report_await_error(&server, "Listening on socket ");
    int before = 0;
    for (int i = 0; i < 1000; i++) {
        int fd = connect_to(path);
        if (i % 2 != 0) {
            assert_int_equal(write(fd, "$?#3f", 5), 5);
            assert_int_equal(recv(fd, answer, 5, MSG_WAITALL), 5);
            assert_memory_equal(answer, "+$T05", 5);
        }
        if (i == 3) /* the first clients have made it open what it needs */
            before = open_files(server.pid);
        close(fd);
        drain(server.error);
    }
    int fd = connect_to(path);
    assert_int_equal(write(fd, "$?#3f", 5), 5);
    assert_int_equal(recv(fd, answer, 5, MSG_WAITALL), 5);
    assert_int_equal(open_files(server.pid), before);
    close(fd);
    report_clean(&server);
    unlink(path);
    rmdir(folder);
}

static void a_second_client_waits_until_the_first_has_gone(void **state)
{
    (void)state;
    struct report_run server;
    char folder[32], path[64], answer[8];
    make_socket(folder, path);
    report_start(&server, ARGUMENTS(SERVER_TOOL, path, FIXTURE("watched"), "work", "1", "1"));
    report_await_error(&server, "Listening on socket ");
    int first = connect_to(path), second = connect_to(path);
    assert_int_equal(write(second, "$?#3f", 5), 5);
    assert_int_equal(write(first, "$?#3f", 5), 5);
    assert_int_equal(recv(first, answer, 5, MSG_WAITALL), 5);
    struct pollfd polled = {.fd = second, .events = POLLIN};
    assert_int_equal(poll(&polled, 1, 0), 0);
    close(first);
    assert_int_equal(recv(second, answer, 5, MSG_WAITALL), 5);
    assert_memory_equal(answer, "+$T05", 5);
    assert_int_equal(write(second, "+$k#6b", 6), 6);
    close(second);
    report_finish(&server);
    assert_int_equal(server.status, 0);
    report_clean(&server);
    rmdir(folder);
}

/* ---- at any moment ---- */

static uint32_t sSeed = 20261121;

static uint32_t next_random(uint32_t below)
{
    sSeed = sSeed * 1664525 + 1013904223;
    return (sSeed >> 8) % below;
}

static void wait_a_moment(void)
{
    struct timespec time = {.tv_nsec = (long)next_random(20000000)};
    nanosleep(&time, NULL);
}

/* What clients do all the time. Not waited for. */
static void do_something(int fd, uint64_t place)
{
    static const char *const kDeeds[] = {"?", "g", "vCont;c", "vCont;s", "qXfer:threads:read::0,1000", "T1"};
    char packet[96], text[64];
    uint8_t sum = 0;
    uint32_t which = next_random(8);
    if (which < 6)
        snprintf(text, sizeof text, "%s", kDeeds[which]);
    else
        snprintf(text, sizeof text, "%c0,%" PRIx64 ",1", which == 6 ? 'Z' : 'z', place);
    for (const char *at = text; *at != '\0'; at++)
        sum += (uint8_t)*at;
    int size = snprintf(packet, sizeof packet, "$%s#%02x%s", text, sum, which == 2 ? "\003" : "");
    if (write(fd, packet, (size_t)size) != size)
        assert_int_equal(errno, EPIPE);
}

static uint64_t place_in(const char *path, const char *fixture, const char *function)
{
    struct server_client client = {0};
    client.run.input = client.run.output = connect_to(path);
    snprintf(client.program, sizeof client.program, "%s", fixture);
    client_agree(&client, FEATURES);
    uint64_t place = client_symbol(&client, function);
    close(client.run.input);
    free(client.answer);
    return place;
}

static void a_client_may_vanish_at_any_moment(void **state)
{
    (void)state;
    struct report_run server, crowd;
    char folder[32], path[64], id[16];
    signal(SIGPIPE, SIG_IGN);
    make_socket(folder, path);
    report_start(&crowd, ARGUMENTS(FIXTURE("crowd"), "10", "churn"));
    report_await_output(&crowd, "ready\n");
    snprintf(id, sizeof id, "%d", (int)crowd.pid);
    report_start(&server, ARGUMENTS(SERVER_TOOL, "--attach", path, id));
    report_await_error(&server, "Listening on socket ");
    uint64_t place = place_in(path, FIXTURE("crowd"), "count_once");
    for (int i = 0; i < 60; i++) {
        int fd = connect_to(path);
        for (uint32_t deeds = next_random(6); deeds > 0; deeds--)
            do_something(fd, place);
        wait_a_moment();
        close(fd);
    }
    struct server_client client = {0};
    client.run.input = client.run.output = connect_to(path);
    client_agree(&client, FEATURES);
    client_ask(&client, "?");
    client_expect(&client, "T0"); /* what was told last may be the end of an interrupt */
    assert_string_equal(client_ask(&client, "D"), "OK");
    close(client.run.input);
    free(client.answer);
    report_finish(&server);
    report_clean(&server);
    report_await_traced(crowd.pid, false);
    report_type(&crowd, "go\n");
    report_await_output(&crowd, "counting\n");
    report_finish(&crowd);
    assert_int_equal(crowd.status, 7);
    report_clean(&crowd);
    rmdir(folder);
}

static void a_program_may_be_killed_at_any_moment(void **state)
{
    (void)state;
    struct server_client client;
    client_serve(&client, FEATURES, ARGUMENTS("--multi", "-"));
    assert_string_equal(client_ask(&client, "!"), "OK");
    assert_string_equal(client_ask(&client, "QStartupWithShell:0"), "OK");
    assert_string_equal(client_ask(&client, "QPassSignals:14"), "OK");
    for (int i = 0; i < 60; i++) {
        static const char *const kPrograms[] = {FIXTURE("watched;work;5;1000000"), FIXTURE("crowd;8;churn"),
                                                FIXTURE("lineage;litter;50")};
        client_ask_hex(&client, "vRun;", kPrograms[i % 3]);
        client_expect(&client, "T05");
        pid_t team = (pid_t)strtol(strstr(client.answer, "thread:p") + 8, NULL, 16);
        int team_fd = (int)syscall(SYS_pidfd_open, team, 0);
        assert_true(team_fd >= 0);
        pid_t killer = fork();
        assert_true(killer >= 0);
        if (killer == 0) {
            wait_a_moment();
            syscall(SYS_pidfd_send_signal, team_fd, SIGKILL, NULL, 0);
            _exit(0);
        }
        close(team_fd);
        next_random(2);
        /* Whatever comes, the program's end does. */
        bool over = false;
        while (!over) {
            client_ask(&client, next_random(4) != 0 ? "vCont;c" : "vCont;s:p%x.%x;c", (unsigned)team,
                       (unsigned)team);
            over = (client.answer[0] == 'X' || client.answer[0] == 'W') &&
                   client_field(&client, "process") == (uint64_t)team;
            if (client.answer[0] == 'E') /* the thread has gone, and its team's end is not told yet */
                over = strcmp(client_ask(&client, "Hgp%x.0", (unsigned)team), "OK") != 0;
            const char *child = strstr(client.answer, "fork:p");
            if (child != NULL)
                client_ask(&client, "D;%lx", strtoul(child + 6, NULL, 16));
        }
        assert_string_equal(client_ask(&client, "qfThreadInfo"), "l");
        assert_int_equal(waitpid(killer, NULL, 0), killer);
    }
    client_end(&client, 0);
}

/* ---- a server that debugs a server ---- */

static void a_server_debugs_a_server_that_debugs_a_program(void **state)
{
    (void)state;
    struct server_client inner = {0};
    char folder[32], path[64];
    make_socket(folder, path);
    /* The outer one lets it run, and is stopped by nothing. (LeakSanitizer fails under a debugger.) */
    struct server_client client;
    client_serve(&client, "multiprocess+;swbreak+",
                 ARGUMENTS("-", "/usr/bin/env", "ASAN_OPTIONS=detect_leaks=0", SERVER_TOOL, path,
                           FIXTURE("watched"), "work", "3", "3"));
    assert_string_equal(client_ask(&client, "QPassSignals:14"), "OK"); /* of the program's end */
    client_send(&client, "vCont;c");
    report_await_error(&client.run, "Listening on socket ");
    inner.run.input = inner.run.output = connect_to(path);
    snprintf(inner.program, sizeof inner.program, FIXTURE("watched"));
    client_agree(&inner, FEATURES);
    set_point(&inner, "counted");
    for (int i = 0; i < 3 * 3; i++) {
        client_ask(&inner, "vCont;c");
        client_expect(&inner, "T05swbreak:;");
        client_send_raw(&client, "\003", 1); /* the server is stopped, and goes on */
        client_receive(&client);
        client_expect(&client, "T02");
        client_send(&client, "vCont;c");
    }
    client_ask(&inner, "vCont;c");
    client_expect(&inner, "W2a;process:");
    close(inner.run.input);
    free(inner.answer);
    client_receive(&client);
    client_expect(&client, "W00;process:");
    client_end(&client, 0);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_thousand_threads_that_come_and_go_hit_a_breakpoint_once_each),
        cmocka_unit_test(gdb_sees_two_thousand_threads_come_and_go),
        cmocka_unit_test(fifty_threads_hit_a_breakpoint_as_often_as_they_come_there),
        cmocka_unit_test(fifty_threads_are_led_over_a_breakpoint_one_by_one),
        cmocka_unit_test(new_and_ended_threads_are_told_of_if_the_client_wants_that),
        cmocka_unit_test(an_interrupt_stops_a_program_that_waits),
        cmocka_unit_test(an_interrupt_that_crosses_a_stop_holds_for_a_resume_after_it),
        cmocka_unit_test(an_interrupt_is_not_lost_to_a_breakpoint_that_is_hit_meanwhile),
        cmocka_unit_test(a_thousand_clients_come_and_go),
        cmocka_unit_test(a_second_client_waits_until_the_first_has_gone),
        cmocka_unit_test(a_client_may_vanish_at_any_moment),
        cmocka_unit_test(a_program_may_be_killed_at_any_moment),
        cmocka_unit_test(a_server_debugs_a_server_that_debugs_a_program),
    };
    return cmocka_run_group_tests_name("hdbg-server with much of everything", tests, NULL, NULL);
}
