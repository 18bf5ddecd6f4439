/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The frames of a stack. Of each frame's registers only those are stored that differ from the frame before,
 * and all of them now and then: most are the same in a hundred thousand frames of a recursion.
 */
#include "inspect/stack_walk.h"
#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

enum { WHOLE_EVERY = 64, FIRST_ROOM = 32 };

typedef struct stored_registers {
    uint64_t cfa;
    uint64_t known;   /* a bit each */
    uint64_t assumed; /* see frame_registers */
    uint64_t changed; /* those whose values are in the pool, in order */
    size_t first;     /* where in the pool */
    uint8_t has_cfa;
} stored_registers;

static int make_room(hdbg_stack *s)
{
    if (s->info.count == s->room) {
        size_t room = s->room == 0 ? FIRST_ROOM : s->room * 2;
        hdbg_frame *frames = realloc(s->frames, room * sizeof *frames);
        if (frames == NULL)
            return 0;
        s->frames = frames;
        stored_registers *stored = realloc(s->stored, room * sizeof *stored);
        if (stored == NULL)
            return 0;
        s->stored = stored;
        s->room = room;
    }
    if (s->pool_room - s->pool_count < DWARF_REGISTERS) {
        size_t room = s->pool_room == 0 ? FIRST_ROOM * 8 : s->pool_room * 2;
        uint64_t *pool = realloc(s->pool, room * sizeof *pool);
        if (pool == NULL)
            return 0;
        s->pool = pool;
        s->pool_room = room;
    }
    return 1;
}

int stack_add(hdbg_stack *s, const hdbg_frame *frame, const frame_registers *registers)
{
    if (!make_room(s))
        return 0;
    stored_registers *stored = &s->stored[s->info.count];
    *stored =
        (stored_registers){.known = registers->known, .assumed = registers->assumed, .first = s->pool_count};
    int whole = s->info.count % WHOLE_EVERY == 0;
    for (unsigned i = 0; i < DWARF_REGISTERS; i++) {
        if (!register_assumed(registers, i) ||
            (!whole && register_assumed(&s->last, i) && s->last.values[i] == registers->values[i]))
            continue;
        stored->changed |= UINT64_C(1) << i;
        s->pool[s->pool_count++] = registers->values[i];
    }
    s->frames[s->info.count++] = *frame;
    s->last = *registers;
    return 1;
}

void stack_set_cfa(hdbg_stack *s, uint64_t cfa)
{
    s->stored[s->info.count - 1].cfa = cfa;
    s->stored[s->info.count - 1].has_cfa = 1;
}

static int bits_below(uint64_t bits, unsigned number)
{
    return __builtin_popcountll(bits & ((UINT64_C(1) << number) - 1));
}

static hdbg_status find_register(const hdbg_stack *stack, size_t index, int32_t number, int assume,
                                 uint64_t *value)
{
    *value = 0;
    if (index >= stack->info.count)
        return hdbg_fail(HDBG_BAD_INDEX, "a stack of %zu frames has no frame %zu", stack->info.count, index);
    if (number == stack->pc_number) {
        *value = stack->frames[index].pc;
        return HDBG_OK;
    }
    if (number < 0 || number >= DWARF_REGISTERS ||
        ((stack->stored[index].known | (assume ? stack->stored[index].assumed : 0)) >> number & 1) == 0)
        return hdbg_fail(HDBG_NAME_NOT_FOUND, "the register with DWARF's number %d is not known in frame %zu",
                         (int)number, index);
    for (size_t i = index + 1; i-- > 0;) {
        const stored_registers *stored = &stack->stored[i];
        if (stored->changed >> number & 1) {
            *value = stack->pool[stored->first + (size_t)bits_below(stored->changed, (unsigned)number)];
            return HDBG_OK;
        }
    }
    return hdbg_fail(HDBG_NAME_NOT_FOUND, "the register with DWARF's number %d is not known in frame %zu",
                     (int)number, index);
}

hdbg_status hdbg_stack_register(const hdbg_stack *stack, size_t index, int32_t number, uint64_t *value)
{
    return find_register(stack, index, number, 0, value);
}

hdbg_status stack_register_assumed(const hdbg_stack *stack, size_t index, int32_t number, uint64_t *value)
{
    return find_register(stack, index, number, 1, value);
}

hdbg_status hdbg_stack_cfa(const hdbg_stack *stack, size_t index, hdbg_address *cfa)
{
    *cfa = 0;
    if (index >= stack->info.count)
        return hdbg_fail(HDBG_BAD_INDEX, "a stack of %zu frames has no frame %zu", stack->info.count, index);
    if (!stack->stored[index].has_cfa)
        return hdbg_fail(HDBG_NAME_NOT_FOUND, "the CFA of frame %zu is not known", index);
    *cfa = stack->stored[index].cfa;
    return HDBG_OK;
}
