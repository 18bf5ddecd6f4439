/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Call frame information of code that a program makes itself and describes to debuggers: an ELF file in its
 * memory for each piece, in a list that __jit_debug_descriptor begins. GDB has asked for it so; QEMU and LLVM
 * do it. All that is read is the program's, and may be anything.
 */
#include "inspect/elf_bytes.h"
#include "inspect/stack_walk.h"

#include <haikudbg/image.h>
#include <haikudbg/memory.h>

#include <stdlib.h>
#include <string.h>

enum {
    PIECES_MAX = 1024, /* of the list that are looked at */
    PIECE_SIZE_MAX = 16 << 20,
    BYTES_MAX = 64 << 20, /* of all that are looked at */
    HEADER_SIZE = 64,     /* of ELF's, in 64 bits */
    SECTION_SIZE = 64,
    SECTION_EXECUTABLE = 0x4,
    FIRST_AT =
        16,      /* of the descriptor: version, action, the piece that the action was about, the first one */
    NEXT_AT = 0, /* of a piece: the next, the last, the file, its size */
    FILE_AT = 16,
    PIECE_BYTES = 32
};

/* The section of an ELF file that holds the code at an address. @return 0: there is none. */
static int find_code(const uint8_t *file, size_t size, hdbg_address pc, walk_image *code)
{
    static const uint8_t kIdentity[] = {0x7f, 'E', 'L', 'F', 2, 1};
    if (size < HEADER_SIZE || memcmp(file, kIdentity, sizeof kIdentity) != 0)
        return 0;
    uint64_t at = elf_get(file + 0x28, 8), count = elf_get(file + 0x3c, 2);
    if (elf_get(file + 0x3a, 2) != SECTION_SIZE || at > size || count > (size - at) / SECTION_SIZE)
        return 0;
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t *section = file + at + i * SECTION_SIZE;
        uint64_t flags = elf_get(section + 8, 8), low = elf_get(section + 16, 8),
                 length = elf_get(section + 32, 8);
        if ((flags & SECTION_EXECUTABLE) != 0 && pc >= low && pc - low < length && low + length > low) {
            code->low = low;
            code->high = low + length;
            return 1;
        }
    }
    return 0;
}

/* Reads a piece's file, and keeps what it says if it is about an address. `left`: bytes that may be read. */
static int take_piece(walk *w, hdbg_address at, uint64_t size, hdbg_address pc, uint64_t *left)
{
    walk_image code = {.bias = 0};
    size_t got = 0;
    int found = 0;
    int is_good = size >= HEADER_SIZE && size <= PIECE_SIZE_MAX && size <= *left;
    uint8_t *file = is_good ? malloc((size_t)size) : NULL;
    *left -= is_good ? size : 0;
    if (file != NULL && hdbg_memory_read(w->team, at, file, (size_t)size, &got) == HDBG_OK && got == size)
        found = find_code(file, got, pc, &code) &&
                inspect_dwarf_of_bytes(w->team, file, got, &code.file) == HDBG_OK;
    free(file);
    if (found)
        *walk_image_add(w) = code;
    return found;
}

int walk_find_described(walk *w, hdbg_address pc)
{
    hdbg_symbol descriptor = {.size = sizeof descriptor};
    hdbg_image_info program;
    uint8_t piece[PIECE_BYTES];
    hdbg_address next = 0;
    uint64_t left = BYTES_MAX;
    if (w->looked_for_described || w->rules->word != 8 || (w->flags & HDBG_STACK_NO_CFI) != 0 ||
        walk_image_at(w, pc) != NULL)
        return 0;
    w->looked_for_described = 1;
    if (inspect_program(w->team, &program) != HDBG_OK ||
        hdbg_symbol_by_name(w->team, program.id, "__jit_debug_descriptor", &descriptor) != HDBG_OK ||
        hdbg_memory_read_pointer(w->team, descriptor.address + FIRST_AT, &next) != HDBG_OK)
        return 0;
    for (int i = 0; next != 0 && i < PIECES_MAX; i++) {
        if (hdbg_memory_read(w->team, next, piece, sizeof piece, NULL) != HDBG_OK)
            return 0;
        if (take_piece(w, elf_get(piece + FILE_AT, 8), elf_get(piece + FILE_AT + 8, 8), pc, &left))
            return 1;
        next = elf_get(piece + NEXT_AT, 8);
    }
    return 0;
}
