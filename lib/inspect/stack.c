/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Stacks, as callers see them.
 */
#include "inspect/stack.h"
#include "inspect/stack_walk.h"
#include "base/fail.h"
#include "base/structs.h"

#include <haikudbg/image.h>
#include <haikudbg/memory.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PERIOD_MAX = 256 /* frames in one turn of a recursion */ };

hdbg_status hdbg_stack_unwind(hdbg_thread *thread, const hdbg_stack_options *options, hdbg_stack **stack)
{
    hdbg_stack_options given = {.size = sizeof given};
    *stack = NULL;
    if (options != NULL) {
        hdbg_status status = hdbg_struct_take(&given, sizeof given, options, "hdbg_stack_options");
        if (status != HDBG_OK)
            return status;
    }
    return stack_unwind(thread, given.limit, given.flags, stack);
}

void hdbg_stack_free(hdbg_stack *stack)
{
    if (stack == NULL)
        return;
    hdbg_team_release(stack->team);
    free(stack->frames);
    free(stack->stored);
    free(stack->pool);
    free(stack);
}

hdbg_status hdbg_stack_info_get(const hdbg_stack *stack, hdbg_stack_info *info)
{
    hdbg_status status = hdbg_struct_check(info, "hdbg_stack_info");
    if (status == HDBG_OK)
        hdbg_struct_give(info, &stack->info, sizeof stack->info);
    return status;
}

const hdbg_frame *hdbg_stack_frame(const hdbg_stack *stack, size_t index)
{
    return index < stack->info.count ? &stack->frames[index] : NULL;
}

hdbg_team *hdbg_stack_team(const hdbg_stack *stack)
{
    return stack->team;
}

/* ---- why it ends ---- */

static void name_function(const hdbg_stack *stack, char *name, size_t size)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    const hdbg_frame *last = &stack->frames[stack->info.count - 1];
    hdbg_address pc = last->pc - ((last->flags & HDBG_FRAME_EXACT) == 0);
    if (hdbg_symbol_at(stack->team, pc, &symbol) == HDBG_OK)
        snprintf(name, size, "%s%s", symbol.name, strchr(symbol.name, '(') != NULL ? "" : "()");
    else
        snprintf(name, size, "the function at 0x%" PRIx64, pc);
}

/* Whether a word is the address of something: what was written over a return address by mistake seldom is; a
 * program that changes its stack by itself (Go's runtime) leaves such words where one would be. */
static int is_address(const hdbg_stack *stack, hdbg_address value)
{
    uint8_t byte;
    return hdbg_memory_read(stack->team, value, &byte, 1, NULL) == HDBG_OK;
}

size_t hdbg_stack_explain(const hdbg_stack *stack, char *buffer, size_t size)
{
    char name[600], text[900] = "";
    const hdbg_stack_info *info = &stack->info;
    snprintf(name, sizeof name, "the thread");
    if (info->count > 0 && (info->end == HDBG_STACK_BROKEN || info->end == HDBG_STACK_UNREADABLE))
        name_function(stack, name, sizeof name);
    if (info->end == HDBG_STACK_BROKEN && info->slot != 0 && info->value == stack->lost_pc)
        snprintf(text, sizeof text,
                 "the thread returned to 0x%" PRIx64 ", which is no code: the return address at 0x%" PRIx64
                 " was overwritten",
                 info->value, info->slot);
    else if (info->end == HDBG_STACK_BROKEN && info->slot != 0 && is_address(stack, info->value))
        snprintf(text, sizeof text,
                 "where the return address of %s should be, at 0x%" PRIx64 ", is 0x%" PRIx64
                 ", which is no code: it was overwritten, or the program changes its stack here",
                 name, info->slot, info->value);
    else if (info->end == HDBG_STACK_BROKEN && info->slot != 0)
        snprintf(text, sizeof text,
                 "the return address of %s at 0x%" PRIx64 " was overwritten: it holds 0x%" PRIx64
                 ", which is no code",
                 name, info->slot, info->value);
    else if (info->end == HDBG_STACK_BROKEN)
        snprintf(text, sizeof text,
                 "the caller of %s cannot be found: its frame would lie at 0x%" PRIx64
                 ", which is not above the last one",
                 name, info->value);
    else if (info->end == HDBG_STACK_UNREADABLE)
        snprintf(text, sizeof text,
                 "the return address of %s at 0x%" PRIx64 " cannot be read: there is no memory", name,
                 info->slot);
    else if (info->end == HDBG_STACK_LIMIT)
        snprintf(text, sizeof text, "there are more than the %zu frames that were asked for", info->count);
    if (size > 0)
        snprintf(buffer, size, "%s", text);
    return strlen(text);
}

/* ---- recursion ---- */

/* How many whole turns of `period` frames there are from a frame on. */
static size_t count_turns(const hdbg_stack *stack, size_t first, size_t period)
{
    size_t same = 0, count = stack->info.count;
    while (first + period + same < count &&
           stack->frames[first + same].pc == stack->frames[first + period + same].pc)
        same++;
    return same / period + 1;
}

hdbg_status hdbg_stack_cycle_find(const hdbg_stack *stack, size_t from, size_t times, hdbg_stack_cycle *cycle)
{
    size_t count = stack->info.count, least = times > 2 ? times : 2;
    for (size_t first = from; first < count; first++) {
        for (size_t period = 1; period <= PERIOD_MAX && period <= (count - first) / least; period++) {
            /* The shortest period that lasts: no longer one can be the same stretch. */
            size_t turns = stack->frames[first].pc == stack->frames[first + period].pc
                               ? count_turns(stack, first, period)
                               : 0;
            if (turns >= least) {
                *cycle = (hdbg_stack_cycle){.first = first, .period = period, .times = turns};
                return HDBG_OK;
            }
        }
    }
    return hdbg_fail(HDBG_NAME_NOT_FOUND, "nothing repeats %zu times in the stack from frame %zu on", least,
                     from);
}

/* ---- frames alone ---- */

hdbg_status hdbg_stack_walk(hdbg_thread *thread, hdbg_frame *frames, size_t capacity, size_t *count,
                            int32_t *end)
{
    hdbg_stack *stack = NULL;
    *count = 0;
    hdbg_status status = stack_unwind(thread, capacity > 0 ? capacity : 1, HDBG_STACK_NO_TAIL_CALLS, &stack);
    if (status != HDBG_OK)
        return status;
    if (capacity > 0) {
        *count = stack->info.count;
        memcpy(frames, stack->frames, stack->info.count * sizeof *frames);
    }
    if (end != NULL)
        *end = capacity > 0 ? stack->info.end : HDBG_STACK_LIMIT;
    hdbg_stack_free(stack);
    return HDBG_OK;
}
