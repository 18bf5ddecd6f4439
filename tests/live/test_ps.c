/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-ps: its lists, its options, its JSON.
 */
#define _GNU_SOURCE
#include "report_run.h"

#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define PS_TOOL HDBG_TEST_TOOLS "/hdbg-ps"
#define RUN(...)                                                                                             \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        PS_TOOL, __VA_ARGS__, NULL                                                                           \
    }

static struct report_run gSleeper;
static char gId[16];

static int start_sleeper(void **state)
{
    (void)state;
    report_start(&gSleeper, (const char *const[]){"sleep", "1000", NULL});
    report_await_asleep(gSleeper.pid);
    snprintf(gId, sizeof(gId), "%d", (int)gSleeper.pid);
    return 0;
}

static int end_sleeper(void **state)
{
    (void)state;
    report_clean(&gSleeper);
    return 0;
}

/* Runs the tool, and expects it to succeed. */
static void list(struct report_run *run, const char *const *argv)
{
    report_all(run, argv);
    assert_string_equal(run->error_text, "");
    assert_int_equal(run->status, 0);
}

/* The nth line, counted from 0; "" behind the last one. Valid until the next call. */
static const char *line_of(const char *text, int number)
{
    static char line[4096];
    for (; number > 0 && text != NULL; number--)
        text = strchr(text, '\n') != NULL ? strchr(text, '\n') + 1 : NULL;
    snprintf(line, sizeof(line), "%.*s", text != NULL ? (int)strcspn(text, "\n") : 0,
             text != NULL ? text : "");
    return line;
}

/* Where in the line a word begins or ends. */
static size_t column_of(const char *line, const char *word, bool end)
{
    const char *at = strstr(line, word);
    if (at == NULL)
        fail_msg("no '%s' in: %s", word, line);
    return (size_t)(at - line) + (end ? strlen(word) : 0);
}

static void a_team_is_a_line_under_titles(void **state)
{
    (void)state;
    struct report_run run;
    list(&run, RUN(gId));
    assert_int_equal(column_of(line_of(run.output_text, 0), "TEAM", true),
                     column_of(line_of(run.output_text, 1), gId, true));
    assert_int_equal(column_of(line_of(run.output_text, 0), "NAME", false),
                     column_of(line_of(run.output_text, 1), "sleep", false));
    assert_string_equal(line_of(run.output_text, 2), "");
    report_clean(&run);
}

static void all_teams_of_the_user_are_listed_without_a_name(void **state)
{
    (void)state;
    struct report_run run;
    char self[16];
    snprintf(self, sizeof(self), " %d ", (int)getpid());
    list(&run, (const char *const[]){PS_TOOL, NULL});
    report_expect(run.output_text, gId);
    report_expect(run.output_text, self);
    report_clean(&run);
}

static void another_users_teams_are_listed_on_demand_only(void **state)
{
    (void)state;
    struct report_run run;
    /* Nobody has this number. */
    list(&run, RUN("-u", "4000000000"));
    report_expect_none(run.output_text, "sleep");
    report_clean(&run);
    list(&run, RUN("-A"));
    report_expect(run.output_text, gId);
    report_clean(&run);
}

static void a_full_line_has_the_parent_and_the_command(void **state)
{
    (void)state;
    struct report_run run;
    char self[16];
    snprintf(self, sizeof(self), " %d ", (int)getpid());
    list(&run, RUN("-f", "-w", "-p", gId));
    report_expect(line_of(run.output_text, 1), self);
    report_expect(line_of(run.output_text, 1), "  sleep 1000");
    report_clean(&run);
}

static void threads_images_and_areas_are_listed(void **state)
{
    (void)state;
    struct report_run run;
    list(&run, RUN("-T", "-i", "-m", "-w", gId));
    report_expect(run.output_text, "asleep");
    report_expect(run.output_text, "  app ");
    report_expect(run.output_text, "/libc.so.6\n");
    report_expect(run.output_text, "  r-x  ");
    report_expect(run.output_text, " stack\n");
    report_clean(&run);
}

static void each_thread_of_a_team_is_a_line(void **state)
{
    (void)state;
    struct report_run run, threads;
    char id[16];
    report_start(&threads, (const char *const[]){"python3", "-c",
                                                 "import threading, sys\n"
                                                 "stop = threading.Event()\n"
                                                 "for i in range(7):\n"
                                                 "    threading.Thread(target=stop.wait).start()\n"
                                                 "print('ready', flush=True)\n"
                                                 "sys.stdin.read()\n"
                                                 "stop.set()\n",
                                                 NULL});
    report_await_output(&threads, "ready\n");
    snprintf(id, sizeof(id), "%d", (int)threads.pid);
    list(&run, RUN("-T", "--no-headers", id));
    int lines = 0;
    for (const char *at = run.output_text; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    assert_int_equal(lines, 8);
    report_finish(&threads);
    report_clean(&threads);
    report_clean(&run);
}

static void lines_fit_the_width(void **state)
{
    (void)state;
    struct report_run run;
    setenv("COLUMNS", "70", 1);
    list(&run, RUN("-m", gId));
    for (int i = 0; *line_of(run.output_text, i) != '\0'; i++)
        assert_true(strlen(line_of(run.output_text, i)) <= 70);
    report_expect_none(run.output_text, "/libc.so.6\n");
    report_clean(&run);
    list(&run, RUN("-m", "-w", gId));
    report_expect(run.output_text, "/libc.so.6\n");
    report_clean(&run);
    unsetenv("COLUMNS");
}

static void names_cannot_steer_the_terminal(void **state)
{
    (void)state;
    struct report_run run, evil;
    char id[16];
    report_start(&evil, (const char *const[]){"sh", "-c", "echo ready; read line", "\033[31mevil", NULL});
    report_await_output(&evil, "ready\n");
    snprintf(id, sizeof(id), "%d", (int)evil.pid);
    list(&run, RUN("-f", "-w", id));
    report_expect(run.output_text, "?[31mevil");
    report_expect_none(run.output_text, "\033");
    report_clean(&run);
    report_finish(&evil);
    report_clean(&evil);
}

static void json_is_what_the_tables_say(void **state)
{
    (void)state;
    static const char kCheck[] =
        "import json, sys\n"
        "teams = json.load(sys.stdin)\n"
        "assert len(teams) == 1\n"
        "team = teams[0]\n"
        "assert team['name'] == 'sleep' and team['command'] == 'sleep 1000'\n"
        "assert len(team['threads']) == team['thread_count'] == 1\n"
        "assert len(team['images']) == team['image_count'] > 2\n"
        "assert len(team['areas']) > 10 and team['areas'][0]['protection'] == 'r--'\n"
        "assert team['images'][0]['type'] == 'app' and int(team['images'][0]['text'], 16) > 0\n"
        "assert not team['debugged']\n"
        "print('good')\n";
    struct report_run run;
    char command[1024];
    snprintf(command, sizeof(command), "%s --json --threads --images --areas %s | python3 -c \"$0\"", PS_TOOL,
             gId);
    list(&run, (const char *const[]){"sh", "-c", command, kCheck, NULL});
    assert_string_equal(run.output_text, "good\n");
    report_clean(&run);
}

static void a_team_that_is_not_there_is_1_and_the_others_are_listed(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("2000000000", gId));
    assert_string_equal(run.error_text, "hdbg-ps: there is no team 2000000000\n");
    report_expect(run.output_text, "sleep");
    assert_int_equal(run.status, 1);
    report_clean(&run);
}

static void wrong_options_are_2(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("--no-such-option"));
    report_expect(run.error_text, "no-such-option");
    assert_int_equal(run.status, 2);
    report_clean(&run);
    report_all(&run, RUN("-p", "12x"));
    assert_string_equal(run.error_text, "hdbg-ps: '12x' is not the id of a team\n");
    assert_int_equal(run.status, 2);
    report_clean(&run);
}

static void help_and_version_are_printed(void **state)
{
    (void)state;
    struct report_run run;
    list(&run, RUN("--help"));
    report_expect(run.output_text, "Usage: hdbg-ps [OPTION...] [TEAM...]");
    report_clean(&run);
    list(&run, RUN("--version"));
    assert_memory_equal(run.output_text, "hdbg-ps 0.", strlen("hdbg-ps 0."));
    report_clean(&run);
}

static void output_that_cannot_be_written_is_2(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, (const char *const[]){"sh", "-c", "exec \"$0\" -A > /dev/full", PS_TOOL, NULL});
    report_expect(run.error_text, "hdbg-ps: cannot write");
    assert_int_equal(run.status, 2);
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_team_is_a_line_under_titles),
        cmocka_unit_test(all_teams_of_the_user_are_listed_without_a_name),
        cmocka_unit_test(another_users_teams_are_listed_on_demand_only),
        cmocka_unit_test(a_full_line_has_the_parent_and_the_command),
        cmocka_unit_test(threads_images_and_areas_are_listed),
        cmocka_unit_test(each_thread_of_a_team_is_a_line),
        cmocka_unit_test(lines_fit_the_width),
        cmocka_unit_test(names_cannot_steer_the_terminal),
        cmocka_unit_test(json_is_what_the_tables_say),
        cmocka_unit_test(a_team_that_is_not_there_is_1_and_the_others_are_listed),
        cmocka_unit_test(wrong_options_are_2),
        cmocka_unit_test(help_and_version_are_printed),
        cmocka_unit_test(output_that_cannot_be_written_is_2),
    };
    return cmocka_run_group_tests_name("hdbg-ps", tests, start_sleeper, end_sleeper);
}
