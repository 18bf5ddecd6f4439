/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Details of a team: command line, environment, auxiliary vector, limits, open files, folder.
 */
#include "report_run.h"

#include <haikudbg/haikudbg.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

enum { AUX_PAGE_SIZE = 6 };

static struct report_run gProgram;
static hdbg_session *gSession;
static hdbg_team *gTeam;

static int attach(void **state)
{
    (void)state;
    setenv("DETAILS_TEST", "a value", 1);
    report_start(&gProgram,
                 (const char *const[]){"sh", "-c", "exec 7</dev/zero 8>/dev/null; echo ready; read line",
                                       "an argument", "", NULL});
    report_await_output(&gProgram, "ready\n");
    return hdbg_session_create(NULL, &gSession) != HDBG_OK ||
           hdbg_team_attach(gSession, gProgram.pid, 0, &gTeam) != HDBG_OK;
}

static int detach(void **state)
{
    (void)state;
    hdbg_team_release(gTeam);
    hdbg_session_destroy(gSession);
    report_clean(&gProgram);
    return 0;
}

/* The details of a kind, each as a line. */
struct lines {
    char text[65536];
    size_t used;
    int count, enough;
};

static int note(void *context, const hdbg_detail *detail)
{
    struct lines *lines = context;
    assert_int_equal(detail->size, sizeof(*detail));
    assert_non_null(detail->text);
    int length =
        snprintf(lines->text + lines->used, sizeof(lines->text) - lines->used, "<%s> %lld %lld %u\n",
                 detail->text, (long long)detail->number, (long long)detail->value, (unsigned)detail->flags);
    lines->used += (size_t)length < sizeof(lines->text) - lines->used ? (size_t)length : 0;
    return ++lines->count == lines->enough;
}

static struct lines *list(int32_t kind)
{
    static struct lines lines;
    memset(&lines, 0, sizeof(lines));
    assert_int_equal(hdbg_team_details_visit(gTeam, kind, note, &lines), HDBG_OK);
    return &lines;
}

static void arguments_come_whole_and_in_order(void **state)
{
    (void)state;
    assert_string_equal(
        list(HDBG_DETAIL_ARGUMENT)->text,
        "<sh> 0 0 0\n<-c> 1 0 0\n<exec 7</dev/zero 8>/dev/null; echo ready; read line> 2 0 0\n"
        "<an argument> 3 0 0\n<> 4 0 0\n");
}

static void the_environment_is_that_of_the_start(void **state)
{
    (void)state;
    report_expect(list(HDBG_DETAIL_ENVIRONMENT)->text, "<DETAILS_TEST=a value> ");
}

static void the_auxiliary_vector_tells_the_page_size(void **state)
{
    (void)state;
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "<> %d %ld 0\n", AUX_PAGE_SIZE, sysconf(_SC_PAGESIZE));
    report_expect(list(HDBG_DETAIL_AUXILIARY)->text, wanted);
}

static void limits_are_those_that_were_inherited(void **state)
{
    (void)state;
    struct rlimit limit;
    char wanted[128];
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    snprintf(wanted, sizeof(wanted), "<open files (files)> %lld %lld 0\n", (long long)limit.rlim_cur,
             (long long)limit.rlim_max);
    report_expect(list(HDBG_DETAIL_LIMIT)->text, wanted);
}

static void open_files_have_their_names_and_modes(void **state)
{
    (void)state;
    const char *text = list(HDBG_DETAIL_FILE)->text;
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "</dev/zero> 7 0 %u\n", (unsigned)HDBG_DETAIL_CAN_READ);
    report_expect(text, wanted);
    snprintf(wanted, sizeof(wanted), "</dev/null> 8 0 %u\n", (unsigned)HDBG_DETAIL_CAN_WRITE);
    report_expect(text, wanted);
    report_expect(text, "<pipe:[");
}

static void folder_and_program_are_one_each(void **state)
{
    (void)state;
    char folder[4096], wanted[5000];
    assert_non_null(getcwd(folder, sizeof(folder)));
    snprintf(wanted, sizeof(wanted), "<%s> 0 0 0\n", folder);
    assert_string_equal(list(HDBG_DETAIL_WORKING_DIRECTORY)->text, wanted);
    assert_int_equal(list(HDBG_DETAIL_PROGRAM)->count, 1);
}

static void a_visitor_that_has_enough_is_asked_no_more(void **state)
{
    (void)state;
    struct lines lines = {.enough = 2};
    assert_int_equal(hdbg_team_details_visit(gTeam, HDBG_DETAIL_ARGUMENT, note, &lines), HDBG_OK);
    assert_int_equal(lines.count, 2);
}

static void a_kind_that_is_none_is_a_bad_value(void **state)
{
    (void)state;
    struct lines lines = {.enough = 0};
    assert_int_equal(hdbg_team_details_visit(gTeam, 0, note, &lines), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_team_details_visit(gTeam, HDBG_DETAIL_PROGRAM + 1, note, &lines), HDBG_BAD_VALUE);
    assert_int_equal(lines.count, 0);
}

static void a_team_that_was_let_go_has_none(void **state)
{
    (void)state;
    struct lines lines = {.enough = 0};
    assert_int_equal(hdbg_team_detach(gTeam), HDBG_OK);
    assert_int_equal(hdbg_team_details_visit(gTeam, HDBG_DETAIL_ARGUMENT, note, &lines), HDBG_DETACHED);
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, attach, detach)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(arguments_come_whole_and_in_order),
        LIVE(the_environment_is_that_of_the_start),
        LIVE(the_auxiliary_vector_tells_the_page_size),
        LIVE(limits_are_those_that_were_inherited),
        LIVE(open_files_have_their_names_and_modes),
        LIVE(folder_and_program_are_one_each),
        LIVE(a_visitor_that_has_enough_is_asked_no_more),
        LIVE(a_kind_that_is_none_is_a_bad_value),
        LIVE(a_team_that_was_let_go_has_none),
    };
    return cmocka_run_group_tests_name("details of a team", tests, NULL, NULL);
}
