/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 */
#ifndef COUNT_CALLS_H
#define COUNT_CALLS_H

#include <haikudbg/nub.h>

/* Debugs a team until it ends, and counts how often the function at an address is called. HDBG_OK, or what
 * failed. */
hdbg_status count_calls(hdbg_kernel *kernel, hdbg_team_id team, hdbg_arch arch, hdbg_address function,
                        unsigned *calls);

#endif /* COUNT_CALLS_H */
