/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The team's memory: what the core holds of it, and what it leaves out because it is in an image's file.
 */
#include "base/fail.h"
#include "base/file.h"
#include "kernel/corefile/corefile.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* ---- what lies where ---- */

static int by_address(const void *a, const void *b)
{
    const core_segment *left = a, *right = b;
    return left->address < right->address ? -1 : left->address > right->address;
}

static int by_start(const void *a, const void *b)
{
    const core_mapping *left = a, *right = b;
    return left->start < right->start ? -1 : left->start > right->start;
}

void core_memory_sort(core_kernel *k)
{
    core_segment *segments = k->segments.items;
    core_mapping *mappings = k->mappings.items;
    size_t kept = 0;
    if (k->segments.count > 0)
        qsort(segments, k->segments.count, sizeof *segments, by_address);
    for (size_t i = 0; i < k->segments.count; i++) {
        if (kept > 0 && segments[kept - 1].address + segments[kept - 1].size > segments[i].address)
            core_problem(k, "the segments at 0x%llx and 0x%llx overlap",
                         (unsigned long long)segments[kept - 1].address,
                         (unsigned long long)segments[i].address);
        else
            segments[kept++] = segments[i];
    }
    k->segments.count = kept;
    kept = 0;
    if (k->mappings.count > 0)
        qsort(mappings, k->mappings.count, sizeof *mappings, by_start);
    for (size_t i = 0; i < k->mappings.count; i++) {
        if (kept > 0 && mappings[kept - 1].end > mappings[i].start)
            core_problem(k, "the mappings of %s and %s overlap", mappings[kept - 1].path, mappings[i].path);
        else
            mappings[kept++] = mappings[i];
    }
    k->mappings.count = kept;
}

const core_segment *core_segment_at(const core_kernel *k, uint64_t address)
{
    const core_segment *segments = k->segments.items;
    size_t low = 0, high = k->segments.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (segments[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || address - segments[low - 1].address >= segments[low - 1].size)
        return NULL;
    return &segments[low - 1];
}

int64_t core_mapping_at(const core_kernel *k, uint64_t address)
{
    const core_mapping *mappings = k->mappings.items;
    size_t low = 0, high = k->mappings.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (mappings[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && address < mappings[low - 1].end ? (int64_t)low - 1 : -1;
}

/* ---- files ---- */

static size_t read_file(int fd, uint64_t at, void *buffer, size_t size)
{
    return at <= INT64_MAX - size ? hdbg_file_read(fd, at, buffer, size) : 0;
}

static size_t read_segment(const core_kernel *k, uint64_t address, void *buffer, size_t size)
{
    const core_segment *s = core_segment_at(k, address);
    uint64_t offset = s != NULL ? address - s->address : 0;
    if (s == NULL || offset >= s->file_size)
        return 0;
    if (size > s->file_size - offset)
        size = (size_t)(s->file_size - offset);
    return core_read(k, s->offset + offset, buffer, size);
}

/* Whether the file is the one that was mapped: its first page, where the build-id is, against what the core
 * has of that. If the core has nothing of it, there is nothing that speaks against the file. */
static int is_same_file(core_kernel *k, int fd, const char *path)
{
    uint8_t there[PAGE], here[PAGE];
    size_t got = read_file(fd, 0, here, sizeof here);
    if (got < 4 || memcmp(here, "\177ELF", 4) != 0)
        return 0;
    for (size_t i = 0; i < k->mappings.count; i++) {
        const core_mapping *m = CORE_AT(k->mappings, core_mapping, i);
        if (m->offset != 0 || strcmp(m->path, path) != 0)
            continue;
        size_t size = read_segment(k, m->start, there, got);
        size_t zeros = 0;
        while (zeros < size && there[zeros] == 0)
            zeros++;
        if (zeros == size) /* none of it, or a hole */
            continue;
        if (memcmp(there, here, size) == 0)
            return 1;
        core_problem(k, "%s is another file than the one that was mapped", path);
        return 0;
    }
    return 1;
}

/* The descriptor of a mapping's file, or -1. */
static int file_of(core_kernel *k, const core_mapping *mapping)
{
    core_file *file = NULL;
    for (size_t i = 0; i < k->files.count && file == NULL; i++) {
        if (strcmp(CORE_AT(k->files, core_file, i)->path, mapping->path) == 0)
            file = CORE_AT(k->files, core_file, i);
    }
    if (file != NULL)
        return file->fd;
    file = core_list_add(&k->files, sizeof *file);
    if (file == NULL)
        return -1;
    file->path = mapping->path;
    file->fd = -1;
    struct stat info;
    if ((k->flags & HDBG_CORE_NO_FILES) || mapping->path[0] != '/')
        return -1;
    /* A file's name from a core may be that of anything: what is no plain file is not waited for. */
    int fd = open(mapping->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -1;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && is_same_file(k, fd, mapping->path))
        file->fd = fd;
    else
        close(fd);
    return file->fd;
}

static size_t read_mapping(core_kernel *k, uint64_t address, void *buffer, size_t size)
{
    int64_t index = core_mapping_at(k, address);
    const core_segment *segment = core_segment_at(k, address);
    if (index < 0 || (segment != NULL && (segment->protection & HDBG_AREA_WRITE)))
        return 0; /* what was writable may have been changed */
    const core_mapping *mapping = CORE_AT(k->mappings, core_mapping, index);
    if (size > mapping->end - address)
        size = (size_t)(mapping->end - address);
    if (segment != NULL && size > segment->address + segment->size - address)
        size = (size_t)(segment->address + segment->size - address);
    int fd = file_of(k, mapping);
    return fd >= 0 ? read_file(fd, mapping->offset + (address - mapping->start), buffer, size) : 0;
}

/* ---- reading ---- */

static size_t read_pieces(core_kernel *k, uint64_t address, void *buffer, size_t size, bool with_files)
{
    size_t done = 0;
    if (size > UINT64_MAX - address)
        size = (size_t)(UINT64_MAX - address);
    while (done < size) {
        size_t got = read_segment(k, address + done, (char *)buffer + done, size - done);
        if (got == 0 && with_files)
            got = read_mapping(k, address + done, (char *)buffer + done, size - done);
        if (got == 0)
            break;
        done += got;
    }
    return done;
}

size_t core_memory_in_core(core_kernel *k, uint64_t address, void *buffer, size_t size)
{
    return read_pieces(k, address, buffer, size, false);
}

size_t core_memory_read(core_kernel *k, uint64_t address, void *buffer, size_t size)
{
    return read_pieces(k, address, buffer, size, true);
}

int64_t core_op_memory_read(void *context, hdbg_team_id team, hdbg_address address, void *buffer, size_t size)
{
    core_kernel *k = context;
    if (team != k->info.team)
        return hdbg_fail(HDBG_BAD_TEAM_ID, "%s has no team %d", k->path, (int)team);
    if (size == 0)
        return 0;
    /* The list of files grows with use. */
    pthread_mutex_lock(&k->lock);
    size_t got = core_memory_read(k, address, buffer, size);
    pthread_mutex_unlock(&k->lock);
    if (got == 0)
        return hdbg_fail(HDBG_BAD_ADDRESS, "%s has no memory at 0x%llx", k->path,
                         (unsigned long long)address);
    return (int64_t)got;
}
