/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Framing: from bytes to packets and back.
 */
#include "packet.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* ---- reading ---- */

void packet_reader_reset(struct packet_reader *reader)
{
    reader->state = PACKET_OUTSIDE;
    reader->size = 0;
    reader->data[0] = '\0';
}

static void begin(struct packet_reader *reader)
{
    reader->state = PACKET_INSIDE;
    reader->too_long = false;
    reader->sum = 0;
    reader->size = 0;
}

static void keep(struct packet_reader *reader, char byte)
{
    if (reader->size < PACKET_MAX)
        reader->data[reader->size++] = byte;
    else
        reader->too_long = true;
}

static enum packet_kind outside(struct packet_reader *reader, char byte)
{
    switch (byte) {
    case '$':
        begin(reader);
        return PACKET_NONE;
    case '+':
        return PACKET_ACK;
    case '-':
        return PACKET_NACK;
    case '\003':
        return PACKET_INTERRUPT;
    default: /* noise on the line */
        return PACKET_NONE;
    }
}

static void inside(struct packet_reader *reader, char byte)
{
    if (byte == '$') { /* the client has begun anew: a '$' of the content would be escaped */
        begin(reader);
        return;
    }
    if (byte == '#') {
        reader->state = PACKET_SUM_FIRST;
        return;
    }
    reader->sum += (uint8_t)byte;
    if (byte == '}')
        reader->state = PACKET_ESCAPED;
    else
        keep(reader, byte);
}

static enum packet_kind complete(struct packet_reader *reader, char digit)
{
    int second = digit_value(digit);
    reader->state = PACKET_OUTSIDE;
    reader->data[reader->size] = '\0';
    if (reader->first_digit < 0 || second < 0 || reader->first_digit * 16 + second != reader->sum)
        return PACKET_DAMAGED;
    return reader->too_long ? PACKET_TOO_LONG : PACKET_DATA;
}

enum packet_kind packet_feed(struct packet_reader *reader, const char *bytes, size_t count, size_t *used)
{
    enum packet_kind kind = PACKET_NONE;
    size_t i = 0;
    while (i < count && kind == PACKET_NONE) {
        char byte = bytes[i++];
        switch (reader->state) {
        case PACKET_OUTSIDE:
            kind = outside(reader, byte);
            break;
        case PACKET_INSIDE:
            inside(reader, byte);
            break;
        case PACKET_ESCAPED:
            reader->sum += (uint8_t)byte;
            keep(reader, (char)(byte ^ 0x20));
            reader->state = PACKET_INSIDE;
            break;
        case PACKET_SUM_FIRST:
            reader->first_digit = digit_value(byte);
            reader->state = PACKET_SUM_SECOND;
            break;
        case PACKET_SUM_SECOND:
            kind = complete(reader, byte);
            break;
        }
    }
    *used = i;
    return kind;
}

/* ---- taking a packet apart ---- */

size_t cursor_left(const struct cursor *rest)
{
    return (size_t)(rest->end - rest->at);
}

bool take_char(struct cursor *rest, char wanted)
{
    if (rest->at == rest->end || *rest->at != wanted)
        return false;
    rest->at++;
    return true;
}

bool take_text(struct cursor *rest, const char *wanted)
{
    size_t length = strlen(wanted);
    if (cursor_left(rest) < length || memcmp(rest->at, wanted, length) != 0)
        return false;
    rest->at += length;
    return true;
}

bool take_hex(struct cursor *rest, uint64_t *value)
{
    const char *at = rest->at;
    uint64_t result = 0;
    while (at < rest->end && digit_value(*at) >= 0) {
        if (result >> 60 != 0)
            return false;
        result = result << 4 | (uint64_t)digit_value(*at++);
    }
    if (at == rest->at)
        return false;
    rest->at = at;
    *value = result;
    return true;
}

bool take_range(struct cursor *rest, uint64_t *address, uint64_t *length)
{
    struct cursor copy = *rest;
    if (!take_hex(&copy, address) || !take_char(&copy, ',') || !take_hex(&copy, length))
        return false;
    *rest = copy;
    return true;
}

static bool take_id(struct cursor *rest, int64_t *id)
{
    uint64_t value;
    if (take_text(rest, "-1")) {
        *id = ID_ALL;
        return true;
    }
    if (!take_hex(rest, &value) || value > INT32_MAX)
        return false;
    *id = (int64_t)value;
    return true;
}

bool take_thread(struct cursor *rest, struct thread_id *id)
{
    struct cursor copy = *rest;
    *id = (struct thread_id){ID_ANY, ID_ALL};
    if (!take_char(&copy, 'p')) {
        if (!take_id(&copy, &id->thread))
            return false;
    } else if (!take_id(&copy, &id->team) || (take_char(&copy, '.') && !take_id(&copy, &id->thread))) {
        return false;
    }
    *rest = copy;
    return true;
}

bool take_hex_bytes(struct cursor *rest, uint8_t *bytes, size_t room, size_t *size)
{
    size_t count = 0;
    const char *at = rest->at;
    while (rest->end - at >= 2 && digit_value(at[0]) >= 0) {
        if (digit_value(at[1]) < 0 || count == room)
            return false;
        bytes[count++] = (uint8_t)(digit_value(at[0]) * 16 + digit_value(at[1]));
        at += 2;
    }
    if (at < rest->end && digit_value(*at) >= 0)
        return false; /* half a byte */
    rest->at = at;
    *size = count;
    return true;
}

bool take_hex_text(struct cursor *rest, char *text, size_t room)
{
    size_t size;
    if (!take_hex_bytes(rest, (uint8_t *)text, room - 1, &size) || memchr(text, '\0', size) != NULL)
        return false;
    text[size] = '\0';
    return true;
}

struct cursor take_word(struct cursor *rest, char separator)
{
    const char *found = memchr(rest->at, separator, cursor_left(rest));
    struct cursor word = {rest->at, found != NULL ? found : rest->end};
    rest->at = found != NULL ? found + 1 : rest->end;
    return word;
}

bool is_word(const struct cursor *word, const char *text)
{
    return cursor_left(word) == strlen(text) && memcmp(word->at, text, strlen(text)) == 0;
}

static bool take_action(struct cursor *rest, struct action *action)
{
    uint64_t signal;
    *action = (struct action){.who = {ID_ALL, ID_ALL}};
    if (rest->at == rest->end)
        return false;
    action->kind = *rest->at++;
    switch (action->kind) {
    case 'c':
    case 's':
    case 't':
        break;
    case 'C':
    case 'S':
        if (!take_hex(rest, &signal) || signal > UINT8_MAX)
            return false;
        action->signal = (uint8_t)signal;
        action->kind = action->kind == 'C' ? 'c' : 's';
        break;
    case 'r':
        if (!take_range(rest, &action->low, &action->high))
            return false;
        break;
    default:
        return false;
    }
    return !take_char(rest, ':') || take_thread(rest, &action->who);
}

bool take_actions(struct cursor *rest, struct action **actions, size_t *count)
{
    size_t room = 0;
    *actions = NULL;
    *count = 0;
    while (take_char(rest, ';')) {
        if (*count == room) {
            room = room * 2 + 4;
            struct action *more = realloc(*actions, room * sizeof *more);
            if (more == NULL)
                goto failed;
            *actions = more;
        }
        if (!take_action(rest, &(*actions)[*count]))
            goto failed;
        ++*count;
    }
    if (*count > 0 && rest->at == rest->end)
        return true;
failed:
    free(*actions);
    *actions = NULL;
    *count = 0;
    return false;
}

/* ---- building answers ---- */

void reply_clear(struct reply *reply)
{
    reply->size = 0;
    reply->failed = false;
}

void reply_free(struct reply *reply)
{
    free(reply->data);
    *reply = (struct reply){0};
}

static char *grow(struct reply *reply, size_t size)
{
    if (reply->failed)
        return NULL;
    if (reply->room - reply->size < size) {
        size_t room = reply->room * 2 + size;
        char *data = realloc(reply->data, room);
        if (data == NULL) {
            reply->failed = true;
            reply->size = 0;
            return NULL;
        }
        reply->data = data;
        reply->room = room;
    }
    return reply->data + reply->size;
}

void reply_bytes(struct reply *reply, const void *bytes, size_t size)
{
    char *at = size != 0 ? grow(reply, size) : NULL;
    if (at != NULL) {
        memcpy(at, bytes, size);
        reply->size += size;
    }
}

void reply_text(struct reply *reply, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *at = length > 0 ? grow(reply, (size_t)length + 1) : NULL;
    if (at == NULL)
        return;
    va_start(arguments, format);
    vsnprintf(at, (size_t)length + 1, format, arguments);
    va_end(arguments);
    reply->size += (size_t)length;
}

void reply_hex(struct reply *reply, const void *bytes, size_t size)
{
    static const char kDigits[] = "0123456789abcdef";
    char *at = size != 0 ? grow(reply, 2 * size) : NULL;
    if (at == NULL)
        return;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = ((const uint8_t *)bytes)[i];
        *at++ = kDigits[byte >> 4];
        *at++ = kDigits[byte & 15];
    }
    reply->size += 2 * size;
}

void reply_hex_text(struct reply *reply, const char *text)
{
    reply_hex(reply, text, strlen(text));
}

void reply_xml(struct reply *reply, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            reply_text(reply, "&lt;");
            break;
        case '>':
            reply_text(reply, "&gt;");
            break;
        case '&':
            reply_text(reply, "&amp;");
            break;
        case '"':
            reply_text(reply, "&quot;");
            break;
        default:
            reply_bytes(reply, *text >= ' ' && *text < 0x7f ? text : "?", 1);
        }
    }
}

void reply_frame(struct reply *frame, const struct reply *payload)
{
    uint8_t sum = 0;
    char *start = grow(frame, 2 * payload->size + 4);
    if (start == NULL)
        return;
    char *at = start;
    *at++ = '$';
    for (size_t i = 0; i < payload->size; i++) {
        char byte = payload->data[i];
        if (byte == '$' || byte == '#' || byte == '}' || byte == '*') {
            sum += '}';
            *at++ = '}';
            byte ^= 0x20;
        }
        sum += (uint8_t)byte;
        *at++ = byte;
    }
    *at++ = '#';
    frame->size += (size_t)(at - start);
    reply_hex(frame, &sum, 1);
}
