/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The pump: the one place that reads the debugger port. One thread at a time is the reader; it decodes what
 * it reads, enters it into the books, queues it, and lets threads go on that stopped for what nobody wants to
 * know.
 */
#include "base/trace.h"
#include "session/types.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- a message ---- */

/* The origin is the same three words in all layouts. */
typedef struct message_origin {
    int32_t thread, team, nub_port;
} message_origin;

/* Finds whom a message is about. Locked; the references go to the caller. */
static hdbg_team *find_team(hdbg_session *session, hdbg_team_id id)
{
    hdbg_team *team = team_find(session, id);
    return team != NULL && team->listed ? hdbg_team_retain(team) : NULL;
}

/* A message that cannot be understood, by which a thread of ours may wait for an answer: it goes on. */
static void pass_damaged(hdbg_session *session, hdbg_team *team, const message_origin *origin, int32_t code,
                         size_t size)
{
    session_log(session, HDBG_LOG_WARNING, "message %d of %zu bytes is damaged or unknown", (int)code, size);
    if (team == NULL || origin->nub_port < 0)
        return;
    pthread_mutex_lock(&session->lock);
    hdbg_thread *thread = thread_find(session, origin->thread);
    bool waits = thread != NULL && thread->team == team && thread->state == HDBG_THREAD_RUNS;
    hdbg_nub *nub = waits ? team_nub_use(team) : NULL;
    pthread_mutex_unlock(&session->lock);
    if (nub != NULL) {
        hdbg_nub_continue_thread(nub, origin->thread, HDBG_HANDLE_EVENT, 0);
        team_nub_release(team);
    }
}

/* What takes time and has to happen before an event is entered into the books. Not locked. */
static void prepare(hdbg_team *team, hdbg_thread *thread, hdbg_event *event)
{
    switch (event->data.type) {
    case HDBG_EVENT_TEAM_CREATED:
        children_note_loan(thread, event);
        event->child = children_created(team, event->data.data.new_team);
        if (event->child != NULL)
            event->awaited = hdbg_team_retain(event->child);
        break;
    case HDBG_EVENT_TEAM_DELETED:
        ends_team_deleted(team, &event->data);
        break;
    case HDBG_EVENT_SINGLE_STEP:
    case HDBG_EVENT_BREAKPOINT_HIT:
        step_mend(thread, &event->data);
        break;
    default:
        break;
    }
}

/* What is to be sent for an event. Not locked. */
static void follow_up(hdbg_team *team, hdbg_thread *thread, const outcome *out)
{
    if (out->trap == 0 && !out->go_on)
        return;
    hdbg_status status;
    hdbg_nub *nub = team_nub_acquire(team, &status);
    if (nub == NULL)
        return; /* let go or ended meanwhile: nothing of it is left */
    if (out->trap != 0)
        trap_clear(team, nub, out->trap);
    if (out->go_on)
        resume_claimed(thread, nub, out->signal, out->step);
    team_nub_release(team);
}

/* Books an event of a known team. Takes the event over. Not locked. */
static void deal_with(hdbg_session *session, hdbg_team *team, hdbg_event *event)
{
    hdbg_thread *thread = NULL;
    pthread_mutex_lock(&session->lock);
    if (bookkeeping_names_thread(event->data.type)) {
        if (event->data.type == HDBG_EVENT_THREAD_DELETED) {
            thread = thread_find(session, event->data.thread);
            if (thread != NULL && (thread->team != team || thread->state == HDBG_THREAD_ENDED))
                thread = NULL;
        } else {
            thread = thread_get(team, event->data.thread);
        }
        if (thread == NULL) { /* the end of a thread that nobody was told of, or whose end was told */
            pthread_mutex_unlock(&session->lock);
            event_recycle(session, event);
            return;
        }
        hdbg_thread_retain(thread);
    }
    pthread_mutex_unlock(&session->lock);
    prepare(team, thread, event);

    outcome out = {.tell = false};
    pthread_mutex_lock(&session->lock);
    bool debugged = team->listed;
    if (debugged)
        out = bookkeeping_apply(team, thread, event);
    else
        session->counts.foreign_messages++;
    if (out.tell)
        queue_put(event, team, thread);
    pthread_cond_broadcast(&session->changed);
    pthread_mutex_unlock(&session->lock);

    follow_up(team, thread, &out);
    if (!out.tell) {
        if (event->child != NULL) /* its parent was let go meanwhile: so is it */
            hdbg_team_detach(event->child);
        hdbg_team_release(event->child);
        hdbg_team_release(event->awaited);
        event_recycle(session, event);
    }
    team_close_nub(team);
    hdbg_thread_release(thread);
}

/* Of pump_drain(). Not locked. */
static void note_marker(hdbg_session *session, size_t size)
{
    uint64_t marker;
    if (size != sizeof marker)
        return;
    memcpy(&marker, session->message, sizeof marker);
    pthread_mutex_lock(&session->lock);
    if (session->markers_read < marker)
        session->markers_read = marker;
    pthread_mutex_unlock(&session->lock);
}

/* Records of system calls: news, of which nothing is entered into the books. */
static void take_records(hdbg_session *session, hdbg_team_id id, size_t size)
{
    const size_t skip = TRACE_ORIGIN;
    hdbg_event *event = size > skip ? event_new(session) : NULL;
    if (event == NULL)
        return;
    event->data.type = HDBG_EVENT_TRACED;
    event->data.thread = event->data.nub_port = -1;
    event->data.team = id;
    event->data.size = (uint32_t)size;
    event->time = session_now(session);
    event->record_bytes = size - skip;
    event->records = malloc(event->record_bytes);
    pthread_mutex_lock(&session->lock);
    session->counts.events++;
    hdbg_team *team = team_find(session, id);
    bool known = team != NULL && team->listed && event->records != NULL;
    if (known) {
        memcpy(event->records, session->message + skip, event->record_bytes);
        queue_put(event, team, NULL);
    } else {
        session->counts.foreign_messages++;
    }
    pthread_cond_broadcast(&session->changed);
    pthread_mutex_unlock(&session->lock);
    if (!known)
        event_recycle(session, event);
}

static void deal_with_message(hdbg_session *session, int32_t code, size_t size)
{
    if (code == SESSION_WAKE_CODE) {
        note_marker(session, size);
        return;
    }
    message_origin origin = {-1, -1, -1};
    if (size >= sizeof origin)
        memcpy(&origin, session->message, sizeof origin);
    if (code == HDBG_EVENT_TRACED) {
        take_records(session, origin.team, size);
        return;
    }

    pthread_mutex_lock(&session->lock);
    session->counts.events++;
    hdbg_team *team = find_team(session, origin.team);
    hdbg_arch arch = team != NULL ? (hdbg_arch)team->arch : (hdbg_arch)session->arch;
    pthread_mutex_unlock(&session->lock);

    hdbg_event *event = event_new(session);
    hdbg_status status = HDBG_NO_MEMORY;
    if (event != NULL) {
        status = hdbg_nub_event_decode(arch, (hdbg_release)session->release, code, session->message, size,
                                       &event->data);
        event->time = session_now(session);
        if (status == HDBG_OK && bookkeeping_names_thread(event->data.type) && event->data.thread <= 0)
            status = HDBG_BAD_MESSAGE;
    }
    if (status == HDBG_OK && team != NULL) {
        session_log(session, HDBG_LOG_DEBUG, "%s of thread %d, team %d", hdbg_event_type_name(code),
                    (int)origin.thread, (int)origin.team);
        deal_with(session, team, event);
    } else {
        if (event != NULL)
            event_recycle(session, event);
        pthread_mutex_lock(&session->lock);
        if (status != HDBG_OK)
            session->counts.bad_messages++;
        else
            session->counts.foreign_messages++;
        pthread_mutex_unlock(&session->lock);
        if (status != HDBG_OK)
            pass_damaged(session, team, &origin, code, size);
    }
    hdbg_team_release(team);
}

/* ---- the reader ---- */

/* Another thread reads: waits until that has got on. Locked. */
static void wait_for_reader(hdbg_session *session, hdbg_time until)
{
    hdbg_time left = until - session_now(session);
    if (left <= 0)
        return;
    if (left > SESSION_SLICE)
        left = SESSION_SLICE;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += (time_t)(left / 1000000);
    end.tv_nsec += (long)(left % 1000000) * 1000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&session->changed, &session->lock, &end);
}

hdbg_status pump_step(hdbg_session *session, hdbg_time until)
{
    if (session->closing)
        return hdbg_fail(HDBG_CANCELED, "the wait was ended: the session ends");
    if (session->reading) {
        wait_for_reader(session, until);
        return until <= 0 ? HDBG_WOULD_BLOCK : HDBG_OK;
    }
    session->reading = true;
    hdbg_time slice = session->suspects > 0 ? SESSION_SUSPECT_SLICE : SESSION_SLICE;
    pthread_mutex_unlock(&session->lock);

    hdbg_time now = session_now(session), left = until > now ? until - now : 0;
    int32_t code = -1;
    int64_t size = KERNEL(session->kernel, port_read, session->port, &code, session->message,
                          sizeof session->message, left < slice ? left : slice);
    if (size >= 0)
        deal_with_message(session, code, (size_t)size);
    else if (size == HDBG_NUB_LOST)
        ends_nub_lost(session);
    if (size < 0 || session_now(session) >= session->next_check)
        ends_check(session);

    pthread_mutex_lock(&session->lock);
    session->reading = false;
    pthread_cond_broadcast(&session->changed);
    return size >= 0 ? HDBG_OK : HDBG_WOULD_BLOCK;
}

hdbg_status pump_until(hdbg_session *session, bool (*done)(void *argument), void *argument,
                       hdbg_time deadline)
{
    hdbg_status status = HDBG_OK;
    session->inside++;
    while (!done(argument)) {
        if (session->closing) {
            status = HDBG_CANCELED;
            break;
        }
        if (session_now(session) >= deadline) {
            status = HDBG_TIMED_OUT;
            break;
        }
        pump_step(session, deadline);
    }
    session->inside--;
    if (session->closing)
        pthread_cond_broadcast(&session->changed);
    if (!session->waiting)
        session_descriptor_update(session);
    return status;
}

typedef struct drain {
    const hdbg_session *session;
    uint64_t marker;
} drain;

static bool is_drained(void *argument)
{
    const drain *until = argument;
    return until->session->markers_read >= until->marker;
}

void pump_drain(hdbg_session *session)
{
    drain until = {session, ++session->markers_sent};
    hdbg_time deadline = session_now(session) + session->request_timeout;
    hdbg_status status = HDBG_WOULD_BLOCK;
    while (status == HDBG_WOULD_BLOCK && !session->closing && session_now(session) < deadline) {
        status = KERNEL(session->kernel, port_write, session->port, SESSION_WAKE_CODE, &until.marker,
                        sizeof until.marker, 0);
        if (status == HDBG_WOULD_BLOCK)
            pump_step(session, session_now(session)); /* a full port: it has room for it then */
    }
    if (status == HDBG_OK)
        pump_until(session, is_drained, &until, deadline);
}
