/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Has the processor check that addresses are aligned, and loads a number from one that is not.
 */
static char gBytes[16] __attribute__((aligned(16)));

static int number_at(const char *bytes)
{
    int number;
    __asm__ volatile("pushfq; orl $0x40000, (%%rsp); popfq; movl (%1), %0" : "=r"(number) : "r"(bytes));
    return number;
}

int main(void)
{
    return number_at(gBytes + 1);
}
