/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Core files that are compressed with zstd: unpacked into a temporary file that has no name, where they can
 * be read at any place. Zeros become holes there, so that a core that is mostly zeros costs no disk.
 */
#define _GNU_SOURCE /* mkostemp() */
#include "base/fail.h"
#include "kernel/corefile/corefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int core_is_compressed(const uint8_t *bytes, size_t size)
{
    return size >= 4 && memcmp(bytes, "\x28\xb5\x2f\xfd", 4) == 0;
}

#ifdef HAIKUDBG_ZSTD
#include <zstd.h>

enum { PAGE = 4096, WINDOW_LOG_MAX = 27 };
/* What a compressed file may become: more is taken for an attack on the disk. */
#define UNPACKED_MAX (UINT64_C(64) << 30)

static int open_temporary(void)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/hdbg-core-XXXXXX",
             folder != NULL && folder[0] == '/' ? folder : "/var/tmp");
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    return size > 0 && bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

static bool write_at(int fd, const uint8_t *bytes, size_t size, uint64_t at)
{
    for (size_t done = 0; done < size;) {
        size_t piece = size - done < PAGE ? size - done : PAGE;
        if (!is_zero(bytes + done, piece)) {
            ssize_t n = pwrite(fd, bytes + done, piece, (off_t)(at + done));
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                return false;
            piece = (size_t)n;
        }
        done += piece;
    }
    return true;
}

typedef struct unpacking {
    core_kernel *k;
    int to;
    ZSTD_DStream *stream;
    uint8_t *in, *out;
    size_t in_size, out_size;
    uint64_t written;
    bool ended; /* a whole frame was read */
} unpacking;

/* Unpacks what has been read. */
static hdbg_status unpack(unpacking *u, size_t got)
{
    ZSTD_inBuffer in = {u->in, got, 0};
    bool full = false;
    while (in.pos < in.size || full) {
        ZSTD_outBuffer out = {u->out, u->out_size, 0};
        size_t hint = ZSTD_decompressStream(u->stream, &out, &in);
        if (ZSTD_isError(hint)) {
            core_problem(u->k, "the compressed data is damaged after %llu bytes: %s",
                         (unsigned long long)u->written, ZSTD_getErrorName(hint));
            u->ended = true;
            return HDBG_BAD_DATA;
        }
        u->ended = hint == 0;
        full = out.pos == out.size;
        if (u->written + out.pos > UNPACKED_MAX) {
            core_problem(u->k, "the compressed file is larger than %llu bytes",
                         (unsigned long long)UNPACKED_MAX);
            return HDBG_BAD_DATA;
        }
        if (!write_at(u->to, u->out, out.pos, u->written))
            return hdbg_fail(errno == ENOSPC ? HDBG_DEVICE_FULL : HDBG_IO_ERROR,
                             "cannot unpack %s into a temporary file: %s", u->k->path, strerror(errno));
        u->written += out.pos;
    }
    return HDBG_OK;
}

static hdbg_status unpack_all(unpacking *u)
{
    core_kernel *k = u->k;
    uint64_t at = 0;
    for (;;) {
        size_t got = core_read(k, at, u->in, u->in_size);
        if (got == 0)
            break;
        at += got;
        hdbg_status status = unpack(u, got);
        if (status == HDBG_BAD_DATA)
            break; /* what there is may do */
        if (status != HDBG_OK)
            return status;
    }
    if (!u->ended) {
        core_problem(k, "the compressed file ends in the middle");
        k->info.flags |= HDBG_CORE_IS_TRUNCATED;
    }
    if (ftruncate(u->to, (off_t)u->written) != 0)
        return hdbg_fail(HDBG_IO_ERROR, "cannot unpack %s into a temporary file: %s", k->path,
                         strerror(errno));
    return HDBG_OK;
}

hdbg_status core_decompress(core_kernel *k)
{
    unpacking u = {
        .k = k, .in_size = ZSTD_DStreamInSize(), .out_size = ZSTD_DStreamOutSize() & -(size_t)PAGE};
    hdbg_status status = HDBG_NO_MEMORY;
    u.to = open_temporary();
    if (u.to < 0)
        return hdbg_fail(HDBG_IO_ERROR, "cannot unpack %s: no temporary file: %s", k->path, strerror(errno));
    u.stream = ZSTD_createDStream();
    u.in = malloc(u.in_size);
    u.out = malloc(u.out_size);
    if (u.stream == NULL || u.in == NULL || u.out == NULL) {
        hdbg_fail(HDBG_NO_MEMORY, "no memory to unpack %s", k->path);
        goto done;
    }
    ZSTD_DCtx_setParameter(u.stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    status = unpack_all(&u);
done:
    ZSTD_freeDStream(u.stream);
    free(u.in);
    free(u.out);
    if (status != HDBG_OK) {
        close(u.to);
        return status;
    }
    close(k->fd);
    k->fd = u.to;
    k->file_size = u.written;
    return HDBG_OK;
}

#else

hdbg_status core_decompress(core_kernel *k)
{
    return hdbg_fail(HDBG_NOT_SUPPORTED,
                     "cannot open %s: it is compressed, and this library was built without zstd", k->path);
}

#endif
