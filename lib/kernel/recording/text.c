/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A call as text and as JSON.
 */
#include "kernel/recording/format.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 16, JSON_BYTES = 64 << 10 };

void format_text_add(text *to, const char *format, ...)
{
    va_list arguments;
    for (int attempt = 0; attempt < 2 && !to->failed; attempt++) {
        va_start(arguments, format);
        int length = vsnprintf(to->chars != NULL ? to->chars + to->size : NULL, to->room - to->size, format,
                               arguments);
        va_end(arguments);
        if (length < 0)
            return;
        if (to->size + (size_t)length < to->room) {
            to->size += (size_t)length;
            return;
        }
        size_t room = (to->size + (size_t)length + 64) * 2;
        char *more = realloc(to->chars, room);
        if (more == NULL) {
            to->failed = true;
            if (to->chars != NULL)
                to->chars[to->size] = '\0';
            return;
        }
        to->chars = more;
        to->room = room;
    }
}

void format_text_free(text *to)
{
    free(to->chars);
    *to = (text){0};
}

/* One writer for both forms. `json`: quoted as JSON wants it. */
static void add_quoted(text *to, const uint8_t *bytes, size_t size, bool json)
{
    format_text_add(to, "\"");
    for (size_t i = 0; i < size; i++) {
        uint8_t c = bytes[i];
        if (c == '"' || c == '\\')
            format_text_add(to, "\\%c", c);
        else if (c >= 0x20 && c < 0x7f)
            format_text_add(to, "%c", c);
        else
            format_text_add(to, json ? "\\u%04x" : "\\x%02x", c);
    }
    format_text_add(to, "\"");
}

/* Words, with what a terminal could take for orders made visible, as in values. */
static void add_words(text *to, const void *words, size_t size)
{
    const uint8_t *bytes = words;
    for (size_t i = 0; i < size; i++)
        format_text_add(to, bytes[i] >= 0x20 && bytes[i] < 0x7f ? "%c" : "\\x%02x", bytes[i]);
}

static void add_hex(text *to, const uint8_t *bytes, size_t size)
{
    static const char kDigits[] = "0123456789abcdef";
    char piece[129];
    for (size_t done = 0; done < size;) {
        size_t n = 0;
        for (; n < 128 && done < size; done++) {
            piece[n++] = kDigits[bytes[done] >> 4];
            piece[n++] = kDigits[bytes[done] & 15];
        }
        piece[n] = '\0';
        format_text_add(to, "%s", piece);
    }
}

static void add_integer(text *to, const item *one, int64_t number)
{
    if (one->kind == ITEM_HEX || one->kind == ITEM_PLACE)
        format_text_add(to, "0x%" PRIx64, (uint64_t)number);
    else if (one->kind == ITEM_UNSIGNED || one->kind == ITEM_CPU)
        format_text_add(to, "%" PRIu64, (uint64_t)number);
    else if (one->way == WAY_TIME && number == HDBG_FOREVER)
        format_text_add(to, "forever");
    else
        format_text_add(to, "%" PRId64, number);
}

/* ---- text ---- */

static void add_value(text *to, const value *v)
{
    switch (v->kind) {
    case VALUE_TEXT:
        if (v->bytes != NULL)
            add_quoted(to, v->bytes, v->size, false);
        else
            format_text_add(to, "none");
        break;
    case VALUE_BYTES:
        format_text_add(to, v->bytes == NULL ? "none" : v->size == 0 ? "empty" : "");
        add_hex(to, v->bytes, v->size < TEXT_BYTES ? v->size : TEXT_BYTES);
        if (v->size > TEXT_BYTES)
            format_text_add(to, "... (%zu)", v->size);
        break;
    default:
        add_integer(to, v->item, v->integer);
    }
}

static void values_text(const values *list, bool with_bytes, text *to)
{
    for (size_t i = 0; i < list->count; i++) {
        const value *v = &list->all[i];
        if (v->kind == VALUE_BYTES && !with_bytes)
            continue;
        bool is_text_of_list = v->kind == VALUE_TEXT && v->item->kind == ITEM_TEXTS;
        bool is_state = v->kind == VALUE_BYTES && v->item->kind == ITEM_CPU;
        if (v->kind == VALUE_PRESENT && v->integer != 0)
            continue; /* it follows */
        format_text_add(to, " ");
        if (v->kind == VALUE_COUNT && v->integer >= 0)
            format_text_add(to, "%s:%" PRId64, v->item->name, v->integer);
        else if (v->kind == VALUE_COUNT || v->kind == VALUE_PRESENT)
            format_text_add(to, "%s=none", v->item->name);
        else if (!is_text_of_list && !is_state)
            format_text_add(to, "%s=", v->item->name);
        if (v->kind != VALUE_COUNT && v->kind != VALUE_PRESENT)
            add_value(to, v);
    }
}

static void add_result(text *to, const call *one)
{
    if (one->result < INT32_MIN || one->result >= 0)
        format_text_add(to, " = %" PRId64, one->result);
    else
        format_text_add(to, " = %s", hdbg_status_name((hdbg_status)one->result));
}

void call_text(const call *one, bool with_result, const char *meaning, text *to)
{
    bool has_meaning = *meaning != '\0'; /* which says what is in the bytes */
    format_text_add(to, "%s", one->op->name);
    values_text(&one->in, !has_meaning, to);
    if (with_result) {
        add_result(to, one);
        values_text(&one->out, !has_meaning, to);
    }
    if (has_meaning) {
        format_text_add(to, "  ");
        add_words(to, meaning, strlen(meaning));
    }
    if (with_result && one->result < 0 && one->error_size > 0) {
        format_text_add(to, "  (");
        add_words(to, one->error, one->error_size);
        format_text_add(to, ")");
    }
}

/* ---- JSON ---- */

static void add_json_value(text *to, const value *v)
{
    if ((v->kind == VALUE_TEXT || v->kind == VALUE_BYTES) && v->bytes == NULL) {
        format_text_add(to, "null");
    } else if (v->kind == VALUE_TEXT) {
        add_quoted(to, v->bytes, v->size, true);
    } else if (v->kind == VALUE_BYTES) {
        format_text_add(to, "{\"size\":%zu,\"bytes\":\"", v->size);
        add_hex(to, v->bytes, v->size < JSON_BYTES ? v->size : JSON_BYTES);
        format_text_add(to, "\"}");
    } else if (v->item->kind == ITEM_HEX || v->item->kind == ITEM_PLACE) {
        format_text_add(to, "\"");
        add_integer(to, v->item, v->integer);
        format_text_add(to, "\"");
    } else {
        format_text_add(to, v->item->kind == ITEM_UNSIGNED ? "%" PRIu64 : "%" PRId64, v->integer);
    }
}

/* Where in a list of values a printer is. */
typedef struct cursor {
    const values *list;
    size_t at;
    text *to;
} cursor;

static const value *peek(const cursor *c)
{
    return c->at < c->list->count ? &c->list->all[c->at] : NULL;
}

/* The values of a level, as the members of an object: up to the first that is above it, or that is of an
 * element behind. */
static void add_members(cursor *c, uint16_t level);

static void add_list(cursor *c, const value *count)
{
    if (count->integer < 0) {
        format_text_add(c->to, "null");
        return;
    }
    format_text_add(c->to, "[");
    for (int64_t i = 0; i < count->integer && peek(c) != NULL; i++) {
        format_text_add(c->to, i > 0 ? "," : "");
        if (count->item->kind == ITEM_TEXTS) {
            add_json_value(c->to, peek(c));
            c->at++;
        } else {
            format_text_add(c->to, "{");
            add_members(c, (uint16_t)(count->level + 1));
            format_text_add(c->to, "}");
        }
    }
    format_text_add(c->to, "]");
}

static void add_member(cursor *c, uint16_t level)
{
    const value *v = peek(c);
    c->at++;
    format_text_add(c->to, "\"%s%s\":", v->item->name,
                    v->kind == VALUE_INTEGER && v->item->kind == ITEM_CPU ? "_arch" : "");
    if (v->kind == VALUE_COUNT) {
        add_list(c, v);
    } else if (v->kind != VALUE_PRESENT) {
        add_json_value(c->to, v);
    } else if (v->integer == 0) {
        format_text_add(c->to, "null");
    } else if (v->item->kind == ITEM_STRUCT) {
        format_text_add(c->to, "{");
        add_members(c, (uint16_t)(level + 1));
        format_text_add(c->to, "}");
    } else {
        add_json_value(c->to, peek(c));
        c->at++;
    }
}

static void add_members(cursor *c, uint16_t level)
{
    const value *first = peek(c);
    const char *comma = "";
    for (const value *v = first; v != NULL && v->level >= level; v = peek(c)) {
        if (v != first && v->item == first->item && v->level == level && v->level > 0)
            return; /* the next element of a list */
        format_text_add(c->to, "%s", comma);
        comma = ",";
        add_member(c, v->level);
    }
}

void call_json(const call *one, const char *meaning, text *to)
{
    format_text_add(to, "{\"number\":%" PRIu64 ",\"offset\":%" PRIu64 ",\"thread\":%d,\"depth\":%d",
                    one->number, one->offset, (int)one->thread, (int)one->depth);
    format_text_add(to, ",\"start\":%" PRId64 ",\"end\":%" PRId64 ",\"call\":\"%s\",\"in\":{", one->start,
                    one->end, one->op->name);
    cursor in = {&one->in, 0, to};
    add_members(&in, 0);
    format_text_add(to, "},\"result\":%" PRId64 ",\"out\":{", one->result);
    cursor out = {&one->out, 0, to};
    add_members(&out, 0);
    format_text_add(to, "}");
    if (one->result < 0 && one->result >= INT32_MIN) {
        format_text_add(to, ",\"status\":\"%s\",\"error\":", hdbg_status_name((hdbg_status)one->result));
        add_quoted(to, one->error, one->error_size, true);
    }
    if (*meaning != '\0') {
        format_text_add(to, ",\"message\":");
        add_quoted(to, (const uint8_t *)meaning, strlen(meaning), true);
    }
    format_text_add(to, "}");
}
