/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A debugger process that is connected, and the ports it reads: writing to them without ever blocking.
 */
#include "kernel/hosted/nub/nub.h"

#include <haikudbg/nub.h>

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { IDS_OF_ONE = 1 << 20 };

/* ---- ports ---- */

/* Each debugger has ids of its own choice: the same may mean another port to another. */
port *debugger_port(const debugger *self, int32_t id)
{
    for (port *p = self ? self->ports : NULL; p; p = p->next) {
        if (p->id == id && !p->dead)
            return p;
    }
    return NULL;
}

/* What was to be written is lost: as on Haiku, an event's thread goes on, and a lost reply ends the nub. */
static void parked_failed(parked *what)
{
    if (what->thread) {
        what->thread->is_parked = what->thread->has_early_continue = false;
        event_lost(what->thread);
        event_default(what->thread, false);
        thread_next(what->thread);
    } else if (what->team) {
        what->team->reply_parked = false;
        attach_end(what->team);
    }
}

static void parked_sent(parked *what)
{
    if (what->thread) {
        thread *t = what->thread;
        t->is_parked = false;
        if (t->has_early_continue) {
            t->has_early_continue = false;
            thread_continue(t, &t->early_continue);
        }
    } else if (what->team) {
        what->team->reply_parked = false;
        messages_read(what->team);
    }
}

static void parked_free(parked *what)
{
    if (what->area_fd >= 0)
        close(what->area_fd);
    free(what);
}

static parked *port_unpark(port *self)
{
    parked *first = self->first;
    self->first = first->next;
    if (!self->first)
        self->last = &self->first;
    return first;
}

static void port_fail_parked(nub *owner, port *self)
{
    self->dead = true;
    loop_remove(owner, &self->room);
    while (self->first) {
        parked *what = port_unpark(self);
        parked_failed(what);
        parked_free(what);
    }
}

static void port_ready(source *source_, uint32_t events)
{
    port *self = SOURCE_OWNER(source_, port, room);
    nub *of = self->owner->nub;
    (void)events;
    if (port_room(&self->end) != HDBG_OK) {
        port_fail_parked(of, self);
        return;
    }
    while (self->first) {
        parked *what = self->first;
        hdbg_status status = port_send(&self->end, what->code, what->data, what->size, what->area_fd);
        if (status == HDBG_WOULD_BLOCK)
            return;
        port_unpark(self);
        if (status == HDBG_OK)
            parked_sent(what);
        else
            parked_failed(what);
        parked_free(what);
    }
    loop_remove(of, &self->room);
}

hdbg_status port_write(port *self, thread *owner, team *reply_of, int32_t code, const void *data, size_t size,
                       int area_fd)
{
    /* What waits already goes first: Haiku's writers queue for a lock. */
    if (self->batch && code != HDBG_EVENT_TRACED)
        trace_flush(self);
    hdbg_status status = HDBG_WOULD_BLOCK;
    if (!self->first)
        status = port_send(&self->end, code, data, size, area_fd);
    if (status != HDBG_WOULD_BLOCK)
        return status;
    parked *what = calloc(1, sizeof *what + size);
    if (!what)
        return HDBG_NO_MEMORY;
    what->thread = owner;
    what->team = reply_of;
    what->code = code;
    what->size = size;
    what->area_fd = area_fd >= 0 ? dup(area_fd) : -1;
    memcpy(what->data, data, size);
    if (!self->first)
        loop_add(self->owner->nub, &self->room, EPOLLIN);
    *self->last = what;
    self->last = &what->next;
    return HDBG_WOULD_BLOCK;
}

/* A try leaves no mark as a waiter: nobody would read the answer before the next message. */
void port_try(port *self, int32_t code, const void *data, size_t size)
{
    if (atomic_load(&self->end.slot->queued) < self->end.slot->capacity)
        port_send(&self->end, code, data, size, -1);
}

/* Drops what a thread or a team had waiting here. */
static void port_forget(port *self, const thread *owner, const team *of)
{
    parked **link = &self->first;
    while (*link) {
        parked *what = *link;
        if ((owner && what->thread == owner) || (of && what->team == of)) {
            *link = what->next;
            parked_free(what);
        } else {
            link = &what->next;
        }
    }
    if (!self->first && self->last != &self->first)
        loop_remove(self->owner->nub, &self->room);
    self->last = link;
}

void port_forget_thread(port *self, thread *owner)
{
    port_forget(self, owner, NULL);
}

void port_forget_team(port *self, team *of)
{
    port_forget(self, NULL, of);
}

static void port_free(nub *of, port *self)
{
    trace_port_free(self);
    port_fail_parked(of, self);
    self->room.ready = NULL;
    close(self->end.fd);
    loop_free_later(of, self);
}

hdbg_status debugger_add_port(debugger *self, int32_t id, int32_t slot, int32_t capacity, int fd)
{
    int kind = 0;
    socklen_t length = sizeof kind;
    if (!self->slots || slot < 0 || slot >= PORT_SLOTS || id <= self->base ||
        (int64_t)id - self->base >= IDS_OF_ONE || capacity < 1)
        return HDBG_BAD_VALUE;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &length) != 0 || kind != SOCK_SEQPACKET)
        return HDBG_BAD_VALUE;
    for (const port *p = self->ports; p; p = p->next) {
        if (p->id == id)
            return HDBG_BAD_VALUE;
    }
    port *p = calloc(1, sizeof *p);
    if (!p)
        return HDBG_NO_MEMORY;
    p->room.fd = fd;
    p->room.ready = port_ready;
    p->owner = self;
    p->id = id;
    p->end.fd = fd;
    p->end.slot = &self->slots[slot];
    p->last = &p->first;
    p->next = self->ports;
    self->ports = p;
    return HDBG_OK;
}

void debugger_delete_port(debugger *self, int32_t id)
{
    for (port **link = &self->ports; *link; link = &(*link)->next) {
        port *p = *link;
        if (p->id != id)
            continue;
        *link = p->next;
        port_free(self->nub, p);
        return;
    }
}

/* ---- debuggers ---- */

static void process_ended(source *source_, uint32_t events)
{
    (void)events;
    debugger_gone(SOURCE_OWNER(source_, debugger, process));
}

debugger *debugger_accept(nub *self, int control_fd)
{
    debugger *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    struct ucred who = {0};
    socklen_t size = sizeof who;
    getsockopt(control_fd, SOL_SOCKET, SO_PEERCRED, &who, &size);
    d->nub = self;
    d->uid = who.uid;
    d->control.fd = control_fd;
    d->control.ready = control_ready;
    d->process.fd = -1;
    if (!loop_add(self, &d->control, EPOLLIN)) {
        free(d);
        return NULL;
    }
    d->next = self->debuggers;
    self->debuggers = d;
    return d;
}

hdbg_status debugger_hello(debugger *self, pid_t pid, int32_t base, int table_fd)
{
    if (self->slots)
        return HDBG_BAD_VALUE;
    self->base = base;
    size_t size = sizeof(port_slot) * PORT_SLOTS;
    struct stat table_info;
    if (fstat(table_fd, &table_info) != 0 || table_info.st_size < (off_t)size)
        return HDBG_BAD_VALUE; /* to look behind its end would be deadly */
    void *table = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, table_fd, 0);
    if (table == MAP_FAILED)
        return HDBG_NO_MEMORY;
    self->pid = pid;
    /* Its end is told by this alone: the socket may live on in a child of the debugger's. */
    self->process.fd = (int)syscall(SYS_pidfd_open, pid, 0);
    self->process.ready = process_ended;
    if (self->process.fd < 0 || !loop_add(self->nub, &self->process, EPOLLIN)) {
        munmap(table, size);
        return HDBG_BAD_TEAM_ID;
    }
    self->slots = table;
    return HDBG_OK;
}

static void forget_waiters(waiter **list, const debugger *by)
{
    while (*list) {
        waiter *w = *list;
        if (w->debugger == by) {
            *list = w->next;
            free(w);
        } else {
            list = &w->next;
        }
    }
}

/* Its teams run on as if they had never been debugged; what it launched and did not start is started. */
static void let_teams_go(debugger *self)
{
    for (int i = 0; i < ID_BUCKETS; i++) {
        team *following;
        for (team *t = self->nub->teams[i]; t; t = following) {
            following = t->next;
            forget_waiters(&t->launch_waiters, self);
            forget_waiters(&t->detach_waiters, self);
            if (t->debugger == self)
                attach_end(t);
            if (t->install.by == self)
                attach_cancel_install(t);
            if (t->launch_by == self) {
                t->launch_by = NULL;
                if (!t->debugger)
                    team_let_go(t);
            }
        }
    }
}

void debugger_gone(debugger *self)
{
    nub *of = self->nub;
    for (debugger **link = &of->debuggers; *link; link = &(*link)->next) {
        if (*link == self) {
            *link = self->next;
            break;
        }
    }
    loop_remove(of, &self->control);
    loop_remove(of, &self->process);
    self->control.ready = self->process.ready = NULL;
    let_teams_go(self);
    control_forget_unsent(self);
    while (self->ports) {
        port *p = self->ports;
        self->ports = p->next;
        port_free(of, p);
    }
    close(self->control.fd);
    if (self->process.fd >= 0)
        close(self->process.fd);
    if (self->slots)
        munmap(self->slots, sizeof(port_slot) * PORT_SLOTS);
    loop_free_later(of, self);
}
