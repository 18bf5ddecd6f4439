/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The command line.
 */
#ifndef HDBG_SERVER_OPTIONS_H
#define HDBG_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options {
    const char *where;      /* HOST:PORT, a socket's path, or - */
    char *const *arguments; /* the program and its arguments; NULL with --attach, or if there is none */
    char *const *wrapper;   /* the program, with arguments, that becomes the one to be debugged; NULL: none */
    size_t wrapper_count;
    int32_t attach; /* the team; 0: launch */
    bool once;
    bool multi;             /* go on without a team, and after the last one's end */
    bool randomization;     /* leave it as it is */
    bool no_shell;          /* the client's programs are launched without one, unless it says otherwise */
    bool remote_debug;      /* write packets */
    const char *debug_file; /* to this file; NULL: to standard error */
    bool as_haiku;          /* for tests */
    const char *disabled;   /* for tests: packets that are not known, with commas between; or NULL */
};

/* Whether a packet is to be unknown. */
bool options_disable(const struct options *options, const char *packet);
/* -1: go on; else the program is to end with this. */
int options_parse(struct options *options, int argc, char **argv);

#endif /* HDBG_SERVER_OPTIONS_H */
