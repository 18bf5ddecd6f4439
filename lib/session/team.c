/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Teams: their references, their nubs, and what can be asked of them.
 */
#include "base/structs.h"
#include "session/types.h"

#include <stdlib.h>

/* ---- references ---- */

hdbg_team *team_new(hdbg_session *session, hdbg_team_id id)
{
    hdbg_team *team = calloc(1, sizeof *team);
    if (team == NULL) {
        hdbg_fail(HDBG_NO_MEMORY, "cannot remember team %d: out of memory", (int)id);
        return NULL;
    }
    atomic_init(&team->references, 1);
    team->session = session;
    team->id = id;
    team->arch = session->arch;
    team->nub_port = -1;
    team->deadly_signal = -1;
    team->state = HDBG_TEAM_LET_GO;
    team->wanted = HDBG_TEAM_SIGNALS;
    team->follow = session->follow;
    pthread_mutex_init(&team->mark_lock, NULL);
    pthread_mutex_init(&team->cache_lock, NULL);
    pthread_mutex_init(&team->syscalls_lock, NULL);
    session_retain(session);
    return team;
}

hdbg_status team_list(hdbg_team *team)
{
    hdbg_session *session = team->session;
    hdbg_status status = id_map_put(&session->teams, &team->node, team->id);
    if (status != HDBG_OK)
        return status;
    hdbg_team_retain(team);
    team->state = HDBG_TEAM_LIVE;
    team->listed = true;
    session->live_teams++;
    return HDBG_OK;
}

hdbg_team *team_find(hdbg_session *session, hdbg_team_id id)
{
    hdbg_team *team = (hdbg_team *)id_map_find(&session->teams, id);
    return team != NULL && atomic_load(&team->references) > 0 ? team : NULL;
}

hdbg_team *hdbg_team_retain(hdbg_team *team)
{
    atomic_fetch_add(&team->references, 1);
    return team;
}

void hdbg_team_release(hdbg_team *team)
{
    /* The count goes to zero under the lock only: a look-up takes a reference there. */
    if (team == NULL)
        return;
    int32_t count = atomic_load(&team->references);
    while (count > 1) {
        if (atomic_compare_exchange_weak(&team->references, &count, count - 1))
            return;
    }
    hdbg_session *session = team->session;
    pthread_mutex_lock(&session->lock);
    bool last = atomic_fetch_sub(&team->references, 1) == 1;
    if (last)
        id_map_remove(&session->teams, &team->node);
    pthread_mutex_unlock(&session->lock);
    if (!last)
        return;

    if (team->cache.destroy != NULL)
        team->cache.destroy(team->cache.data);
    if (team->syscalls.destroy != NULL)
        team->syscalls.destroy(team->syscalls.data);
    hdbg_nub_close(team->nub);
    marks_free(&team->breakpoints);
    marks_free(&team->watchpoints);
    pthread_mutex_destroy(&team->mark_lock);
    pthread_mutex_destroy(&team->cache_lock);
    pthread_mutex_destroy(&team->syscalls_lock);
    free(team);
    session_release(session);
}

/* ---- the nub ---- */

hdbg_status team_check(hdbg_team *team, const char *what)
{
    static const struct {
        hdbg_status status;
        const char *why;
    } kStates[] = {
        [HDBG_TEAM_LIVE] = {HDBG_OK, ""},
        [HDBG_TEAM_ENDED] = {HDBG_TEAM_GONE, "it has ended"},
        [HDBG_TEAM_LET_GO] = {HDBG_DETACHED, "the session does not debug it any more"},
        [HDBG_TEAM_ORPHANED] = {HDBG_NUB_LOST, "its nub has died"},
    };
    if (team->state == HDBG_TEAM_LIVE)
        return HDBG_OK;
    return hdbg_fail(kStates[team->state].status, "cannot %s team %d: %s", what, (int)team->id,
                     kStates[team->state].why);
}

hdbg_nub *team_nub_use(hdbg_team *team)
{
    if (team->state != HDBG_TEAM_LIVE || team->nub == NULL)
        return NULL;
    team->nub_users++;
    return team->nub;
}

void team_nub_unuse(hdbg_team *team)
{
    if (--team->nub_users == 0 && team->state != HDBG_TEAM_LIVE)
        pthread_cond_broadcast(&team->session->changed); /* a detach waits for that */
}

hdbg_nub *team_nub_acquire(hdbg_team *team, hdbg_status *status)
{
    pthread_mutex_lock(&team->session->lock);
    *status = team_check(team, "ask the nub of");
    hdbg_nub *nub = team_nub_use(team);
    if (nub == NULL && *status == HDBG_OK)
        *status = hdbg_fail(HDBG_BUSY, "cannot ask the nub of team %d: it is being attached", (int)team->id);
    pthread_mutex_unlock(&team->session->lock);
    return nub;
}

void team_nub_release(hdbg_team *team)
{
    pthread_mutex_lock(&team->session->lock);
    team_nub_unuse(team);
    bool over = team->nub_users == 0 && team->state != HDBG_TEAM_LIVE;
    pthread_mutex_unlock(&team->session->lock);
    if (over)
        team_close_nub(team);
}

void team_close_nub(hdbg_team *team)
{
    hdbg_session *session = team->session;
    hdbg_nub *nub = NULL;
    pthread_mutex_lock(&session->lock);
    /* While a detach is busy with it, it is its user. */
    if (team->state != HDBG_TEAM_LIVE && team->nub_users == 0) {
        nub = team->nub;
        team->nub = NULL;
    }
    hdbg_nub_statistics numbers = {.size = sizeof numbers};
    if (nub != NULL && hdbg_nub_statistics_get(nub, &numbers) == HDBG_OK) {
        session->counts.requests += numbers.requests;
        session->counts.timeouts += numbers.timeouts;
    }
    pthread_mutex_unlock(&session->lock);
    hdbg_nub_close(nub);
}

hdbg_status team_nub_status(hdbg_team *team, hdbg_status status)
{
    if (status != HDBG_BAD_PORT_ID)
        return status;
    /* Whoever reads the port will find out more; for the caller the team is gone. */
    hdbg_session *session = team->session;
    pthread_mutex_lock(&session->lock);
    session->next_check = 0;
    hdbg_status known = team_check(team, "ask");
    pthread_mutex_unlock(&session->lock);
    return known != HDBG_OK
               ? known
               : hdbg_fail(HDBG_TEAM_GONE, "team %d does not answer: its nub is gone", (int)team->id);
}

uint32_t team_flags(const hdbg_team *team)
{
    return team->wanted | HDBG_TEAM_SIGNALS | HDBG_TEAM_CREATION | HDBG_TEAM_THREADS | HDBG_TEAM_IMAGES;
}

hdbg_kernel *team_kernel(hdbg_team *team)
{
    return team->session->kernel;
}

uint64_t team_image_generation(hdbg_team *team)
{
    pthread_mutex_lock(&team->session->lock);
    uint64_t generation = team->image_generation;
    pthread_mutex_unlock(&team->session->lock);
    return generation;
}

uint64_t team_standstill(hdbg_team *team)
{
    pthread_mutex_lock(&team->session->lock);
    uint64_t standstill = team->thread_count > 0 ? team->continues + 1 : 0;
    for (const hdbg_thread *thread = team->threads; thread != NULL; thread = thread->next) {
        if (thread->state != HDBG_THREAD_STOPPED)
            standstill = 0;
    }
    pthread_mutex_unlock(&team->session->lock);
    return standstill;
}

team_cache *team_cache_lock(hdbg_team *team)
{
    pthread_mutex_lock(&team->cache_lock);
    return &team->cache;
}

void team_cache_unlock(hdbg_team *team)
{
    pthread_mutex_unlock(&team->cache_lock);
}

team_cache *team_syscalls_lock(hdbg_team *team)
{
    pthread_mutex_lock(&team->syscalls_lock);
    return &team->syscalls;
}

void team_syscalls_unlock(hdbg_team *team)
{
    pthread_mutex_unlock(&team->syscalls_lock);
}

/* ---- what is known of it ---- */

hdbg_team_id hdbg_team_id_of(const hdbg_team *team)
{
    return team->id;
}

int32_t hdbg_team_state_of(hdbg_team *team)
{
    pthread_mutex_lock(&team->session->lock);
    int32_t state = team->state;
    pthread_mutex_unlock(&team->session->lock);
    return state;
}

int32_t hdbg_team_arch(hdbg_team *team)
{
    return team->arch;
}

hdbg_session *hdbg_team_session(hdbg_team *team)
{
    pthread_mutex_lock(&team->session->lock);
    hdbg_session *session = team->session->closing ? NULL : team->session;
    pthread_mutex_unlock(&team->session->lock);
    return session;
}

/* Whether the kernel may be asked about a team. */
static hdbg_status check_for_kernel(hdbg_team *team, const char *what)
{
    pthread_mutex_lock(&team->session->lock);
    hdbg_status status = HDBG_OK;
    if (team->state == HDBG_TEAM_ENDED || team->session->closing)
        status = team_check(team, what);
    pthread_mutex_unlock(&team->session->lock);
    return status;
}

hdbg_status hdbg_team_info_get(hdbg_team *team, hdbg_team_info *info)
{
    hdbg_team_info known = {.size = sizeof known};
    hdbg_status status = hdbg_struct_check(info, "hdbg_team_info");
    if (status == HDBG_OK)
        status = check_for_kernel(team, "tell about");
    if (status != HDBG_OK)
        return status;
    status = KERNEL(team->session->kernel, team_info, team->id, &known);
    if (status == HDBG_OK)
        hdbg_struct_give(info, &known, sizeof known);
    if (status == HDBG_BAD_TEAM_ID)
        return hdbg_fail(HDBG_TEAM_GONE, "cannot tell about team %d: it has ended", (int)team->id);
    return status;
}

hdbg_status hdbg_team_end_get(hdbg_team *team, hdbg_team_end *end)
{
    hdbg_status status = hdbg_struct_check(end, "hdbg_team_end");
    if (status != HDBG_OK)
        return status;
    pthread_mutex_lock(&team->session->lock);
    if (team->state == HDBG_TEAM_ENDED)
        hdbg_struct_give(end, &team->end, sizeof team->end);
    else if (team->state == HDBG_TEAM_LIVE)
        status = hdbg_fail(HDBG_BUSY, "cannot tell the end of team %d: it lives", (int)team->id);
    else
        status = team_check(team, "tell the end of");
    pthread_mutex_unlock(&team->session->lock);
    return status;
}

size_t hdbg_team_threads(hdbg_team *team, hdbg_thread **threads, size_t capacity)
{
    size_t count = 0;
    pthread_mutex_lock(&team->session->lock);
    for (hdbg_thread *thread = team->threads; thread != NULL; thread = thread->next) {
        if (thread->missing)
            continue;
        if (count < capacity)
            threads[count] = hdbg_thread_retain(thread);
        count++;
    }
    pthread_mutex_unlock(&team->session->lock);
    return count;
}

hdbg_thread *hdbg_team_thread(hdbg_team *team, hdbg_thread_id id)
{
    pthread_mutex_lock(&team->session->lock);
    hdbg_thread *thread = thread_find(team->session, id);
    if (thread != NULL && thread->team == team && thread->listed)
        hdbg_thread_retain(thread);
    else
        thread = NULL;
    pthread_mutex_unlock(&team->session->lock);
    return thread;
}

hdbg_thread *hdbg_team_main_thread(hdbg_team *team)
{
    return hdbg_team_thread(team, team->id);
}

/* ---- what can be done with it ---- */

hdbg_status hdbg_team_set_follow(hdbg_team *team, int32_t follow)
{
    if (follow != HDBG_FOLLOW_NONE && follow != HDBG_FOLLOW_CHILD)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot follow children of team %d: there is no hdbg_follow %d",
                         (int)team->id, (int)follow);
    pthread_mutex_lock(&team->session->lock);
    team->follow = follow;
    pthread_mutex_unlock(&team->session->lock);
    return HDBG_OK;
}

hdbg_status hdbg_team_set_events(hdbg_team *team, uint32_t flags)
{
    hdbg_session *session = team->session;
    pthread_mutex_lock(&session->lock);
    hdbg_status status = team_check(team, "choose the events of");
    if (status == HDBG_OK)
        team->wanted = flags;
    uint32_t all = team_flags(team);
    hdbg_nub *nub = status == HDBG_OK ? team_nub_use(team) : NULL;
    pthread_mutex_unlock(&session->lock);
    if (nub != NULL) {
        status = team_nub_status(team, hdbg_nub_set_team_flags(nub, all));
        team_nub_release(team);
    }
    return status;
}

hdbg_status hdbg_team_kill(hdbg_team *team)
{
    pthread_mutex_lock(&team->session->lock);
    hdbg_status status = team_check(team, "kill");
    pthread_mutex_unlock(&team->session->lock);
    if (status != HDBG_OK)
        return status;
    status = KERNEL(team->session->kernel, kill_team, team->id);
    if (status == HDBG_BAD_TEAM_ID)
        return hdbg_fail(HDBG_TEAM_GONE, "cannot kill team %d: it has ended", (int)team->id);
    if (status == HDBG_OK) {
        pthread_mutex_lock(&team->session->lock);
        team->killed = true;
        pthread_mutex_unlock(&team->session->lock);
    }
    return status;
}

hdbg_status hdbg_team_send_signal(hdbg_team *team, int32_t signal)
{
    if (signal < 1 || signal > HDBG_SIGNAL_MAX)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot send signal %d to team %d: there is none", (int)signal,
                         (int)team->id);
    hdbg_status status = check_for_kernel(team, "send a signal to");
    if (status != HDBG_OK)
        return status;
    status = KERNEL(team->session->kernel, send_team_signal, team->id, signal);
    if (status == HDBG_BAD_TEAM_ID)
        return hdbg_fail(HDBG_TEAM_GONE, "cannot send %s to team %d: it has ended", hdbg_signal_name(signal),
                         (int)team->id);
    return status;
}

hdbg_status hdbg_team_signal_handler(hdbg_team *team, int32_t signal, hdbg_signal_handler *handler)
{
    if (signal < 1 || signal > HDBG_SIGNAL_MAX)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot tell what team %d does on signal %d: there is none",
                         (int)team->id, (int)signal);
    hdbg_status status;
    hdbg_nub *nub = team_nub_acquire(team, &status);
    if (nub == NULL)
        return status;
    status = team_nub_status(team, hdbg_nub_get_signal_handler(nub, signal, handler));
    team_nub_release(team);
    return status;
}

hdbg_status hdbg_team_set_signal_handler(hdbg_team *team, int32_t signal, const hdbg_signal_handler *handler)
{
    if (signal < 1 || signal > HDBG_SIGNAL_MAX)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot set what team %d does on signal %d: there is none",
                         (int)team->id, (int)signal);
    hdbg_status status;
    hdbg_nub *nub = team_nub_acquire(team, &status);
    if (nub == NULL)
        return status;
    status = team_nub_status(team, hdbg_nub_set_signal_handler(nub, signal, handler));
    team_nub_release(team);
    return status;
}
