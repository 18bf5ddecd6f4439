/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * libFuzzer over ELF files: as they are on disk, and as they would lie in memory.
 */
#include "inspect/symbols.h"

#include <stdlib.h>
#include <string.h>

typedef struct bytes {
    const uint8_t *data;
    size_t size;
} bytes;

static size_t read_bytes(void *context, uint64_t at, void *buffer, size_t size)
{
    const bytes *input = context;
    if (at >= input->size)
        return 0;
    size_t n = size < input->size - at ? size : (size_t)(input->size - at);
    memcpy(buffer, input->data + at, n);
    return n;
}

/* What was found has to be found again. */
static void look_up_all(symbol_table *table)
{
    char name[512];
    for (size_t i = 0; i < table->count && i < 4096; i++) {
        const symbol_entry *entry = &table->entries[i];
        symbol_table_name(table, entry, name, sizeof name);
        if (name[0] == '\0' || (i > 0 && entry->address < entry[-1].address))
            abort();
        if (strlen(name) < sizeof name - 1 && symbol_table_by_name(table, name) == NULL)
            abort();
        const symbol_entry *found = symbol_table_at(table, entry->address);
        if (found != NULL &&
            (found->address > entry->address || entry->address - found->address >= found->extent))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes context = {data, size};
    for (int mapped = 0; mapped < 2; mapped++) {
        elf_input input = {.read = read_bytes,
                           .context = &context,
                           .size = size,
                           .mapped = mapped,
                           .name = "the fuzzer's file"};
        elf_object object;
        uint8_t id[64];
        char link[256];
        size_t id_size = sizeof id;
        uint32_t crc = 0;
        if (elf_open(&object, &input) == HDBG_OK) {
            elf_build_id(&object, id, &id_size);
            elf_debug_link(&object, link, sizeof link, &crc);
            elf_bias(&object, 0x7f0000001000, 0x7f0000005000);
        }
        elf_close(&object);
        symbol_table *table =
            mapped ? symbol_table_load_mapped(&input, 0x7f0000000000) : symbol_table_load_input(&input);
        if (table == NULL)
            abort();
        look_up_all(table);
        symbol_table_release(table);
    }
    return 0;
}
