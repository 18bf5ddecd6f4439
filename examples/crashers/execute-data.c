/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Calls an array, as if it were a function.
 */
static unsigned char gCode[] = {0xb8, 0x2a, 0x00, 0x00, 0x00, 0xc3}; /* return 42; */

static int run(const void *code)
{
    return ((int (*)(void))code)();
}

int main(void)
{
    return run(gCode);
}
