/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Questions and answers as they grow, and as they are read.
 */
#include "dwarf/bytes.h"
#include "dwarf/protocol.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 256, NO_STRING = 0, A_STRING = 1 };

void dwarf_write_bytes(dwarf_writer *w, const void *bytes, size_t size)
{
    if (w->failed || size > DWARF_MESSAGE_MAX - w->size) {
        w->failed = 1;
        return;
    }
    if (size > w->capacity - w->size) {
        size_t capacity = w->capacity == 0 ? FIRST_ROOM : w->capacity * 2;
        while (capacity < w->size + size)
            capacity *= 2;
        uint8_t *larger = realloc(w->bytes, capacity);
        if (larger == NULL) {
            w->failed = 1;
            return;
        }
        w->bytes = larger;
        w->capacity = capacity;
    }
    if (size > 0)
        memcpy(w->bytes + w->size, bytes, size);
    w->size += size;
}

void dwarf_write_u32(dwarf_writer *w, uint32_t value)
{
    dwarf_write_bytes(w, &value, sizeof value);
}

void dwarf_write_u64(dwarf_writer *w, uint64_t value)
{
    dwarf_write_bytes(w, &value, sizeof value);
}

void dwarf_write_string(dwarf_writer *w, const char *text)
{
    uint8_t mark = text != NULL ? A_STRING : NO_STRING;
    dwarf_write_bytes(w, &mark, 1);
    if (text != NULL)
        dwarf_write_bytes(w, text, strlen(text) + 1);
}

const uint8_t *dwarf_read_bytes(dwarf_bytes *b, size_t size)
{
    if (b->failed || size > b->size - b->at) {
        b->failed = 1;
        return NULL;
    }
    b->at += size;
    return b->bytes + b->at - size;
}

uint32_t dwarf_read_u32(dwarf_bytes *b)
{
    uint32_t value = 0;
    const uint8_t *bytes = dwarf_read_bytes(b, sizeof value);
    if (bytes != NULL)
        memcpy(&value, bytes, sizeof value);
    return value;
}

uint64_t dwarf_read_u64(dwarf_bytes *b)
{
    uint64_t value = 0;
    const uint8_t *bytes = dwarf_read_bytes(b, sizeof value);
    if (bytes != NULL)
        memcpy(&value, bytes, sizeof value);
    return value;
}

const char *dwarf_read_string(dwarf_bytes *b)
{
    const uint8_t *mark = dwarf_read_bytes(b, 1);
    if (mark == NULL || *mark == NO_STRING)
        return NULL;
    const char *text = (const char *)mark + 1;
    size_t length = strnlen(text, b->size - b->at);
    return dwarf_read_bytes(b, length + 1) != NULL ? text : NULL;
}

size_t dwarf_read_count(dwarf_bytes *b, size_t each)
{
    uint32_t count = dwarf_read_u32(b);
    if (!b->failed && count > (b->size - b->at) / each)
        b->failed = 1;
    return b->failed ? 0 : count;
}
