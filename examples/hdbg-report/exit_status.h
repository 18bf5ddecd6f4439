/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The exit status that tells how the program ended.
 */
#ifndef REPORT_EXIT_STATUS_H
#define REPORT_EXIT_STATUS_H

#include <haikudbg/team.h>

/* What a shell of this system would show for a program that ended so. */
int exit_status_of(const hdbg_team_end *end);

#endif /* REPORT_EXIT_STATUS_H */
