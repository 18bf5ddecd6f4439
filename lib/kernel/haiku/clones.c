/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Clones of debuggees' areas (CLONE_AREA), kept from one read to the next. A clone shares its memory with the
 * area, so it shows what the debuggee writes; but it outlives the area, and does not grow with it. So before
 * each read the system is asked whether the area is still what was cloned.
 *
 * What is not cloned: code, as the nub hides its breakpoints in its answers, and a clone does not; what is
 * not for reading; and what is locked in memory, which may be a device's.
 */
#include "kernel/haiku/internal.h"

#include <stdlib.h>
#include <string.h>

#include <OS.h>

enum {
    CLONE_AREA = 15,      /* the message's code */
    WORTH_CLONING = 4096, /* bytes of a read */
    CLONES_MAX = 128,
    SWEEP_INTERVAL = 200000 /* microseconds */
};

/* Its structs, which older releases' headers do not have. */
typedef struct clone_request {
    port_id reply_port;
    void *address;
} clone_request;
typedef struct clone_reply {
    area_id area;
    void *address;
} clone_reply;

/* ---- the list; locked ---- */

static void free_clone(haiku_kernel *k, haiku_clone *clone)
{
    if (clone->area >= 0)
        delete_area(clone->area);
    free(clone);
    k->clone_count--;
    k->has_clones--;
}

/* Takes a clone out of the list; who reads it frees it. */
static void discard(haiku_kernel *k, haiku_clone *clone)
{
    haiku_clone **link = &k->clones;
    while (*link != clone)
        link = &(*link)->next;
    *link = clone->next;
    clone->stale = true;
    if (clone->readers == 0)
        free_clone(k, clone);
}

static bool covers(hdbg_address start, uint64_t length, hdbg_address address)
{
    return address >= start && address - start < length;
}

static haiku_clone *find(haiku_kernel *k, hdbg_team_id team, hdbg_address address)
{
    haiku_clone *clone = k->clones;
    while (clone != NULL && !(clone->team == team && covers(clone->address, clone->length, address)))
        clone = clone->next;
    return clone;
}

static void discard_oldest(haiku_kernel *k)
{
    haiku_clone *oldest = k->clones;
    for (haiku_clone *clone = k->clones; clone != NULL; clone = clone->next) {
        if (clone->used < oldest->used)
            oldest = clone;
    }
    discard(k, oldest);
}

/* What the debuggee may do with an area. To root the system tells more, which changes with a clone. */
static uint32_t protection_of(const area_info *area)
{
    return area->protection & (B_READ_AREA | B_WRITE_AREA | B_EXECUTE_AREA | B_STACK_AREA);
}

/* Whether the debuggee's area is still what it was. */
static bool is_current(const haiku_clone *clone)
{
    area_info now;
    return get_area_info(clone->source, &now) == B_OK && now.team == clone->team &&
           (uintptr_t)now.address == clone->address && now.size == clone->length &&
           protection_of(&now) == clone->protection;
}

/* ---- making one ---- */

/* The area that has an address. The list goes on where the last search ended: memory is mostly read upwards.
 */
static bool area_at(haiku_kernel *k, hdbg_team_id team, hdbg_address address, area_info *area)
{
    pthread_mutex_lock(&k->lock);
    int64_t hint = k->hint_team == team ? k->hint_cookie : 0;
    pthread_mutex_unlock(&k->lock);
    for (;;) {
        ssize_t cookie = (ssize_t)hint;
        while (get_next_area_info(team, &cookie, area) == B_OK) {
            if (!covers((uintptr_t)area->address, area->size, address)) {
                if (hint != 0)
                    break; /* the next one or none */
                continue;
            }
            pthread_mutex_lock(&k->lock);
            k->hint_team = team;
            k->hint_cookie = cookie;
            pthread_mutex_unlock(&k->lock);
            return true;
        }
        if (hint == 0)
            return false;
        hint = 0;
    }
}

static bool may_be_cloned(const area_info *area)
{
    return (area->protection & B_READ_AREA) != 0 && (area->protection & B_EXECUTE_AREA) == 0 &&
           area->lock < B_FULL_LOCK;
}

/* Has the nub clone an area. Without one it is read by messages, which tell why if that fails, too. */
static void map_clone(haiku_kernel *k, haiku_clone *clone)
{
    clone_request request = {.address = (void *)(uintptr_t)clone->address};
    clone_reply reply = {-1, NULL};
    area_info mapped;
    hdbg_port_id nub = haiku_team_nub(k, clone->team);
    if (nub < 0 || haiku_nub_ask(k, nub, CLONE_AREA, &request, sizeof request, &reply, sizeof reply) !=
                       (int64_t)sizeof reply)
        return;
    if (reply.area < 0)
        return;
    clone->area = reply.area;
    clone->bytes = reply.address;
    /* The debuggee may have put another area there meanwhile. */
    if (get_area_info(clone->area, &mapped) == B_OK && mapped.size == clone->length && is_current(clone))
        return;
    delete_area(clone->area);
    clone->area = -1;
}

static haiku_clone *make_clone(haiku_kernel *k, hdbg_team_id team, hdbg_address address)
{
    area_info area;
    if (!area_at(k, team, address, &area))
        return NULL;
    haiku_clone *clone = calloc(1, sizeof *clone);
    if (clone == NULL)
        return NULL;
    clone->team = team;
    clone->source = area.area;
    clone->address = (uintptr_t)area.address;
    clone->length = area.size;
    clone->protection = protection_of(&area);
    clone->area = -1;
    if (may_be_cloned(&area))
        map_clone(k, clone);

    pthread_mutex_lock(&k->lock);
    haiku_clone *other = find(k, team, address); /* another thread was quicker */
    if (other != NULL)
        discard(k, other);
    if (k->clone_count >= CLONES_MAX)
        discard_oldest(k);
    clone->next = k->clones;
    k->clones = clone;
    k->clone_count++;
    k->has_clones++;
    clone->readers = 1;
    clone->used = ++k->reads;
    pthread_mutex_unlock(&k->lock);
    return clone;
}

/* ---- for readers ---- */

haiku_clone *haiku_clone_acquire(haiku_kernel *k, hdbg_team_id team, hdbg_address address, size_t size)
{
    if (k->no_cloning || k->release < HDBG_RELEASE_BETA6)
        return NULL;
    pthread_mutex_lock(&k->lock);
    haiku_clone *clone = find(k, team, address);
    if (clone != NULL) {
        clone->readers++;
        clone->used = ++k->reads;
    }
    pthread_mutex_unlock(&k->lock);
    if (clone != NULL && !is_current(clone)) {
        pthread_mutex_lock(&k->lock);
        if (!clone->stale)
            discard(k, clone);
        pthread_mutex_unlock(&k->lock);
        haiku_clone_release(k, clone);
        clone = NULL;
    }
    if (clone == NULL && size >= WORTH_CLONING)
        clone = make_clone(k, team, address);
    if (clone != NULL && clone->area < 0) {
        haiku_clone_release(k, clone);
        clone = NULL;
    }
    return clone;
}

void haiku_clone_release(haiku_kernel *k, haiku_clone *clone)
{
    pthread_mutex_lock(&k->lock);
    if (--clone->readers == 0 && clone->stale)
        free_clone(k, clone);
    pthread_mutex_unlock(&k->lock);
}

void haiku_clones_drop(haiku_kernel *k, hdbg_team_id team)
{
    pthread_mutex_lock(&k->lock);
    for (haiku_clone *clone = k->clones, *next; clone != NULL; clone = next) {
        next = clone->next;
        if (team == 0 || clone->team == team)
            discard(k, clone);
    }
    pthread_mutex_unlock(&k->lock);
}

void haiku_clones_sweep(haiku_kernel *k)
{
    bigtime_t now = system_time();
    if (now - k->swept_at < SWEEP_INTERVAL)
        return;
    k->swept_at = now;
    pthread_mutex_lock(&k->lock);
    for (haiku_clone *clone = k->clones, *next; clone != NULL; clone = next) {
        next = clone->next;
        if (!is_current(clone))
            discard(k, clone);
    }
    pthread_mutex_unlock(&k->lock);
}
