/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the live tests of hdbg-nub share: fixtures/nub_cases under a debugger that is nothing but Haiku's
 * messages.
 */
#ifndef HDBG_TESTS_NUB_RUN_H
#define HDBG_TESTS_NUB_RUN_H

#include "kernel_run.h"

#include <stdbool.h>

enum { NR_SITES = 64, NR_FLAGS_SIGNALS = 0x10000, NR_FLAGS_TEAMS = 0x80000 };
enum { NR_FLAGS_THREADS = 0x100000, NR_FLAGS_IMAGES = 0x200000, NR_FLAGS_PREVENT_EXIT = 0x400000 };
enum { NR_FLAGS_STOP_NEW = 0x1000000 };

typedef union nr_message {
    wire_origin origin;
    wire_x86_64_breakpoint_hit state;
    wire_x86_64_signal_received signal;
    wire_x86_64_exception_occurred exception;
    wire_x86_64_thread_created thread_created;
    wire_x86_64_team_deleted team_deleted;
    char bytes[4096];
} nr_message;

typedef struct nub_run {
    kt_child child;
    hdbg_port_id port, nub;
    hdbg_address f[6], dummy, watched, fault, two_bytes, handler, site[NR_SITES];
    int site_count;
    int32_t code; /* of the last event */
    char line[64];
    nr_message event;
} nub_run;

/* Launches the fixture, lets it say where its places are, and leaves it waiting for nr_begin(). */
void nr_start(nub_run *r, const char *mode, int count, int rounds, int32_t capacity, int32_t flags);
void nr_begin(nub_run *r);
/* The next event. @return its code. */
int32_t nr_next(nub_run *r);
void nr_expect(nub_run *r, int32_t code);
/* The last event's thread goes on. */
void nr_continue(nub_run *r);
void nr_continue_as(nub_run *r, int32_t how, bool step);
void nr_set_flags(nub_run *r, int32_t flags);
hdbg_status nr_break(nub_run *r, hdbg_address address);
void nr_unbreak(nub_run *r, hdbg_address address);
/* Uses the processor's registers up. */
void nr_use_registers(nub_run *r);
hdbg_status nr_watch(nub_run *r, hdbg_address address, uint32_t type, int32_t length);
/* Of the last event, which carries the processor's state. */
hdbg_address nr_pc(const nub_run *r);
/* Continues whatever comes until the team is gone; counts[code] of each event, may be NULL. */
void nr_to_end(nub_run *r, int *counts);
/* It has ended with 42. */
void nr_finish(nub_run *r);
/* Kills it. */
void nr_kill(nub_run *r);
/* The process that traces the fixture. */
pid_t nr_tracer(const nub_run *r);
/* A line of the fixture's output. */
const char *nr_line(nub_run *r);
void nr_expect_output(nub_run *r, const char *line);

#endif /* HDBG_TESTS_NUB_RUN_H */
