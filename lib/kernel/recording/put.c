/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Values as bytes. Numbers are written seven bits a byte, the low ones first; bytes as what differs from the
 * last ones of their kind, for most messages are like those before.
 */
#include "kernel/recording/format.h"

#include <string.h>

enum {
    NUMBER_MAX = 10, /* bytes of a number */
    BREAK_SMALL = 8, /* so many bytes have to be as before that it is worth to say so, */
    BREAK_LARGE = 64 /* among many, which shall not become more by it */
};

/* ---- checksums ---- */

void checksum_init(checksum *sum)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t state = i;
        for (int bit = 0; bit < 8; bit++)
            state = state >> 1 ^ (state & 1 ? 0xedb88320u : 0);
        sum->table[0][i] = state;
    }
    for (uint32_t i = 0; i < 256; i++) {
        for (int k = 1; k < 8; k++)
            sum->table[k][i] = sum->table[k - 1][i] >> 8 ^ sum->table[0][sum->table[k - 1][i] & 0xff];
    }
}

uint32_t checksum_add(const checksum *sum, uint32_t state, const uint8_t *bytes, size_t size)
{
    const uint32_t(*t)[256] = sum->table;
    state = ~state;
    for (; size >= 8; size -= 8, bytes += 8) {
        uint32_t low = state ^ (bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                                (uint32_t)bytes[3] << 24);
        state = t[7][low & 0xff] ^ t[6][low >> 8 & 0xff] ^ t[5][low >> 16 & 0xff] ^ t[4][low >> 24] ^
                t[3][bytes[4]] ^ t[2][bytes[5]] ^ t[1][bytes[6]] ^ t[0][bytes[7]];
    }
    for (; size > 0; size--, bytes++)
        state = state >> 8 ^ t[0][(state ^ *bytes) & 0xff];
    return ~state;
}

/* ---- numbers and texts ---- */

uint8_t *format_put_unsigned(uint8_t *to, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        *to++ = (uint8_t)(number | 0x80);
    *to++ = (uint8_t)number;
    return to;
}

uint8_t *format_put_signed(uint8_t *to, int64_t number)
{
    return format_put_unsigned(to, (uint64_t)number << 1 ^ (uint64_t)(number >> 63));
}

uint8_t *format_put_text(uint8_t *to, const void *chars, size_t size)
{
    if (chars == NULL)
        return format_put_unsigned(to, 0);
    to = format_put_unsigned(to, (uint64_t)size + 1);
    memcpy(to, chars, size);
    return to + size;
}

/* ---- bytes ---- */

static uint64_t load_word(const uint8_t *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

/* Whether the eight bytes at a place are the reference's, which is zero behind its end. */
static bool is_word_same(const uint8_t *bytes, size_t at, const uint8_t *reference)
{
    if (at + sizeof(uint64_t) <= FORMAT_REFERENCE)
        return load_word(bytes + at) == load_word(reference + at);
    return at >= FORMAT_REFERENCE && load_word(bytes + at) == 0;
}

/* The same of 32 bytes at once: most of a message is as before. */
static bool are_words_same(const uint8_t *bytes, const uint8_t *reference)
{
    uint64_t differ = 0;
    for (size_t i = 0; i < 32; i += sizeof(uint64_t))
        differ |= load_word(bytes + i) ^ load_word(reference + i);
    return differ == 0;
}

static uint8_t byte_before(const uint8_t *reference, size_t at)
{
    return at < FORMAT_REFERENCE ? reference[at] : 0;
}

static size_t same_from(const uint8_t *bytes, size_t at, size_t size, const uint8_t *reference)
{
    while (at + 32 <= size && at + 32 <= FORMAT_REFERENCE && are_words_same(bytes + at, reference + at))
        at += 32;
    while (at < size) {
        if (at + sizeof(uint64_t) <= size && is_word_same(bytes, at, reference))
            at += sizeof(uint64_t);
        else if (bytes[at] == byte_before(reference, at))
            at++;
        else
            break;
    }
    return at;
}

/* Where the next bytes begin that are as before, enough of them. */
static size_t differs_until(const uint8_t *bytes, size_t at, size_t size, const uint8_t *reference)
{
    size_t enough = size > 2 * FORMAT_REFERENCE ? BREAK_LARGE : BREAK_SMALL;
    while (at < size) {
        while (at < size && bytes[at] != byte_before(reference, at))
            at++;
        size_t same = same_from(bytes, at, size < at + enough ? size : at + enough, reference);
        if (same - at >= enough || same == size)
            return at;
        at = same;
    }
    return at;
}

static uint8_t *put_bytes(uint8_t *to, const value *v, references *known)
{
    if (v->bytes == NULL)
        return format_put_unsigned(to, 0);
    uint8_t *reference = known->bytes[v->slot];
    to = format_put_unsigned(to, (uint64_t)v->size + 1);
    *to++ = v->slot;
    for (size_t at = 0; at < v->size;) {
        size_t same = same_from(v->bytes, at, v->size, reference);
        size_t until = differs_until(v->bytes, same, v->size, reference);
        to = format_put_unsigned(to, same - at);
        to = format_put_unsigned(to, until - same);
        memcpy(to, v->bytes + same, until - same);
        to += until - same;
        if (same < FORMAT_REFERENCE) /* what is the same is there already */
            memcpy(reference + same, v->bytes + same,
                   (until < FORMAT_REFERENCE ? until : FORMAT_REFERENCE) - same);
        at = until;
    }
    size_t kept = v->size < FORMAT_REFERENCE ? v->size : FORMAT_REFERENCE;
    if (known->size[v->slot] > kept)
        memset(reference + kept, 0, known->size[v->slot] - kept);
    known->size[v->slot] = (uint32_t)kept;
    return to;
}

/* ---- all ---- */

size_t values_bound(const values *list)
{
    size_t bound = 0;
    for (size_t i = 0; i < list->count; i++) {
        const value *v = &list->all[i];
        size_t enough = v->size > 2 * FORMAT_REFERENCE ? BREAK_LARGE : BREAK_SMALL;
        bound += NUMBER_MAX;
        if (v->kind == VALUE_TEXT)
            bound += v->size;
        else if (v->kind == VALUE_BYTES)
            bound += 1 + v->size + (v->size / enough + 2) * 2 * NUMBER_MAX;
    }
    return bound;
}

uint8_t *values_put(uint8_t *to, const values *list, references *known)
{
    for (size_t i = 0; i < list->count; i++) {
        const value *v = &list->all[i];
        switch (v->kind) {
        case VALUE_TEXT:
            to = format_put_text(to, v->bytes, v->size);
            break;
        case VALUE_BYTES:
            to = put_bytes(to, v, known);
            break;
        case VALUE_COUNT:
            to = format_put_unsigned(to, (uint64_t)(v->integer + 1));
            break;
        case VALUE_PRESENT:
            *to++ = v->integer != 0;
            break;
        default:
            to = v->item->kind == ITEM_SIGNED || v->item->kind == ITEM_NUMBER
                     ? format_put_signed(to, v->integer)
                     : format_put_unsigned(to, (uint64_t)v->integer);
        }
    }
    return to;
}
