/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Finding, starting and greeting nubs.
 */
#include "kernel/hosted/internal.h"
#include "kernel/hosted/convert.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PROGRAM "hdbg-nub"

/* ---- finding ---- */

/* The places looked at so far, for the sentence. */
typedef struct places {
    char text[700];
    size_t length;
} places;

static int try_place(places *p, const char *why, const char *path, char **found)
{
    struct stat file;
    int n = snprintf(p->text + p->length, sizeof p->text - p->length, "%s%s (%s)", p->length > 0 ? ", " : "",
                     path, why);
    if (n > 0)
        p->length = p->length + (size_t)n < sizeof p->text ? p->length + (size_t)n : sizeof p->text - 1;
    if (stat(path, &file) != 0 || !S_ISREG(file.st_mode) || access(path, X_OK) != 0)
        return 0;
    *found = strdup(path);
    return 1;
}

/* The folder of the library, or of the program that has it linked in. */
static int own_folder(char *folder, size_t size)
{
    Dl_info info;
    char path[PATH_MAX];
    if (dladdr((const void *)(uintptr_t)hosted_nub_find, &info) == 0 || info.dli_fname == NULL)
        return 0;
    /* For the program itself the name is argv[0], which need not be a path. */
    const char *name = strchr(info.dli_fname, '/') != NULL ? info.dli_fname : "/proc/self/exe";
    if (realpath(name, path) == NULL && realpath("/proc/self/exe", path) == NULL)
        return 0;
    char *slash = strrchr(path, '/');
    *slash = '\0';
    return (size_t)snprintf(folder, size, "%s", path) < size;
}

hdbg_status hosted_nub_find(const hdbg_hosted_options *options, char **path)
{
    places p = {.length = 0};
    char folder[PATH_MAX], place[PATH_MAX + 64];
    const char *variable = options != NULL && options->no_environment ? NULL : getenv("HAIKUDBG_NUB");
    int found = 0;
    *path = NULL;
    if (options != NULL && options->nub_path != NULL) {
        found = try_place(&p, "hdbg_hosted_options.nub_path", options->nub_path, path);
    } else {
        if (variable != NULL && variable[0] != '\0')
            found = try_place(&p, "$HAIKUDBG_NUB", variable, path);
        if (!found && own_folder(folder, sizeof folder)) {
            snprintf(place, sizeof place, "%s/" PROGRAM, folder);
            found = try_place(&p, "beside the library", place, path);
            snprintf(place, sizeof place, "%s/../libexec/haikudbg/" PROGRAM, folder);
            found = found || try_place(&p, "libexec beside the library", place, path);
        }
#ifdef HAIKUDBG_LIBEXECDIR
        found = found || try_place(&p, "the libexec it was built for", HAIKUDBG_LIBEXECDIR "/" PROGRAM, path);
#endif
    }
    if (!found)
        return hdbg_fail(HDBG_ENTRY_NOT_FOUND, "cannot find the program " PROGRAM "; looked at: %s", p.text);
    return *path != NULL ? HDBG_OK
                         : hdbg_fail(HDBG_NO_MEMORY, "cannot keep the path of " PROGRAM ": out of memory");
}

/* ---- greeting ---- */

void hosted_nub_free(hosted_nub *nub)
{
    if (nub->control >= 0)
        close(nub->control);
    if (nub->pidfd >= 0)
        close(nub->pidfd);
    pthread_mutex_destroy(&nub->lock);
    pthread_mutex_destroy(&nub->mend_lock);
    pthread_cond_destroy(&nub->replied);
    free(nub);
}

/* Owns `control` and `pidfd`, whatever comes of it. */
static hdbg_status greet(hosted_kernel *k, pid_t pid, int control, int pidfd, int own, hosted_nub **result)
{
    hosted_nub *nub = calloc(1, sizeof *nub);
    if (nub == NULL) {
        close(control);
        close(pidfd);
        return hdbg_fail(HDBG_NO_MEMORY, "cannot talk to " PROGRAM ": out of memory");
    }
    nub->pid = pid;
    nub->pidfd = pidfd;
    nub->control = control;
    nub->own = own;
    pthread_mutex_init(&nub->lock, NULL);
    pthread_mutex_init(&nub->mend_lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&nub->replied, &monotonic);
    pthread_condattr_destroy(&monotonic);

    nub_reply reply;
    nub_request hello = {.op = NUB_HELLO, .a = NUB_PROTOCOL_VERSION, .b = getpid(), .c = k->base};
    hdbg_status status = hosted_ask(k, nub, &hello, k->table_fd, &reply, NULL);
    if (status != HDBG_OK) {
        hosted_nub_free(nub);
        return status;
    }
    *result = nub;
    status = hosted_port_publish(k, nub); /* from here on it is in the kernel's list, which frees it */
    return status;
}

/* ---- starting ---- */

static hdbg_status start(hosted_kernel *k, hosted_nub **nub)
{
    static const char *const kArguments[] = {PROGRAM, "--serve", NULL};
    int sockets[2];
    pid_t pid;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return hdbg_fail(convert_errno(errno), "cannot start %s: %s", k->nub_path, strerror(errno));
    int error = hosted_spawn_nub(k->nub_path, sockets[1], kArguments, &pid);
    close(sockets[1]);
    int pidfd = error == 0 ? hosted_pidfd_open(pid, 0) : -1;
    if (error == 0 && pidfd < 0)
        error = errno;
    if (error != 0) {
        close(sockets[0]);
        return hdbg_fail(convert_errno(error), "cannot start %s: %s", k->nub_path, strerror(error));
    }
    return greet(k, pid, sockets[0], pidfd, 1, nub);
}

static hosted_nub *known_nub(hosted_kernel *k, pid_t pid)
{
    hosted_nub *found = NULL;
    pthread_mutex_lock(&k->lock);
    for (hosted_nub *nub = k->nubs; nub != NULL && found == NULL; nub = nub->next) {
        if (!nub->dead && !nub->lost && (pid == 0 ? nub->own : nub->pid == pid))
            found = nub;
    }
    pthread_mutex_unlock(&k->lock);
    return found != NULL && hosted_nub_check(k, found) ? NULL : found;
}

hdbg_status hosted_nub_own(hosted_kernel *k, hosted_nub **nub)
{
    hdbg_status status = HDBG_OK;
    pthread_mutex_lock(&k->start_lock);
    *nub = known_nub(k, 0);
    if (*nub == NULL)
        status = start(k, nub);
    pthread_mutex_unlock(&k->start_lock);
    return status;
}

static hdbg_status connect_nub(hosted_kernel *k, pid_t pid, hosted_nub **nub)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int n = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, NUB_SOCKET_FORMAT, (int)pid);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
    int pidfd = hosted_pidfd_open(pid, 0);
    int control = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    if (pidfd < 0 || control < 0 || connect(control, (struct sockaddr *)&address, length) != 0 ||
        getsockopt(control, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid != pid) {
        hdbg_status status =
            hdbg_fail(HDBG_BAD_VALUE, "cannot reach " PROGRAM ", process %d: %s", (int)pid,
                      peer.pid != 0 ? "another process answers in its name" : strerror(errno));
        if (pidfd >= 0)
            close(pidfd);
        if (control >= 0)
            close(control);
        return status;
    }
    return greet(k, pid, control, pidfd, 0, nub);
}

hdbg_status hosted_nub_of_pid(hosted_kernel *k, pid_t pid, hosted_nub **nub)
{
    hdbg_status status = HDBG_OK;
    pthread_mutex_lock(&k->start_lock);
    *nub = known_nub(k, pid);
    if (*nub == NULL)
        status = connect_nub(k, pid, nub);
    pthread_mutex_unlock(&k->start_lock);
    return status;
}
