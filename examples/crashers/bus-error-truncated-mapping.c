/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Reads a mapped file beyond its end, after somebody has made it shorter.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int sum_of(const unsigned char *bytes, size_t size)
{
    int sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += bytes[i];
    return sum;
}

int main(void)
{
    const size_t size = 16384;
    FILE *file = tmpfile();
    if (file == NULL || ftruncate(fileno(file), (off_t)size) != 0)
        return EXIT_FAILURE;
    const unsigned char *bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, fileno(file), 0);
    if (bytes == MAP_FAILED || ftruncate(fileno(file), 0) != 0)
        return EXIT_FAILURE;
    return sum_of(bytes, size) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
