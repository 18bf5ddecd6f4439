/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Mapped memory.
 */
#ifndef _HAIKU_SDK_POSIX_SYS_MMAN_H
#define _HAIKU_SDK_POSIX_SYS_MMAN_H

#include <sys/types.h>

#define PROT_NONE  0x00
#define PROT_READ  0x01
#define PROT_WRITE 0x02
#define PROT_EXEC  0x04

#define MAP_SHARED    0x01
#define MAP_PRIVATE   0x02
#define MAP_FIXED     0x04
#define MAP_ANONYMOUS 0x08
#define MAP_NORESERVE 0x10
#define MAP_FAILED    ((void *)-1)

#define MADV_NORMAL     1
#define MADV_SEQUENTIAL 2
#define MADV_RANDOM     3
#define MADV_WILLNEED   4
#define MADV_DONTNEED   5

#ifdef __cplusplus
extern "C" {
#endif

void *mmap(void *address, size_t size, int protection, int flags, int descriptor, off_t offset);
int munmap(void *address, size_t size);
int mprotect(void *address, size_t size, int protection);
int madvise(void *address, size_t size, int advice);

#ifdef __cplusplus
}
#endif

#endif
