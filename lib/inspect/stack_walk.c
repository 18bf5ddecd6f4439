/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * From frame to frame. Call frame information is believed first; where there is none, frame pointers; and
 * where they do not lead to code, a search.
 */
#include "inspect/stack.h"
#include "inspect/stack_walk.h"
#include "base/fail.h"
#include "session/internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 64 * 1024,
    FIRST_WINDOW = 4 * 1024, /* most stacks are shallow */
    DEFAULT_LIMIT = 1000000,
    STEPS_MAX = 20000 /* in looking for jumps: real programs take a few for each call */
};

static int number_of_role(hdbg_arch arch, hdbg_register_role role)
{
    const hdbg_register *reg = hdbg_arch_register_by_role(arch, role);
    return reg != NULL && reg->dwarf >= 0 && reg->dwarf < DWARF_REGISTERS ? reg->dwarf : -1;
}

/* The innermost frame, with the registers that rules may refer to. */
static void innermost(const hdbg_cpu_state *state, walk_frame *first)
{
    memset(first, 0, sizeof *first);
    for (int i = 0; i < DWARF_REGISTERS; i++) {
        const hdbg_register *reg = hdbg_arch_register_by_dwarf((hdbg_arch)state->arch, i);
        uint8_t bytes[32] = {0};
        uint64_t
            value; /* little-endian: of a wide register its lowest bits, where numbers with a fraction are */
        if (reg == NULL || reg->size > sizeof bytes ||
            hdbg_cpu_state_get(state, reg, bytes, sizeof bytes) != HDBG_OK)
            continue;
        memcpy(&value, bytes, sizeof value);
        register_set(&first->registers, (unsigned)i, value);
    }
    first->frame = (hdbg_frame){.pc = hdbg_cpu_state_role(state, HDBG_ROLE_PC),
                                .sp = hdbg_cpu_state_role(state, HDBG_ROLE_SP),
                                .frame_pointer = hdbg_cpu_state_role(state, HDBG_ROLE_FP),
                                .source = HDBG_FRAME_REGISTERS,
                                .flags = HDBG_FRAME_EXACT};
}

/* By frame pointers, or by a search if they lead nowhere. A stack that is damaged is not searched: what is
 * found behind the damage would look like callers. */
static int leave_without_rules(walk *w, walk_frame *frame, walk_frame *caller)
{
    if (frame->frame.source == HDBG_FRAME_REGISTERS) {
        int found = walk_by_return_address(w, frame, caller);
        hdbg_address below = frame->frame.sp - w->rules->word, value = 0;
        if (found != WALK_NOT_KNOWN)
            return found;
        /* A return to where no code is: the address that was popped is still below the stack pointer. */
        if (!w->rules->link && !walk_is_code(w, frame->frame.pc) && walk_read_word(w, below, &value) &&
            value == frame->frame.pc)
            return walk_lost(w, frame, HDBG_STACK_BROKEN, below, value);
    }
    int end = walk_by_pointer(w, frame, caller);
    /* A chain of frame pointers that has begun is believed; a register that was never one is not. It may hold
     * anything in code that a program has made itself: what it leads to ends the stack if it is of the stack.
     */
    if (end == WALK_FOUND || frame->frame.source == HDBG_FRAME_POINTER ||
        (frame->frame.source == HDBG_FRAME_REGISTERS && end == HDBG_STACK_COMPLETE &&
         walk_area(w, frame->frame.frame_pointer) == walk_area(w, frame->frame.sp)))
        return end;
    hdbg_stack_info before = w->stack->info;
    int found = walk_find_described(w, frame->frame.pc) ? walk_by_rules(w, frame, caller) : WALK_NOT_KNOWN;
    if (found == WALK_NOT_KNOWN)
        found = walk_by_search(w, frame, caller);
    if (found == WALK_FOUND) {
        w->stack->info.slot = w->stack->info.value = 0;
        return WALK_FOUND;
    }
    w->stack->info.slot = before.slot;
    w->stack->info.value = before.value;
    return end;
}

static int leave(walk *w, walk_frame *frame, walk_frame *caller)
{
    int end = walk_by_rules(w, frame, caller);
    if (end == WALK_NOT_KNOWN)
        end = walk_by_signal_frame(w, frame, caller);
    return end != WALK_NOT_KNOWN ? end : leave_without_rules(w, frame, caller);
}

/* ---- frames that left by a jump ---- */

/* The same call and callee come again and again in a recursion. */
static const walk_jumps *find_jumps(walk *w, hdbg_address call, hdbg_address callee)
{
    if (w->jumps == NULL)
        w->jumps = calloc(WALK_JUMPS, sizeof *w->jumps);
    if (w->jumps == NULL)
        return NULL;
    walk_jumps *known = &w->jumps[(call * 31 + callee) % WALK_JUMPS];
    if (known->call != call || known->callee != callee) {
        known->call = call;
        known->callee = callee;
        known->count = stack_jumps_between(w->team, call, callee, &w->steps, known->jumps);
    }
    return known;
}

/* Adds the functions that were left by a jump between a frame, which has been added, and its caller. Their
 * registers are the caller's: what they have to preserve they had restored, and all else is lost. */
static int add_jumps(walk *w, const walk_frame *frame, const walk_frame *caller)
{
    hdbg_address callee = frame->frame.pc - ((frame->frame.flags & HDBG_FRAME_EXACT) == 0);
    if ((w->flags & HDBG_STACK_NO_TAIL_CALLS) != 0 || caller->frame.source != HDBG_FRAME_CFI ||
        (caller->frame.flags & HDBG_FRAME_EXACT) != 0 || !frame->registers.has_cfa)
        return 1;
    const walk_jumps *found = find_jumps(w, caller->frame.pc - 1, callee);
    for (size_t i = 0; found != NULL && i < found->count && w->stack->info.count < w->limit; i++) {
        walk_frame it = *caller;
        it.frame.pc = found->jumps[i].pc;
        it.frame.sp = frame->registers.cfa - (w->rules->link ? 0 : w->rules->word);
        it.frame.source = HDBG_FRAME_TAIL_CALL;
        it.frame.flags = found->jumps[i].is_exact ? HDBG_FRAME_EXACT : 0;
        it.registers.assumed = 0;
        if (w->pc_number >= 0)
            register_set(&it.registers, (unsigned)w->pc_number, it.frame.pc);
        if (w->sp_number >= 0)
            register_set(&it.registers, (unsigned)w->sp_number, it.frame.sp);
        if (!stack_add(w->stack, &it.frame, &it.registers))
            return 0;
        stack_set_cfa(w->stack, frame->registers.cfa);
    }
    return found != NULL;
}

/* ---- all frames ---- */

static hdbg_status walk_frames(walk *w, const hdbg_cpu_state *state)
{
    hdbg_stack *stack = w->stack;
    walk_frame frame, caller;
    innermost(state, &frame);
    stack->info.end = HDBG_STACK_LIMIT;
    int has_memory = 1;
    while (has_memory && stack->info.count < w->limit) {
        if (!stack_add(stack, &frame.frame, &frame.registers))
            break;
        int end = leave(w, &frame, &caller);
        if (frame.registers.has_cfa)
            stack_set_cfa(stack, frame.registers.cfa);
        stack->frames[stack->info.count - 1].flags = frame.frame.flags;
        if (end != WALK_FOUND) {
            stack->info.end = end;
            return HDBG_OK;
        }
        has_memory = add_jumps(w, &frame, &caller);
        frame = caller;
    }
    if (has_memory && stack->info.count >= w->limit)
        return HDBG_OK;
    return hdbg_fail(HDBG_NO_MEMORY, "no memory for a stack of more than %zu frames", stack->info.count);
}

hdbg_status stack_unwind(hdbg_thread *thread, size_t limit, uint32_t flags, hdbg_stack **result)
{
    hdbg_cpu_state state;
    hdbg_status status = thread_cpu_state_get(thread, &state);
    *result = NULL;
    if (status != HDBG_OK)
        return status;
    hdbg_arch arch = (hdbg_arch)state.arch;
    walk w = {.team = hdbg_thread_team(thread),
              .rules = arch_frame_find((int32_t)state.arch),
              .flags = flags,
              .limit = limit != 0 ? limit : DEFAULT_LIMIT,
              .pc_number = number_of_role(arch, HDBG_ROLE_PC),
              .sp_number = number_of_role(arch, HDBG_ROLE_SP),
              .fp_number = number_of_role(arch, HDBG_ROLE_FP),
              .next_size = FIRST_WINDOW,
              .steps = STEPS_MAX};
    if (w.rules == NULL)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "the stacks of the processor of thread %d are not known",
                         (int)hdbg_thread_id_of(thread));
    w.window = malloc(WINDOW);
    w.stack = calloc(1, sizeof *w.stack);
    if (w.window == NULL || w.stack == NULL) {
        free(w.stack);
        status = hdbg_fail(HDBG_NO_MEMORY, "no memory to read the stack of thread %d",
                           (int)hdbg_thread_id_of(thread));
        goto out;
    }
    w.stack->team = hdbg_team_retain(w.team);
    w.stack->pc_number = w.pc_number;
    status = walk_frames(&w, &state);
    if (status != HDBG_OK)
        hdbg_stack_free(w.stack);
    else
        *result = w.stack;
out:
    walk_end(&w);
    return status;
}
