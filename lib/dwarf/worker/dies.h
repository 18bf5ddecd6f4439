/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * .debug_info as units.c, names.c, lines.c, types.c and variables.c read it: in place, in one pass and
 * without an allocation an entry. A unit of a large C++ program has some hundred thousand entries, and all of
 * them are passed to find its functions; libdwarf takes six times as long to pass them, and more to look at
 * what they say, as it allocates each entry and each attribute. DWARF 2 to 5, and what dwz makes of it.
 *
 *   forms.c       what attributes are written in
 *   dies.c        entries, and the abbreviations that say how they are written
 *   units.c       units, by address and by offset; their functions and scopes
 *   split.c       units whose entries are in .dwo and .dwp files
 *   expressions.c  expressions, for the answers
 *   ranges.c      lists of ranges and locations
 *   line_table.c  .debug_line
 *   names.c       names of functions and types
 *
 * Nothing that is read is believed: each offset is checked, and whatever goes from entry to entry only goes
 * forward or is counted.
 */
#ifndef HDBG_DWARF_WORKER_DIES_H
#define HDBG_DWARF_WORKER_DIES_H

#include "dwarf/worker/worker.h"

typedef struct span {
    const uint8_t *bytes;
    uint64_t size;
} span;

/* The sections that are read, as in kSectionNames. */
enum {
    SECTION_INFO,
    SECTION_TYPES,
    SECTION_ABBREV,
    SECTION_STR,
    SECTION_LINE_STR,
    SECTION_STR_OFFSETS,
    SECTION_ADDR,
    SECTION_ARANGES,
    SECTION_RANGES,
    SECTION_RNGLISTS,
    SECTION_LOC,
    SECTION_LOCLISTS,
    SECTION_LINE,
    SECTIONS
};
extern const char *const kSectionNames[SECTIONS];

/* The attributes that are looked at: kAttributes in dies.c has DWARF's number of each. */
typedef enum attribute {
    AT_NONE,
    AT_SIBLING,
    AT_LOCATION,
    AT_NAME,
    AT_BYTE_SIZE,
    AT_BIT_OFFSET,
    AT_BIT_SIZE,
    AT_STMT_LIST,
    AT_LOW_PC,
    AT_HIGH_PC,
    AT_LANGUAGE,
    AT_COMP_DIR,
    AT_CONST_VALUE,
    AT_LOWER_BOUND,
    AT_PRODUCER,
    AT_UPPER_BOUND,
    AT_ABSTRACT_ORIGIN,
    AT_ARTIFICIAL,
    AT_COUNT,
    AT_DATA_MEMBER_LOCATION,
    AT_DECLARATION,
    AT_ENCODING,
    AT_EXTERNAL,
    AT_FRAME_BASE,
    AT_SPECIFICATION,
    AT_TYPE,
    AT_ENTRY_PC,
    AT_RANGES,
    AT_CALL_COLUMN,
    AT_CALL_FILE,
    AT_CALL_LINE,
    AT_SIGNATURE,
    AT_DATA_BIT_OFFSET,
    AT_LINKAGE_NAME,
    AT_STR_OFFSETS_BASE,
    AT_ADDR_BASE,
    AT_RNGLISTS_BASE,
    AT_LOCLISTS_BASE,
    AT_VIRTUALITY,
    AT_CONTAINING_TYPE,
    AT_CALL_RETURN_PC,
    AT_CALL_VALUE,
    AT_GNU_RANGES_BASE,
    AT_ENUM_CLASS,
    AT_CALL_ORIGIN,
    AT_CALL_PC,
    AT_CALL_TARGET,
    AT_CALL_PARAMETER,
    AT_CALL_TAIL_CALL,
    AT_CALL_ALL_CALLS,
    AT_CALL_ALL_TAIL_CALLS,
    AT_DWO_NAME,
    AT_GNU_DWO_ID,
    ATTRIBUTES
} attribute;

typedef struct abbreviation {
    uint64_t code;
    uint16_t tag;
    uint8_t has_children;
    uint8_t has_pc;        /* it has AT_LOW_PC or AT_RANGES */
    int32_t fixed_size;    /* of its attributes in this unit, -1: not all of one size */
    uint32_t first, count; /* in `specs` */
} abbreviation;

typedef struct attribute_spec {
    uint8_t name; /* an `attribute` */
    uint16_t form;
    int64_t implicit;
} attribute_spec;

typedef struct abbreviations {
    abbreviation *entries; /* by code */
    size_t count;
    attribute_spec *specs;
    size_t spec_count;
} abbreviations;

/* A function of a unit that has code; of one in several pieces there are several of these. */
typedef struct unit_function {
    uint64_t low, high;
    uint64_t reach; /* the highest end up to and including this one */
    uint32_t die;   /* relative to the unit */
} unit_function;

/* An entry that names are prefixed with, or that hides what is in it: where it begins and ends. */
typedef struct unit_scope {
    uint32_t begin, end; /* relative to the unit */
    uint32_t parent;     /* its index + 1, 0 for none */
} unit_scope;

typedef struct line_table line_table; /* line_table.c */

typedef struct dwarf_unit {
    struct dwarf_object *object;
    uint64_t offset, end, first; /* of its header, one past it, of its first entry; in its section */
    uint64_t abbrev_offset, signature, type_offset;
    uint8_t section; /* SECTION_INFO or SECTION_TYPES */
    uint8_t version, address_size, offset_size, type;
    uint8_t is_prepared, is_bad, is_scanned, in_aranges;
    int32_t language;
    uint64_t low, line_offset; /* line_offset UINT64_MAX: none */
    uint64_t str_offsets_base, addr_base, rnglists_base, loclists_base;
    uint64_t ranges_base; /* of a split unit in DWARF 4 */
    const char *name, *folder, *producer;
    /* Of a unit whose entries are in another file: its id and that file's name. The unit there is `split`;
     * for that one this one is its `skeleton`. */
    uint64_t dwo_id;
    const char *dwo_name;
    struct dwarf_unit *split, *skeleton;
    uint8_t is_split_sought;
    abbreviations *abbreviations;
    unit_function *functions;
    size_t function_count;
    unit_scope *scopes;
    size_t scope_count;
    line_table *lines;
} dwarf_unit;

/* Which unit an address belongs to. */
typedef struct unit_range {
    uint64_t low, high, reach;
    uint32_t unit;
} unit_range;

/* Type units by their signatures. `room` is a power of two, or 0. */
typedef struct signature_table {
    dwarf_unit **slots;
    size_t room, count;
} signature_table;

/* A file with .debug_info. */
typedef struct dwarf_object {
    span sections[SECTIONS];
    dwarf_unit *units; /* those of SECTION_INFO by offset, then those of SECTION_TYPES */
    size_t unit_count, info_count;
    unit_range *ranges; /* by address */
    size_t range_count;
    int has_aranges, has_all_ranges, has_types;
    signature_table types; /* its own, when one was asked for */
    uint64_t kept;         /* bytes that units keep */
    struct dwarf_object *alternate;
    const char *path; /* of its file, or NULL */
    /* split.c: the files that units' entries are in; and of such a file the object of the skeletons. */
    struct split_part *parts;
    size_t part_count;
    signature_table part_types; /* of all parts */
    worker_object *package;
    int is_package_sought;
    struct dwarf_object *skeletons;
} dwarf_object;

typedef struct die_value {
    uint16_t form; /* 0: it is not there */
    uint64_t number;
    const uint8_t *bytes; /* of a block: `number` bytes; of a string that is in place */
} die_value;

typedef struct die {
    dwarf_unit *unit;
    uint64_t offset, next; /* in the section; `next`: behind its attributes */
    uint16_t tag;
    uint8_t has_children;
    uint64_t present; /* a bit for each attribute */
    die_value values[ATTRIBUTES];
} die;

/* ---- dies.c: entries and their abbreviations; forms.c: what is in them ---- */

/* Reads an entry. @return 1; 0 at the end of its siblings; -1 if it is broken. */
int die_read(dwarf_unit *unit, uint64_t offset, die *it);
/* Where the next entry begins that is not below this one. -1 as above. */
int die_after(const die *it, uint64_t *offset);
/* Passes an entry without reading it. As die_read(); *found is its abbreviation. */
int die_pass(dwarf_unit *unit, uint64_t *offset, const abbreviation **found);
/* Reads the first entry of a unit whose abbreviations need not be there yet. */
int die_read_root(dwarf_unit *unit, die *it);
abbreviations *abbreviations_read(const dwarf_unit *unit, uint64_t only);
void abbreviations_free(abbreviations *it);

static inline int die_has(const die *it, attribute name)
{
    return (int)(it->present >> name & 1);
}
int die_is_block(const die *it, attribute name);
int die_is_constant(const die *it, attribute name);
/* A constant, or `missing`. */
uint64_t die_number(const die *it, attribute name, uint64_t missing);
int64_t die_signed(const die *it, attribute name, int64_t missing);
/* A string, or NULL. */
const char *die_string(const die *it, attribute name);
/* An address. @return 1, or 0 if there is none. */
int die_address(const die *it, attribute name, uint64_t *address);
/* Reads the entry that an attribute refers to, in whatever unit and file. As die_read(); 0 if there is none.
 */
int die_follow(const die *it, attribute name, die *target);

/* An array of `count` with room for one more; it grows by doubling. NULL without memory, then it is as it
 * was. */
void *grown(void *array, size_t count, size_t size);

/* Reading of plain numbers, bounded. */
typedef struct cursor {
    const uint8_t *at, *end;
    int failed;
} cursor;
uint64_t cursor_number(cursor *c, unsigned size);
uint64_t cursor_uleb(cursor *c);
int64_t cursor_sleb(cursor *c);
const char *cursor_string(cursor *c);
void cursor_skip(cursor *c, uint64_t size);
cursor cursor_of(span section, uint64_t offset);
/* Reads what a form says. @return 1, or 0 if it is broken or not known. */
int form_read(const dwarf_unit *unit, cursor *c, uint16_t form, int64_t implicit, die_value *value);
/* How many bytes a form takes, or -1 if that depends. */
int form_size(const dwarf_unit *unit, uint16_t form);
/* An address of .debug_addr. @return 1, or 0 if it is not there. */
int unit_indexed_address(const dwarf_unit *unit, uint64_t index, uint64_t *address);
/* A string in a value that a form gave, or NULL. */
const char *form_string(const dwarf_unit *unit, const die_value *value);

/* The debug information of a worker's file, opened when it is first asked for; NULL if there is none. */
dwarf_object *object_of(worker_file *file);

/* ---- units.c ---- */

/* Opens the sections of a file, which have to stay valid. NULL without memory. */
dwarf_object *object_create(const span *sections);
/* With its alternate. */
void object_free(dwarf_object *it);
/* Drops what units keep if it is much. Between questions only. */
void object_trim(dwarf_object *it);
/* The unit that holds the code at an address, ready to be read, or NULL. */
dwarf_unit *unit_at(dwarf_object *it, uint64_t address);
/* The unit that an offset of .debug_info is in, ready to be read, or NULL. */
dwarf_unit *unit_of_offset(dwarf_object *it, uint64_t offset);
/* The type unit with a signature, ready to be read, or NULL. */
dwarf_unit *unit_of_signature(dwarf_object *it, uint64_t signature);
/* Reads the first entry and the abbreviations. @return 0 if the unit is broken. */
int unit_prepare(dwarf_unit *it);
/* Tells a unit in another file which one of the program it belongs to. */
void unit_set_skeleton(dwarf_unit *it, dwarf_unit *skeleton);
/* Reads no more of a unit than whether it has a line table. */
int unit_has_lines(dwarf_unit *unit);
/* Finds the functions and scopes. @return 0 if the unit is broken before any was found. */
int unit_scan(dwarf_unit *it);

/* ---- signatures.c ---- */

/* Enters the type units of an object, whose units have to stay where they are. @return 0 without memory. */
int signatures_enter(signature_table *it, const dwarf_object *from);
dwarf_unit *signatures_find(const signature_table *it, uint64_t signature);
void signatures_free(signature_table *it);

/* ---- split.c ---- */

/* The unit with the entries of one: another file's if this one is a skeleton and that file is there; else
 * itself.
 */
dwarf_unit *unit_full(dwarf_unit *unit);
/* A type unit of another file of the same program's, or NULL. Not yet prepared. */
dwarf_unit *split_type_unit(dwarf_object *from, uint64_t signature);
/* The objects that were opened for an object's units; NULL at the end. */
dwarf_object *split_object(const dwarf_object *of, size_t index);
void split_free(dwarf_object *of);

/* ---- ranges.c ---- */

/* Calls for each range of an entry's code until it answers non-zero. @return that, 0, or -1 if broken. */
int die_ranges(const die *it, int (*visit)(void *context, uint64_t low, uint64_t high), void *context);
/* Whether an entry's code covers an address. *entry is where it starts. 1, 0, or -1 if it has no ranges. */
int die_covers(const die *it, uint64_t address, uint64_t *entry);
/* The expression that holds at an address. @return 1; 0: none does; -1: broken. */
int die_expression(const die *it, attribute name, uint64_t address, span *expression);

/* Elements of one dimension of an array. @return 1, or 0 if they are not known. */
int subrange_count(const die *range, uint64_t *count);

/* ---- names.c ---- */

/* A text that grows up to a bound. */
typedef struct name_text {
    char *bytes;
    size_t size, capacity;
} name_text;
void text_add(name_text *t, const char *what);
void text_format(name_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The name of a function, type or variable with its namespaces and classes. Nothing if it has none. */
void name_qualified(name_text *t, const die *it);
/* What is in front of an entry's own name. */
void name_scope(name_text *t, const die *it);
/* A type as C or C++ writes it. NULL: void. */
void name_type(name_text *t, const die *type);
/* The attribute of an entry, or of the one that it is a copy or the definition of: fills `owner` with that
 * one.
 * @return 1, 0. */
int die_inherited(const die *it, attribute name, die *owner);

/* ---- line_table.c ---- */

typedef struct line_row {
    uint64_t address;
    uint32_t file, line;
    uint16_t column;
    uint8_t is_statement;
} line_row;

/* Rows without a gap: rows[first] to rows[first + count - 1]; `high` is where the last one ends. */
typedef struct line_sequence {
    uint64_t low, high, reach;
    uint32_t first, count;
} line_sequence;

typedef struct line_file {
    const char *name;
    uint64_t folder;
} line_file;

struct line_table {
    uint8_t version, address_size, offset_size;
    line_row *rows;
    size_t row_count;
    line_sequence *sequences; /* by address */
    size_t sequence_count;
    const char **folders;
    size_t folder_count;
    line_file *files; /* by the number that rows have; the first one of DWARF 2 to 4 is not used */
    size_t file_count;
    cursor program;
    uint8_t minimum_length, default_is_statement, line_range, opcode_base;
    int8_t line_base;
    uint8_t is_decoded;
    const uint8_t *opcode_lengths;
};

/* The line table of a unit: its folders and files, and with `rows` what they are for. NULL if there is none,
 * or it is broken. */
const line_table *unit_lines(dwarf_unit *unit, int rows);
void line_table_free(line_table *it);
/* The row that holds at an address, or NULL. */
const line_row *line_row_at(const line_table *it, uint64_t address);
/* The path of a file: absolute if the unit says where it was compiled. @return 0 if there is no such file. */
int line_path(const dwarf_unit *unit, const line_table *it, uint64_t file, name_text *path);

/* ---- expressions.c ---- */

/* What implicit pointers point at, by their numbers in an answer. */
enum { POINTEES_MAX = 64 };
typedef struct pointees {
    dwarf_unit *units[POINTEES_MAX];
    uint64_t dies[POINTEES_MAX];
    uint32_t count;
} pointees;
/* The expression that stands for a parameter by its entry. */
enum { PARAMETER_KEY = 9 };
void parameter_key(const dwarf_unit *unit, uint64_t offset, uint8_t key[PARAMETER_KEY]);
/* Adds an expression, with its size, such that it can be evaluated without the file. `list` may be NULL. */
void expression_add(dwarf_writer *m, dwarf_unit *unit, uint64_t address, span expression, pointees *list);

/* ---- types.c ---- */

/* The types that an answer needs, in the order of their numbers. */
typedef struct types types;
types *types_create(uint64_t address);
void types_free(types *it);
/* The number of a type; NULL is void. */
uint32_t types_number(types *it, const die *type);
/* Looks after what the types that were asked for consist of, and adds all of them to the answer. */
void types_answer(types *it, dwarf_writer *m);

/* ---- lines.c ---- */

/* The functions and blocks that an address is in, the outermost first. All are in `unit`. */
enum { SCOPES_MAX = 256 };
typedef struct scope_chain {
    uint64_t dies[SCOPES_MAX];
    uint16_t tags[SCOPES_MAX];
    size_t count; /* 0: no function covers the address */
} scope_chain;
/* The narrowest function of a scanned unit that covers an address. @return 1, 0. */
int function_at(dwarf_unit *unit, uint64_t address, die *function);
/* Whether an entry is a block without addresses: what is in it belongs to what is around it. */
int block_is_open(const die *it);
void scopes_at(dwarf_unit *unit, uint64_t address, scope_chain *chain);

/* ---- calls.c ---- */

/* Finds the call in a function that returns to an address, or that is the jump in front of it. @return 1, 0.
 */
int call_find(const die *function, uint64_t return_address, die *call);

#endif /* HDBG_DWARF_WORKER_DIES_H */
