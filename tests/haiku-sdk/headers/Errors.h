/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Haiku's status codes: 0 is success, an error is a negative number. They are written as offsets from the
 * most negative int, which is where Haiku's general errors begin.
 */
#ifndef _ERRORS_H
#define _ERRORS_H

#include <limits.h>

#define B_OK       0
#define B_NO_ERROR 0
#define B_ERROR    (-1)

#define B_GENERAL_ERROR_BASE (INT_MIN + 0x0)
#define B_NO_MEMORY          (INT_MIN + 0x0)
#define B_IO_ERROR           (INT_MIN + 0x1)
#define B_PERMISSION_DENIED  (INT_MIN + 0x2)
#define B_BAD_INDEX          (INT_MIN + 0x3)
#define B_BAD_TYPE           (INT_MIN + 0x4)
#define B_BAD_VALUE          (INT_MIN + 0x5)
#define B_MISMATCHED_VALUES  (INT_MIN + 0x6)
#define B_NAME_NOT_FOUND     (INT_MIN + 0x7)
#define B_NAME_IN_USE        (INT_MIN + 0x8)
#define B_TIMED_OUT          (INT_MIN + 0x9)
#define B_INTERRUPTED        (INT_MIN + 0xa)
#define B_WOULD_BLOCK        (INT_MIN + 0xb)
#define B_CANCELED           (INT_MIN + 0xc)
#define B_NOT_INITIALIZED    (INT_MIN + 0xd)
#define B_NO_INIT            (INT_MIN + 0xd)
#define B_BUSY               (INT_MIN + 0xe)
#define B_NOT_ALLOWED        (INT_MIN + 0xf)
#define B_BAD_DATA           (INT_MIN + 0x10)
#define B_DONT_DO_THAT       (INT_MIN + 0x11)

#define B_OS_ERROR_BASE              (INT_MIN + 0x1000)
#define B_BAD_SEM_ID                 (INT_MIN + 0x1000)
#define B_NO_MORE_SEMS               (INT_MIN + 0x1001)
#define B_BAD_THREAD_ID              (INT_MIN + 0x1100)
#define B_NO_MORE_THREADS            (INT_MIN + 0x1101)
#define B_BAD_THREAD_STATE           (INT_MIN + 0x1102)
#define B_BAD_TEAM_ID                (INT_MIN + 0x1103)
#define B_NO_MORE_TEAMS              (INT_MIN + 0x1104)
#define B_BAD_PORT_ID                (INT_MIN + 0x1200)
#define B_NO_MORE_PORTS              (INT_MIN + 0x1201)
#define B_BAD_IMAGE_ID               (INT_MIN + 0x1300)
#define B_BAD_ADDRESS                (INT_MIN + 0x1301)
#define B_NOT_AN_EXECUTABLE          (INT_MIN + 0x1302)
#define B_MISSING_LIBRARY            (INT_MIN + 0x1303)
#define B_MISSING_SYMBOL             (INT_MIN + 0x1304)
#define B_UNKNOWN_EXECUTABLE         (INT_MIN + 0x1305)
#define B_LEGACY_EXECUTABLE          (INT_MIN + 0x1306)
#define B_DEBUGGER_ALREADY_INSTALLED (INT_MIN + 0x1400)

#define B_APP_ERROR_BASE        (INT_MIN + 0x2000)
#define B_BAD_REPLY             (INT_MIN + 0x2000)
#define B_DUPLICATE_REPLY       (INT_MIN + 0x2001)
#define B_MESSAGE_TO_SELF       (INT_MIN + 0x2002)
#define B_BAD_HANDLER           (INT_MIN + 0x2003)
#define B_ALREADY_RUNNING       (INT_MIN + 0x2004)
#define B_AMBIGUOUS_APP_LAUNCH  (INT_MIN + 0x2006)
#define B_UNKNOWN_MIME_TYPE     (INT_MIN + 0x2007)
#define B_BAD_SCRIPT_SYNTAX     (INT_MIN + 0x2008)
#define B_BAD_MIME_SNIFFER_RULE (INT_MIN + 0x200f)
#define B_NOT_A_MESSAGE         (INT_MIN + 0x2010)
#define B_SHUTDOWN_CANCELLED    (INT_MIN + 0x2011)
#define B_SHUTTING_DOWN         (INT_MIN + 0x2012)

#define B_INTERFACE_ERROR_BASE (INT_MIN + 0x3000)

#define B_STREAM_NOT_FOUND       (INT_MIN + 0x4000)
#define B_SERVER_NOT_FOUND       (INT_MIN + 0x4001)
#define B_RESOURCE_NOT_FOUND     (INT_MIN + 0x4002)
#define B_RESOURCE_UNAVAILABLE   (INT_MIN + 0x4003)
#define B_BAD_SUBSCRIBER         (INT_MIN + 0x4004)
#define B_SUBSCRIBER_NOT_ENTERED (INT_MIN + 0x4005)
#define B_BUFFER_NOT_AVAILABLE   (INT_MIN + 0x4006)
#define B_LAST_BUFFER_ERROR      (INT_MIN + 0x4007)

#define B_STORAGE_ERROR_BASE  (INT_MIN + 0x6000)
#define B_FILE_ERROR          (INT_MIN + 0x6000)
#define B_FILE_EXISTS         (INT_MIN + 0x6002)
#define B_ENTRY_NOT_FOUND     (INT_MIN + 0x6003)
#define B_NAME_TOO_LONG       (INT_MIN + 0x6004)
#define B_NOT_A_DIRECTORY     (INT_MIN + 0x6005)
#define B_DIRECTORY_NOT_EMPTY (INT_MIN + 0x6006)
#define B_READ_ONLY_DEVICE    (INT_MIN + 0x6008)
#define B_IS_A_DIRECTORY      (INT_MIN + 0x6009)
#define B_NO_MORE_FDS         (INT_MIN + 0x600a)
#define B_CROSS_DEVICE_LINK   (INT_MIN + 0x600b)
#define B_LINK_LIMIT          (INT_MIN + 0x600c)
#define B_BUSTED_PIPE         (INT_MIN + 0x600d)
#define B_UNSUPPORTED         (INT_MIN + 0x600e)
#define B_PARTITION_TOO_SMALL (INT_MIN + 0x600f)
#define B_PARTIAL_READ        (INT_MIN + 0x6010)
#define B_PARTIAL_WRITE       (INT_MIN + 0x6011)

#define B_POSIX_ERROR_BASE         (INT_MIN + 0x7000)
#define B_POSIX_ENOMEM             (INT_MIN + 0x7000)
#define B_TOO_MANY_ARGS            (INT_MIN + 0x7001)
#define B_FILE_TOO_LARGE           (INT_MIN + 0x7004)
#define B_RESULT_NOT_REPRESENTABLE (INT_MIN + 0x7011)
#define B_BUFFER_OVERFLOW          (INT_MIN + 0x7029)
#define B_NOT_SUPPORTED            (INT_MIN + 0x702b)

#define B_ERRORS_END (INT_MIN + 0xffff)

#endif /* _ERRORS_H */
