/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Reads a long stretch of memory ahead, in a thread of its own, while what it has read is written: both take
 * the system about as long. A few pieces are enough, as each is large.
 */
#include "base/fail.h"
#include "core/core.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, CHUNK = CORE_CHUNK, CHUNKS = 4 };

/* What was read. */
typedef struct chunk {
    uint8_t *bytes;
    bool is_full;
    uint64_t hole;   /* bytes before it that cannot be read */
    size_t size;     /* whole pages that could */
    hdbg_status end; /* why there is no more; HDBG_OK: there is */
    char why[512];
} chunk;

struct core_ahead {
    const core_source *source;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool closing;
    bool is_held;           /* the caller has the chunk at `take` in use */
    uint64_t address, size; /* what is left to be read */
    size_t fill, take;      /* the chunks that are next */
    chunk chunks[CHUNKS];
};

/* Fills a chunk. Not locked. @return how far it has come. */
static uint64_t fill(const core_ahead *a, chunk *c, uint64_t address, uint64_t size)
{
    c->hole = 0;
    c->size = 0;
    c->end = HDBG_OK;
    while (c->hole < size && c->hole < CHUNK) {
        size_t left = size - c->hole < CHUNK ? (size_t)(size - c->hole) : CHUNK;
        int64_t got = a->source->read(a->source->context, address + c->hole, c->bytes, left);
        if (got < 0 && got != HDBG_BAD_ADDRESS) {
            c->end = (hdbg_status)got;
            snprintf(c->why, sizeof c->why, "%s", hdbg_last_error());
            break;
        }
        size_t pages = got > 0 ? ((size_t)got + PAGE - 1) & -(size_t)PAGE : 0;
        pages = pages < left ? pages : left;
        if (pages > 0) {
            memset(c->bytes + got, 0, pages - (size_t)got);
            c->size = pages;
            break;
        }
        c->hole += left < PAGE ? left : PAGE;
    }
    return c->hole + c->size;
}

static void *run(void *context)
{
    core_ahead *a = context;
    pthread_mutex_lock(&a->lock);
    while (!a->closing) {
        chunk *c = &a->chunks[a->fill];
        if (a->size == 0 || c->is_full) {
            pthread_cond_wait(&a->changed, &a->lock);
            continue;
        }
        uint64_t address = a->address, size = a->size;
        pthread_mutex_unlock(&a->lock);
        uint64_t done = fill(a, c, address, size);
        pthread_mutex_lock(&a->lock);
        a->address += done;
        a->size = c->end == HDBG_OK ? a->size - done : 0;
        a->fill = (a->fill + 1) % CHUNKS;
        c->is_full = true;
        pthread_cond_broadcast(&a->changed);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

/* The caller's signals are none of the thread's. */
static int start_thread(core_ahead *a)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int error = pthread_create(&a->thread, NULL, run, a);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

static void release(core_ahead *a)
{
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->changed);
    for (int i = 0; i < CHUNKS; i++)
        free(a->chunks[i].bytes);
    free(a);
}

core_ahead *core_ahead_start(const core_source *source)
{
    core_ahead *a = calloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    bool good = true;
    a->source = source;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->changed, NULL);
    for (int i = 0; i < CHUNKS && good; i++) {
        a->chunks[i].bytes = malloc(CHUNK);
        good = a->chunks[i].bytes != NULL;
    }
    if (good && start_thread(a) == 0)
        return a;
    release(a);
    return NULL;
}

void core_ahead_begin(core_ahead *a, uint64_t address, uint64_t size)
{
    pthread_mutex_lock(&a->lock);
    a->address = address;
    a->size = size;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
}

hdbg_status core_ahead_next(core_ahead *a, uint64_t *hole, const uint8_t **bytes, size_t *size)
{
    pthread_mutex_lock(&a->lock);
    if (a->is_held) {
        a->chunks[a->take].is_full = a->is_held = false;
        a->take = (a->take + 1) % CHUNKS;
        pthread_cond_broadcast(&a->changed);
    }
    chunk *c = &a->chunks[a->take];
    while (!c->is_full)
        pthread_cond_wait(&a->changed, &a->lock);
    a->is_held = true;
    pthread_mutex_unlock(&a->lock);
    *hole = c->hole;
    *bytes = c->bytes;
    *size = c->size;
    return c->end == HDBG_OK ? HDBG_OK : hdbg_fail(c->end, "%s", c->why);
}

void core_ahead_stop(core_ahead *a)
{
    if (a == NULL)
        return;
    pthread_mutex_lock(&a->lock);
    a->closing = true;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->thread, NULL);
    release(a);
}
