/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The file that a core is written into: under another name beside its own until it is whole, with holes, or
 * compressed.
 */
#define _GNU_SOURCE /* mkostemp() */
#include "base/fail.h"
#include "core/core.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef HAIKUDBG_ZSTD
#include <zstd.h>
#endif

struct core_output {
    char *path, *temporary;
    uint32_t flags;
    int fd;
    uint64_t at; /* where the next byte goes, in the file as it is read */
#ifdef HAIKUDBG_ZSTD
    ZSTD_CStream *stream; /* NULL: not compressed */
    uint8_t *packed;
    size_t packed_size;
#endif
};

static hdbg_status status_of(int error)
{
    switch (error) {
    case ENOENT:
        return HDBG_ENTRY_NOT_FOUND;
    case ENOTDIR:
        return HDBG_NOT_A_DIRECTORY;
    case EACCES:
    case EPERM:
        return HDBG_PERMISSION_DENIED;
    case EROFS:
        return HDBG_READ_ONLY_DEVICE;
    case EEXIST:
        return HDBG_FILE_EXISTS;
    case EISDIR:
        return HDBG_IS_A_DIRECTORY;
    case ENAMETOOLONG:
        return HDBG_NAME_TOO_LONG;
    case ENOSPC:
    case EFBIG: /* the process' own limit */
#ifdef EDQUOT
    case EDQUOT:
#endif
        return HDBG_DEVICE_FULL;
    case EMFILE:
    case ENFILE:
        return HDBG_NO_MORE_FDS;
    default:
        return HDBG_IO_ERROR;
    }
}

static hdbg_status cannot(const core_output *output, int error)
{
    return hdbg_fail(status_of(error), "cannot write the core file %s: %s", output->path, strerror(error));
}

/* ---- compression ---- */

#ifdef HAIKUDBG_ZSTD
enum { LEVEL = 1 };

static hdbg_status open_stream(core_output *output)
{
    output->packed_size = ZSTD_CStreamOutSize();
    output->packed = malloc(output->packed_size);
    output->stream = ZSTD_createCStream();
    if (output->packed == NULL || output->stream == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory to compress %s", output->path);
    ZSTD_CCtx_setParameter(output->stream, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(output->stream, ZSTD_c_checksumFlag, 1);
    return HDBG_OK;
}
#endif

static hdbg_status write_raw(core_output *output, const void *bytes, size_t size, uint64_t at)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = pwrite(output->fd, (const char *)bytes + done, size - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return cannot(output, n < 0 ? errno : ENOSPC);
        done += (size_t)n;
    }
    return HDBG_OK;
}

#ifdef HAIKUDBG_ZSTD
/* Compresses; at the end, with nothing more, what the stream still holds. */
static hdbg_status write_packed(core_output *output, const void *bytes, size_t size, ZSTD_EndDirective end)
{
    ZSTD_inBuffer in = {bytes, size, 0};
    for (;;) {
        ZSTD_outBuffer out = {output->packed, output->packed_size, 0};
        size_t left = ZSTD_compressStream2(output->stream, &out, &in, end);
        if (ZSTD_isError(left))
            return hdbg_fail(HDBG_NO_MEMORY, "cannot compress %s: %s", output->path, ZSTD_getErrorName(left));
        hdbg_status status = write_raw(output, output->packed, out.pos, output->at);
        if (status != HDBG_OK)
            return status;
        output->at += out.pos;
        if (end == ZSTD_e_end ? left == 0 : in.pos == in.size)
            return HDBG_OK;
    }
}
#endif

static bool is_packed(const core_output *output)
{
#ifdef HAIKUDBG_ZSTD
    return output->stream != NULL;
#else
    (void)output;
    return false;
#endif
}

/* ---- writing ---- */

hdbg_status core_output_write(core_output *output, const void *bytes, size_t size)
{
#ifdef HAIKUDBG_ZSTD
    if (is_packed(output))
        return write_packed(output, bytes, size, ZSTD_e_continue);
#endif
    hdbg_status status = write_raw(output, bytes, size, output->at);
    output->at += size;
    return status;
}

hdbg_status core_output_skip(core_output *output, uint64_t size)
{
    static const uint8_t zeros[4096];
    if (!is_packed(output)) {
        output->at += size;
        return HDBG_OK;
    }
    hdbg_status status = HDBG_OK;
    for (uint64_t done = 0; done < size && status == HDBG_OK;) {
        size_t piece = size - done < sizeof zeros ? (size_t)(size - done) : sizeof zeros;
        status = core_output_write(output, zeros, piece);
        done += piece;
    }
    return status;
}

/* ---- the name ---- */

static hdbg_status open_temporary(core_output *output)
{
    const char *slash = strrchr(output->path, '/');
    size_t folder = slash != NULL ? (size_t)(slash + 1 - output->path) : 0;
    size_t room = strlen(output->path) + 16;
    output->temporary = malloc(room);
    if (output->temporary == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory to write %s", output->path);
    /* Not made from the whole name, which may be as long as names can be. */
    snprintf(output->temporary, room, "%.*s.core-XXXXXX", (int)folder, output->path);
    output->fd = mkostemp(output->temporary, O_CLOEXEC);
    if (output->fd < 0) {
        int error = errno;
        free(output->temporary);
        output->temporary = NULL;
        return cannot(output, error);
    }
    return HDBG_OK;
}

hdbg_status core_output_open(core_output **result, const char *path, uint32_t flags)
{
    struct stat info;
    *result = NULL;
    core_output *output = calloc(1, sizeof *output);
    if (output == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory to write %s", path);
    output->fd = -1;
    output->flags = flags;
    output->path = strdup(path);
    hdbg_status status = HDBG_OK;
    if (output->path == NULL)
        status = hdbg_fail(HDBG_NO_MEMORY, "no memory to write %s", path);
    else if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
        status = cannot(output, EISDIR);
    else if (lstat(path, &info) == 0 && !(flags & HDBG_CORE_REPLACE))
        status = cannot(output, EEXIST);
#ifdef HAIKUDBG_ZSTD
    else if (flags & HDBG_CORE_COMPRESS)
        status = open_stream(output);
#else
    else if (flags & HDBG_CORE_COMPRESS)
        status =
            hdbg_fail(HDBG_NOT_SUPPORTED, "cannot compress %s: this library was built without zstd", path);
#endif
    if (status == HDBG_OK)
        status = open_temporary(output);
    if (status != HDBG_OK) {
        core_output_close(output);
        return status;
    }
    *result = output;
    return HDBG_OK;
}

/* A link does not replace a file that has come meanwhile; where there are no links, a look has to do. */
static hdbg_status give_name(core_output *output)
{
    struct stat info;
    if (!(output->flags & HDBG_CORE_REPLACE)) {
        if (link(output->temporary, output->path) == 0) {
            unlink(output->temporary);
            return HDBG_OK;
        }
        if (errno == EEXIST || lstat(output->path, &info) == 0)
            return cannot(output, EEXIST);
    }
    return rename(output->temporary, output->path) == 0 ? HDBG_OK : cannot(output, errno);
}

hdbg_status core_output_finish(core_output *output)
{
    hdbg_status status = HDBG_OK;
#ifdef HAIKUDBG_ZSTD
    if (is_packed(output))
        status = write_packed(output, NULL, 0, ZSTD_e_end);
#endif
    /* A hole at the end. */
    if (status == HDBG_OK && ftruncate(output->fd, (off_t)output->at) != 0)
        status = cannot(output, errno);
    int fd = output->fd;
    output->fd = -1;
    /* Some file systems tell of a full disk only here. */
    if (close(fd) != 0 && status == HDBG_OK)
        status = cannot(output, errno);
    if (status == HDBG_OK)
        status = give_name(output);
    if (status != HDBG_OK)
        return status;
    free(output->temporary);
    output->temporary = NULL;
    return HDBG_OK;
}

void core_output_close(core_output *output)
{
    if (output == NULL)
        return;
    if (output->fd >= 0)
        close(output->fd);
    if (output->temporary != NULL)
        unlink(output->temporary);
#ifdef HAIKUDBG_ZSTD
    ZSTD_freeCStream(output->stream);
    free(output->packed);
#endif
    free(output->temporary);
    free(output->path);
    free(output);
}
