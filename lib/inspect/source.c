/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Source lines of addresses, addresses of source lines.
 */
#include "base/fail.h"
#include "dwarf/dwarf.h"
#include "inspect/inspect.h"

#include <haikudbg/image.h>
#include <haikudbg/source.h>

#include <stdlib.h>
#include <string.h>

hdbg_status hdbg_source_at(hdbg_team *team, hdbg_address address,
                           int (*visit)(void *context, size_t depth, const hdbg_source_line *line),
                           void *context)
{
    hdbg_image_info image;
    dwarf_file *file = NULL;
    uint64_t bias = 0;
    const dwarf_line *lines = NULL;
    size_t count = 0;
    hdbg_status status = inspect_image_at(team, address, &image);
    if (status == HDBG_OK)
        status = inspect_dwarf_of(team, &image, INSPECT_LINES, &file, &bias);
    if (status == HDBG_OK)
        status = dwarf_file_lines(file, address - bias, &lines, &count);
    for (size_t i = 0; status == HDBG_OK && i < count; i++) {
        hdbg_source_line line = {.size = sizeof line,
                                 .function = lines[i].function,
                                 .linkage_name = lines[i].linkage_name,
                                 .file = lines[i].file,
                                 .producer = lines[i].producer,
                                 .line = lines[i].line,
                                 .column = lines[i].column,
                                 .is_inlined = lines[i].is_inlined,
                                 .language = lines[i].language,
                                 .entry = lines[i].entry != 0 ? lines[i].entry + bias : 0};
        if (visit(context, i, &line) != 0)
            break;
    }
    dwarf_file_release(file);
    return status;
}

/* ---- addresses of a line ---- */

/* What is gathered from all images: those whose line is the lowest. */
typedef struct line_places {
    hdbg_address *addresses;
    size_t count;
    int32_t line;      /* 0: none yet */
    hdbg_status other; /* why an image could not be looked through */
} line_places;

static hdbg_status take_places(line_places *places, const uint64_t *found, size_t count, uint64_t bias,
                               int32_t line)
{
    if (places->line != 0 && line > places->line)
        return HDBG_OK;
    if (line < places->line)
        places->count = 0;
    places->line = line;
    hdbg_address *larger = realloc(places->addresses, (places->count + count + 1) * sizeof *larger);
    if (larger == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for the addresses of a line");
    places->addresses = larger;
    for (size_t i = 0; i < count; i++)
        larger[places->count++] = found[i] + bias;
    return HDBG_OK;
}

static hdbg_status search_image(hdbg_team *team, const hdbg_image_info *image, const char *file_name,
                                int32_t line, line_places *places)
{
    dwarf_file *file = NULL;
    uint64_t bias = 0, *found = NULL;
    size_t count = 0;
    int32_t found_line = 0;
    hdbg_status status = inspect_dwarf_of(team, image, INSPECT_LINES, &file, &bias);
    if (status == HDBG_OK)
        status = dwarf_file_addresses(file, file_name, line, &found, &count, &found_line);
    if (status == HDBG_OK)
        status = take_places(places, found, count, bias, found_line);
    else if (status != HDBG_TEAM_GONE && status != HDBG_DETACHED && status != HDBG_NO_MEMORY) {
        if (status != HDBG_NAME_NOT_FOUND)
            places->other = status;
        status = HDBG_OK;
    }
    free(found);
    dwarf_file_release(file);
    return status;
}

hdbg_status hdbg_source_addresses(hdbg_team *team, const char *file, int32_t line, hdbg_address *addresses,
                                  size_t capacity, size_t *count, int32_t *found_line)
{
    hdbg_image_list *images = NULL;
    line_places places = {.other = HDBG_OK};
    *count = 0;
    if (file == NULL || file[0] == '\0' || line < 0 || (addresses == NULL && capacity != 0))
        return hdbg_fail(HDBG_BAD_VALUE, "there is no line %d of a file without a name", (int)line);
    hdbg_status status = inspect_images(team, &images);
    for (size_t i = 0; status == HDBG_OK && i < hdbg_image_list_count(images); i++)
        status = search_image(team, hdbg_image_list_at(images, i), file, line, &places);
    hdbg_image_list_free(images);
    if (status == HDBG_OK && places.count == 0)
        status =
            places.other != HDBG_OK
                ? hdbg_fail(places.other,
                            "no code of %s from line %d on was found, and not all debug "
                            "information could be read",
                            file, (int)line)
                : hdbg_fail(HDBG_NAME_NOT_FOUND, "there is no code of %s from line %d on", file, (int)line);
    if (status == HDBG_OK) {
        *count = places.count;
        for (size_t i = 0; i < places.count && i < capacity; i++)
            addresses[i] = places.addresses[i];
        if (found_line != NULL)
            *found_line = places.line;
    }
    free(places.addresses);
    return status;
}
