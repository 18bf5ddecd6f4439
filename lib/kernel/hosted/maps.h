/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The mappings of a Linux process (/proc/PID/maps), parsed.
 */
#ifndef HDBG_HOSTED_MAPS_H
#define HDBG_HOSTED_MAPS_H

#include <haikudbg/kernel.h>

#include <sys/types.h>

/* One mapping. */
typedef struct maps_entry {
    uint64_t start, end, offset;
    uint64_t inode;
    uint64_t device;     /* as st_dev */
    uint32_t protection; /* hdbg_area_protection bits */
    int shared;
    const char *path; /* the file without " (deleted)", "[heap]", ...; "" for none */
} maps_entry;

/* All of them that are the process', by address. */
typedef struct maps {
    maps_entry *list;
    size_t count;
    char *text; /* what the paths point into */
    size_t text_size, last_path;
} maps;

/* Reads them; release with maps_free(). HDBG_BAD_TEAM_ID, HDBG_PERMISSION_DENIED, HDBG_NO_MEMORY. */
hdbg_status maps_read(pid_t pid, maps *out);
/* The same, without memory that has no name and no code. */
hdbg_status maps_read_images(pid_t pid, maps *out);
void maps_free(maps *m);

/* The first mapping that starts at `address` or behind it, or NULL. */
const maps_entry *maps_from(const maps *m, uint64_t address);

/* The mapping that has `address` in it, or NULL. */
const maps_entry *maps_find(const maps *m, uint64_t address);

#endif /* HDBG_HOSTED_MAPS_H */
