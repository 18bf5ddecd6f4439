/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A tiny debugger: one breakpoint, one loop.
 */
#include "count_calls.h"

/* Reads the next event. Messages that are none are passed over; a nub port that is gone ends the wait. */
static hdbg_status next_event(hdbg_kernel *kernel, hdbg_port_id port, hdbg_port_id nub_port, hdbg_arch arch,
                              hdbg_release release, hdbg_nub_event *event)
{
    for (;;) {
        hdbg_object_wait objects[] = {
            {.object = port, .type = HDBG_OBJECT_PORT, .events = HDBG_WAIT_READ},
            {.object = nub_port, .type = HDBG_OBJECT_PORT, .events = HDBG_WAIT_INVALID},
        };
        int64_t ready = kernel->ops->wait_for_objects(kernel->context, objects, 2, HDBG_FOREVER);
        if (ready < 0)
            return (hdbg_status)ready;
        if (!(objects[0].events & HDBG_WAIT_READ))
            return HDBG_BAD_PORT_ID;
        char message[HDBG_NUB_EVENT_SIZE_MAX];
        int32_t code;
        int64_t size = kernel->ops->port_read(kernel->context, port, &code, message, sizeof message, 0);
        if (size < 0)
            return (hdbg_status)size;
        if (hdbg_nub_event_decode(arch, release, code, message, (size_t)size, event) == HDBG_OK)
            return HDBG_OK;
    }
}

hdbg_status count_calls(hdbg_kernel *kernel, hdbg_team_id team, hdbg_arch arch, hdbg_address function,
                        unsigned *calls)
{
    hdbg_system_info info = {.size = sizeof info};
    hdbg_nub *nub = NULL;
    *calls = 0;
    hdbg_status status = kernel->ops->system_info(kernel->context, &info);
    hdbg_port_id port = kernel->ops->port_create(kernel->context, 100, "count calls");
    if (status != HDBG_OK || port < 0)
        return status != HDBG_OK ? status : port;
    hdbg_port_id nub_port = kernel->ops->install_team_debugger(kernel->context, team, port);
    status = nub_port < 0 ? nub_port : hdbg_nub_open(kernel, nub_port, team, arch, &nub);
    if (status == HDBG_OK)
        status = hdbg_nub_set_breakpoint(nub, function);
    while (status == HDBG_OK) {
        hdbg_nub_event event;
        status = next_event(kernel, port, nub_port, arch, (hdbg_release)info.release, &event);
        if (status == HDBG_OK && event.type == HDBG_EVENT_TEAM_DELETED)
            break;
        if (status == HDBG_OK && event.type == HDBG_EVENT_BREAKPOINT_HIT)
            ++*calls;
        /* Fails only if the nub is gone, which the next wait tells. */
        if (status == HDBG_OK && event.nub_port >= 0)
            hdbg_nub_continue_thread(nub, event.thread, HDBG_HANDLE_EVENT, 0);
    }
    hdbg_nub_close(nub);
    kernel->ops->port_delete(kernel->context, port);
    return status;
}
