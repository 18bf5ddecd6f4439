/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Debug information, as the layers above ask for it. It is read by libdwarf in a process of its own
 * (worker/), so that nothing in a file can harm the caller: here are the process, the questions and answers,
 * and the answers that are kept. All addresses are the file's own: what is mapped, less the image's bias.
 *
 *   reader.c   the process: started when first needed, killed at a deadline, started again
 *   file.c     one image's files, and what was answered about it
 *   frames.c   questions about call frame information
 *   lines.c    questions about source lines and functions
 *   calls.c    questions about calls
 *   variables.c  questions about variables and types
 */
#ifndef HDBG_DWARF_DWARF_H
#define HDBG_DWARF_DWARF_H

#include <haikudbg/debug_info.h>

#include <stddef.h>
#include <stdint.h>

/* The process that reads, for one session; any thread may ask, one at a time is answered. */
typedef struct dwarf_reader dwarf_reader;
/* What is known of one image's debug information. Counted, as several teams may have the image. */
typedef struct dwarf_file dwarf_file;

hdbg_status dwarf_reader_create(const hdbg_debug_info_options *options, dwarf_reader **reader);
/* Ends the process. Files stay valid and answer HDBG_CANCELED. */
void dwarf_reader_destroy(dwarf_reader *reader);

/* The files of an image. Paths are NULL where there is none. */
typedef struct dwarf_paths {
    const char *image;     /* the file that is mapped */
    const char *debug;     /* its separate debug file */
    const char *alternate; /* dwz's */
    const void *bytes;     /* instead of `image`: a whole ELF file in memory, such as the vdso's */
    size_t size;
} dwarf_paths;

/* Never fails for what is in the files: a file that cannot be used answers each question with why. */
hdbg_status dwarf_file_open(dwarf_reader *reader, const dwarf_paths *paths, dwarf_file **file);
dwarf_file *dwarf_file_retain(dwarf_file *file);
void dwarf_file_release(dwarf_file *file);
/* What there is: has_frames, has_lines, status and text. */
hdbg_status dwarf_file_info(dwarf_file *file, hdbg_debug_info *info);

/* ---- call frame information ---- */

/* How a register of the caller is found. */
typedef enum dwarf_rule_kind {
    DWARF_RULE_UNDEFINED = 0, /* its value is lost; of the return address: this is the outermost frame */
    DWARF_RULE_SAME,          /* as in this frame */
    DWARF_RULE_OFFSET,        /* in memory at CFA + offset */
    DWARF_RULE_VALUE_OFFSET,  /* CFA + offset itself */
    DWARF_RULE_REGISTER,      /* in another register */
    DWARF_RULE_EXPRESSION,    /* in memory where an expression says, the CFA being on its stack */
    DWARF_RULE_VALUE_EXPRESSION,
    DWARF_RULE_UNSPECIFIED /* nothing is said: it is what calls of the processor make of it */
} dwarf_rule_kind;

typedef struct dwarf_rule {
    uint8_t kind; /* a dwarf_rule_kind */
    uint8_t reserved;
    uint16_t reg; /* DWARF_RULE_REGISTER; of the CFA: what `offset` is added to (kind OFFSET) */
    uint32_t expression_size;
    int64_t offset;
    const uint8_t *expression; /* valid as long as the file */
} dwarf_rule;

enum { DWARF_REGISTERS = 33 }; /* the most of a processor that callers' values are looked after for */

/* The row for one address: how the caller's registers are found. */
typedef struct dwarf_row {
    uint64_t low, high; /* the addresses that it holds for */
    int is_signal;      /* the frame of a signal handler's caller ('S' in the augmentation) */
    uint16_t return_register;
    dwarf_rule cfa; /* kind OFFSET (reg + offset) or VALUE_EXPRESSION */
    dwarf_rule rules[DWARF_REGISTERS];
} dwarf_row;

/* Finds the row; the answer belongs to the file. HDBG_NAME_NOT_FOUND: no information covers the address. */
hdbg_status dwarf_file_row(dwarf_file *file, uint64_t address, const dwarf_row **row);

/* ---- expressions: evaluated here, in the caller's process, bounded in steps and stack ---- */

/* What an expression may ask for; each answers a status. NULL: not to be had. */
typedef struct dwarf_machine {
    void *context;
    uint8_t address_size;
    hdbg_status (*reg)(void *context, int number, uint64_t *value);
    hdbg_status (*memory)(void *context, uint64_t address, void *buffer, size_t size);
    hdbg_status (*frame_base)(void *context, uint64_t *value);
    hdbg_status (*cfa)(void *context, uint64_t *value);
    hdbg_status (*tls)(void *context, uint64_t offset, uint64_t *address);
    /* DW_OP_entry_value and DW_OP_GNU_entry_value: the expression's value at the function's entry */
    hdbg_status (*entry_value)(void *context, const uint8_t *expression, size_t size, uint64_t *value);
    uint64_t bias; /* added to DW_OP_addr */
} dwarf_machine;

/* Where a value is. */
typedef enum dwarf_place_kind {
    DWARF_PLACE_NOWHERE = 0, /* optimised out */
    DWARF_PLACE_MEMORY,      /* at `value` */
    DWARF_PLACE_REGISTER,    /* in the register `value` */
    DWARF_PLACE_VALUE,       /* it is `value` itself */
    DWARF_PLACE_BYTES,       /* it is the `value` bytes at `bytes` (DW_OP_implicit_value) */
    DWARF_PLACE_POINTER      /* it is a pointer to the pointee `value`, `offset` bytes behind its beginning */
} dwarf_place_kind;

typedef struct dwarf_place {
    uint8_t kind;
    uint64_t value;
    uint64_t size; /* of a piece in bits, 0: the whole */
    const uint8_t *bytes;
    int64_t offset; /* of DWARF_PLACE_POINTER in bytes; of a piece: which bit of the place is its first */
} dwarf_place;

enum { DWARF_PIECES = 64 };

/* In expressions of answers the entry of a base type is its DW_ATE_* << 8 | bytes, 0 for the type that
 * addresses have; that of an implicit pointer is a pointee's number, of four bytes.
 *
 * Evaluates an expression, beginning with `initial` values on the stack. *count in: room, out: pieces (1 if
 * it is not in pieces). HDBG_BAD_DATA, HDBG_NOT_SUPPORTED (an operator), or what the machine answered. */
hdbg_status dwarf_evaluate(const dwarf_machine *machine, const uint8_t *expression, size_t size,
                           const uint64_t *initial, size_t initial_count, dwarf_place *places, size_t *count);

/* ---- lines and functions ---- */

typedef struct dwarf_line {
    const char *function, *linkage_name, *file,
        *producer; /* NULL where not known; valid as long as the file */
    int32_t line, column, is_inlined, language;
    uint64_t entry;
} dwarf_line;

/* The functions that are inlined into each other at an address, innermost first. The answer belongs to the
 * file. HDBG_NAME_NOT_FOUND: no line information covers the address. */
hdbg_status dwarf_file_lines(dwarf_file *file, uint64_t address, const dwarf_line **lines, size_t *count);
/* The addresses of a line, see hdbg_source_addresses(). *addresses is to be freed with free(). */
hdbg_status dwarf_file_addresses(dwarf_file *file, const char *source, int32_t line, uint64_t **addresses,
                                 size_t *count, int32_t *found_line);

/* ---- calls ---- */

/* What a call, or a jump that ends a function, leads to. */
typedef enum dwarf_target_kind {
    DWARF_TARGET_NONE = 0,  /* there is no call */
    DWARF_TARGET_UNKNOWN,   /* it is not said */
    DWARF_TARGET_ADDRESS,   /* the function at `address` */
    DWARF_TARGET_NAME,      /* a function of another unit or file, called `name` there */
    DWARF_TARGET_EXPRESSION /* what an expression comes to in the caller's frame */
} dwarf_target_kind;

typedef struct dwarf_target {
    uint8_t kind; /* a dwarf_target_kind */
    uint64_t address;
    const char *name;
    const uint8_t *expression;
    size_t expression_size;
} dwarf_target;

/* A jump by which a function is left for another one. */
typedef struct dwarf_jump {
    uint64_t pc; /* behind the jump; with `is_exact` the jump itself */
    uint8_t is_exact;
    dwarf_target target;
} dwarf_jump;

/* The calls of the function around an address. */
typedef struct dwarf_calls {
    uint64_t entry;    /* of the function */
    const char *name;  /* as the symbol is called, or NULL */
    dwarf_target call; /* of the instruction that the address is in */
    int knows_jumps;   /* the compiler has noted all of them, or says that there are none */
    const dwarf_jump *jumps;
    size_t jump_count;
} dwarf_calls;

/* The answer belongs to the file. HDBG_NAME_NOT_FOUND: no function covers the address. */
hdbg_status dwarf_file_calls(dwarf_file *file, uint64_t address, const dwarf_calls **calls);

/* ---- variables ---- */

/* Types, in one table; an index into it is a type, 0 is void. */
typedef enum dwarf_type_kind {
    DWARF_TYPE_VOID = 0,
    DWARF_TYPE_BASE,      /* `encoding` is its DW_ATE_* */
    DWARF_TYPE_POINTER,   /* to `target` */
    DWARF_TYPE_REFERENCE, /* lvalue or rvalue */
    DWARF_TYPE_ENUM,      /* members are its names with their values */
    DWARF_TYPE_STRUCT,    /* struct, class or union; members with their offsets, base classes among them */
    DWARF_TYPE_ARRAY,     /* of `count` elements `target` */
    DWARF_TYPE_FUNCTION,
    DWARF_TYPE_MEMBER_POINTER,
    DWARF_TYPE_DECLARATION, /* an incomplete type */
    DWARF_TYPE_UNKNOWN
} dwarf_type_kind;

typedef struct dwarf_member {
    const char *name; /* "" if it has none */
    uint32_t type;
    uint8_t bit_size;   /* 0: no bit field */
    uint8_t bit_offset; /* from the least significant bit of the member's bytes */
    uint8_t is_base;    /* a base class */
    uint8_t is_artificial;
    int64_t offset; /* in bytes; of an enum's name: its value */
    /* Instead of `offset`, of a virtual base: the expression that leads there from the object's address. */
    const uint8_t *location;
    size_t location_size;
} dwarf_member;

typedef struct dwarf_type {
    uint8_t kind; /* a dwarf_type_kind */
    uint8_t encoding;
    uint8_t is_union;
    uint8_t is_rvalue;
    uint32_t target;
    uint64_t byte_size;
    uint64_t count; /* elements of an array; UINT64_MAX: not known before the program runs */
    /* then: the expression that comes to the highest index, or NULL */
    const uint8_t *last_index;
    size_t last_index_size;
    const char *name; /* as C or C++ writes it, with qualifiers and typedefs as declared */
    const dwarf_member *members;
    size_t member_count;
} dwarf_type;

typedef struct dwarf_variable {
    const char *name;
    uint32_t type;
    uint8_t is_argument;
    uint8_t has_constant; /* the value is `constant` */
    uint16_t depth;       /* of the inlined function, 0 is the innermost */
    uint64_t constant;
    const uint8_t *location; /* the expression that holds at the address; NULL: optimised out */
    size_t location_size;
} dwarf_variable;

/* What a register held when a function was called: an expression for the register, and one for its value that
 * is to be evaluated in the caller. */
typedef struct dwarf_parameter {
    const uint8_t *location, *value;
    size_t location_size, value_size;
} dwarf_parameter;

/* All that is needed to show the variables at an address. */
typedef struct dwarf_variables {
    const dwarf_variable *variables;
    size_t variable_count;
    const dwarf_type *types; /* types[0] is void; a type that the bounds cut off is DWARF_TYPE_UNKNOWN */
    size_t type_count;
    const uint8_t *frame_base; /* the function's DW_AT_frame_base expression that holds at the address */
    size_t frame_base_size;
    /* Non-zero if the compiler does not tell of registers, in a call, that the call changes. */
    int is_exact_at_calls;
    /* What implicit pointers point at. They have no names, and what they are in is the variable's frame. */
    const dwarf_variable *pointees;
    size_t pointee_count;
    /* What is handed over by the call that the address is in. */
    const dwarf_parameter *parameters;
    size_t parameter_count;
} dwarf_variables;

/* The variables in scope at an address. The answer belongs to the file. HDBG_NAME_NOT_FOUND: no function
 * covers the address. */
hdbg_status dwarf_file_variables(dwarf_file *file, uint64_t address, const dwarf_variables **variables);

#endif /* HDBG_DWARF_DWARF_H */
