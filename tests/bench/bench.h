/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the measurements share: a row of the table, a debuggee, a clock.
 */
#ifndef HDBG_BENCH_H
#define HDBG_BENCH_H

#include <haikudbg/haikudbg.h>

#include <sys/types.h>

/* A measurement: both functions answer a rate, more is better, or a negative number if they could not
 * measure. */
typedef struct bench_row {
    const char *name;
    const char *unit;
    const char *peer_name;
    double target; /* the least ratio of ours to the peer's that is good enough */
    double (*ours)(int parameter);
    double (*peer)(int parameter);
    int ours_parameter;
    int peer_parameter;
} bench_row;

extern const bench_row kProcessRows[]; /* processes.c: beside raw ptrace; ends with a name of NULL */
extern const bench_row kTeamRows[];    /* teams.c: many threads, many teams */
extern const bench_row kRecordRows[];  /* record.c: with a recorder before the kernel */
extern const bench_row kMockRows[];    /* mock.c: the layers alone */
extern const bench_row kCoreRows[];    /* core.c: core files beside a copy and gcore */
extern const bench_row kToolRows[];    /* reports.c: stacks and reports beside eu-stack and gdb */
extern const bench_row kReportRows[];  /* report.c: hdbg-report beside gdb */
extern const bench_row kTraceRows[];   /* trace.c: hdbg-trace beside strace */
extern const bench_row kServerRows[];  /* server.c: hdbg-server beside gdbserver and lldb-server */

double bench_now(void);
/* Ends the program with a sentence if a call of the library failed. */
void bench_check(hdbg_status status, const char *what);

/* This program as its own debuggee: "spin", "calls", "line", "syscalls", "memory", "threads", "crowd".
 * Started with --child, its kind, and its parent, whose end is its own, too. */
int bench_child(const char *kind, pid_t parent);
extern const char *bench_program;
extern char bench_self[16]; /* the id of this process, for --child */

/* Launches a debuggee through the library; it stands before its first instruction. */
hdbg_team *bench_launch(hdbg_session *session, const char *kind);
/* The same with fork() and ptrace alone; it stands at its exec. */
pid_t bench_spawn_raw(const char *kind);

/* A process of BENCH_THREADS sleeping threads, which nobody traces; -1 if there cannot be one. */
pid_t bench_threads_start(void);
void bench_threads_end(pid_t pid);
/* Ends the teams that the rows of teams.c keep from run to run: they are children of this process. */
void bench_crowds_end(void);
/* Where a debuggee, which runs this very program, has an address of ours. */
uint64_t bench_address(pid_t pid, const void *mine);

/* Functions of the debuggee that the measurements need the address of. */
void bench_target(void);
extern char bench_memory[];
/* BENCH_LINE instructions without a call, and where they end. */
extern const char bench_line[], bench_line_end[];
enum { BENCH_MEMORY = 64 << 20, BENCH_THREADS = 1000, BENCH_CROWD = 200, BENCH_LINE = 10000 };

#endif /* HDBG_BENCH_H */
