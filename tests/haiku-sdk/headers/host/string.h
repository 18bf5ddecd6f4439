/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The host's string.h, with a strerror() that knows Haiku's statuses too.
 */
#ifndef _HAIKU_SDK_STRING_H
#define _HAIKU_SDK_STRING_H

#include_next <string.h>

#ifdef __cplusplus
extern "C" {
#endif

char *strerror(int error) __asm__("_haiku_strerror");

#ifdef __cplusplus
}
#endif
#endif /* _HAIKU_SDK_STRING_H */
