/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Bytes of a core file, little-endian, within bounds.
 */
#include "base/file.h"
#include "kernel/corefile/corefile.h"

#include <string.h>
#include <unistd.h>

size_t core_read(const core_kernel *k, uint64_t at, void *buffer, size_t size)
{
    if (at >= k->file_size)
        return 0;
    if (size > k->file_size - at)
        size = (size_t)(k->file_size - at);
    return hdbg_file_read(k->fd, at, buffer, size);
}

core_cursor core_cursor_of(const core_kernel *k, const core_note *note)
{
    return (core_cursor){.at = note->data, .end = note->data + note->size, .is_64 = k->is_64};
}

size_t core_left(const core_cursor *c)
{
    return (size_t)(c->end - c->at);
}

const uint8_t *core_bytes(core_cursor *c, size_t size)
{
    if (size > core_left(c)) {
        c->failed = true;
        c->at = c->end;
        return NULL;
    }
    const uint8_t *bytes = c->at;
    c->at += size;
    return bytes;
}

static uint64_t integer(core_cursor *c, size_t size)
{
    uint64_t value = 0;
    const uint8_t *bytes = core_bytes(c, size);
    for (size_t i = 0; bytes != NULL && i < size; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

uint16_t core_u16(core_cursor *c)
{
    return (uint16_t)integer(c, 2);
}

uint32_t core_u32(core_cursor *c)
{
    return (uint32_t)integer(c, 4);
}

uint64_t core_u64(core_cursor *c)
{
    return integer(c, 8);
}

uint64_t core_word(core_cursor *c)
{
    return integer(c, c->is_64 ? 8 : 4);
}

const char *core_string(core_cursor *c)
{
    const uint8_t *nul = core_left(c) > 0 ? memchr(c->at, '\0', core_left(c)) : NULL;
    if (nul == NULL) {
        c->failed = true;
        c->at = c->end;
        return "";
    }
    const char *text = (const char *)c->at;
    c->at = nul + 1;
    return text;
}
