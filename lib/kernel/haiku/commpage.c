/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The commpage's symbols. The image has no file; the system keeps its symbols with its own images', and gives
 * them to libroot's private calls.
 */
#include "kernel/haiku/internal.h"

#include <haikudbg/image.h>

#include <stdlib.h>
#include <string.h>

#include <OS.h>
#include <image.h>

enum { TYPE_OBJECT = 1, TYPE_FUNCTION = 2, BIND_LOCAL = 0 }; /* ELF's */

/* ELF's symbols, of 64-bit and of 32-bit systems. */
typedef struct symbol64 {
    uint32_t name;
    uint8_t info, other;
    uint16_t section;
    uint64_t value, size;
} symbol64;
typedef struct symbol32 {
    uint32_t name, value, size;
    uint8_t info, other;
    uint16_t section;
} symbol32;

enum { SYMBOL_SIZE = sizeof(void *) == 8 ? sizeof(symbol64) : sizeof(symbol32) };

/* Of libroot. A system whose libroot has it no more is one whose commpage has no symbols. */
extern status_t _kern_read_kernel_image_symbols(image_id image, void *symbols, int32 *symbol_count,
                                                char *strings, size_t *strings_size, addr_t *image_delta)
    __attribute__((weak));

static image_id find_in(hdbg_team_id team, const char *name, image_info *info)
{
    int32 cookie = 0;
    while (get_next_image_info(team, &cookie, info) == B_OK) {
        if (strncmp(info->name, name, sizeof info->name) == 0)
            return info->id;
    }
    return -1;
}

static bool load(haiku_symbols *s)
{
    image_info system;
    int32 count = 0;
    size_t size = 0;
    image_id image =
        _kern_read_kernel_image_symbols != NULL ? find_in(B_SYSTEM_TEAM, "commpage", &system) : -1;
    if (image < 0 || _kern_read_kernel_image_symbols(image, NULL, &count, NULL, &size, NULL) != B_OK ||
        count <= 0)
        return false;
    s->symbols = calloc((size_t)count, SYMBOL_SIZE);
    s->strings = calloc(1, size + 1); /* NUL-terminated, whatever comes */
    if (s->symbols == NULL || s->strings == NULL ||
        _kern_read_kernel_image_symbols(image, s->symbols, &count, s->strings, &size, NULL) != B_OK)
        return false;
    s->count = count;
    s->strings_size = size;
    return true;
}

/* The table is the same for all teams, and read once. Its text stays where it is as long as the kernel. */
static const haiku_symbols *symbols_of(haiku_kernel *k)
{
    pthread_mutex_lock(&k->lock);
    if (!k->commpage.tried) {
        k->commpage.tried = true;
        if (!load(&k->commpage))
            haiku_symbols_free(&k->commpage);
    }
    pthread_mutex_unlock(&k->lock);
    return &k->commpage;
}

void haiku_symbols_free(haiku_symbols *s)
{
    free(s->symbols);
    free(s->strings);
    s->symbols = NULL;
    s->strings = NULL;
    s->count = 0;
}

static symbol64 symbol_at(const haiku_symbols *s, int32_t index)
{
    symbol64 wide;
    symbol32 narrow;
    const uint8_t *at = (const uint8_t *)s->symbols + (size_t)index * SYMBOL_SIZE;
    if (SYMBOL_SIZE == sizeof wide) {
        memcpy(&wide, at, sizeof wide);
        return wide;
    }
    memcpy(&narrow, at, sizeof narrow);
    return (symbol64){narrow.name, narrow.info, narrow.other, narrow.section, narrow.value, narrow.size};
}

hdbg_status haiku_next_symbol(void *context, hdbg_team_id team, hdbg_image_id image, int64_t *cookie,
                              hdbg_kernel_symbol *symbol)
{
    image_info commpage;
    if (find_in(team, "commpage", &commpage) != image)
        return hdbg_fail(HDBG_BAD_INDEX, "the system knows no symbols of image %d", (int)image);
    const haiku_symbols *s = symbols_of(context);
    while (*cookie >= 0 && *cookie < s->count) {
        symbol64 found = symbol_at(s, (int32_t)(*cookie)++);
        int type = found.info & 0xf;
        if ((type != TYPE_FUNCTION && type != TYPE_OBJECT) || found.name >= s->strings_size)
            continue;
        memset(symbol, 0, sizeof *symbol);
        symbol->size = sizeof *symbol;
        symbol->address = (uintptr_t)commpage.text + found.value;
        symbol->length = found.size;
        symbol->kind = type == TYPE_FUNCTION ? HDBG_SYMBOL_FUNCTION : HDBG_SYMBOL_OBJECT;
        symbol->is_global = found.info >> 4 != BIND_LOCAL;
        symbol->name = s->strings + found.name;
        return HDBG_OK;
    }
    return hdbg_fail(HDBG_BAD_INDEX, "the commpage has no more symbols");
}
