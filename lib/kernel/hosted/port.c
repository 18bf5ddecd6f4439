/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The transport of ports: packets over a SOCK_SEQPACKET pair, large bodies and cloned areas as memfds.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "base/file.h"
#include "kernel/hosted/port.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* What stands before each message in its packet. */
typedef struct packet_header {
    int32_t code;
    uint32_t size;  /* of the body, wherever it is */
    uint32_t flags; /* BODY_IN_FILE, AREA_FOLLOWS: the descriptors that come along, in this order */
    uint32_t reserved;
} packet_header;

enum {
    BODY_IN_FILE = 1,
    AREA_FOLLOWS = 2,
    INLINE_MAX = 32 * 1024, /* larger bodies travel as a memfd: the default buffer takes them at any rate */
    BUFFER_SIZE = 16 * 1024 * 1024, /* wished for, not reserved */
    MAX_FDS = 2
};

hdbg_status port_pair(int *reader, int *writer)
{
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets) != 0)
        return HDBG_NO_MORE_PORTS;
    /* A packet is charged to its sender's buffer. The larger it may grow the later a port that is not full
     * yet has to say that it is; only a privileged process may exceed the system's limit. */
    int size = BUFFER_SIZE;
    if (setsockopt(sockets[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
        setsockopt(sockets[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    *reader = sockets[0];
    *writer = sockets[1];
    return HDBG_OK;
}

/* A memfd with the body, its offset at 0. */
static int body_file(const void *data, size_t size)
{
    int fd = memfd_create("haikudbg-message", MFD_CLOEXEC);
    if (fd < 0)
        return -1;
    for (size_t done = 0; done < size;) {
        ssize_t n = pwrite(fd, (const char *)data + done, size - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            close(fd);
            return -1;
        }
        done += (size_t)n;
    }
    return fd;
}

/* Sends one packet; the errno, 0 if it went. */
static int send_packet(int fd, const packet_header *header, const void *data, size_t size, const int *fds,
                       int count)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(MAX_FDS * sizeof(int))];
    } control;
    struct iovec parts[2] = {{(void *)header, sizeof *header}, {(void *)data, size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = size > 0 ? 2 : 1};
    if (count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    }
    for (;;) {
        if (sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
            return 0;
        if (errno != EINTR)
            return errno;
    }
}

/* Sends the message in the form that fits; the errno. */
static int send_message(int fd, int32_t code, const void *data, size_t size, int area_fd)
{
    packet_header header = {.code = code, .size = (uint32_t)size};
    int fds[MAX_FDS], count = 0, file = -1, error = EAGAIN;
    if (area_fd >= 0) {
        header.flags |= AREA_FOLLOWS;
        fds[count++] = area_fd;
    }
    if (size <= INLINE_MAX)
        error = send_packet(fd, &header, data, size, fds, count);
    if (size <= INLINE_MAX && (error != EAGAIN || size < sizeof header))
        return error;

    /* Too large for a packet, or for what is left of the buffer: a packet without a body may still fit. */
    file = body_file(data, size);
    if (file < 0)
        return error == EAGAIN && size <= INLINE_MAX ? EAGAIN : ENOMEM;
    header.flags |= BODY_IN_FILE;
    fds[0] = file;
    fds[1] = area_fd;
    error = send_packet(fd, &header, NULL, 0, fds, count + 1);
    close(file);
    return error == ETOOMANYREFS ? EAGAIN : error;
}

/* Takes one of the port's places. */
static int take_place(port_slot *slot)
{
    int32_t queued = atomic_load(&slot->queued);
    while (queued < slot->capacity) {
        if (atomic_compare_exchange_weak(&slot->queued, &queued, queued + 1))
            return 1;
    }
    return 0;
}

hdbg_status port_send(port_end *writer, int32_t code, const void *data, size_t size, int area_fd)
{
    port_slot *slot = writer->slot;
    if (size > PORT_MESSAGE_MAX)
        return HDBG_BAD_VALUE;
    for (;;) {
        if (take_place(slot)) {
            int error = send_message(writer->fd, code, data, size, area_fd);
            if (error == 0) {
                atomic_fetch_add(&slot->total, 1);
                return HDBG_OK;
            }
            atomic_fetch_sub(&slot->queued, 1);
            if (error == ENOMEM || error == ENOBUFS || error == EMFILE || error == ENFILE)
                return HDBG_NO_MEMORY;
            if (error != EAGAIN)
                return HDBG_BAD_PORT_ID;
        }
        if (atomic_exchange(&writer->registered, 1) != 0)
            return HDBG_WOULD_BLOCK;
        /* The reader may have made room before it could see this writer, and will not say so: look again. */
        atomic_fetch_add(&slot->waiters, 1);
    }
}

hdbg_status port_room(port_end *writer)
{
    char byte;
    ssize_t n;
    do {
        n = recv(writer->fd, &byte, 1, MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    if (n > 0) {
        atomic_store(&writer->registered, 0);
        return HDBG_OK;
    }
    return n < 0 && errno == EAGAIN ? HDBG_OK : HDBG_BAD_PORT_ID;
}

/* A place is free again: tell who waits for one. */
static void give_place(const port_end *reader)
{
    atomic_fetch_sub(&reader->slot->queued, 1);
    if (atomic_load(&reader->slot->waiters) == 0)
        return;
    for (int32_t n = atomic_exchange(&reader->slot->waiters, 0); n > 0; n--) {
        while (send(reader->fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EINTR)
            continue;
    }
}

/* The descriptors that came along, -1 where none did. */
static void take_fds(struct msghdr *message, uint32_t flags, int *body, int *area)
{
    *body = *area = -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (*body < 0 && (flags & BODY_IN_FILE))
                *body = fd;
            else if (*area < 0 && (flags & AREA_FOLLOWS))
                *area = fd;
            else
                close(fd);
        }
    }
}

int64_t port_receive(const port_end *reader, int32_t *code, void *buffer, size_t size, int *area_fd)
{
    packet_header header = {0};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(MAX_FDS * sizeof(int))];
    } control;
    struct iovec parts[2] = {{&header, sizeof header}, {buffer, size}};
    struct msghdr message = {
        .msg_iov = parts, .msg_iovlen = 2, .msg_control = control.bytes, .msg_controllen = sizeof control};
    ssize_t n;
    do {
        n = recvmsg(reader->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? HDBG_WOULD_BLOCK : HDBG_BAD_PORT_ID;
    if (n == 0)
        return HDBG_BAD_PORT_ID;

    int body, area;
    take_fds(&message, header.flags, &body, &area);
    size_t stored = (size_t)n > sizeof header ? (size_t)n - sizeof header : 0;
    if (body >= 0) {
        stored = hdbg_file_read(body, 0, buffer, header.size < size ? header.size : size);
        close(body);
    }
    if (area_fd != NULL)
        *area_fd = area;
    else if (area >= 0)
        close(area);
    if (code != NULL)
        *code = header.code;
    give_place(reader);
    return (int64_t)stored;
}

int64_t port_peek(const port_end *reader)
{
    packet_header header = {0};
    ssize_t n;
    do {
        n = recv(reader->fd, &header, sizeof header, MSG_DONTWAIT | MSG_PEEK | MSG_TRUNC);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? HDBG_WOULD_BLOCK : HDBG_BAD_PORT_ID;
    return n == 0 ? HDBG_BAD_PORT_ID : (int64_t)header.size;
}
