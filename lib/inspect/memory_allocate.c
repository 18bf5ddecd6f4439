/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Memory that a team is given, where the kernel can do that.
 */
#include "base/fail.h"
#include "inspect/inspect.h"
#include "session/internal.h"

#include <haikudbg/memory.h>

/* The kernel, while the nub is acquired; NULL with the status if it cannot. */
static hdbg_kernel *kernel_for(hdbg_team *team, hdbg_status *status)
{
    if (team_nub_acquire(team, status) == NULL)
        return NULL;
    hdbg_kernel *kernel = team_kernel(team);
    if (KERNEL_HAS(kernel, memory_allocate) && KERNEL_HAS(kernel, memory_release))
        return kernel;
    *status = hdbg_fail(HDBG_NOT_SUPPORTED, "cannot change the memory of team %d: its kernel has no way to",
                        (int)hdbg_team_id_of(team));
    team_nub_release(team);
    return NULL;
}

hdbg_status hdbg_memory_allocate(hdbg_team *team, uint64_t size, uint32_t protection, hdbg_address *address)
{
    hdbg_status status;
    hdbg_kernel *kernel = kernel_for(team, &status);
    if (kernel == NULL)
        return status;
    status =
        size != 0
            ? kernel->ops->memory_allocate(kernel->context, hdbg_team_id_of(team), size, protection, address)
            : hdbg_fail(HDBG_BAD_VALUE, "cannot give team %d no memory", (int)hdbg_team_id_of(team));
    team_nub_release(team);
    return inspect_gone(team, status);
}

hdbg_status hdbg_memory_release(hdbg_team *team, hdbg_address address, uint64_t size)
{
    hdbg_status status;
    hdbg_kernel *kernel = kernel_for(team, &status);
    if (kernel == NULL)
        return status;
    status = kernel->ops->memory_release(kernel->context, hdbg_team_id_of(team), address, size);
    team_nub_release(team);
    return inspect_gone(team, status);
}
