/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Asserts what is not so, in every kind of build.
 *
 * debuggee-flags: -UNDEBUG
 */
#include <assert.h>

static int item_at(const int *items, int count, int index)
{
    assert(index < count);
    return items[index];
}

int main(void)
{
    const int items[] = {1, 2, 3};
    return item_at(items, 3, 4);
}
