/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Loading libraries.
 */
#ifndef _HAIKU_SDK_POSIX_DLFCN_H
#define _HAIKU_SDK_POSIX_DLFCN_H

#include <sys/types.h>

#define RTLD_LAZY    0
#define RTLD_NOW     1
#define RTLD_LOCAL   0
#define RTLD_GLOBAL  2
#define RTLD_NOLOAD  4
#define RTLD_DEFAULT ((void *)0)

typedef struct {
    const char *dli_fname;
    void *dli_fbase;
    const char *dli_sname;
    void *dli_saddr;
} Dl_info;

#ifdef __cplusplus
extern "C" {
#endif

void *dlopen(const char *path, int mode);
int dlclose(void *image);
char *dlerror(void);
void *dlsym(void *image, const char *name);
int dladdr(const void *address, Dl_info *info);

#ifdef __cplusplus
}
#endif

#endif
