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

hdbg_status maps_read(pid_t pid, maps *out)
{
    char path[64];
    size_t size, lines = 0;
    memset(out, 0, sizeof *out);
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    char *text = proc_read_whole(path, &size);
    if (text == NULL)
        return errno == ENOENT || errno == ESRCH ? HDBG_BAD_TEAM_ID : convert_errno(errno);
    for (const char *s = text; (s = strchr(s, '\n')) != NULL; s++)
        lines++;
    out->text = text;
    out->list = malloc((lines + 1) * sizeof *out->list);
    if (out->list == NULL) {
        maps_free(out);
        return HDBG_NO_MEMORY;
    }
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (parse_line(line, &out->list[out->count]))
            out->count++;
    }
    return HDBG_OK;
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
