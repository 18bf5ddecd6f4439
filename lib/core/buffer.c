/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Bytes of a core file's head, little-endian.
 */
#include "base/fail.h"
#include "core/core.h"

#include <stdlib.h>
#include <string.h>

static uint8_t *reserve(core_buffer *buffer, size_t size)
{
    if (size > buffer->room - buffer->size) {
        size_t room = buffer->room * 2 > buffer->size + size ? buffer->room * 2 : buffer->size + size + 4096;
        uint8_t *larger = buffer->failed ? NULL : realloc(buffer->bytes, room);
        if (larger == NULL) {
            buffer->failed = true;
            return NULL;
        }
        buffer->bytes = larger;
        buffer->room = room;
    }
    uint8_t *at = buffer->bytes + buffer->size;
    buffer->size += size;
    return at;
}

void core_put(core_buffer *buffer, const void *bytes, size_t size)
{
    uint8_t *at = size > 0 ? reserve(buffer, size) : NULL;
    if (at != NULL)
        memcpy(at, bytes, size);
}

void core_put_zeros(core_buffer *buffer, size_t size)
{
    uint8_t *at = size > 0 ? reserve(buffer, size) : NULL;
    if (at != NULL)
        memset(at, 0, size);
}

static void put_integer(core_buffer *buffer, uint64_t value, size_t size)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    core_put(buffer, bytes, size);
}

void core_put_u16(core_buffer *buffer, uint16_t value)
{
    put_integer(buffer, value, 2);
}

void core_put_u32(core_buffer *buffer, uint32_t value)
{
    put_integer(buffer, value, 4);
}

void core_put_u64(core_buffer *buffer, uint64_t value)
{
    put_integer(buffer, value, 8);
}

void core_put_word(core_buffer *buffer, int is_64, uint64_t value)
{
    put_integer(buffer, value, is_64 ? 8 : 4);
}

void core_put_string(core_buffer *buffer, const char *text)
{
    core_put(buffer, text, strlen(text) + 1);
}

void core_put_note(core_buffer *buffer, const char *name, uint32_t type, const void *data, size_t size)
{
    size_t name_size = strlen(name) + 1;
    if (size > UINT32_MAX - 3) {
        buffer->failed = true;
        return;
    }
    core_put_u32(buffer, (uint32_t)name_size);
    core_put_u32(buffer, (uint32_t)size);
    core_put_u32(buffer, type);
    core_put(buffer, name, name_size);
    core_put_zeros(buffer, (4 - name_size % 4) % 4);
    core_put(buffer, data, size);
    core_put_zeros(buffer, (4 - size % 4) % 4);
}

hdbg_status core_add_note(void *sink, const char *name, uint32_t type, const void *data, size_t size)
{
    core_buffer *buffer = sink;
    core_put_note(buffer, name, type, data, size);
    return buffer->failed ? hdbg_fail(HDBG_NO_MEMORY, "no memory for the notes of a core file") : HDBG_OK;
}
