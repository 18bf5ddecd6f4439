/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Has a nub tell of a team's system calls by itself.
 */
#include "base/trace.h"
#include "kernel/hosted/internal.h"

#include <string.h>

hdbg_status hosted_trace_team(void *context, hdbg_team_id team, const hdbg_trace_options *options)
{
    hosted_nub *nub;
    nub_reply reply;
    nub_request request = {.op = NUB_TRACE_TEAM, .a = team, .c = -1};
    hdbg_status status = hosted_team_nub(context, team, &nub);
    if (status == HDBG_OK && nub == NULL)
        status = hdbg_fail(HDBG_BAD_TEAM_ID, "team %d is not being debugged", (int)team);
    if (status != HDBG_OK)
        return status;
    if (options != NULL) {
        _Static_assert(sizeof options->wanted == sizeof request.info, "all bits go along");
        uint32_t limit = options->limit != 0 ? options->limit : TRACE_TEXT_DEFAULT;
        request.b = (int32_t)options->flags;
        request.c = (int32_t)(limit < TRACE_TEXT_MAX ? limit : TRACE_TEXT_MAX);
        memcpy(request.info, options->wanted, sizeof request.info);
    }
    return hosted_ask(context, nub, &request, -1, &reply, NULL);
}
