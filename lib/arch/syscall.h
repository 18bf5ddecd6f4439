/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The functions by which programs make system calls: which call one makes.
 */
#ifndef HDBG_ARCH_SYSCALL_H
#define HDBG_ARCH_SYSCALL_H

#include <haikudbg/types.h>

#include <stddef.h>
#include <stdint.h>

enum { ARCH_SYSCALL_BYTES = 32 }; /* of a function's code suffice */

/* The number of the call that a function makes, from its code; -1: it is no such function. */
int32_t arch_syscall_number(int32_t arch, const uint8_t *code, size_t size);

/* Each processor's. */
int32_t arch_syscall_number_x86(const uint8_t *code, size_t size);
int32_t arch_syscall_number_x86_64(const uint8_t *code, size_t size);
int32_t arch_syscall_number_arm64(const uint8_t *code, size_t size);
int32_t arch_syscall_number_riscv64(const uint8_t *code, size_t size);

#endif /* HDBG_ARCH_SYSCALL_H */
