/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Memory that is looked through here, so that the client need not read it: qSearch:memory and qCRC.
 */
#define _GNU_SOURCE
#include "server.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Pieces, and how much is looked through at most: the server does nothing else meanwhile. */
enum { PIECE = 1 << 20 };
#define WHOLE_MAX (UINT64_C(4) << 30)

/* ---- qSearch:memory:ADDRESS;LENGTH;PATTERN ---- */

/* Looks through one piece and the beginning of the next, where a match may end. */
static const uint8_t *search_piece(struct server *server, uint64_t at, size_t size,
                                   const struct cursor *pattern, uint8_t *bytes, hdbg_status *status)
{
    *status = hdbg_memory_read(server->current->team, at, bytes, size, NULL);
    return *status == HDBG_OK ? memmem(bytes, size, pattern->at, cursor_left(pattern)) : NULL;
}

static void search(struct server *server, uint64_t address, uint64_t length, const struct cursor *pattern)
{
    size_t overlap = cursor_left(pattern) - 1;
    uint8_t *bytes = malloc(PIECE + overlap);
    const uint8_t *found = NULL;
    uint64_t done = 0;
    hdbg_status status = bytes != NULL ? HDBG_OK : HDBG_NO_MEMORY;
    while (status == HDBG_OK && found == NULL && length - done > overlap) {
        size_t size = length - done < PIECE + overlap ? (size_t)(length - done) : PIECE + overlap;
        found = search_piece(server, address + done, size, pattern, bytes, &status);
        if (found == NULL)
            done += size - overlap;
    }
    if (status != HDBG_OK)
        answer_error(server);
    else if (found != NULL)
        reply_text(&server->payload, "1,%" PRIx64, address + done + (uint64_t)(found - bytes));
    else
        reply_text(&server->payload, "0");
    free(bytes);
}

void search_memory(struct server *server, struct cursor *packet)
{
    uint64_t address, length;
    if (take_hex(packet, &address) && take_char(packet, ';') && take_hex(packet, &length) &&
        take_char(packet, ';') && cursor_left(packet) != 0 && length <= WHOLE_MAX)
        search(server, address, length, packet);
    else
        answer_error(server);
}

/* ---- qCRC:ADDRESS,LENGTH ---- */

static void make_table(uint32_t table[256])
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i << 24;
        for (int bit = 0; bit < 8; bit++)
            value = value << 1 ^ ((value & UINT32_C(1) << 31) != 0 ? UINT32_C(0x04c11db7) : 0);
        table[i] = value;
    }
}

void memory_sum(struct server *server, struct cursor *packet)
{
    uint64_t address, length;
    if (!take_range(packet, &address, &length) || packet->at != packet->end || length > WHOLE_MAX) {
        answer_error(server);
        return;
    }
    uint32_t table[256], sum = UINT32_MAX;
    uint8_t *bytes = malloc(PIECE);
    hdbg_status status = bytes != NULL ? HDBG_OK : HDBG_NO_MEMORY;
    make_table(table);
    for (uint64_t done = 0; status == HDBG_OK && done < length;) {
        size_t size = length - done < PIECE ? (size_t)(length - done) : PIECE;
        status = hdbg_memory_read(server->current->team, address + done, bytes, size, NULL);
        for (size_t i = 0; i < size && status == HDBG_OK; i++)
            sum = sum << 8 ^ table[(sum >> 24 ^ bytes[i]) & 0xff];
        done += size;
    }
    if (status == HDBG_OK)
        reply_text(&server->payload, "C%" PRIx32, sum);
    else
        answer_error(server);
    free(bytes);
}
