/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 */
#include "base/file.h"

#include <errno.h>
#include <unistd.h>

/* No cut at INT64_MAX: a process's memory is a file whose offsets are addresses, and they may be "negative".
 */
size_t hdbg_file_read(int fd, uint64_t at, void *buffer, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = pread(fd, (char *)buffer + done, size - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return done;
}

size_t hdbg_file_write(int fd, uint64_t at, const void *buffer, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = pwrite(fd, (const char *)buffer + done, size - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return done;
}
