/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Starting a program that the caller's program knows nothing of: default signals, a process group of its own,
 * and no descriptors but its standard streams.
 */
#ifndef HDBG_BASE_SPAWN_H
#define HDBG_BASE_SPAWN_H

#include <sys/types.h>

/* `input` and `output` become its standard streams; -1: /dev/null. @return 0, or an errno. */
int hdbg_spawn(const char *path, char *const *arguments, int input, int output, pid_t *pid);

/* Moves two descriptors above the numbers of the standard streams, closed on exec(), and closes those that
 * were given.
 * @return 0, or an errno: then none is open. */
int hdbg_descriptors_raise(const int given[2], int raised[2]);

#endif /* HDBG_BASE_SPAWN_H */
