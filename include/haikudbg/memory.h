/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Memory of a team: reading, writing, strings, areas.
 */
#ifndef HAIKUDBG_MEMORY_H
#define HAIKUDBG_MEMORY_H

#include <haikudbg/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup memory Memory
 * Any length, across page and area borders, with partial results; breakpoints never show. Works while the
 * team runs.
 * @{
 */

/**
 * Reads memory.
 *
 * @param address where in the team.
 * @param buffer receives the bytes.
 * @param size bytes wanted; 0 is allowed.
 * @param got receives the bytes read from the start; may be NULL.
 * @return HDBG_OK if all was read; HDBG_PARTIAL if a part was (`got` says how much); HDBG_BAD_ADDRESS if
 * nothing; HDBG_TEAM_GONE, HDBG_DETACHED.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_memory_read(hdbg_team *team, hdbg_address address, void *buffer, size_t size,
                                      size_t *got);
/** Writes memory, also read-only code; as hdbg_memory_read(). Breakpoints in the range stay. @since 0.1 */
HDBG_API hdbg_status hdbg_memory_write(hdbg_team *team, hdbg_address address, const void *data, size_t size,
                                       size_t *written);
/**
 * Reads a NUL-terminated string.
 *
 * @param buffer receives it, always NUL-terminated. @param size its room, at least 1.
 * @param length receives the string's length without the NUL; may be NULL.
 * @return HDBG_OK; HDBG_PARTIAL if unreadable memory comes before the NUL, or HDBG_BUFFER_OVERFLOW if the
 * buffer is full before it (`buffer` holds what there is); HDBG_BAD_ADDRESS if nothing can be read;
 * HDBG_TEAM_GONE, ...
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_memory_read_string(hdbg_team *team, hdbg_address address, char *buffer, size_t size,
                                             size_t *length);
/** Reads a pointer of the team's processor. @since 0.1 */
HDBG_API hdbg_status hdbg_memory_read_pointer(hdbg_team *team, hdbg_address address, hdbg_address *value);

/**
 * Gives a team memory of its own, as if it had asked for it, such as for code that a debugger has it run. At
 * least one of its threads has to be stopped. The kernel may round the size up.
 *
 * @param protection hdbg_area_protection bits (kernel.h).
 * @param address receives where it is.
 * @return HDBG_OK, HDBG_NOT_SUPPORTED (the kernel cannot), HDBG_BAD_THREAD_STATE (no thread is stopped),
 * HDBG_NO_MEMORY, HDBG_BAD_VALUE (size), HDBG_TEAM_GONE, HDBG_DETACHED.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_memory_allocate(hdbg_team *team, uint64_t size, uint32_t protection,
                                          hdbg_address *address);
/** Takes memory that hdbg_memory_allocate() gave away again; as that. @since 0.1 */
HDBG_API hdbg_status hdbg_memory_release(hdbg_team *team, hdbg_address address, uint64_t size);

/**
 * Lists the areas of a team, by address.
 *
 * @param areas receives an array, to be freed with hdbg_areas_free(); NULL if there are none.
 * @param count receives their number.
 * @return HDBG_OK, HDBG_NO_MEMORY, HDBG_TEAM_GONE, HDBG_DETACHED.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_areas_get(hdbg_team *team, hdbg_area_info **areas, size_t *count);
/** Frees what hdbg_areas_get() gave. NULL is allowed. @since 0.1 */
HDBG_API void hdbg_areas_free(hdbg_area_info *areas);
/** The area that an address is in. @return HDBG_OK, HDBG_BAD_ADDRESS (in none), HDBG_BAD_VALUE (size). @since
 * 0.1 */
HDBG_API hdbg_status hdbg_area_at(hdbg_team *team, hdbg_address address, hdbg_area_info *area);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_MEMORY_H */
