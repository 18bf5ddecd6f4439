/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Runs GDB, which starts hdbg-server on a pipe and connects to it.
 */
#ifndef LIVE_GDB_RUN_H
#define LIVE_GDB_RUN_H

#include "report_run.h"

/* Starts GDB with commands (NULL-terminated). `arguments`: the server's behind its name; `program`: whose
 * symbols GDB reads, or NULL. */
void gdb_start(struct report_run *run, const char *program, const char *arguments,
               const char *const *commands);
/* Starts GDB with commands alone, without a connection, and finishes. */
void gdb_plain(struct report_run *run, const char *program, const char *const *commands);
/* Starts and finishes. */
void gdb_all(struct report_run *run, const char *program, const char *arguments, const char *const *commands);

/* A command: goes on, with whichever program lives, until all have ended. One that has ended, which is to be
 * told when it goes on, has no registers to show. */
#define GDB_GO_ON_WITH_ALL                                                                                   \
    "python exec(\""                                                                                         \
    "rounds = 0\\n"                                                                                          \
    "while any(i.pid for i in gdb.inferiors()) and rounds < 100:\\n"                                         \
    "    rounds += 1\\n"                                                                                     \
    "    if gdb.selected_inferior().pid == 0:\\n"                                                            \
    "        try:\\n"                                                                                        \
    "            gdb.execute('inferior %d' % [i for i in gdb.inferiors() if i.pid][0].num)\\n"               \
    "        except gdb.error:\\n"                                                                           \
    "            pass\\n"                                                                                    \
    "    gdb.execute('continue')\\n"                                                                         \
    "print('all have ended')\")"

/* How often a text is in another one. */
int gdb_count(const char *text, const char *part);

#endif /* LIVE_GDB_RUN_H */
