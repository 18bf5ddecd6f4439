/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the ELF files of lib/inspect share among themselves.
 */
#ifndef HDBG_INSPECT_ELF_BYTES_H
#define HDBG_INSPECT_ELF_BYTES_H

#include "inspect/elf.h"

/* A little-endian integer of `size` bytes, however the caller's machine has them. */
static inline uint64_t elf_get(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = size; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

/* HDBG_BAD_DATA: "<name> is damaged: <what>". */
hdbg_status elf_damaged(const elf_object *object, const char *what);

#endif /* HDBG_INSPECT_ELF_BYTES_H */
