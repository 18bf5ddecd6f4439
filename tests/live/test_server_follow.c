/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-server and children: fork, vfork and exec, followed or let go.
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

static void launch(struct server_client *client, const char *fixture, const char *argument)
{
    client_serve(client, FEATURES, ARGUMENTS("-", fixture, argument));
    snprintf(client->program, sizeof client->program, "%s", fixture);
}

/* The team behind "NAME:p" in the last answer. */
static pid_t team_in(const struct server_client *client, const char *name)
{
    char text[32];
    snprintf(text, sizeof text, "%s:p", name);
    const char *found = strstr(client->answer, text);
    if (found == NULL)
        fail_msg("there is no '%s' in '%.200s'", text, client->answer);
    return (pid_t)strtol(found + strlen(text), NULL, 16);
}

/* Goes on; the stop has to be one with a name. Answers the team behind it. */
static pid_t go_on_to(struct server_client *client, const char *name)
{
    client_ask(client, "vCont;c");
    client_expect(client, "T05");
    return team_in(client, name);
}

static void set_point(struct server_client *client, const char *function)
{
    assert_string_equal(client_ask(client, "Z0,%" PRIx64 ",1", client_symbol(client, function)), "OK");
}

/* ---- fork ---- */

static void a_fork_is_told_and_the_child_stands_with_its_parents_breakpoints(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, FIXTURE("family"), "fork");
    pid_t parent = client_team(&client);
    set_point(&client, "marked0");
    pid_t child = go_on_to(&client, "fork");
    assert_int_equal(team_in(&client, "thread"), parent);
    assert_int_not_equal(child, parent);
    client_ask(&client, "qfThreadInfo");
    assert_int_equal(gdb_count(client.answer, "p"), 2);

    assert_string_equal(client_ask(&client, "Hgp%x.%x", (unsigned)child, (unsigned)child), "OK");
    assert_int_equal(client_team(&client), child);
    client_ask(&client, "vCont;c:p%x.-1", (unsigned)child);
    client_expect(&client, "T05swbreak:;");
    assert_int_equal(team_in(&client, "thread"), child);
    assert_int_equal(client_pc(&client), client_symbol(&client, "marked0"));
    client_ask(&client, "vCont;c");
    client_expect(&client, "W15;process:");
    assert_int_equal(client_field(&client, "process"), child);
    /* The parent was told of its child's end, and waits for that no more. */
    client_ask(&client, "vCont;c");
    if (client.answer[0] == 'T')
        client_ask(&client, "vCont;C14");
    client_expect(&client, "W15;process:");
    client_end(&client, 0);
}

static void a_child_that_is_let_go_runs_without_a_breakpoint_in_it(void **state)
{
    (void)state;
    static const char *const kModes[] = {"fork", "vfork", "fork-exec", "vfork-exec", "spawn"};
    for (size_t i = 0; i < sizeof kModes / sizeof *kModes; i++) {
        struct server_client client;
        launch(&client, FIXTURE("family"), kModes[i]);
        pid_t parent = client_team(&client);
        static const char *const kPlaces[] = {"marked0", "marked1", "marked2",
                                              "marked3", "marked4", "marked5"};
        for (size_t j = 0; j < 6; j++) /* more than there are registers */
            set_point(&client, kPlaces[j]);
        client_ask(&client, "vCont;c");
        client_expect(&client, "T05");
        bool vfork = strstr(client.answer, "vfork:") != NULL;
        assert_int_equal(vfork, strncmp(kModes[i], "fork", 4) != 0);
        pid_t child = team_in(&client, "fork");
        assert_string_equal(client_ask(&client, "D;%x", (unsigned)child), "OK");
        client_ask(&client, "qfThreadInfo");
        assert_int_equal(gdb_count(client.answer, "p"), 1);
        if (vfork) {
            client_ask(&client, "vCont;c");
            client_expect(&client, "T05vforkdone:;");
            assert_int_equal(team_in(&client, "thread"), parent);
        }
        client_ask(&client, "vCont;c:p%x.-1", (unsigned)parent);
        if (strncmp(client.answer, "T14", 3) == 0) /* the child has ended */
            client_ask(&client, "vCont;C14");
        client_expect(&client, "T05swbreak:;"); /* the parent's are there still */
        assert_int_equal(client_pc(&client), client_symbol(&client, "marked5"));
        client_ask(&client, "vCont;c");
        client_expect(&client, "W15;process:");
        client_end(&client, 0);
    }
}

static void a_client_that_wants_no_forks_is_told_of_none(void **state)
{
    (void)state;
    struct server_client client;
    client_serve(&client, "multiprocess+;swbreak+", ARGUMENTS("-", FIXTURE("lineage"), "3"));
    assert_string_equal(client_ask(&client, "QPassSignals:e;14"), "OK");
    client_ask(&client, "vCont;c");
    client_expect(&client, "W04;process:");
    client_end(&client, 0);
}

static void what_is_not_told_yet_is_not_there(void **state)
{
    (void)state;
    struct server_client client;
    client_serve(&client, FEATURES, ARGUMENTS("-", FIXTURE("lineage"), "litter", "5"));
    snprintf(client.program, sizeof client.program, FIXTURE("lineage"));
    int known = 1;
    assert_string_equal(client_ask(&client, "QPassSignals:14"), "OK");
    pid_t parent = client_team(&client);
    while (known <= 5) {
        client_ask(&client, "vCont;c:p%x.-1", (unsigned)parent);
        client_expect(&client, "T05fork:");
        known++;
        client_ask(&client, "qfThreadInfo");
        assert_int_equal(gdb_count(client.answer, "p"), known);
    }
    for (int ends = 0; ends < 6; ends++) {
        client_ask(&client, "vCont;c");
        client_expect(&client, "W0");
    }
    assert_string_equal(client_ask(&client, "qfThreadInfo"), "l");
    client_end(&client, 0);
}

/* ---- vfork ---- */

static void a_vforked_child_meets_the_breakpoints_and_its_parent_has_them_back_after(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, FIXTURE("family"), "vfork");
    pid_t parent = client_team(&client);
    set_point(&client, "marked0");
    set_point(&client, "marked5");
    pid_t child = go_on_to(&client, "vfork");
    client_ask(&client, "vCont;c:p%x.-1", (unsigned)child);
    client_expect(&client, "T05swbreak:;");
    assert_int_equal(team_in(&client, "thread"), child);
    /* Both go on: the parent is in the kernel, and that is no reason to wait for it. */
    client_ask(&client, "vCont;c");
    client_expect(&client, "T05swbreak:;");
    assert_int_equal(team_in(&client, "thread"), child);
    bool done = false, ended = false, hit = false;
    assert_string_equal(client_ask(&client, "QPassSignals:14"), "OK");
    while (client.answer[0] != 'W' || client_field(&client, "process") != (uint64_t)parent) {
        client_ask(&client, "vCont;c");
        if (strncmp(client.answer, "T05vforkdone:;", 14) == 0)
            done = true;
        else if (strncmp(client.answer, "T05swbreak:;", 12) == 0)
            hit = done && team_in(&client, "thread") == parent;
        else if (client_field(&client, "process") == (uint64_t)child)
            ended = true;
        else
            client_expect(&client, "W15;process:");
    }
    assert_true(done && ended && hit);
    client_end(&client, 0);
}

/* ---- exec ---- */

/* The child that a team has made; waits until there is one. */
static pid_t await_child(pid_t parent)
{
    char path[64];
    int child = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    while (child == 0) {
        char *text = report_read_file(path);
        child = atoi(text);
        free(text);
    }
    return child;
}

/* The parent waits in the kernel, and cannot be stopped. */
static void an_interrupt_of_one_that_waits_in_vfork_is_told_when_it_is_back(void **state)
{
    (void)state;
    for (int events = 0; events < 2; events++) {
        struct server_client client;
        client_serve(&client, events ? FEATURES : "multiprocess+",
                     ARGUMENTS("-", FIXTURE("family"), "vfork-wait"));
        pid_t parent = client_team(&client);
        if (events)
            client_ask(&client, "D;%x", (unsigned)go_on_to(&client, "vfork"));
        assert_string_equal(client_ask(&client, "QPassSignals:14"), "OK"); /* that the child has ended */
        client_send(&client, "vCont;c");
        pid_t child = await_child(parent);
        client_send_raw(&client, "\003", 1);
        kill(child, SIGKILL);
        client_receive(&client);
        /* Which of both comes first depends on when the interrupt comes; each comes once. */
        bool interrupted = strncmp(client.answer, "T02", 3) == 0;
        if (events) {
            client_expect(&client, interrupted ? "T02" : "T05vforkdone:;");
            client_ask(&client, "vCont;c");
            client_expect(&client, interrupted ? "T05vforkdone:;" : "T02");
        }
        assert_true(events || interrupted);
        client_ask(&client, "g");
        assert_true(client.size > 1000);
        client_ask(&client, "vKill;%x", (unsigned)parent);
        client_expect(&client, "OK");
        client_end(&client, 0);
    }
}

static void a_lineage_of_five_is_followed_through_each_exec(void **state)
{
    (void)state;
    struct server_client client;
    int forks = 0, execs = 0, ends = 0, statuses = 0;
    launch(&client, FIXTURE("lineage"), "5");
    assert_string_equal(client_ask(&client, "QPassSignals:14"), "OK");
    while (ends < 6) {
        client_ask(&client, "vCont;c");
        if (client.answer[0] == 'W') {
            ends++;
            statuses += (int)strtol(client.answer + 1, NULL, 16);
            continue;
        }
        client_expect(&client, "T05");
        forks += strstr(client.answer, "fork:p") != NULL;
        execs += strstr(client.answer, "exec:2f") != NULL;
    }
    assert_int_equal(forks, 5);
    assert_int_equal(execs, 5);
    assert_int_equal(statuses, 1 + 2 + 3 + 4 + 5 + 6);
    client_end(&client, 0);
}

/* ---- ends ---- */

static void a_client_that_vanishes_at_a_fork_leaves_no_child_behind(void **state)
{
    (void)state;
    struct server_client client;
    struct report_run steady;
    report_start(&steady, ARGUMENTS(FIXTURE("lineage"), "steady"));
    report_await_output(&steady, "ready\n");
    for (int i = 0; i < 20; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", (int)steady.pid);
        client_serve(&client, FEATURES, ARGUMENTS("--attach", "-", id));
        snprintf(client.program, sizeof client.program, FIXTURE("lineage"));
        set_point(&client, "in_litter");
        client_ask(&client, "vCont;c");
        if (i % 3 == 1)
            client_ask(&client, "vCont;c");
        if (i % 3 == 2)
            client_send(&client, "vCont;c"); /* gone in the midst of it */
        client_end(&client, 0);
        report_await_traced(steady.pid, false);
    }
    report_finish(&steady);
    assert_int_equal(steady.status, 7);
    report_clean(&steady);
}

/* ---- GDB ---- */

static void gdb_follows_the_parent_or_the_child(void **state)
{
    (void)state;
    static const char *const kModes[] = {"fork", "vfork"};
    for (int i = 0; i < 4; i++) {
        struct report_run run;
        char arguments[512];
        bool child = i / 2 != 0;
        snprintf(arguments, sizeof arguments, "- " FIXTURE("family") " %s", kModes[i % 2]);
        gdb_all(&run, FIXTURE("family"), arguments,
                ARGUMENTS(child ? "set follow-fork-mode child" : "set follow-fork-mode parent",
                          "handle SIGCHLD nostop noprint pass", "break marked5", "continue", "info inferiors",
                          "delete", "continue"));
        report_expect(run.output_text, child ? "[Attaching after Thread " : "[Detaching after ");
        report_expect(run.output_text,
                      child ? "hit Breakpoint 1, marked5 (i=1)" : "Breakpoint 1, marked5 (i=0)");
        report_expect(run.output_text, "exited with code 025]");
        report_clean(&run);
    }
}

static void gdb_holds_both_and_lets_both_go_on(void **state)
{
    (void)state;
    static const char *const kModes[] = {"fork", "vfork", "vfork-exec"};
    for (size_t i = 0; i < sizeof kModes / sizeof *kModes; i++) {
        struct report_run run;
        char arguments[512];
        snprintf(arguments, sizeof arguments, "- " FIXTURE("family") " %s", kModes[i]);
        gdb_all(&run, FIXTURE("family"), arguments,
                ARGUMENTS("set detach-on-fork off", "set schedule-multiple on",
                          "handle SIGCHLD nostop noprint pass", "break marked5", "continue", "bt 1",
                          "continue", "inferior 1", "continue", "continue"));
        report_expect(run.output_text, "[New inferior 2 (process ");
        report_expect(run.output_text, "marked5 (i=1)");
        report_expect(run.output_text, "marked5 (i=0)");
        report_expect(run.output_text, "[Inferior 1 (process ");
        assert_int_equal(gdb_count(run.output_text, "exited with code 025]"), 2);
        report_clean(&run);
    }
}

static void gdb_catches_fork_vfork_and_exec(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, FIXTURE("family"), "- " FIXTURE("family") " vfork-exec",
            ARGUMENTS("catch fork", "catch vfork", "catch exec", "continue", "set follow-fork-mode child",
                      "continue", "kill"));
    report_expect(run.output_text, "Catchpoint 2 (vforked process ");
    report_expect(run.output_text, "Catchpoint 3 (exec'd ");
    report_clean(&run);
    gdb_all(&run, FIXTURE("family"), "- " FIXTURE("family") " fork",
            ARGUMENTS("catch fork", "continue", "continue"));
    report_expect(run.output_text, "Catchpoint 1 (forked process ");
    report_expect(run.output_text, "exited with code 025]");
    report_clean(&run);
}

static void gdb_follows_each_child_of_a_shells_pipeline(void **state)
{
    (void)state;
    struct report_run run;
    gdb_plain(&run, "/bin/sh",
              ARGUMENTS("target extended-remote | " SERVER_TOOL " --multi -", "set remote exec-file /bin/sh",
                        "set detach-on-fork off", "set schedule-multiple on", "catch exec",
                        "run -c 'seq 100 | grep 1 | wc -l; ls / | sort | head -1'", GDB_GO_ON_WITH_ALL));
    assert_int_equal(gdb_count(run.output_text, "[New inferior "), 6);
    assert_int_equal(gdb_count(run.output_text, "(exec'd "), 6);
    assert_int_equal(gdb_count(run.output_text, "exited normally]"), 7);
    report_expect(run.error_text, "20\n");
    report_expect(run.error_text, "bin\n");
    report_expect(run.output_text, "all have ended\n");
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fork_is_told_and_the_child_stands_with_its_parents_breakpoints),
        cmocka_unit_test(a_child_that_is_let_go_runs_without_a_breakpoint_in_it),
        cmocka_unit_test(a_client_that_wants_no_forks_is_told_of_none),
        cmocka_unit_test(what_is_not_told_yet_is_not_there),
        cmocka_unit_test(a_vforked_child_meets_the_breakpoints_and_its_parent_has_them_back_after),
        cmocka_unit_test(an_interrupt_of_one_that_waits_in_vfork_is_told_when_it_is_back),
        cmocka_unit_test(a_lineage_of_five_is_followed_through_each_exec),
        cmocka_unit_test(a_client_that_vanishes_at_a_fork_leaves_no_child_behind),
        cmocka_unit_test(gdb_follows_the_parent_or_the_child),
        cmocka_unit_test(gdb_holds_both_and_lets_both_go_on),
        cmocka_unit_test(gdb_catches_fork_vfork_and_exec),
        cmocka_unit_test(gdb_follows_each_child_of_a_shells_pipeline),
    };
    return cmocka_run_group_tests_name("hdbg-server and children", tests, NULL, NULL);
}
