/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Haiku's basic types. On 32-bit x86 the 32-bit ones are long, as BeOS had them there.
 */
#ifndef _SUPPORT_DEFS_H
#define _SUPPORT_DEFS_H

#include "Errors.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef signed char int8;
typedef unsigned char uint8;
typedef short int16;
typedef unsigned short uint16;
#ifdef __i386__
typedef long int32;
typedef unsigned long uint32;
#else
typedef int int32;
typedef unsigned int uint32;
#endif
#ifdef __LP64__
typedef long int64;
typedef unsigned long uint64;
#else
typedef long long int64;
typedef unsigned long long uint64;
#endif
typedef unsigned char uchar;

typedef int32 status_t;
typedef int64 bigtime_t;
typedef int64 nanotime_t;
typedef uint32 type_code;
typedef uint32 perform_code;

typedef unsigned long addr_t;
typedef uint64 phys_addr_t;
typedef phys_addr_t phys_size_t;
typedef phys_addr_t generic_addr_t;
typedef phys_size_t generic_size_t;

#ifndef TRUE
#define TRUE  1
#define FALSE 0
#endif

#endif /* _SUPPORT_DEFS_H */
