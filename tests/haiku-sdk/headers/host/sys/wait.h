/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Waiting for children: the host's, with statuses packed as Haiku packs them (bits/waitstatus.h).
 */
#ifndef _HAIKU_SDK_WAIT_H
#define _HAIKU_SDK_WAIT_H

#include_next <sys/wait.h>

#ifdef __cplusplus
extern "C" {
#endif

pid_t wait(int *status) __asm__("_haiku_wait");
pid_t waitpid(pid_t pid, int *status, int options) __asm__("_haiku_waitpid");

#ifdef __cplusplus
}
#endif
#endif /* _HAIKU_SDK_WAIT_H */
