/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A small client of hdbg-server: it starts the server on pipes and speaks the remote protocol with it.
 */
#ifndef LIVE_SERVER_CLIENT_H
#define LIVE_SERVER_CLIENT_H

#include "report_run.h"

#include <stdint.h>

#define SERVER_TOOL HDBG_TEST_TOOLS "/hdbg-server"

struct server_client {
    struct report_run run;
    char *answer; /* the last one, unescaped and NUL-terminated */
    size_t size;
    bool notified;     /* it was none, but a notification */
    char program[512]; /* the fixture, or "" */
};

/* Starts the server with a fixture, or with a program by its whole path, on pipes, and agrees on no
 * acknowledgements. `option`: one of the server's, or NULL. */
void client_launch(struct server_client *client, const char *option, const char *fixture,
                   const char *const *arguments);
/* Starts the server with arguments of one's own, NULL-terminated, on pipes if one of them is "-", and agrees
 * on features and no acknowledgements. */
void client_serve(struct server_client *client, const char *features, const char *const *arguments);
/* Agrees on them, where the connection is made already. */
void client_agree(struct server_client *client, const char *features);
/* Sends a packet with a text in hexadecimal, but for its semicolons, behind its beginning; waits for the
 * answer. */
void client_ask_hex(struct server_client *client, const char *beginning, const char *text);
/* The same with a team. */
void client_attach(struct server_client *client, pid_t team);
/* Sends a packet. */
void client_send(struct server_client *client, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Sends bytes as they are. */
void client_send_raw(struct server_client *client, const char *bytes, size_t size);
/* Waits for the next packet; fails the test if none comes. */
const char *client_receive(struct server_client *client);
/* Sends a packet and waits for the answer. */
const char *client_ask(struct server_client *client, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The answer has to begin with a text. */
void client_expect(struct server_client *client, const char *beginning);
/* The number behind "name:" in the last answer; 0 if it is not there. */
uint64_t client_field(const struct server_client *client, const char *name);
/* Where a function or variable of the fixture is in the team. */
uint64_t client_symbol(struct server_client *client, const char *name);
/* The team's id. */
pid_t client_team(struct server_client *client);
/* Where the thread of the last stop stands. */
uint64_t client_pc(struct server_client *client);
/* Goes on until a function of the fixture is hit. */
void client_go_to(struct server_client *client, const char *function);
/* The program ends as it wants to, and the server after it. */
void client_run_out(struct server_client *client, const char *end);
/* Goes: the server has to end with a status. */
void client_end(struct server_client *client, int status);

#endif /* LIVE_SERVER_CLIENT_H */
