/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Numbers.
 */
#ifndef _HAIKU_SDK_POSIX_MATH_H
#define _HAIKU_SDK_POSIX_MATH_H

#define NAN        __builtin_nanf("")
#define INFINITY   __builtin_inff()
#define isnan(x)   __builtin_isnan(x)
#define isinf(x)   __builtin_isinf(x)
#define signbit(x) __builtin_signbit(x)

#ifdef __cplusplus
extern "C" {
#endif

double fabs(double x);
double ldexp(double x, int exponent);
long double ldexpl(long double x, int exponent);
double pow(double x, double y);

#ifdef __cplusplus
}
#endif

#endif
