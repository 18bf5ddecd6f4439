/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Seizing a team that runs: all its threads, those too that are just being made.
 */
#include "kernel/hosted/nub/nub.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SEIZE_OPTIONS                                                                                        \
    (PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |                   \
     PTRACE_O_TRACEEXIT | PTRACE_O_TRACESYSGOOD)

/* A program that makes threads as fast as they can be seized is attached to nevertheless. */
enum { PASSES_MAX = 1000 };

/* A number in /proc/PID/status, or `otherwise`. */
long seize_status_field(pid_t pid, const char *name, long otherwise)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return otherwise;
    size_t length = strlen(name);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, name, length) == 0 && line[length] == ':') {
            otherwise = strtol(line + length + 1, NULL, 0);
            break;
        }
    }
    fclose(file);
    return otherwise;
}

/* Its memory is gone already: it cannot be seized any more, and says "not permitted" instead of "no such
 * process". */
static bool is_ending(pid_t pid)
{
    return seize_status_field(pid, "VmSize", -1) < 0 && seize_status_field(pid, "Kthread", 0) != 1;
}

/* Why PTRACE_SEIZE was refused, with the setting that did it. */
static hdbg_status explain_refusal(pid_t pid, int error, char *why, size_t room)
{
    if (error == ESRCH || is_ending(pid)) {
        snprintf(why, room, "there is no process %d", (int)pid);
        return HDBG_BAD_TEAM_ID;
    }
    long tracer = seize_status_field(pid, "TracerPid", 0);
    if (tracer > 0) {
        snprintf(why, room, "process %d is being traced by process %ld already", (int)pid, tracer);
        return HDBG_BAD_VALUE;
    }
    if (seize_status_field(pid, "Kthread", 0) == 1) {
        snprintf(why, room, "process %d is a thread of the kernel", (int)pid);
        return HDBG_NOT_ALLOWED;
    }
    int scope = 0;
    FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
    if (file) {
        if (fscanf(file, "%d", &scope) != 1)
            scope = 0;
        fclose(file);
    }
    if (scope > 0)
        snprintf(why, room, "process %d may not be traced: kernel.yama.ptrace_scope is %d", (int)pid, scope);
    else
        snprintf(why, room, "process %d may not be traced: %s", (int)pid, strerror(error));
    return HDBG_PERMISSION_DENIED;
}

/* What a thread is at when it is seized. Linux decides at the beginning of clone() whether the new one is
 * traced: a thread that was seized after that makes one, or a child with a copy of the memory, that nobody
 * traces. One in vfork() makes neither, and is in there for as long as its child likes. */
typedef enum seized_at { AT_ANYTHING, AT_CLONE, AT_VFORK } seized_at;

static seized_at what_it_does(const team *of, pid_t id)
{
    char path[64], call[64] = "", *rest = call;
    uint64_t flags = 0;
    snprintf(path, sizeof path, "/proc/%d/syscall", (int)id);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, call, sizeof call - 1) : 0;
    if (fd >= 0)
        close(fd);
    long number = strtol(call, &rest, 10);
    if (size <= 0 || rest == call)
        return AT_CLONE; /* it runs, and may be */
    if (number == SYS_clone)
        flags = strtoull(rest, NULL, 16);
    else if (number == SYS_clone3)
        memory_read_raw(of->space, strtoull(rest, NULL, 16), &flags, sizeof flags);
    else if (number == SYS_vfork)
        flags = CLONE_VFORK;
    else if (number != SYS_fork)
        return AT_ANYTHING;
    return flags & CLONE_VFORK ? AT_VFORK : AT_CLONE;
}

static hdbg_status seized(team *of, pid_t id)
{
    thread *t = thread_create(of->nub, of, id);
    if (!t)
        return HDBG_NO_MEMORY;
    seized_at at = what_it_does(of, id);
    t->fresh = false;
    t->lends_memory = at == AT_VFORK;
    t->unsettled = at == AT_CLONE;
    of->unsettled_count += t->unsettled;
    if (t->unsettled)
        thread_interrupt(t); /* it stops behind the call */
    return HDBG_OK;
}

/* Seizes the threads that are not yet. *ours: how many of those that are listed need no more to be done
 * about: they are traced, and cannot end untold, or the main one, which has ended. */
static hdbg_status seize_listed(team *of, int *ours, char *why, size_t room)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)of->id);
    DIR *directory = opendir(path);
    hdbg_status status = HDBG_OK;
    *ours = 0;
    if (!directory)
        return explain_refusal(of->id, ESRCH, why, room);
    struct dirent *entry;
    while (status == HDBG_OK && (entry = readdir(directory))) {
        pid_t id = (pid_t)atoi(entry->d_name);
        if (id <= 0)
            continue;
        bool known = thread_find(of->nub, id) != NULL;
        if (known || ptrace(PTRACE_SEIZE, id, 0, SEIZE_OPTIONS) == 0) {
            status = known ? HDBG_OK : seized(of, id);
            (*ours)++;
            continue;
        }
        /* One that a seized thread has created meanwhile is ours already, and comes with its creator's event.
         * Known before that, it might have ended, and its id be another one's, when the event is looked at.
         */
        int error = errno;
        if (error == ESRCH || is_ending(id))
            *ours += id == of->id;
        else if (seize_status_field(id, "TracerPid", 0) == of->nub->pid)
            (*ours)++;
        else
            status = explain_refusal(id, error, why, room);
    }
    closedir(directory);
    return status;
}

/* The system's list ends with a thread that ends while the list is read, which may not even be in it. But it
 * counts the threads as well: when all of them are ours, none was missed. */
hdbg_status seize_all(team *of, char *why, size_t room)
{
    hdbg_status status;
    int ours, passes = 0;
    do {
        status = seize_listed(of, &ours, why, room);
    } while (status == HDBG_OK && ours < seize_status_field(of->id, "Threads", 0) && passes++ < PASSES_MAX);
    return status;
}

hdbg_status seize_team(nub *self, pid_t pid, team **result, char *why, size_t room)
{
    team *t = team_create(self, pid, NULL);
    if (!t)
        return HDBG_NO_MEMORY;
    hdbg_status status = seize_all(t, why, room);
    if (status == HDBG_OK && !t->threads)
        status = explain_refusal(pid, ESRCH, why, room);
    if (status != HDBG_OK) {
        team_let_go(t);
        if (!t->threads)
            team_free(t);
        return status;
    }
    *result = t;
    return HDBG_OK;
}

/* ---- what was being made ---- */

static bool is_being_stopped(const team *of)
{
    const thread *t = of->threads;
    while (t && !t->team_stop)
        t = t->following;
    return t != NULL;
}

/* What the thread was making when it was seized is there now, and nobody traces it. */
void seize_settle(thread *self)
{
    team *of = self->team;
    char why[8]; /* there is nobody to tell */
    if (!self->unsettled)
        return;
    self->unsettled = false;
    of->unsettled_count--;
    if (of->leader_gone || !team_is_wanted(of))
        return;
    bool stop = is_being_stopped(of);
    const thread *known = of->threads;
    seize_all(of, why, sizeof why);
    for (thread *t = of->threads; stop && t != known; t = t->following)
        thread_debug_with_team(t);
}

/* A thread that is to stop behind its call may be in a vfork() by now. */
void seize_look_again(thread *self)
{
    seized_at at = self->unsettled ? what_it_does(self->team, self->id) : AT_CLONE;
    if (at == AT_CLONE)
        return;
    self->lends_memory |= at == AT_VFORK;
    seize_settle(self);
}
