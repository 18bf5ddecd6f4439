/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What a core file tells of a Linux process beside Haiku's notes. Used by the library and hdbg-nub.
 */
#ifndef HDBG_HOSTED_CORE_FACTS_H
#define HDBG_HOSTED_CORE_FACTS_H

#include <haikudbg/kernel.h>

#include <sys/types.h>

/* hdbg_kernel_ops.next_pages of a process. *pagemap: its /proc/PID/pagemap, -1 to have it opened. */
hdbg_status core_facts_pages(pid_t pid, int *pagemap, int32_t kind, hdbg_address *address, hdbg_address end,
                             uint64_t *size);

/* hdbg_kernel_ops.core_notes of a process. */
hdbg_status core_facts_notes(pid_t pid, const hdbg_core_thread *threads, size_t count,
                             hdbg_status (*add)(void *sink, const char *name, uint32_t type, const void *data,
                                                size_t size),
                             void *sink);

#endif /* HDBG_HOSTED_CORE_FACTS_H */
