/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Statuses: what every call that can fail answers, and the sentence that says why it failed.
 */
#ifndef HAIKUDBG_STATUS_H
#define HAIKUDBG_STATUS_H

#include <stdint.h>

#if defined(__GNUC__)
#define HDBG_API              __attribute__((visibility("default")))
#define HDBG_PRINTF(fmt, arg) __attribute__((format(printf, fmt, arg)))
#else
#define HDBG_API
#define HDBG_PRINTF(fmt, arg)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup status Statuses
 * Zero is success, negative values are errors. Haiku's `status_t` values are used as they are (Errors.h), on
 * every kernel; the library adds a few of its own in a range that Haiku does not use.
 * @{
 */

/** A status: HDBG_OK, or one of the negative values of hdbg_status_value. @since 0.1 */
typedef int32_t hdbg_status;

/** First value of the library's own range. Haiku's end at B_ERRORS_END (0x8000ffff). @since 0.1 */
#define HDBG_OWN_STATUS_BASE (INT32_MIN + 0x48440000)

/** Values of hdbg_status. Those above the line are Haiku's, from its Errors.h. @since 0.1 */
enum hdbg_status_value {
    HDBG_OK = 0,                                /**< Success. */
    HDBG_ERROR = -1,                            /**< B_ERROR: an error without a name. */
    HDBG_NO_MEMORY = INT32_MIN + 0x0,           /**< B_NO_MEMORY. */
    HDBG_IO_ERROR = INT32_MIN + 0x1,            /**< B_IO_ERROR. */
    HDBG_PERMISSION_DENIED = INT32_MIN + 0x2,   /**< B_PERMISSION_DENIED. */
    HDBG_BAD_INDEX = INT32_MIN + 0x3,           /**< B_BAD_INDEX. */
    HDBG_BAD_TYPE = INT32_MIN + 0x4,            /**< B_BAD_TYPE. */
    HDBG_BAD_VALUE = INT32_MIN + 0x5,           /**< B_BAD_VALUE: an argument is wrong. */
    HDBG_MISMATCHED_VALUES = INT32_MIN + 0x6,   /**< B_MISMATCHED_VALUES. */
    HDBG_NAME_NOT_FOUND = INT32_MIN + 0x7,      /**< B_NAME_NOT_FOUND: no such symbol, register, ... */
    HDBG_NAME_IN_USE = INT32_MIN + 0x8,         /**< B_NAME_IN_USE. */
    HDBG_TIMED_OUT = INT32_MIN + 0x9,           /**< B_TIMED_OUT: the deadline passed. */
    HDBG_INTERRUPTED = INT32_MIN + 0xa,         /**< B_INTERRUPTED. */
    HDBG_WOULD_BLOCK = INT32_MIN + 0xb,         /**< B_WOULD_BLOCK: a zero timeout, and nothing was there. */
    HDBG_CANCELED = INT32_MIN + 0xc,            /**< B_CANCELED. */
    HDBG_NO_INIT = INT32_MIN + 0xd,             /**< B_NO_INIT. */
    HDBG_BUSY = INT32_MIN + 0xe,                /**< B_BUSY. */
    HDBG_NOT_ALLOWED = INT32_MIN + 0xf,         /**< B_NOT_ALLOWED. */
    HDBG_BAD_DATA = INT32_MIN + 0x10,           /**< B_BAD_DATA: a file or message that is damaged. */
    HDBG_BAD_SEM_ID = INT32_MIN + 0x1000,       /**< B_BAD_SEM_ID. */
    HDBG_BAD_THREAD_ID = INT32_MIN + 0x1100,    /**< B_BAD_THREAD_ID. */
    HDBG_NO_MORE_THREADS = INT32_MIN + 0x1101,  /**< B_NO_MORE_THREADS. */
    HDBG_BAD_THREAD_STATE = INT32_MIN + 0x1102, /**< B_BAD_THREAD_STATE: the thread is not stopped (or is). */
    HDBG_BAD_TEAM_ID = INT32_MIN + 0x1103,      /**< B_BAD_TEAM_ID. */
    HDBG_NO_MORE_TEAMS = INT32_MIN + 0x1104,    /**< B_NO_MORE_TEAMS. */
    HDBG_BAD_PORT_ID = INT32_MIN + 0x1200,      /**< B_BAD_PORT_ID: no such port, or it was deleted. */
    HDBG_NO_MORE_PORTS = INT32_MIN + 0x1201,    /**< B_NO_MORE_PORTS. */
    HDBG_BAD_IMAGE_ID = INT32_MIN + 0x1300,     /**< B_BAD_IMAGE_ID. */
    HDBG_BAD_ADDRESS = INT32_MIN + 0x1301,      /**< B_BAD_ADDRESS: not mapped, or not accessible. */
    HDBG_NOT_AN_EXECUTABLE = INT32_MIN + 0x1302,          /**< B_NOT_AN_EXECUTABLE. */
    HDBG_MISSING_LIBRARY = INT32_MIN + 0x1303,            /**< B_MISSING_LIBRARY. */
    HDBG_MISSING_SYMBOL = INT32_MIN + 0x1304,             /**< B_MISSING_SYMBOL. */
    HDBG_DEBUGGER_ALREADY_INSTALLED = INT32_MIN + 0x1400, /**< B_DEBUGGER_ALREADY_INSTALLED. */
    HDBG_FILE_ERROR = INT32_MIN + 0x6000,                 /**< B_FILE_ERROR: a bad file descriptor. */
    HDBG_FILE_EXISTS = INT32_MIN + 0x6002,                /**< B_FILE_EXISTS. */
    HDBG_ENTRY_NOT_FOUND = INT32_MIN + 0x6003,            /**< B_ENTRY_NOT_FOUND: no such file. */
    HDBG_NAME_TOO_LONG = INT32_MIN + 0x6004,              /**< B_NAME_TOO_LONG. */
    HDBG_NOT_A_DIRECTORY = INT32_MIN + 0x6005,            /**< B_NOT_A_DIRECTORY. */
    HDBG_DEVICE_FULL = INT32_MIN + 0x6007,                /**< B_DEVICE_FULL. */
    HDBG_READ_ONLY_DEVICE = INT32_MIN + 0x6008,           /**< B_READ_ONLY_DEVICE. */
    HDBG_IS_A_DIRECTORY = INT32_MIN + 0x6009,             /**< B_IS_A_DIRECTORY. */
    HDBG_NO_MORE_FDS = INT32_MIN + 0x600a,                /**< B_NO_MORE_FDS. */
    HDBG_LINK_LIMIT = INT32_MIN + 0x600c,                 /**< B_LINK_LIMIT. */
    HDBG_TOO_MANY_ARGS = INT32_MIN + 0x7001,              /**< B_TOO_MANY_ARGS. */
    HDBG_BUFFER_OVERFLOW = INT32_MIN + 0x7029, /**< B_BUFFER_OVERFLOW: the caller's buffer is too small. */
    HDBG_NOT_SUPPORTED = INT32_MIN + 0x702b,   /**< B_NOT_SUPPORTED. */
    /* ---- the library's own ---- */
    HDBG_TEAM_GONE = HDBG_OWN_STATUS_BASE + 0,   /**< The team has ended; its handle is still valid. */
    HDBG_THREAD_GONE = HDBG_OWN_STATUS_BASE + 1, /**< The thread has ended; its handle is still valid. */
    HDBG_DETACHED = HDBG_OWN_STATUS_BASE + 2,    /**< The session no longer debugs the team. */
    HDBG_NUB_LOST = HDBG_OWN_STATUS_BASE + 3,    /**< The nub died while the team lives. */
    HDBG_BAD_MESSAGE = HDBG_OWN_STATUS_BASE + 4, /**< A message of the nub is short, long or garbage. */
    HDBG_WOKEN = HDBG_OWN_STATUS_BASE + 5,       /**< hdbg_session_wake() ended the wait. */
    HDBG_NO_DEFAULT_DEBUGGER =
        HDBG_OWN_STATUS_BASE + 6,           /**< Haiku drops serious events without a debug_server. */
    HDBG_PARTIAL = HDBG_OWN_STATUS_BASE + 7 /**< Some, not all, of what was asked for was done. */
};

/**
 * The name of a status, such as "B_BAD_VALUE" or "HDBG_TEAM_GONE".
 *
 * @param status any value.
 * @return a static string, never NULL; "unknown status" for a value that nobody has named.
 * @since 0.1
 */
HDBG_API const char *hdbg_status_name(hdbg_status status);

/**
 * What a status means, as a phrase without a full stop, such as "bad address".
 *
 * @param status any value.
 * @return a static string, never NULL.
 * @since 0.1
 */
HDBG_API const char *hdbg_status_string(hdbg_status status);

/**
 * The sentence that tells why the calling thread's last failing call failed: what was tried, on what, and
 * what the kernel answered.
 *
 * A call that succeeds leaves it alone, so read it only after an error.
 *
 * @return a string of the calling thread, valid until its next failing call; "" if none has failed. Never
 * NULL.
 * @since 0.1
 */
HDBG_API const char *hdbg_last_error(void);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_STATUS_H */
