/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What teams and threads are, from /proc.
 */
#include "kernel/hosted/internal.h"
#include "kernel/hosted/images.h"
#include "kernel/hosted/proc.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { NORMAL_PRIORITY = 10 };

/* ---- teams ---- */

/* The processor of a team, by its program's header. One that is ending has no program any more; it is taken
 * for an ordinary one, so that it can be debugged to its end. */
static int32_t team_arch(hdbg_team_id team)
{
    char path[64];
    Elf64_Ehdr header;
    snprintf(path, sizeof path, "/proc/%d/exe", (int)team);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return HDBG_ARCH_X86_64;
    ssize_t n = read(fd, &header, sizeof header);
    close(fd);
    if (n < 20 || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return HDBG_ARCH_UNKNOWN;
    return header.e_machine == EM_X86_64 && header.e_ident[EI_CLASS] == ELFCLASS64 ? HDBG_ARCH_X86_64
                                                                                   : HDBG_ARCH_UNKNOWN;
}

static void fill_arguments(hdbg_team_info *info)
{
    char path[64], text[65536];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)info->team);
    ssize_t n = proc_read(path, text, sizeof text);
    for (ssize_t i = 0; i < n; i++) {
        if (text[i] == '\0') {
            info->argument_count++;
            text[i] = ' ';
        }
    }
    while (n > 0 && text[n - 1] == ' ')
        n--;
    if (n > 0)
        snprintf(info->arguments, sizeof info->arguments, "%.*s", (int)n, text);
}

/* The last part of the program's path; what the process calls itself where that cannot be told. */
static void fill_team_name(hdbg_team_info *info, const char *comm)
{
    char path[4096];
    const char *name = comm;
    if (proc_program(info->team, path, sizeof path))
        name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    snprintf(info->name, sizeof info->name, "%.31s", name);
}

/* When a process was started is told in ticks since the machine was, including the time it slept. */
static hdbg_time start_time(int64_t ticks)
{
    struct timespec boot, monotonic;
    clock_gettime(CLOCK_BOOTTIME, &boot);
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    hdbg_time slept =
        (hdbg_time)(boot.tv_sec - monotonic.tv_sec) * 1000000 + (boot.tv_nsec - monotonic.tv_nsec) / 1000;
    return ticks * (1000000 / sysconf(_SC_CLK_TCK)) - slept;
}

static hdbg_status no_team(hdbg_team_id team)
{
    return hdbg_fail(HDBG_BAD_TEAM_ID, "cannot describe team %d: there is none", (int)team);
}

static void fill_counts(hdbg_team_info *info)
{
    maps areas;
    hdbg_image_info *images;
    size_t count;
    if (maps_read(info->team, &areas) == HDBG_OK) {
        info->area_count = (int32_t)areas.count;
        maps_free(&areas);
    }
    if (images_list(info->team, &images, &count) == HDBG_OK) {
        info->image_count = (int32_t)count;
        free(images);
    }
}

/* Whether a nub of ours debugs the team, and its port. */
static int debugged(hosted_kernel *k, hdbg_team_id team, hdbg_port_id *port)
{
    pthread_mutex_lock(&k->lock);
    hosted_team *t = hosted_team_find(k, team, 0);
    int found = t != NULL && t->installed && !t->nub->dead;
    *port = found ? t->nub_port : -1;
    pthread_mutex_unlock(&k->lock);
    return found;
}

hdbg_status hosted_team_info(void *context, hdbg_team_id team, hdbg_team_info *info)
{
    proc_stat stat;
    proc_status status;
    if (info == NULL || info->size < sizeof *info)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot describe team %d: hdbg_team_info.size is not set",
                         (int)team);
    if (team == 0) /* B_CURRENT_TEAM */
        team = getpid();
    if (!proc_read_status(team, &status) || status.team != team || !proc_read_stat(team, 0, &stat))
        return no_team(team);
    /* An ended process that its parent has not asked for yet is no team on Haiku. */
    if (stat.state == 'Z' || stat.state == 'X') {
        size_t left;
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/task", (int)team);
        int32_t *threads = proc_ids(path, &left);
        free(threads);
        if (threads == NULL || left < 2)
            return no_team(team);
    }
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    info->team = team;
    info->parent = stat.parent;
    info->arch = team_arch(team);
    info->thread_count = (int32_t)stat.threads;
    info->user = status.user;
    info->group = status.group;
    info->process_group = stat.group;
    info->session = stat.session;
    info->start_time = start_time(stat.start_ticks);
    info->debugger_nub_thread =
        debugged(context, team, &info->debugger_nub_port) ? (HOSTED_NUB_THREAD | team) : -1;
    fill_counts(info);
    fill_arguments(info);
    fill_team_name(info, stat.comm);
    return HDBG_OK;
}

hdbg_status hosted_next_team(void *context, int64_t *cookie, hdbg_team_info *info)
{
    size_t count;
    int32_t *ids = proc_ids("/proc", &count);
    if (ids == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot list the teams: %s", strerror(errno));
    hdbg_status status = HDBG_BAD_INDEX;
    for (size_t i = 0; i < count; i++) {
        if (ids[i] <= *cookie)
            continue;
        *cookie = ids[i];
        status = hosted_team_info(context, ids[i], info);
        if (status != HDBG_BAD_TEAM_ID)
            break;
        status = HDBG_BAD_INDEX; /* it has ended meanwhile */
    }
    free(ids);
    return status == HDBG_BAD_INDEX ? hdbg_fail(status, "there are no more teams") : status;
}

/* ---- threads ---- */

/* A thread in a stop of the tracer's: whether it is one that its debugger sees. */
static int32_t stopped_state(hosted_kernel *k, hdbg_team_id team, hdbg_thread_id thread)
{
    hosted_nub *nub = NULL;
    nub_reply reply;
    nub_request request = {.op = NUB_THREAD_STATE, .a = thread};
    pthread_mutex_lock(&k->lock);
    hosted_team *t = hosted_team_find(k, team, 0);
    nub = t != NULL ? t->nub : NULL;
    pthread_mutex_unlock(&k->lock);
    if (nub == NULL || nub->dead || hosted_ask(k, nub, &request, -1, &reply, NULL) != HDBG_OK)
        return HDBG_THREAD_SUSPENDED;
    return reply.value != 0 ? HDBG_THREAD_SUSPENDED : HDBG_THREAD_RUNNING;
}

static int32_t thread_state(hosted_kernel *k, hdbg_team_id team, hdbg_thread_id thread, char state)
{
    switch (state) {
    case 'R':
        return HDBG_THREAD_RUNNING;
    case 't':
        return stopped_state(k, team, thread);
    case 'T':
        return HDBG_THREAD_SUSPENDED;
    default:
        return HDBG_THREAD_ASLEEP;
    }
}

/* The mapping that the stack pointer of a thread points into; told only while it is in a system call or
 * stopped. */
static uint64_t stack_pointer(hdbg_team_id team, hdbg_thread_id thread)
{
    char path[64], text[256];
    unsigned long long pointer = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", (int)team, (int)thread);
    if (proc_read(path, text, sizeof text) <= 0)
        return 0;
    /* "number six-arguments sp pc", or "-1 sp pc" */
    const char *last = strrchr(text, ' ');
    while (last != NULL && last > text && last[-1] != ' ')
        last--;
    return last != NULL && sscanf(last, "%llx", &pointer) == 1 ? pointer : 0;
}

static bool is_within(const maps *areas, uint64_t pointer, hdbg_thread_info *info)
{
    const maps_entry *e = maps_find(areas, pointer);
    if (e != NULL) {
        info->stack_base = e->start;
        info->stack_end = e->end;
    }
    return e != NULL;
}

/* The areas of a team with many threads are many, too: they are not read anew for each thread while the team
 * neither grows nor shrinks. */
static void find_stack(hosted_kernel *k, uint64_t pointer, uint64_t size, bool listed, hdbg_thread_info *info)
{
    hosted_lists *lists = &k->lists;
    pthread_mutex_lock(&k->lock);
    bool kept = lists->stack_team == info->team && (listed || lists->stacks_size == size);
    if (!kept || !is_within(&lists->stacks, pointer, info)) {
        maps_free(&lists->stacks);
        lists->stack_team = maps_read(info->team, &lists->stacks) == HDBG_OK ? info->team : 0;
        lists->stacks_size = size;
        is_within(&lists->stacks, pointer, info);
    }
    pthread_mutex_unlock(&k->lock);
}

static hdbg_status nub_thread_info(hosted_kernel *k, hdbg_thread_id thread, hdbg_thread_info *info)
{
    hdbg_port_id port;
    hdbg_team_id team = thread & ~HOSTED_NUB_THREAD;
    if (!debugged(k, team, &port))
        return hdbg_fail(HDBG_BAD_THREAD_ID, "cannot describe thread %d: there is none", (int)thread);
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    info->thread = thread;
    info->team = team;
    info->state = HDBG_THREAD_WAITING;
    info->priority = NORMAL_PRIORITY;
    info->flags = HDBG_THREAD_IS_NUB;
    snprintf(info->name, sizeof info->name, "team %d debug task", (int)team);
    return HDBG_OK;
}

hdbg_status hosted_thread_describe(hosted_kernel *k, hdbg_thread_id thread, bool listed,
                                   hdbg_thread_info *info)
{
    proc_status status;
    proc_stat stat;
    if (info == NULL || info->size < sizeof *info)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot describe thread %d: hdbg_thread_info.size is not set",
                         (int)thread);
    if (thread > 0 && (thread & HOSTED_NUB_THREAD))
        return nub_thread_info(k, thread, info);
    if (!proc_read_status(thread, &status) || !proc_read_stat(status.team, thread, &stat) ||
        stat.state == 'Z' || stat.state == 'X')
        return hdbg_fail(HDBG_BAD_THREAD_ID, "cannot describe thread %d: there is none, or it has ended",
                         (int)thread);
    int64_t tick = 1000000 / sysconf(_SC_CLK_TCK);
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    info->thread = thread;
    info->team = status.team;
    info->state = thread_state(k, status.team, thread, stat.state);
    info->priority = NORMAL_PRIORITY - (int32_t)stat.nice / 2;
    info->user_time = stat.user_ticks * tick;
    info->kernel_time = stat.kernel_ticks * tick;
    snprintf(info->name, sizeof info->name, "%.31s", stat.comm);
    uint64_t pointer = thread == info->team ? stat.stack : 0;
    if (pointer == 0)
        pointer = stack_pointer(info->team, thread);
    if (pointer != 0)
        find_stack(k, pointer, stat.size, listed, info);
    return HDBG_OK;
}

hdbg_status hosted_thread_info(void *context, hdbg_thread_id thread, hdbg_thread_info *info)
{
    return hosted_thread_describe(context, thread, false, info);
}
