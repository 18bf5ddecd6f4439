/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Looks things up in tables of symbols: by address, by name.
 */
#include "inspect/symbols.h"

#include <stdlib.h>
#include <string.h>

enum { NO_ENTRY = 0xffffffff };

size_t symbol_name_length(const char *name)
{
    size_t n = 0;
    /* A version (foo@@VERSION) is no part of a name; a name that is only that stays. */
    while (n < SYMBOL_NAME_COMPARED && name[n] != '\0' && (name[n] != '@' || n == 0))
        n++;
    return n;
}

uint32_t symbol_name_hash(const char *name, size_t length)
{
    uint32_t hash = 5381;
    for (size_t i = 0; i < length; i++)
        hash = hash * 33 + (uint8_t)name[i];
    return (hash ^ hash >> SYMBOL_RANK_SHIFT) & SYMBOL_HASH_MASK;
}

/* One past the last entry at or below an address. */
static size_t upper_bound(const symbol_table *table, uint64_t address)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->entries[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The nearest symbol without a size, as far as it can reach. */
static const symbol_entry *unsized_at(const symbol_table *table, uint64_t address)
{
    size_t low = 0, high = table->unsized_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->entries[table->unsized[middle]].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const symbol_entry *best = &table->entries[table->unsized[low - 1]];
    /* Of several at one address the first is the best. */
    while (low > 1 && table->entries[table->unsized[low - 2]].address == best->address)
        best = &table->entries[table->unsized[--low - 1]];
    return address - best->address < best->extent ? best : NULL;
}

const symbol_entry *symbol_table_at(const symbol_table *table, uint64_t address)
{
    const symbol_entry *best = NULL;
    for (size_t i = upper_bound(table, address); i > 0 && table->entries[i - 1].reach > address; i--) {
        const symbol_entry *e = &table->entries[i - 1];
        if (best != NULL && e->address != best->address)
            break;
        if (!(symbol_rank(e) & SYMBOL_NO_SIZE) && address - e->address < e->extent)
            best = e; /* the first of its address is the best: go on to it */
    }
    return best != NULL ? best : unsized_at(table, address);
}

/* ---- by name ---- */

struct symbol_names {
    uint32_t mask;
    uint32_t *next; /* behind the buckets, one for each entry */
    uint32_t buckets[];
};

static symbol_names *make_names(const symbol_table *table)
{
    uint32_t buckets = 16;
    while (buckets < table->count && buckets <= SYMBOL_HASH_MASK / 2)
        buckets *= 2;
    symbol_names *names = malloc(sizeof *names + (buckets + table->count) * sizeof(uint32_t));
    if (names == NULL)
        return NULL;
    names->mask = buckets - 1;
    names->next = names->buckets + buckets;
    memset(names->buckets, 0xff, buckets * sizeof(uint32_t));
    for (size_t i = table->count; i > 0; i--) {
        uint32_t *bucket = &names->buckets[table->entries[i - 1].rank_and_hash & names->mask];
        names->next[i - 1] = *bucket;
        *bucket = (uint32_t)(i - 1);
    }
    return names;
}

/* Two threads may make the index at once; one of them throws its own away. */
static symbol_names *names_of(symbol_table *table)
{
    symbol_names *names = atomic_load(&table->names);
    if (names != NULL)
        return names;
    symbol_names *made = make_names(table);
    if (made != NULL && !atomic_compare_exchange_strong(&table->names, &names, made)) {
        free(made);
        return names;
    }
    return made;
}

const symbol_entry *symbol_table_by_name(symbol_table *table, const char *name)
{
    symbol_names *names = table->count > 0 ? names_of(table) : NULL;
    size_t length = strnlen(name, SYMBOL_NAME_COMPARED);
    const symbol_entry *best = NULL;
    if (names == NULL || length == 0)
        return NULL;
    uint32_t hash = symbol_name_hash(name, length);
    for (uint32_t i = names->buckets[hash & names->mask]; i != NO_ENTRY; i = names->next[i]) {
        const symbol_entry *e = &table->entries[i];
        const char *text = table->strings + e->name;
        if ((e->rank_and_hash & SYMBOL_HASH_MASK) != hash || symbol_name_length(text) != length ||
            memcmp(text, name, length) != 0)
            continue;
        if (best == NULL || symbol_rank(e) < symbol_rank(best))
            best = e;
    }
    return best;
}

size_t symbol_table_name(const symbol_table *table, const symbol_entry *entry, char *buffer, size_t size)
{
    const char *name = table->strings + entry->name;
    size_t length = symbol_name_length(name);
    if (size > 0) {
        size_t n = length < size ? length : size - 1;
        memcpy(buffer, name, n);
        buffer[n] = '\0';
    }
    return length;
}
