/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Whole tools beside their peers: the stacks of a process with 200 threads, the report on a crash in a
 * process with 150 images; their time, and the memory of all processes that they start.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { PATH = 4096, PROCESSES = 64, IMAGES = 150 };

/* What is run: bench_row's parameters. */
enum { OUR_FUNCTIONS, OUR_LINES, OUR_REPORT, EU_STACK, GDB_STACKS, GDB_REPORT, TOOLS };

/* Arguments: @T is the process with 200 threads, @S compare-stacks, @R hdbg-report, @I the program with
 * images. */
static const char *const kTools[TOOLS][16] = {
    [OUR_FUNCTIONS] = {"@S", "--functions", "@T", NULL},
    [OUR_LINES] = {"@S", "@T", NULL},
    [OUR_REPORT] = {"@R", "--full", "@I", NULL},
    [EU_STACK] = {"eu-stack", "-p", "@T", NULL},
    [GDB_STACKS] = {"gdb", "-nx", "-batch", "-p", "@T", "-iex", "set debuginfod enabled off", "-ex",
                    "thread apply all bt", NULL},
    [GDB_REPORT] = {"gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex", "run", "-ex",
                    "thread apply all bt full", "@I", NULL},
};

/* The programs whose memory counts. */
static const char *const kCounted[] = {"compare-stacks", "hdbg-report", "hdbg-nub",
                                       "hdbg-dwarf",     "gdb",         "eu-stack"};

static void expand(const char *word, pid_t team, char *path, size_t size)
{
    char folder[PATH];
    snprintf(folder, sizeof folder, "%s", bench_program);
    if (strcmp(word, "@T") == 0)
        snprintf(path, size, "%d", (int)team);
    else if (strcmp(word, "@S") == 0)
        snprintf(path, size, "%s/compare-stacks", dirname(folder));
    else if (strcmp(word, "@R") == 0)
        snprintf(path, size, "%s/hdbg-report", HDBG_TEST_TOOLS);
    else if (strcmp(word, "@I") == 0)
        snprintf(path, size, "%s/images/images", dirname(folder));
    else
        snprintf(path, size, "%s", word);
}

/* Starts a tool with its output thrown away. */
static pid_t start_tool(int tool, pid_t team)
{
    static char words[16][PATH];
    char *arguments[16];
    int count = 0;
    pid_t pid = -1;
    posix_spawn_file_actions_t actions;
    for (; kTools[tool][count] != NULL; count++) {
        expand(kTools[tool][count], team, words[count], PATH);
        arguments[count] = words[count];
    }
    arguments[count] = NULL;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, arguments[0], &actions, NULL, arguments, environ) != 0)
        pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

/* ---- memory ---- */

typedef struct peaks {
    pid_t pids[PROCESSES];
    long kibibytes[PROCESSES];
    int count;
} peaks;

static bool counts(pid_t pid)
{
    char path[64], target[PATH];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    ssize_t length = readlink(path, target, sizeof target - 1);
    target[length > 0 ? length : 0] = '\0';
    const char *name = strrchr(target, '/');
    for (size_t i = 0; name != NULL && i < sizeof kCounted / sizeof *kCounted; i++) {
        if (strcmp(name + 1, kCounted[i]) == 0)
            return true;
    }
    return false;
}

/* A number of a process's status, 0 if it is gone. */
static long status_of(pid_t pid, const char *what)
{
    char path[64], line[256];
    long number = 0;
    size_t length = strlen(what);
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "re");
    while (status != NULL && number == 0 && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, what, length) == 0)
            number = strtol(line + length, NULL, 10);
    }
    if (status != NULL)
        fclose(status);
    return number;
}

/* Whether this process started it, or one that it started. What its parent has left becomes this one's child.
 */
static bool is_ours(pid_t pid)
{
    for (int level = 0; level < 8 && pid > 1; level++) {
        pid = (pid_t)status_of(pid, "PPid:");
        if (pid == getpid())
            return true;
    }
    return false;
}

static void note_peak(peaks *all, pid_t pid, long kibibytes)
{
    int i = 0;
    while (i < all->count && all->pids[i] != pid)
        i++;
    if (i == PROCESSES)
        return;
    if (i == all->count)
        all->pids[all->count++] = pid;
    all->kibibytes[i] = kibibytes;
}

/* Looks at all processes that were started with or after the tool: what it starts is not all its child. */
static void look_at_memory(peaks *all, pid_t tool)
{
    DIR *folder = opendir("/proc");
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? (pid_t)atoi(entry->d_name) : 0;
        long kibibytes = pid >= tool && counts(pid) && is_ours(pid) ? status_of(pid, "VmHWM:") : 0;
        if (kibibytes > 0)
            note_peak(all, pid, kibibytes);
    }
    if (folder != NULL)
        closedir(folder);
}

/* ---- the debuggee ---- */

/* A process with 200 threads that all wait. */
static pid_t start_crowd(void)
{
    int ready[2];
    char byte;
    pid_t pid = -1;
    if (pipe2(ready, O_CLOEXEC) != 0)
        return -1;
    char *arguments[] = {(char *)(uintptr_t)bench_program, "--child", "crowd", bench_self, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ready[1], STDOUT_FILENO);
    if (posix_spawn(&pid, bench_program, &actions, NULL, arguments, environ) != 0)
        pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(ready[1]);
    if (pid > 0 && read(ready[0], &byte, 1) != 1)
        pid = -1;
    close(ready[0]);
    return pid;
}

static void end_crowd(pid_t team)
{
    if (team > 0) {
        kill(team, SIGKILL);
        waitpid(team, NULL, 0);
    }
}

/* Runs a tool; answers the seconds, or -1; with `all`, looks at its memory meanwhile, which takes time. */
static double run_tool(int tool, peaks *all)
{
    bool has_team = tool != OUR_REPORT && tool != GDB_REPORT;
    pid_t team = has_team ? start_crowd() : 0, pid = -1;
    int status = -1;
    double start = bench_now(), seconds = -1;
    prctl(PR_SET_CHILD_SUBREAPER, all != NULL);
    if (team >= 0)
        pid = start_tool(tool, team);
    while (pid > 0 && all != NULL && waitpid(pid, &status, WNOHANG) == 0) {
        look_at_memory(all, pid);
        usleep(1000);
    }
    if (pid > 0 && all == NULL)
        waitpid(pid, &status, 0);
    seconds = bench_now() - start;
    end_crowd(team);
    if (all != NULL) {
        while (waitpid(-1, NULL, 0) > 0) /* hdbg-nub, which is nobody's child otherwise */
            ;
    }
    /* hdbg-report ends as the program does. */
    int wanted = tool == OUR_REPORT ? 128 + SIGSEGV : 0;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == wanted ? seconds : -1;
}

/* So often in a minute. */
static double speed(int tool)
{
    double seconds = run_tool(tool, NULL);
    return seconds > 0 ? 60 / seconds : -1;
}

/* So many would fit into 64 gibibytes. */
static double thrift(int tool)
{
    peaks all = {.count = 0};
    long kibibytes = 0;
    if (run_tool(tool, &all) < 0)
        return -1;
    for (int i = 0; i < all.count; i++)
        kibibytes += all.kibibytes[i];
    return kibibytes > 0 ? (double)(64 << 20) / (double)kibibytes : -1;
}

#define ROWS(text, our_tool, their_tool, their_name)                                                         \
    {text, "a minute", their_name, 1.0, speed, speed, our_tool, their_tool},                                 \
    {                                                                                                        \
        text ", memory", "in 64 GiB", their_name, 1.0, thrift, thrift, our_tool, their_tool                  \
    }

const bench_row kToolRows[] = {ROWS("stacks of 200 threads", OUR_FUNCTIONS, EU_STACK, "eu-stack"),
                               ROWS("stacks of 200 threads with lines", OUR_LINES, GDB_STACKS, "gdb"),
                               ROWS("report, 150 images", OUR_REPORT, GDB_REPORT, "gdb: bt full"),
                               {.name = NULL}};
