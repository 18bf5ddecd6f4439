/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Calls abort().
 */
#include <stdlib.h>

static void give_up(void)
{
    abort();
}

int main(void)
{
    give_up();
    return 0;
}
