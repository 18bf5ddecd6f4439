/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Attaching to a team that runs, and letting one go.
 */
#include "session/types.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    LEARN_ROUNDS = 100,
    THREADS_MAX = 1 << 24 /* more than a system has: a kernel that tells of so many is not believed */
};

/* ---- attaching ---- */

hdbg_status attach_fence(hdbg_team *team, hdbg_nub *nub)
{
    hdbg_session *session = team->session;
    pthread_mutex_lock(&session->lock);
    uint64_t continues = team->continues;
    pthread_mutex_unlock(&session->lock);

    /* The smallest request that is answered. That the main thread may have ended does not matter. */
    uint64_t ignore, ignore_once;
    hdbg_status status = hdbg_nub_get_signal_masks(nub, team->id, &ignore, &ignore_once);
    if (status == HDBG_BAD_PORT_ID || status == HDBG_TIMED_OUT || status == HDBG_NUB_LOST)
        return team_nub_status(team, status);
    pthread_mutex_lock(&session->lock);
    if (team->fenced < continues)
        team->fenced = continues;
    pthread_mutex_unlock(&session->lock);
    return HDBG_OK;
}

/* Threads that stopped, for what nobody wants to know, while there was no connection yet. */
static void continue_early(hdbg_team *team, hdbg_nub *nub)
{
    hdbg_session *session = team->session;
    for (;;) {
        hdbg_thread *waiting = NULL;
        pthread_mutex_lock(&session->lock);
        for (hdbg_thread *thread = team->threads; thread != NULL && waiting == NULL; thread = thread->next) {
            if (thread->continue_later && thread->state == HDBG_THREAD_STOPPED)
                waiting = hdbg_thread_retain(thread);
        }
        int32_t signal = 0;
        if (waiting != NULL) {
            waiting->continue_later = false;
            waiting->state = HDBG_THREAD_RUNS;
            signal = resume_own_signal(waiting, true);
        }
        pthread_mutex_unlock(&session->lock);
        if (waiting == NULL)
            return;
        resume_claimed(waiting, nub, signal, false);
        hdbg_thread_release(waiting);
    }
}

static hdbg_status connect_nub(hdbg_team *team, hdbg_port_id nub_port)
{
    hdbg_session *session = team->session;
    hdbg_team_info info = {.size = sizeof info};
    if (KERNEL(session->kernel, team_info, team->id, &info) != HDBG_OK)
        return hdbg_fail(HDBG_TEAM_GONE, "cannot attach to team %d: it ended meanwhile", (int)team->id);
    hdbg_nub *nub;
    hdbg_status status = hdbg_nub_open(session->kernel, nub_port, team->id, (hdbg_arch)info.arch, &nub);
    if (status != HDBG_OK)
        return hdbg_fail(status, "cannot connect to the nub of team %d: %s", (int)team->id,
                         hdbg_last_error());
    hdbg_nub_set_timeout(nub, session->request_timeout);

    pthread_mutex_lock(&session->lock);
    team->arch = info.arch;
    team->nub = nub;
    team->nub_port = nub_port;
    uint32_t flags = team_flags(team);
    status = team_check(team, "attach to");
    nub = team_nub_use(team);
    pthread_mutex_unlock(&session->lock);
    if (nub == NULL)
        return status;
    status = team_nub_status(team, hdbg_nub_set_team_flags(nub, flags));
    continue_early(team, nub);
    team_nub_release(team);
    return status;
}

hdbg_status attach_connect(hdbg_team *team)
{
    hdbg_session *session = team->session;
    hdbg_port_id nub_port = KERNEL(session->kernel, install_team_debugger, team->id, session->port);
    if (nub_port < 0)
        return nub_port;
    hdbg_status status = connect_nub(team, nub_port);
    if (status == HDBG_OK)
        return HDBG_OK;
    char why[512];
    snprintf(why, sizeof why, "%s", hdbg_last_error());
    KERNEL(session->kernel, remove_team_debugger, team->id);
    return hdbg_fail(status, "%s", why);
}

/* A thread that the kernel's list shows. *added: set if it was not known. */
static hdbg_status learn_thread(hdbg_team *team, hdbg_thread_id id, uint32_t round, bool *added)
{
    hdbg_session *session = team->session;
    pthread_mutex_lock(&session->lock);
    size_t before = team->thread_count;
    hdbg_status status = team_check(team, "attach to");
    hdbg_thread *thread = status == HDBG_OK ? thread_get(team, id) : NULL;
    if (thread != NULL)
        thread->round = round;
    *added |= team->thread_count != before;
    pthread_mutex_unlock(&session->lock);
    return thread == NULL && status == HDBG_OK ? HDBG_NO_MEMORY : status;
}

/* The ids of all threads; to be freed. NULL: the kernel cannot tell them at once, or not now. */
static hdbg_thread_id *list_at_once(hdbg_team *team, size_t *count)
{
    hdbg_kernel *kernel = team->session->kernel;
    if (kernel->ops->team_threads == NULL)
        return NULL;
    hdbg_thread_id *ids = NULL;
    int64_t there = 64, room = 0;
    while (there > room && there <= THREADS_MAX) {
        room = there + there / 4;
        free(ids);
        ids = malloc((size_t)room * sizeof *ids);
        if (ids == NULL)
            return NULL;
        there = KERNEL(kernel, team_threads, team->id, ids, (size_t)room);
    }
    if (there < 0 || there > room) {
        free(ids);
        return NULL;
    }
    *count = (size_t)there;
    return ids;
}

/* One look at the kernel's list. *added: whether there was anything new. */
static hdbg_status learn_round(hdbg_team *team, uint32_t round, bool *added)
{
    hdbg_session *session = team->session;
    hdbg_status status = HDBG_OK;
    int64_t cookie = 0;
    size_t count = 0;
    *added = false;
    hdbg_thread_id *ids = list_at_once(team, &count);
    for (size_t i = 0; i < count && status == HDBG_OK; i++)
        status = learn_thread(team, ids[i], round, added);
    if (ids != NULL) {
        free(ids);
        return status;
    }
    while (status == HDBG_OK) {
        hdbg_thread_info info = {.size = sizeof info};
        if (KERNEL(session->kernel, next_thread, team->id, &cookie, &info) != HDBG_OK)
            break;
        if ((info.flags & HDBG_THREAD_IS_NUB) == 0)
            status = learn_thread(team, info.thread, round, added);
    }
    return status;
}

/* Threads whose end was told before the kernel's list named them, stale as it was. */
static void forget_dead(hdbg_team *team, uint32_t round)
{
    hdbg_session *session = team->session;
    for (;;) {
        hdbg_thread *doubtful = NULL;
        pthread_mutex_lock(&session->lock);
        for (hdbg_thread *thread = team->threads; thread != NULL && doubtful == NULL; thread = thread->next) {
            if (thread->round != 0 && thread->round != round)
                doubtful = hdbg_thread_retain(thread);
        }
        if (doubtful != NULL)
            doubtful->round = round;
        pthread_mutex_unlock(&session->lock);
        if (doubtful == NULL)
            return;

        if (!thread_exists(doubtful)) {
            pthread_mutex_lock(&session->lock);
            if (doubtful->listed)
                bookkeeping_thread_over(doubtful);
            pthread_mutex_unlock(&session->lock);
        }
        hdbg_thread_release(doubtful);
    }
}

hdbg_status attach_learn(hdbg_team *team)
{
    /* The nub tells of new threads from here on; those that the list shows are the older ones. */
    hdbg_status status;
    hdbg_nub *nub = team_nub_acquire(team, &status);
    if (nub == NULL)
        return status;
    status = attach_fence(team, nub);
    team_nub_release(team);

    bool added = true;
    uint32_t round = 0;
    while (status == HDBG_OK && added && round < LEARN_ROUNDS)
        status = learn_round(team, ++round, &added);
    if (status == HDBG_OK)
        forget_dead(team, added ? round + 1 : round); /* of a team that never rests, none is sure */
    return status;
}

hdbg_status hdbg_team_attach(hdbg_session *session, hdbg_team_id id, uint32_t flags, hdbg_team **result)
{
    *result = NULL;
    hdbg_team *team = team_new(session, id);
    if (team == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for team %d", (int)id);
    pthread_mutex_lock(&session->lock);
    if (session->has_let_go) /* what is left of a team's last time would be taken for this one's */
        pump_drain(session);
    hdbg_team *known = team_find(session, id);
    hdbg_status status;
    if (session->closing)
        status = hdbg_fail(HDBG_CANCELED, "cannot attach to team %d: the session ends", (int)id);
    else if (known != NULL && known->listed)
        status =
            hdbg_fail(HDBG_BAD_VALUE, "cannot attach to team %d: the session debugs it already", (int)id);
    else
        status = team_list(team);
    pthread_mutex_unlock(&session->lock);
    if (status != HDBG_OK)
        goto unknown;

    status = attach_connect(team);
    if (status == HDBG_OK)
        status = attach_learn(team);
    if (status == HDBG_OK && (flags & HDBG_ATTACH_STOP) != 0) {
        pthread_mutex_lock(&session->lock);
        status = stop_and_wait(team, NULL);
        pthread_mutex_unlock(&session->lock);
    }
    if (status == HDBG_OK) {
        session_log(session, HDBG_LOG_INFO, "attached to team %d", (int)id);
        *result = team;
        return HDBG_OK;
    }
    attach_undo(team);
unknown:
    hdbg_team_release(team);
    return status;
}

/* ---- letting go ---- */

/* Threads that would not go on rightly by themselves when the nub goes. */
static size_t collect_special(hdbg_team *team, hdbg_thread ***result)
{
    *result = team->thread_count != 0 ? malloc(team->thread_count * sizeof(hdbg_thread *)) : NULL;
    size_t count = 0;
    for (hdbg_thread *thread = team->threads; thread != NULL && *result != NULL; thread = thread->next) {
        if (thread->state != HDBG_THREAD_STOPPED)
            continue;
        if (thread->discarded || !thread->nub_same || thread->pc != 0)
            (*result)[count++] = hdbg_thread_retain(thread);
    }
    return count;
}

/* The queue's events of a team are dropped; children that an event was to announce go with it. */
static void drop_events(hdbg_session *session, hdbg_event *dropped)
{
    uint64_t count = 0;
    while (dropped != NULL) {
        hdbg_event *next = dropped->next;
        if (dropped->child != NULL)
            hdbg_team_detach(dropped->child);
        hdbg_event_release(dropped);
        dropped = next;
        count++;
    }
    pthread_mutex_lock(&session->lock);
    session->counts.foreign_messages += count;
    session_descriptor_update(session);
    pthread_mutex_unlock(&session->lock);
}

/* The nub's part: nothing of the session stays in the team. */
static void leave(hdbg_team *team, hdbg_nub *nub, hdbg_thread **special, size_t count)
{
    hdbg_session *session = team->session;
    marks_clear_all(team, nub);
    hdbg_nub_set_team_flags(nub, 0);
    for (size_t i = 0; i < count; i++) {
        hdbg_thread *thread = special[i];
        if (thread->discarded || !thread->nub_same || step_has_to_be_led(thread, nub))
            resume_claimed(thread, nub, resume_own_signal(thread, false), false);
    }
    attach_fence(team, nub); /* all that was sent has been read before the nub's port goes */
    KERNEL(session->kernel, remove_team_debugger, team->id);
}

static hdbg_status let_go(hdbg_team *team)
{
    hdbg_session *session = team->session;
    hdbg_thread **special = NULL;
    size_t count = 0;
    pthread_mutex_lock(&session->lock);
    hdbg_status status = team_check(team, "detach");
    if (status != HDBG_OK) {
        pthread_mutex_unlock(&session->lock);
        return status;
    }
    count = collect_special(team, &special);
    hdbg_nub *nub = team_nub_use(team);
    bookkeeping_team_over(team, HDBG_TEAM_LET_GO);
    session->has_let_go = true;
    hdbg_event *dropped = queue_drop(session, team);
    session_kick(session);
    pthread_cond_broadcast(&session->changed);
    while (team->nub_users > (nub != NULL))
        pthread_cond_wait(&session->changed, &session->lock);
    pthread_mutex_unlock(&session->lock);

    if (nub != NULL) {
        leave(team, nub, special, count);
        team_nub_release(team);
    }
    drop_events(session, dropped);
    for (size_t i = 0; i < count; i++)
        hdbg_thread_release(special[i]);
    free(special);
    ends_let_go(team);
    return HDBG_OK;
}

hdbg_status hdbg_team_detach(hdbg_team *team)
{
    return let_go(team);
}

hdbg_status hdbg_team_prepare_handover(hdbg_team *team)
{
    hdbg_status status;
    hdbg_nub *nub = team_nub_acquire(team, &status);
    if (nub == NULL)
        return status;
    marks_clear_all(team, nub); /* the nub would, but they are not to be on the session's list either */
    status = team_nub_status(team, hdbg_nub_prepare_handover(nub));
    if (status == HDBG_OK)
        status = attach_fence(team, nub); /* it has been read: who attaches now does not come too early */
    team_nub_release(team);
    return status;
}

/* It ended meanwhile: nobody has heard of it, and nobody will hear of its end. */
static void forget_ended(hdbg_team *team)
{
    hdbg_session *session = team->session;
    pthread_mutex_lock(&session->lock);
    hdbg_event *dropped = queue_drop(session, team);
    bool kept = team->kept;
    team->kept = false;
    pthread_mutex_unlock(&session->lock);
    drop_events(session, dropped);
    team_close_nub(team);
    if (kept)
        hdbg_team_release(team);
}

void attach_undo(hdbg_team *team)
{
    char why[512];
    snprintf(why, sizeof why, "%s", hdbg_last_error());
    if (let_go(team) != HDBG_OK)
        forget_ended(team);
    hdbg_fail(HDBG_ERROR, "%s", why);
}
