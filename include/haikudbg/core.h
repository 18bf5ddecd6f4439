/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Core files: written from a live team, opened as a kernel.
 */
#ifndef HAIKUDBG_CORE_H
#define HAIKUDBG_CORE_H

#include <haikudbg/kernel.h>
#include <haikudbg/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup core Core files
 * Haiku's format (an ELF core file with "Haiku" notes, core_dump.cpp); on the hosted kernel with Linux's
 * notes beside them, so that GDB opens the same file.
 * @{
 */

/** How a core file is to be written. @since 0.1 */
typedef struct hdbg_core_options {
    size_t size;       /**< sizeof(hdbg_core_options), set by the caller. */
    uint32_t flags;    /**< hdbg_core_flags. */
    uint32_t reserved; /**< 0. */
    uint64_t limit; /**< The most bytes of memory that are written, 0: all. Areas that do not fit are left out
                       as a whole, stacks last; reading them from the core fails. */
    int (*progress)(void *context, uint64_t done,
                    uint64_t total); /**< Called now and then; non-zero cancels; or NULL. */
    void *progress_context;          /**< For `progress`. */
} hdbg_core_options;

/** hdbg_core_options.flags. @since 0.1 */
enum hdbg_core_flags {
    HDBG_CORE_COMPRESS = 0x1,    /**< Compressed with zstd. */
    HDBG_CORE_STACKS_ONLY = 0x2, /**< Of memory only the threads' stacks and what the images changed: a small
                                    file that still gives stacks. */
    HDBG_CORE_REPLACE = 0x4      /**< Replace a file that is there; else HDBG_FILE_EXISTS. */
};

/**
 * Writes a core file of a team. Its threads are stopped for the time, and go on afterwards, if they ran.
 *
 * @param path the file. It appears when it is whole (written beside it under another name, then renamed),
 * with mode 0600; after an error there is none.
 * @param options how, or NULL.
 * @return HDBG_OK, HDBG_FILE_EXISTS, HDBG_DEVICE_FULL, HDBG_PERMISSION_DENIED, HDBG_ENTRY_NOT_FOUND (the
 * folder), HDBG_CANCELED, HDBG_TEAM_GONE (it ended meanwhile), HDBG_DETACHED, HDBG_NOT_SUPPORTED (compression
 * in a library built without zstd).
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_core_write(hdbg_team *team, const char *path, const hdbg_core_options *options);

/** hdbg_core_open() flags. @since 0.1 */
enum hdbg_core_open_flags {
    HDBG_CORE_NO_FILES = 0x1 /**< Do not read the images' files for memory that the core leaves out. */
};

/**
 * Opens a core file, Haiku's or Linux's (the kernel's, gcore's), zstd-compressed or not, as a kernel: create
 * a session on it, attach to its only team (hdbg_core_info.team), and ask as if it lived. What would change
 * it answers HDBG_NOT_ALLOWED. Memory that the file leaves out is read from the images' files if they are the
 * same (build-id).
 *
 * @param kernel receives it; destroy it with hdbg_kernel_destroy() after the session.
 * @return HDBG_OK, HDBG_ENTRY_NOT_FOUND, HDBG_PERMISSION_DENIED, HDBG_BAD_DATA (no core file, or too
 * damaged), HDBG_NOT_SUPPORTED (a processor that is not known), HDBG_NO_MEMORY. A core that is damaged in
 * parts opens; hdbg_core_info says what is missing.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_core_open(const char *path, uint32_t flags, hdbg_kernel **kernel);

/** What a core file is. @since 0.1 */
typedef struct hdbg_core_info {
    size_t size;            /**< sizeof(hdbg_core_info), set by the caller. */
    hdbg_team_id team;      /**< Its team. */
    hdbg_thread_id thread;  /**< The thread that it was written for: that crashed; or the main thread. */
    int32_t arch;           /**< An hdbg_arch. */
    int32_t signal;         /**< Haiku's number of the signal that ended it, 0 if not known. */
    uint32_t flags;         /**< hdbg_core_info_flags. */
    uint32_t thread_count;  /**< Threads, the nub not counted. */
    uint32_t image_count;   /**< Images. */
    uint32_t area_count;    /**< Areas. */
    uint32_t symbol_count;  /**< Symbols of NT_SYMBOLS notes. */
    uint32_t problem_count; /**< Parts that could not be used. */
    uint64_t file_size;     /**< Bytes of the file. */
    uint64_t memory_size;   /**< Bytes of the team's memory that are in it. */
    char problems[1000];    /**< What could not be used and why, a line each, the first ones. */
} hdbg_core_info;

/** hdbg_core_info.flags. @since 0.1 */
enum hdbg_core_info_flags {
    HDBG_CORE_HAS_HAIKU_NOTES = 0x1, /**< Haiku's notes. */
    HDBG_CORE_HAS_LINUX_NOTES = 0x2, /**< Linux's notes. */
    HDBG_CORE_IS_COMPRESSED = 0x4,   /**< With zstd. */
    HDBG_CORE_IS_TRUNCATED = 0x8,    /**< The file ends before what its headers promise. */
    HDBG_CORE_HAS_DETAILS = 0x10     /**< Notes of this library's own: limits, open files and the like. */
};

/** Says what the core file of a kernel is. @return HDBG_OK, HDBG_BAD_VALUE (no kernel of hdbg_core_open(), or
 * size). @since 0.1 */
HDBG_API hdbg_status hdbg_core_info_get(hdbg_kernel *kernel, hdbg_core_info *info);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_CORE_H */
