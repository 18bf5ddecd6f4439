/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A line on the terminal that tells what takes so long.
 */
#ifndef REPORT_PROGRESS_H
#define REPORT_PROGRESS_H

/* An hdbg_debug_info_options.progress: shows `what` in place of what it showed before, if standard error is a
 * terminal that can do that. */
void progress_show(void *context, const char *what);
/* Takes the line away again. */
void progress_clear(void);

#endif /* REPORT_PROGRESS_H */
