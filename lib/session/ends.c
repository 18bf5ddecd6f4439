/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Ends that no event tells: a TEAM_DELETED that did not fit into the port, a nub that was killed.
 *
 * A team's nub port dies a little before its TEAM_DELETED is written, so a dead port makes a team suspect
 * only. If nothing came for a while after that, the kernel is asked: a team that does not exist any more has
 * ended, another one has lost its nub.
 */
#include "session/types.h"

#include <stdlib.h>

/* ---- how a team ended ---- */

static void set_end(hdbg_team *team, int32_t status, int32_t signal, int32_t source)
{
    team->end.size = sizeof team->end;
    team->end.status = status;
    team->end.signal = signal;
    team->end.source = source;
}

/* Takes the status of a team that the session launched. */
static bool reap(hdbg_team *team, hdbg_team_status *status)
{
    hdbg_session *session = team->session;
    pthread_mutex_lock(&session->lock);
    bool ours = team->launched && (session->flags & HDBG_SESSION_NO_REAP) == 0;
    team->launched = false;
    pthread_mutex_unlock(&session->lock);
    if (!ours)
        return false;
    hdbg_status result = KERNEL(session->kernel, reap, team->id, status, SESSION_REAP_TIMEOUT);
    if (result != HDBG_OK)
        session_log(session, HDBG_LOG_WARNING, "team %d cannot be reaped: %s", (int)team->id,
                    hdbg_last_error());
    return result == HDBG_OK;
}

/* `event` NULL: none came. */
static void find_end(hdbg_team *team, const hdbg_nub_event *event)
{
    hdbg_session *session = team->session;
    hdbg_team_status status = {-1, -1};
    bool reaped = reap(team, &status);

    pthread_mutex_lock(&session->lock);
    int32_t untold = event != NULL ? HDBG_END_EVENT : HDBG_END_INFERRED;
    if (event != NULL && event->data.team_end.known) {
        set_end(team, event->data.team_end.status, event->data.team_end.signal, HDBG_END_EVENT);
        team->end.user_time = event->data.team_end.user_time;
        team->end.kernel_time = event->data.team_end.kernel_time;
    } else if (reaped) {
        set_end(team, status.status, status.signal, untold);
    } else if (team->deadly_signal > 0) {
        set_end(team, -1, team->deadly_signal, HDBG_END_SIGNAL);
    } else {
        set_end(team, -1, -1, untold);
    }
    pthread_mutex_unlock(&session->lock);
}

void ends_team_deleted(hdbg_team *team, const hdbg_nub_event *event)
{
    find_end(team, event);
}

void ends_let_go(hdbg_team *team)
{
    hdbg_team_status ignored;
    pthread_mutex_lock(&team->session->lock);
    bool killed = team->killed;
    pthread_mutex_unlock(&team->session->lock);
    if (killed)
        reap(team, &ignored);
}

/* ---- ends without an event ---- */

static void tell_lost_end(hdbg_team *team)
{
    hdbg_session *session = team->session;
    find_end(team, NULL);
    pthread_mutex_lock(&session->lock);
    if (team->listed) {
        hdbg_nub_event data = {
            .type = HDBG_EVENT_TEAM_DELETED, .thread = -1, .team = team->id, .nub_port = -1};
        bookkeeping_team_over(team, HDBG_TEAM_ENDED);
        queue_put_own(team, NULL, &data, false);
        session->counts.inferred_ends++;
    }
    pthread_mutex_unlock(&session->lock);
}

static void tell_lost_nub(hdbg_team *team)
{
    hdbg_session *session = team->session;
    pthread_mutex_lock(&session->lock);
    if (team->listed) {
        hdbg_nub_event data = {.type = HDBG_EVENT_NUB_LOST, .thread = -1, .team = team->id, .nub_port = -1};
        bookkeeping_team_over(team, HDBG_TEAM_ORPHANED);
        queue_put_own(team, NULL, &data, false);
    }
    pthread_mutex_unlock(&session->lock);
}

/* The teams that are debugged, with references; NULL if there are none. Freed with free_teams(). */
static hdbg_team **collect_teams(hdbg_session *session, size_t *count)
{
    pthread_mutex_lock(&session->lock);
    size_t room = (size_t)session->live_teams;
    hdbg_team **teams = room != 0 ? malloc(room * sizeof(hdbg_team *)) : NULL;
    *count = 0;
    for (size_t i = 0; teams != NULL && i < session->teams.bucket_count; i++) {
        for (id_node *node = session->teams.buckets[i]; node != NULL; node = node->next) {
            hdbg_team *team = (hdbg_team *)node;
            if (team->listed && *count < room)
                teams[(*count)++] = hdbg_team_retain(team);
        }
    }
    pthread_mutex_unlock(&session->lock);
    return teams;
}

static void free_teams(hdbg_team **teams, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        team_close_nub(teams[i]);
        hdbg_team_release(teams[i]);
    }
    free(teams);
}

/* Whether a suspect team is over by now; tells it then. */
static void judge(hdbg_team *team, hdbg_time now)
{
    hdbg_session *session = team->session;
    pthread_mutex_lock(&session->lock);
    if (team->listed && team->suspect_since == 0) {
        team->suspect_since = now;
        session->suspects++;
    }
    bool ripe = team->listed && now - team->suspect_since >= SESSION_GRACE;
    pthread_mutex_unlock(&session->lock);
    if (!ripe)
        return;

    hdbg_team_info info = {.size = sizeof info};
    if (KERNEL(session->kernel, team_info, team->id, &info) == HDBG_OK)
        tell_lost_nub(team);
    else
        tell_lost_end(team);
}

/* Which nub ports are gone: in `objects`, in the order of `teams`. */
static hdbg_object_wait *look_at_ports(hdbg_session *session, hdbg_team **teams, size_t count)
{
    hdbg_object_wait *objects = calloc(count, sizeof *objects);
    if (objects == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        objects[i] = (hdbg_object_wait){teams[i]->nub_port, HDBG_OBJECT_PORT, HDBG_WAIT_INVALID};
    int64_t ready = KERNEL(session->kernel, wait_for_objects, objects, count, 0);
    for (size_t i = 0; i < count && ready <= 0; i++)
        objects[i].events = 0;
    return objects;
}

/* Threads that were asked to stop in the moment in which they went on have not heard it. */
static void ask_again(hdbg_session *session, hdbg_team **teams, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hdbg_thread_id unheard[32];
        size_t unheard_count = 0;
        pthread_mutex_lock(&session->lock);
        for (hdbg_thread *thread = teams[i]->threads; thread != NULL && unheard_count < 32;
             thread = thread->next) {
            if (thread->stop_told && thread->state == HDBG_THREAD_RUNS)
                unheard[unheard_count++] = thread->id;
        }
        pthread_mutex_unlock(&session->lock);
        for (size_t j = 0; j < unheard_count; j++)
            KERNEL(session->kernel, debug_thread, unheard[j]);
    }
}

void ends_check(hdbg_session *session)
{
    hdbg_time now = session_now(session);
    pthread_mutex_lock(&session->lock);
    bool due = now >= session->next_check;
    if (due)
        session->next_check = now + (session->suspects > 0 ? SESSION_SUSPECT_SLICE : SESSION_SLICE);
    bool unstopped = session->unstopped > 0;
    pthread_mutex_unlock(&session->lock);
    if (!due)
        return;

    size_t count;
    hdbg_team **teams = collect_teams(session, &count);
    hdbg_object_wait *objects = count != 0 ? look_at_ports(session, teams, count) : NULL;
    for (size_t i = 0; objects != NULL && i < count; i++) {
        if (objects[i].object >= 0 && (objects[i].events & HDBG_WAIT_INVALID) != 0)
            judge(teams[i], now);
    }
    if (unstopped)
        ask_again(session, teams, count);
    free(objects);
    free_teams(teams, count);
}

void ends_nub_lost(hdbg_session *session)
{
    size_t count;
    hdbg_team **teams = collect_teams(session, &count);
    for (size_t i = 0; i < count; i++) {
        hdbg_team_info info = {.size = sizeof info};
        if (KERNEL(session->kernel, team_info, teams[i]->id, &info) == HDBG_OK)
            tell_lost_nub(teams[i]);
        else
            tell_lost_end(teams[i]);
    }
    free_teams(teams, count);
}
