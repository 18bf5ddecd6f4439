/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The host's unistd.h, with a fork() that is libroot's, as Haiku's debuggers see it there.
 */
#ifndef _HAIKU_SDK_UNISTD_H
#define _HAIKU_SDK_UNISTD_H

#include_next <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

pid_t fork(void) __asm__("_haiku_fork");
ssize_t write(int descriptor, const void *buffer, size_t size) __asm__("_haiku_write");

#ifdef __cplusplus
}
#endif
#endif /* _HAIKU_SDK_UNISTD_H */
