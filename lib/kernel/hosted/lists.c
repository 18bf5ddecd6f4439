/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The threads, images and areas of a team, one after the other.
 *
 * A list is taken when it is begun and kept for the steps that follow, so that a thousand threads do not take
 * a thousand lists; whoever begins with another team's meanwhile only makes it slower. Cookies say where the
 * walk is by what it has seen, not by position, so that what comes and goes costs no other entry.
 */
#include "kernel/hosted/internal.h"
#include "kernel/hosted/images.h"
#include "kernel/hosted/proc.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hdbg_status no_more(const char *what, hdbg_team_id team)
{
    return hdbg_fail(HDBG_BAD_INDEX, "team %d has no more %s", (int)team, what);
}

static hdbg_status no_team(const char *what, hdbg_team_id team)
{
    return hdbg_fail(HDBG_BAD_TEAM_ID, "cannot list the %s of team %d: there is none", what, (int)team);
}

/* ---- threads ---- */

/* Under the lock: a list of the team's threads, at least at the beginning a new one. */
static int take_threads(hosted_kernel *k, hdbg_team_id team, int anew)
{
    hosted_lists *lists = &k->lists;
    char path[64];
    if (!anew && lists->thread_team == team)
        return 1;
    free(lists->threads);
    snprintf(path, sizeof path, "/proc/%d/task", (int)team);
    lists->threads = proc_ids(path, &lists->thread_count);
    lists->thread_team = lists->threads != NULL ? team : 0;
    lists->stack_team = 0;
    return lists->threads != NULL;
}

/* The first thread behind `last`, 0: none. Threads born since the list was taken come at its end. */
static hdbg_thread_id thread_behind(hosted_kernel *k, hdbg_team_id team, int64_t last)
{
    hdbg_thread_id found = 0;
    for (int anew = last == 0; found == 0; anew = 1) {
        if (!take_threads(k, team, anew))
            break;
        size_t low = 0, high = k->lists.thread_count;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (k->lists.threads[middle] <= last)
                low = middle + 1;
            else
                high = middle;
        }
        if (low < k->lists.thread_count)
            found = k->lists.threads[low];
        if (anew)
            break;
    }
    return found;
}

hdbg_status hosted_next_thread(void *context, hdbg_team_id team, int64_t *cookie, hdbg_thread_info *info)
{
    hosted_kernel *k = context;
    proc_status status;
    if (*cookie == 0 && (!proc_read_status(team, &status) || status.team != team))
        return no_team("threads", team);
    while (!(*cookie & HOSTED_NUB_THREAD)) {
        pthread_mutex_lock(&k->lock);
        hdbg_thread_id thread = thread_behind(k, team, *cookie);
        pthread_mutex_unlock(&k->lock);
        *cookie = thread != 0 ? thread : (HOSTED_NUB_THREAD | team); /* the nub is the last */
        hdbg_status result = hosted_thread_describe(k, (hdbg_thread_id)*cookie, true, info);
        if (result == HDBG_OK && info->team == team)
            return HDBG_OK;
        if (result != HDBG_OK && result != HDBG_BAD_THREAD_ID)
            return result;
    }
    return no_more("threads", team);
}

int64_t hosted_team_threads(void *context, hdbg_team_id team, hdbg_thread_id *threads, size_t capacity)
{
    (void)context;
    char path[64];
    size_t count = 0, stored = 0;
    proc_stat stat;
    proc_status status;
    if (!proc_read_status(team, &status) || status.team != team)
        return no_team("threads", team);
    snprintf(path, sizeof path, "/proc/%d/task", (int)team);
    int32_t *ids = proc_ids(path, &count);
    if (ids == NULL)
        return no_team("threads", team);
    /* Threads that end are gone, but the main one: that is listed until the last has ended. */
    bool main_ended = !proc_read_stat(team, team, &stat) || stat.state == 'Z' || stat.state == 'X';
    for (size_t i = 0; i < count; i++) {
        if (ids[i] == team && main_ended)
            continue;
        if (stored < capacity)
            threads[stored] = ids[i];
        stored++;
    }
    free(ids);
    return (int64_t)stored;
}

/* ---- images ---- */

hdbg_status hosted_next_image(void *context, hdbg_team_id team, int64_t *cookie, hdbg_image_info *info)
{
    hosted_kernel *k = context;
    hosted_lists *lists = &k->lists;
    hdbg_status status = HDBG_OK;
    pthread_mutex_lock(&k->lock);
    if (*cookie == 0 || lists->image_team != team) {
        free(lists->images);
        lists->images = NULL;
        status = images_list(team, &lists->images, &lists->image_count);
        lists->image_team = status == HDBG_OK ? team : 0;
    }
    if (status == HDBG_OK && *cookie >= 0 && (size_t)*cookie < lists->image_count)
        *info = lists->images[(*cookie)++];
    else if (status == HDBG_OK)
        status = HDBG_BAD_INDEX;
    pthread_mutex_unlock(&k->lock);
    if (status == HDBG_BAD_INDEX)
        return no_more("images", team);
    return status == HDBG_OK || status == HDBG_PERMISSION_DENIED
               ? (status == HDBG_OK
                      ? status
                      : hdbg_fail(status, "cannot list the images of team %d: not allowed", (int)team))
               : no_team("images", team);
}

/* ---- areas ---- */

static hdbg_area_id area_id(uint64_t address)
{
    uint64_t page = address >> 12;
    hdbg_area_id id = (hdbg_area_id)((page ^ page >> 31) & INT32_MAX);
    return id != 0 ? id : 1;
}

/* Linux's names of mappings that are no files: "[heap]", "[stack]", "[vdso]", "[anon:...]". */
static void name_area(const maps_entry *e, hdbg_area_info *info)
{
    const char *slash = strrchr(e->path, '/');
    const char *name = e->path[0] == '/' && slash != NULL ? slash + 1 : e->path;
    size_t length = strlen(name);
    if (name[0] == '\0')
        snprintf(info->name, sizeof info->name, "anonymous");
    else if (strcmp(name, "[stack]") == 0)
        snprintf(info->name, sizeof info->name, "team %d stack", (int)info->team);
    else if (name[0] == '[' && length > 2 && name[length - 1] == ']')
        snprintf(info->name, sizeof info->name, "%.*s", (int)length - 2, name + 1);
    else
        snprintf(info->name, sizeof info->name, "%s", name);
    if (e->path[0] == '/')
        snprintf(info->path, sizeof info->path, "%s", e->path);
}

static void fill_area(hdbg_team_id team, const maps_entry *e, hdbg_area_info *info)
{
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    info->area = area_id(e->start);
    info->team = team;
    info->address = e->start;
    info->length = e->end - e->start;
    info->protection = e->protection;
    info->offset = e->offset;
    if (strcmp(e->path, "[stack]") == 0)
        info->protection |= HDBG_AREA_STACK;
    name_area(e, info);
}

hdbg_status hosted_next_area(void *context, hdbg_team_id team, int64_t *cookie, hdbg_area_info *info)
{
    hosted_kernel *k = context;
    hosted_lists *lists = &k->lists;
    hdbg_status status = HDBG_OK;
    if (info == NULL || info->size < sizeof *info)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot list the areas of team %d: hdbg_area_info.size is not set",
                         (int)team);
    pthread_mutex_lock(&k->lock);
    if (*cookie == 0 || lists->area_team != team) {
        maps_free(&lists->areas);
        status = maps_read(team, &lists->areas);
        lists->area_team = status == HDBG_OK ? team : 0;
    }
    const maps_entry *next = status == HDBG_OK ? maps_from(&lists->areas, (uint64_t)*cookie) : NULL;
    if (next != NULL) {
        fill_area(team, next, info);
        *cookie = (int64_t)next->end;
    } else if (status == HDBG_OK) {
        status = HDBG_BAD_INDEX;
    }
    pthread_mutex_unlock(&k->lock);
    if (status == HDBG_BAD_INDEX)
        return no_more("areas", team);
    if (status == HDBG_PERMISSION_DENIED)
        return hdbg_fail(status,
                         "cannot look into the memory of team %d: the program has made itself undumpable, or "
                         "runs with more rights, and only root may then",
                         (int)team);
    return status == HDBG_OK ? status : no_team("areas", team);
}

void hosted_lists_free(hosted_lists *lists)
{
    free(lists->threads);
    free(lists->images);
    maps_free(&lists->areas);
    maps_free(&lists->stacks);
}
