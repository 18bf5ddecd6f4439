/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Questions about calls. Names and expressions of an answer stay where they came in.
 */
#include "dwarf/internal.h"
#include "base/fail.h"

#include <stdlib.h>

/* The least that each takes in an answer. */
enum { TARGET_SIZE = 4 + 8 + 1 + 4, JUMP_SIZE = 8 + 4 + TARGET_SIZE };

typedef struct kept_calls {
    dwarf_calls calls;
    uint8_t *bytes;
    dwarf_jump jumps[];
} kept_calls;

static void destroy_calls(void *data)
{
    kept_calls *kept = data;
    free(kept->bytes);
    free(kept);
}

static void read_target(dwarf_bytes *b, dwarf_target *target)
{
    uint32_t kind = dwarf_read_u32(b);
    target->kind = (uint8_t)kind;
    target->address = dwarf_read_u64(b);
    target->name = dwarf_read_string(b);
    target->expression_size = dwarf_read_count(b, 1);
    target->expression = dwarf_read_bytes(b, target->expression_size);
    b->failed |= kind > DWARF_TARGET_EXPRESSION || (kind == DWARF_TARGET_NAME && target->name == NULL);
}

hdbg_status dwarf_decode_calls(uint8_t *bytes, size_t size, dwarf_answer *answer)
{
    dwarf_bytes b = {.bytes = bytes, .size = size};
    dwarf_calls calls = {.entry = dwarf_read_u64(&b)};
    calls.name = dwarf_read_string(&b);
    read_target(&b, &calls.call);
    calls.knows_jumps = dwarf_read_u32(&b) != 0;
    calls.jump_count = dwarf_read_count(&b, JUMP_SIZE);
    kept_calls *kept = calloc(1, sizeof *kept + calls.jump_count * sizeof kept->jumps[0]);
    if (kept == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for the calls of a function");
    for (size_t i = 0; i < calls.jump_count && !b.failed; i++) {
        kept->jumps[i].pc = dwarf_read_u64(&b);
        kept->jumps[i].is_exact = dwarf_read_u32(&b) != 0;
        read_target(&b, &kept->jumps[i].target);
    }
    if (b.failed) {
        free(kept);
        return hdbg_fail(HDBG_BAD_DATA, "what hdbg-dwarf answered about calls makes no sense");
    }
    calls.jumps = kept->jumps;
    kept->calls = calls;
    kept->bytes = bytes;
    answer->data = kept;
    answer->destroy = destroy_calls;
    return HDBG_OK;
}

hdbg_status dwarf_file_calls(dwarf_file *file, uint64_t address, const dwarf_calls **calls)
{
    void *data = NULL;
    hdbg_status status = dwarf_file_answer(file, DWARF_ASK_CALLS, address, dwarf_decode_calls, &data);
    *calls = data != NULL ? &((const kept_calls *)data)->calls : NULL;
    return status;
}
