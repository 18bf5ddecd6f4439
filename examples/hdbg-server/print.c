/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * printf() for agent expressions: the format comes from the client, the arguments from the debuggee. So each
 * conversion is understood here, and made anew of parts that are harmless.
 */
#include "agent.h"

#include <stdio.h>
#include <string.h>

enum { DIGITS_MAX = 3, TEXT_MAX = 1024, SPECIFICATION_MAX = 32 };

/* "%FLAGS WIDTH .PRECISION LENGTH KIND" */
struct conversion {
    char start[SPECIFICATION_MAX]; /* from the % to the precision */
    size_t size;                   /* of an integer */
    char kind;
};

/* Takes flags, width and precision. NULL: they are more than anybody needs. */
static const char *take_start(const char *at, struct conversion *to)
{
    const char *start = at++;
    at += strspn(at, "-+ #0");
    size_t width = strspn(at, "0123456789"), precision = 0;
    at += width;
    if (*at == '.') {
        precision = strspn(at + 1, "0123456789");
        at += precision + 1;
    }
    size_t size = (size_t)(at - start);
    if (width > DIGITS_MAX || precision > DIGITS_MAX || size >= sizeof to->start)
        return NULL;
    memcpy(to->start, start, size);
    to->start[size] = '\0';
    return at;
}

/* NULL: it cannot be understood. */
static const char *take_conversion(const char *at, struct conversion *to)
{
    at = take_start(at, to);
    if (at == NULL)
        return NULL;
    size_t length = strspn(at, "hljzt");
    to->size = sizeof(int);
    if (length != 0)
        to->size = *at != 'h' ? sizeof(long long) : length == 1 ? sizeof(short) : sizeof(char);
    at += length;
    to->kind = *at;
    return *at != '\0' && strchr("diuoxXcps", *at) != NULL ? at + 1 : NULL;
}

static void print_signed(struct reply *reply, const struct conversion *how, uint64_t value)
{
    char format[SPECIFICATION_MAX + 4];
    unsigned unused = 64 - 8 * (unsigned)how->size;
    snprintf(format, sizeof format, "%slld", how->start);
    reply_text(reply, format, (long long)(int64_t)(value << unused) >> unused);
}

static void print_unsigned(struct reply *reply, const struct conversion *how, uint64_t value)
{
    char format[SPECIFICATION_MAX + 4];
    unsigned unused = 64 - 8 * (unsigned)how->size;
    snprintf(format, sizeof format, "%sll%c", how->start, how->kind);
    reply_text(reply, format, (unsigned long long)(value << unused >> unused));
}

static void print_text(struct reply *reply, const struct conversion *how, uint64_t address,
                       const struct agent_machine *machine)
{
    char format[SPECIFICATION_MAX + 4], text[TEXT_MAX];
    size_t size = 0;
    while (size < sizeof text - 1 && machine->read_memory(machine->context, address + size, &text[size], 1) &&
           text[size] != '\0')
        size++;
    text[size] = '\0';
    snprintf(format, sizeof format, "%ss", how->start);
    reply_text(reply, format, text);
}

static void print_one(struct reply *reply, const struct conversion *how, uint64_t value,
                      const struct agent_machine *machine)
{
    char format[SPECIFICATION_MAX + 4];
    switch (how->kind) {
    case 'd':
    case 'i':
        print_signed(reply, how, value);
        break;
    case 'c':
        snprintf(format, sizeof format, "%sc", how->start);
        reply_text(reply, format, (int)(uint8_t)value);
        break;
    case 'p':
        snprintf(format, sizeof format, "%sp", how->start);
        reply_text(reply, format, (void *)(uintptr_t)value);
        break;
    case 's':
        print_text(reply, how, value, machine);
        break;
    default:
        print_unsigned(reply, how, value);
    }
}

/* GDB sends the text as it was typed. NULL: there is no such one. */
static const char *print_escaped(struct reply *reply, const char *at)
{
    static const char kLetters[] = "abefnrtv\"\\", kMeant[] = "\a\b\033\f\n\r\t\v\"\\";
    unsigned octal = 0;
    size_t digits = 0;
    for (; digits < 3 && at[digits] >= '0' && at[digits] <= '7'; digits++)
        octal = octal * 8 + (unsigned)(at[digits] - '0');
    const char *known = *at != '\0' ? strchr(kLetters, *at) : NULL;
    if (digits == 0 && known == NULL)
        return NULL;
    char byte = digits != 0 ? (char)octal : kMeant[known - kLetters];
    reply_bytes(reply, &byte, 1);
    return at + (digits != 0 ? digits : 1);
}

/* The same with what stands for an argument. */
static const char *print_converted(struct reply *reply, const char *at, const uint64_t *argument,
                                   const struct agent_machine *machine)
{
    struct conversion how;
    at = take_conversion(at, &how);
    if (at == NULL || argument == NULL)
        return NULL;
    print_one(reply, &how, *argument, machine);
    return at;
}

bool agent_print(struct reply *reply, const char *format, const uint64_t *arguments, size_t count,
                 const struct agent_machine *machine)
{
    size_t used = 0;
    while (format != NULL && *format != '\0') {
        size_t plain = strcspn(format, "%\\");
        reply_bytes(reply, format, plain);
        format += plain;
        if (strncmp(format, "%%", 2) == 0) {
            reply_bytes(reply, "%", 1);
            format += 2;
        } else if (*format == '%') {
            format = print_converted(reply, format, used < count ? &arguments[used] : NULL, machine);
            used++;
        } else if (*format == '\\') {
            format = print_escaped(reply, format + 1);
        }
    }
    return format != NULL;
}
