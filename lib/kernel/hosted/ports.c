/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The table of ports: making, finding and deleting them, and what nubs have to know of them.
 *
 * A port's id is its slot and a generation, so that finding it takes no search, and one million ports are
 * made before an id comes again.
 */
#include "kernel/hosted/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GENERATIONS = 255 };

static hdbg_port_id make_id(hosted_kernel *k, int32_t slot)
{
    k->generations[slot] = (uint8_t)(k->generations[slot] % GENERATIONS + 1);
    return k->base + k->generations[slot] * PORT_SLOTS + slot;
}

static void free_port(hosted_port *port)
{
    if (port->reader.fd >= 0)
        close(port->reader.fd);
    if (port->writer.fd >= 0)
        close(port->writer.fd);
    pthread_mutex_destroy(&port->lock);
    pthread_cond_destroy(&port->turn);
    pthread_cond_destroy(&port->room);
    free(port);
}

hosted_port *hosted_port_acquire(hosted_kernel *k, hdbg_port_id id)
{
    hosted_port *port = NULL;
    if (id <= k->base || id - k->base >= (GENERATIONS + 1) * PORT_SLOTS)
        return NULL;
    int32_t number = id - k->base;
    pthread_mutex_lock(&k->lock);
    port = k->ports[number % PORT_SLOTS];
    if (port != NULL && port->id == id)
        port->users++;
    else
        port = NULL;
    pthread_mutex_unlock(&k->lock);
    return port;
}

void hosted_port_release(hosted_kernel *k, hosted_port *port)
{
    pthread_mutex_lock(&k->lock);
    int last = --port->users == 0;
    if (last) /* only now: a nub that still writes must not write into another port's slot */
        k->slots[port->index].id = 0;
    pthread_mutex_unlock(&k->lock);
    if (last)
        free_port(port);
}

hosted_port *hosted_port_make(hosted_kernel *k, int32_t capacity, const char *name, int local)
{
    hosted_port *port = calloc(1, sizeof *port);
    if (port == NULL)
        return NULL;
    port->local = local;
    port->reader.fd = port->writer.fd = -1;
    port->users = 2;
    snprintf(port->name, sizeof port->name, "%s", name != NULL ? name : "");
    pthread_mutex_init(&port->lock, NULL);
    pthread_cond_init(&port->turn, NULL);
    pthread_cond_init(&port->room, NULL);

    pthread_mutex_lock(&k->lock);
    int32_t tried = 0, slot = k->next_slot;
    while (tried < PORT_SLOTS && k->slots[slot].id != 0) {
        tried++;
        slot = (slot + 1) % PORT_SLOTS;
    }
    if (tried < PORT_SLOTS) {
        k->next_slot = (slot + 1) % PORT_SLOTS;
        port->index = slot;
        port->id = make_id(k, slot);
        port_slot *shared = &k->slots[slot];
        atomic_store(&shared->queued, 0);
        atomic_store(&shared->waiters, 0);
        atomic_store(&shared->total, 0);
        shared->capacity = capacity;
        shared->id = port->id;
        port->reader.slot = port->writer.slot = shared;
        k->remote_count += !local;
    }
    pthread_mutex_unlock(&k->lock);
    if (tried < PORT_SLOTS)
        return port;
    free_port(port);
    return NULL;
}

void hosted_port_drop(hosted_kernel *k, hosted_port *port)
{
    pthread_mutex_lock(&k->lock);
    int listed = k->ports[port->index] == port;
    if (listed) {
        k->ports[port->index] = NULL;
        k->remote_count -= !port->local;
        hosted_descriptor_port_deleted(k, port);
    }
    pthread_mutex_unlock(&k->lock);
    if (!listed)
        return;
    pthread_mutex_lock(&port->lock);
    port->deleted = 1;
    pthread_cond_broadcast(&port->turn);
    pthread_cond_broadcast(&port->room);
    pthread_mutex_unlock(&port->lock);
    /* Wakes who polls them, here and in the nub. */
    if (port->reader.fd >= 0)
        shutdown(port->reader.fd, SHUT_RDWR);
    if (port->writer.fd >= 0)
        shutdown(port->writer.fd, SHUT_RDWR);
    hosted_port_release(k, port);
}

/* Tells one nub of one port. */
static hdbg_status publish(hosted_kernel *k, hosted_nub *nub, const hosted_port *port)
{
    nub_reply reply;
    nub_request request = {
        .op = NUB_PORT_CREATE, .a = port->id, .b = port->index, .c = port->reader.slot->capacity};
    return hosted_ask(k, nub, &request, port->writer.fd, &reply, NULL);
}

hdbg_status hosted_port_publish(hosted_kernel *k, hosted_nub *nub)
{
    hdbg_status status = HDBG_OK;
    hosted_port **list = calloc(PORT_SLOTS, sizeof *list);
    if (list == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot tell the nub of the ports: out of memory");
    pthread_mutex_lock(&k->lock);
    nub->next = k->nubs;
    k->nubs = nub;
    size_t count = 0;
    for (int i = 0; i < PORT_SLOTS; i++) {
        if (k->ports[i] != NULL && k->ports[i]->local) {
            k->ports[i]->users++;
            list[count++] = k->ports[i];
        }
    }
    pthread_mutex_unlock(&k->lock);
    for (size_t i = 0; i < count; i++) {
        if (status == HDBG_OK)
            status = publish(k, nub, list[i]);
        hosted_port_release(k, list[i]);
    }
    free(list);
    return status;
}

hdbg_port_id hosted_port_create(void *context, int32_t capacity, const char *name)
{
    hosted_kernel *k = context;
    if (capacity < 1 || capacity > PORT_CAPACITY_MAX)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot create a port for %d messages: 1 to %d are allowed",
                         (int)capacity, PORT_CAPACITY_MAX);
    hosted_port *port = hosted_port_make(k, capacity, name, 1);
    if (port == NULL)
        return hdbg_fail(HDBG_NO_MORE_PORTS, "cannot create a port: there are %d already", PORT_SLOTS);
    if (port_pair(&port->reader.fd, &port->writer.fd) != HDBG_OK) {
        hosted_port_release(k, port);
        hosted_port_release(k, port);
        return hdbg_fail(HDBG_NO_MORE_PORTS, "cannot create a port: no more descriptors");
    }
    pthread_mutex_lock(&k->lock);
    k->ports[port->index] = port;
    hosted_nub *nubs = k->nubs; /* a list that only grows, at its head */
    pthread_mutex_unlock(&k->lock);
    hdbg_port_id id = port->id;
    for (hosted_nub *nub = nubs; nub != NULL; nub = nub->next) {
        if (!nub->dead)
            publish(k, nub, port);
    }
    hosted_port_release(k, port);
    return id;
}

hdbg_status hosted_port_delete(void *context, hdbg_port_id id)
{
    hosted_kernel *k = context;
    hosted_port *port = hosted_port_acquire(k, id);
    if (port == NULL)
        return hdbg_fail(HDBG_BAD_PORT_ID, "cannot delete port %d: there is none", (int)id);
    hosted_port_drop(k, port);
    pthread_mutex_lock(&k->lock);
    hosted_nub *nubs = k->nubs;
    pthread_mutex_unlock(&k->lock);
    for (hosted_nub *nub = nubs; nub != NULL; nub = nub->next) {
        nub_reply reply;
        nub_request request = {.op = NUB_PORT_DELETE, .a = id};
        if (!nub->dead && (port->local || port->nub == nub))
            hosted_ask(k, nub, &request, -1, &reply, NULL);
    }
    hosted_port_release(k, port);
    return HDBG_OK;
}

hdbg_status hosted_port_info(void *context, hdbg_port_id id, hdbg_port_info *info)
{
    hosted_kernel *k = context;
    if (info == NULL || info->size < sizeof *info)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot describe port %d: hdbg_port_info.size is not set", (int)id);
    hosted_port *port = hosted_port_acquire(k, id);
    struct pollfd closed = {.fd = port != NULL ? port->writer.fd : -1};
    if (port != NULL && !port->local &&
        ((hosted_poll(&closed, 1, 0) > 0 && (closed.revents & POLLHUP)) || hosted_nub_check(k, port->nub))) {
        hosted_port_drop(k, port);
        hosted_port_release(k, port);
        port = NULL;
    }
    if (port == NULL)
        return hdbg_fail(HDBG_BAD_PORT_ID, "cannot describe port %d: there is none", (int)id);
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    info->port = id;
    info->team = getpid();
    info->capacity = port->writer.slot->capacity;
    info->queue_count = atomic_load(&port->writer.slot->queued);
    info->total_count = atomic_load(&port->writer.slot->total);
    memcpy(info->name, port->name, sizeof info->name);
    hosted_port_release(k, port);
    return HDBG_OK;
}

/* A debuggee has its nub port, the debugger all others that there are here. */
hdbg_status hosted_next_port(void *context, hdbg_team_id team, int64_t *cookie, hdbg_port_info *info)
{
    hosted_kernel *k = context;
    for (int64_t i = *cookie; i >= 0 && i < PORT_SLOTS; i++) {
        pthread_mutex_lock(&k->lock);
        const hosted_port *port = k->ports[i];
        hdbg_port_id id = port != NULL && (port->local ? getpid() : port->team) == team ? port->id : -1;
        pthread_mutex_unlock(&k->lock);
        *cookie = i + 1;
        if (id < 0)
            continue;
        hdbg_status status = hosted_port_info(context, id, info);
        if (status != HDBG_BAD_PORT_ID) {
            info->team = team;
            return status;
        }
    }
    return hdbg_fail(HDBG_BAD_INDEX, "team %d has no more ports", (int)team);
}

/* ---- nub ports ---- */

void hosted_port_drop_nub(hosted_kernel *k, const hosted_nub *nub)
{
    for (int i = 0; i < PORT_SLOTS; i++) {
        hosted_port *port = NULL;
        pthread_mutex_lock(&k->lock);
        if (k->ports[i] != NULL && !k->ports[i]->local && k->ports[i]->nub == nub) {
            port = k->ports[i];
            port->users++;
        }
        pthread_mutex_unlock(&k->lock);
        if (port != NULL) {
            hosted_port_drop(k, port);
            hosted_port_release(k, port);
        }
    }
}

void hosted_port_sweep(hosted_kernel *k)
{
    pthread_mutex_lock(&k->lock);
    int due = k->remote_count >= k->sweep_at;
    pthread_mutex_unlock(&k->lock);
    for (int i = 0; due && i < PORT_SLOTS; i++) {
        hosted_port *port = NULL;
        pthread_mutex_lock(&k->lock);
        if (k->ports[i] != NULL && !k->ports[i]->local) {
            port = k->ports[i];
            port->users++;
        }
        pthread_mutex_unlock(&k->lock);
        if (port == NULL)
            continue;
        struct pollfd closed = {.fd = port->writer.fd};
        if (hosted_poll(&closed, 1, 0) > 0 && (closed.revents & POLLHUP))
            hosted_port_drop(k, port);
        hosted_port_release(k, port);
    }
    pthread_mutex_lock(&k->lock);
    if (due)
        k->sweep_at = k->remote_count < 32 ? 64 : k->remote_count * 2;
    pthread_mutex_unlock(&k->lock);
}

/* ---- a nub's death, told at the ports that it wrote to ---- */

hdbg_status hosted_port_add_nub(hosted_kernel *k, hosted_port *port, hosted_nub *nub)
{
    hdbg_status status = HDBG_OK;
    pthread_mutex_lock(&k->lock);
    int free_place = -1, i;
    for (i = 0; i < port->nub_count && port->nubs[i].nub != nub; i++) {
        if (port->nubs[i].told)
            free_place = i;
    }
    if (i == port->nub_count) {
        if (free_place < 0 && port->nub_count < PORT_NUBS)
            free_place = port->nub_count++;
        if (free_place >= 0) {
            port->nubs[free_place] = (port_nub){.nub = nub};
            hosted_descriptor_watch(k, port->id, nub->pidfd, 1);
        } else {
            status = HDBG_NO_MEMORY;
        }
    }
    pthread_mutex_unlock(&k->lock);
    return status == HDBG_OK ? status
                             : hdbg_fail(status, "port %d is the debugger port of %d nubs already",
                                         (int)port->id, PORT_NUBS);
}

int hosted_port_pidfds(hosted_kernel *k, hosted_port *port, struct pollfd *fds)
{
    int count = 0;
    pthread_mutex_lock(&k->lock);
    for (int i = 0; i < port->nub_count; i++) {
        if (!port->nubs[i].told)
            fds[count++] = (struct pollfd){.fd = port->nubs[i].nub->pidfd, .events = POLLIN};
    }
    pthread_mutex_unlock(&k->lock);
    return count;
}

/* Under the lock: whether a nub's death leaves a team behind that sent its events to `port`. A nub also ends
 * by itself, after its last team. */
static int leaves_team(hosted_kernel *k, const hosted_port *port, const hosted_nub *nub)
{
    for (hosted_team *t = k->teams; t != NULL; t = t->next) {
        if (t->nub == nub && t->installed && t->debugger_port == port->id)
            return 1;
    }
    return 0;
}

int hosted_port_lost(hosted_kernel *k, hosted_port *port, int take)
{
    int lost = 0;
    pthread_mutex_lock(&k->lock);
    int count = port->nub_count;
    pthread_mutex_unlock(&k->lock);
    for (int i = 0; i < count && !lost; i++) {
        pthread_mutex_lock(&k->lock);
        hosted_nub *nub = i < port->nub_count && !port->nubs[i].told ? port->nubs[i].nub : NULL;
        pthread_mutex_unlock(&k->lock);
        if (nub == NULL || !hosted_nub_check(k, nub))
            continue;
        pthread_mutex_lock(&k->lock);
        int tell = leaves_team(k, port, nub);
        if ((take || !tell) && port->nubs[i].nub == nub && !port->nubs[i].told) {
            port->nubs[i].told = 1;
            hosted_descriptor_watch(k, port->id, nub->pidfd, 0);
            for (hosted_team *t = k->teams; t != NULL; t = t->next) {
                if (t->nub == nub && t->debugger_port == port->id)
                    t->installed = 0;
            }
        }
        lost = tell;
        pthread_mutex_unlock(&k->lock);
    }
    return lost;
}
