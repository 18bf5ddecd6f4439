/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Breakpoints and watchpoints: which ones the nub has on the session's behalf, the user's and those that end
 * steps.
 */
#include "session/types.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- the lists, sorted by address. Locked. ---- */

static size_t place_of(const mark_list *list, hdbg_address address)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->marks[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

code_mark *mark_find(const mark_list *list, hdbg_address address)
{
    size_t place = place_of(list, address);
    return place < list->count && list->marks[place].address == address ? &list->marks[place] : NULL;
}

static code_mark *mark_add(mark_list *list, hdbg_address address)
{
    if (list->count == list->room) {
        size_t room = list->room != 0 ? list->room * 2 : 16;
        code_mark *marks = realloc(list->marks, room * sizeof *marks);
        if (marks == NULL)
            return NULL;
        list->marks = marks;
        list->room = room;
    }
    size_t place = place_of(list, address);
    memmove(list->marks + place + 1, list->marks + place, (list->count - place) * sizeof *list->marks);
    list->count++;
    list->marks[place] = (code_mark){.address = address};
    return &list->marks[place];
}

static void mark_remove(mark_list *list, code_mark *mark)
{
    size_t place = (size_t)(mark - list->marks);
    list->count--;
    memmove(mark, mark + 1, (list->count - place) * sizeof *mark);
}

void marks_free(mark_list *list)
{
    free(list->marks);
    *list = (mark_list){NULL, 0, 0};
}

/* ---- setting and clearing ---- */

/* Enters a mark. *is_new: the nub has to be told. HDBG_BAD_VALUE if the user has it already. */
static hdbg_status enter(hdbg_team *team, mark_list *list, hdbg_address address, bool by_user, bool *is_new)
{
    pthread_mutex_lock(&team->session->lock);
    hdbg_status status = HDBG_OK;
    code_mark *mark = mark_find(list, address);
    *is_new = mark == NULL;
    if (mark == NULL)
        mark = mark_add(list, address);
    if (mark == NULL)
        status = hdbg_fail(HDBG_NO_MEMORY, "out of memory");
    else if (by_user && mark->is_user)
        status = hdbg_fail(HDBG_BAD_VALUE, "there is one already");
    else if (by_user)
        mark->is_user = true;
    else
        mark->traps++;
    pthread_mutex_unlock(&team->session->lock);
    return status;
}

/* Takes a mark back. Answers whether the nub has to be told. */
static bool leave(hdbg_team *team, mark_list *list, hdbg_address address, bool by_user)
{
    pthread_mutex_lock(&team->session->lock);
    code_mark *mark = mark_find(list, address);
    bool gone = false;
    if (mark != NULL) {
        if (by_user)
            mark->is_user = false;
        else if (mark->traps > 0)
            mark->traps--;
        gone = !mark->is_user && mark->traps == 0;
        if (gone)
            mark_remove(list, mark);
        if (!by_user)
            team->old_traps[team->old_trap++ % TRAPS_REMEMBERED] = address;
    }
    pthread_mutex_unlock(&team->session->lock);
    return gone;
}

static void forget_old_trap(hdbg_team *team, hdbg_address address)
{
    pthread_mutex_lock(&team->session->lock);
    for (size_t i = 0; i < TRAPS_REMEMBERED; i++) {
        if (team->old_traps[i] == address)
            team->old_traps[i] = 0;
    }
    pthread_mutex_unlock(&team->session->lock);
}

static hdbg_status set_breakpoint(hdbg_team *team, hdbg_nub *nub, hdbg_address address, bool by_user)
{
    bool is_new;
    pthread_mutex_lock(&team->mark_lock);
    hdbg_status status = enter(team, &team->breakpoints, address, by_user, &is_new);
    if (status == HDBG_OK && is_new) {
        /* It is in the list before the nub knows it: a thread may hit it at once. */
        status = hdbg_nub_set_breakpoint(nub, address);
        if (status != HDBG_OK)
            leave(team, &team->breakpoints, address, by_user);
    }
    if (status == HDBG_OK && by_user)
        forget_old_trap(team, address);
    pthread_mutex_unlock(&team->mark_lock);
    if (status != HDBG_OK)
        return hdbg_fail(status, "cannot set a breakpoint at 0x%" PRIx64 " in team %d: %s", address,
                         (int)team->id, hdbg_last_error());
    return HDBG_OK;
}

hdbg_status hdbg_breakpoint_set(hdbg_team *team, hdbg_address address)
{
    hdbg_status status;
    hdbg_nub *nub = team_nub_acquire(team, &status);
    if (nub == NULL)
        return status;
    status = team_nub_status(team, set_breakpoint(team, nub, address, true));
    team_nub_release(team);
    return status;
}

hdbg_status hdbg_breakpoint_clear(hdbg_team *team, hdbg_address address)
{
    hdbg_status status;
    hdbg_nub *nub = team_nub_acquire(team, &status);
    if (nub == NULL)
        return status;
    pthread_mutex_lock(&team->mark_lock);
    if (!hdbg_breakpoint_is_set(team, address)) {
        status = hdbg_fail(HDBG_BAD_VALUE,
                           "cannot clear the breakpoint at 0x%" PRIx64 " in team %d: there is none", address,
                           (int)team->id);
    } else if (leave(team, &team->breakpoints, address, true)) {
        status = hdbg_nub_clear_breakpoint(nub, address);
    }
    pthread_mutex_unlock(&team->mark_lock);
    team_nub_release(team);
    return team_nub_status(team, status);
}

int hdbg_breakpoint_is_set(hdbg_team *team, hdbg_address address)
{
    pthread_mutex_lock(&team->session->lock);
    const code_mark *mark = mark_find(&team->breakpoints, address);
    int is_set = mark != NULL && mark->is_user;
    pthread_mutex_unlock(&team->session->lock);
    return is_set;
}

hdbg_status hdbg_watchpoint_set(hdbg_team *team, hdbg_address address, uint32_t kind, uint32_t length)
{
    hdbg_status status;
    hdbg_nub *nub = team_nub_acquire(team, &status);
    if (nub == NULL)
        return status;
    bool is_new = false;
    pthread_mutex_lock(&team->mark_lock);
    status = enter(team, &team->watchpoints, address, true, &is_new);
    if (status == HDBG_OK) {
        status = hdbg_nub_set_watchpoint(nub, address, kind, (int32_t)length);
        if (status != HDBG_OK)
            leave(team, &team->watchpoints, address, true);
    }
    pthread_mutex_unlock(&team->mark_lock);
    team_nub_release(team);
    if (status == HDBG_OK)
        return HDBG_OK;
    status = team_nub_status(team, status);
    return hdbg_fail(status, "cannot set a watchpoint of %u bytes at 0x%" PRIx64 " in team %d: %s", length,
                     address, (int)team->id, hdbg_last_error());
}

hdbg_status hdbg_watchpoint_clear(hdbg_team *team, hdbg_address address)
{
    hdbg_status status;
    hdbg_nub *nub = team_nub_acquire(team, &status);
    if (nub == NULL)
        return status;
    pthread_mutex_lock(&team->mark_lock);
    if (leave(team, &team->watchpoints, address, true))
        status = hdbg_nub_clear_watchpoint(nub, address);
    else
        status = hdbg_fail(HDBG_BAD_VALUE,
                           "cannot clear the watchpoint at 0x%" PRIx64 " in team %d: there is none", address,
                           (int)team->id);
    pthread_mutex_unlock(&team->mark_lock);
    team_nub_release(team);
    return team_nub_status(team, status);
}

/* ---- breakpoints that end steps ---- */

hdbg_status trap_set(hdbg_team *team, hdbg_nub *nub, hdbg_address address)
{
    return set_breakpoint(team, nub, address, false);
}

void trap_clear(hdbg_team *team, hdbg_nub *nub, hdbg_address address)
{
    pthread_mutex_lock(&team->mark_lock);
    if (leave(team, &team->breakpoints, address, false))
        hdbg_nub_clear_breakpoint(nub, address);
    pthread_mutex_unlock(&team->mark_lock);
}

bool trap_is_at(const hdbg_team *team, hdbg_address address)
{
    const code_mark *mark = mark_find(&team->breakpoints, address);
    if (mark != NULL)
        return !mark->is_user;
    for (size_t i = 0; i < TRAPS_REMEMBERED; i++) {
        if (team->old_traps[i] == address)
            return true;
    }
    return false;
}

/* ---- all of them ---- */

void marks_clear_all(hdbg_team *team, hdbg_nub *nub)
{
    pthread_mutex_lock(&team->mark_lock);
    pthread_mutex_lock(&team->session->lock);
    mark_list breakpoints = team->breakpoints, watchpoints = team->watchpoints;
    team->breakpoints = team->watchpoints = (mark_list){NULL, 0, 0};
    pthread_mutex_unlock(&team->session->lock);
    for (size_t i = 0; i < breakpoints.count; i++)
        hdbg_nub_clear_breakpoint(nub, breakpoints.marks[i].address);
    for (size_t i = 0; i < watchpoints.count; i++)
        hdbg_nub_clear_watchpoint(nub, watchpoints.marks[i].address);
    pthread_mutex_unlock(&team->mark_lock);
    marks_free(&breakpoints);
    marks_free(&watchpoints);
}
