/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * riscv64: the number goes into t0, in one or two instructions of either length; ecall.
 */
#include "arch/syscall.h"

#include <string.h>

enum { T0 = 5, ECALL = 0x73, LUI = 0x37, ADDI = 0x13, ADDIW = 0x1b };

/* A two-byte instruction that changes t0 by a number. @return whether it is one. */
static int compressed(uint16_t instruction, int32_t *value)
{
    int32_t low = instruction >> 2 & 31, number = instruction & 0x1000 ? low - 32 : low;
    if ((instruction & 3) != 1 || (instruction >> 7 & 31) != T0)
        return 0;
    switch (instruction >> 13) {
    case 0: /* c.addi */
    case 1: /* c.addiw */
        *value += number;
        return 1;
    case 2: /* c.li */
        *value = number;
        return 1;
    case 3: /* c.lui */
        *value = number * 4096;
        return 1;
    default:
        return 0;
    }
}

static int whole(uint32_t instruction, int32_t *value)
{
    uint32_t code = instruction & 0x7f, to = instruction >> 7 & 31, from = instruction >> 15 & 31;
    int32_t number = (int32_t)instruction >> 20;
    if (to != T0)
        return 0;
    if (code == LUI) {
        *value = (int32_t)(instruction & 0xfffff000);
        return 1;
    }
    if ((code != ADDI && code != ADDIW) || (instruction >> 12 & 7) != 0 || (from != 0 && from != T0))
        return 0;
    *value = from == 0 ? number : *value + number;
    return 1;
}

int32_t arch_syscall_number_riscv64(const uint8_t *code, size_t size)
{
    int32_t value = -1;
    for (size_t at = 0; at + 2 <= size;) {
        uint32_t instruction = 0;
        uint16_t half;
        memcpy(&half, code + at, sizeof half);
        if ((half & 3) != 3) {
            if (!compressed(half, &value))
                return -1;
            at += 2;
            continue;
        }
        if (at + 4 > size)
            return -1;
        memcpy(&instruction, code + at, sizeof instruction);
        if (instruction == ECALL)
            return value;
        if (!whole(instruction, &value))
            return -1;
        at += 4;
    }
    return -1;
}
