/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What came out of a recorded call, given to the one who makes it again.
 */
#include "kernel/replay/player.h"

#include <stdlib.h>
#include <string.h>

/* Values are given in the order in which values_take() lists them. */
typedef struct giver {
    const values *list;
    size_t at;
} giver;

static const value *next(giver *g)
{
    static const value kNone = {0};
    return g->at < g->list->count ? &g->list->all[g->at++] : &kNone;
}

static void store(void *to, size_t size, int64_t number)
{
    int8_t one = (int8_t)number;
    int16_t two = (int16_t)number;
    int32_t four = (int32_t)number;
    memcpy(to,
           size == 1   ? (void *)&one
           : size == 2 ? (void *)&two
           : size == 4 ? (void *)&four
                       : &number,
           size);
}

static void give_struct(giver *g, const record_type *type, uint8_t *to, size_t room, enum item_way way);

static void give_cpu(giver *g, uint8_t *to)
{
    hdbg_cpu_state *state = (hdbg_cpu_state *)to;
    memset(state, 0, sizeof *state);
    state->arch = (uint32_t)next(g)->integer;
    const value *v = next(g);
    state->size = (uint32_t)(v->size < sizeof state->data ? v->size : sizeof state->data);
    if (state->size > 0)
        memcpy(state->data, v->bytes, state->size);
}

/* Texts and bytes that a struct points to are the call's, followed by a NUL. */
static void give_pointer(uint8_t *to, const value *v)
{
    const void *pointer = v->bytes;
    memcpy(to, &pointer, sizeof pointer);
}

static void give_field(giver *g, const item *field, uint8_t *to, bool known, enum item_way way)
{
    uint8_t ignored[sizeof(hdbg_cpu_state)];
    uint8_t *at = known ? to : ignored;
    const value *v;
    switch (field->kind) {
    case ITEM_CHARS:
        v = next(g);
        if (known) {
            size_t size = v->size < field->size ? v->size : field->size - 1u;
            memset(at, 0, field->size);
            if (size > 0)
                memcpy(at, v->bytes, size);
        }
        break;
    case ITEM_TEXT:
    case ITEM_BYTES:
        give_pointer(at, next(g));
        break;
    case ITEM_CPU:
        give_cpu(g, at);
        break;
    case ITEM_STRUCT:
        next(g);
        if (known && field->type->has_size) {
            size_t size = field->type->size;
            memcpy(at, &size, sizeof size);
        }
        give_struct(g, field->type, at, known ? field->type->size : 0, way);
        break;
    default:
        store(at, field->size, next(g)->integer);
    }
}

static void give_struct(giver *g, const record_type *type, uint8_t *to, size_t room, enum item_way way)
{
    for (size_t i = 0; i < type->count; i++) {
        const item *field = &type->items[i];
        bool known = field->offset + field->size <= room;
        if (field->way & way)
            give_field(g, field, known ? to + field->offset : to, known, way);
    }
}

/* A struct of the caller's: as much as it knows, the rest of what it has beyond is zero. */
static void give_to_struct(giver *g, const record_type *type, uint8_t *to)
{
    size_t room = type->size;
    if (type->has_size)
        memcpy(&room, to, sizeof room);
    if (room > type->size)
        memset(to + type->size, 0, room - type->size);
    give_struct(g, type, to, room < type->size ? room : type->size, WAY_OUT);
}

static void *load_pointer(const void *from)
{
    void *pointer;
    memcpy(&pointer, from, sizeof pointer);
    return pointer;
}

/* Nothing was recorded, for nobody had asked for it: who asks now sees zeros, not what was there before. */
static void give_nothing(const item *one, uint8_t *to)
{
    size_t size = one->size, kept = 0;
    if (one->kind == ITEM_STRUCT) {
        size = one->type->size;
        if (one->type->has_size) {
            kept = sizeof size;
            memcpy(&size, to, sizeof size);
        }
    }
    if (size > kept)
        memset(to + kept, 0, size - kept);
}

static void give_pointed(giver *g, const item *one, uint8_t *to)
{
    uint8_t ignored[8];
    if (next(g)->integer == 0) {
        if (to != NULL && one->way == WAY_OUT)
            give_nothing(one, to);
        return;
    }
    if (one->kind == ITEM_STRUCT && to != NULL) {
        give_to_struct(g, one->type, to);
    } else if (one->kind == ITEM_STRUCT) {
        static uint8_t nowhere;
        give_struct(g, one->type, &nowhere, 0, WAY_OUT);
    } else {
        store(to != NULL ? to : ignored, one->size, next(g)->integer);
    }
}

static void give_bytes(giver *g, uint8_t *to, const void *behind)
{
    size_t room;
    const value *v = next(g);
    memcpy(&room, behind, sizeof room);
    size_t size = v->size < room ? v->size : room;
    if (to != NULL && size > 0)
        memcpy(to, v->bytes, size);
}

/* Into an array of the caller's with so many elements. */
static void give_elements(giver *g, const item *one, uint8_t *to, const void *behind)
{
    size_t room;
    int64_t count = next(g)->integer;
    memcpy(&room, behind, sizeof room);
    for (int64_t i = 0; i < count; i++) {
        bool fits = to != NULL && (uint64_t)i < room;
        uint8_t *at = fits ? to + (size_t)i * one->type->size : to;
        give_struct(g, one->type, at, fits ? one->type->size : 0, WAY_OUT);
    }
}

static bool is_told(const operation *op, const item *one)
{
    return one->kind == ITEM_LIST && one->way == WAY_OUT && one + 1 < op->items + op->count &&
           one[1].kind == ITEM_NOTHING;
}

/* Goes over a list that was told to callbacks. */
static void pass_list(giver *g, const item *one)
{
    uint8_t *nowhere = calloc(1, one->type->size);
    int64_t count = next(g)->integer;
    for (int64_t i = 0; nowhere != NULL && i < count; i++)
        give_struct(g, one->type, nowhere, one->type->size, WAY_OUT);
    free(nowhere);
}

void give_values(const call *one, const void *const *arguments)
{
    giver g = {&one->out, 0};
    for (size_t i = 0; i < one->op->count && g.at < g.list->count; i++) {
        const item *what = &one->op->items[i];
        bool filled = what->way != WAY_OUT || one->result >= 0 || what->kind == ITEM_LIST;
        if ((what->way & WAY_OUT) == 0 || !filled)
            continue;
        uint8_t *to = load_pointer(arguments[i]);
        if (is_told(one->op, what))
            pass_list(&g, what);
        else if (what->kind == ITEM_BYTES)
            give_bytes(&g, to, arguments[i + 1]);
        else if (what->kind == ITEM_LIST || what->kind == ITEM_FOUND)
            give_elements(&g, what, to, arguments[i + 1]);
        else
            give_pointed(&g, what, to);
    }
}

void *give_list(call *one, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < one->op->count; i++) {
        const item *what = &one->op->items[i];
        giver g = {&one->out, 0};
        int64_t elements = is_told(one->op, what) ? next(&g)->integer : 0;
        uint8_t *all = elements > 0 ? calloc((size_t)elements, what->type->size) : NULL;
        if (all == NULL)
            continue;
        for (int64_t k = 0; k < elements; k++)
            give_struct(&g, what->type, all + (size_t)k * what->type->size, what->type->size, WAY_OUT);
        *count = (size_t)elements;
        return all;
    }
    return NULL;
}

/* ---- comparing ---- */

static int time_class(int64_t timeout)
{
    return timeout <= 0 ? 0 : timeout == HDBG_FOREVER ? 2 : 1;
}

static bool is_alike(const value *expected, const value *came)
{
    if (expected->item != came->item || expected->kind != came->kind)
        return false;
    if (expected->item->way == WAY_TOLD && expected->kind != VALUE_COUNT)
        return true;
    if (expected->item->way == WAY_TIME)
        return time_class(expected->integer) == time_class(came->integer);
    if (expected->kind != VALUE_TEXT && expected->kind != VALUE_BYTES)
        return expected->integer == came->integer;
    bool none = expected->bytes == NULL;
    return none == (came->bytes == NULL) && expected->size == came->size &&
           (expected->size == 0 || memcmp(expected->bytes, came->bytes, expected->size) == 0);
}

/* Goes over what is told for information alone, a list with its elements. */
static size_t pass_told(const values *list, size_t at)
{
    while (at < list->count && list->all[at].item->way == WAY_TOLD)
        at++;
    return at;
}

bool values_alike(const values *expected, const values *came)
{
    size_t e = pass_told(expected, 0), c = pass_told(came, 0);
    while (e < expected->count && c < came->count) {
        if (!is_alike(&expected->all[e], &came->all[c]))
            return false;
        e = pass_told(expected, e + 1);
        c = pass_told(came, c + 1);
    }
    return e == expected->count && c == came->count;
}
