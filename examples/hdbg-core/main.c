/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-core: writes core files of teams that run, and says what is in one.
 */
#include "core_tool.h"

#include <stdio.h>
#include <string.h>

int complain(void)
{
    fprintf(stderr, "hdbg-core: %s\n", hdbg_last_error());
    return EXIT_FAILED;
}

hdbg_status core_open(opened *core, const struct options *o)
{
    hdbg_session_options options = {.size = sizeof options};
    memset(core, 0, sizeof *core);
    core->info.size = sizeof core->info;
    hdbg_status status = hdbg_core_open(o->file, o->open_flags, &core->kernel);
    if (status != HDBG_OK)
        return status;
    options.kernel = core->kernel;
    status = hdbg_core_info_get(core->kernel, &core->info);
    if (status == HDBG_OK)
        status = hdbg_session_create(&options, &core->session);
    if (status == HDBG_OK)
        status = hdbg_team_attach(core->session, core->info.team, HDBG_ATTACH_STOP, &core->team);
    return status;
}

void core_close(opened *core)
{
    hdbg_team_release(core->team);
    hdbg_session_destroy(core->session);
    hdbg_kernel_destroy(core->kernel);
}

static const struct {
    const char *name;
    int (*run)(const struct options *o);
} kCommands[] = {{"write", command_write}, {"info", command_info}, {"check", command_check}};

int main(int argc, char **argv)
{
    struct options o;
    int status;
    bool has_command = options_parse(&o, argc, argv, &status);
    for (size_t i = 0; has_command && i < sizeof kCommands / sizeof *kCommands; i++) {
        if (strcmp(kCommands[i].name, o.command) == 0)
            status = kCommands[i].run(&o);
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("hdbg-core: cannot write to standard output");
        return EXIT_FAILED;
    }
    return status;
}
