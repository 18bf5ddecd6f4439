/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Source lines of addresses, with inlined calls, and addresses of source lines.
 */
#include "dwarf/worker/dies.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_SIZE = 4096, PATH_MAX_SIZE = 4096 };

/* ---- functions and blocks of an address ---- */

int function_at(dwarf_unit *u, uint64_t address, die *function)
{
    size_t low = 0, high = u->function_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (u->functions[middle].low <= address)
            low = middle + 1;
        else
            high = middle;
    }
    while (low > 0 && u->functions[low - 1].reach > address) {
        const unit_function *found = &u->functions[--low];
        if (address < found->high)
            return die_read(u, u->offset + found->die, function) == 1;
    }
    return 0;
}

static void chain_add(scope_chain *chain, const die *it)
{
    chain->dies[chain->count] = it->offset;
    chain->tags[chain->count++] = it->tag;
}

static int is_block(uint16_t tag)
{
    return tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

/* A block that does not say where its code is belongs to what is around it. */
int block_is_open(const die *it)
{
    return is_block(it->tag) && !die_has(it, AT_LOW_PC) && !die_has(it, AT_RANGES);
}

void scopes_at(dwarf_unit *u, uint64_t address, scope_chain *chain)
{
    die it;
    chain->count = 0;
    if (!unit_scan(u) || !function_at(u, address, &it))
        return;
    chain_add(chain, &it);
    uint64_t at = it.next;
    for (unsigned open = 0, inside = it.has_children; inside && chain->count < SCOPES_MAX;) {
        int result = die_read(u, at, &it);
        if (result < 0 || (result == 0 && open == 0))
            return;
        at = it.next;
        if (result == 0) {
            open--;
        } else if (block_is_open(&it)) {
            open += it.has_children;
        } else if ((is_block(it.tag) || it.tag == DW_TAG_inlined_subroutine) &&
                   die_covers(&it, address, NULL) == 1) {
            chain_add(chain, &it);
            inside = it.has_children;
            open = 0;
        } else if (die_after(&it, &at) < 0) {
            return;
        }
    }
}

/* ---- the lines of an address ---- */

typedef struct one_line {
    uint64_t file;
    uint32_t line, column;
} one_line;

static void add_line(dwarf_writer *m, dwarf_unit *u, const line_table *table, const die *function,
                     uint64_t address, const one_line *at)
{
    char name_bytes[NAME_MAX_SIZE] = "", path_bytes[PATH_MAX_SIZE] = "";
    name_text name = {name_bytes, 0, sizeof name_bytes}, path = {path_bytes, 0, sizeof path_bytes};
    const char *linkage_name = NULL;
    uint64_t entry = 0;
    int is_inlined = 0;
    if (function != NULL) {
        die owner;
        name_qualified(&name, function);
        if (die_inherited(function, AT_LINKAGE_NAME, &owner))
            linkage_name = die_string(&owner, AT_LINKAGE_NAME);
        die_covers(function, address, &entry);
        is_inlined = function->tag == DW_TAG_inlined_subroutine;
    }
    int has_path = line_path(u, table, at->file, &path);
    dwarf_write_string(m, name.size != 0 ? name.bytes : NULL);
    dwarf_write_string(m, linkage_name);
    dwarf_write_string(m, has_path ? path.bytes : NULL);
    dwarf_write_string(m, u->producer);
    dwarf_write_u32(m, at->line);
    dwarf_write_u32(m, at->column);
    dwarf_write_u32(m, (uint32_t)is_inlined);
    dwarf_write_u32(m, (uint32_t)u->language);
    dwarf_write_u64(m, entry);
}

/* The functions of a chain, the innermost first, each with the line that the next inner one was called from.
 */
static uint32_t add_functions(dwarf_writer *m, dwarf_unit *u, const line_table *table,
                              const scope_chain *chain, uint64_t address, one_line at)
{
    uint32_t count = 0;
    for (size_t i = chain->count; i-- > 0;) {
        die it;
        if ((i != 0 && chain->tags[i] != DW_TAG_inlined_subroutine) || die_read(u, chain->dies[i], &it) != 1)
            continue;
        add_line(m, u, table, &it, address, &at);
        count++;
        at = (one_line){die_number(&it, AT_CALL_FILE, UINT64_MAX), (uint32_t)die_number(&it, AT_CALL_LINE, 0),
                        (uint32_t)die_number(&it, AT_CALL_COLUMN, 0)};
    }
    return count;
}

hdbg_status answer_lines(worker_file *file, dwarf_bytes *q, dwarf_writer *m)
{
    uint64_t address = dwarf_read_u64(q);
    dwarf_object *object = object_of(file);
    if (object == NULL)
        return message_error(m, HDBG_NAME_NOT_FOUND, "there is no .debug_info");
    object_trim(object);
    dwarf_unit *u = unit_at(object, address);
    if (u == NULL)
        return message_error(m, HDBG_NAME_NOT_FOUND, "no unit of .debug_info covers the address");
    const line_table *table = unit_lines(u, 1);
    const line_row *row = table != NULL ? line_row_at(table, address) : NULL;
    one_line at = {UINT64_MAX, 0, 0};
    if (row != NULL)
        at = (one_line){row->file, row->line, row->column};
    scope_chain chain;
    scopes_at(u, address, &chain);
    if (row == NULL && chain.count == 0)
        return message_error(m, HDBG_NAME_NOT_FOUND, "no line and no function covers the address");
    size_t start = m->size;
    uint32_t count = 0;
    dwarf_write_u32(m, count);
    if (chain.count != 0)
        count = add_functions(m, u, table, &chain, address, at);
    else
        add_line(m, u, table, NULL, address, &at), count = 1;
    if (!m->failed)
        memcpy(m->bytes + start, &count, sizeof count);
    return HDBG_OK;
}

/* ---- the addresses of a line ---- */

typedef struct line_search {
    const char *file;
    uint32_t line;
    uint32_t best; /* the lowest line from `line` on that has code; UINT32_MAX: none */
    struct found_place {
        uint64_t address, scope;
        const dwarf_unit *unit;
    } * found;
    size_t count;
} line_search;

/* Whether a path is, or ends with, what was asked for. */
static int path_matches(const char *path, const char *asked)
{
    size_t size = strlen(path), tail = strlen(asked);
    if (tail == 0 || tail > size || strcmp(path + size - tail, asked) != 0)
        return 0;
    return tail == size || asked[0] == '/' || path[size - tail - 1] == '/';
}

/* Marks a unit's files that match. NULL if none does; to be freed. */
static uint8_t *matching_files(const dwarf_unit *u, const line_table *table, const char *asked)
{
    uint8_t *marks = NULL;
    for (size_t i = 0; i < table->file_count; i++) {
        char bytes[PATH_MAX_SIZE] = "";
        name_text path = {bytes, 0, sizeof bytes};
        if (!line_path(u, table, i, &path) || !path_matches(path.bytes, asked))
            continue;
        if (marks == NULL)
            marks = calloc(table->file_count, 1);
        if (marks == NULL)
            return NULL;
        marks[i] = 1;
    }
    return marks;
}

/* Keeps an address; of those in one function or block, or inlined call, the lowest. @return 0 without memory.
 */
static int keep_address(line_search *search, dwarf_unit *u, uint64_t address)
{
    enum { FOUND_MAX = 65536 };
    scope_chain chain;
    scopes_at(unit_full(u), address, &chain);
    size_t inner = chain.count;
    while (inner > 1 && chain.tags[inner - 1] != DW_TAG_inlined_subroutine)
        inner--;
    uint64_t scope = inner != 0 ? chain.dies[inner - 1] : address;
    for (size_t i = 0; i < search->count; i++) {
        struct found_place *found = &search->found[i];
        if (found->address == address)
            return 1;
        if (found->unit == u && found->scope == scope) {
            found->address = address < found->address ? address : found->address;
            return 1;
        }
    }
    struct found_place *larger =
        search->count < FOUND_MAX ? grown(search->found, search->count, sizeof *larger) : NULL;
    if (larger == NULL)
        return 0;
    search->found = larger;
    larger[search->count++] = (struct found_place){address, scope, u};
    return 1;
}

/* Looks through a unit's rows: first for the best line, then, with `keep`, for its addresses. */
static int search_rows(line_search *search, dwarf_unit *u, const line_table *table, const uint8_t *marks,
                       int keep)
{
    for (size_t s = 0; s < table->sequence_count; s++) {
        const line_row *rows = &table->rows[table->sequences[s].first];
        for (size_t i = 0; i < table->sequences[s].count; i++) {
            const line_row *row = &rows[i];
            if (!row->is_statement || row->file >= table->file_count || !marks[row->file])
                continue;
            if (!keep && row->line >= search->line && row->line < search->best)
                search->best = row->line;
            if (keep && row->line == search->best && !keep_address(search, u, row->address))
                return 0;
        }
    }
    return 1;
}

static int search_units(line_search *search, dwarf_object *it, int keep)
{
    for (size_t i = 0; i < it->info_count; i++) {
        dwarf_unit *u = &it->units[i];
        if (u->is_bad || !unit_has_lines(u))
            continue;
        const line_table *table = unit_lines(u, 0);
        uint8_t *marks = table != NULL ? matching_files(u, table, search->file) : NULL;
        if (marks == NULL)
            continue;
        int good = unit_prepare(u) && (table = unit_lines(u, 1)) != NULL
                       ? search_rows(search, u, table, marks, keep)
                       : 1;
        free(marks);
        if (!good)
            return 0;
    }
    return 1;
}

static int compare_places(const void *a, const void *b)
{
    uint64_t left = ((const struct found_place *)a)->address,
             right = ((const struct found_place *)b)->address;
    return left < right ? -1 : left > right;
}

hdbg_status answer_addresses(worker_file *file, dwarf_bytes *q, dwarf_writer *m)
{
    const char *name = dwarf_read_string(q);
    line_search search = {.file = name, .line = dwarf_read_u32(q), .best = UINT32_MAX};
    dwarf_object *object = object_of(file);
    if (object == NULL || name == NULL)
        return message_error(m, HDBG_NAME_NOT_FOUND, "there is no .debug_info");
    object_trim(object);
    search_units(&search, object, 0);
    if (search.best == UINT32_MAX)
        return message_error(m, HDBG_NAME_NOT_FOUND, "there is no code of %.300s from line %u on", name,
                             search.line);
    search_units(&search, object, 1);
    if (search.count != 0)
        qsort(search.found, search.count, sizeof *search.found, compare_places);
    dwarf_write_u32(m, search.best);
    dwarf_write_u32(m, (uint32_t)search.count);
    for (size_t i = 0; i < search.count; i++)
        dwarf_write_u64(m, search.found[i].address);
    free(search.found);
    return HDBG_OK;
}
