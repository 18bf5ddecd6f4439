/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Where reports go: text, JSON, HTML, core files.
 */
#ifndef REPORT_OUTPUT_H
#define REPORT_OUTPUT_H

#include "facts.h"
#include "options.h"

#include <stdio.h>

struct output {
    const struct options *options;
    FILE *text;
    bool color;
    unsigned reports; /* written so far */
    bool failed;      /* a file could not be written; that was said */
};

/* Opens what is to be open from the start. False: it was said why. */
bool output_open(struct output *output, const struct options *options);
/* Writes a report, and the core file of its team, to all that the options name. The second report's files,
 * and the third's, have their numbers in their names: "crash.json", "crash-2.json". */
void output_report(struct output *output, const struct facts *facts);
/* Writes a line where the text goes: what is worth telling, and has no report. */
void output_line(struct output *output, const char *line);
/* Answers whether all was written. */
bool output_close(struct output *output);

#endif /* REPORT_OUTPUT_H */
