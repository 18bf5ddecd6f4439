/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Areas: those that create_area() made here, those that CLONE_AREA mapped here (the kernel knows them), and
 * other teams'.
 */
#define _GNU_SOURCE
#include "libroot.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Protection bits that Haiku's own headers keep private: what the kernel may do, and that an area has several
 * users. */
enum { KERNEL_READ = 0x10, KERNEL_WRITE = 0x20, SHARED = 0x2000 };

enum { FIRST_ID = 0x40000000 }; /* well away from the kernel's own */

typedef struct created {
    struct created *next;
    area_info info;
} created;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static created *areas;
static area_id next_id = FIRST_ID;

static uint32 protection_of(uint32 bits)
{
    return bits | (bits & B_READ_AREA ? KERNEL_READ : 0) | (bits & B_WRITE_AREA ? KERNEL_WRITE : 0);
}

area_id create_area(const char *name, void **address, uint32 spec, size_t size, uint32 lock_kind,
                    uint32 protection)
{
    if (size == 0 || size % B_PAGE_SIZE != 0)
        return B_BAD_VALUE;
    int bits = (protection & B_READ_AREA ? PROT_READ : 0) | (protection & B_WRITE_AREA ? PROT_WRITE : 0) |
               (protection & B_EXECUTE_AREA ? PROT_EXEC : 0);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | (spec == B_EXACT_ADDRESS ? MAP_FIXED_NOREPLACE : 0);
    void *wanted = spec == B_EXACT_ADDRESS || spec == B_BASE_ADDRESS ? *address : NULL;
    created *area = calloc(1, sizeof *area);
    if (area == NULL)
        return B_NO_MEMORY;
    void *mapped = mmap(wanted, size, bits, flags, -1, 0);
    if (mapped == MAP_FAILED) {
        free(area);
        return B_NO_MEMORY;
    }
    area->info.address = *address = mapped;
    area->info.size = size;
    area->info.lock = lock_kind;
    area->info.protection = protection_of(protection);
    area->info.team = getpid();
    libroot_copy(area->info.name, name, sizeof area->info.name);
    pthread_mutex_lock(&lock);
    area_id id = area->info.area = next_id++;
    area->next = areas;
    areas = area;
    pthread_mutex_unlock(&lock);
    return id;
}

status_t delete_area(area_id id)
{
    pthread_mutex_lock(&lock);
    created **link = &areas;
    while (*link != NULL && (*link)->info.area != id)
        link = &(*link)->next;
    created *area = *link;
    if (area != NULL)
        *link = area->next;
    pthread_mutex_unlock(&lock);
    if (area == NULL)
        return CALL(delete_area, id);
    munmap(area->info.address, area->info.size);
    free(area);
    return B_OK;
}

static void fill(area_info *info, const hdbg_area_info *from)
{
    memset(info, 0, sizeof *info);
    info->area = from->area;
    info->team = from->team;
    info->address = (void *)(uintptr_t)from->address;
    info->size = from->length;
    info->ram_size = (uint32)from->ram_size;
    info->protection = protection_of(from->protection);
    info->lock = from->lock;
    libroot_copy(info->name, from->name, sizeof info->name);
}

status_t get_area_info(area_id id, area_info *info)
{
    pthread_mutex_lock(&lock);
    created *area = areas;
    while (area != NULL && area->info.area != id)
        area = area->next;
    if (area != NULL)
        *info = area->info;
    pthread_mutex_unlock(&lock);
    if (area != NULL)
        return B_OK;
    hdbg_area_info from = {.size = sizeof from};
    status_t status = CALL(area_info, id, &from);
    if (status == B_OK) {
        fill(info, &from);
        info->protection |= SHARED; /* the kernel's areas of this team are clones */
    }
    return status;
}

status_t get_next_area_info(team_id team, ssize_t *cookie, area_info *info)
{
    hdbg_area_info from = {.size = sizeof from};
    int64_t position = *cookie;
    status_t status = CALL(next_area, libroot_team(team), &position, &from);
    *cookie = position;
    if (status == B_OK)
        fill(info, &from);
    return status;
}
