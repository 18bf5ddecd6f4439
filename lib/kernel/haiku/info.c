/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Teams, threads and images, as Haiku lists them.
 */
#include "kernel/haiku/internal.h"

#include <stdio.h>
#include <string.h>

#include <OS.h>
#include <image.h>

hdbg_status haiku_end_of_list(const char *what, hdbg_team_id team, hdbg_status answer)
{
    team_info info;
    if (answer == HDBG_NOT_ALLOWED || answer == HDBG_PERMISSION_DENIED)
        return hdbg_fail(HDBG_PERMISSION_DENIED,
                         "cannot list the %s of team %d: it belongs to another user, and only root may then",
                         what, (int)team);
    if (get_team_info(team, &info) == B_OK)
        return hdbg_fail(HDBG_BAD_INDEX, "team %d has no more %s", (int)team, what);
    return hdbg_fail(HDBG_BAD_TEAM_ID, "cannot list the %s of team %d: there is no such team", what,
                     (int)team);
}

/* ---- teams ---- */

static void fill_team(const haiku_kernel *k, hdbg_team_info *info, const team_info *from)
{
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    info->team = from->team;
    info->parent = from->parent;
    info->arch = k->arch;
    info->thread_count = from->thread_count - (from->debugger_nub_thread >= 0);
    info->image_count = from->image_count;
    info->area_count = from->area_count;
    info->debugger_nub_thread = from->debugger_nub_thread;
    info->debugger_nub_port = from->debugger_nub_port;
    info->user = from->uid;
    info->group = from->gid;
    info->process_group = from->group_id;
    info->session = from->session_id;
    info->argument_count = from->argc;
    info->start_time = from->start_time;
    haiku_copy_text(info->name, sizeof info->name, from->name, sizeof from->name);
    haiku_copy_text(info->arguments, sizeof info->arguments, from->args, sizeof from->args);
}

hdbg_status haiku_team_info(void *context, hdbg_team_id team, hdbg_team_info *info)
{
    team_info from;
    if (info == NULL || info->size < sizeof *info)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot describe team %d: hdbg_team_info.size is not set",
                         (int)team);
    if (get_team_info(team, &from) != B_OK)
        return hdbg_fail(HDBG_BAD_TEAM_ID, "cannot describe team %d: there is none", (int)team);
    fill_team(context, info, &from);
    return HDBG_OK;
}

hdbg_status haiku_next_team(void *context, int64_t *cookie, hdbg_team_info *info)
{
    team_info from;
    int32 position = (int32)*cookie;
    if (info == NULL || info->size < sizeof *info)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot list the teams: hdbg_team_info.size is not set");
    if (get_next_team_info(&position, &from) != B_OK)
        return hdbg_fail(HDBG_BAD_INDEX, "there are no more teams");
    *cookie = position;
    fill_team(context, info, &from);
    return HDBG_OK;
}

/* ---- threads ---- */

/* The nub has a name by which it is found without a further call for each thread; but anybody may take it. */
static bool is_nub(const thread_info *thread)
{
    char name[B_OS_NAME_LENGTH];
    team_info team;
    snprintf(name, sizeof name, "team %d debug task", (int)thread->team);
    return strncmp(thread->name, name, sizeof name) == 0 && get_team_info(thread->team, &team) == B_OK &&
           team.debugger_nub_thread == thread->thread;
}

static void fill_thread(haiku_kernel *k, hdbg_thread_info *info, const thread_info *from)
{
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    info->thread = from->thread;
    info->team = from->team;
    info->state = haiku_hold_is_quiet(k, from->thread) ? HDBG_THREAD_SUSPENDED : (int32_t)from->state;
    info->priority = from->priority;
    info->flags = is_nub(from) ? HDBG_THREAD_IS_NUB : 0;
    info->user_time = from->user_time;
    info->kernel_time = from->kernel_time;
    info->stack_base = (uintptr_t)from->stack_base;
    info->stack_end = (uintptr_t)from->stack_end;
    haiku_copy_text(info->name, sizeof info->name, from->name, sizeof from->name);
}

hdbg_status haiku_thread_info(void *context, hdbg_thread_id thread, hdbg_thread_info *info)
{
    thread_info from;
    if (info == NULL || info->size < sizeof *info)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot describe thread %d: hdbg_thread_info.size is not set",
                         (int)thread);
    if (get_thread_info(thread, &from) != B_OK)
        return hdbg_fail(HDBG_BAD_THREAD_ID, "cannot describe thread %d: there is none, or it has ended",
                         (int)thread);
    fill_thread(context, info, &from);
    return HDBG_OK;
}

hdbg_status haiku_next_thread(void *context, hdbg_team_id team, int64_t *cookie, hdbg_thread_info *info)
{
    thread_info from;
    int32 position = (int32)*cookie;
    if (info == NULL || info->size < sizeof *info)
        return hdbg_fail(HDBG_BAD_VALUE,
                         "cannot list the threads of team %d: hdbg_thread_info.size is not set", (int)team);
    status_t status = get_next_thread_info(team, &position, &from);
    if (status != B_OK)
        return haiku_end_of_list("threads", team, status);
    *cookie = position;
    fill_thread(context, info, &from);
    return HDBG_OK;
}

/* ---- images ---- */

hdbg_status haiku_next_image(void *context, hdbg_team_id team, int64_t *cookie, hdbg_image_info *info)
{
    image_info from;
    int32 position = (int32)*cookie;
    (void)context;
    status_t status = get_next_image_info(team, &position, &from);
    if (status != B_OK)
        return haiku_end_of_list("images", team, status);
    *cookie = position;
    memset(info, 0, sizeof *info);
    info->id = from.id;
    info->type = (int32_t)from.type;
    info->sequence = from.sequence;
    info->init_order = from.init_order;
    info->init_routine = (uintptr_t)from.init_routine;
    info->term_routine = (uintptr_t)from.term_routine;
    info->text = (uintptr_t)from.text;
    info->data = (uintptr_t)from.data;
    info->text_size = (uint32_t)from.text_size;
    info->data_size = (uint32_t)from.data_size;
    info->node = from.node;
    info->device = from.device;
    info->api_version = from.api_version;
    info->abi = from.abi;
    haiku_copy_text(info->path, sizeof info->path, from.name, sizeof from.name);
    return HDBG_OK;
}
