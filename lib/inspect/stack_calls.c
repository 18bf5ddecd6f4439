/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A function that ends with a jump into another one leaves no frame. But the compiler has noted each such
 * jump (DW_TAG_call_site with DW_AT_call_tail_call), so the ways from a call to the function that it has led
 * to can be enumerated: what is at the beginning or at the end of all of them was there. Where a way leads to
 * what is not known, a jump through a pointer or a function without debug information, nothing is concluded.
 *
 * Files may be damaged or hostile: depth and steps are bounded.
 */
#include "inspect/stack_calls.h"
#include "inspect/inspect.h"

#include <haikudbg/image.h>

#include <string.h>

enum {
    STEPS_MAX = 2000 /* of one search */,
    FUNCTIONS_MAX = 256,
    JUMPS_MAX = 5000 /* of all functions there */
};

/* The calls of a function, with the file that they are of: retained. */
typedef struct function_calls {
    dwarf_file *file;
    uint64_t bias;
    const dwarf_calls *calls;
} function_calls;

static hdbg_status calls_at(hdbg_team *team, hdbg_address address, function_calls *found)
{
    hdbg_image_info image;
    *found = (function_calls){.file = NULL};
    hdbg_status status = inspect_image_at(team, address, &image);
    if (status == HDBG_OK)
        status = inspect_dwarf_of(team, &image, INSPECT_LINES, &found->file, &found->bias);
    if (status == HDBG_OK)
        status = dwarf_file_calls(found->file, address - found->bias, &found->calls);
    return status;
}

static void calls_end(function_calls *of)
{
    dwarf_file_release(of->file);
}

/* ---- what a call leads to ---- */

/* A function that is looked for. */
typedef struct callee {
    hdbg_address entry;
    const char *name; /* or NULL */
    hdbg_image_info image;
    function_calls known; /* `calls` NULL if it has no debug information */
} callee;

/* @return 0 if the function is not known. */
static int callee_find(hdbg_team *team, hdbg_address address, callee *it)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    memset(it, 0, sizeof *it);
    if (inspect_image_at(team, address, &it->image) != HDBG_OK)
        return 0;
    if (calls_at(team, address, &it->known) == HDBG_OK) {
        it->entry = it->known.calls->entry + it->known.bias;
        it->name = it->known.calls->name;
    } else if (hdbg_symbol_at(team, address, &symbol) == HDBG_OK) {
        it->entry = symbol.address;
    }
    return it->entry != 0;
}

static void callee_end(callee *it)
{
    calls_end(&it->known);
}

/* The address of a symbol of an image, or 0. */
static hdbg_address symbol_in(hdbg_team *team, const hdbg_image_info *image, const char *name, int *is_global)
{
    symbol_table *table = NULL;
    uint64_t bias = 0;
    if (inspect_symbols_of(team, image, &table, &bias) != HDBG_OK)
        return 0;
    const symbol_entry *entry = symbol_table_by_name(table, name);
    hdbg_address address = entry != NULL ? entry->address + bias : 0;
    *is_global = entry != NULL && (symbol_rank(entry) & SYMBOL_LOCAL) == 0;
    symbol_table_release(table);
    return address;
}

/* The address of a function by the name that code at an address has for it: as the linker takes it, one of
 * the image's own that is not global, or the first image's that is. */
static hdbg_address symbol_for(hdbg_team *team, hdbg_address from, const char *name)
{
    hdbg_image_list *images = NULL;
    hdbg_image_info own;
    hdbg_address best = 0;
    int is_global = 0;
    if (inspect_image_at(team, from, &own) == HDBG_OK)
        best = symbol_in(team, &own, name, &is_global);
    if ((best != 0 && !is_global) || inspect_images(team, &images) != HDBG_OK)
        return best;
    is_global = 0;
    for (size_t i = 0; i < hdbg_image_list_count(images) && !is_global; i++) {
        hdbg_address address = symbol_in(team, hdbg_image_list_at(images, i), name, &is_global);
        if (address != 0 && (best == 0 || is_global))
            best = address;
    }
    hdbg_image_list_free(images);
    return best;
}

static int leads_to(hdbg_team *team, const dwarf_target *target, uint64_t bias, const callee *it)
{
    int is_global;
    if (target->kind == DWARF_TARGET_ADDRESS)
        return target->address + bias == it->entry;
    if (target->kind != DWARF_TARGET_NAME)
        return 0;
    /* A function has several names now and then, of which the debug information knows one. */
    return (it->name != NULL && strcmp(it->name, target->name) == 0) ||
           symbol_in(team, &it->image, target->name, &is_global) == it->entry;
}

/* Where a target that is not the callee begins, or 0 if that is not known. `from` is in the function that
 * calls it or jumps to it. */
static hdbg_address target_entry(hdbg_team *team, const dwarf_target *target, uint64_t bias,
                                 hdbg_address from)
{
    return target->kind == DWARF_TARGET_ADDRESS ? target->address + bias
           : target->kind == DWARF_TARGET_NAME  ? symbol_for(team, from, target->name)
                                                : 0;
}

/* The jumps of the function that begins at an address. @return 0 if not all of them are known. */
static int jumps_of(hdbg_team *team, hdbg_address entry, function_calls *found)
{
    *found = (function_calls){.file = NULL};
    return entry != 0 && calls_at(team, entry, found) == HDBG_OK &&
           found->calls->entry + found->bias == entry && found->calls->knows_jumps;
}

/* ---- all ways from a call to a function ---- */

typedef struct way_search {
    hdbg_team *team;
    const callee *callee;
    stack_jump way[STACK_JUMPS_MAX]; /* that is being gone, the outermost first */
    size_t length;
    stack_jump first[STACK_JUMPS_MAX]; /* the first way that was found */
    size_t first_length;
    size_t begin, end; /* how many jumps at either end of it are of all ways */
    int is_found;
    int is_unclear; /* nothing can be concluded */
    unsigned steps;
    unsigned *left; /* of all searches */
} way_search;

static int same_jump(const stack_jump *a, const stack_jump *b)
{
    return a->pc == b->pc;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A way has led to the callee: what it has in common with the others stays. */
static void note_way(way_search *s)
{
    if (!s->is_found) {
        memcpy(s->first, s->way, s->length * sizeof *s->way);
        s->first_length = s->begin = s->end = s->length;
        s->is_found = 1;
        return;
    }
    size_t most = smaller(s->begin, s->length);
    for (s->begin = 0; s->begin < most && same_jump(&s->first[s->begin], &s->way[s->begin]);)
        s->begin++;
    most = smaller(s->end, s->length);
    for (s->end = 0; s->end < most &&
                     same_jump(&s->first[s->first_length - 1 - s->end], &s->way[s->length - 1 - s->end]);)
        s->end++;
    s->is_unclear |= s->begin == 0 && s->end == 0;
}

static int is_on_way(const way_search *s, const stack_jump *jump)
{
    for (size_t i = 0; i < s->length; i++) {
        if (same_jump(&s->way[i], jump))
            return 1;
    }
    return 0;
}

static void go_on(way_search *s, const dwarf_target *target, uint64_t bias, hdbg_address from)
{
    function_calls function;
    if (leads_to(s->team, target, bias, s->callee)) {
        note_way(s);
        return;
    }
    if (!jumps_of(s->team, target_entry(s->team, target, bias, from), &function))
        s->is_unclear = 1;
    for (size_t i = 0; !s->is_unclear && i < function.calls->jump_count; i++) {
        const dwarf_jump *jump = &function.calls->jumps[i];
        stack_jump one = {jump->pc + function.bias, jump->is_exact};
        if (is_on_way(s, &one))
            continue;
        if (s->length == STACK_JUMPS_MAX || ++s->steps > STEPS_MAX || *s->left == 0) {
            s->is_unclear = 1;
            break;
        }
        --*s->left;
        s->way[s->length++] = one;
        go_on(s, &jump->target, function.bias, function.calls->entry + function.bias);
        s->length--;
    }
    calls_end(&function);
}

size_t stack_jumps_between(hdbg_team *team, hdbg_address call, hdbg_address address, unsigned *steps,
                           stack_jump jumps[STACK_JUMPS_MAX])
{
    callee reached;
    function_calls caller = {.file = NULL};
    way_search s = {.team = team, .callee = &reached, .left = steps};
    size_t count = 0;
    if (*steps == 0)
        return 0;
    if (callee_find(team, address, &reached) && calls_at(team, call, &caller) == HDBG_OK &&
        caller.calls->call.kind != DWARF_TARGET_NONE)
        go_on(&s, &caller.calls->call, caller.bias, call);
    if (s.is_found && !s.is_unclear) {
        for (size_t i = 0; i < s.end; i++)
            jumps[count++] = s.first[s.first_length - 1 - i];
        for (size_t i = s.end == s.first_length ? 0 : s.begin; i-- > 0;)
            jumps[count++] = s.first[i];
    }
    calls_end(&caller);
    callee_end(&reached);
    return count;
}

/* ---- whether a call reaches a function as it was made ---- */

/* Whether a function can come to itself by jumps alone, or that cannot be ruled out. */
static int may_jump_to_itself(hdbg_team *team, const callee *it)
{
    hdbg_address functions[FUNCTIONS_MAX] = {it->entry};
    size_t count = 1, jumps = 0;
    for (size_t next = 0; next < count; next++) {
        function_calls function;
        int is_clear = jumps_of(team, functions[next], &function);
        for (size_t i = 0; is_clear && i < function.calls->jump_count; i++) {
            const dwarf_target *target = &function.calls->jumps[i].target;
            hdbg_address entry = leads_to(team, target, function.bias, it)
                                     ? 0
                                     : target_entry(team, target, function.bias, functions[next]);
            size_t known = 0;
            while (known < count && functions[known] != entry)
                known++;
            is_clear = entry != 0 && (known < count || count < FUNCTIONS_MAX) && ++jumps < JUMPS_MAX;
            if (is_clear && known == count)
                functions[count++] = entry;
        }
        calls_end(&function);
        if (!is_clear)
            return 1;
    }
    return 0;
}

int stack_call_reaches(hdbg_team *team, hdbg_address call, hdbg_address address,
                       hdbg_status (*evaluate)(void *context, const uint8_t *expression, size_t size,
                                               uint64_t *value),
                       void *context)
{
    callee reached;
    function_calls caller = {.file = NULL};
    int reaches = 0;
    if (callee_find(team, address, &reached) && calls_at(team, call, &caller) == HDBG_OK) {
        const dwarf_target *target = &caller.calls->call;
        uint64_t value = 0;
        if (target->kind == DWARF_TARGET_EXPRESSION)
            reaches = evaluate(context, target->expression, target->expression_size, &value) == HDBG_OK &&
                      value == reached.entry;
        else
            reaches = leads_to(team, target, caller.bias, &reached);
        reaches = reaches && !may_jump_to_itself(team, &reached);
    }
    calls_end(&caller);
    callee_end(&reached);
    return reaches;
}
