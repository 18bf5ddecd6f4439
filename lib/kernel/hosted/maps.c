/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The mappings of a Linux process (/proc/PID/maps), parsed.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "kernel/hosted/maps.h"
#include "kernel/hosted/convert.h"
#include "kernel/hosted/proc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The kernel writes a newline in a name as \012; and says so if the file has been unlinked. */
static void tidy_path(char *path)
{
    char *to = path;
    for (const char *from = path; *from != '\0'; from++) {
        if (strncmp(from, "\\012", 4) == 0) {
            *to++ = '\n';
            from += 3;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    static const char kDeleted[] = " (deleted)";
    size_t length = (size_t)(to - path), suffix = sizeof kDeleted - 1;
    if (length > suffix && path[0] == '/' && strcmp(to - suffix, kDeleted) == 0 && access(path, F_OK) != 0)
        to[-(ptrdiff_t)suffix] = '\0';
}

static int parse_line(char *line, maps_entry *e)
{
    char bits[5];
    unsigned major, minor;
    int used = 0;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 "%n", &e->start, &e->end, bits,
               &e->offset, &major, &minor, &e->inode, &used) != 7)
        return 0;
    if (e->start >> 63 != 0)
        return 0; /* [vsyscall] is the kernel's */
    e->device = makedev(major, minor);
    e->protection = (bits[0] == 'r' ? HDBG_AREA_READ : 0) | (bits[1] == 'w' ? HDBG_AREA_WRITE : 0) |
                    (bits[2] == 'x' ? HDBG_AREA_EXECUTE : 0);
    e->shared = bits[3] == 's';
    char *path = line + used;
    while (*path == ' ')
        path++;
    tidy_path(path);
    e->path = path;
    return 1;
}

/* Where a path is among those that are kept, which most mappings have no name of their own in: the pieces of
 * a file follow each other, and a thousand threads' stacks have none. @return 0: no memory. */
static int keep_path(maps *out, const char *path, size_t *at)
{
    size_t length = strlen(path) + 1;
    if (out->text != NULL && strcmp(out->text + out->last_path, path) == 0) {
        *at = out->last_path;
        return 1;
    }
    char *larger = realloc(out->text, out->text_size + length);
    if (larger == NULL)
        return 0;
    memcpy(larger + out->text_size, path, length);
    out->text = larger;
    out->last_path = *at = out->text_size;
    out->text_size += length;
    return 1;
}

static int keep_entry(maps *out, size_t *room, const maps_entry *e)
{
    if (out->count == *room) {
        size_t more = *room + *room / 2 + 32;
        maps_entry *larger = realloc(out->list, more * sizeof *larger);
        if (larger == NULL)
            return 0;
        out->list = larger;
        *room = more;
    }
    size_t at;
    if (!keep_path(out, e->path, &at))
        return 0;
    out->list[out->count] = *e;
    out->list[out->count++].path = (const char *)(uintptr_t)at; /* until the text stays where it is */
    return 1;
}

/* Whether an image may lie there: not in a stack or a heap, of which a process may have thousands. */
static int may_be_image(const maps_entry *e)
{
    return e->path[0] != '\0' || (e->protection & HDBG_AREA_EXECUTE) != 0;
}

/* Line by line: of a process with many threads the whole text is longer than what is kept of it. */
static hdbg_status read_maps(pid_t pid, int all, maps *out)
{
    char path[64], buffer[4096], *line = NULL;
    size_t line_room = 0, room = 0;
    hdbg_status status = HDBG_OK;
    memset(out, 0, sizeof *out);
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *file = fopen(path, "re");
    if (file != NULL)
        setvbuf(file, buffer, _IOFBF, sizeof buffer);
    ssize_t length = file != NULL ? getline(&line, &line_room, file) : -1;
    for (; length >= 0 && status == HDBG_OK; length = getline(&line, &line_room, file)) {
        maps_entry e;
        if (length > 0 && line[length - 1] == '\n')
            line[length - 1] = '\0';
        if (parse_line(line, &e) && (all || may_be_image(&e)) && !keep_entry(out, &room, &e))
            status = HDBG_NO_MEMORY;
    }
    int error = file == NULL || ferror(file) ? errno : 0;
    if (status == HDBG_OK && error != 0)
        status = error == ENOENT || error == ESRCH ? HDBG_BAD_TEAM_ID : convert_errno(error);
    for (size_t i = 0; i < out->count; i++)
        out->list[i].path = out->text + (uintptr_t)out->list[i].path;
    free(line);
    if (file != NULL)
        fclose(file);
    if (status != HDBG_OK)
        maps_free(out);
    return status;
}

hdbg_status maps_read(pid_t pid, maps *out)
{
    return read_maps(pid, 1, out);
}

hdbg_status maps_read_images(pid_t pid, maps *out)
{
    return read_maps(pid, 0, out);
}

void maps_free(maps *m)
{
    free(m->list);
    free(m->text);
    memset(m, 0, sizeof *m);
}

/* How many start below an address. */
static size_t count_below(const maps *m, uint64_t address)
{
    size_t low = 0, high = m->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->list[middle].start < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const maps_entry *maps_from(const maps *m, uint64_t address)
{
    size_t below = count_below(m, address);
    return below < m->count ? &m->list[below] : NULL;
}

const maps_entry *maps_find(const maps *m, uint64_t address)
{
    size_t up_to = address < UINT64_MAX ? count_below(m, address + 1) : m->count;
    return up_to > 0 && m->list[up_to - 1].end > address ? &m->list[up_to - 1] : NULL;
}
