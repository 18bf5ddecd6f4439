/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The process hdbg-dwarf of a session: started when something is first asked, killed when it is late, started
 * again for the other files, a limited number of times.
 *
 * It is spawned with no signal handlers, masks or descriptors of the caller's, and makes a child of itself
 * and ends at once: so nothing that happens to it later is any business of the caller's. The first process is
 * waited for by its id, and it is no error if the caller was faster (wait() in another thread, SIGCHLD
 * ignored).
 */
#define _GNU_SOURCE /* dladdr() */
#include "dwarf/internal.h"
#include "base/fail.h"
#include "base/spawn.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "hdbg-dwarf"

enum {
    STRANGERS_MAX = 2,
    STARTS_MAX = 64, /* of the process in a session; each but the first is for a file that ended it */
    START_TIMEOUT_MIN = 2 * 1000 * 1000, /* on a busy machine, when questions may take less */
    DEFAULT_TIMEOUT = 10 * 1000 * 1000,
    SECOND = 1000 * 1000,
    PIECE = 1024 * 1024 /* answers are not believed to be as long as they say before they are */
};
static const uint64_t kDefaultMemory = UINT64_C(4) << 30;

struct dwarf_reader {
    atomic_int references; /* the creator's, and one a file */
    pthread_mutex_t lock;  /* one question at a time */
    int off;               /* HDBG_DEBUG_INFO_OFF */
    int closed;
    hdbg_time timeout;
    uint64_t memory;
    int socket;  /* -1: there is no process */
    pid_t pid;   /* as it says, which is believed of a process of that group alone */
    pid_t group; /* made for it, when it was spawned */
    int starts;
    int strangers;       /* how many did not greet: what $HAIKUDBG_DWARF names may be another program */
    uint64_t generation; /* which process it is */
    uint32_t serial;
};

static hdbg_time now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (hdbg_time)t.tv_sec * SECOND + t.tv_nsec / 1000;
}

/* ---- making and ending ---- */

hdbg_status dwarf_reader_create(const hdbg_debug_info_options *options, dwarf_reader **reader)
{
    *reader = calloc(1, sizeof **reader);
    if (*reader == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory to read debug information");
    atomic_init(&(*reader)->references, 1);
    pthread_mutex_init(&(*reader)->lock, NULL);
    (*reader)->socket = -1;
    (*reader)->off = options != NULL && (options->flags & HDBG_DEBUG_INFO_OFF) != 0;
    (*reader)->timeout = options != NULL && options->timeout > 0 ? options->timeout : DEFAULT_TIMEOUT;
    (*reader)->memory = options != NULL && options->memory > 0 ? options->memory : kDefaultMemory;
    return HDBG_OK;
}

dwarf_reader *dwarf_reader_retain(dwarf_reader *reader)
{
    atomic_fetch_add(&reader->references, 1);
    return reader;
}

void dwarf_reader_release(dwarf_reader *reader)
{
    if (atomic_fetch_sub(&reader->references, 1) != 1)
        return;
    pthread_mutex_destroy(&reader->lock);
    free(reader);
}

/* Whether a process is one that was started here: what $HAIKUDBG_DWARF names may tell any id. */
static int is_own(const dwarf_reader *r, pid_t pid)
{
    return pid > 1 && r->group > 1 && getpgid(pid) == r->group;
}

/* Ends the process. With its socket still open it lives, so its id is still its own. */
static void end_process(dwarf_reader *r, int kill_it)
{
    if (r->socket < 0)
        return;
    struct pollfd p = {.fd = r->socket, .events = POLLIN};
    if (kill_it && is_own(r, r->pid) && (poll(&p, 1, 0) <= 0 || !(p.revents & (POLLHUP | POLLERR))))
        kill(r->pid, SIGKILL);
    close(r->socket);
    r->socket = -1;
    r->pid = r->group = 0;
}

void dwarf_reader_destroy(dwarf_reader *reader)
{
    if (reader == NULL)
        return;
    pthread_mutex_lock(&reader->lock);
    reader->closed = 1;
    end_process(reader, 0);
    pthread_mutex_unlock(&reader->lock);
    dwarf_reader_release(reader);
}

/* ---- finding the program ---- */

static int is_program(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

/* The folder of the library, or of the program that has it linked in. */
static int own_folder(char *folder, size_t size)
{
    Dl_info info;
    char path[PATH_MAX];
    if (dladdr((const void *)(uintptr_t)dwarf_reader_create, &info) == 0 || info.dli_fname == NULL ||
        strchr(info.dli_fname, '/') == NULL || realpath(info.dli_fname, path) == NULL)
        return 0;
    *strrchr(path, '/') = '\0';
    return (size_t)snprintf(folder, size, "%s", path) < size;
}

static hdbg_status find_program(char *path, size_t size)
{
    char folder[PATH_MAX];
    const char *variable = getenv("HAIKUDBG_DWARF");
    if (variable != NULL && variable[0] != '\0') {
        snprintf(path, size, "%s", variable);
        if (is_program(path))
            return HDBG_OK;
    }
    if (own_folder(folder, sizeof folder)) {
        snprintf(path, size, "%s/" PROGRAM, folder);
        if (is_program(path))
            return HDBG_OK;
        snprintf(path, size, "%s/../libexec/haikudbg/" PROGRAM, folder);
        if (is_program(path))
            return HDBG_OK;
    }
    snprintf(path, size, "%s", HAIKUDBG_LIBEXECDIR "/" PROGRAM);
    if (is_program(path))
        return HDBG_OK;
    return hdbg_fail(
        HDBG_NOT_SUPPORTED,
        "debug information is not read: the program " PROGRAM
        " is neither what $HAIKUDBG_DWARF says, nor beside the library, nor in " HAIKUDBG_LIBEXECDIR);
}

/* ---- talking ---- */

/* Sends or receives all of it until the deadline. @return HDBG_OK, HDBG_TIMED_OUT, or HDBG_IO_ERROR if the
 * other end is closed. */
static hdbg_status transfer(const dwarf_reader *r, void *in, const void *out, size_t size, hdbg_time deadline)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = out != NULL ? send(r->socket, (const uint8_t *)out + done, size - done,
                                       MSG_NOSIGNAL | MSG_DONTWAIT)
                                : recv(r->socket, (uint8_t *)in + done, size - done, MSG_DONTWAIT);
        if (n > 0) {
            done += (size_t)n;
            continue;
        }
        if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
            return HDBG_IO_ERROR;
        hdbg_time left = deadline - now();
        if (left <= 0)
            return HDBG_TIMED_OUT;
        struct pollfd p = {.fd = r->socket, .events = out != NULL ? POLLOUT : POLLIN};
        poll(&p, 1, left / 1000 < INT_MAX ? (int)(left / 1000) + 1 : INT_MAX);
    }
    return HDBG_OK;
}

/* ---- starting ---- */

/* A pair that is closed on exec(). @return 0, or an errno. */
static int make_pair(int pair[2])
{
    int given[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, given) != 0)
        return errno;
    return hdbg_descriptors_raise(given, pair);
}

/* Waits for the process that was spawned, which ends when it has made its child. One that does not is ended,
 * with all that it has started in its group, which is its own as long as nobody has waited for it.
 * @return whether it has ended by itself. */
static int wait_for_first(pid_t first, hdbg_time deadline)
{
    const struct timespec pause = {0, 500 * 1000};
    pid_t ended = 0;
    for (;;) {
        ended = waitpid(first, NULL, WNOHANG);
        if (ended > 0 || (ended < 0 && errno != EINTR))
            return 1; /* an error: the caller has waited for it */
        if (now() >= deadline)
            break;
        nanosleep(&pause, NULL);
    }
    kill(-first, SIGKILL);
    while (waitpid(first, NULL, 0) < 0 && errno == EINTR)
        continue;
    return 0;
}

static hdbg_status fail_foreign(const char *path)
{
    return hdbg_fail(HDBG_NOT_SUPPORTED, "%s does not answer as this library's " PROGRAM " does", path);
}

static hdbg_status start(dwarf_reader *r)
{
    char path[PATH_MAX + 64], caller[24], seconds[24], memory[24];
    int pair[2] = {-1, -1};
    pid_t first = 0;
    uint32_t hello[2];
    if (r->starts >= STARTS_MAX)
        return hdbg_fail(HDBG_NOT_ALLOWED, PROGRAM " was ended %d times by what it read; no more is read",
                         STARTS_MAX);
    hdbg_status status = find_program(path, sizeof path);
    if (status != HDBG_OK)
        return status;
    if (r->strangers >= STRANGERS_MAX) /* it is not waited for each time */
        return fail_foreign(path);
    int error = make_pair(pair);
    if (error != 0)
        return hdbg_fail(error == EMFILE || error == ENFILE ? HDBG_NO_MORE_FDS : HDBG_ERROR,
                         "cannot start %s: %s", path, strerror(error));
    snprintf(caller, sizeof caller, "%ld", (long)getpid());
    /* It ends itself if nobody else does. */
    snprintf(seconds, sizeof seconds, "%lld", (long long)(r->timeout / SECOND + 2));
    snprintf(memory, sizeof memory, "%llu", (unsigned long long)r->memory);
    char *const arguments[] = {(char *)PROGRAM, (char *)"--serve", caller, seconds, memory, NULL};
    error = hdbg_spawn(path, arguments, pair[1], -1, &first);
    close(pair[1]);
    if (error != 0) {
        close(pair[0]);
        return hdbg_fail(HDBG_ERROR, "cannot start %s: %s", path, strerror(error));
    }
    r->socket = pair[0];
    r->group = first;
    r->starts++;
    r->generation++;
    hdbg_time deadline = now() + (r->timeout > START_TIMEOUT_MIN ? r->timeout : START_TIMEOUT_MIN);
    status = transfer(r, hello, NULL, sizeof hello, deadline);
    if (wait_for_first(first, status == HDBG_OK ? deadline : 0) && status == HDBG_OK &&
        hello[0] == DWARF_PROTOCOL_VERSION && is_own(r, (pid_t)hello[1])) {
        r->pid = (pid_t)hello[1];
        return HDBG_OK;
    }
    end_process(r, 0);
    r->strangers++;
    return fail_foreign(path);
}

/* ---- questions ---- */

/* Receives an answer's bytes, which grow as they come. */
static hdbg_status receive_bytes(dwarf_reader *r, size_t size, uint8_t **bytes, hdbg_time deadline)
{
    hdbg_status status = HDBG_OK;
    *bytes = NULL;
    for (size_t done = 0; status == HDBG_OK && (done < size || *bytes == NULL);) {
        size_t piece = size - done < PIECE ? size - done : PIECE;
        uint8_t *larger = realloc(*bytes, done + piece + 1);
        status = larger == NULL ? HDBG_NO_MEMORY : HDBG_OK;
        if (larger != NULL)
            *bytes = larger;
        if (status == HDBG_OK)
            status = transfer(r, *bytes + done, NULL, piece, deadline);
        done += piece;
    }
    if (status != HDBG_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return status;
}

static hdbg_status converse(dwarf_reader *r, dwarf_question what, const dwarf_writer *question,
                            dwarf_header *answer, uint8_t **bytes)
{
    hdbg_time deadline = now() + r->timeout;
    dwarf_header header = {.what = what, .size = (uint32_t)question->size, .serial = ++r->serial};
    hdbg_status status = transfer(r, NULL, &header, sizeof header, deadline);
    if (status == HDBG_OK)
        status = transfer(r, NULL, question->bytes, question->size, deadline);
    if (status == HDBG_OK)
        status = transfer(r, answer, NULL, sizeof *answer, deadline);
    if (status != HDBG_OK)
        return status;
    if (answer->what != what || answer->serial != header.serial || answer->size > DWARF_MESSAGE_MAX ||
        answer->status > HDBG_OK)
        return HDBG_BAD_MESSAGE;
    return receive_bytes(r, answer->size, bytes, deadline);
}

/* What the caller is told of a conversation that broke off. */
static hdbg_status broken_off(const dwarf_reader *r, hdbg_status why)
{
    switch (why) {
    case HDBG_TIMED_OUT:
        return hdbg_fail(HDBG_TIMED_OUT, PROGRAM " was ended: it took longer than %lld ms",
                         (long long)(r->timeout / 1000));
    case HDBG_BAD_MESSAGE:
        return hdbg_fail(HDBG_BAD_DATA, PROGRAM " was ended: what it answered makes no sense");
    case HDBG_NO_MEMORY:
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for an answer of " PROGRAM);
    default:
        return hdbg_fail(HDBG_BAD_DATA, PROGRAM " died while it read");
    }
}

/* Whether the process has ended while nothing was asked: that is no file's fault. */
static int is_gone(const dwarf_reader *r)
{
    uint8_t byte;
    ssize_t n = r->socket >= 0 ? recv(r->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) : -1;
    return n == 0 || (n < 0 && r->socket >= 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

hdbg_status dwarf_reader_ask(dwarf_reader *r, dwarf_question what, const dwarf_writer *question,
                             uint64_t *generation, uint8_t **bytes, size_t *size, int *lost)
{
    dwarf_header answer = {0};
    hdbg_status status = HDBG_OK;
    *bytes = NULL;
    *size = 0;
    *lost = 0;
    if (question->failed)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for a question about debug information");
    pthread_mutex_lock(&r->lock);
    if (is_gone(r))
        end_process(r, 0);
    if (r->closed)
        status = hdbg_fail(HDBG_CANCELED, "the session has ended, no more debug information is read");
    else if (r->off)
        status = hdbg_fail(HDBG_NOT_SUPPORTED, "debug information is turned off (HDBG_DEBUG_INFO_OFF)");
    else if (*generation != 0 && (r->socket < 0 || *generation != r->generation))
        status = HDBG_NO_INIT;
    else if (r->socket < 0)
        status = start(r);
    if (status != HDBG_OK)
        goto out;
    *generation = r->generation;
    status = converse(r, what, question, &answer, bytes);
    if (status != HDBG_OK) {
        *lost = 1;
        end_process(r, 1);
        status = broken_off(r, status);
        goto out;
    }
    *size = answer.size;
    (*bytes)[answer.size] = '\0';
    if (answer.status != HDBG_OK) {
        status = hdbg_fail(answer.status, "%s", (const char *)*bytes);
        free(*bytes);
        *bytes = NULL;
        *size = 0;
    }
out:
    pthread_mutex_unlock(&r->lock);
    return status;
}
