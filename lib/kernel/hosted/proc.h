/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What /proc says of processes and threads. A name may hold anything, so files are read whole and taken apart
 * from the right place; a process that ends meanwhile is one that does not exist.
 */
#ifndef HDBG_HOSTED_PROC_H
#define HDBG_HOSTED_PROC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The parts of /proc/PID/stat that are used. */
typedef struct proc_stat {
    char comm[64];
    char state;
    int32_t parent, group, session;
    int64_t user_ticks, kernel_ticks;
    int64_t nice;
    int64_t threads;
    int64_t start_ticks;
    uint64_t size;  /* of all its areas, in bytes */
    uint64_t stack; /* start of the main thread's stack, 0 if not told */
} proc_stat;

/* Of a process (tid 0), or of a thread of it. @return 0 if there is none. */
int proc_read_stat(pid_t pid, pid_t tid, proc_stat *stat);

/* The parts of /proc/PID/status that are used. */
typedef struct proc_status {
    int32_t team;   /* Tgid */
    int32_t tracer; /* TracerPid, 0: none */
    uint32_t user, group;
    int kernel_thread;
    char state;
} proc_status;

/* @return 0 if there is no such process or thread. */
int proc_read_status(pid_t id, proc_status *status);

/* Reads a small file of /proc; NUL-terminated. @return bytes, or -1 with errno. */
ssize_t proc_read(const char *path, char *buffer, size_t size);

/* Reads one of any length; NUL-terminated, to be freed. NULL with errno. */
char *proc_read_whole(const char *path, size_t *size);

/* The file that a process runs, without " (deleted)". @return 0 if it cannot be told. */
int proc_program(pid_t pid, char *path, size_t size);

/* The ids in a folder of /proc, sorted, to be freed; NULL if there is no such folder. */
int32_t *proc_ids(const char *folder, size_t *count);

#endif /* HDBG_HOSTED_PROC_H */
