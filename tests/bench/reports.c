/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Whole tools beside their peers: the stacks of a process with 200 threads, the report on a crash in a
 * process with 150 images; their time, and the memory of all processes that they start.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <fcntl.h>
#include <libgen.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { PATH = 4096, PAGE = 4096 };

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

/* What a tool takes of the machine's memory at its peak: the pages that its processes have resident, all of
 * them together, at one moment; each page once. A page of the C library that three processes of a tool have
 * mapped is one page, as it is for a tool of one process. Anonymous pages are each process's own. What a
 * process had at its own peak and has not at the moment is added, so that no peak is missed between two
 * looks. Sums of RSS and of PSS are not taken: the one counts a page as often as it is mapped, the other less
 * the more others have it mapped. docs/design.md has what they would say. */
typedef struct page_set {
    uint64_t *pages;
    size_t count, room;
} page_set;

#define PAGE_PRESENT (UINT64_C(1) << 63)
#define PAGE_OF_FILE (UINT64_C(1) << 61)

static void add_page(page_set *set, uint64_t name)
{
    if (set->count == set->room) {
        set->room = set->room * 2 + 4096;
        set->pages = realloc(set->pages, set->room * sizeof *set->pages);
    }
    set->pages[set->count++] = name;
}

/* The resident pages of a mapping. A file's are named by the file and their place in it. */
static long add_mapping(page_set *set, int pagemap, pid_t pid, const unsigned long *range, uint64_t offset,
                        uint64_t file)
{
    uint64_t entries[512];
    long resident = 0;
    for (unsigned long at = range[0] / PAGE; at < range[1] / PAGE;) {
        size_t count = range[1] / PAGE - at < 512 ? range[1] / PAGE - at : 512;
        ssize_t got = pread(pagemap, entries, count * sizeof *entries, (off_t)(at * sizeof *entries));
        for (ssize_t i = 0; i < got / (ssize_t)sizeof *entries; i++) {
            uint64_t own = (uint64_t)pid << 40 | (at + (uint64_t)i);
            uint64_t shared =
                (file * 1000003 + offset / PAGE + at + (uint64_t)i - range[0] / PAGE) | UINT64_C(1) << 63;
            if (!(entries[i] & PAGE_PRESENT))
                continue;
            add_page(set, file != 0 && (entries[i] & PAGE_OF_FILE) ? shared : own);
            resident += PAGE / 1024;
        }
        if (got < (ssize_t)(count * sizeof *entries))
            break;
        at += count;
    }
    return resident;
}

static long highest(pid_t pid)
{
    char path[64], line[256];
    long kibibytes = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "re");
    while (status != NULL && kibibytes == 0 && fgets(line, sizeof line, status) != NULL)
        sscanf(line, "VmHWM: %ld", &kibibytes);
    if (status != NULL)
        fclose(status);
    return kibibytes;
}

/* @return KiB that the process has had more at its own peak. */
static long add_process(page_set *set, pid_t pid)
{
    char path[64], line[PATH + 256];
    unsigned long range[2], offset, inode;
    long resident = 0, peak = highest(pid);
    snprintf(path, sizeof path, "/proc/%d/pagemap", (int)pid);
    int pagemap = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    while (maps != NULL && pagemap >= 0 && fgets(line, sizeof line, maps) != NULL) {
        if (sscanf(line, "%lx-%lx %*s %lx %*s %lu", &range[0], &range[1], &offset, &inode) == 4 &&
            range[0] < range[1] && range[0] >> 47 == 0)
            resident += add_mapping(set, pagemap, pid, range, offset, inode);
    }
    if (maps != NULL)
        fclose(maps);
    if (pagemap >= 0)
        close(pagemap);
    return resident > 0 && peak > resident ? peak - resident : 0;
}

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

/* All below a process. What a tool's process has left behind is this one's child. A child of vfork() that has
 * not executed a program yet is its parent, once more. */
static long add_children(page_set *set, pid_t parent, int depth)
{
    char path[64];
    long more = 0;
    int child;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    FILE *children = depth > 0 ? fopen(path, "re") : NULL;
    while (children != NULL && fscanf(children, "%d", &child) == 1) {
        bool same = syscall(SYS_kcmp, parent, child, KCMP_VM, 0, 0) == 0;
        if (!same && counts(child))
            more += add_process(set, child);
        more += add_children(set, child, depth - 1);
    }
    if (children != NULL)
        fclose(children);
    return more;
}

static int compare_pages(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void look_at_memory(page_set *set, long *peak)
{
    enum { DEPTH = 4 };
    set->count = 0;
    long more = add_children(set, getpid(), DEPTH), pages = set->count > 0;
    if (set->count > 0)
        qsort(set->pages, set->count, sizeof *set->pages, compare_pages);
    for (size_t i = 1; i < set->count; i++)
        pages += set->pages[i] != set->pages[i - 1];
    long now = pages * (PAGE / 1024) + more;
    *peak = now > *peak ? now : *peak;
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

/* Runs a tool; answers the seconds, or -1; with `peak`, looks at its memory all the time, which costs some.
 */
static double run_tool(int tool, long *peak)
{
    bool has_team = tool != OUR_REPORT && tool != GDB_REPORT;
    pid_t team = has_team ? start_crowd() : 0, pid = -1;
    int status = -1;
    page_set pages = {.pages = NULL};
    double start = bench_now(), seconds = -1;
    prctl(PR_SET_CHILD_SUBREAPER, peak != NULL);
    if (team >= 0)
        pid = start_tool(tool, team);
    while (pid > 0 && peak != NULL && waitpid(pid, &status, WNOHANG) == 0)
        look_at_memory(&pages, peak);
    if (pid > 0 && peak == NULL)
        waitpid(pid, &status, 0);
    seconds = bench_now() - start;
    end_crowd(team);
    free(pages.pages);
    if (peak != NULL) {
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
    long kibibytes = 0;
    if (run_tool(tool, &kibibytes) < 0)
        return -1;
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
