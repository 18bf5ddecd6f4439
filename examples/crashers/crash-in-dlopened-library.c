/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Opens a library at run time, and crashes in it.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static int version_of(const char *text)
{
    void *library = dlopen("libreader.so", RTLD_NOW);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(EXIT_FAILURE);
    }
    int (*function)(const char *) = (int (*)(const char *))dlsym(library, "reader_version");
    return function(text);
}

int main(void)
{
    return version_of("a document without a header");
}
