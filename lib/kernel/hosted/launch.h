/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * How the library tells a trampoline (hdbg-nub --exec FD) what to become, over the SOCK_SEQPACKET socket FD:
 *     library     exec_order, with a memfd and the standard streams
 *     trampoline  exec_report EXEC_READY: the nub may seize it now
 *     library     one byte: it is seized, go on
 *     trampoline  an exec_report that says what failed, or the end of the socket by the exec
 * If the socket ends earlier, the trampoline exits.
 */
#ifndef HDBG_HOSTED_LAUNCH_H
#define HDBG_HOSTED_LAUNCH_H

#include <stdint.h>

enum {
    EXEC_HAS_INPUT = 1, /* which streams come along, after the memfd, in this order */
    EXEC_HAS_OUTPUT = 2,
    EXEC_HAS_ERROR = 4,
    EXEC_FDS = 4
};

/* The memfd holds NUL-terminated strings: the program, the working directory ("": as it is), the arguments,
 * the environment. */
typedef struct exec_order {
    int32_t nub;      /* its process id */
    uint32_t launch;  /* hdbg_launch_flags */
    uint32_t streams; /* EXEC_HAS_... */
    uint32_t argument_count, environment_count;
    uint64_t size; /* of the memfd's contents */
} exec_order;

typedef enum exec_step {
    EXEC_READY = 0,
    EXEC_ORDER,     /* reading the order */
    EXEC_GROUP,     /* setpgid() */
    EXEC_STREAMS,   /* dup2() */
    EXEC_DIRECTORY, /* chdir() */
    EXEC_RANDOMIZE, /* personality() */
    EXEC_PROGRAM,   /* execve() */
} exec_step;

typedef struct exec_report {
    int32_t step;  /* exec_step */
    int32_t error; /* errno */
} exec_report;

#endif /* HDBG_HOSTED_LAUNCH_H */
