/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What a faulting instruction wanted of memory. Haiku's exception event does not carry the address of a
 * fault; the instruction and the registers tell it.
 */
#ifndef REPORT_DECODE_H
#define REPORT_DECODE_H

#include "facts.h"

enum { ACCESS_CANDIDATES = 2 };

/* Decodes the instruction at the thread's program counter. Answers how many accesses it makes, at most
 * ACCESS_CANDIDATES, the likeliest first: of `movs` and `push [memory]` there are two. 0: not known, or
 * another processor than x86_64. */
size_t access_decode(hdbg_thread *thread, const hdbg_cpu_state *registers, memory_access *accesses);

/* Of a function that only returns a constant address (as `what()` often does), that address; 0 if it does
 * anything else. */
hdbg_address constant_result(hdbg_team *team, hdbg_address function);

#endif /* REPORT_DECODE_H */
