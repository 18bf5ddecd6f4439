/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Areas of the caller's own: the snapshots that CLONE_AREA replies bring.
 */
#include "kernel/hosted/internal.h"
#include "nub/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* What Haiku says of a clone: B_READ_AREA, B_KERNEL_READ_AREA, and that it is shared with another area. */
enum { CLONE_PROTECTION = HDBG_AREA_READ | 0x10 | 0x2000 };

/* The nub's reply says at which offset in the memfd the address is that was asked for. */
void hosted_area_map(hosted_kernel *k, int fd, void *message, size_t size)
{
    wire_x86_64_clone_area_reply reply;
    struct stat file;
    hosted_area *area = NULL;
    if (size >= sizeof reply && fstat(fd, &file) == 0 && file.st_size > 0) {
        memcpy(&reply, message, sizeof reply);
        area = calloc(1, sizeof *area);
        if (area != NULL) {
            area->length = (size_t)file.st_size;
            area->address = mmap(NULL, area->length, PROT_READ, MAP_SHARED, fd, 0);
        }
        if (area == NULL || area->address == MAP_FAILED) {
            free(area);
            area = NULL;
            reply.area = HDBG_NO_MEMORY;
        } else {
            pthread_mutex_lock(&k->lock);
            k->next_area = k->next_area % INT32_MAX + 1;
            area->id = k->next_area;
            area->next = k->areas;
            k->areas = area;
            pthread_mutex_unlock(&k->lock);
            reply.area = area->id;
            reply.address = (uint64_t)(uintptr_t)area->address + reply.address % area->length;
        }
        memcpy(message, &reply, sizeof reply);
    }
    close(fd);
}

hdbg_status hosted_area_info(void *context, hdbg_area_id id, hdbg_area_info *info)
{
    hosted_kernel *k = context;
    if (info == NULL || info->size < sizeof *info)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot describe area %d: hdbg_area_info.size is not set", (int)id);
    pthread_mutex_lock(&k->lock);
    hosted_area *area = k->areas;
    while (area != NULL && area->id != id)
        area = area->next;
    if (area != NULL) {
        memset(info, 0, sizeof *info);
        info->size = sizeof *info;
        info->area = id;
        info->team = getpid();
        info->address = (uint64_t)(uintptr_t)area->address;
        info->length = area->length;
        info->ram_size = area->length;
        info->protection = CLONE_PROTECTION;
        snprintf(info->name, sizeof info->name, "clone of a debugged area");
    }
    pthread_mutex_unlock(&k->lock);
    return area != NULL ? HDBG_OK
                        : hdbg_fail(HDBG_BAD_VALUE, "cannot describe area %d: there is none", (int)id);
}

hdbg_status hosted_area_delete(void *context, hdbg_area_id id)
{
    hosted_kernel *k = context;
    hosted_area *area = NULL;
    pthread_mutex_lock(&k->lock);
    for (hosted_area **link = &k->areas; *link != NULL; link = &(*link)->next) {
        if ((*link)->id == id) {
            area = *link;
            *link = area->next;
            break;
        }
    }
    pthread_mutex_unlock(&k->lock);
    if (area == NULL)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot delete area %d: there is none", (int)id);
    munmap(area->address, area->length);
    free(area);
    return HDBG_OK;
}
