/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Calls debugger(), and goes on when a debugger has had a look.
 */
#include <haikudbg/debuggee.h>

#include <stdio.h>

static void look_into_the_cupboard(void)
{
    hdbg_debuggee_debugger("the cupboard is bare");
    puts("still here");
}

int main(void)
{
    look_into_the_cupboard();
    return 0;
}
