/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Reading much memory at once, without the nub.
 */
#include "kernel/hosted/internal.h"
#include "kernel/hosted/convert.h"
#include "kernel/hosted/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

enum { BREAKPOINT = 0xcc, PAGE = 4096, PIECE = 1 << 20, TRIES = 100 };

/* A breakpoint within what is read. */
typedef struct patch {
    size_t offset;
    uint8_t original;
} patch;

typedef struct patches {
    patch *list;
    size_t count, room;
} patches;

/* Notes the breakpoints that are in the range now. */
static int note_breakpoints(hosted_kernel *k, hdbg_team_id team, uint64_t address, size_t size, patches *p)
{
    int complete = 1;
    pthread_mutex_lock(&k->lock);
    hosted_team *t = hosted_team_find(k, team, 0);
    uint32_t used = t != NULL && t->journal != NULL ? atomic_load(&t->journal->used) : 0;
    for (uint32_t i = 0; i < used && i < NUB_JOURNAL_ENTRIES; i++) {
        const nub_journal_entry *entry = &t->journal->entries[i];
        uint64_t at = atomic_load(&entry->address);
        if (at == 0 || at < address || at - address >= size)
            continue;
        if (p->count == p->room) {
            size_t room = p->room == 0 ? 64 : p->room * 2;
            patch *list = realloc(p->list, room * sizeof *list);
            if (list == NULL) {
                complete = 0;
                break;
            }
            p->list = list;
            p->room = room;
        }
        p->list[p->count++] = (patch){(size_t)(at - address), entry->original};
    }
    pthread_mutex_unlock(&k->lock);
    return complete;
}

/* Through /proc/PID/mem, which also shows what the team itself may not read. The descriptor is opened when
 * needed. */
static ssize_t read_hidden(hdbg_team_id team, int *file, uint64_t address, void *buffer, size_t size)
{
    char path[64];
    size_t rest = PAGE - address % PAGE;
    if (*file < 0) {
        snprintf(path, sizeof path, "/proc/%d/mem", (int)team);
        *file = open(path, O_RDONLY | O_CLOEXEC);
        if (*file < 0)
            return -1;
    }
    return pread(*file, buffer, size < rest ? size : rest, (off_t)address);
}

/* A main thread that has ended alone has no memory any more, and another may be just about to end, so each is
 * tried. @return what process_vm_readv() answered for `thread`, the last one tried. */
static ssize_t read_by_others(hdbg_team_id team, pid_t *thread, const struct iovec *local,
                              const struct iovec *remote)
{
    char path[64];
    ssize_t got = -1;
    struct dirent *entry;
    snprintf(path, sizeof path, "/proc/%d/task", (int)team);
    DIR *directory = opendir(path);
    errno = ESRCH;
    while (directory != NULL && got < 0 && errno == ESRCH && (entry = readdir(directory)) != NULL) {
        pid_t id = (pid_t)atoi(entry->d_name);
        errno = ESRCH;
        if (id <= 0 || id == team)
            continue;
        *thread = id;
        got = process_vm_readv(id, local, 1, remote, 1, 0);
    }
    int error = errno;
    if (directory != NULL)
        closedir(directory);
    errno = error;
    return got;
}

static int64_t read_pieces(hdbg_team_id team, uint64_t address, char *buffer, size_t size)
{
    size_t done = 0;
    int file = -1;
    pid_t thread = team;
    while (done < size) {
        size_t length = size - done < PIECE ? size - done : PIECE;
        struct iovec local = {buffer + done, length}, remote = {(void *)(uintptr_t)(address + done), length};
        ssize_t n = process_vm_readv(thread, &local, 1, &remote, 1, 0);
        for (int tries = 0; n < 0 && errno == ESRCH && tries < TRIES; tries++)
            n = read_by_others(team, &thread, &local, &remote);
        if (n <= 0)
            n = read_hidden(thread, &file, address + done, buffer + done, length);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    int error = errno;
    if (file >= 0)
        close(file);
    errno = error;
    return (int64_t)done;
}

static hdbg_status cannot_read(hdbg_team_id team, uint64_t address, int error)
{
    proc_stat stat;
    /* One that is being ended has no memory any more before it shows as ended. */
    if (error == ESRCH || error == ENOENT || !proc_read_stat(team, 0, &stat) || stat.state == 'Z' ||
        stat.size == 0)
        return hdbg_fail(HDBG_BAD_TEAM_ID, "cannot read memory of team %d: there is none, or it has ended",
                         (int)team);
    if (error == EPERM || error == EACCES) {
        hdbg_fail(HDBG_PERMISSION_DENIED, "cannot read memory of team %d", (int)team);
        return hosted_explain_denied(team);
    }
    return hdbg_fail(HDBG_BAD_ADDRESS, "cannot read memory of team %d at 0x%llx: nothing is mapped there",
                     (int)team, (unsigned long long)address);
}

/* Changes the team's memory, as the nub's request says. */
static hdbg_status ask_for(hosted_kernel *k, nub_request *request, nub_reply *reply)
{
    hosted_nub *nub;
    hdbg_status status = hosted_team_nub(k, request->a, &nub);
    if (status == HDBG_OK && nub == NULL)
        status = hdbg_fail(HDBG_NOT_ALLOWED, "cannot change the memory of team %d: it is not being debugged",
                           (int)request->a);
    return status == HDBG_OK ? hosted_ask(k, nub, request, -1, reply, NULL) : status;
}

hdbg_status hosted_memory_allocate(void *context, hdbg_team_id team, uint64_t size, uint32_t protection,
                                   hdbg_address *address)
{
    nub_request request = {.op = NUB_ALLOCATE, .a = team, .b = (int32_t)protection, .regs = {0, size}};
    nub_reply reply;
    hdbg_status status = ask_for(context, &request, &reply);
    if (status == HDBG_OK)
        *address = reply.regs[0];
    return status;
}

hdbg_status hosted_memory_release(void *context, hdbg_team_id team, hdbg_address address, uint64_t size)
{
    nub_request request = {.op = NUB_ALLOCATE, .a = team, .regs = {address, size}};
    nub_reply reply;
    if (address == 0)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot take memory away from team %d: none at 0", (int)team);
    return ask_for(context, &request, &reply);
}

int64_t hosted_memory_read(void *context, hdbg_team_id team, hdbg_address address, void *buffer, size_t size)
{
    hosted_kernel *k = context;
    patches p = {0};
    if (size == 0)
        return 0;
    /* Before and after: one that comes or goes meanwhile may or may not be in what was read. */
    int complete = note_breakpoints(k, team, address, size, &p);
    int64_t done = read_pieces(team, address, buffer, size);
    int error = errno;
    complete = note_breakpoints(k, team, address, size, &p) && complete;
    for (size_t i = 0; i < p.count; i++) {
        uint8_t *byte = (uint8_t *)buffer + p.list[i].offset;
        if ((int64_t)p.list[i].offset < done && *byte == BREAKPOINT)
            *byte = p.list[i].original;
    }
    free(p.list);
    if (!complete)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot read memory of team %d: out of memory", (int)team);
    return done > 0 ? done : cannot_read(team, address, error);
}
