/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Questions about call frame information. An answer has all rows of a function; it is checked as a whole when
 * it comes and kept as it came, as it is much smaller than the rows are when they can be used: those are made
 * when they are asked for.
 */
#include "dwarf/internal.h"
#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

/* One function's rows. */
typedef struct function_rows {
    uint8_t *bytes; /* the answer */
    size_t size;
    uint64_t low, high;
    int is_signal;
    uint16_t return_register;
    size_t count;
    uint64_t *lows;   /* where each row begins; ascending */
    size_t *offsets;  /* where its rules begin in the answer */
    dwarf_row **rows; /* those that were made; guarded by the file's lock */
} function_rows;

enum { RULE_SIZE = 16, ROW_SIZE = 8 + RULE_SIZE + 4 };

static void rows_destroy(void *data)
{
    function_rows *f = data;
    for (size_t i = 0; f->rows != NULL && i < f->count; i++)
        free(f->rows[i]);
    free(f->rows);
    free(f->offsets);
    free(f->lows);
    free(f->bytes);
    free(f);
}

static void read_rule(dwarf_bytes *b, dwarf_rule *rule)
{
    uint32_t kind_and_register = dwarf_read_u32(b);
    memset(rule, 0, sizeof *rule);
    rule->kind = (uint8_t)kind_and_register;
    rule->reg = (uint16_t)(kind_and_register >> 16);
    rule->offset = (int64_t)dwarf_read_u64(b);
    rule->expression_size = dwarf_read_u32(b);
    rule->expression = dwarf_read_bytes(b, rule->expression_size);
    if ((kind_and_register & 0xffff) > DWARF_RULE_UNSPECIFIED)
        b->failed = 1;
}

/* Reads a row's rules, the CFA's first. `row` may be NULL, if only to check them. */
static void read_rules(dwarf_bytes *b, dwarf_row *row)
{
    dwarf_rule rule;
    read_rule(b, &rule);
    if (row != NULL)
        row->cfa = rule;
    size_t count = dwarf_read_count(b, 4 + RULE_SIZE);
    for (size_t i = 0; i < count && !b->failed; i++) {
        uint32_t number = dwarf_read_u32(b);
        read_rule(b, &rule);
        if (number >= DWARF_REGISTERS)
            b->failed = 1;
        else if (row != NULL)
            row->rules[number] = rule;
    }
}

hdbg_status dwarf_decode_rows(uint8_t *bytes, size_t size, dwarf_answer *answer)
{
    dwarf_bytes b = {.bytes = bytes, .size = size};
    function_rows *f = calloc(1, sizeof *f);
    if (f == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for call frame information");
    f->low = dwarf_read_u64(&b);
    f->high = dwarf_read_u64(&b);
    f->is_signal = dwarf_read_u32(&b) != 0;
    f->return_register = (uint16_t)dwarf_read_u32(&b);
    f->count = dwarf_read_count(&b, ROW_SIZE);
    f->lows = calloc(f->count + 1, sizeof *f->lows);
    f->offsets = calloc(f->count + 1, sizeof *f->offsets);
    f->rows = calloc(f->count + 1, sizeof(dwarf_row *));
    hdbg_status status = HDBG_OK;
    if (f->lows == NULL || f->offsets == NULL || f->rows == NULL)
        status = hdbg_fail(HDBG_NO_MEMORY, "no memory for call frame information");
    for (size_t i = 0; status == HDBG_OK && i < f->count && !b.failed; i++) {
        f->lows[i] = dwarf_read_u64(&b);
        f->offsets[i] = b.at;
        read_rules(&b, NULL);
        if (f->lows[i] >= f->high || (i == 0 ? f->lows[i] != f->low : f->lows[i] <= f->lows[i - 1]))
            b.failed = 1;
    }
    if (status == HDBG_OK && (b.failed || f->count == 0 || f->low > answer->low || f->high <= answer->low))
        status = hdbg_fail(HDBG_BAD_DATA, "what hdbg-dwarf answered makes no sense");
    if (status != HDBG_OK) {
        rows_destroy(f);
        return status;
    }
    f->bytes = bytes;
    f->size = size;
    *answer = (dwarf_answer){.low = f->low, .high = f->high, .data = f, .destroy = rows_destroy};
    return HDBG_OK;
}

const dwarf_row *dwarf_rows_at(void *rows, uint64_t address)
{
    function_rows *f = rows;
    size_t low = 0, high = f->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (f->lows[middle] <= address)
            low = middle;
        else
            high = middle;
    }
    if (f->rows[low] != NULL)
        return f->rows[low];
    dwarf_row *row = calloc(1, sizeof *row);
    if (row == NULL)
        return NULL;
    row->low = f->lows[low];
    row->high = low + 1 < f->count ? f->lows[low + 1] : f->high;
    row->is_signal = f->is_signal;
    row->return_register = f->return_register;
    for (int i = 0; i < DWARF_REGISTERS; i++)
        row->rules[i].kind = DWARF_RULE_UNSPECIFIED;
    dwarf_bytes b = {.bytes = f->bytes, .size = f->size, .at = f->offsets[low]};
    read_rules(&b, row);
    f->rows[low] = row;
    return row;
}

hdbg_status dwarf_file_row(dwarf_file *file, uint64_t address, const dwarf_row **row)
{
    void *data = NULL;
    hdbg_status status = dwarf_file_answer(file, DWARF_ASK_ROWS, address, dwarf_decode_rows, &data);
    *row = NULL;
    if (status != HDBG_OK)
        return status;
    dwarf_file_lock(file);
    *row = dwarf_rows_at(data, address);
    dwarf_file_unlock(file);
    return *row != NULL ? HDBG_OK : hdbg_fail(HDBG_NO_MEMORY, "no memory for call frame information");
}
