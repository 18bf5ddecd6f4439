/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Writes beyond a block of the heap, into what the heap keeps of the next one, which is then freed.
 */
#include <stdlib.h>
#include <string.h>

static void fill(char *buffer, size_t size)
{
    memset(buffer, 'A', size);
}

static void release(char *first, char *second)
{
    free(second);
    free(first);
}

int main(void)
{
    char *first = malloc(2000), *second = malloc(2000);
    fill(first, 2016);
    release(first, second);
    return 0;
}
