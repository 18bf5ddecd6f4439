/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-core info --json.
 */
#ifndef INFO_JSON_H
#define INFO_JSON_H

#include "core_tool.h"

/* Prints it. @return the exit status. */
int info_json_print(const opened *core, const struct options *o);

#endif /* INFO_JSON_H */
