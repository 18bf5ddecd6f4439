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
 * Steps a stopped thread, instruction by instruction, until it stands outside of a range, with no event but
 * the last SINGLE_STEP: what a line of source is stepped by. What else it stops for ends that, and so does a
 * breakpoint of the caller's that it comes to: its SINGLE_STEP tells where it stands. Much faster than single
 * steps where the kernel can do it by itself, as the hosted one can.
 *
 * @param low the first address of the range. @param high the first behind it; the first step is made wherever
 * the thread stands.
 * @return as hdbg_thread_resume() with the stop's own signal.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_thread_step_range(hdbg_thread *thread, hdbg_address low, hdbg_address high);

/**
 * Stops a thread and returns when it is stopped. Whatever it stops for first is the answer, and is told by an
 * event unless that is just the THREAD_DEBUGGED that this call asked for. One that waits in vfork() runs no
 * instruction of its own before its child is through, and stops then: it is not waited for, and what needs a
 * stopped thread answers HDBG_BAD_THREAD_STATE until then. Resuming it takes the request back.
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

/** Room for hdbg_thread_signal_info(). @since 0.1 */
#define HDBG_SIGNAL_INFO_MAX 128

/**
 * The system's own details of the signal that a stopped thread stands for, also of a fault's before it is
 * sent: bytes as the system's siginfo_t has them. Haiku's nub tells of a fault no more than its kind; the
 * hosted kernel knows all (Linux's siginfo_t).
 *
 * @param info receives them. @param size room in `info`; HDBG_SIGNAL_INFO_MAX suffices. @param used receives
 * their number.
 * @return HDBG_OK; HDBG_BAD_THREAD_STATE (it is not stopped, or for something else, and none were set),
 * HDBG_NOT_SUPPORTED (the kernel does not tell), HDBG_BUFFER_OVERFLOW, HDBG_THREAD_GONE, HDBG_TEAM_GONE,
 * HDBG_DETACHED.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_thread_signal_info(hdbg_thread *thread, void *info, size_t size, size_t *used);

/**
 * Sets the details that a stopped thread gets with a signal if it is resumed with that one. So a fault that a
 * thread stood for before code was run in it is delivered as what it was.
 *
 * @param signal Haiku's number. @param info as hdbg_thread_signal_info() gave them. They are forgotten when
 * the thread is resumed.
 * @return HDBG_OK, HDBG_NOT_SUPPORTED (the kernel cannot), HDBG_BAD_VALUE (no such signal, or the size),
 * HDBG_BAD_THREAD_STATE, HDBG_THREAD_GONE, HDBG_TEAM_GONE, HDBG_DETACHED.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_thread_set_signal_info(hdbg_thread *thread, int32_t signal, const void *info,
                                                 size_t size);

/**
 * Which watchpoints a thread has run into that stands for WATCHPOINT_HIT, as the processor tells; the event
 * itself says only that there was one.
 *
 * @param addresses receives them, as they were given to hdbg_watchpoint_set(). @param capacity room in
 * `addresses`. @param count receives how many there are.
 * @return HDBG_OK, HDBG_NOT_SUPPORTED (the kernel does not tell), HDBG_BAD_THREAD_STATE (it does not stand,
 * or for something else), HDBG_THREAD_GONE, HDBG_TEAM_GONE, HDBG_DETACHED.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_thread_watchpoints_hit(hdbg_thread *thread, hdbg_address *addresses,
                                                 size_t capacity, size_t *count);

/**
 * Where a stopped thread has its copy of a thread-local variable.
 *
 * @param image the image that has the variable. @param offset where the variable is in the image's
 * thread-local memory, as its symbol or debug information says. @param address receives the address.
 * @return HDBG_OK; HDBG_NO_INIT (the thread has not got that memory yet), HDBG_NAME_NOT_FOUND (the image has
 * none, or the system's description of it is missing), HDBG_NOT_SUPPORTED (the kernel does not know),
 * HDBG_BAD_IMAGE_ID, HDBG_BAD_THREAD_STATE, HDBG_THREAD_GONE, HDBG_TEAM_GONE, HDBG_DETACHED.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_thread_tls_address(hdbg_thread *thread, hdbg_image_id image, uint64_t offset,
                                             hdbg_address *address);

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
