/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Requests of the kernel's own to nubs. Each has a reply port for itself: one into which a late reply may
 * still come is not used again, and not deleted, as a nub that cannot write its reply ends.
 */
#include "kernel/haiku/internal.h"

#include <string.h>

static hdbg_port_id take_reply_port(haiku_kernel *k)
{
    hdbg_port_id port = -1;
    pthread_mutex_lock(&k->lock);
    if (k->reply_port_count > 0)
        port = k->reply_ports[--k->reply_port_count];
    pthread_mutex_unlock(&k->lock);
    return port >= 0 ? port : haiku_port_create(k, 1, "kernel reply");
}

static void give_reply_port(haiku_kernel *k, hdbg_port_id port)
{
    pthread_mutex_lock(&k->lock);
    bool kept = k->reply_port_count < HAIKU_REPLY_PORTS;
    if (kept)
        k->reply_ports[k->reply_port_count++] = port;
    pthread_mutex_unlock(&k->lock);
    if (!kept)
        haiku_port_delete(k, port);
}

hdbg_status haiku_nub_tell(haiku_kernel *k, hdbg_port_id nub, int32_t code, const void *message, size_t size)
{
    return haiku_port_write(k, nub, code, message, size, HAIKU_NUB_PATIENCE);
}

/* Waits until a reply is there or none can come. */
static hdbg_status await_reply(haiku_kernel *k, hdbg_port_id nub, hdbg_port_id port)
{
    hdbg_object_wait objects[] = {
        {.object = port, .type = HDBG_OBJECT_PORT, .events = HDBG_WAIT_READ},
        {.object = nub, .type = HDBG_OBJECT_PORT, .events = HDBG_WAIT_INVALID},
    };
    int64_t ready = haiku_wait_for_objects(k, objects, 2, HAIKU_NUB_PATIENCE);
    if (ready < 0)
        return (hdbg_status)ready;
    if (objects[0].events & HDBG_WAIT_READ)
        return HDBG_OK;
    return hdbg_fail(HDBG_BAD_PORT_ID, "nub port %d was deleted before it answered", (int)nub);
}

int64_t haiku_nub_ask(haiku_kernel *k, hdbg_port_id nub, int32_t code, void *message, size_t size,
                      void *reply, size_t reply_size)
{
    hdbg_port_id port = take_reply_port(k);
    if (port < 0)
        return port;
    memcpy(message, &port, sizeof port);
    int64_t got = haiku_nub_tell(k, nub, code, message, size);
    if (got != HDBG_OK) { /* it has not got it, so it answers nothing */
        give_reply_port(k, port);
        return got;
    }
    got = await_reply(k, nub, port);
    if (got == HDBG_OK || got == HDBG_BAD_PORT_ID) /* the reply may have been the nub's last deed */
        got = haiku_port_read(k, port, NULL, reply, reply_size, 0);
    if (got >= 0)
        give_reply_port(k, port);
    else if (got == HDBG_WOULD_BLOCK) {
        haiku_port_delete(k, port); /* the nub is gone */
        got = hdbg_fail(HDBG_BAD_PORT_ID, "nub port %d was deleted before it answered", (int)nub);
    }
    return got;
}
