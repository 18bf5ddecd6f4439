/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A browser: a tree of processes that make each other in all the ways that there are, some of them locked in.
 */
#define _GNU_SOURCE
#include "real_run.h"

#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

enum { ARGUMENTS = 32, NOBODY = 65534 };

static struct report_run sRun;
static int sPort;

/* ---- the browser ---- */

static bool has_spoken(void *context)
{
    (void)context;
    report_take(&sRun, 1);
    return strstr(sRun.error_text, "/devtools/browser/") != NULL ||
           strstr(sRun.error_text, "No usable sandbox") != NULL;
}

/* Starts the browser under hdbg-report with a page named "first". The report goes to a file: the browser
 * writes much itself. Root's browser has no sandbox: one that is to have it is another user's then.
 * @return false if it has found that the system allows none. */
static bool start_browser(bool sandboxed)
{
    char profile[256];
    const char *folder = real_path("profile");
    const char *all[ARGUMENTS] = {REPORT_TOOL, "--brief", "-o", real_path("report")};
    size_t count = 4;
    static const char *const kAnother[] = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
    static const char *const kOptions[] = {"--headless", "--disable-gpu", "--disable-dev-shm-usage",
                                           "--no-first-run", "--remote-debugging-port=0"};
    assert_int_equal(mkdir(folder, 0700), 0);
    if (sandboxed && geteuid() == 0) {
        assert_int_equal(chown(folder, NOBODY, NOBODY), 0);
        for (size_t i = 0; i < sizeof(kAnother) / sizeof(*kAnother); i++)
            all[count++] = kAnother[i];
    }
    setenv("HOME", folder, 1);
    setenv("XDG_RUNTIME_DIR", folder, 1);
    setenv("XDG_CONFIG_HOME", folder, 1);
    setenv("XDG_CACHE_HOME", folder, 1);
    snprintf(profile, sizeof(profile), "--user-data-dir=%s/data", folder);
    all[count++] = "chromium";
    for (size_t i = 0; i < sizeof(kOptions) / sizeof(*kOptions); i++)
        all[count++] = kOptions[i];
    if (!sandboxed)
        all[count++] = "--no-sandbox";
    all[count++] = profile;
    all[count] = "data:text/html,<title>first</title>";
    real_start(&sRun, all);
    if (!real_await(has_spoken, NULL))
        fail_msg("the browser does not come up:\n%s", sRun.error_text);
    const char *at = strstr(sRun.error_text, "ws://127.0.0.1:");
    if (at == NULL)
        return false;
    assert_int_equal(sscanf(at, "ws://127.0.0.1:%d", &sPort), 1);
    free(real_await_answer(sPort, "GET", "/json/list", "\"title\": \"first\""));
    return true;
}

/* A page that is asked for now is loaded, by a process that is made for it, and has run its script. */
static void expect_that_the_browser_lives(const char *name)
{
    char path[256], title[64];
    snprintf(path, sizeof(path), "/json/new?data:text/html,<script>document.title='next%%20'+'%s'</script>",
             name);
    snprintf(title, sizeof(title), "\"title\": \"next %s\"", name);
    free(real_await_answer(sPort, "PUT", path, "\"id\""));
    free(real_await_answer(sPort, "GET", "/json/list", title));
}

struct awaited {
    const char *text;
    char *report;
};

static bool is_reported(void *context)
{
    struct awaited *awaited = context;
    free(awaited->report);
    awaited->report = report_read_file(real_path("report"));
    report_take(&sRun, 1); /* the browser writes much, and would stand if nobody read it */
    return strstr(awaited->report, awaited->text) != NULL;
}

/* Waits for a text in the report, and answers the whole of it, to be freed. */
static char *await_report(const char *text)
{
    struct awaited awaited = {.text = text};
    if (!real_await(is_reported, &awaited))
        fail_msg("no \"%s\" in the report:\n%s", text, awaited.report);
    return awaited.report;
}

/* Every process of the browser's is traced, and by one tracer. @return how many there are. */
static size_t expect_that_all_are_followed(void)
{
    struct real_process family[REAL_PROCESSES];
    size_t count = real_family(sRun.pid, family), browsers = 0;
    pid_t tracer = report_tracer(real_program(&sRun));
    assert_true(tracer == 0);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(family[i].command, "/usr/lib/chromium/", 18) != 0)
            continue;
        if (family[i].tracer <= 0 || (tracer != 0 && family[i].tracer != tracer))
            fail_msg("process %d is not followed: %s", (int)family[i].pid, family[i].command);
        tracer = family[i].tracer;
        browsers++;
    }
    return browsers;
}

struct page {
    pid_t except, found;
};

static bool has_page(void *context)
{
    struct page *page = context;
    struct real_process family[REAL_PROCESSES];
    size_t count = real_family(sRun.pid, family);
    page->found = 0;
    for (size_t i = 0; i < count && page->found == 0; i++) {
        const char *command = family[i].command;
        if (family[i].pid != page->except && strncmp(command, "/usr/lib/chromium/", 18) == 0 &&
            strstr(command, "--type=renderer") != NULL && strstr(command, "webui") == NULL &&
            strstr(command, "extension") == NULL)
            page->found = family[i].pid;
    }
    return page->found != 0;
}

/* A process that shows a page, and not the browser's own surface. */
static pid_t page_process(pid_t except)
{
    struct page page = {.except = except};
    if (!real_await(has_page, &page))
        fail_msg("the browser has no process for a page:\n%s", sRun.error_text);
    return page.found;
}

static void end_browser(void)
{
    kill(real_await_process(real_program(&sRun), "/usr/lib/chromium/chromium --", 0), SIGTERM);
    report_finish(&sRun);
    assert_int_equal(sRun.status, 0);
}

static void a_browsers_whole_tree_is_followed_and_its_killed_pages_are_reported(void **state)
{
    (void)state;
    char line[128];
    start_browser(false);
    real_await_process(sRun.pid, "--type=zygote", 0);
    real_await_process(sRun.pid, "--type=utility", 0);
    pid_t page = page_process(0);
    assert_true(expect_that_all_are_followed() >= 6);

    kill(page, SIGSEGV);
    snprintf(line, sizeof(line),
             "hdbg-report: thread %d 'chromium' got signal SIGSEGV from outside, sent by team ", (int)page);
    char *report = await_report(line);
    free(report);
    snprintf(line, sizeof(line), "\nThread %d 'chromium', which got the signal\n", (int)page);
    report = await_report(line);
    free(report);
    real_await_end(page);
    expect_that_the_browser_lives("crash");

    pid_t other = page_process(page);
    kill(other, SIGKILL);
    snprintf(line, sizeof(line), "hdbg-report: team %d 'chromium' was killed: after a SIGKILL ", (int)other);
    report = await_report(line);
    free(report);
    expect_that_the_browser_lives("kill");
    expect_that_all_are_followed();
    end_browser();
}

static void crash_a_page(void)
{
    free(real_await_answer(sPort, "PUT", "/json/new?chrome://crash", "\"id\""));
    char *report = await_report("\nThread ");
    report_expect(report, "hdbg-report: thread ");
    report_expect(report, " 'chromium' ");
    free(report);
    expect_that_the_browser_lives("crash");
}

static void a_page_that_crashes_by_itself_is_reported(void **state)
{
    (void)state;
    start_browser(false);
    crash_a_page();
    end_browser();
}

/* Of the browser's processes, how many are in a namespace of their own and have their system calls filtered.
 */
static size_t locked_in(void)
{
    struct real_process family[REAL_PROCESSES];
    size_t count = real_family(sRun.pid, family), locked = 0;
    for (size_t i = 0; i < count; i++) {
        char path[64];
        snprintf(path, sizeof(path), "/proc/%d/status", (int)family[i].pid);
        FILE *file = fopen(path, "re");
        char text[4096] = "";
        if (file != NULL)
            text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
        if (file != NULL)
            fclose(file);
        locked += strstr(text, "\nSeccomp:\t2\n") != NULL && strstr(text, "\t1\nNSpgid") != NULL;
    }
    return locked;
}

/* Each page is the first process of a namespace then, which Linux does not let die of a fault while it is
 * traced.
 */
static void a_page_in_a_sandbox_that_crashes_is_reported_once(void **state)
{
    (void)state;
    if (!start_browser(true)) { /* what the browser makes of that is reported */
        report_finish(&sRun);
        free(await_report("hdbg-report: "));
        return;
    }
    assert_true(locked_in() > 0);
    assert_true(expect_that_all_are_followed() >= 6);
    crash_a_page();
    end_browser();
    char *report = report_read_file(real_path("report"));
    const char *first = strstr(report, "hdbg-report: thread ");
    assert_non_null(first);
    report_expect_none(first + 1, "hdbg-report: ");
    free(report);
}

/* The profile of one browser is not the next one's. */
static int end_browsers(void **state)
{
    struct report_run remove;
    real_end_all(state);
    report_all(&remove, (const char *const[]){"rm", "-rf", real_path("profile"), real_path("report"), NULL});
    report_clean(&remove);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_browsers_whole_tree_is_followed_and_its_killed_pages_are_reported,
                                  end_browsers),
        cmocka_unit_test_teardown(a_page_that_crashes_by_itself_is_reported, end_browsers),
        cmocka_unit_test_teardown(a_page_in_a_sandbox_that_crashes_is_reported_once, end_browsers),
    };
    return cmocka_run_group_tests_name("a browser: Chromium", tests, real_set_up, real_tear_down);
}
