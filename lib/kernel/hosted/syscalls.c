/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Linux's system calls by number, and the names of its errors.
 */
#define _GNU_SOURCE
#include "kernel/hosted/syscalls.h"

#include <string.h>

enum { ERROR_MAX = 4095 }; /* results from -4095 to -1 are errors */

/* All calls that the system's headers name. Of those that the table has not got no more is known. */
#define SYSCALL(number, name)                                                                                \
    [number] = {sizeof(hdbg_syscall), #name, number, -1, NULL, 0, HDBG_ARGUMENT_LONG},
static const hdbg_syscall kNames[SYSCALL_NUMBERS] = {
#include "syscall_names.inc" /* made by make-syscall-names */
};

const hdbg_syscall *hosted_syscall(void *context, int32_t arch, uint32_t index)
{
    (void)context;
    if (arch != HDBG_ARCH_X86_64 || index >= SYSCALL_NUMBERS)
        return NULL;
    if (hosted_syscall_table[index].name != NULL)
        return &hosted_syscall_table[index];
    return kNames[index].name != NULL ? &kNames[index] : NULL;
}

const char *hosted_syscall_error(void *context, int64_t result, const char **text)
{
    (void)context;
    if (result >= 0 || result < -ERROR_MAX)
        return NULL;
    int number = (int)-result;
    const char *name = strerrorname_np(number);
    if (text != NULL)
        *text = name != NULL ? strerrordesc_np(number) : "";
    return name != NULL ? name : "an error that has no name";
}
