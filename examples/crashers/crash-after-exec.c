/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Executes itself once more, and crashes then.
 */
#include <stdlib.h>
#include <unistd.h>

static void crash_in_second_life(void)
{
    *(int *volatile)0 = 2;
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        execl(argv[0], argv[0], "second life", (char *)NULL);
        return EXIT_FAILURE;
    }
    crash_in_second_life();
    return 0;
}
