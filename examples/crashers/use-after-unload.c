/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Calls a function of a library that it has closed.
 */
#include <dlfcn.h>
#include <stddef.h>

static int call(int (*version)(void))
{
    return version();
}

int main(int argc, char **argv)
{
    char path[4096] = "";
    const char *name = "libplugin.so";
    size_t length = 0;
    for (size_t i = 0; argv[0][i] != 0 && i < sizeof(path) - 32; i++) {
        path[i] = argv[0][i];
        length = path[i] == '/' ? i + 1 : length;
    }
    for (size_t i = 0; i <= sizeof("libplugin.so") - 1; i++)
        path[length + i] = name[i];
    void *library = dlopen(path, RTLD_NOW);
    int (*version)(void) = library != 0 ? (int (*)(void))dlsym(library, "plugin_version") : 0;
    if (version == 0)
        return 1;
    dlclose(library);
    return call(version);
}
