/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The connection: bytes in, bytes out, and waiting for the client and the team at once.
 */
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* How often an end that nobody tells is looked for (event.h). */
enum { LOOK_MILLISECONDS = 500 };
enum { LOOK_OUT_MICROSECONDS = 60, CROWDED_MICROSECONDS = 300, REST_MICROSECONDS = 1000 * 1000 };

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

static void send_frame(struct server *server, char first)
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
    else
        server->frame.data[0] = first;
    monitor_log(server, "->", server->frame.data, server->frame.size);
    send_bytes(server, server->frame.data, server->frame.size);
}

void send_payload(struct server *server)
{
    send_frame(server, '$');
}

void send_notification(struct server *server)
{
    send_frame(server, '%');
}

static void take_packet(struct server *server)
{
    struct cursor packet = {server->reader.data, server->reader.data + server->reader.size};
    monitor_log(server, "<-", server->reader.data, server->reader.size);
    reply_clear(&server->payload);
    /* Nothing but an end is asked for while the team runs: the answer to what let it run is still due. */
    if (server->running && server->reader.data[0] != 'k')
        return;
    if (command(server, packet))
        send_payload(server);
    if ((server->reader.data[0] == 'k' && !server->extended) || server->leaves)
        server->lost = true; /* clients may not even wait for the answer */
}

static void take(struct server *server, enum packet_kind kind)
{
    bool good = kind == PACKET_DATA || kind == PACKET_TOO_LONG;
    bool is_packet = good || kind == PACKET_DAMAGED;
    if (is_packet && !server->client.no_ack)
        send_bytes(server, good ? "+" : "-", 1);
    switch (kind) {
    case PACKET_DAMAGED:
        if (server->client.no_ack) /* nobody would send it again */
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

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* Waits for one of both. A client's next packet, and the end of a step, mostly come sooner than it takes to
 * sleep and to be woken: for a moment they are looked for, and others run meanwhile. Where there are many of
 * those the server would only be in their way. */
static int wait_for_any(struct server *server, struct pollfd polled[2])
{
    int64_t before = now(), end = before + LOOK_OUT_MICROSECONDS;
    int count = poll(polled, 2, 0);
    while (count == 0 && before < end && before >= server->rests_until) {
        sched_yield();
        int64_t after = now();
        if (after - before >= CROWDED_MICROSECONDS)
            server->rests_until = after + REST_MICROSECONDS;
        before = after;
        count = poll(polled, 2, 0);
    }
    return count != 0 ? count : poll(polled, 2, LOOK_MILLISECONDS);
}

void serve(struct server *server)
{
    packet_reader_reset(&server->reader);
    while (!server->lost) {
        struct pollfd polled[2] = {{.fd = server->in, .events = POLLIN},
                                   {.fd = hdbg_session_descriptor(server->session), .events = POLLIN}};
        int count = wait_for_any(server, polled);
        if (count < 0 && errno != EINTR)
            break;
        if (count <= 0 || polled[1].revents != 0)
            run_events(server);
        if (count > 0 && polled[0].revents != 0)
            receive(server);
        if (count == 0) /* nothing has happened for a while */
            server->holding = false;
        nonstop_flush(server);
    }
}
