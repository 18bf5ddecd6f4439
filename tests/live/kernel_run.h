/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Tests of the hosted kernel on real processes, through its table of functions and Haiku's messages alone.
 * The debuggees are the test programs themselves, run with an argument.
 */
#ifndef HDBG_TEST_KERNEL_RUN_H
#define HDBG_TEST_KERNEL_RUN_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "nub/wire.h"

#include <haikudbg/debuggee.h>
#include <haikudbg/hosted.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define SECOND  1000000
#define TIMEOUT (30 * SECOND)
#define OPS     (kt_kernel->ops)
#define CONTEXT (kt_kernel->context)

extern hdbg_kernel *kt_kernel;
extern char kt_self[1024]; /* this program */

/* Group fixtures: the kernel. */
int kt_create(void **state);
int kt_destroy(void **state);

/* Is the debuggee "what". @return its exit status. */
int kt_debuggee(const char *what);
void debuggee_function(void);
/* Writes "word\n" where the test reads it. */
void kt_say(const char *word);

/* A debuggee with pipes at its standard input and output. */
typedef struct kt_child {
    hdbg_team_id team;
    int in, out;
} kt_child;

kt_child kt_launch(const char *what);
void kt_expect_line(const kt_child *c, const char *line);
void kt_expect_end(kt_child *c, int32_t status, int32_t signal);

hdbg_port_id kt_make_port(void);
hdbg_port_id kt_install(hdbg_team_id team, hdbg_port_id port);
void kt_tell(hdbg_port_id nub_port, int32_t code, const void *message, size_t size);
void kt_proceed(hdbg_port_id nub_port, hdbg_thread_id thread);
/* Reads messages until one with `code` comes. */
void kt_expect_event(hdbg_port_id port, int32_t code, void *message, size_t size);
/* Asks the nub, over a reply port. */
void kt_ask(hdbg_port_id nub_port, int32_t code, void *message, size_t size, void *reply, size_t reply_size);

/* Where a symbol of this program is in a team that runs it too. */
hdbg_address kt_address_in(hdbg_team_id team, const void *here);
void kt_set_breakpoint(hdbg_port_id nub_port, hdbg_address address);
/* Uses the registers up, so that the one at debuggee_function() is in the code. @return its address. */
hdbg_address kt_set_software_breakpoint(hdbg_team_id team, hdbg_port_id nub_port);
/* As it is in memory, breakpoints not hidden. */
uint8_t kt_raw_byte(hdbg_team_id team, hdbg_address address);

#endif /* HDBG_TEST_KERNEL_RUN_H */
