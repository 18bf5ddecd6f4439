/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Copies a text into an array that is too short for it.
 *
 * debuggee-flags: -fstack-protector-all
 */
static void copy_name(const char *name)
{
    char buffer[8];
    volatile char *to = buffer;
    for (int i = 0; name[i] != 0; i++)
        to[i] = name[i];
}

int main(int argc, char **argv)
{
    copy_name("a name that is longer than eight characters");
    return 0;
}
