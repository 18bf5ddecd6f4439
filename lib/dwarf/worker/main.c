/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-dwarf: reads debug information for libhaikudbg. Started by the library with a socket as its standard
 * input, and of use to no one else.
 *
 * It leaves at once as its caller's child and goes on as nobody's, so that nothing of it reaches the caller
 * later. It ends with the socket, or with the process that started it, and never takes longer for a question
 * than it was told.
 */
#include "worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOCKET = 0, IDLE_CHECK = 5000 /* ms */, DESCRIPTORS_MAX = 65536 };

/* What the library said when it started this process. */
typedef struct limits {
    pid_t caller;
    unsigned seconds; /* for a dwarf_bytes */
    unsigned long long memory;
} limits;

typedef hdbg_status (*file_answer)(worker_file *file, dwarf_bytes *q, dwarf_writer *m);

static const file_answer kAnswers[] = {[DWARF_ASK_ROWS] = answer_rows,
                                       [DWARF_ASK_LINES] = answer_lines,
                                       [DWARF_ASK_ADDRESSES] = answer_addresses,
                                       [DWARF_ASK_VARIABLES] = answer_variables,
                                       [DWARF_ASK_CALLS] = answer_calls};

/* ---- setting up ---- */

/* The caller's descriptors are none of ours: a pipe that is held here would never end. */
static void close_others(void)
{
    DIR *folder = opendir("/dev/fd");
    if (folder == NULL) {
        for (int fd = 3; fd < DESCRIPTORS_MAX; fd++)
            close(fd);
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        int fd = atoi(entry->d_name);
        if (fd >= 3 && fd != dirfd(folder))
            close(fd);
    }
    closedir(folder);
}

static void set_limit(int resource, rlim_t value)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0)
        return;
    if (limit.rlim_max == RLIM_INFINITY || value < limit.rlim_max)
        limit.rlim_max = value;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(resource, &limit);
}

static int parse_limits(int count, char **arguments, limits *given)
{
    if (count != 5 || strcmp(arguments[1], "--serve") != 0)
        return 0;
    given->caller = (pid_t)atol(arguments[2]);
    given->seconds = (unsigned)strtoul(arguments[3], NULL, 10);
    given->memory = strtoull(arguments[4], NULL, 10);
    return given->caller > 0 && given->seconds > 0 && given->memory > 0;
}

/* ---- talking ---- */

static int receive(void *buffer, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = recv(SOCKET, (uint8_t *)buffer + done, size - done, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return 0;
        done += (size_t)n;
    }
    return 1;
}

static int transmit(const void *buffer, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = send(SOCKET, (const uint8_t *)buffer + done, size - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return 0;
        done += (size_t)n;
    }
    return 1;
}

/* Waits for a question. A child of the caller's that holds its end of the socket must not keep this process
 * when the caller is gone. */
static int wait_for_question(const limits *given)
{
    for (;;) {
        struct pollfd p = {.fd = SOCKET, .events = POLLIN};
        int ready = poll(&p, 1, IDLE_CHECK);
        if (ready > 0)
            return 1;
        if (ready < 0 && errno != EINTR)
            return 0;
        if (kill(given->caller, 0) != 0 && errno == ESRCH)
            return 0;
    }
}

static hdbg_status answer(uint32_t what, dwarf_bytes *q, dwarf_writer *m)
{
    if (what == DWARF_ASK_OPEN)
        return answer_open(q, m);
    if (what == DWARF_ASK_CLOSE)
        return answer_close(q, m);
    if (what >= sizeof kAnswers / sizeof *kAnswers || kAnswers[what] == NULL)
        return message_error(m, HDBG_BAD_VALUE, "there is no question %u", what);
    worker_file *file = worker_file_find(dwarf_read_u32(q));
    if (file == NULL)
        return message_error(m, HDBG_BAD_VALUE, "there is no such file");
    return kAnswers[what](file, q, m);
}

/* One question and its answer. @return 0 at the end. */
static int serve(const limits *given)
{
    dwarf_header header;
    dwarf_writer m = {0};
    int ok = 0;
    uint8_t *bytes = NULL;
    if (!wait_for_question(given) || !receive(&header, sizeof header) || header.size > DWARF_MESSAGE_MAX)
        return 0;
    bytes = malloc(header.size + 1);
    if (bytes == NULL || !receive(bytes, header.size))
        goto out;
    dwarf_bytes q = {.bytes = bytes, .size = header.size};
    alarm(given->seconds); /* the signal's default ends the process */
    header.status = answer(header.what, &q, &m);
    if (m.failed)
        header.status = message_error(&m, HDBG_NO_MEMORY, "the answer is too long");
    else if (q.failed)
        header.status = message_error(&m, HDBG_BAD_VALUE, "the question is damaged");
    alarm(0);
    header.size = (uint32_t)m.size;
    ok = transmit(&header, sizeof header) && transmit(m.bytes, m.size);
out:
    free(bytes);
    free(m.bytes);
    return ok;
}

static int greet(void)
{
    uint32_t hello[2] = {DWARF_PROTOCOL_VERSION, (uint32_t)getpid()};
    return transmit(hello, sizeof hello);
}

int main(int count, char **arguments)
{
    limits given = {0};
    if (!parse_limits(count, arguments, &given)) {
        fprintf(stderr, "hdbg-dwarf: is started by libhaikudbg\n");
        return 2;
    }
    close_others();
    pid_t child = fork();
    if (child != 0)
        _exit(child < 0 ? 1 : 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* which need more than there is */
    set_limit(RLIMIT_AS, (rlim_t)given.memory);
#endif
    set_limit(RLIMIT_CORE, 0);
    if (!greet())
        return 1;
    while (serve(&given))
        continue;
    return 0;
}
