/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Messages as lines of text.
 */
#include "kernel/scripted/state.h"

#include <haikudbg/signal.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool mock_text_append(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    size_t need = text->length + (size_t)length + 1;
    if (need > text->room) {
        char *chars = realloc(text->chars, need * 2);
        if (chars == NULL)
            return false;
        text->chars = chars;
        text->room = need * 2;
    }
    va_start(arguments, format);
    vsnprintf(text->chars + text->length, text->room - text->length, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
    return true;
}

const char *mock_signal_name(int32_t signal, char *buffer, size_t size)
{
    if (signal > 0 && signal <= HDBG_SIGNAL_MAX)
        snprintf(buffer, size, "%s", hdbg_signal_name(signal));
    else
        snprintf(buffer, size, "%d", signal);
    return buffer;
}

void mock_message_line(char *chars, size_t size, hdbg_team_id team, const hdbg_nub_message *message)
{
    hdbg_nub_message_describe(team, message, chars, size);
}

bool mock_line_matches(const char *pattern, const char *line)
{
    const char *star = NULL;
    const char *retry = NULL;
    while (*line != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            retry = line;
        } else if (*pattern == *line) {
            pattern++;
            line++;
        } else if (star != NULL) {
            pattern = star + 1;
            line = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}
