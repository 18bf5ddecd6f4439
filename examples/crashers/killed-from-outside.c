/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Says that it is ready, and waits for a signal from outside.
 */
#include <unistd.h>

static void wait_for_the_end(void)
{
    if (write(STDOUT_FILENO, "ready\n", 6) != 6)
        return;
    for (;;)
        pause();
}

int main(void)
{
    wait_for_the_end();
    return 0;
}
