/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Where clients connect: a TCP port, on loopback unless it is told otherwise, or a Unix socket that only its
 * user can open.
 */
#define _GNU_SOURCE
#include "listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool fail(const char *where, const char *why)
{
    fprintf(stderr, "hdbg-server: cannot listen at '%s': %s\n", where, why);
    return false;
}

/* Programs that start a gdbserver know these two by their words: they try another port, or give up. */
static bool fail_as_known(const char *where, const char *what, const char *why)
{
    fprintf(stderr, "hdbg-server: %s: %s: %s.\n", where, what, why);
    return false;
}

/* ---- Unix sockets ---- */

/* A socket that nobody listens at any more is in the way. */
static void remove_stale(const struct sockaddr_un *address)
{
    struct stat info;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (lstat(address->sun_path, &info) == 0 && S_ISSOCK(info.st_mode) &&
        connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 && errno == ECONNREFUSED)
        unlink(address->sun_path);
    close(fd);
}

static bool open_path(struct listener *listener, const char *where)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(where) >= sizeof address.sun_path)
        return fail(where, "the path is too long for a socket");
    memcpy(address.sun_path, where, strlen(where));
    remove_stale(&address);
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    mode_t mask = umask(0177); /* never reachable for others, not for a moment */
    int status = listener->fd >= 0 ? bind(listener->fd, (struct sockaddr *)&address, sizeof address) : -1;
    umask(mask);
    if (status != 0 || listen(listener->fd, 1) != 0)
        return fail(where, strerror(errno));
    listener->path = where;
    snprintf(listener->name, sizeof listener->name, "socket %s", where);
    return true;
}

/* ---- TCP ---- */

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static int bind_to(const struct addrinfo *info)
{
    int one = 1, fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, 1) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* HOST:PORT, :PORT, [HOST]:PORT; all perhaps with tcp: before. */
static bool open_port(struct listener *listener, const char *where)
{
    char host[256];
    const char *start = strncmp(where, "tcp:", 4) == 0 ? where + 4 : where;
    const char *colon = strrchr(start, ':');
    if (colon == NULL || colon - start >= (int)sizeof host)
        return fail(where, "that is neither HOST:PORT nor the path of a socket (with a slash) nor -");
    bool bracketed = *start == '[' && colon > start && colon[-1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(colon - start) - 2 * bracketed, start + bracketed);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *found = NULL;
    int error = getaddrinfo(*host != '\0' ? host : "127.0.0.1", colon + 1, &hints, &found);
    if (error != 0)
        return fail_as_known(where, "cannot resolve name", gai_strerror(error));
    struct addrinfo *info = found;
    for (listener->fd = -1; info != NULL; info = info->ai_next) {
        listener->fd = bind_to(info);
        if (listener->fd >= 0)
            break;
    }
    error = errno;
    if (info != NULL && !is_loopback(info->ai_addr))
        fprintf(
            stderr,
            "hdbg-server: warning: whoever can reach %s can do here whatever the user who runs this can\n",
            where);
    freeaddrinfo(found);
    if (listener->fd < 0)
        return fail_as_known(where, "Can't bind address", strerror(error));

    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    char port[32] = "?";
    if (getsockname(listener->fd, (struct sockaddr *)&bound, &size) == 0)
        getnameinfo((struct sockaddr *)&bound, size, NULL, 0, port, sizeof port, NI_NUMERICSERV);
    snprintf(listener->name, sizeof listener->name, "port %s", port);
    return true;
}

/* ---- either ---- */

bool listener_open(struct listener *listener, const char *where)
{
    *listener = (struct listener){.fd = -1};
    if (strcmp(where, "-") == 0 || strcmp(where, "stdio") == 0)
        return true;
    return strchr(where, '/') != NULL ? open_path(listener, where) : open_port(listener, where);
}

void listener_announce(const struct listener *listener)
{
    if (listener->fd >= 0)
        fprintf(stderr, "Listening on %s\n", listener->name);
}

static void say_who(const struct sockaddr *address, socklen_t size)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (address->sa_family == AF_UNIX || getnameinfo(address, size, host, sizeof host, port, sizeof port,
                                                     NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        fprintf(stderr, "Remote debugging using a socket\n");
    else
        fprintf(stderr, "Remote debugging from host %s, port %s\n", host, port);
}

int listener_accept(const struct listener *listener)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    int one = 1, fd = accept4(listener->fd, (struct sockaddr *)&address, &size, SOCK_CLOEXEC);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one); /* a machine that vanishes is noticed */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    say_who((struct sockaddr *)&address, size);
    return fd;
}

void listener_close(struct listener *listener)
{
    if (listener->fd >= 0)
        close(listener->fd);
    if (listener->path != NULL)
        unlink(listener->path);
    listener->fd = -1;
    listener->path = NULL;
}
