/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the mock's nub does for each message when the test says nothing else: what Haiku's does.
 */
#include "kernel/scripted/state.h"

#include "base/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BREAKPOINTS_MAX 10240
#define WATCHPOINTS_MAX 3 /* of four registers one is kept for stepping over breakpoints */
#define MEMORY_MAX      1024
#define SIGNAL_KILL     9
#define SIGNAL_STOP     10

static struct mock_point **find_point(struct mock_point **points, hdbg_address address)
{
    while (*points != NULL && (*points)->address != address)
        points = &(*points)->next;
    return points;
}

static hdbg_status add_point(struct mock_point **points, int32_t *count, hdbg_address address)
{
    struct mock_point *point = malloc(sizeof *point);
    if (point == NULL)
        return HDBG_NO_MEMORY;
    *point = (struct mock_point){.next = *points, .address = address};
    *points = point;
    ++*count;
    return HDBG_OK;
}

static void drop_point(struct mock_point **points, int32_t *count, hdbg_address address)
{
    struct mock_point **link = find_point(points, address);
    struct mock_point *point = *link;
    if (point == NULL)
        return;
    *link = point->next;
    free(point);
    --*count;
}

void mock_points_clear(struct mock_team *team)
{
    while (team->breakpoints != NULL)
        drop_point(&team->breakpoints, &team->breakpoint_count, team->breakpoints->address);
    while (team->watchpoints != NULL)
        drop_point(&team->watchpoints, &team->watchpoint_count, team->watchpoints->address);
}

int hdbg_mock_breakpoint_at(hdbg_mock *mock, hdbg_team_id id, hdbg_address address)
{
    mock_lock(mock);
    struct mock_team *team = mock_team_find(mock, id);
    int found = 0;
    if (team != NULL && *find_point(&team->breakpoints, address) != NULL)
        found = 1;
    else if (team != NULL && *find_point(&team->watchpoints, address) != NULL)
        found = 2;
    mock_unlock(mock);
    return found;
}

static hdbg_status set_breakpoint(struct mock_team *team, hdbg_address address)
{
    if (address == 0)
        return HDBG_BAD_ADDRESS;
    if (team->breakpoint_count >= BREAKPOINTS_MAX)
        return HDBG_BUSY;
    if (*find_point(&team->breakpoints, address) != NULL)
        return HDBG_BAD_VALUE;
    return add_point(&team->breakpoints, &team->breakpoint_count, address);
}

static hdbg_status set_watchpoint(struct mock_team *team, hdbg_address address, uint32_t kind, int32_t length)
{
    if (length < 0)
        return HDBG_BAD_VALUE;
    if (address == 0)
        return HDBG_BAD_ADDRESS;
    if (*find_point(&team->watchpoints, address) != NULL)
        return HDBG_BAD_VALUE;
    if (team->watchpoint_count >= WATCHPOINTS_MAX)
        return HDBG_BUSY;
    if (kind != HDBG_WATCH_WRITE && kind != HDBG_WATCH_READ_WRITE)
        return HDBG_NOT_SUPPORTED;
    if (length != 1 && length != 2 && length != 4)
        return HDBG_NOT_SUPPORTED;
    if (address % (uint32_t)length != 0)
        return HDBG_BAD_VALUE;
    return add_point(&team->watchpoints, &team->watchpoint_count, address);
}

static void read_memory(struct mock_team *team, const hdbg_nub_message *message, hdbg_nub_reply *reply)
{
    reply->size = 0;
    if (message->size <= 0 || message->size > MEMORY_MAX) {
        reply->error = HDBG_BAD_VALUE;
        return;
    }
    reply->size = (int32_t)mock_memory_copy(team, message->address, reply->data.bytes, NULL,
                                            (size_t)message->size, HDBG_AREA_READ);
    reply->error = reply->size > 0 ? HDBG_OK : HDBG_BAD_ADDRESS;
}

static void write_memory(struct mock_team *team, const hdbg_nub_message *message, hdbg_nub_reply *reply)
{
    reply->size = 0;
    if (message->size <= 0) {
        reply->error = HDBG_BAD_VALUE;
        return;
    }
    reply->size = (int32_t)mock_memory_copy(team, message->address, NULL, message->data.bytes,
                                            (size_t)message->size, 0);
    reply->error = reply->size > 0 ? HDBG_OK : HDBG_BAD_ADDRESS;
}

static void get_cpu_state(hdbg_mock *mock, struct mock_team *team, const hdbg_nub_message *message,
                          hdbg_nub_reply *reply)
{
    const struct mock_thread *thread = mock_thread_living(mock, message->thread);
    memset(&reply->data.cpu_state, 0, sizeof reply->data.cpu_state);
    reply->event = 0;
    if (thread == NULL)
        reply->error = HDBG_BAD_THREAD_ID;
    else if (thread->team != team)
        reply->error = HDBG_BAD_VALUE;
    else if (!thread->stopped)
        reply->error = HDBG_BAD_THREAD_STATE;
    if (reply->error != HDBG_OK)
        return;
    reply->event = thread->last.type;
    reply->data.cpu_state = thread->cpu_state;
}

static void get_signal_masks(hdbg_mock *mock, const hdbg_nub_message *message, hdbg_nub_reply *reply)
{
    const struct mock_thread *thread = mock_thread_living(mock, message->thread);
    reply->error = thread != NULL ? HDBG_OK : HDBG_BAD_THREAD_ID;
    reply->ignore = thread != NULL ? thread->ignore : 0;
    reply->ignore_once = thread != NULL ? thread->ignore_once : 0;
}

static bool bad_signal(int32_t signal)
{
    return signal < 1 || signal > MOCK_SIGNALS;
}

static void get_signal_handler(struct mock_team *team, const hdbg_nub_message *message, hdbg_nub_reply *reply)
{
    memset(&reply->handler, 0, sizeof reply->handler);
    reply->error = bad_signal(message->signal) ? HDBG_BAD_VALUE : HDBG_OK;
    if (reply->error == HDBG_OK)
        reply->handler = team->handlers[message->signal];
}

/* The clone is the area's own bytes: what the debuggee writes shows in it. */
static void clone_area(hdbg_mock *mock, struct mock_team *team, const hdbg_nub_message *message,
                       hdbg_nub_reply *reply)
{
    const struct mock_area *area = mock_area_at(team, message->address);
    reply->area = -1;
    reply->address = 0;
    reply->error = area != NULL ? HDBG_OK : HDBG_BAD_ADDRESS;
    struct mock_area *clone = area != NULL ? calloc(1, sizeof *clone) : NULL;
    if (area != NULL && clone == NULL)
        reply->error = HDBG_NO_MEMORY;
    if (clone == NULL)
        return;
    clone->info = area->info;
    clone->info.area = mock->next_area++;
    clone->info.team = HDBG_MOCK_OWN_TEAM;
    clone->info.address = (uintptr_t)area->bytes;
    clone->info.protection = HDBG_AREA_READ;
    snprintf(clone->info.name, sizeof clone->info.name, "debugger-cloned area");
    clone->next = mock->clones;
    mock->clones = clone;
    reply->area = clone->info.area;
    reply->address = clone->info.address + (message->address - area->info.address);
}

static void continue_thread(hdbg_mock *mock, struct mock_team *team, const hdbg_nub_message *message)
{
    struct mock_thread *thread = mock_thread_living(mock, message->thread);
    if (thread == NULL || thread->team != team)
        return;
    if (thread->shy) {
        /* Came too early: it is not suspended yet, is in a moment, and nobody remembers the message. */
        thread->shy = false;
        thread->suspended = true;
        thread->state = HDBG_THREAD_SUSPENDED;
        return;
    }
    if (thread->stopped || thread->suspended)
        mock_thread_continue(mock, thread, message->single_step != 0);
}

static uint64_t combine(uint64_t old, uint64_t value, uint32_t operation)
{
    switch (operation) {
    case HDBG_MASK_AND:
        return old & value;
    case HDBG_MASK_OR:
        return old | value;
    case HDBG_MASK_SET:
        return value;
    default:
        return old;
    }
}

static void set_of_thread(struct mock_thread *thread, const hdbg_nub_message *message)
{
    switch (message->type) {
    case HDBG_MESSAGE_SET_THREAD_FLAGS:
        thread->flags = message->flags;
        break;
    case HDBG_MESSAGE_SET_SIGNAL_MASKS:
        thread->ignore = combine(thread->ignore, message->ignore, message->ignore_op);
        thread->ignore_once = combine(thread->ignore_once, message->ignore_once, message->ignore_once_op);
        break;
    default: /* SET_CPU_STATE */
        if (thread->stopped)
            thread->cpu_state = message->data.cpu_state;
    }
}

/* The messages that are not answered. */
static void serve_silent(hdbg_mock *mock, struct mock_team *team, const hdbg_nub_message *message)
{
    struct mock_thread *thread;
    switch (message->type) {
    case HDBG_MESSAGE_SET_TEAM_FLAGS:
        team->flags = message->flags;
        break;
    case HDBG_MESSAGE_SET_THREAD_FLAGS:
    case HDBG_MESSAGE_SET_SIGNAL_MASKS:
    case HDBG_MESSAGE_SET_CPU_STATE:
        thread = mock_thread_living(mock, message->thread);
        if (thread != NULL && thread->team == team)
            set_of_thread(thread, message);
        break;
    case HDBG_MESSAGE_CONTINUE_THREAD:
        continue_thread(mock, team, message);
        break;
    case HDBG_MESSAGE_CLEAR_BREAKPOINT:
        drop_point(&team->breakpoints, &team->breakpoint_count, message->address);
        break;
    case HDBG_MESSAGE_CLEAR_WATCHPOINT:
        drop_point(&team->watchpoints, &team->watchpoint_count, message->address);
        break;
    case HDBG_MESSAGE_SET_SIGNAL_HANDLER:
        if (!bad_signal(message->signal) && message->signal != SIGNAL_KILL && message->signal != SIGNAL_STOP)
            team->handlers[message->signal] = message->handler;
        break;
    default: /* PREPARE_HANDOVER */
        team->handover = true;
        mock_points_clear(team);
    }
}

bool mock_default_serve(hdbg_mock *mock, struct mock_team *team, const hdbg_nub_message *message,
                        hdbg_nub_reply *reply)
{
    switch (message->type) {
    case HDBG_MESSAGE_READ_MEMORY:
        read_memory(team, message, reply);
        return true;
    case HDBG_MESSAGE_WRITE_MEMORY:
        write_memory(team, message, reply);
        return true;
    case HDBG_MESSAGE_GET_CPU_STATE:
        get_cpu_state(mock, team, message, reply);
        return true;
    case HDBG_MESSAGE_SET_BREAKPOINT:
        reply->error = set_breakpoint(team, message->address);
        return true;
    case HDBG_MESSAGE_SET_WATCHPOINT:
        reply->error = set_watchpoint(team, message->address, message->kind, message->size);
        return true;
    case HDBG_MESSAGE_GET_SIGNAL_MASKS:
        get_signal_masks(mock, message, reply);
        return true;
    case HDBG_MESSAGE_GET_SIGNAL_HANDLER:
        get_signal_handler(team, message, reply);
        return true;
    case HDBG_MESSAGE_CLONE_AREA:
        clone_area(mock, team, message, reply);
        return true;
    case HDBG_MESSAGE_WRITE_CORE_FILE:
    case HDBG_MESSAGE_START_PROFILER:
    case HDBG_MESSAGE_STOP_PROFILER:
        memset(reply, 0, sizeof *reply);
        reply->type = message->type;
        reply->error = HDBG_NOT_SUPPORTED;
        return true;
    default:
        serve_silent(mock, team, message);
        return false;
    }
}
