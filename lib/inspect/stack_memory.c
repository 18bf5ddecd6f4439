/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The memory that a walk reads. The stack is read in large pieces, upwards from the frame that is needed: a
 * stack that has overflowed has a stack pointer below all that can be read, but its frames are there.
 */
#include "inspect/stack_walk.h"

#include <haikudbg/memory.h>

#include <stdlib.h>
#include <string.h>

enum { WINDOW = 64 * 1024, MISSES_MAX = 64 };

int walk_read(walk *w, hdbg_address address, void *buffer, size_t size)
{
    if (address < w->window_at || address - w->window_at > w->window_size ||
        size > w->window_size - (size_t)(address - w->window_at)) {
        w->window_at = address;
        w->window_size = 0;
        if (size <= w->next_size)
            hdbg_memory_read(w->team, address, w->window, w->next_size, &w->window_size);
        w->next_size = WINDOW;
        if (w->window_size < size)
            return 0;
    }
    memcpy(buffer, w->window + (address - w->window_at), size);
    return 1;
}

int walk_read_word(walk *w, hdbg_address address, hdbg_address *value)
{
    *value = 0; /* little-endian */
    return walk_read(w, address, value, w->rules->word);
}

const hdbg_area_info *walk_area(walk *w, hdbg_address address)
{
    if (!w->has_areas) {
        w->has_areas = 1;
        hdbg_areas_get(w->team, &w->areas, &w->area_count);
    }
    return inspect_area_find(w->areas, w->area_count, address);
}

/* Notes that an address is in no image: its whole area is, as code that a program has made is. */
static void miss(walk *w, hdbg_address address)
{
    const hdbg_area_info *area = walk_area(w, address);
    if (area != NULL)
        w->missed[w->misses % WALK_MISSED] =
            (walk_range){.low = area->address, .high = area->address + area->length};
    w->misses++;
}

walk_image *walk_image_add(walk *w)
{
    walk_image *entry = &w->images[w->next_image];
    if (w->image_count < WALK_IMAGES)
        w->image_count++;
    dwarf_file_release(entry->file);
    dwarf_file_release(entry->other);
    w->next_image = (w->next_image + 1) % WALK_IMAGES;
    return entry;
}

walk_image *walk_image_at(walk *w, hdbg_address address)
{
    for (size_t i = 0; i < w->image_count; i++) {
        if (address >= w->images[i].low && address < w->images[i].high)
            return &w->images[i];
    }
    for (size_t i = 0; i < WALK_MISSED; i++) {
        if (address >= w->missed[i].low && address < w->missed[i].high)
            return NULL;
    }
    hdbg_image_info image;
    if (w->misses >= MISSES_MAX)
        return NULL;
    if (inspect_image_at(w->team, address, &image) != HDBG_OK || address - image.text >= image.text_size) {
        miss(w, address);
        return NULL;
    }
    walk_image *entry = walk_image_add(w);
    *entry = (walk_image){.low = image.text, .high = image.text + image.text_size};
    if ((w->flags & HDBG_STACK_NO_CFI) == 0 &&
        inspect_dwarf_of(w->team, &image, INSPECT_FRAMES, &entry->file, &entry->bias) != HDBG_OK)
        entry->file = NULL;
    return entry;
}

int walk_is_code(walk *w, hdbg_address address)
{
    const dwarf_row *row;
    const walk_image *image;
    /* What a function covers is code. The areas, which say it of all else, are only read if need be: a large
     * team has many. */
    if (!w->has_areas && address > 0 && walk_row(w, address - 1, &row, &image) == HDBG_OK)
        return 1;
    const hdbg_area_info *area = walk_area(w, address);
    if (area != NULL)
        return (area->protection & HDBG_AREA_EXECUTE) != 0;
    /* Where a kernel lists no areas for its own pages, such as a commpage, the images know. */
    return walk_image_at(w, address) != NULL;
}

int walk_is_behind_call(walk *w, hdbg_address address)
{
    uint8_t bytes[ARCH_CODE_BEFORE];
    return address >= sizeof bytes &&
           hdbg_memory_read(w->team, address - sizeof bytes, bytes, sizeof bytes, NULL) == HDBG_OK &&
           w->rules->ends_with_call(bytes, sizeof bytes);
}

void walk_end(walk *w)
{
    for (size_t i = 0; i < w->image_count; i++) {
        dwarf_file_release(w->images[i].file);
        dwarf_file_release(w->images[i].other);
    }
    free(w->jumps);
    free(w->window);
    hdbg_areas_free(w->areas);
}
