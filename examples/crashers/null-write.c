/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Writes through a null pointer.
 */
struct settings {
    int width, height;
};

static void apply_settings(struct settings *settings)
{
    settings->width = 640;
}

int main(void)
{
    apply_settings((struct settings *)0);
    return 0;
}
