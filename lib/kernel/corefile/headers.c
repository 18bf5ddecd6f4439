/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The headers of a core file: ELF's own, the segments, and the notes one by one.
 */
#include "base/fail.h"
#include "kernel/corefile/corefile.h"

#include <stdlib.h>
#include <string.h>

enum {
    TYPE_CORE = 4, /* ET_CORE */
    LOAD = 1,      /* PT_LOAD */
    NOTE = 4,      /* PT_NOTE */
    IDENT = 16,
    HEADER_32 = 52,
    HEADER_64 = 64,
    PROGRAM_32 = 32,
    PROGRAM_64 = 56,
    COUNT_ELSEWHERE = 0xffff, /* PN_XNUM: the count is in the first section header */
    SEGMENTS_MAX = 1 << 22
};

typedef struct program_header {
    uint32_t type, flags;
    uint64_t offset, address, file_size, memory_size;
} program_header;

typedef struct elf_header {
    uint16_t type, machine, entry_size;
    uint32_t count;
    uint64_t programs, sections;
} elf_header;

static hdbg_status read_elf_header(core_kernel *k, elf_header *header)
{
    uint8_t bytes[HEADER_64] = {0};
    size_t got = core_read(k, 0, bytes, sizeof bytes);
    if (got < HEADER_32 || memcmp(bytes, "\177ELF", 4) != 0)
        return hdbg_fail(HDBG_BAD_DATA, "%s is no core file: it is no ELF file", k->path);
    k->is_64 = bytes[4] == 2;
    if (bytes[4] < 1 || bytes[4] > 2 || (k->is_64 && got < HEADER_64))
        return hdbg_fail(HDBG_BAD_DATA, "%s is no core file: its ELF header is damaged", k->path);
    if (bytes[5] != 1)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "cannot open %s: its processor is big-endian", k->path);
    core_cursor c = {.at = bytes + IDENT, .end = bytes + sizeof bytes, .is_64 = k->is_64};
    header->type = core_u16(&c);
    header->machine = core_u16(&c);
    core_u32(&c);  /* version */
    core_word(&c); /* entry */
    header->programs = core_word(&c);
    header->sections = core_word(&c);
    core_u32(&c); /* flags */
    core_u16(&c); /* header size */
    header->entry_size = core_u16(&c);
    header->count = core_u16(&c);
    if (header->type != TYPE_CORE)
        return hdbg_fail(HDBG_BAD_DATA, "%s is no core file: it is an ELF file of another kind", k->path);
    k->arch = core_arch_of_machine(header->machine, k->is_64);
    if (k->arch == HDBG_ARCH_UNKNOWN)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "cannot open %s: its processor (ELF machine %u) is not known",
                         k->path, header->machine);
    return HDBG_OK;
}

/* With 65535 segments or more, sh_info of the first section header says how many. */
static void read_count(core_kernel *k, elf_header *header)
{
    uint8_t bytes[64];
    size_t info = k->is_64 ? 44 : 28;
    if (header->count != COUNT_ELSEWHERE || header->sections == 0)
        return;
    if (core_read(k, header->sections, bytes, info + 4) < info + 4) {
        core_problem(k, "the number of segments is not where the header says");
        return;
    }
    core_cursor c = {.at = bytes + info, .end = bytes + info + 4};
    header->count = core_u32(&c);
}

static program_header parse_program_header(int is_64, const uint8_t *bytes)
{
    core_cursor c = {.at = bytes, .end = bytes + PROGRAM_64, .is_64 = is_64};
    program_header p = {0};
    p.type = core_u32(&c);
    if (is_64)
        p.flags = core_u32(&c);
    p.offset = core_word(&c);
    p.address = core_word(&c);
    core_word(&c); /* physical address */
    p.file_size = core_word(&c);
    p.memory_size = core_word(&c);
    if (!is_64)
        p.flags = core_u32(&c);
    return p;
}

static hdbg_status add_segment(core_kernel *k, const program_header *p)
{
    uint64_t size = p->memory_size > p->file_size ? p->memory_size : p->file_size;
    uint64_t file_size = p->file_size;
    if (size == 0)
        return HDBG_OK;
    if (size > UINT64_MAX - p->address) {
        core_problem(k, "the segment at 0x%llx is larger than the address space",
                     (unsigned long long)p->address);
        return HDBG_OK;
    }
    if (p->offset > k->file_size || file_size > k->file_size - p->offset) {
        file_size = p->offset < k->file_size ? k->file_size - p->offset : 0;
        k->info.flags |= HDBG_CORE_IS_TRUNCATED;
    }
    core_segment *segment = core_list_add(&k->segments, sizeof *segment);
    if (segment == NULL)
        return HDBG_NO_MEMORY;
    *segment = (core_segment){p->address, size, file_size, p->offset, 0};
    if (p->flags & 4)
        segment->protection |= HDBG_AREA_READ;
    if (p->flags & 2)
        segment->protection |= HDBG_AREA_WRITE;
    if (p->flags & 1)
        segment->protection |= HDBG_AREA_EXECUTE;
    return HDBG_OK;
}

/* Notes of several segments are read one behind the other; together they cannot be larger than the file. */
static hdbg_status add_notes(core_kernel *k, const program_header *p)
{
    uint64_t size = p->file_size;
    if (p->offset > k->file_size || size > k->file_size - p->offset) {
        size = p->offset < k->file_size ? k->file_size - p->offset : 0;
        k->info.flags |= HDBG_CORE_IS_TRUNCATED;
        core_problem(k, "the notes at 0x%llx are cut off", (unsigned long long)p->offset);
    }
    /* Their sum is rounded up, and may be more than the file by that. */
    if (k->notes_size > k->file_size || size > k->file_size - k->notes_size) {
        core_problem(k, "the notes at 0x%llx overlap others", (unsigned long long)p->offset);
        return HDBG_OK;
    }
    /* What is behind them reads as zeros, so that a short note cannot lead out of the buffer. */
    uint8_t *notes = realloc(k->notes, k->notes_size + (size_t)size + 8);
    if (notes == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for the notes of %s", k->path);
    k->notes = notes;
    size_t got = core_read(k, p->offset, notes + k->notes_size, (size_t)size);
    if (got < size)
        core_problem(k, "the notes at 0x%llx cannot be read as a whole", (unsigned long long)p->offset);
    /* Each segment's notes begin at a border of four bytes, as ELF aligns them. */
    memset(notes + k->notes_size + got, 0, 8);
    k->notes_size += (got + 3) & ~(size_t)3;
    return HDBG_OK;
}

static hdbg_status read_segments(core_kernel *k, const elf_header *header)
{
    size_t least = k->is_64 ? PROGRAM_64 : PROGRAM_32;
    uint32_t count = header->count;
    if (header->entry_size < least)
        return hdbg_fail(HDBG_BAD_DATA, "%s is damaged: its segment headers have %u bytes", k->path,
                         header->entry_size);
    uint64_t room =
        header->programs < k->file_size ? (k->file_size - header->programs) / header->entry_size : 0;
    if (count > room || count > SEGMENTS_MAX) {
        core_problem(k, "%u segments are promised, there is room for %llu", count, (unsigned long long)room);
        k->info.flags |= HDBG_CORE_IS_TRUNCATED;
        count = room < SEGMENTS_MAX ? (uint32_t)room : SEGMENTS_MAX;
    }
    uint8_t *table = malloc((size_t)count * header->entry_size + PROGRAM_64);
    if (table == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for the segments of %s", k->path);
    hdbg_status status = HDBG_OK;
    size_t got = core_read(k, header->programs, table, (size_t)count * header->entry_size);
    for (uint32_t i = 0; i < got / header->entry_size && status == HDBG_OK; i++) {
        program_header p = parse_program_header(k->is_64, table + (size_t)i * header->entry_size);
        if (p.type == LOAD)
            status = add_segment(k, &p);
        else if (p.type == NOTE)
            status = add_notes(k, &p);
    }
    free(table);
    return status;
}

static void read_notes(core_kernel *k)
{
    core_cursor c = {.at = k->notes, .end = k->notes + k->notes_size, .is_64 = k->is_64};
    while (core_left(&c) >= 12) {
        uint32_t name_size = core_u32(&c), size = core_u32(&c), type = core_u32(&c);
        core_note note = {.type = type, .name_size = name_size, .size = size};
        note.name = (const char *)core_bytes(&c, name_size);
        core_bytes(&c, (4 - name_size % 4) % 4);
        note.data = core_bytes(&c, size);
        if (c.failed) {
            core_problem(k, "a note (type 0x%x) is cut off: it is said to have %u bytes", type, size);
            return;
        }
        core_bytes(&c, (4 - size % 4) % 4 < core_left(&c) ? (4 - size % 4) % 4 : core_left(&c));
        if (note.name_size > 0 && note.name[note.name_size - 1] == '\0')
            note.name_size--;
        if (!core_haiku_note(k, &note) && !core_own_note(k, &note))
            core_linux_note(k, &note);
    }
}

hdbg_status core_read_headers(core_kernel *k)
{
    elf_header header = {0};
    hdbg_status status = read_elf_header(k, &header);
    if (status != HDBG_OK)
        return status;
    read_count(k, &header);
    status = read_segments(k, &header);
    if (status != HDBG_OK)
        return status;
    if (k->notes_size > 0)
        read_notes(k);
    if (k->info.flags & HDBG_CORE_IS_TRUNCATED)
        core_problem(k, "the file ends after %llu bytes, before what its headers promise",
                     (unsigned long long)k->file_size);
    return HDBG_OK;
}
