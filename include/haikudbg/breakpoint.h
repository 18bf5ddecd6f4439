/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Breakpoints and watchpoints.
 */
#ifndef HAIKUDBG_BREAKPOINT_H
#define HAIKUDBG_BREAKPOINT_H

#include <haikudbg/nub.h>
#include <haikudbg/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup breakpoint Breakpoints
 * For all threads of a team. The nub keeps them: in the processor's registers as long as there are any, in
 * the code then, hidden from memory reads. A detach takes them out, an exec forgets them, a child that is let
 * go has none.
 * @{
 */

/** Sets a breakpoint. @return HDBG_OK, HDBG_BAD_VALUE (there is one), HDBG_BAD_ADDRESS, HDBG_BUSY (too many),
 * HDBG_TEAM_GONE, HDBG_DETACHED. @since 0.1 */
HDBG_API hdbg_status hdbg_breakpoint_set(hdbg_team *team, hdbg_address address);
/** Clears a breakpoint. @return HDBG_OK, HDBG_BAD_VALUE (there is none), HDBG_TEAM_GONE, HDBG_DETACHED.
 * @since 0.1 */
HDBG_API hdbg_status hdbg_breakpoint_clear(hdbg_team *team, hdbg_address address);
/** Whether there is a breakpoint of this session at an address. @since 0.1 */
HDBG_API int hdbg_breakpoint_is_set(hdbg_team *team, hdbg_address address);

/** Sets a watchpoint. @param kind an hdbg_watchpoint_kind (nub.h). @param length bytes; x86: 1, 2 or 4,
 * aligned.
 * @return HDBG_OK, HDBG_NOT_SUPPORTED (kind or length), HDBG_BAD_VALUE (unaligned, or there is one),
 * HDBG_BAD_ADDRESS, HDBG_BUSY (no register is free), HDBG_TEAM_GONE, HDBG_DETACHED. @since 0.1 */
HDBG_API hdbg_status hdbg_watchpoint_set(hdbg_team *team, hdbg_address address, uint32_t kind,
                                         uint32_t length);
/** Clears a watchpoint. @return HDBG_OK, HDBG_BAD_VALUE (there is none), HDBG_TEAM_GONE, HDBG_DETACHED.
 * @since 0.1 */
HDBG_API hdbg_status hdbg_watchpoint_clear(hdbg_team *team, hdbg_address address);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_BREAKPOINT_H */
