/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The system's description, and the words for its statuses.
 */
#define _GNU_SOURCE
#include "libroot.h"

#include <haikudbg/status.h>

#include <string.h>
#include <time.h>
#include <unistd.h>

nanotime_t system_time_nsecs(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (nanotime_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

status_t get_system_info(system_info *info)
{
    memset(info, 0, sizeof *info);
    info->cpu_count = (uint32)sysconf(_SC_NPROCESSORS_ONLN);
    info->max_pages = (uint64)sysconf(_SC_PHYS_PAGES);
    info->free_memory = (uint64)sysconf(_SC_AVPHYS_PAGES) * B_PAGE_SIZE;
    info->used_pages = info->max_pages - info->free_memory / B_PAGE_SIZE;
    /* Until the summer of 2026 it was 1 in all kernels. */
    info->kernel_version = libroot_behaviour()->release < 6 ? 1 : 0xa01;
    libroot_copy(info->kernel_name, "kernel_x86_64", sizeof info->kernel_name);
    return B_OK;
}

/* As Haiku puts it, for the statuses that its debugging calls answer. */
static const struct {
    status_t status;
    const char *text;
} texts[] = {
    {B_BAD_VALUE, "Invalid Argument"},
    {B_BAD_ADDRESS, "Bad address"},
    {B_BAD_PORT_ID, "Bad port ID"},
    {B_BAD_TEAM_ID, "Operation on invalid team"},
    {B_BAD_THREAD_ID, "Bad thread ID"},
    {B_BAD_THREAD_STATE, "Thread is inappropriate state"},
    {B_BUSY, "Device/File/Resource busy"},
    {B_FILE_EXISTS, "File or Directory already exists"},
    {B_NOT_ALLOWED, "Operation not allowed"},
    {B_NOT_SUPPORTED, "Operation not supported"},
    {B_TIMED_OUT, "Operation timed out"},
    {B_ENTRY_NOT_FOUND, "No such file or directory"},
    {B_PERMISSION_DENIED, "Permission denied"},
    {B_NO_MEMORY, "Out of memory"},
    {B_INTERRUPTED, "Interrupted system call"},
    {B_WOULD_BLOCK, "Operation would block"},
    {B_IO_ERROR, "I/O error"},
};

char *_haiku_strerror(int error)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i].status == error)
            return (char *)texts[i].text;
    }
    return error > 0 ? strerror(error) : (char *)hdbg_status_string(error);
}

/* How the releases name themselves: by the revision of their sources. */
int _haiku_uname(haiku_utsname *name)
{
    static const char *const versions[] = {"hrev56578+95 Dec  6 2022 06:01:00",
                                           "hrev57937+129 Sep 10 2024 06:01:00",
                                           "hrev59200 Aug  1 2026 06:01:00"};
    memset(name, 0, sizeof *name);
    libroot_copy(name->sysname, "Haiku", sizeof name->sysname);
    libroot_copy(name->nodename, "sdk", sizeof name->nodename);
    libroot_copy(name->release, "1", sizeof name->release);
    libroot_copy(name->version, versions[libroot_behaviour()->release - 4], sizeof name->version);
    libroot_copy(name->machine, "x86_64", sizeof name->machine);
    return 0;
}
