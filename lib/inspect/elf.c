/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * ELF: headers, segments, sections, notes, the bias of a mapped object. elf_symbols.c has its symbol tables.
 */
#include "inspect/elf.h"
#include "inspect/elf_bytes.h"
#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE = 4096,
    IDENT_SIZE = 16,
    HEADER_MAX = 64,
    MANY_SEGMENTS = 0xffff, /* e_phnum: the number is in section 0 */
    SEGMENTS_MAX = 65536,
    SECTIONS_MAX = 1 << 20, /* one a function is usual, more is damage */
    NAMES_MAX = 64 << 20,
    NOTES_MAX = 1 << 20,
    NOTE_BUILD_ID = 3
};

hdbg_status elf_damaged(const elf_object *object, const char *what)
{
    return hdbg_fail(HDBG_BAD_DATA, "%s is damaged: %s", object->input.name, what);
}

hdbg_status elf_read(const elf_object *object, uint64_t at, void *buffer, size_t size)
{
    if (at > object->input.size || size > object->input.size - at ||
        object->input.read(object->input.context, at, buffer, size) != size)
        return elf_damaged(object, "it ends before what its headers tell of");
    return HDBG_OK;
}

/* Reads a table of `count` entries of `entry` bytes. *table is to be freed. */
static hdbg_status read_table(const elf_object *object, uint64_t at, uint64_t count, size_t entry,
                              uint8_t **table)
{
    if (at > object->input.size || count > (object->input.size - at) / entry)
        return elf_damaged(object, "it ends before what its headers tell of");
    *table = malloc((size_t)count * entry + 1);
    if (*table == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for the headers of %s", object->input.name);
    hdbg_status status = elf_read(object, at, *table, (size_t)count * entry);
    if (status != HDBG_OK) {
        free(*table);
        *table = NULL;
    }
    return status;
}

static void decode_segment(const elf_object *object, const uint8_t *p, elf_segment *segment)
{
    int wide = object->is_64;
    *segment = (elf_segment){.type = (uint32_t)elf_get(p, 4),
                             .flags = (uint32_t)elf_get(p + (wide ? 4 : 24), 4),
                             .offset = elf_get(p + (wide ? 8 : 4), wide ? 8 : 4),
                             .address = elf_get(p + (wide ? 16 : 8), wide ? 8 : 4),
                             .file_size = elf_get(p + (wide ? 32 : 16), wide ? 8 : 4),
                             .memory_size = elf_get(p + (wide ? 40 : 20), wide ? 8 : 4)};
}

static void decode_section(const elf_object *object, const uint8_t *p, elf_section *section)
{
    int wide = object->is_64;
    size_t word = wide ? 8 : 4;
    *section = (elf_section){.name = (uint32_t)elf_get(p, 4),
                             .type = (uint32_t)elf_get(p + 4, 4),
                             .flags = elf_get(p + 8, word),
                             .address = elf_get(p + 8 + word, word),
                             .offset = elf_get(p + 8 + 2 * word, word),
                             .size = elf_get(p + 8 + 3 * word, word),
                             .link = (uint32_t)elf_get(p + 8 + 4 * word, 4),
                             .entry_size = elf_get(p + 16 + 5 * word, word)};
}

static hdbg_status read_segments(elf_object *object, uint64_t at, uint64_t count)
{
    size_t entry = object->is_64 ? 56 : 32;
    uint8_t *table = NULL;
    if (count == 0)
        return HDBG_OK;
    if (count > SEGMENTS_MAX)
        return elf_damaged(object, "it has too many segments");
    hdbg_status status = read_table(object, at, count, entry, &table);
    if (status != HDBG_OK)
        return status;
    object->segments = calloc((size_t)count, sizeof *object->segments);
    if (object->segments == NULL)
        status = hdbg_fail(HDBG_NO_MEMORY, "no memory for the segments of %s", object->input.name);
    for (size_t i = 0; status == HDBG_OK && i < count; i++)
        decode_segment(object, table + i * entry, &object->segments[i]);
    object->segment_count = status == HDBG_OK ? (size_t)count : 0;
    free(table);
    return status;
}

/* The names of the sections; without them a section is found by its type alone. */
static void read_section_names(elf_object *object, uint64_t index)
{
    if (index >= object->section_count)
        return;
    const elf_section *names = &object->sections[index];
    uint8_t *bytes = NULL;
    if (names->type == ELF_SECTION_EMPTY || names->size == 0 || names->size > NAMES_MAX ||
        read_table(object, names->offset, names->size, 1, &bytes) != HDBG_OK)
        return;
    object->section_names = (char *)bytes;
    object->section_names[names->size] = '\0';
    object->section_names_size = (size_t)names->size + 1;
}

static hdbg_status read_sections(elf_object *object, uint64_t at, uint64_t count, uint64_t names)
{
    size_t entry = object->is_64 ? 64 : 40;
    uint8_t *table = NULL;
    if (count > SECTIONS_MAX)
        return elf_damaged(object, "it has too many sections");
    hdbg_status status = read_table(object, at, count, entry, &table);
    if (status != HDBG_OK)
        return status;
    object->sections = calloc((size_t)count, sizeof *object->sections);
    if (object->sections == NULL)
        status = hdbg_fail(HDBG_NO_MEMORY, "no memory for the sections of %s", object->input.name);
    for (size_t i = 0; status == HDBG_OK && i < count; i++)
        decode_section(object, table + i * entry, &object->sections[i]);
    object->section_count = status == HDBG_OK ? (size_t)count : 0;
    free(table);
    if (status == HDBG_OK)
        read_section_names(object, names);
    return status;
}

/* Section 0 has the numbers that do not fit into the header. */
static hdbg_status extended_numbers(elf_object *object, uint64_t at, uint64_t *sections, uint64_t *names,
                                    uint64_t *segments)
{
    uint8_t first[64];
    size_t word = object->is_64 ? 8 : 4;
    hdbg_status status = elf_read(object, at, first, object->is_64 ? 64 : 40);
    if (status != HDBG_OK)
        return status;
    if (*sections == 0)
        *sections = elf_get(first + 8 + 3 * word, word);
    if (*names == 0xffff)
        *names = elf_get(first + 8 + 4 * word, 4);
    if (*segments == MANY_SEGMENTS)
        *segments = elf_get(first + 12 + 4 * word, 4);
    return HDBG_OK;
}

static void measure(elf_object *object)
{
    object->low = UINT64_MAX;
    object->high = 0;
    object->header_address = 0;
    for (size_t i = 0; i < object->segment_count; i++) {
        const elf_segment *s = &object->segments[i];
        if (s->type != ELF_LOAD || s->memory_size > UINT64_MAX - s->address)
            continue;
        if (s->address < object->low) {
            object->low = s->address;
            object->header_address =
                s->offset <= s->address ? s->address - s->offset : s->address & ~(uint64_t)(PAGE - 1);
        }
        if (s->address + s->memory_size > object->high)
            object->high = s->address + s->memory_size;
    }
    if (object->low == UINT64_MAX)
        object->low = 0;
}

static hdbg_status read_identity(elf_object *object, uint8_t *header)
{
    size_t got = 0;
    if (object->input.size >= IDENT_SIZE)
        got = object->input.read(object->input.context, 0, header, IDENT_SIZE);
    if (got < IDENT_SIZE || memcmp(header, "\177ELF", 4) != 0)
        return hdbg_fail(HDBG_NOT_AN_EXECUTABLE, "%s is no ELF file", object->input.name);
    if (header[4] != 1 && header[4] != 2)
        return elf_damaged(object, "it is neither a 32-bit nor a 64-bit file");
    object->is_64 = header[4] == 2;
    if (header[5] != 1)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "%s is no little-endian file", object->input.name);
    return elf_read(object, 0, header, object->is_64 ? 64 : 52);
}

hdbg_status elf_open(elf_object *object, const elf_input *input)
{
    uint8_t h[HEADER_MAX] = {0};
    *object = (elf_object){.input = *input};
    hdbg_status status = read_identity(object, h);
    if (status != HDBG_OK)
        return status;
    size_t word = object->is_64 ? 8 : 4;
    object->type = (uint16_t)elf_get(h + 16, 2);
    object->machine = (uint16_t)elf_get(h + 18, 2);
    uint64_t segments_at = elf_get(h + 24 + word, word), sections_at = elf_get(h + 24 + 2 * word, word);
    const uint8_t *numbers = h + 30 + 3 * word; /* behind e_flags and e_ehsize */
    uint64_t segment_size = elf_get(numbers, 2), segments = elf_get(numbers + 2, 2);
    uint64_t section_size = elf_get(numbers + 4, 2), sections = elf_get(numbers + 6, 2);
    uint64_t names = elf_get(numbers + 8, 2);

    int has_sections = !input->mapped && sections_at != 0 && section_size == (object->is_64 ? 64u : 40u);
    if (has_sections && (sections == 0 || names == 0xffff || segments == MANY_SEGMENTS)) {
        status = extended_numbers(object, sections_at, &sections, &names, &segments);
        if (status != HDBG_OK)
            return status;
    }
    if (segments != 0 && segment_size != (object->is_64 ? 56u : 32u))
        return elf_damaged(object, "its segment headers have a size that none have");
    status = read_segments(object, segments_at, segments);
    if (status != HDBG_OK)
        return status;
    measure(object);
    if (has_sections && sections != 0)
        status = read_sections(object, sections_at, sections, names);
    return status;
}

void elf_close(elf_object *object)
{
    free(object->segments);
    free(object->sections);
    free(object->section_names);
    *object = (elf_object){0};
}

hdbg_status elf_offset_of(const elf_object *object, uint64_t address, uint64_t size, uint64_t *offset)
{
    for (size_t i = 0; i < object->segment_count; i++) {
        const elf_segment *s = &object->segments[i];
        uint64_t there = object->input.mapped ? s->memory_size : s->file_size;
        if (s->type != ELF_LOAD || address < s->address || address - s->address >= there ||
            size > there - (address - s->address))
            continue;
        if (object->input.mapped && address >= object->header_address)
            *offset = address - object->header_address;
        else if (!object->input.mapped && s->offset <= UINT64_MAX - (address - s->address))
            *offset = s->offset + (address - s->address);
        else
            continue;
        return HDBG_OK;
    }
    return HDBG_BAD_ADDRESS;
}

const elf_section *elf_section_by_name(const elf_object *object, const char *name)
{
    for (size_t i = 0; object->section_names != NULL && i < object->section_count; i++) {
        const elf_section *s = &object->sections[i];
        if (s->name < object->section_names_size && strcmp(object->section_names + s->name, name) == 0)
            return s;
    }
    return NULL;
}

/* Looks for the build-id in one table of notes. HDBG_NAME_NOT_FOUND if it is not there. */
static hdbg_status build_id_in(const elf_object *object, uint64_t at, uint64_t length, uint8_t *id,
                               size_t *size)
{
    uint8_t *notes = NULL;
    if (length > NOTES_MAX)
        length = NOTES_MAX;
    hdbg_status status = read_table(object, at, length, 1, &notes);
    if (status != HDBG_OK)
        return status;
    status = HDBG_NAME_NOT_FOUND;
    for (uint64_t p = 0; length - p >= 12;) {
        uint64_t name = elf_get(notes + p, 4), content = elf_get(notes + p + 4, 4),
                 type = elf_get(notes + p + 8, 4);
        uint64_t name_room = (name + 3) & ~UINT64_C(3), content_room = (content + 3) & ~UINT64_C(3);
        if (name_room > length - p - 12 || content > length - p - 12 - name_room)
            break;
        if (type == NOTE_BUILD_ID && name == 4 && memcmp(notes + p + 12, "GNU", 4) == 0 && content > 0) {
            status = content <= *size ? HDBG_OK : HDBG_BUFFER_OVERFLOW;
            if (status == HDBG_OK)
                memcpy(id, notes + p + 12 + name_room, (size_t)content);
            *size = (size_t)content;
            break;
        }
        p += 12 + name_room + content_room;
        if (p > length)
            break;
    }
    free(notes);
    return status;
}

hdbg_status elf_build_id(const elf_object *object, uint8_t *id, size_t *size)
{
    hdbg_status status = HDBG_NAME_NOT_FOUND;
    for (size_t i = 0; status == HDBG_NAME_NOT_FOUND && i < object->section_count; i++) {
        const elf_section *s = &object->sections[i];
        if (s->type == ELF_SECTION_NOTE)
            status = build_id_in(object, s->offset, s->size, id, size);
    }
    for (size_t i = 0; status == HDBG_NAME_NOT_FOUND && i < object->segment_count; i++) {
        const elf_segment *s = &object->segments[i];
        uint64_t at = s->offset;
        if (s->type != ELF_NOTE)
            continue;
        if (!object->input.mapped || elf_offset_of(object, s->address, s->file_size, &at) == HDBG_OK)
            status = build_id_in(object, at, s->file_size, id, size);
    }
    return status;
}

hdbg_status elf_debug_link(const elf_object *object, char *name, size_t size, uint32_t *crc)
{
    char content[1024 + 8];
    const elf_section *s = elf_section_by_name(object, ".gnu_debuglink");
    if (s == NULL || s->type == ELF_SECTION_EMPTY)
        return HDBG_NAME_NOT_FOUND;
    if (s->size < 6 || s->size > sizeof content)
        return elf_damaged(object, "its .gnu_debuglink has an impossible size");
    hdbg_status status = elf_read(object, s->offset, content, (size_t)s->size);
    if (status != HDBG_OK)
        return status;
    size_t length = strnlen(content, (size_t)s->size);
    size_t at = (length + 4) & ~(size_t)3;
    /* A file beside this one: a name with a slash could lead anywhere. */
    if (length == 0 || length >= size || at + 4 > s->size || memchr(content, '/', length) != NULL)
        return elf_damaged(object, "its .gnu_debuglink names no file");
    memcpy(name, content, length + 1);
    *crc = (uint32_t)elf_get((const uint8_t *)content + at, 4);
    return HDBG_OK;
}

uint64_t elf_bias(const elf_object *object, uint64_t text, uint64_t data)
{
    const uint64_t mask = ~(uint64_t)(PAGE - 1);
    const elf_segment *first = NULL, *code = NULL, *writable = NULL;
    for (size_t i = 0; i < object->segment_count; i++) {
        const elf_segment *s = &object->segments[i];
        if (s->type != ELF_LOAD)
            continue;
        if (first == NULL || s->address < first->address)
            first = s;
        if ((s->flags & ELF_EXECUTE) && (code == NULL || s->address < code->address))
            code = s;
        if ((s->flags & ELF_WRITE) && (writable == NULL || s->address < writable->address))
            writable = s;
    }
    if (first == NULL || object->type == ELF_FIXED)
        return 0;
    uint64_t by_first = (text & mask) - (first->address & mask);
    uint64_t by_code = code != NULL ? (text & mask) - (code->address & mask) : by_first;
    /* The distance to the data tells which of the two `text` is. */
    if (by_code != by_first && data > text && writable != NULL &&
        (data & mask) == (writable->address & mask) + by_code)
        return by_code;
    return by_first;
}
