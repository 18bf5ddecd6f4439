/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The caller of a frame where there is no call frame information: by the return address that its function has
 * not covered yet, by its frame pointer, and at last by a search of the stack.
 */
#include "inspect/stack_walk.h"

#include <haikudbg/memory.h>

#include <string.h>

enum {
    LOWEST_ADDRESS =
        4096, /* below are no frames, but the small numbers that outermost functions leave in the register */
    SWITCHES_MAX = 16,        /* from one stack to another: alternate signal stacks, coroutines */
    SEARCH_BYTES = 64 * 1024, /* how far a stack is searched for the next caller */
    GUESSES_MAX = 64,         /* words that are tried as one */
    CHECKED_FRAMES = 32       /* that have to follow from one */
};

/* The code around pc, for the rules to judge by. */
static void read_code(walk *w, hdbg_address pc, arch_code *code)
{
    uint8_t bytes[ARCH_CODE_BEFORE + ARCH_CODE_AT];
    hdbg_symbol symbol = {.size = sizeof symbol};
    memset(code, 0, sizeof *code);
    code->offset = -1;
    size_t got = 0;
    if (pc >= ARCH_CODE_BEFORE)
        hdbg_memory_read(w->team, pc - ARCH_CODE_BEFORE, bytes, sizeof bytes, &got);
    if (got > ARCH_CODE_BEFORE) {
        memcpy(code->before, bytes, ARCH_CODE_BEFORE);
        memcpy(code->at, bytes + ARCH_CODE_BEFORE, got - ARCH_CODE_BEFORE);
        code->before_size = ARCH_CODE_BEFORE;
        code->at_size = got - ARCH_CODE_BEFORE;
    } else {
        hdbg_memory_read(w->team, pc, code->at, sizeof code->at, &code->at_size);
    }
    if (hdbg_symbol_at(w->team, pc, &symbol) == HDBG_OK && symbol.kind == HDBG_SYMBOL_FUNCTION) {
        code->offset = (int64_t)symbol.offset;
        hdbg_memory_read(w->team, symbol.address, code->start, sizeof code->start, &code->start_size);
    }
}

/* Makes the caller of what is known of it. Registers that calls keep are still what they were if the function
 * had no frame to keep them in (`same`). */
static void make_caller(const walk *w, const walk_frame *frame, walk_frame *caller, hdbg_frame found,
                        int same)
{
    frame_registers next = {.known = 0};
    if (same) {
        next = frame->registers;
        next.known &= w->rules->preserved;
        next.assumed = 0;
        next.has_cfa = 0;
    }
    if (w->pc_number >= 0)
        register_set(&next, (unsigned)w->pc_number, found.pc);
    if (w->sp_number >= 0 && found.sp != 0)
        register_set(&next, (unsigned)w->sp_number, found.sp);
    if (w->fp_number >= 0 && found.frame_pointer != 0)
        register_set(&next, (unsigned)w->fp_number, found.frame_pointer);
    caller->frame = found;
    caller->registers = next;
}

int walk_lost(walk *w, const walk_frame *frame, int end, hdbg_address slot, hdbg_address value)
{
    w->stack->info.slot = slot;
    w->stack->info.value = value;
    w->stack->lost_pc = frame->frame.pc;
    return end;
}

int walk_by_return_address(walk *w, const walk_frame *frame, walk_frame *caller)
{
    hdbg_address saved = frame->frame.frame_pointer, sp = frame->frame.sp, pc = 0;
    size_t word = w->rules->word;
    arch_frame_state how =
        ARCH_FRAME_ENTERED; /* called at a bad address: all that has happened is the call */
    if (walk_is_code(w, frame->frame.pc)) {
        arch_code code;
        read_code(w, frame->frame.pc, &code);
        how = w->rules->innermost(&code);
    }
    if (how == ARCH_FRAME_BUILT)
        return WALK_NOT_KNOWN;
    if (how == ARCH_FRAME_PUSHED) {
        if (!walk_read_word(w, sp, &saved))
            return WALK_NOT_KNOWN;
        sp += word;
    }
    if (w->rules->link) {
        const hdbg_register *link =
            hdbg_arch_register_by_role((hdbg_arch)hdbg_team_arch(w->team), HDBG_ROLE_RETURN_ADDRESS);
        if (link == NULL || link->dwarf < 0 || !register_known(&frame->registers, (unsigned)link->dwarf))
            return WALK_NOT_KNOWN;
        pc = frame->registers.values[link->dwarf];
    } else if (walk_read_word(w, sp, &pc)) {
        sp += word;
    } else {
        return WALK_NOT_KNOWN;
    }
    if (!walk_is_code(w, pc))
        return WALK_NOT_KNOWN;
    hdbg_frame found = {.pc = pc, .sp = sp, .frame_pointer = saved, .source = HDBG_FRAME_RETURN_ADDRESS};
    make_caller(w, frame, caller, found, 1);
    return WALK_FOUND;
}

int walk_can_follow(walk *w, hdbg_address last, hdbg_address next, int may_be_equal)
{
    if (next > last || (next == last && may_be_equal))
        return 1;
    /* Downwards only onto another stack. */
    const hdbg_area_info *here = walk_area(w, last), *there = walk_area(w, next);
    return there != NULL && here != there && w->switches++ < SWITCHES_MAX;
}

int walk_by_pointer(walk *w, const walk_frame *frame, walk_frame *caller)
{
    const arch_frame_rules *rules = w->rules;
    hdbg_address pointer = frame->frame.frame_pointer, pc, saved;
    if (pointer < LOWEST_ADDRESS)
        return HDBG_STACK_COMPLETE;
    /* The frame lies above the stack pointer, which is one past the frame record of the function that it has
     * called: or at it, if it is the innermost. */
    if (pointer % rules->alignment != 0 ||
        !walk_can_follow(w, frame->frame.sp, pointer, frame->frame.source != HDBG_FRAME_POINTER))
        return walk_lost(w, frame, HDBG_STACK_BROKEN, 0, pointer);
    hdbg_address low = pointer + (hdbg_address)(int64_t)rules->saved_pointer,
                 high = pointer + (hdbg_address)(int64_t)rules->return_address;
    /* The lower of the two first: then one piece holds both. */
    int up = rules->return_address > rules->saved_pointer;
    if (!walk_read_word(w, up ? low : high, up ? &saved : &pc) ||
        !walk_read_word(w, up ? high : low, up ? &pc : &saved))
        return walk_lost(w, frame, HDBG_STACK_UNREADABLE, high, 0);
    if (pc == 0)
        return HDBG_STACK_COMPLETE;
    if (!walk_is_code(w, pc))
        return walk_lost(w, frame, HDBG_STACK_BROKEN, high, pc);
    hdbg_frame found = {.pc = pc,
                        .sp = pointer + (hdbg_address)(int64_t)rules->caller_sp,
                        .frame_pointer = saved,
                        .source = HDBG_FRAME_POINTER};
    make_caller(w, frame, caller, found, 0);
    return WALK_FOUND;
}

/* Whether call frame information leads from a guessed frame to the outermost one, or far enough. Where it has
 * nothing to say of the frame itself, nobody can tell, and the guess stands. */
static int leads_on(walk *w, const walk_frame *guessed)
{
    const dwarf_row *row;
    const walk_image *image;
    walk_frame frame = *guessed, caller;
    hdbg_stack_info before = w->stack->info;
    hdbg_address lost_pc = w->stack->lost_pc;
    int end = WALK_FOUND, count = 0;
    if (walk_row(w, guessed->frame.pc - 1, &row, &image) != HDBG_OK)
        return 1;
    /* A frame that lies among zeros seems to be the outermost one, too: it has to be known for one. */
    int is_outermost = row->return_register < DWARF_REGISTERS &&
                       row->rules[row->return_register].kind == DWARF_RULE_UNDEFINED;
    while (count < CHECKED_FRAMES && (end = walk_by_rules(w, &frame, &caller)) == WALK_FOUND) {
        frame = caller;
        count++;
    }
    w->stack->info = before;
    w->stack->lost_pc = lost_pc;
    return end == WALK_FOUND || (end == HDBG_STACK_COMPLETE && (count > 0 || is_outermost));
}

/* A word behind a call may have been left over from a call before. So the first is taken from which the way
 * leads on; or, if none does, the first. */
int walk_by_search(walk *w, const walk_frame *frame, walk_frame *caller)
{
    size_t word = w->rules->word;
    hdbg_address at = (frame->frame.sp + word - 1) & ~(hdbg_address)(word - 1), pc;
    int guesses = 0;
    if ((w->flags & HDBG_STACK_NO_SCAN) != 0 || frame->frame.sp < LOWEST_ADDRESS)
        return WALK_NOT_KNOWN;
    for (hdbg_address end = at + SEARCH_BYTES; at < end && walk_read_word(w, at, &pc); at += word) {
        const hdbg_area_info *area = walk_area(w, pc);
        if (area == NULL || (area->protection & HDBG_AREA_EXECUTE) == 0 || !walk_is_behind_call(w, pc))
            continue;
        walk_frame guess;
        hdbg_address pointer = frame->frame.frame_pointer;
        hdbg_frame found = {.pc = pc, .sp = at + word, .source = HDBG_FRAME_SCAN};
        /* The frame pointer is the caller's if the functions in between left it alone. */
        if (pointer > at)
            found.frame_pointer = pointer;
        make_caller(w, frame, &guess, found, 0);
        int good = leads_on(w, &guess);
        if (guesses++ == 0 || good)
            *caller = guess;
        if (good || guesses == GUESSES_MAX)
            break;
    }
    return guesses > 0 ? WALK_FOUND : WALK_NOT_KNOWN;
}
