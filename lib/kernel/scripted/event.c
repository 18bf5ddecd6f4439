/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * How the mock's teams send events to their debugger, and what a full port does to them.
 */
#include "kernel/scripted/state.h"

#include "base/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct queued_event *mock_event_queue_take(struct event_queue *queue)
{
    struct queued_event *first = queue->first;
    if (first != NULL)
        queue->first = first->next;
    if (queue->first == NULL)
        queue->last = NULL;
    return first;
}

void mock_event_queue_clear(struct event_queue *queue)
{
    struct queued_event *one;
    while ((one = mock_event_queue_take(queue)) != NULL)
        free(one);
}

static bool has_cpu_state(int32_t type)
{
    return type == HDBG_EVENT_BREAKPOINT_HIT || type == HDBG_EVENT_WATCHPOINT_HIT ||
           type == HDBG_EVENT_SINGLE_STEP;
}

/* Most events are small, and the struct has room for the largest: copying no more than there is makes them
 * cheap. */
static void copy_event(hdbg_nub_event *to, const hdbg_nub_event *from)
{
    size_t size = sizeof *from;
    if (from->type == HDBG_EVENT_PRE_SYSCALL || from->type == HDBG_EVENT_POST_SYSCALL)
        size = offsetof(hdbg_nub_event, data) + sizeof from->data.syscall;
    else if (!has_cpu_state(from->type) && from->type != HDBG_EVENT_IMAGE_CREATED &&
             from->type != HDBG_EVENT_IMAGE_DELETED)
        size = offsetof(hdbg_nub_event, data) + sizeof from->data.signal;
    memcpy(to, from, size);
}

bool mock_event_queue_add(struct event_queue *queue, const hdbg_nub_event *event)
{
    struct queued_event *queued = malloc(sizeof *queued);
    if (queued == NULL)
        return false;
    queued->next = NULL;
    copy_event(&queued->event, event);
    if (queue->last != NULL)
        queue->last->next = queued;
    else
        queue->first = queued;
    queue->last = queued;
    return true;
}

bool mock_event_stops(int32_t type)
{
    return type != HDBG_EVENT_TEAM_DELETED && type != HDBG_EVENT_THREAD_DELETED &&
           type != HDBG_EVENT_PROFILER_UPDATE && type != HDBG_EVENT_HANDED_OVER;
}

/* Events that Haiku sends only where a default debugger is registered. */
static bool is_serious(int32_t type)
{
    return type == HDBG_EVENT_THREAD_DEBUGGED || type == HDBG_EVENT_DEBUGGER_CALL ||
           type == HDBG_EVENT_BREAKPOINT_HIT || type == HDBG_EVENT_WATCHPOINT_HIT ||
           type == HDBG_EVENT_SINGLE_STEP || type == HDBG_EVENT_EXCEPTION_OCCURRED;
}

/* Writes an event, or lines it up behind those that wait for room. */
static hdbg_status write_event(hdbg_mock *mock, struct mock_team *team, const hdbg_nub_event *event)
{
    struct mock_port *port = mock_port_find(mock, team->debugger_port);
    if (port == NULL)
        return hdbg_fail(HDBG_BAD_PORT_ID, "the debugger port of team %d is gone", team->id);
    if (port->count >= port->capacity || team->outbox.first != NULL) {
        if (event->type == HDBG_EVENT_TEAM_DELETED || event->type == HDBG_EVENT_HANDED_OVER)
            return hdbg_fail(HDBG_WOULD_BLOCK, "%s of team %d is lost: the debugger port is full",
                             hdbg_event_type_name(event->type), team->id);
        port->has_blocked_senders = true;
        if (!mock_event_queue_add(&team->outbox, event))
            return hdbg_fail(HDBG_NO_MEMORY, "cannot queue an event: out of memory");
        return HDBG_OK;
    }
    uint8_t bytes[HDBG_NUB_EVENT_SIZE_MAX];
    int64_t size = hdbg_nub_event_encode((hdbg_arch)mock->options.arch, (hdbg_release)mock->options.release,
                                         event, bytes, sizeof bytes);
    if (size < 0)
        return (hdbg_status)size;
    return mock_port_put(mock, port, event->type, bytes, (size_t)size);
}

void mock_event_flush(hdbg_mock *mock, hdbg_port_id id)
{
    for (struct mock_team *team = mock->teams; team != NULL; team = team->next) {
        struct mock_port *port = mock_port_find(mock, id);
        if (team->debugger_port != id || team->outbox.first == NULL)
            continue;
        if (port == NULL || port->count >= port->capacity) {
            if (port != NULL)
                port->has_blocked_senders = true;
            continue;
        }
        struct event_queue waiting = team->outbox;
        team->outbox = (struct event_queue){0};
        struct queued_event *one;
        while ((one = mock_event_queue_take(&waiting)) != NULL) {
            write_event(mock, team, &one->event);
            free(one);
        }
    }
}

/* The world follows what events tell of it. */
static void follow(hdbg_mock *mock, struct mock_team *team, const hdbg_nub_event *event)
{
    char name[HDBG_NAME_LENGTH];
    switch (event->type) {
    case HDBG_EVENT_THREAD_CREATED:
        snprintf(name, sizeof name, "thread %d", event->data.new_thread);
        if (event->data.new_thread > 0 && mock_thread_find(mock, event->data.new_thread) == NULL)
            mock_thread_make(mock, team, event->data.new_thread, name);
        break;
    case HDBG_EVENT_THREAD_DELETED:
        mock_thread_drop(team, event->thread);
        break;
    case HDBG_EVENT_IMAGE_CREATED:
        mock_image_put(mock, team, &event->data.image.info);
        break;
    case HDBG_EVENT_IMAGE_DELETED:
        mock_image_drop(team, event->data.image.info.id);
        break;
    case HDBG_EVENT_TEAM_EXEC:
        mock_images_clear(team);
        break;
    default:
        break;
    }
}

static void complete(hdbg_nub_event *event, const hdbg_mock *mock, const struct mock_team *team,
                     const struct mock_thread *thread)
{
    bool stops = mock_event_stops(event->type);
    event->team = team->id;
    event->nub_port = stops || event->type == HDBG_EVENT_HANDED_OVER ? team->nub_port : -1;
    if (event->type == HDBG_EVENT_TEAM_DELETED || event->type == HDBG_EVENT_HANDED_OVER)
        event->thread = -1;
    if (has_cpu_state(event->type) && event->data.cpu_state.size == 0 && thread != NULL &&
        thread->cpu_state.arch == (uint32_t)mock->options.arch)
        event->data.cpu_state = thread->cpu_state;
}

hdbg_status mock_event_send(hdbg_mock *mock, const hdbg_nub_event *original)
{
    struct mock_thread *thread = mock_thread_living(mock, original->thread);
    struct mock_team *team = mock_team_living(mock, original->team);
    if (team == NULL && thread != NULL)
        team = thread->team;
    if (team == NULL)
        return hdbg_fail(HDBG_BAD_TEAM_ID, "cannot send %s: the mock has no team %d",
                         hdbg_event_type_name(original->type), original->team);
    if (original->type == HDBG_EVENT_TEAM_DELETED) {
        mock_team_finish(mock, team, original->data.team_end.status, original->data.team_end.signal, true);
        return HDBG_OK;
    }
    if (team->debugger_port < 0 || (is_serious(original->type) && !mock->default_debugger))
        return hdbg_fail(HDBG_BAD_PORT_ID, "cannot send %s: team %d has no debugger",
                         hdbg_event_type_name(original->type), team->id);
    hdbg_nub_event event;
    copy_event(&event, original);
    complete(&event, mock, team, thread);
    hdbg_status status = write_event(mock, team, &event);
    if (status != HDBG_OK)
        return status;
    mock_note_event(mock, &event);
    if (thread != NULL && mock_event_stops(event.type)) {
        thread->stopped = true;
        thread->suspended = false;
        thread->shy = false;
        copy_event(&thread->last, &event);
    }
    follow(mock, team, &event);
    mock_touch(mock);
    return HDBG_OK;
}

hdbg_status hdbg_mock_send(hdbg_mock *mock, const hdbg_nub_event *event)
{
    mock_lock(mock);
    hdbg_status status = mock_event_send(mock, event);
    mock_unlock(mock);
    return status;
}

hdbg_status hdbg_mock_stop(hdbg_mock *mock, hdbg_thread_id thread, int32_t type)
{
    hdbg_nub_event event = {.type = type, .thread = thread};
    return hdbg_mock_send(mock, &event);
}

hdbg_status hdbg_mock_send_raw(hdbg_mock *mock, hdbg_team_id id, int32_t code, const void *bytes, size_t size)
{
    mock_lock(mock);
    hdbg_status status;
    const struct mock_team *team = mock_team_living(mock, id);
    struct mock_port *port = team != NULL ? mock_port_find(mock, team->debugger_port) : NULL;
    if (port == NULL)
        status = hdbg_fail(HDBG_BAD_PORT_ID, "cannot send %zu bytes: team %d has no debugger", size, id);
    else if (port->count >= port->capacity)
        status = hdbg_fail(HDBG_WOULD_BLOCK, "cannot send %zu bytes: the debugger port of team %d is full",
                           size, id);
    else
        status = mock_port_put(mock, port, code, bytes, size);
    mock_unlock(mock);
    return status;
}

hdbg_status hdbg_mock_script(hdbg_mock *mock, const hdbg_nub_event *event)
{
    hdbg_status status = HDBG_OK;
    mock_lock(mock);
    struct mock_thread *thread = mock_thread_find(mock, event->thread);
    if (thread == NULL)
        status = hdbg_fail(HDBG_BAD_THREAD_ID, "the mock has no thread %d", event->thread);
    else if (!mock_event_queue_add(&thread->script, event))
        status = hdbg_fail(HDBG_NO_MEMORY, "cannot script an event: out of memory");
    mock_unlock(mock);
    return status;
}
