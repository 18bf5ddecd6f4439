/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The kernel of the system that this library was built for: here the hosted one.
 */
#include "kernel/recording/recorder.h"

#include <haikudbg/hosted.h>

hdbg_status hdbg_kernel_create(hdbg_kernel **kernel)
{
    return recorder_of_environment(hdbg_kernel_hosted_create(NULL, kernel), kernel);
}

void hdbg_kernel_destroy(hdbg_kernel *kernel)
{
    if (kernel != NULL)
        kernel->ops->destroy(kernel->context);
}
