/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The values that expressions reckon with: numbers of the type that addresses have, or of a base type.
 */
#ifndef HDBG_DWARF_VALUES_H
#define HDBG_DWARF_VALUES_H

#include <stdint.h>

typedef struct dwarf_value {
    uint64_t bits; /* those beyond its size are 0 */
    uint16_t type; /* DW_ATE_* << 8 | bytes; 0: as addresses are */
} dwarf_value;

/* `word`: bytes of an address, 4 or 8. */
unsigned value_bytes(uint16_t type, unsigned word);
/* Whether values of a type can be reckoned with. */
int value_type_is_known(uint16_t type, unsigned word);
dwarf_value value_trimmed(dwarf_value value, unsigned word);
uint64_t value_extended(uint64_t bits, unsigned bytes);
int value_is_negative(dwarf_value value, unsigned word);
dwarf_value value_negated(dwarf_value value, unsigned word);
dwarf_value value_converted(dwarf_value value, uint16_t type, unsigned word);
/* An operator of two operands, of which there are DW_OP_and to DW_OP_xor and DW_OP_eq to DW_OP_ne.
 * @return NULL, or what is wrong with it. */
const char *value_binary(uint8_t op, dwarf_value left, dwarf_value right, unsigned word, dwarf_value *result);

/* Operators, by their value in an expression. */
enum {
    OP_AND = 0x1a,
    OP_DIV = 0x1b,
    OP_MINUS = 0x1c,
    OP_MOD = 0x1d,
    OP_MUL = 0x1e,
    OP_OR = 0x21,
    OP_PLUS = 0x22,
    OP_SHL = 0x24,
    OP_SHR,
    OP_SHRA,
    OP_XOR,
    OP_EQ = 0x29,
    OP_GE,
    OP_GT,
    OP_LE,
    OP_LT,
    OP_NE
};

#endif /* HDBG_DWARF_VALUES_H */
