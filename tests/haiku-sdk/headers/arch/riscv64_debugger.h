/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The processor's state in messages: riscv64.
 */
#ifndef _HAIKU_SDK_ARCH_RISCV64_DEBUGGER_H
#define _HAIKU_SDK_ARCH_RISCV64_DEBUGGER_H

struct riscv64_debug_cpu_state {
    uint64 x[31];
    uint64 pc;
    double f[32];
    uint64 fcsr;
} __attribute__((aligned(8)));
typedef struct riscv64_debug_cpu_state debug_cpu_state;

#endif
