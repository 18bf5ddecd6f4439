/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Breakpoints and watchpoints: what Z and z packets ask for. The nub decides where a breakpoint goes, into a
 * register or into the code; a client that asks for hardware ones gets as many as there are registers.
 */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REGISTERS = 4, PIECE_MAX = 4 };

/* ---- the list ---- */

static struct point *find(struct inferior *inferior, char type, hdbg_address address, uint64_t length)
{
    for (size_t i = 0; i < inferior->point_count; i++) {
        struct point *point = &inferior->points[i];
        if (point->type == type && point->address == address && (type < '2' || point->length == length))
            return point;
    }
    return NULL;
}

const struct point *points_break_at(const struct inferior *inferior, hdbg_address address)
{
    for (size_t i = 0; i < inferior->point_count; i++) {
        if (inferior->points[i].type < '2' && inferior->points[i].address == address)
            return &inferior->points[i];
    }
    return NULL;
}

static struct point *add(struct inferior *inferior)
{
    if (inferior->point_count == inferior->point_room) {
        size_t room = inferior->point_room * 2 + 16;
        struct point *points = realloc(inferior->points, room * sizeof *points);
        if (points == NULL)
            return NULL;
        inferior->points = points;
        inferior->point_room = room;
    }
    return &inferior->points[inferior->point_count++];
}

static void drop(struct inferior *inferior, struct point *point)
{
    conditions_release(point->conditions);
    *point = inferior->points[--inferior->point_count];
}

/* ---- watchpoints ---- */

/* A watchpoint of any length is made of aligned pieces of 4, 2 and 1 bytes. */
static uint32_t piece_length(hdbg_address address, uint32_t left)
{
    uint32_t length = PIECE_MAX;
    while (length > left || address % length != 0)
        length /= 2;
    return length;
}

static uint32_t piece_count(const struct point *point)
{
    uint32_t count = 0;
    for (uint32_t done = 0; done < point->length; count++)
        done += piece_length(point->address + done, point->length - done);
    return count;
}

static void clear_pieces(struct inferior *inferior, const struct point *point, uint32_t end)
{
    uint32_t length;
    for (uint32_t done = 0; done < end; done += length) {
        length = piece_length(point->address + done, point->length - done);
        hdbg_watchpoint_clear(inferior->team, point->address + done);
    }
}

static hdbg_status set_pieces(struct inferior *inferior, const struct point *point)
{
    uint32_t kind = point->type == '2' ? HDBG_WATCH_WRITE : HDBG_WATCH_READ_WRITE, length;
    for (uint32_t done = 0; done < point->length; done += length) {
        length = piece_length(point->address + done, point->length - done);
        hdbg_status status = hdbg_watchpoint_set(inferior->team, point->address + done, kind, length);
        if (status != HDBG_OK) {
            clear_pieces(inferior, point, done);
            return status;
        }
    }
    return HDBG_OK;
}

static bool look(struct inferior *inferior, struct point *point)
{
    uint8_t now[WATCH_BYTES] = {0};
    hdbg_memory_read(inferior->team, point->address, now, point->length, NULL);
    bool changed = memcmp(now, point->seen, sizeof now) != 0;
    memcpy(point->seen, now, sizeof now);
    return changed;
}

void points_refresh(struct inferior *inferior)
{
    for (size_t i = 0; i < inferior->point_count; i++) {
        if (inferior->points[i].type >= '2')
            look(inferior, &inferior->points[i]);
    }
}

/* Where the kernel does not say which it was: what has changed was written; what has not may have been read.
 */
static const struct point *guess_hit(struct inferior *inferior)
{
    struct point *guess = NULL;
    for (size_t i = 0; i < inferior->point_count; i++) {
        struct point *point = &inferior->points[i];
        if (point->type < '2')
            continue;
        if (look(inferior, point))
            return point;
        if (guess == NULL || point->type > guess->type)
            guess = point;
    }
    return guess;
}

static const struct point *watched_at(const struct inferior *inferior, hdbg_address address)
{
    for (size_t i = 0; i < inferior->point_count; i++) {
        const struct point *point = &inferior->points[i];
        if (point->type >= '2' && address - point->address < point->length)
            return point;
    }
    return NULL;
}

const struct point *points_watch_hit(const struct task *task)
{
    hdbg_address addresses[REGISTERS];
    size_t count;
    hdbg_status status = hdbg_thread_watchpoints_hit(task->thread, addresses, REGISTERS, &count);
    const struct point *hit = NULL;
    if (status == HDBG_NOT_SUPPORTED)
        return guess_hit(task->inferior);
    for (size_t i = 0; status == HDBG_OK && i < count && i < REGISTERS && hit == NULL; i++)
        hit = watched_at(task->inferior, addresses[i]);
    return hit; /* NULL: one that has been taken out meanwhile */
}

static hdbg_address *find_leaving(struct inferior *inferior, hdbg_address address)
{
    for (size_t i = 0; i < inferior->leaving_count; i++) {
        if (inferior->leaving[i] == address)
            return &inferior->leaving[i];
    }
    return NULL;
}

bool points_hit_counts(const struct task *task)
{
    struct inferior *inferior = task->inferior;
    hdbg_address pc;
    bool any = false;
    if (inferior->point_count + inferior->leaving_count == 0 || hdbg_thread_pc(task->thread, &pc) != HDBG_OK)
        return true;
    if (points_break_at(inferior, pc) == NULL && find_leaving(inferior, pc) != NULL)
        return false;
    for (size_t i = 0; i < inferior->point_count; i++) {
        const struct point *point = &inferior->points[i];
        if (point->type >= '2' || point->address != pc)
            continue;
        if (point->conditions == NULL ||
            (conditions_hold(task, point->conditions) && !conditions_act(task, point->conditions)))
            return true;
        any = true;
    }
    return !any;
}

/* ---- setting and clearing ---- */

static uint32_t registers_used(const struct inferior *inferior)
{
    uint32_t count = 0;
    for (size_t i = 0; i < inferior->point_count; i++) {
        const struct point *point = &inferior->points[i];
        count += point->type == '1' ? 1 : point->type >= '2' ? piece_count(point) : 0;
    }
    return count;
}

static hdbg_status set(struct inferior *inferior, const struct point *point)
{
    if (point->type != '0' &&
        registers_used(inferior) + (point->type == '1' ? 1 : piece_count(point)) > REGISTERS)
        return hdbg_kernel_fail(HDBG_BUSY,
                                "the processor has no more than %d registers for breakpoints and watchpoints",
                                REGISTERS);
    if (point->type >= '2')
        return set_pieces(inferior, point);
    if (points_break_at(inferior, point->address) != NULL)
        return HDBG_OK;
    hdbg_address *leaving = find_leaving(inferior, point->address);
    if (leaving == NULL)
        return hdbg_breakpoint_set(inferior->team, point->address);
    *leaving = inferior->leaving[--inferior->leaving_count]; /* it stays */
    return HDBG_OK;
}

void points_set(struct server *server, struct cursor *packet)
{
    struct inferior *inferior = server->current;
    struct point point = {.type = packet->at != packet->end ? *packet->at++ : '\0'};
    uint64_t length;
    if (point.type < '0' || point.type > '4' || point.type == '3')
        return; /* x86 cannot watch for reading alone; the client makes do with another kind then */
    if (!take_char(packet, ',') || !take_range(packet, &point.address, &length) ||
        (point.type >= '2' && (length == 0 || length > WATCH_BYTES)) ||
        !conditions_take(packet, &point.conditions)) {
        answer_error(server);
        return;
    }
    point.length = (uint32_t)length;
    struct point *known = find(inferior, point.type, point.address, point.length);
    if (known != NULL) { /* with other conditions, perhaps */
        conditions_release(known->conditions);
        known->conditions = point.conditions;
        answer_ok(server);
        return;
    }
    hdbg_status status = set(inferior, &point);
    struct point *kept = status == HDBG_OK ? add(inferior) : NULL;
    if (kept == NULL) {
        conditions_release(point.conditions);
        answer_sentence(server);
        return;
    }
    if (point.type >= '2')
        look(inferior, &point);
    point.set = true;
    *kept = point;
    answer_ok(server);
}

/* Takes it out of the nub, if no other one of the list needs it there. */
static void take_out(struct inferior *inferior, const struct point *point)
{
    if (!point->set)
        return;
    if (point->type >= '2')
        clear_pieces(inferior, point, point->length);
    else if (points_break_at(inferior, point->address) == NULL)
        hdbg_breakpoint_clear(inferior->team, point->address);
}

/* Clients take all breakpoints out at each stop, and put them back in when the program goes on. So they leave
 * when a thread might meet one. */
static bool may_leave_later(const struct inferior *inferior, const struct point *point)
{
    const struct server *server = inferior->server;
    return point->set && point->type < '2' && !server->non_stop && !server->running &&
           inferior->leaving_count < LEAVING_MOST && points_break_at(inferior, point->address) == NULL;
}

static void clear(struct inferior *inferior, struct point *point)
{
    struct point copy = *point;
    drop(inferior, point); /* so that no other one seems to need it */
    if (may_leave_later(inferior, &copy))
        inferior->leaving[inferior->leaving_count++] = copy.address;
    else
        take_out(inferior, &copy);
}

void points_leave(struct inferior *inferior)
{
    while (inferior->leaving_count != 0)
        hdbg_breakpoint_clear(inferior->team, inferior->leaving[--inferior->leaving_count]);
}

void points_clear(struct server *server, struct cursor *packet)
{
    struct inferior *inferior = server->current;
    char type = packet->at != packet->end ? *packet->at++ : '\0';
    uint64_t address, length;
    if (type < '0' || type > '4' || type == '3')
        return;
    if (!take_char(packet, ',') || !take_range(packet, &address, &length)) {
        answer_error(server);
        return;
    }
    struct point *point = find(inferior, type, address, length);
    if (point != NULL)
        clear(inferior, point);
    answer_ok(server); /* one that an exec has taken out is cleared, too */
}

void points_clear_all(struct inferior *inferior)
{
    while (inferior->point_count != 0 && !inferior->gone)
        clear(inferior, &inferior->points[inferior->point_count - 1]);
    if (!inferior->gone)
        points_leave(inferior);
    points_forget(inferior);
}

void points_forget(struct inferior *inferior)
{
    while (inferior->point_count != 0)
        drop(inferior, &inferior->points[inferior->point_count - 1]);
    inferior->points_waiting = false;
    inferior->leaving_count = 0;
}

/* ---- those that wait ---- */

void points_inherit(struct inferior *child, const struct inferior *parent)
{
    for (size_t i = 0; i < parent->point_count; i++) {
        struct point *point = add(child);
        if (point == NULL)
            return;
        *point = parent->points[i];
        conditions_share(point->conditions);
        point->set = false;
        child->points_waiting = true;
    }
}

void points_lift(struct inferior *inferior)
{
    points_leave(inferior);
    size_t count = inferior->point_count;
    inferior->point_count = 0; /* so that no other one seems to need it */
    for (size_t i = 0; i < count; i++) {
        struct point *point = &inferior->points[i];
        take_out(inferior, point);
        point->set = false;
        inferior->points_waiting = true;
    }
    inferior->point_count = count;
}

/* Two breakpoints at an address are one to the nub. */
static bool is_set_at(const struct inferior *inferior, hdbg_address address)
{
    for (size_t i = 0; i < inferior->point_count; i++) {
        const struct point *point = &inferior->points[i];
        if (point->set && point->type < '2' && point->address == address)
            return true;
    }
    return false;
}

void points_settle(struct inferior *inferior)
{
    if (!inferior->points_waiting)
        return;
    inferior->points_waiting = false;
    for (size_t i = 0; i < inferior->point_count; i++) {
        struct point *point = &inferior->points[i];
        hdbg_status status = HDBG_OK;
        if (point->set)
            continue;
        if (point->type >= '2')
            status = set_pieces(inferior, point);
        else if (!is_set_at(inferior, point->address))
            status = hdbg_breakpoint_set(inferior->team, point->address);
        if (status != HDBG_OK)
            fprintf(stderr, "hdbg-server: %s\n", hdbg_last_error());
        point->set = true;
    }
}
