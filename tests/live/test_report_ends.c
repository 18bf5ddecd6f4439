/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-report on core files and on teams that die while they are looked at; its signatures; its progress
 * line.
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

#define DEMO HDBG_TEST_CRASHERS "/demo"
#define RUN(...)                                                                                             \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        REPORT_TOOL, __VA_ARGS__, NULL                                                                       \
    }

static char gFolder[] = "/tmp/hdbg-report-XXXXXX";

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

static void run_shell(const char *command)
{
    struct report_run run;
    report_all(&run, (const char *const[]){"sh", "-c", command, gFolder, NULL});
    if (run.status != 0)
        fail_msg("%s gives %d: %s", command, run.status, run.error_text);
    report_clean(&run);
}

static int remove_folder(void **state)
{
    (void)state;
    run_shell("rm -rf \"$0\"");
    return 0;
}

/* ---- core files ---- */

/* What stands between two words of a text; "" without them. Valid until the next call but one. */
static const char *between(const char *text, const char *start, const char *end)
{
    static char parts[2][4096];
    static unsigned next;
    char *part = parts[next++ % 2];
    const char *from = strstr(text, start), *to = from != NULL ? strstr(from + strlen(start), end) : NULL;
    snprintf(part, sizeof(parts[0]), "%.*s", to != NULL ? (int)(to - from) : 0, from != NULL ? from : "");
    return part;
}

static void a_core_file_tells_what_the_live_team_told(void **state)
{
    (void)state;
    struct report_run live, dead;
    report_all(&live, RUN("--write-core", in_folder("core"), DEMO));
    assert_int_equal(live.status, 128 + SIGSEGV);
    report_all(&dead, RUN("--core", in_folder("core")));
    assert_int_equal(dead.status, 0);
    report_expect(live.error_text, "wrote to 0x0 in reader::Document::parse_header() of libreader.so\n");
    report_expect(dead.error_text, "  from the core file ");
    assert_string_equal(between(dead.error_text, "hdbg-report: ", "\n"),
                        between(live.error_text, "hdbg-report: ", "\n"));
    assert_string_equal(between(dead.error_text, "  signature ", "\n"),
                        between(live.error_text, "  signature ", "\n"));
    assert_string_equal(between(dead.error_text, "\nSource", "\nInstructions"),
                        between(live.error_text, "\nSource", "\nInstructions"));
    static const char *const kParts[][2] = {{"\nCommand line\n", "\nProgram\n"},
                                            {"\nProgram\n", "\nWorking directory\n"},
                                            {"\nWorking directory\n", "\nEnvironment\n"},
                                            {"\nEnvironment\n", "\nLimits\n"},
                                            {"\nLimits\n", "\nOpen files\n"},
                                            {"\nOpen files\n", "   2 "}};
    for (size_t i = 0; i < sizeof(kParts) / sizeof(*kParts); i++) {
        assert_true(strlen(between(live.error_text, kParts[i][0], kParts[i][1])) > strlen(kParts[i][0]));
        assert_string_equal(between(dead.error_text, kParts[i][0], kParts[i][1]),
                            between(live.error_text, kParts[i][0], kParts[i][1]));
    }
    report_expect_none(dead.error_text, "not known: ");
    assert_true(strlen(between(live.error_text, "', which crashed\n", "\n\n")) > 500);
    assert_string_equal(between(dead.error_text, "', which crashed\n", "\n\n"),
                        between(live.error_text, "', which crashed\n", "\n\n"));
    report_clean(&live);
    report_clean(&dead);
}

/* What Haiku calls the same fault, Linux sends two signals for. */
static void a_core_file_keeps_the_signal_of_a_fault(void **state)
{
    (void)state;
    struct report_run live, dead;
    report_all(&live,
               RUN("--write-core", in_folder("core"), HDBG_TEST_CRASHERS "/bus-error-truncated-mapping"));
    assert_int_equal(live.status, 128 + SIGBUS);
    report_all(&dead, RUN("--core", in_folder("core")));
    report_expect(dead.error_text, "  SIGBUS (bus error)");
    assert_string_equal(between(dead.error_text, "hdbg-report: ", "\n"),
                        between(live.error_text, "hdbg-report: ", "\n"));
    report_clean(&live);
    report_clean(&dead);
}

/* Written by Haiku's kernel; all its memory but the stacks is blank, also the instructions. */
static void a_core_file_of_haikus_own_kernel_is_reported(void **state)
{
    (void)state;
    static const char kScript[] =
        "import json, sys, jsonschema\n"
        "report = json.load(open(sys.argv[1]))\n"
        "jsonschema.validate(report, json.load(open(sys.argv[2])))\n"
        "assert report['crash']['thread'] == 192 and report['crash']['signal'] == 'SIGSEGV'\n"
        "assert report['team']['id'] == 190 and report['architecture'] == 'x86_64'\n"
        "assert [t['name'] for t in report['threads']] == ['crasher', 'truth']\n"
        "assert len(report['images']) == 4 and len(report['areas']) == 14\n"
        "team = report['team']\n"
        "assert team['arguments'] == ['/boot/lab/truth', 'child', 'threadcrash'], team\n"
        "assert team['environment'][2:] == ['HOME=/boot/home', 'TMPDIR=/tmp', 'LAB=1'], team\n"
        "assert team['program'] == '/boot/lab/truth' and not report['instructions']\n"
        "assert [u['what'] for u in team['unknown']] == ['Limits', 'Open files', 'Working directory'], team\n"
        "assert {'name': 'rip', 'value': '0x399dd13140'}.items() <= "
        "[r for r in report['registers'] if r['name'] == 'rip'][0].items()\n"
        "print('good')\n";
    struct report_run run;
    report_all(&run, RUN("--core", HDBG_TEST_SOURCES "/fixtures/threadcrash-x86_64.core.zst", "--json",
                         in_folder("haiku.json")));
    assert_int_equal(run.status, 0);
    report_expect(run.error_text,
                  "hdbg-report: thread 192 'crasher' accessed memory that it may not access in ");
    report_expect(run.error_text, "\n  team 190 'truth': /boot/lab/truth child threadcrash\n");
    report_expect(run.error_text, " crasher_192_stack\n");
    report_expect(run.error_text, "\nEnvironment\n  PATH=/boot/lab:/boot/system/bin\n");
    report_expect(run.error_text, "\nLimits\n  not known: ");
    report_clean(&run);
    report_all(&run, (const char *const[]){"python3", "-c", kScript, in_folder("haiku.json"),
                                           HDBG_TEST_SOURCES "/../docs/report.schema.json", NULL});
    if (strcmp(run.output_text, "good\n") != 0)
        fail_msg("%s%s", run.output_text, run.error_text);
    report_clean(&run);
}

static void a_file_that_is_no_core_file_is_125(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("--core", "/etc/passwd"));
    report_expect(run.error_text, "hdbg-report: ");
    report_expect(run.error_text, "/etc/passwd");
    assert_int_equal(run.status, 125);
    report_clean(&run);
    report_all(&run, RUN("--core", "/no/such/core"));
    report_expect(run.error_text, "/no/such/core");
    assert_int_equal(run.status, 125);
    report_clean(&run);
}

/* ---- teams that die ---- */

/* Kills the team a moment after its crash, while hdbg-report looks at it: somewhere in its work, from before
 * the first question until after the last. */
static void a_team_that_dies_meanwhile_gives_the_report_so_far(void **state)
{
    (void)state;
    struct report_run run;
    int cut_short = 0;
    for (int i = 0; i < 30; i++) {
        char path[64];
        int child = 0;
        report_start(&run, RUN("--brief", "--full", "sh", "-c", "echo $$; exec \"$0\"", DEMO));
        report_await_output(&run, "\n");
        child = atoi(run.output_text);
        snprintf(path, sizeof(path), "/proc/%d/comm", child);
        /* The demo has begun; from here on the moment differs by a millisecond each time. */
        usleep((useconds_t)(i * 1000));
        kill(child, SIGKILL);
        report_finish(&run);
        assert_true(run.status == 128 + SIGKILL || run.status == 128 + SIGSEGV);
        if (*run.error_text != '\0') {
            report_expect(run.error_text, "hdbg-report: thread ");
            report_expect(run.error_text, "\n  team ");
            report_expect(run.error_text, "\nThread ");
        }
        cut_short += strstr(run.error_text, "the team ended while this report was made") != NULL;
        report_clean(&run);
    }
    print_message("%d of 30 reports were cut short\n", cut_short);
}

/* ---- signatures ---- */

static const char *signature_of(const char *program)
{
    struct report_run run;
    static char signatures[4][64];
    static unsigned next;
    char *signature = signatures[next++ % 4];
    report_all(&run, RUN("--brief", program));
    snprintf(signature, sizeof(signatures[0]), "%s", between(run.error_text, "  signature ", "\n"));
    assert_true(strncmp(signature, "  signature 1-", strlen("  signature 1-")) == 0);
    report_clean(&run);
    return signature;
}

static void a_signature_is_the_same_for_builds_that_differ_elsewhere(void **state)
{
    (void)state;
    run_shell(
        "cd \"$0\" && mkdir one two three && "
        "printf 'int use(int *p) { return *p; }\\nint load(int *p) { return use(p) + 1; }\\n' > crash.c && "
        "printf 'int load(int *); int main(void) { return load(0); }\\n' > main.c && "
        "printf 'int other(int n) { int s = 0; while (n > 0) s += n--; return s; }\\n' > other.c && "
        "printf 'int sum(int *p) { return *p; }\\nint load(int *p) { return sum(p) + 1; }\\n' > else.c && "
        "cc -g -O0 crash.c main.c -o one/prog && "
        "cc -O0 -fno-omit-frame-pointer -fcf-protection=full other.c main.c crash.c -lm -o two/prog && "
        "cc -g -O0 else.c main.c -o three/prog");
    const char *one = signature_of(in_folder("one/prog")), *two = signature_of(in_folder("two/prog")),
               *three = signature_of(in_folder("three/prog")), *again = signature_of(in_folder("one/prog"));
    assert_string_equal(one, again);
    assert_string_equal(one, two);
    assert_string_not_equal(one, three);
}

static void a_signature_does_not_depend_on_how_deep_a_recursion_went(void **state)
{
    (void)state;
    run_shell("cd \"$0\" && mkdir shallow deep && "
              "printf 'int dig(int n) { return n > DEPTH ? *(volatile int *)0 : dig(n + 1) + 1; }\\n"
              "int main(void) { return dig(0); }\\n' > dig.c && "
              "cc -O0 -DDEPTH=100 dig.c -o shallow/dig && cc -O0 -DDEPTH=5000 dig.c -o deep/dig");
    const char *shallow = signature_of(in_folder("shallow/dig")), *deep = signature_of(in_folder("deep/dig"));
    assert_string_equal(shallow, deep);
}

/* ---- the progress line ---- */

static void a_terminal_gets_a_line_while_debug_information_is_read(void **state)
{
    (void)state;
    struct report_run run;
    setenv("TERM", "xterm", 1);
    report_start_at_terminal(&run, RUN("--brief", DEMO));
    report_finish(&run);
    report_expect(run.output_text, "\r\033[Kreading ");
    /* It is gone before the report begins. */
    report_expect(strstr(run.output_text, "\r\033[Kreading "), "\r\033[K\033[1;31mhdbg-report: ");
    report_clean(&run);
}

static void a_file_and_a_dumb_terminal_get_none(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("--brief", DEMO));
    report_expect_none(run.error_text, "reading ");
    report_clean(&run);
    setenv("TERM", "dumb", 1);
    report_start_at_terminal(&run, RUN("--brief", DEMO));
    report_finish(&run);
    setenv("TERM", "xterm", 1);
    report_expect(run.output_text, "wrote to 0x0");
    report_expect_none(run.output_text, "reading ");
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_core_file_tells_what_the_live_team_told),
        cmocka_unit_test(a_core_file_keeps_the_signal_of_a_fault),
        cmocka_unit_test(a_core_file_of_haikus_own_kernel_is_reported),
        cmocka_unit_test(a_file_that_is_no_core_file_is_125),
        cmocka_unit_test(a_team_that_dies_meanwhile_gives_the_report_so_far),
        cmocka_unit_test(a_signature_is_the_same_for_builds_that_differ_elsewhere),
        cmocka_unit_test(a_signature_does_not_depend_on_how_deep_a_recursion_went),
        cmocka_unit_test(a_terminal_gets_a_line_while_debug_information_is_read),
        cmocka_unit_test(a_file_and_a_dumb_terminal_get_none),
    };
    return cmocka_run_group_tests_name("hdbg-report on what has ended", tests, make_folder, remove_folder);
}
