/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Strings, as BSD had them.
 */
#ifndef _HAIKU_SDK_POSIX_STRINGS_H
#define _HAIKU_SDK_POSIX_STRINGS_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t size);
int ffs(int bits);

#ifdef __cplusplus
}
#endif

#endif
