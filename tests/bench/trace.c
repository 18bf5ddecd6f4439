/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-trace beside strace: a program that does nothing but system calls, traced into a file and into
 * nothing.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { COPIES = 20000, CALLS = 2 * COPIES, TO_FILE = 1 };

/* Copies so many bytes one by one, which takes two calls each. */
static double traced_rate(const char *tracer, int parameter)
{
    char output[64] = "/dev/null", count[32];
    if (parameter == TO_FILE)
        snprintf(output, sizeof output, "/tmp/hdbg-bench-%s-traced", bench_self);
    snprintf(count, sizeof count, "count=%d", COPIES);
    const char *const argv[] = {tracer,         "-o",   output, "dd", "if=/dev/zero",
                                "of=/dev/null", "bs=1", count,  NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t pid;
    int status = -1;
    double start = bench_now();
    int failed = posix_spawnp(&pid, tracer, &actions, NULL, (char *const *)argv, environ);
    if (failed == 0)
        waitpid(pid, &status, 0);
    double seconds = bench_now() - start;
    posix_spawn_file_actions_destroy(&actions);
    if (parameter == TO_FILE)
        unlink(output);
    return failed == 0 && status == 0 ? CALLS / seconds : -1;
}

static double own_rate(int parameter)
{
    return traced_rate(HDBG_TEST_TOOLS "/hdbg-trace", parameter);
}

static double strace_rate(int parameter)
{
    return traced_rate("strace", parameter);
}

#define ROW(title, where)                                                                                    \
    {                                                                                                        \
        .name = title, .unit = "calls/s", .peer_name = "strace", .target = 1.0, .ours = own_rate,            \
        .peer = strace_rate, .ours_parameter = where, .peer_parameter = where                                \
    }

const bench_row kTraceRows[] = {ROW("system calls traced into a file", TO_FILE),
                                ROW("system calls traced into nothing", 0),
                                {.name = NULL}};
