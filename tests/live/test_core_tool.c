/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-core, as it is called from a shell.
 */
#define _GNU_SOURCE
#include "core_run.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HAIKU_CORE HDBG_TEST_SOURCES "/fixtures/threadcrash-x86_64.core.zst"

/* Runs it; answers the exit status, and what it printed on both streams. */
static int tool(char *text, size_t size, const char *format, ...)
{
    char arguments[512], command[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(arguments, sizeof arguments, format, list);
    va_end(list);
    snprintf(command, sizeof command, "timeout 60 %s/hdbg-core %s 2>&1", HDBG_TEST_TOOLS, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t got = fread(text, 1, size - 1, pipe);
    text[got] = '\0';
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void expect_text(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in:\n%s", part, text);
}

static void info_tells_of_haikus_own_core(void **state)
{
    char text[8192];
    (void)state;
    assert_int_equal(tool(text, sizeof text, "info %s", HAIKU_CORE), 0);
    expect_text(text, "core file, x86_64, Haiku's notes, compressed");
    expect_text(text, "Team:    190, /boot/lab/truth child threadcrash");
    expect_text(text, "*     192  crasher  at 0x399dd13140  segment violation (SIGSEGV)");
    expect_text(text, "/boot/system/lib/libroot.so");
}

static void check_finds_nothing_wrong_with_it(void **state)
{
    char text[8192];
    (void)state;
    assert_int_equal(tool(text, sizeof text, "check %s", HAIKU_CORE), 0);
    expect_text(text, "nothing is wrong with it");
    assert_int_equal(tool(text, sizeof text, "--quiet check %s", HAIKU_CORE), 0);
    assert_string_equal(text, "");
}

static void check_tells_what_is_missing_of_one_that_is_cut_off(void **state)
{
    char text[8192], path[] = "/tmp/hdbg-core-tool-XXXXXX", command[256];
    (void)state;
    close(mkstemp(path));
    snprintf(command, sizeof command, "head -c 6000 %s/fuzz/corpus/core/haiku-head > %s", HDBG_TEST_SOURCES,
             path);
    assert_int_equal(system(command), 0);
    assert_int_equal(tool(text, sizeof text, "check %s", path), 1);
    expect_text(text, "cannot be used");
    expect_text(text, "the file ends after 6000 bytes");
    assert_int_equal(tool(text, sizeof text, "info %s", path), 0);
    expect_text(text, "crasher");
    unlink(path);
}

static void json_is_what_a_machine_reads(void **state)
{
    char text[65536], command[1024];
    (void)state;
    assert_int_equal(tool(text, sizeof text, "--json info %s", HAIKU_CORE), 0);
    snprintf(command, sizeof command,
             "%s/hdbg-core --json info %s | python3 -c '"
             "import json, sys; core = json.load(sys.stdin); "
             "assert core[\"team\"] == 190 and core[\"thread\"] == 192 and core[\"signal\"] == \"SIGSEGV\"; "
             "assert core[\"arguments\"] == \"/boot/lab/truth child threadcrash\"; "
             "assert len(core[\"images\"]) == 4 and core[\"problems\"] == [] and core[\"compressed\"]; "
             "assert [t for t in core[\"threads\"] if t[\"id\"] == 192][0][\"exception\"] == \"segment "
             "violation\"'",
             HDBG_TEST_TOOLS, HAIKU_CORE);
    assert_int_equal(system(command), 0);
}

/* The fixture's own: what it was started with, and what it has open. */
static void info_tells_what_the_team_was_started_with(void **state)
{
    core_scene s;
    char text[1 << 16], command[1200];
    (void)state;
    setenv("HDBG_TEST_CORE_TOOL", "one of them", 1);
    core_run_start(&s, 1);
    assert_int_equal(tool(text, sizeof text, "--quiet write %d %s", (int)s.id, s.path), 0);
    assert_int_equal(tool(text, sizeof text, "info %s", s.path), 0);
    expect_text(text, "Haiku's and Linux's notes and libhaikudbg's");
    expect_text(text, "\nArguments, the program's name first:\n  " HDBG_TEST_FIXTURES);
    expect_text(text, "\nLimits, soft and hard:\n");
    expect_text(text, "\nOpen files:\n     0 r");
    expect_text(text, "\nWorking directory:\n  /");
    expect_text(text, " variables, shown with --environment\n");
    assert_null(strstr(text, "HDBG_TEST_CORE_TOOL"));
    assert_int_equal(tool(text, sizeof text, "--environment info %s", s.path), 0);
    expect_text(text, "\n  HDBG_TEST_CORE_TOOL=one of them\n");
    snprintf(command, sizeof command,
             "%s/hdbg-core --json -e info %s | python3 -c '"
             "import json, os, sys; core = json.load(sys.stdin); "
             "assert core[\"libhaikudbg_notes\"]; "
             "assert core[\"argument_list\"][0] == core[\"program\"], core[\"program\"]; "
             "assert core[\"working_directory\"] == os.getcwd(); "
             "assert [f[\"descriptor\"] for f in core[\"files\"]][:3] == [0, 1, 2]; "
             "assert core[\"files\"][0][\"read\"] and len(core[\"limits\"]) > 5; "
             "assert \"HDBG_TEST_CORE_TOOL=one of them\" in core[\"environment\"]'",
             HDBG_TEST_TOOLS, s.path);
    assert_int_equal(system(command), 0);
    core_run_expect_alive(&s);
    core_run_finish(&s);
    unsetenv("HDBG_TEST_CORE_TOOL");
}

static void write_writes_and_refuses_to_replace(void **state)
{
    core_scene s;
    char text[8192];
    struct stat info;
    (void)state;
    core_run_start(&s, 1);
    assert_int_equal(tool(text, sizeof text, "write %d %s", (int)s.id, s.path), 0);
    expect_text(text, s.path);
    assert_null(strchr(text, '\r')); /* no progress but on a terminal */
    assert_int_equal(tool(text, sizeof text, "write %d %s", (int)s.id, s.path), 1);
    expect_text(text, "hdbg-core: cannot write the core file");
    assert_int_equal(tool(text, sizeof text, "--force --compress --quiet write %d %s", (int)s.id, s.path), 0);
    assert_string_equal(text, "");
    assert_int_equal(stat(s.path, &info), 0);
    assert_true(info.st_size < 4 * MIB);
    assert_int_equal(tool(text, sizeof text, "info %s", s.path), 0);
    expect_text(text, "sleeper 2");
    core_run_expect_alive(&s);
    core_run_finish(&s);
}

static void wrong_command_lines_are_told(void **state)
{
    static const struct {
        const char *arguments, *message;
    } kCases[] = {{"", "no command was given"},
                  {"frobnicate x", "'frobnicate' is no command"},
                  {"info", "one file has to be named"},
                  {"write 1", "write takes a team and a file"},
                  {"write x y", "'x' is not the id of a team"},
                  {"--limit 1X write 1 y", "'1X' is no number of bytes"},
                  {"--nonsense", "unrecognized option"}};
    char text[8192];
    (void)state;
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        assert_int_equal(tool(text, sizeof text, "%s", kCases[i].arguments), 2);
        expect_text(text, kCases[i].message);
    }
}

static void what_is_not_there_is_told(void **state)
{
    char text[8192];
    (void)state;
    assert_int_equal(tool(text, sizeof text, "info /nowhere/core"), 1);
    expect_text(text, "hdbg-core: cannot open the core file /nowhere/core: No such file or directory");
    assert_int_equal(tool(text, sizeof text, "write 2147483647 /tmp/core"), 1);
    expect_text(text, "hdbg-core: ");
}

static void help_and_version_are_told(void **state)
{
    char text[8192];
    (void)state;
    assert_int_equal(tool(text, sizeof text, "--help"), 0);
    expect_text(text, "Usage: hdbg-core");
    assert_int_equal(tool(text, sizeof text, "--version"), 0);
    expect_text(text, "hdbg-core ");
    assert_int_equal(tool(text, sizeof text, "--version >/dev/full"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(info_tells_of_haikus_own_core),
        cmocka_unit_test(check_finds_nothing_wrong_with_it),
        cmocka_unit_test(check_tells_what_is_missing_of_one_that_is_cut_off),
        cmocka_unit_test(json_is_what_a_machine_reads),
        cmocka_unit_test(info_tells_what_the_team_was_started_with),
        cmocka_unit_test(write_writes_and_refuses_to_replace),
        cmocka_unit_test(wrong_command_lines_are_told),
        cmocka_unit_test(what_is_not_there_is_told),
        cmocka_unit_test(help_and_version_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
