/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The cache of a stopped thread's processor state: asked for once a stop, or known from the event.
 */
#include "session/types.h"

/* The nub's answer about a thread, as the caller is told. */
static hdbg_status thread_nub_status(hdbg_thread *thread, hdbg_status status, const char *what)
{
    switch (status) {
    case HDBG_OK:
        return HDBG_OK;
    case HDBG_BAD_THREAD_ID:
        return hdbg_fail(HDBG_THREAD_GONE, "cannot %s thread %d: it has ended", what, (int)thread->id);
    case HDBG_BAD_PORT_ID:
        return team_nub_status(thread->team, status);
    default:
        return hdbg_fail(status, "cannot %s thread %d: %s", what, (int)thread->id, hdbg_last_error());
    }
}

hdbg_status thread_cpu_state_get(hdbg_thread *thread, hdbg_cpu_state *state)
{
    hdbg_team *team = thread->team;
    pthread_mutex_t *lock = &team->session->lock;
    hdbg_nub *nub = NULL;
    pthread_mutex_lock(lock);
    hdbg_status status = thread_check_stopped(thread, "read the registers of");
    bool known = status == HDBG_OK && thread->cpu_known;
    uint64_t stop_count = thread->stop_count;
    if (known)
        *state = thread->cpu;
    else if (status == HDBG_OK)
        nub = team_nub_use(team);
    pthread_mutex_unlock(lock);
    if (status != HDBG_OK || known)
        return status;
    if (nub == NULL)
        return hdbg_fail(HDBG_BUSY, "cannot read the registers of thread %d: its team is being attached",
                         (int)thread->id);

    status = hdbg_nub_get_cpu_state(nub, thread->id, NULL, state);
    team_nub_release(team);
    if (status != HDBG_OK)
        return thread_nub_status(thread, status, "read the registers of");

    /* Good for as long as it is the same stop, and nobody has written others meanwhile. */
    pthread_mutex_lock(lock);
    if (thread->state == HDBG_THREAD_STOPPED && thread->stop_count == stop_count) {
        if (thread->cpu_known)
            *state = thread->cpu;
        thread->cpu = *state;
        thread->cpu_known = true;
    }
    pthread_mutex_unlock(lock);
    return HDBG_OK;
}

hdbg_status thread_cpu_state_set(hdbg_thread *thread, const hdbg_cpu_state *state)
{
    hdbg_team *team = thread->team;
    pthread_mutex_t *lock = &team->session->lock;
    hdbg_nub *nub = NULL;
    pthread_mutex_lock(lock);
    hdbg_status status = thread_check_stopped(thread, "set the registers of");
    uint64_t stop_count = thread->stop_count;
    if (status == HDBG_OK && state->arch != (uint32_t)team->arch)
        status = hdbg_fail(
            HDBG_BAD_VALUE, "cannot set the registers of thread %d: they are those of a %s, not a %s",
            (int)thread->id, hdbg_arch_name((hdbg_arch)state->arch), hdbg_arch_name((hdbg_arch)team->arch));
    if (status == HDBG_OK)
        nub = team_nub_use(team);
    pthread_mutex_unlock(lock);
    if (status != HDBG_OK)
        return status;
    if (nub == NULL)
        return hdbg_fail(HDBG_BUSY, "cannot set the registers of thread %d: its team is being attached",
                         (int)thread->id);

    status = hdbg_nub_set_cpu_state(nub, thread->id, state);
    team_nub_release(team);
    if (status != HDBG_OK)
        return thread_nub_status(thread, status, "set the registers of");
    pthread_mutex_lock(lock);
    if (thread->state == HDBG_THREAD_STOPPED && thread->stop_count == stop_count) {
        thread->cpu = *state;
        thread->cpu_known = true;
    }
    pthread_mutex_unlock(lock);
    return HDBG_OK;
}
