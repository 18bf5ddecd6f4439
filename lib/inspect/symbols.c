/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Builds tables of symbols: of all that a file has, or only of those that one address may belong to.
 */
#include "inspect/symbols.h"
#include "base/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE = 256,            /* symbols read at a time */
    NEAR_MAX = 256,         /* names read to find the symbol of one address: files that want more are odd */
    ENTRIES_MAX = 0xfffffff /* of a table */
};
#define STRINGS_MAX UINT64_C(0xfffffff0)

/* A table under construction. */
typedef struct builder {
    symbol_table *table;
    size_t room;
    uint64_t low, high; /* symbols outside of these are none of the program's */
    elf_symbol *symbols;
    uint8_t *bytes;
    struct nearness *near; /* NULL: all symbols are wanted */
} builder;

/* What is kept while the symbols of one address are looked for: those with a size that cover it, and of those
 * without one the nearest. All others could be left out of a table without changing what it answers. */
typedef struct nearness {
    uint64_t address;
    uint64_t nearest; /* where the nearest without a size is, so far */
    uint64_t looked;  /* symbols that were read */
    size_t names;     /* of these, names */
    int has_any;      /* the file has a symbol that is of use, wherever */
    size_t room;      /* of the table's strings */
    char name[SYMBOL_NAME_COMPARED + 1];
} nearness;

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

static int by_preference(const symbol_table *table, const symbol_entry *a, const symbol_entry *b)
{
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    if (a->rank_and_hash != b->rank_and_hash)
        return a->rank_and_hash < b->rank_and_hash ? -1 : 1;
    const char *left = table->strings + a->name, *right = table->strings + b->name;
    size_t n = symbol_name_length(left), m = symbol_name_length(right);
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

/* Whether a symbol is a place in the program. */
static int is_place(const builder *b, const elf_symbol *symbol)
{
    if (symbol->section == ELF_NO_SECTION || symbol->value < b->low || symbol->value >= b->high)
        return 0;
    if (symbol->section >= ELF_RESERVED_SECTIONS && symbol->section != ELF_LARGE_SECTION)
        return 0; /* absolute: a number, not a place */
    return symbol->type == ELF_SYMBOL_NONE || symbol->type == ELF_SYMBOL_OBJECT ||
           symbol->type == ELF_SYMBOL_FUNCTION || symbol->type == ELF_SYMBOL_COMMON ||
           symbol->type == ELF_SYMBOL_IFUNC;
}

/* Whether somebody wrote its name: not one of assemblers' marks, local labels and kinds of code ($x, $d). */
static int is_written(const elf_symbol *symbol, const char *name)
{
    return name[0] != '\0' &&
           (symbol->type != ELF_SYMBOL_NONE || (name[0] != '$' && strncmp(name, ".L", 2) != 0));
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
    if (!is_place(b, symbol) || !is_written(symbol, text))
        return HDBG_OK;
    if (table->count == b->room) {
        size_t room = b->room == 0 ? PIECE : b->room + b->room / 2;
        symbol_entry *larger = room <= ENTRIES_MAX ? realloc(table->entries, room * sizeof *larger) : NULL;
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
                                        symbol_name_hash(text, symbol_name_length(text))};
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

/* A single name, at the end of the strings. */
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

/* Whether a table without this symbol could answer otherwise. */
static int is_near(const builder *b, const elf_symbol *symbol)
{
    const nearness *near = b->near;
    if (symbol->value > near->address)
        return 0;
    return symbol->size == 0 ? symbol->value >= near->nearest : near->address - symbol->value < symbol->size;
}

static hdbg_status read_name(nearness *near, const elf_object *object, const elf_symbol_table *source,
                             uint32_t at)
{
    uint64_t there = source->strings_size - at;
    size_t size = there < SYMBOL_NAME_COMPARED ? (size_t)there : SYMBOL_NAME_COMPARED;
    near->name[size] = '\0';
    if (++near->names > NEAR_MAX)
        return hdbg_fail(HDBG_NOT_ALLOWED, "%s has too many symbols that may be the one", object->input.name);
    return elf_read(object, source->strings_offset + at, near->name, size);
}

/* Adds a symbol if it is near. Names are read of those only. */
static hdbg_status add_if_near(builder *b, const elf_object *object, const elf_symbol_table *source,
                               const elf_symbol *symbol)
{
    nearness *near = b->near;
    uint32_t at = 0;
    int wanted = is_place(b, symbol) && is_near(b, symbol);
    if (!is_place(b, symbol) || (!wanted && near->has_any))
        return HDBG_OK;
    hdbg_status status = read_name(near, object, source, symbol->name);
    if (status != HDBG_OK || !is_written(symbol, near->name))
        return status;
    near->has_any = 1;
    if (!wanted)
        return HDBG_OK;
    if (symbol->size == 0)
        near->nearest = symbol->value;
    status = add_string(b->table, &near->room, near->name, &at);
    return status == HDBG_OK ? add_symbol(b, object, symbol, at) : status;
}

static hdbg_status add_table(builder *b, const elf_object *object, const elf_symbol_table *source)
{
    uint32_t base = 0;
    hdbg_status status = b->near == NULL ? add_strings(b, object, source, &base) : HDBG_OK;
    if (b->near != NULL)
        b->near->looked += source->count;
    for (uint64_t first = 0; status == HDBG_OK && first < source->count; first += PIECE) {
        size_t n = source->count - first < PIECE ? (size_t)(source->count - first) : PIECE;
        status = elf_read_symbols(object, source, first, n, b->bytes, b->symbols);
        for (size_t i = 0; status == HDBG_OK && i < n; i++) {
            if (b->symbols[i].name >= source->strings_size)
                continue;
            status = b->near != NULL ? add_if_near(b, object, source, &b->symbols[i])
                                     : add_symbol(b, object, &b->symbols[i], base + b->symbols[i].name);
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
    int has_all = b->near != NULL ? b->near->has_any : b->table->count > 0;
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

symbol_table *symbol_table_load_near(const char *path, const symbol_paths *paths, uint64_t text,
                                     uint64_t data, uint64_t address, uint64_t *bias, uint64_t *looked)
{
    builder b = {0};
    symbol_table *table = table_create();
    elf_file *file = malloc(sizeof *file);
    nearness *near = calloc(1, sizeof *near);
    hdbg_status status = HDBG_NO_MEMORY;
    if (table == NULL || file == NULL || near == NULL)
        goto out;
    b.table = table;
    status = elf_file_open(file, path);
    if (status == HDBG_OK) {
        *bias = elf_bias(&file->object, text, data);
        near->address = address - *bias;
        status = builder_init(&b, table, &file->object);
        b.near = near;
        if (status == HDBG_OK)
            status = add_object(&b, &file->object, path, paths);
        elf_file_close(file);
    }
    conclude(&b, table, status);
    status = table->status;
    *looked = near->looked;
out:
    free(file);
    free(near);
    if (status != HDBG_OK) {
        symbol_table_release(table);
        return NULL;
    }
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
