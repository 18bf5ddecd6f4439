/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What recorder, reader, player and printer share: each operation of a kernel described once, by tables, and
 * the values of a call. docs/recording.md has the file byte by byte.
 *
 * A call's values go through a list of `value`s, in the order of the tables: the recorder makes it of the
 * arguments and writes it, the reader makes it of bytes, the player holds both against each other and gives
 * what came out back to the caller.
 */
#ifndef HDBG_KERNEL_RECORDING_FORMAT_H
#define HDBG_KERNEL_RECORDING_FORMAT_H

#include "base/fail.h"

#include <haikudbg/recording.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FORMAT_VERSION = 1,
    FORMAT_HEADER = 16,      /* bytes before the first record */
    FORMAT_CHECK = 4,        /* bytes behind each record */
    FORMAT_SLOTS = 64,       /* of references */
    FORMAT_REFERENCE = 2048, /* bytes of one */
    FORMAT_DEPTH_MAX = 15,
    FORMAT_BYTES_MAX = 256 << 20 /* of one value */
};

extern const uint8_t kFormatMagic[8];

/* What a record is. 0 is the end of a recording that was not closed. */
enum record_kind { RECORD_NONE = 0, RECORD_START = 1, RECORD_CALL = 2, RECORD_END = 3, RECORD_KINDS = 4 };

/* ---- the tables ---- */

enum item_kind {
    ITEM_SIGNED,   /* an integer of `size` bytes */
    ITEM_UNSIGNED, /* the same */
    ITEM_HEX,      /* the same, that people read in hexadecimal */
    ITEM_CHARS,    /* a char array of `size` bytes with a NUL in it */
    ITEM_TEXT,     /* a const char * */
    ITEM_TEXTS,    /* a const char *const *, NULL at the end */
    ITEM_BYTES,    /* a pointer; how many: the item behind it, or what the call returned */
    ITEM_CPU,      /* an hdbg_cpu_state */
    ITEM_STRUCT,   /* a struct of `type`; of an argument, a pointer to one */
    ITEM_LIST,     /* a pointer to structs of `type`; how many: the item behind it */
    ITEM_FOUND,    /* the same; but at most as many as the call returned */
    ITEM_NUMBER,   /* of an argument: a pointer to a signed integer of `size` bytes */
    ITEM_PLACE,    /* the same, an address */
    ITEM_RAW,      /* `size` bytes in place */
    ITEM_NOTHING   /* not recorded */
};

enum item_way {
    WAY_IN = 1,
    WAY_OUT = 2,
    WAY_BOTH = WAY_IN | WAY_OUT,
    WAY_TOLD = 4 | WAY_IN, /* recorded; a player takes another one, too */
    WAY_TIME = 8 | WAY_IN  /* a timeout: none, some, or for ever is what counts */
};

struct record_type;

/* A field of a struct, or an argument of an operation. */
typedef struct item {
    const char *name;
    uint8_t kind; /* an item_kind */
    uint8_t way;  /* an item_way */
    uint16_t size;
    uint32_t offset; /* in its struct */
    const struct record_type *type;
} item;

typedef struct record_type {
    size_t size;   /* bytes of the struct */
    bool has_size; /* its first member is its own size, which the caller has set */
    uint8_t count;
    const item *items;
} record_type;

/* How an operation is treated. */
enum operation_trait {
    TRAIT_WAITS = 1,   /* may wait for others: returns only when all that had returned before it have */
    TRAIT_CLOCK = 2,   /* the clock: may be looked at more or less often */
    TRAIT_MESSAGE = 4, /* its bytes are a message, behind the code */
    TRAIT_KEPT = 8,    /* what comes out is valid as long as the kernel */
    TRAIT_NAMES = 16,  /* its structs and their texts are never missing where it has not failed */
    TRAIT_WHETHER = 32 /* answers yes or no, and has no errors */
};

enum { OPERATION_ITEMS = 7 };

typedef struct operation {
    uint8_t number; /* in files */
    uint8_t traits;
    uint8_t count;
    uint8_t result_size; /* of the integer that it returns */
    uint16_t place;      /* of its function in hdbg_kernel_ops */
    const char *name;
    item items[OPERATION_ITEMS];
} operation;

/* By number; the names of those that there are not are NULL. */
enum { OPERATION_COUNT = 64 };
extern const operation kOperations[OPERATION_COUNT];

/* What callbacks of a call were told, and what they answered: out values of that call. */
typedef struct recorded_detail {
    hdbg_detail detail;
    int32_t answer;
} recorded_detail;
typedef struct recorded_note {
    const char *name;
    uint32_t type;
    int32_t answer;
    const void *data;
    size_t size;
} recorded_note;
typedef struct recorded_symbol {
    const char *name;
    hdbg_address address;
    int32_t answer;
} recorded_symbol;

/* ---- values ---- */

enum value_kind {
    VALUE_INTEGER, /* `integer` */
    VALUE_TEXT,    /* `bytes` and `size`; NULL is none */
    VALUE_BYTES,   /* the same, without references where it is a text */
    VALUE_COUNT,   /* of the elements of a list that follow, `integer`; -1: no list */
    VALUE_PRESENT  /* `integer` is 1 if the struct or number that follows is there, 0 if not */
};

typedef struct value {
    const item *item;
    uint8_t kind;
    uint8_t slot; /* VALUE_BYTES: the reference that it is written against */
    uint16_t level;
    const uint8_t *bytes;
    size_t size;
    int64_t integer;
} value;

enum { VALUES_INLINE = 48 };

/* A list of values. The first are in place: most calls have few. */
typedef struct values {
    value *all;
    size_t count;
    size_t room;
    bool failed; /* out of memory */
    value first[VALUES_INLINE];
} values;

void values_init(values *list);
void values_free(values *list);
value *values_add(values *list, const item *item, enum value_kind kind);
/* The first value of an argument; NULL if there is none. */
const value *values_find(const values *list, const item *item);

/* Lists what goes into a call (WAY_IN) or comes out of it. `arguments` are the addresses of the parameters.
 */
void values_take(values *list, const operation *op, const void *const *arguments, enum item_way way,
                 int64_t result);

/* ---- bytes ---- */

/* The checksum of records, each of which begins with that of the record before. */
typedef struct checksum {
    uint32_t table[8][256];
} checksum;
void checksum_init(checksum *sum);
uint32_t checksum_add(const checksum *sum, uint32_t state, const uint8_t *bytes, size_t size);

/* What bytes are written against: the last ones of the same kind. */
typedef struct references {
    uint32_t size[FORMAT_SLOTS];
    uint8_t bytes[FORMAT_SLOTS][FORMAT_REFERENCE];
} references;

uint8_t *format_put_unsigned(uint8_t *to, uint64_t number);
uint8_t *format_put_signed(uint8_t *to, int64_t number);
uint8_t *format_put_text(uint8_t *to, const void *chars, size_t size);
/* How many bytes values need at most, and the bytes themselves. */
size_t values_bound(const values *list);
uint8_t *values_put(uint8_t *to, const values *list, references *known);

/* ---- reading ---- */

/* A call as it was read. Its bytes are its own. */
typedef struct call {
    struct call *next;
    const operation *op;
    uint64_t number;
    uint64_t offset;
    int32_t thread;
    int32_t depth;
    hdbg_time start, end;
    int64_t result;
    const uint8_t *error; /* the sentence of a call that failed */
    size_t error_size;
    size_t memory; /* bytes that all of it takes */
    bool failed;   /* out of memory */
    values in, out;
    struct block *blocks;
} call;

void call_free(call *one);
/* The next call. @return HDBG_OK; HDBG_BAD_INDEX behind the last of a recording that was closed;
 * HDBG_INTERRUPTED behind the last of one that was not; HDBG_BAD_DATA; HDBG_NO_MEMORY. */
hdbg_status recording_read(hdbg_recording *recording, call **result);
/* Whether the recorded kernel had an operation. */
bool recording_has(const hdbg_recording *recording, const operation *op);

/* ---- printing ---- */

/* A text that grows. */
typedef struct text {
    char *chars;
    size_t size, room;
    bool failed;
} text;
void format_text_add(text *to, const char *format, ...) HDBG_PRINTF(2, 3);
void format_text_free(text *to);

/* What a printer has learnt of ports and teams from the calls so far. */
typedef struct meanings meanings;
meanings *meanings_create(const hdbg_recording_info *info);
void meanings_free(meanings *known);
/* Says what the message of a call means, and learns from the call. "" if it has none. */
void meanings_of(meanings *known, const call *one, text *to);

/* "port_read port=3 timeout=1000": what goes in. With a result: also what came out. With a meaning: that in
 * place of the message's bytes. */
void call_text(const call *one, bool with_result, const char *meaning, text *to);
void call_json(const call *one, const char *meaning, text *to);

#endif /* HDBG_KERNEL_RECORDING_FORMAT_H */
