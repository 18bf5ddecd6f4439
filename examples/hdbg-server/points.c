/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Breakpoints and watchpoints: what Z and z packets ask for. The nub decides where a breakpoint goes, into a
 * register or into the code; a client that asks for hardware ones gets as many as there are registers.
 */
#include "server.h"

#include <stdlib.h>
#include <string.h>

enum { REGISTERS = 4, PIECE_MAX = 4 };

/* ---- the list ---- */

static struct point *find(struct server *server, char type, hdbg_address address, uint64_t length)
{
    for (size_t i = 0; i < server->point_count; i++) {
        struct point *point = &server->points[i];
        if (point->type == type && point->address == address && (type < '2' || point->length == length))
            return point;
    }
    return NULL;
}

const struct point *points_break_at(const struct server *server, hdbg_address address)
{
    for (size_t i = 0; i < server->point_count; i++) {
        if (server->points[i].type < '2' && server->points[i].address == address)
            return &server->points[i];
    }
    return NULL;
}

static struct point *add(struct server *server)
{
    if (server->point_count == server->point_room) {
        size_t room = server->point_room * 2 + 16;
        struct point *points = realloc(server->points, room * sizeof *points);
        if (points == NULL)
            return NULL;
        server->points = points;
        server->point_room = room;
    }
    return &server->points[server->point_count++];
}

static void drop(struct server *server, struct point *point)
{
    *point = server->points[--server->point_count];
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

static void clear_pieces(struct server *server, const struct point *point, uint32_t end)
{
    uint32_t length;
    for (uint32_t done = 0; done < end; done += length) {
        length = piece_length(point->address + done, point->length - done);
        hdbg_watchpoint_clear(server->team, point->address + done);
    }
}

static hdbg_status set_pieces(struct server *server, const struct point *point)
{
    uint32_t kind = point->type == '2' ? HDBG_WATCH_WRITE : HDBG_WATCH_READ_WRITE, length;
    for (uint32_t done = 0; done < point->length; done += length) {
        length = piece_length(point->address + done, point->length - done);
        hdbg_status status = hdbg_watchpoint_set(server->team, point->address + done, kind, length);
        if (status != HDBG_OK) {
            clear_pieces(server, point, done);
            return status;
        }
    }
    return HDBG_OK;
}

static bool look(struct server *server, struct point *point)
{
    uint8_t now[WATCH_BYTES] = {0};
    hdbg_memory_read(server->team, point->address, now, point->length, NULL);
    bool changed = memcmp(now, point->seen, sizeof now) != 0;
    memcpy(point->seen, now, sizeof now);
    return changed;
}

void points_refresh(struct server *server)
{
    for (size_t i = 0; i < server->point_count; i++) {
        if (server->points[i].type >= '2')
            look(server, &server->points[i]);
    }
}

const struct point *points_watch_hit(struct server *server)
{
    /* The nub does not say which it was. What has changed was written; what has not may have been read. */
    struct point *guess = NULL;
    for (size_t i = 0; i < server->point_count; i++) {
        struct point *point = &server->points[i];
        if (point->type < '2')
            continue;
        if (look(server, point))
            return point;
        if (guess == NULL || point->type > guess->type)
            guess = point;
    }
    return guess;
}

/* ---- setting and clearing ---- */

static uint32_t registers_used(const struct server *server)
{
    uint32_t count = 0;
    for (size_t i = 0; i < server->point_count; i++) {
        const struct point *point = &server->points[i];
        count += point->type == '1' ? 1 : point->type >= '2' ? piece_count(point) : 0;
    }
    return count;
}

static hdbg_status set(struct server *server, const struct point *point)
{
    if (point->type != '0' &&
        registers_used(server) + (point->type == '1' ? 1 : piece_count(point)) > REGISTERS)
        return hdbg_kernel_fail(HDBG_BUSY,
                                "the processor has no more than %d registers for breakpoints and watchpoints",
                                REGISTERS);
    if (point->type >= '2')
        return set_pieces(server, point);
    if (points_break_at(server, point->address) != NULL)
        return HDBG_OK;
    return hdbg_breakpoint_set(server->team, point->address);
}

void points_set(struct server *server, struct cursor *packet)
{
    struct point point = {.type = packet->at != packet->end ? *packet->at++ : '\0'};
    uint64_t length;
    if (point.type < '0' || point.type > '4' || point.type == '3')
        return; /* x86 cannot watch for reading alone; the client makes do with another kind then */
    if (!take_char(packet, ',') || !take_range(packet, &point.address, &length) ||
        packet->at != packet->end || (point.type >= '2' && (length == 0 || length > WATCH_BYTES))) {
        answer_error(server);
        return;
    }
    point.length = (uint32_t)length;
    if (find(server, point.type, point.address, point.length) != NULL) {
        answer_ok(server);
        return;
    }
    hdbg_status status = set(server, &point);
    if (status != HDBG_OK) {
        answer_sentence(server);
        return;
    }
    struct point *kept = add(server);
    if (kept == NULL) {
        answer_error(server);
        return;
    }
    if (point.type >= '2')
        look(server, &point);
    *kept = point;
    answer_ok(server);
}

static void clear(struct server *server, struct point *point)
{
    struct point copy = *point;
    drop(server, point);
    if (copy.type >= '2')
        clear_pieces(server, &copy, copy.length);
    else if (points_break_at(server, copy.address) == NULL)
        hdbg_breakpoint_clear(server->team, copy.address);
}

void points_clear(struct server *server, struct cursor *packet)
{
    char type = packet->at != packet->end ? *packet->at++ : '\0';
    uint64_t address, length;
    if (type < '0' || type > '4' || type == '3')
        return;
    if (!take_char(packet, ',') || !take_range(packet, &address, &length)) {
        answer_error(server);
        return;
    }
    struct point *point = find(server, type, address, length);
    if (point != NULL)
        clear(server, point);
    answer_ok(server); /* one that an exec has taken out is cleared, too */
}

void points_clear_all(struct server *server)
{
    while (server->point_count != 0 && !server->gone)
        clear(server, &server->points[server->point_count - 1]);
    server->point_count = 0;
}

void points_forget(struct server *server)
{
    server->point_count = 0;
}
