/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The kernel of a system that there is none for: sessions get theirs from the caller (haikudbg/kernel.h, the
 * mock).
 */
#include "base/fail.h"

hdbg_status hdbg_kernel_create(hdbg_kernel **kernel)
{
    *kernel = NULL;
    return hdbg_fail(HDBG_NOT_SUPPORTED,
                     "this build of the library has no kernel of its own for this system");
}

void hdbg_kernel_destroy(hdbg_kernel *kernel)
{
    if (kernel != NULL)
        kernel->ops->destroy(kernel->context);
}
