/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Frames of riscv64: s0 is the caller's stack pointer; the return address and the caller's s0 lie in front of
 * it.
 */
#include "arch/frame.h"

#include <string.h>

/* addi s0, sp, n: the last instruction of a prologue that makes a frame. */
static int sets_pointer(const uint8_t *code)
{
    uint32_t instruction;
    memcpy(&instruction, code, sizeof instruction);
    if ((instruction & 0xfffff) == 0x10413)
        return 1;
    return (instruction & 0xe01f) == 0x0000 && (instruction & 0x1fe0) != 0; /* c.addi4spn s0 */
}

static arch_frame_state innermost(const arch_code *code)
{
    if (code->offset < 0)
        return ARCH_FRAME_BUILT;
    if (code->offset == 0)
        return ARCH_FRAME_ENTERED;
    for (size_t i = 0; i + 4 <= code->start_size; i += (code->start[i] & 3) == 3 ? 4 : 2) {
        if (sets_pointer(code->start + i))
            return (uint64_t)code->offset <= i ? ARCH_FRAME_ENTERED : ARCH_FRAME_BUILT;
    }
    return ARCH_FRAME_BUILT;
}

/* jal ra, jalr ra, and the short form of the latter. */
static int ends_with_call(const uint8_t *bytes, size_t size)
{
    uint32_t instruction;
    uint16_t half;
    if (size >= sizeof half) {
        memcpy(&half, bytes + size - sizeof half, sizeof half);
        if ((half & 0xf07f) == 0x9002 && (half & 0x0f80) != 0)
            return 1;
    }
    if (size < sizeof instruction)
        return 0;
    memcpy(&instruction, bytes + size - sizeof instruction, sizeof instruction);
    return (instruction & 0xfff) == 0x0ef || (instruction & 0x7fff) == 0x00e7;
}

const arch_frame_rules hdbg_frame_riscv64 = {.saved_pointer = -16,
                                             .return_address = -8,
                                             .caller_sp = 0,
                                             .word = 8,
                                             .alignment = 8,
                                             .link = 1,
                                             .innermost = innermost,
                                             .ends_with_call = ends_with_call,
                                             /* gp, tp, s0, s1, s2 to s11 */
                                             .preserved = 3 << 3 | 3 << 8 | 0x3ff << 18};
