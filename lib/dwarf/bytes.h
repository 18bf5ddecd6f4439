/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Questions and answers in bytes, for the library and for hdbg-dwarf: as they grow, and as they are read with
 * care.
 */
#ifndef HDBG_DWARF_BYTES_H
#define HDBG_DWARF_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* A question or an answer as it grows. `failed` stays set if there is no memory, or it would be too long. */
typedef struct dwarf_writer {
    uint8_t *bytes;
    size_t size, capacity;
    int failed;
} dwarf_writer;
void dwarf_write_bytes(dwarf_writer *w, const void *bytes, size_t size);
void dwarf_write_u32(dwarf_writer *w, uint32_t value);
void dwarf_write_u64(dwarf_writer *w, uint64_t value);
void dwarf_write_string(dwarf_writer *w, const char *text); /* NULL is told apart from "" */

/* A question or an answer as it is read. `failed` stays set when something is missing; then all is 0 and
 * NULL. */
typedef struct dwarf_bytes {
    const uint8_t *bytes;
    size_t size, at;
    int failed;
} dwarf_bytes;
uint32_t dwarf_read_u32(dwarf_bytes *b);
uint64_t dwarf_read_u64(dwarf_bytes *b);
/* A string that lies in it, or NULL as it was given. */
const char *dwarf_read_string(dwarf_bytes *b);
const uint8_t *dwarf_read_bytes(dwarf_bytes *b, size_t size);
/* A number of things that take at least `each` bytes in the rest; more is a failure. */
size_t dwarf_read_count(dwarf_bytes *b, size_t each);

#endif /* HDBG_DWARF_BYTES_H */
