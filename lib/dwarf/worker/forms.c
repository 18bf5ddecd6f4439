/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The forms that attributes are written in, DWARF 2 to 5 with GNU's for alternate files.
 */
#include "dwarf/worker/dies.h"

#include <dwarf.h>
#include <string.h>

/* GNU's, in case the header does not have them. */
enum { FORM_GNU_ADDR_INDEX = 0x1f01, FORM_GNU_STR_INDEX = 0x1f02, FORM_GNU_REF_ALT = 0x1f20 };
enum { FORM_GNU_STRP_ALT = 0x1f21 };

uint64_t cursor_number(cursor *c, unsigned size)
{
    uint64_t value = 0;
    if ((uint64_t)(c->end - c->at) < size || size > 8) {
        c->failed = 1;
        c->at = c->end;
        return 0;
    }
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)c->at[i] << 8 * i;
    c->at += size;
    return value;
}

uint64_t cursor_uleb(cursor *c)
{
    uint64_t value = 0;
    for (unsigned shift = 0; c->at < c->end; shift += 7) {
        uint8_t byte = *c->at++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    c->failed = 1;
    return 0;
}

int64_t cursor_sleb(cursor *c)
{
    uint64_t value = 0;
    for (unsigned shift = 0; c->at < c->end;) {
        uint8_t byte = *c->at++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
        if (byte < 0x80) {
            if (byte & 0x40 && shift < 64)
                value |= ~UINT64_C(0) << shift;
            return (int64_t)value;
        }
    }
    c->failed = 1;
    return 0;
}

const char *cursor_string(cursor *c)
{
    const char *text = (const char *)c->at;
    const uint8_t *end = memchr(c->at, 0, (size_t)(c->end - c->at));
    if (end == NULL) {
        c->failed = 1;
        c->at = c->end;
        return "";
    }
    c->at = end + 1;
    return text;
}

void cursor_skip(cursor *c, uint64_t size)
{
    if ((uint64_t)(c->end - c->at) < size) {
        c->failed = 1;
        c->at = c->end;
    } else {
        c->at += size;
    }
}

cursor cursor_of(span section, uint64_t offset)
{
    static const uint8_t nothing;
    if (section.bytes == NULL)
        return (cursor){&nothing, &nothing, 1};
    if (offset > section.size)
        return (cursor){section.bytes, section.bytes, 1};
    return (cursor){section.bytes + offset, section.bytes + section.size, 0};
}

/* How a form is written, and what its number is. */
enum {
    WRITE_FIXED,
    WRITE_ULEB,
    WRITE_SLEB,
    WRITE_OFFSET,
    WRITE_ADDRESS,
    WRITE_STRING,
    WRITE_BLOCK,
    WRITE_IMPLICIT
};
enum { IS_BLOCK = 1, IS_CONSTANT = 2, IS_UNIT_REFERENCE = 4 };

typedef struct form_rule {
    uint16_t form;
    uint8_t how, size; /* of WRITE_FIXED: bytes; of WRITE_BLOCK: of its length, 0 for a ULEB */
    uint8_t flags;
} form_rule;

static const form_rule kForms[] = {
    {DW_FORM_addr, WRITE_ADDRESS, 0, 0},
    {DW_FORM_block2, WRITE_BLOCK, 2, IS_BLOCK},
    {DW_FORM_block4, WRITE_BLOCK, 4, IS_BLOCK},
    {DW_FORM_data2, WRITE_FIXED, 2, IS_CONSTANT},
    {DW_FORM_data4, WRITE_FIXED, 4, IS_CONSTANT},
    {DW_FORM_data8, WRITE_FIXED, 8, IS_CONSTANT},
    {DW_FORM_string, WRITE_STRING, 0, 0},
    {DW_FORM_block, WRITE_BLOCK, 0, IS_BLOCK},
    {DW_FORM_block1, WRITE_BLOCK, 1, IS_BLOCK},
    {DW_FORM_data1, WRITE_FIXED, 1, IS_CONSTANT},
    {DW_FORM_flag, WRITE_FIXED, 1, 0},
    {DW_FORM_sdata, WRITE_SLEB, 0, IS_CONSTANT},
    {DW_FORM_strp, WRITE_OFFSET, 0, 0},
    {DW_FORM_udata, WRITE_ULEB, 0, IS_CONSTANT},
    {DW_FORM_ref_addr, WRITE_OFFSET, 0, 0},
    {DW_FORM_ref1, WRITE_FIXED, 1, IS_UNIT_REFERENCE},
    {DW_FORM_ref2, WRITE_FIXED, 2, IS_UNIT_REFERENCE},
    {DW_FORM_ref4, WRITE_FIXED, 4, IS_UNIT_REFERENCE},
    {DW_FORM_ref8, WRITE_FIXED, 8, IS_UNIT_REFERENCE},
    {DW_FORM_ref_udata, WRITE_ULEB, 0, IS_UNIT_REFERENCE},
    {DW_FORM_sec_offset, WRITE_OFFSET, 0, 0},
    {DW_FORM_exprloc, WRITE_BLOCK, 0, IS_BLOCK},
    {DW_FORM_flag_present, WRITE_IMPLICIT, 1, 0},
    {DW_FORM_strx, WRITE_ULEB, 0, 0},
    {DW_FORM_addrx, WRITE_ULEB, 0, 0},
    {DW_FORM_ref_sup4, WRITE_FIXED, 4, 0},
    {DW_FORM_strp_sup, WRITE_OFFSET, 0, 0},
    {DW_FORM_data16, WRITE_BLOCK, 16, IS_BLOCK},
    {DW_FORM_line_strp, WRITE_OFFSET, 0, 0},
    {DW_FORM_ref_sig8, WRITE_FIXED, 8, 0},
    {DW_FORM_implicit_const, WRITE_IMPLICIT, 0, IS_CONSTANT},
    {DW_FORM_loclistx, WRITE_ULEB, 0, 0},
    {DW_FORM_rnglistx, WRITE_ULEB, 0, 0},
    {DW_FORM_ref_sup8, WRITE_FIXED, 8, 0},
    {DW_FORM_strx1, WRITE_FIXED, 1, 0},
    {DW_FORM_strx2, WRITE_FIXED, 2, 0},
    {DW_FORM_strx3, WRITE_FIXED, 3, 0},
    {DW_FORM_strx4, WRITE_FIXED, 4, 0},
    {DW_FORM_addrx1, WRITE_FIXED, 1, 0},
    {DW_FORM_addrx2, WRITE_FIXED, 2, 0},
    {DW_FORM_addrx3, WRITE_FIXED, 3, 0},
    {DW_FORM_addrx4, WRITE_FIXED, 4, 0},
};
static const form_rule kAlternateForms[] = {
    {FORM_GNU_ADDR_INDEX, WRITE_ULEB, 0, 0},
    {FORM_GNU_STR_INDEX, WRITE_ULEB, 0, 0},
    {FORM_GNU_REF_ALT, WRITE_OFFSET, 0, 0},
    {FORM_GNU_STRP_ALT, WRITE_OFFSET, 0, 0},
};

static const form_rule *rule_of(uint16_t form)
{
    /* The table is sorted by form and nearly without gaps. */
    enum { COUNT = sizeof kForms / sizeof *kForms };
    size_t low = 0, high = COUNT;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (kForms[middle].form < form)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < COUNT && kForms[low].form == form)
        return &kForms[low];
    for (size_t i = 0; i < sizeof kAlternateForms / sizeof *kAlternateForms; i++) {
        if (kAlternateForms[i].form == form)
            return &kAlternateForms[i];
    }
    return NULL;
}

int form_size(const dwarf_unit *unit, uint16_t form)
{
    const form_rule *rule = rule_of(form);
    if (rule == NULL)
        return -1;
    if (form == DW_FORM_ref_addr && unit->version <= 2)
        return unit->address_size;
    switch (rule->how) {
    case WRITE_FIXED:
        return rule->size;
    case WRITE_OFFSET:
        return unit->offset_size;
    case WRITE_ADDRESS:
        return unit->address_size;
    case WRITE_IMPLICIT:
        return 0;
    case WRITE_BLOCK:
        return form == DW_FORM_data16 ? 16 : -1;
    default:
        return -1;
    }
}

static void read_block(cursor *c, const form_rule *rule, die_value *value)
{
    value->number = rule->form == DW_FORM_data16 ? 16
                    : rule->size != 0            ? cursor_number(c, rule->size)
                                                 : cursor_uleb(c);
    value->bytes = c->at;
    cursor_skip(c, value->number);
}

int form_read(const dwarf_unit *unit, cursor *c, uint16_t form, int64_t implicit, die_value *value)
{
    if (form == DW_FORM_indirect)
        form = (uint16_t)cursor_uleb(c);
    const form_rule *rule = rule_of(form);
    if (rule == NULL)
        return 0;
    value->form = form;
    value->bytes = NULL;
    switch (rule->how) {
    case WRITE_FIXED:
        value->number = cursor_number(c, rule->size);
        break;
    case WRITE_ULEB:
        value->number = cursor_uleb(c);
        break;
    case WRITE_SLEB:
        value->number = (uint64_t)cursor_sleb(c);
        break;
    case WRITE_ADDRESS:
        value->number = cursor_number(c, unit->address_size);
        break;
    case WRITE_STRING:
        value->bytes = (const uint8_t *)cursor_string(c);
        value->number = 0;
        break;
    case WRITE_BLOCK:
        read_block(c, rule, value);
        break;
    case WRITE_IMPLICIT:
        value->number = form == DW_FORM_flag_present ? 1 : (uint64_t)implicit;
        break;
    default:
        /* In DWARF 2 a reference to another unit has an address's size. */
        value->number = cursor_number(c, form == DW_FORM_ref_addr && unit->version <= 2 ? unit->address_size
                                                                                        : unit->offset_size);
        break;
    }
    if (rule->flags & IS_UNIT_REFERENCE)
        value->number += unit->offset;
    return !c->failed;
}

static const char *string_in(const dwarf_object *object, int section, uint64_t offset)
{
    if (object == NULL)
        return NULL;
    cursor c = cursor_of(object->sections[section], offset);
    const char *text = cursor_string(&c);
    return c.failed ? NULL : text;
}

const char *form_string(const dwarf_unit *unit, const die_value *value)
{
    const dwarf_object *object = unit->object;
    switch (value->form) {
    case DW_FORM_string:
        return (const char *)value->bytes;
    case DW_FORM_strp:
        return string_in(object, SECTION_STR, value->number);
    case DW_FORM_line_strp:
        return string_in(object, SECTION_LINE_STR, value->number);
    case DW_FORM_strp_sup:
    case FORM_GNU_STRP_ALT:
        return string_in(object->alternate, SECTION_STR, value->number);
    case DW_FORM_strx:
    case DW_FORM_strx1:
    case DW_FORM_strx2:
    case DW_FORM_strx3:
    case DW_FORM_strx4:
    case FORM_GNU_STR_INDEX: {
        if (value->number > UINT32_MAX)
            return NULL;
        cursor c = cursor_of(object->sections[SECTION_STR_OFFSETS],
                             unit->str_offsets_base + value->number * unit->offset_size);
        uint64_t offset = cursor_number(&c, unit->offset_size);
        return c.failed ? NULL : string_in(object, SECTION_STR, offset);
    }
    default:
        return NULL;
    }
}

int die_is_block(const die *it, attribute name)
{
    if (!die_has(it, name))
        return 0;
    const form_rule *rule = rule_of(it->values[name].form);
    return rule != NULL && rule->flags & IS_BLOCK;
}

int die_is_constant(const die *it, attribute name)
{
    if (!die_has(it, name))
        return 0;
    const form_rule *rule = rule_of(it->values[name].form);
    return rule != NULL && rule->flags & IS_CONSTANT;
}

uint64_t die_number(const die *it, attribute name, uint64_t missing)
{
    if (!die_has(it, name) || it->values[name].bytes != NULL)
        return missing;
    return it->values[name].number;
}

int64_t die_signed(const die *it, attribute name, int64_t missing)
{
    uint64_t number = die_number(it, name, (uint64_t)missing);
    if (!die_has(it, name) || it->values[name].bytes != NULL)
        return missing;
    switch (it->values[name].form) {
    case DW_FORM_data1:
        return (int8_t)number;
    case DW_FORM_data2:
        return (int16_t)number;
    case DW_FORM_data4:
        return (int32_t)number;
    default:
        return (int64_t)number;
    }
}

const char *die_string(const die *it, attribute name)
{
    return die_has(it, name) ? form_string(it->unit, &it->values[name]) : NULL;
}

int die_address(const die *it, attribute name, uint64_t *address)
{
    if (!die_has(it, name))
        return 0;
    const die_value *value = &it->values[name];
    switch (value->form) {
    case DW_FORM_addr:
        *address = value->number;
        return 1;
    case DW_FORM_addrx:
    case DW_FORM_addrx1:
    case DW_FORM_addrx2:
    case DW_FORM_addrx3:
    case DW_FORM_addrx4:
    case FORM_GNU_ADDR_INDEX:
        return unit_indexed_address(it->unit, value->number, address);
    default:
        return 0;
    }
}

int unit_indexed_address(const dwarf_unit *unit, uint64_t index, uint64_t *address)
{
    if (index > UINT32_MAX)
        return 0;
    cursor c = cursor_of(unit->object->sections[SECTION_ADDR], unit->addr_base + index * unit->address_size);
    *address = cursor_number(&c, unit->address_size);
    return !c.failed;
}

int die_follow(const die *it, attribute name, die *target)
{
    if (!die_has(it, name))
        return 0;
    const die_value *value = &it->values[name];
    dwarf_object *object = it->unit->object;
    dwarf_unit *unit = it->unit;
    uint64_t offset = value->number;
    switch (value->form) {
    case DW_FORM_ref1:
    case DW_FORM_ref2:
    case DW_FORM_ref4:
    case DW_FORM_ref8:
    case DW_FORM_ref_udata:
        break;
    case DW_FORM_ref_addr:
        unit = unit_of_offset(object, offset);
        break;
    case DW_FORM_ref_sup4:
    case DW_FORM_ref_sup8:
    case FORM_GNU_REF_ALT:
        unit = object->alternate != NULL ? unit_of_offset(object->alternate, offset) : NULL;
        break;
    case DW_FORM_ref_sig8:
        unit = unit_of_signature(object, offset);
        offset = unit != NULL ? unit->offset + unit->type_offset : 0;
        break;
    default:
        return 0;
    }
    return unit != NULL ? die_read(unit, offset, target) : -1;
}
