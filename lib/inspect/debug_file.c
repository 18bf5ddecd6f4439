/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * ELF files on disk, and the separate files that their debug information may be in.
 *
 * Files are read, never mapped: one that shrinks under a mapping would end the reader with a SIGBUS.
 */
#include "inspect/symbols.h"
#include "base/fail.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The places of Linux distributions and of Haiku; those that do not exist cost one failed open() an image. */
static const char *const kRoots[] = {"/usr/lib/debug", "/boot/system/develop/debug", NULL};
const symbol_paths hdbg_symbol_paths = {.roots = kRoots, .subfolder = ".debug"};

static size_t read_file(void *context, uint64_t at, void *buffer, size_t size)
{
    const int *fd = context;
    return at <= INT64_MAX - size ? hdbg_file_read(*fd, at, buffer, size) : 0;
}

hdbg_status elf_file_open(elf_file *file, const char *path)
{
    struct stat info;
    memset(&file->object, 0, sizeof file->object);
    snprintf(file->path, sizeof file->path, "%s", path);
    /* O_NONBLOCK: opening a FIFO must not wait for its writer. */
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->fd < 0) {
        int error = errno;
        hdbg_status status = error == ENOENT || error == ENOTDIR  ? HDBG_ENTRY_NOT_FOUND
                             : error == EACCES || error == EPERM  ? HDBG_PERMISSION_DENIED
                             : error == EMFILE || error == ENFILE ? HDBG_NO_MORE_FDS
                                                                  : HDBG_IO_ERROR;
        return hdbg_fail(status, "cannot open %s: %s", path, hdbg_status_string(status));
    }
    hdbg_status status = HDBG_OK;
    if (fstat(file->fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        status = hdbg_fail(HDBG_NOT_AN_EXECUTABLE, "%s is no regular file", path);
    } else {
        elf_input input = {
            .read = read_file, .context = &file->fd, .size = (uint64_t)info.st_size, .name = file->path};
        status = elf_open(&file->object, &input);
    }
    if (status != HDBG_OK)
        elf_file_close(file);
    return status;
}

void elf_file_close(elf_file *file)
{
    elf_close(&file->object);
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

static hdbg_status open_by_build_id(elf_file *debug, const elf_object *object, const symbol_paths *paths)
{
    uint8_t id[64], other[64];
    size_t size = sizeof id, other_size = sizeof other;
    char hex[2 * sizeof id + 1];
    if (elf_build_id(object, id, &size) != HDBG_OK || size < 2)
        return HDBG_NAME_NOT_FOUND;
    for (size_t i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", id[i]);
    for (const char *const *root = paths->roots; *root != NULL; root++) {
        char path[sizeof debug->path];
        int n = snprintf(path, sizeof path, "%s/.build-id/%.2s/%s.debug", *root, hex, hex + 2);
        if (n < 0 || (size_t)n >= sizeof path || access(path, R_OK) != 0 ||
            elf_file_open(debug, path) != HDBG_OK)
            continue;
        other_size = sizeof other;
        if (elf_build_id(&debug->object, other, &other_size) == HDBG_OK && other_size == size &&
            memcmp(id, other, size) == 0)
            return HDBG_OK;
        elf_file_close(debug);
    }
    return HDBG_NAME_NOT_FOUND;
}

/* The CRC-32 of a whole file, as .gnu_debuglink has it: IEEE 802.3's, reflected. 0 if the file cannot be
 * read. */
static uint32_t file_crc(const elf_object *object)
{
    enum { PIECE = 256 * 1024 };
    uint32_t table[256], crc = 0xffffffff;
    uint8_t *piece = malloc(PIECE);
    if (piece == NULL)
        return 0;
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int bit = 0; bit < 8; bit++)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
    }
    for (uint64_t at = 0; at < object->input.size;) {
        size_t n = object->input.read(object->input.context, at, piece, PIECE);
        for (size_t i = 0; i < n; i++)
            crc = crc >> 8 ^ table[(crc ^ piece[i]) & 0xff];
        if (n == 0)
            break;
        at += n;
    }
    free(piece);
    return ~crc;
}

static hdbg_status open_checked(elf_file *debug, const char *path, const char *original, uint32_t crc)
{
    if (strcmp(path, original) == 0 || access(path, R_OK) != 0 || elf_file_open(debug, path) != HDBG_OK)
        return HDBG_NAME_NOT_FOUND;
    if (file_crc(&debug->object) == crc)
        return HDBG_OK;
    elf_file_close(debug);
    return HDBG_NAME_NOT_FOUND;
}

static hdbg_status open_by_link(elf_file *debug, const elf_object *object, const char *original,
                                const symbol_paths *paths)
{
    char name[1024], path[sizeof debug->path];
    uint32_t crc = 0;
    hdbg_status status = elf_debug_link(object, name, sizeof name, &crc);
    if (status != HDBG_OK)
        return status;
    const char *slash = strrchr(original, '/');
    int folder = slash != NULL ? (int)(slash - original) : 0;
    const char *separator = slash != NULL ? "/" : "";
    status = HDBG_NAME_NOT_FOUND;
    if (snprintf(path, sizeof path, "%.*s%s%s", folder, original, separator, name) < (int)sizeof path)
        status = open_checked(debug, path, original, crc);
    if (status != HDBG_OK && snprintf(path, sizeof path, "%.*s%s%s/%s", folder, original, separator,
                                      paths->subfolder, name) < (int)sizeof path)
        status = open_checked(debug, path, original, crc);
    for (const char *const *root = paths->roots; status != HDBG_OK && *root != NULL; root++) {
        if (snprintf(path, sizeof path, "%s%s%.*s/%s", *root, *original == '/' ? "" : "/", folder, original,
                     name) < (int)sizeof path)
            status = open_checked(debug, path, original, crc);
    }
    return status;
}

hdbg_status elf_debug_file_open(elf_file *debug, const elf_object *object, const char *path,
                                const symbol_paths *paths)
{
    debug->fd = -1;
    if (open_by_build_id(debug, object, paths) == HDBG_OK ||
        open_by_link(debug, object, path, paths) == HDBG_OK)
        return HDBG_OK;
    return HDBG_NAME_NOT_FOUND;
}
