/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A thread's stack: its frames with their variables, recursion folded; threads with the same stack.
 */
#include "facts.h"

#include <string.h>

enum {
    FRAMES_MAX = 1024,   /* that are looked at closely */
    OUTERMOST_KEPT = 16, /* of these the outermost ones, where there are more */
    STACK_MAX = 1000000, /* that are counted */
    TURNS_FOLDED = 3     /* of a recursion of fewer turns, each is shown */
};

/* ---- variables ---- */

enum { VARIABLES_MAX = 200 };

struct collecting {
    struct pool *pool;
    variable_facts variables[VARIABLES_MAX];
    size_t count;
};

static int note_variable(void *context, const hdbg_variable *variable)
{
    struct collecting *to = context;
    to->variables[to->count++] =
        (variable_facts){.name = pool_copy(to->pool, variable->name),
                         .type = pool_copy(to->pool, variable->type),
                         .value = pool_copy(to->pool, variable->value),
                         .declaration = declaration_of(to->pool, variable->type, variable->name),
                         .kind = variable->kind,
                         .state = variable->state,
                         .depth = variable->depth};
    return to->count == VARIABLES_MAX;
}

static void read_variables(struct facts *facts, const thread_facts *thread, frame_facts *frame)
{
    struct collecting to = {.pool = facts->pool};
    if (frame->guessed || !frame->place->in_image)
        return;
    hdbg_variables_visit(thread->stack, frame->index, NULL, note_variable, &to);
    variable_facts *variables = pool_array(facts->pool, to.count, sizeof(*variables));
    if (variables == NULL || to.count == 0)
        return;
    memcpy(variables, to.variables, to.count * sizeof(*variables));
    frame->variables = variables;
    frame->variable_count = to.count;
}

/* ---- frames ---- */

static frame_facts *add_frame(struct facts *facts, thread_facts *thread, size_t index)
{
    frame_facts *frame = &thread->frames[thread->frame_count++];
    frame->index = index;
    frame->frame = *hdbg_stack_frame(thread->stack, index);
    frame->guessed = frame->frame.source == HDBG_FRAME_SCAN;
    frame->place = place_at(facts, frame->frame.pc, (frame->frame.flags & HDBG_FRAME_EXACT) != 0);
    return frame;
}

/* Adds frames, of each recursion the first turn alone. A stack that is still too long loses its middle. */
static void add_frames(struct facts *facts, thread_facts *thread)
{
    hdbg_stack_cycle cycle;
    bool has_cycle = hdbg_stack_cycle_find(thread->stack, 0, TURNS_FOLDED, &cycle) == HDBG_OK;

    for (size_t i = 0; i < thread->depth; i++) {
        if (thread->frame_count == FRAMES_MAX - OUTERMOST_KEPT && thread->depth - i > OUTERMOST_KEPT) {
            i = thread->depth - OUTERMOST_KEPT;
            has_cycle = false;
        }
        frame_facts *frame = add_frame(facts, thread, i);
        if (!has_cycle || i + 1 != cycle.first + cycle.period)
            continue;
        frame->fold_period = cycle.period;
        frame->fold_times = cycle.times;
        i = cycle.first + cycle.period * cycle.times - 1;
        has_cycle = hdbg_stack_cycle_find(thread->stack, i + 1, TURNS_FOLDED, &cycle) == HDBG_OK;
    }
}

void stack_gather(struct facts *facts, thread_facts *thread, bool variables)
{
    hdbg_stack_options options = {.size = sizeof(options), .limit = STACK_MAX};
    hdbg_stack_info info = {.size = sizeof(info)};
    char why[512];

    if (!thread->stopped || hdbg_stack_unwind(thread->thread, &options, &thread->stack) != HDBG_OK ||
        hdbg_stack_info_get(thread->stack, &info) != HDBG_OK)
        return;
    thread->frames =
        pool_array(facts->pool, info.count < FRAMES_MAX ? info.count : FRAMES_MAX, sizeof(*thread->frames));
    if (thread->frames == NULL)
        return;
    thread->stack_end = info.end;
    thread->depth = info.count;
    hdbg_stack_explain(thread->stack, why, sizeof(why));
    thread->explanation = pool_copy(facts->pool, why);
    add_frames(facts, thread);
    for (size_t i = 0; variables && i < thread->frame_count; i++)
        read_variables(facts, thread, &thread->frames[i]);
}

/* ---- threads with the same stack ---- */

static bool same_stack(const thread_facts *one, const thread_facts *other)
{
    if (one->depth != other->depth || one->depth == 0)
        return false;
    for (size_t i = 0; i < one->depth; i++) {
        if (hdbg_stack_frame(one->stack, i)->pc != hdbg_stack_frame(other->stack, i)->pc)
            return false;
    }
    return true;
}

void threads_fold(struct facts *facts)
{
    for (size_t i = 0; i < facts->thread_count; i++) {
        thread_facts *thread = &facts->threads[i];
        thread->same_as = i;
        thread->same_count = 1;
        /* The one that it happened to stays alone. */
        for (size_t k = 1; k < i; k++) {
            if (facts->threads[k].same_as == k && same_stack(&facts->threads[k], thread)) {
                thread->same_as = k;
                facts->threads[k].same_count++;
                break;
            }
        }
    }
}
