/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * x86_64: rcx, which syscall destroys, goes into r10; the number into rax; syscall.
 */
#include "arch/syscall.h"

#include <string.h>

int32_t arch_syscall_number_x86_64(const uint8_t *code, size_t size)
{
    static const uint8_t kSave[] = {0x49, 0x89, 0xca}; /* mov %rcx, %r10 */
    static const uint8_t kWide[] = {0x48, 0xc7, 0xc0}; /* mov $n, %rax */
    size_t at = size >= sizeof kSave && memcmp(code, kSave, sizeof kSave) == 0 ? sizeof kSave : 0;
    int32_t number;
    if (size >= at + 3 && memcmp(code + at, kWide, sizeof kWide) == 0)
        at += sizeof kWide;
    else if (size > at && code[at] == 0xb8) /* mov $n, %eax */
        at += 1;
    else
        return -1;
    if (size < at + 6 || code[at + 4] != 0x0f || code[at + 5] != 0x05)
        return -1;
    memcpy(&number, code + at, sizeof number);
    return number >= 0 ? number : -1;
}
