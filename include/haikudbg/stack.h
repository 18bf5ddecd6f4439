/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Stacks of stopped threads.
 */
#ifndef HAIKUDBG_STACK_H
#define HAIKUDBG_STACK_H

#include <haikudbg/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup stack Stacks
 * Frames from the innermost outwards. Callers are found by the call frame information of the images
 * (.eh_frame, .debug_frame), which is read in a process of its own, see debug_info.h; where an image has
 * none, by frame pointers and by return addresses, and at last by a search of the stack. Functions that ended
 * by a jump into the next one are on no stack any more; they are concluded from the debug information where
 * it leaves but one way. Each frame says how it was found.
 * @{
 */

/** How a frame was found. @since 0.1 */
typedef enum hdbg_frame_source {
    HDBG_FRAME_REGISTERS = 0,      /**< The innermost: the registers. */
    HDBG_FRAME_POINTER = 1,        /**< By the frame pointer. */
    HDBG_FRAME_RETURN_ADDRESS = 2, /**< By the return address on top of the stack: the function had no frame
                                      yet, or was called at a bad address. */
    HDBG_FRAME_CFI = 3,            /**< By call frame information: as good as the compiler knows. */
    HDBG_FRAME_SCAN = 4,           /**< By a search of the stack for a word that can be a return address (the
                                      instruction before it is a call): it may be left over from an earlier call. */
    HDBG_FRAME_TAIL_CALL = 5 /**< Concluded: its function ended with a jump to the function of the next inner
                                frame, and has left the stack. By the call sites in the debug information it
                                must have been there: each way from the caller to the callee leads through it.
                                Where there are several ways, what is between may be missing. */
} hdbg_frame_source;

/** hdbg_frame.flags. @since 0.1 */
enum hdbg_frame_flags {
    HDBG_FRAME_EXACT =
        0x1, /**< `pc` is the instruction itself, not the one behind it: of the innermost frame, of the one
                that a signal interrupted, and of a tail call where the debug information says where the
                jump is and not where it ends. Else look up `pc - 1`. */
    HDBG_FRAME_SIGNAL =
        0x2 /**< The frame is the system's that calls a signal handler: the next one was interrupted. */
};

/** A frame. @since 0.1 */
typedef struct hdbg_frame {
    hdbg_address pc;            /**< The next instruction; behind the call in all but the innermost. */
    hdbg_address sp;            /**< Stack pointer in the frame, 0 if not known. */
    hdbg_address frame_pointer; /**< The frame pointer, 0 if not known. */
    int32_t source;             /**< An hdbg_frame_source. */
    uint32_t flags;             /**< hdbg_frame_flags. */
} hdbg_frame;

/** Why a stack's list of frames ends. @since 0.1 */
typedef enum hdbg_stack_end {
    HDBG_STACK_COMPLETE = 0,   /**< The outermost frame. */
    HDBG_STACK_LIMIT = 1,      /**< There are more than were asked for. */
    HDBG_STACK_UNREADABLE = 2, /**< The next frame's memory cannot be read. */
    HDBG_STACK_BROKEN = 3 /**< The next frame is not where a frame can be: below the last one, or no code. */
} hdbg_stack_end;

/**
 * A thread's stack, with each frame's registers as far as they are known: what variables are looked up in
 * (variable.h). A picture of the moment when it was made; it stays valid when the thread goes on or ends.
 * @since 0.1
 */
typedef struct hdbg_stack hdbg_stack;

/** How a stack is to be unwound. @since 0.1 */
typedef struct hdbg_stack_options {
    size_t size;       /**< sizeof(hdbg_stack_options), set by the caller. */
    size_t limit;      /**< The most frames; 0: 1,000,000. */
    uint32_t flags;    /**< hdbg_stack_flags. */
    uint32_t reserved; /**< 0. */
} hdbg_stack_options;

/** hdbg_stack_options.flags. @since 0.1 */
enum hdbg_stack_flags {
    HDBG_STACK_NO_CFI = 0x1,       /**< Do without call frame information. */
    HDBG_STACK_NO_SCAN = 0x2,      /**< Do not search the stack where nothing else helps. */
    HDBG_STACK_NO_TAIL_CALLS = 0x4 /**< Leave out what has to be concluded (HDBG_FRAME_TAIL_CALL): without it
                                      .debug_info of each frame's image is read. */
};

/** Why a stack ends, in numbers; hdbg_stack_explain() says it in words. @since 0.1 */
typedef struct hdbg_stack_info {
    size_t size;        /**< sizeof(hdbg_stack_info), set by the caller. */
    size_t count;       /**< Frames. */
    int32_t end;        /**< An hdbg_stack_end. */
    uint32_t reserved;  /**< 0. */
    hdbg_address slot;  /**< Where the return address was read that leads nowhere, or 0. */
    hdbg_address value; /**< What was found there. */
} hdbg_stack_info;

/**
 * Unwinds the stack of a stopped thread.
 *
 * @param options how, or NULL.
 * @param stack receives it; free it with hdbg_stack_free().
 * @return HDBG_OK, HDBG_BAD_THREAD_STATE, HDBG_THREAD_GONE, HDBG_TEAM_GONE, HDBG_DETACHED, HDBG_NOT_SUPPORTED
 * (the processor), HDBG_NO_MEMORY, HDBG_BAD_VALUE (size). Missing or broken debug information is no error:
 * the stack is unwound without it.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_stack_unwind(hdbg_thread *thread, const hdbg_stack_options *options,
                                       hdbg_stack **stack);
/** Frees a stack. NULL is allowed. @since 0.1 */
HDBG_API void hdbg_stack_free(hdbg_stack *stack);
/** What a stack is. @return HDBG_OK or HDBG_BAD_VALUE (size). @since 0.1 */
HDBG_API hdbg_status hdbg_stack_info_get(const hdbg_stack *stack, hdbg_stack_info *info);
/** A frame, the innermost is 0; NULL beyond the end; valid as long as the stack. @since 0.1 */
HDBG_API const hdbg_frame *hdbg_stack_frame(const hdbg_stack *stack, size_t index);
/**
 * A register in a frame, as it will be when the frame is returned to.
 *
 * @param dwarf_number DWARF's number of the register (hdbg_register_info.dwarf).
 * @param value receives it; of a wider one the lowest 64 bits.
 * @return HDBG_OK, HDBG_NAME_NOT_FOUND (its value in this frame is not known, or there is no such register),
 * HDBG_BAD_INDEX (no such frame).
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_stack_register(const hdbg_stack *stack, size_t index, int32_t dwarf_number,
                                         uint64_t *value);
/** The canonical frame address of a frame. @return HDBG_OK, HDBG_NAME_NOT_FOUND (not known), HDBG_BAD_INDEX.
 * @since 0.1 */
HDBG_API hdbg_status hdbg_stack_cfa(const hdbg_stack *stack, size_t index, hdbg_address *cfa);
/** The team of a stack's thread; not retained. @since 0.1 */
HDBG_API hdbg_team *hdbg_stack_team(const hdbg_stack *stack);
/**
 * Says in a sentence why a stack ends, if that is worth one: "the return address of read_line() at 0x7ffd1230
 * was overwritten: it holds 0x4141414141414141, which is no code". Empty for a complete stack.
 * @return the whole length.
 * @since 0.1
 */
HDBG_API size_t hdbg_stack_explain(const hdbg_stack *stack, char *buffer, size_t size);
/**
 * A stretch of a stack that repeats: `period` frames, `times` times, from the frame `first`.
 * @since 0.1
 */
typedef struct hdbg_stack_cycle {
    size_t first;  /**< The innermost frame of it. */
    size_t period; /**< Frames in one turn, at least 1. */
    size_t times;  /**< Whole turns, at least 2. */
} hdbg_stack_cycle;
/**
 * Finds the next stretch of at least `times` turns, from the frame `from` outwards: recursion, to be shown
 * folded. Frames are the same that have the same pc.
 * @return HDBG_OK or HDBG_NAME_NOT_FOUND.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_stack_cycle_find(const hdbg_stack *stack, size_t from, size_t times,
                                           hdbg_stack_cycle *cycle);

/**
 * Walks the stack of a stopped thread: hdbg_stack_unwind() for who only wants the frames that are there
 * (HDBG_STACK_NO_TAIL_CALLS).
 *
 * @param frames receives the frames, innermost first.
 * @param capacity room in `frames`.
 * @param count receives how many there are.
 * @param end receives why the list ends, an hdbg_stack_end; may be NULL.
 * @return HDBG_OK, HDBG_BAD_THREAD_STATE, HDBG_THREAD_GONE, HDBG_TEAM_GONE, HDBG_DETACHED, HDBG_NOT_SUPPORTED
 * (the processor).
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_stack_walk(hdbg_thread *thread, hdbg_frame *frames, size_t capacity, size_t *count,
                                     int32_t *end);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_STACK_H */
