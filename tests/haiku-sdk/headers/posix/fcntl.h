/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Opening files, and what descriptors can be told.
 */
#ifndef _HAIKU_SDK_POSIX_FCNTL_H
#define _HAIKU_SDK_POSIX_FCNTL_H

#include <sys/types.h>

#define F_DUPFD         0x0001
#define F_GETFD         0x0002
#define F_SETFD         0x0004
#define F_GETFL         0x0008
#define F_SETFL         0x0010
#define F_DUPFD_CLOEXEC 0x0200
#define FD_CLOEXEC      1

#define O_RDONLY    0x0000
#define O_WRONLY    0x0001
#define O_RDWR      0x0002
#define O_EXCL      0x0100
#define O_CREAT     0x0200
#define O_TRUNC     0x0400
#define O_NOCTTY    0x1000
#define O_CLOEXEC   0x00000040
#define O_NONBLOCK  0x00000080
#define O_APPEND    0x00000800
#define O_NOFOLLOW  0x00080000
#define O_DIRECTORY 0x00200000

#define AT_FDCWD            (-100)
#define AT_SYMLINK_NOFOLLOW 0x01

#define POSIX_FADV_NORMAL     0
#define POSIX_FADV_SEQUENTIAL 1
#define POSIX_FADV_RANDOM     2
#define POSIX_FADV_WILLNEED   3
#define POSIX_FADV_DONTNEED   4

#ifdef __cplusplus
extern "C" {
#endif

int open(const char *path, int flags, ...);
int openat(int folder, const char *path, int flags, ...);
int fcntl(int descriptor, int operation, ...);
int posix_fadvise(int descriptor, off_t offset, off_t size, int advice);

#ifdef __cplusplus
}
#endif

#endif
