/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Names and meanings of statuses, and each thread's last error.
 */
#include <haikudbg/kernel.h>

#include <stdarg.h>
#include <stdio.h>

/* Haiku's own names are shown with B_, as in its headers; those of the library with HDBG_. */
#define HAIKU(name, meaning)                                                                                 \
    {                                                                                                        \
        HDBG_##name, "B_" #name, meaning                                                                     \
    }
#define OWN(name, meaning)                                                                                   \
    {                                                                                                        \
        HDBG_##name, "HDBG_" #name, meaning                                                                  \
    }

static const struct {
    hdbg_status status;
    const char *name;
    const char *meaning;
} kStatuses[] = {
    HAIKU(OK, "no error"),
    HAIKU(ERROR, "general error"),
    HAIKU(NO_MEMORY, "out of memory"),
    HAIKU(IO_ERROR, "input/output error"),
    HAIKU(PERMISSION_DENIED, "permission denied"),
    HAIKU(BAD_INDEX, "no more items"),
    HAIKU(BAD_TYPE, "bad type"),
    HAIKU(BAD_VALUE, "invalid argument"),
    HAIKU(MISMATCHED_VALUES, "mismatched values"),
    HAIKU(NAME_NOT_FOUND, "name not found"),
    HAIKU(NAME_IN_USE, "name in use"),
    HAIKU(TIMED_OUT, "timed out"),
    HAIKU(INTERRUPTED, "interrupted"),
    HAIKU(WOULD_BLOCK, "would block"),
    HAIKU(CANCELED, "canceled"),
    HAIKU(NO_INIT, "not initialised"),
    HAIKU(BUSY, "busy"),
    HAIKU(NOT_ALLOWED, "operation not allowed"),
    HAIKU(BAD_DATA, "bad data"),
    HAIKU(BAD_SEM_ID, "bad semaphore id"),
    HAIKU(BAD_THREAD_ID, "no such thread"),
    HAIKU(NO_MORE_THREADS, "no more threads"),
    HAIKU(BAD_THREAD_STATE, "thread is in the wrong state"),
    HAIKU(BAD_TEAM_ID, "no such team"),
    HAIKU(NO_MORE_TEAMS, "no more teams"),
    HAIKU(BAD_PORT_ID, "no such port"),
    HAIKU(NO_MORE_PORTS, "no more ports"),
    HAIKU(BAD_IMAGE_ID, "no such image"),
    HAIKU(BAD_ADDRESS, "bad address"),
    HAIKU(NOT_AN_EXECUTABLE, "not an executable"),
    HAIKU(MISSING_LIBRARY, "missing library"),
    HAIKU(MISSING_SYMBOL, "missing symbol"),
    HAIKU(DEBUGGER_ALREADY_INSTALLED, "a debugger is already installed"),
    HAIKU(FILE_ERROR, "bad file descriptor"),
    HAIKU(FILE_EXISTS, "file exists"),
    HAIKU(ENTRY_NOT_FOUND, "no such file or directory"),
    HAIKU(NAME_TOO_LONG, "name too long"),
    HAIKU(NOT_A_DIRECTORY, "not a directory"),
    HAIKU(DEVICE_FULL, "no space left on device"),
    HAIKU(READ_ONLY_DEVICE, "read-only device"),
    HAIKU(IS_A_DIRECTORY, "is a directory"),
    HAIKU(NO_MORE_FDS, "too many open files"),
    HAIKU(LINK_LIMIT, "too many levels of symbolic links"),
    HAIKU(TOO_MANY_ARGS, "argument list too long"),
    HAIKU(BUFFER_OVERFLOW, "buffer too small"),
    HAIKU(NOT_SUPPORTED, "not supported"),
    OWN(TEAM_GONE, "the team has ended"),
    OWN(THREAD_GONE, "the thread has ended"),
    OWN(DETACHED, "the team is no longer debugged by this session"),
    OWN(NUB_LOST, "the nub has died"),
    OWN(BAD_MESSAGE, "the nub sent a damaged message"),
    OWN(WOKEN, "woken up"),
    OWN(NO_DEFAULT_DEBUGGER, "no default debugger is registered"),
    OWN(PARTIAL, "partly done"),
};

static _Thread_local char sLastError[1024];

const char *hdbg_status_name(hdbg_status status)
{
    for (size_t i = 0; i < sizeof kStatuses / sizeof *kStatuses; i++) {
        if (kStatuses[i].status == status)
            return kStatuses[i].name;
    }
    return "unknown status";
}

const char *hdbg_status_string(hdbg_status status)
{
    for (size_t i = 0; i < sizeof kStatuses / sizeof *kStatuses; i++) {
        if (kStatuses[i].status == status)
            return kStatuses[i].meaning;
    }
    return "unknown status";
}

const char *hdbg_last_error(void)
{
    return sLastError;
}

hdbg_status hdbg_kernel_fail(hdbg_status status, const char *format, ...)
{
    /* By way of a second buffer: an argument may be the last error itself. */
    char text[sizeof sLastError];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(sLastError, sizeof sLastError, "%s", text);
    return status;
}
