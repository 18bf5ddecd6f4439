/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What an image is made of: its file, or itself as it lies in the team's memory when the file is gone or
 * another.
 */
#include "base/fail.h"
#include "inspect/inspect.h"
#include "session/internal.h"

#include <haikudbg/image.h>
#include <haikudbg/memory.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { HEADER = 4096 };

static size_t read_mapped(void *context, uint64_t at, void *buffer, size_t size)
{
    const inspect_mapped *image = context;
    size_t got = 0;
    hdbg_memory_read(image->team, image->header + at, buffer, size, &got);
    return got;
}

static int is_header(hdbg_team *team, hdbg_address address)
{
    uint8_t magic[4];
    return hdbg_memory_read(team, address, magic, sizeof magic, NULL) == HDBG_OK &&
           memcmp(magic, "\177ELF", sizeof magic) == 0;
}

/* Where the ELF header of an image lies: at its text, or, if that is only the executable segment, before it.
 */
static hdbg_status find_header(hdbg_team *team, const hdbg_image_info *image, hdbg_address *header)
{
    hdbg_area_info *areas = NULL;
    size_t count = 0;
    *header = image->text;
    if (is_header(team, image->text))
        return HDBG_OK;
    hdbg_status status = hdbg_areas_get(team, &areas, &count);
    if (status != HDBG_OK)
        return status;
    const hdbg_area_info *area = inspect_area_find(areas, count, image->text);
    status = HDBG_BAD_DATA;
    /* Downwards as long as the areas map the same file. */
    for (const hdbg_area_info *a = area; a != NULL && status != HDBG_OK; a--) {
        if (strcmp(a->path, area->path) != 0)
            break;
        *header = a->address;
        if (is_header(team, a->address))
            status = HDBG_OK;
        if (a == areas)
            break;
    }
    hdbg_areas_free(areas);
    if (status != HDBG_OK)
        return hdbg_fail(status, "the image %s of team %d has no ELF header in memory", image->path,
                         (int)hdbg_team_id_of(team));
    return HDBG_OK;
}

hdbg_status inspect_mapped_input(hdbg_team *team, const hdbg_image_info *image, inspect_mapped *context,
                                 elf_input *input)
{
    context->team = team;
    hdbg_status status = find_header(team, image, &context->header);
    if (status != HDBG_OK)
        return status;
    uint64_t end = image->text + image->text_size;
    if (image->data > image->text && image->data + image->data_size > end)
        end = image->data + image->data_size;
    *input = (elf_input){.read = read_mapped,
                         .context = context,
                         .size = end > context->header ? end - context->header : 0,
                         .mapped = 1,
                         .name = image->path};
    return HDBG_OK;
}

/* Whether a file is the one that is mapped. Its inode says so; but where that is another (files replaced by
 * an update, and file systems stacked on others), the headers, which hold the build-id as a rule, decide. */
int inspect_is_mapped_file(hdbg_team *team, const hdbg_image_info *image)
{
    struct stat info;
    if (stat(image->path, &info) != 0)
        return 0;
    if (image->node <= 0 || (int64_t)info.st_ino == image->node)
        return 1;
    int same = 1;
    elf_file *file = malloc(sizeof *file);
    uint8_t *there = malloc(2 * HEADER);
    hdbg_address header = 0;
    if (file != NULL && there != NULL && elf_file_open(file, image->path) == HDBG_OK) {
        size_t size = file->object.input.size < HEADER ? (size_t)file->object.input.size : HEADER;
        if (find_header(team, image, &header) == HDBG_OK &&
            hdbg_memory_read(team, header, there, size, NULL) == HDBG_OK &&
            elf_read(&file->object, 0, there + HEADER, size) == HDBG_OK)
            same = memcmp(there, there + HEADER, size) == 0;
        elf_file_close(file);
    }
    free(there);
    free(file);
    return same;
}

symbol_table *inspect_symbols_glance(hdbg_team *team, const hdbg_image_info *image, hdbg_address address,
                                     uint64_t *bias, uint64_t *looked)
{
    if (image->path[0] != '/' || !inspect_is_mapped_file(team, image))
        return NULL;
    return symbol_table_load_near(image->path, &hdbg_symbol_paths, image->text, image->data, address, bias,
                                  looked);
}

hdbg_status inspect_symbols_load(hdbg_team *team, const hdbg_image_info *image, symbol_table **table,
                                 uint64_t *bias)
{
    inspect_mapped context;
    elf_input input;
    symbol_table *file = NULL, *mapped = NULL;
    *table = NULL;
    if (image->path[0] == '/' && inspect_is_mapped_file(team, image)) {
        file = symbol_table_load(image->path, &hdbg_symbol_paths);
        if (file == NULL)
            return HDBG_NO_MEMORY;
        *bias = symbol_table_bias(file, image->text, image->data);
        if (file->status == HDBG_OK) {
            *table = file;
            return HDBG_OK;
        }
    }
    hdbg_status status = inspect_mapped_input(team, image, &context, &input);
    if (status == HDBG_TEAM_GONE || status == HDBG_DETACHED) {
        symbol_table_release(file);
        return status;
    }
    if (status == HDBG_OK) {
        mapped = symbol_table_load_mapped(&input, context.header);
        *bias = mapped != NULL ? symbol_table_bias(mapped, context.header, 0) : 0;
    } else if (file == NULL) {
        mapped = symbol_table_empty(status);
    }
    /* The file's reason why it has none is the better one. */
    if (file != NULL && (mapped == NULL || mapped->status != HDBG_OK)) {
        symbol_table_release(mapped);
        mapped = file;
    } else {
        symbol_table_release(file);
    }
    symbol_table *known = mapped != NULL && mapped->count == 0 ? inspect_kernel_symbols(team, image) : NULL;
    if (known != NULL) {
        symbol_table_release(mapped);
        mapped = known;
        *bias = 0;
    }
    *table = mapped;
    return mapped != NULL ? HDBG_OK : HDBG_NO_MEMORY;
}

hdbg_status hdbg_image_build_id(hdbg_team *team, hdbg_image_id image, uint8_t *id, size_t *size)
{
    hdbg_image_info info;
    hdbg_status status = inspect_image_by_id(team, image, &info);
    if (status != HDBG_OK)
        return status;
    inspect_mapped context;
    elf_input input;
    elf_object object;
    size_t room = *size;
    /* What is mapped is the truth; a file whose notes are not in memory is asked next. */
    status = inspect_mapped_input(team, &info, &context, &input);
    if (status == HDBG_OK) {
        status = elf_open(&object, &input);
        if (status == HDBG_OK)
            status = elf_build_id(&object, id, size);
        elf_close(&object);
    }
    elf_file *file = NULL;
    if (status != HDBG_OK && status != HDBG_BUFFER_OVERFLOW && info.path[0] == '/' &&
        inspect_is_mapped_file(team, &info))
        file = malloc(sizeof *file);
    if (file != NULL && elf_file_open(file, info.path) == HDBG_OK) {
        *size = room;
        status = elf_build_id(&file->object, id, size);
        elf_file_close(file);
    }
    free(file);
    if (status == HDBG_BUFFER_OVERFLOW)
        return hdbg_fail(status, "the build-id of %s has %zu bytes, there is room for %zu", info.path, *size,
                         room);
    if (status == HDBG_NAME_NOT_FOUND)
        return hdbg_fail(status, "%s has no build-id", info.path);
    return status;
}
