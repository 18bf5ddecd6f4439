/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Several buffers at once.
 */
#ifndef _HAIKU_SDK_POSIX_SYS_UIO_H
#define _HAIKU_SDK_POSIX_SYS_UIO_H

#include <sys/types.h>

typedef struct iovec {
    void *iov_base;
    size_t iov_len;
} iovec;

#ifdef __cplusplus
extern "C" {
#endif

ssize_t readv(int descriptor, const struct iovec *vector, int count);
ssize_t writev(int descriptor, const struct iovec *vector, int count);

#ifdef __cplusplus
}
#endif

#endif
