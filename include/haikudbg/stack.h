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
 * Frames from the innermost outwards. This release follows frame pointers; each frame says how it was found.
 * @{
 */

/** How a frame was found. @since 0.1 */
typedef enum hdbg_frame_source {
    HDBG_FRAME_REGISTERS = 0,     /**< The innermost: the registers. */
    HDBG_FRAME_POINTER = 1,       /**< By the frame pointer. */
    HDBG_FRAME_RETURN_ADDRESS = 2 /**< By the return address on top of the stack: the function had no frame
                                     yet, or was called at a bad address. */
} hdbg_frame_source;

/** A frame. @since 0.1 */
typedef struct hdbg_frame {
    hdbg_address pc;            /**< The next instruction; behind the call in all but the innermost. */
    hdbg_address sp;            /**< Stack pointer in the frame, 0 if not known. */
    hdbg_address frame_pointer; /**< The frame pointer, 0 if not known. */
    int32_t source;             /**< An hdbg_frame_source. */
    int32_t reserved;           /**< 0. */
} hdbg_frame;

/** Why a stack's list of frames ends. @since 0.1 */
typedef enum hdbg_stack_end {
    HDBG_STACK_COMPLETE = 0,   /**< The outermost frame. */
    HDBG_STACK_LIMIT = 1,      /**< There are more than were asked for. */
    HDBG_STACK_UNREADABLE = 2, /**< The next frame's memory cannot be read. */
    HDBG_STACK_BROKEN = 3 /**< The next frame is not where a frame can be: below the last one, or no code. */
} hdbg_stack_end;

/**
 * Walks the stack of a stopped thread.
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
