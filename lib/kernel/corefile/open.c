/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Opens a core file, and closes it.
 *
 * The file is read as it is needed, not mapped: one that somebody cuts off while it is open must not end the
 * caller by a SIGBUS.
 */
#include "base/fail.h"
#include "base/structs.h"
#include "kernel/corefile/corefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void core_problem(core_kernel *k, const char *format, ...)
{
    size_t used = strlen(k->info.problems), room = sizeof k->info.problems - used;
    char line[256];
    va_list arguments;
    k->info.problem_count++;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    /* Whole lines, and of a file's names only what can be shown. */
    for (char *at = line; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 127)
            *at = '?';
    }
    if (strlen(line) + 2 <= room)
        snprintf(k->info.problems + used, room, "%s%s", used > 0 ? "\n" : "", line);
}

void *core_list_add(core_list *list, size_t item)
{
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 16 : list->room + list->room / 2;
        void *items = realloc(list->items, room * item);
        if (items == NULL) {
            hdbg_fail(HDBG_NO_MEMORY, "no memory for %zu items of a core file", room);
            return NULL;
        }
        list->items = items;
        list->room = room;
    }
    void *added = (char *)list->items + list->count++ * item;
    return memset(added, 0, item);
}

static void destroy(void *context)
{
    core_kernel *k = context;
    for (size_t i = 0; i < k->files.count; i++) {
        if (CORE_AT(k->files, core_file, i)->fd >= 0)
            close(CORE_AT(k->files, core_file, i)->fd);
    }
    core_list *lists[] = {&k->segments, &k->mappings, &k->areas,         &k->images, &k->threads,
                          &k->by_id,    &k->symbols,  &k->linux_threads, &k->files,  &k->noted};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        free(lists[i]->items);
    core_ports_free(k);
    pthread_cond_destroy(&k->changed);
    pthread_mutex_destroy(&k->lock);
    if (k->fd >= 0)
        close(k->fd);
    free(k->notes);
    free(k->path);
    free(k);
}

/* ---- what a dead team cannot do ---- */

static hdbg_status dead(void *context)
{
    const core_kernel *k = context;
    return hdbg_fail(HDBG_NOT_ALLOWED, "%s is a core file: its team is dead, and nothing can be started",
                     k->path);
}

static hdbg_team_id launch(void *context, const hdbg_launch_spec *spec)
{
    (void)spec;
    return dead(context);
}

static hdbg_status reap(void *context, hdbg_team_id team, hdbg_team_status *status, hdbg_time timeout)
{
    const core_kernel *k = context;
    (void)status;
    (void)timeout;
    return hdbg_fail(HDBG_BAD_TEAM_ID, "team %d of %s is no child of the caller's", (int)team, k->path);
}

static hdbg_status change(void *context, int32_t id)
{
    (void)id;
    return dead(context);
}

static hdbg_status send(void *context, int32_t id, int32_t signal)
{
    (void)id;
    (void)signal;
    return dead(context);
}

static hdbg_status set_extra(void *context, hdbg_thread_id id, const hdbg_extra_registers *registers)
{
    (void)id;
    (void)registers;
    return dead(context);
}

/* ---- opening ---- */

static void fill_ops(core_kernel *k)
{
    hdbg_kernel_ops *ops = &k->ops;
    *ops = core_info_ops;
    ops->size = sizeof *ops;
    ops->version = HDBG_KERNEL_VERSION;
    ops->destroy = destroy;
    ops->system_time = core_port_ops.system_time;
    ops->port_create = core_port_ops.port_create;
    ops->port_delete = core_port_ops.port_delete;
    ops->port_read = core_port_ops.port_read;
    ops->port_write = core_port_ops.port_write;
    ops->port_next_size = core_port_ops.port_next_size;
    ops->port_info = core_port_ops.port_info;
    ops->wait_for_objects = core_port_ops.wait_for_objects;
    ops->descriptor_open = core_port_ops.descriptor_open;
    ops->descriptor_force = core_port_ops.descriptor_force;
    ops->descriptor_close = core_port_ops.descriptor_close;
    ops->install_team_debugger = core_install;
    ops->remove_team_debugger = core_remove;
    ops->debug_thread = core_debug_thread;
    ops->launch = launch;
    ops->reap = reap;
    ops->resume_thread = change;
    ops->kill_team = change;
    ops->send_signal = send;
    ops->send_team_signal = send;
    ops->memory_read = core_op_memory_read;
    ops->set_extra_registers = set_extra;
    ops->team_details = core_team_details;
    k->kernel = (hdbg_kernel){ops, k};
}

static hdbg_status open_file(core_kernel *k, const char *path)
{
    struct stat info;
    k->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (k->fd < 0) {
        int error = errno;
        hdbg_status status = error == ENOENT                      ? HDBG_ENTRY_NOT_FOUND
                             : error == EACCES                    ? HDBG_PERMISSION_DENIED
                             : error == ENOTDIR                   ? HDBG_NOT_A_DIRECTORY
                             : error == EMFILE || error == ENFILE ? HDBG_NO_MORE_FDS
                                                                  : HDBG_IO_ERROR;
        return hdbg_fail(status, "cannot open the core file %s: %s", path, strerror(error));
    }
    if (fstat(k->fd, &info) != 0 || !S_ISREG(info.st_mode))
        return hdbg_fail(HDBG_BAD_DATA, "%s is no core file: it is no regular file", path);
    k->file_size = (uint64_t)info.st_size;
    k->info.file_size = k->file_size;
    uint8_t magic[4];
    if (core_is_compressed(magic, core_read(k, 0, magic, sizeof magic))) {
        k->info.flags |= HDBG_CORE_IS_COMPRESSED;
        return core_decompress(k);
    }
    return HDBG_OK;
}

static void init_lock(core_kernel *k)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    k->debugger_port = k->nub_port = -1;
}

hdbg_status hdbg_core_open(const char *path, uint32_t flags, hdbg_kernel **kernel)
{
    *kernel = NULL;
    if (path == NULL || (flags & ~(uint32_t)HDBG_CORE_NO_FILES) != 0)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot open a core file: %s",
                         path == NULL ? "no path" : "unknown flags");
    core_kernel *k = calloc(1, sizeof *k);
    if (k == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory to open %s", path);
    init_lock(k);
    fill_ops(k);
    k->fd = -1;
    k->flags = flags;
    k->path = strdup(path);
    hdbg_status status = k->path != NULL ? HDBG_OK : hdbg_fail(HDBG_NO_MEMORY, "no memory to open %s", path);
    if (status == HDBG_OK)
        status = open_file(k, path);
    if (status == HDBG_OK)
        status = core_read_headers(k);
    if (status == HDBG_OK)
        status = core_settle(k);
    if (status != HDBG_OK) {
        destroy(k);
        return status;
    }
    *kernel = &k->kernel;
    return HDBG_OK;
}

hdbg_status hdbg_core_info_get(hdbg_kernel *kernel, hdbg_core_info *info)
{
    if (kernel == NULL || kernel->ops->destroy != destroy)
        return hdbg_fail(HDBG_BAD_VALUE, "the kernel is none that hdbg_core_open() made");
    hdbg_status status = hdbg_struct_check(info, "hdbg_core_info");
    if (status != HDBG_OK)
        return status;
    core_kernel *k = kernel->context;
    pthread_mutex_lock(&k->lock); /* reading memory may find another problem */
    hdbg_struct_give(info, &k->info, sizeof k->info);
    pthread_mutex_unlock(&k->lock);
    return HDBG_OK;
}
