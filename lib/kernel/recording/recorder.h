/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The recorder: a kernel that hands all calls on to another one, and writes them down.
 */
#ifndef HDBG_KERNEL_RECORDING_RECORDER_H
#define HDBG_KERNEL_RECORDING_RECORDER_H

#include "base/fail.h"

/* For hdbg_kernel_create(): puts a recorder before the kernel if $HAIKUDBG_RECORD names a file. If that
 * cannot be, the kernel is destroyed. */
hdbg_status recorder_of_environment(hdbg_status created, hdbg_kernel **kernel);

#endif /* HDBG_KERNEL_RECORDING_RECORDER_H */
