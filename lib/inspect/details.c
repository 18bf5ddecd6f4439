/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Details of a team: asked of the kernel, if it knows any.
 */
#include "base/fail.h"
#include "inspect/inspect.h"
#include "session/internal.h"

#include <haikudbg/details.h>
#include <haikudbg/team.h>

hdbg_status hdbg_team_details_visit(hdbg_team *team, int32_t kind,
                                    int (*visit)(void *context, const hdbg_detail *detail), void *context)
{
    hdbg_status status = HDBG_OK;
    if (kind < HDBG_DETAIL_ARGUMENT || kind > HDBG_DETAIL_PROGRAM)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot list details of team %d: there is no kind %d",
                         (int)hdbg_team_id_of(team), (int)kind);
    if (team_nub_acquire(team, &status) == NULL)
        return status;
    hdbg_kernel *kernel = team_kernel(team);
    if (KERNEL_HAS(kernel, team_details))
        status = inspect_gone(
            team, kernel->ops->team_details(kernel->context, hdbg_team_id_of(team), kind, visit, context));
    else
        status = hdbg_fail(HDBG_NOT_SUPPORTED, "cannot list details of team %d: its kernel tells none",
                           (int)hdbg_team_id_of(team));
    team_nub_release(team);
    return status;
}
