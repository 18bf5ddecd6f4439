/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Answers that are sentences, and the rest of questions.
 */
#include "worker.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SENTENCE = 512 };

hdbg_status message_error(dwarf_writer *m, hdbg_status status, const char *format, ...)
{
    char text[SENTENCE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    m->size = 0;
    m->failed = 0;
    dwarf_write_bytes(m, text, strlen(text) + 1);
    return status;
}

const uint8_t *question_rest(dwarf_bytes *q, size_t *size)
{
    *size = q->failed ? 0 : q->size - q->at;
    return dwarf_read_bytes(q, *size);
}
