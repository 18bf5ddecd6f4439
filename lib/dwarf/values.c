/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Reckoning with values of base types, as expressions do.
 */
#include "dwarf/values.h"

#include <stddef.h>
#include <string.h>

enum { ATE_FLOAT = 4, ATE_SIGNED = 5, ATE_SIGNED_CHAR = 6 }; /* DW_ATE_* */

unsigned value_bytes(uint16_t type, unsigned word)
{
    return type == 0 ? word : type & 0xff;
}

static int is_float(uint16_t type)
{
    return type >> 8 == ATE_FLOAT;
}

static int is_signed(uint16_t type)
{
    return type >> 8 == ATE_SIGNED || type >> 8 == ATE_SIGNED_CHAR;
}

int value_type_is_known(uint16_t type, unsigned word)
{
    unsigned bytes = value_bytes(type, word);
    return is_float(type) ? bytes == 4 || bytes == 8 : bytes >= 1 && bytes <= 8;
}

uint64_t value_extended(uint64_t bits, unsigned bytes)
{
    unsigned shift = bytes < 8 ? 64 - 8 * bytes : 0;
    return (uint64_t)((int64_t)(bits << shift) >> shift);
}

dwarf_value value_trimmed(dwarf_value value, unsigned word)
{
    unsigned bytes = value_bytes(value.type, word);
    if (bytes < 8)
        value.bits &= (UINT64_C(1) << 8 * bytes) - 1;
    return value;
}

/* All 64 bits of a number. */
static uint64_t whole(dwarf_value value, unsigned word, int with_sign)
{
    return with_sign ? value_extended(value.bits, value_bytes(value.type, word)) : value.bits;
}

/* ---- numbers with a fraction ---- */

static double as_double(dwarf_value value, unsigned word)
{
    float small;
    double large;
    uint32_t half = (uint32_t)value.bits;
    if (!is_float(value.type))
        return is_signed(value.type) ? (double)(int64_t)whole(value, word, 1) : (double)value.bits;
    memcpy(&small, &half, sizeof small);
    memcpy(&large, &value.bits, sizeof large);
    return value_bytes(value.type, word) == 4 ? (double)small : large;
}

static dwarf_value from_double(uint16_t type, unsigned word, double number)
{
    dwarf_value made = {.type = type};
    float small = (float)number;
    if (value_bytes(type, word) == 4)
        memcpy(&made.bits, &small, sizeof small); /* little-endian */
    else
        memcpy(&made.bits, &number, sizeof number);
    return made;
}

int value_is_negative(dwarf_value value, unsigned word)
{
    return is_float(value.type)
               ? as_double(value, word) < 0
               : (value.type == 0 || is_signed(value.type)) && (int64_t)whole(value, word, 1) < 0;
}

dwarf_value value_negated(dwarf_value value, unsigned word)
{
    if (is_float(value.type))
        return from_double(value.type, word, -as_double(value, word));
    value.bits = 0 - value.bits;
    return value_trimmed(value, word);
}

static uint64_t without_fraction(double number)
{
    if (number > -9223372036854775808.0 && number < 9223372036854775808.0)
        return (uint64_t)(int64_t)number;
    return number >= 0 && number < 18446744073709551616.0 ? (uint64_t)number : 0;
}

dwarf_value value_converted(dwarf_value value, uint16_t type, unsigned word)
{
    dwarf_value made = {.bits = whole(value, word, is_signed(value.type)), .type = type};
    if (is_float(type))
        return from_double(type, word, as_double(value, word));
    if (is_float(value.type))
        made.bits = without_fraction(as_double(value, word));
    return value_trimmed(made, word);
}

/* ---- operators ---- */

static uint64_t compared(uint8_t op, int is_less, int is_equal, int is_greater)
{
    switch (op) {
    case OP_EQ:
        return (uint64_t)is_equal;
    case OP_GE:
        return (uint64_t)(is_greater || is_equal);
    case OP_GT:
        return (uint64_t)is_greater;
    case OP_LE:
        return (uint64_t)(is_less || is_equal);
    case OP_LT:
        return (uint64_t)is_less;
    default:
        return (uint64_t)!is_equal;
    }
}

static const char *binary_of_fractions(uint8_t op, dwarf_value left, dwarf_value right, unsigned word,
                                       dwarf_value *result)
{
    double a = as_double(left, word), b = as_double(right, word), number = 0;
    if (op >= OP_EQ && op <= OP_NE) {
        *result = (dwarf_value){.bits = compared(op, a<b, a == b, a> b)};
        return NULL;
    }
    switch (op) {
    case OP_DIV:
        number = a / b;
        break;
    case OP_MINUS:
        number = a - b;
        break;
    case OP_MUL:
        number = a * b;
        break;
    case OP_PLUS:
        number = a + b;
        break;
    default:
        return "reckons with the bits of a number that has a fraction";
    }
    *result = from_double(left.type, word, number);
    return NULL;
}

static uint64_t shifted(uint8_t op, dwarf_value left, uint64_t by, unsigned word)
{
    if (op == OP_SHRA)
        return (uint64_t)((int64_t)whole(left, word, 1) >> (by < 63 ? by : 63));
    if (by > 63)
        return 0;
    return op == OP_SHL ? left.bits << by : left.bits >> by;
}

/* `b` is not 0. The lowest number divided by -1 is itself. */
static uint64_t divided(uint8_t op, uint64_t a, uint64_t b, int with_sign)
{
    if (with_sign && (int64_t)b == -1)
        return op == OP_DIV ? 0 - a : 0;
    if (with_sign)
        return (uint64_t)(op == OP_DIV ? (int64_t)a / (int64_t)b : (int64_t)a % (int64_t)b);
    return op == OP_DIV ? a / b : a % b;
}

static uint64_t reckoned(uint8_t op, uint64_t a, uint64_t b)
{
    switch (op) {
    case OP_AND:
        return a & b;
    case OP_OR:
        return a | b;
    case OP_XOR:
        return a ^ b;
    case OP_PLUS:
        return a + b;
    case OP_MINUS:
        return a - b;
    default:
        return a * b;
    }
}

const char *value_binary(uint8_t op, dwarf_value left, dwarf_value right, unsigned word, dwarf_value *result)
{
    int is_shift = op >= OP_SHL && op <= OP_SHRA, is_comparison = op >= OP_EQ && op <= OP_NE;
    *result = (dwarf_value){.type = left.type};
    if (left.type != right.type && !is_shift)
        return "reckons with two values of different types";
    if (is_float(left.type) || is_float(right.type))
        return binary_of_fractions(op, left, right, word, result);
    /* Of what addresses are, the remainder is unsigned, and all else where it matters signed. */
    int with_sign = is_signed(left.type) || (left.type == 0 && (op == OP_DIV || is_comparison));
    uint64_t a = whole(left, word, with_sign), b = whole(right, word, with_sign);
    if (is_comparison) {
        result->type = 0;
        result->bits = with_sign ? compared(op, (int64_t)a<(int64_t)b, a == b, (int64_t)a>(int64_t) b)
                                 : compared(op, a<b, a == b, a> b);
    } else if (is_shift) {
        result->bits = shifted(op, left, right.bits, word);
    } else if (op != OP_DIV && op != OP_MOD) {
        result->bits = reckoned(op, a, b);
    } else if (b == 0) {
        return "divides by zero";
    } else {
        result->bits = divided(op, a, b, with_sign);
    }
    *result = value_trimmed(*result, word);
    return NULL;
}
