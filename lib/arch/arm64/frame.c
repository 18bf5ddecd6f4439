/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Frames of arm64: x29 points at a record of the caller's x29 and x30. Where in the frame that record lies is
 * the function's choice, so the caller's stack pointer is only known to be behind it.
 */
#include "arch/frame.h"

#include <string.h>

/* stp x29, x30, [sp, #n]!, or without the write-back after a sub. */
static int stores_record(uint32_t instruction)
{
    return (instruction & 0xffc07fff) == 0xa9807bfd || (instruction & 0xffc07fff) == 0xa9007bfd;
}

/* Until the record is stored the return address is in x30; in a function that stores none, a leaf, always. */
static arch_frame_state innermost(const arch_code *code)
{
    uint32_t instruction;
    if (code->offset < 0)
        return ARCH_FRAME_BUILT;
    if (code->offset == 0)
        return ARCH_FRAME_ENTERED;
    for (size_t i = 0; i + 4 <= code->start_size; i += 4) {
        memcpy(&instruction, code->start + i, sizeof instruction);
        /* The next instruction but one points x29 at it; between the two x29 is the caller's still. */
        if (stores_record(instruction))
            return (uint64_t)code->offset <= i + 4 ? ARCH_FRAME_ENTERED : ARCH_FRAME_BUILT;
    }
    return code->start_size == ARCH_CODE_START ? ARCH_FRAME_ENTERED : ARCH_FRAME_BUILT;
}

/* bl, blr, and the latter with authentication. */
static int ends_with_call(const uint8_t *bytes, size_t size)
{
    uint32_t instruction;
    if (size < sizeof instruction)
        return 0;
    memcpy(&instruction, bytes + size - sizeof instruction, sizeof instruction);
    return (instruction & 0xfc000000) == 0x94000000 || (instruction & 0xfffffc1f) == 0xd63f0000 ||
           (instruction & 0xfefff800) == 0xd63f0800;
}

const arch_frame_rules hdbg_frame_arm64 = {.saved_pointer = 0,
                                           .return_address = 8,
                                           .caller_sp = 16,
                                           .word = 8,
                                           .alignment = 8,
                                           .link = 1,
                                           .innermost = innermost,
                                           .ends_with_call = ends_with_call,
                                           /* x19 to x29 */
                                           .preserved = 0x7ff << 19};
