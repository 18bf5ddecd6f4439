/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The mock's teams, threads, images and memory.
 */
#include "kernel/scripted/state.h"

#include "base/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hdbg_status fail_no_team(hdbg_team_id id)
{
    return hdbg_fail(HDBG_BAD_TEAM_ID, "the mock has no team %d", id);
}

static hdbg_status fail_no_thread(hdbg_thread_id id)
{
    return hdbg_fail(HDBG_BAD_THREAD_ID, "the mock has no thread %d", id);
}

static hdbg_status fail_memory(const char *what)
{
    return hdbg_fail(HDBG_NO_MEMORY, "cannot add %s: out of memory", what);
}

struct mock_team *mock_team_find(const hdbg_mock *mock, hdbg_team_id id)
{
    struct mock_team *team = mock->teams;
    while (team != NULL && (team->id != id || team->ended))
        team = team->next;
    return team;
}

struct mock_team *mock_team_living(const hdbg_mock *mock, hdbg_team_id id)
{
    struct mock_team *team = mock_team_find(mock, id);
    return team != NULL && !team->dormant ? team : NULL;
}

struct mock_thread *mock_thread_find(const hdbg_mock *mock, hdbg_thread_id id)
{
    for (const struct mock_team *team = mock->teams; team != NULL; team = team->next) {
        for (struct mock_thread *thread = team->threads; thread != NULL; thread = thread->next) {
            if (thread->id == id)
                return thread;
        }
    }
    return NULL;
}

struct mock_thread *mock_thread_living(const hdbg_mock *mock, hdbg_thread_id id)
{
    struct mock_thread *thread = mock_thread_find(mock, id);
    return thread != NULL && !thread->team->dormant ? thread : NULL;
}

/* ---- teams ---- */

static void link_team(hdbg_mock *mock, struct mock_team *team)
{
    struct mock_team **link = &mock->teams;
    while (*link != NULL)
        link = &(*link)->next;
    *link = team;
}

hdbg_status hdbg_mock_team_add(hdbg_mock *mock, hdbg_team_id id, const char *name)
{
    hdbg_status status = HDBG_OK;
    mock_lock(mock);
    struct mock_team *team = NULL;
    if (id <= HDBG_MOCK_OWN_TEAM || mock_team_find(mock, id) != NULL || mock_thread_find(mock, id) != NULL)
        status = hdbg_fail(HDBG_BAD_VALUE, "cannot add team %d: the id is taken", id);
    else if ((team = calloc(1, sizeof *team)) == NULL)
        status = fail_memory("a team");
    if (status == HDBG_OK) {
        team->id = id;
        team->order = ++mock->order;
        team->debugger_port = -1;
        team->nub_port = -1;
        snprintf(team->name, sizeof team->name, "%s", name);
        link_team(mock, team);
        if (mock_thread_make(mock, team, id, name) == NULL) {
            team->ended = true;
            status = fail_memory("a team");
        }
        mock_touch(mock);
    }
    mock_unlock(mock);
    return status;
}

hdbg_status hdbg_mock_team_set_parent(hdbg_mock *mock, hdbg_team_id id, hdbg_team_id parent)
{
    mock_lock(mock);
    struct mock_team *team = mock_team_find(mock, id);
    if (team != NULL)
        team->parent = parent;
    mock_unlock(mock);
    return team != NULL ? HDBG_OK : fail_no_team(id);
}

hdbg_status hdbg_mock_team_set_program(hdbg_mock *mock, hdbg_team_id id, const char *path)
{
    char *copy = strdup(path);
    mock_lock(mock);
    struct mock_team *team = mock_team_find(mock, id);
    hdbg_status status = HDBG_OK;
    if (copy == NULL)
        status = fail_memory("a program");
    else if (team == NULL)
        status = fail_no_team(id);
    if (status == HDBG_OK) {
        free(team->program);
        team->program = copy;
        team->dormant = true;
        copy = NULL;
    }
    mock_unlock(mock);
    free(copy);
    return status;
}

/* ---- threads ---- */

struct mock_thread *mock_thread_make(hdbg_mock *mock, struct mock_team *team, hdbg_thread_id id,
                                     const char *name)
{
    struct mock_thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL)
        return NULL;
    thread->team = team;
    thread->id = id;
    thread->order = ++mock->order;
    thread->state = HDBG_THREAD_RUNNING;
    snprintf(thread->name, sizeof thread->name, "%s", name);
    struct mock_thread **link = &team->threads;
    while (*link != NULL)
        link = &(*link)->next;
    *link = thread;
    return thread;
}

void mock_thread_drop(struct mock_team *team, hdbg_thread_id id)
{
    for (struct mock_thread **link = &team->threads; *link != NULL; link = &(*link)->next) {
        struct mock_thread *thread = *link;
        if (thread->id == id) {
            *link = thread->next;
            mock_event_queue_clear(&thread->script);
            free(thread);
            return;
        }
    }
}

hdbg_status hdbg_mock_thread_add(hdbg_mock *mock, hdbg_team_id team_id, hdbg_thread_id id, const char *name)
{
    mock_lock(mock);
    struct mock_team *team = mock_team_find(mock, team_id);
    hdbg_status status = HDBG_OK;
    if (team == NULL)
        status = fail_no_team(team_id);
    else if (id <= 0 || mock_thread_find(mock, id) != NULL)
        status = hdbg_fail(HDBG_BAD_VALUE, "cannot add thread %d: the id is taken", id);
    else if (mock_thread_make(mock, team, id, name) == NULL)
        status = fail_memory("a thread");
    mock_touch(mock);
    mock_unlock(mock);
    return status;
}

hdbg_status hdbg_mock_thread_remove(hdbg_mock *mock, hdbg_thread_id id)
{
    mock_lock(mock);
    struct mock_thread *thread = mock_thread_find(mock, id);
    if (thread != NULL)
        mock_thread_drop(thread->team, id);
    mock_touch(mock);
    mock_unlock(mock);
    return thread != NULL ? HDBG_OK : fail_no_thread(id);
}

hdbg_status hdbg_mock_thread_set_state(hdbg_mock *mock, hdbg_thread_id id, int32_t state)
{
    mock_lock(mock);
    struct mock_thread *thread = mock_thread_find(mock, id);
    if (thread != NULL) {
        thread->state = state;
        thread->suspended = state == HDBG_THREAD_SUSPENDED && !thread->stopped;
    }
    mock_unlock(mock);
    return thread != NULL ? HDBG_OK : fail_no_thread(id);
}

hdbg_status hdbg_mock_thread_set_stack(hdbg_mock *mock, hdbg_thread_id id, hdbg_address base,
                                       hdbg_address end)
{
    mock_lock(mock);
    struct mock_thread *thread = mock_thread_find(mock, id);
    if (thread != NULL) {
        thread->stack_base = base;
        thread->stack_end = end;
    }
    mock_unlock(mock);
    return thread != NULL ? HDBG_OK : fail_no_thread(id);
}

int hdbg_mock_thread_is_stopped(hdbg_mock *mock, hdbg_thread_id id)
{
    mock_lock(mock);
    const struct mock_thread *thread = mock_thread_find(mock, id);
    int stopped = thread != NULL && thread->stopped;
    mock_unlock(mock);
    return stopped;
}

hdbg_status hdbg_mock_cpu_state_set(hdbg_mock *mock, hdbg_thread_id id, const hdbg_cpu_state *state)
{
    mock_lock(mock);
    struct mock_thread *thread = mock_thread_find(mock, id);
    if (thread != NULL)
        thread->cpu_state = *state;
    mock_unlock(mock);
    return thread != NULL ? HDBG_OK : fail_no_thread(id);
}

hdbg_status hdbg_mock_cpu_state_get(hdbg_mock *mock, hdbg_thread_id id, hdbg_cpu_state *state)
{
    mock_lock(mock);
    const struct mock_thread *thread = mock_thread_find(mock, id);
    if (thread != NULL)
        *state = thread->cpu_state;
    mock_unlock(mock);
    return thread != NULL ? HDBG_OK : fail_no_thread(id);
}

uint32_t hdbg_mock_thread_flags(hdbg_mock *mock, hdbg_thread_id id)
{
    mock_lock(mock);
    const struct mock_thread *thread = mock_thread_find(mock, id);
    uint32_t flags = thread != NULL ? thread->flags : 0;
    mock_unlock(mock);
    return flags;
}

uint32_t hdbg_mock_team_flags(hdbg_mock *mock, hdbg_team_id id)
{
    mock_lock(mock);
    const struct mock_team *team = mock_team_find(mock, id);
    uint32_t flags = team != NULL ? team->flags : 0;
    mock_unlock(mock);
    return flags;
}

/* ---- images ---- */

void mock_image_drop(struct mock_team *team, hdbg_image_id id)
{
    for (struct mock_image **link = &team->images; *link != NULL; link = &(*link)->next) {
        struct mock_image *image = *link;
        if (image->info.id == id) {
            *link = image->next;
            free(image);
            return;
        }
    }
}

void mock_image_put(hdbg_mock *mock, struct mock_team *team, const hdbg_image_info *info)
{
    struct mock_image *image = malloc(sizeof *image);
    if (image == NULL)
        return;
    mock_image_drop(team, info->id);
    *image = (struct mock_image){.order = ++mock->order, .info = *info};
    struct mock_image **link = &team->images;
    while (*link != NULL)
        link = &(*link)->next;
    *link = image;
}

void mock_images_clear(struct mock_team *team)
{
    while (team->images != NULL)
        mock_image_drop(team, team->images->info.id);
}

hdbg_status hdbg_mock_image_add(hdbg_mock *mock, hdbg_team_id id, const hdbg_image_info *info)
{
    mock_lock(mock);
    struct mock_team *team = mock_team_find(mock, id);
    if (team != NULL)
        mock_image_put(mock, team, info);
    mock_unlock(mock);
    return team != NULL ? HDBG_OK : fail_no_team(id);
}

hdbg_status hdbg_mock_image_remove(hdbg_mock *mock, hdbg_team_id id, hdbg_image_id image)
{
    mock_lock(mock);
    struct mock_team *team = mock_team_find(mock, id);
    if (team != NULL)
        mock_image_drop(team, image);
    mock_unlock(mock);
    return team != NULL ? HDBG_OK : fail_no_team(id);
}

/* ---- the end ---- */

void mock_team_clear(hdbg_mock *mock, struct mock_team *team)
{
    while (team->threads != NULL)
        mock_thread_drop(team, team->threads->id);
    mock_images_clear(team);
    while (team->areas != NULL) {
        struct mock_area *area = team->areas;
        team->areas = area->next;
        area->next = mock->removed;
        mock->removed = area;
    }
    mock_points_clear(team);
    mock_event_queue_clear(&team->outbox);
    free(team->blocked);
    team->blocked = NULL;
}

static void free_areas(struct mock_area *areas)
{
    while (areas != NULL) {
        struct mock_area *area = areas;
        areas = area->next;
        mock_area_free(area);
    }
}

void mock_world_free(hdbg_mock *mock)
{
    while (mock->teams != NULL) {
        struct mock_team *team = mock->teams;
        mock_team_clear(mock, team);
        mock->teams = team->next;
        free(team->program);
        free(team);
    }
    free_areas(mock->removed);
    free_areas(mock->clones);
    mock->removed = NULL;
    mock->clones = NULL;
}
