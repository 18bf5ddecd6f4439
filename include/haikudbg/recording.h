/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Recordings: all that a kernel was asked and what it answered, in a file.
 */
#ifndef HAIKUDBG_RECORDING_H
#define HAIKUDBG_RECORDING_H

#include <haikudbg/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup recording Recordings
 * Any kernel can be recorded: each call of its table with its arguments, its result, what it filled in, which
 * thread made it and when. A player (mock_player.h) is a kernel that answers all that again, so that what
 * happened on one machine is a test on another. docs/recording.md has the file byte by byte.
 *
 * With HAIKUDBG_RECORD=FILE in the environment, hdbg_kernel_create() records, and so does each program whose
 * sessions make their own kernel. `%p` in the name is the process id. A file is never overwritten: if there
 * is one, the next free of FILE.2, FILE.3, ... is made. Programs that run as another user or group than
 * their caller's are not recorded; other rights that a system may give to a program's file are not seen.
 *
 * What was recorded is in the file at once, whatever ends the process. A child of fork() writes nothing. A
 * recording holds what the debugger read of its debuggees, memory and environments among it: the file is made
 * for its owner alone.
 *
 * Not recorded: files that the library reads by itself (symbols, debug information), what is read from memory
 * that CLONE_AREA has mapped, and the names of system calls.
 * @{
 */

/** A recording that is read. @since 0.1 */
typedef struct hdbg_recording hdbg_recording;

/**
 * Records a kernel.
 *
 * @param kernel what is to be recorded. It belongs to `recorded` from then on: hdbg_kernel_destroy() of that
 * one destroys both. If this fails it stays the caller's.
 * @param path the file to be made; as HAIKUDBG_RECORD.
 * @param recorded receives the kernel to be used in its place.
 * @return HDBG_OK, HDBG_NO_MEMORY, HDBG_BAD_VALUE, or why the file cannot be made.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_kernel_record(hdbg_kernel *kernel, const char *path, hdbg_kernel **recorded);
/** Whether all was recorded so far: a full disk ends the recording, not the program.
 * @return HDBG_OK, why it has ended, or HDBG_BAD_VALUE for a kernel that is not recorded. @since 0.1 */
HDBG_API hdbg_status hdbg_kernel_record_status(hdbg_kernel *recorded);
/** The file that a kernel is recorded into, valid as long as the kernel; NULL if it is not recorded. @since
 * 0.1
 */
HDBG_API const char *hdbg_kernel_record_path(hdbg_kernel *recorded);

/* ---- reading ---- */

/** What a recording says of itself. @since 0.1 */
typedef struct hdbg_recording_info {
    size_t size;          /**< sizeof(hdbg_recording_info), set by the caller. */
    int32_t version;      /**< Of the file's format. */
    int32_t release;      /**< The kernel's hdbg_release. */
    int32_t arch;         /**< The kernel's hdbg_arch. */
    int32_t process;      /**< The process id of the program that was recorded. */
    hdbg_time date;       /**< When it began, in microseconds since 1970. */
    hdbg_time start;      /**< The same on the clock of the kernel. */
    char kernel_name[32]; /**< The kernel's name. */
    char system[128];     /**< The system in words. */
} hdbg_recording_info;

/** A call in a recording. @since 0.1 */
typedef struct hdbg_recorded_call {
    size_t size;      /**< sizeof(hdbg_recorded_call), set by the caller. */
    uint64_t number;  /**< From 1, in the order in which the calls returned. */
    uint64_t offset;  /**< Of its record in the file. */
    const char *name; /**< The function's, in hdbg_kernel_ops. */
    int32_t thread;   /**< The thread that made it, from 1. */
    int32_t depth;    /**< 0, or in how many calls' callbacks it was made. */
    hdbg_time start;  /**< When it was made, on the clock of the kernel. */
    hdbg_time end;    /**< When it returned. */
    int64_t result;   /**< What it returned. */
} hdbg_recorded_call;

/**
 * Opens a recording.
 *
 * @param recording receives it; close it with hdbg_recording_close().
 * @return HDBG_OK; HDBG_BAD_DATA (it is none, or damaged at its beginning), HDBG_NOT_SUPPORTED (of another
 * version), HDBG_NO_MEMORY, or why the file cannot be read.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_recording_open(const char *path, hdbg_recording **recording);
/** Opens a recording that is in memory. @param bytes are copied. @since 0.1 */
HDBG_API hdbg_status hdbg_recording_open_memory(const void *bytes, size_t size, hdbg_recording **recording);
/** Closes a recording. NULL is allowed. @since 0.1 */
HDBG_API void hdbg_recording_close(hdbg_recording *recording);
/** What it says of itself. @return HDBG_OK or HDBG_BAD_VALUE (size). @since 0.1 */
HDBG_API hdbg_status hdbg_recording_info_get(const hdbg_recording *recording, hdbg_recording_info *info);
/**
 * Goes to the next call.
 *
 * @param call receives it; may be NULL.
 * @return HDBG_OK; HDBG_BAD_INDEX behind the last one; HDBG_INTERRUPTED behind the last one of a recording
 * that was not closed (its program was killed or runs still, or the file was cut off); HDBG_BAD_DATA if it is
 * damaged here, and nothing behind can be read; HDBG_NO_MEMORY. The last error tells the place.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_recording_next(hdbg_recording *recording, hdbg_recorded_call *call);
/** The call as a line: its name, what went in, the message in words, the result, what came out. Long bytes
 * are cut.
 * @return valid until the next call of hdbg_recording_next(), hdbg_recording_json() or this one; "" if there
 * is no call. @since 0.1
 */
HDBG_API const char *hdbg_recording_text(hdbg_recording *recording);
/** The same as a JSON object in a line, with all bytes up to 64 KiB each, in hexadecimal.
 * @return valid until the next call of hdbg_recording_next(), hdbg_recording_text() or this one. @since 0.1
 */
HDBG_API const char *hdbg_recording_json(hdbg_recording *recording);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_RECORDING_H */
