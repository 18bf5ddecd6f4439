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

/* Each thing that a report is to have, in each of its outputs: argv[1] is the JSON, argv[2] the page, argv[3]
 * the text. What JSON says has to be in the other two. */
static const char kParts[] =
    "import html, json, re, sys\n"
    "r = json.load(open(sys.argv[1]))\n"
    "page = html.unescape(re.sub('<[^>]*>', '', open(sys.argv[2]).read()))\n"
    "text = open(sys.argv[3]).read()\n"
    "def both(what, *words):\n"
    "    for word in words:\n"
    "        assert word and word in page and word in text, (what, word, word in page, word in text)\n"
    "def wide(address): return '0x%016x' % int(address, 16)\n"
    "crash, team = r['crash'], r['team']\n"
    "both('sentence', crash['sentence'], crash['explanation'], crash['signature'], crash['signal'])\n"
    "both('source', r['source']['file'], *[l['text'].strip() for l in r['source']['lines'] if "
    "l['text'].strip()])\n"
    "assert len(r['source']['lines']) == 11 and len(r['instructions']) == 13\n"
    "both('code', *[wide(i['address']) for i in r['instructions']], *[i['text'] for i in "
    "r['instructions']])\n"
    "assert not any(re.search('0x[0-9a-f]*[A-F]', i['text']) for i in r['instructions']), r['instructions']\n"
    "both('operands', [i['operands'] for i in r['instructions'] if i['current']][0])\n"
    "assert {'rax', 'rip', 'rsp', 'r15', 'eflags'} <= {g['name'] for g in r['registers']}\n"
    "both('registers', *[wide(g['value']) for g in r['registers']])\n"
    "points = [g['points_at'] for g in r['registers'] + r['stack_memory'] if 'points_at' in g]\n"
    "assert any('\"' in p for p in points) and any('stack' in p for p in points), points\n"
    "assert any('parse_header() + 0x' in p for p in points), points\n"
    "both('points at', *points)\n"
    "assert len(r['stack_memory']) == 32\n"
    "both('memory', *[wide(w['address']) for w in r['stack_memory']], *[wide(w['value']) for w in "
    "r['stack_memory']])\n"
    "assert r['threads'][0]['id'] == crash['thread'] and len(r['threads']) == 9\n"
    "assert sum('same_stack_as' in t for t in r['threads']) >= 1\n"
    "for t in r['threads']:\n"
    "    both('thread', 'Thread %d' % t['id'], t['name'])\n"
    "    for f in t.get('frames', []):\n"
    "        both('frame', wide(f['pc']), f['function'], f['image'])\n"
    "        for c in f['calls']: both('call', c['function'] if c['inlined'] else f['function'], '%s:%d' % "
    "(c['file'], c['line']))\n"
    "        for v in f['variables']: both('variable', v['name'], v['value']); assert v['type'] in page\n"
    "kinds = [v['argument'] for f in r['threads'][0]['frames'] for v in f['variables']]\n"
    "assert True in kinds and False in kinds\n"
    "first = text.index('\\nThread '); assert text[first:].startswith('\\nThread %d ' % crash['thread'])\n"
    "assert sum('build_id' in i for i in r['images']) >= 6\n"
    "both('images', *[i['path'] for i in r['images']], *[i['build_id'] for i in r['images'] if 'build_id' in "
    "i],\n"
    "     *[wide(i['text']) for i in r['images']])\n"
    "assert len(r['areas']) > 20\n"
    "both('areas', *[wide(a['address']) for a in r['areas']], *[a.get('path') or a['name'] for a in "
    "r['areas']])\n"
    "assert len(team['limits']) >= 10 and len(team['files']) >= 3\n"
    "both('limits', *[l['name'] for l in team['limits']], *[str(l['soft']) for l in team['limits'] if "
    "l['soft'] is not None])\n"
    "both('team', team['program'], team['working_directory'], *team['arguments'],\n"
    "     *[e for e in team['environment'] if e.isprintable()],\n"
    "     *[f['name'] for f in team['files']])\n"
    "images = text[text.index('\\nImages'):text.index('\\nAreas')].splitlines()[2:]\n"
    "assert len({line.index('/') for line in images if '/' in line}) == 1, images\n"
    "print('good')\n";

static void everything_is_in_all_three_outputs(void **state)
{
    (void)state;
    struct report_run run;
    const char *text = in_folder("all.txt"), *json = in_folder("all.json"), *page = in_folder("all.html");
    report_all(&run, RUN("-o", text, "--json", json, "--html", page, DEMO, "an argument"));
    assert_int_equal(run.status, 128 + SIGSEGV);
    report_clean(&run);
    report_all(&run, (const char *const[]){"python3", "-c", kParts, json, page, text, NULL});
    if (strcmp(run.output_text, "good\n") != 0)
        fail_msg("%s%s", run.output_text, run.error_text);
    report_clean(&run);
}

static void variables_are_declared_as_in_c(void **state)
{
    (void)state;
    static const char *const kLines[] = {
        " arg struct point *point = 0x0\n", " arg char * const *words = 0x",
        "     char text[16] = \"text\"\n",  "     int matrix[2][3] = {{1, 2, 3}, {4, 5, 6}}\n",
        "     int (*function)(int) = 0x",   "     int (*functions[2])(int) = {0x",
        "     int (*row)[3] = 0x",          "     int plain = 7\n"};
    struct report_run run;
    report_all(&run, RUN("--no-details", HDBG_TEST_FIXTURES "/report-declarations"));
    for (size_t i = 0; i < sizeof(kLines) / sizeof(*kLines); i++) {
        if (strstr(run.error_text, kLines[i]) == NULL)
            fail_msg("'%s' is not in:\n%s", kLines[i], run.error_text);
    }
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

/* A program with something private in each place that a report looks at. It is built in its user's home, and
 * is given, there and elsewhere, files to open and to map. */
static const char kPrivate[] =
    "#include <fcntl.h>\n#include <stdlib.h>\n#include <string.h>\n#include <sys/mman.h>\n"
    "#include <unistd.h>\n"
    "static const char *heap;\n"
    "static char *make(const char *word) { return strcat(strcpy(malloc(64), word), \"-heap\"); }\n"
    "static const char *const words[] = {\"sesame-stack\", \"sesame\", 0};\n"
    "\n\n\n\n\n\n\n"
    "static int open_door(const char *on_heap, int *door)\n"
    "{\n"
    "    char on_stack[64];\n"
    "    strcpy(on_stack, words[0]);\n"
    "    heap = on_heap;\n"
    "    return *door + on_stack[0];\n"
    "}\n"
    "\n\n\n\n\n\n\n"
    "int main(int argc, char **argv)\n"
    "{\n"
    "    chdir(getenv(\"HOME\"));\n"
    "    for (int i = 1; i < 3; i++)\n"
    "        mmap(0, 4096, PROT_READ, MAP_PRIVATE, open(argv[i], O_RDONLY), 0);\n"
    "    return open_door(make(words[1]), 0) + argc;\n"
    "}\n";

static void make_private_program(void)
{
    struct report_run run;
    char command[2048];
    FILE *file = NULL;
    snprintf(command, sizeof(command), "mkdir -p %s/people/zaphod/src %s/disks-of-zaphod", gFolder, gFolder);
    report_all(&run, (const char *const[]){"sh", "-c", command, NULL});
    report_clean(&run);
    file = fopen(in_folder("people/zaphod/src/private.c"), "we");
    assert_non_null(file);
    assert_true(fputs(kPrivate, file) >= 0);
    assert_int_equal(fclose(file), 0);
    snprintf(command, sizeof(command),
             "cd %s/people/zaphod && cc -g -O0 -w $PWD/src/private.c -o private && echo data >notes && "
             "echo data >%s/disks-of-zaphod/data",
             gFolder, gFolder);
    report_all(&run, (const char *const[]){"sh", "-c", command, NULL});
    assert_int_equal(run.status, 0);
    report_clean(&run);
}

/* The three outputs of a run, one behind the other; to be freed. */
static char *report_private(const char *option)
{
    struct report_run run;
    char program[512], file[512], other[512], argument[512];
    /* Two slashes: a home folder does not only begin where a text does. */
    snprintf(program, sizeof(program), "/%s/people/zaphod/private", gFolder);
    snprintf(file, sizeof(file), "%s/people/zaphod/notes", gFolder);
    snprintf(other, sizeof(other), "%s/disks-of-zaphod/data", gFolder);
    snprintf(argument, sizeof(argument), "--config=%s/people/zaphod/rc:plugh", gFolder);
    report_all(&run, RUN(option, "--full", "--json", in_folder("r.json"), "--html", in_folder("r.html"),
                         program, file, other, argument));
    assert_int_equal(run.status, 128 + SIGSEGV);
    char *json = report_read_file(in_folder("r.json")), *html = report_read_file(in_folder("r.html")), *all;
    assert_true(asprintf(&all, "%s\n%s\n%s", run.error_text, json, html) > 0);
    free(json);
    free(html);
    report_clean(&run);
    return all;
}

/* What is private, and which part of a report that is not redacted shows it. */
static const char *const kSecrets[] = {
    "xyzzy",                /* the environment */
    "plugh",                /* an argument */
    "sesame-stack",         /* memory: a variable, a word of the stack */
    "sesame-heap",          /* what a pointer points at */
    "people/zaphod",        /* the home: program, folder, source, image, area, open file, argument */
    "/zaphod/notes",        /* an open and mapped file in it */
    "disks-of-zaphod/data", /* the user's name elsewhere */
    "USER=zaphod",
};

static void a_redacted_report_has_no_environment_arguments_memory_home_or_user(void **state)
{
    (void)state;
    char home[256], before[4096];
    make_private_program();
    snprintf(home, sizeof(home), "%s/people/zaphod", gFolder);
    snprintf(before, sizeof(before), "%s", getenv("HOME"));
    setenv("HOME", home, 1);
    setenv("USER", "zaphod", 1);
    setenv("REPORT_WORD", "xyzzy", 1);

    char *shared = report_private("--redact"), *all = report_private("--full");
    for (size_t i = 0; i < sizeof(kSecrets) / sizeof(*kSecrets); i++) {
        report_expect(all, kSecrets[i]);
        report_expect_none(shared, kSecrets[i]);
    }
    report_expect_none(shared, "zaphod");
    report_expect_none(shared, "sesame");
    report_expect_none(shared, "Memory at");
    /* What is left says what happened, and where. */
    report_expect(shared, "read from 0x0 in open_door() of private");
    report_expect(shared, "~/private");
    report_expect(shared, "~/src/private.c");
    report_expect(shared, "~/notes");
    report_expect(shared, "disks-of-<user>/data");
    report_expect(shared, "&lt;user&gt;");
    report_expect(shared, "<redacted>");
    free(all);
    free(shared);
    free(report_private("--redact"));
    expect_good(kValidate, HDBG_TEST_SOURCES "/../docs/report.schema.json", in_folder("r.json"));
    setenv("HOME", before, 1);
    unsetenv("USER");
    unsetenv("REPORT_WORD");
}

/* On another machine, by somebody else: whose the team was, its environment tells, which is in the core. */
static void a_redacted_report_of_a_core_file_has_none_of_it_either(void **state)
{
    (void)state;
    struct report_run run;
    char home[256], before[4096], program[512], file[512], other[512];
    make_private_program();
    snprintf(home, sizeof(home), "%s/people/zaphod", gFolder);
    snprintf(before, sizeof(before), "%s", getenv("HOME"));
    snprintf(program, sizeof(program), "%s/private", home);
    snprintf(file, sizeof(file), "%s/notes", home);
    snprintf(other, sizeof(other), "%s/disks-of-zaphod/data", gFolder);
    setenv("HOME", home, 1);
    setenv("USER", "zaphod", 1);
    setenv("REPORT_WORD", "xyzzy", 1);
    report_all(&run, RUN("-o", "/dev/null", "--write-core", in_folder("private.core"), program, file, other,
                         "plugh"));
    assert_int_equal(run.status, 128 + SIGSEGV);
    report_clean(&run);
    setenv("HOME", before, 1);
    unsetenv("USER");
    unsetenv("REPORT_WORD");
    for (int redacted = 0; redacted < 2; redacted++) {
        report_all(&run, RUN(redacted ? "--redact" : "--full", "--json", in_folder("r.json"), "--html",
                             in_folder("r.html"), "--core", in_folder("private.core")));
        assert_int_equal(run.status, 0);
        char *json = report_read_file(in_folder("r.json")), *html = report_read_file(in_folder("r.html"));
        const char *const kTexts[] = {run.error_text, json, html};
        for (size_t t = 0; t < 3; t++) {
            report_expect(kTexts[t], "in open_door() of private");
            for (size_t i = 0; i < sizeof(kSecrets) / sizeof(*kSecrets); i++)
                (redacted ? report_expect_none : report_expect)(kTexts[t], kSecrets[i]);
            (redacted ? report_expect_none : report_expect)(kTexts[t], "zaphod");
        }
        free(json);
        free(html);
        report_clean(&run);
    }
}

/* Reports are sent to others without a thought. */
static void values_that_look_like_secrets_are_hidden_unless_asked_for(void **state)
{
    (void)state;
    static const char *const kHidden[][2] = {
        {"GITHUB_TOKEN", "ghp_1"}, {"AWS_SECRET_ACCESS_KEY", "aws_2"},
        {"PGPASSWORD", "pg_3"},    {"MYSQL_PWD", "my_4"},
        {"HDBG_API_KEY", "api_5"}, {"HDBG_URL", "https://me:url_6@host/"}};
    static const char *const kShown[][2] = {
        {"HDBG_KEYBOARD", "shown_1"}, {"HDBG_COMPASS", "shown_2"}, {"HDBG_PAGE", "https://host/shown_3@x"}};
    struct report_run run;
    for (size_t i = 0; i < 6; i++)
        setenv(kHidden[i][0], kHidden[i][1], 1);
    for (size_t i = 0; i < 3; i++)
        setenv(kShown[i][0], kShown[i][1], 1);
    for (int secrets = 0; secrets < 2; secrets++) {
        report_all(&run, RUN("--json", in_folder("r.json"), "--html", in_folder("r.html"),
                             secrets ? "--show-secrets" : "--full", CRASH));
        char *json = report_read_file(in_folder("r.json")), *html = report_read_file(in_folder("r.html"));
        const char *const kTexts[] = {run.error_text, json, html};
        for (size_t t = 0; t < 3; t++) {
            for (size_t i = 0; i < 6; i++) {
                report_expect(kTexts[t], kHidden[i][0]);
                (secrets ? report_expect : report_expect_none)(kTexts[t], kHidden[i][1]);
            }
            for (size_t i = 0; i < 3; i++)
                report_expect(kTexts[t], kShown[i][1]);
        }
        report_expect(run.error_text, secrets ? "  PGPASSWORD=pg_3\n" : "  PGPASSWORD=<hidden>\n");
        free(json);
        free(html);
        report_clean(&run);
    }
    for (size_t i = 0; i < 6; i++)
        unsetenv(kHidden[i][0]);
    for (size_t i = 0; i < 3; i++)
        unsetenv(kShown[i][0]);
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
        cmocka_unit_test(everything_is_in_all_three_outputs),
        cmocka_unit_test(variables_are_declared_as_in_c),
        cmocka_unit_test(the_second_report_has_a_file_of_its_own),
        cmocka_unit_test(a_file_that_cannot_be_written_is_125_and_the_text_is_there),
        cmocka_unit_test(the_page_is_readable_in_light_and_dark_and_fetches_nothing),
        cmocka_unit_test(markup_in_names_stays_text),
        cmocka_unit_test(a_redacted_report_has_no_environment_arguments_memory_home_or_user),
        cmocka_unit_test(a_redacted_report_of_a_core_file_has_none_of_it_either),
        cmocka_unit_test(values_that_look_like_secrets_are_hidden_unless_asked_for),
        cmocka_unit_test(a_core_file_cannot_be_redacted),
    };
    return cmocka_run_group_tests_name("hdbg-report's formats", tests, make_folder, remove_folder);
}
