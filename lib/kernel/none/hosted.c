/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The hosted kernel's functions where it was not built: anywhere but on Linux.
 */
#include "base/fail.h"

#include <haikudbg/hosted.h>

hdbg_status hdbg_kernel_hosted_create(const hdbg_hosted_options *options, hdbg_kernel **kernel)
{
    (void)options;
    if (kernel == NULL)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot create a hosted kernel: no place for the result");
    *kernel = NULL;
    return hdbg_fail(HDBG_NOT_SUPPORTED, "cannot create a hosted kernel: this library was built without it");
}

int32_t hdbg_hosted_test_nub(hdbg_kernel *kernel)
{
    (void)kernel;
    return hdbg_fail(HDBG_BAD_VALUE, "cannot name the nub: this is no hosted kernel");
}

hdbg_status hdbg_hosted_test_lose_continue(hdbg_kernel *kernel, int on)
{
    (void)kernel;
    (void)on;
    return hdbg_fail(HDBG_BAD_VALUE, "cannot make the nub lose a message: this is no hosted kernel");
}
