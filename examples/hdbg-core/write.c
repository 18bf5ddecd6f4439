/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-core write: attaches, writes, lets go. ^C leaves no half file.
 */
#include "core_tool.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
    interrupted = signal;
}

static void catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/* Shown on a terminal alone. */
typedef struct progress {
    bool shown;
    int percent;
} progress;

static int on_progress(void *context, uint64_t done, uint64_t total)
{
    progress *p = context;
    int percent = total > 0 ? (int)(done * 100 / total) : 100;
    if (p->shown && percent != p->percent) {
        fprintf(stderr, "\r%3d %% of %llu MiB", percent, (unsigned long long)(total >> 20));
        p->percent = percent;
    }
    return interrupted;
}

int command_write(const struct options *o)
{
    hdbg_session *session = NULL;
    hdbg_team *team = NULL;
    progress shown = {.shown = !o->quiet && isatty(STDERR_FILENO), .percent = -1};
    hdbg_core_options options = {.size = sizeof options,
                                 .flags = o->flags,
                                 .limit = o->limit,
                                 .progress = on_progress,
                                 .progress_context = &shown};
    int result = EXIT_DONE;
    catch_interrupts();
    hdbg_status status = hdbg_session_create(NULL, &session);
    if (status == HDBG_OK)
        status = hdbg_team_attach(session, o->team, 0, &team);
    if (status == HDBG_OK)
        status = hdbg_core_write(team, o->file, &options);
    if (shown.percent >= 0)
        fputs("\r\033[K", stderr);
    if (status != HDBG_OK)
        result = complain();
    struct stat info;
    if (result == EXIT_DONE && !o->quiet && stat(o->file, &info) == 0)
        printf("%s: %llu KiB\n", o->file, (unsigned long long)info.st_blocks / 2);
    hdbg_team_release(team);
    hdbg_session_destroy(session);
    return interrupted ? 128 + interrupted : result;
}
