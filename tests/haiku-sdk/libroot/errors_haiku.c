/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The errors by Haiku's values: this file sees Haiku's errno.h, and no other header.
 */
#include "errors.h"
#include "../headers/errno.h"

#define VALUE(name) name,
const int libroot_haiku_errors[] = {ERRORS(VALUE)};
const int libroot_error_count = sizeof libroot_haiku_errors / sizeof *libroot_haiku_errors;
