/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * How a child's status is packed on Haiku: exit value in byte 0, deadly signal in byte 1, stop signal in
 * byte 2. The host's stdlib.h and sys/wait.h make the W...() macros of these.
 */
#ifndef _HAIKU_SDK_WAITSTATUS_H
#define _HAIKU_SDK_WAITSTATUS_H

#define __WEXITSTATUS(status)  ((status)&0xff)
#define __WTERMSIG(status)     ((status) >> 8 & 0xff)
#define __WSTOPSIG(status)     ((status) >> 16 & 0xff)
#define __WIFEXITED(status)    (((status) & ~0xff) == 0)
#define __WIFSIGNALED(status)  (__WTERMSIG(status) != 0)
#define __WIFSTOPPED(status)   (__WSTOPSIG(status) != 0)
#define __WIFCONTINUED(status) ((status)&0x20000)
#define __WCOREDUMP(status)    ((status)&0x10000)

#endif
