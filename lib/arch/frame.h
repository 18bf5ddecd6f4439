/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * How frames lie on the stack of each processor, and what the code around a thread's pc says of its innermost
 * one.
 */
#ifndef HDBG_ARCH_FRAME_H
#define HDBG_ARCH_FRAME_H

#include <haikudbg/types.h>

#include <stddef.h>
#include <stdint.h>

/* Where the innermost function is in its life. */
typedef enum arch_frame_state {
    ARCH_FRAME_BUILT,   /* the frame pointer is its own, or there is no telling */
    ARCH_FRAME_ENTERED, /* it has made no frame yet, or none any more: the return address is where the call
                           left it */
    ARCH_FRAME_PUSHED   /* x86: the caller's frame pointer is pushed, the function's own is not set yet */
} arch_frame_state;

enum { ARCH_CODE_BEFORE = 8, ARCH_CODE_AT = 16, ARCH_CODE_START = 32 };

/* What is known of the innermost function's code. */
typedef struct arch_code {
    uint8_t before[ARCH_CODE_BEFORE];        /* the bytes in front of pc; the last one is next to it */
    uint8_t at[ARCH_CODE_AT];                /* those at pc */
    uint8_t start[ARCH_CODE_START];          /* those at the function's start */
    size_t before_size, at_size, start_size; /* how many could be read */
    int64_t offset;                          /* pc's offset in the function, -1 if not known */
} arch_code;

enum { ARCH_SIGNAL_REGISTERS = 16 };

/* What Haiku's kernel leaves on the stack for the return from a signal handler (signal_frame_data): a return
 * address, and `gap` bytes behind its slot the registers, at offsets from there. */
typedef struct arch_signal_frame {
    uint16_t gap;
    uint16_t pc;
    uint16_t count;                            /* of registers */
    uint16_t registers[ARCH_SIGNAL_REGISTERS]; /* by DWARF's numbers */
} arch_signal_frame;

/* A frame record: the caller's frame pointer and the return address, at offsets from the frame pointer. */
typedef struct arch_frame_rules {
    int16_t saved_pointer;
    int16_t return_address;
    int16_t caller_sp; /* what the caller's stack pointer was before the call, from the frame pointer */
    uint8_t word;      /* bytes of an address */
    uint8_t alignment; /* of frame pointers */
    uint8_t
        link; /* calls leave the return address in a register (HDBG_ROLE_RETURN_ADDRESS), not on the stack */
    arch_frame_state (*innermost)(const arch_code *code);
    /* Whether the instruction that ends with the last of these bytes can be a call. */
    int (*ends_with_call)(const uint8_t *bytes, size_t size);
    uint64_t preserved; /* registers that calls keep, a bit each by DWARF's number; the stack pointer is not
                           among them */
    const arch_signal_frame *signal_frame; /* NULL: there is no return address by which it could be found */
} arch_frame_rules;

extern const arch_frame_rules hdbg_frame_x86_64;
extern const arch_frame_rules hdbg_frame_x86;
extern const arch_frame_rules hdbg_frame_arm64;
extern const arch_frame_rules hdbg_frame_riscv64;

/* The rules of a processor, or NULL. */
const arch_frame_rules *arch_frame_find(int32_t arch);

/* x86 and x86_64 differ in a prefix and in what marks the target of an indirect call. */
arch_frame_state arch_x86_innermost(const arch_code *code, int is_64);
int arch_x86_ends_with_call(const uint8_t *bytes, size_t size);

#endif /* HDBG_ARCH_FRAME_H */
