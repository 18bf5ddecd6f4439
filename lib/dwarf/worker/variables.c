/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Arguments and local variables in scope at an address, with where they are and their types.
 */
#include "dwarf/worker/dies.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

enum { VARIABLES_MAX = 1000, DEPTH_MAX = 64 };

/* What is a copy of the entries of one unit: their offsets. */
typedef struct origins {
    const dwarf_unit *unit;
    uint64_t offsets[4 * VARIABLES_MAX];
    size_t count;
} origins;

static void note_origin(origins *list, const die *copy)
{
    die origin;
    if (list->count < sizeof list->offsets / sizeof *list->offsets &&
        die_follow(copy, AT_ABSTRACT_ORIGIN, &origin) == 1 && origin.unit == list->unit)
        list->offsets[list->count++] = origin.offset;
}

/* What is being gathered. */
typedef struct gathering {
    dwarf_unit *unit;
    uint64_t address;
    types *types;
    pointees *pointees; /* NULL: their list is done */
    dwarf_writer *m;
    uint32_t count;
    uint32_t depth;  /* of the inlined function, 0 is the innermost */
    origins *copied; /* what the function's variables are copies of */
} gathering;

static void add_expression(gathering *g, dwarf_unit *unit, span expression)
{
    expression_add(g->m, unit, g->address, expression, g->pointees);
}

/* A constant in a block, such as a double's or a struct's, becomes an expression that is it. */
static void add_constant_bytes(gathering *g, const uint8_t *bytes, uint64_t size)
{
    uint8_t head[11] = {DW_OP_implicit_value};
    size_t n = 1;
    uint64_t left = size;
    do {
        head[n++] = (uint8_t)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
        left >>= 7;
    } while (left != 0);
    dwarf_write_u32(g->m, (uint32_t)(n + size));
    dwarf_write_bytes(g->m, head, n);
    dwarf_write_bytes(g->m, bytes, (size_t)size);
}

/* Adds a variable's value: constant, then whether there is a location, then that. */
static void add_place(gathering *g, const die *it)
{
    enum { EXPRESSION_MAX = 1 << 20 };
    die owner;
    span expression;
    if (die_inherited(it, AT_LOCATION, &owner)) {
        if (die_expression(&owner, AT_LOCATION, g->address, &expression) == 1 && expression.size != 0 &&
            expression.size <= EXPRESSION_MAX) {
            dwarf_write_u32(g->m, 0);
            dwarf_write_u64(g->m, 0);
            dwarf_write_u32(g->m, 1);
            add_expression(g, owner.unit, expression);
            return;
        }
    } else if (die_inherited(it, AT_CONST_VALUE, &owner)) {
        const die_value *value = &owner.values[AT_CONST_VALUE];
        const char *text = die_string(&owner, AT_CONST_VALUE);
        int is_block = die_is_block(&owner, AT_CONST_VALUE) && value->number <= EXPRESSION_MAX;
        dwarf_write_u32(g->m, !is_block && text == NULL);
        dwarf_write_u64(g->m, (uint64_t)die_signed(&owner, AT_CONST_VALUE, 0));
        dwarf_write_u32(g->m, is_block || text != NULL);
        if (is_block)
            add_constant_bytes(g, value->bytes, value->number);
        else if (text != NULL)
            add_constant_bytes(g, (const uint8_t *)text, strlen(text) + 1);
        return;
    }
    dwarf_write_u32(g->m, 0);
    dwarf_write_u64(g->m, 0);
    dwarf_write_u32(g->m, 0);
}

static void put_variable(gathering *g, const die *it)
{
    die named, typed, type;
    const char *name = die_inherited(it, AT_NAME, &named) ? die_string(&named, AT_NAME) : NULL;
    int is_argument = it->tag == DW_TAG_formal_parameter;
    dwarf_write_string(g->m, name != NULL ? name : "");
    int has_type = die_inherited(it, AT_TYPE, &typed) && die_follow(&typed, AT_TYPE, &type) == 1;
    dwarf_write_u32(g->m, types_number(g->types, has_type ? &type : NULL));
    dwarf_write_u32(g->m, (uint32_t)is_argument);
    dwarf_write_u32(g->m, g->depth);
    add_place(g, it);
}

static void add_variable(gathering *g, const die *it)
{
    die named;
    int has_name = die_inherited(it, AT_NAME, &named) && die_string(&named, AT_NAME) != NULL;
    /* `extern int x;` in a function says nothing about a local. */
    if (g->count == VARIABLES_MAX || (!has_name && it->tag != DW_TAG_formal_parameter) ||
        die_has(it, AT_DECLARATION))
        return;
    g->count++;
    if (g->copied != NULL)
        note_origin(g->copied, it);
    put_variable(g, it);
}

/* Adds what implicit pointers of variables point at, and those of what is added. */
static void add_pointees(gathering *g)
{
    size_t start = g->m->size;
    dwarf_write_u32(g->m, 0);
    for (uint32_t i = 0; i < g->pointees->count; i++) {
        die it;
        if (die_read(g->pointees->units[i], g->pointees->dies[i], &it) != 1)
            memset(&it, 0, sizeof it);
        if (it.unit == NULL)
            it.unit = g->pointees->units[i];
        put_variable(g, &it);
    }
    if (!g->m->failed)
        memcpy(g->m->bytes + start, &g->pointees->count, sizeof g->pointees->count);
    g->pointees = NULL;
}

/* Adds the variables right below an entry: those of one tag. */
static void add_of(gathering *g, uint64_t offset, uint16_t tag)
{
    die it;
    if (die_read(g->unit, offset, &it) != 1 || !it.has_children)
        return;
    uint64_t at = it.next;
    for (unsigned open = 0; g->count < VARIABLES_MAX;) {
        int result = die_read(g->unit, at, &it);
        if (result < 0 || (result == 0 && open == 0))
            return;
        at = it.next;
        if (result == 0) {
            open--;
            continue;
        }
        if (it.tag == tag)
            add_variable(g, &it);
        if (block_is_open(&it))
            open += it.has_children;
        else if (die_after(&it, &at) < 0)
            return;
    }
}

/* Notes what is right below a function, in scope or not. */
static void note_origins(const die *function, origins *list)
{
    die it;
    for (uint64_t at = function->next; function->has_children && die_read(function->unit, at, &it) == 1;) {
        note_origin(list, &it);
        if (die_after(&it, &at) < 0)
            return;
    }
}

/* Adds a function's own variables that are said once for all its copies, or are nowhere in this one. */
static void add_inherited(gathering *g, const die *function, const die *origin)
{
    die it;
    origins *copied = g->copied;
    g->copied = NULL;
    note_origins(function, copied);
    for (uint64_t at = origin->next;
         origin->has_children && g->count < VARIABLES_MAX && die_read(origin->unit, at, &it) == 1;) {
        size_t i = 0;
        while (i < copied->count && copied->offsets[i] != it.offset)
            i++;
        if (it.tag == DW_TAG_variable && i == copied->count)
            add_variable(g, &it);
        if (die_after(&it, &at) < 0)
            return;
    }
}

/* Adds those of one function: arguments, then the locals of the innermost block and of those around it. */
static void add_function(gathering *g, const scope_chain *chain, size_t first, size_t end)
{
    die function, origin;
    origins copied = {.count = 0};
    int is_copy = die_read(g->unit, chain->dies[first], &function) == 1 &&
                  die_follow(&function, AT_ABSTRACT_ORIGIN, &origin) == 1;
    if (is_copy) {
        copied.unit = origin.unit;
        g->copied = &copied;
    }
    add_of(g, chain->dies[first], DW_TAG_formal_parameter);
    for (size_t i = end; i-- > first;)
        add_of(g, chain->dies[i], DW_TAG_variable);
    if (is_copy)
        add_inherited(g, &function, &origin);
    g->copied = NULL;
}

/* Adds those of all functions, the innermost first. */
static void add_all(gathering *g, const scope_chain *chain)
{
    for (size_t end = chain->count; end > 0 && g->depth < DEPTH_MAX;) {
        size_t first = end - 1;
        while (first > 0 && chain->tags[first] != DW_TAG_inlined_subroutine)
            first--;
        add_function(g, chain, first, end);
        end = first;
        g->depth++;
    }
}

/* ---- the call that the address is in ---- */

enum { TAG_GNU_CALL_SITE_PARAMETER = 0x410a /* the forerunner of DWARF 5's */ };

/* Adds what a parameter of a call is found by: where it was passed, or else its entry. @return 0 if neither
 * is said. */
static int add_parameter_place(gathering *g, const die *it)
{
    attribute name = die_has(it, AT_CALL_PARAMETER) ? AT_CALL_PARAMETER : AT_ABSTRACT_ORIGIN;
    uint8_t key[PARAMETER_KEY];
    die parameter;
    if (die_is_block(it, AT_LOCATION)) {
        add_expression(g, it->unit, (span){it->values[AT_LOCATION].bytes, it->values[AT_LOCATION].number});
        return 1;
    }
    if (die_follow(it, name, &parameter) != 1)
        return 0;
    parameter_key(parameter.unit, parameter.offset, key);
    dwarf_write_u32(g->m, sizeof key);
    dwarf_write_bytes(g->m, key, sizeof key);
    return 1;
}

/* Adds what was passed to a call, as far as the caller can still say. @return how many. */
static uint32_t add_parameters(gathering *g, const die *call)
{
    uint32_t count = 0;
    uint64_t at = call->next;
    die it;
    while (call->has_children && count < VARIABLES_MAX && die_read(call->unit, at, &it) == 1) {
        if ((it.tag == DW_TAG_call_site_parameter || it.tag == TAG_GNU_CALL_SITE_PARAMETER) &&
            die_is_block(&it, AT_CALL_VALUE) && add_parameter_place(g, &it)) {
            add_expression(g, it.unit,
                           (span){it.values[AT_CALL_VALUE].bytes, it.values[AT_CALL_VALUE].number});
            count++;
        }
        if (die_after(&it, &at) < 0)
            break;
    }
    return count;
}

/* Adds with what is called at the address. */
static void add_call(gathering *g, const die *function)
{
    die call;
    size_t start = g->m->size;
    dwarf_write_u32(g->m, 0);
    uint32_t count = call_find(function, g->address + 1, &call) ? add_parameters(g, &call) : 0;
    if (!g->m->failed)
        memcpy(g->m->bytes + start, &count, sizeof count);
}

hdbg_status answer_variables(worker_file *file, dwarf_bytes *q, dwarf_writer *m)
{
    uint64_t address = dwarf_read_u64(q);
    dwarf_object *object = object_of(file);
    if (object == NULL)
        return message_error(m, HDBG_NAME_NOT_FOUND, "there is no .debug_info");
    object_trim(object);
    dwarf_unit *u = unit_at(object, address);
    scope_chain chain = {.count = 0};
    if (u != NULL)
        scopes_at(u, address, &chain);
    if (chain.count == 0)
        return message_error(m, HDBG_NAME_NOT_FOUND, "no function of .debug_info covers the address");
    die function;
    span frame_base;
    pointees list = {.count = 0};
    gathering g = {.unit = u, .address = address, .types = types_create(address), .pointees = &list, .m = m};
    if (g.types == NULL)
        return message_error(m, HDBG_NO_MEMORY, "no memory for types");
    dwarf_write_u32(m, u->producer != NULL && strncmp(u->producer, "GNU ", 4) == 0);
    int has_function = die_read(u, chain.dies[0], &function) == 1;
    if (has_function && die_expression(&function, AT_FRAME_BASE, address, &frame_base) == 1)
        add_expression(&g, u, frame_base);
    else
        dwarf_write_u32(m, 0);
    size_t start = m->size;
    dwarf_write_u32(m, 0);
    add_all(&g, &chain);
    if (!m->failed)
        memcpy(m->bytes + start, &g.count, sizeof g.count);
    add_pointees(&g);
    types_answer(g.types, m);
    if (has_function)
        add_call(&g, &function);
    else
        dwarf_write_u32(m, 0);
    types_free(g.types);
    return HDBG_OK;
}
