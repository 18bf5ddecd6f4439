/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * System calls that the nub tells by itself: asked for, and kept with the event that brings them.
 */
#include "base/structs.h"
#include "session/types.h"

#include <haikudbg/syscall.h>

#include <stdlib.h>
#include <string.h>

const void *event_records(const hdbg_event *event, size_t *size)
{
    *size = event->record_bytes;
    return event->records;
}

hdbg_status event_records_set(hdbg_event *event, const void *records, size_t size)
{
    uint8_t *copy = malloc(size);
    if (copy == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot keep %zu bytes of records: out of memory", size);
    memcpy(copy, records, size);
    free(event->records);
    event->records = copy;
    event->record_bytes = size;
    return HDBG_OK;
}

hdbg_status hdbg_team_trace(hdbg_team *team, const hdbg_trace_options *options)
{
    hdbg_trace_options known = {.size = sizeof known};
    if (options != NULL) {
        hdbg_status taken = hdbg_struct_take(&known, sizeof known, options, "hdbg_trace_options");
        if (taken != HDBG_OK)
            return taken;
    }
    hdbg_status status;
    if (team_nub_acquire(team, &status) == NULL)
        return status;
    hdbg_kernel *kernel = team->session->kernel;
    if (kernel->ops->trace_team == NULL)
        status = hdbg_fail(HDBG_NOT_SUPPORTED, "the kernel does not tell system calls by itself");
    else
        status = KERNEL(kernel, trace_team, team->id, options != NULL ? &known : NULL);
    team_nub_release(team);
    return status;
}
