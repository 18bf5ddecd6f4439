/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Unwinding, as stack.c asks for it.
 */
#ifndef HDBG_INSPECT_STACK_H
#define HDBG_INSPECT_STACK_H

#include <haikudbg/stack.h>

/* Unwinds a stopped thread's stack. `limit` 0: the default. */
hdbg_status stack_unwind(hdbg_thread *thread, size_t limit, uint32_t flags, hdbg_stack **result);

#endif /* HDBG_INSPECT_STACK_H */
