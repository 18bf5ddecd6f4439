/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the tests with real programs of many processes share: a folder of their own, programs that leave
 * nothing behind, their processes, and a look at a server on this machine.
 */
#ifndef LIVE_REAL_RUN_H
#define LIVE_REAL_RUN_H

#include "report_run.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Group fixtures of cmocka: a folder for all that the programs write, which is their home, too; and its end.
 */
int real_set_up(void **state);
int real_tear_down(void **state);
/* A path in that folder; valid until the eighth call from here. */
const char *real_path(const char *name);

/* Starts a program as report_start() does, under a keeper: see tests/fixtures/keeper.c. */
void real_start(struct report_run *run, const char *const *argv);
/* The program itself, the keeper's child; waits until there is one. */
pid_t real_program(const struct report_run *run);
/* Ends it, and all that descends from it, and frees what is in `run`. */
void real_end(struct report_run *run);
/* A test's own teardown, which runs also if it fails: ends all that real_start() has started. */
int real_end_all(void **state);

/* A process: its command line, with blanks between the arguments, and its tracer. */
struct real_process {
    pid_t pid, tracer;
    char command[512];
};

enum { REAL_PROCESSES = 64 };

/* All that descends from a process, itself first. @return how many. */
size_t real_family(pid_t root, struct real_process family[REAL_PROCESSES]);
/* Waits for one of the family whose command line contains `part`, other than `except`; fails the test after a
 * while. */
pid_t real_await_process(pid_t root, const char *part, pid_t except);
/* Waits until a process is no more; fails the test after a while. */
void real_await_end(pid_t pid);

/* Asks a server of HTTP on this machine; answers all that it said, to be freed, or NULL. */
char *real_ask(int port, const char *method, const char *path);
/* The same again and again until the answer contains `part`; fails the test after a while. */
char *real_await_answer(int port, const char *method, const char *path, const char *part);

/* Whether `done` answered true in time. */
bool real_await(bool (*done)(void *context), void *context);

#endif /* LIVE_REAL_RUN_H */
