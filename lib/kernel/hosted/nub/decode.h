/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the processor's instructions are, as far as they are stepped out of line.
 */
#ifndef HDBG_HOSTED_NUB_DECODE_H
#define HDBG_HOSTED_NUB_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DECODE_MAX = 15 }; /* bytes of an instruction */

typedef enum decoded_kind { DECODED_OTHER, DECODED_CALL, DECODED_PUSHF, DECODED_SYSCALL } decoded_kind;

/* What stepping an instruction elsewhere than where it is depends on. */
typedef struct decoded_instruction {
    uint8_t length;
    uint8_t kind;        /* a decoded_kind */
    bool is_branch;      /* to an address relative to the end of the instruction: */
    int64_t distance;    /* that far; */
    uint8_t distance_at; /* which is at this offset, */
    uint8_t distance_bits;
    bool reads_near;         /* memory relative to the instruction pointer: */
    int64_t displacement;    /* that far; */
    uint8_t displacement_at; /* the same of it */
    uint8_t displacement_bits;
} decoded_instruction;

/* @return whether the bytes begin with an instruction. */
bool instruction_decode(const uint8_t *bytes, size_t size, decoded_instruction *out);

#endif /* HDBG_HOSTED_NUB_DECODE_H */
