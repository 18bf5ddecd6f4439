/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Frames of x86_64: rbp points at the caller's rbp, the return address lies behind that.
 */
#include "arch/frame.h"

static arch_frame_state innermost(const arch_code *code)
{
    return arch_x86_innermost(code, 1);
}

/* siginfo_t has 56 bytes, and uc_mcontext lies 40 behind it. rax, rdx, rcx, rbx, rsi, rdi, rbp, rsp, r8 to
 * r15. */
static const arch_signal_frame kSignalFrame = {
    .gap = 8,
    .pc = 224,
    .count = 16,
    .registers = {96, 120, 112, 104, 136, 128, 144, 216, 152, 160, 168, 176, 184, 192, 200, 208}};

const arch_frame_rules hdbg_frame_x86_64 = {.saved_pointer = 0,
                                            .return_address = 8,
                                            .caller_sp = 16,
                                            .word = 8,
                                            .alignment = 8,
                                            .innermost = innermost,
                                            .ends_with_call = arch_x86_ends_with_call,
                                            /* rbx, rbp, r12 to r15 */
                                            .preserved = 1 << 3 | 1 << 6 | 0xf << 12,
                                            .signal_frame = &kSignalFrame};
