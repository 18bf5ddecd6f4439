/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * arm64: svc has the number.
 */
#include "arch/syscall.h"

#include <string.h>

int32_t arch_syscall_number_arm64(const uint8_t *code, size_t size)
{
    uint32_t instruction;
    if (size < sizeof instruction)
        return -1;
    memcpy(&instruction, code, sizeof instruction);
    return (instruction & 0xffe0001f) == 0xd4000001 ? (int32_t)(instruction >> 5 & 0xffff) : -1;
}
