/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Where clients connect.
 */
#ifndef HDBG_SERVER_LISTEN_H
#define HDBG_SERVER_LISTEN_H

#include <stdbool.h>

struct listener {
    int fd;           /* -1: standard input and output are the client */
    const char *path; /* of a Unix socket, else NULL */
    char name[320];   /* "port 2345", "socket /tmp/x" */
};

/* False: it cannot be listened there, and that was said. */
bool listener_open(struct listener *listener, const char *where);
void listener_announce(const struct listener *listener);
/* The next client, or -1. Says who it is. */
int listener_accept(const struct listener *listener);
void listener_close(struct listener *listener);

#endif /* HDBG_SERVER_LISTEN_H */
