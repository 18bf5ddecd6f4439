/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Installing a debugger in a running team, handing it over, and taking it out again with nothing left behind.
 */
#include "kernel/hosted/nub/nub.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

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
    trace_stop(self);
    self->flags = 0;
    for (thread *t = self->threads; t; t = t->following) {
        t->flags = 0;
        t->ignore = t->ignore_once = 0;
        signal_forget(t);
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
    if (pid <= 0 || seize_status_field(pid, "Tgid", -1) != pid) {
        snprintf(why, room, "there is no process %d", (int)pid);
        return HDBG_BAD_TEAM_ID;
    }
    return HDBG_OK;
}

static const char only_64_bit[] = "process %d is not a 64-bit one: only those can be debugged";

static hdbg_status find_team(debugger *by, pid_t pid, team **result, char *why, size_t room)
{
    nub *self = by->nub;
    hdbg_status status = attach_check(by, pid, why, room);
    if (status != HDBG_OK)
        return status;
    *result = team_find(self, pid);
    if (!attach_is_64_bit(pid)) {
        snprintf(why, room, only_64_bit, (int)pid);
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
    return seize_team(self, pid, result, why, room);
}

/* The first debugger of a team, or the first since the last one went. */
static hdbg_status be_first(team *self, debugger *by, const port *target, const nub_request *request)
{
    hdbg_status status = open_nub_port(self, by, request);
    if (status != HDBG_OK) {
        attach_close_nub_port(self);
        team_let_go(self);
        return status;
    }
    reset_debugging(self);
    self->debugger = by;
    self->debugger_port = target->id;
    self->image_event = 0;
    self->unseen = self->handover = false;
    if (self->space->mem < 0) {
        space_release(self->space);
        self->space = space_create(self->id);
    }
    control_answer_waiters(&self->detach_waiters, HDBG_OK); /* it was out; it will not go any more */
    team_each_thread(self, tell_again);
    return HDBG_OK;
}

static hdbg_status install(team *self, debugger *by, const nub_request *request, nub_reply *reply, int fds[2])
{
    port *target = debugger_port(by, request->b);
    if (!target)
        return HDBG_BAD_PORT_ID;
    if (!team_journal(self))
        return HDBG_NO_MEMORY;
    hdbg_status status =
        self->debugger ? take_over(self, by, target, request) : be_first(self, by, target, request);
    if (status != HDBG_OK)
        return status;
    fds[0] = dup(self->nub_writer);
    fds[1] = dup(self->journal_fd);
    if (fds[0] < 0 || fds[1] < 0) {
        if (fds[0] >= 0)
            close(fds[0]);
        fds[0] = fds[1] = -1;
        attach_end(self);
        return HDBG_NO_MEMORY;
    }
    reply->value = self->nub_port_id;
    reply->value2 = self->slot_owner->base;
    return HDBG_OK;
}

/* ---- waiting for what is being made ---- */

/* A thread that nobody traces yet would die of a breakpoint: there is no debugger before all are known,
 * unless one of them cannot be stopped for so long. */
enum { SETTLING_MAX = 3000000 /* microseconds */, LOOK_AGAIN = 20 /* milliseconds */ };

static void stop_waiting(team *self)
{
    self->install.by = NULL;
    self->nub->installing_count--;
}

static void wait_to_install(team *self, debugger *by, const nub_request *request)
{
    int64_t now = nub_time();
    self->install.by = by;
    self->install.request = *request;
    self->install.until = now + SETTLING_MAX;
    self->install.look = now + LOOK_AGAIN * 1000;
    self->nub->installing_count++;
    control_answer_waiters(&self->detach_waiters, HDBG_OK); /* it will not go any more */
}

/* Its debugger is gone, or it is. */
void attach_cancel_install(team *self)
{
    if (!self->install.by)
        return;
    stop_waiting(self);
    if (!team_is_wanted(self))
        team_let_go(self);
}

/* It has ended before. */
void attach_refuse_install(team *self)
{
    nub_reply reply = {.serial = self->install.request.serial, .status = HDBG_BAD_TEAM_ID};
    debugger *by = self->install.by;
    if (!by)
        return;
    stop_waiting(self);
    snprintf(reply.why, sizeof reply.why, "there is no process %d", (int)self->id);
    control_send(by, &reply, NULL);
}

static hdbg_status install_late(team *self, nub_reply *reply, int fds[2])
{
    const nub_request request = self->install.request;
    debugger *by = self->install.by;
    stop_waiting(self);
    if (!attach_is_64_bit(self->id)) { /* it has executed another program */
        snprintf(reply->why, sizeof reply->why, only_64_bit, (int)self->id);
        return HDBG_NOT_SUPPORTED;
    }
    return install(self, by, &request, reply, fds);
}

static void finish_install(team *self)
{
    nub_reply reply = {.serial = self->install.request.serial};
    debugger *by = self->install.by;
    int fds[2] = {-1, -1};
    reply.status = install_late(self, &reply, fds);
    if (reply.status != HDBG_OK && !team_is_wanted(self))
        team_let_go(self);
    control_send(by, &reply, fds);
    for (int i = 0; i < 2; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
}

static void look_at_install(team *self, int64_t now)
{
    if (self->unsettled_count > 0 && now >= self->install.look) {
        self->install.look = now + LOOK_AGAIN * 1000;
        team_each_thread(self, seize_look_again);
    }
    if (self->unsettled_count == 0 || now >= self->install.until)
        finish_install(self);
}

/* @return milliseconds until it is to be called again, at most `timeout`; -1: for ever. */
int attach_tick(nub *self, int timeout)
{
    int64_t now = self->installing_count > 0 ? nub_time() : 0;
    for (int i = 0; i < ID_BUCKETS && self->installing_count > 0; i++) {
        team *following;
        for (team *t = self->teams[i]; t; t = following) {
            following = t->next;
            if (t->install.by)
                look_at_install(t, now);
        }
    }
    bool sooner = self->installing_count > 0 && (timeout < 0 || timeout > LOOK_AGAIN);
    return sooner ? LOOK_AGAIN : timeout;
}

hdbg_status attach_install(debugger *by, const nub_request *request, nub_reply *reply, int fds[2],
                           bool *later)
{
    team *t = NULL;
    if (!debugger_port(by, request->b))
        return HDBG_BAD_PORT_ID;
    hdbg_status status = find_team(by, request->a, &t, reply->why, sizeof reply->why);
    if (status != HDBG_OK)
        return status;
    if ((t->debugger && !t->handover) || t->install.by) {
        snprintf(reply->why, sizeof reply->why, "team %d has a debugger already", (int)t->id);
        return HDBG_BAD_VALUE;
    }
    *later = !t->debugger && t->unsettled_count > 0;
    if (!*later) {
        status = install(t, by, request, reply, fds);
        if (status != HDBG_OK && !team_is_wanted(t))
            team_let_go(t);
        return status;
    }
    wait_to_install(t, by, request);
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
        if (pid > 0 && seize_status_field(pid, "Tgid", -1) == pid) {
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
