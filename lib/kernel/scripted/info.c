/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the mock's kernel tells of teams, threads, images and areas.
 */
#include "kernel/scripted/state.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

static hdbg_status fail_end(void)
{
    return hdbg_fail(HDBG_BAD_INDEX, "the list has no more items");
}

static hdbg_status fail_no_team(hdbg_team_id id)
{
    return hdbg_fail(HDBG_BAD_TEAM_ID, "no team has the id %d", id);
}

/* The nub, as on Haiku, is a thread of the team but is not counted. */
static void describe_team(const hdbg_mock *mock, const struct mock_team *team, hdbg_team_info *info)
{
    size_t size = info->size;
    memset(info, 0, sizeof *info);
    info->size = size;
    info->team = team->id;
    info->parent = team->parent;
    info->arch = mock->options.arch;
    info->debugger_nub_thread = -1;
    info->debugger_nub_port = team->nub_port;
    for (const struct mock_thread *thread = team->threads; thread != NULL; thread = thread->next) {
        info->thread_count += !thread->is_nub;
        if (thread->is_nub)
            info->debugger_nub_thread = thread->id;
    }
    for (const struct mock_image *image = team->images; image != NULL; image = image->next)
        info->image_count++;
    for (const struct mock_area *area = team->areas; area != NULL; area = area->next)
        info->area_count++;
    info->process_group = team->id;
    info->argument_count = 1;
    memcpy(info->name, team->name, sizeof team->name);
    memcpy(info->arguments, team->name, sizeof team->name);
}

static void describe_thread(const struct mock_thread *thread, hdbg_thread_info *info)
{
    size_t size = info->size;
    memset(info, 0, sizeof *info);
    info->size = size;
    info->thread = thread->id;
    info->team = thread->team->id;
    info->state = thread->stopped ? HDBG_THREAD_SUSPENDED : thread->state;
    info->priority = 10;
    info->flags = thread->is_nub ? HDBG_THREAD_IS_NUB : 0;
    info->stack_base = thread->stack_base;
    info->stack_end = thread->stack_end;
    memcpy(info->name, thread->name, sizeof info->name);
}

static void describe_area(const struct mock_area *area, hdbg_area_info *info)
{
    size_t size = info->size;
    *info = area->info;
    info->size = size;
}

hdbg_status mock_op_team_info(void *context, hdbg_team_id id, hdbg_team_info *info)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_status status;
    if (!mock_injected(mock, MOCK_team_info, &status)) {
        const struct mock_team *team = mock_team_living(mock, id);
        status = team != NULL ? HDBG_OK : fail_no_team(id);
        if (team != NULL)
            describe_team(mock, team, info);
    }
    mock_unlock(mock);
    return status;
}

hdbg_status mock_op_next_team(void *context, int64_t *cookie, hdbg_team_info *info)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_status status;
    if (!mock_injected(mock, MOCK_next_team, &status)) {
        const struct mock_team *team = mock->teams;
        while (team != NULL && (team->order <= *cookie || team->ended || team->dormant))
            team = team->next;
        status = team != NULL ? HDBG_OK : fail_end();
        if (team != NULL) {
            *cookie = team->order;
            describe_team(mock, team, info);
        }
    }
    mock_unlock(mock);
    return status;
}

hdbg_status mock_op_thread_info(void *context, hdbg_thread_id id, hdbg_thread_info *info)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_status status;
    if (!mock_injected(mock, MOCK_thread_info, &status)) {
        struct mock_thread *thread = mock_thread_living(mock, id);
        status = thread != NULL ? HDBG_OK : hdbg_fail(HDBG_BAD_THREAD_ID, "no thread has the id %d", id);
        if (thread != NULL && thread->shy && thread->looks_left-- == 0) {
            thread->shy = false;
            thread->suspended = true;
            thread->state = HDBG_THREAD_SUSPENDED;
        }
        if (thread != NULL)
            describe_thread(thread, info);
    }
    mock_unlock(mock);
    return status;
}

hdbg_status mock_op_next_thread(void *context, hdbg_team_id id, int64_t *cookie, hdbg_thread_info *info)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_status status;
    if (!mock_injected(mock, MOCK_next_thread, &status)) {
        const struct mock_team *team = mock_team_living(mock, id);
        const struct mock_thread *thread = team != NULL ? team->threads : NULL;
        while (thread != NULL && thread->order <= *cookie)
            thread = thread->next;
        status = team == NULL ? fail_no_team(id) : thread == NULL ? fail_end() : HDBG_OK;
        if (thread != NULL) {
            *cookie = thread->order;
            describe_thread(thread, info);
        }
    }
    mock_unlock(mock);
    return status;
}

int64_t mock_op_team_threads(void *context, hdbg_team_id id, hdbg_thread_id *threads, size_t capacity)
{
    hdbg_mock *mock = context;
    size_t count = 0;
    mock_lock(mock);
    hdbg_status status;
    if (!mock_injected(mock, MOCK_team_threads, &status)) {
        const struct mock_team *team = mock_team_living(mock, id);
        status = team == NULL ? fail_no_team(id) : HDBG_OK;
        for (const struct mock_thread *t = team != NULL ? team->threads : NULL; t != NULL; t = t->next) {
            if (t->is_nub)
                continue;
            if (count < capacity)
                threads[count] = t->id;
            count++;
        }
    }
    mock_unlock(mock);
    return status == HDBG_OK ? (int64_t)count : status;
}

hdbg_status mock_op_next_image(void *context, hdbg_team_id id, int64_t *cookie, hdbg_image_info *info)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_status status;
    if (!mock_injected(mock, MOCK_next_image, &status)) {
        const struct mock_team *team = mock_team_living(mock, id);
        const struct mock_image *image = team != NULL ? team->images : NULL;
        while (image != NULL && image->order <= *cookie)
            image = image->next;
        status = team == NULL ? fail_no_team(id) : image == NULL ? fail_end() : HDBG_OK;
        if (image != NULL) {
            *cookie = image->order;
            *info = image->info;
        }
    }
    mock_unlock(mock);
    return status;
}

hdbg_status mock_op_next_area(void *context, hdbg_team_id id, int64_t *cookie, hdbg_area_info *info)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_status status;
    if (!mock_injected(mock, MOCK_next_area, &status)) {
        const struct mock_team *team = mock_team_living(mock, id);
        const struct mock_area *area = team != NULL ? team->areas : NULL;
        while (area != NULL && area->order <= *cookie)
            area = area->next;
        status = team == NULL ? fail_no_team(id) : area == NULL ? fail_end() : HDBG_OK;
        if (area != NULL) {
            *cookie = area->order;
            describe_area(area, info);
        }
    }
    mock_unlock(mock);
    return status;
}

static struct mock_area **find_clone(hdbg_mock *mock, hdbg_area_id id)
{
    struct mock_area **link = &mock->clones;
    while (*link != NULL && (*link)->info.area != id)
        link = &(*link)->next;
    return link;
}

hdbg_status mock_op_area_info(void *context, hdbg_area_id id, hdbg_area_info *info)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_status status;
    if (!mock_injected(mock, MOCK_area_info, &status)) {
        const struct mock_area *area = *find_clone(mock, id);
        status =
            area != NULL ? HDBG_OK : hdbg_fail(HDBG_BAD_VALUE, "no area of the caller has the id %d", id);
        if (area != NULL)
            describe_area(area, info);
    }
    mock_unlock(mock);
    return status;
}

hdbg_status mock_op_delete_area(void *context, hdbg_area_id id)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_status status;
    if (!mock_injected(mock, MOCK_delete_area, &status)) {
        struct mock_area **link = find_clone(mock, id);
        struct mock_area *area = *link;
        status =
            area != NULL ? HDBG_OK : hdbg_fail(HDBG_BAD_VALUE, "no area of the caller has the id %d", id);
        if (area != NULL) {
            *link = area->next;
            mock_area_free(area);
        }
    }
    mock_unlock(mock);
    return status;
}
