/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * libFuzzer over what the library itself makes of debug information: the answers of hdbg-dwarf, which may be
 * anything once a file has overwritten that process, and expressions. What the files do to hdbg-dwarf is no
 * matter of this process: tests/unit/test_dwarf_rows.c has it read damaged ones.
 */
#include "dwarf/internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- expressions ---- */

static hdbg_status some_register(void *context, int number, uint64_t *value)
{
    (void)context;
    *value = (uint64_t)number * 0x1001;
    return number < 32 ? HDBG_OK : HDBG_NAME_NOT_FOUND;
}

static hdbg_status some_memory(void *context, uint64_t address, void *buffer, size_t size)
{
    (void)context;
    memset(buffer, (int)address, size);
    return address % 7 != 0 ? HDBG_OK : HDBG_BAD_ADDRESS;
}

static hdbg_status some_value(void *context, uint64_t *value)
{
    (void)context;
    *value = 0x7000;
    return HDBG_OK;
}

static void evaluate(const uint8_t *data, size_t size)
{
    dwarf_machine machine = {.address_size = size % 2 == 0 ? 8 : 4,
                             .reg = some_register,
                             .memory = some_memory,
                             .frame_base = some_value,
                             .cfa = some_value};
    dwarf_place places[DWARF_PIECES];
    uint64_t initial = 0x8000;
    size_t count = DWARF_PIECES;
    hdbg_status status = dwarf_evaluate(&machine, data, size, &initial, 1, places, &count);
    if (count > DWARF_PIECES || (status == HDBG_OK) != (count > 0))
        abort();
    for (size_t i = 0; i < count; i++) {
        /* Bytes that a value is made of lie in the expression. */
        if (places[i].kind == DWARF_PLACE_BYTES &&
            (places[i].bytes < data || places[i].value > size - (size_t)(places[i].bytes - data)))
            abort();
    }
}

/* ---- answers ---- */

static void check_rows(const uint8_t *data, size_t size)
{
    dwarf_answer answer = {.low = 0x1000, .high = 0x1001};
    uint8_t *bytes = malloc(size + 1);
    if (bytes == NULL)
        return;
    memcpy(bytes, data, size);
    if (dwarf_decode_rows(bytes, size, &answer) != HDBG_OK) {
        free(bytes);
        return;
    }
    if (answer.low > 0x1000 || answer.high <= 0x1000)
        abort();
    const uint64_t kAddresses[] = {answer.low, 0x1000, answer.high - 1};
    for (int i = 0; i < 3; i++) {
        const dwarf_row *row = dwarf_rows_at(answer.data, kAddresses[i]);
        if (row == NULL || row->low > kAddresses[i] || row->high <= kAddresses[i])
            abort();
        for (int k = 0; k < DWARF_REGISTERS; k++) {
            if (row->rules[k].expression_size > size)
                abort();
        }
    }
    answer.destroy(answer.data);
}

/* Whether bytes that an answer has are its own. */
static void check_block(const uint8_t *block, size_t block_size, const uint8_t *data, size_t size)
{
    if (block != NULL && (block < data || block_size > size - (size_t)(block - data)))
        abort();
}

static void check_calls(const dwarf_calls *calls, const uint8_t *data, size_t size)
{
    check_block(calls->call.expression, calls->call.expression_size, data, size);
    for (size_t i = 0; i < calls->jump_count; i++) {
        const dwarf_target *target = &calls->jumps[i].target;
        check_block(target->expression, target->expression_size, data, size);
        if (target->kind == DWARF_TARGET_NAME && strlen(target->name) >= size)
            abort();
    }
}

static void check_variables(const dwarf_variables *v, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < v->variable_count; i++) {
        check_block(v->variables[i].location, v->variables[i].location_size, data, size);
        if (v->variables[i].type >= v->type_count)
            abort();
    }
    for (size_t i = 0; i < v->pointee_count; i++) {
        if (v->pointees[i].type >= v->type_count)
            abort();
    }
    for (size_t i = 0; i < v->type_count; i++) {
        for (size_t k = 0; k < v->types[i].member_count; k++) {
            const dwarf_member *member = &v->types[i].members[k];
            check_block(member->location, member->location_size, data, size);
            if (member->type >= v->type_count)
                abort();
        }
    }
    for (size_t i = 0; i < v->parameter_count; i++)
        check_block(v->parameters[i].value, v->parameters[i].value_size, data, size);
}

static void check_answer(const uint8_t *data, size_t size, int are_calls)
{
    dwarf_answer answer = {.low = 0x1000, .high = 0x1001};
    uint8_t *bytes = malloc(size + 1);
    if (bytes == NULL)
        return;
    memcpy(bytes, data, size);
    if ((are_calls ? dwarf_decode_calls : dwarf_decode_variables)(bytes, size, &answer) != HDBG_OK) {
        free(bytes);
        return;
    }
    if (are_calls)
        check_calls(answer.data, bytes, size);
    else
        check_variables(answer.data, bytes, size);
    answer.destroy(answer.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] % 2 == 0)
        evaluate(data + 1, size - 1);
    else if (data[0] % 4 == 1)
        check_rows(data + 1, size - 1);
    else
        check_answer(data + 1, size - 1, data[0] % 8 == 3);
    return 0;
}
