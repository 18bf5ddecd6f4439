/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Watches a team, and those it creates, and reports.
 */
#ifndef REPORT_WATCH_H
#define REPORT_WATCH_H

#include "killed.h"
#include "output.h"

/* What is watched, and where reports go. */
struct watch {
    hdbg_session *session;
    hdbg_team *team; /* the program itself; its end ends the watch */
    const struct options *options;
    struct output output;
    unloaded_image *unloaded; /* images that are gone, oldest first */
    size_t unloaded_count;
    struct killed killed; /* teams that the program has made */
};

/* How the options want facts to be gathered. */
struct gather_options watch_gather_options(const struct watch *watch);
/* Sets which signals the session stops for. Call it before the first team is debugged. */
void watch_prepare(const struct watch *watch);
/* Watches until the program has ended, or somebody asks to stop it. Answers hdbg-report's exit status. */
int watch_run(struct watch *watch);

#endif /* REPORT_WATCH_H */
