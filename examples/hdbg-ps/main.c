/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-ps lists teams, threads, images and areas, as the kernel tells them.
 *
 *   options.c   the command line
 *   snapshot.c  asks the kernel
 *   tables.c    prints tables
 *   json.c      prints JSON
 */
#include "ps.h"

#include <stdlib.h>

enum { STATUS_MISSING = 1, STATUS_WRONG = 2 };

int main(int argc, char **argv)
{
    struct options options;
    struct snapshot snapshot;
    hdbg_kernel *kernel;
    int status = EXIT_SUCCESS;

    switch (options_parse(&options, argc, argv)) {
    case OPTIONS_DONE:
        return fflush(stdout) == 0 ? EXIT_SUCCESS : STATUS_WRONG;
    case OPTIONS_WRONG:
        return STATUS_WRONG;
    case OPTIONS_RUN:
        break;
    }
    if (hdbg_kernel_create(&kernel) != HDBG_OK) {
        fprintf(stderr, "hdbg-ps: %s\n", hdbg_last_error());
        return STATUS_WRONG;
    }
    if (!snapshot_take(&snapshot, kernel, &options))
        status = STATUS_MISSING;
    if (options.json)
        json_print(stdout, &snapshot, &options);
    else
        tables_print(stdout, &snapshot, &options);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("hdbg-ps: cannot write");
        status = STATUS_WRONG;
    }
    snapshot_free(&snapshot);
    hdbg_kernel_destroy(kernel);
    free(options.teams);
    return status;
}
