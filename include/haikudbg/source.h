/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Source files and lines of addresses, with inlined calls.
 */
#ifndef HAIKUDBG_SOURCE_H
#define HAIKUDBG_SOURCE_H

#include <haikudbg/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup source Sources
 * @{
 */

/**
 * Where an address is in the source: one function of those that are inlined into each other there.
 * @since 0.1
 */
typedef struct hdbg_source_line {
    size_t size;              /**< sizeof(hdbg_source_line). */
    const char *function;     /**< The function's name, demangled and with its namespaces and classes (as
                                 .debug_info has it), or     NULL if not known. */
    const char *linkage_name; /**< As the symbol is called, or NULL. */
    const char *file;     /**< The source file, absolute where the debug information lets it be, or NULL. */
    const char *producer; /**< The compiler, as it calls itself, or NULL. */
    int32_t line;         /**< The line, 0 if not known. */
    int32_t column;       /**< The column, 0 if not known. */
    int32_t is_inlined;   /**< Non-zero if it is inlined into the next outer one. */
    int32_t language;     /**< DW_LANG_*. */
    hdbg_address entry;   /**< Where the function starts; for an inlined one its first instruction here; 0 if
                             not known. */
} hdbg_source_line;

/**
 * Finds the source of an address: calls `visit` for the innermost inlined function first and for the one that
 * is really called last, until it answers non-zero. For a frame whose pc is a return address give `pc - 1`.
 *
 * @param visit gets the line and its depth, 0 for the innermost; the strings are valid during the call alone.
 * @return HDBG_OK; HDBG_NAME_NOT_FOUND (there is no line information for it), HDBG_BAD_ADDRESS (in no image),
 * HDBG_BAD_DATA (the debug information is broken), HDBG_TIMED_OUT, HDBG_NOT_SUPPORTED (the library was built
 * without DWARF), HDBG_TEAM_GONE, HDBG_DETACHED. Any thread may call.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_source_at(hdbg_team *team, hdbg_address address,
                                    int (*visit)(void *context, size_t depth, const hdbg_source_line *line),
                                    void *context);

/**
 * Finds the addresses of a source line: the first instruction of each place that the line was compiled to.
 *
 * @param file the file's path, or its end ("parser.c", "src/parser.c").
 * @param line the line; if no code is there, the next one with code in this file is taken.
 * @param addresses receives them; may be NULL if `capacity` is 0. @param count receives how many there are.
 * @param found_line receives the line that was taken; may be NULL.
 * @return HDBG_OK; HDBG_NAME_NOT_FOUND, or as hdbg_source_at().
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_source_addresses(hdbg_team *team, const char *file, int32_t line,
                                           hdbg_address *addresses, size_t capacity, size_t *count,
                                           int32_t *found_line);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_SOURCE_H */
