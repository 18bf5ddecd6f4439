/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Memory. What cannot be read ends an answer early; if that is all, it is an error. Breakpoints never show:
 * the library hides them.
 */
#include "server.h"

#include <inttypes.h>
#include <stdlib.h>

/* Reads at most what fits into a packet; to be freed. */
static uint8_t *read_some(struct server *server, uint64_t address, uint64_t length, size_t most, size_t *got)
{
    size_t size = length < most ? (size_t)length : most;
    uint8_t *bytes = malloc(size + 1);
    *got = 0;
    if (bytes != NULL && size != 0)
        hdbg_memory_read(server->current->team, address, bytes, size, got);
    return bytes;
}

/* ADDRESS,LENGTH. False: nothing was asked for, and nothing is answered. */
static bool answer_bytes(struct server *server, struct cursor *packet,
                         void (*add)(struct reply *reply, const void *bytes, size_t size))
{
    uint64_t address, length;
    size_t got = 0;
    if (!take_range(packet, &address, &length) || packet->at != packet->end) {
        answer_error(server);
        return true;
    }
    uint8_t *bytes = read_some(server, address, length, PACKET_MAX / 2, &got);
    if (got != 0)
        add(&server->payload, bytes, got);
    else if (length != 0)
        answer_error(server);
    free(bytes);
    return length != 0;
}

void memory_read_hex(struct server *server, struct cursor *packet)
{
    answer_bytes(server, packet, reply_hex);
}

void memory_read_binary(struct server *server, struct cursor *packet)
{
    if (!answer_bytes(server, packet, reply_bytes))
        answer_ok(server); /* how a client asks whether there is this packet */
}

static void write_bytes(struct server *server, uint64_t address, const void *bytes, size_t size)
{
    size_t written = 0;
    hdbg_status status =
        size != 0 ? hdbg_memory_write(server->current->team, address, bytes, size, &written) : HDBG_OK;
    points_refresh(server->current);
    if (status == HDBG_OK && written == size)
        answer_ok(server);
    else
        answer_error(server);
}

void memory_write_hex(struct server *server, struct cursor *packet)
{
    uint64_t address, length;
    size_t size = 0;
    if (!take_range(packet, &address, &length) || !take_char(packet, ':') || length > PACKET_MAX / 2) {
        answer_error(server);
        return;
    }
    uint8_t *bytes = malloc(PACKET_MAX / 2);
    if (bytes != NULL && take_hex_bytes(packet, bytes, PACKET_MAX / 2, &size) && size == length &&
        packet->at == packet->end)
        write_bytes(server, address, bytes, size);
    else
        answer_error(server);
    free(bytes);
}

void memory_write_binary(struct server *server, struct cursor *packet)
{
    uint64_t address, length;
    if (take_range(packet, &address, &length) && take_char(packet, ':') && length == cursor_left(packet))
        write_bytes(server, address, packet->at, (size_t)length);
    else
        answer_error(server);
}

/* ---- what there is ---- */

const char *area_name(const hdbg_area_info *area)
{
    return *area->path != '\0' ? area->path : area->name;
}

void area_letters(const hdbg_area_info *area, char letters[5])
{
    static const uint32_t kBits[] = {HDBG_AREA_READ, HDBG_AREA_WRITE, HDBG_AREA_EXECUTE, HDBG_AREA_STACK};
    for (size_t i = 0; i < sizeof kBits / sizeof *kBits; i++)
        letters[i] = (area->protection & kBits[i]) != 0 ? "rwxs"[i] : '-';
    letters[4] = '\0';
}

static void add_area(struct reply *reply, const hdbg_area_info *area)
{
    reply_text(reply, "start:%" PRIx64 ";size:%" PRIx64 ";permissions:%s%s%s;", area->address, area->length,
               (area->protection & HDBG_AREA_READ) != 0 ? "r" : "",
               (area->protection & HDBG_AREA_WRITE) != 0 ? "w" : "",
               (area->protection & HDBG_AREA_EXECUTE) != 0 ? "x" : "");
    reply_text(reply, "name:");
    reply_hex_text(reply, area_name(area));
    reply_text(reply, ";");
}

void memory_region(struct server *server, struct cursor *packet)
{
    uint64_t address;
    size_t count = 0;
    hdbg_area_info *areas = NULL;
    if (!take_hex(packet, &address) || packet->at != packet->end ||
        hdbg_areas_get(server->current->team, &areas, &count) != HDBG_OK) {
        answer_error(server);
        return;
    }
    /* Sorted by address: the first that ends behind it has it, or is where a hole ends. */
    size_t i = 0;
    while (i < count && areas[i].address + areas[i].length - 1 < address)
        i++;
    if (i < count && areas[i].address <= address)
        add_area(&server->payload, &areas[i]);
    else
        reply_text(&server->payload, "start:%" PRIx64 ";size:%" PRIx64 ";", address,
                   (i < count ? areas[i].address : 0) - address);
    hdbg_areas_free(areas);
}
