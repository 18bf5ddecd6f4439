/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Entries of .debug_info and the abbreviations that say how they are written.
 */
#include "dwarf/worker/dies.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

/* GNU's forerunners of DWARF 5's. */
enum {
    MIPS_LINKAGE_NAME = 0x2007,
    GNU_CALL_VALUE = 0x2111,
    GNU_CALL_TARGET = 0x2113,
    GNU_TAIL_CALL = 0x2115,
    GNU_ALL_TAIL_CALLS = 0x2116,
    GNU_ALL_CALLS = 0x2117,
    GNU_DWO_NAME = 0x2130,
    GNU_DWO_ID = 0x2131,
    GNU_RANGES_BASE = 0x2132,
    GNU_ADDR_BASE = 0x2133
};

/* DWARF's numbers up to 0x8c. */
static const uint8_t kAttributes[] = {
    [DW_AT_sibling] = AT_SIBLING,
    [DW_AT_location] = AT_LOCATION,
    [DW_AT_name] = AT_NAME,
    [DW_AT_byte_size] = AT_BYTE_SIZE,
    [DW_AT_bit_offset] = AT_BIT_OFFSET,
    [DW_AT_bit_size] = AT_BIT_SIZE,
    [DW_AT_stmt_list] = AT_STMT_LIST,
    [DW_AT_low_pc] = AT_LOW_PC,
    [DW_AT_high_pc] = AT_HIGH_PC,
    [DW_AT_language] = AT_LANGUAGE,
    [DW_AT_comp_dir] = AT_COMP_DIR,
    [DW_AT_const_value] = AT_CONST_VALUE,
    [DW_AT_lower_bound] = AT_LOWER_BOUND,
    [DW_AT_producer] = AT_PRODUCER,
    [DW_AT_upper_bound] = AT_UPPER_BOUND,
    [DW_AT_abstract_origin] = AT_ABSTRACT_ORIGIN,
    [DW_AT_artificial] = AT_ARTIFICIAL,
    [DW_AT_count] = AT_COUNT,
    [DW_AT_data_member_location] = AT_DATA_MEMBER_LOCATION,
    [DW_AT_declaration] = AT_DECLARATION,
    [DW_AT_encoding] = AT_ENCODING,
    [DW_AT_external] = AT_EXTERNAL,
    [DW_AT_frame_base] = AT_FRAME_BASE,
    [DW_AT_specification] = AT_SPECIFICATION,
    [DW_AT_type] = AT_TYPE,
    [DW_AT_virtuality] = AT_VIRTUALITY,
    [DW_AT_containing_type] = AT_CONTAINING_TYPE,
    [DW_AT_entry_pc] = AT_ENTRY_PC,
    [DW_AT_ranges] = AT_RANGES,
    [DW_AT_call_column] = AT_CALL_COLUMN,
    [DW_AT_call_file] = AT_CALL_FILE,
    [DW_AT_call_line] = AT_CALL_LINE,
    [DW_AT_signature] = AT_SIGNATURE,
    [DW_AT_data_bit_offset] = AT_DATA_BIT_OFFSET,
    [DW_AT_linkage_name] = AT_LINKAGE_NAME,
    [DW_AT_str_offsets_base] = AT_STR_OFFSETS_BASE,
    [DW_AT_addr_base] = AT_ADDR_BASE,
    [DW_AT_rnglists_base] = AT_RNGLISTS_BASE,
    [DW_AT_loclists_base] = AT_LOCLISTS_BASE,
    [DW_AT_dwo_name] = AT_DWO_NAME,
    [DW_AT_call_all_calls] = AT_CALL_ALL_CALLS,
    [DW_AT_call_all_tail_calls] = AT_CALL_ALL_TAIL_CALLS,
    [DW_AT_call_return_pc] = AT_CALL_RETURN_PC,
    [DW_AT_call_value] = AT_CALL_VALUE,
    [DW_AT_call_parameter] = AT_CALL_PARAMETER,
    [DW_AT_call_pc] = AT_CALL_PC,
    [DW_AT_call_tail_call] = AT_CALL_TAIL_CALL,
    [DW_AT_call_target] = AT_CALL_TARGET,
    [DW_AT_enum_class] = AT_ENUM_CLASS,
    [DW_AT_call_origin] = AT_CALL_ORIGIN,
};

static const struct {
    uint16_t number;
    uint8_t name;
} kOldAttributes[] = {
    {MIPS_LINKAGE_NAME, AT_LINKAGE_NAME}, {GNU_CALL_VALUE, AT_CALL_VALUE},
    {GNU_CALL_TARGET, AT_CALL_TARGET},    {GNU_TAIL_CALL, AT_CALL_TAIL_CALL},
    {GNU_ALL_CALLS, AT_CALL_ALL_CALLS},   {GNU_ALL_TAIL_CALLS, AT_CALL_ALL_TAIL_CALLS},
    {GNU_DWO_NAME, AT_DWO_NAME},          {GNU_DWO_ID, AT_GNU_DWO_ID},
    {GNU_ADDR_BASE, AT_ADDR_BASE},        {GNU_RANGES_BASE, AT_GNU_RANGES_BASE},
};

static uint8_t attribute_of(uint64_t number)
{
    if (number < sizeof kAttributes)
        return kAttributes[number];
    for (size_t i = 0; i < sizeof kOldAttributes / sizeof *kOldAttributes; i++) {
        if (kOldAttributes[i].number == number)
            return kOldAttributes[i].name;
    }
    return AT_NONE;
}

/* ---- abbreviations ---- */

void *grown(void *array, size_t count, size_t size)
{
    if (count < 16 ? count != 0 : (count & (count - 1)) != 0)
        return array;
    return realloc(array, (count < 16 ? 16 : 2 * count) * size);
}

/* Reads the attributes of one. @return 0 if they are broken. */
static int read_specs(const dwarf_unit *unit, cursor *c, abbreviations *all, abbreviation *one)
{
    enum { SPECS_MAX = 1 << 20 };
    int64_t fixed = 0;
    one->first = (uint32_t)all->spec_count;
    for (;;) {
        uint64_t name = cursor_uleb(c), form = cursor_uleb(c);
        int64_t implicit = form == DW_FORM_implicit_const ? cursor_sleb(c) : 0;
        if (c->failed || form > UINT16_MAX || all->spec_count >= SPECS_MAX)
            return 0;
        if (name == 0 && form == 0)
            break;
        attribute_spec *specs = grown(all->specs, all->spec_count, sizeof *specs);
        if (specs == NULL)
            return 0;
        all->specs = specs;
        specs[all->spec_count] = (attribute_spec){attribute_of(name), (uint16_t)form, implicit};
        one->has_pc |= specs[all->spec_count].name == AT_LOW_PC || specs[all->spec_count].name == AT_RANGES;
        all->spec_count++;
        int size = form_size(unit, (uint16_t)form);
        fixed = fixed < 0 || size < 0 ? -1 : fixed + size;
    }
    one->count = (uint32_t)(all->spec_count - one->first);
    one->fixed_size = fixed <= INT32_MAX ? (int32_t)fixed : -1;
    return 1;
}

static int compare_codes(const void *a, const void *b)
{
    uint64_t left = ((const abbreviation *)a)->code, right = ((const abbreviation *)b)->code;
    return left < right ? -1 : left > right;
}

/* Reads the abbreviations of a unit; `only`: those up to this code, 0: all. What is broken ends them. */
abbreviations *abbreviations_read(const dwarf_unit *unit, uint64_t only)
{
    enum { ABBREVIATIONS_MAX = 1 << 18 };
    cursor c = cursor_of(unit->object->sections[SECTION_ABBREV], unit->abbrev_offset);
    abbreviations *all = calloc(1, sizeof *all);
    int sorted = 1;
    while (all != NULL && !c.failed && all->count < ABBREVIATIONS_MAX) {
        abbreviation one = {.code = cursor_uleb(&c)};
        if (c.failed || one.code == 0)
            break;
        one.tag = (uint16_t)cursor_uleb(&c);
        one.has_children = cursor_number(&c, 1) != 0;
        abbreviation *entries = grown(all->entries, all->count, sizeof *entries);
        if (entries != NULL)
            all->entries = entries;
        if (entries == NULL || !read_specs(unit, &c, all, &one))
            break;
        sorted &= all->count == 0 || one.code > entries[all->count - 1].code;
        entries[all->count++] = one;
        if (one.code == only)
            break;
    }
    if (all != NULL && !sorted)
        qsort(all->entries, all->count, sizeof *all->entries, compare_codes);
    return all;
}

void abbreviations_free(abbreviations *it)
{
    if (it != NULL) {
        free(it->entries);
        free(it->specs);
        free(it);
    }
}

static const abbreviation *abbreviation_find(const abbreviations *all, uint64_t code)
{
    /* Compilers number them from 1 on. */
    if (code - 1 < all->count && all->entries[code - 1].code == code)
        return &all->entries[code - 1];
    abbreviation key = {.code = code};
    return all->count == 0 ? NULL
                           : bsearch(&key, all->entries, all->count, sizeof *all->entries, compare_codes);
}

/* ---- entries ---- */

/* Begins an entry. @return as die_read(). */
static int begin(const dwarf_unit *unit, const abbreviations *all, uint64_t offset, cursor *c,
                 const abbreviation **found)
{
    span section = unit->object->sections[unit->section];
    if (offset < unit->first || offset >= unit->end)
        return -1;
    *c = (cursor){section.bytes + offset, section.bytes + unit->end, 0};
    uint64_t code = cursor_uleb(c);
    if (c->failed)
        return -1;
    *found = NULL;
    if (code == 0)
        return 0;
    *found = abbreviation_find(all, code);
    return *found != NULL ? 1 : -1;
}

static int read_with(dwarf_unit *unit, const abbreviations *all, uint64_t offset, die *it)
{
    const abbreviation *how;
    cursor c;
    it->unit = unit;
    it->offset = offset;
    it->present = 0;
    int result = begin(unit, all, offset, &c, &how);
    if (result == 1) {
        it->tag = how->tag;
        it->has_children = how->has_children;
        for (uint32_t i = 0; all->specs != NULL && i < how->count; i++) {
            const attribute_spec *spec = &all->specs[how->first + i];
            die_value value;
            if (!form_read(unit, &c, spec->form, spec->implicit, &value))
                return -1;
            it->values[spec->name] = value;
            it->present |= UINT64_C(1) << spec->name;
        }
    }
    if (result >= 0)
        it->next = (uint64_t)(c.at - unit->object->sections[unit->section].bytes);
    return result;
}

int die_read(dwarf_unit *unit, uint64_t offset, die *it)
{
    return read_with(unit, unit->abbreviations, offset, it);
}

int die_read_root(dwarf_unit *unit, die *it)
{
    span section = unit->object->sections[unit->section];
    cursor c = {section.bytes + unit->first, section.bytes + unit->end, 0};
    uint64_t code = cursor_uleb(&c);
    abbreviations *all = c.failed || code == 0 ? NULL : abbreviations_read(unit, code);
    int result = all != NULL ? read_with(unit, all, unit->first, it) : -1;
    abbreviations_free(all);
    return result;
}

int die_pass(dwarf_unit *unit, uint64_t *offset, const abbreviation **found)
{
    cursor c;
    int result = begin(unit, unit->abbreviations, *offset, &c, found);
    if (result == 1 && (*found)->fixed_size >= 0) {
        cursor_skip(&c, (uint64_t)(*found)->fixed_size);
    } else if (result == 1) {
        for (uint32_t i = 0; i < (*found)->count; i++) {
            const attribute_spec *spec = &unit->abbreviations->specs[(*found)->first + i];
            die_value value;
            if (!form_read(unit, &c, spec->form, spec->implicit, &value))
                return -1;
        }
    }
    if (result == 1 && c.failed)
        return -1;
    if (result >= 0)
        *offset = (uint64_t)(c.at - unit->object->sections[unit->section].bytes);
    return result;
}

int die_after(const die *it, uint64_t *offset)
{
    *offset = it->next;
    if (!it->has_children)
        return 1;
    uint64_t sibling = die_number(it, AT_SIBLING, 0);
    if (sibling >= it->next && sibling <= it->unit->end) {
        *offset = sibling;
        return 1;
    }
    for (uint64_t depth = 1; depth > 0;) {
        const abbreviation *how;
        int result = die_pass(it->unit, offset, &how);
        if (result < 0)
            return -1;
        if (result == 0)
            depth--;
        else if (how->has_children)
            depth++;
    }
    return 1;
}
