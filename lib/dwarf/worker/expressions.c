/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Expressions, made such that they can be evaluated without the file: an index into .debug_addr becomes what
 * is there, the entry of a base type becomes its encoding and size, the entry that an implicit pointer points
 * at a number in the answer's list. What is not understood is left for the library to say so.
 */
#include "dwarf/dwarf.h"
#include "dwarf/worker/dies.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

/* GNU's forerunners of DWARF 5's, and its own. */
enum {
    OP_GNU_IMPLICIT_POINTER = 0xf2,
    OP_GNU_ENTRY_VALUE = 0xf3,
    OP_GNU_CONST_TYPE = 0xf4,
    OP_GNU_REGVAL_TYPE = 0xf5,
    OP_GNU_DEREF_TYPE = 0xf6,
    OP_GNU_CONVERT = 0xf7,
    OP_GNU_REINTERPRET = 0xf9,
    OP_GNU_PARAMETER_REF = 0xfa,
    OP_GNU_ADDR_INDEX = 0xfb,
    OP_GNU_CONST_INDEX = 0xfc,
    OP_GNU_VARIABLE_VALUE = 0xfd,
    OP_NONE = 0xff /* of no meaning to anybody */
};
enum { NESTING_MAX = 4, EXPRESSION_MAX = 64 * 1024 };

/* What follows an operator: of letters each an operand. 1, 2, 4, 8: so many bytes; a: an address; r: an
 * offset in .debug_info; u, s: LEB128; t: a base type; b: a block. */
static const char *operands_of(uint64_t op)
{
    static const char *const kLow[] = {
        [0x00] = "?",          [DW_OP_addr] = "a",        [DW_OP_const1u] = "1", [DW_OP_const1s] = "1",
        [DW_OP_const2u] = "2", [DW_OP_const2s] = "2",     [DW_OP_const4u] = "4", [DW_OP_const4s] = "4",
        [DW_OP_const8u] = "8", [DW_OP_const8s] = "8",     [DW_OP_constu] = "u",  [DW_OP_consts] = "s",
        [DW_OP_pick] = "1",    [DW_OP_plus_uconst] = "u", [DW_OP_bra] = "2",     [DW_OP_skip] = "2",
        [DW_OP_lit0] = ""};
    static const char *const kHigh[] = {
        [DW_OP_regx - DW_OP_regx] = "u",           [DW_OP_fbreg - DW_OP_regx] = "s",
        [DW_OP_bregx - DW_OP_regx] = "us",         [DW_OP_piece - DW_OP_regx] = "u",
        [DW_OP_deref_size - DW_OP_regx] = "1",     [DW_OP_xderef_size - DW_OP_regx] = "1",
        [DW_OP_call2 - DW_OP_regx] = "2",          [DW_OP_call4 - DW_OP_regx] = "4",
        [DW_OP_call_ref - DW_OP_regx] = "r",       [DW_OP_bit_piece - DW_OP_regx] = "uu",
        [DW_OP_implicit_value - DW_OP_regx] = "b", [DW_OP_implicit_pointer - DW_OP_regx] = "rs",
        [DW_OP_addrx - DW_OP_regx] = "u",          [DW_OP_constx - DW_OP_regx] = "u",
        [DW_OP_entry_value - DW_OP_regx] = "b",    [DW_OP_const_type - DW_OP_regx] = "t",
        [DW_OP_regval_type - DW_OP_regx] = "ut",   [DW_OP_deref_type - DW_OP_regx] = "1t",
        [DW_OP_xderef_type - DW_OP_regx] = "1t",   [DW_OP_convert - DW_OP_regx] = "t",
        [DW_OP_reinterpret - DW_OP_regx] = "t"};
    const char *found = "";
    if (op < sizeof kLow / sizeof *kLow)
        found = kLow[op];
    else if (op >= DW_OP_breg0 && op <= DW_OP_breg31)
        found = "s";
    else if (op >= DW_OP_regx && op - DW_OP_regx < sizeof kHigh / sizeof *kHigh)
        found = kHigh[op - DW_OP_regx];
    else if (op > DW_OP_reinterpret && op != DW_OP_GNU_push_tls_address && op != DW_OP_GNU_uninit)
        found = "?";
    return found != NULL ? found : "";
}

/* DWARF 5's operator for one of GNU's. */
static uint64_t newer(uint64_t op)
{
    static const uint8_t kNewer[] = {[OP_GNU_IMPLICIT_POINTER - 0xf0] = DW_OP_implicit_pointer,
                                     [OP_GNU_ENTRY_VALUE - 0xf0] = DW_OP_entry_value,
                                     [OP_GNU_CONST_TYPE - 0xf0] = DW_OP_const_type,
                                     [OP_GNU_REGVAL_TYPE - 0xf0] = DW_OP_regval_type,
                                     [OP_GNU_DEREF_TYPE - 0xf0] = DW_OP_deref_type,
                                     [OP_GNU_CONVERT - 0xf0] = DW_OP_convert,
                                     [OP_GNU_REINTERPRET - 0xf0] = DW_OP_reinterpret,
                                     [OP_GNU_ADDR_INDEX - 0xf0] = DW_OP_addrx,
                                     [OP_GNU_CONST_INDEX - 0xf0] = DW_OP_constx,
                                     [0xf] = 0};
    return op >= 0xf0 && op <= 0xff && kNewer[op - 0xf0] != 0 ? kNewer[op - 0xf0] : op;
}

/* ---- writing ---- */

static void put_byte(dwarf_writer *to, uint64_t byte)
{
    uint8_t one = (uint8_t)byte;
    dwarf_write_bytes(to, &one, 1);
}

static void put_uleb(dwarf_writer *to, uint64_t value)
{
    do {
        put_byte(to, (value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (value != 0);
}

/* ---- what operands refer to ---- */

static void put_type(dwarf_writer *to, dwarf_unit *unit, uint64_t offset)
{
    die type;
    uint64_t number = 0;
    if (offset != 0)
        number = UINT16_MAX;
    if (offset != 0 && die_read(unit, unit->offset + offset, &type) == 1 && type.tag == DW_TAG_base_type &&
        die_number(&type, AT_BYTE_SIZE, 0) <= UINT8_MAX)
        number = (die_number(&type, AT_ENCODING, 0) & 0xff) << 8 | die_number(&type, AT_BYTE_SIZE, 0);
    put_uleb(to, number);
}

/* The number of what an implicit pointer points at. */
static uint32_t pointee_number(pointees *list, dwarf_unit *unit, uint64_t offset)
{
    dwarf_unit *other = unit_of_offset(unit->object, offset);
    die it;
    if (list == NULL || other == NULL || die_read(other, offset, &it) != 1)
        return UINT32_MAX;
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->units[i] == other && list->dies[i] == offset)
            return i;
    }
    if (list->count == POINTEES_MAX)
        return UINT32_MAX;
    list->units[list->count] = other;
    list->dies[list->count] = offset;
    return list->count++;
}

void parameter_key(const dwarf_unit *unit, uint64_t offset, uint8_t key[PARAMETER_KEY])
{
    uint64_t place = unit->section == SECTION_INFO ? offset : UINT64_MAX;
    key[0] = OP_GNU_PARAMETER_REF;
    memcpy(key + 1, &place, sizeof place);
}

typedef struct translating {
    dwarf_unit *unit;
    uint64_t address;
    pointees *pointees;
    dwarf_writer *to;
    int nesting;
} translating;

static int translate(translating *t, span expression);

static int translate_nested(translating *t, span expression, dwarf_writer *to)
{
    translating nested = *t;
    nested.to = to;
    nested.nesting++;
    return nested.nesting <= NESTING_MAX && translate(&nested, expression);
}

/* The value of another variable, as an expression that comes to it. @return 0 if that cannot be said. */
static int put_variable_value(translating *t, uint64_t offset)
{
    dwarf_unit *unit = unit_of_offset(t->unit->object, offset);
    die variable, type;
    span expression = {NULL, 0};
    dwarf_writer place = {0};
    if (unit == NULL || die_read(unit, offset, &variable) != 1)
        return 0;
    if (die_is_constant(&variable, AT_CONST_VALUE)) {
        uint64_t value = (uint64_t)die_signed(&variable, AT_CONST_VALUE, 0);
        put_byte(t->to, DW_OP_const8u);
        dwarf_write_bytes(t->to, &value, sizeof value);
        return 1;
    }
    translating other = *t;
    other.unit = unit;
    int found = die_expression(&variable, AT_LOCATION, t->address, &expression) == 1 &&
                expression.size != 0 && translate_nested(&other, expression, &place) && !place.failed &&
                place.size != 0;
    uint8_t first = found ? place.bytes[0] : 0;
    if (found && first >= DW_OP_reg0 && first <= DW_OP_reg31 && place.size == 1) {
        put_byte(t->to, first - DW_OP_reg0 + DW_OP_breg0);
        put_byte(t->to, 0);
    } else if (found && place.bytes[place.size - 1] == DW_OP_stack_value) {
        dwarf_write_bytes(t->to, place.bytes, place.size - 1);
    } else if (found) {
        uint64_t size = t->unit->address_size;
        if (die_follow(&variable, AT_TYPE, &type) == 1)
            size = die_number(&type, AT_BYTE_SIZE, size);
        dwarf_write_bytes(t->to, place.bytes, place.size);
        put_byte(t->to, DW_OP_deref_size);
        put_byte(t->to, size);
        found = size >= 1 && size <= t->unit->address_size;
    }
    free(place.bytes);
    return found;
}

/* ---- operators ---- */

/* Those that change. @return 1; 0 if it is another one; -1 if it cannot be translated. */
static int translate_operator(translating *t, uint64_t op, cursor *c)
{
    dwarf_unit *unit = t->unit;
    unsigned reference = unit->version <= 2 ? unit->address_size : unit->offset_size;
    uint64_t value;
    switch (op) {
    case DW_OP_addrx:
    case DW_OP_constx:
        if (!unit_indexed_address(unit, cursor_uleb(c), &value))
            return -1;
        put_byte(t->to, op == DW_OP_addrx         ? DW_OP_addr
                        : unit->address_size == 4 ? DW_OP_const4u
                                                  : DW_OP_const8u);
        dwarf_write_bytes(t->to, &value, unit->address_size);
        return 1;
    case DW_OP_implicit_pointer:
        put_byte(t->to, op);
        dwarf_write_u32(t->to, pointee_number(t->pointees, unit, cursor_number(c, reference)));
        return 2; /* and an offset */
    case OP_GNU_VARIABLE_VALUE:
        return put_variable_value(t, cursor_number(c, reference)) ? 1 : -1;
    case OP_GNU_PARAMETER_REF: {
        /* What a parameter was that is not passed any more: as if it were in a register of its own. */
        uint8_t key[PARAMETER_KEY];
        parameter_key(unit, unit->offset + cursor_number(c, 4), key);
        put_byte(t->to, DW_OP_entry_value);
        put_uleb(t->to, sizeof key);
        dwarf_write_bytes(t->to, key, sizeof key);
        return 1;
    }
    case DW_OP_entry_value: {
        uint64_t size = cursor_uleb(c);
        span inner = {c->at, size};
        dwarf_writer out = {0};
        cursor_skip(c, size);
        int good = !c->failed && translate_nested(t, inner, &out) && !out.failed;
        put_byte(t->to, op);
        put_uleb(t->to, out.size);
        dwarf_write_bytes(t->to, out.bytes, out.size);
        free(out.bytes);
        return good ? 1 : -1;
    }
    default:
        return 0;
    }
}

/* Copies an operator with its operands. @return 0 if it is broken or not known. */
static int copy_operator(translating *t, uint64_t op, const char *operands, cursor *c)
{
    const uint8_t *start;
    if (*operands == '?')
        return 0;
    put_byte(t->to, op);
    for (; *operands != '\0' && !c->failed; operands++) {
        start = c->at;
        switch (*operands) {
        case 'a':
            cursor_skip(c, t->unit->address_size);
            break;
        case 'r':
            cursor_skip(c, t->unit->offset_size);
            break;
        case 'u':
        case 's':
            cursor_uleb(c);
            break;
        case 't':
            put_type(t->to, t->unit, cursor_uleb(c));
            start = c->at;
            break;
        case 'b':
            cursor_skip(c, cursor_uleb(c));
            break;
        default:
            cursor_skip(c, (uint64_t)(*operands - '0'));
            break;
        }
        dwarf_write_bytes(t->to, start, (size_t)(c->at - start));
    }
    if (op == DW_OP_const_type && !c->failed) {
        start = c->at;
        cursor_skip(c, cursor_number(c, 1));
        dwarf_write_bytes(t->to, start, (size_t)(c->at - start));
    }
    return !c->failed;
}

/* Jumps lead to other places if what is between has become longer or shorter. @return 0: into an operator. */
static int mend_jumps(const uint32_t *places, span expression, dwarf_writer *to, size_t begin)
{
    for (uint64_t at = 0; at < expression.size; at++) {
        uint8_t op = expression.bytes[at];
        if (places[at] == UINT32_MAX || (op != DW_OP_bra && op != DW_OP_skip))
            continue;
        int16_t by = (int16_t)(expression.bytes[at + 1] | expression.bytes[at + 2] << 8);
        int64_t target = (int64_t)at + 3 + by;
        if (target < 0 || target > (int64_t)expression.size || places[target] == UINT32_MAX)
            return 0;
        int64_t made = (int64_t)places[target] - (int64_t)places[at] - 3;
        if (made < INT16_MIN || made > INT16_MAX)
            return 0;
        to->bytes[begin + places[at] + 1] = (uint8_t)made;
        to->bytes[begin + places[at] + 2] = (uint8_t)((uint16_t)made >> 8);
    }
    return 1;
}

/* @return 0 if it cannot be translated. */
static int translate(translating *t, span expression)
{
    cursor c = {expression.bytes, expression.bytes + expression.size, 0};
    size_t begin = t->to->size;
    uint32_t *places =
        expression.size <= EXPRESSION_MAX ? malloc((expression.size + 1) * sizeof *places) : NULL;
    int good = places != NULL, has_jumps = 0;
    for (uint64_t i = 0; good && i <= expression.size; i++)
        places[i] = UINT32_MAX;
    while (good && c.at < c.end) {
        places[c.at - expression.bytes] = (uint32_t)(t->to->size - begin);
        uint64_t op = newer(cursor_number(&c, 1));
        has_jumps |= op == DW_OP_bra || op == DW_OP_skip;
        int done = translate_operator(t, op, &c);
        if (done == 2) {
            const uint8_t *start = c.at;
            cursor_sleb(&c);
            dwarf_write_bytes(t->to, start, (size_t)(c.at - start));
        } else if (done == 0) {
            done = copy_operator(t, op, operands_of(op), &c) ? 1 : -1;
        }
        good = done > 0 && !c.failed && !t->to->failed;
    }
    if (good) {
        places[expression.size] = (uint32_t)(t->to->size - begin);
        good = !has_jumps || mend_jumps(places, expression, t->to, begin);
    }
    free(places);
    return good;
}

void expression_add(dwarf_writer *m, dwarf_unit *unit, uint64_t address, span expression, pointees *list)
{
    dwarf_writer out = {0};
    translating t = {.unit = unit, .address = address, .pointees = list, .to = &out};
    if (!translate(&t, expression)) {
        out.size = 0;
        put_byte(&out, OP_NONE);
    }
    dwarf_write_u32(m, (uint32_t)out.size);
    dwarf_write_bytes(m, out.bytes, out.size);
    m->failed |= out.failed;
    free(out.bytes);
}
