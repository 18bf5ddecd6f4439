/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What single steps have to know of a processor: the few instructions that see or change the trap flag, and
 * the one that breakpoints are made of. A processor without a trap flag has none of the former.
 */
#ifndef HDBG_ARCH_STEP_H
#define HDBG_ARCH_STEP_H

#include <haikudbg/registers.h>

#include <stdbool.h>

typedef enum step_kind {
    STEP_NORMAL = 0,
    STEP_PUSHF, /* pushes the flags */
    STEP_POPF,  /* pops them */
    STEP_INT3   /* the breakpoint instruction */
} step_kind;

typedef struct arch_step {
    step_kind kind;
    uint8_t length;  /* bytes of the instruction, if it is not STEP_NORMAL */
    uint8_t operand; /* bytes pushed or popped */
} arch_step;

/* The breakpoint instruction. */
typedef struct arch_trap {
    uint8_t bytes[4];
    size_t size;
} arch_trap;

/* What the instruction at the start of `bytes` is. */
step_kind arch_step_classify(hdbg_arch arch, const uint8_t *bytes, size_t size, arch_step *step);
/* Whether the bytes in front of an address end with a system call. */
bool arch_step_is_behind_syscall(hdbg_arch arch, const uint8_t *bytes, size_t size);
/* The breakpoint instruction; false if it is not known. */
bool arch_step_trap(hdbg_arch arch, arch_trap *trap);

/* Moves a state past an instruction of `length` bytes. */
void arch_step_advance(hdbg_cpu_state *state, size_t length);
/* Does what STEP_PUSHF does: `state` moves on; *word is to be written to *address, step->operand bytes. */
void arch_step_pushf(hdbg_cpu_state *state, const arch_step *step, hdbg_address *address, uint64_t *word);
/* Does what STEP_POPF does with a popped word. False, and nothing done, if it changes flags that debuggers
 * cannot set. */
bool arch_step_popf(hdbg_cpu_state *state, const arch_step *step, uint64_t word);
/* Clears the trap flag in a state, and in a word of flags. */
void arch_step_clear_trap_flag(hdbg_cpu_state *state);
uint64_t arch_step_without_trap_flag(hdbg_arch arch, uint64_t flags);

/* One processor, for step.c. NULL or 0: it has no such thing. */
typedef struct arch_step_description {
    step_kind (*classify)(const uint8_t *bytes, size_t size, arch_step *step);
    arch_trap trap;
    uint8_t syscalls[2][2]; /* two-byte system call instructions */
    uint64_t trap_flag;
    uint64_t pushed;   /* flags that are pushed as they are */
    uint64_t settable; /* flags that a program may pop and a debugger may set */
    uint64_t popped;   /* flags that a program may pop */
} arch_step_description;

extern const arch_step_description hdbg_step_x86;
extern const arch_step_description hdbg_step_x86_64;

/* The decoding that x86 and x86_64 share; `mode` is 4 or 8, the usual operand's bytes. */
step_kind arch_step_classify_x86(const uint8_t *bytes, size_t size, uint8_t mode, arch_step *step);

#endif /* HDBG_ARCH_STEP_H */
