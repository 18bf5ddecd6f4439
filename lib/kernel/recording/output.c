/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The file of a recording.
 */
#define _GNU_SOURCE
#include "kernel/recording/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WINDOW = 1 << 20, FILES_MAX = 10000 };

static hdbg_status status_of(int error)
{
    switch (error) {
    case ENOENT:
        return HDBG_ENTRY_NOT_FOUND;
    case EACCES:
    case EPERM:
        return HDBG_PERMISSION_DENIED;
    case ENOSPC:
        return HDBG_DEVICE_FULL;
    case EISDIR:
        return HDBG_IS_A_DIRECTORY;
    case ENOTDIR:
        return HDBG_NOT_A_DIRECTORY;
    case EROFS:
        return HDBG_READ_ONLY_DEVICE;
    case EMFILE:
    case ENFILE:
        return HDBG_NO_MORE_FDS;
    case ENOMEM:
        return HDBG_NO_MEMORY;
    default:
        return HDBG_IO_ERROR;
    }
}

static hdbg_status fail(output *out, int error, const char *what)
{
    if (out->status == HDBG_OK) {
        out->status = status_of(error);
        snprintf(out->error, sizeof out->error, "cannot %s the recording: %s", what, strerror(error));
    }
    return hdbg_fail(out->status, "cannot %s the recording %s: %s", what, out->path, strerror(error));
}

/* The process id stands for %p: debuggees and other programs inherit the environment. */
static void expand(char *to, size_t size, const char *path)
{
    size_t length = 0;
    for (; *path != '\0' && length + 1 < size; path++) {
        if (path[0] == '%' && path[1] == 'p') {
            int digits = snprintf(to + length, size - length, "%ld", (long)getpid());
            length += (size_t)digits;
            path++;
        } else {
            to[length++] = *path;
        }
    }
    to[length < size ? length : size - 1] = '\0';
}

hdbg_status output_open(output *out, const char *path)
{
    char name[sizeof out->path - 16];
    *out = (output){.fd = -1, .process = (int32_t)getpid(), .page = (uint64_t)sysconf(_SC_PAGESIZE)};
    if (strlen(path) + 32 > sizeof name)
        return hdbg_fail(HDBG_NAME_TOO_LONG, "cannot record: the name of the file is too long");
    expand(name, sizeof name, path);
    for (int i = 1; i < FILES_MAX; i++) {
        snprintf(out->path, sizeof out->path, i == 1 ? "%s" : "%s.%d", name, i);
        out->fd = open(out->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (out->fd >= 0)
            return HDBG_OK;
        if (errno != EEXIST)
            return fail(out, errno, "make");
    }
    return fail(out, EEXIST, "make");
}

static void unmap(output *out)
{
    if (out->window != NULL)
        munmap(out->window, out->window_size);
    out->window = NULL;
    out->window_size = 0;
}

/* Makes the file longer by writing it: a mapped file whose disk is full ends the process. */
static hdbg_status lengthen(output *out, uint64_t from, uint64_t until)
{
    static const uint8_t kZeros[64 << 10] = {0};
    while (from < until) {
        size_t piece = until - from < sizeof kZeros ? (size_t)(until - from) : sizeof kZeros;
        ssize_t done = pwrite(out->fd, kZeros, piece, (off_t)from);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return fail(out, done < 0 ? errno : ENOSPC, "write");
        from += (uint64_t)done;
    }
    return HDBG_OK;
}

static hdbg_status move_window(output *out, size_t size)
{
    uint64_t end = out->window_at + out->window_size;
    uint64_t at = out->used / out->page * out->page;
    uint64_t length = (out->used - at + size + WINDOW - 1) / WINDOW * WINDOW;
    unmap(out);
    hdbg_status status = lengthen(out, end > at ? end : at, at + length);
    if (status != HDBG_OK)
        return status;
    void *window = mmap(NULL, (size_t)length, PROT_READ | PROT_WRITE, MAP_SHARED, out->fd, (off_t)at);
    if (window == MAP_FAILED)
        return fail(out, errno, "map");
    out->window = window;
    out->window_at = at;
    out->window_size = (size_t)length;
    return HDBG_OK;
}

uint8_t *output_room(output *out, size_t size)
{
    if (out->status != HDBG_OK)
        return NULL;
    if (getpid() != out->process) {
        out->status = HDBG_NOT_ALLOWED;
        snprintf(out->error, sizeof out->error, "cannot write the recording: it is the parent process's");
        return NULL;
    }
    if (out->window == NULL || out->used + size > out->window_at + out->window_size) {
        if (move_window(out, size) != HDBG_OK)
            return NULL;
    }
    return out->window + (out->used - out->window_at);
}

void output_commit(output *out, size_t size, uint8_t first)
{
    _Atomic(uint8_t) *at = (_Atomic(uint8_t) *)(out->window + (out->used - out->window_at));
    atomic_store_explicit(at, first, memory_order_release);
    out->used += size;
}

void output_close(output *out)
{
    if (out->fd < 0)
        return;
    unmap(out);
    if (getpid() == out->process && ftruncate(out->fd, (off_t)out->used) != 0)
        fail(out, errno, "end");
    close(out->fd);
    out->fd = -1;
}
