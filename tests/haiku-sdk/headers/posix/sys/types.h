/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Haiku's types. On 32-bit x86 those of 32 bits are long, as BeOS had them there.
 */
#ifndef _HAIKU_SDK_POSIX_SYS_TYPES_H
#define _HAIKU_SDK_POSIX_SYS_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __i386__
typedef long __sdk_int32;
typedef unsigned long __sdk_uint32;
typedef long time_t;
#else
typedef int __sdk_int32;
typedef unsigned int __sdk_uint32;
typedef int64_t time_t;
#endif

typedef long ssize_t;
typedef int64_t off_t;
typedef int64_t ino_t;
typedef int64_t blkcnt_t;
typedef int blksize_t;
typedef __sdk_int32 dev_t;
typedef __sdk_int32 pid_t;
typedef __sdk_int32 id_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef unsigned int mode_t;
typedef int nlink_t;
typedef int clockid_t;
typedef __sdk_int32 clock_t;
typedef __sdk_int32 suseconds_t;
typedef __sdk_uint32 useconds_t;

typedef struct _pthread_thread *pthread_t;
typedef struct _pthread_attr *pthread_attr_t;
typedef struct _pthread_mutexattr *pthread_mutexattr_t;
typedef struct _pthread_condattr *pthread_condattr_t;
typedef int pthread_key_t;
typedef struct _pthread_mutex {
    uint32_t flags;
    int32_t lock, unused, owner, owner_count;
} pthread_mutex_t;
typedef struct _pthread_cond {
    uint32_t flags;
    int32_t unused;
    pthread_mutex_t *mutex;
    int32_t waiter_count, lock;
} pthread_cond_t;
typedef struct _pthread_once {
    int32_t state;
} pthread_once_t;

#endif
