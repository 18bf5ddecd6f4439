/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The system's description, and the words for its statuses.
 */
#define _GNU_SOURCE
#include "libroot.h"

#include <haikudbg/status.h>

#include <string.h>
#include <unistd.h>

status_t get_system_info(system_info *info)
{
    memset(info, 0, sizeof *info);
    info->cpu_count = (uint32)sysconf(_SC_NPROCESSORS_ONLN);
    info->max_pages = (uint64)sysconf(_SC_PHYS_PAGES);
    info->free_memory = (uint64)sysconf(_SC_AVPHYS_PAGES) * B_PAGE_SIZE;
    info->used_pages = info->max_pages - info->free_memory / B_PAGE_SIZE;
    info->kernel_version = 0xa01; /* of the release whose nub is imitated */
    libroot_copy(info->kernel_name, "kernel_x86_64", sizeof info->kernel_name);
    return B_OK;
}

/* As Haiku puts it, for the statuses that its debugging calls answer. */
static const struct {
    status_t status;
    const char *text;
} texts[] = {
    {B_BAD_VALUE, "Invalid Argument"},        {B_BAD_ADDRESS, "Bad address"},
    {B_BAD_PORT_ID, "Bad port ID"},           {B_BAD_TEAM_ID, "Operation on invalid team"},
    {B_BAD_THREAD_ID, "Bad thread ID"},       {B_BAD_THREAD_STATE, "Thread is inappropriate state"},
    {B_BUSY, "Device/File/Resource busy"},    {B_FILE_EXISTS, "File or Directory already exists"},
    {B_NOT_ALLOWED, "Operation not allowed"}, {B_NOT_SUPPORTED, "Operation not supported"},
    {B_TIMED_OUT, "Operation timed out"},
};

char *_haiku_strerror(int error)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i].status == error)
            return (char *)texts[i].text;
    }
    return error > 0 ? strerror(error) : (char *)hdbg_status_string(error);
}
