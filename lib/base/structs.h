/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Public structs that begin with their own size, by which callers that were built for an earlier or a later
 * version of the library are told apart.
 *
 * What an earlier one does not have gets its default. What a later one has beyond has to be zero: it would
 * ask for something that this library knows nothing of. A struct that is to be filled is filled as far as
 * both sides know it; the rest becomes zero.
 */
#ifndef HDBG_BASE_STRUCTS_H
#define HDBG_BASE_STRUCTS_H

#include "base/fail.h"

#include <stdint.h>
#include <string.h>

/* The size that a caller has set, or 0. */
static inline size_t hdbg_struct_size(const void *given)
{
    size_t size = 0;
    if (given != NULL)
        memcpy(&size, given, sizeof size);
    return size >= sizeof size ? size : 0;
}

/* Whether a struct that is to be filled says how large it is. */
static inline hdbg_status hdbg_struct_check(const void *given, const char *name)
{
    return hdbg_struct_size(given) > 0
               ? HDBG_OK
               : hdbg_fail(HDBG_BAD_VALUE, "%s.size has to be sizeof(%s)", name, name);
}

/* Takes what a caller has filled in. `known` has the defaults, and gets its own size back. */
static inline hdbg_status hdbg_struct_take(void *known, size_t known_size, const void *given,
                                           const char *name)
{
    size_t size = hdbg_struct_size(given);
    if (size == 0)
        return hdbg_struct_check(given, name);
    for (size_t i = known_size; i < size; i++) {
        if (((const uint8_t *)given)[i] != 0)
            return hdbg_fail(HDBG_BAD_VALUE,
                             "%s has %zu bytes, of which this library knows %zu, and the others are used",
                             name, size, known_size);
    }
    memcpy(known, given, size < known_size ? size : known_size);
    memcpy(known, &known_size, sizeof known_size);
    return HDBG_OK;
}

/* Fills a caller's struct, which was checked. */
static inline void hdbg_struct_give(void *given, const void *known, size_t known_size)
{
    size_t size = hdbg_struct_size(given);
    if (size > known_size)
        memset((uint8_t *)given + known_size, 0, size - known_size);
    if (given != known)
        memcpy(given, known, size < known_size ? size : known_size);
    memcpy(given, &size, sizeof size);
}

#endif /* HDBG_BASE_STRUCTS_H */
