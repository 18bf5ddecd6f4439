/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Requests to a nub. Any number of threads may have one under way; one of them reads the control socket at a
 * time and hands replies to those they belong to. A request ends with its reply or with the nub.
 */
#include "kernel/hosted/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REPLY_FDS = 2,
    PATIENCE =
        30 * 1000 * 1000 /* microseconds; the nub answers in some ten of them, a launch in some thousand */
};

/* A request that waits for its reply. */
typedef struct hosted_request {
    struct hosted_request *next;
    uint32_t serial;
    int done;
    nub_reply reply;
    int fds[REPLY_FDS];
} hosted_request;

static int send_request(int socket, const nub_request *request, int fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {(void *)request, sizeof *request};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    for (;;) {
        if (sendmsg(socket, &message, MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != EINTR)
            return errno;
    }
}

static void close_fds(int *fds)
{
    for (int i = 0; i < REPLY_FDS; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

/* @return 1 for a reply, 0 if there is none now, -1 at the end. */
static int receive_reply(int socket, nub_reply *reply, int *fds)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(REPLY_FDS * sizeof(int))];
    } control;
    struct iovec part = {reply, sizeof *reply};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
    ssize_t n;
    int count = 0;
    fds[0] = fds[1] = -1;
    do {
        n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? 0 : -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            memcpy(fds, CMSG_DATA(c), (size_t)count * sizeof(int));
        }
    }
    if (n == 0)
        return -1;
    if ((size_t)n < sizeof *reply) {
        close_fds(fds);
        return 0;
    }
    reply->why[sizeof reply->why - 1] = '\0';
    return 1;
}

/* Hands a reply to the request it belongs to. */
static void hand_over(hosted_nub *nub, const nub_reply *reply, int *fds)
{
    for (hosted_request *r = nub->requests; r != NULL; r = r->next) {
        if (r->serial == reply->serial && !r->done) {
            r->reply = *reply;
            memcpy(r->fds, fds, sizeof r->fds);
            r->done = 1;
            return;
        }
    }
    close_fds(fds);
}

/* Reads for all, once, or until `deadline`. Under nub->lock, which is let go meanwhile. */
static void read_for_all(hosted_nub *nub, hdbg_time deadline)
{
    nub_reply reply;
    int fds[REPLY_FDS];
    struct pollfd ready[2] = {{.fd = nub->control, .events = POLLIN}, {.fd = nub->pidfd, .events = POLLIN}};
    nub->reading = 1;
    pthread_mutex_unlock(&nub->lock);
    hosted_poll(ready, 2, deadline);
    int got = receive_reply(nub->control, &reply, fds);
    pthread_mutex_lock(&nub->lock);
    nub->reading = 0;
    if (got > 0)
        hand_over(nub, &reply, fds);
    else if (got < 0 || ready[1].revents != 0) /* what it had answered before it died was read first */
        nub->lost = 1;
    pthread_cond_broadcast(&nub->replied);
}

static void unlink_request(hosted_nub *nub, hosted_request *request)
{
    for (hosted_request **link = &nub->requests; *link != NULL; link = &(*link)->next) {
        if (*link == request) {
            *link = request->next;
            break;
        }
    }
}

static const char *const kNames[NUB_OP_COUNT] = {
    [NUB_HELLO] = "greet it",
    [NUB_PORT_CREATE] = "tell it of port",
    [NUB_PORT_DELETE] = "tell it of the end of port",
    [NUB_INSTALL] = "debug team",
    [NUB_REMOVE] = "detach from team",
    [NUB_DEBUG_THREAD] = "stop thread",
    [NUB_LAUNCH_SEIZE] = "seize team",
    [NUB_LAUNCH_WAIT] = "launch team",
    [NUB_RESUME_THREAD] = "resume thread",
    [NUB_KILL_TEAM] = "kill team",
    [NUB_TEAM_STATE] = "ask for the state of team",
    [NUB_THREAD_STATE] = "ask for the state of thread",
    [NUB_EXTRA_REGISTERS] = "read registers of thread",
    [NUB_SET_EXTRA_REGISTERS] = "write registers of thread",
    [NUB_DEBUG_TEAM] = "stop team",
    [NUB_SIGNAL_INFO] = "read the signal of thread",
    [NUB_GIVE_SIGNAL_INFO] = "set the signal of thread",
    [NUB_ALLOCATE] = "change the memory of team",
    [NUB_WATCHPOINTS_HIT] = "ask for the watchpoints of thread",
    [NUB_THREAD_REGISTERS] = "read the registers of team",
    [NUB_STEP_RANGE] = "step thread",
    [NUB_TRACE_TEAM] = "trace the system calls of team",
    [NUB_TEST] = "make it misbehave",
};

/* The last error for a request that was refused. */
static hdbg_status refused(const nub_request *request, const nub_reply *reply)
{
    const char *why = reply->why[0] != '\0' ? reply->why : hdbg_status_string(reply->status);
    if (request->op == NUB_HELLO || request->op == NUB_TEST)
        return hdbg_fail(reply->status, "hdbg-nub: cannot %s: %s", kNames[request->op], why);
    return hdbg_fail(reply->status, "hdbg-nub: cannot %s %d: %s", kNames[request->op], (int)request->a, why);
}

hdbg_status hosted_ask(hosted_kernel *k, hosted_nub *nub, nub_request *request, int fd, nub_reply *reply,
                       int *fds)
{
    hosted_request mine = {.fds = {-1, -1}};
    pthread_mutex_lock(&nub->lock);
    request->serial = mine.serial = ++nub->serial;
    mine.next = nub->requests;
    nub->requests = &mine;
    if (!nub->lost && send_request(nub->control, request, fd) != 0)
        nub->lost = 1;
    const hdbg_time deadline = hosted_deadline(PATIENCE);
    const struct timespec until = {deadline / 1000000, deadline % 1000000 * 1000};
    while (!mine.done && !nub->lost && hosted_now(NULL) < deadline) {
        if (nub->reading)
            pthread_cond_timedwait(&nub->replied, &nub->lock, &until);
        else
            read_for_all(nub, deadline);
    }
    unlink_request(nub, &mine);
    const int lost = nub->lost;
    pthread_cond_broadcast(&nub->replied); /* somebody else may have to read now */
    pthread_mutex_unlock(&nub->lock);

    if (!mine.done && !lost)
        return hdbg_fail(HDBG_TIMED_OUT,
                         "cannot %s %d: hdbg-nub, process %d, has not answered for %d seconds",
                         kNames[request->op], (int)request->a, (int)nub->pid, PATIENCE / 1000000);
    if (!mine.done) {
        hosted_nub_check(k, nub);
        return hdbg_fail(HDBG_NUB_LOST, "cannot %s %d: hdbg-nub, process %d, has died", kNames[request->op],
                         (int)request->a, (int)nub->pid);
    }
    *reply = mine.reply;
    if (fds != NULL)
        memcpy(fds, mine.fds, sizeof mine.fds);
    else
        close_fds(mine.fds);
    return reply->status == HDBG_OK ? HDBG_OK : refused(request, reply);
}

int hosted_nub_check(hosted_kernel *k, hosted_nub *nub)
{
    struct pollfd ended = {.fd = nub->pidfd, .events = POLLIN};
    if (nub->dead)
        return 1;
    if (hosted_poll(&ended, 1, 0) <= 0)
        return 0;
    pthread_mutex_lock(&nub->lock);
    nub->lost = 1;
    pthread_cond_broadcast(&nub->replied);
    pthread_mutex_unlock(&nub->lock);
    hosted_mend(k, nub);
    return 1;
}
