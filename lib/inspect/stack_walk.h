/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the files of lib/inspect that unwind stacks share.
 *
 *   stack.c         the public calls
 *   stack_frames.c  the frames that were found, with their registers
 *   stack_walk.c    from frame to frame: which way of finding the caller is taken
 *   stack_rules.c   the caller by call frame information
 *   stack_guess.c   the caller without: frame pointers, return addresses, a search
 *   stack_calls.c   the frames that left by a jump, from the debug information
 *   stack_described.c  the information that programs have on code of their own making
 *   stack_memory.c  the team's memory, and what is code in it
 */
#ifndef HDBG_INSPECT_STACK_WALK_H
#define HDBG_INSPECT_STACK_WALK_H

#include "arch/frame.h"
#include "dwarf/dwarf.h"
#include "inspect/inspect.h"
#include "inspect/stack_calls.h"

#include <haikudbg/registers.h>
#include <haikudbg/stack.h>
#include <haikudbg/team.h>

/* ---- stack_frames.c ---- */

/* The registers of a frame, by DWARF's numbers. */
typedef struct frame_registers {
    uint64_t values[DWARF_REGISTERS];
    uint64_t known; /* a bit each */
    /* Those that the calls in between may have changed, and that nobody says were saved: as they are further
     * in. A compiler that looks into the functions that it calls may have left a variable there. */
    uint64_t assumed;
    uint64_t cfa;
    int has_cfa;
} frame_registers;

static inline int register_known(const frame_registers *r, unsigned number)
{
    return number < DWARF_REGISTERS && (r->known >> number & 1) != 0;
}

static inline int register_assumed(const frame_registers *r, unsigned number)
{
    return number < DWARF_REGISTERS && ((r->known | r->assumed) >> number & 1) != 0;
}

static inline void register_set(frame_registers *r, unsigned number, uint64_t value)
{
    if (number < DWARF_REGISTERS) {
        r->values[number] = value;
        r->known |= UINT64_C(1) << number;
    }
}

/* Adds a frame. @return 0: no memory. */
int stack_add(hdbg_stack *stack, const hdbg_frame *frame, const frame_registers *registers);
/* As hdbg_stack_register(); also one that was not saved, as it is further in. */
hdbg_status stack_register_assumed(const hdbg_stack *stack, size_t index, int32_t number, uint64_t *value);
/* The CFA is only known when the frame is left: sets that of the last frame. */
void stack_set_cfa(hdbg_stack *stack, uint64_t cfa);

struct hdbg_stack {
    hdbg_team *team; /* retained */
    hdbg_stack_info info;
    hdbg_address lost_pc; /* of the frame whose caller is not found */
    hdbg_frame *frames;
    struct stored_registers *stored; /* one a frame */
    size_t room;
    uint64_t *pool; /* values that stored_registers refer to */
    size_t pool_count, pool_room;
    frame_registers last; /* the last frame's */
    int32_t pc_number;
};

/* ---- stack_memory.c ---- */

/* An image that frames are in. */
typedef struct walk_image {
    hdbg_address low, high;
    dwarf_file *file; /* call frame information, or NULL */
    uint64_t bias;
    dwarf_file *other; /* the same from the separate debug file, when it was asked for */
    uint64_t other_bias;
    int asked_other;
} walk_image;

typedef struct walk_range {
    hdbg_address low, high;
} walk_range;

enum { WALK_MISSED = 8, WALK_IMAGES = 32, WALK_JUMPS = 64 };

/* What was between a call and the function that it has led to. */
typedef struct walk_jumps {
    hdbg_address call, callee;
    stack_jump jumps[STACK_JUMPS_MAX];
    size_t count;
} walk_jumps;

typedef struct walk {
    hdbg_team *team;
    const arch_frame_rules *rules;
    uint32_t flags; /* hdbg_stack_flags */
    size_t limit;
    hdbg_stack *stack;
    int pc_number, sp_number, fp_number; /* DWARF's numbers; -1: it has none */

    hdbg_area_info *areas; /* read when the first address is to be judged that is in no image */
    size_t area_count;
    int has_areas;
    walk_image images[WALK_IMAGES];
    size_t image_count, next_image;
    walk_range missed[WALK_MISSED]; /* areas that are in no image */
    int looked_for_described;
    int misses; /* how often one was found: each time the images may be listed anew */

    uint8_t *window;
    hdbg_address window_at;
    size_t window_size, next_size;
    int switches;      /* from one stack to another */
    walk_jumps *jumps; /* WALK_JUMPS of those that were looked for last; NULL: none were */
    unsigned steps;    /* how many may still be made to look for jumps */
} walk;

int walk_read(walk *w, hdbg_address address, void *buffer, size_t size);
int walk_read_word(walk *w, hdbg_address address, hdbg_address *value);
const hdbg_area_info *walk_area(walk *w, hdbg_address address);
/* Whether a thread can return to an address. */
int walk_is_code(walk *w, hdbg_address address);
/* Whether the instruction in front of an address can be a call. */
int walk_is_behind_call(walk *w, hdbg_address address);
/* The image that an address is in, or NULL. */
walk_image *walk_image_at(walk *w, hdbg_address address);
/* Room for one more, which the oldest may have to make. */
walk_image *walk_image_add(walk *w);
/* Looks whether the program itself describes the code at an address, which is in no image. @return 1: it
 * does, and walk_image_at() knows it from now on. */
int walk_find_described(walk *w, hdbg_address pc);
void walk_end(walk *w);

/* ---- finding callers ---- */

/* The row for an address, in the image's own file or in its debug file. */
hdbg_status walk_row(walk *w, hdbg_address address, const dwarf_row **row, const walk_image **image);

/* A frame on the way, with all that is known of it. */
typedef struct walk_frame {
    hdbg_frame frame;
    frame_registers registers;
} walk_frame;

enum { WALK_FOUND = -1, WALK_NOT_KNOWN = -2 };
/* Each answers WALK_FOUND with the caller, WALK_NOT_KNOWN if it cannot tell, or an hdbg_stack_end. */
int walk_by_rules(walk *w, walk_frame *frame, walk_frame *caller);
/* From the system's function that called a signal handler, to what was interrupted. */
int walk_by_signal_frame(walk *w, walk_frame *frame, walk_frame *caller);
int walk_by_return_address(walk *w, const walk_frame *frame, walk_frame *caller);
int walk_by_pointer(walk *w, const walk_frame *frame, walk_frame *caller);
int walk_by_search(walk *w, const walk_frame *frame, walk_frame *caller);
/* Whether a frame can lie at `next` if the one before lay at `last`: above it, or on another stack. */
int walk_can_follow(walk *w, hdbg_address last, hdbg_address next, int may_be_equal);
/* Notes where the way is lost. @return end. */
int walk_lost(walk *w, const walk_frame *frame, int end, hdbg_address slot, hdbg_address value);

#endif /* HDBG_INSPECT_STACK_WALK_H */
