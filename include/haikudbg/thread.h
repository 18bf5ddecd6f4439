/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Threads: stopped, resumed, stepped; what they stopped for; their whole state, saved and restored.
 */
#ifndef HAIKUDBG_THREAD_H
#define HAIKUDBG_THREAD_H

#include <haikudbg/session.h>
#include <haikudbg/signal.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup thread Threads
 * A thread handle is counted like a team's. On Haiku a thread that has an event stops alone; the others run
 * on.
 * @{
 */

/** States of a thread in a session. @since 0.1 */
typedef enum hdbg_run_state {
    HDBG_THREAD_RUNS = 0,    /**< It runs, or is blocked in the kernel. */
    HDBG_THREAD_STOPPED = 1, /**< It stands in the debugger. */
    HDBG_THREAD_ENDED = 2    /**< It has ended. */
} hdbg_run_state;

/** Why a thread stands. @since 0.1 */
typedef struct hdbg_stop {
    size_t size;                 /**< sizeof(hdbg_stop), set by the caller. */
    int32_t type;                /**< The hdbg_event_type it stopped for (nub.h). */
    int32_t signal_state;        /**< An hdbg_signal_state (signal.h). */
    int32_t signal;              /**< Haiku's number: what was or will be sent; HDBG_SIGTRAP if faked. */
    int32_t deadly;              /**< Non-zero: delivered, it ends the team. */
    int32_t exception;           /**< The hdbg_exception, or -1. */
    int32_t has_info;            /**< Whether `info` is known. */
    hdbg_signal_handler handler; /**< What the team does on it, if signal_state is not FAKED. */
    hdbg_siginfo info;           /**< Details, if known. */
} hdbg_stop;

#define HDBG_SIGNAL_AS_STOPPED                                                                               \
    (-1) /**< hdbg_resume.signal: the stop's own, by the session's policy. @since 0.1 */

/** How a thread goes on. @since 0.1 */
typedef struct hdbg_resume {
    size_t size;    /**< sizeof(hdbg_resume). */
    int32_t step;   /**< Non-zero: one instruction, then SINGLE_STEP (or what else comes first). */
    int32_t signal; /**< HDBG_SIGNAL_AS_STOPPED; 0: none; or Haiku's number of the signal it is to get. */
} hdbg_resume;

/**
 * Resumes a stopped thread.
 *
 * Any signal can be given at any stop; what has to be sent to Haiku's nub for it, and muted so that no stop
 * comes twice, is the table in docs/design.md ("Signals"). A step over `pushf` or `popf` neither leaks nor
 * loses the trap flag; a step with a signal that has a handler stops at the handler's first instruction; a
 * program's own `int3` is passed.
 *
 * @param how NULL: go on with the stop's own signal.
 * @return HDBG_OK, HDBG_BAD_THREAD_STATE (it is not stopped), HDBG_THREAD_GONE, HDBG_TEAM_GONE,
 * HDBG_DETACHED, HDBG_BAD_VALUE (no such signal).
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_thread_resume(hdbg_thread *thread, const hdbg_resume *how);

/** Resumes a stopped thread for one instruction: hdbg_thread_resume() with `step`. @since 0.1 */
HDBG_API hdbg_status hdbg_thread_step(hdbg_thread *thread);

/**
 * Stops a thread and returns when it is stopped. Whatever it stops for first is the answer, and is told by an
 * event unless that is just the THREAD_DEBUGGED that this call asked for.
 *
 * @return HDBG_OK (also if it is stopped already), HDBG_THREAD_GONE, HDBG_TEAM_GONE, HDBG_DETACHED,
 * HDBG_TIMED_OUT.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_thread_stop(hdbg_thread *thread);

/** Asks a thread to stop, without waiting: its next event tells. @since 0.1 */
HDBG_API hdbg_status hdbg_thread_request_stop(hdbg_thread *thread);

/** Makes a stopped thread forget its signal, so that a detach or a resume with HDBG_SIGNAL_AS_STOPPED does
 * not deliver it. @return HDBG_OK, HDBG_BAD_THREAD_STATE, HDBG_THREAD_GONE. @since 0.1 */
HDBG_API hdbg_status hdbg_thread_discard_signal(hdbg_thread *thread);

/** Why a stopped thread stands. @return HDBG_OK, HDBG_BAD_THREAD_STATE, HDBG_THREAD_GONE, HDBG_BAD_VALUE
 * (size).
 * @since 0.1 */
HDBG_API hdbg_status hdbg_thread_stop_get(hdbg_thread *thread, hdbg_stop *stop);

/** Sends a signal to a thread (send_signal()), stopped or not: it stops on it, as on any other. @since 0.1 */
HDBG_API hdbg_status hdbg_thread_send_signal(hdbg_thread *thread, int32_t signal);

/** Which signals the thread does not stop for: masks with bit n-1 for signal n. @since 0.1 */
HDBG_API hdbg_status hdbg_thread_set_ignored_signals(hdbg_thread *thread, uint64_t mask);

/** A stopped thread's whole state. @since 0.1 */
typedef struct hdbg_thread_state_copy hdbg_thread_state_copy;

/**
 * Saves registers, stop and forecast of a stopped thread, so that code can be run in it and all be put back.
 *
 * @param copy receives the copy; free it with hdbg_thread_state_free().
 * @return HDBG_OK, HDBG_BAD_THREAD_STATE, HDBG_THREAD_GONE, HDBG_NO_MEMORY.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_thread_state_save(hdbg_thread *thread, hdbg_thread_state_copy **copy);
/** Puts a saved state back into the thread, which has to be stopped: the next resume acts on the saved stop.
 * @return HDBG_OK, HDBG_BAD_THREAD_STATE, HDBG_THREAD_GONE, HDBG_BAD_VALUE (another thread's). @since 0.1 */
HDBG_API hdbg_status hdbg_thread_state_restore(hdbg_thread *thread, const hdbg_thread_state_copy *copy);
/** Frees a saved state. NULL is allowed. @since 0.1 */
HDBG_API void hdbg_thread_state_free(hdbg_thread_state_copy *copy);

/** Takes another reference. @return thread. @since 0.1 */
HDBG_API hdbg_thread *hdbg_thread_retain(hdbg_thread *thread);
/** Gives a reference back. NULL is allowed. @since 0.1 */
HDBG_API void hdbg_thread_release(hdbg_thread *thread);
/** Its id. @since 0.1 */
HDBG_API hdbg_thread_id hdbg_thread_id_of(const hdbg_thread *thread);
/** Its team; the thread's own reference. @since 0.1 */
HDBG_API hdbg_team *hdbg_thread_team(hdbg_thread *thread);
/** Its hdbg_run_state. @since 0.1 */
HDBG_API int32_t hdbg_thread_state_of(hdbg_thread *thread);
/** What the kernel says of it. @return HDBG_OK, HDBG_THREAD_GONE, HDBG_BAD_VALUE (size). @since 0.1 */
HDBG_API hdbg_status hdbg_thread_info_get(hdbg_thread *thread, hdbg_thread_info *info);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_THREAD_H */
