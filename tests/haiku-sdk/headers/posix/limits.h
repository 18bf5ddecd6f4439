/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Limits: the compiler's, and Haiku's.
 */
#ifndef _HAIKU_SDK_POSIX_LIMITS_H
#define _HAIKU_SDK_POSIX_LIMITS_H

#include_next <limits.h>

#define ARG_MAX  (128 * 1024)
#define IOV_MAX  1024
#define NAME_MAX 256
#define OPEN_MAX 128
#define PATH_MAX 1024
#define PIPE_BUF (4 * 1024)
#ifdef __LP64__
#define SSIZE_MAX 0x7fffffffffffffff
#else
#define SSIZE_MAX 0x7fffffff
#endif

#endif
