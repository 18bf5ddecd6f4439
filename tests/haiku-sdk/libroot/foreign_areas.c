/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Other teams' areas. The host's mappings have no ids: an area gets one when it is first told, and keeps it
 * as long as it is the same mapping. An id is never used again.
 */
#define _GNU_SOURCE
#include "libroot.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_ID = 0x20000000 }; /* away from the kernel's clones and from what create_area() makes */

/* What makes a mapping another one: it begins elsewhere, or shows something else. */
typedef struct told {
    struct told *next;
    area_id id;
    team_id team;
    uint64_t address, offset;
    char path[B_PATH_NAME_LENGTH];
} told;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static told *areas;
static area_id next_id = FIRST_ID;

void libroot_fill_area(area_info *info, const hdbg_area_info *from)
{
    memset(info, 0, sizeof *info);
    info->area = from->area;
    info->team = from->team;
    info->address = (void *)(uintptr_t)from->address;
    info->size = from->length;
    info->ram_size = (uint32)from->ram_size;
    info->protection = libroot_protection(from->protection);
    info->lock = from->lock;
    libroot_copy(info->name, from->name, sizeof info->name);
}

static int is_same(const told *t, const hdbg_area_info *area)
{
    return t->team == area->team && t->address == area->address && t->offset == area->offset &&
           strncmp(t->path, area->path, sizeof t->path - 1) == 0;
}

/* The id of an area. Areas come in order, so the next one is mostly the one after the last. */
static area_id id_of(const hdbg_area_info *area)
{
    pthread_mutex_lock(&lock);
    told *t = areas;
    while (t != NULL && !is_same(t, area))
        t = t->next;
    if (t == NULL && (t = calloc(1, sizeof *t)) != NULL) {
        t->id = next_id++;
        t->team = area->team;
        t->address = area->address;
        t->offset = area->offset;
        libroot_copy(t->path, area->path, sizeof t->path);
        t->next = areas;
        areas = t;
    }
    area_id id = t != NULL ? t->id : B_NO_MEMORY;
    pthread_mutex_unlock(&lock);
    return id;
}

/* The area of a team that begins at an address. */
static status_t find(team_id team, uint64_t address, hdbg_area_info *area)
{
    int64_t cookie = 0;
    status_t status;
    do {
        *area = (hdbg_area_info){.size = sizeof *area};
        status = CALL(next_area, team, &cookie, area);
    } while (status == B_OK && area->address != address);
    return status;
}

static void forget(area_id id)
{
    told **link = &areas;
    pthread_mutex_lock(&lock);
    while (*link != NULL && (*link)->id != id)
        link = &(*link)->next;
    told *t = *link;
    if (t != NULL)
        *link = t->next;
    pthread_mutex_unlock(&lock);
    free(t);
}

int libroot_foreign_area(area_id id, area_info *info)
{
    hdbg_area_info area;
    told wanted;
    pthread_mutex_lock(&lock);
    told *t = areas;
    while (t != NULL && t->id != id)
        t = t->next;
    if (t != NULL)
        wanted = *t;
    pthread_mutex_unlock(&lock);
    memset(info, 0, sizeof *info);
    if (t == NULL)
        return id >= FIRST_ID && id < next_id; /* it was one */
    if (find(wanted.team, wanted.address, &area) != B_OK || !is_same(&wanted, &area)) {
        forget(id);
        return 1;
    }
    libroot_fill_area(info, &area);
    info->area = id;
    libroot_clone_refresh(wanted.team, wanted.address);
    return 1;
}

status_t _get_next_area_info(team_id team, ssize_t *cookie, area_info *info, size_t size)
{
    hdbg_area_info from = {.size = sizeof from};
    int64_t position = *cookie;
    if (size != sizeof *info)
        return B_BAD_VALUE;
    status_t status = CALL(next_area, libroot_team(team), &position, &from);
    *cookie = position;
    if (status != B_OK)
        return status;
    libroot_fill_area(info, &from);
    area_id own = from.team == getpid() ? libroot_own_area(info->address) : 0;
    info->area = own != 0 ? own : id_of(&from);
    return B_OK;
}
