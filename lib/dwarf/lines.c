/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Questions about source lines. The strings of an answer stay where they came in.
 */
#include "dwarf/internal.h"
#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

/* The least that a line takes in an answer: four strings that are not there, four numbers and an address. */
enum { LINE_SIZE = 4 + 4 * 4 + 8 };

typedef struct kept_lines {
    uint8_t *bytes;
    size_t count;
    dwarf_line lines[];
} kept_lines;

static void destroy_lines(void *data)
{
    kept_lines *kept = data;
    free(kept->bytes);
    free(kept);
}

static hdbg_status decode_lines(uint8_t *bytes, size_t size, dwarf_answer *answer)
{
    dwarf_bytes b = {.bytes = bytes, .size = size};
    size_t count = dwarf_read_count(&b, LINE_SIZE);
    kept_lines *kept = calloc(1, sizeof *kept + count * sizeof kept->lines[0]);
    if (kept == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for source lines");
    for (size_t i = 0; i < count; i++) {
        dwarf_line *line = &kept->lines[i];
        line->function = dwarf_read_string(&b);
        line->linkage_name = dwarf_read_string(&b);
        line->file = dwarf_read_string(&b);
        line->producer = dwarf_read_string(&b);
        line->line = (int32_t)dwarf_read_u32(&b);
        line->column = (int32_t)dwarf_read_u32(&b);
        line->is_inlined = (int32_t)dwarf_read_u32(&b);
        line->language = (int32_t)dwarf_read_u32(&b);
        line->entry = dwarf_read_u64(&b);
    }
    if (b.failed || count == 0) {
        free(kept);
        return hdbg_fail(HDBG_BAD_DATA, "what hdbg-dwarf answered about lines makes no sense");
    }
    kept->bytes = bytes;
    kept->count = count;
    answer->data = kept;
    answer->destroy = destroy_lines;
    return HDBG_OK;
}

hdbg_status dwarf_file_lines(dwarf_file *file, uint64_t address, const dwarf_line **lines, size_t *count)
{
    void *data = NULL;
    hdbg_status status = dwarf_file_answer(file, DWARF_ASK_LINES, address, decode_lines, &data);
    const kept_lines *kept = data;
    *lines = kept != NULL ? kept->lines : NULL;
    *count = kept != NULL ? kept->count : 0;
    return status;
}

hdbg_status dwarf_file_addresses(dwarf_file *file, const char *source, int32_t line, uint64_t **addresses,
                                 size_t *count, int32_t *found_line)
{
    dwarf_writer question = {0};
    uint8_t *bytes = NULL;
    size_t size = 0;
    *addresses = NULL;
    *count = 0;
    dwarf_write_string(&question, source);
    dwarf_write_u32(&question, line > 0 ? (uint32_t)line : 0);
    hdbg_status status = dwarf_file_ask(file, DWARF_ASK_ADDRESSES, &question, &bytes, &size);
    free(question.bytes);
    if (status != HDBG_OK) {
        free(bytes);
        return status;
    }
    dwarf_bytes b = {.bytes = bytes, .size = size};
    *found_line = (int32_t)dwarf_read_u32(&b);
    size_t n = dwarf_read_count(&b, sizeof(uint64_t));
    uint64_t *found = malloc((n + 1) * sizeof *found);
    for (size_t i = 0; found != NULL && i < n; i++)
        found[i] = dwarf_read_u64(&b);
    if (found == NULL)
        status = hdbg_fail(HDBG_NO_MEMORY, "no memory for the addresses of a line");
    else if (b.failed)
        status = hdbg_fail(HDBG_BAD_DATA, "what hdbg-dwarf answered about a line makes no sense");
    free(bytes);
    if (status != HDBG_OK) {
        free(found);
        return status;
    }
    *addresses = found;
    *count = n;
    return HDBG_OK;
}
