/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Frames of 32-bit x86: ebp points at the caller's ebp, the return address lies behind that.
 */
#include "arch/frame.h"

static arch_frame_state innermost(const arch_code *code)
{
    return arch_x86_innermost(code, 0);
}

/* The pointer to the data lies between. siginfo_t has 36 bytes, and uc_mcontext lies 24 behind it. eax, ecx,
 * edx, ebx, esp, ebp, esi, edi. */
static const arch_signal_frame kSignalFrame = {
    .gap = 8, .pc = 60, .count = 8, .registers = {68, 72, 76, 616, 80, 84, 612, 608}};

const arch_frame_rules hdbg_frame_x86 = {.saved_pointer = 0,
                                         .return_address = 4,
                                         .caller_sp = 8,
                                         .word = 4,
                                         .alignment = 4,
                                         .innermost = innermost,
                                         .ends_with_call = arch_x86_ends_with_call,
                                         /* ebx, ebp, esi, edi */
                                         .preserved = 1 << 3 | 1 << 5 | 3 << 6,
                                         .signal_frame = &kSignalFrame};
