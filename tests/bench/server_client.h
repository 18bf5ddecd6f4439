/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A minimal client of the GDB remote serial protocol over TCP, and the servers that it measures: hdbg-server,
 * gdbserver, lldb-server. All get the same packets.
 */
#ifndef HDBG_BENCH_SERVER_CLIENT_H
#define HDBG_BENCH_SERVER_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum server_kind { SERVER_OURS, SERVER_GDB, SERVER_LLDB };

struct bench_client {
    enum server_kind kind;
    pid_t server;
    int fd;
    size_t packet_size; /* the largest that the server takes */
    char *received;     /* bytes that have come, as they are */
    size_t count, room;
    size_t used; /* of these: the last packet, and what was before it */
    char *text;  /* the last packet's payload, if there were runs in it */
    size_t text_room;
    const char *payload; /* the last packet's: not unescaped; NUL-terminated */
    size_t size;
    bool no_ack; /* packets are not acknowledged any more */
    bool failed; /* the connection is of no use any more; further calls do nothing */
};

/* Starts a server with this program as its debuggee, and connects to it. False: it cannot be had. */
bool client_launch(struct bench_client *client, enum server_kind kind, const char *debuggee);
/* Starts a server that waits to be told what to attach to. */
bool client_wait(struct bench_client *client, enum server_kind kind);
/* Ends the server, and what it had launched. */
void client_end(struct bench_client *client);

/* Sends a packet and waits for the answer; "" if there is none. */
const char *client_ask(struct bench_client *client, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, where the answer has to begin with a text. */
void client_expect(struct bench_client *client, const char *beginning, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The thread of the stop that was told last, 0 if it was none. */
pid_t client_thread(const struct bench_client *client);
/* Where it stands, if the stop tells that. */
uint64_t client_pc(const struct bench_client *client);

#endif /* HDBG_BENCH_SERVER_CLIENT_H */
