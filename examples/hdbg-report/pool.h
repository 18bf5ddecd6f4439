/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Memory that is given back in one piece: all that a report knows.
 */
#ifndef REPORT_POOL_H
#define REPORT_POOL_H

#include <stddef.h>

struct pool;

struct pool *pool_create(void);
void pool_destroy(struct pool *pool);

/* Zeroed memory, or NULL. */
void *pool_get(struct pool *pool, size_t size);
/* Zeroed memory for `count` things, or NULL. */
void *pool_array(struct pool *pool, size_t count, size_t size);
/* Copies of texts. Without memory "", so that a report says less and does not end. NULL stays NULL. */
const char *pool_copy(struct pool *pool, const char *text);
const char *pool_format(struct pool *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif /* REPORT_POOL_H */
