/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-report's command line.
 */
#ifndef REPORT_OPTIONS_H
#define REPORT_OPTIONS_H

#include <haikudbg/types.h>

#include <stdbool.h>

/* Exit statuses of hdbg-report itself, as env(1), nohup(1) and timeout(1) use them. */
enum {
    STATUS_OWN_FAILURE = 125,
    STATUS_NOT_EXECUTABLE = 126,
    STATUS_NOT_FOUND = 127,
    STATUS_SIGNAL_BASE = 128
};

typedef enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color_choice;

struct options {
    char **program;      /* argv of what is to be run, NULL-terminated; NULL with `attach` and `core` */
    hdbg_team_id attach; /* a team, or -1 */
    const char *core;    /* a core file to be reported on, or NULL */
    bool follow;         /* children too */
    bool all;            /* signals that have handlers or that are no crash, too */
    bool faults;         /* faults that have handlers, too */
    /* Sections of the text. */
    bool source, code, registers, memory, variables, images, areas, details;
    bool every_thread;                    /* not just the one that crashed */
    bool full;                            /* variables of every thread */
    bool redact;                          /* nothing that may be private */
    bool secrets;                         /* values of variables that are named as secrets are */
    bool debug_info;                      /* read it */
    bool download;                        /* ask debuginfod for it */
    const char *output;                   /* a file for the text; NULL: standard error */
    const char *json, *html, *write_core; /* files, or NULL */
    color_choice color;
};

typedef enum options_result {
    OPTIONS_RUN,  /* there is work to do */
    OPTIONS_DONE, /* --help or --version was answered */
    OPTIONS_WRONG /* a message was printed */
} options_result;

options_result options_parse(struct options *options, int argc, char **argv);

#endif /* REPORT_OPTIONS_H */
