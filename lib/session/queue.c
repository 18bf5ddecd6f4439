/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The session's ordered queue of events, and the pool they come from.
 */
#include "session/types.h"

#include <stdlib.h>

hdbg_event *event_new(hdbg_session *session)
{
    pthread_mutex_lock(&session->lock);
    hdbg_event *event = session->free_events;
    if (event != NULL)
        session->free_events = event->next;
    pthread_mutex_unlock(&session->lock);
    if (event == NULL)
        event = malloc(sizeof *event);
    if (event == NULL)
        return NULL;

    event->next = event->previous = NULL;
    event->session = session;
    event->team = event->child = event->awaited = NULL;
    event->thread = NULL;
    event->is_stop = event->borrows = false;
    event->records = NULL;
    event->record_bytes = 0;
    return event;
}

void event_recycle(hdbg_session *session, hdbg_event *event)
{
    free(event->records);
    event->records = NULL;
    pthread_mutex_lock(&session->lock);
    if (!session->closing) {
        event->next = session->free_events;
        session->free_events = event;
        event = NULL;
    }
    pthread_mutex_unlock(&session->lock);
    free(event);
}

void queue_put(hdbg_event *event, hdbg_team *team, hdbg_thread *thread)
{
    hdbg_session *session = team->session;
    event->team = hdbg_team_retain(team);
    event->thread = thread != NULL ? hdbg_thread_retain(thread) : NULL;
    if (event->is_stop && thread != NULL)
        thread->queued++;

    event->next = NULL;
    event->previous = session->last_event;
    if (session->last_event != NULL)
        session->last_event->next = event;
    else
        session->first_event = event;
    session->last_event = event;
    session->queued++;
}

void queue_put_own(hdbg_team *team, hdbg_thread *thread, const hdbg_nub_event *data, bool is_stop)
{
    hdbg_session *session = team->session;
    hdbg_event *event = session->free_events;
    if (event != NULL)
        session->free_events = event->next;
    else
        event = malloc(sizeof *event);
    if (event == NULL) {
        session_log(session, HDBG_LOG_ERROR, "out of memory: a %s of team %d is lost",
                    hdbg_event_type_name(data->type), (int)team->id);
        return;
    }
    *event =
        (hdbg_event){.session = session, .time = session_now(session), .is_stop = is_stop, .data = *data};
    queue_put(event, team, thread);
}

static bool fits(const hdbg_event *event, const hdbg_wait_filter *filter)
{
    if (filter == NULL)
        return true;
    int32_t type = event->data.type;
    uint32_t bit = type == HDBG_EVENT_NUB_LOST ? UINT32_C(1) << 31
                   : type == HDBG_EVENT_TRACED ? UINT32_C(1) << 30
                                               : UINT32_C(1) << type;
    if (filter->types != 0 && (filter->types & bit) == 0)
        return false;
    if (filter->team != 0 && event->team->id != filter->team)
        return false;
    if (filter->thread == 0)
        return true;
    if (event->thread != NULL)
        return event->thread->id == filter->thread;
    if (type == HDBG_EVENT_TRACED)
        return false;

    /* The end of the thread's team. */
    hdbg_thread *thread = thread_find(event->session, filter->thread);
    return thread != NULL && thread->team == event->team;
}

/* A TEAM_CREATED waits until the child that is followed stands, and what comes behind it waits too. */
static bool is_ready(const hdbg_event *event)
{
    hdbg_team *child = event->awaited;
    if (child == NULL || child->state != HDBG_TEAM_LIVE)
        return true;
    hdbg_thread *main_thread = thread_find(event->session, child->id);
    return main_thread == NULL || main_thread->state != HDBG_THREAD_RUNS || main_thread->missing;
}

static void unlink_event(hdbg_session *session, hdbg_event *event)
{
    if (event->previous != NULL)
        event->previous->next = event->next;
    else
        session->first_event = event->next;
    if (event->next != NULL)
        event->next->previous = event->previous;
    else
        session->last_event = event->previous;
    event->next = event->previous = NULL;
    session->queued--;
    if (event->is_stop && event->thread != NULL)
        event->thread->queued--;
}

hdbg_event *queue_take(hdbg_session *session, const hdbg_wait_filter *filter)
{
    for (hdbg_event *event = session->first_event; event != NULL; event = event->next) {
        if (!fits(event, filter))
            continue;
        if (!is_ready(event))
            return NULL;
        unlink_event(session, event);
        return event;
    }
    return NULL;
}

bool queue_holds(hdbg_session *session, const hdbg_wait_filter *filter)
{
    for (hdbg_event *event = session->first_event; event != NULL; event = event->next) {
        if (fits(event, filter))
            return true;
    }
    return false;
}

hdbg_event *queue_drop(hdbg_session *session, const hdbg_team *team)
{
    hdbg_event *dropped = NULL;
    for (hdbg_event *event = session->first_event, *next; event != NULL; event = next) {
        next = event->next;
        if (team != NULL && event->team != team)
            continue;
        unlink_event(session, event);
        event->next = dropped;
        dropped = event;
    }
    return dropped;
}
