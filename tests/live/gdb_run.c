/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Runs GDB with hdbg-server.
 */
#include "gdb_run.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

enum { MOST_COMMANDS = 64, MOST_ARGUMENTS = 16 + 2 * MOST_COMMANDS };

/* GDB's arguments: how it is to be, the program, and its commands. `first`: one before the others, or NULL.
 */
static void start(struct report_run *run, const char *program, const char *first, const char *const *commands)
{
    const char *argv[MOST_ARGUMENTS] = {
        "gdb", "-nx",          "-batch", "-iex", "set debuginfod enabled off", "-ex", "set pagination off",
        "-ex", "set sysroot /"};
    int count = 9;
    if (program != NULL)
        argv[count++] = program;
    if (first != NULL) {
        argv[count++] = "-ex";
        argv[count++] = first;
    }
    for (; *commands != NULL; commands++) {
        assert_true(count < MOST_ARGUMENTS - 2);
        argv[count++] = "-ex";
        argv[count++] = *commands;
    }
    report_start(run, argv);
}

void gdb_start(struct report_run *run, const char *program, const char *arguments,
               const char *const *commands)
{
    char target[2048];
    snprintf(target, sizeof target, "target remote | " HDBG_TEST_TOOLS "/hdbg-server %s", arguments);
    start(run, program, target, commands);
}

void gdb_plain(struct report_run *run, const char *program, const char *const *commands)
{
    start(run, program, NULL, commands);
    report_finish(run);
}

void gdb_all(struct report_run *run, const char *program, const char *arguments, const char *const *commands)
{
    gdb_start(run, program, arguments, commands);
    report_finish(run);
}

int gdb_count(const char *text, const char *part)
{
    int count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        count++;
    return count;
}
