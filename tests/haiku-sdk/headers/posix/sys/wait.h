/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Waiting for children. A status has the exit value in byte 0, the deadly signal in byte 1, the stop signal
 * in byte 2.
 */
#ifndef _HAIKU_SDK_POSIX_SYS_WAIT_H
#define _HAIKU_SDK_POSIX_SYS_WAIT_H

#include <signal.h>
#include <sys/types.h>

#define WNOHANG    0x01
#define WUNTRACED  0x02
#define WCONTINUED 0x04
#define WEXITED    0x08
#define WSTOPPED   0x10
#define WNOWAIT    0x20

#define WIFEXITED(status)    (((status) & ~0xff) == 0)
#define WEXITSTATUS(status)  ((status)&0xff)
#define WIFSIGNALED(status)  (((status) >> 8 & 0xff) != 0)
#define WTERMSIG(status)     ((status) >> 8 & 0xff)
#define WIFSTOPPED(status)   (((status) >> 16 & 0xff) != 0)
#define WSTOPSIG(status)     ((status) >> 16 & 0xff)
#define WCOREDUMP(status)    ((status)&0x10000)
#define WIFCONTINUED(status) ((status)&0x20000)

#ifdef __cplusplus
extern "C" {
#endif

pid_t wait(int *status);
pid_t waitpid(pid_t pid, int *status, int options);

#ifdef __cplusplus
}
#endif

#endif
