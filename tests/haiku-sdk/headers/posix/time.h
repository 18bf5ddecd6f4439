/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Time.
 */
#ifndef _HAIKU_SDK_POSIX_TIME_H
#define _HAIKU_SDK_POSIX_TIME_H

#include <sys/types.h>

#define CLOCK_MONOTONIC          ((clockid_t)0)
#define CLOCK_REALTIME           ((clockid_t)-1)
#define CLOCK_PROCESS_CPUTIME_ID ((clockid_t)-2)
#define CLOCK_THREAD_CPUTIME_ID  ((clockid_t)-3)
#define TIMER_ABSTIME            1

struct timespec {
    time_t tv_sec;
    long tv_nsec;
};
struct tm {
    int tm_sec, tm_min, tm_hour;
    int tm_mday, tm_mon, tm_year;
    int tm_wday, tm_yday, tm_isdst;
    int tm_gmtoff;
    char *tm_zone;
};

#ifdef __cplusplus
extern "C" {
#endif

time_t time(time_t *now);
struct tm *gmtime_r(const time_t *when, struct tm *tm);
struct tm *localtime_r(const time_t *when, struct tm *tm);
size_t strftime(char *buffer, size_t size, const char *format, const struct tm *tm);
int nanosleep(const struct timespec *duration, struct timespec *left);
int clock_gettime(clockid_t clock, struct timespec *now);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *duration, struct timespec *left);

#ifdef __cplusplus
}
#endif

#endif
