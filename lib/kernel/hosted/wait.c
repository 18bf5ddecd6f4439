/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Waiting for several objects at once, and descriptors for event loops.
 */
#include "kernel/hosted/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    /* Room in a full port and the end of a thread that is not its team's first (before Linux 6.9) cannot be
     * polled for without taking it from others: these are looked at this often. */
    LOOK_INTERVAL = 2000,
    FDS_EACH = 1 + PORT_NUBS
};
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

/* One object that is waited for. */
typedef struct waited {
    hosted_port *port;
    int pidfd;  /* of a thread */
    int always; /* it has to be looked at every LOOK_INTERVAL */
} waited;

static void begin(hosted_kernel *k, const hdbg_object_wait *object, waited *w)
{
    *w = (waited){.pidfd = -1};
    if (object->type == HDBG_OBJECT_PORT) {
        w->port = hosted_port_acquire(k, object->object);
        w->always = w->port != NULL && (object->events & HDBG_WAIT_WRITE);
    } else if (object->type == HDBG_OBJECT_THREAD && !(object->object & HOSTED_NUB_THREAD)) {
        w->pidfd = hosted_pidfd_open(object->object, PIDFD_THREAD);
        if (w->pidfd < 0)
            w->pidfd = hosted_pidfd_open(object->object, 0);
        w->always = w->pidfd < 0;
    }
}

/* Ports a nub port stands for are gone when its reader is, or when the nub is. */
static int nub_port_closed(hosted_kernel *k, hosted_port *port)
{
    struct pollfd closed = {.fd = port->writer.fd};
    return (hosted_poll(&closed, 1, 0) > 0 && (closed.revents & POLLHUP)) || hosted_nub_check(k, port->nub);
}

static uint16_t port_events(hosted_kernel *k, hosted_port *port, uint16_t wanted)
{
    uint16_t events = 0;
    if (port == NULL || port->deleted || (!port->local && nub_port_closed(k, port)))
        return HDBG_WAIT_INVALID;
    if ((wanted & HDBG_WAIT_READ) && port->local &&
        (port_peek(&port->reader) != HDBG_WOULD_BLOCK || hosted_port_lost(k, port, 0)))
        events |= HDBG_WAIT_READ;
    if ((wanted & HDBG_WAIT_WRITE) && atomic_load(&port->writer.slot->queued) < port->writer.slot->capacity)
        events |= HDBG_WAIT_WRITE;
    return events;
}

static uint16_t thread_events(const waited *w, hdbg_thread_id thread)
{
    struct pollfd ended = {.fd = w->pidfd, .events = POLLIN};
    if (w->pidfd >= 0)
        return hosted_poll(&ended, 1, 0) > 0 ? HDBG_WAIT_INVALID : 0;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d", (int)thread);
    return access(path, F_OK) != 0 ? HDBG_WAIT_INVALID : 0;
}

static uint16_t events_of(hosted_kernel *k, const hdbg_object_wait *object, waited *w, uint16_t wanted)
{
    if (object->type == HDBG_OBJECT_PORT)
        return port_events(k, w->port, wanted);
    return object->type == HDBG_OBJECT_THREAD && !(object->object & HOSTED_NUB_THREAD)
               ? thread_events(w, object->object)
               : HDBG_WAIT_INVALID;
}

static int fill_fds(hosted_kernel *k, const waited *w, struct pollfd *fds)
{
    int count = 0;
    if (w->pidfd >= 0) {
        fds[count++] = (struct pollfd){.fd = w->pidfd, .events = POLLIN};
    } else if (w->port != NULL && w->port->local) {
        fds[count++] = (struct pollfd){.fd = w->port->reader.fd, .events = POLLIN};
        count += hosted_port_pidfds(k, w->port, fds + count);
    } else if (w->port != NULL) {
        fds[count++] = (struct pollfd){.fd = w->port->writer.fd}; /* for its hang-up */
        fds[count++] = (struct pollfd){.fd = w->port->nub->pidfd, .events = POLLIN};
    }
    return count;
}

/* Looks at all objects. @return how many have an event; theirs are in `objects` then. */
static int64_t look(hosted_kernel *k, hdbg_object_wait *objects, waited *w, const uint16_t *wanted,
                    size_t count)
{
    int64_t found = 0;
    for (size_t i = 0; i < count; i++) {
        objects[i].events = events_of(k, &objects[i], &w[i], wanted[i]);
        found += objects[i].events != 0;
    }
    return found;
}

int64_t hosted_wait_for_objects(void *context, hdbg_object_wait *objects, size_t count, hdbg_time timeout)
{
    hosted_kernel *k = context;
    hdbg_time deadline = hosted_deadline(timeout);
    int64_t result = 0;
    int always = 0;
    waited *w = calloc(count + 1, sizeof *w);
    uint16_t *wanted = calloc(count + 1, sizeof *wanted);
    struct pollfd *fds = calloc(count * FDS_EACH + 1, sizeof *fds);
    if (w == NULL || wanted == NULL || fds == NULL) {
        free(w);
        free(wanted);
        free(fds);
        return hdbg_fail(HDBG_NO_MEMORY, "cannot wait for %zu objects: out of memory", count);
    }
    for (size_t i = 0; i < count; i++) {
        wanted[i] = objects[i].events;
        begin(k, &objects[i], &w[i]);
        always |= w[i].always;
    }
    for (;;) {
        result = look(k, objects, w, wanted, count);
        if (result > 0)
            break;
        if (timeout <= 0) {
            result = hdbg_fail(HDBG_WOULD_BLOCK, "none of %zu objects is ready", count);
            break;
        }
        if (deadline != HDBG_FOREVER && hosted_now(NULL) >= deadline) {
            result = hdbg_fail(HDBG_TIMED_OUT, "none of %zu objects was ready within %lld us", count,
                               (long long)timeout);
            break;
        }
        size_t used = 0;
        for (size_t i = 0; i < count; i++)
            used += (size_t)fill_fds(k, &w[i], fds + used);
        hdbg_time until = always ? hosted_deadline(LOOK_INTERVAL) : HDBG_FOREVER;
        hosted_poll(fds, used, until < deadline ? until : deadline);
    }
    for (size_t i = 0; i < count; i++) {
        if (w[i].pidfd >= 0)
            close(w[i].pidfd);
        if (w[i].port != NULL)
            hosted_port_release(k, w[i].port);
    }
    free(w);
    free(wanted);
    free(fds);
    return result;
}

/* ---- descriptors ---- */

static int watch(int epoll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void force(const hosted_descriptor *d, int readable)
{
    uint64_t value = 1;
    ssize_t ignored = readable ? write(d->event, &value, sizeof value) : read(d->event, &value, sizeof value);
    (void)ignored; /* it is as it should be already */
}

int hosted_descriptor_open(void *context, hdbg_port_id id)
{
    hosted_kernel *k = context;
    hosted_port *port = hosted_port_acquire(k, id);
    if (port == NULL || !port->local) {
        if (port != NULL)
            hosted_port_release(k, port);
        return hdbg_fail(HDBG_BAD_PORT_ID,
                         "cannot open a descriptor of port %d: there is none that can be read", (int)id);
    }
    int result = -1;
    hosted_descriptor *d = calloc(1, sizeof *d);
    if (d == NULL) {
        result = hdbg_fail(HDBG_NO_MEMORY, "cannot open a descriptor of port %d: out of memory", (int)id);
        goto done;
    }
    d->port = id;
    d->epoll = epoll_create1(EPOLL_CLOEXEC);
    d->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (d->epoll < 0 || d->event < 0 || watch(d->epoll, d->event) != 0 ||
        watch(d->epoll, port->reader.fd) != 0) {
        result =
            hdbg_fail(HDBG_NO_MORE_FDS, "cannot open a descriptor of port %d: %s", (int)id, strerror(errno));
        if (d->epoll >= 0)
            close(d->epoll);
        if (d->event >= 0)
            close(d->event);
        free(d);
        goto done;
    }
    pthread_mutex_lock(&k->lock);
    d->next = k->descriptors;
    k->descriptors = d;
    for (int i = 0; i < port->nub_count; i++) {
        if (!port->nubs[i].told)
            watch(d->epoll, port->nubs[i].nub->pidfd);
    }
    if (k->ports[port->index] != port) /* deleted meanwhile */
        force(d, 1);
    result = d->epoll;
    pthread_mutex_unlock(&k->lock);
done:
    hosted_port_release(k, port);
    return result;
}

hdbg_status hosted_descriptor_force(void *context, int descriptor, int readable)
{
    hosted_kernel *k = context;
    hosted_descriptor *d;
    pthread_mutex_lock(&k->lock);
    for (d = k->descriptors; d != NULL && d->epoll != descriptor; d = d->next)
        continue;
    if (d != NULL)
        force(d, readable);
    pthread_mutex_unlock(&k->lock);
    return d != NULL ? HDBG_OK
                     : hdbg_fail(HDBG_FILE_ERROR, "%d is no descriptor that descriptor_open() has made",
                                 descriptor);
}

void hosted_descriptor_close(void *context, int descriptor)
{
    hosted_kernel *k = context;
    hosted_descriptor *found = NULL;
    pthread_mutex_lock(&k->lock);
    for (hosted_descriptor **link = &k->descriptors; *link != NULL; link = &(*link)->next) {
        if ((*link)->epoll == descriptor) {
            found = *link;
            *link = found->next;
            break;
        }
    }
    pthread_mutex_unlock(&k->lock);
    if (found != NULL) {
        close(found->epoll);
        close(found->event);
        free(found);
    }
}

void hosted_descriptor_watch(hosted_kernel *k, hdbg_port_id port, int pidfd, int on)
{
    for (hosted_descriptor *d = k->descriptors; d != NULL; d = d->next) {
        if (d->port != port)
            continue;
        if (on)
            watch(d->epoll, pidfd);
        else
            epoll_ctl(d->epoll, EPOLL_CTL_DEL, pidfd, NULL);
    }
}

void hosted_descriptor_port_deleted(hosted_kernel *k, const hosted_port *port)
{
    for (hosted_descriptor *d = k->descriptors; d != NULL; d = d->next) {
        if (d->port == port->id) {
            epoll_ctl(d->epoll, EPOLL_CTL_DEL, port->reader.fd, NULL);
            force(d, 1);
        }
    }
}
