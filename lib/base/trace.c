/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What a system call's arguments lead to, copied into its record.
 */
#include "base/trace.h"

#include <string.h>

enum {
    PATH_MAX_READ = 4096,
    FIRST_CHUNK = 256, /* most texts end within it */
    TEXTS = 256,       /* of an array, */
    TEXTS_BRIEF =
        33, /* or if that is not to be whole: one more than is of use, so that it shows that there are more */
    WORDS = 1024, /* of an environment */
    STRUCTS = 32,
    STRUCT_BYTES = 4096
};

typedef struct capture {
    trace_record *record;
    size_t room;
    const trace_source *source;
} capture;

static uint8_t *end_of(const capture *c)
{
    return (uint8_t *)c->record + c->record->size;
}

/* Makes room for a piece. @return how many of `size` bytes fit. */
static size_t room_for(const capture *c, size_t size)
{
    size_t left = c->room - c->record->size;
    if (left < sizeof(trace_piece) + 8)
        return 0;
    left = (left - sizeof(trace_piece)) & ~(size_t)7;
    return size < left ? size : left;
}

static void keep(const capture *c, uint64_t address, size_t size)
{
    trace_piece piece = {address, (uint32_t)size, 0};
    size_t padded = (size + 7) & ~(size_t)7;
    memcpy(end_of(c), &piece, sizeof piece);
    memset(end_of(c) + sizeof piece + size, 0, padded - size);
    c->record->size += (uint32_t)(sizeof piece + padded);
}

/* @return the bytes that were read, and where they are. */
static size_t add(const capture *c, uint64_t address, size_t size, const uint8_t **bytes)
{
    size_t fits = address != 0 ? room_for(c, size) : 0;
    uint8_t *to = end_of(c) + sizeof(trace_piece);
    size_t got = fits > 0 ? c->source->read(c->source->context, address, to, fits) : 0;
    if (got > 0)
        keep(c, address, got);
    if (bytes != NULL)
        *bytes = to;
    return got;
}

/* Up to its NUL, in two pieces at most. */
static void add_text(const capture *c, uint64_t address, size_t limit)
{
    size_t first = limit < FIRST_CHUNK ? limit : FIRST_CHUNK, fits = address != 0 ? room_for(c, first) : 0;
    uint8_t *to = end_of(c) + sizeof(trace_piece);
    size_t got = fits > 0 ? c->source->read(c->source->context, address, to, fits) : 0;
    if (got == 0)
        return;
    const uint8_t *end = memchr(to, 0, got);
    if (end == NULL && got == first && limit > first) {
        fits = room_for(c, limit);
        if (fits > first)
            got += c->source->read(c->source->context, address + first, to + first, fits - first);
        end = memchr(to, 0, got);
    }
    keep(c, address, end != NULL ? (size_t)(end - to) + 1 : got);
}

static uint64_t word_at(const capture *c, const uint8_t *bytes)
{
    uint64_t value = 0;
    memcpy(&value, bytes, c->source->word); /* of a processor with the lowest byte first, as all here are */
    return value;
}

/* One more byte than is shown, so that it shows whether there is more. */
static size_t limit_of(const capture *c)
{
    return (size_t)c->source->limit + 1;
}

static void add_texts(const capture *c, uint64_t address, bool environment)
{
    bool whole = c->source->flags & HDBG_TRACE_ENVIRONMENT, texts = !environment || whole;
    size_t word = c->source->word, page = 4096, known = 0;
    uint64_t addresses[TEXTS], at = address;
    for (bool more = address != 0; more && (at - address) / word < WORDS;) {
        const uint8_t *bytes;
        size_t left = page - at % page, size = left < 32 * word ? left : 32 * word,
               got = add(c, at, size, &bytes);
        more = got == size;
        for (size_t i = 0; i + word <= got; i += word) {
            uint64_t one = word_at(c, bytes + i);
            if (one == 0) {
                more = false;
                break;
            }
            if (known < (whole ? TEXTS : TEXTS_BRIEF))
                addresses[known++] = one;
        }
        at += size;
    }
    for (size_t i = 0; texts && i < known; i++)
        add_text(c, addresses[i], limit_of(c));
}

static void add_vectors(const capture *c, uint64_t address, uint64_t count, uint64_t total)
{
    const uint8_t *bytes;
    uint8_t pairs[STRUCTS * 16];
    size_t word = c->source->word;
    size_t size = (count < STRUCTS ? (size_t)count : STRUCTS) * 2 * word, got = add(c, address, size, &bytes);
    memcpy(pairs, bytes, got);
    for (size_t i = 0; i + 2 * word <= got && total > 0; i += 2 * word) {
        uint64_t length = word_at(c, pairs + i + word), use = length < total ? length : total;
        add(c, word_at(c, pairs + i), use < limit_of(c) ? (size_t)use : limit_of(c), NULL);
        total -= use;
    }
}

static void add_argument(const capture *c, const hdbg_argument *argument, uint64_t address)
{
    const trace_record *record = c->record;
    bool counted = argument->length >= 0 && argument->length < TRACE_ARGUMENTS;
    uint64_t length = counted ? record->arguments[argument->length] : argument->bytes;
    uint64_t done = argument->flags & HDBG_ARGUMENT_COUNT ? (uint64_t)record->result : UINT64_MAX;
    switch (argument->kind) {
    case HDBG_ARGUMENT_PATH:
        add_text(c, address, PATH_MAX_READ);
        break;
    case HDBG_ARGUMENT_STRING:
        add_text(c, address, limit_of(c));
        break;
    case HDBG_ARGUMENT_STRINGS:
        add_texts(c, address, argument->flags & HDBG_ARGUMENT_ENVIRONMENT);
        break;
    case HDBG_ARGUMENT_DATA:
        length = length < done ? length : done;
        if (length > 0)
            add(c, address, length < limit_of(c) ? (size_t)length : limit_of(c), NULL);
        break;
    case HDBG_ARGUMENT_STRUCT:
        add(c, address, argument->bytes, NULL);
        break;
    case HDBG_ARGUMENT_STRUCTS:
        length = counted ? length : done;
        length = length < STRUCTS ? length : STRUCTS;
        length *= argument->bytes;
        if (length > 0)
            add(c, address, length < STRUCT_BYTES ? (size_t)length : STRUCT_BYTES, NULL);
        break;
    case HDBG_ARGUMENT_VECTORS:
        add_vectors(c, address, length, done);
        break;
    default:
        break;
    }
}

void hdbg_trace_capture(trace_record *record, size_t room, const hdbg_syscall *call,
                        const trace_source *source)
{
    const capture c = {record, room, source};
    bool after = record->type == HDBG_EVENT_POST_SYSCALL;
    if (call == NULL || (source->flags & HDBG_TRACE_NO_MEMORY) || (after && record->result < 0))
        return;
    for (int32_t i = 0; i < call->argument_count && i < TRACE_ARGUMENTS; i++) {
        const hdbg_argument *a = &call->arguments[i];
        bool there = a->condition < 0 || (record->arguments[a->condition] & a->condition_bits);
        if (there && a->kind >= HDBG_ARGUMENT_PATH && !(a->flags & HDBG_ARGUMENT_OUT) == !after)
            add_argument(&c, a, record->arguments[i]);
    }
}
