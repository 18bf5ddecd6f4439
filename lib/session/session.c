/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Sessions: made, woken, ended; their log, descriptor and policy.
 */
#include "base/structs.h"
#include "session/types.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_CAPACITY = 4096, /* the most that Haiku allows */
    DEFAULT_REQUEST_TIMEOUT = 10 * 1000 * 1000
};

/* ---- for the other files ---- */

void session_retain(hdbg_session *session)
{
    atomic_fetch_add(&session->references, 1);
}

team_cache *session_cache_lock(hdbg_session *session)
{
    pthread_mutex_lock(&session->cache_lock);
    return &session->cache;
}

void session_cache_unlock(hdbg_session *session)
{
    pthread_mutex_unlock(&session->cache_lock);
}

hdbg_session *team_session_slot(hdbg_team *team)
{
    return team->session;
}

static void free_cache(hdbg_session *session)
{
    team_cache cache = *session_cache_lock(session);
    session->cache = (team_cache){0};
    session_cache_unlock(session);
    if (cache.data != NULL)
        cache.destroy(cache.data);
}

void session_release(hdbg_session *session)
{
    if (atomic_fetch_sub(&session->references, 1) != 1)
        return;
    free_cache(session);
    pthread_mutex_destroy(&session->cache_lock);
    id_map_free(&session->teams);
    id_map_free(&session->threads);
    pthread_cond_destroy(&session->changed);
    pthread_mutex_destroy(&session->lock);
    free(session);
}

hdbg_time session_now(hdbg_session *session)
{
    return KERNEL(session->kernel, system_time);
}

void session_log(hdbg_session *session, int32_t level, const char *format, ...)
{
    if (session->log == NULL || level > session->log_level)
        return;
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    session->log(session->log_context, level, text);
}

void session_kick(hdbg_session *session)
{
    /* A full port needs no message: who reads it is awake. */
    KERNEL(session->kernel, port_write, session->port, SESSION_WAKE_CODE, NULL, 0, 0);
}

void session_descriptor_update(hdbg_session *session)
{
    bool ready = session->first_event != NULL || session->woken;
    if (session->descriptor < 0 || session->closing || ready == session->descriptor_forced)
        return;
    if (KERNEL(session->kernel, descriptor_force, session->descriptor, ready) == HDBG_OK)
        session->descriptor_forced = ready;
}

uint32_t session_policy(const hdbg_session *session, int32_t signal)
{
    return signal >= 1 && signal < SIGNAL_SLOTS ? session->policy[signal]
                                                : HDBG_SIGNAL_STOP | HDBG_SIGNAL_PASS;
}

/* ---- creation ---- */

static hdbg_status check_options(const hdbg_session_options *options)
{
    if (options->follow != HDBG_FOLLOW_NONE && options->follow != HDBG_FOLLOW_CHILD) {
        return hdbg_fail(HDBG_BAD_VALUE, "cannot create a session: there is no hdbg_follow %d",
                         (int)options->follow);
    }
    if (options->port_capacity < 0 || options->port_capacity > DEFAULT_CAPACITY ||
        options->request_timeout < 0)
        return hdbg_fail(HDBG_BAD_VALUE,
                         "cannot create a session: its port's capacity or timeout is out of range");
    return HDBG_OK;
}

/* A table that was made for an earlier version ends early: what it does not have is optional, and not there.
 */
static hdbg_status take_kernel(hdbg_session *session, hdbg_kernel *kernel)
{
    const size_t least = offsetof(hdbg_kernel_ops, memory_read); /* the first that came with a later one */
    if (kernel->ops == NULL || kernel->ops->version != HDBG_KERNEL_VERSION)
        return hdbg_fail(HDBG_BAD_VALUE,
                         "cannot create a session: the kernel's table is of version %u, not %d",
                         kernel->ops != NULL ? kernel->ops->version : 0, HDBG_KERNEL_VERSION);
    if (kernel->ops->size < least)
        return hdbg_fail(HDBG_BAD_VALUE,
                         "cannot create a session: the kernel's table has %zu bytes, and needs %zu",
                         kernel->ops->size, least);
    session->kernel = kernel;
    if (kernel->ops->size < sizeof session->older_ops) {
        memcpy(&session->older_ops, kernel->ops, kernel->ops->size);
        session->older_ops.size = sizeof session->older_ops;
        session->older = (hdbg_kernel){&session->older_ops, kernel->context};
        session->kernel = &session->older;
    }
    return HDBG_OK;
}

static void init_lock(hdbg_session *session)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&session->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&session->lock, NULL);
    pthread_mutex_init(&session->cache_lock, NULL);
}

/* Asks the kernel what it is, and for the port. */
static hdbg_status open_port(hdbg_session *session, int32_t capacity)
{
    hdbg_system_info info = {.size = sizeof info};
    hdbg_status status = KERNEL(session->kernel, system_info, &info);
    if (status != HDBG_OK)
        return hdbg_fail(status, "cannot create a session: the kernel does not say what it is: %s",
                         hdbg_last_error());
    session->release = info.release;
    session->arch = info.arch;

    session->port = KERNEL(session->kernel, port_create, capacity, "debugger");
    if (session->port < 0)
        return hdbg_fail(session->port, "cannot create a session's port: %s", hdbg_last_error());
    if (session->kernel->ops->has_default_debugger != NULL &&
        !KERNEL(session->kernel, has_default_debugger)) {
        session_log(session, HDBG_LOG_WARNING,
                    "no default debugger is registered: the kernel will drop serious events");
    }
    return HDBG_OK;
}

hdbg_status hdbg_session_create(const hdbg_session_options *given, hdbg_session **result)
{
    hdbg_session_options options = {.size = sizeof options};
    if (given != NULL) {
        hdbg_status status = hdbg_struct_take(&options, sizeof options, given, "hdbg_session_options");
        if (status == HDBG_OK)
            status = check_options(&options);
        if (status != HDBG_OK)
            return status;
    }

    hdbg_session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot create a session: out of memory");
    init_lock(session);
    atomic_init(&session->references, 1);
    session->descriptor = -1;
    session->flags = options.flags;
    session->follow = options.follow;
    session->request_timeout =
        options.request_timeout != 0 ? options.request_timeout : DEFAULT_REQUEST_TIMEOUT;
    session->log = options.log;
    session->log_context = options.log_context;
    session->log_level = options.log_level;
    memset(session->policy, HDBG_SIGNAL_STOP | HDBG_SIGNAL_PASS, sizeof session->policy);

    hdbg_status status;
    if (options.kernel != NULL) {
        status = take_kernel(session, options.kernel);
    } else {
        status = hdbg_kernel_create(&session->kernel);
        session->owns_kernel = status == HDBG_OK;
    }
    if (status == HDBG_OK)
        status = open_port(session, options.port_capacity != 0 ? options.port_capacity : DEFAULT_CAPACITY);
    if (status != HDBG_OK) {
        if (session->owns_kernel)
            hdbg_kernel_destroy(session->kernel);
        session_release(session);
        return status;
    }
    *result = session;
    return HDBG_OK;
}

/* ---- the end ---- */

/* Lets all teams go, those included that come while it works. */
static void let_all_go(hdbg_session *session)
{
    for (;;) {
        hdbg_team *live = NULL;
        pthread_mutex_lock(&session->lock);
        for (size_t i = 0; i < session->teams.bucket_count && live == NULL; i++) {
            for (id_node *node = session->teams.buckets[i]; node != NULL && live == NULL; node = node->next) {
                hdbg_team *team = (hdbg_team *)node;
                if (team->listed || team->kept)
                    live = hdbg_team_retain(team);
            }
        }
        pthread_mutex_unlock(&session->lock);
        if (live == NULL)
            return;

        if (hdbg_team_detach(live) != HDBG_OK) {
            pthread_mutex_lock(&session->lock);
            bool kept = live->kept;
            live->kept = false;
            pthread_mutex_unlock(&session->lock);
            if (kept)
                hdbg_team_release(live);
        }
        hdbg_team_release(live);
    }
}

static void free_events(hdbg_session *session)
{
    /* Queued ones of teams that ended: their references go with them. */
    pthread_mutex_lock(&session->lock);
    hdbg_event *events = queue_drop(session, NULL);
    pthread_mutex_unlock(&session->lock);
    while (events != NULL) {
        hdbg_event *next = events->next;
        hdbg_event_release(events);
        events = next;
    }

    pthread_mutex_lock(&session->lock);
    hdbg_event *unused = session->free_events;
    session->free_events = NULL;
    pthread_mutex_unlock(&session->lock);
    while (unused != NULL) {
        hdbg_event *next = unused->next;
        free(unused);
        unused = next;
    }
}

void hdbg_session_destroy(hdbg_session *session)
{
    if (session == NULL)
        return;

    /* First those that wait: they see `closing` and leave. */
    pthread_mutex_lock(&session->lock);
    session->closing = true;
    session_kick(session);
    pthread_cond_broadcast(&session->changed);
    while (session->inside > 0 || session->reading)
        pthread_cond_wait(&session->changed, &session->lock);
    pthread_mutex_unlock(&session->lock);

    let_all_go(session);
    free_events(session);
    free_cache(session);
    if (session->descriptor >= 0)
        KERNEL(session->kernel, descriptor_close, session->descriptor);
    KERNEL(session->kernel, port_delete, session->port);
    if (session->owns_kernel)
        hdbg_kernel_destroy(session->kernel);
    session_release(session);
}

/* ---- asking and waking ---- */

hdbg_kernel *hdbg_session_kernel(hdbg_session *session)
{
    return session->kernel;
}

int hdbg_session_descriptor(hdbg_session *session)
{
    pthread_mutex_lock(&session->lock);
    if (session->descriptor < 0) {
        int descriptor = KERNEL(session->kernel, descriptor_open, session->port);
        if (descriptor < 0) {
            pthread_mutex_unlock(&session->lock);
            return hdbg_fail(descriptor, "cannot open a session's descriptor: %s", hdbg_last_error());
        }
        session->descriptor = descriptor;
        session_descriptor_update(session);
    }
    int descriptor = session->descriptor;
    pthread_mutex_unlock(&session->lock);
    return descriptor;
}

hdbg_status hdbg_session_wake(hdbg_session *session)
{
    pthread_mutex_lock(&session->lock);
    hdbg_status status = HDBG_OK;
    if (session->closing) {
        status = hdbg_fail(HDBG_BAD_PORT_ID, "cannot wake a session: it is ending");
    } else if (!session->woken) {
        session->woken = true;
        session_kick(session);
        if (!session->waiting)
            session_descriptor_update(session);
        pthread_cond_broadcast(&session->changed);
    }
    pthread_mutex_unlock(&session->lock);
    return status;
}

hdbg_team *hdbg_session_team(hdbg_session *session, hdbg_team_id id)
{
    pthread_mutex_lock(&session->lock);
    hdbg_team *team = team_find(session, id);
    if (team != NULL && (team->listed || team->kept))
        hdbg_team_retain(team);
    else
        team = NULL;
    pthread_mutex_unlock(&session->lock);
    return team;
}

size_t hdbg_session_teams(hdbg_session *session, hdbg_team **teams, size_t capacity)
{
    size_t count = 0;
    pthread_mutex_lock(&session->lock);
    for (size_t i = 0; i < session->teams.bucket_count; i++) {
        for (id_node *node = session->teams.buckets[i]; node != NULL; node = node->next) {
            hdbg_team *team = (hdbg_team *)node;
            if (!team->listed && !team->kept)
                continue;
            if (count < capacity)
                teams[count] = hdbg_team_retain(team);
            count++;
        }
    }
    pthread_mutex_unlock(&session->lock);
    return count;
}

/* ---- policy and numbers ---- */

hdbg_status hdbg_session_set_signal_policy(hdbg_session *session, int32_t signal, uint32_t disposition)
{
    if (signal < 0 || signal > HDBG_SIGNAL_MAX)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot set the policy of signal %d: there is none", (int)signal);
    if ((disposition & ~(uint32_t)(HDBG_SIGNAL_STOP | HDBG_SIGNAL_PASS)) != 0)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot set the policy of a signal to 0x%x: unknown bits",
                         disposition);

    pthread_mutex_lock(&session->lock);
    for (int32_t i = signal != 0 ? signal : 1; i <= (signal != 0 ? signal : HDBG_SIGNAL_MAX); i++)
        session->policy[i] = (uint8_t)disposition;
    pthread_mutex_unlock(&session->lock);
    return HDBG_OK;
}

uint32_t hdbg_session_signal_policy(hdbg_session *session, int32_t signal)
{
    if (signal < 1 || signal > HDBG_SIGNAL_MAX)
        return 0;
    pthread_mutex_lock(&session->lock);
    uint32_t disposition = session->policy[signal];
    pthread_mutex_unlock(&session->lock);
    return disposition;
}

hdbg_status hdbg_session_statistics_get(hdbg_session *session, hdbg_session_statistics *statistics)
{
    hdbg_status status = hdbg_struct_check(statistics, "hdbg_session_statistics");
    if (status != HDBG_OK)
        return status;
    pthread_mutex_lock(&session->lock);
    hdbg_session_statistics counts = session->counts;
    counts.size = sizeof counts;
    counts.queued = session->queued;
    for (size_t i = 0; i < session->teams.bucket_count; i++) {
        for (id_node *node = session->teams.buckets[i]; node != NULL; node = node->next) {
            hdbg_team *team = (hdbg_team *)node;
            hdbg_nub_statistics nub = {.size = sizeof nub};
            if (team->nub == NULL || hdbg_nub_statistics_get(team->nub, &nub) != HDBG_OK)
                continue;
            counts.requests += nub.requests;
            counts.timeouts += nub.timeouts;
        }
    }
    pthread_mutex_unlock(&session->lock);
    hdbg_struct_give(statistics, &counts, sizeof counts);
    return HDBG_OK;
}
