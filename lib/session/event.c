/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Events as callers get them: waiting, and what an event tells.
 */
#include "base/structs.h"
#include "session/types.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- waiting ---- */

/* Why no event can come any more that fits; HDBG_OK if one can. Locked; none that fits is queued. */
static hdbg_status nothing_comes(hdbg_session *session, const hdbg_wait_filter *filter)
{
    hdbg_team *team = NULL;
    if (filter != NULL && filter->thread != 0) {
        hdbg_thread *thread = thread_find(session, filter->thread);
        if (thread == NULL)
            return hdbg_fail(HDBG_BAD_TEAM_ID, "cannot wait for thread %d: it is not known",
                             (int)filter->thread);
        team = thread->team;
        if (thread->state == HDBG_THREAD_ENDED && team->state == HDBG_TEAM_LIVE)
            return hdbg_fail(HDBG_THREAD_GONE, "cannot wait for thread %d: it has ended",
                             (int)filter->thread);
    } else if (filter != NULL && filter->team != 0) {
        team = team_find(session, filter->team);
        if (team == NULL)
            return hdbg_fail(HDBG_BAD_TEAM_ID, "cannot wait for team %d: it is not known", (int)filter->team);
    }
    if (team != NULL)
        return team_check(team, "wait for");
    if (session->live_teams == 0)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot wait: the session debugs no team");
    return HDBG_OK;
}

static hdbg_status wait_locked(hdbg_session *session, const hdbg_wait_filter *filter, hdbg_time timeout,
                               hdbg_event **result)
{
    hdbg_time now = session_now(session);
    hdbg_time deadline = timeout >= HDBG_FOREVER - now ? HDBG_FOREVER : now + timeout;
    bool emptied = false;
    for (;;) {
        *result = queue_take(session, filter);
        if (*result != NULL)
            return HDBG_OK;
        if (session->closing)
            return hdbg_fail(HDBG_CANCELED, "cannot wait: the session ends");
        if (session->woken) {
            session->woken = false;
            return hdbg_fail(HDBG_WOKEN, "the wait was ended by hdbg_session_wake()");
        }
        if (!queue_holds(session, filter)) {
            hdbg_status status = nothing_comes(session, filter);
            if (status != HDBG_OK)
                return status;
        }
        if (timeout == 0 && emptied)
            return hdbg_fail(HDBG_WOULD_BLOCK, "no event is there");
        if (timeout != 0 && session_now(session) >= deadline)
            return hdbg_fail(HDBG_TIMED_OUT, "no event came in %" PRId64 " microseconds", timeout);

        hdbg_status status = pump_step(session, timeout == 0 ? 0 : deadline);
        emptied = status == HDBG_WOULD_BLOCK;
    }
}

/* An event goes out: an end that is told needs not be kept any more. */
static void handed_out(hdbg_session *session, hdbg_event *event)
{
    hdbg_team *team = event->team;
    if (event->data.type != HDBG_EVENT_TEAM_DELETED && event->data.type != HDBG_EVENT_NUB_LOST)
        return;
    pthread_mutex_lock(&session->lock);
    bool kept = team->kept;
    team->kept = false;
    pthread_mutex_unlock(&session->lock);
    if (kept)
        hdbg_team_release(team);
}

hdbg_status hdbg_wait(hdbg_session *session, const hdbg_wait_filter *filter, hdbg_time timeout,
                      hdbg_event **event)
{
    hdbg_wait_filter known = {.size = sizeof known};
    *event = NULL;
    if (timeout < 0)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot wait: the timeout is negative");
    if (filter != NULL) {
        hdbg_status taken = hdbg_struct_take(&known, sizeof known, filter, "hdbg_wait_filter");
        if (taken != HDBG_OK)
            return taken;
        filter = &known;
    }

    pthread_mutex_lock(&session->lock);
    if (session->waiting) {
        pthread_mutex_unlock(&session->lock);
        return hdbg_fail(HDBG_BUSY, "cannot wait: another thread waits for the session's events");
    }
    session->waiting = true;
    session->inside++;
    hdbg_status status = wait_locked(session, filter, timeout, event);
    session->waiting = false;
    session->inside--;
    session_descriptor_update(session);
    if (session->closing)
        pthread_cond_broadcast(&session->changed);
    pthread_mutex_unlock(&session->lock);

    if (status == HDBG_OK)
        handed_out(session, *event);
    return status;
}

/* ---- what an event tells ---- */

void hdbg_event_release(hdbg_event *event)
{
    if (event == NULL)
        return;
    hdbg_team *team = event->team;
    hdbg_team_release(event->child);
    hdbg_team_release(event->awaited);
    hdbg_thread_release(event->thread);
    event_recycle(event->session, event);
    hdbg_team_release(team); /* last: it keeps the session */
}

int32_t hdbg_event_type_of(const hdbg_event *event)
{
    return event->data.type;
}

hdbg_team *hdbg_event_team(const hdbg_event *event)
{
    return event->team;
}

hdbg_thread *hdbg_event_thread(const hdbg_event *event)
{
    return event->thread;
}

hdbg_thread_id hdbg_event_thread_id(const hdbg_event *event)
{
    return event->thread != NULL ? event->thread->id : -1;
}

const hdbg_nub_event *hdbg_event_data(const hdbg_event *event)
{
    return &event->data;
}

hdbg_team *hdbg_event_child(const hdbg_event *event)
{
    return event->child;
}

int hdbg_event_child_borrows(const hdbg_event *event)
{
    return event->borrows;
}

int hdbg_event_is_stop(const hdbg_event *event)
{
    return event->is_stop;
}

hdbg_time hdbg_event_time(const hdbg_event *event)
{
    return event->time;
}

/* ---- as a line ---- */

static int describe_address(const hdbg_nub_event *data, char *text, size_t size)
{
    return snprintf(text, size, " at 0x%" PRIx64, hdbg_cpu_state_role(&data->data.cpu_state, HDBG_ROLE_PC));
}

static int describe_call(const hdbg_nub_event *data, char *text, size_t size)
{
    return snprintf(text, size, ", message at 0x%" PRIx64, data->data.message);
}

static int describe_syscall(const hdbg_nub_event *data, char *text, size_t size)
{
    return snprintf(text, size, " %u", data->data.syscall.number);
}

static int describe_signal(const hdbg_nub_event *data, char *text, size_t size)
{
    return snprintf(text, size, " %s%s", hdbg_signal_name(data->data.signal.signal),
                    data->data.signal.deadly ? ", which ends the team" : "");
}

static int describe_exception(const hdbg_nub_event *data, char *text, size_t size)
{
    return snprintf(text, size, " %s, %s will be sent", hdbg_exception_name(data->data.exception.exception),
                    hdbg_signal_name(data->data.exception.signal));
}

static int describe_new_team(const hdbg_nub_event *data, char *text, size_t size)
{
    return snprintf(text, size, ": team %d", (int)data->data.new_team);
}

static int describe_team_end(const hdbg_nub_event *data, char *text, size_t size)
{
    if (!data->data.team_end.known)
        return 0;
    if (data->data.team_end.signal > 0)
        return snprintf(text, size, " by %s", hdbg_signal_name(data->data.team_end.signal));
    return snprintf(text, size, " with status %d", (int)data->data.team_end.status);
}

static int describe_new_thread(const hdbg_nub_event *data, char *text, size_t size)
{
    return snprintf(text, size, ": thread %d", (int)data->data.new_thread);
}

static int describe_thread_end(const hdbg_nub_event *data, char *text, size_t size)
{
    return data->data.thread_end.known
               ? snprintf(text, size, " with status %d", (int)data->data.thread_end.status)
               : 0;
}

static int describe_image(const hdbg_nub_event *data, char *text, size_t size)
{
    return snprintf(text, size, " %s at 0x%" PRIx64, data->data.image.info.path, data->data.image.info.text);
}

static int describe_handover(const hdbg_nub_event *data, char *text, size_t size)
{
    return snprintf(text, size, " to team %d", (int)data->data.handed_over.debugger);
}

/* What follows the name of an event; nothing for the types that are not here. */
static int (*const kDescriptions[HDBG_EVENT_COUNT])(const hdbg_nub_event *data, char *text, size_t size) = {
    [HDBG_EVENT_DEBUGGER_CALL] = describe_call,        [HDBG_EVENT_BREAKPOINT_HIT] = describe_address,
    [HDBG_EVENT_WATCHPOINT_HIT] = describe_address,    [HDBG_EVENT_SINGLE_STEP] = describe_address,
    [HDBG_EVENT_PRE_SYSCALL] = describe_syscall,       [HDBG_EVENT_POST_SYSCALL] = describe_syscall,
    [HDBG_EVENT_SIGNAL_RECEIVED] = describe_signal,    [HDBG_EVENT_EXCEPTION_OCCURRED] = describe_exception,
    [HDBG_EVENT_TEAM_CREATED] = describe_new_team,     [HDBG_EVENT_TEAM_DELETED] = describe_team_end,
    [HDBG_EVENT_THREAD_CREATED] = describe_new_thread, [HDBG_EVENT_THREAD_DELETED] = describe_thread_end,
    [HDBG_EVENT_IMAGE_CREATED] = describe_image,       [HDBG_EVENT_IMAGE_DELETED] = describe_image,
    [HDBG_EVENT_HANDED_OVER] = describe_handover,
};

size_t hdbg_event_describe(const hdbg_event *event, char *buffer, size_t size)
{
    const hdbg_nub_event *data = &event->data;
    char who[96] = "", details[HDBG_PATH_LENGTH + 64] = "";
    if (event->thread != NULL) {
        hdbg_thread_info info = {.size = sizeof info};
        if (hdbg_thread_info_get(event->thread, &info) == HDBG_OK)
            snprintf(who, sizeof who, "thread %d '%s'", (int)event->thread->id, info.name);
        else
            snprintf(who, sizeof who, "thread %d", (int)event->thread->id);
    } else {
        snprintf(who, sizeof who, "team %d", (int)event->team->id);
    }
    if (data->type >= 0 && data->type < HDBG_EVENT_COUNT && kDescriptions[data->type] != NULL)
        kDescriptions[data->type](data, details, sizeof details);
    const char *name = data->type == HDBG_EVENT_NUB_LOST ? "NUB_LOST"
                       : data->type == HDBG_EVENT_TRACED ? "TRACED"
                                                         : hdbg_event_type_name(data->type);
    int length = snprintf(buffer, size, "%s %s%s", who, name, details);
    return length > 0 ? (size_t)length : 0;
}
