/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Loads a vector from an address that is no multiple of its size.
 */
static float gNumbers[8] __attribute__((aligned(16)));

static float first_of(const float *numbers)
{
    float first;
    __asm__ volatile("movaps (%1), %%xmm0; movss %%xmm0, %0" : "=m"(first) : "r"(numbers) : "xmm0");
    return first;
}

int main(void)
{
    return (int)first_of(gNumbers + 1);
}
