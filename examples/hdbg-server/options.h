/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The command line.
 */
#ifndef HDBG_SERVER_OPTIONS_H
#define HDBG_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
    const char *where;      /* HOST:PORT, a socket's path, or - */
    char *const *arguments; /* the program and its arguments; NULL with --attach */
    int32_t attach;         /* the team; 0: launch */
    bool once;
    bool randomization; /* leave it as it is */
    bool as_haiku;      /* for tests */
};

/* -1: go on; else the program is to end with this. */
int options_parse(struct options *options, int argc, char **argv);

#endif /* HDBG_SERVER_OPTIONS_H */
