/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Formats for integers of exact sizes.
 */
#ifndef _HAIKU_SDK_POSIX_INTTYPES_H
#define _HAIKU_SDK_POSIX_INTTYPES_H

#include <stdint.h>

#ifdef __LP64__
#define __SDK_64 "l"
#else
#define __SDK_64 "ll"
#endif
#define PRId32  "d"
#define PRIu32  "u"
#define PRIx32  "x"
#define PRId64  __SDK_64 "d"
#define PRIu64  __SDK_64 "u"
#define PRIx64  __SDK_64 "x"
#define PRIX64  __SDK_64 "X"
#define SCNx64  __SDK_64 "x"
#define SCNu64  __SDK_64 "u"
#define PRIxPTR "lx"

#endif
