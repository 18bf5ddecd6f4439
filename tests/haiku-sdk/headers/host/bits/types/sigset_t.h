/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Haiku's sigset_t in the place of the host's. The host's own functions use __sigset_t, which stays as it is.
 */
#ifndef __sigset_t_defined
#define __sigset_t_defined 1

#include <bits/types/__sigset_t.h>

typedef unsigned long sigset_t;

#endif
