/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the call sites in the debug information say of two frames: who was between them, and whether the one
 * was called by the other.
 */
#ifndef HDBG_INSPECT_STACK_CALLS_H
#define HDBG_INSPECT_STACK_CALLS_H

#include "dwarf/dwarf.h"

#include <haikudbg/team.h>

enum { STACK_JUMPS_MAX = 32 };

/* A jump by which a function was left. */
typedef struct stack_jump {
    hdbg_address pc; /* behind the jump; with `is_exact` the jump itself */
    int is_exact;
} stack_jump;

/* Finds the functions that were left by jumps between a call and where it has led to: `call` and `callee` are
 * addresses in the call's instruction and in the function that was entered. Only those that each way leads
 * through. *steps: how many may still be made; with 0 nothing is looked for. @return how many, the innermost
 * first. */
size_t stack_jumps_between(hdbg_team *team, hdbg_address call, hdbg_address callee, unsigned *steps,
                           stack_jump jumps[STACK_JUMPS_MAX]);

/* Whether what a call handed over is what a function got: it calls that function, and the function cannot
 * have gone through itself again by jumps. `evaluate` has an expression's value in the caller's frame. */
int stack_call_reaches(hdbg_team *team, hdbg_address call, hdbg_address callee,
                       hdbg_status (*evaluate)(void *context, const uint8_t *expression, size_t size,
                                               uint64_t *value),
                       void *context);

#endif /* HDBG_INSPECT_STACK_CALLS_H */
