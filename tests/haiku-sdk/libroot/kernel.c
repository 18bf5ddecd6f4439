/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The hosted kernel under libroot, and small things that all of libroot uses.
 */
#define _GNU_SOURCE
#include "libroot.h"

#include <haikudbg/hosted.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static hdbg_kernel *kernel;
static pid_t owner;

hdbg_kernel *libroot_kernel(void)
{
    pthread_mutex_lock(&lock);
    if (kernel == NULL || owner != getpid()) {
        /* After a fork the parent's kernel is of no use here, and destroying it would end the parent's ports.
         */
        kernel = NULL;
        owner = getpid();
        if (hdbg_kernel_create(&kernel) != HDBG_OK) {
            fprintf(stderr, "libroot: no kernel: %s\n", hdbg_last_error());
            kernel = NULL;
        } else if (libroot_behaviour()->lose_continue) {
            hdbg_hosted_test_lose_continue(kernel, 1);
        }
    }
    hdbg_kernel *result = kernel;
    pthread_mutex_unlock(&lock);
    return result;
}

bigtime_t libroot_timeout(uint32 flags, bigtime_t timeout)
{
    if (timeout == B_INFINITE_TIMEOUT || !(flags & (B_RELATIVE_TIMEOUT | B_ABSOLUTE_TIMEOUT)))
        return HDBG_FOREVER;
    if (flags & B_ABSOLUTE_TIMEOUT)
        timeout -= system_time();
    return timeout < 0 ? 0 : timeout;
}

team_id libroot_team(team_id team)
{
    return team == B_CURRENT_TEAM ? getpid() : team;
}

void libroot_copy(char *to, const char *from, size_t size)
{
    size_t length = strnlen(from, size - 1);
    memcpy(to, from, length);
    to[length] = '\0';
}

status_t libroot_errno(void)
{
    return libroot_error(errno);
}
