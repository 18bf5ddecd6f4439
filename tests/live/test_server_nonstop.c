/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-server in non-stop mode: threads that stop and go on alone, and notifications.
 */
#define _GNU_SOURCE
#include "gdb_run.h"
#include "server_client.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define FIXTURE(name)  HDBG_TEST_FIXTURES "/" name
#define FEATURES       "multiprocess+;swbreak+;hwbreak+;no-resumed+;fork-events+;vfork-events+;exec-events+"

enum { THREADS = 8 };

/* A crowd, and a server that is attached to it in non-stop mode: all stands, and that is told. */
struct scene {
    struct report_run crowd;
    struct server_client client;
    unsigned long threads[THREADS + 1];
    size_t count;
};

static bool is_told(const struct scene *scene, unsigned long thread)
{
    for (size_t i = 0; i < scene->count; i++) {
        if (scene->threads[i] == thread)
            return true;
    }
    return false;
}

static unsigned long thread_in(const struct server_client *client)
{
    const char *found = strstr(client->answer, "thread:p");
    found = found != NULL ? strchr(found, '.') : NULL;
    if (found == NULL)
        fail_msg("there is no thread in '%.200s'", client->answer);
    return strtoul(found + 1, NULL, 16);
}

/* Takes stops, the first of which has come, until the server has no more for now. */
static void take_stops(struct scene *scene, const char *beginning)
{
    struct server_client *client = &scene->client;
    while (strcmp(client->answer, "OK") != 0) {
        const char *stop = client->answer + (client->notified ? strlen("Stop:") : 0);
        if (strncmp(stop, beginning, strlen(beginning)) != 0)
            fail_msg("the stop is '%.200s', not '%s'", stop, beginning);
        assert_true(scene->count <= THREADS);
        assert_false(is_told(scene, thread_in(client)));
        scene->threads[scene->count++] = thread_in(client);
        client_ask(client, "vStopped");
    }
}

static void await_stops(struct scene *scene, const char *beginning, size_t wanted)
{
    scene->count = 0;
    while (scene->count < wanted) {
        client_receive(&scene->client);
        assert_true(scene->client.notified);
        take_stops(scene, beginning);
    }
    assert_int_equal(scene->count, wanted);
}

/* `how`: the crowd's second argument, or NULL. */
static void begin_as(struct scene *scene, const char *how)
{
    char number[16];
    memset(scene, 0, sizeof *scene);
    snprintf(number, sizeof number, "%d", THREADS);
    report_start(&scene->crowd, ARGUMENTS(FIXTURE("crowd"), number, how));
    report_await_output(&scene->crowd, "ready\n");
    client_serve(&scene->client, FEATURES, ARGUMENTS("--multi", "-"));
    snprintf(scene->client.program, sizeof scene->client.program, FIXTURE("crowd"));
    assert_string_equal(client_ask(&scene->client, "!"), "OK");
    assert_string_equal(client_ask(&scene->client, "QNonStop:1"), "OK");
    assert_string_equal(client_ask(&scene->client, "?"), "OK");
    assert_string_equal(client_ask(&scene->client, "vAttach;%x", (unsigned)scene->crowd.pid), "OK");
    await_stops(scene, "T00", THREADS + 1);
}

static void begin(struct scene *scene)
{
    begin_as(scene, NULL);
}

/* The crowd is let go, and does as ever. */
static void end(struct scene *scene)
{
    client_end(&scene->client, 0);
    report_await_traced(scene->crowd.pid, false);
    report_type(&scene->crowd, "go\n");
    report_await_output(&scene->crowd, "counting\n");
    report_finish(&scene->crowd);
    assert_int_equal(scene->crowd.status, 7);
    report_clean(&scene->crowd);
}

/* Whether it is stopped by a tracer, as Linux says. */
static bool stands(const struct scene *scene, unsigned long thread)
{
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%lu/stat", (int)scene->crowd.pid, thread);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    return strrchr(text, ')')[2] == 't';
}

/* A thread that is not the first one. */
static unsigned long some_thread(const struct scene *scene)
{
    return scene->threads[0] != (unsigned long)scene->crowd.pid ? scene->threads[0] : scene->threads[1];
}

/* ---- the protocol ---- */

static void all_are_told_when_they_are_attached_and_again_when_asked_for(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    scene.count = 0;
    client_ask(&scene.client, "?");
    take_stops(&scene, "T00");
    assert_int_equal(scene.count, 1); /* more would be too much for GDB 13: the others come by themselves */
    while (scene.count < THREADS + 1) {
        client_receive(&scene.client);
        assert_true(scene.client.notified);
        take_stops(&scene, "T00");
    }
    end(&scene);
}

static void one_thread_runs_while_the_others_stand(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    unsigned pid = (unsigned)scene.crowd.pid;
    unsigned long one = some_thread(&scene);
    assert_string_equal(client_ask(&scene.client, "vCont;c:p%x.%lx", pid, one), "OK");
    for (size_t i = 0; i < scene.count; i++)
        assert_true(scene.threads[i] == one || stands(&scene, scene.threads[i]));
    /* Packets are answered meanwhile, and it is asked to stop twice: it tells once. */
    client_ask(&scene.client, "m%" PRIx64 ",8", client_symbol(&scene.client, "sCounted"));
    assert_int_equal(scene.client.size, 16);
    client_send(&scene.client, "vCont;t:p%x.%lx", pid, one);
    client_send(&scene.client, "vCont;t:p%x.%lx", pid, one);
    int answers = 0, stops = 0;
    while (answers + stops < 3) {
        client_receive(&scene.client);
        client_expect(&scene.client, scene.client.notified ? "Stop:T00" : "OK");
        answers += !scene.client.notified;
        stops += scene.client.notified;
    }
    assert_int_equal(answers, 2);
    assert_string_equal(client_ask(&scene.client, "vStopped"), "OK");
    assert_true(stands(&scene, one));
    end(&scene);
}

static void one_thread_stands_while_the_others_run(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    unsigned pid = (unsigned)scene.crowd.pid;
    unsigned long one = some_thread(&scene);
    assert_string_equal(client_ask(&scene.client, "vCont;c:p%x.-1", pid), "OK");
    report_type(&scene.crowd, "go\n");
    report_await_output(&scene.crowd, "counting\n");
    assert_string_equal(client_ask(&scene.client, "vCont;t:p%x.%lx", pid, one), "OK");
    await_stops(&scene, "T00", 1);
    assert_int_equal(scene.threads[0], one);
    report_type(&scene.crowd, "go\n");
    report_await_output(&scene.crowd, "counting\n"); /* the others run still */
    assert_true(stands(&scene, one));
    for (int i = 0; i < 20; i++) { /* and it steps alone */
        assert_string_equal(client_ask(&scene.client, "vCont;s:p%x.%lx", pid, one), "OK");
        await_stops(&scene, "T05", 1);
        assert_int_equal(scene.threads[0], one);
    }
    end(&scene);
}

static void all_are_stopped_at_once_and_go_on(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    for (int i = 0; i < 20; i++) {
        assert_string_equal(client_ask(&scene.client, "vCont;c"), "OK");
        assert_string_equal(client_ask(&scene.client, "vCont;t:p%x.-1", (unsigned)scene.crowd.pid), "OK");
        await_stops(&scene, "T00", THREADS + 1);
    }
    end(&scene);
}

static void each_thread_tells_its_own_hit_of_a_breakpoint(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    uint64_t place = client_symbol(&scene.client, "one_more");
    assert_string_equal(client_ask(&scene.client, "Z0,%" PRIx64 ",1", place), "OK");
    for (int i = 0; i < 5; i++) {
        assert_string_equal(client_ask(&scene.client, "vCont;c"), "OK");
        await_stops(&scene, "T05swbreak:;", THREADS); /* the main thread waits for input */
    }
    assert_string_equal(client_ask(&scene.client, "z0,%" PRIx64 ",1", place), "OK");
    end(&scene);
}

static void breakpoints_are_set_and_cleared_while_threads_run(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    uint64_t place = client_symbol(&scene.client, "one_more");
    assert_string_equal(client_ask(&scene.client, "vCont;c"), "OK");
    for (int i = 0; i < 10; i++) {
        client_send(&scene.client, "Z0,%" PRIx64 ",1", place);
        bool set = false;
        scene.count = 0;
        while (!set || scene.count < THREADS) {
            client_receive(&scene.client);
            set |= !scene.client.notified;
            if (scene.client.notified)
                take_stops(&scene, "T05swbreak:;");
        }
        assert_string_equal(client_ask(&scene.client, "z0,%" PRIx64 ",1", place), "OK");
        assert_string_equal(client_ask(&scene.client, "vCont;c"), "OK");
    }
    end(&scene);
}

static void an_interrupt_stops_one_thread(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    assert_string_equal(client_ask(&scene.client, "vCont;c"), "OK");
    assert_string_equal(client_ask(&scene.client, "vCtrlC"), "OK");
    await_stops(&scene, "T02", 1);
    report_type(&scene.crowd, "go\n");
    assert_string_equal(client_ask(&scene.client, "vCont;c"), "OK");
    report_await_output(&scene.crowd, "counting\n");
    end(&scene);
}

static void the_end_of_a_team_is_a_notification(void **state)
{
    (void)state;
    struct server_client client;
    client_serve(&client, FEATURES, ARGUMENTS("--multi", "-"));
    assert_string_equal(client_ask(&client, "!"), "OK");
    assert_string_equal(client_ask(&client, "QNonStop:1"), "OK");
    client_ask_hex(&client, "vRun;", FIXTURE("watched;work;4;10"));
    client_expect(&client, "T05");
    assert_string_equal(client_ask(&client, "vCont;c"), "OK");
    client_receive(&client);
    assert_true(client.notified);
    client_expect(&client, "Stop:W2a;process:");
    assert_string_equal(client_ask(&client, "vStopped"), "OK");
    assert_string_equal(client_ask(&client, "qfThreadInfo"), "l");
    client_end(&client, 0);
}

static void a_client_that_vanishes_in_the_midst_of_it_leaves_all_unharmed(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        struct scene scene;
        begin(&scene);
        client_ask(&scene.client, "Z0,%" PRIx64 ",1", client_symbol(&scene.client, "one_more"));
        client_send(&scene.client, "vCont;c");
        if (i % 2 != 0) {
            client_receive(&scene.client);
            client_send(&scene.client, "vCont;t:p%x.-1", (unsigned)scene.crowd.pid);
        }
        end(&scene);
    }
}

/* ---- GDB ---- */

static void type(struct report_run *gdb, const char *command, const char *answer)
{
    report_type(gdb, command);
    report_await_output(gdb, answer);
    gdb->output_text[gdb->output_size = 0] = '\0'; /* each answer is waited for anew */
}

static void gdb_lets_all_run_stops_them_and_steps_one(void **state)
{
    (void)state;
    struct report_run gdb, crowd;
    char attach[64];
    report_start(&crowd, ARGUMENTS(FIXTURE("crowd"), "4"));
    report_await_output(&crowd, "ready\n");
    snprintf(attach, sizeof attach, "attach %d\n", (int)crowd.pid);
    report_start(&gdb, ARGUMENTS("gdb", "-nx", "-q", "-iex", "set debuginfod enabled off", "-iex",
                                 "set pagination off", "-iex", "set confirm off", "-iex", "set width 0",
                                 "-ex", "set sysroot /", "-ex", "set non-stop on", "-ex",
                                 "target extended-remote | " SERVER_TOOL " --multi -", FIXTURE("crowd")));
    type(&gdb, attach, "Thread 1 \"crowd\" stopped.");
    type(&gdb, "info threads\necho told\\n\n", "told\n");
    type(&gdb, "continue -a &\n", "Continuing.");
    report_type(&crowd, "go\n");
    report_await_output(&crowd, "counting\n");
    type(&gdb, "interrupt -a\n", "Thread 1 \"crowd\" stopped.");
    type(&gdb, "break one_more\n", "Breakpoint 1 at ");
    type(&gdb, "thread 2\n", "[Switching to thread 2 ");
    type(&gdb, "continue\n", "Thread 2 \"crowd\" hit Breakpoint 1, ");
    type(&gdb, "stepi\n", "(gdb) ");
    type(&gdb, "delete\ncontinue -a &\n", "Continuing.");
    type(&gdb, "info threads\n", "  5    Thread ");
    type(&gdb, "thread 3\ninterrupt\n", "Thread 3 \"crowd\" stopped.");
    type(&gdb, "detach\n", "detached]");
    report_finish(&gdb);
    report_clean(&gdb);
    report_await_traced(crowd.pid, false);
    report_type(&crowd, "go\n");
    report_finish(&crowd);
    assert_int_equal(crowd.status, 7);
    report_clean(&crowd);
}

/* A condition that never holds, at a place that all threads come to without pause. */
static void a_client_is_heard_and_all_threads_stop_however_much_happens_that_it_is_not_told(void **state)
{
    (void)state;
    struct scene scene;
    begin_as(&scene, "busy");
    struct server_client *client = &scene.client;
    client_ask(client, "Z0,%" PRIx64 ",1;X3,220027", client_symbol(client, "one_more"));
    assert_string_equal(client->answer, "OK");
    for (int round = 0; round < 5; round++) {
        assert_string_equal(client_ask(client, "vCont;c"), "OK");
        for (int i = 0; i < 20; i++) {
            client_ask(client, "qXfer:threads:read::0,1000");
            client_expect(client, "l<?xml");
        }
        assert_string_equal(client_ask(client, "vCont;t"), "OK");
        await_stops(&scene, "T00", THREADS + 1);
        for (size_t i = 0; i < scene.count; i++)
            assert_true(stands(&scene, scene.threads[i]));
    }
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_told_when_they_are_attached_and_again_when_asked_for),
        cmocka_unit_test(one_thread_runs_while_the_others_stand),
        cmocka_unit_test(one_thread_stands_while_the_others_run),
        cmocka_unit_test(all_are_stopped_at_once_and_go_on),
        cmocka_unit_test(each_thread_tells_its_own_hit_of_a_breakpoint),
        cmocka_unit_test(breakpoints_are_set_and_cleared_while_threads_run),
        cmocka_unit_test(an_interrupt_stops_one_thread),
        cmocka_unit_test(the_end_of_a_team_is_a_notification),
        cmocka_unit_test(a_client_that_vanishes_in_the_midst_of_it_leaves_all_unharmed),
        cmocka_unit_test(gdb_lets_all_run_stops_them_and_steps_one),
        cmocka_unit_test(a_client_is_heard_and_all_threads_stop_however_much_happens_that_it_is_not_told),
    };
    return cmocka_run_group_tests_name("hdbg-server in non-stop mode", tests, NULL, NULL);
}
