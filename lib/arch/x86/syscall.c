/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * x86: the number is loaded into eax first; what enters the kernel is elsewhere.
 */
#include "arch/syscall.h"

#include <string.h>

int32_t arch_syscall_number_x86(const uint8_t *code, size_t size)
{
    int32_t number;
    if (size < 5 || code[0] != 0xb8) /* mov $n, %eax */
        return -1;
    memcpy(&number, code + 1, sizeof number);
    return number >= 0 ? number : -1;
}
