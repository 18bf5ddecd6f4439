/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Areas: those that create_area() made here, and those that CLONE_AREA mapped here (the kernel knows them).
 * Other teams' are in foreign_areas.c.
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

uint32 libroot_protection(uint32 bits)
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
    area->info.protection = libroot_protection(protection);
    area->info.team = getpid();
    libroot_copy(area->info.name, name, sizeof area->info.name);
    pthread_mutex_lock(&lock);
    area_id id = area->info.area = next_id++;
    area->next = areas;
    areas = area;
    pthread_mutex_unlock(&lock);
    return id;
}

area_id find_area(const char *name)
{
    pthread_mutex_lock(&lock);
    created *area = areas;
    while (area != NULL && strncmp(area->info.name, name, sizeof area->info.name - 1) != 0)
        area = area->next;
    area_id id = area != NULL ? area->info.area : B_NAME_NOT_FOUND;
    pthread_mutex_unlock(&lock);
    return id;
}

area_id area_for(void *address)
{
    area_info info;
    ssize_t cookie = 0;
    while (get_next_area_info(B_CURRENT_TEAM, &cookie, &info) == B_OK) {
        if ((size_t)((char *)address - (char *)info.address) < info.size)
            return info.area;
    }
    return B_ERROR;
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
    if (area == NULL) {
        libroot_clone_forget(id);
        return CALL(delete_area, id);
    }
    munmap(area->info.address, area->info.size);
    free(area);
    return B_OK;
}

area_id libroot_own_area(const void *address)
{
    pthread_mutex_lock(&lock);
    created *area = areas;
    while (area != NULL && area->info.address != address)
        area = area->next;
    area_id id = area != NULL ? area->info.area : 0;
    pthread_mutex_unlock(&lock);
    return id;
}

status_t _get_area_info(area_id id, area_info *info, size_t size)
{
    if (size != sizeof *info)
        return B_BAD_VALUE;
    pthread_mutex_lock(&lock);
    created *area = areas;
    while (area != NULL && area->info.area != id)
        area = area->next;
    if (area != NULL)
        *info = area->info;
    pthread_mutex_unlock(&lock);
    if (area != NULL)
        return B_OK;
    if (libroot_foreign_area(id, info))
        return info->area == id ? B_OK : B_BAD_VALUE;
    hdbg_area_info from = {.size = sizeof from};
    status_t status = CALL(area_info, id, &from);
    if (status == B_OK) {
        libroot_fill_area(info, &from);
        info->protection |= SHARED; /* the kernel's areas of this team are clones */
    }
    return status;
}
