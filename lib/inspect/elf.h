/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * ELF files, 32 and 64 bit, little-endian, on disk or as they are mapped into a team. Nothing in them is
 * believed: each offset and count is checked against what there is, and nothing larger than that is
 * allocated.
 */
#ifndef HDBG_INSPECT_ELF_H
#define HDBG_INSPECT_ELF_H

#include <haikudbg/status.h>

#include <stddef.h>
#include <stdint.h>

/* Where the bytes come from. */
typedef struct elf_input {
    /* Reads up to `size` bytes at offset `at`; answers how many. */
    size_t (*read)(void *context, uint64_t at, void *buffer, size_t size);
    void *context;
    uint64_t size;    /* how many bytes there can be */
    int mapped;       /* as in memory: segments lie where their addresses say, relative to the ELF header's */
    const char *name; /* for messages; has to stay valid */
} elf_input;

typedef struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, address, file_size, memory_size;
} elf_segment;

typedef struct elf_section {
    uint32_t name, type, link;
    uint64_t flags, address, offset, size, entry_size;
} elf_section;

enum { ELF_LOAD = 1, ELF_DYNAMIC = 2, ELF_NOTE = 4 };  /* elf_segment.type */
enum { ELF_EXECUTE = 1, ELF_WRITE = 2, ELF_READ = 4 }; /* elf_segment.flags */
enum {
    ELF_SECTION_SYMBOLS = 2,
    ELF_SECTION_NOTE = 7,
    ELF_SECTION_EMPTY = 8,
    ELF_SECTION_DYNAMIC_SYMBOLS = 11
};
enum { ELF_FIXED = 2, ELF_SHARED = 3 }; /* elf_object.type: ET_EXEC, ET_DYN */

typedef struct elf_object {
    elf_input input;
    int is_64;
    uint16_t type, machine;
    elf_segment *segments;
    size_t segment_count;
    elf_section *sections; /* none of a mapped object, and of one whose section headers are damaged */
    size_t section_count;
    char *section_names; /* NUL-terminated as a whole */
    size_t section_names_size;
    uint64_t low, high;      /* lowest and one past the highest address of its segments */
    uint64_t header_address; /* the address that its ELF header has, or would have, when mapped */
} elf_object;

/* One symbol, as the file has it. */
typedef struct elf_symbol {
    uint64_t value, size;
    uint32_t name; /* offset into its string table */
    uint16_t section;
    uint8_t type, binding;
} elf_symbol;

enum {
    ELF_SYMBOL_NONE = 0,
    ELF_SYMBOL_OBJECT,
    ELF_SYMBOL_FUNCTION,
    ELF_SYMBOL_COMMON = 5,
    ELF_SYMBOL_IFUNC = 10
};
enum { ELF_LOCAL = 0, ELF_GLOBAL = 1, ELF_WEAK = 2 };
enum {
    ELF_NO_SECTION = 0,
    ELF_RESERVED_SECTIONS = 0xff00,
    ELF_LARGE_SECTION = 0xffff
}; /* elf_symbol.section */

/* A symbol table with its strings, in the object's offsets (of the mapped object: addresses less
 * header_address). */
typedef struct elf_symbol_table {
    uint64_t offset, count;
    uint64_t strings_offset, strings_size;
} elf_symbol_table;

/* Opens an object: headers, segments, sections. elf_close() it in any case.
 * HDBG_NOT_AN_EXECUTABLE: no ELF at all; HDBG_NOT_SUPPORTED: big-endian; HDBG_BAD_DATA: damaged. */
hdbg_status elf_open(elf_object *object, const elf_input *input);
void elf_close(elf_object *object);

/* Reads exactly `size` bytes at an offset of the input; HDBG_BAD_DATA if they are not there. */
hdbg_status elf_read(const elf_object *object, uint64_t at, void *buffer, size_t size);
/* Where in the input an address is that `size` bytes of it are loaded from. HDBG_BAD_ADDRESS if there is
 * none. */
hdbg_status elf_offset_of(const elf_object *object, uint64_t address, uint64_t size, uint64_t *offset);
const elf_section *elf_section_by_name(const elf_object *object, const char *name);

/* Finds a symbol table by its section type; HDBG_NAME_NOT_FOUND if there is none with content. */
hdbg_status elf_find_symbols(const elf_object *object, uint32_t section_type, elf_symbol_table *table);
/* Finds the dynamic symbols by PT_DYNAMIC. `bias`: what the dynamic loader may have added to the addresses in
 * there. */
hdbg_status elf_find_dynamic_symbols(const elf_object *object, uint64_t bias, elf_symbol_table *table);
/* Reads `count` symbols from the one at `first`. `room` holds 24 bytes for each. */
hdbg_status elf_read_symbols(const elf_object *object, const elf_symbol_table *table, uint64_t first,
                             size_t count, void *room, elf_symbol *symbols);

/* NT_GNU_BUILD_ID. `size` in: room, out: bytes. HDBG_NAME_NOT_FOUND, HDBG_BUFFER_OVERFLOW. */
hdbg_status elf_build_id(const elf_object *object, uint8_t *id, size_t *size);
/* .gnu_debuglink: a file's name and its CRC. HDBG_NAME_NOT_FOUND, HDBG_BAD_DATA. */
hdbg_status elf_debug_link(const elf_object *object, char *name, size_t size, uint32_t *crc);

/* What has to be added to the object's addresses, if its image's text and data were mapped at these
 * addresses: `text` is the lowest segment or the first executable one. */
uint64_t elf_bias(const elf_object *object, uint64_t text, uint64_t data);

#endif /* HDBG_INSPECT_ELF_H */
