/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Time, as BSD had it.
 */
#ifndef _HAIKU_SDK_POSIX_SYS_TIME_H
#define _HAIKU_SDK_POSIX_SYS_TIME_H

#include <sys/types.h>

struct timeval {
    time_t tv_sec;
    suseconds_t tv_usec;
};

#ifdef __cplusplus
extern "C" {
#endif

int gettimeofday(struct timeval *now, void *zone);

#ifdef __cplusplus
}
#endif

#endif
