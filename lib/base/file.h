/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Reading and writing at a place of a file, all of it, whatever signals come.
 */
#ifndef HDBG_BASE_FILE_H
#define HDBG_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Up to the file's end, or what cannot be read: the bytes before that are there.
 * @return their number; errno is pread()'s if it is an error that ended them. */
size_t hdbg_file_read(int fd, uint64_t at, void *buffer, size_t size);

/* The same for writing. */
size_t hdbg_file_write(int fd, uint64_t at, const void *buffer, size_t size);

#endif /* HDBG_BASE_FILE_H */
