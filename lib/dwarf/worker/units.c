/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Units of .debug_info: which one an address belongs to, what they begin with, and where their functions and
 * scopes are. Headers are read at once, all else of a unit when it is asked for.
 */
#include "dwarf/worker/dies.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

const char *const kSectionNames[SECTIONS] = {
    [SECTION_INFO] = ".debug_info",         [SECTION_TYPES] = ".debug_types",
    [SECTION_ABBREV] = ".debug_abbrev",     [SECTION_STR] = ".debug_str",
    [SECTION_LINE_STR] = ".debug_line_str", [SECTION_STR_OFFSETS] = ".debug_str_offsets",
    [SECTION_ADDR] = ".debug_addr",         [SECTION_ARANGES] = ".debug_aranges",
    [SECTION_RANGES] = ".debug_ranges",     [SECTION_RNGLISTS] = ".debug_rnglists",
    [SECTION_LOC] = ".debug_loc",           [SECTION_LOCLISTS] = ".debug_loclists",
    [SECTION_LINE] = ".debug_line",
};

/* ---- headers ---- */

/* Reads a unit's header. @return 0 at the end of what can be read. */
static int read_header(dwarf_object *it, int section, uint64_t offset, dwarf_unit *u)
{
    span bytes = it->sections[section];
    cursor c = cursor_of(bytes, offset);
    memset(u, 0, sizeof *u);
    *u = (dwarf_unit){.object = it, .offset = offset, .section = (uint8_t)section, .line_offset = UINT64_MAX};
    uint64_t length = cursor_number(&c, 4);
    u->offset_size = length == 0xffffffff ? 8 : 4;
    if (u->offset_size == 8)
        length = cursor_number(&c, 8);
    if (c.failed || length == 0 || length > (uint64_t)(c.end - c.at))
        return 0;
    u->end = (uint64_t)(c.at - bytes.bytes) + length;
    c.end = c.at + length;
    u->version = (uint8_t)cursor_number(&c, 2);
    u->type = section == SECTION_TYPES ? DW_UT_type : DW_UT_compile;
    if (u->version >= 5) {
        u->type = (uint8_t)cursor_number(&c, 1);
        u->address_size = (uint8_t)cursor_number(&c, 1);
    }
    u->abbrev_offset = cursor_number(&c, u->offset_size);
    if (u->version < 5)
        u->address_size = (uint8_t)cursor_number(&c, 1);
    if (u->type == DW_UT_type || u->type == DW_UT_split_type) {
        u->signature = cursor_number(&c, 8);
        u->type_offset = cursor_number(&c, u->offset_size);
    } else if (u->type == DW_UT_skeleton || u->type == DW_UT_split_compile) {
        u->dwo_id = cursor_number(&c, 8);
    }
    u->first = (uint64_t)(c.at - bytes.bytes);
    u->is_bad = c.failed || u->version < 2 || u->version > 5 ||
                (u->address_size != 4 && u->address_size != 8) || u->first >= u->end;
    return 1;
}

static int read_headers(dwarf_object *it, int section)
{
    for (uint64_t offset = 0; offset < it->sections[section].size;) {
        dwarf_unit u;
        if (!read_header(it, section, offset, &u))
            break;
        dwarf_unit *units = grown(it->units, it->unit_count, sizeof *units);
        if (units == NULL)
            return 0;
        it->units = units;
        offset = u.end;
        it->units[it->unit_count++] = u;
    }
    return 1;
}

dwarf_object *object_create(const span *sections)
{
    dwarf_object *it = calloc(1, sizeof *it);
    if (it == NULL)
        return NULL;
    memcpy(it->sections, sections, sizeof it->sections);
    int read = read_headers(it, SECTION_INFO);
    it->info_count = it->unit_count;
    if (!read || !read_headers(it, SECTION_TYPES)) {
        object_free(it);
        return NULL;
    }
    return it;
}

static void unit_forget(dwarf_unit *u)
{
    abbreviations_free(u->abbreviations);
    free(u->functions);
    free(u->scopes);
    line_table_free(u->lines);
    u->abbreviations = NULL;
    u->functions = NULL;
    u->scopes = NULL;
    u->lines = NULL;
    u->function_count = u->scope_count = 0;
    u->is_prepared = u->is_scanned = 0;
}

void object_free(dwarf_object *it)
{
    if (it == NULL)
        return;
    object_free(it->alternate);
    split_free(it);
    for (size_t i = 0; i < it->unit_count; i++)
        unit_forget(&it->units[i]);
    signatures_free(&it->types);
    free(it->units);
    free(it->ranges);
    free(it);
}

static void forget_units(dwarf_object *it)
{
    for (size_t i = 0; i < it->unit_count; i++)
        unit_forget(&it->units[i]);
    it->kept = 0;
}

void object_trim(dwarf_object *it)
{
    enum { KEPT_MAX = 256 * 1024 * 1024 };
    if (it == NULL)
        return;
    object_trim(it->alternate);
    uint64_t kept = it->kept;
    dwarf_object *part;
    for (size_t i = 0; i < it->part_count; i++) {
        part = split_object(it, i);
        kept += part != NULL ? part->kept : 0;
    }
    if (kept < KEPT_MAX)
        return;
    forget_units(it);
    for (size_t i = 0; i < it->part_count; i++) {
        part = split_object(it, i);
        if (part != NULL)
            forget_units(part);
    }
}

/* ---- a worker's file ---- */

static dwarf_object *open_object(worker_object *from)
{
    span sections[SECTIONS];
    if (from == NULL || !object_has(from, kSectionNames[SECTION_INFO]))
        return NULL;
    for (int i = 0; i < SECTIONS; i++) {
        uint64_t address;
        sections[i].bytes = object_section(from, kSectionNames[i], &sections[i].size, &address);
    }
    dwarf_object *made = object_create(sections);
    if (made != NULL)
        made->path = object_path(from);
    return made;
}

dwarf_object *object_of(worker_file *file)
{
    if (file->unit_cache == NULL) {
        dwarf_object *it = open_object(file->debug_object);
        if (it != NULL)
            it->alternate = open_object(file->alternate_object);
        file->unit_cache = it;
    }
    return file->unit_cache;
}

void units_forget(worker_file *file)
{
    object_free(file->unit_cache);
    file->unit_cache = NULL;
}

/* ---- the first entry ---- */

static void take_from_skeleton(dwarf_unit *u)
{
    if (u->skeleton == NULL)
        return;
    u->addr_base = u->skeleton->addr_base;
    u->ranges_base = u->skeleton->ranges_base;
    u->low = u->skeleton->low;
    u->folder = u->skeleton->folder;
}

/* What a unit's other attributes are read with comes first; each base is behind its section's header. */
static void read_root(dwarf_unit *u, const die *root)
{
    uint64_t header = u->offset_size == 8 ? 16 : 8;
    u->str_offsets_base = die_number(root, AT_STR_OFFSETS_BASE, u->version >= 5 ? header : 0);
    u->addr_base = die_number(root, AT_ADDR_BASE, u->version >= 5 ? header : 0);
    u->rnglists_base = die_number(root, AT_RNGLISTS_BASE, header + 4);
    u->loclists_base = die_number(root, AT_LOCLISTS_BASE, header + 4);
    u->low = 0;
    die_address(root, AT_LOW_PC, &u->low);
    u->line_offset = die_number(root, AT_STMT_LIST, UINT64_MAX);
    u->language = (int32_t)die_number(root, AT_LANGUAGE, 0);
    u->name = die_string(root, AT_NAME);
    u->folder = die_string(root, AT_COMP_DIR);
    u->producer = die_string(root, AT_PRODUCER);
    u->dwo_name = die_string(root, AT_DWO_NAME);
    u->dwo_id = die_number(root, AT_GNU_DWO_ID, u->dwo_id);
    u->ranges_base = die_number(root, AT_GNU_RANGES_BASE, 0);
    take_from_skeleton(u);
}

void unit_set_skeleton(dwarf_unit *u, dwarf_unit *skeleton)
{
    u->skeleton = skeleton;
    take_from_skeleton(u);
}

int unit_prepare(dwarf_unit *u)
{
    if (u->is_bad)
        return 0;
    if (u->is_prepared)
        return 1;
    die root;
    u->abbreviations = abbreviations_read(u, 0);
    if (u->abbreviations == NULL || die_read(u, u->first, &root) != 1) {
        u->is_bad = 1;
        return 0;
    }
    read_root(u, &root);
    u->is_prepared = 1;
    u->object->kept += u->abbreviations->count * sizeof(abbreviation) +
                       u->abbreviations->spec_count * sizeof(attribute_spec);
    return 1;
}

int unit_has_lines(dwarf_unit *u)
{
    die root;
    if (!u->is_prepared && u->line_offset == UINT64_MAX && u->name == NULL && die_read_root(u, &root) == 1)
        read_root(u, &root);
    return u->line_offset != UINT64_MAX;
}

dwarf_unit *unit_of_offset(dwarf_object *it, uint64_t offset)
{
    size_t low = 0, high = it->info_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (it->units[middle].end <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == it->info_count || offset < it->units[low].first)
        return NULL;
    return unit_prepare(&it->units[low]) ? &it->units[low] : NULL;
}

dwarf_unit *unit_of_signature(dwarf_object *it, uint64_t signature)
{
    if (!it->has_types)
        it->has_types = signatures_enter(&it->types, it);
    dwarf_unit *u = signatures_find(&it->types, signature);
    if (u == NULL)
        u = split_type_unit(it, signature);
    return u != NULL && unit_prepare(u) ? u : NULL;
}

/* ---- units by address ---- */

static int add_range(dwarf_object *it, uint64_t low, uint64_t high, size_t index)
{
    /* Code that the linker dropped is left at address 0, or at the highest ones. */
    if (low == 0 || low >= high)
        return 1;
    unit_range *ranges = grown(it->ranges, it->range_count, sizeof *ranges);
    if (ranges == NULL)
        return 0;
    it->ranges = ranges;
    it->ranges[it->range_count++] = (unit_range){.low = low, .high = high, .unit = (uint32_t)index};
    return 1;
}

static int compare_ranges(const void *a, const void *b)
{
    const unit_range *left = a, *right = b;
    if (left->low != right->low)
        return left->low < right->low ? -1 : 1;
    return left->high > right->high ? -1 : left->high < right->high;
}

static void sort_ranges(dwarf_object *it)
{
    uint64_t reach = 0;
    if (it->range_count != 0)
        qsort(it->ranges, it->range_count, sizeof *it->ranges, compare_ranges);
    for (size_t i = 0; i < it->range_count; i++) {
        reach = it->ranges[i].high > reach ? it->ranges[i].high : reach;
        it->ranges[i].reach = reach;
    }
}

/* Reads one set of .debug_aranges. @return 0 at their end. */
static int read_arange_set(dwarf_object *it, cursor *all)
{
    const uint8_t *start = all->at;
    uint64_t length = cursor_number(all, 4);
    unsigned offset_size = length == 0xffffffff ? 8 : 4;
    if (offset_size == 8)
        length = cursor_number(all, 8);
    if (all->failed || length > (uint64_t)(all->end - all->at))
        return 0;
    cursor c = {all->at, all->at + length, 0};
    all->at = c.end;
    uint64_t version = cursor_number(&c, 2), offset = cursor_number(&c, offset_size);
    unsigned address_size = (unsigned)cursor_number(&c, 1);
    cursor_skip(&c, 1);
    if (c.failed || version != 2 || (address_size != 4 && address_size != 8))
        return 1;
    cursor_skip(&c, (2 * address_size - (uint64_t)(c.at - start) % (2 * address_size)) % (2 * address_size));
    size_t low = 0, high = it->info_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (it->units[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == it->info_count || it->units[low].offset != offset)
        return 1;
    for (;;) {
        uint64_t address = cursor_number(&c, address_size), size = cursor_number(&c, address_size);
        if (c.failed || (address == 0 && size == 0))
            return 1;
        it->units[low].in_aranges = 1;
        if (size <= UINT64_MAX - address && !add_range(it, address, address + size, low))
            return 0;
    }
}

static void read_aranges(dwarf_object *it)
{
    it->has_aranges = 1;
    cursor c = cursor_of(it->sections[SECTION_ARANGES], 0);
    while (c.at < c.end && read_arange_set(it, &c))
        continue;
    sort_ranges(it);
}

typedef struct unit_adding {
    dwarf_object *object;
    size_t index;
} unit_adding;

static int add_unit_range(void *context, uint64_t low, uint64_t high)
{
    unit_adding *adding = context;
    return !add_range(adding->object, low, high, adding->index);
}

/* The units that .debug_aranges leaves out say themselves where their code is. */
static void read_unit_ranges(dwarf_object *it)
{
    it->has_all_ranges = 1;
    for (size_t i = 0; it->units != NULL && i < it->info_count; i++) {
        dwarf_unit *u = &it->units[i];
        die root;
        if (u->in_aranges || u->is_bad || u->type == DW_UT_type || u->type == DW_UT_partial ||
            die_read_root(u, &root) != 1 || root.tag == DW_TAG_partial_unit)
            continue;
        read_root(u, &root);
        unit_adding adding = {it, i};
        die_ranges(&root, add_unit_range, &adding);
    }
    sort_ranges(it);
}

static dwarf_unit *find_range(dwarf_object *it, uint64_t address)
{
    size_t low = 0, high = it->range_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (it->ranges[middle].low <= address)
            low = middle + 1;
        else
            high = middle;
    }
    /* The narrowest that begins last: ranges may lie in each other where units were merged. */
    while (low > 0 && it->ranges[low - 1].reach > address) {
        low--;
        if (address < it->ranges[low].high)
            return &it->units[it->ranges[low].unit];
    }
    return NULL;
}

dwarf_unit *unit_at(dwarf_object *it, uint64_t address)
{
    if (!it->has_aranges)
        read_aranges(it);
    dwarf_unit *found = find_range(it, address);
    if (found == NULL && !it->has_all_ranges) {
        read_unit_ranges(it);
        found = find_range(it, address);
    }
    return found != NULL && unit_prepare(found) ? unit_full(found) : NULL;
}

/* ---- functions and scopes ---- */

typedef struct scanning {
    dwarf_unit *unit;
    uint32_t die;
} scanning;

static int add_function(void *context, uint64_t low, uint64_t high)
{
    scanning *scan = context;
    dwarf_unit *u = scan->unit;
    if (low == 0 || low >= high)
        return 0;
    unit_function *functions = grown(u->functions, u->function_count, sizeof *functions);
    if (functions == NULL)
        return 1;
    u->functions = functions;
    u->functions[u->function_count++] = (unit_function){.low = low, .high = high, .die = scan->die};
    return 0;
}

/* @return its index + 1, or 0 without memory. */
static uint32_t add_scope(scanning *scan, uint32_t begin, uint32_t parent)
{
    dwarf_unit *u = scan->unit;
    unit_scope *scopes = grown(u->scopes, u->scope_count, sizeof *scopes);
    if (scopes == NULL)
        return 0;
    u->scopes = scopes;
    u->scopes[u->scope_count++] = (unit_scope){begin, (uint32_t)(u->end - u->offset), parent};
    return (uint32_t)u->scope_count;
}

static int is_scope(uint16_t tag)
{
    return tag == DW_TAG_namespace || tag == DW_TAG_class_type || tag == DW_TAG_structure_type ||
           tag == DW_TAG_union_type || tag == DW_TAG_enumeration_type || tag == DW_TAG_subprogram ||
           tag == DW_TAG_interface_type || tag == DW_TAG_module;
}

static int compare_functions(const void *a, const void *b)
{
    const unit_function *left = a, *right = b;
    if (left->low != right->low)
        return left->low < right->low ? -1 : 1;
    return left->high > right->high ? -1 : left->high < right->high;
}

static void finish_scan(dwarf_unit *u)
{
    uint64_t reach = 0;
    if (u->function_count != 0)
        qsort(u->functions, u->function_count, sizeof *u->functions, compare_functions);
    for (size_t i = 0; i < u->function_count; i++) {
        reach = u->functions[i].high > reach ? u->functions[i].high : reach;
        u->functions[i].reach = reach;
    }
    u->object->kept += u->function_count * sizeof *u->functions + u->scope_count * sizeof *u->scopes;
}

/* All entries in their order; `levels` has for each level the scope that it is in, and whether it is one. */
enum { LEVELS_MAX = 256 };
typedef struct level {
    uint32_t scope; /* the innermost scope's index + 1 */
    uint8_t ends;   /* the scope ends with this level */
} level;

static int scan_entries(dwarf_unit *u, scanning *scan)
{
    level levels[LEVELS_MAX] = {{0, 0}};
    size_t depth = 0;
    for (uint64_t at = u->first; at < u->end;) {
        uint64_t start = at;
        const abbreviation *how;
        int result = die_pass(u, &at, &how);
        if (result < 0)
            return u->function_count != 0;
        if (result == 0) {
            if (levels[depth].ends)
                u->scopes[levels[depth].scope - 1].end = (uint32_t)(at - u->offset);
            if (depth == 0)
                break;
            depth--;
            continue;
        }
        scan->die = (uint32_t)(start - u->offset);
        die it;
        if (how->tag == DW_TAG_subprogram && how->has_pc && die_read(u, start, &it) == 1)
            die_ranges(&it, add_function, scan);
        if (!how->has_children)
            continue;
        if (depth + 1 == LEVELS_MAX)
            return u->function_count != 0;
        level next = {levels[depth].scope, 0};
        if (is_scope(how->tag)) {
            next.scope = add_scope(scan, scan->die, levels[depth].scope);
            next.ends = 1;
            if (next.scope == 0)
                return 0;
        }
        levels[++depth] = next;
    }
    return 1;
}

int unit_scan(dwarf_unit *u)
{
    if (u->is_scanned)
        return u->is_scanned == 1;
    scanning scan = {.unit = u};
    if (u->end - u->offset > UINT32_MAX)
        return 0;
    u->is_scanned = scan_entries(u, &scan) ? 1 : 2;
    finish_scan(u);
    return u->is_scanned == 1;
}
