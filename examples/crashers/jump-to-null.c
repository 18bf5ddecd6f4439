/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Calls a function by a pointer that is null.
 */
static void call_back(void (*function)(void))
{
    function();
}

int main(void)
{
    call_back((void (*)(void))0);
    return 0;
}
