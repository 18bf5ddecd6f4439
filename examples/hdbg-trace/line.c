/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Lines as they are printed: one at a time is open, and is broken off if another thread has something to
 * tell.
 */
#include "trace.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Room for `more` bytes and a NUL. Without memory the text stays as it is. */
static bool make_room(struct text *text, size_t more)
{
    if (text->length + more + 1 <= text->room)
        return true;
    size_t room = 2 * (text->length + more + 1);
    char *bytes = realloc(text->bytes, room < 256 ? 256 : room);
    if (bytes == NULL)
        return false;
    text->bytes = bytes;
    text->room = room < 256 ? 256 : room;
    return true;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
    if (!make_room(text, length))
        return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    for (int attempt = 0; attempt < 2; attempt++) {
        size_t left = text->room - text->length;
        va_start(arguments, format);
        int length = vsnprintf(left > 0 ? text->bytes + text->length : NULL, left, format, arguments);
        va_end(arguments);
        if (length >= 0 && (size_t)length < left) {
            text->length += (size_t)length;
            return;
        }
        if (length < 0 || !make_room(text, (size_t)length))
            return;
    }
}

void text_pad(struct text *text, size_t column)
{
    static const char kSpaces[] = "                                ";
    while (text->length < column) {
        size_t missing = column - text->length;
        text_add_bytes(text, kSpaces, missing < sizeof kSpaces - 1 ? missing : sizeof kSpaces - 1);
    }
}

void text_free(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}

/* ---- output ---- */

static void add_time(struct trace *trace, struct text *text, hdbg_time time)
{
    hdbg_time real = time + trace->clock;
    time_t seconds = (time_t)(real / 1000000);
    int rest = (int)(real % 1000000);
    struct tm parts;
    if (trace->options.relative) {
        hdbg_time since = trace->last != 0 ? time - trace->last : 0;
        text_add(text, "%6d.%06d ", (int)(since / 1000000), (int)(since % 1000000));
        trace->last = time;
    }
    if (trace->options.time == TIME_EPOCH) {
        text_add(text, "%lld.%06d ", (long long)seconds, rest);
    } else if (trace->options.time != TIME_NONE && localtime_r(&seconds, &parts) != NULL) {
        text_add(text, "%02d:%02d:%02d", parts.tm_hour, parts.tm_min, parts.tm_sec);
        if (trace->options.time == TIME_MICROSECONDS)
            text_add(text, ".%06d", rest);
        text_add(text, " ");
    }
}

void output_break(struct trace *trace)
{
    if (trace->output.current == 0)
        return;
    fputs(" <unfinished ...>\n", trace->output.file);
    trace->output.current = 0;
}

void output_begin(struct trace *trace, hdbg_thread_id thread, hdbg_time time)
{
    struct text prefix = trace->output.line;
    prefix.length = 0;
    output_break(trace);
    if (trace->prefixed && trace->options.output != NULL)
        text_add(&prefix, "%-5d ", (int)thread);
    else if (trace->prefixed)
        text_add(&prefix, "[pid %5d] ", (int)thread);
    add_time(trace, &prefix, time);
    fwrite(prefix.bytes != NULL ? prefix.bytes : "", 1, prefix.length, trace->output.file);
    trace->output.line = prefix;
    trace->output.current = thread;
    trace->output.column = prefix.length;
}

void output_write(struct trace *trace, const struct text *text)
{
    if (text->length > 0)
        fwrite(text->bytes, 1, text->length, trace->output.file);
    trace->output.column += text->length;
}

void output_end(struct trace *trace)
{
    fputc('\n', trace->output.file);
    trace->output.current = 0;
}

void output_line(struct trace *trace, hdbg_thread_id thread, hdbg_time time, const char *format, ...)
{
    va_list arguments;
    output_begin(trace, thread, time);
    va_start(arguments, format);
    vfprintf(trace->output.file, format, arguments);
    va_end(arguments);
    output_end(trace);
}
