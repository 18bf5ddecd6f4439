/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A session: one debugger, with all the teams it debugs.
 */
#ifndef HAIKUDBG_SESSION_H
#define HAIKUDBG_SESSION_H

#include <haikudbg/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup session Sessions
 * A session owns one debugger port, which all its teams share, and one ordered queue of events. Create one,
 * launch or attach teams (team.h), wait for events (event.h), resume threads (thread.h).
 *
 * Any thread may call anything, and threads may work on different teams at once. One thread waits for events
 * at a time; calls of other threads that need an event (attaching, stopping) complete through it.
 *
 * There is no global state: sessions do not know of each other.
 * @{
 */

/** A debugger with its teams. @since 0.1 */
typedef struct hdbg_session hdbg_session;
/** A debugged team (team.h). @since 0.1 */
typedef struct hdbg_team hdbg_team;
/** A thread of a debugged team (thread.h). @since 0.1 */
typedef struct hdbg_thread hdbg_thread;
/** An event (event.h). @since 0.1 */
typedef struct hdbg_event hdbg_event;

/** How grave a message of the log is. @since 0.1 */
typedef enum hdbg_log_level {
    HDBG_LOG_ERROR = 0,   /**< Something is lost. */
    HDBG_LOG_WARNING = 1, /**< Something is odd, and was dealt with. */
    HDBG_LOG_INFO = 2,    /**< Teams and threads that come and go. */
    HDBG_LOG_DEBUG = 3    /**< Each message. */
} hdbg_log_level;

/**
 * Receives the library's log. Called from any thread that is in a call of the library, which must not be
 * called back.
 *
 * @param context as given.
 * @param level an hdbg_log_level.
 * @param text a line, without a newline; valid during the call.
 * @since 0.1
 */
typedef void (*hdbg_log_function)(void *context, int32_t level, const char *text);

/** What becomes of a team that a debugged team creates (fork, vfork, posix_spawn, load_image). @since 0.1 */
typedef enum hdbg_follow {
    HDBG_FOLLOW_NONE = 0, /**< Let go: it runs, undebugged, with no breakpoint left in it. */
    HDBG_FOLLOW_CHILD = 1 /**< Debugged as well: attached and stopped before the parent goes on. */
} hdbg_follow;

/** How a session is to be. Zero all but `size` for the defaults. @since 0.1 */
typedef struct hdbg_session_options {
    size_t size;           /**< sizeof(hdbg_session_options). */
    hdbg_kernel *kernel;   /**< The kernel to use; NULL: hdbg_kernel_create() makes one for this session. */
    int32_t port_capacity; /**< Messages the debugger port holds; 0: 4096, the most that Haiku allows, so that
                                the kernel does not drop TEAM_DELETED. */
    int32_t follow;        /**< An hdbg_follow: what teams do at first (hdbg_team_set_follow()). */
    hdbg_time request_timeout; /**< Of each request to a nub, in microseconds; 0: 10 seconds. */
    hdbg_log_function log;     /**< Or NULL. */
    void *log_context;         /**< For `log`. */
    int32_t log_level;         /**< The highest hdbg_log_level that is logged; 0: errors alone. */
    uint32_t flags;            /**< hdbg_session_flags. */
} hdbg_session_options;

/** hdbg_session_options.flags. @since 0.1 */
enum hdbg_session_flags {
    HDBG_SESSION_NO_REAP =
        0x1 /**< The caller takes the status (waitpid()) of teams that the session launches. */
};

/**
 * Creates a session.
 *
 * @param options how it is to be, or NULL for the defaults. Not kept.
 * @param session receives it; destroy it with hdbg_session_destroy().
 * @return HDBG_OK, HDBG_NO_MEMORY, HDBG_NO_MORE_PORTS, HDBG_BAD_VALUE (options, or a kernel of another
 * version), or what hdbg_kernel_create() answered.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_session_create(const hdbg_session_options *options, hdbg_session **session);

/**
 * Ends a session: its teams are detached and run on, with no breakpoint left in them and no thread left
 * stopped. Handles of teams, threads and events that are still held stay valid and answer HDBG_DETACHED;
 * release them later.
 *
 * @param session the session, or NULL. A wait in another thread ends with HDBG_CANCELED before this returns.
 * @since 0.1
 */
HDBG_API void hdbg_session_destroy(hdbg_session *session);

/** The kernel that the session uses. It belongs to the session unless the caller gave it. @since 0.1 */
HDBG_API hdbg_kernel *hdbg_session_kernel(hdbg_session *session);

/**
 * A file descriptor for event loops: poll it for reading, then call hdbg_wait() with a timeout of 0 until it
 * answers HDBG_WOULD_BLOCK. It is readable whenever hdbg_wait() would return at once, and may be readable
 * without that. An end that the kernel did not tell is the one exception: give the poll a timeout (event.h),
 * and wait after it, too.
 *
 * @return the descriptor, which belongs to the session (do not read or close it), or an error status.
 * @since 0.1
 */
HDBG_API int hdbg_session_descriptor(hdbg_session *session);

/**
 * Ends the wait of the thread that waits now, or else the next wait, with HDBG_WOKEN. Any thread may call,
 * also while others wait.
 *
 * @return HDBG_OK, or HDBG_BAD_PORT_ID if the session is ending.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_session_wake(hdbg_session *session);

/**
 * Finds a team of the session by its id.
 *
 * @return the team with a reference that the caller has to release with hdbg_team_release(), or NULL.
 * @since 0.1
 */
HDBG_API hdbg_team *hdbg_session_team(hdbg_session *session, hdbg_team_id id);

/**
 * Lists the teams that the session debugs, and those that ended and whose end was not handed out yet.
 *
 * @param teams receives references, to be released each; may be NULL if `capacity` is 0.
 * @param capacity room in `teams`.
 * @return how many there are, which may be more than `capacity`.
 * @since 0.1
 */
HDBG_API size_t hdbg_session_teams(hdbg_session *session, hdbg_team **teams, size_t capacity);

/**
 * Sets what the session does with a signal, for all teams, also those that come later.
 *
 * @param signal Haiku's number, or 0 for all signals.
 * @param disposition hdbg_signal_disposition bits. A SIGKILL cannot be held up, a fault that does not STOP is
 * passed (its instruction would fault again without end).
 * @return HDBG_OK or HDBG_BAD_VALUE.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_session_set_signal_policy(hdbg_session *session, int32_t signal,
                                                    uint32_t disposition);
/** The disposition of a signal; 0 for a number that is none. @since 0.1 */
HDBG_API uint32_t hdbg_session_signal_policy(hdbg_session *session, int32_t signal);

/** A session's numbers, for diagnosis. @since 0.1 */
typedef struct hdbg_session_statistics {
    size_t size;               /**< sizeof(hdbg_session_statistics), set by the caller. */
    uint64_t events;           /**< Messages read from the debugger port. */
    uint64_t bad_messages;     /**< Of these unknown, short or garbage. */
    uint64_t foreign_messages; /**< Of these from a team that the session does not debug (any more). */
    uint64_t inferred_ends;    /**< Ends of teams and threads that no event told. */
    uint64_t requests;         /**< Requests to nubs. */
    uint64_t timeouts;         /**< Requests that timed out. */
    uint64_t queued;           /**< Events in the queue now. */
} hdbg_session_statistics;

/** Reads a session's numbers. @return HDBG_OK or HDBG_BAD_VALUE (size). @since 0.1 */
HDBG_API hdbg_status hdbg_session_statistics_get(hdbg_session *session, hdbg_session_statistics *statistics);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_SESSION_H */
