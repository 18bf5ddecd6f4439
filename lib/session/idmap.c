/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A hash of objects by their ids: chains, in a table that doubles.
 */
#include "session/idmap.h"

#include "base/fail.h"

#include <stdlib.h>

enum { FIRST_BUCKETS = 64 };

static id_node **bucket_of(const id_map *map, int32_t id)
{
    /* Ids are handed out in sequence: the multiplication spreads those that differ by a constant. */
    uint32_t hash = (uint32_t)id * UINT32_C(2654435761);
    return &map->buckets[(hash >> 16 ^ hash) & (map->bucket_count - 1)];
}

static hdbg_status grow(id_map *map)
{
    size_t count = map->bucket_count != 0 ? map->bucket_count * 2 : FIRST_BUCKETS;
    id_map larger = {calloc(count, sizeof(id_node *)), count, map->count};
    if (larger.buckets == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot enlarge a table of ids to %zu: out of memory", count);

    for (size_t i = 0; i < map->bucket_count; i++) {
        for (id_node *node = map->buckets[i], *next; node != NULL; node = next) {
            next = node->next;
            id_node **bucket = bucket_of(&larger, node->id);
            node->next = *bucket;
            *bucket = node;
        }
    }
    free(map->buckets);
    *map = larger;
    return HDBG_OK;
}

id_node *id_map_find(const id_map *map, int32_t id)
{
    if (map->bucket_count == 0)
        return NULL;
    id_node *node = *bucket_of(map, id);
    while (node != NULL && node->id != id)
        node = node->next;
    return node;
}

hdbg_status id_map_put(id_map *map, id_node *node, int32_t id)
{
    id_node *old = id_map_find(map, id);
    if (old != NULL)
        id_map_remove(map, old);
    /* A table that could not grow is slower, not wrong; only the first one has to be had. */
    if (map->count >= map->bucket_count && grow(map) != HDBG_OK && map->bucket_count == 0)
        return HDBG_NO_MEMORY;

    node->id = id;
    id_node **bucket = bucket_of(map, id);
    node->next = *bucket;
    *bucket = node;
    map->count++;
    return HDBG_OK;
}

void id_map_remove(id_map *map, id_node *node)
{
    if (map->bucket_count == 0)
        return;
    for (id_node **link = bucket_of(map, node->id); *link != NULL; link = &(*link)->next) {
        if (*link == node) {
            *link = node->next;
            map->count--;
            return;
        }
    }
}

void id_map_free(id_map *map)
{
    free(map->buckets);
    *map = (id_map){NULL, 0, 0};
}
