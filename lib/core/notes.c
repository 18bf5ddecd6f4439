/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A core file's notes: Haiku's (elf.h, core_dump.cpp), and the mapped files, which GDB wants to know of as
 * well.
 */
#include "base/fail.h"
#include "core/core.h"

#include <stdlib.h>
#include <string.h>

enum {
    NOTE_FILE = 0x46494c45,
    NOTE_TEAM = 0x7465616d,
    NOTE_AREAS = 0x61726561,
    NOTE_IMAGES = 0x696d6167,
    NOTE_THREADS = 0x74687264,
    PAGE = 4096,
    /* bytes of the tables' entries, 64 and 32 bit */
    AREA_64 = 40,
    AREA_32 = 24,
    IMAGE_64 = 104,
    IMAGE_32 = 64,
    THREAD_64 = 32,
    THREAD_32 = 20
};

static bool maps_file(const hdbg_area_info *area)
{
    return area->path[0] == '/';
}

static void put_files(core_buffer *b, const core_source *source)
{
    int is_64 = core_is_64(source);
    uint64_t count = 0;
    for (size_t i = 0; i < source->area_count; i++)
        count += maps_file(&source->areas[i]);
    core_put_word(b, is_64, count);
    core_put_word(b, is_64, PAGE);
    for (size_t i = 0; i < source->area_count; i++) {
        const hdbg_area_info *area = &source->areas[i];
        if (!maps_file(area))
            continue;
        core_put_word(b, is_64, area->address);
        core_put_word(b, is_64, area->address + area->length);
        core_put_word(b, is_64, area->offset / PAGE);
    }
    for (size_t i = 0; i < source->area_count; i++) {
        if (maps_file(&source->areas[i]))
            core_put_string(b, source->areas[i].path);
    }
}

static void put_team(core_buffer *b, const core_source *source)
{
    core_put_u32(b, 12);
    core_put_u32(b, (uint32_t)source->team.team);
    core_put_u32(b, source->team.user);
    core_put_u32(b, source->team.group);
    core_put_string(b, source->team.arguments);
}

static void put_areas(core_buffer *b, const core_source *source)
{
    int is_64 = core_is_64(source);
    core_put_u32(b, (uint32_t)source->area_count);
    core_put_u32(b, is_64 ? AREA_64 : AREA_32);
    for (size_t i = 0; i < source->area_count; i++) {
        const hdbg_area_info *area = &source->areas[i];
        core_put_u32(b, (uint32_t)area->area);
        core_put_u32(b, area->lock);
        core_put_u32(b, area->protection);
        if (is_64)
            core_put_u32(b, 0);
        core_put_word(b, is_64, area->address);
        core_put_word(b, is_64, area->length);
        core_put_word(b, is_64, area->ram_size);
    }
    for (size_t i = 0; i < source->area_count; i++)
        core_put_string(b, source->areas[i].name);
}

/* Where the tables of an image's dynamic symbols are is not known here: 0, as Haiku writes of images that
 * have none. */
static void put_images(core_buffer *b, const core_source *source)
{
    int is_64 = core_is_64(source);
    core_put_u32(b, (uint32_t)source->image_count);
    core_put_u32(b, is_64 ? IMAGE_64 : IMAGE_32);
    for (size_t i = 0; i < source->image_count; i++) {
        const hdbg_image_info *image = &source->images[i];
        core_put_u32(b, (uint32_t)image->id);
        core_put_u32(b, (uint32_t)image->type);
        core_put_word(b, is_64, image->init_routine);
        core_put_word(b, is_64, image->term_routine);
        if (is_64)
            core_put_u32(b, 0);
        core_put_u32(b, (uint32_t)image->device);
        if (!is_64)
            core_put_u32(b, 0);
        core_put_u64(b, (uint64_t)image->node);
        core_put_word(b, is_64, image->text);
        core_put_word(b, is_64, image->text_size);
        core_put_word(b, is_64, 0); /* text_delta */
        core_put_word(b, is_64, image->data);
        core_put_word(b, is_64, image->data_size);
        for (int n = 0; n < 3; n++) /* symbol table, hash, strings */
            core_put_word(b, is_64, 0);
    }
    for (size_t i = 0; i < source->image_count; i++)
        core_put_string(b, source->images[i].path);
}

static void put_threads(core_buffer *b, const core_source *source)
{
    int is_64 = core_is_64(source);
    uint32_t cpu_size = source->thread_count > 0 ? source->threads[0].cpu_state.size : 0;
    core_put_u32(b, (uint32_t)source->thread_count);
    core_put_u32(b, is_64 ? THREAD_64 : THREAD_32);
    core_put_u32(b, cpu_size);
    for (size_t i = 0; i < source->thread_count; i++) {
        const hdbg_core_thread *thread = &source->threads[i];
        core_put_u32(b, (uint32_t)thread->thread);
        core_put_u32(b, (uint32_t)thread->state);
        core_put_u32(b, (uint32_t)thread->priority);
        if (is_64)
            core_put_u32(b, 0);
        core_put_word(b, is_64, thread->stack_base);
        core_put_word(b, is_64, thread->stack_end);
        core_put(b, thread->cpu_state.data, cpu_size);
    }
    for (size_t i = 0; i < source->thread_count; i++)
        core_put_string(b, source->threads[i].name);
}

static const struct {
    const char *name;
    uint32_t type;
    void (*put)(core_buffer *b, const core_source *source);
} kinds[] = {{"CORE", NOTE_FILE, put_files},
             {"Haiku", NOTE_TEAM, put_team},
             {"Haiku", NOTE_AREAS, put_areas},
             {"Haiku", NOTE_IMAGES, put_images},
             {"Haiku", NOTE_THREADS, put_threads}};

hdbg_status core_put_notes(core_buffer *buffer, const core_source *source)
{
    core_put(buffer, source->notes.bytes, source->notes.size);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        core_buffer note = {0};
        kinds[i].put(&note, source);
        core_put_note(buffer, kinds[i].name, kinds[i].type, note.bytes, note.size);
        buffer->failed |= note.failed;
        free(note.bytes);
    }
    core_put_symbols(buffer, source);
    return buffer->failed ? hdbg_fail(HDBG_NO_MEMORY, "no memory for the notes of a core file") : HDBG_OK;
}
