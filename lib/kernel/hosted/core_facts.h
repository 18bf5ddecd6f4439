/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What a core file tells of a Linux process beside Haiku's notes. Used by the library and hdbg-nub.
 */
#ifndef HDBG_HOSTED_CORE_FACTS_H
#define HDBG_HOSTED_CORE_FACTS_H

#include <haikudbg/kernel.h>

#include <sys/types.h>

/* Tells Linux's own details of the signal that a thread is stopped for: a siginfo_t. 0 if they are not known.
 */
typedef int (*core_facts_info)(void *context, hdbg_thread_id thread, void *info);

/* hdbg_kernel_ops.core_notes of a process. Of a signal that `info` knows nothing of, the notes say what the
 * threads' descriptions do, which lack the address of a fault. */
hdbg_status core_facts_notes(pid_t pid, const hdbg_core_thread *threads, size_t count, core_facts_info info,
                             void *info_context,
                             hdbg_status (*add)(void *sink, const char *name, uint32_t type, const void *data,
                                                size_t size),
                             void *sink);

#endif /* HDBG_HOSTED_CORE_FACTS_H */
