/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The symbols of one file, merged from its tables and those of its debug file, sorted by address. Built once,
 * then only read, by any number of threads; counted. Addresses are the file's.
 */
#ifndef HDBG_INSPECT_SYMBOLS_H
#define HDBG_INSPECT_SYMBOLS_H

#include "inspect/elf.h"

#include <stdatomic.h>

/* Where separate debug files are looked for. */
typedef struct symbol_paths {
    const char *const *roots; /* folders with .build-id/ and copies of the tree, NULL at the end */
    const char *subfolder;    /* beside the file */
} symbol_paths;
extern const symbol_paths hdbg_symbol_paths;

/* 32 bytes: large programs have a million of them. */
typedef struct symbol_entry {
    uint64_t address;
    uint64_t extent; /* bytes it covers; of one without a size: to the end of its section */
    uint64_t reach;  /* the highest end of those with a size up to and including this one */
    uint32_t name;   /* offset into the strings; it ends at '@' or NUL */
    uint32_t rank_and_hash;
} symbol_entry;

/* Ranks: of several symbols at one address the lowest is preferred. */
enum {
    SYMBOL_RANK_SHIFT = 24,
    SYMBOL_HASH_MASK = (1 << SYMBOL_RANK_SHIFT) - 1,
    SYMBOL_NO_FUNCTION = 0x40, /* 0x80 with neither function nor object */
    SYMBOL_NO_OBJECT = 0x80,
    SYMBOL_NO_SIZE = 0x20,
    SYMBOL_LOCAL = 0x10,
    SYMBOL_UNDERSCORES = 0x0c, /* one, two, or more in front: the names behind the public ones */
    SYMBOL_WEAK = 0x02
};

typedef struct symbol_names symbol_names;

typedef struct symbol_table {
    atomic_int references;
    symbol_entry *entries;
    size_t count;
    char *strings;
    size_t strings_size;
    uint32_t *unsized; /* indexes of the entries without a size */
    size_t unsized_count;
    _Atomic(symbol_names *) names; /* the index by name, made when it is first asked for */
    elf_segment *segments;         /* for the bias */
    size_t segment_count;
    uint16_t type;
    hdbg_status status; /* why there is nothing in it, with a sentence */
    char why[400];
} symbol_table;

/* Reads all symbols of a file. Never NULL but for lack of memory: an unreadable file is an empty table that
 * says why. */
symbol_table *symbol_table_load(const char *path, const symbol_paths *paths);
/* Reads no more of a file's symbols than a lookup of one address of its image, at `text` and `data`, needs: a
 * table that is good for that alone, and takes hardly any memory. *looked: how many symbols were looked at.
 * NULL: it takes a whole table to tell. */
symbol_table *symbol_table_load_near(const char *path, const symbol_paths *paths, uint64_t text,
                                     uint64_t data, uint64_t address, uint64_t *bias, uint64_t *looked);
/* Reads the dynamic symbols of an object that is mapped; `bias` as in elf_find_dynamic_symbols(). */
symbol_table *symbol_table_load_mapped(const elf_input *input, uint64_t address);
/* Reads those of an input that holds a whole file, without looking for a debug file. */
symbol_table *symbol_table_load_input(const elf_input *input);
/* Takes those that `next` gives until it answers 0; addresses and names as they are, in an image from `low`
 * to `high`. */
symbol_table *symbol_table_load_list(const char *name, uint64_t low, uint64_t high,
                                     int (*next)(void *context, elf_symbol *symbol, const char **name),
                                     void *context);
/* A table without symbols, because of `status` and the last error. */
symbol_table *symbol_table_empty(hdbg_status status);
symbol_table *symbol_table_retain(symbol_table *table);
void symbol_table_release(symbol_table *table);

/* What has to be added to the table's addresses, see elf_bias(). */
uint64_t symbol_table_bias(const symbol_table *table, uint64_t text, uint64_t data);

/* The symbol that an address of the file belongs to, or NULL. */
const symbol_entry *symbol_table_at(const symbol_table *table, uint64_t address);
/* The best symbol of a raw name, or NULL. Only makes the index that it may have to make once. */
const symbol_entry *symbol_table_by_name(symbol_table *table, const char *name);
/* A symbol's name, in a buffer that it is cut to. @return its whole length. */
size_t symbol_table_name(const symbol_table *table, const symbol_entry *entry, char *buffer, size_t size);

enum { SYMBOL_NAME_COMPARED = 4096 }; /* of longer names no more than this is looked at */
/* Without the version. */
size_t symbol_name_length(const char *name);
uint32_t symbol_name_hash(const char *name, size_t length);

static inline unsigned symbol_rank(const symbol_entry *entry)
{
    return entry->rank_and_hash >> SYMBOL_RANK_SHIFT;
}

/* debug_file.c: opens the separate debug file of an object that was read from `path`: by its build-id, then
 * by its .gnu_debuglink. HDBG_NAME_NOT_FOUND if there is none. The result is to be closed with
 * elf_file_close(). */
typedef struct elf_file {
    int fd;
    elf_object object;
    char path[4096];
} elf_file;
hdbg_status elf_file_open(elf_file *file, const char *path);
void elf_file_close(elf_file *file);
hdbg_status elf_debug_file_open(elf_file *debug, const elf_object *object, const char *path,
                                const symbol_paths *paths);

#endif /* HDBG_INSPECT_SYMBOLS_H */
