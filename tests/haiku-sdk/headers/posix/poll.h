/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Waiting for descriptors.
 */
#ifndef _HAIKU_SDK_POSIX_POLL_H
#define _HAIKU_SDK_POSIX_POLL_H

#include <signal.h>
#include <sys/time.h>

typedef unsigned long nfds_t;
struct pollfd {
    int fd;
    short events;
    short revents;
};
#define POLLIN   0x0001
#define POLLOUT  0x0002
#define POLLERR  0x0004
#define POLLPRI  0x0020
#define POLLHUP  0x0080
#define POLLNVAL 0x1000

#ifdef __cplusplus
extern "C" {
#endif

int poll(struct pollfd *descriptors, nfds_t count, int timeout);

#ifdef __cplusplus
}
#endif

#endif
