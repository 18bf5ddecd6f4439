/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Integers of exact sizes.
 */
#ifndef _HAIKU_SDK_POSIX_STDINT_H
#define _HAIKU_SDK_POSIX_STDINT_H

typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
#ifdef __LP64__
typedef long int64_t;
typedef unsigned long uint64_t;
#define INT64_C(value)  value##L
#define UINT64_C(value) value##UL
#else
typedef long long int64_t;
typedef unsigned long long uint64_t;
#define INT64_C(value)  value##LL
#define UINT64_C(value) value##ULL
#endif
typedef int8_t int_least8_t;
typedef uint8_t uint_least8_t;
typedef int16_t int_least16_t;
typedef uint16_t uint_least16_t;
typedef int32_t int_least32_t;
typedef uint32_t uint_least32_t;
typedef int64_t int_least64_t;
typedef uint64_t uint_least64_t;
typedef int32_t int_fast8_t;
typedef uint32_t uint_fast8_t;
typedef int32_t int_fast16_t;
typedef uint32_t uint_fast16_t;
typedef int32_t int_fast32_t;
typedef uint32_t uint_fast32_t;
typedef int64_t int_fast64_t;
typedef uint64_t uint_fast64_t;
typedef int64_t intmax_t;
typedef uint64_t uintmax_t;
typedef long intptr_t;
typedef unsigned long uintptr_t;

#define INT8_MIN   (-128)
#define INT8_MAX   127
#define UINT8_MAX  255
#define INT16_MIN  (-32768)
#define INT16_MAX  32767
#define UINT16_MAX 65535
#define INT32_MAX  2147483647
#define INT32_MIN  (-INT32_MAX - 1)
#define UINT32_MAX 4294967295U
#define INT64_MAX  INT64_C(9223372036854775807)
#define INT64_MIN  (-INT64_MAX - 1)
#define UINT64_MAX UINT64_C(18446744073709551615)
#ifdef __LP64__
#define SIZE_MAX    UINT64_MAX
#define UINTPTR_MAX UINT64_MAX
#else
#define SIZE_MAX    4294967295UL
#define UINTPTR_MAX 4294967295UL
#endif
#define INT32_C(value)  value
#define UINT32_C(value) value##U

#endif
