/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The caller of a signal handler's caller: what the signal interrupted. On Haiku handlers are called by a
 * function in the commpage, which nothing describes; the kernel has put the registers onto the stack, and in
 * front of them a return address that is the same as the saved pc. By that the place is found.
 */
#include "inspect/stack_walk.h"

#include <string.h>

enum { WORDS_MAX = 64 }; /* that function's own frame is small */

/* Where the registers are, and the slot in front of them. 0: nowhere. */
static hdbg_address find_context(walk *w, const arch_signal_frame *layout, hdbg_address from,
                                 hdbg_address *slot)
{
    for (int i = 0; i < WORDS_MAX; i++) {
        hdbg_address at = from + (hdbg_address)i * w->rules->word, value, saved;
        if (!walk_read_word(w, at, &value))
            return 0;
        if (value == 0 || !walk_read_word(w, at + layout->gap + layout->pc, &saved) || saved != value)
            continue;
        *slot = at;
        return at + layout->gap;
    }
    return 0;
}

int walk_by_signal_frame(walk *w, walk_frame *frame, walk_frame *caller)
{
    const arch_signal_frame *layout = w->rules->signal_frame;
    hdbg_image_info image;
    hdbg_address slot = 0, context, value;
    if (layout == NULL || inspect_image_at(w->team, frame->frame.pc, &image) != HDBG_OK ||
        image.type != HDBG_IMAGE_SYSTEM)
        return WALK_NOT_KNOWN;
    context = find_context(w, layout, frame->frame.sp, &slot);
    if (context == 0)
        return WALK_NOT_KNOWN;
    memset(caller, 0, sizeof *caller);
    for (unsigned i = 0; i < layout->count; i++) {
        if (!walk_read_word(w, context + layout->registers[i], &value))
            return WALK_NOT_KNOWN;
        register_set(&caller->registers, i, value);
    }
    frame->frame.flags |= HDBG_FRAME_SIGNAL;
    frame->registers.cfa = slot + w->rules->word;
    frame->registers.has_cfa = 1;
    caller->frame = (hdbg_frame){.source = HDBG_FRAME_CFI, .flags = HDBG_FRAME_EXACT};
    if (walk_read_word(w, context + layout->pc, &value))
        caller->frame.pc = value;
    if (w->pc_number >= 0)
        register_set(&caller->registers, (unsigned)w->pc_number, caller->frame.pc);
    if (w->sp_number >= 0)
        caller->frame.sp = caller->registers.values[w->sp_number];
    if (w->fp_number >= 0)
        caller->frame.frame_pointer = caller->registers.values[w->fp_number];
    /* It lies further up, or on the stack that the handler has left for one of its own. */
    if (!walk_can_follow(w, frame->frame.sp, caller->frame.sp, 0))
        return walk_lost(w, frame, HDBG_STACK_BROKEN, slot, caller->frame.sp);
    return WALK_FOUND;
}
