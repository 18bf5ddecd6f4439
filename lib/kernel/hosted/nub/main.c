/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-nub's command line.
 */
#include "kernel/hosted/nub/nub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "usage: hdbg-nub --serve                 serve the debugger at descriptor 3; the library starts it so\n"
    "       hdbg-nub --exec PROGRAM [ARG...] be a program's beginning, until a nub has seized it\n"
    "       hdbg-nub --version\n"
    "       hdbg-nub --help\n"
    "\n"
    "Haiku's debug nub on Linux: the tracer behind libhaikudbg. It is not meant to be started by hand.\n";

int64_t nub_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int serve(void)
{
    nub *self = calloc(1, sizeof *self);
    if (!self || !loop_init(self))
        return 1;
    if (!debugger_accept(self, NUB_CONTROL_FD))
        return 1;
    loop_run(self);
    free(self);
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "--help";
    if (strcmp(what, "--exec") == 0)
        return nub_exec_main(argc, argv);
    if (strcmp(what, "--serve") == 0)
        return serve();
    if (strcmp(what, "--version") == 0) {
        printf("hdbg-nub, protocol %d\n", NUB_PROTOCOL_VERSION);
        return 0;
    }
    fputs(help, strcmp(what, "--help") == 0 ? stdout : stderr);
    return strcmp(what, "--help") == 0 ? 0 : 2;
}
