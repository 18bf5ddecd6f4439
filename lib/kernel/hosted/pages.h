/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Which pages of a process hold something. Used by the library and hdbg-nub.
 */
#ifndef HDBG_HOSTED_PAGES_H
#define HDBG_HOSTED_PAGES_H

#include <haikudbg/kernel.h>

#include <sys/types.h>

/* hdbg_kernel_ops.next_pages of a process. *pagemap: its /proc/PID/pagemap, -1 to have it opened. */
hdbg_status pages_next(pid_t pid, int *pagemap, int32_t kind, hdbg_address *address, hdbg_address end,
                       uint64_t *size);

/* The two ways to find out. @return 1 with *address and *size, 0 if there are no more; the first is -1 if the
 * kernel does not know that way. */
int pages_scan(int pagemap, int32_t kind, hdbg_address *address, hdbg_address end, uint64_t *size);
int pages_read(int pagemap, int32_t kind, hdbg_address *address, hdbg_address end, uint64_t *size);

#endif /* HDBG_HOSTED_PAGES_H */
