/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A siginfo as Haiku's messages carry it. By itself, for <signal.h> makes macros of the names of its fields.
 */
#ifndef HDBG_HOSTED_WIRE_SIGINFO_H
#define HDBG_HOSTED_WIRE_SIGINFO_H

#include "nub/wire.h"

#include <haikudbg/types.h>

void wire_siginfo_fill(wire_x86_64_siginfo *out, const hdbg_siginfo *in);

#endif /* HDBG_HOSTED_WIRE_SIGINFO_H */
