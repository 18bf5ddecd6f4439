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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] % 2 == 0)
        evaluate(data + 1, size - 1);
    else
        check_rows(data + 1, size - 1);
    return 0;
}
