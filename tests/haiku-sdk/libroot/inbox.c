/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Messages on their way from the hosted kernel to the program, when this Haiku is to be another release or to
 * misbehave: they are taken out of the port, changed or dropped, and kept here until the program reads them.
 * So all that looks at a port sees what the program will read.
 */
#include "libroot.h"
#include "../headers/debugger.h"
#include "kernel/hosted/internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BETA4 = 4, MASTER = 6, MESSAGE_MAX = 256 * 1024 };
/* Codes before January 2025. */
enum { OLD_PREPARE_HANDOVER = 15, OLD_START_PROFILER = 16, OLD_STOP_PROFILER = 17, OLD_WRITE_CORE_FILE = 18 };

static const int32 old_codes[][2] = {{OLD_PREPARE_HANDOVER, B_DEBUG_MESSAGE_PREPARE_HANDOVER},
                                     {OLD_START_PROFILER, B_DEBUG_MESSAGE_START_PROFILER},
                                     {OLD_STOP_PROFILER, B_DEBUG_MESSAGE_STOP_PROFILER},
                                     {OLD_WRITE_CORE_FILE, B_DEBUG_MESSAGE_WRITE_CORE_FILE}};

typedef struct message {
    struct message *next;
    int32 code;
    size_t size;
    char data[];
} message;

typedef struct inbox {
    struct inbox *next;
    port_id port;
    int is_debugger;
    message *first, **end;
} inbox;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static inbox *inboxes;
static thread_id asked_to_stop[64]; /* by debug_thread(), and not answered yet */

static inbox *find(port_id port)
{
    inbox *box = inboxes;
    while (box != NULL && box->port != port)
        box = box->next;
    if (box == NULL && (box = calloc(1, sizeof *box)) != NULL) {
        box->port = port;
        box->end = &box->first;
        box->next = inboxes;
        inboxes = box;
    }
    return box;
}

void libroot_inbox_debugger(port_id port)
{
    pthread_mutex_lock(&lock);
    inbox *box = find(port);
    if (box != NULL)
        box->is_debugger = 1;
    pthread_mutex_unlock(&lock);
}

void libroot_inbox_deleted(port_id port)
{
    pthread_mutex_lock(&lock);
    inbox **link = &inboxes;
    while (*link != NULL && (*link)->port != port)
        link = &(*link)->next;
    inbox *box = *link;
    if (box != NULL)
        *link = box->next;
    pthread_mutex_unlock(&lock);
    while (box != NULL && box->first != NULL) {
        message *m = box->first;
        box->first = m->next;
        free(m);
    }
    free(box);
}

void libroot_inbox_debugged(thread_id thread)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < sizeof asked_to_stop / sizeof *asked_to_stop; i++) {
        if (asked_to_stop[i] == 0) {
            asked_to_stop[i] = thread;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}

static int was_asked_to_stop(thread_id thread)
{
    for (size_t i = 0; i < sizeof asked_to_stop / sizeof *asked_to_stop; i++) {
        if (asked_to_stop[i] == thread) {
            asked_to_stop[i] = 0;
            return 1;
        }
    }
    return 0;
}

int32 libroot_code_to_nub(int32 code)
{
    if (libroot_behaviour()->release == MASTER)
        return code;
    for (size_t i = 0; i < sizeof old_codes / sizeof *old_codes; i++) {
        if (old_codes[i][0] == code)
            return old_codes[i][1];
    }
    return code < OLD_PREPARE_HANDOVER ? code : -1;
}

static int32 code_from_nub(int32 code)
{
    for (size_t i = 0; i < sizeof old_codes / sizeof *old_codes; i++) {
        if (old_codes[i][1] == code)
            return old_codes[i][0];
    }
    return code;
}

/* R1/beta4's messages were shorter. */
static void shorten(message *m)
{
    debug_signal_received received;
    switch (m->code) {
    case B_DEBUGGER_MESSAGE_SIGNAL_RECEIVED:
        memcpy(&received, m->data, sizeof received);
        m->size = offsetof(debug_signal_received, info) + sizeof(void *); /* deadly, and its padding */
        memset(m->data + offsetof(debug_signal_received, info), 0, sizeof(void *));
        m->data[offsetof(debug_signal_received, info)] = received.deadly;
        break;
    case B_DEBUGGER_MESSAGE_TEAM_DELETED:
    case B_DEBUGGER_MESSAGE_THREAD_DELETED:
        m->size = sizeof(debug_origin);
        break;
    case B_DEBUGGER_MESSAGE_PROFILER_UPDATE:
        m->size = offsetof(debug_profiler_update, last_cpu_time);
        break;
    }
}

/* An IMAGE_CREATED, of the first image of the thread's team. */
static message *as_image_created(message *m)
{
    debug_image_created created;
    int32 cookie = 0;
    memset(&created, 0, sizeof created);
    memcpy(&created.origin, m->data, sizeof created.origin);
    message *other = malloc(sizeof *other + sizeof created);
    if (other == NULL || get_next_image_info(created.origin.team, &cookie, &created.info) != B_OK) {
        free(other);
        return m;
    }
    other->next = NULL;
    other->code = B_DEBUGGER_MESSAGE_IMAGE_CREATED;
    other->size = sizeof created;
    memcpy(other->data, &created, sizeof created);
    free(m);
    return other;
}

/* A message as this release and this misbehaviour have it; NULL: it is lost. */
static message *change(const inbox *box, message *m)
{
    const behaviour *b = libroot_behaviour();
    debug_origin origin = {0, 0, 0};
    if (m->size >= sizeof origin)
        memcpy(&origin, m->data, sizeof origin);
    if (!box->is_debugger) {
        m->code = b->release < MASTER ? code_from_nub(m->code) : m->code;
        return m;
    }
    if (m->code == B_DEBUGGER_MESSAGE_TEAM_DELETED && b->drop_team_deleted) {
        free(m);
        return NULL;
    }
    if (m->code == B_DEBUGGER_MESSAGE_THREAD_DEBUGGED && b->answer_debug_thread &&
        was_asked_to_stop(origin.thread))
        m = as_image_created(m);
    if (b->release == BETA4)
        shorten(m);
    return m;
}

/* Takes a message from the hosted kernel's port if there is one until `timeout`. @return HDBG_OK, also if it
 * was lost. */
static status_t fetch(inbox *box, bigtime_t timeout)
{
    int64_t size = CALL(port_next_size, box->port, timeout);
    if (size < 0)
        return (status_t)size;
    message *m = malloc(sizeof *m + (size_t)size);
    if (m == NULL)
        return B_NO_MEMORY;
    size = CALL(port_read, box->port, &m->code, m->data, (size_t)size, 0);
    if (size < 0) {
        free(m);
        return size == B_WOULD_BLOCK ? B_OK : (status_t)size; /* another thread was faster */
    }
    m->size = (size_t)size;
    m->next = NULL;
    m = change(box, m);
    if (m != NULL) {
        *box->end = m;
        box->end = &m->next;
    }
    return B_OK;
}

/* Has a message in the inbox, waiting for one until `timeout`. Under the lock, which is let go meanwhile. */
static status_t await(port_id port, bigtime_t timeout)
{
    const bigtime_t end = timeout == HDBG_FOREVER ? HDBG_FOREVER : system_time() + timeout;
    for (;;) {
        inbox *box = find(port);
        if (box == NULL)
            return B_NO_MEMORY;
        status_t status = B_OK;
        while (box->first == NULL && status == B_OK)
            status = fetch(box, 0);
        if (box->first != NULL)
            return B_OK;
        if (status != B_WOULD_BLOCK || timeout == 0)
            return status;
        pthread_mutex_unlock(&lock);
        bigtime_t left = end == HDBG_FOREVER ? HDBG_FOREVER : end - system_time();
        int64_t size = left > 0 ? CALL(port_next_size, port, left) : B_TIMED_OUT;
        pthread_mutex_lock(&lock);
        if (size < 0)
            return (status_t)size;
    }
}

int64_t libroot_inbox_size(port_id port, bigtime_t timeout)
{
    pthread_mutex_lock(&lock);
    int64_t result = await(port, timeout);
    if (result == B_OK)
        result = (int64_t)find(port)->first->size;
    pthread_mutex_unlock(&lock);
    return result;
}

int64_t libroot_inbox_read(port_id port, int32 *code, void *buffer, size_t size, bigtime_t timeout)
{
    message *m = NULL;
    pthread_mutex_lock(&lock);
    int64_t result = await(port, timeout);
    if (result == B_OK) {
        inbox *box = find(port);
        m = box->first;
        box->first = m->next;
        if (box->first == NULL)
            box->end = &box->first;
    }
    pthread_mutex_unlock(&lock);
    if (m == NULL)
        return result;
    *code = m->code;
    result = (int64_t)(m->size < size ? m->size : size);
    memcpy(buffer, m->data, (size_t)result);
    free(m);
    return result;
}

int32 libroot_inbox_count(port_id port)
{
    int32 count = 0;
    pthread_mutex_lock(&lock);
    inbox *box = find(port);
    while (box != NULL && fetch(box, 0) == B_OK)
        continue;
    for (message *m = box != NULL ? box->first : NULL; m != NULL; m = m->next)
        count++;
    pthread_mutex_unlock(&lock);
    return count;
}

static int wants_message(const object_wait_info *info)
{
    return info->type == B_OBJECT_TYPE_PORT && (info->events & B_EVENT_READ) != 0;
}

/* Whether one of the ports holds a message. */
static int any_message(const object_wait_info *infos, int count)
{
    int any = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < count && !any; i++)
        any = wants_message(infos + i) && await(infos[i].object, 0) == B_OK;
    pthread_mutex_unlock(&lock);
    return any;
}

/* What the hosted kernel answers, and which ports hold a message here. */
static int64_t look(object_wait_info *infos, int count, const object_wait_info *wanted, bigtime_t timeout)
{
    memcpy(infos, wanted, (size_t)count * sizeof *infos);
    int64_t status = CALL(wait_for_objects, (hdbg_object_wait *)infos, (size_t)count, timeout);
    if (status < 0 && status != B_WOULD_BLOCK && status != B_TIMED_OUT)
        return status;
    int64_t ready = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < count; i++) {
        if (status < 0)
            infos[i].events = 0;
        if (wants_message(wanted + i)) {
            status_t held = await(infos[i].object, 0);
            infos[i].events &= (uint16)~B_EVENT_READ;
            infos[i].events |= held == B_OK ? B_EVENT_READ : held == B_BAD_PORT_ID ? B_EVENT_INVALID : 0;
        }
        ready += infos[i].events != 0;
    }
    pthread_mutex_unlock(&lock);
    return ready != 0 ? ready : status < 0 ? status : 0;
}

int64_t libroot_inbox_wait(object_wait_info *infos, int count, bigtime_t timeout)
{
    const bigtime_t end = timeout == HDBG_FOREVER ? HDBG_FOREVER : system_time() + timeout;
    object_wait_info *wanted = malloc((size_t)count * sizeof *wanted + 1);
    int64_t result;
    if (wanted == NULL)
        return B_NO_MEMORY;
    memcpy(wanted, infos, (size_t)count * sizeof *wanted);
    do {
        bigtime_t left = end == HDBG_FOREVER ? HDBG_FOREVER : end - system_time();
        left = left < 0 || any_message(wanted, count) ? 0 : left;
        result = look(infos, count, wanted, left);
    } while (result == 0); /* what had come was lost */
    free(wanted);
    return result;
}
