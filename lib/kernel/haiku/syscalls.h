/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Haiku's system calls, by name.
 */
#ifndef HDBG_KERNEL_HAIKU_SYSCALLS_H
#define HDBG_KERNEL_HAIKU_SYSCALLS_H

#include <haikudbg/kernel.h>

/* The kernel's operation `syscall`: all calls, none with a number. */
const hdbg_syscall *haiku_syscall(void *context, int32_t arch, uint32_t index);

#endif /* HDBG_KERNEL_HAIKU_SYSCALLS_H */
