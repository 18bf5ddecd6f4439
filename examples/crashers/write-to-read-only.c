/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Writes to a constant.
 */
static const char kGreeting[] = "hello";

static void shout(char *text)
{
    *text -= 'a' - 'A';
}

int main(void)
{
    shout((char *)kGreeting);
    return 0;
}
