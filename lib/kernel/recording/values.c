/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The values of a call, taken from its arguments.
 */
#include "kernel/recording/format.h"

#include <stdlib.h>
#include <string.h>

#define NO_LIMIT (SIZE_MAX / 2) /* of a text that ends by itself */

void values_init(values *list)
{
    list->all = list->first;
    list->count = 0;
    list->room = VALUES_INLINE;
    list->failed = false;
}

void values_free(values *list)
{
    if (list->all != list->first)
        free(list->all);
    values_init(list);
}

value *values_add(values *list, const item *one, enum value_kind kind)
{
    if (list->count == list->room) {
        size_t room = list->room * 4;
        value *more = realloc(list->all != list->first ? list->all : NULL, room * sizeof *more);
        if (more == NULL) {
            list->failed = true;
            list->count--; /* the last one is lost, too: the call is not recorded */
        } else {
            if (list->all == list->first)
                memcpy(more, list->first, sizeof list->first);
            list->all = more;
            list->room = room;
        }
    }
    value *added = &list->all[list->count++];
    *added = (value){.item = one, .kind = (uint8_t)kind};
    return added;
}

const value *values_find(const values *list, const item *one)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->all[i].item == one)
            return &list->all[i];
    }
    return NULL;
}

/* ---- taking ---- */

/* Where a struct is taken from: as much of it as the caller knows. */
typedef struct place {
    const uint8_t *base;
    size_t size;
} place;

typedef struct taker {
    values *list;
    const operation *op;
    enum item_way way;
    uint16_t level;
} taker;

static void take_struct(taker *t, const record_type *type, place from);

static int64_t load_signed(const void *from, size_t size)
{
    int8_t one = 0;
    int16_t two = 0;
    int32_t four = 0;
    int64_t eight = 0;
    switch (size) {
    case 1:
        memcpy(&one, from, sizeof one);
        return one;
    case 2:
        memcpy(&two, from, sizeof two);
        return two;
    case 4:
        memcpy(&four, from, sizeof four);
        return four;
    default:
        memcpy(&eight, from, sizeof eight);
        return eight;
    }
}

static int64_t load(const item *one, const void *from)
{
    int64_t number = load_signed(from, one->size);
    bool is_unsigned = one->kind == ITEM_UNSIGNED || one->kind == ITEM_HEX;
    if (is_unsigned && one->size < sizeof number)
        number &= (INT64_C(1) << (one->size * 8)) - 1;
    return number;
}

static value *add(taker *t, const item *one, enum value_kind kind)
{
    value *added = values_add(t->list, one, kind);
    added->level = t->level;
    return added;
}

static void take_integer(taker *t, const item *one, const void *from)
{
    int64_t number = load(one, from);
    add(t, one, VALUE_INTEGER)->integer = number;
}

static void take_text(taker *t, const item *one, const char *chars, size_t most)
{
    value *added = add(t, one, VALUE_TEXT);
    added->bytes = (const uint8_t *)chars;
    added->size = chars != NULL ? strnlen(chars, most) : 0;
}

/* Messages of one code about one thread are likely to be alike. The number before them is their code. */
static void take_bytes(taker *t, const item *one, const void *bytes, size_t size)
{
    uint32_t slot = t->op->number * 7u;
    if (t->op->traits & TRAIT_MESSAGE) {
        uint32_t about = 0;
        if (t->list->count > 0)
            slot += (uint32_t)t->list->all[t->list->count - 1].integer * 13u;
        if (bytes != NULL && size >= sizeof about)
            memcpy(&about, bytes, sizeof about);
        slot += about;
    } else {
        slot += (uint32_t)t->list->count;
    }
    value *added = add(t, one, VALUE_BYTES);
    added->bytes = bytes;
    added->size = bytes != NULL ? size : 0;
    added->slot = (uint8_t)(slot % FORMAT_SLOTS);
}

static void take_texts(taker *t, const item *one, const char *const *texts)
{
    int64_t count = 0;
    while (texts != NULL && texts[count] != NULL)
        count++;
    add(t, one, VALUE_COUNT)->integer = texts != NULL ? count : -1;
    t->level++;
    for (int64_t i = 0; i < count; i++)
        take_text(t, one, texts[i], NO_LIMIT);
    t->level--;
}

static void take_cpu(taker *t, const item *one, const void *from)
{
    const hdbg_cpu_state *state = from;
    add(t, one, VALUE_INTEGER)->integer = state->arch;
    take_bytes(t, one, state->data, state->size <= sizeof state->data ? state->size : sizeof state->data);
}

static void *load_pointer(const void *from)
{
    void *pointer;
    memcpy(&pointer, from, sizeof pointer);
    return pointer;
}

static void take_field(taker *t, const item *one, place from, const item *behind)
{
    static const uint8_t kNothing[16] = {0};
    bool known = one->offset + one->size <= from.size;
    const uint8_t *at = known ? from.base + one->offset : kNothing;
    switch (one->kind) {
    case ITEM_CHARS:
        take_text(t, one, known ? (const char *)at : "", one->size - 1u);
        break;
    case ITEM_TEXT:
        take_text(t, one, load_pointer(at), NO_LIMIT);
        break;
    case ITEM_TEXTS:
        take_texts(t, one, load_pointer(at));
        break;
    case ITEM_BYTES:
        take_bytes(t, one, load_pointer(at), (size_t)load(behind, from.base + behind->offset));
        break;
    case ITEM_RAW:
        take_bytes(t, one, known ? at : NULL, one->size);
        break;
    case ITEM_CPU:
        take_cpu(t, one, at);
        break;
    case ITEM_STRUCT:
        add(t, one, VALUE_PRESENT)->integer = 1;
        take_struct(t, one->type, (place){at, one->size});
        break;
    default:
        take_integer(t, one, at);
    }
}

static void take_struct(taker *t, const record_type *type, place from)
{
    t->level++;
    for (size_t i = 0; i < type->count; i++) {
        if (type->items[i].way & t->way)
            take_field(t, &type->items[i], from, &type->items[i] + 1);
    }
    t->level--;
}

static void take_structs(taker *t, const item *one, const uint8_t *first, int64_t count)
{
    add(t, one, VALUE_COUNT)->integer = first != NULL ? count : -1;
    for (int64_t i = 0; first != NULL && i < count; i++)
        take_struct(t, one->type, (place){first + (size_t)i * one->type->size, one->type->size});
}

static size_t caller_size(const record_type *type, const void *given)
{
    size_t size = type->size;
    if (type->has_size)
        memcpy(&size, given, sizeof size);
    return size < type->size ? size : type->size;
}

/* Arguments that point to something that is there or not. */
static void take_pointed(taker *t, const item *one, const void *pointer)
{
    add(t, one, VALUE_PRESENT)->integer = pointer != NULL;
    if (pointer == NULL)
        return;
    if (one->kind == ITEM_STRUCT)
        take_struct(t, one->type, (place){pointer, caller_size(one->type, pointer)});
    else
        take_integer(t, one, pointer);
}

/* How many bytes or elements an argument has: those that the call has found, or as the argument behind says.
 */
static int64_t count_of(const item *one, const void *behind, int64_t result)
{
    uint64_t given = (uint64_t)load_signed(behind, sizeof(size_t));
    bool found = one->kind == ITEM_FOUND || (one->kind == ITEM_BYTES && one->way == WAY_OUT);
    if (found && result < 0)
        return 0;
    return (int64_t)(found && (uint64_t)result < given ? (uint64_t)result : given);
}

static void take_argument(taker *t, const item *one, const void *argument, const void *behind, int64_t result)
{
    switch (one->kind) {
    case ITEM_SIGNED:
    case ITEM_UNSIGNED:
    case ITEM_HEX:
        take_integer(t, one, argument);
        break;
    case ITEM_TEXT:
        take_text(t, one, load_pointer(argument), NO_LIMIT);
        break;
    case ITEM_BYTES:
        take_bytes(t, one, load_pointer(argument), (size_t)count_of(one, behind, result));
        break;
    case ITEM_LIST:
    case ITEM_FOUND:
        take_structs(t, one, load_pointer(argument), count_of(one, behind, result));
        break;
    default:
        take_pointed(t, one, load_pointer(argument));
    }
}

void values_take(values *list, const operation *op, const void *const *arguments, enum item_way way,
                 int64_t result)
{
    taker t = {.list = list, .op = op, .way = way};
    for (size_t i = 0; i < op->count; i++) {
        const item *one = &op->items[i];
        if ((one->way & way) == 0 || one->kind == ITEM_NOTHING)
            continue;
        /* What a call that failed was to fill is as it was; what it changes in any case is not. */
        if (way == WAY_OUT && one->way == WAY_OUT && result < 0 && one->kind != ITEM_LIST)
            continue;
        take_argument(&t, one, arguments[i], i + 1 < op->count ? arguments[i + 1] : NULL, result);
    }
}
