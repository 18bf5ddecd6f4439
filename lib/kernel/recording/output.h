/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The file that a recording is written into: a window of it is mapped, so that what was recorded is in the
 * file whatever becomes of the process, without a system call for it.
 */
#ifndef HDBG_KERNEL_RECORDING_OUTPUT_H
#define HDBG_KERNEL_RECORDING_OUTPUT_H

#include "base/fail.h"

#include <stddef.h>
#include <stdint.h>

typedef struct output {
    int fd;
    int32_t process;    /* whose file it is: a child of fork() has the descriptor and the window, too */
    uint8_t *window;    /* mapped, or NULL */
    uint64_t window_at; /* where in the file */
    size_t window_size; /* bytes of it */
    uint64_t used;      /* bytes of the file that are written */
    uint64_t page;      /* what windows begin at multiples of */
    hdbg_status status; /* the first error */
    char error[200];    /* and its sentence */
    char path[1024];
} output;

/* Makes a new file, which no other may be: `path` itself or, if there is one, with a number behind it. */
hdbg_status output_open(output *out, const char *path);
/* Room for so many bytes behind the last ones, all zero; NULL if there is none, or it is another process's.
 */
uint8_t *output_room(output *out, size_t size);
/* So many bytes were written there, the first of them not yet: it makes the others valid. */
void output_commit(output *out, size_t size, uint8_t first);
/* Ends the file; in another process it is left as it is. */
void output_close(output *out);

#endif /* HDBG_KERNEL_RECORDING_OUTPUT_H */
