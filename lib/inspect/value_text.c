/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Numbers and characters of values, as C writes them.
 */
#include "inspect/value.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* DW_ATE_*. */
enum {
    ATE_ADDRESS = 1,
    ATE_BOOLEAN = 2,
    ATE_COMPLEX = 3,
    ATE_FLOAT = 4,
    ATE_SIGNED = 5,
    ATE_SIGNED_CHAR = 6,
    ATE_UNSIGNED = 7,
    ATE_UNSIGNED_CHAR = 8,
    ATE_UTF = 0x10
};

void value_add(value_printer *p, const char *text)
{
    size_t size = strlen(text), room = p->capacity - 1 - p->size;
    if (p->is_full)
        return;
    if (size > room) {
        p->is_full = 1;
        size = room;
        /* Half a character would be none. */
        while (size > 0 && ((uint8_t)text[size] & 0xc0) == 0x80)
            size--;
    }
    memcpy(p->out + p->size, text, size);
    p->size += size;
    p->out[p->size] = '\0';
}

void value_format(value_printer *p, const char *format, ...)
{
    char buffer[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    value_add(p, buffer);
}

uint64_t value_number(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = size < 8 ? size : 8; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static int64_t signed_number(const uint8_t *bytes, size_t size)
{
    uint64_t value = value_number(bytes, size);
    unsigned shift = size > 0 && size < 8 ? 64 - 8 * (unsigned)size : 0;
    return (int64_t)(value << shift) >> shift;
}

/* ---- numbers ---- */

static void add_wide(value_printer *p, uint64_t low, uint64_t high, int is_signed)
{
    char digits[48];
    size_t at = sizeof digits - 1;
    int is_negative = is_signed && high >> 63;
    digits[at] = '\0';
    if (is_negative) {
        low = ~low + 1;
        high = ~high + (low == 0);
    }
    /* Long division by ten, 32 bits at a time. */
    do {
        uint32_t parts[4] = {(uint32_t)(high >> 32), (uint32_t)high, (uint32_t)(low >> 32), (uint32_t)low};
        uint64_t rest = 0;
        for (int i = 0; i < 4; i++) {
            uint64_t part = rest << 32 | parts[i];
            parts[i] = (uint32_t)(part / 10);
            rest = part % 10;
        }
        high = (uint64_t)parts[0] << 32 | parts[1];
        low = (uint64_t)parts[2] << 32 | parts[3];
        digits[--at] = (char)('0' + rest);
    } while (low != 0 || high != 0);
    if (is_negative)
        digits[--at] = '-';
    value_add(p, digits + at);
}

static void add_integer(value_printer *p, const uint8_t *bytes, uint64_t size, int is_signed)
{
    if (size == 16)
        add_wide(p, value_number(bytes, 8), value_number(bytes + 8, 8), is_signed);
    else if (is_signed)
        value_format(p, "%lld", (long long)signed_number(bytes, size));
    else
        value_format(p, "%llu", (unsigned long long)value_number(bytes, size));
}

/* With as few digits as lead back to the same number. */
static void add_double(value_printer *p, double value, int fewest, int most)
{
    char buffer[64];
    for (int digits = fewest; digits <= most; digits++) {
        snprintf(buffer, sizeof buffer, "%.*g", digits, value);
        double back = strtod(buffer, NULL);
        if (isnan(value) || back == value || (most <= FLT_DECIMAL_DIG && (float)back == (float)value))
            break;
    }
    value_add(p, buffer);
}

static void add_long_double(value_printer *p, long double value)
{
    char buffer[64];
    for (int digits = 18; digits <= DECIMAL_DIG; digits++) {
        snprintf(buffer, sizeof buffer, "%.*Lg", digits, value);
        if (isnan(value) || strtold(buffer, NULL) == value)
            break;
    }
    value_add(p, buffer);
}

/* The 80 bits of the x87: a mantissa with its leading bit, and an exponent with the sign. */
static long double extended_double(const uint8_t *bytes)
{
    uint64_t mantissa = value_number(bytes, 8);
    unsigned top = (unsigned)value_number(bytes + 8, 2), exponent = top & 0x7fff;
    long double value;
    if (exponent == 0x7fff)
        value = mantissa << 1 != 0 ? (long double)NAN : (long double)INFINITY;
    else
        value = ldexpl((long double)mantissa, (int)exponent - 16383 - 63);
    return top & 0x8000 ? -value : value;
}

/* The 128 bits of IEEE 754; digits beyond this machine's long double are lost. */
static long double quad_double(const uint8_t *bytes)
{
    uint64_t low = value_number(bytes, 8), high = value_number(bytes + 8, 8);
    unsigned exponent = (unsigned)(high >> 48) & 0x7fff;
    uint64_t fraction = high & 0xffffffffffff;
    long double value;
    if (exponent == 0x7fff) {
        value = (fraction | low) != 0 ? (long double)NAN : (long double)INFINITY;
    } else {
        value = ldexpl((long double)low, -112) + ldexpl((long double)fraction, -48);
        value = ldexpl(value + (exponent != 0), (int)exponent - 16383 + (exponent == 0));
    }
    return high >> 63 ? -value : value;
}

/* The 16 bits of IEEE 754. */
static double half_double(const uint8_t *bytes)
{
    unsigned bits = (unsigned)value_number(bytes, 2), exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
    double value;
    if (exponent == 0x1f)
        value = fraction != 0 ? NAN : INFINITY;
    else
        value = ldexp(fraction + (exponent != 0 ? 0x400 : 0), (int)exponent - 25 + (exponent == 0));
    return bits & 0x8000 ? -value : value;
}

/* Of the two kinds of number that have 16 bytes on an x86, the name tells which it is. */
static int is_x87(const value_printer *p, const dwarf_type *type)
{
    hdbg_arch arch = (hdbg_arch)hdbg_team_arch(p->team);
    return (arch == HDBG_ARCH_X86_64 || arch == HDBG_ARCH_X86) && strstr(type->name, "loat128") == NULL;
}

static void add_float(value_printer *p, const dwarf_type *type, const uint8_t *bytes, uint64_t size)
{
    if (size == 2 && strstr(type->name, "bf16") == NULL) {
        add_double(p, half_double(bytes), 4, 5);
    } else if (size == sizeof(float)) {
        float value;
        memcpy(&value, bytes, sizeof value);
        add_double(p, (double)value, 6, FLT_DECIMAL_DIG);
    } else if (size == sizeof(double)) {
        double value;
        memcpy(&value, bytes, sizeof value);
        add_double(p, value, DBL_DIG, DBL_DECIMAL_DIG);
    } else if (size >= 10 && size <= 16 && is_x87(p, type)) {
        add_long_double(p, extended_double(bytes));
    } else if (size == 16) {
        add_long_double(p, quad_double(bytes));
    } else {
        value_add(p, "<a number of a size that is not known>");
    }
}

/* ---- characters ---- */

/* Whether a type's name, without qualifiers, is `name`. */
static int is_called(const dwarf_type *type, const char *name)
{
    const char *own = type->name;
    while (strncmp(own, "const ", 6) == 0 || strncmp(own, "volatile ", 9) == 0)
        own = strchr(own, ' ') + 1;
    return strcmp(own, name) == 0;
}

int value_is_character(const dwarf_type *type, const char **prefix)
{
    *prefix = "";
    if (type->kind != DWARF_TYPE_BASE)
        return 0;
    if (type->byte_size == 4 && is_called(type, "wchar_t")) {
        *prefix = "L";
        return 1;
    }
    if (type->encoding == ATE_UTF)
        *prefix = type->byte_size == 1 ? "u8" : type->byte_size == 2 ? "u" : "U";
    return (type->byte_size == 1 &&
            (type->encoding == ATE_SIGNED_CHAR || type->encoding == ATE_UNSIGNED_CHAR)) ||
           (type->encoding == ATE_UTF &&
            (type->byte_size == 1 || type->byte_size == 2 || type->byte_size == 4));
}

static void add_character(value_printer *p, const dwarf_type *type, const char *prefix, const uint8_t *bytes)
{
    size_t size = (size_t)type->byte_size;
    if (type->encoding == ATE_SIGNED_CHAR || type->encoding == ATE_SIGNED)
        value_format(p, "%lld %s", (long long)signed_number(bytes, size), prefix);
    else
        value_format(p, "%llu %s", (unsigned long long)value_number(bytes, size), prefix);
    value_quote(p, bytes, size, size, '\'');
}

void value_base(value_printer *p, const dwarf_type *type, const uint8_t *bytes)
{
    const char *prefix;
    uint64_t size = type->byte_size;
    if (value_is_character(type, &prefix)) {
        add_character(p, type, prefix, bytes);
        return;
    }
    switch (type->encoding) {
    case ATE_BOOLEAN:
        if (value_number(bytes, size) <= 1)
            value_add(p, bytes[0] ? "true" : "false");
        else
            add_integer(p, bytes, size, 0);
        break;
    case ATE_COMPLEX:
        add_float(p, type, bytes, size / 2);
        value_add(p, " + ");
        add_float(p, type, bytes + size / 2, size / 2);
        value_add(p, "i");
        break;
    case ATE_FLOAT:
        add_float(p, type, bytes, size);
        break;
    case ATE_SIGNED:
    case ATE_SIGNED_CHAR:
        add_integer(p, bytes, size, 1);
        break;
    case ATE_ADDRESS:
        value_format(p, "0x%llx", (unsigned long long)value_number(bytes, size));
        break;
    default:
        add_integer(p, bytes, size, 0);
        break;
    }
}
