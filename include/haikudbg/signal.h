/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Signals: their names and numbers, what a stop says about one, and what to do with each.
 */
#ifndef HAIKUDBG_SIGNAL_H
#define HAIKUDBG_SIGNAL_H

#include <haikudbg/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup signal Signals
 * All signal numbers are Haiku's, on every kernel (signal.h of Haiku), so that SIGUSR1 is 18.
 * @{
 */

/** Haiku's signal numbers. Real-time signals are 33 to 40. @since 0.1 */
enum hdbg_signal_number {
    HDBG_SIGHUP = 1,
    HDBG_SIGINT = 2,
    HDBG_SIGQUIT = 3,
    HDBG_SIGILL = 4,
    HDBG_SIGCHLD = 5,
    HDBG_SIGABRT = 6,
    HDBG_SIGPIPE = 7,
    HDBG_SIGFPE = 8,
    HDBG_SIGKILL = 9,
    HDBG_SIGSTOP = 10,
    HDBG_SIGSEGV = 11,
    HDBG_SIGCONT = 12,
    HDBG_SIGTSTP = 13,
    HDBG_SIGALRM = 14,
    HDBG_SIGTERM = 15,
    HDBG_SIGTTIN = 16,
    HDBG_SIGTTOU = 17,
    HDBG_SIGUSR1 = 18,
    HDBG_SIGUSR2 = 19,
    HDBG_SIGWINCH = 20,
    HDBG_SIGKILLTHR = 21,
    HDBG_SIGTRAP = 22,
    HDBG_SIGPOLL = 23,
    HDBG_SIGPROF = 24,
    HDBG_SIGSYS = 25,
    HDBG_SIGURG = 26,
    HDBG_SIGVTALRM = 27,
    HDBG_SIGXCPU = 28,
    HDBG_SIGXFSZ = 29,
    HDBG_SIGBUS = 30,
    HDBG_SIGNAL_MAX = 64 /**< The highest number there may be (__MAX_SIGNO). */
};

/** What a stop says about a signal. @since 0.1 */
typedef enum hdbg_signal_state {
    HDBG_SIGNAL_FAKED = 0, /**< None: a breakpoint, a step, debug_thread(), debugger(), ... Debuggers that
                              must show a signal show `signal` of the stop, SIGTRAP. */
    HDBG_SIGNAL_FORECASTED = 1, /**< EXCEPTION_OCCURRED: not sent yet, it will be. */
    HDBG_SIGNAL_ACTUAL = 2      /**< SIGNAL_RECEIVED: about to be delivered. */
} hdbg_signal_state;

/** What a session does with a signal: bits. The default for all is STOP and PASS. @since 0.1 */
enum hdbg_signal_disposition {
    HDBG_SIGNAL_STOP = 0x1, /**< Stop the thread and hand the event out; otherwise it goes on unseen. */
    HDBG_SIGNAL_PASS = 0x2  /**< Let the team have it; otherwise it is swallowed. */
};

/** A signal's name, such as "SIGSEGV" or "SIGRT3"; "unknown signal" for a number that is none. @since 0.1 */
HDBG_API const char *hdbg_signal_name(int32_t signal);
/** What a signal means, such as "segment violation". Never NULL. @since 0.1 */
HDBG_API const char *hdbg_signal_description(int32_t signal);
/** A signal's number by its name, with or without "SIG", in any case. @return 0 if there is none. @since 0.1
 */
HDBG_API int32_t hdbg_signal_by_name(const char *name);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_SIGNAL_H */
