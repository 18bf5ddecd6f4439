/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Teams: launched, attached, stopped, resumed, detached, killed.
 */
#ifndef HAIKUDBG_TEAM_H
#define HAIKUDBG_TEAM_H

#include <haikudbg/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup team Teams
 * A team handle is counted: whoever gets one releases it. It stays valid after the team's end, and answers
 * HDBG_TEAM_GONE then.
 * @{
 */

/** States of a team in a session. @since 0.1 */
typedef enum hdbg_team_state {
    HDBG_TEAM_LIVE = 0,    /**< Debugged. */
    HDBG_TEAM_ENDED = 1,   /**< It has ended. */
    HDBG_TEAM_LET_GO = 2,  /**< Detached, or handed over to another debugger. */
    HDBG_TEAM_ORPHANED = 3 /**< Its nub was lost; it lives, undebugged. */
} hdbg_team_state;

/** How an end is known. @since 0.1 */
typedef enum hdbg_end_source {
    HDBG_END_EVENT = 0,   /**< The kernel's event told. */
    HDBG_END_SIGNAL = 1,  /**< A deadly signal had been delivered, the event told no more. */
    HDBG_END_INFERRED = 2 /**< The nub port died, or the thread is not there any more. */
} hdbg_end_source;

/** How a team has ended. @since 0.1 */
typedef struct hdbg_team_end {
    size_t size;           /**< sizeof(hdbg_team_end), set by the caller. */
    int32_t status;        /**< Exit value; -1 if a signal ended it, or if it is not known. */
    int32_t signal;        /**< Haiku's number of the signal that ended it, or -1. */
    int32_t source;        /**< An hdbg_end_source. */
    int32_t reserved;      /**< 0. */
    hdbg_time user_time;   /**< Processor time in microseconds, or 0. */
    hdbg_time kernel_time; /**< Processor time in microseconds, or 0. */
} hdbg_team_end;

/**
 * Launches a program and debugs it. It is stopped before its first own instruction, with all its images
 * known; its constructors have not run. Resume it with hdbg_team_resume().
 *
 * @param session the session.
 * @param spec what and how (kernel.h).
 * @param team receives the team; release it with hdbg_team_release().
 * @return HDBG_OK, HDBG_ENTRY_NOT_FOUND, HDBG_NOT_AN_EXECUTABLE, HDBG_IS_A_DIRECTORY, HDBG_PERMISSION_DENIED,
 * HDBG_NO_MEMORY, HDBG_TEAM_GONE (it ended at once), ... The team does not exist after an error.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_team_launch(hdbg_session *session, const hdbg_launch_spec *spec, hdbg_team **team);

/** hdbg_team_attach() flags. @since 0.1 */
enum hdbg_attach_flags {
    HDBG_ATTACH_STOP = 0x1 /**< Stop all its threads; otherwise attaching stops nothing. */
};

/**
 * Debugs a team that runs. Afterwards all its threads and images are known.
 *
 * @param flags hdbg_attach_flags.
 * @param team receives the team; release it with hdbg_team_release().
 * @return HDBG_OK, HDBG_BAD_TEAM_ID, HDBG_NOT_ALLOWED (the own team, the kernel), HDBG_PERMISSION_DENIED,
 * HDBG_BAD_VALUE (debugged already), HDBG_TEAM_GONE (it ended meanwhile).
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_team_attach(hdbg_session *session, hdbg_team_id id, uint32_t flags,
                                      hdbg_team **team);

/**
 * Stops debugging a team: breakpoints and watchpoints go, stopped threads go on as if there had been no
 * debugger (a fault's signal is delivered), unless they are to swallow theirs (hdbg_thread_discard_signal()).
 * Events of the team that are queued are dropped and counted.
 *
 * @return HDBG_OK, HDBG_TEAM_GONE, HDBG_DETACHED.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_team_detach(hdbg_team *team);

/**
 * Offers a team to another debugger, which takes it over by attaching to it
 * (B_DEBUG_MESSAGE_PREPARE_HANDOVER): threads that are stopped stay so, and tell the new debugger again what
 * they stopped for. Breakpoints and watchpoints go. What happens from here on waits for the new debugger.
 *
 * When it has come, HANDED_OVER is told here, and the team is this session's no more: calls answer
 * HDBG_DETACHED. Until then hdbg_team_detach() takes the offer back and lets the team run. A signal that was
 * discarded (hdbg_thread_discard_signal()) is there again for the new debugger.
 *
 * @return HDBG_OK, HDBG_TEAM_GONE, HDBG_DETACHED, HDBG_NUB_LOST, HDBG_TIMED_OUT.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_team_prepare_handover(hdbg_team *team);

/** Ends a team, as kill_team(): its TEAM_DELETED comes with SIGKILLTHR. @return HDBG_OK, HDBG_TEAM_GONE,
 * HDBG_DETACHED. @since 0.1 */
HDBG_API hdbg_status hdbg_team_kill(hdbg_team *team);

/**
 * Stops all threads of a team, also those that are created meanwhile, and returns when all are stopped. What
 * they stop for is told by events: THREAD_DEBUGGED of those that this call stopped is not handed out. Threads
 * in vfork() are not waited for: hdbg_thread_stop().
 *
 * @return HDBG_OK, HDBG_TEAM_GONE, HDBG_DETACHED, HDBG_TIMED_OUT.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_team_stop(hdbg_team *team);

/**
 * Resumes all stopped threads of a team that have no event which was not handed out yet, each with its own
 * stop's signal according to the session's policy.
 *
 * @return HDBG_OK, HDBG_TEAM_GONE, HDBG_DETACHED.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_team_resume(hdbg_team *team);

/** Takes another reference. @return team. @since 0.1 */
HDBG_API hdbg_team *hdbg_team_retain(hdbg_team *team);
/** Gives a reference back. Does not detach. NULL is allowed. @since 0.1 */
HDBG_API void hdbg_team_release(hdbg_team *team);

/** Its id. @since 0.1 */
HDBG_API hdbg_team_id hdbg_team_id_of(const hdbg_team *team);
/** Its hdbg_team_state. @since 0.1 */
HDBG_API int32_t hdbg_team_state_of(hdbg_team *team);
/** Its processor, an hdbg_arch. @since 0.1 */
HDBG_API int32_t hdbg_team_arch(hdbg_team *team);
/** The session, which may have been destroyed: NULL then. @since 0.1 */
HDBG_API hdbg_session *hdbg_team_session(hdbg_team *team);
/** What the kernel says of it. @return HDBG_OK, HDBG_TEAM_GONE, HDBG_BAD_VALUE (size). @since 0.1 */
HDBG_API hdbg_status hdbg_team_info_get(hdbg_team *team, hdbg_team_info *info);
/** How it has ended. @return HDBG_OK, HDBG_BUSY if it lives, HDBG_DETACHED. @since 0.1 */
HDBG_API hdbg_status hdbg_team_end_get(hdbg_team *team, hdbg_team_end *end);

/** Its threads. @param threads receives references, to be released each with hdbg_thread_release().
 * @return how many there are, which may be more than `capacity`. The nub is not among them. @since 0.1 */
HDBG_API size_t hdbg_team_threads(hdbg_team *team, hdbg_thread **threads, size_t capacity);
/** A thread by its id, with a reference to release, or NULL. @since 0.1 */
HDBG_API hdbg_thread *hdbg_team_thread(hdbg_team *team, hdbg_thread_id id);
/** Its main thread, with a reference to release, or NULL if that has ended. @since 0.1 */
HDBG_API hdbg_thread *hdbg_team_main_thread(hdbg_team *team);

/** What becomes of teams that it creates: an hdbg_follow. @return HDBG_OK, HDBG_BAD_VALUE. @since 0.1 */
HDBG_API hdbg_status hdbg_team_set_follow(hdbg_team *team, int32_t follow);

/**
 * Chooses which news stop the team's threads: hdbg_team_flag bits (nub.h). The session always watches what
 * its bookkeeping needs (threads, images, signals, children) and lets those threads go on by itself if their
 * bit is not set here. The default is signals, and TEAM_CREATION for events of followed children.
 *
 * @return HDBG_OK, HDBG_TEAM_GONE, HDBG_DETACHED.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_team_set_events(hdbg_team *team, uint32_t flags);

/** Sends a signal to the team (kill()). @param signal Haiku's number. @return HDBG_OK, HDBG_TEAM_GONE,
 * HDBG_BAD_VALUE. @since 0.1 */
HDBG_API hdbg_status hdbg_team_send_signal(hdbg_team *team, int32_t signal);

/** What the team does on a signal. @return HDBG_OK, HDBG_TEAM_GONE, HDBG_BAD_VALUE. @since 0.1 */
HDBG_API hdbg_status hdbg_team_signal_handler(hdbg_team *team, int32_t signal, hdbg_signal_handler *handler);
/** Sets what the team does on a signal. @since 0.1 */
HDBG_API hdbg_status hdbg_team_set_signal_handler(hdbg_team *team, int32_t signal,
                                                  const hdbg_signal_handler *handler);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_TEAM_H */
