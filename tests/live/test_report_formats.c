/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-report's other outputs: JSON against its schema, the page in a browser; what is left out when
 * redacted.
 */
#define _GNU_SOURCE
#include "report_run.h"

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

#define DEMO  HDBG_TEST_CRASHERS "/demo"
#define CRASH HDBG_TEST_CRASHERS "/null-write"

static char gFolder[] = "/tmp/hdbg-report-XXXXXX";

/* A file in the test's own folder. Valid until the fourth call after this one. */
static const char *in_folder(const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", gFolder, name);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(gFolder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, (const char *const[]){"rm", "-rf", gFolder, NULL});
    report_clean(&run);
    return 0;
}

#define RUN(...)                                                                                             \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        REPORT_TOOL, __VA_ARGS__, NULL                                                                       \
    }

/* Runs Python, and expects it to print "good". */
static void expect_good(const char *script, const char *one, const char *other)
{
    struct report_run run;
    report_all(&run, (const char *const[]){"python3", "-c", script, one, other, NULL});
    if (strcmp(run.output_text, "good\n") != 0)
        fail_msg("%s%s", run.output_text, run.error_text);
    report_clean(&run);
}

/* ---- JSON ---- */

static const char kValidate[] = "import json, sys, jsonschema\n"
                                "schema = json.load(open(sys.argv[1]))\n"
                                "jsonschema.Draft7Validator.check_schema(schema)\n"
                                "jsonschema.validate(json.load(open(sys.argv[2])), schema)\n"
                                "print('good')\n";

static void reports_of_all_kinds_are_as_the_schema_says(void **state)
{
    (void)state;
    static const char *const kPrograms[] = {
        "demo",           "stack-overflow", "uncaught-exception",     "jump-to-null",
        "stack-smashing", "debugger-call",  "crash-in-signal-handler"};
    struct report_run run;
    char path[1024];
    for (size_t i = 0; i < sizeof(kPrograms) / sizeof(*kPrograms); i++) {
        snprintf(path, sizeof(path), "%s/%s", HDBG_TEST_CRASHERS, kPrograms[i]);
        report_all(&run, RUN("--full", "-o", "/dev/null", "--json", in_folder("report.json"), path));
        report_clean(&run);
        expect_good(kValidate, HDBG_TEST_SOURCES "/../docs/report.schema.json", in_folder("report.json"));
    }
}

static void a_report_that_is_not_as_the_schema_says_is_found(void **state)
{
    (void)state;
    static const char kScript[] = "import json, sys, jsonschema\n"
                                  "schema = json.load(open(sys.argv[1]))\n"
                                  "report = json.load(open(sys.argv[2]))\n"
                                  "def is_refused(change):\n"
                                  "    copy = json.loads(json.dumps(report))\n"
                                  "    change(copy)\n"
                                  "    try: jsonschema.validate(copy, schema)\n"
                                  "    except jsonschema.ValidationError: return True\n"
                                  "assert is_refused(lambda r: r['crash'].update(verdict='bad luck'))\n"
                                  "assert is_refused(lambda r: r['threads'][0].pop('frames'))\n"
                                  "assert is_refused(lambda r: r['threads'][0]['frames'][0].update(pc=12))\n"
                                  "assert is_refused(lambda r: r.update(surprise=1))\n"
                                  "assert is_refused(lambda r: r.update(threads=[]))\n"
                                  "print('good')\n";
    struct report_run run;
    report_all(&run, RUN("-o", "/dev/null", "--json", in_folder("report.json"), CRASH));
    report_clean(&run);
    expect_good(kScript, HDBG_TEST_SOURCES "/../docs/report.schema.json", in_folder("report.json"));
}

static void json_has_source_lines_variables_and_folded_threads(void **state)
{
    (void)state;
    static const char kScript[] =
        "import json, sys\n"
        "r = json.load(open(sys.argv[1]))\n"
        "first = r['threads'][0]\n"
        "top = first['frames'][0]\n"
        "assert r['crash']['thread'] == first['id'] and first['name'] == 'worker 3'\n"
        "assert top['function'] == 'reader::Document::parse_header()', top\n"
        "assert top['calls'][-1]['file'].endswith('/crashers/libreader.cpp'), top\n"
        "assert r['source']['line'] == top['calls'][-1]['line']\n"
        "line = [l['text'] for l in r['source']['lines'] if l['line'] == r['source']['line']]\n"
        "assert 'fHeader->version = ' in line[0], line\n"
        "this = [v for v in top['variables'] if v['name'] == 'this'][0]\n"
        "assert this['argument'] and 'fHeader = 0x0' in this['value'], this\n"
        "same = [t for t in r['threads'] if 'same_stack_as' in t]\n"
        "assert len(r['threads']) == 9 and same, r['threads']\n"
        "current = [c for c in r['instructions'] if c['current']]\n"
        "assert len(current) == 1 and '[0x0] is in no area' in current[0]['operands']\n"
        "names = [f['function'] for f in first['frames']]\n"
        "assert 'demo::Worker::read_document()' in names and first['end'] == 'complete', first['end']\n"
        "assert any('stack' in a.get('name', '') for a in r['areas'])\n"
        "assert any(i.get('build_id') for i in r['images'])\n"
        "assert r['team']['arguments'][0].endswith('/demo')\n"
        "assert 'REPORT_TEST=a value' in r['team']['environment']\n"
        "assert any(l['name'].startswith('stack size') for l in r['team']['limits'])\n"
        "assert [f for f in r['team']['files'] if f['descriptor'] == 2]\n"
        "print('good')\n";
    struct report_run run;
    setenv("REPORT_TEST", "a value", 1);
    report_all(&run, RUN("-o", "/dev/null", "--json", in_folder("report.json"), DEMO));
    unsetenv("REPORT_TEST");
    report_clean(&run);
    expect_good(kScript, in_folder("report.json"), NULL);
}

static void the_second_report_has_a_file_of_its_own(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("-o", "/dev/null", "--json", in_folder("both.json"), "sh", "-c", CRASH "; " CRASH));
    report_clean(&run);
    assert_int_equal(access(in_folder("both.json"), R_OK), 0);
    assert_int_equal(access(in_folder("both-2.json"), R_OK), 0);
    assert_int_equal(access(in_folder("both-3.json"), F_OK), -1);
}

static void a_file_that_cannot_be_written_is_125_and_the_text_is_there(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("--brief", "--json", "/no/such/folder/report.json", CRASH));
    report_expect(run.error_text, "wrote to 0x0");
    report_expect(run.error_text, "hdbg-report: cannot write to /no/such/folder/report.json");
    assert_int_equal(run.status, 125);
    report_clean(&run);
    report_all(&run, RUN("--brief", "--output", "/dev/full", CRASH));
    report_expect(run.error_text, "hdbg-report: cannot write to /dev/full: No space left on device");
    assert_int_equal(run.status, 125);
    report_clean(&run);
}

/* ---- HTML ---- */

/* What a browser finds in a page of the folder. */
static void look_at_page(struct report_run *run, const char *page, bool dark)
{
    char url[1024], profile[512];
    snprintf(url, sizeof(url), "file://%s/live/report_page.html#file://%s", HDBG_TEST_SOURCES, page);
    snprintf(profile, sizeof(profile), "--user-data-dir=%s", in_folder("profile"));
    report_all(run, (const char *const[]){"chromium", "--headless", "--no-sandbox", "--disable-gpu", profile,
                                          "--allow-file-access-from-files", "--virtual-time-budget=20000",
                                          dark ? "--blink-settings=preferredColorScheme=0"
                                               : "--blink-settings=preferredColorScheme=1",
                                          "--dump-dom", url, NULL});
    assert_int_equal(run->status, 0);
}

static void the_page_is_readable_in_light_and_dark_and_fetches_nothing(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("-o", "/dev/null", "--html", in_folder("report.html"), DEMO));
    assert_int_equal(run.status, 128 + SIGSEGV);
    report_clean(&run);
    for (int dark = 0; dark < 2; dark++) {
        look_at_page(&run, in_folder("report.html"), dark != 0);
        report_expect(run.output_text, dark ? "dark: true\n" : "dark: false\n");
        report_expect(run.output_text, "'worker 3' wrote to 0x0 in reader::Document::parse_header()");
        report_expect(run.output_text, "least contrast is enough: true\n");
        report_expect(run.output_text, "things that are fetched or run: 0\n");
        report_expect(run.output_text, "has links: true\nlinks to nothing: 0\n");
        report_expect(run.output_text, ", open: 1\nopen after a click: 2\n");
        report_expect(run.output_text, "has to be moved sideways: false");
        report_clean(&run);
    }
}

static void markup_in_names_stays_text(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("-o", "/dev/null", "--html", in_folder("evil.html"), CRASH,
                         "<script>alert(1)</script>", "</title>&amp;"));
    report_clean(&run);
    char *page = report_read_file(in_folder("evil.html"));
    report_expect_none(page, "<script");
    report_expect(page, "&lt;script&gt;alert(1)&lt;/script&gt;");
    report_expect(page, "&lt;/title&gt;&amp;amp;");
    free(page);
}

/* ---- redacted ---- */

static void a_redacted_report_has_no_environment_arguments_memory_or_home(void **state)
{
    (void)state;
    struct report_run run;
    char program[512], command[2048];
    /* A home folder, with a program in it. */
    setenv("HOME", gFolder, 1);
    setenv("REPORT_SECRET", "xyzzy", 1);
    snprintf(command, sizeof(command), "cp -r %s %s/crashers", HDBG_TEST_CRASHERS, gFolder);
    report_all(&run, (const char *const[]){"sh", "-c", command, NULL});
    report_clean(&run);
    /* Two slashes: a home folder does not only begin where a text does. */
    snprintf(program, sizeof(program), "/%s/crashers/demo", gFolder);

    report_all(&run, RUN("--redact", "--full", "--json", in_folder("r.json"), "--html", in_folder("r.html"),
                         program, "--password=plugh"));
    report_expect(run.error_text, "wrote to 0x0 in reader::Document::parse_header() of libreader.so");
    report_expect(run.error_text, "~/crashers/demo");
    report_expect_none(run.error_text, gFolder);
    report_expect_none(run.error_text, "xyzzy");
    report_expect_none(run.error_text, "plugh");
    report_expect_none(run.error_text, "a document without");
    report_expect_none(run.error_text, "Memory at");
    const char *const kFiles[] = {in_folder("r.json"), in_folder("r.html")};
    for (size_t i = 0; i < 2; i++) {
        char *text = report_read_file(kFiles[i]);
        report_expect(text, "~/crashers/demo");
        report_expect_none(text, gFolder);
        report_expect_none(text, "xyzzy");
        report_expect_none(text, "plugh");
        report_expect_none(text, "a document without");
        free(text);
    }
    expect_good(kValidate, HDBG_TEST_SOURCES "/../docs/report.schema.json", in_folder("r.json"));
    report_clean(&run);
    report_all(&run, RUN("--full", "--json", in_folder("r.json"), program, "--password=plugh"));
    report_expect(run.error_text, "xyzzy");
    report_expect(run.error_text, "plugh");
    report_expect(run.error_text, "a document without");
    report_clean(&run);
}

static void a_core_file_cannot_be_redacted(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("--redact", "--write-core", in_folder("core"), CRASH));
    report_expect(run.error_text, "--redact and --write-core exclude each other");
    assert_int_equal(run.status, 125);
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_of_all_kinds_are_as_the_schema_says),
        cmocka_unit_test(a_report_that_is_not_as_the_schema_says_is_found),
        cmocka_unit_test(json_has_source_lines_variables_and_folded_threads),
        cmocka_unit_test(the_second_report_has_a_file_of_its_own),
        cmocka_unit_test(a_file_that_cannot_be_written_is_125_and_the_text_is_there),
        cmocka_unit_test(the_page_is_readable_in_light_and_dark_and_fetches_nothing),
        cmocka_unit_test(markup_in_names_stays_text),
        cmocka_unit_test(a_redacted_report_has_no_environment_arguments_memory_or_home),
        cmocka_unit_test(a_core_file_cannot_be_redacted),
    };
    return cmocka_run_group_tests_name("hdbg-report's formats", tests, make_folder, remove_folder);
}
