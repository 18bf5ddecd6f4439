/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Haiku's notes (elf.h, core_dump.cpp): the team, its areas, images, threads, and symbols of images that have
 * no file. NT_FILE, which Linux has too, is in linux_notes.c.
 *
 * Each table says how large its entries are; later releases may append members.
 */
#include "base/fail.h"
#include "kernel/corefile/corefile.h"

#include <stdio.h>
#include <string.h>

enum {
    NOTE_TEAM = 0x7465616d,
    NOTE_AREAS = 0x61726561,
    NOTE_IMAGES = 0x696d6167,
    NOTE_THREADS = 0x74687264,
    NOTE_SYMBOLS = 0x73796d73
};

/* A table within a note. */
typedef struct table {
    uint32_t count, entry_size;
    core_cursor entries, names;
} table;

/* `least`: bytes of an entry that are understood. Fewer entries are taken than are promised if no more are
 * there. */
static bool open_table(core_kernel *k, const char *what, core_cursor c, uint32_t count, uint32_t entry_size,
                       size_t least, size_t extra, table *t)
{
    size_t stride = (size_t)entry_size + extra;
    if (c.failed || entry_size < least) {
        core_problem(k, "the note of the %s is damaged: its entries have %u bytes", what, entry_size);
        return false;
    }
    if (count > core_left(&c) / stride) {
        core_problem(k, "%u %s are promised, there is room for %zu", count, what, core_left(&c) / stride);
        count = (uint32_t)(core_left(&c) / stride);
    }
    *t = (table){count, entry_size, c, c};
    core_bytes(&t->names, count * stride);
    return true;
}

/* The next entry, as a cursor of its own. */
static core_cursor next_entry(table *t, size_t size)
{
    core_cursor entry = t->entries;
    core_bytes(&t->entries, size);
    entry.end = t->entries.at;
    return entry;
}

static void read_team(core_kernel *k, core_cursor c)
{
    uint32_t size = core_u32(&c);
    core_cursor entry = c;
    const uint8_t *bytes = core_bytes(&c, size);
    if (bytes == NULL || size < 12) {
        core_problem(k, "the note of the team is damaged");
        return;
    }
    if (k->has_haiku_team) {
        core_problem(k, "there is more than one note of a team");
        return;
    }
    entry.end = c.at;
    k->info.team = (int32_t)core_u32(&entry);
    k->user = core_u32(&entry);
    k->group = core_u32(&entry);
    snprintf(k->arguments, sizeof k->arguments, "%s", core_string(&c));
    k->has_team = k->has_haiku_team = true;
}

static void read_areas(core_kernel *k, core_cursor c)
{
    table t;
    uint32_t count = core_u32(&c), size = core_u32(&c);
    if (!open_table(k, "areas", c, count, size, k->is_64 ? 40 : 24, 0, &t))
        return;
    for (uint32_t i = 0; i < t.count; i++) {
        core_cursor e = next_entry(&t, t.entry_size);
        core_area *area = core_list_add(&k->areas, sizeof *area);
        if (area == NULL)
            return;
        area->id = (int32_t)core_u32(&e);
        area->lock = core_u32(&e);
        area->protection = core_u32(&e);
        if (k->is_64)
            core_u32(&e);
        area->address = core_word(&e);
        area->size = core_word(&e);
        area->ram_size = core_word(&e);
        area->name = core_string(&t.names);
        area->path = "";
        if (area->size > UINT64_MAX - area->address) {
            core_problem(k, "area %d (%s) is larger than the address space", (int)area->id, area->name);
            k->areas.count--;
        }
    }
    if (t.names.failed)
        core_problem(k, "the names of areas are cut off");
}

static void read_images(core_kernel *k, core_cursor c)
{
    table t;
    uint32_t count = core_u32(&c), size = core_u32(&c);
    if (!open_table(k, "images", c, count, size, k->is_64 ? 104 : 64, 0, &t))
        return;
    for (uint32_t i = 0; i < t.count; i++) {
        core_cursor e = next_entry(&t, t.entry_size);
        core_image *image = core_list_add(&k->images, sizeof *image);
        if (image == NULL)
            return;
        image->id = (int32_t)core_u32(&e);
        image->type = (int32_t)core_u32(&e);
        image->init_routine = core_word(&e);
        image->term_routine = core_word(&e);
        if (k->is_64)
            core_u32(&e);
        image->device = (int32_t)core_u32(&e);
        if (!k->is_64)
            core_u32(&e); /* the next one is aligned */
        image->node = (int64_t)core_u64(&e);
        image->text = core_word(&e);
        image->text_size = core_word(&e);
        image->text_delta = (int64_t)core_word(&e);
        image->data = core_word(&e);
        image->data_size = core_word(&e);
        image->path = core_string(&t.names);
    }
    if (t.names.failed)
        core_problem(k, "the names of images are cut off");
}

static void read_thread(core_kernel *k, core_cursor *e, const uint8_t *cpu, size_t cpu_size, const char *name)
{
    core_thread *thread = core_list_add(&k->threads, sizeof *thread);
    if (thread == NULL)
        return;
    thread->id = (int32_t)core_u32(e);
    thread->state = (int32_t)core_u32(e);
    thread->priority = (int32_t)core_u32(e);
    if (k->is_64)
        core_u32(e);
    thread->stack_base = core_word(e);
    thread->stack_end = core_word(e);
    thread->name = name;
    thread->cpu.arch = k->arch;
    thread->cpu.size = (uint32_t)core_cpu_size(k->arch);
    memcpy(thread->cpu.data, cpu, cpu_size < thread->cpu.size ? cpu_size : thread->cpu.size);
}

static void read_threads(core_kernel *k, core_cursor c)
{
    table t;
    uint32_t count = core_u32(&c), size = core_u32(&c), cpu_size = core_u32(&c);
    if (!open_table(k, "threads", c, count, size, k->is_64 ? 32 : 20, cpu_size, &t))
        return;
    if (cpu_size != core_cpu_size(k->arch))
        core_problem(k, "the registers of threads have %u bytes, not %zu", cpu_size, core_cpu_size(k->arch));
    for (uint32_t i = 0; i < t.count; i++) {
        core_cursor e = next_entry(&t, t.entry_size);
        const uint8_t *cpu = core_bytes(&t.entries, cpu_size);
        read_thread(k, &e, cpu, cpu_size, core_string(&t.names));
    }
    if (t.names.failed)
        core_problem(k, "the names of threads are cut off");
}

static void read_symbols(core_kernel *k, core_cursor c)
{
    table t;
    int32_t image = (int32_t)core_u32(&c);
    uint32_t count = core_u32(&c), size = core_u32(&c);
    if (!open_table(k, "symbols", c, count, size, k->is_64 ? 24 : 16, 0, &t))
        return;
    core_symbols *symbols = core_list_add(&k->symbols, sizeof *symbols);
    if (symbols == NULL)
        return;
    symbols->image = image;
    symbols->entries = t.entries.at;
    symbols->count = t.count;
    symbols->entry_size = t.entry_size;
    symbols->strings = (const char *)t.names.at;
    symbols->strings_size = core_left(&t.names);
    k->info.symbol_count += t.count;
}

static const struct {
    uint32_t type;
    void (*read)(core_kernel *k, core_cursor c);
} kinds[] = {{NOTE_TEAM, read_team},
             {NOTE_AREAS, read_areas},
             {NOTE_IMAGES, read_images},
             {NOTE_THREADS, read_threads},
             {NOTE_SYMBOLS, read_symbols}};

int core_haiku_note(core_kernel *k, const core_note *note)
{
    if (note->name_size != 5 || memcmp(note->name, "Haiku", 5) != 0)
        return 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].type == note->type) {
            k->info.flags |= HDBG_CORE_HAS_HAIKU_NOTES;
            kinds[i].read(k, core_cursor_of(k, note));
            return 1;
        }
    }
    core_problem(k, "a note of Haiku's is of an unknown type, 0x%x", note->type);
    return 1;
}
