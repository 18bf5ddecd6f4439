/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Builds tables of symbols, and looks things up in them.
 */
#include "inspect/symbols.h"
#include "base/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE = 1024,         /* symbols read at a time */
    NAME_COMPARED = 4096, /* of longer names no more than this is looked at */
    NO_ENTRY = 0xffffffff
};
#define STRINGS_MAX UINT64_C(0xfffffff0)

/* A table under construction. */
typedef struct builder {
    symbol_table *table;
    size_t room;
    uint64_t low, high; /* symbols outside of these are none of the program's */
    elf_symbol *symbols;
    uint8_t *bytes;
} builder;

static symbol_table *table_create(void)
{
    symbol_table *table = calloc(1, sizeof *table);
    if (table != NULL)
        atomic_init(&table->references, 1);
    else
        hdbg_fail(HDBG_NO_MEMORY, "no memory for a table of symbols");
    return table;
}

symbol_table *symbol_table_empty(hdbg_status status)
{
    symbol_table *table = table_create();
    if (table != NULL) {
        table->status = status;
        snprintf(table->why, sizeof table->why, "%s", hdbg_last_error());
    }
    return table;
}

symbol_table *symbol_table_retain(symbol_table *table)
{
    if (table != NULL)
        atomic_fetch_add(&table->references, 1);
    return table;
}

void symbol_table_release(symbol_table *table)
{
    if (table == NULL || atomic_fetch_sub(&table->references, 1) != 1)
        return;
    free(table->entries);
    free(table->strings);
    free(table->unsized);
    free(table->segments);
    free(atomic_load(&table->names));
    free(table);
}

static size_t name_length(const char *name)
{
    size_t n = 0;
    /* A version (foo@@VERSION) is no part of a name; a name that is only that stays. */
    while (n < NAME_COMPARED && name[n] != '\0' && (name[n] != '@' || n == 0))
        n++;
    return n;
}

static uint32_t name_hash(const char *name, size_t length)
{
    uint32_t hash = 5381;
    for (size_t i = 0; i < length; i++)
        hash = hash * 33 + (uint8_t)name[i];
    return (hash ^ hash >> SYMBOL_RANK_SHIFT) & SYMBOL_HASH_MASK;
}

static int by_preference(const symbol_table *table, const symbol_entry *a, const symbol_entry *b)
{
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    if (a->rank_and_hash != b->rank_and_hash)
        return a->rank_and_hash < b->rank_and_hash ? -1 : 1;
    const char *left = table->strings + a->name, *right = table->strings + b->name;
    size_t n = name_length(left), m = name_length(right);
    int order = memcmp(left, right, n < m ? n : m);
    return order != 0 ? order : n < m ? -1 : n > m;
}

/* A merge sort of our own: qsort() has no context, and the names are needed. */
static void sort_entries(const symbol_table *table, symbol_entry *entries, symbol_entry *room, size_t count)
{
    if (count < 2)
        return;
    size_t half = count / 2;
    sort_entries(table, entries, room, half);
    sort_entries(table, entries + half, room, count - half);
    if (by_preference(table, &entries[half - 1], &entries[half]) <= 0)
        return;
    memcpy(room, entries, half * sizeof *room);
    for (size_t left = 0, right = half, to = 0; left < half; to++) {
        if (right < count && by_preference(table, &entries[right], &room[left]) < 0)
            entries[to] = entries[right++];
        else
            entries[to] = room[left++];
    }
}

static unsigned rank_of(const elf_symbol *symbol, const char *name)
{
    unsigned rank = 0, underscores = 0;
    if (symbol->type == ELF_SYMBOL_OBJECT || symbol->type == ELF_SYMBOL_COMMON)
        rank |= SYMBOL_NO_FUNCTION;
    else if (symbol->type == ELF_SYMBOL_NONE)
        rank |= SYMBOL_NO_OBJECT;
    if (symbol->size == 0)
        rank |= SYMBOL_NO_SIZE;
    if (symbol->binding == ELF_LOCAL)
        rank |= SYMBOL_LOCAL;
    if (symbol->binding == ELF_WEAK)
        rank |= SYMBOL_WEAK;
    while (underscores < 3 && name[underscores] == '_')
        underscores++;
    /* Mangled C++ names are as public as they can be. */
    if (name[0] == '_' && name[1] == 'Z')
        underscores = 0;
    return rank | underscores << 2;
}

/* Whether a symbol names a place in the program that somebody wrote. */
static int is_wanted(const elf_symbol *symbol, const char *name)
{
    if (name[0] == '\0' || symbol->section == ELF_NO_SECTION)
        return 0;
    if (symbol->section >= ELF_RESERVED_SECTIONS && symbol->section != ELF_LARGE_SECTION)
        return 0; /* absolute: a number, not a place */
    switch (symbol->type) {
    case ELF_SYMBOL_NONE: /* without the marks of assemblers: local labels, kinds of code ($x, $d) */
        return name[0] != '$' && strncmp(name, ".L", 2) != 0;
    case ELF_SYMBOL_OBJECT:
    case ELF_SYMBOL_FUNCTION:
    case ELF_SYMBOL_COMMON:
    case ELF_SYMBOL_IFUNC:
        return 1;
    default:
        return 0;
    }
}

/* Where a symbol without a size can reach at most. */
static uint64_t section_end(const elf_object *object, const elf_symbol *symbol, uint64_t high)
{
    if (symbol->section < object->section_count) {
        const elf_section *s = &object->sections[symbol->section];
        if (symbol->value >= s->address && symbol->value - s->address < s->size &&
            s->size <= UINT64_MAX - s->address)
            return s->address + s->size;
    }
    for (size_t i = 0; i < object->segment_count; i++) {
        const elf_segment *s = &object->segments[i];
        if (s->type == ELF_LOAD && symbol->value >= s->address && symbol->value - s->address < s->memory_size)
            return s->memory_size <= high - s->address ? s->address + s->memory_size : high;
    }
    return symbol->value;
}

static hdbg_status add_symbol(builder *b, const elf_object *object, const elf_symbol *symbol, uint32_t name)
{
    symbol_table *table = b->table;
    const char *text = table->strings + name;
    if (!is_wanted(symbol, text) || symbol->value < b->low || symbol->value >= b->high)
        return HDBG_OK;
    if (table->count == b->room) {
        size_t room = b->room == 0 ? PIECE : b->room + b->room / 2;
        symbol_entry *larger = room < NO_ENTRY ? realloc(table->entries, room * sizeof *larger) : NULL;
        if (larger == NULL)
            return hdbg_fail(HDBG_NO_MEMORY, "no memory for the symbols of %s", object->input.name);
        table->entries = larger;
        b->room = room;
    }
    uint64_t end = symbol->size == 0                         ? section_end(object, symbol, b->high)
                   : symbol->size <= b->high - symbol->value ? symbol->value + symbol->size
                                                             : b->high;
    table->entries[table->count++] =
        (symbol_entry){.address = symbol->value,
                       .extent = end > symbol->value ? end - symbol->value : 0,
                       .name = name,
                       .rank_and_hash = (uint32_t)rank_of(symbol, text) << SYMBOL_RANK_SHIFT |
                                        name_hash(text, name_length(text))};
    return HDBG_OK;
}

/* Adds the strings of a table behind those that are there. *base receives where. */
static hdbg_status add_strings(builder *b, const elf_object *object, const elf_symbol_table *source,
                               uint32_t *base)
{
    symbol_table *table = b->table;
    if (source->strings_size > STRINGS_MAX - table->strings_size)
        return hdbg_fail(HDBG_NO_MEMORY, "the names of the symbols of %s have more than 4 GiB",
                         object->input.name);
    char *larger = realloc(table->strings, table->strings_size + (size_t)source->strings_size + 1);
    if (larger == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for the names of the symbols of %s", object->input.name);
    table->strings = larger;
    hdbg_status status = elf_read(object, source->strings_offset, table->strings + table->strings_size,
                                  (size_t)source->strings_size);
    if (status != HDBG_OK)
        return status;
    *base = (uint32_t)table->strings_size;
    table->strings_size += (size_t)source->strings_size + 1;
    table->strings[table->strings_size - 1] = '\0';
    return HDBG_OK;
}

static hdbg_status add_table(builder *b, const elf_object *object, const elf_symbol_table *source)
{
    uint32_t base = 0;
    hdbg_status status = add_strings(b, object, source, &base);
    for (uint64_t first = 0; status == HDBG_OK && first < source->count; first += PIECE) {
        size_t n = source->count - first < PIECE ? (size_t)(source->count - first) : PIECE;
        status = elf_read_symbols(object, source, first, n, b->bytes, b->symbols);
        for (size_t i = 0; status == HDBG_OK && i < n; i++) {
            if (b->symbols[i].name < source->strings_size)
                status = add_symbol(b, object, &b->symbols[i], base + b->symbols[i].name);
        }
    }
    return status;
}

/* A section's table if it has one. A missing one is no error. */
static hdbg_status add_section(builder *b, const elf_object *object, uint32_t type)
{
    elf_symbol_table source;
    hdbg_status status = elf_find_symbols(object, type, &source);
    if (status == HDBG_OK)
        status = add_table(b, object, &source);
    return status == HDBG_NAME_NOT_FOUND ? HDBG_OK : status;
}

static hdbg_status builder_init(builder *b, symbol_table *table, const elf_object *object)
{
    *b = (builder){.table = table, .low = object->low, .high = object->high};
    b->symbols = malloc(PIECE * sizeof *b->symbols);
    b->bytes = malloc(PIECE * 24);
    table->type = object->type;
    table->segments = calloc(object->segment_count + 1, sizeof *table->segments);
    if (b->symbols == NULL || b->bytes == NULL || table->segments == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for the symbols of %s", object->input.name);
    if (object->segment_count > 0)
        memcpy(table->segments, object->segments, object->segment_count * sizeof *table->segments);
    table->segment_count = object->segment_count;
    return HDBG_OK;
}

static int is_same(const symbol_table *table, const symbol_entry *a, const symbol_entry *b)
{
    return a->address == b->address && a->rank_and_hash == b->rank_and_hash &&
           by_preference(table, a, b) == 0;
}

/* Sorts, drops what is there twice (.dynsym repeats .symtab), and fills what lookups by address need. */
static hdbg_status finish(builder *b)
{
    symbol_table *table = b->table;
    if (table->count == 0)
        return HDBG_OK;
    symbol_entry *room = malloc((table->count / 2 + 1) * sizeof *room);
    if (room == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory to sort %zu symbols", table->count);
    sort_entries(table, table->entries, room, table->count);
    free(room);

    size_t kept = 0, unsized = 0;
    uint64_t reach = 0;
    for (size_t i = 0; i < table->count; i++) {
        symbol_entry *e = &table->entries[i];
        if (kept > 0 && is_same(table, e, &table->entries[kept - 1]))
            continue;
        if (symbol_rank(e) & SYMBOL_NO_SIZE)
            unsized++;
        else if (e->address + e->extent > reach)
            reach = e->address + e->extent;
        e->reach = reach;
        table->entries[kept++] = *e;
    }
    table->count = kept;
    symbol_entry *smaller = realloc(table->entries, kept * sizeof *smaller);
    table->entries = smaller != NULL ? smaller : table->entries;
    table->unsized = malloc((unsized + 1) * sizeof *table->unsized);
    if (table->unsized == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for %zu symbols", unsized);
    for (size_t i = 0; i < kept; i++) {
        if (symbol_rank(&table->entries[i]) & SYMBOL_NO_SIZE)
            table->unsized[table->unsized_count++] = (uint32_t)i;
    }
    return HDBG_OK;
}

/* Ends the building: what was added before an error is kept, and why the rest is missing. */
static void conclude(builder *b, symbol_table *table, hdbg_status status)
{
    table->status = status;
    if (status != HDBG_OK)
        snprintf(table->why, sizeof table->why, "%s", hdbg_last_error());
    hdbg_status finished = finish(b);
    if (finished != HDBG_OK) {
        table->status = finished;
        table->count = 0;
        snprintf(table->why, sizeof table->why, "%s", hdbg_last_error());
    }
    free(b->symbols);
    free(b->bytes);
}

static hdbg_status add_object(builder *b, const elf_object *object, const char *path,
                              const symbol_paths *paths)
{
    hdbg_status status = add_section(b, object, ELF_SECTION_SYMBOLS);
    int has_all = b->table->count > 0;
    if (status == HDBG_OK)
        status = add_section(b, object, ELF_SECTION_DYNAMIC_SYMBOLS);
    if (status == HDBG_OK && !has_all && paths != NULL) {
        elf_file *debug = malloc(sizeof *debug);
        if (debug != NULL && elf_debug_file_open(debug, object, path, paths) == HDBG_OK) {
            /* A damaged debug file leaves what the program itself has. */
            add_section(b, &debug->object, ELF_SECTION_SYMBOLS);
            elf_file_close(debug);
        }
        free(debug);
    }
    elf_symbol_table source;
    if (status == HDBG_OK && object->section_count == 0 && b->table->count == 0 &&
        elf_find_dynamic_symbols(object, 0, &source) == HDBG_OK)
        status = add_table(b, object, &source);
    return status;
}

symbol_table *symbol_table_load_input(const elf_input *input)
{
    elf_object object;
    builder b = {0};
    symbol_table *table = table_create();
    if (table == NULL)
        return NULL;
    b.table = table;
    hdbg_status status = elf_open(&object, input);
    if (status == HDBG_OK)
        status = builder_init(&b, table, &object);
    if (status == HDBG_OK)
        status = add_object(&b, &object, input->name, NULL);
    conclude(&b, table, status);
    elf_close(&object);
    return table;
}

symbol_table *symbol_table_load(const char *path, const symbol_paths *paths)
{
    builder b = {0};
    symbol_table *table = table_create();
    elf_file *file = malloc(sizeof *file);
    if (table == NULL || file == NULL) {
        free(file);
        symbol_table_release(table);
        return NULL;
    }
    b.table = table;
    hdbg_status status = elf_file_open(file, path);
    if (status == HDBG_OK) {
        status = builder_init(&b, table, &file->object);
        if (status == HDBG_OK)
            status = add_object(&b, &file->object, path, paths);
        elf_file_close(file);
    }
    conclude(&b, table, status);
    free(file);
    return table;
}

symbol_table *symbol_table_load_mapped(const elf_input *input, uint64_t address)
{
    elf_object object;
    elf_symbol_table source;
    builder b = {0};
    symbol_table *table = table_create();
    if (table == NULL)
        return NULL;
    b.table = table;
    hdbg_status status = elf_open(&object, input);
    if (status == HDBG_OK)
        status = builder_init(&b, table, &object);
    if (status == HDBG_OK)
        status = elf_find_dynamic_symbols(&object, address - object.header_address, &source);
    if (status == HDBG_OK)
        status = add_table(&b, &object, &source);
    conclude(&b, table, status);
    elf_close(&object);
    return table;
}

/* A name that is not in a file, at the end of the strings. */
static hdbg_status add_string(symbol_table *table, size_t *room, const char *name, uint32_t *at)
{
    size_t length = strlen(name) + 1;
    if (length > STRINGS_MAX - table->strings_size)
        return hdbg_fail(HDBG_NO_MEMORY, "the names of symbols have more than 4 GiB");
    if (table->strings_size + length > *room) {
        size_t larger_room = (*room + length) * 2;
        char *larger = realloc(table->strings, larger_room);
        if (larger == NULL)
            return hdbg_fail(HDBG_NO_MEMORY, "no memory for the names of symbols");
        table->strings = larger;
        *room = larger_room;
    }
    memcpy(table->strings + table->strings_size, name, length);
    *at = (uint32_t)table->strings_size;
    table->strings_size += length;
    return HDBG_OK;
}

symbol_table *symbol_table_load_list(const char *name, uint64_t low, uint64_t high,
                                     int (*next)(void *context, elf_symbol *symbol, const char **name),
                                     void *context)
{
    elf_segment segment = {.type = ELF_LOAD, .address = low, .memory_size = high - low};
    elf_object object = {
        .input = {.name = name}, .segments = &segment, .segment_count = 1, .low = low, .high = high};
    builder b = {0};
    symbol_table *table = table_create();
    if (table == NULL)
        return NULL;
    b.table = table;
    size_t room = 0;
    hdbg_status status = builder_init(&b, table, &object);
    while (status == HDBG_OK) {
        elf_symbol symbol = {.section = ELF_LARGE_SECTION};
        const char *text;
        uint32_t at = 0;
        if (!next(context, &symbol, &text))
            break;
        status = add_string(table, &room, text, &at);
        if (status == HDBG_OK)
            status = add_symbol(&b, &object, &symbol, at);
    }
    conclude(&b, table, status);
    return table;
}

uint64_t symbol_table_bias(const symbol_table *table, uint64_t text, uint64_t data)
{
    elf_object object = {
        .type = table->type, .segments = table->segments, .segment_count = table->segment_count};
    return elf_bias(&object, text, data);
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
    size_t length = strnlen(name, NAME_COMPARED);
    const symbol_entry *best = NULL;
    if (names == NULL || length == 0)
        return NULL;
    uint32_t hash = name_hash(name, length);
    for (uint32_t i = names->buckets[hash & names->mask]; i != NO_ENTRY; i = names->next[i]) {
        const symbol_entry *e = &table->entries[i];
        const char *text = table->strings + e->name;
        if ((e->rank_and_hash & SYMBOL_HASH_MASK) != hash || name_length(text) != length ||
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
    size_t length = name_length(name);
    if (size > 0) {
        size_t n = length < size ? length : size - 1;
        memcpy(buffer, name, n);
        buffer[n] = '\0';
    }
    return length;
}
