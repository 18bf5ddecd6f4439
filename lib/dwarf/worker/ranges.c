/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Lists of ranges and of locations: .debug_ranges and .debug_loc of DWARF 2 to 4, .debug_rnglists and
 * .debug_loclists of DWARF 5.
 */
#include "dwarf/worker/dies.h"

#include <dwarf.h>

/* One range of a list; of a list of locations with its expression. */
typedef struct list_entry {
    uint64_t low, high;
    span expression;
} list_entry;

/* A walk through a list. */
typedef struct list {
    const dwarf_unit *unit;
    cursor at;
    uint64_t base;
    int has_expressions;
} list;

enum { ENTRY_END = 0, ENTRY_RANGE = 1, ENTRY_OTHER = 2, ENTRY_BROKEN = -1 };

static uint64_t highest_address(const dwarf_unit *unit)
{
    return unit->address_size == 4 ? UINT32_MAX : UINT64_MAX;
}

static int next_old(list *l, list_entry *entry)
{
    unsigned size = l->unit->address_size;
    uint64_t low = cursor_number(&l->at, size), high = cursor_number(&l->at, size);
    if (l->at.failed)
        return ENTRY_BROKEN;
    if (low == 0 && high == 0)
        return ENTRY_END;
    if (low == highest_address(l->unit)) {
        l->base = high;
        return ENTRY_OTHER;
    }
    entry->low = l->base + low;
    entry->high = l->base + high;
    if (l->has_expressions) {
        entry->expression.size = cursor_number(&l->at, 2);
        entry->expression.bytes = l->at.at;
        cursor_skip(&l->at, entry->expression.size);
    }
    return l->at.failed ? ENTRY_BROKEN : ENTRY_RANGE;
}

static uint64_t indexed(list *l)
{
    uint64_t address = 0;
    if (!unit_indexed_address(l->unit, cursor_uleb(&l->at), &address))
        l->at.failed = 1;
    return address;
}

/* How the bounds of DWARF 5's entries are written, in ranges; those of locations have other numbers. */
enum {
    BY_END,
    BY_BASE_INDEX,
    BY_INDEXES,
    BY_INDEX_AND_LENGTH,
    BY_OFFSETS,
    BY_DEFAULT,
    BY_BASE,
    BY_ADDRESSES
};
enum { BY_ADDRESS_AND_LENGTH = 8, BY_VIEWS = 9, BY_UNKNOWN = 10 };
static const uint8_t kRangeKinds[] = {BY_END,     BY_BASE_INDEX, BY_INDEXES,   BY_INDEX_AND_LENGTH,
                                      BY_OFFSETS, BY_BASE,       BY_ADDRESSES, BY_ADDRESS_AND_LENGTH};
static const uint8_t kLocationKinds[] = {
    BY_END,     BY_BASE_INDEX, BY_INDEXES,   BY_INDEX_AND_LENGTH,   BY_OFFSETS,
    BY_DEFAULT, BY_BASE,       BY_ADDRESSES, BY_ADDRESS_AND_LENGTH, BY_VIEWS};

static int read_bounds(list *l, unsigned kind, list_entry *entry)
{
    unsigned size = l->unit->address_size;
    switch (kind) {
    case BY_END:
        return ENTRY_END;
    case BY_BASE_INDEX:
        l->base = indexed(l);
        return ENTRY_OTHER;
    case BY_BASE:
        l->base = cursor_number(&l->at, size);
        return ENTRY_OTHER;
    case BY_VIEWS:
        cursor_uleb(&l->at);
        cursor_uleb(&l->at);
        return ENTRY_OTHER;
    case BY_INDEXES:
        entry->low = indexed(l);
        entry->high = indexed(l);
        return ENTRY_RANGE;
    case BY_INDEX_AND_LENGTH:
        entry->low = indexed(l);
        entry->high = entry->low + cursor_uleb(&l->at);
        return ENTRY_RANGE;
    case BY_OFFSETS:
        entry->low = l->base + cursor_uleb(&l->at);
        entry->high = l->base + cursor_uleb(&l->at);
        return ENTRY_RANGE;
    case BY_DEFAULT:
        entry->low = 0;
        entry->high = UINT64_MAX;
        return ENTRY_RANGE;
    case BY_ADDRESSES:
        entry->low = cursor_number(&l->at, size);
        entry->high = cursor_number(&l->at, size);
        return ENTRY_RANGE;
    case BY_ADDRESS_AND_LENGTH:
        entry->low = cursor_number(&l->at, size);
        entry->high = entry->low + cursor_uleb(&l->at);
        return ENTRY_RANGE;
    default:
        return ENTRY_BROKEN;
    }
}

static int next_new(list *l, list_entry *entry)
{
    const uint8_t *kinds = l->has_expressions ? kLocationKinds : kRangeKinds;
    size_t count = l->has_expressions ? sizeof kLocationKinds : sizeof kRangeKinds;
    uint64_t kind = cursor_number(&l->at, 1);
    int result = l->at.failed ? ENTRY_BROKEN : read_bounds(l, kind < count ? kinds[kind] : BY_UNKNOWN, entry);
    if (result == ENTRY_RANGE && l->has_expressions) {
        entry->expression.size = cursor_uleb(&l->at);
        entry->expression.bytes = l->at.at;
        cursor_skip(&l->at, entry->expression.size);
    }
    return l->at.failed ? ENTRY_BROKEN : result;
}

/* GNU's lists of locations in .dwo files, before DWARF 5: addresses are indexes. */
static int next_split(list *l, list_entry *entry)
{
    enum { END, BASE, START_END, START_LENGTH, OFFSETS };
    switch (cursor_number(&l->at, 1)) {
    case END:
        return l->at.failed ? ENTRY_BROKEN : ENTRY_END;
    case BASE:
        l->base = indexed(l);
        return l->at.failed ? ENTRY_BROKEN : ENTRY_OTHER;
    case START_END:
        entry->low = indexed(l);
        entry->high = indexed(l);
        break;
    case START_LENGTH:
        entry->low = indexed(l);
        entry->high = entry->low + cursor_number(&l->at, 4);
        break;
    case OFFSETS:
        entry->low = l->base + cursor_number(&l->at, 4);
        entry->high = l->base + cursor_number(&l->at, 4);
        break;
    default:
        return ENTRY_BROKEN;
    }
    entry->expression.size = cursor_number(&l->at, 2);
    entry->expression.bytes = l->at.at;
    cursor_skip(&l->at, entry->expression.size);
    return l->at.failed ? ENTRY_BROKEN : ENTRY_RANGE;
}

static int list_next(list *l, list_entry *entry)
{
    if (l->unit->version < 5 && l->unit->skeleton != NULL && l->has_expressions)
        return next_split(l, entry);
    return l->unit->version >= 5 ? next_new(l, entry) : next_old(l, entry);
}

/* Where an attribute's list begins. @return 0 if that cannot be said. */
static int list_begin(const die *it, attribute name, int section_old, int section_new, uint64_t base, list *l)
{
    const dwarf_unit *unit = it->unit;
    const die_value *value = &it->values[name];
    uint64_t offset = value->number;
    int is_new = unit->version >= 5;
    span section = unit->object->sections[is_new ? section_new : section_old];
    if (value->form == DW_FORM_loclistx || value->form == DW_FORM_rnglistx) {
        if (offset > UINT32_MAX)
            return 0;
        cursor c = cursor_of(section, base + offset * unit->offset_size);
        offset = base + cursor_number(&c, unit->offset_size);
        if (c.failed)
            return 0;
    }
    if (name == AT_RANGES && !is_new && unit->skeleton != NULL)
        offset += unit->ranges_base;
    *l = (list){.unit = unit, .at = cursor_of(section, offset), .base = unit->low};
    return !l->at.failed;
}

int die_ranges(const die *it, int (*visit)(void *context, uint64_t low, uint64_t high), void *context)
{
    uint64_t low = 0, high = 0;
    if (!die_has(it, AT_RANGES)) {
        if (!die_address(it, AT_LOW_PC, &low) || !die_has(it, AT_HIGH_PC))
            return 0;
        if (!die_address(it, AT_HIGH_PC, &high))
            high = low + die_number(it, AT_HIGH_PC, 0);
        return low < high ? visit(context, low, high) : 0;
    }
    list l;
    list_entry entry = {0, 0, {NULL, 0}};
    if (!list_begin(it, AT_RANGES, SECTION_RANGES, SECTION_RNGLISTS, it->unit->rnglists_base, &l))
        return -1;
    for (;;) {
        int result = list_next(&l, &entry);
        if (result == ENTRY_RANGE && entry.low < entry.high) {
            int answer = visit(context, entry.low, entry.high);
            if (answer != 0)
                return answer;
        } else if (result == ENTRY_END || result == ENTRY_BROKEN) {
            return result;
        }
    }
}

typedef struct covering {
    uint64_t address, first;
    int count, covers;
} covering;

static int look_at_range(void *context, uint64_t low, uint64_t high)
{
    covering *cover = context;
    if (cover->count++ == 0)
        cover->first = low;
    cover->covers |= low <= cover->address && cover->address < high;
    return cover->covers;
}

int die_covers(const die *it, uint64_t address, uint64_t *entry)
{
    covering cover = {.address = address};
    if (!die_has(it, AT_LOW_PC) && !die_has(it, AT_RANGES))
        return -1;
    die_ranges(it, look_at_range, &cover);
    if (cover.covers && entry != NULL) {
        *entry = cover.first;
        /* DWARF 5 lets it be an offset from where the code begins. */
        if (die_is_constant(it, AT_ENTRY_PC))
            *entry = cover.first + die_number(it, AT_ENTRY_PC, 0);
        else
            die_address(it, AT_ENTRY_PC, entry);
    }
    return cover.covers;
}

int die_expression(const die *it, attribute name, uint64_t address, span *expression)
{
    if (!die_has(it, name))
        return 0;
    const die_value *value = &it->values[name];
    if (die_is_block(it, name)) {
        *expression = (span){value->bytes, value->number};
        return 1;
    }
    list l;
    list_entry entry = {0, 0, {NULL, 0}};
    if (!list_begin(it, name, SECTION_LOC, SECTION_LOCLISTS, it->unit->loclists_base, &l))
        return -1;
    l.has_expressions = 1;
    for (;;) {
        int result = list_next(&l, &entry);
        if (result == ENTRY_RANGE && entry.low <= address && address < entry.high) {
            *expression = entry.expression;
            return 1;
        }
        if (result == ENTRY_END || result == ENTRY_BROKEN)
            return result;
    }
}

int subrange_count(const die *range, uint64_t *count)
{
    if (die_is_constant(range, AT_COUNT)) {
        *count = die_number(range, AT_COUNT, 0);
        return 1;
    }
    if (!die_is_constant(range, AT_UPPER_BOUND))
        return 0;
    /* An array of no elements has the upper bound -1, in a form of the compiler's choice. */
    uint64_t upper = range->values[AT_UPPER_BOUND].form == DW_FORM_sdata ||
                             range->values[AT_UPPER_BOUND].form == DW_FORM_implicit_const
                         ? (uint64_t)die_signed(range, AT_UPPER_BOUND, -1)
                         : die_number(range, AT_UPPER_BOUND, UINT64_MAX);
    *count = upper - die_number(range, AT_LOWER_BOUND, 0) + 1;
    return 1;
}
