/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Ports, and waiting for several objects.
 */
#include "../headers/debugger.h"
#include "libroot.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(object_wait_info) == sizeof(hdbg_object_wait) &&
                   offsetof(object_wait_info, events) == offsetof(hdbg_object_wait, events),
               "an object_wait_info can be handed to the kernel as it is");

port_id create_port(int32 capacity, const char *name)
{
    return CALL(port_create, capacity, name);
}

status_t delete_port(port_id port)
{
    return CALL(port_delete, port);
}

ssize_t read_port_etc(port_id port, int32 *code, void *buffer, size_t size, uint32 flags, bigtime_t timeout)
{
    int32_t ignored;
    return CALL(port_read, port, code != NULL ? code : &ignored, buffer, size,
                libroot_timeout(flags, timeout));
}

ssize_t read_port(port_id port, int32 *code, void *buffer, size_t size)
{
    return read_port_etc(port, code, buffer, size, 0, 0);
}

/* Haiku's disk is /boot; here it is a folder that the environment names. */
static void move_path(char path[B_PATH_NAME_LENGTH])
{
    char moved[B_PATH_NAME_LENGTH];
    const char *boot = getenv("HAIKU_SDK_BOOT");
    if (boot == NULL || strncmp(path, "/boot/", 6) != 0)
        return;
    snprintf(moved, sizeof moved, "%s%s", boot, path + 5);
    memcpy(path, moved, sizeof moved);
}

status_t write_port_etc(port_id port, int32 code, const void *buffer, size_t size, uint32 flags,
                        bigtime_t timeout)
{
    debug_nub_write_core_file core;
    if (code == B_DEBUG_MESSAGE_WRITE_CORE_FILE && size == sizeof core) {
        memcpy(&core, buffer, sizeof core);
        move_path(core.path);
        buffer = &core;
    }
    return CALL(port_write, port, code, buffer, size, libroot_timeout(flags, timeout));
}

status_t write_port(port_id port, int32 code, const void *buffer, size_t size)
{
    return write_port_etc(port, code, buffer, size, 0, 0);
}

ssize_t port_buffer_size_etc(port_id port, uint32 flags, bigtime_t timeout)
{
    return CALL(port_next_size, port, libroot_timeout(flags, timeout));
}

ssize_t port_buffer_size(port_id port)
{
    return port_buffer_size_etc(port, 0, 0);
}

status_t get_port_info(port_id port, port_info *info)
{
    hdbg_port_info from = {.size = sizeof from};
    status_t status = CALL(port_info, port, &from);
    if (status != B_OK)
        return status;
    info->port = from.port;
    info->team = from.team;
    info->capacity = from.capacity;
    info->queue_count = from.queue_count;
    info->total_count = from.total_count;
    libroot_copy(info->name, from.name, sizeof info->name);
    return B_OK;
}

ssize_t port_count(port_id port)
{
    port_info info;
    status_t status = get_port_info(port, &info);
    return status == B_OK ? info.queue_count : status;
}

ssize_t wait_for_objects_etc(object_wait_info *infos, int count, uint32 flags, bigtime_t timeout)
{
    if (count < 0)
        return B_BAD_VALUE;
    return CALL(wait_for_objects, (hdbg_object_wait *)infos, (size_t)count, libroot_timeout(flags, timeout));
}

ssize_t wait_for_objects(object_wait_info *infos, int count)
{
    return wait_for_objects_etc(infos, count, 0, 0);
}
