/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * How functions of the library fail: `return hdbg_fail(HDBG_BAD_VALUE, "cannot read %s: ...", ...)`.
 */
#ifndef HDBG_BASE_FAIL_H
#define HDBG_BASE_FAIL_H

#include <haikudbg/kernel.h>

/* Sets the calling thread's last error; answers `status`. */
#ifndef __clang_analyzer__
#define hdbg_fail hdbg_kernel_fail
#else
/* clang-tidy does not see across files that what comes back is an error. */
#define hdbg_fail(status, ...) ((void)hdbg_kernel_fail((status), __VA_ARGS__), (status))
#endif

#endif /* HDBG_BASE_FAIL_H */
