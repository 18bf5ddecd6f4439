/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-trace beside strace: the same calls, in the same order, with the same results.
 *
 * What is masked is in trace_run.c: addresses and ids, which differ in two runs of strace, too; when SIGCHLD
 * comes, with rt_sigreturn() and the calls that it interrupts (EINTR here, ERESTARTSYS there), which are
 * entered and told again. What strace says and hdbg-trace does not: "(core dumped)", and what some results
 * mean
 * ("0x8000 (flags O_RDONLY|O_LARGEFILE)" is 32768 here).
 */
#define _GNU_SOURCE
#include "trace_run.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { WORDS = 32 };

/* Both tracers, the same program: prints both if they differ. */
static void compare(const char *const *program, bool follow, bool stopping)
{
    const char *own[WORDS] = {0}, *others[WORDS] = {0};
    int a = 0, b = 0;
    if (stopping)
        own[a++] = "--stopping";
    if (follow)
        own[a++] = others[b++] = "-f";
    for (int i = 0; program[i] != NULL; i++)
        own[a++] = others[b++] = program[i];
    trace_run here = trace_run_tool(TRACE_TOOL, own), there = trace_run_tool("strace", others);
    char *calls = trace_run_calls(&here, follow), *wanted = trace_run_calls(&there, follow);
    if (strcmp(calls, wanted) != 0)
        fprintf(stderr, "strace:\n%s\nhdbg-trace:\n%s\n%s\n", wanted, calls, here.errors);
    assert_string_equal(here.output, there.output);
    assert_int_equal(here.status, there.status);
    assert_true(strlen(wanted) > 100); /* strace is there, and has traced something */
    assert_string_equal(calls, wanted);
    free(calls);
    free(wanted);
    trace_run_free(&here);
    trace_run_free(&there);
}

/* A folder in a folder, so that nobody changes what "." and ".." are meanwhile. */
struct place {
    char outer[32], inner[48];
};

enum { FILES = 60 };

static void place_name(const struct place *place, int number, char path[64])
{
    snprintf(path, 64, "%s/%c%d", place->inner, number % 2 ? 'f' : 'l', number);
}

static void place_make(struct place *place)
{
    char path[64];
    snprintf(place->outer, sizeof place->outer, "/tmp/hdbg-listed-XXXXXX");
    assert_non_null(mkdtemp(place->outer));
    snprintf(place->inner, sizeof place->inner, "%s/inner", place->outer);
    assert_int_equal(mkdir(place->inner, 0755), 0);
    for (int i = 0; i < FILES; i++) {
        place_name(place, i, path);
        if (i % 2) {
            int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
            assert_true(fd >= 0);
            close(fd);
        } else {
            assert_int_equal(symlink("f1", path), 0);
        }
    }
}

static void place_remove(const struct place *place)
{
    char path[64];
    for (int i = 0; i < FILES; i++) {
        place_name(place, i, path);
        unlink(path);
    }
    rmdir(place->inner);
    rmdir(place->outer);
}

static void compare_lists(bool stopping)
{
    struct place place;
    place_make(&place);
    const char *const kProgram[] = {"/bin/ls", "-la", place.inner, NULL};
    compare(kProgram, false, stopping);
    place_remove(&place);
}

static void a_program_that_lists_a_directory(void **state)
{
    (void)state;
    compare_lists(false);
}

static void the_same_where_each_call_stops_the_thread(void **state)
{
    (void)state;
    compare_lists(true);
}

static void a_program_that_is_found_in_the_path_and_reads_a_file(void **state)
{
    (void)state;
    const char *const kProgram[] = {"sort", "-r", "/etc/passwd", NULL};
    compare(kProgram, false, false);
}

static void an_interpreter(void **state)
{
    (void)state;
    const char *const kProgram[] = {"env",
                                    "PYTHONHASHSEED=0",
                                    "/usr/bin/python3",
                                    "-I",
                                    "-B",
                                    "-S",
                                    "-c",
                                    "import os\nprint(sum(range(100)), os.path.exists('/nowhere'))",
                                    NULL};
    compare(kProgram, false, false);
}

static void a_shell_with_a_pipeline_and_its_children(void **state)
{
    (void)state;
    const char *const kProgram[] = {"/bin/sh", "-c", "echo one two | cat; exit 3", NULL};
    compare(kProgram, true, false);
}

static void the_same_children_where_each_call_stops_the_thread(void **state)
{
    (void)state;
    const char *const kProgram[] = {"/bin/sh", "-c", "echo one two | cat; exit 3", NULL};
    compare(kProgram, true, true);
}

static void a_program_that_a_signal_ends(void **state)
{
    (void)state;
    const char *const kProgram[] = {"/bin/sh", "-c", "kill -SEGV $$", NULL};
    compare(kProgram, false, false);
}

static void a_program_that_cannot_be_executed(void **state)
{
    (void)state;
    const char *const kProgram[] = {"/bin/sh", "-c", "/nowhere/at/all 2>&1", NULL};
    compare(kProgram, true, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_that_lists_a_directory),
        cmocka_unit_test(the_same_where_each_call_stops_the_thread),
        cmocka_unit_test(a_program_that_is_found_in_the_path_and_reads_a_file),
        cmocka_unit_test(an_interpreter),
        cmocka_unit_test(a_shell_with_a_pipeline_and_its_children),
        cmocka_unit_test(the_same_children_where_each_call_stops_the_thread),
        cmocka_unit_test(a_program_that_a_signal_ends),
        cmocka_unit_test(a_program_that_cannot_be_executed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
