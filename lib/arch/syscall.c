/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * System call functions, by processor.
 */
#include "arch/syscall.h"

int32_t arch_syscall_number(int32_t arch, const uint8_t *code, size_t size)
{
    switch (arch) {
    case HDBG_ARCH_X86:
        return arch_syscall_number_x86(code, size);
    case HDBG_ARCH_X86_64:
        return arch_syscall_number_x86_64(code, size);
    case HDBG_ARCH_ARM64:
        return arch_syscall_number_arm64(code, size);
    case HDBG_ARCH_RISCV64:
        return arch_syscall_number_riscv64(code, size);
    default:
        return -1;
    }
}
