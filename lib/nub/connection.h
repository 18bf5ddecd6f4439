/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A connection to a nub, as the files of this folder see it.
 */
#ifndef HDBG_NUB_CONNECTION_H
#define HDBG_NUB_CONNECTION_H

#include <haikudbg/message.h>

#include <pthread.h>
#include <stdbool.h>

enum reply_port_state {
    REPLY_PORT_FREE,
    REPLY_PORT_IN_USE, /* by one request */
    REPLY_PORT_RETIRED /* its request timed out: the nub would die of the port's deletion */
};

struct reply_port {
    struct reply_port *next;
    hdbg_port_id id;
    enum reply_port_state state;
    /* Something came that was no reply to the request: whatever else comes is thrown away before the next
     * use. */
    bool suspect;
};

struct hdbg_nub {
    hdbg_kernel *kernel;
    hdbg_port_id port;
    hdbg_team_id team;
    hdbg_arch arch;
    hdbg_release release;

    pthread_mutex_t lock;     /* guards all below */
    pthread_cond_t idle;      /* signalled when `in_flight` becomes 0 */
    struct reply_port *ports; /* all there are, of every state */
    uint32_t in_flight;       /* calls that are between begin and end */
    bool closing;
    hdbg_time timeout;
    hdbg_nub_statistics statistics;
};

/* Sends a message that is not answered. */
hdbg_status hdbg_nub_tell(hdbg_nub *nub, const hdbg_nub_message *message);

/* Sends a message and waits for its reply; the message's reply_port is set here. timeout < 0: the
 * connection's. The answer's own error is the result. */
hdbg_status hdbg_nub_ask(hdbg_nub *nub, hdbg_nub_message *message, hdbg_nub_reply *reply, hdbg_time timeout);

/* Counts a reply that says more was done than was asked for. HDBG_BAD_MESSAGE. */
hdbg_status hdbg_nub_bad_reply(hdbg_nub *nub, const char *name, int32_t done, size_t asked);

#endif /* HDBG_NUB_CONNECTION_H */
