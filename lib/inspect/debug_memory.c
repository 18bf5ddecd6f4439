/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Call frame information as it lies in a team's memory, made into an ELF file of two sections that can be
 * read like any other.
 */
#include "inspect/debug_info.h"
#include "base/fail.h"
#include "inspect/elf_bytes.h"

#include <stdlib.h>
#include <string.h>

enum {
    SEGMENT_EH_FRAME = 0x6474e550, /* PT_GNU_EH_FRAME */
    SECTION_PROGRAM = 1,
    SECTION_STRINGS = 3,
    SECTIONS = 4, /* the empty one, .eh_frame_hdr, .eh_frame, .shstrtab */
    FRAMES_MAX = 64 << 20,
    PC_RELATIVE = 0x1b, /* how .eh_frame_hdr tells where .eh_frame is: four bytes, relative to themselves */
    POINTER_AT = 4
};
static const char kNames[] = "\0.eh_frame_hdr\0.eh_frame\0.shstrtab";
enum { NAME_HEADER = 1, NAME_FRAMES = 15, NAME_NAMES = 25 };

typedef struct piece {
    uint32_t name, type;
    uint64_t address, offset, size;
} piece;

static void put(uint8_t *bytes, size_t size, uint64_t value)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

static void put_section(uint8_t *p, int wide, const piece *section)
{
    size_t word = wide ? 8 : 4;
    put(p, 4, section->name);
    put(p + 4, 4, section->type);
    put(p + 8 + word, word, section->address);
    put(p + 8 + 2 * word, word, section->offset);
    put(p + 8 + 3 * word, word, section->size);
}

static void put_header(uint8_t *p, const elf_object *object, uint64_t sections_at)
{
    int wide = object->is_64;
    size_t word = wide ? 8 : 4;
    static const uint8_t kIdentity[7] = {0x7f, 'E', 'L', 'F', 0, 1, 1};
    memcpy(p, kIdentity, sizeof kIdentity);
    p[4] = wide ? 2 : 1;
    put(p + 16, 2, object->type);
    put(p + 18, 2, object->machine);
    put(p + 20, 4, 1);
    put(p + 24 + 2 * word, word, sections_at);
    uint8_t *numbers = p + 28 + 3 * word;
    put(numbers, 2, wide ? 64 : 52);
    put(numbers + 6, 2, wide ? 64 : 40);
    put(numbers + 8, 2, SECTIONS);
    put(numbers + 10, 2, SECTIONS - 1);
}

/* How much of a loaded segment lies behind an address. */
static uint64_t loaded_behind(const elf_object *object, uint64_t address)
{
    for (size_t i = 0; i < object->segment_count; i++) {
        const elf_segment *s = &object->segments[i];
        if (s->type == ELF_LOAD && address >= s->address && address - s->address < s->file_size)
            return s->file_size - (address - s->address);
    }
    return 0;
}

/* The length of .eh_frame: up to the empty entry that ends it. */
static uint64_t frames_length(const uint8_t *bytes, uint64_t size)
{
    uint64_t at = 0;
    while (size - at >= 4) {
        uint64_t length = elf_get(bytes + at, 4);
        if (length == 0 || length > size - at - 4)
            return at + (length == 0 ? 4 : 0);
        at += length + 4;
    }
    return at;
}

static hdbg_status read_at(const elf_object *object, uint64_t address, uint8_t *to, uint64_t size)
{
    uint64_t offset = 0;
    hdbg_status status = elf_offset_of(object, address, size, &offset);
    return status == HDBG_OK ? elf_read(object, offset, to, (size_t)size) : status;
}

hdbg_status debug_info_from_memory(const elf_object *object, uint8_t **bytes, size_t *size)
{
    const elf_segment *header = NULL;
    uint8_t start[8];
    *bytes = NULL;
    *size = 0;
    for (size_t i = 0; i < object->segment_count && header == NULL; i++) {
        if (object->segments[i].type == SEGMENT_EH_FRAME)
            header = &object->segments[i];
    }
    if (header == NULL || header->memory_size < sizeof start || header->memory_size > FRAMES_MAX ||
        read_at(object, header->address, start, sizeof start) != HDBG_OK || start[1] != PC_RELATIVE)
        return hdbg_fail(HDBG_NAME_NOT_FOUND, "%s has no call frame information in memory",
                         object->input.name);
    uint64_t frames =
        header->address + POINTER_AT + (uint64_t)(int64_t)(int32_t)elf_get(start + POINTER_AT, 4);
    uint64_t room = loaded_behind(object, frames);
    if (room == 0 || room > FRAMES_MAX)
        return hdbg_fail(HDBG_NAME_NOT_FOUND, "%s has no call frame information in memory",
                         object->input.name);
    size_t file_header = object->is_64 ? 64 : 52, section_header = object->is_64 ? 64 : 40;
    size_t names_at = file_header + SECTIONS * section_header, content_at = names_at + sizeof kNames;
    uint8_t *made = calloc(1, content_at + header->memory_size + room);
    if (made == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for the call frame information of %s",
                         object->input.name);
    piece sections[SECTIONS] = {
        {0},
        {NAME_HEADER, SECTION_PROGRAM, header->address, content_at, header->memory_size},
        {NAME_FRAMES, SECTION_PROGRAM, frames, content_at + header->memory_size, room},
        {NAME_NAMES, SECTION_STRINGS, 0, names_at, sizeof kNames}};
    hdbg_status status = read_at(object, header->address, made + sections[1].offset, header->memory_size);
    if (status == HDBG_OK)
        status = read_at(object, frames, made + sections[2].offset, room);
    if (status != HDBG_OK) {
        free(made);
        return status;
    }
    sections[2].size = frames_length(made + sections[2].offset, room);
    put_header(made, object, file_header);
    for (int i = 0; i < SECTIONS; i++)
        put_section(made + file_header + (size_t)i * section_header, object->is_64, &sections[i]);
    memcpy(made + names_at, kNames, sizeof kNames);
    *bytes = made;
    *size = (size_t)(sections[2].offset + sections[2].size);
    return HDBG_OK;
}
