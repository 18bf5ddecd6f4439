/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The mock's ports: as Haiku's, in what they hold, when they block and how their end is seen.
 */
#include "kernel/scripted/state.h"

#include "base/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CAPACITY_MAX 4096
#define MESSAGE_MAX  (256 * 1024)
#define PORTS_MAX    65536

struct mock_port *mock_port_find(const hdbg_mock *mock, hdbg_port_id id)
{
    return id > 0 && id < mock->port_room ? mock->ports[id] : NULL;
}

static hdbg_status fail_no_port(hdbg_port_id id)
{
    return hdbg_fail(HDBG_BAD_PORT_ID, "no port has the id %d", id);
}

static hdbg_status fail_late(hdbg_time timeout, const char *what, hdbg_port_id id)
{
    return hdbg_fail(timeout == 0 ? HDBG_WOULD_BLOCK : HDBG_TIMED_OUT, "port %d %s", id, what);
}

hdbg_port_id mock_port_make(hdbg_mock *mock, int32_t capacity, const char *name, hdbg_team_id owner)
{
    if (mock->port_count >= PORTS_MAX)
        return hdbg_fail(HDBG_NO_MORE_PORTS, "cannot create the port '%s': there are %d", name, PORTS_MAX);
    struct mock_port *port = calloc(1, sizeof *port);
    /* Ids are not used again: who holds an old one is told so. */
    int32_t id = mock->port_room > 0 ? mock->port_room : 1;
    struct mock_port **ports = realloc(mock->ports, ((size_t)id + 1) * sizeof *ports);
    if (ports != NULL)
        mock->ports = ports;
    if (port == NULL || ports == NULL) {
        free(port);
        return hdbg_fail(HDBG_NO_MEMORY, "cannot create the port '%s': out of memory", name);
    }
    port->id = id;
    port->owner = owner;
    port->capacity = capacity;
    snprintf(port->name, sizeof port->name, "%s", name != NULL ? name : "unnamed port");
    ports[0] = NULL;
    ports[id] = port;
    mock->port_room = id + 1;
    mock->port_count++;
    return id;
}

static struct message *message_get(hdbg_mock *mock, size_t size)
{
    struct message *message = mock->spare;
    if (message != NULL)
        mock->spare = message->next;
    else
        message = calloc(1, sizeof *message);
    if (message != NULL && message->room < size) {
        uint8_t *bytes = realloc(message->bytes, size);
        if (bytes == NULL) {
            mock_message_recycle(mock, message);
            return NULL;
        }
        message->bytes = bytes;
        message->room = size;
    }
    return message;
}

void mock_message_recycle(hdbg_mock *mock, struct message *message)
{
    message->next = mock->spare;
    mock->spare = message;
}

void mock_descriptors_update(hdbg_mock *mock, hdbg_port_id id)
{
    const struct mock_port *port = mock_port_find(mock, id);
    for (struct mock_descriptor *one = mock->descriptors; one != NULL; one = one->next) {
        if (one->port != id)
            continue;
        bool readable = one->forced || port == NULL || port->count > 0;
        char byte = 0;
        if (readable && !one->readable)
            one->readable = write(one->pipe[1], &byte, 1) == 1;
        else if (!readable && one->readable)
            one->readable = read(one->pipe[0], &byte, 1) != 1;
    }
}

static void changed(hdbg_mock *mock, const struct mock_port *port)
{
    if (port->descriptors > 0)
        mock_descriptors_update(mock, port->id);
    mock_touch(mock);
}

/* The caller has seen that there is room. */
hdbg_status mock_port_put(hdbg_mock *mock, struct mock_port *port, int32_t code, const void *bytes,
                          size_t size)
{
    struct message *message = message_get(mock, size);
    if (message == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot write %zu bytes to port %d: out of memory", size, port->id);
    message->next = NULL;
    message->code = code;
    message->size = size;
    if (size > 0)
        memcpy(message->bytes, bytes, size);
    if (port->last != NULL)
        port->last->next = message;
    else
        port->first = message;
    port->last = message;
    port->count++;
    port->total++;
    changed(mock, port);
    return HDBG_OK;
}

struct message *mock_port_take(hdbg_mock *mock, struct mock_port *port)
{
    struct message *message = port->first;
    port->first = message->next;
    if (port->first == NULL)
        port->last = NULL;
    port->count--;
    changed(mock, port);
    return message;
}

void mock_port_remove(hdbg_mock *mock, hdbg_port_id id)
{
    struct mock_port *port = mock_port_find(mock, id);
    while (port->first != NULL)
        mock_message_recycle(mock, mock_port_take(mock, port));
    mock->ports[id] = NULL;
    mock->port_count--;
    free(port);
    mock_descriptors_update(mock, id);
    mock_touch(mock);
}

void mock_ports_free(hdbg_mock *mock)
{
    for (int32_t id = 1; id < mock->port_room; id++) {
        if (mock->ports[id] != NULL)
            mock_port_remove(mock, id);
    }
    free(mock->ports);
    mock->ports = NULL;
    mock->port_room = 0;
    while (mock->spare != NULL) {
        struct message *message = mock->spare;
        mock->spare = message->next;
        free(message->bytes);
        free(message);
    }
    while (mock->descriptors != NULL)
        mock_port_ops.descriptor_close(mock, mock->descriptors->pipe[0]);
}

/* ---- the table's functions ---- */

static hdbg_port_id op_create(void *context, int32_t capacity, const char *name)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_port_id id;
    if (!mock_injected(mock, MOCK_port_create, &id)) {
        if (capacity < 1 || capacity > CAPACITY_MAX)
            id = hdbg_fail(HDBG_BAD_VALUE, "cannot create a port for %d messages: it takes 1 to %d", capacity,
                           CAPACITY_MAX);
        else
            id = mock_port_make(mock, capacity, name, HDBG_MOCK_OWN_TEAM);
    }
    mock_unlock(mock);
    return id;
}

static hdbg_status op_delete(void *context, hdbg_port_id id)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_status status;
    if (!mock_injected(mock, MOCK_port_delete, &status)) {
        struct mock_port *port = mock_port_find(mock, id);
        status = port != NULL ? HDBG_OK : fail_no_port(id);
        if (port != NULL && port->nub_of != NULL)
            mock_nub_die(mock, port->nub_of);
        else if (port != NULL)
            mock_port_remove(mock, id);
    }
    mock_unlock(mock);
    return status;
}

/* Waits until a port holds a message. */
static hdbg_status await_message(hdbg_mock *mock, hdbg_port_id id, hdbg_time timeout,
                                 struct mock_port **found)
{
    hdbg_time deadline = mock_deadline(mock, timeout);
    for (;;) {
        struct mock_port *port = mock_port_find(mock, id);
        if (port == NULL)
            return fail_no_port(id);
        if (port->count > 0) {
            *found = port;
            return HDBG_OK;
        }
        if (timeout == 0 || !mock_wait(mock, deadline))
            return fail_late(timeout, "holds no message", id);
    }
}

static int64_t read_message(hdbg_mock *mock, struct mock_port *port, int32_t *code, void *buffer, size_t size)
{
    hdbg_port_id id = port->id;
    bool wanted = port->has_blocked_senders;
    port->has_blocked_senders = false;
    struct message *message = mock_port_take(mock, port);
    size_t stored = message->size < size ? message->size : size;
    if (stored > 0)
        memcpy(buffer, message->bytes, stored);
    *code = message->code;
    mock_message_recycle(mock, message);
    if (wanted) {
        mock_event_flush(mock, id);
        mock_nub_retry(mock, id);
    }
    return (int64_t)stored;
}

static int64_t op_read(void *context, hdbg_port_id id, int32_t *code, void *buffer, size_t size,
                       hdbg_time timeout)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    struct mock_port *port;
    int64_t result;
    hdbg_status status;
    if (!mock_injected(mock, MOCK_port_read, &status))
        status = await_message(mock, id, timeout, &port);
    else if (status == HDBG_OK)
        status = HDBG_ERROR;
    result = status == HDBG_OK ? read_message(mock, port, code, buffer, size) : status;
    mock_unlock(mock);
    return result;
}

static int64_t op_next_size(void *context, hdbg_port_id id, hdbg_time timeout)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    struct mock_port *port;
    hdbg_status status;
    if (!mock_injected(mock, MOCK_port_next_size, &status))
        status = await_message(mock, id, timeout, &port);
    else if (status == HDBG_OK)
        status = HDBG_ERROR;
    int64_t result = status == HDBG_OK ? (int64_t)port->first->size : status;
    mock_unlock(mock);
    return result;
}

static hdbg_status write_message(hdbg_mock *mock, hdbg_port_id id, int32_t code, const void *data,
                                 size_t size, hdbg_time timeout)
{
    if (size > MESSAGE_MAX)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot write %zu bytes to port %d: %d are the most", size, id,
                         MESSAGE_MAX);
    hdbg_time deadline = mock_deadline(mock, timeout);
    for (;;) {
        struct mock_port *port = mock_port_find(mock, id);
        if (port == NULL)
            return fail_no_port(id);
        if (port->count < port->capacity) {
            hdbg_status status = mock_port_put(mock, port, code, data, size);
            if (status == HDBG_OK && port->nub_of != NULL)
                mock_nub_serve(mock, port->nub_of);
            return status;
        }
        if (timeout == 0 || !mock_wait(mock, deadline))
            return fail_late(timeout, "is full", id);
    }
}

static hdbg_status op_write(void *context, hdbg_port_id id, int32_t code, const void *data, size_t size,
                            hdbg_time timeout)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_status status;
    if (!mock_injected(mock, MOCK_port_write, &status))
        status = write_message(mock, id, code, data, size, timeout);
    mock_unlock(mock);
    return status;
}

static hdbg_status op_info(void *context, hdbg_port_id id, hdbg_port_info *info)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_status status;
    if (!mock_injected(mock, MOCK_port_info, &status)) {
        const struct mock_port *port = mock_port_find(mock, id);
        status = port != NULL ? HDBG_OK : fail_no_port(id);
        if (port != NULL) {
            info->port = id;
            info->team = port->owner;
            info->capacity = port->capacity;
            info->queue_count = port->count;
            info->total_count = port->total;
            memcpy(info->name, port->name, sizeof info->name);
        }
    }
    mock_unlock(mock);
    return status;
}

static uint16_t events_of(const hdbg_mock *mock, const hdbg_object_wait *object)
{
    if (object->type == HDBG_OBJECT_THREAD)
        return mock_thread_living(mock, object->object) == NULL ? HDBG_WAIT_INVALID : 0;
    const struct mock_port *port = mock_port_find(mock, object->object);
    if (object->type != HDBG_OBJECT_PORT || port == NULL)
        return HDBG_WAIT_INVALID;
    uint16_t events = port->count > 0 ? HDBG_WAIT_READ : 0;
    if (port->count < port->capacity)
        events |= HDBG_WAIT_WRITE;
    return events & object->events;
}

static int64_t wait_for(hdbg_mock *mock, hdbg_object_wait *objects, size_t count, hdbg_time timeout)
{
    hdbg_time deadline = mock_deadline(mock, timeout);
    for (;;) {
        int64_t ready = 0;
        for (size_t i = 0; i < count; i++)
            ready += events_of(mock, &objects[i]) != 0;
        bool again = ready == 0 && timeout != 0 && mock_wait(mock, deadline);
        if (again)
            continue;
        for (size_t i = 0; i < count; i++)
            objects[i].events = events_of(mock, &objects[i]);
        if (ready > 0)
            return ready;
        return hdbg_fail(timeout == 0 ? HDBG_WOULD_BLOCK : HDBG_TIMED_OUT, "none of %zu objects had an event",
                         count);
    }
}

static int64_t op_wait(void *context, hdbg_object_wait *objects, size_t count, hdbg_time timeout)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_status status;
    int64_t result;
    if (mock_injected(mock, MOCK_wait_for_objects, &status))
        result = status;
    else
        result = wait_for(mock, objects, count, timeout);
    mock_unlock(mock);
    return result;
}

/* Neither end may block, or be left to programs that the test starts. */
static bool open_pipe(int ends[2])
{
    if (pipe(ends) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        if (fcntl(ends[i], F_SETFD, FD_CLOEXEC) != 0 || fcntl(ends[i], F_SETFL, O_NONBLOCK) != 0) {
            close(ends[0]);
            close(ends[1]);
            return false;
        }
    }
    return true;
}

static int open_descriptor(hdbg_mock *mock, hdbg_port_id id)
{
    struct mock_port *port = mock_port_find(mock, id);
    if (port == NULL)
        return fail_no_port(id);
    struct mock_descriptor *made = calloc(1, sizeof *made);
    if (made == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot open a descriptor for port %d: out of memory", id);
    if (!open_pipe(made->pipe)) {
        free(made);
        return hdbg_fail(HDBG_NO_MORE_FDS, "cannot open a descriptor for port %d: %s", id, strerror(errno));
    }
    made->port = id;
    made->next = mock->descriptors;
    mock->descriptors = made;
    port->descriptors++;
    mock_descriptors_update(mock, id);
    return made->pipe[0];
}

static int op_descriptor_open(void *context, hdbg_port_id id)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    int result;
    if (!mock_injected(mock, MOCK_descriptor_open, &result))
        result = open_descriptor(mock, id);
    mock_unlock(mock);
    return result;
}

static struct mock_descriptor **find_descriptor(hdbg_mock *mock, int descriptor)
{
    struct mock_descriptor **link = &mock->descriptors;
    while (*link != NULL && (*link)->pipe[0] != descriptor)
        link = &(*link)->next;
    return link;
}

static hdbg_status op_descriptor_force(void *context, int descriptor, int readable)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_status status;
    if (!mock_injected(mock, MOCK_descriptor_force, &status)) {
        struct mock_descriptor *one = *find_descriptor(mock, descriptor);
        status =
            one != NULL ? HDBG_OK : hdbg_fail(HDBG_FILE_ERROR, "descriptor %d is none of a port", descriptor);
        if (one != NULL) {
            one->forced = readable != 0;
            mock_descriptors_update(mock, one->port);
        }
    }
    mock_unlock(mock);
    return status;
}

static void op_descriptor_close(void *context, int descriptor)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    struct mock_descriptor **link = find_descriptor(mock, descriptor);
    struct mock_descriptor *one = *link;
    if (one != NULL) {
        struct mock_port *port = mock_port_find(mock, one->port);
        if (port != NULL)
            port->descriptors--;
        *link = one->next;
        close(one->pipe[0]);
        close(one->pipe[1]);
        free(one);
    }
    mock_unlock(mock);
}

const hdbg_kernel_ops mock_port_ops = {
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
