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
