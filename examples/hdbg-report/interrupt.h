/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Signals that hdbg-report itself gets.
 */
#ifndef REPORT_INTERRUPT_H
#define REPORT_INTERRUPT_H

#include <stdbool.h>

/* Installs the handlers. Handlers, unlike ignored signals, are not inherited by the program that is run.
 * Answers false, with errno, if that fails. */
bool interrupt_prepare(void);
/* Readable once a signal has come. */
int interrupt_descriptor(void);
/* The number of a signal that has come, or 0. */
int interrupt_take(void);
/* Whether a terminal sends the signal, to a whole process group. */
bool interrupt_is_from_terminal(int signal);

#endif /* REPORT_INTERRUPT_H */
