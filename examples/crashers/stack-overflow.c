/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Calls itself until its stack is full.
 */
static unsigned recurse(unsigned depth)
{
    volatile unsigned char space[512];
    space[depth % sizeof(space)] = (unsigned char)depth;
    return recurse(depth + 1) + space[0];
}

int main(void)
{
    return (int)recurse(0);
}
