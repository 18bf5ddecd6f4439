/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Values of variables as text. Types and memory may be damaged or hostile: depth, elements, reads and length
 * are bounded.
 */
#ifndef HDBG_INSPECT_VALUE_H
#define HDBG_INSPECT_VALUE_H

#include "dwarf/dwarf.h"

#include <haikudbg/memory.h>
#include <haikudbg/team.h>
#include <haikudbg/variable.h>

/* What is known of a byte: VALUE_IS_SYNTHETIC is one of a pointer that is nowhere, while what it points at
 * may be known. */
typedef enum value_flag { VALUE_IS_LOST = 0, VALUE_IS_KNOWN = 1, VALUE_IS_SYNTHETIC = 2 } value_flag;

/* Where a value is: at an address, or here, or both. */
typedef struct value_source {
    hdbg_address address; /* 0: it is not in memory */
    const uint8_t *bytes; /* NULL: it has to be read */
    const uint8_t *known; /* a value_flag for each of `bytes`, NULL: all are known */
    uint64_t size;        /* of `bytes` */
} value_source;

typedef struct value_printer {
    hdbg_team *team;
    const dwarf_type *types;
    size_t type_count;
    const hdbg_variable_options *limits; /* all set */
    /* The elements of an array whose type does not say it. @return 0 if that cannot be found. */
    int (*count)(void *context, const dwarf_type *array, uint64_t *count);
    /* Where a virtual base is in the object at an address. @return 0 if that cannot be found. */
    int (*locate)(void *context, const dwarf_member *member, hdbg_address object, hdbg_address *address);
    void *context; /* of both */
    uint8_t word;  /* bytes of a pointer */
    char *out;     /* NUL-terminated */
    size_t size, capacity;
    int is_full;
    unsigned depth;
    unsigned reads;
} value_printer;

/* ---- value.c ---- */

/* Adds a value. What cannot be read or was optimised out says so in its place. */
void value_print(value_printer *p, uint32_t type, const value_source *source);
/* Reads some of a value. HDBG_NAME_NOT_FOUND: it was optimised out; HDBG_BAD_ADDRESS. */
hdbg_status value_read(value_printer *p, const value_source *source, uint64_t offset, void *buffer,
                       size_t size);
/* The part of a value from an offset on. */
value_source value_part(const value_source *source, uint64_t offset);
/* Why a read failed, as the value's text. */
void value_failed(value_printer *p, hdbg_status status);
uint64_t value_number(const uint8_t *bytes, size_t size);

/* ---- value_text.c ---- */

void value_add(value_printer *p, const char *text);
void value_format(value_printer *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A number of a base type. */
void value_base(value_printer *p, const dwarf_type *type, const uint8_t *bytes);
/* Whether it is a type of characters, and what its literals begin with. */
int value_is_character(const dwarf_type *type, const char **prefix);

/* ---- value_string.c ---- */

/* Characters between marks, as C's source has them. `width`: bytes of one. */
void value_quote(value_printer *p, const uint8_t *bytes, size_t size, size_t width, char mark);

/* The string that begins at an address, up to its NUL. */
void value_string_at(value_printer *p, const dwarf_type *character, hdbg_address address);
/* A string of `count` characters; those that are NUL at its end are left out if `trim`. */
void value_string(value_printer *p, const dwarf_type *character, const value_source *source, uint64_t count,
                  int trim);
int value_is_std_string(const value_printer *p, const dwarf_type *type);
/* Adds a std::string, of libstdc++ or libc++. @return 0 if it is none. */
int value_std_string(value_printer *p, const dwarf_type *type, const value_source *source);

#endif /* HDBG_INSPECT_VALUE_H */
