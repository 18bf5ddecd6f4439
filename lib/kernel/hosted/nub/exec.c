/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The trampoline: a child of the debugger's that waits until the nub has seized it, and becomes the program
 * then. See launch.h for what is said over its socket.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "kernel/hosted/launch.h"

#include <haikudbg/kernel.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

int nub_exec_main(int argc, char **argv);
int nub_mend_main(int argc, char **argv);

/* What there is to do. */
typedef struct job {
    int socket;
    exec_order order;
    int fds[EXEC_FDS]; /* the memfd, and streams */
    char *program, *directory;
    char **arguments, **environment;
} job;

static _Noreturn void fail(const job *j, exec_step step, int error)
{
    exec_report report = {step, error};
    while (send(j->socket, &report, sizeof report, MSG_NOSIGNAL) < 0 && errno == EINTR)
        continue;
    _exit(127);
}

static ssize_t receive(int socket, void *data, size_t size, int *fds)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(EXEC_FDS * sizeof(int))];
    } control;
    struct iovec part = {data, size};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
    ssize_t n;
    do {
        n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); n > 0 && c != NULL; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && fds != NULL)
            memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
    }
    return n;
}

/* Takes the next string of the order. */
static char *next_string(char **text, const char *end)
{
    char *string = *text;
    size_t length = string < end ? strnlen(string, (size_t)(end - string)) : 0;
    if (string + length >= end)
        return NULL;
    *text = string + length + 1;
    return string;
}

static char **next_list(char **text, const char *end, uint32_t count)
{
    char **list = calloc((size_t)count + 1, sizeof *list);
    for (uint32_t i = 0; list != NULL && i < count; i++) {
        list[i] = next_string(text, end);
        if (list[i] == NULL)
            return NULL;
    }
    return list;
}

static void read_order(job *j)
{
    for (int i = 0; i < EXEC_FDS; i++)
        j->fds[i] = -1;
    if (receive(j->socket, &j->order, sizeof j->order, j->fds) != (ssize_t)sizeof j->order)
        _exit(127);
    char *text = mmap(NULL, j->order.size, PROT_READ | PROT_WRITE, MAP_PRIVATE, j->fds[0], 0);
    if (text == MAP_FAILED)
        fail(j, EXEC_ORDER, errno);
    const char *end = text + j->order.size;
    j->program = next_string(&text, end);
    j->directory = next_string(&text, end);
    j->arguments = next_list(&text, end, j->order.argument_count);
    j->environment = next_list(&text, end, j->order.environment_count);
    if (j->program == NULL || j->directory == NULL || j->arguments == NULL || j->environment == NULL)
        fail(j, EXEC_ORDER, EINVAL);
}

static void set_streams(job *j)
{
    int next = 1, wanted[3];
    for (int i = 0; i < 3; i++) {
        wanted[i] = j->order.streams & 1u << i ? j->fds[next++] : -1;
        /* One that came in the place of another stream must not be overwritten before it is used. */
        if (wanted[i] >= 0 && wanted[i] < 3 && (wanted[i] = fcntl(wanted[i], F_DUPFD_CLOEXEC, 3)) < 0)
            fail(j, EXEC_STREAMS, errno);
    }
    for (int i = 0; i < 3; i++) {
        if (wanted[i] >= 0 && dup2(wanted[i], i) < 0)
            fail(j, EXEC_STREAMS, errno);
    }
}

/* Tries each folder of the new environment's $PATH. @return the errno that tells most. */
static int search_and_run(const job *j)
{
    const char *folders = "/usr/local/bin:/usr/bin:/bin";
    char path[PATH_MAX];
    int error = ENOENT;
    for (char **variable = j->environment; *variable != NULL; variable++) {
        if (strncmp(*variable, "PATH=", 5) == 0)
            folders = *variable + 5;
    }
    for (const char *folder = folders; folder != NULL;) {
        const char *end = strchr(folder, ':');
        size_t length = end != NULL ? (size_t)(end - folder) : strlen(folder);
        if (length + strlen(j->program) + 2 <= sizeof path) {
            memcpy(path, folder, length);
            path[length] = '/';
            strcpy(path + length + 1, j->program);
            execve(length > 0 ? path : path + 1, j->arguments, j->environment);
            if (errno != ENOENT && errno != ENOTDIR && error == ENOENT)
                error = errno;
        }
        folder = end != NULL ? end + 1 : NULL;
    }
    return error;
}

int nub_exec_main(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[2], "mend") == 0)
        return nub_mend_main(argc, argv);
    job j = {.socket = argc == 3 ? atoi(argv[2]) : -1};
    exec_report ready = {EXEC_READY, 0};
    char go;
    if (j.socket < 3 || fcntl(j.socket, F_SETFD, FD_CLOEXEC) != 0)
        return 2;
    /* The debugger's thread that launches it waits for it; if it goes, nobody will say how to go on. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    read_order(&j);
    prctl(PR_SET_PTRACER, (unsigned long)j.order.nub);
    if (send(j.socket, &ready, sizeof ready, MSG_NOSIGNAL) < 0 || receive(j.socket, &go, 1, NULL) != 1)
        _exit(127);

    if ((j.order.launch & HDBG_LAUNCH_NEW_GROUP) && setpgid(0, 0) != 0)
        fail(&j, EXEC_GROUP, errno);
    set_streams(&j);
    if (j.directory[0] != '\0' && chdir(j.directory) != 0)
        fail(&j, EXEC_DIRECTORY, errno);
    if (j.order.launch & HDBG_LAUNCH_NO_RANDOMIZATION) {
        int now = personality(0xffffffff);
        if (now < 0 || personality((unsigned long)now | ADDR_NO_RANDOMIZE) < 0)
            fail(&j, EXEC_RANDOMIZE, errno);
    }
    prctl(PR_SET_PDEATHSIG, 0);
    if ((j.order.launch & HDBG_LAUNCH_SEARCH_PATH) && strchr(j.program, '/') == NULL)
        fail(&j, EXEC_PROGRAM, search_and_run(&j));
    execve(j.program, j.arguments, j.environment);
    fail(&j, EXEC_PROGRAM, errno);
}
