/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The files that are open. A file that cannot be used is open all the same, and says why.
 */
#include "worker.h"
#include "base/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* This program's own: one process, one thread, one list. */
static worker_file *gFiles;
static uint32_t gLast;

worker_file *worker_file_find(uint32_t number)
{
    worker_file *file = gFiles;
    while (file != NULL && file->number != number)
        file = file->next;
    return file;
}

/* Opens one of a file's objects; what is wrong with it is added to the file's sentence. */
static worker_object *open_one(worker_file *file, const char *path, uint8_t *bytes, size_t size)
{
    worker_object *object = NULL;
    if (path == NULL && bytes == NULL)
        return NULL;
    if (object_open(path, bytes, size, &object) != HDBG_OK) {
        size_t length = strlen(file->why);
        snprintf(file->why + length, sizeof file->why - length, "%s%s", length > 0 ? "; " : "",
                 hdbg_last_error());
    }
    return object;
}

static int has_frames(const worker_file *file)
{
    const worker_object *image = file->image_object, *debug = file->debug_object;
    return (image != NULL && (object_has(image, ".eh_frame") || object_has(image, ".debug_frame"))) ||
           (debug != NULL && debug != image && object_has(debug, ".debug_frame"));
}

hdbg_status answer_open(dwarf_bytes *q, dwarf_writer *m)
{
    const char *image = dwarf_read_string(q), *debug = dwarf_read_string(q),
               *alternate = dwarf_read_string(q);
    size_t size = 0;
    const uint8_t *rest = question_rest(q, &size);
    if (q->failed)
        return message_error(m, HDBG_BAD_VALUE, "the question is damaged");
    worker_file *file = calloc(1, sizeof *file);
    uint8_t *bytes = size > 0 ? malloc(size) : NULL;
    if (file == NULL || (size > 0 && bytes == NULL)) {
        free(file);
        free(bytes);
        return message_error(m, HDBG_NO_MEMORY, "no memory for a file's debug information");
    }
    if (size > 0)
        memcpy(bytes, rest, size);
    file->number = ++gLast;
    file->image_object = open_one(file, image, bytes, size);
    file->debug_object = open_one(file, debug, NULL, 0);
    file->alternate_object = open_one(file, alternate, NULL, 0);
    if (file->debug_object == NULL)
        file->debug_object = file->image_object;
    file->next = gFiles;
    gFiles = file;
    dwarf_write_u32(m, file->number);
    dwarf_write_u32(m, (uint32_t)has_frames(file));
    dwarf_write_u32(m, file->debug_object != NULL && object_has(file->debug_object, ".debug_info"));
    dwarf_write_string(m, file->why);
    return HDBG_OK;
}

hdbg_status answer_close(dwarf_bytes *q, dwarf_writer *m)
{
    worker_file *file = worker_file_find(dwarf_read_u32(q));
    if (file == NULL)
        return message_error(m, HDBG_BAD_VALUE, "there is no such file");
    worker_file **link = &gFiles;
    while (*link != file)
        link = &(*link)->next;
    *link = file->next;
    frames_forget(file);
    units_forget(file);
    if (file->debug_object != file->image_object)
        object_close(file->debug_object);
    object_close(file->image_object);
    object_close(file->alternate_object);
    free(file);
    return HDBG_OK;
}
