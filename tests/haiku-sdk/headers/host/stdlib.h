/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The host's stdlib.h, with Haiku's abort(): it calls the debugger before it raises SIGABRT.
 */
#ifndef _HAIKU_SDK_STDLIB_H
#define _HAIKU_SDK_STDLIB_H

#include_next <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

void abort(void) __asm__("_haiku_abort") __attribute__((__noreturn__));

#ifdef __cplusplus
}
#endif
#endif /* _HAIKU_SDK_STDLIB_H */
