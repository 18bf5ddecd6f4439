/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Bytes to values again. Nothing is believed: each number is held against what is left.
 */
#include "kernel/recording/reader.h"

#include <stdlib.h>
#include <string.h>

void reader_wrong(reader *r, const char *what)
{
    if (r->wrong == NULL)
        r->wrong = what;
    r->at = r->end;
}

uint64_t reader_unsigned(reader *r)
{
    uint64_t number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (r->at == r->end) {
            reader_wrong(r, "a number is cut off");
            return 0;
        }
        uint8_t byte = *r->at++;
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return number;
    }
    reader_wrong(r, "a number is too long");
    return 0;
}

int64_t reader_signed(reader *r)
{
    uint64_t number = reader_unsigned(r);
    return (int64_t)(number >> 1 ^ (~(number & 1) + 1));
}

/* A size plus one; NULL is answered for 0. */
const uint8_t *reader_text(reader *r, size_t *size)
{
    uint64_t number = reader_unsigned(r);
    *size = 0;
    if (number == 0)
        return NULL;
    if (number - 1 > (uint64_t)(r->end - r->at)) {
        reader_wrong(r, "a text is longer than its record");
        return NULL;
    }
    const uint8_t *chars = r->at;
    *size = (size_t)(number - 1);
    r->at += *size;
    return chars;
}

/* ---- bytes ---- */

static uint8_t *allocate(call *one, size_t size)
{
    struct block *block = calloc(1, sizeof *block + size + 1);
    if (block == NULL) {
        one->failed = true;
        return NULL;
    }
    block->next = one->blocks;
    one->blocks = block;
    one->memory += size;
    return block->bytes;
}

static void get_bytes(reader *r, call *one, value *v, references *known)
{
    uint64_t number = reader_unsigned(r);
    if (number == 0)
        return;
    if (number - 1 > FORMAT_BYTES_MAX || r->at == r->end || *r->at >= FORMAT_SLOTS) {
        reader_wrong(r, "bytes are too many, or like none before");
        return;
    }
    size_t size = (size_t)(number - 1);
    v->slot = *r->at++;
    uint8_t *reference = known->bytes[v->slot], *bytes = allocate(one, size);
    if (bytes == NULL) {
        reader_wrong(r, "out of memory");
        return;
    }
    size_t kept = size < FORMAT_REFERENCE ? size : FORMAT_REFERENCE;
    memcpy(bytes, reference, kept);
    for (size_t at = 0; at < size;) {
        uint64_t same = reader_unsigned(r), differ = reader_unsigned(r);
        if (same > size - at || differ > size - at - same || differ > (uint64_t)(r->end - r->at) ||
            same + differ == 0) {
            reader_wrong(r, "bytes are longer than they say");
            return;
        }
        at += same;
        memcpy(bytes + at, r->at, differ);
        r->at += differ;
        at += differ;
    }
    memcpy(reference, bytes, kept);
    if (known->size[v->slot] > kept)
        memset(reference + kept, 0, known->size[v->slot] - kept);
    known->size[v->slot] = (uint32_t)kept;
    v->bytes = bytes;
    v->size = size;
}

/* ---- values: as values_take() lists them ---- */

typedef struct parser {
    reader *r;
    call *one;
    values *list;
    references *known;
    enum item_way way;
    uint16_t level;
} parser;

static value *add(parser *p, const item *what, enum value_kind kind)
{
    value *added = values_add(p->list, what, kind);
    added->level = p->level;
    return added;
}

static void parse_text(parser *p, const item *what)
{
    value *v = add(p, what, VALUE_TEXT);
    v->bytes = reader_text(p->r, &v->size);
    if (what->kind != ITEM_TEXT || v->bytes == NULL)
        return;
    uint8_t *copy = allocate(p->one, v->size); /* somebody is going to be given it, with a NUL */
    if (copy == NULL)
        reader_wrong(p->r, "out of memory");
    else
        v->bytes = memcpy(copy, v->bytes, v->size);
}

/* Each element takes a byte at least. */
static int64_t parse_count(parser *p, const item *what)
{
    uint64_t number = reader_unsigned(p->r);
    if (number > (uint64_t)(p->r->end - p->r->at) + 1) {
        reader_wrong(p->r, "a list is longer than its record");
        number = 0;
    }
    add(p, what, VALUE_COUNT)->integer = (int64_t)number - 1;
    return (int64_t)number - 1;
}

static void parse_integer(parser *p, const item *what)
{
    bool is_signed = what->kind == ITEM_SIGNED || what->kind == ITEM_NUMBER;
    int64_t number = is_signed ? reader_signed(p->r) : (int64_t)reader_unsigned(p->r);
    add(p, what, VALUE_INTEGER)->integer = number;
}

static void parse_struct(parser *p, const record_type *type);

static void parse_texts(parser *p, const item *what)
{
    int64_t count = parse_count(p, what);
    p->level++;
    for (int64_t i = 0; i < count && p->r->wrong == NULL; i++)
        parse_text(p, what);
    p->level--;
}

static void parse_field(parser *p, const item *what)
{
    switch (what->kind) {
    case ITEM_CHARS:
    case ITEM_TEXT:
        parse_text(p, what);
        break;
    case ITEM_TEXTS:
        parse_texts(p, what);
        break;
    case ITEM_CPU:
        add(p, what, VALUE_INTEGER)->integer = (int64_t)reader_unsigned(p->r);
        get_bytes(p->r, p->one, add(p, what, VALUE_BYTES), p->known);
        break;
    case ITEM_BYTES:
    case ITEM_RAW:
        get_bytes(p->r, p->one, add(p, what, VALUE_BYTES), p->known);
        break;
    case ITEM_STRUCT:
        if (p->r->at == p->r->end || *p->r->at++ != 1) {
            reader_wrong(p->r, "a part of a struct is missing");
            break;
        }
        add(p, what, VALUE_PRESENT)->integer = 1;
        parse_struct(p, what->type);
        break;
    default:
        parse_integer(p, what);
    }
}

static void parse_struct(parser *p, const record_type *type)
{
    p->level++;
    for (size_t i = 0; i < type->count && p->r->wrong == NULL; i++) {
        if (type->items[i].way & p->way)
            parse_field(p, &type->items[i]);
    }
    p->level--;
}

static void parse_pointed(parser *p, const item *what)
{
    if (p->r->at == p->r->end || *p->r->at > 1) {
        reader_wrong(p->r, "it is not told whether a value is there");
        return;
    }
    uint8_t present = *p->r->at++;
    add(p, what, VALUE_PRESENT)->integer = present;
    if (present && what->kind == ITEM_STRUCT)
        parse_struct(p, what->type);
    else if (present)
        parse_integer(p, what);
}

static void parse_argument(parser *p, const item *what)
{
    int64_t count;
    switch (what->kind) {
    case ITEM_NOTHING:
        break;
    case ITEM_LIST:
    case ITEM_FOUND:
        count = parse_count(p, what);
        for (int64_t i = 0; i < count && p->r->wrong == NULL; i++)
            parse_struct(p, what->type);
        break;
    case ITEM_STRUCT:
    case ITEM_NUMBER:
    case ITEM_PLACE:
        parse_pointed(p, what);
        break;
    default:
        parse_field(p, what);
    }
}

static void parse_all(parser *p, enum item_way way)
{
    p->way = way;
    p->list = way == WAY_IN ? &p->one->in : &p->one->out;
    for (size_t i = 0; i < p->one->op->count && p->r->wrong == NULL; i++) {
        const item *what = &p->one->op->items[i];
        bool filled = way == WAY_IN || what->way != WAY_OUT || p->one->result >= 0 || what->kind == ITEM_LIST;
        if ((what->way & way) && filled)
            parse_argument(p, what);
    }
    if (p->list->failed)
        reader_wrong(p->r, "out of memory");
}

void parse_values(reader *r, call *one, references *known, enum item_way way)
{
    parser p = {.r = r, .one = one, .known = known};
    parse_all(&p, way);
}

/* ---- what has to fit together ---- */

enum { FOUND_MAX = 1 << 20 /* so many more than it could give may a call have found */ };

static bool is_result_wrong(const call *one)
{
    if (one->op->traits & TRAIT_CLOCK)
        return false;
    return one->result < INT32_MIN || (one->op->result_size == sizeof(int32_t) && one->result > INT32_MAX);
}

/* A list of the caller's comes out as long as it went in; of what is found there may be more than was given.
 */
static bool is_count_wrong(const call *one, const item *what)
{
    const value *out = values_find(&one->out, what);
    if (out == NULL)
        return false;
    if (what->kind == ITEM_FOUND)
        return one->result - (out->integer > 0 ? out->integer : 0) > FOUND_MAX;
    const value *in = what->kind == ITEM_LIST ? values_find(&one->in, what) : NULL;
    return in != NULL && in->integer != out->integer;
}

/* Bytes in a struct are as many as the number behind them says. */
static bool is_size_wrong(const values *list, size_t at)
{
    const value *v = &list->all[at];
    bool is_field = v->kind == VALUE_BYTES && v->item->kind == ITEM_BYTES && v->level > 0;
    return is_field && (at + 1 == list->count || (uint64_t)v[1].integer != v->size);
}

static bool is_missing(const value *v)
{
    return (v->kind == VALUE_TEXT && v->item->kind == ITEM_TEXT && v->bytes == NULL) ||
           (v->kind == VALUE_PRESENT && v->item->kind == ITEM_STRUCT && v->integer == 0);
}

void parse_check(reader *r, const call *one)
{
    if (r->wrong != NULL)
        return;
    if (is_result_wrong(one))
        reader_wrong(r, "it returned what such a call cannot");
    for (size_t i = 0; i < one->op->count; i++) {
        if (is_count_wrong(one, &one->op->items[i]))
            reader_wrong(r, "it found more than there can be, or a list became another");
    }
    for (size_t i = 0; i < one->out.count; i++) {
        if (is_size_wrong(&one->out, i))
            reader_wrong(r, "bytes are not as many as it says");
        if ((one->op->traits & TRAIT_NAMES) && is_missing(&one->out.all[i]))
            reader_wrong(r, "a name that has to be there is missing");
    }
}
