/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Reads from a block of the heap that was so large that freeing it has unmapped it.
 */
#include <stdlib.h>
#include <string.h>

enum { SIZE = 1 << 20 };

static int look_at(const volatile char *bytes)
{
    return bytes[SIZE / 2];
}

int main(void)
{
    char *bytes = malloc(SIZE);
    memset(bytes, 1, SIZE);
    free(bytes);
    return look_at(bytes);
}
