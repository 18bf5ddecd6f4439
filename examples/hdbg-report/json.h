/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Prints the facts of a report as JSON: docs/report.schema.json describes it.
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <stdbool.h>
#include <stdio.h>

struct facts;

/* Whether this program was built with jansson. */
bool json_is_there(void);
/* Writes a whole report. Answers whether that went well. */
bool json_print(FILE *out, const struct facts *facts);

#endif /* REPORT_JSON_H */
