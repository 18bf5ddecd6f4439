/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What happened, in one sentence.
 */
#ifndef REPORT_SENTENCE_H
#define REPORT_SENTENCE_H

#include "facts.h"

/* Writes the sentence, without a full stop and cut to `size`. */
void sentence_write(const struct facts *facts, char *buffer, size_t size);

#endif /* REPORT_SENTENCE_H */
