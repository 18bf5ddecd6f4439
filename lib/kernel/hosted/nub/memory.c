/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A team's memory, with the breakpoints in it hidden from reads and kept under writes.
 */
#define _GNU_SOURCE
#include "base/file.h"
#include "kernel/hosted/nub/nub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, CLONE_CHUNK = 1024 * 1024 };
#define CLONE_MAX (1ull << 30)

static bool is_user_address(hdbg_address address)
{
    return address >= USER_BASE && address <= USER_TOP;
}

/* Page by page, so that what can be read before a hole is. @return bytes. */
size_t memory_read_raw(space *self, hdbg_address address, void *buffer, size_t size)
{
    return hdbg_file_read(self->mem, address, buffer, size);
}

/* This way of writing goes through to read-only code, and copies a page that is shared with a file first. */
size_t memory_write_raw(space *self, hdbg_address address, const void *buffer, size_t size)
{
    return hdbg_file_write(self->mem, address, buffer, size);
}

/* Calls back for each software breakpoint in a range; short ranges and few breakpoints are looked up
 * differently. */
static void in_range(space *self, hdbg_address address, size_t size,
                     void (*each)(breakpoint *b, uint8_t *byte), uint8_t *bytes)
{
    if (self->software_count == 0)
        return;
    if (size <= SPACE_BUCKETS) {
        for (size_t i = 0; i < size; i++) {
            breakpoint *b = breakpoint_find(self, address + i);
            if (b && b->patched)
                each(b, bytes + i);
        }
        return;
    }
    for (size_t bucket = 0; bucket < SPACE_BUCKETS; bucket++) {
        for (breakpoint *b = self->breakpoints[bucket]; b; b = b->next) {
            if (b->patched && b->address >= address && b->address - address < size)
                each(b, bytes + (b->address - address));
        }
    }
}

static void hide(breakpoint *b, uint8_t *byte)
{
    if (*byte == 0xcc) /* and no other mapping has come in its place */
        *byte = b->original;
}

static void keep(breakpoint *b, uint8_t *byte)
{
    b->original = *byte;
    if (b->journal >= 0)
        b->owner->journal->entries[b->journal].original = *byte;
    *byte = 0xcc;
}

size_t memory_hide_breakpoints(team *self, hdbg_address address, void *bytes, size_t size)
{
    in_range(self->space, address, size, hide, bytes);
    return size;
}

hdbg_status memory_read(team *self, hdbg_address address, void *buffer, size_t size, size_t *done)
{
    *done = 0;
    if (!is_user_address(address))
        return HDBG_BAD_ADDRESS;
    *done = memory_read_raw(self->space, address, buffer, size);
    in_range(self->space, address, *done, hide, buffer);
    return *done > 0 ? HDBG_OK : HDBG_BAD_ADDRESS;
}

hdbg_status memory_write(team *self, hdbg_address address, const void *buffer, size_t size, size_t *done)
{
    *done = 0;
    uint8_t probe;
    if (!is_user_address(address) || memory_read_raw(self->space, address, &probe, 1) != 1)
        return HDBG_BAD_ADDRESS;
    uint8_t *copy = malloc(size);
    if (!copy)
        return HDBG_NO_MEMORY;
    memcpy(copy, buffer, size);
    in_range(self->space, address, size, keep, copy);
    *done = memory_write_raw(self->space, address, copy, size);
    free(copy);
    return *done > 0 ? HDBG_OK : HDBG_BAD_ADDRESS;
}

/* ---- CLONE_AREA ---- */

static bool find_mapping(team *self, hdbg_address address, hdbg_address *start, hdbg_address *end)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)self->id);
    FILE *file = fopen(path, "re");
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file)) {
        unsigned long long from, to;
        if (sscanf(line, "%llx-%llx", &from, &to) == 2 && address >= from && address < to) {
            *start = from;
            *end = to;
            found = true;
        }
    }
    if (file)
        fclose(file);
    return found;
}

/* Pages of zeros stay holes: large areas are mostly empty. */
static bool copy_area(team *self, hdbg_address start, uint64_t size, int fd)
{
    static const char zeros[PAGE];
    char *chunk = malloc(CLONE_CHUNK);
    bool copied = chunk && ftruncate(fd, (off_t)size) == 0;
    for (uint64_t at = 0; copied && at < size; at += CLONE_CHUNK) {
        size_t wanted = size - at < CLONE_CHUNK ? size - at : CLONE_CHUNK;
        size_t got = memory_read_raw(self->space, start + at, chunk, wanted);
        for (size_t page = 0; page < got; page += PAGE) {
            if (memcmp(chunk + page, zeros, PAGE) != 0 &&
                pwrite(fd, chunk + page, PAGE, (off_t)(at + page)) != PAGE)
                copied = false;
        }
    }
    free(chunk);
    return copied;
}

/* Linux cannot map another process's private memory: the area is a snapshot. */
hdbg_status memory_clone_area(team *self, hdbg_address address, int *fd, uint64_t *offset)
{
    hdbg_address start, end;
    if (!is_user_address(address))
        return HDBG_NOT_ALLOWED;
    if (!find_mapping(self, address, &start, &end))
        return HDBG_ERROR;
    if (end - start > CLONE_MAX)
        return HDBG_NO_MEMORY;
    *fd = memfd_create("debugger-cloned area", MFD_CLOEXEC);
    if (*fd < 0)
        return HDBG_NO_MEMORY;
    if (!copy_area(self, start, end - start, *fd)) {
        close(*fd);
        *fd = -1;
        return HDBG_NO_MEMORY;
    }
    *offset = address - start;
    return HDBG_OK;
}
