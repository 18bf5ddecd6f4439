/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Prints the facts of a report as text.
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include "facts.h"
#include "options.h"

#include <stdio.h>

/* Writes a whole report. `color`: with a terminal's escape sequences. */
void text_print(FILE *out, const struct facts *facts, const struct options *options, bool color);

#endif /* REPORT_TEXT_H */
