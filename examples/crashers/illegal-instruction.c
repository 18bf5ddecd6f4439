/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Runs into an instruction that is none.
 */
static void reach_the_unreachable(void)
{
    __builtin_trap();
}

int main(void)
{
    reach_the_unreachable();
    return 0;
}
