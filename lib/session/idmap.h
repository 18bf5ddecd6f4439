/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A hash of objects by their 32-bit ids. Objects embed an id_node; the map owns nothing of them.
 */
#ifndef HDBG_SESSION_IDMAP_H
#define HDBG_SESSION_IDMAP_H

#include <haikudbg/status.h>

#include <stddef.h>

typedef struct id_node {
    struct id_node *next;
    int32_t id;
} id_node;

/* Zeroed, it is empty. */
typedef struct id_map {
    id_node **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
} id_map;

id_node *id_map_find(const id_map *map, int32_t id);
/* Puts a node in, in the place of one with the same id. */
hdbg_status id_map_put(id_map *map, id_node *node, int32_t id);
/* Takes a node out if it is in; another one with the same id stays. */
void id_map_remove(id_map *map, id_node *node);
void id_map_free(id_map *map);

#endif /* HDBG_SESSION_IDMAP_H */
