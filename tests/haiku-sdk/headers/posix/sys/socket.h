/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Sockets.
 */
#ifndef _HAIKU_SDK_POSIX_SYS_SOCKET_H
#define _HAIKU_SDK_POSIX_SYS_SOCKET_H

#include <sys/types.h>
#include <sys/uio.h>

typedef uint32_t socklen_t;
typedef uint8_t sa_family_t;

#define AF_UNSPEC 0
#define AF_INET   1
#define AF_INET6  5
#define AF_LOCAL  9
#define AF_UNIX   AF_LOCAL

#define SOCK_STREAM    1
#define SOCK_DGRAM     2
#define SOCK_SEQPACKET 5
#define SOCK_NONBLOCK  0x00040000
#define SOCK_CLOEXEC   0x00080000

#define SOL_SOCKET  -1
#define SO_SNDBUF   0x40000001
#define SO_RCVBUF   0x40000004
#define SO_PEERCRED 0x4000000b

#define MSG_PEEK     0x0002
#define MSG_TRUNC    0x0010
#define MSG_CTRUNC   0x0020
#define MSG_WAITALL  0x0040
#define MSG_DONTWAIT 0x0080
#define MSG_NOSIGNAL 0x0800

struct sockaddr {
    uint8_t sa_len, sa_family;
    uint8_t sa_data[30];
};
struct msghdr {
    void *msg_name;
    socklen_t msg_namelen;
    struct iovec *msg_iov;
    int msg_iovlen;
    void *msg_control;
    socklen_t msg_controllen;
    int msg_flags;
};

#ifdef __cplusplus
extern "C" {
#endif

int socket(int family, int type, int protocol);
int socketpair(int family, int type, int protocol, int sockets[2]);
ssize_t send(int socket, const void *buffer, size_t size, int flags);
ssize_t recv(int socket, void *buffer, size_t size, int flags);
ssize_t sendmsg(int socket, const struct msghdr *message, int flags);
ssize_t recvmsg(int socket, struct msghdr *message, int flags);
int shutdown(int socket, int how);
int setsockopt(int socket, int level, int option, const void *value, socklen_t size);
int getsockopt(int socket, int level, int option, void *value, socklen_t *size);

#ifdef __cplusplus
}
#endif

#endif
