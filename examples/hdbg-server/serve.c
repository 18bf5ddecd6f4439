/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The connection: bytes in, bytes out, and waiting for the client and the team at once.
 */
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

/* How often an end that nobody tells is looked for (event.h). */
enum { LOOK_MILLISECONDS = 500 };

static void send_bytes(struct server *server, const char *bytes, size_t size)
{
    while (size != 0 && !server->lost) {
        ssize_t sent = write(server->out, bytes, size);
        if (sent > 0) {
            bytes += sent;
            size -= (size_t)sent;
        } else if (sent < 0 && errno != EINTR) {
            server->lost = true;
        }
    }
}

void send_payload(struct server *server)
{
    if (server->payload.failed) { /* no memory for what was asked for */
        reply_clear(&server->payload);
        answer_error(server);
    }
    reply_clear(&server->frame);
    reply_frame(&server->frame, &server->payload);
    reply_clear(&server->payload);
    if (server->frame.failed)
        server->lost = true;
    send_bytes(server, server->frame.data, server->frame.size);
}

static void take_packet(struct server *server)
{
    struct cursor packet = {server->reader.data, server->reader.data + server->reader.size};
    reply_clear(&server->payload);
    /* Nothing but an end is asked for while the team runs: the answer to what let it run is still due. */
    if (server->running && server->reader.data[0] != 'k')
        return;
    if (command(server, packet))
        send_payload(server);
    if (server->reader.data[0] == 'k')
        server->lost = true; /* clients may not even wait for the answer */
}

static void take(struct server *server, enum packet_kind kind)
{
    bool good = kind == PACKET_DATA || kind == PACKET_TOO_LONG;
    bool is_packet = good || kind == PACKET_DAMAGED;
    if (is_packet && !server->no_ack)
        send_bytes(server, good ? "+" : "-", 1);
    switch (kind) {
    case PACKET_DAMAGED:
        if (server->no_ack) /* nobody would send it again */
            take_packet(server);
        break;
    case PACKET_DATA:
        take_packet(server);
        break;
    case PACKET_TOO_LONG:
        reply_clear(&server->payload);
        answer_error(server);
        send_payload(server);
        break;
    case PACKET_NACK:
        send_bytes(server, server->frame.data, server->frame.size);
        break;
    case PACKET_INTERRUPT:
        reply_clear(&server->payload);
        run_interrupt(server);
        break;
    case PACKET_ACK:
    case PACKET_NONE:
        break;
    }
}

static void receive(struct server *server)
{
    static char bytes[65536];
    ssize_t got = read(server->in, bytes, sizeof bytes);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got <= 0) {
        server->lost = true;
        return;
    }
    for (size_t done = 0, used; done < (size_t)got && !server->lost; done += used) {
        enum packet_kind kind = packet_feed(&server->reader, bytes + done, (size_t)got - done, &used);
        take(server, kind);
    }
}

void serve(struct server *server)
{
    packet_reader_reset(&server->reader);
    while (!server->lost) {
        struct pollfd polled[2] = {{.fd = server->in, .events = POLLIN},
                                   {.fd = hdbg_session_descriptor(server->session), .events = POLLIN}};
        int count = poll(polled, 2, LOOK_MILLISECONDS);
        if (count < 0 && errno != EINTR)
            break;
        if (count <= 0 || polled[1].revents != 0)
            run_events(server);
        if (count > 0 && polled[0].revents != 0)
            receive(server);
    }
}
