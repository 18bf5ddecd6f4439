/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Which pages of a process hold something. Linux 6.7 and later answers that for any range at once
 * (PAGEMAP_SCAN), passing over page tables that are not there: a reservation of terabytes takes no time.
 * Older ones have eight bytes for each page to be read.
 */
#include "base/fail.h"
#include "kernel/hosted/internal.h"
#include "kernel/hosted/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PAGE = 4096, ENTRIES = 8192, FIRST_ENTRIES = 64 };

/* ---- asked for a range ---- */

/* The kernel's struct pm_scan_arg, struct page_region, and kinds of pages; C libraries may be older than it.
 */
typedef struct scan_region {
    uint64_t start, end, kinds;
} scan_region;

typedef struct scan_request {
    uint64_t size, flags;
    uint64_t start, end, walk_end;
    uint64_t regions, region_count;
    uint64_t max_pages;
    uint64_t inverted, all_of, any_of, told;
} scan_request;

#define SCAN         _IOWR('f', 16, scan_request)
#define SCAN_IN_FILE (UINT64_C(1) << 2)
#define SCAN_PRESENT (UINT64_C(1) << 3)
#define SCAN_SWAPPED (UINT64_C(1) << 4)

int pages_scan(int pagemap, int32_t kind, hdbg_address *address, hdbg_address end, uint64_t *size)
{
    scan_region found = {0};
    scan_request request = {.size = sizeof request,
                            .start = *address & -(uint64_t)PAGE,
                            .end = (end + PAGE - 1) & -(uint64_t)PAGE,
                            .regions = (uintptr_t)&found,
                            .region_count = 1, /* neighbours are one, as nothing is told of them */
                            .any_of = SCAN_PRESENT | SCAN_SWAPPED};
    if (kind == HDBG_PAGES_OWN)
        request.inverted = request.all_of = SCAN_IN_FILE;
    *size = 0;
    if (request.start >= request.end)
        return 0;
    int count = ioctl(pagemap, SCAN, &request);
    if (count <= 0)
        return count;
    *address = found.start;
    *size = found.end - found.start;
    return 1;
}

/* ---- read page by page ---- */

/* Bits of an entry of /proc/PID/pagemap. */
#define PAGE_IN_FILE (UINT64_C(1) << 61)
#define PAGE_SWAPPED (UINT64_C(1) << 62)
#define PAGE_PRESENT (UINT64_C(1) << 63)

static int is_wanted(uint64_t entry, int32_t kind)
{
    return (entry & (PAGE_SWAPPED | PAGE_PRESENT)) != 0 &&
           (kind == HDBG_PAGES_TOUCHED || (entry & PAGE_IN_FILE) == 0);
}

int pages_read(int pagemap, int32_t kind, hdbg_address *address, hdbg_address end, uint64_t *size)
{
    uint64_t entries[ENTRIES];
    uint64_t at = *address / PAGE, last = (end + PAGE - 1) / PAGE;
    size_t room = FIRST_ENTRIES;
    *size = 0;
    while (at < last) {
        /* Little at first: where stretches are short, the next one is near. */
        size_t count = last - at < room ? (size_t)(last - at) : room;
        ssize_t n = pread(pagemap, entries, count * sizeof *entries, (off_t)(at * sizeof *entries));
        if (n < (ssize_t)sizeof *entries)
            break;
        room = room * 4 < ENTRIES ? room * 4 : ENTRIES;
        for (size_t i = 0; i < (size_t)n / sizeof *entries; i++, at++) {
            int wanted = is_wanted(entries[i], kind);
            if (wanted && *size == 0)
                *address = at * PAGE;
            if (wanted)
                *size += PAGE;
            else if (*size > 0)
                return 1;
        }
    }
    return *size > 0;
}

/* ---- as kernels are asked ---- */

hdbg_status pages_next(pid_t pid, int *pagemap, int32_t kind, hdbg_address *address, hdbg_address end,
                       uint64_t *size)
{
    *size = 0;
    if (*pagemap < 0) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/pagemap", (int)pid);
        *pagemap = open(path, O_RDONLY | O_CLOEXEC);
    }
    if (*pagemap < 0)
        return hdbg_fail(errno == ENOENT ? HDBG_BAD_TEAM_ID : HDBG_PERMISSION_DENIED,
                         "cannot see which pages team %d uses: %s", (int)pid, strerror(errno));
    int found = pages_scan(*pagemap, kind, address, end, size);
    if (found < 0)
        found = pages_read(*pagemap, kind, address, end, size);
    return found > 0 ? HDBG_OK : hdbg_fail(HDBG_BAD_INDEX, "team %d uses no more pages there", (int)pid);
}

hdbg_status hosted_next_pages(void *context, hdbg_team_id team, int32_t kind, hdbg_address *address,
                              hdbg_address end, uint64_t *size)
{
    int pagemap = -1;
    (void)context;
    hdbg_status status = pages_next(team, &pagemap, kind, address, end, size);
    if (pagemap >= 0)
        close(pagemap);
    return status;
}
