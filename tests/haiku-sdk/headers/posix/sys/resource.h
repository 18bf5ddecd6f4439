/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Limits of a process.
 */
#ifndef _HAIKU_SDK_POSIX_SYS_RESOURCE_H
#define _HAIKU_SDK_POSIX_SYS_RESOURCE_H

#include <sys/time.h>

typedef unsigned long rlim_t;
struct rlimit {
    rlim_t rlim_cur, rlim_max;
};
#define RLIMIT_CORE   0
#define RLIMIT_CPU    1
#define RLIMIT_DATA   2
#define RLIMIT_FSIZE  3
#define RLIMIT_NOFILE 4
#define RLIMIT_STACK  5
#define RLIMIT_AS     6
#define RLIM_INFINITY (0xffffffffUL)

#ifdef __cplusplus
extern "C" {
#endif

int getrlimit(int resource, struct rlimit *limit);
int setrlimit(int resource, const struct rlimit *limit);

#ifdef __cplusplus
}
#endif

#endif
