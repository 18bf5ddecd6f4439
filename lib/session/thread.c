/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Threads: their references, stopping them, and what they stand for.
 */
#include "base/structs.h"
#include "session/types.h"

#include <stdlib.h>

/* ---- references ---- */

hdbg_thread *thread_find(hdbg_session *session, hdbg_thread_id id)
{
    return (hdbg_thread *)id_map_find(&session->threads, id);
}

hdbg_thread *thread_get(hdbg_team *team, hdbg_thread_id id)
{
    hdbg_session *session = team->session;
    hdbg_thread *thread = thread_find(session, id);
    if (thread != NULL && thread->listed && thread->team == team)
        return thread;

    thread = calloc(1, sizeof *thread);
    if (thread == NULL || id_map_put(&session->threads, &thread->node, id) != HDBG_OK) {
        free(thread);
        hdbg_fail(HDBG_NO_MEMORY, "cannot remember thread %d: out of memory", (int)id);
        return NULL;
    }
    atomic_init(&thread->references, 1); /* the list's */
    thread->team = hdbg_team_retain(team);
    thread->id = id;
    thread->state = HDBG_THREAD_RUNS;
    thread->listed = true;
    thread->stop_asked = team->stopping > 0;
    thread->next = team->threads;
    if (team->threads != NULL)
        team->threads->previous = thread;
    team->threads = thread;
    team->thread_count++;
    return thread;
}

hdbg_thread *hdbg_thread_retain(hdbg_thread *thread)
{
    atomic_fetch_add(&thread->references, 1);
    return thread;
}

void thread_unref(hdbg_thread *thread)
{
    if (atomic_fetch_sub(&thread->references, 1) != 1)
        return;
    id_map_remove(&thread->team->session->threads, &thread->node);
    thread_cpu_drop(thread);
    atomic_fetch_sub(&thread->team->references, 1);
    free(thread);
}

void hdbg_thread_release(hdbg_thread *thread)
{
    if (thread == NULL)
        return;
    hdbg_team *team = hdbg_team_retain(thread->team);
    pthread_mutex_lock(&team->session->lock);
    thread_unref(thread);
    pthread_mutex_unlock(&team->session->lock);
    hdbg_team_release(team);
}

/* ---- checks ---- */

hdbg_status thread_check_lives(hdbg_thread *thread, const char *what)
{
    hdbg_status status = team_check(thread->team, "ask");
    if (status != HDBG_OK)
        return hdbg_fail(status, "cannot %s thread %d: %s", what, (int)thread->id, hdbg_last_error());
    if (thread->state == HDBG_THREAD_ENDED || thread->missing)
        return hdbg_fail(HDBG_THREAD_GONE, "cannot %s thread %d: it has ended", what, (int)thread->id);
    return HDBG_OK;
}

hdbg_status thread_check_stopped(hdbg_thread *thread, const char *what)
{
    hdbg_status status = thread_check_lives(thread, what);
    if (status == HDBG_OK && thread->state != HDBG_THREAD_STOPPED)
        status =
            hdbg_fail(HDBG_BAD_THREAD_STATE, "cannot %s thread %d: it is not stopped", what, (int)thread->id);
    return status;
}

/* ---- stopping ---- */

bool thread_waits_in_vfork(hdbg_thread *thread)
{
    hdbg_team *team = thread->team;
    if (!thread->stop_asked || thread->lends_to == 0)
        return false;
    if (KERNEL(team->session->kernel, shares_memory, team->id, thread->lends_to) != 0)
        return true;
    thread->lends_to = 0;
    return false;
}

static bool is_running(hdbg_thread *thread)
{
    return thread->listed && thread->state == HDBG_THREAD_RUNS && !thread->missing &&
           !thread_waits_in_vfork(thread);
}

/* How many of those that are to stop run. Locked. */
static size_t count_running(hdbg_team *team, hdbg_thread *thread)
{
    if (thread != NULL)
        return is_running(thread);
    size_t count = 0;
    for (hdbg_thread *each = team->threads; each != NULL; each = each->next)
        count += is_running(each);
    return count;
}

bool thread_exists(const hdbg_thread *thread)
{
    hdbg_thread_info info = {.size = sizeof info};
    hdbg_status status = KERNEL(thread->team->session->kernel, thread_info, thread->id, &info);
    return status != HDBG_BAD_THREAD_ID && (status != HDBG_OK || info.team == thread->team->id);
}

/* Asks a thread to stop. Not locked. A thread that is not there any more is noted; its id may be another
 * one's, of a team that may not be asked. */
static hdbg_status ask(hdbg_session *session, hdbg_thread *thread)
{
    hdbg_status status = KERNEL(session->kernel, debug_thread, thread->id);
    if (status == HDBG_OK || (status != HDBG_BAD_THREAD_ID && thread_exists(thread)))
        return status;
    pthread_mutex_lock(&session->lock);
    thread->missing = true; /* THREAD_DELETED is on its way, or the end of its team */
    thread->stop_asked = false;
    pthread_mutex_unlock(&session->lock);
    return HDBG_OK;
}

/* Threads that are asked to stop; a reference each. */
typedef struct asked_list {
    hdbg_thread **threads;
    size_t count;
} asked_list;

/* Locked. */
static hdbg_status collect_asked(hdbg_team *team, hdbg_thread *thread, size_t count, asked_list *asked)
{
    asked->count = 0;
    asked->threads = malloc(count * sizeof(hdbg_thread *));
    if (asked->threads == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot stop team %d: out of memory", (int)team->id);
    for (hdbg_thread *each = thread != NULL ? thread : team->threads; each != NULL && asked->count < count;
         each = thread != NULL ? NULL : each->next) {
        if (!is_running(each))
            continue;
        each->stop_asked = true;
        each->stop_void = false;
        asked->threads[asked->count++] = hdbg_thread_retain(each);
    }
    return HDBG_OK;
}

/* Lets a kernel that can do that ask all threads at once. Not locked. @return whether nobody has to be asked
 * alone: fewer may answer than are known, of those that end. */
static bool ask_at_once(hdbg_team *team, size_t known)
{
    hdbg_kernel *kernel = team->session->kernel;
    return kernel->ops->debug_team != NULL && KERNEL(kernel, debug_team, team->id) >= (int64_t)known;
}

/* Asks all that run. Locked, and unlocked meanwhile. */
static hdbg_status ask_all(hdbg_team *team, hdbg_thread *thread, size_t count)
{
    hdbg_session *session = team->session;
    asked_list asked;
    hdbg_status status = collect_asked(team, thread, count, &asked);
    if (status != HDBG_OK)
        return status;
    size_t known = 0;
    for (hdbg_thread *each = team->threads; each != NULL; each = each->next)
        known += !each->missing;
    bool fence = team->fenced < team->continues;
    hdbg_nub *nub = fence ? team_nub_use(team) : NULL;
    pthread_mutex_unlock(&session->lock);

    bool all = thread == NULL && ask_at_once(team, known);
    /* A request that overtakes a CONTINUE_THREAD would be lost on a thread that still stands. */
    if (nub != NULL && !all)
        attach_fence(team, nub);
    if (nub != NULL)
        team_nub_release(team);
    for (size_t i = 0; i < asked.count && !all; i++) {
        hdbg_status answer = ask(session, asked.threads[i]);
        if (answer != HDBG_OK)
            status =
                hdbg_fail(answer, "cannot stop thread %d: %s", (int)asked.threads[i]->id, hdbg_last_error());
    }
    pthread_mutex_lock(&session->lock);
    for (size_t i = 0; i < asked.count; i++)
        thread_unref(asked.threads[i]);
    free(asked.threads);
    return status;
}

/* What is waited for: as many changes as would have all those stop that run. */
typedef struct stop_progress {
    const hdbg_team *team;
    hdbg_thread *thread; /* NULL: all */
    uint64_t changes;
} stop_progress;

static bool has_progress(void *argument)
{
    const stop_progress *progress = argument;
    if (progress->team->state != HDBG_TEAM_LIVE)
        return true;
    return progress->thread != NULL ? !is_running(progress->thread)
                                    : progress->team->changes >= progress->changes;
}

static hdbg_status stop_timed_out(hdbg_team *team, hdbg_thread *thread)
{
    hdbg_session *session = team->session;
    for (hdbg_thread *each = thread != NULL ? thread : team->threads; each != NULL;
         each = thread != NULL ? NULL : each->next)
        each->stop_asked = false; /* if it still comes, it is told */
    if (session->kernel->ops->has_default_debugger != NULL &&
        !KERNEL(session->kernel, has_default_debugger)) {
        return hdbg_fail(HDBG_NO_DEFAULT_DEBUGGER,
                         "cannot stop team %d: without a default debugger the kernel drops serious events",
                         (int)team->id);
    }
    return hdbg_fail(HDBG_TIMED_OUT, "cannot stop team %d: %zu of its threads did not answer in time",
                     (int)team->id, count_running(team, thread));
}

/* Waits until all those stand that were asked, or for `pause` none of them has stopped. Locked. */
static hdbg_status await_stops(hdbg_team *team, hdbg_thread *thread, hdbg_time pause)
{
    hdbg_session *session = team->session;
    for (;;) {
        size_t running = count_running(team, thread);
        uint64_t before = team->changes;
        if (running == 0)
            return HDBG_OK;
        stop_progress progress = {team, thread, before + running};
        hdbg_status status = pump_until(session, has_progress, &progress, session_now(session) + pause);
        if (team->state != HDBG_TEAM_LIVE)
            return HDBG_OK;
        if (status == HDBG_CANCELED || (status != HDBG_OK && (thread != NULL || team->changes == before)))
            return status;
    }
}

static hdbg_status ask_until_stopped(hdbg_team *team, hdbg_thread *thread)
{
    hdbg_session *session = team->session;
    hdbg_time deadline = session_now(session) + session->request_timeout, pause = SESSION_ASK_AGAIN;
    for (;;) {
        hdbg_status status = thread != NULL ? thread_check_lives(thread, "stop") : team_check(team, "stop");
        if (status != HDBG_OK)
            return status;
        size_t running = count_running(team, thread);
        if (running == 0)
            return HDBG_OK;
        if (session_now(session) >= deadline)
            return stop_timed_out(team, thread);
        status = ask_all(team, thread, running);
        if (status != HDBG_OK)
            return status;
        if (await_stops(team, thread, pause) == HDBG_CANCELED)
            return hdbg_fail(HDBG_CANCELED, "cannot stop team %d: the session ends", (int)team->id);
        pause = pause < SESSION_SLICE ? pause * 2 : pause;
    }
}

hdbg_status stop_and_wait(hdbg_team *team, hdbg_thread *thread)
{
    team->stopping += thread == NULL;
    hdbg_status status = ask_until_stopped(team, thread);
    team->stopping -= thread == NULL;
    return status;
}

hdbg_status hdbg_team_stop(hdbg_team *team)
{
    pthread_mutex_lock(&team->session->lock);
    hdbg_status status = stop_and_wait(team, NULL);
    pthread_mutex_unlock(&team->session->lock);
    return status;
}

hdbg_status hdbg_thread_stop(hdbg_thread *thread)
{
    pthread_mutex_lock(&thread->team->session->lock);
    hdbg_status status = stop_and_wait(thread->team, thread);
    pthread_mutex_unlock(&thread->team->session->lock);
    return status;
}

hdbg_status hdbg_thread_request_stop(hdbg_thread *thread)
{
    hdbg_team *team = thread->team;
    hdbg_session *session = team->session;
    pthread_mutex_lock(&session->lock);
    hdbg_status status = thread_check_lives(thread, "stop");
    bool runs = status == HDBG_OK && thread->state == HDBG_THREAD_RUNS;
    if (runs && !thread->stop_told) {
        thread->stop_told = true;
        thread->stop_void = false;
        session->unstopped++;
    }
    hdbg_nub *nub = runs && team->fenced < team->continues ? team_nub_use(team) : NULL;
    pthread_mutex_unlock(&session->lock);
    if (nub != NULL) {
        attach_fence(team, nub);
        team_nub_release(team);
    }
    return runs ? ask(session, thread) : status;
}

/* ---- what it stands for ---- */

hdbg_status hdbg_thread_stop_get(hdbg_thread *thread, hdbg_stop *stop)
{
    hdbg_status status = hdbg_struct_check(stop, "hdbg_stop");
    if (status != HDBG_OK)
        return status;
    pthread_mutex_lock(&thread->team->session->lock);
    status = thread_check_stopped(thread, "tell the stop of");
    if (status == HDBG_OK)
        hdbg_struct_give(stop, &thread->stop, sizeof thread->stop);
    pthread_mutex_unlock(&thread->team->session->lock);
    return status;
}

hdbg_status hdbg_thread_discard_signal(hdbg_thread *thread)
{
    pthread_mutex_lock(&thread->team->session->lock);
    hdbg_status status = thread_check_stopped(thread, "discard the signal of");
    if (status == HDBG_OK)
        thread->discarded = true;
    pthread_mutex_unlock(&thread->team->session->lock);
    return status;
}

hdbg_status hdbg_thread_send_signal(hdbg_thread *thread, int32_t signal)
{
    if (signal < 1 || signal > HDBG_SIGNAL_MAX)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot send signal %d to thread %d: there is none", (int)signal,
                         (int)thread->id);
    hdbg_session *session = thread->team->session;
    pthread_mutex_lock(&session->lock);
    hdbg_status status = thread_check_lives(thread, "send a signal to");
    pthread_mutex_unlock(&session->lock);
    if (status != HDBG_OK)
        return status;
    status = KERNEL(session->kernel, send_signal, thread->id, signal);
    if (status == HDBG_BAD_THREAD_ID)
        return hdbg_fail(HDBG_THREAD_GONE, "cannot send %s to thread %d: it has ended",
                         hdbg_signal_name(signal), (int)thread->id);
    return status;
}

hdbg_status hdbg_thread_set_ignored_signals(hdbg_thread *thread, uint64_t mask)
{
    hdbg_team *team = thread->team;
    pthread_mutex_lock(&team->session->lock);
    hdbg_status status = thread_check_lives(thread, "set the ignored signals of");
    hdbg_nub *nub = status == HDBG_OK ? team_nub_use(team) : NULL;
    pthread_mutex_unlock(&team->session->lock);
    if (nub == NULL)
        return status != HDBG_OK ? status : hdbg_fail(HDBG_BUSY, "team %d is being attached", (int)team->id);
    status = hdbg_nub_set_signal_masks(nub, thread->id, mask, HDBG_MASK_SET, 0, HDBG_MASK_OR);
    team_nub_release(team);
    return team_nub_status(team, status);
}

hdbg_thread_id hdbg_thread_id_of(const hdbg_thread *thread)
{
    return thread->id;
}

hdbg_team *hdbg_thread_team(hdbg_thread *thread)
{
    return thread->team;
}

int32_t hdbg_thread_state_of(hdbg_thread *thread)
{
    pthread_mutex_lock(&thread->team->session->lock);
    int32_t state = thread->state;
    pthread_mutex_unlock(&thread->team->session->lock);
    return state;
}

hdbg_status hdbg_thread_info_get(hdbg_thread *thread, hdbg_thread_info *info)
{
    hdbg_thread_info known = {.size = sizeof known};
    hdbg_session *session = thread->team->session;
    hdbg_status status = hdbg_struct_check(info, "hdbg_thread_info");
    if (status != HDBG_OK)
        return status;
    pthread_mutex_lock(&session->lock);
    if (thread->state == HDBG_THREAD_ENDED)
        status = hdbg_fail(HDBG_THREAD_GONE, "cannot tell about thread %d: it has ended", (int)thread->id);
    else if (session->closing)
        status = thread_check_lives(thread, "tell about");
    pthread_mutex_unlock(&session->lock);
    if (status != HDBG_OK)
        return status;
    status = KERNEL(session->kernel, thread_info, thread->id, &known);
    if (status == HDBG_BAD_THREAD_ID)
        return hdbg_fail(HDBG_THREAD_GONE, "cannot tell about thread %d: it has ended", (int)thread->id);
    if (status == HDBG_OK)
        hdbg_struct_give(info, &known, sizeof known);
    return status;
}
