/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Walks stacks by their frame pointers, and by the return address where a function has no frame yet.
 *
 * The stack is read in large pieces, upwards from the frame that is needed: a stack that has overflowed has a
 * stack pointer below all that can be read, but its frames are there.
 */
#include "arch/frame.h"
#include "base/fail.h"
#include "inspect/inspect.h"
#include "session/internal.h"

#include <haikudbg/memory.h>
#include <haikudbg/registers.h>
#include <haikudbg/stack.h>

#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 64 * 1024,
    FIRST_WINDOW = 4 * 1024, /* most stacks are shallow */
    LOWEST_ADDRESS =
        4096, /* below are no frames, but the small numbers that outermost functions leave in the register */
    SWITCHES_MAX = 16 /* from one stack to another: alternate signal stacks, coroutines */
};

typedef struct walk {
    hdbg_team *team;
    const arch_frame_rules *rules;
    hdbg_area_info *areas; /* read when the first address is to be judged */
    size_t area_count;
    const hdbg_area_info *code; /* where the last return address was */
    int has_areas;
    uint8_t *window;
    hdbg_address window_at;
    size_t window_size, next_size;
    int switches;
} walk;

/* Reads from the stack, through the window. */
static int read_stack(walk *w, hdbg_address address, void *buffer, size_t size)
{
    if (address < w->window_at || address - w->window_at > w->window_size ||
        size > w->window_size - (size_t)(address - w->window_at)) {
        w->window_at = address;
        w->window_size = 0;
        hdbg_memory_read(w->team, address, w->window, w->next_size, &w->window_size);
        w->next_size = WINDOW;
        if (w->window_size < size)
            return 0;
    }
    memcpy(buffer, w->window + (address - w->window_at), size);
    return 1;
}

static int read_word(walk *w, hdbg_address address, hdbg_address *value)
{
    *value = 0; /* little-endian */
    return read_stack(w, address, value, w->rules->word);
}

static const hdbg_area_info *area_of(walk *w, hdbg_address address)
{
    if (!w->has_areas) {
        w->has_areas = 1;
        hdbg_areas_get(w->team, &w->areas, &w->area_count);
    }
    return inspect_area_find(w->areas, w->area_count, address);
}

/* Whether a thread can return to an address. */
static int is_code(walk *w, hdbg_address address)
{
    if (w->code == NULL || address < w->code->address || address - w->code->address >= w->code->length)
        w->code = area_of(w, address);
    if (w->code != NULL)
        return (w->code->protection & HDBG_AREA_EXECUTE) != 0;
    /* Where a kernel lists no areas for its own pages, such as a commpage, the images know. */
    hdbg_image_info image;
    return inspect_image_at(w->team, address, &image) == HDBG_OK;
}

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

/* The caller of a function that has no frame of its own. @return 0 if there is none to be seen. */
static int leave_frameless(walk *w, const hdbg_cpu_state *state, arch_frame_state how,
                           const hdbg_frame *frame, hdbg_frame *caller)
{
    hdbg_address saved = frame->frame_pointer, sp = frame->sp, pc;
    size_t word = w->rules->word;
    if (how == ARCH_FRAME_PUSHED) {
        if (!read_word(w, sp, &saved))
            return 0;
        sp += word;
    }
    if (w->rules->link)
        pc = hdbg_cpu_state_role(state, HDBG_ROLE_RETURN_ADDRESS);
    else if (read_word(w, sp, &pc))
        sp += word;
    else
        return 0;
    if (!is_code(w, pc))
        return 0;
    *caller = (hdbg_frame){.pc = pc, .sp = sp, .frame_pointer = saved, .source = HDBG_FRAME_RETURN_ADDRESS};
    return 1;
}

/* What the innermost frame's function has made of its frame. */
static arch_frame_state innermost_state(walk *w, hdbg_address pc)
{
    arch_code code;
    if (!is_code(w, pc))
        return ARCH_FRAME_ENTERED; /* called at a bad address: all that has happened is the call */
    read_code(w, pc, &code);
    return w->rules->innermost(&code);
}

/* Whether a frame pointer can follow another one, or the stack pointer. */
static int can_follow(walk *w, const hdbg_frame *frame, hdbg_address pointer, hdbg_address last)
{
    if (pointer % w->rules->alignment != 0)
        return 0;
    if (pointer > last || (pointer == last && frame->source == HDBG_FRAME_REGISTERS))
        return 1;
    /* Downwards only onto another stack. */
    const hdbg_area_info *here = area_of(w, last), *there = area_of(w, pointer);
    return there != NULL && here != there && w->switches++ < SWITCHES_MAX;
}

/* The caller of a frame, by the frame pointer. @return an hdbg_stack_end, or -1 if it was found. */
static int leave_frame(walk *w, const hdbg_frame *frame, hdbg_address last, hdbg_frame *caller)
{
    hdbg_address pointer = frame->frame_pointer, pc, saved;
    if (pointer < LOWEST_ADDRESS)
        return HDBG_STACK_COMPLETE;
    if (!can_follow(w, frame, pointer, last))
        return HDBG_STACK_BROKEN;
    /* The lower of the two first: then one piece holds both. */
    int up = w->rules->return_address > w->rules->saved_pointer;
    if (!read_word(w, pointer + (up ? w->rules->saved_pointer : w->rules->return_address),
                   up ? &saved : &pc) ||
        !read_word(w, pointer + (up ? w->rules->return_address : w->rules->saved_pointer), up ? &pc : &saved))
        return HDBG_STACK_UNREADABLE;
    if (pc == 0)
        return HDBG_STACK_COMPLETE;
    if (!is_code(w, pc))
        return HDBG_STACK_BROKEN;
    *caller = (hdbg_frame){
        .pc = pc, .sp = pointer + w->rules->caller_sp, .frame_pointer = saved, .source = HDBG_FRAME_POINTER};
    return -1;
}

static void walk_frames(walk *w, const hdbg_cpu_state *state, hdbg_frame *frames, size_t capacity,
                        size_t *count, int32_t *end)
{
    hdbg_frame frame = {.pc = hdbg_cpu_state_role(state, HDBG_ROLE_PC),
                        .sp = hdbg_cpu_state_role(state, HDBG_ROLE_SP),
                        .frame_pointer = hdbg_cpu_state_role(state, HDBG_ROLE_FP),
                        .source = HDBG_FRAME_REGISTERS};
    hdbg_address last = frame.sp; /* the next frame pointer has to be above this */
    *count = 0;
    *end = HDBG_STACK_LIMIT;
    while (*count < capacity) {
        hdbg_frame caller;
        frames[(*count)++] = frame;
        arch_frame_state how = *count == 1 ? innermost_state(w, frame.pc) : ARCH_FRAME_BUILT;
        if (how == ARCH_FRAME_BUILT || !leave_frameless(w, state, how, &frame, &caller)) {
            int ended = leave_frame(w, &frame, last, &caller);
            if (ended >= 0) {
                *end = ended;
                return;
            }
            last = frame.frame_pointer;
        } else {
            /* The frame pointer is the caller's: not lower than the stack pointer was, but it may be equal.
             */
            last = frame.sp - 1;
        }
        frame = caller;
    }
}

hdbg_status hdbg_stack_walk(hdbg_thread *thread, hdbg_frame *frames, size_t capacity, size_t *count,
                            int32_t *end)
{
    hdbg_cpu_state state;
    int32_t why = HDBG_STACK_COMPLETE;
    *count = 0;
    hdbg_status status = thread_cpu_state_get(thread, &state);
    if (status != HDBG_OK)
        return status;
    walk w = {.team = hdbg_thread_team(thread),
              .rules = arch_frame_find((int32_t)state.arch),
              .next_size = FIRST_WINDOW};
    if (w.rules == NULL)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "the stacks of the processor of thread %d are not known",
                         (int)hdbg_thread_id_of(thread));
    w.window = malloc(WINDOW);
    if (w.window == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory to read the stack of thread %d",
                         (int)hdbg_thread_id_of(thread));
    walk_frames(&w, &state, frames, capacity, count, &why);
    if (end != NULL)
        *end = why;
    free(w.window);
    hdbg_areas_free(w.areas);
    return HDBG_OK;
}
