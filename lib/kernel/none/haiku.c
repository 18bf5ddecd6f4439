/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The native kernel's functions where the library was not built on Haiku.
 */
#include "base/fail.h"

#include <haikudbg/haiku.h>

hdbg_status hdbg_kernel_haiku_create(const hdbg_haiku_options *options, hdbg_kernel **kernel)
{
    (void)options;
    if (kernel == NULL)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot create the native kernel: no place for the result");
    *kernel = NULL;
    return hdbg_fail(HDBG_NOT_SUPPORTED, "cannot create the native kernel: this system is not Haiku");
}
