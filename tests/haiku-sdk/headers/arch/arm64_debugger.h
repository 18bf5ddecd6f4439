/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The processor's state in messages: arm64.
 */
#ifndef _HAIKU_SDK_ARCH_ARM64_DEBUGGER_H
#define _HAIKU_SDK_ARCH_ARM64_DEBUGGER_H

struct arm64_debug_cpu_state {
    uint64 x[30];
    uint64 lr, sp, elr;
    uint32 spsr;
} __attribute__((aligned(16)));
typedef struct arm64_debug_cpu_state debug_cpu_state;

#endif
