/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A browser with a window: WebKitGTK's MiniBrowser on a screen that nobody sees. A page that counts in its
 * title shows that it lives.
 */
#define _GNU_SOURCE
#include "real_run.h"

#include <glob.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

static struct report_run sScreen, sRun;
static char sWindow[32];

/* ---- screen and browser ---- */

/* Runs xdotool; answers its output, to be freed, or NULL if it found nothing. */
static char *look(const char *const *arguments)
{
    const char *all[16] = {"xdotool"};
    struct report_run run;
    for (size_t i = 0; arguments[i] != NULL; i++)
        all[i + 1] = arguments[i];
    report_all(&run, all);
    char *text = run.status == 0 && run.output_size != 0 ? strdup(run.output_text) : NULL;
    report_clean(&run);
    return text;
}

#define LOOK(...) look((const char *const[]){__VA_ARGS__, NULL})

static bool has_window(void *context)
{
    (void)context;
    char *window = LOOK("search", "--limit", "1", "--name", "^count [0-9]");
    report_take(&sRun, 1);
    if (window == NULL)
        return false;
    snprintf(sWindow, sizeof(sWindow), "%.*s", (int)strcspn(window, "\n"), window);
    free(window);
    return true;
}

static void start_browser(void)
{
    char page[300];
    glob_t found;
    snprintf(page, sizeof(page), "file://%s", real_path("page.html"));
    assert_int_equal(glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser", 0, NULL, &found), 0);
    FILE *file = fopen(real_path("page.html"), "w");
    assert_non_null(file);
    fputs("<script>n = 0; setInterval(() => { document.title = 'count ' + n++ }, 100)</script>", file);
    fclose(file);

    real_start(&sScreen, (const char *const[]){"Xvfb", "-displayfd", "1", "-screen", "0", "640x480x24",
                                               "-nolisten", "tcp", NULL});
    report_await_output(&sScreen, "\n");
    char display[32];
    snprintf(display, sizeof(display), ":%d", atoi(sScreen.output_text));
    setenv("DISPLAY", display, 1);
    setenv("GDK_BACKEND", "x11", 1);
    setenv("NO_AT_BRIDGE", "1", 1);
    setenv("LIBGL_ALWAYS_SOFTWARE", "1", 1);
    real_start(&sRun, (const char *const[]){REPORT_TOOL, "--brief", "-o", real_path("report"),
                                            found.gl_pathv[0], page, NULL});
    globfree(&found);
    if (!real_await(has_window, NULL))
        fail_msg("the browser does not show the page:\n%s", sRun.error_text);
}

static int counted(void)
{
    char *title = LOOK("getwindowname", sWindow);
    int count = -1;
    if (title != NULL)
        sscanf(title, "count %d", &count);
    free(title);
    return count;
}

static bool counts_on(void *context)
{
    return counted() > *(int *)context;
}

static void expect_that_the_page_lives(void)
{
    int before = counted();
    if (!real_await(counts_on, &before))
        fail_msg("the page does not count on from %d:\n%s", before, sRun.error_text);
}

/* ---- a page's process that ends ---- */

static bool is_shown_again(void *context)
{
    /* A key goes to the window that has the focus, which nobody gives on a screen without a window manager.
     */
    free(LOOK("windowfocus", sWindow, "key", "F5"));
    (void)context;
    for (int i = 0; i < 50 && counted() < 0; i++)
        report_take(&sRun, 100);
    return counted() >= 0;
}

/* The browser has noticed; asked to, it shows the page again, in another process, which is followed. */
static void expect_that_the_browser_lives(pid_t dead)
{
    report_await_error(&sRun, "WebProcess CRASHED");
    real_await_end(dead);
    if (!real_await(is_shown_again, NULL))
        fail_msg("the browser does not show the page again:\n%s", sRun.error_text);
    pid_t fresh = real_await_process(real_program(&sRun), "/WebKitWebProcess ", dead);
    assert_true(report_tracer(fresh) > 0);
    expect_that_the_page_lives();
}

struct dying {
    pid_t pid;
    char line[128];
    char *report;
};

/* WebKit's own handler takes the first signal for one that it need not mind, and is gone at the second. */
static bool is_reported(void *context)
{
    struct dying *dying = context;
    kill(dying->pid, SIGSEGV);
    free(dying->report);
    dying->report = report_read_file(real_path("report"));
    report_take(&sRun, 1);
    return strstr(dying->report, dying->line) != NULL;
}

static void a_browsers_processes_are_followed_and_a_page_that_is_killed_is_reported(void **state)
{
    (void)state;
    struct real_process family[REAL_PROCESSES];
    start_browser();
    pid_t browser = real_await_process(real_program(&sRun), "/MiniBrowser file", real_program(&sRun));
    pid_t page = real_await_process(browser, "/WebKitWebProcess ", 0);
    real_await_process(browser, "/WebKitNetworkProcess ", 0);
    size_t count = real_family(browser, family);
    for (size_t i = 0; i < count; i++) {
        if (family[i].tracer <= 0 || family[i].tracer != family[0].tracer)
            fail_msg("process %d is not followed: %s", (int)family[i].pid, family[i].command);
    }
    assert_true(count >= 3);
    expect_that_the_page_lives();

    struct dying dying = {.pid = page};
    snprintf(dying.line, sizeof(dying.line),
             "hdbg-report: thread %d 'WebKitWebProces' got signal SIGSEGV from ", (int)page);
    if (!real_await(is_reported, &dying))
        fail_msg("no \"%s\" in the report:\n%s", dying.line, dying.report);
    report_expect(dying.report, "\nThread ");
    report_expect(dying.report, "g_main_loop_run");
    free(dying.report);
    expect_that_the_browser_lives(page);
    kill(browser, SIGTERM);
    report_finish(&sRun);
    assert_int_equal(sRun.status, 128 + SIGTERM);
}

static void a_page_that_is_killed_for_good_is_told_in_a_line(void **state)
{
    (void)state;
    char line[128];
    start_browser();
    pid_t page = real_await_process(sRun.pid, "/WebKitWebProcess ", 0);
    kill(page, SIGKILL);
    expect_that_the_browser_lives(page);
    char *report = report_read_file(real_path("report"));
    snprintf(line, sizeof(line), "hdbg-report: team %d 'WebKitWebProcess' was killed: after a SIGKILL ",
             (int)page);
    report_expect(report, line);
    report_expect_none(report, "hdbg-report: thread ");
    free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_browsers_processes_are_followed_and_a_page_that_is_killed_is_reported,
                                  real_end_all),
        cmocka_unit_test_teardown(a_page_that_is_killed_for_good_is_told_in_a_line, real_end_all),
    };
    return cmocka_run_group_tests_name("a browser: WebKitGTK's MiniBrowser", tests, real_set_up,
                                       real_tear_down);
}
