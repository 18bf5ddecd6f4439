/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Questions about variables and their types. Strings and expressions of an answer stay where they came in.
 */
#include "dwarf/internal.h"
#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

/* The least that each takes in an answer. */
enum { PARAMETER_SIZE = 2 * 4 };
enum {
    VARIABLE_SIZE = 1 + 3 * 4 + 4 + 8 + 4,
    TYPE_SIZE = 5 * 4 + 2 * 8 + 4 + 1 + 4,
    MEMBER_SIZE = 1 + 5 * 4 + 8 + 4
};

typedef struct kept_variables {
    dwarf_variables variables;
    uint8_t *bytes;
    dwarf_variable *all, *pointees;
    dwarf_type *types;
    dwarf_member *members;
    dwarf_parameter *parameters;
} kept_variables;

static void destroy_variables(void *data)
{
    kept_variables *kept = data;
    free(kept->bytes);
    free(kept->all);
    free(kept->pointees);
    free(kept->types);
    free(kept->members);
    free(kept->parameters);
    free(kept);
}

static const uint8_t *read_block(dwarf_bytes *b, size_t *size)
{
    *size = dwarf_read_count(b, 1);
    return dwarf_read_bytes(b, *size);
}

static void read_variable(dwarf_bytes *b, dwarf_variable *v)
{
    v->name = dwarf_read_string(b);
    v->type = dwarf_read_u32(b);
    v->is_argument = dwarf_read_u32(b) != 0;
    v->depth = (uint16_t)dwarf_read_u32(b);
    v->has_constant = dwarf_read_u32(b) != 0;
    v->constant = dwarf_read_u64(b);
    if (dwarf_read_u32(b) != 0)
        v->location = read_block(b, &v->location_size);
    b->failed |= v->name == NULL;
}

static void read_member(dwarf_bytes *b, dwarf_member *m)
{
    m->name = dwarf_read_string(b);
    m->type = dwarf_read_u32(b);
    m->bit_size = (uint8_t)dwarf_read_u32(b);
    m->bit_offset = (uint8_t)dwarf_read_u32(b);
    m->is_base = dwarf_read_u32(b) != 0;
    m->is_artificial = dwarf_read_u32(b) != 0;
    m->offset = (int64_t)dwarf_read_u64(b);
    m->location = read_block(b, &m->location_size);
    b->failed |= m->name == NULL;
}

/* All types' members are in one array: how many there will be is not known before, so it is counted first. */
static size_t read_types(dwarf_bytes *b, dwarf_type *types, size_t count, dwarf_member *members)
{
    size_t used = 0;
    for (size_t i = 0; i < count && !b->failed; i++) {
        dwarf_type type = {.kind = (uint8_t)dwarf_read_u32(b)};
        type.encoding = (uint8_t)dwarf_read_u32(b);
        type.is_union = dwarf_read_u32(b) != 0;
        type.is_rvalue = dwarf_read_u32(b) != 0;
        type.target = dwarf_read_u32(b);
        type.byte_size = dwarf_read_u64(b);
        type.count = dwarf_read_u64(b);
        type.last_index = read_block(b, &type.last_index_size);
        type.name = dwarf_read_string(b);
        type.member_count = dwarf_read_count(b, MEMBER_SIZE);
        type.members = members != NULL ? members + used : NULL;
        for (size_t k = 0; k < type.member_count && !b->failed; k++) {
            dwarf_member member = {0};
            read_member(b, &member);
            b->failed |= member.type >= count;
            if (members != NULL)
                members[used + k] = member;
        }
        b->failed |= type.name == NULL || type.target >= count;
        used += type.member_count;
        types[i] = type;
    }
    return used;
}

static dwarf_variable *read_variables(dwarf_bytes *b, size_t *count)
{
    *count = dwarf_read_count(b, VARIABLE_SIZE);
    dwarf_variable *all = calloc(*count + 1, sizeof *all);
    for (size_t i = 0; all != NULL && i < *count && !b->failed; i++)
        read_variable(b, &all[i]);
    return all;
}

static hdbg_status read_all(dwarf_bytes *b, kept_variables *kept)
{
    dwarf_variables *v = &kept->variables;
    v->is_exact_at_calls = dwarf_read_u32(b) != 0;
    v->frame_base = read_block(b, &v->frame_base_size);
    kept->all = read_variables(b, &v->variable_count);
    kept->pointees = read_variables(b, &v->pointee_count);
    if (kept->all == NULL || kept->pointees == NULL)
        return HDBG_NO_MEMORY;
    v->type_count = dwarf_read_count(b, TYPE_SIZE);
    kept->types = calloc(v->type_count + 1, sizeof *kept->types);
    if (kept->types == NULL)
        return HDBG_NO_MEMORY;
    size_t at = b->at;
    size_t members = read_types(b, kept->types, v->type_count, NULL);
    kept->members = b->failed ? NULL : calloc(members + 1, sizeof *kept->members);
    if (kept->members == NULL)
        return b->failed ? HDBG_BAD_DATA : HDBG_NO_MEMORY;
    b->at = at;
    read_types(b, kept->types, v->type_count, kept->members);
    v->parameter_count = dwarf_read_count(b, PARAMETER_SIZE);
    kept->parameters = calloc(v->parameter_count + 1, sizeof *kept->parameters);
    if (kept->parameters == NULL)
        return HDBG_NO_MEMORY;
    for (size_t i = 0; i < v->parameter_count && !b->failed; i++) {
        kept->parameters[i].location = read_block(b, &kept->parameters[i].location_size);
        kept->parameters[i].value = read_block(b, &kept->parameters[i].value_size);
    }
    v->parameters = kept->parameters;
    for (size_t i = 0; i < v->variable_count; i++)
        b->failed |= kept->all[i].type >= v->type_count;
    for (size_t i = 0; i < v->pointee_count; i++)
        b->failed |= kept->pointees[i].type >= v->type_count;
    v->variables = kept->all;
    v->pointees = kept->pointees;
    v->types = kept->types;
    return b->failed ? HDBG_BAD_DATA : HDBG_OK;
}

hdbg_status dwarf_decode_variables(uint8_t *bytes, size_t size, dwarf_answer *answer)
{
    dwarf_bytes b = {.bytes = bytes, .size = size};
    kept_variables *kept = calloc(1, sizeof *kept);
    if (kept == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for variables");
    hdbg_status status = read_all(&b, kept);
    if (status != HDBG_OK) {
        destroy_variables(kept);
        if (status == HDBG_NO_MEMORY)
            return hdbg_fail(status, "no memory for variables");
        return hdbg_fail(status, "what hdbg-dwarf answered about variables makes no sense");
    }
    kept->bytes = bytes;
    answer->data = kept;
    answer->destroy = destroy_variables;
    return HDBG_OK;
}

hdbg_status dwarf_file_variables(dwarf_file *file, uint64_t address, const dwarf_variables **variables)
{
    void *data = NULL;
    hdbg_status status = dwarf_file_answer(file, DWARF_ASK_VARIABLES, address, dwarf_decode_variables, &data);
    *variables = data != NULL ? &((const kept_variables *)data)->variables : NULL;
    return status;
}
