/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Reading and writing ports.
 */
#include "kernel/hosted/internal.h"
#include "nub/wire.h"

#include <string.h>
#include <time.h>

enum { LOOK_INTERVAL = 10 * 1000 }; /* microseconds */

/* The time is over: what is answered depends on whether any was given. */
static hdbg_status out_of_time(hdbg_time timeout, const char *what, hdbg_port_id id)
{
    if (timeout <= 0)
        return hdbg_fail(HDBG_WOULD_BLOCK, "cannot %s port %d at once", what, (int)id);
    return hdbg_fail(HDBG_TIMED_OUT, "cannot %s port %d within %lld us", what, (int)id, (long long)timeout);
}

static hdbg_status no_port(const char *what, hdbg_port_id id)
{
    return hdbg_fail(HDBG_BAD_PORT_ID, "cannot %s port %d: there is none, or it was deleted", what, (int)id);
}

/* Waits until a local port may have something. @return HDBG_OK, or why not to go on waiting. */
static hdbg_status wait_for_message(hosted_kernel *k, hosted_port *port, const char *what, hdbg_time timeout,
                                    hdbg_time deadline)
{
    struct pollfd fds[1 + PORT_NUBS] = {{.fd = port->reader.fd, .events = POLLIN}};
    int count = 1 + hosted_port_pidfds(k, port, fds + 1);
    int ready = hosted_poll(fds, (size_t)count, deadline);
    if (ready > 0 && fds[0].revents != 0)
        return HDBG_OK; /* what a nub had written before it died comes first */
    if (ready > 0 && hosted_port_lost(k, port, 1))
        return hdbg_fail(HDBG_NUB_LOST, "the nub that sends its events to port %d has died", (int)port->id);
    return ready > 0 ? HDBG_OK : out_of_time(timeout, what, port->id);
}

/* Whether it is known without a system call that there is nothing: writers count what they send before they
 * do. Whether a nub has died is looked for now and then. */
static int is_quiet(hosted_port *port)
{
    if (port->deleted || atomic_load(&port->reader.slot->queued) != 0)
        return 0;
    hdbg_time now = hosted_now(NULL);
    if (now - atomic_load(&port->looked_at) < LOOK_INTERVAL)
        return 1;
    atomic_store(&port->looked_at, now);
    return 0;
}

/* A local port of the caller's, to be released; NULL with the error set. */
static hosted_port *acquire_readable(hosted_kernel *k, hdbg_port_id id, const char *what, hdbg_status *status)
{
    hosted_port *port = hosted_port_acquire(k, id);
    if (port != NULL && port->local)
        return port;
    if (port == NULL) {
        *status = no_port(what, id);
    } else {
        hosted_port_release(k, port);
        *status = hdbg_fail(HDBG_NOT_ALLOWED, "cannot %s port %d: it is a nub port, only the nub reads it",
                            what, (int)id);
    }
    return NULL;
}

int64_t hosted_port_read(void *context, hdbg_port_id id, int32_t *code, void *buffer, size_t size,
                         hdbg_time timeout)
{
    hosted_kernel *k = context;
    hdbg_status status;
    hosted_port *port = acquire_readable(k, id, "read", &status);
    if (port == NULL)
        return status;
    hdbg_time deadline = 0;
    int64_t result;
    if (timeout <= 0 && is_quiet(port)) {
        hosted_port_release(k, port);
        return out_of_time(timeout, "read", id);
    }
    for (;;) {
        int area;
        int32_t received;
        result =
            port->deleted ? HDBG_BAD_PORT_ID : port_receive(&port->reader, &received, buffer, size, &area);
        if (result >= 0) {
            if (code != NULL)
                *code = received;
            if (area >= 0)
                hosted_area_map(k, area, buffer, received == WIRE_CLONE_AREA ? (size_t)result : 0);
            hosted_team_message(k, id, received, buffer, (size_t)result);
            break;
        }
        if (result != HDBG_WOULD_BLOCK) {
            result = no_port("read", id);
            break;
        }
        if (deadline == 0)
            deadline = hosted_deadline(timeout);
        result = wait_for_message(k, port, "read", timeout, deadline);
        if (result != HDBG_OK)
            break;
    }
    if (result >= 0 && port->room_waiters > 0) {
        pthread_mutex_lock(&port->lock);
        pthread_cond_broadcast(&port->room);
        pthread_mutex_unlock(&port->lock);
    }
    hosted_port_release(k, port);
    return result;
}

int64_t hosted_port_next_size(void *context, hdbg_port_id id, hdbg_time timeout)
{
    hosted_kernel *k = context;
    hdbg_status status;
    hosted_port *port = acquire_readable(k, id, "look into", &status);
    if (port == NULL)
        return status;
    hdbg_time deadline = hosted_deadline(timeout);
    int64_t result;
    for (;;) {
        result = port->deleted ? HDBG_BAD_PORT_ID : port_peek(&port->reader);
        if (result >= 0)
            break;
        if (result != HDBG_WOULD_BLOCK) {
            result = no_port("look into", id);
            break;
        }
        result = wait_for_message(k, port, "look into", timeout, deadline);
        if (result != HDBG_OK)
            break;
    }
    hosted_port_release(k, port);
    return result;
}

/* ---- writing ---- */

/* What is to be written. */
typedef struct message {
    int32_t code;
    const void *data;
    size_t size;
} message;

static hdbg_status try_send(hosted_port *port, const message *m)
{
    if (port->deleted)
        return HDBG_BAD_PORT_ID;
    return port_send(&port->writer, m->code, m->data, m->size, -1);
}

/* Waits for a condition of the port's, under its lock. @return whether there is time left. */
static int wait_for(pthread_cond_t *condition, hosted_port *port, hdbg_time deadline)
{
    if (deadline == HDBG_FOREVER)
        return pthread_cond_wait(condition, &port->lock) == 0;
    struct timespec until = {deadline / 1000000, deadline % 1000000 * 1000};
    return pthread_cond_clockwait(condition, &port->lock, CLOCK_MONOTONIC, &until) == 0;
}

/* A local port: its readers are threads of this process. */
static hdbg_status send_local(hosted_port *port, const message *m, hdbg_time deadline)
{
    hdbg_status status;
    int in_time = 1;
    pthread_mutex_lock(&port->lock);
    port->room_waiters++;
    while ((status = try_send(port, m)) == HDBG_WOULD_BLOCK && in_time)
        in_time = wait_for(&port->room, port, deadline);
    port->room_waiters--;
    pthread_mutex_unlock(&port->lock);
    return status;
}

/* A nub port: one thread waits for the nub's word that there is room, the others for their turn. */
static hdbg_status send_remote(hosted_kernel *k, hosted_port *port, const message *m, hdbg_time deadline)
{
    hdbg_status status = HDBG_WOULD_BLOCK;
    int in_time = 1;
    pthread_mutex_lock(&port->lock);
    while (port->writing && !port->deleted && in_time)
        in_time = wait_for(&port->turn, port, deadline);
    int first = !port->writing && !port->deleted;
    if (first)
        port->writing = 1;
    else if (port->deleted)
        status = HDBG_BAD_PORT_ID;
    pthread_mutex_unlock(&port->lock);
    if (!first)
        return status;

    while ((status = try_send(port, m)) == HDBG_WOULD_BLOCK) {
        struct pollfd fds[2] = {{.fd = port->writer.fd, .events = POLLIN},
                                {.fd = port->nub->pidfd, .events = POLLIN}};
        if (hosted_poll(fds, 2, deadline) <= 0)
            break;
        if ((fds[1].revents != 0 && hosted_nub_check(k, port->nub)) || port_room(&port->writer) != HDBG_OK) {
            status = HDBG_BAD_PORT_ID;
            break;
        }
    }
    pthread_mutex_lock(&port->lock);
    port->writing = 0;
    pthread_cond_signal(&port->turn);
    pthread_mutex_unlock(&port->lock);
    return status;
}

hdbg_status hosted_port_write(void *context, hdbg_port_id id, int32_t code, const void *data, size_t size,
                              hdbg_time timeout)
{
    hosted_kernel *k = context;
    message m = {code, data, size};
    if (size > PORT_MESSAGE_MAX)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot write %zu bytes to port %d: at most %d are allowed", size,
                         (int)id, PORT_MESSAGE_MAX);
    hosted_port *port = hosted_port_acquire(k, id);
    if (port == NULL)
        return no_port("write to", id);
    hdbg_status status = try_send(port, &m);
    if (status == HDBG_WOULD_BLOCK && timeout > 0) {
        hdbg_time deadline = hosted_deadline(timeout);
        status = port->local ? send_local(port, &m, deadline) : send_remote(k, port, &m, deadline);
    }
    if (status == HDBG_BAD_PORT_ID) {
        if (!port->local)
            hosted_port_drop(k, port);
        no_port("write to", id);
    } else if (status == HDBG_WOULD_BLOCK) {
        status = out_of_time(timeout, "write to", id);
    } else if (status != HDBG_OK) {
        hdbg_fail(status, "cannot write to port %d: out of memory or descriptors", (int)id);
    }
    hosted_port_release(k, port);
    return status;
}
