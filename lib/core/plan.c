/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Which memory goes into a core file. What is in a mapped file, unchanged, is left out but for that file's
 * first page, which says which file it was; untouched pages become holes.
 */
#include "base/fail.h"
#include "core/core.h"

#include <haikudbg/registers.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096 };
#define GAP_MAX      (UINT64_C(1) << 30)  /* a larger hole is left out of the file: its size has a limit */
#define RESERVED_MAX (UINT64_C(64) << 30) /* what may not be accessed and is larger is not looked through */

/* What an area is for, in the order in which memory is given up when there is a limit. */
enum { FOR_STACK, FOR_IMAGE, FOR_REST };

static hdbg_status add_piece(core_plan *plan, const core_piece *piece)
{
    if (piece->size == 0)
        return HDBG_OK;
    if (plan->count == plan->room) {
        size_t room = plan->room == 0 ? 64 : plan->room * 2;
        core_piece *larger = realloc(plan->pieces, room * sizeof *larger);
        if (larger == NULL)
            return hdbg_fail(HDBG_NO_MEMORY, "no memory for the plan of a core file");
        plan->pieces = larger;
        plan->room = room;
    }
    plan->pieces[plan->count++] = *piece;
    return HDBG_OK;
}

static int purpose(const core_source *source, const hdbg_area_info *area)
{
    for (size_t i = 0; i < source->thread_count; i++) {
        const hdbg_core_thread *thread = &source->threads[i];
        uint64_t sp = hdbg_cpu_state_role(&thread->cpu_state, HDBG_ROLE_SP);
        if (sp - area->address < area->length)
            return FOR_STACK;
    }
    if (area->protection & HDBG_AREA_STACK)
        return FOR_STACK;
    for (size_t i = 0; i < source->image_count; i++) {
        const hdbg_image_info *image = &source->images[i];
        if (area->address - image->text < image->text_size || area->address - image->data < image->data_size)
            return FOR_IMAGE;
    }
    return FOR_REST;
}

/* Whether pages of a mapped file are not as in the file any more. Without an answer: they may be. */
static bool is_changed(const core_source *source, const hdbg_area_info *area)
{
    uint64_t at = area->address, size = 0;
    return source->next_pages == NULL ||
           source->next_pages(source->context, HDBG_PAGES_OWN, &at, area->address + area->length, &size) !=
               HDBG_BAD_INDEX;
}

/* Area by stretches of touched pages: holes between them, but for very large ones. */
static hdbg_status add_touched(core_plan *plan, const core_source *source, const core_piece *whole)
{
    core_piece piece = *whole;
    uint64_t end = whole->address + whole->size, at = whole->address, size = 0, last = at;
    hdbg_status status = HDBG_OK, found = HDBG_OK;
    piece.file_size = piece.content = 0;
    while (status == HDBG_OK && at < end) {
        found = source->next_pages(source->context, HDBG_PAGES_TOUCHED, &at, end, &size);
        if (found != HDBG_OK || size == 0)
            break;
        if (at - last > GAP_MAX) {
            piece.size = at - piece.address;
            status = add_piece(plan, &piece);
            piece.address = at;
            piece.content = 0;
        }
        piece.content += size;
        at += size;
        last = at;
        piece.file_size = last - piece.address;
    }
    piece.size = end - piece.address;
    /* What follows the last stretch is zeros as well, unless it is too much of it. */
    if (piece.size <= GAP_MAX && (whole->protection & HDBG_AREA_READ))
        piece.file_size = piece.size;
    if (found != HDBG_OK && found != HDBG_BAD_INDEX) {
        piece.file_size = piece.content = piece.size;
        piece.all = true;
    }
    return status == HDBG_OK ? add_piece(plan, &piece) : status;
}

static bool is_readable(const core_source *source, uint64_t address)
{
    uint8_t byte;
    return source->read(source->context, address, &byte, 1) == 1;
}

/* The image that an area is of, or NULL. */
static const hdbg_image_info *image_of(const core_source *source, const hdbg_area_info *area)
{
    for (size_t i = 0; i < source->image_count; i++) {
        const hdbg_image_info *image = &source->images[i];
        if (strcmp(image->path, area->path) == 0 && (area->address - image->text < image->text_size ||
                                                     area->address - image->data < image->data_size))
            return image;
    }
    return NULL;
}

/* Memory of a mapped file that nobody has changed, if the file can still be found under its name. */
static bool is_in_file(const core_source *source, const hdbg_area_info *area)
{
    if (area->path[0] != '/' || (area->protection & HDBG_AREA_WRITE) || access(area->path, R_OK) != 0 ||
        is_changed(source, area))
        return false;
    const hdbg_image_info *image = image_of(source, area);
    return image == NULL || core_has_file(source, image);
}

static hdbg_status add_area(core_plan *plan, const core_source *source, const hdbg_area_info *area,
                            uint32_t flags)
{
    core_piece piece = {.address = area->address, .size = area->length, .protection = area->protection};
    bool is_reserved = !(area->protection & HDBG_AREA_READ) && area->length > RESERVED_MAX;
    int what = purpose(source, area);
    if (((flags & HDBG_CORE_STACKS_ONLY) && what == FOR_REST) || is_reserved)
        return add_piece(plan, &piece);
    if (is_in_file(source, area)) {
        if (area->offset == 0 && is_readable(source, area->address))
            piece.file_size = piece.content = piece.size < PAGE ? piece.size : PAGE;
        piece.all = true;
        return add_piece(plan, &piece);
    }
    /* Of anonymous memory only what was touched holds anything. */
    if (source->next_pages != NULL && area->path[0] != '/' && area->length > 2 * PAGE)
        return add_touched(plan, source, &piece);
    if (is_readable(source, area->address))
        piece.file_size = piece.content = piece.size;
    piece.all = true;
    return add_piece(plan, &piece);
}

/* Gives memory up until the rest fits, what matters least first. */
static void keep_limit(core_plan *plan, const core_source *source, uint64_t limit)
{
    for (int what = FOR_REST; what >= FOR_STACK && plan->total > limit; what--) {
        for (size_t i = plan->count; i-- > 0 && plan->total > limit;) {
            core_piece *piece = &plan->pieces[i];
            hdbg_area_info area = {.address = piece->address, .length = piece->size};
            if (purpose(source, &area) != what)
                continue;
            plan->total -= piece->content;
            piece->file_size = piece->content = 0;
        }
    }
}

hdbg_status core_plan_make(core_plan *plan, const core_source *source, const hdbg_core_options *options)
{
    hdbg_status status = HDBG_OK;
    *plan = (core_plan){0};
    for (size_t i = 0; i < source->area_count && status == HDBG_OK; i++)
        status = add_area(plan, source, &source->areas[i], options->flags);
    for (size_t i = 0; i < plan->count; i++)
        plan->total += plan->pieces[i].content;
    if (options->limit != 0)
        keep_limit(plan, source, options->limit);
    return status;
}

void core_plan_free(core_plan *plan)
{
    free(plan->pieces);
    *plan = (core_plan){0};
}
