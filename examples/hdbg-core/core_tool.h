/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-core: what its files share.
 */
#ifndef CORE_TOOL_H
#define CORE_TOOL_H

#include <haikudbg/haikudbg.h>

#include <stdbool.h>

/* Exit statuses. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct options {
    const char *command; /* "write", "info" or "check" */
    hdbg_team_id team;   /* write: whose */
    const char *file;    /* the core file */
    uint32_t flags;      /* write: hdbg_core_flags */
    uint64_t limit;      /* write: bytes of memory, 0: all */
    bool json, quiet;    /* info: as JSON; write and check: no word if all is well */
    bool environment;    /* info: shows it, which may hold passwords */
    uint32_t open_flags; /* info and check: hdbg_core_open_flags */
};

/* Parses the command line. False: *status is how to exit. */
bool options_parse(struct options *o, int argc, char **argv, int *status);

/* "hdbg-core: cannot ...", on standard error. @return EXIT_FAILED. */
int complain(void);

int command_write(const struct options *o);
int command_info(const struct options *o);
int command_check(const struct options *o);

/* A core file that is open, with a session on it. */
typedef struct opened {
    hdbg_kernel *kernel;
    hdbg_session *session;
    hdbg_team *team; /* NULL if it cannot be attached to */
    hdbg_core_info info;
} opened;

/* HDBG_OK, or why not, as the last error. Close it in any case. */
hdbg_status core_open(opened *core, const struct options *o);
void core_close(opened *core);

#endif /* CORE_TOOL_H */
