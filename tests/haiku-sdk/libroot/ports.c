/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Ports, and waiting for several objects.
 */
#include "../headers/debugger.h"
#include "libroot.h"
#include "kernel/hosted/internal.h"

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
    libroot_inbox_deleted(port);
    return CALL(port_delete, port);
}

ssize_t read_port_etc(port_id port, int32 *code, void *buffer, size_t size, uint32 flags, bigtime_t timeout)
{
    int32_t ignored;
    code = code != NULL ? code : &ignored;
    timeout = libroot_timeout(flags, timeout);
    int64_t length = libroot_changes_messages() ? libroot_inbox_read(port, code, buffer, size, timeout)
                                                : CALL(port_read, port, code, buffer, size, timeout);
    if (*code == B_DEBUG_MESSAGE_CLONE_AREA && length >= 0)
        libroot_clone_answered(port, buffer, length);
    return length;
}

ssize_t read_port(port_id port, int32 *code, void *buffer, size_t size)
{
    return read_port_etc(port, code, buffer, size, 0, 0);
}

/* Whether a nub reads a port. */
static int is_nub_port(port_id id)
{
    hosted_kernel *k = libroot_kernel() != NULL ? libroot_kernel()->context : NULL;
    hosted_port *port = k != NULL ? hosted_port_acquire(k, id) : NULL;
    int is_nub = port != NULL && !port->local;
    if (port != NULL)
        hosted_port_release(k, port);
    return is_nub;
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
    if (is_nub_port(port))
        code = libroot_code_to_nub(code);
    if (code == B_DEBUG_MESSAGE_WRITE_CORE_FILE && size == sizeof core) {
        memcpy(&core, buffer, sizeof core);
        move_path(core.path);
        buffer = &core;
    }
    if (code == B_DEBUG_MESSAGE_CLONE_AREA)
        libroot_clone_asked(port, buffer, size);
    return CALL(port_write, port, code, buffer, size, libroot_timeout(flags, timeout));
}

status_t write_port(port_id port, int32 code, const void *buffer, size_t size)
{
    return write_port_etc(port, code, buffer, size, 0, 0);
}

ssize_t port_buffer_size_etc(port_id port, uint32 flags, bigtime_t timeout)
{
    timeout = libroot_timeout(flags, timeout);
    return libroot_changes_messages() ? libroot_inbox_size(port, timeout)
                                      : CALL(port_next_size, port, timeout);
}

ssize_t port_buffer_size(port_id port)
{
    return port_buffer_size_etc(port, 0, 0);
}

static void fill(port_info *info, const hdbg_port_info *from)
{
    info->port = from->port;
    info->team = from->team;
    info->capacity = from->capacity;
    info->queue_count = from->queue_count;
    info->total_count = from->total_count;
    libroot_copy(info->name, from->name, sizeof info->name);
}

status_t _get_port_info(port_id port, port_info *info, size_t size)
{
    hdbg_port_info from = {.size = sizeof from};
    if (size != sizeof *info)
        return B_BAD_VALUE;
    status_t status = CALL(port_info, port, &from);
    if (status == B_OK)
        fill(info, &from);
    if (status == B_OK && libroot_changes_messages() && !is_nub_port(port))
        info->queue_count = libroot_inbox_count(port);
    return status;
}

status_t _get_next_port_info(team_id team, int32 *cookie, port_info *info, size_t size)
{
    hdbg_port_info from = {.size = sizeof from};
    int64_t position = *cookie;
    if (size != sizeof *info)
        return B_BAD_VALUE;
    status_t status = CALL(next_port, libroot_team(team), &position, &from);
    *cookie = (int32)position;
    if (status == B_OK)
        fill(info, &from);
    return status;
}

/* The port of the debug server: another team's, of which nothing but its id is to be known. */
enum { DEFAULT_DEBUGGER_PORT = 7 };

port_id find_port(const char *name)
{
    port_info info;
    int32 cookie = 0;
    while (get_next_port_info(B_CURRENT_TEAM, &cookie, &info) == B_OK) {
        if (strncmp(info.name, name, sizeof info.name - 1) == 0)
            return info.port;
    }
    if (strcmp(name, "kernel listener") == 0 && !libroot_behaviour()->no_default_debugger)
        return DEFAULT_DEBUGGER_PORT;
    return B_NAME_NOT_FOUND;
}

/* A port's reading end cannot leave its process here: a port can be given to its owner alone. */
status_t set_port_owner(port_id port, team_id team)
{
    port_info info;
    team_info other;
    status_t status = get_port_info(port, &info);
    if (status == B_OK)
        status = get_team_info(team, &other);
    if (status == B_OK && info.team != other.team)
        status = B_NOT_ALLOWED;
    return status;
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
    timeout = libroot_timeout(flags, timeout);
    if (libroot_changes_messages())
        return libroot_inbox_wait(infos, count, timeout);
    return CALL(wait_for_objects, (hdbg_object_wait *)infos, (size_t)count, timeout);
}

ssize_t wait_for_objects(object_wait_info *infos, int count)
{
    return wait_for_objects_etc(infos, count, 0, 0);
}
