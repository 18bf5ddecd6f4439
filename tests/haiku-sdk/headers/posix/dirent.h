/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Folders.
 */
#ifndef _HAIKU_SDK_POSIX_DIRENT_H
#define _HAIKU_SDK_POSIX_DIRENT_H

#include <sys/types.h>

typedef struct dirent {
    dev_t d_dev, d_pdev;
    ino_t d_ino, d_pino;
    unsigned short d_reclen;
    char d_name[];
} dirent_t;
typedef struct __DIR DIR;

#ifdef __cplusplus
extern "C" {
#endif

DIR *opendir(const char *path);
DIR *fdopendir(int descriptor);
struct dirent *readdir(DIR *folder);
int closedir(DIR *folder);
int dirfd(DIR *folder);

#ifdef __cplusplus
}
#endif

#endif
