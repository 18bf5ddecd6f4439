/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The connection to a nub: its reply ports, and how a request is sent and its reply awaited.
 */
#include "nub/connection.h"

#include "base/fail.h"
#include "base/structs.h"
#include "nub/layout.h"

#include <stdlib.h>
#include <string.h>

/* What hdbg_nub_close() writes into the reply ports of requests in flight. No reply has this code. */
#define CLOSING_CODE 0x636c6f73
/* Room for a reply, and for CLOSING_CODE beside it: the nub must never find the port full. */
#define REPLY_PORT_CAPACITY 2
/* How long one write to a full nub port waits before it looks whether the connection is being closed. */
#define WRITE_SLICE 20000
/* How long hdbg_nub_close() waits for the replies to requests that it ended, so that their ports can go. */
#define LATE_REPLY_GRACE 50000
#define DEFAULT_TIMEOUT  10000000

hdbg_status hdbg_nub_open(hdbg_kernel *kernel, hdbg_port_id nub_port, hdbg_team_id team, hdbg_arch arch,
                          hdbg_nub **nub)
{
    if (hdbg_layout_index(arch) < 0) {
        return hdbg_fail(HDBG_NOT_SUPPORTED, "cannot talk to the nub of team %d: processor %d has no table",
                         team, (int)arch);
    }
    hdbg_system_info info = {.size = sizeof info};
    hdbg_status status = kernel->ops->system_info(kernel->context, &info);
    if (status != HDBG_OK)
        return status;
    if (info.release < HDBG_RELEASE_BETA4) {
        return hdbg_fail(HDBG_NOT_SUPPORTED,
                         "cannot talk to the nub of team %d: the kernel says it is release %d", team,
                         info.release);
    }
    hdbg_nub *made = calloc(1, sizeof *made);
    if (made == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot connect to the nub of team %d: out of memory", team);
    made->kernel = kernel;
    made->port = nub_port;
    made->team = team;
    made->arch = arch;
    /* A release to come keeps the newest numbers that are known. */
    made->release = info.release > HDBG_RELEASE_BETA6 ? HDBG_RELEASE_BETA6 : (hdbg_release)info.release;
    made->timeout = DEFAULT_TIMEOUT;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->idle, NULL);
    *nub = made;
    return HDBG_OK;
}

void hdbg_nub_set_timeout(hdbg_nub *nub, hdbg_time timeout)
{
    pthread_mutex_lock(&nub->lock);
    nub->timeout = timeout < 0 ? 0 : timeout;
    pthread_mutex_unlock(&nub->lock);
}

hdbg_port_id hdbg_nub_port(const hdbg_nub *nub)
{
    return nub->port;
}

hdbg_status hdbg_nub_statistics_get(const hdbg_nub *nub, hdbg_nub_statistics *statistics)
{
    hdbg_status status = hdbg_struct_check(statistics, "hdbg_nub_statistics");
    if (status != HDBG_OK)
        return status;
    /* The lock is no part of what a caller's const promises to leave alone. */
    pthread_mutex_t *lock = (pthread_mutex_t *)&nub->lock;
    pthread_mutex_lock(lock);
    hdbg_nub_statistics known = nub->statistics;
    known.retired_ports = 0;
    known.reply_ports = 0;
    for (const struct reply_port *port = nub->ports; port != NULL; port = port->next) {
        known.retired_ports += port->state == REPLY_PORT_RETIRED;
        known.reply_ports++;
    }
    pthread_mutex_unlock(lock);
    hdbg_struct_give(statistics, &known, sizeof known);
    return HDBG_OK;
}

static hdbg_time now(const hdbg_nub *nub)
{
    return nub->kernel->ops->system_time(nub->kernel->context);
}

static hdbg_time deadline_after(const hdbg_nub *nub, hdbg_time timeout)
{
    if (timeout == HDBG_FOREVER)
        return HDBG_FOREVER;
    hdbg_time start = now(nub);
    return timeout > HDBG_FOREVER - start ? HDBG_FOREVER : start + timeout;
}

static hdbg_time remaining(const hdbg_nub *nub, hdbg_time deadline)
{
    if (deadline == HDBG_FOREVER)
        return HDBG_FOREVER;
    hdbg_time left = deadline - now(nub);
    return left > 0 ? left : 0;
}

static hdbg_status fail_gone(const hdbg_nub *nub, int32_t type)
{
    return hdbg_fail(HDBG_BAD_PORT_ID, "%s failed: the nub of team %d is gone (port %d)",
                     hdbg_nub_message_name(HDBG_RELEASE_BETA6, type), nub->team, nub->port);
}

static hdbg_status fail_closing(const hdbg_nub *nub, int32_t type)
{
    return hdbg_fail(HDBG_BAD_PORT_ID, "%s failed: the connection to the nub of team %d is being closed",
                     hdbg_nub_message_name(HDBG_RELEASE_BETA6, type), nub->team);
}

static hdbg_status fail_late(hdbg_nub *nub, int32_t type)
{
    pthread_mutex_lock(&nub->lock);
    nub->statistics.timeouts++;
    pthread_mutex_unlock(&nub->lock);
    return hdbg_fail(HDBG_TIMED_OUT, "%s failed: the nub of team %d did not answer in time",
                     hdbg_nub_message_name(HDBG_RELEASE_BETA6, type), nub->team);
}

/* ---- reply ports; the lock is held ---- */

/* Takes one waiting message out of a port and throws it away. Its code, or an error. */
static bool discard_one(hdbg_nub *nub, struct reply_port *port, int32_t *code)
{
    uint8_t byte;
    return nub->kernel->ops->port_read(nub->kernel->context, port->id, code, &byte, sizeof byte, 0) >= 0;
}

/* Retired ports whose late reply has come are as good as new. */
static void revive_retired(hdbg_nub *nub)
{
    for (struct reply_port *port = nub->ports; port != NULL; port = port->next) {
        int32_t code;
        while (port->state == REPLY_PORT_RETIRED && discard_one(nub, port, &code)) {
            if (code == CLOSING_CODE)
                continue;
            port->state = REPLY_PORT_FREE;
            nub->statistics.late_replies++;
        }
    }
}

static struct reply_port *find_free(hdbg_nub *nub, bool *any_retired)
{
    *any_retired = false;
    for (struct reply_port *port = nub->ports; port != NULL; port = port->next) {
        if (port->state == REPLY_PORT_FREE)
            return port;
        *any_retired |= port->state == REPLY_PORT_RETIRED;
    }
    return NULL;
}

static struct reply_port *make_port(hdbg_nub *nub, hdbg_status *status)
{
    struct reply_port *port = malloc(sizeof *port);
    if (port == NULL) {
        *status = hdbg_fail(HDBG_NO_MEMORY, "cannot make a reply port for team %d: out of memory", nub->team);
        return NULL;
    }
    hdbg_port_id id = nub->kernel->ops->port_create(nub->kernel->context, REPLY_PORT_CAPACITY, "nub reply");
    if (id < 0) {
        *status = id;
        free(port);
        return NULL;
    }
    *port = (struct reply_port){.next = nub->ports, .id = id, .state = REPLY_PORT_FREE};
    nub->ports = port;
    return port;
}

static hdbg_status take_port(hdbg_nub *nub, struct reply_port **taken)
{
    hdbg_status status = HDBG_OK;
    bool any_retired;
    struct reply_port *port = find_free(nub, &any_retired);
    if (port == NULL && any_retired) {
        revive_retired(nub);
        port = find_free(nub, &any_retired);
    }
    if (port == NULL)
        port = make_port(nub, &status);
    if (port == NULL)
        return status;
    int32_t code;
    while (port->suspect && discard_one(nub, port, &code)) {
    }
    port->suspect = false;
    port->state = REPLY_PORT_IN_USE;
    *taken = port;
    return HDBG_OK;
}

/* ---- calls in flight ---- */

/* Starts a call; with `port` set, one that needs a reply port. */
static hdbg_status begin(hdbg_nub *nub, int32_t type, struct reply_port **port, hdbg_time *timeout)
{
    hdbg_status status = HDBG_OK;
    pthread_mutex_lock(&nub->lock);
    if (nub->closing)
        status = fail_closing(nub, type);
    else if (port != NULL)
        status = take_port(nub, port);
    if (status == HDBG_OK) {
        nub->in_flight++;
        nub->statistics.requests++;
        if (*timeout < 0)
            *timeout = nub->timeout;
    }
    pthread_mutex_unlock(&nub->lock);
    return status;
}

static void end(hdbg_nub *nub, struct reply_port *port, enum reply_port_state state)
{
    pthread_mutex_lock(&nub->lock);
    if (port != NULL)
        port->state = state;
    if (--nub->in_flight == 0)
        pthread_cond_broadcast(&nub->idle);
    pthread_mutex_unlock(&nub->lock);
}

static bool is_closing(hdbg_nub *nub)
{
    pthread_mutex_lock(&nub->lock);
    bool closing = nub->closing;
    pthread_mutex_unlock(&nub->lock);
    return closing;
}

/* Writes to the nub port, which holds one message only and so is often full for a moment. */
static hdbg_status send(hdbg_nub *nub, const hdbg_nub_message *message, hdbg_time deadline)
{
    uint8_t bytes[HDBG_MESSAGE_SIZE_MAX];
    int32_t code;
    int64_t size = hdbg_nub_message_encode(nub->arch, nub->release, message, &code, bytes, sizeof bytes);
    if (size < 0)
        return (hdbg_status)size;
    for (;;) {
        hdbg_time left = remaining(nub, deadline);
        hdbg_status status =
            nub->kernel->ops->port_write(nub->kernel->context, nub->port, code, bytes, (size_t)size,
                                         left < WRITE_SLICE ? left : WRITE_SLICE);
        if (status == HDBG_BAD_PORT_ID)
            return fail_gone(nub, message->type);
        if (status != HDBG_TIMED_OUT && status != HDBG_WOULD_BLOCK)
            return status;
        if (is_closing(nub))
            return fail_closing(nub, message->type);
        if (remaining(nub, deadline) == 0)
            return fail_late(nub, message->type);
    }
}

hdbg_status hdbg_nub_tell(hdbg_nub *nub, const hdbg_nub_message *message)
{
    hdbg_time timeout = -1;
    hdbg_status status = begin(nub, message->type, NULL, &timeout);
    if (status != HDBG_OK)
        return status;
    status = send(nub, message, deadline_after(nub, timeout));
    end(nub, NULL, REPLY_PORT_FREE);
    return status;
}

/* Takes what is in the reply port. HDBG_WOULD_BLOCK if nothing is. */
static hdbg_status receive(hdbg_nub *nub, struct reply_port *port, int32_t type, hdbg_nub_reply *reply)
{
    uint8_t bytes[HDBG_MESSAGE_SIZE_MAX];
    int32_t code;
    int64_t size = nub->kernel->ops->port_read(nub->kernel->context, port->id, &code, bytes, sizeof bytes, 0);
    if (size < 0)
        return size == HDBG_TIMED_OUT ? HDBG_WOULD_BLOCK : (hdbg_status)size;
    if (code == CLOSING_CODE && is_closing(nub))
        return fail_closing(nub, type);
    hdbg_status status =
        hdbg_nub_reply_decode(nub->arch, nub->release, type, code, bytes, (size_t)size, reply);
    pthread_mutex_lock(&nub->lock);
    if (status == HDBG_OK)
        nub->statistics.replies++;
    else
        nub->statistics.bad_replies++;
    pthread_mutex_unlock(&nub->lock);
    return status == HDBG_OK ? HDBG_OK : HDBG_BAD_MESSAGE;
}

/* Waits for the reply. `after` receives what is to become of the port. */
static hdbg_status await(hdbg_nub *nub, struct reply_port *port, int32_t type, hdbg_nub_reply *reply,
                         hdbg_time deadline, enum reply_port_state *after)
{
    hdbg_kernel *kernel = nub->kernel;
    *after = REPLY_PORT_FREE;
    for (;;) {
        hdbg_object_wait objects[] = {
            {.object = port->id, .type = HDBG_OBJECT_PORT, .events = HDBG_WAIT_READ},
            {.object = nub->port, .type = HDBG_OBJECT_PORT, .events = HDBG_WAIT_INVALID},
        };
        int64_t count = kernel->ops->wait_for_objects(kernel->context, objects, 2, remaining(nub, deadline));
        hdbg_status status = HDBG_WOULD_BLOCK;
        if (count > 0)
            status = receive(nub, port, type, reply);
        else if (count != HDBG_TIMED_OUT && count != HDBG_WOULD_BLOCK && count != 0)
            status = (hdbg_status)count;
        if (status == HDBG_BAD_MESSAGE)
            port->suspect = true;
        else if (status != HDBG_OK && status != HDBG_WOULD_BLOCK)
            *after = REPLY_PORT_RETIRED;
        if (status != HDBG_WOULD_BLOCK)
            return status;
        /* The reply was looked for after the death was seen: it may have been the nub's last deed. */
        if (count > 0 && (objects[1].events & HDBG_WAIT_INVALID))
            return fail_gone(nub, type);
        if (remaining(nub, deadline) == 0) {
            *after = REPLY_PORT_RETIRED;
            return fail_late(nub, type);
        }
    }
}

hdbg_status hdbg_nub_ask(hdbg_nub *nub, hdbg_nub_message *message, hdbg_nub_reply *reply, hdbg_time timeout)
{
    struct reply_port *port = NULL;
    hdbg_status status = begin(nub, message->type, &port, &timeout);
    if (status != HDBG_OK)
        return status;
    enum reply_port_state after = REPLY_PORT_FREE;
    hdbg_time deadline = deadline_after(nub, timeout);
    message->reply_port = port->id;
    status = send(nub, message, deadline);
    if (status == HDBG_OK)
        status = await(nub, port, message->type, reply, deadline, &after);
    end(nub, port, after);
    if (status == HDBG_OK && reply->error != HDBG_OK) {
        return hdbg_fail(reply->error, "%s failed in team %d: the nub answers: %s",
                         hdbg_nub_message_name(HDBG_RELEASE_BETA6, message->type), nub->team,
                         hdbg_status_string(reply->error));
    }
    return status;
}

hdbg_status hdbg_nub_bad_reply(hdbg_nub *nub, const char *name, int32_t done, size_t asked)
{
    pthread_mutex_lock(&nub->lock);
    nub->statistics.replies--;
    nub->statistics.bad_replies++;
    pthread_mutex_unlock(&nub->lock);
    return hdbg_fail(HDBG_BAD_MESSAGE, "the reply to %s in team %d tells of %d bytes, %zu were asked for",
                     name, nub->team, done, asked);
}

/* ---- closing ---- */

static void end_calls_in_flight(hdbg_nub *nub)
{
    nub->closing = true;
    for (struct reply_port *port = nub->ports; port != NULL; port = port->next) {
        if (port->state == REPLY_PORT_IN_USE)
            nub->kernel->ops->port_write(nub->kernel->context, port->id, CLOSING_CODE, NULL, 0, 0);
    }
    while (nub->in_flight > 0)
        pthread_cond_wait(&nub->idle, &nub->lock);
}

static bool nub_is_gone(const hdbg_nub *nub)
{
    hdbg_port_info info = {.size = sizeof info};
    return nub->kernel->ops->port_info(nub->kernel->context, nub->port, &info) == HDBG_BAD_PORT_ID;
}

/* Gives late replies a moment to come, so that as few ports as possible are left behind. */
static void await_late_replies(hdbg_nub *nub)
{
    hdbg_kernel *kernel = nub->kernel;
    hdbg_time deadline = deadline_after(nub, LATE_REPLY_GRACE);
    for (struct reply_port *port = nub->ports; port != NULL; port = port->next) {
        revive_retired(nub);
        while (port->state == REPLY_PORT_RETIRED && !nub_is_gone(nub) && remaining(nub, deadline) > 0) {
            hdbg_object_wait objects[] = {
                {.object = port->id, .type = HDBG_OBJECT_PORT, .events = HDBG_WAIT_READ},
                {.object = nub->port, .type = HDBG_OBJECT_PORT, .events = HDBG_WAIT_INVALID},
            };
            if (kernel->ops->wait_for_objects(kernel->context, objects, 2, remaining(nub, deadline)) < 0)
                return;
            if (objects[0].events & HDBG_WAIT_INVALID)
                port->state = REPLY_PORT_FREE;
            revive_retired(nub);
        }
    }
}

void hdbg_nub_close(hdbg_nub *nub)
{
    if (nub == NULL)
        return;
    hdbg_kernel *kernel = nub->kernel;
    pthread_mutex_lock(&nub->lock);
    end_calls_in_flight(nub);
    await_late_replies(nub);
    pthread_mutex_unlock(&nub->lock);
    bool gone = nub_is_gone(nub);
    while (nub->ports != NULL) {
        struct reply_port *port = nub->ports;
        nub->ports = port->next;
        /* A port whose reply may still come stays the kernel's, which deletes it when it is destroyed. */
        if (port->state != REPLY_PORT_RETIRED || gone)
            kernel->ops->port_delete(kernel->context, port->id);
        free(port);
    }
    pthread_cond_destroy(&nub->idle);
    pthread_mutex_destroy(&nub->lock);
    free(nub);
}
