/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Details of a team: what it was started with, what it has open, what it may use.
 */
#ifndef HAIKUDBG_DETAILS_H
#define HAIKUDBG_DETAILS_H

#include <haikudbg/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup details Details
 * What Haiku's own calls do not tell of a team, where the kernel has another way to know: the hosted kernel
 * from /proc, a core file from its notes and its memory. A report prints it; nothing depends on it.
 * @{
 */

/**
 * Calls `visit` for each detail of a kind, in order, until it answers non-zero.
 *
 * @param kind an hdbg_detail_kind (kernel.h).
 * @param visit gets each; the text is valid during the call alone.
 * @return HDBG_OK (also if there are none); HDBG_NOT_SUPPORTED (the kernel does not know), HDBG_BAD_VALUE (no
 * such kind), HDBG_PERMISSION_DENIED, HDBG_TEAM_GONE, HDBG_DETACHED. Any thread may call.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_team_details_visit(hdbg_team *team, int32_t kind,
                                             int (*visit)(void *context, const hdbg_detail *detail),
                                             void *context);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_DETAILS_H */
