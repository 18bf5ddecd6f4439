/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Crashes before main(), in a function that the runtime loader calls.
 */
static int *volatile gTable;

__attribute__((constructor)) static void fill_table(void)
{
    gTable[0] = 1;
}

int main(void)
{
    return 0;
}
