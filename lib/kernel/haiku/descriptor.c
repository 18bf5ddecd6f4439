/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Descriptors for event loops. A pipe holds a byte as long as the port holds a message, is gone, or the
 * descriptor is forced to be readable.
 *
 * A thread sleeps on the port and puts the byte in. Then it sleeps until a reader has emptied the port: that
 * one takes the byte out again, and wakes the thread, which looks at the port anew. What comes in between is
 * found by that look, as a wait for a port that holds a message ends at once.
 */
#include "kernel/haiku/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <OS.h>

/* The byte in the pipe is as it should be. Locked. */
static void update(haiku_descriptor *d)
{
    bool readable = d->ready || d->forced;
    char byte = 0;
    ssize_t done;
    if (readable == d->readable)
        return;
    do {
        done = readable ? write(d->writer, &byte, 1) : read(d->reader, &byte, 1);
    } while (done < 0 && errno == EINTR);
    d->readable = readable;
}

/* Waits for the port to hold a message. @return whether to go on. */
static bool watch_once(haiku_descriptor *d)
{
    object_wait_info objects[] = {
        {.object = d->port, .type = B_OBJECT_TYPE_PORT, .events = B_EVENT_READ},
        {.object = d->control, .type = B_OBJECT_TYPE_PORT, .events = B_EVENT_READ},
    };
    ssize_t ready = wait_for_objects_etc(objects, 2, 0, 0);
    if (ready == B_INTERRUPTED)
        return true;
    pthread_mutex_lock(&d->lock);
    /* A wait that fails for good must not leave anybody asleep: the descriptor stays readable then. */
    if (ready < 0 || (objects[0].events & B_EVENT_INVALID) != 0)
        d->gone = true;
    if (d->gone || (objects[0].events & B_EVENT_READ) != 0)
        d->ready = true;
    update(d);
    while (d->ready && !d->gone && !d->closing)
        pthread_cond_wait(&d->emptied, &d->lock);
    bool go_on = !d->closing && !d->gone;
    pthread_mutex_unlock(&d->lock);
    return go_on;
}

static void *watch(void *argument)
{
    while (watch_once(argument)) {
    }
    return NULL;
}

/* The watcher takes none of the program's signals. */
static int start_watcher(haiku_descriptor *d)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&d->watcher, NULL, watch, d);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

static void free_descriptor(haiku_descriptor *d)
{
    if (d->control >= 0)
        delete_port(d->control);
    if (d->reader >= 0)
        close(d->reader);
    if (d->writer >= 0)
        close(d->writer);
    pthread_cond_destroy(&d->emptied);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

int haiku_descriptor_open(void *context, hdbg_port_id port)
{
    haiku_kernel *k = context;
    hdbg_port_info info = {.size = sizeof info};
    hdbg_status status = haiku_port_info(k, port, &info);
    if (status != HDBG_OK)
        return status;
    haiku_descriptor *d = calloc(1, sizeof *d);
    if (d == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot open a descriptor for port %d: out of memory", (int)port);
    d->port = port;
    d->reader = d->writer = -1;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->emptied, NULL);
    d->control = create_port(1, "descriptor control");
    int ends[2] = {-1, -1};
    int error = d->control < 0 ? d->control : haiku_pipe(ends);
    d->reader = ends[0];
    d->writer = ends[1];
    if (error == 0)
        error = start_watcher(d);
    if (error != 0) {
        free_descriptor(d);
        return hdbg_fail(error < 0 ? error : HDBG_ERROR, "cannot open a descriptor for port %d: %s",
                         (int)port, hdbg_status_string(error));
    }
    pthread_mutex_lock(&k->lock);
    d->next = k->descriptors;
    k->descriptors = d;
    k->has_descriptors++;
    pthread_mutex_unlock(&k->lock);
    return d->reader;
}

hdbg_status haiku_descriptor_force(void *context, int descriptor, int readable)
{
    haiku_kernel *k = context;
    pthread_mutex_lock(&k->lock);
    haiku_descriptor *d = k->descriptors;
    while (d != NULL && d->reader != descriptor)
        d = d->next;
    if (d != NULL) {
        pthread_mutex_lock(&d->lock);
        d->forced = readable != 0;
        update(d);
        pthread_mutex_unlock(&d->lock);
    }
    pthread_mutex_unlock(&k->lock);
    return d != NULL ? HDBG_OK : hdbg_fail(HDBG_FILE_ERROR, "%d is no descriptor of a port", descriptor);
}

void haiku_descriptor_close(void *context, int descriptor)
{
    haiku_kernel *k = context;
    pthread_mutex_lock(&k->lock);
    haiku_descriptor **link = &k->descriptors;
    while (*link != NULL && (*link)->reader != descriptor)
        link = &(*link)->next;
    haiku_descriptor *d = *link;
    if (d != NULL) {
        *link = d->next;
        k->has_descriptors--;
    }
    pthread_mutex_unlock(&k->lock);
    if (d == NULL)
        return;
    pthread_mutex_lock(&d->lock);
    d->closing = true;
    pthread_cond_signal(&d->emptied);
    pthread_mutex_unlock(&d->lock);
    delete_port(d->control); /* ends its wait */
    d->control = -1;
    pthread_join(d->watcher, NULL);
    free_descriptor(d);
}

void haiku_descriptor_port_read(haiku_kernel *k, hdbg_port_id port)
{
    pthread_mutex_lock(&k->lock);
    for (haiku_descriptor *d = k->descriptors; d != NULL; d = d->next) {
        if (d->port != port)
            continue;
        pthread_mutex_lock(&d->lock);
        if (d->ready && !d->gone && port_count(port) == 0) {
            d->ready = false;
            update(d);
            pthread_cond_signal(&d->emptied);
        }
        pthread_mutex_unlock(&d->lock);
    }
    pthread_mutex_unlock(&k->lock);
}
