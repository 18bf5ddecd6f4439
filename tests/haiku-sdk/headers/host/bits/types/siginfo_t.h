/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Where the host's headers ask for siginfo_t, they get Haiku's.
 */
#ifndef __siginfo_t_defined
#define __siginfo_t_defined 1

#include <signal.h>

#endif
