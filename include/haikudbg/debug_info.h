/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Debug information: where it is looked for, and how it is read.
 */
#ifndef HAIKUDBG_DEBUG_INFO_H
#define HAIKUDBG_DEBUG_INFO_H

#include <haikudbg/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup debug_info Debug information
 * DWARF of an image comes from its file, from its separate debug file (build-id, .gnu_debuglink), from dwz's
 * alternate file, from .dwo files or a .dwp package, or, when asked for, from a debuginfod server. It is read
 * in a process of its own, hdbg-dwarf, with bounded time and memory: broken or hostile debug information ends
 * that process and no other, and the image is done without from then on. The process starts when it is first
 * needed, and ends with the session.
 * @{
 */

/** How a session reads debug information. @since 0.1 */
typedef struct hdbg_debug_info_options {
    size_t size;                /**< sizeof(hdbg_debug_info_options), set by the caller. */
    uint32_t flags;             /**< hdbg_debug_info_flags. */
    uint32_t reserved;          /**< 0. */
    hdbg_time timeout;          /**< Of one question about one image, in microseconds; 0: 10 seconds. */
    uint64_t memory;            /**< The reading process's address space, in bytes; 0: 4 GiB. */
    const char *const *roots;   /**< Folders with debug files (.build-id/ and a copy of the tree), NULL at the
                                   end;   NULL: the system's. Copied. */
    hdbg_time download_timeout; /**< Of one file from debuginfod, in microseconds; 0: 30 seconds. */
    void (*progress)(void *context, const char *what); /**< Called before something that may take long, such
                                                          as "reading the debug information of libfoo.so", in
                                                          the thread that asks; or NULL. */
    void *progress_context;                            /**< For `progress`. */
} hdbg_debug_info_options;

/** hdbg_debug_info_options.flags. @since 0.1 */
enum hdbg_debug_info_flags {
    HDBG_DEBUG_INFO_OFF = 0x1, /**< Read none; stacks do without. */
    HDBG_DEBUG_INFO_DOWNLOAD =
        0x2 /**< Ask the debuginfod servers of $DEBUGINFOD_URLS for what is not there. */
};

/**
 * Sets how a session reads debug information, from now on. What has been read is forgotten.
 * @param options NULL: the defaults.
 * @return HDBG_OK, HDBG_BAD_VALUE (size, flags), HDBG_NO_MEMORY.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_session_set_debug_info(hdbg_session *session,
                                                 const hdbg_debug_info_options *options);

/** What there is of an image's debug information. @since 0.1 */
typedef struct hdbg_debug_info {
    size_t size;                      /**< sizeof(hdbg_debug_info), set by the caller. */
    int32_t has_frames;               /**< Non-zero if it has call frame information. */
    int32_t has_lines;                /**< Non-zero if it has .debug_info. */
    hdbg_status status;               /**< HDBG_OK, or why it cannot be used (with `text`). */
    int32_t reserved;                 /**< 0. */
    char path[HDBG_PATH_LENGTH];      /**< The file that .debug_info is in; "" if there is none. */
    char alternate[HDBG_PATH_LENGTH]; /**< dwz's alternate file, or "". */
    char text[400];                   /**< What could not be used and why, or "". */
} hdbg_debug_info;

/** Says what there is of an image's debug information, and reads it if need be.
 * @return HDBG_OK, HDBG_BAD_IMAGE_ID, HDBG_TEAM_GONE, HDBG_DETACHED, HDBG_BAD_VALUE (size). @since 0.1 */
HDBG_API hdbg_status hdbg_image_debug_info(hdbg_team *team, hdbg_image_id image, hdbg_debug_info *info);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_DEBUG_INFO_H */
