/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Installing a debugger in a running team, handing it over, and taking it out again with nothing left behind.
 */
#include "kernel/hosted/nub/nub.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- seizing ---- */

/* A program that makes threads as fast as they can be seized is attached to nevertheless. */
enum { PASSES_MAX = 1000 };

/* A number in /proc/PID/status, or `otherwise`. */
long attach_status_field(pid_t pid, const char *name, long otherwise)
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
    return attach_status_field(pid, "VmSize", -1) < 0 && attach_status_field(pid, "Kthread", 0) != 1;
}

/* Why PTRACE_SEIZE was refused, with the setting that did it. */
static hdbg_status explain_refusal(pid_t pid, int error, char *why, size_t room)
{
    if (error == ESRCH || is_ending(pid)) {
        snprintf(why, room, "there is no process %d", (int)pid);
        return HDBG_BAD_TEAM_ID;
    }
    long tracer = attach_status_field(pid, "TracerPid", 0);
    if (tracer > 0) {
        snprintf(why, room, "process %d is being traced by process %ld already", (int)pid, tracer);
        return HDBG_BAD_VALUE;
    }
    if (attach_status_field(pid, "Kthread", 0) == 1) {
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

/* Whether a thread may be in the midst of making another one. Linux decides at the beginning of clone()
 * whether the new one is traced: one that was seized after that makes one that nobody traces. */
static bool may_be_cloning(int directory, const char *id)
{
    char path[32], call[32] = "";
    snprintf(path, sizeof path, "%s/syscall", id);
    int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, call, sizeof call - 1) : 0;
    if (fd >= 0)
        close(fd);
    char *end = call;
    long number = strtol(call, &end, 10);
    return size <= 0 || end == call || number == SYS_clone || number == SYS_clone3;
}

static hdbg_status seized(team *of, pid_t id, bool may_clone)
{
    thread *t = thread_create(of->nub, of, id);
    if (!t)
        return HDBG_NO_MEMORY;
    t->fresh = false;
    t->unsettled = may_clone;
    if (may_clone)
        thread_interrupt(t); /* it stops behind the call */
    return HDBG_OK;
}

/* Seizes the threads that are not yet. @return how many were new: then there may be more. One that has just
 * ended counts, for the system's list ends with it where it ends while the list is read. */
static int seize_threads(team *of, char *why, size_t room, hdbg_status *status)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)of->id);
    DIR *directory = opendir(path);
    int found = 0;
    *status = HDBG_OK;
    if (!directory) {
        *status = explain_refusal(of->id, ESRCH, why, room);
        return 0;
    }
    struct dirent *entry;
    while (*status == HDBG_OK && (entry = readdir(directory))) {
        pid_t id = (pid_t)atoi(entry->d_name);
        if (id <= 0 || thread_find(of->nub, id))
            continue;
        if (ptrace(PTRACE_SEIZE, id, 0, ATTACH_OPTIONS) == 0) {
            *status = seized(of, id, may_be_cloning(dirfd(directory), entry->d_name));
            found++;
            continue;
        }
        /* One that a seized thread has created meanwhile is ours already, and comes with its creator's event.
         * Known before that, it might have ended, and its id be another one's, when the event is looked at.
         */
        int error = errno;
        if (error == ESRCH || is_ending(id))
            found += id != of->id;
        else if (attach_status_field(id, "TracerPid", 0) != of->nub->pid)
            *status = explain_refusal(id, error, why, room);
    }
    closedir(directory);
    return found;
}

static hdbg_status seize_all(team *of, char *why, size_t room)
{
    hdbg_status status;
    int passes = 0;
    while (seize_threads(of, why, room, &status) > 0 && status == HDBG_OK && passes++ < PASSES_MAX)
        continue;
    return status;
}

hdbg_status attach_seize(nub *self, pid_t pid, team **result, char *why, size_t room)
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

static bool is_being_stopped(const team *of)
{
    bool stopping = of->nub->stopping == of->id;
    for (const thread *t = of->threads; t && !stopping; t = t->following)
        stopping = t->team_stop;
    return stopping;
}

/* A thread has stopped for the first time since it was seized, or has ended: what it was making when it was
 * seized is there now, and nobody traces it. */
void attach_settle(thread *self)
{
    team *of = self->team;
    char why[8]; /* there is nobody to tell */
    if (!self->unsettled)
        return;
    self->unsettled = false;
    if (of->leader_gone || !team_is_wanted(of))
        return;
    bool stop = of->debugger && is_being_stopped(of);
    const thread *known = of->threads;
    seize_all(of, why, sizeof why);
    for (thread *t = of->threads; stop && t != known; t = t->following)
        thread_debug_with_team(t);
}

/* ---- the nub port ---- */

team *attach_team_of_nub_port(debugger *by, int32_t id)
{
    for (int i = 0; i < ID_BUCKETS; i++) {
        for (team *t = by->nub->teams[i]; t; t = t->next) {
            if (t->debugger == by && t->nub_port_id == id)
                return t;
        }
    }
    return NULL;
}

/* Whoever writes to the port, or waits for it, is told that it is no more. */
void attach_close_reader(team *self)
{
    loop_remove(self->nub, &self->nub_port);
    self->nub_port.ready = NULL;
    if (self->reader.fd >= 0)
        close(self->reader.fd);
    if (self->nub_writer >= 0)
        close(self->nub_writer);
    self->nub_port.fd = self->reader.fd = self->nub_writer = -1;
}

void attach_close_nub_port(team *self)
{
    attach_close_reader(self);
    self->nub_port_id = -1;
    self->debugger = NULL;
}

/* The slot of the nub port lies in the table of the debugger that it was made for, the nub reads it. */
static hdbg_status use_slot(team *self, debugger *by, int32_t index, int32_t id)
{
    if (index < 0 || index >= PORT_SLOTS)
        return HDBG_BAD_VALUE;
    port_slot *slot = &by->slots[index];
    slot->capacity = 1;
    atomic_store(&slot->queued, 0);
    atomic_store(&slot->waiters, 0);
    atomic_store(&slot->total, 0);
    slot->id = id;
    self->reader.slot = slot;
    self->slot_owner = by;
    return HDBG_OK;
}

static hdbg_status open_nub_port(team *self, debugger *by, const nub_request *request)
{
    hdbg_status status = use_slot(self, by, request->d, request->c);
    if (status != HDBG_OK)
        return status;
    status = port_pair(&self->reader.fd, &self->nub_writer);
    if (status != HDBG_OK)
        return status;
    self->nub_port.fd = self->reader.fd;
    self->nub_port.ready = messages_ready;
    self->nub_deaf = false;
    self->nub_port_id = request->c;
    if (!loop_add(self->nub, &self->nub_port, EPOLLIN))
        return HDBG_NO_MEMORY;
    return HDBG_OK;
}

/* ---- installing ---- */

static void reset_debugging(team *self)
{
    self->flags = 0;
    for (thread *t = self->threads; t; t = t->following) {
        t->flags = 0;
        t->ignore = t->ignore_once = 0;
    }
}

/* Threads that are stopped, for the debugger before or in wait_for_debugger(), tell this one. */
static void tell_again(thread *self)
{
    if (self->stopped && !self->is_parked) {
        self->stopped = false;
        self->tells_again = self->event_count > 0;
        thread_next(self);
    }
}

/* What waits for room in the old debugger's ports: the new one is told of it; an answer is not wanted there.
 */
static void take_parked_back(team *self, port *old)
{
    for (thread *t = self->threads; t; t = t->following) {
        if (old && t->is_parked)
            port_forget_thread(old, t);
        t->is_parked = t->has_early_continue = false;
    }
    for (port *p = self->debugger->ports; p && self->reply_parked; p = p->next)
        port_forget_team(p, self);
    self->reply_parked = false;
}

static hdbg_status take_over(team *self, debugger *by, port *target, const nub_request *request)
{
    port *old = debugger_port(self->debugger, self->debugger_port);
    take_parked_back(self, old);
    if (self->slot_owner != by) {
        /* In another process: there it can only be a port of that one's, and so can reply ports be. */
        self->nub_waits = false;
        core_forget(self, true);
        attach_close_reader(self);
        hdbg_status status = open_nub_port(self, by, request);
        if (status != HDBG_OK) {
            attach_end(self);
            return status;
        }
    }
    if (self->launch_by == self->debugger)
        self->launch_by = by; /* who is to start it, and whose end lets it go */
    reset_debugging(self);
    self->debugger = by;
    self->debugger_port = target->id;
    self->handover = false;
    messages_listen(self);
    event_handed_over(self, by, target->id, target);
    team_each_thread(self, tell_again);
    if (old)
        event_handed_over(self, by, target->id, old);
    return HDBG_OK;
}

/* The messages carry the 64-bit processor's state: a process of a 32-bit program, or of the x32 kind, has
 * none that could be told. */
bool attach_is_64_bit(pid_t pid)
{
    char path[64];
    uint8_t ident[EI_NIDENT] = {0};
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return true;
    ssize_t size = read(fd, ident, sizeof ident);
    close(fd);
    return size != (ssize_t)sizeof ident || ident[EI_CLASS] != ELFCLASS32;
}

/* Whether there is such a process, and it may be debugged by this one. */
hdbg_status attach_check(const debugger *by, pid_t pid, char *why, size_t room)
{
    if (pid == by->pid || pid == by->nub->pid || pid == 1) {
        snprintf(why, room, "process %d may not be debugged", (int)pid);
        return HDBG_NOT_ALLOWED;
    }
    if (pid <= 0 || attach_status_field(pid, "Tgid", -1) != pid) {
        snprintf(why, room, "there is no process %d", (int)pid);
        return HDBG_BAD_TEAM_ID;
    }
    return HDBG_OK;
}

static hdbg_status find_team(debugger *by, pid_t pid, team **result, char *why, size_t room)
{
    nub *self = by->nub;
    hdbg_status status = attach_check(by, pid, why, room);
    if (status != HDBG_OK)
        return status;
    *result = team_find(self, pid);
    if (!attach_is_64_bit(pid)) {
        snprintf(why, room, "process %d is not a 64-bit one: only those can be debugged", (int)pid);
        return HDBG_NOT_SUPPORTED;
    }
    if (*result && (*result)->threads) {
        /* Being let go, it may have lost some of its threads already. */
        return (*result)->debugger ? HDBG_OK : seize_all(*result, why, room);
    }
    if (*result) {
        snprintf(why, room, "team %d has just ended", (int)pid);
        return HDBG_BAD_TEAM_ID;
    }
    return attach_seize(self, pid, result, why, room);
}

hdbg_status attach_install(debugger *by, const nub_request *request, nub_reply *reply, int fds[2])
{
    team *t = NULL;
    port *target = debugger_port(by, request->b);
    if (!target)
        return HDBG_BAD_PORT_ID;
    hdbg_status status = find_team(by, request->a, &t, reply->why, sizeof reply->why);
    if (status != HDBG_OK)
        return status;
    if (t->debugger && !t->handover) {
        snprintf(reply->why, sizeof reply->why, "team %d has a debugger already", (int)t->id);
        return HDBG_BAD_VALUE;
    }
    if (!team_journal(t))
        return HDBG_NO_MEMORY;
    if (t->debugger) {
        status = take_over(t, by, target, request);
        if (status != HDBG_OK)
            return status;
    } else {
        status = open_nub_port(t, by, request);
        if (status != HDBG_OK) {
            attach_close_nub_port(t);
            team_let_go(t);
            return status;
        }
        reset_debugging(t);
        t->debugger = by;
        t->debugger_port = target->id;
        t->image_event = 0;
        t->released = t->unseen = t->handover = false;
        if (t->space->mem < 0) {
            space_release(t->space);
            t->space = space_create(t->id);
        }
        control_answer_waiters(&t->detach_waiters, HDBG_OK); /* it was out; it will not go any more */
        team_each_thread(t, tell_again);
    }
    fds[0] = dup(t->nub_writer);
    fds[1] = dup(t->journal_fd);
    if (fds[0] < 0 || fds[1] < 0) {
        attach_end(t);
        return HDBG_NO_MEMORY;
    }
    reply->value = t->nub_port_id;
    reply->value2 = t->slot_owner->base;
    return HDBG_OK;
}

/* ---- the end ---- */

void attach_prepare_handover(team *self)
{
    self->handover = true;
    breakpoint_remove_all(self);
    watchpoint_remove_all(self);
}

/* A stopped thread goes on with what its event would have led to without a debugger. */
static void continue_without_debugger(thread *self)
{
    self->debug_stop = self->team_stop = self->has_early_continue = self->is_parked = false;
    if (self->stopped) {
        self->stopped = false;
        self->step = false;
        event_default(self, false);
        thread_next(self);
    } else if (self->stop == STOP_NONE || self->listening) {
        thread_interrupt(self);
    } else if (!self->hold) {
        thread_next(self);
    }
}

/* Children of vfork() were only traced for the breakpoints in the memory that they have on loan. */
static void let_borrowers_go(team *self)
{
    for (int i = 0; self->space && i < ID_BUCKETS; i++) {
        team *following;
        for (team *t = self->nub->teams[i]; t; t = following) {
            following = t->next;
            if (t != self && t->space == self->space && t->unseen) {
                t->unseen = false;
                team_let_go(t);
            }
        }
    }
}

/* Whether the team runs in memory that belongs to another one too, which has a debugger and with it
 * breakpoints. */
static bool is_borrower(const team *self)
{
    for (int i = 0; self->space->references > 1 && i < ID_BUCKETS; i++) {
        for (const team *t = self->nub->teams[i]; t; t = t->next) {
            if (t != self && t->space == self->space && t->debugger)
                return true;
        }
    }
    return false;
}

void attach_end(team *self)
{
    if (!self->debugger)
        return;
    port *target = debugger_port(self->debugger, self->debugger_port);
    if (target) {
        for (thread *t = self->threads; t; t = t->following)
            port_forget_thread(target, t);
    }
    for (port *p = self->debugger->ports; p && self->reply_parked; p = p->next)
        port_forget_team(p, self);
    attach_close_nub_port(self);
    breakpoint_remove_all(self);
    watchpoint_remove_all(self);
    reset_debugging(self);
    self->debugger_port = -1;
    self->handover = self->reply_parked = self->nub_waits = false;
    core_forget(self, false);
    self->unseen = is_borrower(self);
    if (self->launch == LAUNCH_NONE)
        breakpoint_clear_internal(self);
    free(self->images);
    self->images = NULL;
    self->image_count = 0;
    team_each_thread(self, continue_without_debugger);
    let_borrowers_go(self);
}

hdbg_status attach_remove(nub *self, pid_t pid, debugger *by, uint32_t serial, bool *later, char *why,
                          size_t room)
{
    team *t = team_find(self, pid);
    if (!t || !t->threads) {
        if (pid > 0 && attach_status_field(pid, "Tgid", -1) == pid) {
            snprintf(why, room, "team %d has no debugger", (int)pid);
            return HDBG_BAD_VALUE;
        }
        snprintf(why, room, "there is no process %d", (int)pid);
        return HDBG_BAD_TEAM_ID;
    }
    if (!t->debugger) {
        snprintf(why, room, "team %d has no debugger", (int)pid);
        return HDBG_BAD_VALUE;
    }
    attach_end(t);
    /* Answered when the last thread is let go, so that another tracer may come at once. A child whose creator
     * has not been continued yet is let go after that, and who asks may be the one who has to continue it. */
    bool held = false;
    for (const thread *each = t->threads; each; each = each->following)
        held |= each->hold != 0;
    if (t->threads && !held && !team_is_wanted(t))
        *later = control_wait(&t->detach_waiters, by, serial) == HDBG_OK;
    team_answer_detached(t);
    return HDBG_OK;
}
