/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Ports, and waiting for several objects. What a signal interrupts is called again, up to the same deadline.
 */
#include "kernel/haiku/internal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <OS.h>
#include <debugger.h>

enum { CAPACITY_MAX = 4096, MESSAGE_MAX = 256 * 1024 };

_Static_assert(sizeof(object_wait_info) == sizeof(hdbg_object_wait) &&
                   offsetof(object_wait_info, type) == offsetof(hdbg_object_wait, type) &&
                   offsetof(object_wait_info, events) == offsetof(hdbg_object_wait, events) &&
                   B_OBJECT_TYPE_PORT == (int)HDBG_OBJECT_PORT &&
                   B_OBJECT_TYPE_THREAD == (int)HDBG_OBJECT_THREAD && B_EVENT_READ == (int)HDBG_WAIT_READ &&
                   B_EVENT_WRITE == (int)HDBG_WAIT_WRITE && B_EVENT_INVALID == (int)HDBG_WAIT_INVALID,
               "an hdbg_object_wait can be handed to the system as it is");

/* How a call is told when to end. */
typedef struct limit {
    uint32_t flags;
    bigtime_t time;
} limit;

static limit limit_of(hdbg_time timeout)
{
    if (timeout <= 0)
        return (limit){B_RELATIVE_TIMEOUT, 0};
    hdbg_time deadline = haiku_deadline(timeout);
    if (deadline == HDBG_FOREVER)
        return (limit){0, 0};
    return (limit){B_ABSOLUTE_TIMEOUT, deadline};
}

/* ---- the kernel's own ports ---- */

static bool remember(haiku_kernel *k, hdbg_port_id port)
{
    bool kept = true;
    pthread_mutex_lock(&k->lock);
    if (k->port_count == k->port_room) {
        size_t room = k->port_room == 0 ? 16 : k->port_room * 2;
        hdbg_port_id *larger = realloc(k->ports, room * sizeof *larger);
        kept = larger != NULL;
        if (kept) {
            k->ports = larger;
            k->port_room = room;
        }
    }
    if (kept)
        k->ports[k->port_count++] = port;
    pthread_mutex_unlock(&k->lock);
    return kept;
}

static void forget(haiku_kernel *k, hdbg_port_id port)
{
    pthread_mutex_lock(&k->lock);
    for (size_t i = 0; i < k->port_count; i++) {
        if (k->ports[i] == port) {
            k->ports[i] = k->ports[--k->port_count];
            break;
        }
    }
    pthread_mutex_unlock(&k->lock);
}

void haiku_ports_drain(haiku_kernel *k)
{
    char message[sizeof(debug_debugger_message_data)];
    for (size_t i = 0; i < k->port_count; i++) {
        while (haiku_port_read(k, k->ports[i], NULL, message, sizeof message, 0) >= 0) {
        }
    }
}

void haiku_ports_free(haiku_kernel *k)
{
    for (size_t i = 0; i < k->port_count; i++)
        delete_port(k->ports[i]);
    free(k->ports);
}

hdbg_port_id haiku_port_create(void *context, int32_t capacity, const char *name)
{
    if (capacity < 1 || capacity > CAPACITY_MAX)
        return hdbg_fail(HDBG_BAD_VALUE,
                         "cannot create port \"%s\": a capacity of %d is not between 1 and %d", name,
                         (int)capacity, CAPACITY_MAX);
    port_id port = create_port(capacity, name);
    if (port < 0)
        return hdbg_fail(port, "cannot create port \"%s\" for %d messages: %s", name, (int)capacity,
                         hdbg_status_string(port));
    if (!remember(context, port)) {
        delete_port(port);
        return hdbg_fail(HDBG_NO_MEMORY, "cannot create port \"%s\": out of memory", name);
    }
    return port;
}

static hdbg_status no_port(const char *what, hdbg_port_id port, hdbg_status status)
{
    return hdbg_fail(status, "cannot %s port %d: %s", what, (int)port, hdbg_status_string(status));
}

hdbg_status haiku_port_delete(void *context, hdbg_port_id port)
{
    forget(context, port);
    status_t status = delete_port(port);
    return status == B_OK ? HDBG_OK : no_port("delete", port, status);
}

/* ---- messages ---- */

/* Messages that change what the kernel knows of its teams. */
static bool concerns_kernel(const haiku_kernel *k, int32_t code)
{
    return k->quiet_teams != 0 || code == B_DEBUGGER_MESSAGE_HANDED_OVER ||
           code == B_DEBUGGER_MESSAGE_TEAM_DELETED;
}

int64_t haiku_port_read(void *context, hdbg_port_id port, int32_t *code, void *buffer, size_t size,
                        hdbg_time timeout)
{
    haiku_kernel *k = context;
    limit until = limit_of(timeout);
    int32 got_code = 0;
    ssize_t got;
    do {
        got = read_port_etc(port, &got_code, buffer, size, until.flags, until.time);
    } while (got == B_INTERRUPTED ||
             (got >= 0 && concerns_kernel(k, got_code) &&
              haiku_hold_swallows(k, port, got_code, buffer, (size_t)got < size ? (size_t)got : size)));
    if (k->has_descriptors != 0)
        haiku_descriptor_port_read(k, port);
    if (k->has_clones != 0)
        haiku_clones_sweep(k);
    if (got < 0)
        return no_port("read from", port, (hdbg_status)got);
    if (code != NULL)
        *code = got_code;
    return got;
}

hdbg_status haiku_port_write(void *context, hdbg_port_id port, int32_t code, const void *data, size_t size,
                             hdbg_time timeout)
{
    haiku_kernel *k = context;
    limit until = limit_of(timeout);
    status_t status;
    if (size > MESSAGE_MAX)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot write %zu bytes to port %d: a message has at most %d", size,
                         (int)port, MESSAGE_MAX);
    if (k->quiet_teams != 0)
        haiku_hold_message(k, port, code, data, size);
    do {
        status = write_port_etc(port, code, data, size, until.flags, until.time);
    } while (status == B_INTERRUPTED);
    return status == B_OK ? HDBG_OK : no_port("write to", port, status);
}

int64_t haiku_port_next_size(void *context, hdbg_port_id port, hdbg_time timeout)
{
    limit until = limit_of(timeout);
    ssize_t size;
    (void)context;
    do {
        size = port_buffer_size_etc(port, until.flags, until.time);
    } while (size == B_INTERRUPTED);
    return size >= 0 ? size : no_port("look into", port, (hdbg_status)size);
}

/* ---- information ---- */

static void fill_port(hdbg_port_info *info, const port_info *from)
{
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    info->port = from->port;
    info->team = from->team;
    info->capacity = from->capacity;
    info->queue_count = from->queue_count;
    info->total_count = from->total_count;
    haiku_copy_text(info->name, sizeof info->name, from->name, sizeof from->name);
}

hdbg_status haiku_port_info(void *context, hdbg_port_id port, hdbg_port_info *info)
{
    port_info from;
    (void)context;
    if (info == NULL || info->size < sizeof *info)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot describe port %d: hdbg_port_info.size is not set",
                         (int)port);
    if (get_port_info(port, &from) != B_OK)
        return no_port("describe", port, HDBG_BAD_PORT_ID);
    fill_port(info, &from);
    return HDBG_OK;
}

hdbg_status haiku_next_port(void *context, hdbg_team_id team, int64_t *cookie, hdbg_port_info *info)
{
    port_info from;
    team_info owner;
    int32 position = (int32)*cookie;
    (void)context;
    if (info == NULL || info->size < sizeof *info)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot list the ports of team %d: hdbg_port_info.size is not set",
                         (int)team);
    if (get_next_port_info(team, &position, &from) == B_OK) {
        *cookie = position;
        fill_port(info, &from);
        return HDBG_OK;
    }
    if (get_team_info(team, &owner) != B_OK)
        return hdbg_fail(HDBG_BAD_TEAM_ID, "cannot list the ports of team %d: there is no such team",
                         (int)team);
    return hdbg_fail(HDBG_BAD_INDEX, "team %d has no more ports", (int)team);
}

/* ---- waiting ---- */

int64_t haiku_wait_for_objects(void *context, hdbg_object_wait *objects, size_t count, hdbg_time timeout)
{
    limit until = limit_of(timeout);
    uint16_t small[16];
    uint16_t *asked = count <= sizeof small / sizeof *small ? small : malloc(count * sizeof *asked);
    ssize_t ready;
    (void)context;
    if (asked == NULL || count > INT32_MAX)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot wait for %zu objects: out of memory", count);
    for (size_t i = 0; i < count; i++)
        asked[i] = objects[i].events;
    do { /* an interrupted call may have written over what was asked for */
        for (size_t i = 0; i < count; i++)
            objects[i].events = asked[i];
        ready = wait_for_objects_etc((object_wait_info *)objects, (int)count, until.flags, until.time);
    } while (ready == B_INTERRUPTED);
    if (asked != small)
        free(asked);
    if (ready < 0)
        return hdbg_fail((hdbg_status)ready, "cannot wait for %zu objects: %s", count,
                         hdbg_status_string((hdbg_status)ready));
    return ready;
}
