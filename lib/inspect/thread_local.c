/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Thread-local variables: asked of the kernel, which asks for the team's symbols in turn.
 */
#include "base/fail.h"
#include "inspect/inspect.h"
#include "session/internal.h"

#include <haikudbg/thread.h>

static hdbg_status find_symbol(void *team, const char *name, hdbg_address *address)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    hdbg_status status = hdbg_symbol_by_name(team, 0, name, &symbol);
    if (status == HDBG_OK)
        *address = symbol.address;
    return status;
}

hdbg_status hdbg_thread_tls_address(hdbg_thread *thread, hdbg_image_id image, uint64_t offset,
                                    hdbg_address *address)
{
    hdbg_team *team = hdbg_thread_team(thread);
    hdbg_cpu_state state; /* a thread that runs is told apart */
    hdbg_image_info info;
    hdbg_status status = thread_cpu_state_get(thread, &state);
    if (status == HDBG_OK)
        status = inspect_image_by_id(team, image, &info);
    if (status != HDBG_OK || team_nub_acquire(team, &status) == NULL)
        return status;
    hdbg_kernel *kernel = team_kernel(team);
    if (KERNEL_HAS(kernel, tls_address))
        status = kernel->ops->tls_address(kernel->context, hdbg_thread_id_of(thread), &info, offset,
                                          find_symbol, team, address);
    else
        status = hdbg_fail(HDBG_NOT_SUPPORTED,
                           "the kernel does not tell where thread %d has its thread-local variables",
                           (int)hdbg_thread_id_of(thread));
    team_nub_release(team);
    return inspect_gone(team, status);
}
