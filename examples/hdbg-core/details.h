/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-core info: what the team was started with, had open and might use, for people.
 */
#ifndef CORE_DETAILS_H
#define CORE_DETAILS_H

#include "core_tool.h"

void details_print(const opened *core, bool environment);

/* What comes from a file is shown as it is only where a terminal takes it for text. */
void print_text(const char *text);

#endif /* CORE_DETAILS_H */
