/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Answers that grow, and questions that are read with care.
 */
#include "worker.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4096, SENTENCE = 512, NO_STRING = 0, A_STRING = 1 };

static uint8_t *message_room(message *m, size_t size)
{
    if (m->failed || size > DWARF_MESSAGE_MAX - m->size) {
        m->failed = 1;
        return NULL;
    }
    if (size > m->capacity - m->size) {
        size_t capacity = m->capacity == 0 ? FIRST_ROOM : m->capacity * 2;
        while (capacity < m->size + size)
            capacity *= 2;
        uint8_t *larger = realloc(m->bytes, capacity);
        if (larger == NULL) {
            m->failed = 1;
            return NULL;
        }
        m->bytes = larger;
        m->capacity = capacity;
    }
    m->size += size;
    return m->bytes + m->size - size;
}

void message_bytes(message *m, const void *bytes, size_t size)
{
    uint8_t *room = message_room(m, size);
    if (room != NULL && size > 0)
        memcpy(room, bytes, size);
}

void message_u32(message *m, uint32_t value)
{
    message_bytes(m, &value, sizeof value);
}

void message_u64(message *m, uint64_t value)
{
    message_bytes(m, &value, sizeof value);
}

void message_string(message *m, const char *text)
{
    uint8_t mark = text != NULL ? A_STRING : NO_STRING;
    message_bytes(m, &mark, 1);
    if (text != NULL)
        message_bytes(m, text, strlen(text) + 1);
}

hdbg_status message_error(message *m, hdbg_status status, const char *format, ...)
{
    char text[SENTENCE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    m->size = 0;
    m->failed = 0;
    message_bytes(m, text, strlen(text) + 1);
    return status;
}

static const uint8_t *question_take(question *q, size_t size)
{
    if (q->failed || size > q->size - q->at) {
        q->failed = 1;
        return NULL;
    }
    q->at += size;
    return q->bytes + q->at - size;
}

uint32_t question_u32(question *q)
{
    uint32_t value = 0;
    const uint8_t *bytes = question_take(q, sizeof value);
    if (bytes != NULL)
        memcpy(&value, bytes, sizeof value);
    return value;
}

uint64_t question_u64(question *q)
{
    uint64_t value = 0;
    const uint8_t *bytes = question_take(q, sizeof value);
    if (bytes != NULL)
        memcpy(&value, bytes, sizeof value);
    return value;
}

const char *question_string(question *q)
{
    const uint8_t *mark = question_take(q, 1);
    if (mark == NULL || *mark == NO_STRING)
        return NULL;
    const char *text = (const char *)q->bytes + q->at;
    size_t length = strnlen(text, q->size - q->at);
    return question_take(q, length + 1) != NULL ? text : NULL;
}

const uint8_t *question_rest(question *q, size_t *size)
{
    *size = q->failed ? 0 : q->size - q->at;
    return question_take(q, *size);
}
