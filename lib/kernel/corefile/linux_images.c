/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Areas and images of a core that has Linux's notes alone: from the segments, the mapped files, and the
 * dynamic linker's list in the team's memory. 64 bit; nothing is followed further than it can lead.
 */
#include "kernel/corefile/corefile.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE = 4096,
    MAX_HEADERS = 64,
    MAX_DYNAMIC = 1024,
    MAX_LINKS = 4096,
    MAX_IMAGES = 16384,
    HEADER_SIZE = 64,
    PROGRAM_SIZE = 56,
    /* auxiliary vector */
    AUX_PHDR = 3,
    AUX_PHNUM = 5,
    AUX_BASE = 7,
    AUX_VDSO = 33,
    /* segments and dynamic entries of ELF */
    LOAD = 1,
    DYNAMIC = 2,
    HEADERS = 6,
    TAG_DEBUG = 21,
    FLAG_WRITE = 2
};

typedef struct program {
    uint32_t type, flags;
    uint64_t address, memory_size;
} program;

typedef struct places {
    uint64_t phdr, phnum, base, vdso;
} places;

/* ---- areas ---- */

static core_area *add_area(core_kernel *k, uint64_t address, uint64_t size, uint32_t protection)
{
    core_area *area = core_list_add(&k->areas, sizeof *area);
    if (area == NULL)
        return NULL;
    area->id = (hdbg_area_id)k->areas.count;
    area->address = address;
    area->size = size;
    area->protection = protection;
    area->name = area->path = "";
    return area;
}

/* Mapped files that no segment covers: gcore leaves them out. */
static hdbg_status add_uncovered(core_kernel *k)
{
    for (size_t i = 0; i < k->mappings.count; i++) {
        const core_mapping *m = CORE_AT(k->mappings, core_mapping, i);
        if (core_segment_at(k, m->start) == NULL &&
            add_area(k, m->start, m->end - m->start, HDBG_AREA_READ) == NULL)
            return HDBG_NO_MEMORY;
    }
    return HDBG_OK;
}

/* An area that maps a file is named after it. */
static void name_areas(core_kernel *k)
{
    for (size_t i = 0; i < k->areas.count; i++) {
        core_area *area = CORE_AT(k->areas, core_area, i);
        int64_t index = core_mapping_at(k, area->address);
        if (index < 0)
            continue;
        const core_mapping *m = CORE_AT(k->mappings, core_mapping, index);
        const char *slash = strrchr(m->path, '/');
        area->path = m->path;
        area->offset = m->offset + (area->address - m->start);
        if (area->name[0] == '\0')
            area->name = slash != NULL ? slash + 1 : m->path;
    }
}

hdbg_status core_linux_areas(core_kernel *k)
{
    hdbg_status status = HDBG_OK;
    if (k->areas.count == 0) {
        for (size_t i = 0; i < k->segments.count; i++) {
            const core_segment *s = CORE_AT(k->segments, core_segment, i);
            core_area *area = add_area(k, s->address, s->size, s->protection);
            if (area == NULL)
                return HDBG_NO_MEMORY;
            area->ram_size = s->file_size;
        }
        status = add_uncovered(k);
    }
    name_areas(k);
    return status;
}

/* ---- images ---- */

static places read_auxv(const core_kernel *k)
{
    places found = {0};
    if (k->auxv == NULL)
        return found;
    core_cursor c = {.at = k->auxv, .end = k->auxv + k->auxv_size, .is_64 = k->is_64};
    while (core_left(&c) >= 16) {
        uint64_t type = core_word(&c), value = core_word(&c);
        if (type == AUX_PHDR)
            found.phdr = value;
        else if (type == AUX_PHNUM)
            found.phnum = value;
        else if (type == AUX_BASE)
            found.base = value;
        else if (type == AUX_VDSO)
            found.vdso = value;
    }
    return found;
}

/* Program headers at an address of memory; answers how many could be read. */
static size_t read_programs(core_kernel *k, uint64_t address, uint64_t count, program *out)
{
    uint8_t bytes[MAX_HEADERS * PROGRAM_SIZE];
    if (count > MAX_HEADERS)
        return 0;
    size_t got = core_memory_read(k, address, bytes, (size_t)count * PROGRAM_SIZE) / PROGRAM_SIZE;
    for (size_t i = 0; i < got; i++) {
        core_cursor c = {.at = bytes + i * PROGRAM_SIZE, .end = bytes + (i + 1) * PROGRAM_SIZE, .is_64 = 1};
        out[i].type = core_u32(&c);
        out[i].flags = core_u32(&c);
        core_u64(&c); /* offset */
        out[i].address = core_u64(&c);
        core_u64(&c); /* physical address */
        core_u64(&c); /* file size */
        out[i].memory_size = core_u64(&c);
    }
    return got;
}

/* The segments of an object whose ELF header is at `start`, as far as that can be read. */
static size_t read_object(core_kernel *k, uint64_t start, program *out)
{
    uint8_t header[HEADER_SIZE];
    if (core_memory_read(k, start, header, sizeof header) < sizeof header ||
        memcmp(header, "\177ELF\2\1", 6) != 0)
        return 0;
    core_cursor offset = {.at = header + 32, .end = header + 40},
                size = {.at = header + 54, .end = header + 58};
    uint64_t at = core_u64(&offset);
    uint16_t entry = core_u16(&size), count = core_u16(&size);
    return entry == PROGRAM_SIZE ? read_programs(k, start + at, count, out) : 0;
}

/* The mapping with the start of the file that another one of it belongs to. */
static size_t first_mapping(const core_kernel *k, size_t index)
{
    const core_mapping *list = k->mappings.items;
    size_t first = index;
    while (first > 0 && list[first].offset != 0 && strcmp(list[first - 1].path, list[index].path) == 0 &&
           list[first - 1].offset <= list[first].offset)
        first--;
    return first;
}

static hdbg_image_id image_id(uint64_t address)
{
    uint64_t page = address / PAGE;
    hdbg_image_id id = (hdbg_image_id)((page ^ page >> 31) & INT32_MAX);
    return id != 0 ? id : 1;
}

static void fill_extent(core_kernel *k, core_image *image, uint64_t start, uint64_t end)
{
    program programs[MAX_HEADERS];
    size_t count = read_object(k, start, programs);
    uint64_t first = UINT64_MAX, last = 0, writable = UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        if (programs[i].type != LOAD || programs[i].memory_size > UINT64_MAX - PAGE - programs[i].address)
            continue;
        uint64_t from = programs[i].address & -(uint64_t)PAGE;
        uint64_t to = (programs[i].address + programs[i].memory_size + PAGE - 1) & -(uint64_t)PAGE;
        first = from < first ? from : first;
        last = to > last ? to : last;
        if ((programs[i].flags & FLAG_WRITE) && from < writable)
            writable = from;
    }
    if (last > first && last - first <= UINT64_MAX - start) {
        end = start + (last - first);
        writable = writable == UINT64_MAX ? end : start + (writable - first);
    } else {
        writable = end;
    }
    image->text = start;
    image->text_size = writable - start;
    image->data = writable;
    image->data_size = end - writable;
}

static void add_image(core_kernel *k, uint64_t address, int32_t type, const char *name)
{
    uint64_t start = address, end = address + 1;
    int64_t index = core_mapping_at(k, address);
    if (index >= 0) {
        const core_mapping *list = k->mappings.items;
        size_t first = first_mapping(k, (size_t)index);
        start = list[first].start;
        end = list[index].end;
        name = list[first].path;
    } else {
        const core_segment *segment = core_segment_at(k, address);
        if (segment == NULL)
            return;
        start = segment->address;
        end = segment->address + segment->size;
    }
    for (size_t i = 0; i < k->images.count; i++) {
        if (CORE_AT(k->images, core_image, i)->text == start)
            return;
    }
    core_image *image = k->images.count < MAX_IMAGES ? core_list_add(&k->images, sizeof *image) : NULL;
    if (image == NULL)
        return;
    image->id = image_id(start);
    image->type = type;
    image->path = name;
    fill_extent(k, image, start, end);
}

/* Where the program's dynamic section says that the linker's struct r_debug is, or 0. */
static uint64_t find_r_debug(core_kernel *k, const places *at)
{
    program programs[MAX_HEADERS];
    size_t count = read_programs(k, at->phdr, at->phnum, programs);
    uint64_t dynamic = 0, bias = 0;
    for (size_t i = 0; i < count; i++) {
        if (programs[i].type == HEADERS)
            bias = at->phdr - programs[i].address;
        else if (programs[i].type == DYNAMIC)
            dynamic = programs[i].address;
    }
    for (int i = 0; dynamic != 0 && i < MAX_DYNAMIC; i++) {
        uint8_t entry[16];
        if (core_memory_read(k, bias + dynamic + 16 * (uint64_t)i, entry, sizeof entry) < sizeof entry)
            break;
        core_cursor c = {.at = entry, .end = entry + sizeof entry};
        uint64_t tag = core_u64(&c), value = core_u64(&c);
        if (tag == TAG_DEBUG)
            return value;
        if (tag == 0)
            break;
    }
    return 0;
}

/* The linker's list: address, name, dynamic section, next, previous. */
static size_t add_link_map(core_kernel *k, uint64_t r_debug)
{
    uint8_t bytes[40];
    size_t added = 0;
    if (r_debug == 0 || core_memory_read(k, r_debug + 8, bytes, 8) < 8)
        return 0;
    core_cursor c = {.at = bytes, .end = bytes + 8};
    uint64_t link = core_u64(&c);
    for (int i = 0; link != 0 && i < MAX_LINKS; i++) {
        if (core_memory_read(k, link, bytes, sizeof bytes) < sizeof bytes) {
            core_problem(k, "the dynamic linker's list of images breaks off at 0x%llx",
                         (unsigned long long)link);
            break;
        }
        c = (core_cursor){.at = bytes + 16, .end = bytes + sizeof bytes};
        uint64_t dynamic = core_u64(&c);
        link = core_u64(&c);
        if (dynamic != 0 && core_mapping_at(k, dynamic) >= 0) {
            add_image(k, dynamic, HDBG_IMAGE_LIBRARY, "");
            added++;
        }
    }
    return added;
}

/* Without that list: files that are mapped executable. */
static void add_mapped(core_kernel *k)
{
    for (size_t i = 0; i < k->mappings.count; i++) {
        const core_mapping *m = CORE_AT(k->mappings, core_mapping, i);
        const core_segment *s = core_segment_at(k, m->start);
        if (s == NULL || (s->protection & HDBG_AREA_EXECUTE))
            add_image(k, m->start, k->images.count == 0 ? HDBG_IMAGE_APP : HDBG_IMAGE_LIBRARY, "");
    }
}

hdbg_status core_linux_images(core_kernel *k)
{
    if (k->images.count > 0 || !k->is_64)
        return HDBG_OK;
    places at = read_auxv(k);
    if (at.phdr != 0)
        add_image(k, at.phdr, HDBG_IMAGE_APP, k->name);
    if (at.vdso != 0)
        add_image(k, at.vdso, HDBG_IMAGE_SYSTEM, "commpage");
    if (at.base != 0)
        add_image(k, at.base, HDBG_IMAGE_LIBRARY, "");
    if (add_link_map(k, find_r_debug(k, &at)) == 0)
        add_mapped(k);
    return HDBG_OK;
}
