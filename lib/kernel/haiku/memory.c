/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Memory of a team, read through clones of its areas where there are any, and by messages elsewhere.
 */
#include "kernel/haiku/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <OS.h>

enum {
    READ_MEMORY = 0,      /* the message's code */
    MESSAGE_BYTES = 1024, /* B_MAX_READ_WRITE_MEMORY_SIZE */
    COPY_BYTES = 32768    /* fits into a pipe */
};

typedef struct read_request {
    port_id reply_port;
    void *address;
    int32 size;
} read_request;
typedef struct read_reply {
    status_t error;
    int32 size;
    char data[MESSAGE_BYTES];
} read_reply;

/* ---- through clones ---- */

static bool open_pipe(haiku_kernel *k)
{
    if (k->copy_pipe[0] >= 0)
        return true;
    int error = haiku_pipe(k->copy_pipe);
    if (error == 0)
        fcntl(k->copy_pipe[1], F_SETFL, O_NONBLOCK);
    return error == 0;
}

static size_t read_pipe(int fd, uint8_t *to, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = read(fd, to + done, size - done);
        if (got <= 0 && !(got < 0 && errno == EINTR))
            break;
        done += got > 0 ? (size_t)got : 0;
    }
    return done;
}

/* A page of a clone may be gone, as its file is shorter by now, or guard a stack. This thread must not touch
 * it: the system does, which answers with an error. @return bytes. */
static size_t copy_bytes(haiku_kernel *k, const uint8_t *from, uint8_t *to, size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t done = 0, piece = COPY_BYTES;
    pthread_mutex_lock(&k->copy_lock);
    while (done < size && open_pipe(k)) {
        size_t wanted = size - done < piece ? size - done : piece;
        ssize_t put = write(k->copy_pipe[1], from + done, wanted);
        if (put > 0) {
            size_t got = read_pipe(k->copy_pipe[0], to + done, (size_t)put);
            done += got;
            if (got < (size_t)put)
                break;
        } else if (put < 0 && errno == EINTR) {
            continue;
        } else if (piece > page) { /* up to the page that is not there */
            piece = page - ((uintptr_t)(from + done) & (page - 1));
            piece = piece == 0 ? page : piece;
        } else {
            break;
        }
    }
    pthread_mutex_unlock(&k->copy_lock);
    return done;
}

/* @return bytes, 0 if there is no clone or it has nothing there. */
static size_t read_clone(haiku_kernel *k, hdbg_team_id team, hdbg_address address, uint8_t *to, size_t size)
{
    haiku_clone *clone = haiku_clone_acquire(k, team, address, size);
    if (clone == NULL)
        return 0;
    uint64_t offset = address - clone->address;
    uint64_t there = clone->length - offset;
    size_t got = copy_bytes(k, clone->bytes + offset, to, size < there ? size : (size_t)there);
    haiku_clone_release(k, clone);
    return got;
}

/* ---- by messages ---- */

static int64_t read_message(haiku_kernel *k, hdbg_port_id nub, hdbg_address address, uint8_t *to, size_t size)
{
    read_request request = {.address = (void *)(uintptr_t)address, .size = (int32)size};
    read_reply reply;
    int64_t got = haiku_nub_ask(k, nub, READ_MEMORY, &request, sizeof request, &reply, sizeof reply);
    const int64_t header = offsetof(read_reply, data);
    if (got < 0)
        return got;
    if (got < (int64_t)sizeof reply.error)
        return hdbg_fail(HDBG_BAD_MESSAGE, "the nub's reply to READ_MEMORY has %lld bytes", (long long)got);
    if (reply.error != B_OK)
        return hdbg_fail(reply.error, "cannot read %zu bytes at 0x%llx: the nub answers: %s", size,
                         (unsigned long long)address, hdbg_status_string(reply.error));
    if (got < header || reply.size < 0 || (size_t)reply.size > size || got - header < reply.size)
        return hdbg_fail(HDBG_BAD_MESSAGE, "the nub's reply to READ_MEMORY has %lld bytes and tells of %d",
                         (long long)got, (int)reply.size);
    memcpy(to, reply.data, (size_t)reply.size);
    return reply.size;
}

/* Where a message fails as a whole, its first page may be there all the same. */
static int64_t read_by_message(haiku_kernel *k, hdbg_team_id team, hdbg_address address, uint8_t *to,
                               size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    hdbg_port_id nub = haiku_team_nub(k, team);
    if (nub < 0)
        return nub;
    size = size < MESSAGE_BYTES ? size : MESSAGE_BYTES;
    int64_t got = read_message(k, nub, address, to, size);
    size_t to_border = page - (size_t)(address & (page - 1));
    if (got == HDBG_BAD_ADDRESS && to_border < size)
        got = read_message(k, nub, address, to, to_border);
    return got;
}

int64_t haiku_memory_read(void *context, hdbg_team_id team, hdbg_address address, void *buffer, size_t size)
{
    haiku_kernel *k = context;
    uint8_t *to = buffer;
    size_t done = 0;
    hdbg_status status = HDBG_OK;
    if (address > UINTPTR_MAX)
        return hdbg_fail(HDBG_BAD_ADDRESS, "there is no address 0x%llx", (unsigned long long)address);
    while (done < size && status == HDBG_OK) {
        int64_t got = (int64_t)read_clone(k, team, address + done, to + done, size - done);
        if (got == 0)
            got = read_by_message(k, team, address + done, to + done, size - done);
        if (got > 0)
            done += (size_t)got;
        else
            status = got == 0 ? HDBG_BAD_ADDRESS : (hdbg_status)got;
    }
    return done > 0 || size == 0 ? (int64_t)done : status;
}
