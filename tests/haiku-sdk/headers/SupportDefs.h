/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Haiku's basic types.
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
typedef int int32;
typedef unsigned int uint32;
typedef long int64;
typedef unsigned long uint64;
typedef unsigned char uchar;

typedef int32 status_t;
typedef int64 bigtime_t;
typedef int64 nanotime_t;
typedef uint32 type_code;
typedef uint32 perform_code;

typedef uint64 addr_t;
typedef uint64 phys_addr_t;
typedef phys_addr_t phys_size_t;
typedef addr_t generic_addr_t;
typedef size_t generic_size_t;

#ifndef TRUE
#define TRUE  1
#define FALSE 0
#endif

#endif /* _SUPPORT_DEFS_H */
