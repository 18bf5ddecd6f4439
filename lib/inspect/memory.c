/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Memory of a team at any length, from requests of at most a kilobyte or from a kernel that reads in bulk;
 * strings, pointers, areas.
 */
#include "base/fail.h"
#include "base/structs.h"
#include "inspect/inspect.h"
#include "session/internal.h"

#include <haikudbg/memory.h>
#include <haikudbg/registers.h>

#include <stdlib.h>
#include <string.h>

enum {
    REQUEST_MAX = 1024, /* of READ_MEMORY and WRITE_MEMORY */
    PAGE = 4096,        /* the smallest page of any processor here: where readable memory can end */
    STRING_PIECE = 64 * 1024
};

/* Bytes up to the next border of `unit`, a power of two. */
static size_t to_border(hdbg_address address, size_t unit)
{
    return unit - (size_t)(address & (unit - 1));
}

/* Memory ends at the last address: what would wrap around is not there. */
static size_t clip(hdbg_address address, size_t size)
{
    hdbg_address last = UINT64_MAX - address;
    return size > last ? (size_t)last : size;
}

/* One request, and where it fails as a whole though its first page may be there, another for that page alone.
 */
static hdbg_status request(hdbg_nub *nub, hdbg_address address, void *in, const void *out, size_t size,
                           size_t *got)
{
    *got = 0;
    hdbg_status status = out != NULL ? hdbg_nub_write_memory(nub, address, out, size, got)
                                     : hdbg_nub_read_memory(nub, address, in, size, got);
    size_t page = to_border(address, PAGE);
    if (status != HDBG_BAD_ADDRESS || page >= size)
        return status;
    return out != NULL ? hdbg_nub_write_memory(nub, address, out, page, got)
                       : hdbg_nub_read_memory(nub, address, in, page, got);
}

/* Reads into `in` or writes from `out`, request by request. @return the status that ended it. */
static hdbg_status transfer(hdbg_nub *nub, hdbg_address address, void *in, const void *out, size_t size,
                            size_t *done)
{
    while (*done < size) {
        size_t piece = size - *done < REQUEST_MAX ? size - *done : REQUEST_MAX;
        size_t got = 0;
        hdbg_status status = request(nub, address + *done, in != NULL ? (uint8_t *)in + *done : NULL,
                                     out != NULL ? (const uint8_t *)out + *done : NULL, piece, &got);
        if (status != HDBG_OK)
            return status;
        *done += got < piece ? got : piece;
        /* A short reply ends at what is not mapped, or at a page border that the nub stopped at: go on and
         * see. */
        if (got == 0)
            return HDBG_BAD_ADDRESS;
    }
    return HDBG_OK;
}

static hdbg_status read_bulk(hdbg_kernel *kernel, hdbg_team_id team, hdbg_address address, void *buffer,
                             size_t size, size_t *done)
{
    while (*done < size) {
        int64_t got = kernel->ops->memory_read(kernel->context, team, address + *done,
                                               (uint8_t *)buffer + *done, size - *done);
        if (got < 0)
            return (hdbg_status)got;
        if (got == 0)
            return HDBG_BAD_ADDRESS;
        *done += (size_t)got < size - *done ? (size_t)got : size - *done;
    }
    return HDBG_OK;
}

hdbg_status inspect_gone(hdbg_team *team, hdbg_status status)
{
    if (status != HDBG_BAD_PORT_ID && status != HDBG_BAD_TEAM_ID)
        return status;
    hdbg_status known = HDBG_OK;
    if (team_nub_acquire(team, &known) == NULL)
        return known;
    /* Nobody has read of its end yet; for the caller it is gone. */
    team_nub_release(team);
    return hdbg_fail(HDBG_TEAM_GONE, "team %d does not answer: its nub is gone", (int)hdbg_team_id_of(team));
}

/* What a call answers that did `done` of `size` bytes and was ended by `status`. */
static hdbg_status conclude(hdbg_team *team, const char *what, hdbg_address address, size_t size, size_t done,
                            hdbg_status status)
{
    if (status == HDBG_OK)
        return HDBG_OK;
    if (status != HDBG_BAD_ADDRESS)
        return inspect_gone(team, status);
    hdbg_status answer = done > 0 ? HDBG_PARTIAL : HDBG_BAD_ADDRESS;
    return hdbg_fail(answer, "cannot %s %zu bytes at 0x%llx in team %d: 0x%llx is not accessible", what, size,
                     (unsigned long long)address, (int)hdbg_team_id_of(team),
                     (unsigned long long)(address + done));
}

hdbg_status hdbg_memory_read(hdbg_team *team, hdbg_address address, void *buffer, size_t size, size_t *got)
{
    hdbg_status status = HDBG_OK;
    size_t done = 0;
    if (got != NULL)
        *got = 0;
    hdbg_nub *nub = team_nub_acquire(team, &status);
    if (nub == NULL)
        return status;
    hdbg_kernel *kernel = team_kernel(team);
    size_t wanted = clip(address, size);
    if (KERNEL_HAS(kernel, memory_read))
        status = read_bulk(kernel, hdbg_team_id_of(team), address, buffer, wanted, &done);
    else
        status = transfer(nub, address, buffer, NULL, wanted, &done);
    team_nub_release(team);
    if (status == HDBG_OK && wanted < size)
        status = HDBG_BAD_ADDRESS;
    if (got != NULL)
        *got = done;
    return conclude(team, "read", address, size, done, status);
}

hdbg_status hdbg_memory_write(hdbg_team *team, hdbg_address address, const void *data, size_t size,
                              size_t *written)
{
    hdbg_status status = HDBG_OK;
    size_t done = 0;
    if (written != NULL)
        *written = 0;
    hdbg_nub *nub = team_nub_acquire(team, &status);
    if (nub == NULL)
        return status;
    size_t wanted = clip(address, size);
    status = transfer(nub, address, NULL, data, wanted, &done);
    team_nub_release(team);
    if (status == HDBG_OK && wanted < size)
        status = HDBG_BAD_ADDRESS;
    if (written != NULL)
        *written = done;
    return conclude(team, "write", address, size, done, status);
}

hdbg_status hdbg_memory_read_string(hdbg_team *team, hdbg_address address, char *buffer, size_t size,
                                    size_t *length)
{
    if (buffer == NULL || size == 0)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot read a string at 0x%llx: there is no room for it",
                         (unsigned long long)address);
    size_t done = 0, piece = REQUEST_MAX;
    hdbg_status status = HDBG_OK;
    const char *end = NULL;
    while (done < size && end == NULL && status == HDBG_OK) {
        /* Most strings are short: begin with little, and end at borders so that one piece is one request. */
        size_t n = to_border(address + done, piece), got = 0;
        n = n < size - done ? n : size - done;
        status = hdbg_memory_read(team, address + done, buffer + done, n, &got);
        end = memchr(buffer + done, '\0', got);
        done += got;
        piece = piece < STRING_PIECE ? piece * 2 : piece;
    }
    size_t known = end != NULL ? (size_t)(end - buffer) : done < size ? done : size - 1;
    buffer[known] = '\0';
    if (length != NULL)
        *length = known;
    if (end != NULL)
        return HDBG_OK;
    if (status == HDBG_OK)
        return hdbg_fail(HDBG_BUFFER_OVERFLOW, "the string at 0x%llx in team %d is longer than %zu bytes",
                         (unsigned long long)address, (int)hdbg_team_id_of(team), size - 1);
    if (status != HDBG_BAD_ADDRESS && status != HDBG_PARTIAL)
        return status;
    return hdbg_fail(done > 0 ? HDBG_PARTIAL : HDBG_BAD_ADDRESS,
                     "the string at 0x%llx in team %d has no end before 0x%llx, which is not accessible",
                     (unsigned long long)address, (int)hdbg_team_id_of(team),
                     (unsigned long long)(address + done));
}

hdbg_status hdbg_memory_read_pointer(hdbg_team *team, hdbg_address address, hdbg_address *value)
{
    size_t size = hdbg_arch_address_size((hdbg_arch)hdbg_team_arch(team));
    *value = 0; /* little-endian: the bytes that are not read stay zero */
    if (size == 0)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "the processor of team %d is not supported",
                         (int)hdbg_team_id_of(team));
    hdbg_status status = hdbg_memory_read(team, address, value, size, NULL);
    if (status == HDBG_OK)
        return HDBG_OK;
    *value = 0;
    if (status == HDBG_PARTIAL)
        return hdbg_fail(HDBG_BAD_ADDRESS, "the pointer at 0x%llx in team %d is not accessible as a whole",
                         (unsigned long long)address, (int)hdbg_team_id_of(team));
    return status;
}

static int by_address(const void *a, const void *b)
{
    const hdbg_area_info *left = a, *right = b;
    return left->address < right->address ? -1 : left->address > right->address;
}

hdbg_status hdbg_areas_get(hdbg_team *team, hdbg_area_info **areas, size_t *count)
{
    hdbg_status status = HDBG_OK;
    hdbg_area_info *list = NULL;
    size_t used = 0, room = 0;
    int64_t cookie = 0;
    *areas = NULL;
    *count = 0;
    if (team_nub_acquire(team, &status) == NULL)
        return status;
    hdbg_kernel *kernel = team_kernel(team);
    hdbg_team_id id = hdbg_team_id_of(team);
    for (;;) {
        if (used == room) {
            room = room == 0 ? 64 : room * 2;
            hdbg_area_info *larger = realloc(list, room * sizeof *list);
            if (larger == NULL) {
                status = hdbg_fail(HDBG_NO_MEMORY, "no memory for the list of areas of team %d", (int)id);
                break;
            }
            list = larger;
        }
        memset(&list[used], 0, sizeof *list);
        list[used].size = sizeof *list;
        status = kernel->ops->next_area(kernel->context, id, &cookie, &list[used]);
        if (status != HDBG_OK)
            break;
        used++;
    }
    team_nub_release(team);
    if (status != HDBG_BAD_INDEX) {
        free(list);
        return inspect_gone(team, status);
    }
    if (used > 0)
        qsort(list, used, sizeof *list, by_address);
    else
        free(list);
    *areas = used > 0 ? list : NULL;
    *count = used;
    return HDBG_OK;
}

void hdbg_areas_free(hdbg_area_info *areas)
{
    free(areas);
}

const hdbg_area_info *inspect_area_find(const hdbg_area_info *areas, size_t count, hdbg_address address)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (areas[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || address - areas[low - 1].address >= areas[low - 1].length)
        return NULL;
    return &areas[low - 1];
}

hdbg_status hdbg_area_at(hdbg_team *team, hdbg_address address, hdbg_area_info *area)
{
    hdbg_area_info *areas = NULL;
    size_t count = 0;
    hdbg_status status = hdbg_struct_check(area, "hdbg_area_info");
    if (status == HDBG_OK)
        status = hdbg_areas_get(team, &areas, &count);
    if (status != HDBG_OK)
        return status;
    const hdbg_area_info *found = inspect_area_find(areas, count, address);
    if (found != NULL)
        hdbg_struct_give(area, found, sizeof *found);
    else
        status = hdbg_fail(HDBG_BAD_ADDRESS, "0x%llx is in no area of team %d", (unsigned long long)address,
                           (int)hdbg_team_id_of(team));
    hdbg_areas_free(areas);
    return status;
}
