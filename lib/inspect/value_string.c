/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Strings of values: in arrays, at pointers, and in std::string.
 */
#include "inspect/value.h"

#include <stdio.h>
#include <string.h>

enum { PIECE = 256 };

/* ---- characters in quotes ---- */

static void add_utf8(value_printer *p, uint32_t c)
{
    char bytes[5] = "";
    if (c < 0x800) {
        bytes[0] = (char)(0xc0 | c >> 6);
        bytes[1] = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        bytes[0] = (char)(0xe0 | c >> 12);
        bytes[1] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (c & 0x3f));
    } else {
        bytes[0] = (char)(0xf0 | c >> 18);
        bytes[1] = (char)(0x80 | (c >> 12 & 0x3f));
        bytes[2] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[3] = (char)(0x80 | (c & 0x3f));
    }
    value_add(p, bytes);
}

static int is_text(uint32_t c)
{
    return c >= 0xa0 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

/* A character as in C's source; `single`: in single quotes. */
static void add_quoted(value_printer *p, uint32_t c, int single)
{
    static const char kNames[] = "abtnvfr";
    if (c >= 7 && c <= 13)
        value_format(p, "\\%c", kNames[c - 7]);
    else if (c == 27)
        value_add(p, "\\033");
    else if (c == '\\' || c == (single ? '\'' : '"'))
        value_format(p, "\\%c", (int)c);
    else if (c >= 0x20 && c < 0x7f)
        value_format(p, "%c", (int)c);
    else if (c < 0x80 || c > 0x10ffff)
        value_format(p, "\\%03o", c);
    else
        add_utf8(p, c);
}

/* How many bytes a character of UTF-8 has, or 0 if it is none. *c is which. */
static size_t utf8_length(const uint8_t *bytes, size_t size, uint32_t *c)
{
    size_t length = bytes[0] >= 0xf0 && bytes[0] < 0xf8 ? 4 : bytes[0] >= 0xe0 ? 3 : bytes[0] >= 0xc2 ? 2 : 0;
    if (length == 0 || bytes[0] >= 0xf8 || length > size)
        return 0;
    *c = bytes[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (bytes[i] & 0x3f);
    }
    return is_text(*c) && (length != 3 || *c >= 0x800) && (length != 4 || *c >= 0x10000) ? length : 0;
}

/* Adds the character at the beginning of `bytes`. @return how many bytes it has. */
static size_t add_next(value_printer *p, const uint8_t *bytes, size_t size, size_t width, int single)
{
    uint32_t c = (uint32_t)value_number(bytes, width), low;
    if (width == 1 && c >= 0x80) {
        size_t length = utf8_length(bytes, size, &c);
        if (length != 0)
            add_utf8(p, c);
        else
            value_format(p, "\\%03o", bytes[0]);
        return length != 0 ? length : 1;
    }
    if (width == 2 && c >= 0xd800 && c < 0xdc00 && size >= 4) {
        low = (uint32_t)value_number(bytes + 2, 2);
        if (low >= 0xdc00 && low < 0xe000) {
            add_utf8(p, 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff));
            return 4;
        }
    }
    if (c >= 0x80 && !is_text(c))
        value_format(p, "\\%03o", c);
    else
        add_quoted(p, c, single);
    return width;
}

static int is_nul(const uint8_t *bytes, size_t width)
{
    return value_number(bytes, width) == 0;
}

void value_quote(value_printer *p, const uint8_t *bytes, size_t size, size_t width, char mark)
{
    value_format(p, "%c", mark);
    for (size_t at = 0; at + width <= size && !p->is_full;)
        at += add_next(p, bytes + at, size - at, width, mark == '\'');
    value_format(p, "%c", mark);
}

/* ---- strings ---- */

void value_string(value_printer *p, const dwarf_type *character, const value_source *source, uint64_t count,
                  int trim)
{
    uint8_t bytes[4096];
    const char *prefix;
    size_t width = (size_t)character->byte_size;
    if (!value_is_character(character, &prefix) || width == 0)
        return;
    uint64_t limit =
        p->limits->max_string < sizeof bytes / width ? p->limits->max_string : sizeof bytes / width;
    size_t shown = (size_t)(count < limit ? count : limit);
    hdbg_status status = value_read(p, source, 0, bytes, shown * width);
    if (status != HDBG_OK) {
        value_failed(p, status);
        return;
    }
    int is_cut = shown < count;
    while (trim && shown > 0 && is_nul(bytes + (shown - 1) * width, width))
        shown--, is_cut = 0;
    value_add(p, prefix);
    value_quote(p, bytes, shown * width, width, '"');
    if (is_cut)
        value_add(p, "...");
}

void value_string_at(value_printer *p, const dwarf_type *character, hdbg_address address)
{
    const char *prefix;
    size_t width = (size_t)character->byte_size;
    if (!value_is_character(character, &prefix) || width == 0)
        return;
    value_source source = {.address = address};
    uint64_t count = 0;
    for (int ended = 0; !ended && count < p->limits->max_string;) {
        uint8_t bytes[PIECE];
        size_t got = 0;
        /* A string may end just before a page that is not there. */
        size_t wanted = PIECE - (size_t)((address + count * width) % PIECE);
        wanted -= wanted % width != 0 ? wanted % width : 0;
        wanted = wanted < width ? width : wanted;
        p->reads++;
        hdbg_status status = hdbg_memory_read(p->team, address + count * width, bytes, wanted, &got);
        if (status != HDBG_OK && got < width) {
            if (count == 0) {
                value_add(p, "<unreadable>");
                return;
            }
            break;
        }
        for (size_t i = 0; i + width <= got && !ended && count < p->limits->max_string; i += width) {
            ended = is_nul(bytes + i, width);
            count += !ended;
        }
        if (ended)
            break;
    }
    int is_cut = count >= p->limits->max_string;
    value_string(p, character, &source, is_cut ? count + 1 : count, 0);
}

/* ---- std::string ---- */

static const dwarf_member *member_called(const dwarf_type *type, const char *name)
{
    for (size_t i = 0; i < type->member_count; i++) {
        if (strcmp(type->members[i].name, name) == 0)
            return &type->members[i];
    }
    return NULL;
}

/* The type of libstdc++'s characters: of the buffer in the union that has no name. */
static const dwarf_type *local_character(const value_printer *p, const dwarf_type *type)
{
    for (size_t i = 0; i < type->member_count; i++) {
        const dwarf_type *inner = &p->types[type->members[i].type];
        const dwarf_member *buffer =
            inner->is_union && inner->kind == DWARF_TYPE_STRUCT ? member_called(inner, "_M_local_buf") : NULL;
        if (buffer != NULL && p->types[buffer->type].kind == DWARF_TYPE_ARRAY)
            return &p->types[p->types[buffer->type].target];
    }
    return NULL;
}

/* A pointer and a length. What is implausible was not constructed yet, or overwritten. */
static void add_counted(value_printer *p, const dwarf_type *character, uint64_t address, uint64_t length)
{
    value_source source = {.address = address};
    if (length > (uint64_t)1 << (p->word == 8 ? 47 : 31) || (address == 0 && length != 0)) {
        value_format(p, "<no string: length %llu at 0x%llx>", (unsigned long long)length,
                     (unsigned long long)address);
        return;
    }
    if (length == 0)
        value_add(p, "\"\"");
    else
        value_string(p, character, &source, length, 0);
}

static void add_libstdcpp(value_printer *p, const dwarf_type *character, const value_source *source)
{
    uint8_t words[16];
    hdbg_status status = value_read(p, source, 0, words, 2u * p->word);
    if (status != HDBG_OK)
        value_failed(p, status);
    else
        add_counted(p, character, value_number(words, p->word), value_number(words + p->word, p->word));
}

/* The lowest bit says whether the characters are elsewhere; else the first byte is twice the length. */
static void add_libcpp(value_printer *p, const dwarf_type *character, const value_source *source)
{
    uint8_t words[24];
    size_t width = (size_t)character->byte_size, size = 3u * p->word;
    hdbg_status status = value_read(p, source, 0, words, size);
    if (status != HDBG_OK) {
        value_failed(p, status);
    } else if (words[0] & 1) {
        add_counted(p, character, value_number(words + 2u * p->word, p->word),
                    value_number(words + p->word, p->word));
    } else {
        value_source here = {.bytes = words + width, .size = size - width};
        size_t length = words[0] >> 1, room = here.size / width;
        value_string(p, character, &here, length < room ? length : room, 0);
    }
}

/* The characters of a string type, by its name. */
static const dwarf_type *named_character(const dwarf_type *type)
{
    static const dwarf_type kCharacters[] = {
        {.kind = DWARF_TYPE_BASE, .encoding = 0x10, .byte_size = 2, .name = "char16_t"},
        {.kind = DWARF_TYPE_BASE, .encoding = 0x10, .byte_size = 4, .name = "char32_t"},
        {.kind = DWARF_TYPE_BASE, .encoding = 5, .byte_size = 4, .name = "wchar_t"},
        {.kind = DWARF_TYPE_BASE, .encoding = 6, .byte_size = 1, .name = "char"},
    };
    const char *name = type->name;
    return strstr(name, "char16_t") != NULL || strstr(name, "u16string") != NULL   ? &kCharacters[0]
           : strstr(name, "char32_t") != NULL || strstr(name, "u32string") != NULL ? &kCharacters[1]
           : strstr(name, "wchar_t") != NULL || strstr(name, "wstring") != NULL    ? &kCharacters[2]
                                                                                   : &kCharacters[3];
}

/* Whose string a type is, with the type of its characters. */
typedef enum string_kind { NO_STRING, LIBSTDCPP_STRING, LIBCPP_STRING } string_kind;

static string_kind string_kind_of(const value_printer *p, const dwarf_type *type,
                                  const dwarf_type **character)
{
    *character = named_character(type);
    if (type->kind == DWARF_TYPE_STRUCT) {
        if (member_called(type, "_M_dataplus") != NULL && member_called(type, "_M_string_length") != NULL) {
            *character = local_character(p, type);
            return *character != NULL ? LIBSTDCPP_STRING : NO_STRING;
        }
        return member_called(type, "__r_") != NULL && strstr(type->name, "string") != NULL ? LIBCPP_STRING
                                                                                           : NO_STRING;
    }
    /* A compiler may leave the definition to the debug information of the library. */
    if (type->kind != DWARF_TYPE_DECLARATION || strstr(type->name, "std::") == NULL)
        return NO_STRING;
    size_t size = strlen(type->name);
    if (strstr(type->name, "basic_string<") == NULL &&
        (size < 6 || strcmp(type->name + size - 6, "string") != 0))
        return NO_STRING;
    return strstr(type->name, "std::__1::") != NULL ? LIBCPP_STRING : LIBSTDCPP_STRING;
}

int value_is_std_string(const value_printer *p, const dwarf_type *type)
{
    const dwarf_type *character;
    return string_kind_of(p, type, &character) != NO_STRING;
}

int value_std_string(value_printer *p, const dwarf_type *type, const value_source *source)
{
    const dwarf_type *character;
    switch (string_kind_of(p, type, &character)) {
    case LIBSTDCPP_STRING:
        add_libstdcpp(p, character, source);
        return 1;
    case LIBCPP_STRING:
        add_libcpp(p, character, source);
        return 1;
    default:
        return 0;
    }
}
