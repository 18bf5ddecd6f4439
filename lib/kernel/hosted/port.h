/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Haiku's ports on Linux, the transport: one SOCK_SEQPACKET pair a port, one packet a message. Used by the
 * library and by hdbg-nub alike. Neither call blocks; each side waits in its own way (poll in the library,
 * epoll in the nub).
 *
 * Capacity is counted in messages, as on Haiku, in a slot of shared memory; the socket's buffer is not it. A
 * writer that finds the port full registers in `waiters`; the reader that makes room sends a packet of one
 * byte *back* to the writers' end for each, so a full port is waited for with POLLIN on the writers' end.
 */
#ifndef HDBG_HOSTED_PORT_H
#define HDBG_HOSTED_PORT_H

#include <haikudbg/status.h>

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PORT_CAPACITY_MAX = 4096,      /* messages, as on Haiku */
    PORT_MESSAGE_MAX = 256 * 1024, /* bytes, as on Haiku */
    PORT_SLOTS = 4096              /* ports of one debugger process */
};

/* The part of a port that both sides see; an array of PORT_SLOTS of these is a port table (a memfd). */
typedef struct port_slot {
    _Atomic int32_t queued;  /* messages written and not yet read */
    _Atomic int32_t waiters; /* writers that wait for room */
    _Atomic int32_t total;   /* messages since creation */
    int32_t capacity;
    int32_t id; /* 0: slot is free */
    int32_t reserved[11];
} port_slot;

/* One end of a port. */
typedef struct port_end {
    int fd; /* a non-blocking SOCK_SEQPACKET socket, -1: closed */
    port_slot *slot;
    _Atomic int32_t
        registered; /* writers: this end is counted in slot->waiters, or its byte is on the way. Start: 0 */
} port_end;

/* Creates the two sockets of a port, non-blocking, close-on-exec. @return HDBG_OK or HDBG_NO_MORE_PORTS. */
hdbg_status port_pair(int *reader, int *writer);

/* Writes a message. `area_fd` >= 0 goes along as a memfd of a cloned area (its reader maps it).
 * HDBG_WOULD_BLOCK: full, and registered as a waiter: poll the end for POLLIN, call port_room(), try again.
 * HDBG_BAD_PORT_ID: the reader is gone. */
hdbg_status port_send(port_end *writer, int32_t code, const void *data, size_t size, int area_fd);

/* Swallows the one-byte packet that says that there is room. HDBG_BAD_PORT_ID if the reader is gone, else
 * HDBG_OK. An end has at most one such packet coming, however often port_send() was refused in between. */
hdbg_status port_room(port_end *writer);

/* Reads a message; what does not fit is lost. *area_fd receives a memfd to own, or -1; may be NULL (closed
 * then).
 * @return bytes stored, HDBG_WOULD_BLOCK if there is none, HDBG_BAD_PORT_ID if all writers are gone and none
 * is left. */
int64_t port_receive(const port_end *reader, int32_t *code, void *buffer, size_t size, int *area_fd);

/* Bytes of the next message without taking it; the same errors. */
int64_t port_peek(const port_end *reader);

#endif /* HDBG_HOSTED_PORT_H */
