/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the kernel says of the dead team: itself, its threads, images, areas, symbols.
 */
#include "base/fail.h"
#include "kernel/corefile/corefile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

core_thread *core_thread_find(core_kernel *k, hdbg_thread_id id)
{
    size_t low = 0, high = k->by_id.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        core_thread *thread = *CORE_AT(k->by_id, core_thread *, middle);
        if (thread->id == id)
            return thread;
        if (thread->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static hdbg_status no_team(const core_kernel *k, hdbg_team_id team)
{
    return hdbg_fail(HDBG_BAD_TEAM_ID, "%s has no team %d", k->path, (int)team);
}

/* The next index of a list that a cookie goes through, or -1. */
static int64_t advance(const core_list *list, int64_t *cookie)
{
    if (*cookie < 0 || (uint64_t)*cookie >= list->count)
        return -1;
    return (*cookie)++;
}

static hdbg_status end_of_list(void)
{
    return hdbg_fail(HDBG_BAD_INDEX, "the list is at its end");
}

static hdbg_status system_info(void *context, hdbg_system_info *info)
{
    const core_kernel *k = context;
    info->release = HDBG_RELEASE_BETA6;
    info->arch = k->arch;
    info->cpu_count = 1;
    info->page_size = 4096;
    snprintf(info->kernel_name, sizeof info->kernel_name, "corefile");
    snprintf(info->system, sizeof info->system, "core file of %s",
             k->info.flags & HDBG_CORE_HAS_HAIKU_NOTES ? "Haiku's format" : "Linux");
    return HDBG_OK;
}

/* ---- the team ---- */

static int32_t argument_count(const char *arguments)
{
    int32_t count = 0;
    for (const char *at = arguments; *at != '\0'; at++)
        count += *at != ' ' && (at == arguments || at[-1] == ' ');
    return count;
}

static hdbg_status team_info(void *context, hdbg_team_id team, hdbg_team_info *info)
{
    const core_kernel *k = context;
    if (team != k->info.team)
        return no_team(k, team);
    size_t size = info->size;
    memset(info, 0, sizeof *info);
    info->size = size;
    info->team = team;
    info->parent = k->parent;
    info->arch = k->arch;
    info->thread_count = (int32_t)k->info.thread_count;
    info->image_count = (int32_t)k->images.count;
    info->area_count = (int32_t)k->areas.count;
    info->debugger_nub_thread = -1;
    info->debugger_nub_port = k->nub_port;
    info->user = k->user;
    info->group = k->group;
    info->process_group = k->process_group;
    info->session = k->session;
    info->argument_count = argument_count(k->arguments);
    snprintf(info->name, sizeof info->name, "%s", k->name);
    snprintf(info->arguments, sizeof info->arguments, "%s", k->arguments);
    return HDBG_OK;
}

static hdbg_status next_team(void *context, int64_t *cookie, hdbg_team_info *info)
{
    const core_kernel *k = context;
    if (*cookie != 0)
        return end_of_list();
    *cookie = 1;
    return team_info(context, k->info.team, info);
}

/* ---- threads ---- */

/* Haiku lists the nub that wrote the core among the team's threads. */
bool core_is_nub(const core_kernel *k, const core_thread *thread)
{
    char name[HDBG_NAME_LENGTH];
    snprintf(name, sizeof name, "team %d debug task", (int)k->info.team);
    return strcmp(name, thread->name) == 0;
}

static void fill_thread(const core_kernel *k, const core_thread *thread, hdbg_thread_info *info)
{
    size_t size = info->size;
    memset(info, 0, sizeof *info);
    info->size = size;
    info->thread = thread->id;
    info->team = k->info.team;
    info->state = thread->state;
    info->priority = thread->priority;
    info->stack_base = thread->stack_base;
    info->stack_end = thread->stack_end;
    snprintf(info->name, sizeof info->name, "%s", thread->name);
    if (core_is_nub(k, thread))
        info->flags = HDBG_THREAD_IS_NUB;
}

static hdbg_status thread_info(void *context, hdbg_thread_id id, hdbg_thread_info *info)
{
    core_kernel *k = context;
    const core_thread *thread = core_thread_find(k, id);
    if (thread == NULL)
        return hdbg_fail(HDBG_BAD_THREAD_ID, "%s has no thread %d", k->path, (int)id);
    fill_thread(k, thread, info);
    return HDBG_OK;
}

static hdbg_status next_thread(void *context, hdbg_team_id team, int64_t *cookie, hdbg_thread_info *info)
{
    core_kernel *k = context;
    if (team != k->info.team)
        return no_team(k, team);
    int64_t index = advance(&k->threads, cookie);
    if (index < 0)
        return end_of_list();
    fill_thread(k, CORE_AT(k->threads, core_thread, index), info);
    return HDBG_OK;
}

static hdbg_status extra_registers(void *context, hdbg_thread_id id, hdbg_extra_registers *registers)
{
    core_kernel *k = context;
    const core_thread *thread = core_thread_find(k, id);
    if (thread == NULL)
        return hdbg_fail(HDBG_BAD_THREAD_ID, "%s has no thread %d", k->path, (int)id);
    size_t size = registers->size;
    *registers = thread->extra;
    registers->size = size;
    return HDBG_OK;
}

/* ---- images and areas ---- */

static hdbg_status next_image(void *context, hdbg_team_id team, int64_t *cookie, hdbg_image_info *info)
{
    core_kernel *k = context;
    if (team != k->info.team)
        return no_team(k, team);
    int64_t index = advance(&k->images, cookie);
    if (index < 0)
        return end_of_list();
    const core_image *image = CORE_AT(k->images, core_image, index);
    memset(info, 0, sizeof *info);
    info->id = image->id;
    info->type = image->type;
    info->sequence = info->init_order = (int32_t)index;
    info->init_routine = image->init_routine;
    info->term_routine = image->term_routine;
    info->text = image->text;
    info->text_size = image->text_size;
    info->data = image->data;
    info->data_size = image->data_size;
    info->node = image->node;
    info->device = image->device;
    snprintf(info->path, sizeof info->path, "%s", image->path);
    return HDBG_OK;
}

static hdbg_status next_area(void *context, hdbg_team_id team, int64_t *cookie, hdbg_area_info *info)
{
    core_kernel *k = context;
    if (team != k->info.team)
        return no_team(k, team);
    int64_t index = advance(&k->areas, cookie);
    if (index < 0)
        return end_of_list();
    const core_area *area = CORE_AT(k->areas, core_area, index);
    size_t size = info->size;
    memset(info, 0, sizeof *info);
    info->size = size;
    info->area = area->id;
    info->team = team;
    info->address = area->address;
    info->length = area->size;
    info->ram_size = area->ram_size;
    info->protection = area->protection;
    info->lock = area->lock;
    info->offset = area->offset;
    snprintf(info->name, sizeof info->name, "%s", area->name);
    snprintf(info->path, sizeof info->path, "%s", area->path);
    return HDBG_OK;
}

static hdbg_status area_info(void *context, hdbg_area_id area, hdbg_area_info *info)
{
    (void)context;
    (void)info;
    return hdbg_fail(HDBG_BAD_VALUE, "area %d is none that was cloned", (int)area);
}

static hdbg_status delete_area(void *context, hdbg_area_id area)
{
    return area_info(context, area, NULL);
}

/* ---- symbols ---- */

static const core_image *find_image(const core_kernel *k, hdbg_image_id id)
{
    for (size_t i = 0; i < k->images.count; i++) {
        if (CORE_AT(k->images, core_image, i)->id == id)
            return CORE_AT(k->images, core_image, i);
    }
    return NULL;
}

/* An entry of ELF's symbol table, whose members are in another order in 32 bits. */
static bool fill_symbol(const core_kernel *k, const core_symbols *list, size_t index, uint64_t delta,
                        hdbg_kernel_symbol *symbol)
{
    core_cursor c = {.at = list->entries + index * list->entry_size, .is_64 = k->is_64};
    c.end = c.at + list->entry_size;
    uint32_t name = core_u32(&c);
    uint8_t kind;
    uint64_t value, length;
    if (k->is_64) {
        kind = (uint8_t)core_u16(&c);
        core_u16(&c);
        value = core_u64(&c);
        length = core_u64(&c);
    } else {
        value = core_u32(&c);
        length = core_u32(&c);
        kind = (uint8_t)core_u16(&c);
    }
    if (name >= list->strings_size || memchr(list->strings + name, '\0', list->strings_size - name) == NULL)
        return false;
    symbol->name = list->strings + name;
    symbol->address = value + delta;
    symbol->length = length;
    symbol->kind = (kind & 15) == 1 ? 2 : (kind & 15) == 2 ? 1 : 0; /* ELF: object, function */
    symbol->is_global = kind >> 4 != 0;
    return symbol->name[0] != '\0';
}

/* The cookie: which note, and which entry in it. */
static hdbg_status next_symbol(void *context, hdbg_team_id team, hdbg_image_id image, int64_t *cookie,
                               hdbg_kernel_symbol *symbol)
{
    core_kernel *k = context;
    const core_image *of = find_image(k, image);
    if (team != k->info.team)
        return no_team(k, team);
    for (size_t i = (size_t)(*cookie >> 32); *cookie >= 0 && i < k->symbols.count; i++) {
        const core_symbols *list = CORE_AT(k->symbols, core_symbols, i);
        size_t first = (size_t)(*cookie & UINT32_MAX);
        for (size_t n = first; list->image == image && n < list->count; n++) {
            *cookie = (int64_t)((uint64_t)i << 32 | (n + 1));
            if (fill_symbol(k, list, n, of != NULL ? (uint64_t)of->text_delta : 0, symbol))
                return HDBG_OK;
        }
        *cookie = (int64_t)((uint64_t)(i + 1) << 32);
    }
    return end_of_list();
}

const hdbg_kernel_ops core_info_ops = {
    .system_info = system_info,
    .team_info = team_info,
    .next_team = next_team,
    .thread_info = thread_info,
    .next_thread = next_thread,
    .next_image = next_image,
    .next_area = next_area,
    .area_info = area_info,
    .delete_area = delete_area,
    .extra_registers = extra_registers,
    .next_symbol = next_symbol,
};
