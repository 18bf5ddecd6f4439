/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The symbol tables of an ELF object: by its sections, or by PT_DYNAMIC of one that has none.
 */
#include "inspect/elf.h"
#include "inspect/elf_bytes.h"
#include "base/fail.h"

#include <string.h>

enum {
    DYNAMIC_MAX = 4096, /* entries */
    TAG_HASH = 4,
    TAG_STRINGS = 5,
    TAG_SYMBOLS = 6,
    TAG_STRINGS_SIZE = 10,
    TAG_GNU_HASH = 0x6ffffef5,
    CHAIN_PIECE = 256
};

static size_t symbol_size(const elf_object *object)
{
    return object->is_64 ? 24 : 16;
}

/* Cuts a table that goes beyond what there is; a table without a whole symbol is none. */
static hdbg_status check_table(const elf_object *object, elf_symbol_table *table)
{
    uint64_t size = object->input.size;
    if (table->offset >= size || table->strings_offset >= size || table->strings_size == 0 ||
        table->strings_size > size - table->strings_offset)
        return elf_damaged(object, "a symbol table lies outside of it");
    if (table->count > (size - table->offset) / symbol_size(object))
        return elf_damaged(object, "a symbol table is longer than it");
    return table->count > 0 ? HDBG_OK : HDBG_NAME_NOT_FOUND;
}

hdbg_status elf_find_symbols(const elf_object *object, uint32_t section_type, elf_symbol_table *table)
{
    for (size_t i = 0; i < object->section_count; i++) {
        const elf_section *s = &object->sections[i];
        if (s->type != section_type)
            continue;
        if (s->link >= object->section_count || s->entry_size != symbol_size(object))
            return elf_damaged(object, "a symbol table has no strings or symbols of an impossible size");
        const elf_section *strings = &object->sections[s->link];
        if (strings->type == ELF_SECTION_EMPTY || s->size < s->entry_size)
            continue;
        *table = (elf_symbol_table){s->offset, s->size / s->entry_size, strings->offset, strings->size};
        return check_table(object, table);
    }
    return HDBG_NAME_NOT_FOUND;
}

/* The offset of what a dynamic entry points at: its address, or that plus the bias if the loader has been
 * there. */
static hdbg_status dynamic_offset(const elf_object *object, uint64_t bias, uint64_t pointer, uint64_t *offset)
{
    if (elf_offset_of(object, pointer, 1, offset) == HDBG_OK)
        return HDBG_OK;
    return elf_offset_of(object, pointer - bias, 1, offset);
}

/* DT_HASH says how many symbols there are. */
static hdbg_status count_by_hash(const elf_object *object, uint64_t at, uint64_t *count)
{
    uint8_t header[8];
    hdbg_status status = elf_read(object, at, header, sizeof header);
    if (status == HDBG_OK)
        *count = elf_get(header + 4, 4);
    return status;
}

/* DT_GNU_HASH does not: the last chain ends with the last symbol. */
static hdbg_status count_by_gnu_hash(const elf_object *object, uint64_t at, uint64_t *count)
{
    uint8_t header[16], piece[4 * CHAIN_PIECE];
    hdbg_status status = elf_read(object, at, header, sizeof header);
    if (status != HDBG_OK)
        return status;
    uint64_t buckets = elf_get(header, 4), first = elf_get(header + 4, 4), bloom = elf_get(header + 8, 4),
             last = 0;
    uint64_t buckets_at = at + sizeof header + bloom * (object->is_64 ? 8 : 4);
    if (buckets > object->input.size / 4)
        return elf_damaged(object, "its hash table is longer than it");
    for (uint64_t i = 0; i < buckets; i += CHAIN_PIECE) {
        size_t n = buckets - i < CHAIN_PIECE ? (size_t)(buckets - i) : CHAIN_PIECE;
        status = elf_read(object, buckets_at + 4 * i, piece, 4 * n);
        if (status != HDBG_OK)
            return status;
        for (size_t k = 0; k < n; k++) {
            uint64_t symbol = elf_get(piece + 4 * k, 4);
            last = symbol > last ? symbol : last;
        }
    }
    *count = first;
    if (last < first)
        return HDBG_OK; /* nothing is hashed */
    uint64_t chains_at = buckets_at + 4 * buckets;
    for (;;) {
        uint64_t from = chains_at + 4 * (last - first);
        size_t n = from < object->input.size
                       ? object->input.read(object->input.context, from, piece, sizeof piece) / 4
                       : 0;
        if (n == 0)
            return elf_damaged(object, "its hash table has no end");
        for (size_t k = 0; k < n; k++) {
            last++;
            if (piece[4 * k] & 1) {
                *count = last;
                return HDBG_OK;
            }
        }
    }
}

hdbg_status elf_find_dynamic_symbols(const elf_object *object, uint64_t bias, elf_symbol_table *table)
{
    const elf_segment *dynamic = NULL;
    uint64_t at = 0, hash = 0, gnu_hash = 0, strings = 0, symbols = 0, strings_size = 0;
    size_t word = object->is_64 ? 8 : 4;
    for (size_t i = 0; dynamic == NULL && i < object->segment_count; i++) {
        if (object->segments[i].type == ELF_DYNAMIC)
            dynamic = &object->segments[i];
    }
    if (dynamic == NULL)
        return HDBG_NAME_NOT_FOUND;
    hdbg_status status = elf_offset_of(object, dynamic->address, 2 * word, &at);
    for (size_t i = 0; status == HDBG_OK && i < DYNAMIC_MAX; i++) {
        uint8_t entry[16];
        status = elf_read(object, at + i * 2 * word, entry, 2 * word);
        uint64_t tag = elf_get(entry, word), value = elf_get(entry + word, word);
        if (status != HDBG_OK || tag == 0)
            break;
        if (tag == TAG_HASH)
            hash = value;
        else if (tag == TAG_GNU_HASH)
            gnu_hash = value;
        else if (tag == TAG_STRINGS)
            strings = value;
        else if (tag == TAG_SYMBOLS)
            symbols = value;
        else if (tag == TAG_STRINGS_SIZE)
            strings_size = value;
    }
    if (status != HDBG_OK)
        return status;
    if (symbols == 0 || strings == 0 || (hash == 0 && gnu_hash == 0))
        return HDBG_NAME_NOT_FOUND;
    *table = (elf_symbol_table){.strings_size = strings_size};
    status = dynamic_offset(object, bias, symbols, &table->offset);
    if (status == HDBG_OK)
        status = dynamic_offset(object, bias, strings, &table->strings_offset);
    if (status == HDBG_OK)
        status = dynamic_offset(object, bias, hash != 0 ? hash : gnu_hash, &at);
    if (status == HDBG_OK)
        status = hash != 0 ? count_by_hash(object, at, &table->count)
                           : count_by_gnu_hash(object, at, &table->count);
    return status == HDBG_OK ? check_table(object, table) : status;
}

hdbg_status elf_read_symbols(const elf_object *object, const elf_symbol_table *table, uint64_t first,
                             size_t count, void *room, elf_symbol *symbols)
{
    size_t entry = symbol_size(object);
    hdbg_status status = elf_read(object, table->offset + first * entry, room, count * entry);
    for (size_t i = 0; status == HDBG_OK && i < count; i++) {
        const uint8_t *p = (const uint8_t *)room + i * entry;
        int wide = object->is_64;
        uint8_t info = p[wide ? 4 : 12];
        symbols[i] = (elf_symbol){.value = elf_get(p + (wide ? 8 : 4), wide ? 8 : 4),
                                  .size = elf_get(p + (wide ? 16 : 8), wide ? 8 : 4),
                                  .name = (uint32_t)elf_get(p, 4),
                                  .section = (uint16_t)elf_get(p + (wide ? 6 : 14), 2),
                                  .type = info & 15,
                                  .binding = info >> 4};
    }
    return status;
}
