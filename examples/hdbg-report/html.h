/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Prints the facts of a report as one page of HTML, which needs nothing else.
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "facts.h"

#include <stdio.h>

/* Writes a whole report. Answers whether that went well. */
bool html_print(FILE *out, const struct facts *facts);

#endif /* REPORT_HTML_H */
