/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Reads from memory that it has unmapped, between two mappings that stay.
 */
#include <sys/mman.h>

enum { PIECE = 64 * 1024 };

static int sum_of(const volatile char *bytes)
{
    return bytes[0] + bytes[1];
}

int main(void)
{
    char *memory = mmap(0, 3 * PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(memory + PIECE, PIECE);
    return sum_of(memory + PIECE + 4660);
}
