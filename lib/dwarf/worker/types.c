/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Types of variables, as a table: each with what is needed to show a value of it. Bounded in number; what is
 * behind more than one pointer is named and not looked into.
 */
#include "dwarf/worker/dies.h"

#include "dwarf/dwarf.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

enum {
    TYPES_MAX = 2000,
    MEMBERS_MAX = 10000,
    HOPS_MAX = 1,
    STRIP_MAX = 32,
    NAME_ROOM = 1024,
    LOCATION_MAX = 256, /* bytes of an expression */
    BUCKETS = 4096
};
enum { TYPE_VOID = 0, TYPE_CUT_OFF = 1 };

typedef struct member {
    const char *name;
    char *made_name; /* to be freed, or NULL */
    uint32_t type;
    uint32_t bit_size, bit_offset;
    uint8_t is_base, is_artificial;
    int64_t offset;
    span location; /* the expression that leads from the object's address to a virtual base; or none */
} member;

typedef struct type {
    dwarf_unit *unit; /* NULL: void and the one that is cut off */
    uint64_t die;
    uint32_t dimension; /* of an array's entry */
    uint32_t next;      /* in its bucket, 0: the last */
    uint8_t hops;       /* pointers between a variable and it */
    uint8_t is_done;
    uint8_t kind, encoding, is_union, is_rvalue;
    uint32_t target;
    uint64_t byte_size, count;
    uint8_t last_index[64]; /* the expression that says it, of an array whose length is not known */
    size_t last_index_size;
    char *name;
    member *members;
    size_t member_count;
} type;

struct types {
    type *all;
    size_t count, member_count;
    uint8_t hops;     /* of those that are being asked for */
    uint64_t address; /* where the program stands */
    uint32_t buckets[BUCKETS];
};

types *types_create(uint64_t address)
{
    types *it = calloc(1, sizeof *it);
    if (it == NULL)
        return NULL;
    it->all = calloc(TYPES_MAX, sizeof *it->all);
    if (it->all == NULL) {
        free(it);
        return NULL;
    }
    it->address = address;
    it->count = 2;
    it->all[TYPE_VOID].kind = DWARF_TYPE_VOID;
    it->all[TYPE_CUT_OFF].kind = DWARF_TYPE_UNKNOWN;
    return it;
}

void types_free(types *it)
{
    if (it == NULL)
        return;
    for (size_t i = 0; i < it->count; i++) {
        for (size_t k = 0; k < it->all[i].member_count; k++)
            free(it->all[i].members[k].made_name);
        free(it->all[i].members);
        free(it->all[i].name);
    }
    free(it->all);
    free(it);
}

static uint32_t number_of(types *it, const die *of, uint32_t dimension)
{
    uint32_t bucket = (uint32_t)((of->offset * 31 + dimension) % BUCKETS);
    for (uint32_t i = it->buckets[bucket]; i != 0; i = it->all[i].next) {
        type *known = &it->all[i];
        if (known->unit == of->unit && known->die == of->offset && known->dimension == dimension) {
            if (it->hops < known->hops)
                known->hops = it->hops;
            return i;
        }
    }
    if (it->count == TYPES_MAX)
        return TYPE_CUT_OFF;
    uint32_t number = (uint32_t)it->count++;
    it->all[number] = (type){.unit = of->unit,
                             .die = of->offset,
                             .dimension = dimension,
                             .next = it->buckets[bucket],
                             .hops = it->hops};
    it->buckets[bucket] = number;
    return number;
}

uint32_t types_number(types *it, const die *of)
{
    return of != NULL ? number_of(it, of, 0) : TYPE_VOID;
}

static uint32_t target_number(types *it, const die *of)
{
    die target;
    int result = die_follow(of, AT_TYPE, &target);
    return result == 1 ? number_of(it, &target, 0) : result == 0 ? TYPE_VOID : TYPE_CUT_OFF;
}

/* ---- members ---- */

static member *add_member(types *it, type *to)
{
    member *members =
        it->member_count < MEMBERS_MAX ? grown(to->members, to->member_count, sizeof *members) : NULL;
    if (members == NULL)
        return NULL;
    to->members = members;
    it->member_count++;
    members[to->member_count] = (member){0};
    return &members[to->member_count++];
}

/* Where a member is. DWARF 2 says it with an expression that adds. @return 0 if that is not understood. */
static int member_offset(const die *of, int64_t *offset)
{
    *offset = 0;
    if (!die_has(of, AT_DATA_MEMBER_LOCATION))
        return 1;
    const die_value *value = &of->values[AT_DATA_MEMBER_LOCATION];
    if (!die_is_block(of, AT_DATA_MEMBER_LOCATION)) {
        *offset = die_signed(of, AT_DATA_MEMBER_LOCATION, 0);
        if (value->form != DW_FORM_sdata && value->form != DW_FORM_implicit_const)
            *offset = (int64_t)die_number(of, AT_DATA_MEMBER_LOCATION, 0);
        return 1;
    }
    cursor c = {value->bytes, value->bytes + value->number, 0};
    if (cursor_number(&c, 1) != DW_OP_plus_uconst)
        return 0;
    *offset = (int64_t)cursor_uleb(&c);
    return !c.failed && c.at == c.end;
}

/* Bits are counted from the lowest one of the byte at the member's offset. */
static void place_bits(const die *of, member *m)
{
    uint64_t at;
    m->bit_size = (uint32_t)die_number(of, AT_BIT_SIZE, 0);
    if (m->bit_size == 0 || m->bit_size > 128) {
        m->bit_size = 0;
        return;
    }
    if (die_has(of, AT_DATA_BIT_OFFSET)) {
        at = die_number(of, AT_DATA_BIT_OFFSET, 0);
    } else {
        die its_type;
        uint64_t size = die_number(of, AT_BYTE_SIZE, 0);
        if (size == 0 && die_follow(of, AT_TYPE, &its_type) == 1)
            size = die_number(&its_type, AT_BYTE_SIZE, 4);
        at = 8 * (uint64_t)m->offset + 8 * size - (uint64_t)die_signed(of, AT_BIT_OFFSET, 0) - m->bit_size;
    }
    m->offset = (int64_t)(at / 8);
    m->bit_offset = (uint32_t)(at % 8);
}

static void read_member(types *it, type *to, const die *of)
{
    int64_t offset;
    /* A static member is declared here and elsewhere defined. */
    if (die_has(of, AT_EXTERNAL) || die_has(of, AT_DECLARATION))
        return;
    member *m = add_member(it, to);
    if (m == NULL)
        return;
    m->is_base = of->tag == DW_TAG_inheritance;
    m->is_artificial = die_has(of, AT_ARTIFICIAL);
    m->name = die_string(of, AT_NAME);
    int is_fixed = member_offset(of, &offset);
    if (!is_fixed && of->values[AT_DATA_MEMBER_LOCATION].number <= LOCATION_MAX)
        m->location =
            (span){of->values[AT_DATA_MEMBER_LOCATION].bytes, of->values[AT_DATA_MEMBER_LOCATION].number};
    m->type = is_fixed || m->location.size != 0 ? target_number(it, of) : TYPE_CUT_OFF;
    m->offset = is_fixed ? offset : 0;
    if (m->is_base) {
        char bytes[NAME_ROOM] = "";
        name_text name = {bytes, 0, sizeof bytes};
        die base;
        if (die_follow(of, AT_TYPE, &base) == 1)
            name_type(&name, &base);
        m->made_name = strdup(bytes);
    }
    place_bits(of, m);
}

static void read_members(types *it, type *to, const die *of)
{
    uint64_t at = of->next;
    die child;
    while (of->has_children && it->member_count < MEMBERS_MAX && die_read(of->unit, at, &child) == 1) {
        if (child.tag == DW_TAG_member || child.tag == DW_TAG_inheritance)
            read_member(it, to, &child);
        if (die_after(&child, &at) < 0)
            return;
    }
}

static void read_enumerators(types *it, type *to, const die *of)
{
    uint64_t at = of->next;
    char bytes[NAME_ROOM] = "";
    name_text scope = {bytes, 0, sizeof bytes};
    die child;
    if (die_has(of, AT_ENUM_CLASS)) {
        name_type(&scope, of);
        text_add(&scope, "::");
    } else {
        name_scope(&scope, of);
    }
    size_t size = scope.size;
    while (of->has_children && die_read(of->unit, at, &child) == 1 && die_after(&child, &at) == 1) {
        const char *name = die_string(&child, AT_NAME);
        member *m = child.tag == DW_TAG_enumerator && name != NULL ? add_member(it, to) : NULL;
        if (m == NULL)
            continue;
        m->name = name;
        m->offset = die_signed(&child, AT_CONST_VALUE, 0);
        if (size != 0) {
            scope.size = size;
            text_add(&scope, name);
            m->made_name = strdup(bytes);
        }
    }
}

/* ---- each kind ---- */

/* Makes of where a number is an expression that comes to the highest index. */
static void set_last_index(type *to, span from, int is_place, int is_count)
{
    if (from.size == 0 || from.size > sizeof to->last_index - 8)
        return;
    uint8_t *out = to->last_index;
    if (is_place && from.size == 1 && from.bytes[0] >= DW_OP_reg0 && from.bytes[0] <= DW_OP_reg31) {
        *out++ = (uint8_t)(from.bytes[0] - DW_OP_reg0 + DW_OP_breg0);
        *out++ = 0;
    } else {
        memcpy(out, from.bytes, (size_t)from.size);
        out += from.size;
        if (is_place)
            *out++ = DW_OP_deref;
    }
    if (is_count) {
        *out++ = DW_OP_lit1;
        *out++ = DW_OP_minus;
    }
    *out++ = DW_OP_stack_value;
    to->last_index_size = (size_t)(out - to->last_index);
}

/* The length of an array of C99 is kept in a variable without a name, or an expression leads to it. */
static void read_dynamic_count(const types *it, type *to, const die *range)
{
    attribute name = die_has(range, AT_COUNT) ? AT_COUNT : AT_UPPER_BOUND;
    die variable;
    span expression = {NULL, 0};
    dwarf_writer made = {0};
    uint32_t size = 0;
    int is_place = 0;
    if (!die_is_block(range, name) || die_expression(range, name, it->address, &expression) != 1) {
        is_place = die_follow(range, name, &variable) == 1 &&
                   die_expression(&variable, AT_LOCATION, it->address, &expression) == 1;
        if (!is_place)
            return;
    }
    expression_add(&made, is_place ? variable.unit : range->unit, it->address, expression, NULL);
    if (!made.failed && made.size > sizeof size) {
        memcpy(&size, made.bytes, sizeof size);
        /* A variable that is nowhere may be a value: the last byte is no operand's, as it says that more
         * follow. */
        if (is_place && size > 1 && made.bytes[made.size - 1] == DW_OP_stack_value) {
            is_place = 0;
            size--;
        }
        set_last_index(to, (span){made.bytes + sizeof size, size}, is_place, name == AT_COUNT);
    }
    free(made.bytes);
}

static void read_array(types *it, type *to, const die *of)
{
    uint64_t at = of->next;
    uint32_t dimension = 0;
    die child;
    to->kind = DWARF_TYPE_ARRAY;
    to->count = UINT64_MAX;
    while (of->has_children && dimension < 16 && die_read(of->unit, at, &child) == 1) {
        if (child.tag == DW_TAG_subrange_type) {
            if (dimension == to->dimension && !subrange_count(&child, &to->count)) {
                to->count = UINT64_MAX;
                read_dynamic_count(it, to, &child);
            }
            dimension++;
        }
        if (die_after(&child, &at) < 0)
            break;
    }
    to->target = to->dimension + 1 < dimension ? number_of(it, of, to->dimension + 1) : target_number(it, of);
    to->byte_size = to->dimension == 0 ? die_number(of, AT_BYTE_SIZE, 0) : 0;
}

static void read_struct(types *it, type *to, const die *of)
{
    to->kind = die_has(of, AT_DECLARATION) ? DWARF_TYPE_DECLARATION : DWARF_TYPE_STRUCT;
    to->is_union = of->tag == DW_TAG_union_type;
    to->byte_size = die_number(of, AT_BYTE_SIZE, 0);
    if (to->kind == DWARF_TYPE_STRUCT && to->hops <= HOPS_MAX)
        read_members(it, to, of);
}

static void read_pointer(types *it, type *to, const die *of)
{
    int is_reference = of->tag == DW_TAG_reference_type || of->tag == DW_TAG_rvalue_reference_type;
    to->kind = is_reference ? DWARF_TYPE_REFERENCE : DWARF_TYPE_POINTER;
    to->is_rvalue = of->tag == DW_TAG_rvalue_reference_type;
    to->byte_size = die_number(of, AT_BYTE_SIZE, of->unit->address_size);
    uint8_t hops = it->hops;
    it->hops = (uint8_t)(hops + 1);
    to->target = target_number(it, of);
    it->hops = hops;
}

static void read_member_pointer(types *it, type *to, const die *of)
{
    die target;
    to->kind = DWARF_TYPE_MEMBER_POINTER;
    to->target = target_number(it, of);
    /* A pointer to a method is two words: what is called, and what `this` lacks. */
    to->byte_size = of->unit->address_size;
    if (die_follow(of, AT_TYPE, &target) == 1 && target.tag == DW_TAG_subroutine_type)
        to->byte_size = 2u * of->unit->address_size;
    to->byte_size = die_number(of, AT_BYTE_SIZE, to->byte_size);
}

static void read_enum(types *it, type *to, const die *of)
{
    die base;
    to->kind = DWARF_TYPE_ENUM;
    to->byte_size = die_number(of, AT_BYTE_SIZE, 4);
    to->encoding = (uint8_t)die_number(of, AT_ENCODING, 0);
    if (to->encoding == 0 && die_follow(of, AT_TYPE, &base) == 1)
        to->encoding = (uint8_t)die_number(&base, AT_ENCODING, 0);
    read_enumerators(it, to, of);
}

/* What is behind typedefs and qualifiers. @return 1; 0: void; -1: broken. */
static int strip(const die *of, die *bare)
{
    *bare = *of;
    for (int i = 0; i < STRIP_MAX; i++) {
        switch (bare->tag) {
        case DW_TAG_typedef:
        case DW_TAG_const_type:
        case DW_TAG_volatile_type:
        case DW_TAG_restrict_type:
        case DW_TAG_atomic_type: {
            die next;
            int result = die_follow(bare, AT_TYPE, &next);
            if (result != 1)
                return result;
            *bare = next;
            break;
        }
        default: {
            die defined;
            /* A type that is in a unit of its own is declared here, and says where. */
            if (die_has(bare, AT_BYTE_SIZE) || die_follow(bare, AT_SIGNATURE, &defined) != 1)
                return 1;
            *bare = defined;
            break;
        }
        }
    }
    return -1;
}

static void read_bare(types *it, type *to, const die *of)
{
    switch (of->tag) {
    case DW_TAG_base_type:
        to->kind = DWARF_TYPE_BASE;
        to->encoding = (uint8_t)die_number(of, AT_ENCODING, 0);
        to->byte_size = die_number(of, AT_BYTE_SIZE, 0);
        break;
    case DW_TAG_pointer_type:
    case DW_TAG_reference_type:
    case DW_TAG_rvalue_reference_type:
        read_pointer(it, to, of);
        break;
    case DW_TAG_ptr_to_member_type:
        read_member_pointer(it, to, of);
        break;
    case DW_TAG_enumeration_type:
        read_enum(it, to, of);
        break;
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_interface_type:
    case DW_TAG_union_type:
        read_struct(it, to, of);
        break;
    case DW_TAG_array_type:
        read_array(it, to, of);
        break;
    case DW_TAG_subroutine_type:
    case DW_TAG_subprogram:
        to->kind = DWARF_TYPE_FUNCTION;
        break;
    case DW_TAG_unspecified_type:
        to->kind = DWARF_TYPE_POINTER; /* decltype(nullptr) */
        to->byte_size = of->unit->address_size;
        break;
    default:
        to->kind = DWARF_TYPE_UNKNOWN;
        break;
    }
}

static void read_type(types *it, uint32_t number)
{
    /* The table does not move: it was made in its whole size. */
    type *to = &it->all[number];
    char bytes[NAME_ROOM] = "";
    name_text name = {bytes, 0, sizeof bytes};
    die of, bare;
    to->is_done = 1;
    to->kind = DWARF_TYPE_UNKNOWN;
    it->hops = to->hops;
    if (!unit_prepare(to->unit) || die_read(to->unit, to->die, &of) != 1)
        return;
    name_type(&name, &of);
    to->name = strdup(bytes);
    int result = strip(&of, &bare);
    if (result == 1)
        read_bare(it, to, &bare);
    else if (result == 0)
        to->kind = DWARF_TYPE_VOID;
}

/* The size of an array is that of its elements, together. */
static uint64_t size_of(const types *it, uint32_t number, int depth)
{
    type *of = &it->all[number];
    if (of->kind != DWARF_TYPE_ARRAY || of->byte_size != 0 || depth >= STRIP_MAX || of->count == UINT64_MAX)
        return of->byte_size;
    uint64_t size = size_of(it, of->target, depth + 1);
    if (size == 0 || of->count <= UINT64_MAX / size)
        of->byte_size = of->count * size;
    return of->byte_size;
}

static void add_type(dwarf_writer *m, const type *of)
{
    dwarf_write_u32(m, of->kind);
    dwarf_write_u32(m, of->encoding);
    dwarf_write_u32(m, of->is_union);
    dwarf_write_u32(m, of->is_rvalue);
    dwarf_write_u32(m, of->target);
    dwarf_write_u64(m, of->byte_size);
    dwarf_write_u64(m, of->count);
    dwarf_write_u32(m, (uint32_t)of->last_index_size);
    dwarf_write_bytes(m, of->last_index, of->last_index_size);
    dwarf_write_string(m, of->name != NULL ? of->name : of->kind == DWARF_TYPE_VOID ? "void" : "?");
    dwarf_write_u32(m, (uint32_t)of->member_count);
    for (size_t i = 0; i < of->member_count; i++) {
        const member *one = &of->members[i];
        const char *name = one->made_name != NULL ? one->made_name : one->name;
        dwarf_write_string(m, name != NULL ? name : "");
        dwarf_write_u32(m, one->type);
        dwarf_write_u32(m, one->bit_size);
        dwarf_write_u32(m, one->bit_offset);
        dwarf_write_u32(m, one->is_base);
        dwarf_write_u32(m, one->is_artificial);
        dwarf_write_u64(m, (uint64_t)one->offset);
        if (one->location.size != 0)
            expression_add(m, of->unit, 0, one->location, NULL);
        else
            dwarf_write_u32(m, 0);
    }
}

void types_answer(types *it, dwarf_writer *m)
{
    /* Those that are nearer to a variable first: of two ways to a type the shorter one counts. */
    for (unsigned hops = 0; hops <= HOPS_MAX + 1; hops++) {
        for (uint32_t i = TYPE_CUT_OFF + 1; i < it->count; i++) {
            if (it->all[i].hops == hops && !it->all[i].is_done)
                read_type(it, i);
        }
    }
    for (uint32_t i = TYPE_CUT_OFF + 1; i < it->count; i++)
        size_of(it, i, 0);
    dwarf_write_u32(m, (uint32_t)it->count);
    for (size_t i = 0; i < it->count; i++)
        add_type(m, &it->all[i]);
}
