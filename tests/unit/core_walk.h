/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Opens a core file that may be anything, and asks it for all it has: for tests of damaged files and the
 * fuzzer.
 */
#ifndef TEST_CORE_WALK_H
#define TEST_CORE_WALK_H

#include <haikudbg/haikudbg.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WALK_PIECES = 64 };

static inline void walk_memory(hdbg_team *team, hdbg_address address, uint64_t length)
{
    uint8_t bytes[4096];
    size_t got = 0;
    hdbg_memory_read(team, address, bytes, sizeof bytes, &got);
    hdbg_memory_read(team, address + length / 2, bytes, 16, &got);
    hdbg_memory_read(team, address + length - 8, bytes, 16, &got);
}

static inline void walk_threads(hdbg_team *team)
{
    hdbg_thread *threads[WALK_PIECES];
    size_t count = hdbg_team_threads(team, threads, WALK_PIECES);
    for (size_t i = 0; i < count && i < WALK_PIECES; i++) {
        hdbg_cpu_state cpu;
        hdbg_thread_info info = {.size = sizeof info};
        hdbg_stop stop = {.size = sizeof stop};
        hdbg_thread_cpu_state(threads[i], &cpu);
        hdbg_thread_info_get(threads[i], &info);
        hdbg_thread_stop_get(threads[i], &stop);
        if (memchr(info.name, '\0', sizeof info.name) == NULL)
            abort();
        hdbg_thread_release(threads[i]);
    }
}

static inline int walk_detail(void *context, const hdbg_detail *detail)
{
    size_t *left = context;
    if (detail->text == NULL || strlen(detail->text) > (size_t)1 << 30)
        abort();
    return --*left == 0;
}

static inline void walk_team(hdbg_kernel *kernel, hdbg_team *team)
{
    hdbg_area_info *areas = NULL;
    hdbg_image_list *images = NULL;
    size_t count = 0;
    walk_threads(team);
    for (int32_t kind = HDBG_DETAIL_ARGUMENT; kind <= HDBG_DETAIL_PROGRAM; kind++) {
        size_t left = 1000;
        hdbg_team_details_visit(team, kind, walk_detail, &left);
    }
    hdbg_areas_get(team, &areas, &count);
    for (size_t i = 0; i < count && i < WALK_PIECES; i++)
        walk_memory(team, areas[i].address, areas[i].length);
    hdbg_areas_free(areas);
    hdbg_image_list_get(team, &images);
    for (size_t i = 0; i < hdbg_image_list_count(images) && i < WALK_PIECES; i++) {
        const hdbg_image_info *image = hdbg_image_list_at(images, i);
        hdbg_kernel_symbol symbol = {.size = sizeof symbol};
        int64_t cookie = 0;
        walk_memory(team, image->text, image->text_size);
        for (int n = 0; n < WALK_PIECES; n++) {
            if (kernel->ops->next_symbol(kernel->context, hdbg_team_id_of(team), image->id, &cookie,
                                         &symbol) != HDBG_OK)
                break;
            if (strlen(symbol.name) == 0)
                abort();
        }
    }
    hdbg_image_list_free(images);
}

/* @return what hdbg_core_open() answered. */
static inline hdbg_status walk_core(const char *path, uint32_t flags, hdbg_core_info *info)
{
    hdbg_kernel *kernel = NULL;
    hdbg_session *session = NULL;
    hdbg_team *team = NULL;
    hdbg_session_options options = {.size = sizeof options};
    hdbg_status status = hdbg_core_open(path, flags, &kernel);
    info->size = sizeof *info;
    if (status != HDBG_OK)
        return status;
    if (hdbg_core_info_get(kernel, info) != HDBG_OK ||
        memchr(info->problems, '\0', sizeof info->problems) == NULL)
        abort();
    options.kernel = kernel;
    if (hdbg_session_create(&options, &session) == HDBG_OK &&
        hdbg_team_attach(session, info->team, HDBG_ATTACH_STOP, &team) == HDBG_OK)
        walk_team(kernel, team);
    hdbg_core_info_get(kernel, info);
    hdbg_team_release(team);
    hdbg_session_destroy(session);
    hdbg_kernel_destroy(kernel);
    return status;
}

/* The same of bytes in memory. */
static inline hdbg_status walk_core_bytes(const uint8_t *bytes, size_t size, uint32_t flags,
                                          hdbg_core_info *info)
{
    char path[64];
    int fd = memfd_create("core", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    hdbg_status status = walk_core(path, flags, info);
    close(fd);
    return status;
}

#endif /* TEST_CORE_WALK_H */
