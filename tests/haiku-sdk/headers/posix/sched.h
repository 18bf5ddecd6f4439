/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Scheduling.
 */
#ifndef _HAIKU_SDK_POSIX_SCHED_H
#define _HAIKU_SDK_POSIX_SCHED_H

#include <sys/types.h>

struct sched_param {
    int sched_priority;
};

#ifdef __cplusplus
extern "C" {
#endif

int sched_yield(void);

#ifdef __cplusplus
}
#endif

#endif
