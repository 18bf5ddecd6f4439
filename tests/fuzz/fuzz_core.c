/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * libFuzzer over core files, Haiku's and Linux's, plain and compressed.
 */
#define _GNU_SOURCE
#include "unit/core_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hdbg_core_info info;
    walk_core_bytes(data, size, HDBG_CORE_NO_FILES, &info);
    return 0;
}
