/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Divides an integer by zero.
 */
static int average(int sum, int count)
{
    return sum / count;
}

int main(int argc, char **argv)
{
    (void)argv;
    return average(10, argc - 1);
}
