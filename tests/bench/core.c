/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Core files of a team with a gibibyte of memory: written beside a plain copy of the file and gcore, and
 * opened.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };
#define MEMORY (UINT64_C(1) << 30)

/* Where the files go: the same file system for all. */
static void name_file(char *path, size_t size, const char *what)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, size, "%s/hdbg-bench-%s-%s", folder != NULL ? folder : "/var/tmp", bench_self, what);
}

/* A process with that much memory that holds something; ends with this one. */
static pid_t start_large(void)
{
    int ready[2];
    char byte;
    if (pipe2(ready, O_CLOEXEC) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        uint64_t *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (size_t i = 0; i < MEMORY / sizeof *memory; i++)
            memory[i] = i * UINT64_C(0x9e3779b97f4a7c15);
        if (write(ready[1], "", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    ssize_t got = read(ready[0], &byte, 1);
    close(ready[0]);
    return got == 1 ? child : -1;
}

static void end_large(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/* Writes a core; answers the seconds. */
static double write_core(const char *path)
{
    hdbg_session *session;
    hdbg_team *team;
    pid_t child = start_large();
    bench_check(hdbg_session_create(NULL, &session), "a session");
    bench_check(hdbg_team_attach(session, child, 0, &team), "attach");
    double start = bench_now();
    bench_check(hdbg_core_write(team, path, NULL), "write a core");
    double seconds = bench_now() - start;
    hdbg_team_release(team);
    hdbg_session_destroy(session);
    end_large(child);
    return seconds;
}

static double mebibytes(double seconds)
{
    return (double)(MEMORY >> 20) / seconds;
}

static double write_rate(int parameter)
{
    char path[256];
    (void)parameter;
    name_file(path, sizeof path, "core");
    double seconds = write_core(path);
    unlink(path);
    return mebibytes(seconds);
}

/* The peer: a file of that size, read and written. */
static double copy_rate(int parameter)
{
    char from[256], to[256];
    (void)parameter;
    name_file(from, sizeof from, "from");
    name_file(to, sizeof to, "to");
    char *buffer = malloc(PIECE);
    for (size_t i = 0; i < PIECE; i++)
        buffer[i] = (char)(i * 37 + 1);
    int in = open(from, O_RDWR | O_CREAT | O_TRUNC, 0600);
    double seconds = -1;
    for (uint64_t done = 0; done < MEMORY; done += PIECE) {
        if (write(in, buffer, PIECE) != PIECE)
            goto done;
    }
    lseek(in, 0, SEEK_SET);
    double start = bench_now();
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    for (ssize_t n; (n = read(in, buffer, PIECE)) > 0;) {
        if (write(out, buffer, (size_t)n) != n)
            break;
    }
    close(out);
    seconds = bench_now() - start;
done:
    close(in);
    unlink(from);
    unlink(to);
    free(buffer);
    return seconds > 0 ? mebibytes(seconds) : -1;
}

static double gcore_rate(int parameter)
{
    char path[256], command[600];
    (void)parameter;
    name_file(path, sizeof path, "gcore");
    pid_t child = start_large();
    snprintf(command, sizeof command, "gcore -o %s %d >/dev/null 2>&1", path, (int)child);
    double start = bench_now();
    int status = system(command);
    double seconds = bench_now() - start;
    end_large(child);
    snprintf(command, sizeof command, "%s.%d", path, (int)child);
    unlink(command);
    return status == 0 ? mebibytes(seconds) : -1;
}

/* Opened and attached to, so often in a second. The file is written once. */
static double open_rate(int parameter)
{
    char path[256];
    (void)parameter;
    name_file(path, sizeof path, "opened");
    write_core(path);
    double start = bench_now();
    enum { TIMES = 20 };
    for (int i = 0; i < TIMES; i++) {
        hdbg_kernel *kernel;
        hdbg_session *session;
        hdbg_team *team;
        hdbg_core_info info = {.size = sizeof info};
        hdbg_session_options options = {.size = sizeof options};
        bench_check(hdbg_core_open(path, 0, &kernel), "open a core");
        bench_check(hdbg_core_info_get(kernel, &info), "ask a core");
        options.kernel = kernel;
        bench_check(hdbg_session_create(&options, &session), "a session");
        bench_check(hdbg_team_attach(session, info.team, HDBG_ATTACH_STOP, &team), "attach to a core");
        hdbg_team_release(team);
        hdbg_session_destroy(session);
        hdbg_kernel_destroy(kernel);
    }
    double seconds = bench_now() - start;
    unlink(path);
    return TIMES / seconds;
}

/* Opening in 50 ms is 20 a second. */
const bench_row kCoreRows[] = {
    {.name = "core of 1 GiB written",
     .ours = write_rate,
     .peer = copy_rate,
     .peer_name = "a copy of the file",
     .unit = "MiB/s",
     .target = 0.8},
    {.name = "core of 1 GiB written, beside gcore",
     .ours = write_rate,
     .peer = gcore_rate,
     .peer_name = "gcore",
     .unit = "MiB/s",
     .target = 1.0},
    {.name = "core of 1 GiB opened", .ours = open_rate, .unit = "opened/s", .target = 20},
    {.name = NULL}};
