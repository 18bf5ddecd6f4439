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

/* What is being gathered. */
typedef struct gathering {
    dwarf_unit *unit;
    uint64_t address;
    types *types;
    dwarf_writer *m;
    uint32_t count;
    uint32_t depth; /* of the inlined function, 0 is the innermost */
} gathering;

/* An expression that can be evaluated without the unit: an index into .debug_addr becomes the address. */
static void add_expression(gathering *g, span expression)
{
    cursor c = {expression.bytes, expression.bytes + expression.size, 0};
    uint64_t address;
    uint64_t operator= expression.size != 0 ? cursor_number(&c, 1) : 0;
    if ((operator== DW_OP_addrx || operator== 0xfb /* DW_OP_GNU_addr_index */) &&
        unit_indexed_address(g->unit, cursor_uleb(&c), &address)) {
        uint8_t op = DW_OP_addr;
        uint64_t rest = (uint64_t)(c.end - c.at);
        dwarf_write_u32(g->m, (uint32_t)(1 + g->unit->address_size + rest));
        dwarf_write_bytes(g->m, &op, 1);
        dwarf_write_bytes(g->m, &address, g->unit->address_size);
        dwarf_write_bytes(g->m, c.at, (size_t)rest);
        return;
    }
    dwarf_write_u32(g->m, (uint32_t)expression.size);
    dwarf_write_bytes(g->m, expression.bytes, (size_t)expression.size);
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
            add_expression(g, expression);
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

static void add_variable(gathering *g, const die *it)
{
    die named, typed, type;
    const char *name = die_inherited(it, AT_NAME, &named) ? die_string(&named, AT_NAME) : NULL;
    int is_argument = it->tag == DW_TAG_formal_parameter;
    /* `extern int x;` in a function says nothing about a local. */
    if (g->count == VARIABLES_MAX || (name == NULL && !is_argument) || die_has(it, AT_DECLARATION))
        return;
    g->count++;
    dwarf_write_string(g->m, name != NULL ? name : "");
    int has_type = die_inherited(it, AT_TYPE, &typed) && die_follow(&typed, AT_TYPE, &type) == 1;
    dwarf_write_u32(g->m, types_number(g->types, has_type ? &type : NULL));
    dwarf_write_u32(g->m, (uint32_t)is_argument);
    dwarf_write_u32(g->m, g->depth);
    add_place(g, it);
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

/* Adds those of all functions, the innermost first: arguments, then the locals of the innermost block and of
 * those around it. */
static void add_all(gathering *g, const scope_chain *chain)
{
    for (size_t end = chain->count; end > 0 && g->depth < DEPTH_MAX;) {
        size_t first = end - 1;
        while (first > 0 && chain->tags[first] != DW_TAG_inlined_subroutine)
            first--;
        add_of(g, chain->dies[first], DW_TAG_formal_parameter);
        for (size_t i = end; i-- > first;)
            add_of(g, chain->dies[i], DW_TAG_variable);
        end = first;
        g->depth++;
    }
}

/* ---- the call that the address is in ---- */

/* GNU's forerunners of DWARF 5's. */
enum { TAG_GNU_CALL_SITE = 0x4109, TAG_GNU_CALL_SITE_PARAMETER = 0x410a };

/* Finds the call, right below an entry, that returns to an address. @return 1, 0. */
static int find_call(dwarf_unit *u, uint64_t offset, uint64_t return_address, die *call)
{
    die parent;
    if (die_read(u, offset, &parent) != 1 || !parent.has_children)
        return 0;
    for (uint64_t at = parent.next; die_read(u, at, call) == 1;) {
        uint64_t returns = 0;
        int is_old = call->tag == TAG_GNU_CALL_SITE;
        if ((is_old || call->tag == DW_TAG_call_site) &&
            die_address(call, is_old ? AT_LOW_PC : AT_CALL_RETURN_PC, &returns) && returns == return_address)
            return 1;
        if (die_after(call, &at) < 0)
            return 0;
    }
    return 0;
}

/* Adds what registers held at a call, as far as the caller can still say. @return how many. */
static uint32_t add_parameters(gathering *g, const die *call)
{
    uint32_t count = 0;
    uint64_t at = call->next;
    die it;
    while (call->has_children && count < VARIABLES_MAX && die_read(call->unit, at, &it) == 1) {
        if ((it.tag == DW_TAG_call_site_parameter || it.tag == TAG_GNU_CALL_SITE_PARAMETER) &&
            die_is_block(&it, AT_LOCATION) && die_is_block(&it, AT_CALL_VALUE)) {
            add_expression(g, (span){it.values[AT_LOCATION].bytes, it.values[AT_LOCATION].number});
            add_expression(g, (span){it.values[AT_CALL_VALUE].bytes, it.values[AT_CALL_VALUE].number});
            count++;
        }
        if (die_after(&it, &at) < 0)
            break;
    }
    return count;
}

/* Adds who is called at the address, if that is known, and with what. */
static void add_call(gathering *g, const scope_chain *chain)
{
    die call, callee, owner;
    int found = 0;
    for (size_t i = chain->count; !found && i-- > 0;)
        found = find_call(g->unit, chain->dies[i], g->address + 1, &call);
    if (found)
        found = die_follow(&call, call.tag == TAG_GNU_CALL_SITE ? AT_ABSTRACT_ORIGIN : AT_CALL_ORIGIN,
                           &callee) == 1;
    char bytes[4096] = "";
    name_text name = {bytes, 0, sizeof bytes};
    if (found)
        name_qualified(&name, &callee);
    dwarf_write_string(g->m, name.size != 0 ? name.bytes : NULL);
    dwarf_write_string(g->m, found && die_inherited(&callee, AT_LINKAGE_NAME, &owner)
                                 ? die_string(&owner, AT_LINKAGE_NAME)
                                 : NULL);
    size_t start = g->m->size;
    dwarf_write_u32(g->m, 0);
    uint32_t count = found ? add_parameters(g, &call) : 0;
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
    gathering g = {.unit = u, .address = address, .types = types_create(address), .m = m};
    if (g.types == NULL)
        return message_error(m, HDBG_NO_MEMORY, "no memory for types");
    if (die_read(u, chain.dies[0], &function) == 1 &&
        die_expression(&function, AT_FRAME_BASE, address, &frame_base) == 1)
        add_expression(&g, frame_base);
    else
        dwarf_write_u32(m, 0);
    size_t start = m->size;
    dwarf_write_u32(m, 0);
    add_all(&g, &chain);
    if (!m->failed)
        memcpy(m->bytes + start, &g.count, sizeof g.count);
    types_answer(g.types, m);
    add_call(&g, &chain);
    types_free(g.types);
    return HDBG_OK;
}
