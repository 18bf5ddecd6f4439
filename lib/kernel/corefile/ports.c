/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Ports within the process: the session's, and the nub's, which is answered while it is written to.
 */
#define _GNU_SOURCE /* pipe2() */
#include "base/fail.h"
#include "kernel/corefile/corefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CAPACITY_MAX = 4096, MESSAGE_MAX = 256 * 1024 };

typedef struct message {
    struct message *next;
    int32_t code;
    size_t size;
    uint8_t bytes[];
} message;

struct core_port {
    core_port *next;
    hdbg_port_id id;
    int32_t capacity, count, total;
    message *first, **last;
    char name[HDBG_NAME_LENGTH];
};

/* A pipe that holds a byte while its port is to be looked at. */
struct core_descriptor {
    core_descriptor *next;
    hdbg_port_id port;
    int ends[2];
    bool forced, full;
};

static core_port *find(const core_kernel *k, hdbg_port_id id)
{
    core_port *port = k->ports;
    while (port != NULL && port->id != id)
        port = port->next;
    return port;
}

static hdbg_status no_port(hdbg_port_id id)
{
    return hdbg_fail(HDBG_BAD_PORT_ID, "there is no port %d", (int)id);
}

static void update_descriptor(const core_kernel *k, core_descriptor *d)
{
    const core_port *port = find(k, d->port);
    bool wanted = d->forced || port == NULL || port->count > 0;
    char byte = 0;
    if (wanted && !d->full)
        d->full = write(d->ends[1], &byte, 1) == 1;
    else if (!wanted && d->full)
        d->full = read(d->ends[0], &byte, 1) != 1;
}

/* Something has changed that others may wait for. */
static void changed(core_kernel *k, hdbg_port_id port)
{
    for (core_descriptor *d = k->descriptors; d != NULL; d = d->next) {
        if (d->port == port)
            update_descriptor(k, d);
    }
    pthread_cond_broadcast(&k->changed);
}

hdbg_port_id core_port_make(core_kernel *k, int32_t capacity, const char *name)
{
    core_port *port = calloc(1, sizeof *port);
    if (port == NULL)
        return hdbg_fail(HDBG_NO_MORE_PORTS, "no memory for the port '%s'", name);
    port->id = ++k->last_port;
    port->capacity = capacity;
    port->last = &port->first;
    snprintf(port->name, sizeof port->name, "%s", name);
    port->next = k->ports;
    k->ports = port;
    return port->id;
}

static void free_port(core_port *port)
{
    while (port->first != NULL) {
        message *next = port->first->next;
        free(port->first);
        port->first = next;
    }
    free(port);
}

void core_port_drop(core_kernel *k, hdbg_port_id id)
{
    core_port **link = &k->ports;
    while (*link != NULL && (*link)->id != id)
        link = &(*link)->next;
    core_port *port = *link;
    if (port == NULL)
        return;
    *link = port->next;
    free_port(port);
    changed(k, id);
}

void core_ports_free(core_kernel *k)
{
    while (k->ports != NULL)
        core_port_drop(k, k->ports->id);
    while (k->descriptors != NULL) {
        core_descriptor *d = k->descriptors;
        k->descriptors = d->next;
        close(d->ends[0]);
        close(d->ends[1]);
        free(d);
    }
}

hdbg_status core_port_put(core_kernel *k, hdbg_port_id id, int32_t code, const void *data, size_t size)
{
    core_port *port = find(k, id);
    if (port == NULL)
        return no_port(id);
    if (port->count >= port->capacity)
        return hdbg_fail(HDBG_WOULD_BLOCK, "port %d is full", (int)id);
    message *made = malloc(sizeof *made + size);
    if (made == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for a message of %zu bytes", size);
    made->next = NULL;
    made->code = code;
    made->size = size;
    if (size > 0)
        memcpy(made->bytes, data, size);
    *port->last = made;
    port->last = &made->next;
    port->count++;
    port->total++;
    changed(k, id);
    return HDBG_OK;
}

/* ---- waiting ---- */

static hdbg_time now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000) + time.tv_nsec / 1000;
}

static hdbg_time deadline_of(hdbg_time timeout)
{
    hdbg_time start = now();
    return timeout > HDBG_FOREVER - start ? HDBG_FOREVER : start + (timeout > 0 ? timeout : 0);
}

/* Waits for a change. False when the deadline has passed. */
static bool wait_change(core_kernel *k, hdbg_time deadline)
{
    if (deadline == HDBG_FOREVER)
        return pthread_cond_wait(&k->changed, &k->lock) == 0;
    struct timespec until = {.tv_sec = deadline / 1000000, .tv_nsec = deadline % 1000000 * 1000};
    return now() < deadline && pthread_cond_timedwait(&k->changed, &k->lock, &until) != ETIMEDOUT;
}

/* A port with a message in it, or why there is none. */
static hdbg_status await_message(core_kernel *k, hdbg_port_id id, hdbg_time timeout, core_port **port)
{
    hdbg_time deadline = deadline_of(timeout);
    for (;;) {
        *port = find(k, id);
        if (*port == NULL)
            return no_port(id);
        if ((*port)->count > 0)
            return HDBG_OK;
        if (timeout <= 0)
            return hdbg_fail(HDBG_WOULD_BLOCK, "port %d is empty", (int)id);
        if (!wait_change(k, deadline))
            return hdbg_fail(HDBG_TIMED_OUT, "port %d is empty", (int)id);
    }
}

/* ---- the kernel's functions ---- */

static hdbg_port_id op_create(void *context, int32_t capacity, const char *name)
{
    core_kernel *k = context;
    if (capacity < 1 || capacity > CAPACITY_MAX)
        return hdbg_fail(HDBG_BAD_VALUE, "a port cannot hold %d messages", (int)capacity);
    pthread_mutex_lock(&k->lock);
    hdbg_port_id id = core_port_make(k, capacity, name);
    pthread_mutex_unlock(&k->lock);
    return id;
}

static hdbg_status op_delete(void *context, hdbg_port_id id)
{
    core_kernel *k = context;
    pthread_mutex_lock(&k->lock);
    hdbg_status status = find(k, id) != NULL ? HDBG_OK : no_port(id);
    core_port_drop(k, id);
    if (id == k->debugger_port || id == k->nub_port) {
        /* The debugger is gone, as if it had died. */
        core_port_drop(k, k->nub_port);
        k->debugger_port = k->nub_port = -1;
    }
    pthread_mutex_unlock(&k->lock);
    return status;
}

static int64_t op_read(void *context, hdbg_port_id id, int32_t *code, void *buffer, size_t size,
                       hdbg_time timeout)
{
    core_kernel *k = context;
    core_port *port;
    pthread_mutex_lock(&k->lock);
    int64_t result = await_message(k, id, timeout, &port);
    if (result == HDBG_OK) {
        message *m = port->first;
        size_t n = m->size < size ? m->size : size;
        port->first = m->next;
        if (port->first == NULL)
            port->last = &port->first;
        port->count--;
        if (code != NULL)
            *code = m->code;
        if (n > 0)
            memcpy(buffer, m->bytes, n);
        free(m);
        changed(k, id);
        result = (int64_t)n;
    }
    pthread_mutex_unlock(&k->lock);
    return result;
}

static hdbg_status op_write(void *context, hdbg_port_id id, int32_t code, const void *data, size_t size,
                            hdbg_time timeout)
{
    core_kernel *k = context;
    if (size > MESSAGE_MAX)
        return hdbg_fail(HDBG_BAD_VALUE, "a message cannot have %zu bytes", size);
    hdbg_time deadline = deadline_of(timeout);
    pthread_mutex_lock(&k->lock);
    hdbg_status status;
    if (id == k->nub_port && id >= 0) {
        status = core_nub_message(k, code, data, size);
    } else {
        status = core_port_put(k, id, code, data, size);
        while (status == HDBG_WOULD_BLOCK && timeout > 0) {
            if (!wait_change(k, deadline)) {
                status = hdbg_fail(HDBG_TIMED_OUT, "port %d is full", (int)id);
                break;
            }
            status = core_port_put(k, id, code, data, size);
        }
    }
    pthread_mutex_unlock(&k->lock);
    return status;
}

static int64_t op_next_size(void *context, hdbg_port_id id, hdbg_time timeout)
{
    core_kernel *k = context;
    core_port *port;
    pthread_mutex_lock(&k->lock);
    int64_t result = await_message(k, id, timeout, &port);
    if (result == HDBG_OK)
        result = (int64_t)port->first->size;
    pthread_mutex_unlock(&k->lock);
    return result;
}

static hdbg_status op_info(void *context, hdbg_port_id id, hdbg_port_info *info)
{
    core_kernel *k = context;
    pthread_mutex_lock(&k->lock);
    const core_port *port = find(k, id);
    if (port != NULL) {
        info->port = id;
        info->team = (hdbg_team_id)getpid();
        info->capacity = port->capacity;
        info->queue_count = port->count;
        info->total_count = port->total;
        memcpy(info->name, port->name, sizeof info->name);
    }
    pthread_mutex_unlock(&k->lock);
    return port != NULL ? HDBG_OK : no_port(id);
}

static uint16_t events_of(core_kernel *k, const hdbg_object_wait *object)
{
    if (object->type == HDBG_OBJECT_THREAD)
        return core_thread_find(k, object->object) == NULL ? HDBG_WAIT_INVALID : 0;
    const core_port *port = find(k, object->object);
    if (object->type != HDBG_OBJECT_PORT || port == NULL)
        return HDBG_WAIT_INVALID;
    uint16_t events = port->count > 0 ? HDBG_WAIT_READ : 0;
    if (port->count < port->capacity)
        events |= HDBG_WAIT_WRITE;
    return events & object->events;
}

static int64_t op_wait(void *context, hdbg_object_wait *objects, size_t count, hdbg_time timeout)
{
    core_kernel *k = context;
    hdbg_time deadline = deadline_of(timeout);
    int64_t ready = 0;
    pthread_mutex_lock(&k->lock);
    for (;;) {
        for (size_t i = 0; i < count; i++)
            ready += events_of(k, &objects[i]) != 0;
        if (ready > 0 || timeout <= 0 || !wait_change(k, deadline))
            break;
    }
    for (size_t i = 0; i < count; i++)
        objects[i].events = events_of(k, &objects[i]);
    pthread_mutex_unlock(&k->lock);
    if (ready == 0)
        return hdbg_fail(timeout <= 0 ? HDBG_WOULD_BLOCK : HDBG_TIMED_OUT, "none of %zu objects had an event",
                         count);
    return ready;
}

static bool open_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0;
}

static int op_descriptor_open(void *context, hdbg_port_id id)
{
    core_kernel *k = context;
    core_descriptor *d = calloc(1, sizeof *d);
    if (d == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for a descriptor of port %d", (int)id);
    if (!open_pipe(d->ends)) {
        free(d);
        return hdbg_fail(HDBG_NO_MORE_FDS, "no descriptor for port %d: %s", (int)id, strerror(errno));
    }
    d->port = id;
    pthread_mutex_lock(&k->lock);
    d->next = k->descriptors;
    k->descriptors = d;
    update_descriptor(k, d);
    pthread_mutex_unlock(&k->lock);
    return d->ends[0];
}

static core_descriptor **find_descriptor(core_kernel *k, int descriptor)
{
    core_descriptor **link = &k->descriptors;
    while (*link != NULL && (*link)->ends[0] != descriptor)
        link = &(*link)->next;
    return link;
}

static hdbg_status op_descriptor_force(void *context, int descriptor, int readable)
{
    core_kernel *k = context;
    pthread_mutex_lock(&k->lock);
    core_descriptor *d = *find_descriptor(k, descriptor);
    if (d != NULL) {
        d->forced = readable != 0;
        update_descriptor(k, d);
    }
    pthread_mutex_unlock(&k->lock);
    return d != NULL ? HDBG_OK : hdbg_fail(HDBG_FILE_ERROR, "descriptor %d is none of a port", descriptor);
}

static void op_descriptor_close(void *context, int descriptor)
{
    core_kernel *k = context;
    pthread_mutex_lock(&k->lock);
    core_descriptor **link = find_descriptor(k, descriptor), *d = *link;
    if (d != NULL) {
        *link = d->next;
        close(d->ends[0]);
        close(d->ends[1]);
        free(d);
    }
    pthread_mutex_unlock(&k->lock);
}

static hdbg_time op_time(void *context)
{
    (void)context;
    return now();
}

const hdbg_kernel_ops core_port_ops = {
    .system_time = op_time,
    .port_create = op_create,
    .port_delete = op_delete,
    .port_read = op_read,
    .port_write = op_write,
    .port_next_size = op_next_size,
    .port_info = op_info,
    .wait_for_objects = op_wait,
    .descriptor_open = op_descriptor_open,
    .descriptor_force = op_descriptor_force,
    .descriptor_close = op_descriptor_close,
};
