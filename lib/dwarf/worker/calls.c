/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * DWARF_ASK_CALLS: whom the function around an address calls there, and by which jumps it is left for others.
 */
#include "dwarf/dwarf.h"
#include "dwarf/worker/dies.h"

#include <dwarf.h>
#include <string.h>

enum { JUMPS_MAX = 1000, NAME_ROOM = 4096, EXPRESSION_MAX = 64 * 1024 };
enum { TAG_GNU_CALL_SITE = 0x4109 /* the forerunner of DWARF 5's */ };

/* ---- the calls of a function ---- */

static int is_call_site(uint16_t tag)
{
    return tag == DW_TAG_call_site || tag == TAG_GNU_CALL_SITE;
}

/* Calls for each call of a function, those in functions that are inlined into it among them, until it answers
 * non-zero. @return that, 0, or -1 if the entries are broken. */
static int visit_calls(const die *function, int (*visit)(void *context, const die *call), void *context)
{
    dwarf_unit *u = function->unit;
    uint64_t at = function->next;
    for (uint64_t depth = function->has_children; depth > 0;) {
        uint64_t start = at;
        const abbreviation *how;
        die it;
        int result = die_pass(u, &at, &how);
        if (result < 0)
            return -1;
        if (result == 0) {
            depth--;
            continue;
        }
        int is_nested = how->tag == DW_TAG_subprogram;
        if ((is_nested || is_call_site(how->tag)) && die_read(u, start, &it) != 1)
            return -1;
        if (is_nested) {
            if (die_after(&it, &at) < 0)
                return -1;
            continue;
        }
        result = is_call_site(how->tag) ? visit(context, &it) : 0;
        if (result != 0)
            return result;
        depth += how->has_children;
    }
    return 0;
}

/* The address behind a call, or of the call itself. @return 0 if it is not said. */
static int call_place(const die *call, uint64_t *pc, int *is_exact)
{
    *is_exact = 0;
    if (die_address(call, AT_CALL_RETURN_PC, pc) || die_address(call, AT_LOW_PC, pc))
        return 1;
    *is_exact = 1;
    return die_address(call, AT_CALL_PC, pc);
}

typedef struct call_search {
    uint64_t return_address;
    die *call;
} call_search;

static int look_at_call(void *context, const die *call)
{
    call_search *search = context;
    uint64_t pc;
    int is_exact;
    if (!call_place(call, &pc, &is_exact) || pc + (uint64_t)is_exact != search->return_address)
        return 0;
    *search->call = *call;
    return 1;
}

int call_find(const die *function, uint64_t return_address, die *call)
{
    call_search search = {return_address, call};
    return visit_calls(function, look_at_call, &search) == 1;
}

/* ---- what is called ---- */

static int take_low(void *context, uint64_t low, uint64_t high)
{
    (void)high;
    *(uint64_t *)context = low;
    return 1;
}

/* Where a function begins. @return 0 if it has no code. */
static int entry_of(const die *function, uint64_t *entry)
{
    uint64_t low = 0;
    if (die_ranges(function, take_low, &low) != 1 || low == 0)
        return 0;
    return die_covers(function, low, entry) == 1;
}

/* A function that is defined elsewhere. What is only declared in its class is defined where it is said so. */
static int is_declaration(const die *function)
{
    die owner;
    return die_inherited(function, AT_DECLARATION, &owner) &&
           !die_inherited(function, AT_SPECIFICATION, &owner);
}

/* As the symbol is called. */
static void name_symbol(name_text *name, const die *function)
{
    die owner;
    const char *linkage_name =
        die_inherited(function, AT_LINKAGE_NAME, &owner) ? die_string(&owner, AT_LINKAGE_NAME) : NULL;
    if (linkage_name != NULL)
        text_add(name, linkage_name);
    else
        name_qualified(name, function);
}

typedef struct found_target {
    dwarf_target_kind kind;
    uint64_t address;
    name_text name;
    span expression;
} found_target;

/* An expression that is no more than an address. @return 1, 0. */
static int constant_address(const die *call, uint64_t *address)
{
    const die_value *value = &call->values[AT_CALL_TARGET];
    cursor c = {value->bytes, value->bytes + value->number, 0};
    uint64_t op = cursor_number(&c, 1);
    if (op == DW_OP_addr)
        *address = cursor_number(&c, call->unit->address_size);
    else if (op != DW_OP_addrx || !unit_indexed_address(call->unit, cursor_uleb(&c), address))
        return 0;
    return !c.failed && c.at == c.end && *address != 0;
}

static void find_target(const die *call, found_target *found)
{
    attribute name = die_has(call, AT_CALL_TARGET)   ? AT_CALL_TARGET
                     : die_has(call, AT_CALL_ORIGIN) ? AT_CALL_ORIGIN
                                                     : AT_ABSTRACT_ORIGIN;
    const die_value *value = &call->values[name];
    die function;
    found->kind = DWARF_TARGET_UNKNOWN;
    if (name == AT_CALL_TARGET && die_is_block(call, name)) {
        if (constant_address(call, &found->address)) {
            found->kind = DWARF_TARGET_ADDRESS;
        } else if (value->number != 0 && value->number <= EXPRESSION_MAX) {
            found->kind = DWARF_TARGET_EXPRESSION;
            found->expression = (span){value->bytes, value->number};
        }
    } else if (die_address(call, name, &found->address)) {
        found->kind = DWARF_TARGET_ADDRESS;
    } else if (die_follow(call, name, &function) == 1) {
        if (is_declaration(&function)) {
            name_symbol(&found->name, &function);
            found->kind = found->name.size != 0 ? DWARF_TARGET_NAME : DWARF_TARGET_UNKNOWN;
        } else if (entry_of(&function, &found->address)) {
            found->kind = DWARF_TARGET_ADDRESS;
        }
    }
}

/* Adds what a call leads to; NULL: there is no call. */
static void add_target(dwarf_writer *m, const die *call)
{
    char bytes[NAME_ROOM] = "";
    found_target found = {.kind = DWARF_TARGET_NONE, .name = {bytes, 0, sizeof bytes}};
    if (call != NULL)
        find_target(call, &found);
    dwarf_write_u32(m, found.kind);
    dwarf_write_u64(m, found.kind == DWARF_TARGET_ADDRESS ? found.address : 0);
    dwarf_write_string(m, found.name.size != 0 ? bytes : NULL);
    dwarf_write_u32(m, (uint32_t)found.expression.size);
    dwarf_write_bytes(m, found.expression.bytes, (size_t)found.expression.size);
}

/* ---- the answer ---- */

typedef struct jumps {
    dwarf_writer *m;
    uint32_t count;
    int is_complete;
} jumps;

static int add_jump(void *context, const die *call)
{
    jumps *to = context;
    uint64_t pc;
    int is_exact;
    if (die_number(call, AT_CALL_TAIL_CALL, 0) == 0)
        return 0;
    if (to->count == JUMPS_MAX || !call_place(call, &pc, &is_exact)) {
        to->is_complete = 0;
        return 1;
    }
    dwarf_write_u64(to->m, pc);
    dwarf_write_u32(to->m, (uint32_t)is_exact);
    add_target(to->m, call);
    to->count++;
    return 0;
}

/* Adds whether all jumps are known, and those. A function that says nothing of them was compiled without. */
static void add_jumps(dwarf_writer *m, const die *function)
{
    die owner;
    jumps to = {.m = m, .is_complete = 1};
    size_t start = m->size;
    dwarf_write_u32(m, 0);
    dwarf_write_u32(m, 0);
    if ((die_inherited(function, AT_CALL_ALL_CALLS, &owner) ||
         die_inherited(function, AT_CALL_ALL_TAIL_CALLS, &owner)) &&
        visit_calls(function, add_jump, &to) < 0)
        to.is_complete = 0;
    uint32_t numbers[2] = {(uint32_t)to.is_complete, to.count};
    if (!m->failed)
        memcpy(m->bytes + start, numbers, sizeof numbers);
}

hdbg_status answer_calls(worker_file *file, dwarf_bytes *q, dwarf_writer *m)
{
    uint64_t address = dwarf_read_u64(q), entry = 0;
    char bytes[NAME_ROOM] = "";
    name_text name = {bytes, 0, sizeof bytes};
    dwarf_object *object = object_of(file);
    if (object == NULL)
        return message_error(m, HDBG_NAME_NOT_FOUND, "there is no .debug_info");
    object_trim(object);
    dwarf_unit *u = unit_at(object, address);
    die function, call;
    if (u == NULL || !unit_scan(u) || !function_at(u, address, &function) || !entry_of(&function, &entry))
        return message_error(m, HDBG_NAME_NOT_FOUND, "no function of .debug_info covers the address");
    name_symbol(&name, &function);
    dwarf_write_u64(m, entry);
    dwarf_write_string(m, name.size != 0 ? bytes : NULL);
    add_target(m, call_find(&function, address + 1, &call) ? &call : NULL);
    add_jumps(m, &function);
    return HDBG_OK;
}
