/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Blocks of memory that are cut into pieces and freed together.
 */
#include "pool.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024, ALIGNMENT = 16 };

struct block {
    struct block *next;
    size_t used, size;
    max_align_t bytes[];
};

struct pool {
    struct block *blocks;
};

struct pool *pool_create(void)
{
    return calloc(1, sizeof(struct pool));
}

void pool_destroy(struct pool *pool)
{
    struct block *next;
    for (struct block *block = pool != NULL ? pool->blocks : NULL; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(pool);
}

void *pool_get(struct pool *pool, size_t size)
{
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (pool->blocks == NULL || pool->blocks->size - pool->blocks->used < size) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        struct block *block = calloc(1, sizeof(*block) + room);
        if (block == NULL)
            return NULL;
        block->size = room;
        block->next = pool->blocks;
        pool->blocks = block;
    }
    void *piece = (char *)pool->blocks->bytes + pool->blocks->used;
    pool->blocks->used += size;
    return piece;
}

void *pool_array(struct pool *pool, size_t count, size_t size)
{
    return count < SIZE_MAX / 2 / size ? pool_get(pool, count * size) : NULL;
}

const char *pool_copy(struct pool *pool, const char *text)
{
    if (text == NULL)
        return NULL;
    size_t size = strlen(text) + 1;
    char *copy = pool_get(pool, size);
    return copy != NULL ? memcpy(copy, text, size) : "";
}

const char *pool_format(struct pool *pool, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : pool_get(pool, (size_t)length + 1);
    if (text == NULL)
        return "";
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}
