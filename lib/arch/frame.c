/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The rules of a processor's frames; prologues and epilogues of x86 and x86_64.
 */
#include "arch/frame.h"

#include <string.h>

const arch_frame_rules *arch_frame_find(int32_t arch)
{
    switch (arch) {
    case HDBG_ARCH_X86_64:
        return &hdbg_frame_x86_64;
    case HDBG_ARCH_X86:
        return &hdbg_frame_x86;
    case HDBG_ARCH_ARM64:
        return &hdbg_frame_arm64;
    case HDBG_ARCH_RISCV64:
        return &hdbg_frame_riscv64;
    default:
        return NULL;
    }
}

enum { PUSH_BP = 0x55, RET = 0xc3, RET_POP = 0xc2, REX_W = 0x48 };

/* endbr64 (fa) or endbr32 (fb) in front of a function. */
static size_t mark_size(const uint8_t *code, size_t size, int is_64)
{
    const uint8_t mark[4] = {0xf3, 0x0f, 0x1e, is_64 ? 0xfa : 0xfb};
    return size >= sizeof mark && memcmp(code, mark, sizeof mark) == 0 ? sizeof mark : 0;
}

/* mov %rsp,%rbp, in both encodings. */
static int is_move(const uint8_t *code, size_t size, int is_64)
{
    size_t rex = is_64 ? 1 : 0;
    if (size < 2 + rex || (is_64 && code[0] != REX_W))
        return 0;
    return (code[rex] == 0x89 && code[rex + 1] == 0xe5) || (code[rex] == 0x8b && code[rex + 1] == 0xec);
}

arch_frame_state arch_x86_innermost(const arch_code *code, int is_64)
{
    const uint8_t *at = code->at;
    size_t size = code->at_size;
    if (size > 0 &&
        (at[0] == RET || at[0] == RET_POP || (size > 1 && (at[0] == 0xf3 || at[0] == 0xf2) && at[1] == RET)))
        return ARCH_FRAME_ENTERED;
    if (code->offset == 0)
        return ARCH_FRAME_ENTERED;
    if (code->offset > 0 && (size_t)code->offset == mark_size(code->start, code->start_size, is_64))
        return ARCH_FRAME_ENTERED;
    if (is_move(at, size, is_64) && code->before_size > 0 && code->before[ARCH_CODE_BEFORE - 1] == PUSH_BP)
        return ARCH_FRAME_PUSHED;
    /* Without symbols: what only stands at the start of a function. */
    size_t mark = mark_size(at, size, is_64);
    if (mark > 0 || (size > 1 && at[0] == PUSH_BP && is_move(at + 1, size - 1, is_64)))
        return ARCH_FRAME_ENTERED;
    return ARCH_FRAME_BUILT;
}

/* The length of `call` through a register or memory, from its second byte on (ff /2 with its operand); 0 if
 * it is none. 16-bit addressing is left out: nobody calls so. */
static size_t indirect_length(const uint8_t *code, size_t size)
{
    if (size < 2 || code[0] != 0xff || (code[1] >> 3 & 7) != 2)
        return 0;
    unsigned mode = code[1] >> 6, base = code[1] & 7;
    size_t length = 2;
    if (mode == 3)
        return length;
    if (base == 4) {
        if (size < 3)
            return 0;
        length++;
        if (mode == 0 && (code[2] & 7) == 5)
            return length + 4;
    }
    if (mode == 0)
        return base == 5 ? length + 4 : length;
    return length + (mode == 1 ? 1 : 4);
}

int arch_x86_ends_with_call(const uint8_t *bytes, size_t size)
{
    if (size >= 5 && bytes[size - 5] == 0xe8)
        return 1;
    for (size_t length = 2; length <= 7 && length <= size; length++) {
        if (indirect_length(bytes + size - length, length) == length)
            return 1;
    }
    return 0;
}
