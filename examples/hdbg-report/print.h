/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Prints the facts of a report as text.
 */
#ifndef REPORT_PRINT_H
#define REPORT_PRINT_H

#include "facts.h"
#include "options.h"

#include <stdio.h>

/* Writes a whole report. `color`: with a terminal's escape sequences. */
void print_report(FILE *out, const struct facts *facts, const struct options *options, bool color);

#endif /* REPORT_PRINT_H */
