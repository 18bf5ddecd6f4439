/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Values of all types: what is in structs, arrays and behind pointers.
 */
#include "inspect/value.h"

#include <haikudbg/image.h>
#include <haikudbg/memory.h>

#include <string.h>

enum { READS_MAX = 2000, NESTING_MAX = 32, REPEATS = 10, ELEMENT_MAX = 256 };

/* ---- bytes ---- */

hdbg_status value_read(value_printer *p, const value_source *source, uint64_t offset, void *buffer,
                       size_t size)
{
    size_t got = 0;
    if (source->bytes != NULL) {
        if (offset > source->size || size > source->size - offset)
            return HDBG_BAD_ADDRESS;
        for (size_t i = 0; source->known != NULL && i < size; i++) {
            if (source->known[offset + i] != VALUE_IS_KNOWN)
                return HDBG_NAME_NOT_FOUND;
        }
        memcpy(buffer, source->bytes + offset, size);
        return HDBG_OK;
    }
    if (p->reads++ >= READS_MAX)
        return HDBG_BAD_ADDRESS;
    if (size == 0)
        return HDBG_OK;
    hdbg_status status = hdbg_memory_read(p->team, source->address + offset, buffer, size, &got);
    return status == HDBG_OK ? HDBG_OK : HDBG_BAD_ADDRESS;
}

value_source value_part(const value_source *source, uint64_t offset)
{
    value_source part = *source;
    if (part.address != 0)
        part.address += offset;
    if (part.bytes != NULL) {
        uint64_t skipped = offset < part.size ? offset : part.size;
        part.bytes += skipped;
        part.size -= skipped;
        if (part.known != NULL)
            part.known += skipped;
    }
    return part;
}

void value_failed(value_printer *p, hdbg_status status)
{
    value_add(p, status == HDBG_NAME_NOT_FOUND ? "<optimized out>" : "<unreadable>");
}

/* ---- pointers ---- */

static void add_symbol(value_printer *p, hdbg_address address)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    if (hdbg_symbol_at(p->team, address, &symbol) != HDBG_OK || symbol.name[0] == '\0')
        return;
    value_add(p, " <");
    value_add(p, symbol.name);
    if (symbol.offset != 0)
        value_format(p, "+%llu", (unsigned long long)symbol.offset);
    value_add(p, ">");
}

static void add_pointer(value_printer *p, const dwarf_type *type, const value_source *source)
{
    uint8_t bytes[8] = {0};
    const char *prefix;
    size_t size = type->byte_size != 0 && type->byte_size <= 8 ? (size_t)type->byte_size : p->word;
    if (source->bytes != NULL && source->known != NULL && source->size != 0 &&
        source->known[0] == VALUE_IS_SYNTHETIC) {
        value_add(p, "<synthetic pointer>");
        return;
    }
    hdbg_status status = value_read(p, source, 0, bytes, size);
    if (status != HDBG_OK) {
        value_failed(p, status);
        return;
    }
    hdbg_address address = value_number(bytes, size);
    const dwarf_type *target = &p->types[type->target];
    value_format(p, "0x%llx", (unsigned long long)address);
    if (address == 0)
        return;
    if (value_is_character(target, &prefix)) {
        value_add(p, " ");
        value_string_at(p, target, address);
        return;
    }
    add_symbol(p, address);
    /* What a variable points at, but not what is linked to that. */
    if (p->depth == 0 && ((target->kind == DWARF_TYPE_STRUCT && target->member_count != 0) ||
                          value_is_std_string(p, target))) {
        value_source there = {.address = address};
        value_add(p, " -> ");
        p->depth++;
        value_print(p, type->target, &there);
        p->depth--;
    }
}

static void add_reference(value_printer *p, const dwarf_type *type, const value_source *source)
{
    uint8_t bytes[8] = {0};
    hdbg_status status = value_read(p, source, 0, bytes, p->word);
    if (status != HDBG_OK) {
        value_failed(p, status);
        return;
    }
    value_source there = {.address = value_number(bytes, p->word)};
    value_format(p, "@0x%llx", (unsigned long long)there.address);
    uint8_t kind = p->types[type->target].kind;
    if (there.address == 0 || p->depth >= p->limits->max_depth || kind == DWARF_TYPE_FUNCTION) {
        add_symbol(p, there.address);
        return;
    }
    value_add(p, ": ");
    p->depth++;
    value_print(p, type->target, &there);
    p->depth--;
}

static void add_member_pointer(value_printer *p, const dwarf_type *type, const value_source *source)
{
    uint8_t bytes[16] = {0};
    size_t size = type->byte_size <= sizeof bytes ? (size_t)type->byte_size : p->word;
    hdbg_status status = value_read(p, source, 0, bytes, size);
    uint64_t value = value_number(bytes, p->word);
    if (status != HDBG_OK) {
        value_failed(p, status);
    } else if (size > p->word) {
        /* A method: its address, or where it is in the table of virtual ones. */
        if (value & 1) {
            value_format(p, "&virtual table + %llu", (unsigned long long)(value - 1));
        } else {
            value_format(p, "0x%llx", (unsigned long long)value);
            add_symbol(p, value);
        }
    } else {
        value_format(p, "%lld", (long long)value);
    }
}

/* ---- enumerations ---- */

static uint64_t mask_of(uint64_t size)
{
    return size >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1;
}

/* Whether the names are of single bits, to be combined. */
static int are_flags(const dwarf_type *type)
{
    uint64_t all = 0;
    for (size_t i = 0; i < type->member_count; i++) {
        uint64_t bits = (uint64_t)type->members[i].offset & mask_of(type->byte_size);
        if ((bits & all) != 0 || (bits & (bits - 1)) != 0)
            return 0;
        all |= bits;
    }
    return type->member_count != 0;
}

static void add_flags(value_printer *p, const dwarf_type *type, uint64_t value)
{
    const char *between = "(";
    for (size_t i = 0; i < type->member_count; i++) {
        uint64_t bit = (uint64_t)type->members[i].offset;
        if (bit == 0 || (value & bit) == 0)
            continue;
        value_add(p, between);
        value_add(p, type->members[i].name);
        value &= ~bit;
        between = " | ";
    }
    if (value != 0)
        value_format(p, "%sunknown: 0x%llx", between, (unsigned long long)value);
    value_add(p, ")");
}

static void add_enum_number(value_printer *p, const dwarf_type *type, uint64_t value)
{
    uint64_t mask = mask_of(type->byte_size);
    for (size_t i = 0; i < type->member_count; i++) {
        if (((uint64_t)type->members[i].offset & mask) == (value & mask)) {
            value_add(p, type->members[i].name);
            return;
        }
    }
    if (value != 0 && are_flags(type))
        add_flags(p, type, value & mask);
    else
        value_format(p, "%llu", (unsigned long long)(value & mask));
}

static void add_enum(value_printer *p, const dwarf_type *type, const value_source *source)
{
    uint8_t bytes[8] = {0};
    size_t size = type->byte_size <= sizeof bytes ? (size_t)type->byte_size : 0;
    hdbg_status status = value_read(p, source, 0, bytes, size);
    if (status != HDBG_OK)
        value_failed(p, status);
    else
        add_enum_number(p, type, value_number(bytes, size));
}

/* ---- structs ---- */

static void add_bits(value_printer *p, const dwarf_member *member, const value_source *source)
{
    uint8_t bytes[17] = {0}, value[16] = {0};
    const dwarf_type *type = &p->types[member->type];
    size_t size = (size_t)(member->bit_offset + member->bit_size + 7) / 8;
    int is_sound = size <= sizeof bytes && type->byte_size != 0 && type->byte_size <= sizeof value &&
                   member->bit_size <= 8 * type->byte_size;
    hdbg_status status = is_sound ? value_read(p, source, 0, bytes, size) : HDBG_BAD_ADDRESS;
    if (status != HDBG_OK) {
        value_failed(p, status);
        return;
    }
    int is_signed = type->encoding == 5 || type->encoding == 6; /* DW_ATE_signed, DW_ATE_signed_char */
    unsigned last = member->bit_offset + member->bit_size - 1u;
    int fill = is_signed && bytes[last / 8] >> last % 8 & 1;
    for (unsigned bit = 0; bit < 8 * type->byte_size; bit++) {
        unsigned from = member->bit_offset + bit;
        int set = bit < member->bit_size ? bytes[from / 8] >> from % 8 & 1 : fill;
        value[bit / 8] |= (uint8_t)(set << bit % 8);
    }
    value_source here = {.bytes = value, .size = type->byte_size};
    value_print(p, member->type, &here);
}

static void add_member(value_printer *p, const dwarf_member *member, const value_source *source)
{
    value_source part = value_part(source, (uint64_t)member->offset);
    hdbg_address base = 0;
    if (member->location_size != 0) {
        if (!p->locate(p->context, member, source->address, &base)) {
            value_add(p, "<unreadable>");
            return;
        }
        part = (value_source){.address = base};
    }
    if (member->bit_size != 0)
        add_bits(p, member, &part);
    else
        value_print(p, member->type, &part);
}

static void add_struct(value_printer *p, const dwarf_type *type, const value_source *source)
{
    const char *between = "";
    if (value_std_string(p, type, source))
        return;
    if (p->depth >= p->limits->max_depth || (type->member_count == 0 && type->byte_size > 1)) {
        value_add(p, "{...}");
        return;
    }
    value_add(p, "{");
    p->depth++;
    for (size_t i = 0; i < type->member_count && !p->is_full; i++) {
        const dwarf_member *member = &type->members[i];
        value_add(p, between);
        between = ", ";
        if (member->is_base)
            value_add(p, "<");
        value_add(p, member->name);
        value_add(p, member->is_base ? "> = " : member->name[0] != '\0' ? " = " : "");
        add_member(p, member, source);
    }
    p->depth--;
    value_add(p, "}");
}

/* ---- arrays ---- */

static uint64_t size_of(const value_printer *p, uint32_t number)
{
    const dwarf_type *type = &p->types[number];
    if (type->byte_size != 0)
        return type->byte_size;
    return type->kind == DWARF_TYPE_POINTER || type->kind == DWARF_TYPE_REFERENCE ? p->word : 0;
}

/* How many elements from one on are the same, or are lost in the same way. */
static uint64_t run_of(value_printer *p, const value_source *source, uint64_t at, uint64_t count,
                       uint64_t size)
{
    uint8_t first[ELEMENT_MAX], other[ELEMENT_MAX];
    uint64_t same = 1;
    if (size == 0 || size > sizeof first)
        return 1;
    hdbg_status status = value_read(p, source, at * size, first, (size_t)size);
    while (same < count - at && value_read(p, source, (at + same) * size, other, (size_t)size) == status &&
           (status != HDBG_OK || memcmp(first, other, (size_t)size) == 0) && p->reads < READS_MAX)
        same++;
    return same;
}

static void add_elements(value_printer *p, const dwarf_type *type, const value_source *source, uint64_t count)
{
    uint64_t size = size_of(p, type->target), shown = 0;
    value_add(p, "{");
    p->depth++;
    for (uint64_t i = 0; i < count && !p->is_full; shown++) {
        if (i != 0)
            value_add(p, ", ");
        if (shown >= p->limits->max_elements) {
            value_add(p, "...");
            break;
        }
        uint64_t same = run_of(p, source, i, count, size);
        value_source part = value_part(source, i * size);
        value_print(p, type->target, &part);
        if (same >= REPEATS)
            value_format(p, " <repeats %llu times>", (unsigned long long)same);
        i += same >= REPEATS ? same : 1;
    }
    p->depth--;
    value_add(p, "}");
}

static void add_array(value_printer *p, const dwarf_type *type, const value_source *source)
{
    enum { WHOLE_MAX = 4096 };
    uint8_t whole[WHOLE_MAX];
    const char *prefix;
    uint64_t size = size_of(p, type->target), count = type->count;
    if (count == UINT64_MAX && !p->count(p->context, type, &count)) {
        value_add(p, "{...}");
        return;
    }
    value_source here = *source;
    if (here.bytes == NULL && size != 0 && count <= sizeof whole / size &&
        value_read(p, source, 0, whole, (size_t)(count * size)) == HDBG_OK) {
        here.bytes = whole;
        here.size = count * size;
    }
    if (value_is_character(&p->types[type->target], &prefix))
        value_string(p, &p->types[type->target], &here, count, 1);
    else if (p->depth >= p->limits->max_depth + 1)
        value_add(p, "{...}");
    else
        add_elements(p, type, &here, count);
}

/* ---- all ---- */

static void add_base(value_printer *p, const dwarf_type *type, const value_source *source)
{
    uint8_t bytes[32] = {0};
    if (type->byte_size == 0 || type->byte_size > sizeof bytes) {
        value_add(p, "<a number of a size that is not known>");
        return;
    }
    hdbg_status status = value_read(p, source, 0, bytes, (size_t)type->byte_size);
    if (status != HDBG_OK)
        value_failed(p, status);
    else
        value_base(p, type, bytes);
}

void value_print(value_printer *p, uint32_t number, const value_source *source)
{
    const dwarf_type *type = &p->types[number < p->type_count ? number : 0];
    if (p->depth > NESTING_MAX || p->is_full) {
        value_add(p, "...");
        return;
    }
    switch (type->kind) {
    case DWARF_TYPE_BASE:
        add_base(p, type, source);
        break;
    case DWARF_TYPE_POINTER:
        add_pointer(p, type, source);
        break;
    case DWARF_TYPE_REFERENCE:
        add_reference(p, type, source);
        break;
    case DWARF_TYPE_ENUM:
        add_enum(p, type, source);
        break;
    case DWARF_TYPE_STRUCT:
        add_struct(p, type, source);
        break;
    case DWARF_TYPE_ARRAY:
        add_array(p, type, source);
        break;
    case DWARF_TYPE_MEMBER_POINTER:
        add_member_pointer(p, type, source);
        break;
    case DWARF_TYPE_DECLARATION:
        if (!value_std_string(p, type, source))
            value_add(p, "<incomplete type>");
        break;
    case DWARF_TYPE_VOID:
        value_add(p, "<void>");
        break;
    case DWARF_TYPE_FUNCTION:
        value_add(p, "<function>");
        break;
    default:
        value_add(p, "...");
        break;
    }
}
