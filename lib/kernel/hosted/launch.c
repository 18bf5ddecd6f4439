/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Launching teams, by way of a trampoline, and taking their status when they have ended.
 */
#include "kernel/hosted/internal.h"
#include "kernel/hosted/convert.h"
#include "kernel/hosted/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REAP_INTERVAL = 1000, HAIKU_SIGKILLTHR = 21 };
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* A launch under way. */
typedef struct launch {
    const hdbg_launch_spec *spec;
    char program[PATH_MAX];
    exec_order order;
    int memory; /* the memfd of the order */
    int socket; /* to the trampoline */
    pid_t pid;  /* -1: none */
    int pidfd;
    hosted_nub *nub;
} launch;

/* ---- the order ---- */

static int put(FILE *out, const char *string)
{
    return fwrite(string, strlen(string) + 1, 1, out) == 1;
}

static uint32_t put_list(FILE *out, const char *const *list)
{
    uint32_t count = 0;
    while (list[count] != NULL && put(out, list[count]))
        count++;
    return count;
}

static hdbg_status write_order(launch *l)
{
    const hdbg_launch_spec *spec = l->spec;
    const char *only_path[] = {spec->path, NULL};
    l->memory = memfd_create("haikudbg-launch", MFD_CLOEXEC);
    int copy = l->memory >= 0 ? fcntl(l->memory, F_DUPFD_CLOEXEC, 0) : -1;
    FILE *out = copy >= 0 ? fdopen(copy, "we") : NULL;
    if (out == NULL) {
        if (copy >= 0)
            close(copy);
        return hdbg_fail(HDBG_NO_MORE_FDS, "cannot launch %s: %s", spec->path, strerror(errno));
    }
    put(out, l->program);
    put(out, spec->working_directory != NULL ? spec->working_directory : "");
    l->order.argument_count = put_list(out, spec->arguments != NULL ? spec->arguments : only_path);
    l->order.environment_count =
        put_list(out, spec->environment != NULL ? spec->environment : (const char *const *)environ);
    l->order.size = (uint64_t)ftello(out);
    if (fclose(out) != 0)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot launch %s: its arguments: %s", spec->path, strerror(errno));
    l->order.nub = l->nub->pid;
    l->order.launch = spec->flags;
    return HDBG_OK;
}

/* A relative path is meant from here, not from the new working directory. */
static hdbg_status absolute_program(launch *l)
{
    const hdbg_launch_spec *spec = l->spec;
    char here[PATH_MAX];
    int searched = (spec->flags & HDBG_LAUNCH_SEARCH_PATH) && strchr(spec->path, '/') == NULL;
    int n;
    if (spec->path[0] == '/' || spec->working_directory == NULL || searched ||
        getcwd(here, sizeof here) == NULL)
        n = snprintf(l->program, sizeof l->program, "%s", spec->path);
    else
        n = snprintf(l->program, sizeof l->program, "%s/%s", here, spec->path);
    if (n < 0 || (size_t)n >= sizeof l->program)
        return hdbg_fail(HDBG_NAME_TOO_LONG, "cannot launch %.200s...: its path is too long", spec->path);
    return HDBG_OK;
}

/* ---- talking to the trampoline ---- */

static hdbg_status send_order(launch *l)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(EXEC_FDS * sizeof(int))];
    } control = {0};
    const int streams[3] = {l->spec->standard_input, l->spec->standard_output, l->spec->standard_error};
    int fds[EXEC_FDS] = {l->memory}, count = 1;
    for (int i = 0; i < 3; i++) {
        if (streams[i] >= 0) {
            fds[count++] = streams[i];
            l->order.streams |= 1u << i;
        }
    }
    struct iovec part = {&l->order, sizeof l->order};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = CMSG_SPACE((size_t)count * sizeof(int))};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
    memcpy(CMSG_DATA(c), fds, (size_t)count * sizeof(int));
    while (sendmsg(l->socket, &message, MSG_NOSIGNAL) < 0) {
        if (errno == EBADF)
            return hdbg_fail(HDBG_FILE_ERROR, "cannot launch %s: a standard stream is no open descriptor",
                             l->spec->path);
        if (errno != EINTR)
            return hdbg_fail(convert_errno(errno), "cannot launch %s: %s", l->spec->path, strerror(errno));
    }
    return HDBG_OK;
}

/* @return 1 for a report, 0 for the end: it has executed the program, or has died. */
static int receive_report(const launch *l, exec_report *report)
{
    ssize_t n;
    do {
        n = recv(l->socket, report, sizeof *report, 0);
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof *report;
}

/* Why execve() would not have it. */
static hdbg_status program_failed(const launch *l, int error)
{
    const char *path = l->spec->path;
    struct stat file;
    int exists = stat(l->program, &file) == 0;
    if (exists && S_ISDIR(file.st_mode))
        return hdbg_fail(HDBG_IS_A_DIRECTORY, "cannot launch %s: it is a directory", path);
    if (error == ENOENT && exists)
        return hdbg_fail(
            HDBG_ENTRY_NOT_FOUND,
            "cannot launch %s: the file is there, but not the interpreter or loader that it names", path);
    if (error == ENOENT)
        return hdbg_fail(HDBG_ENTRY_NOT_FOUND, "cannot launch %s: there is no such file%s", path,
                         strchr(path, '/') == NULL && (l->spec->flags & HDBG_LAUNCH_SEARCH_PATH) ? " in $PATH"
                                                                                                 : "");
    if (error == EACCES && exists && S_ISREG(file.st_mode) && (file.st_mode & 0111) == 0)
        return hdbg_fail(HDBG_PERMISSION_DENIED, "cannot launch %s: the file is not marked executable", path);
    if (error == ENOEXEC)
        return hdbg_fail(HDBG_NOT_AN_EXECUTABLE, "cannot launch %s: the file is no executable of this system",
                         path);
    return hdbg_fail(convert_errno(error), "cannot launch %s: %s", path, strerror(error));
}

static hdbg_status step_failed(const launch *l, const exec_report *report)
{
    static const char *const kSteps[] = {
        [EXEC_ORDER] = "its arguments",
        [EXEC_GROUP] = "its process group",
        [EXEC_STREAMS] = "its standard streams",
        [EXEC_RANDOMIZE] = "switching address space randomisation off",
    };
    if (report->step == EXEC_PROGRAM)
        return program_failed(l, report->error);
    if (report->step == EXEC_DIRECTORY)
        return hdbg_fail(convert_errno(report->error), "cannot launch %s: its working directory %s: %s",
                         l->spec->path, l->spec->working_directory, strerror(report->error));
    const char *what = report->step > 0 && report->step < EXEC_PROGRAM ? kSteps[report->step] : "?";
    return hdbg_fail(convert_errno(report->error), "cannot launch %s: %s: %s", l->spec->path, what,
                     strerror(report->error));
}

static hdbg_status start_trampoline(hosted_kernel *k, launch *l)
{
    char number[16];
    char *arguments[] = {"hdbg-nub", "--exec", number, NULL};
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return hdbg_fail(HDBG_NO_MORE_FDS, "cannot launch %s: %s", l->spec->path, strerror(errno));
    l->socket = sockets[0];
    int theirs = fcntl(sockets[1], F_DUPFD_CLOEXEC, 3); /* 0 to 2 are the program's */
    close(sockets[1]);
    posix_spawn_file_actions_t actions;
    int error = theirs < 0 ? EMFILE : posix_spawn_file_actions_init(&actions);
    if (error == 0) {
        snprintf(number, sizeof number, "%d", theirs);
        error =
            posix_spawn_file_actions_adddup2(&actions, theirs, theirs); /* inherited by this child alone */
        if (error == 0)
            error = posix_spawn(&l->pid, k->nub_path, &actions, NULL, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    if (theirs >= 0)
        close(theirs);
    if (error != 0) {
        l->pid = -1;
        return hdbg_fail(convert_errno(error), "cannot launch %s: %s: %s", l->spec->path, k->nub_path,
                         strerror(error));
    }
    l->pidfd = hosted_pidfd_open(l->pid, 0);
    return l->pidfd >= 0
               ? HDBG_OK
               : hdbg_fail(convert_errno(errno), "cannot launch %s: %s", l->spec->path, strerror(errno));
}

/* The trampoline is seized, and lets its program take its place. */
static hdbg_status execute(hosted_kernel *k, launch *l)
{
    nub_reply reply;
    exec_report report;
    nub_request seize = {.op = NUB_LAUNCH_SEIZE, .a = l->pid};
    hdbg_status status = send_order(l);
    if (status != HDBG_OK)
        return status;
    if (!receive_report(l, &report))
        return hdbg_fail(HDBG_ERROR, "cannot launch %s: %s ended early", l->spec->path, k->nub_path);
    if (report.step != EXEC_READY)
        return step_failed(l, &report);
    status = hosted_ask(k, l->nub, &seize, -1, &reply, NULL);
    if (status != HDBG_OK)
        return status == HDBG_PERMISSION_DENIED ? hosted_explain_denied(l->pid) : status;
    while (send(l->socket, "", 1, MSG_NOSIGNAL) < 0 && errno == EINTR)
        continue;
    return receive_report(l, &report) ? step_failed(l, &report) : HDBG_OK;
}

/* Takes the status of the child. @return 0 if it lives, -1 if it is no child of this process any more. */
static int take_status(int pidfd, siginfo_t *info, int options)
{
    for (;;) {
        info->si_pid = 0;
        if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, info, WEXITED | options) == 0)
            return info->si_pid != 0;
        if (errno != EINTR)
            return -1;
    }
}

/* The program has been executed, and runs its loader until all images are there. */
static hdbg_status wait_until_loaded(hosted_kernel *k, launch *l, nub_journal **journal)
{
    nub_reply reply;
    int fds[2];
    nub_request wait = {.op = NUB_LAUNCH_WAIT, .a = l->pid};
    hdbg_status status = hosted_ask(k, l->nub, &wait, -1, &reply, fds);
    if (status == HDBG_OK) {
        *journal = hosted_journal_map(fds[0]);
        if (fds[1] >= 0)
            close(fds[1]);
        return HDBG_OK;
    }
    siginfo_t info;
    if (status != HDBG_BAD_TEAM_ID || take_status(l->pidfd, &info, 0) <= 0)
        return status;
    l->pid = -1;
    if (info.si_code == CLD_EXITED)
        return hdbg_fail(info.si_status == 127 ? HDBG_MISSING_LIBRARY : HDBG_ERROR,
                         "cannot launch %s: its loader gave up with status %d before it was complete",
                         l->spec->path, info.si_status);
    return hdbg_fail(HDBG_ERROR, "cannot launch %s: Linux's signal %d ended it before it was complete",
                     l->spec->path, info.si_status);
}

hdbg_team_id hosted_launch(void *context, const hdbg_launch_spec *spec)
{
    hosted_kernel *k = context;
    launch l = {.spec = spec, .memory = -1, .socket = -1, .pid = -1, .pidfd = -1};
    nub_journal *journal = NULL;
    siginfo_t info;
    if (spec == NULL || spec->size < sizeof *spec || spec->path == NULL || spec->path[0] == '\0')
        return hdbg_fail(HDBG_BAD_VALUE,
                         "cannot launch: no program is named, or hdbg_launch_spec.size is not set");
    hdbg_status status = absolute_program(&l);
    if (status == HDBG_OK)
        status = hosted_nub_own(k, &l.nub);
    if (status == HDBG_OK)
        status = write_order(&l);
    if (status == HDBG_OK)
        status = start_trampoline(k, &l);
    if (status == HDBG_OK)
        status = execute(k, &l);
    if (status == HDBG_OK)
        status = wait_until_loaded(k, &l, &journal);

    if (status == HDBG_OK) {
        pthread_mutex_lock(&k->lock);
        hosted_team *t = hosted_team_find(k, l.pid, 1);
        if (t != NULL) {
            t->launched = 1;
            t->killed = 0;
            t->nub = l.nub;
            t->journal = journal;
            if (t->pidfd >= 0)
                close(t->pidfd);
            t->pidfd = l.pidfd;
            l.pidfd = -1;
        } else {
            status = hdbg_fail(HDBG_NO_MEMORY, "cannot launch %s: out of memory", spec->path);
        }
        pthread_mutex_unlock(&k->lock);
    }
    if (status != HDBG_OK && l.pid > 0) { /* nothing is left of it */
        kill(l.pid, SIGKILL);
        if (l.pidfd >= 0)
            take_status(l.pidfd, &info, 0);
        else
            while (waitpid(l.pid, NULL, 0) < 0 && errno == EINTR)
                continue;
    }
    if (l.memory >= 0)
        close(l.memory);
    if (l.socket >= 0)
        close(l.socket);
    if (l.pidfd >= 0)
        close(l.pidfd);
    return status == HDBG_OK ? l.pid : status;
}

/* ---- reaping ---- */

/* Under the kernel's lock: the status was taken. */
static void reaped(hosted_kernel *k, hosted_team *t)
{
    t->launched = 0;
    if (!t->installed)
        hosted_team_forget(k, t);
}

hdbg_status hosted_reap(void *context, hdbg_team_id team, hdbg_team_status *status, hdbg_time timeout)
{
    hosted_kernel *k = context;
    hdbg_time deadline = hosted_deadline(timeout);
    for (;;) {
        siginfo_t info;
        pthread_mutex_lock(&k->lock);
        hosted_team *t = hosted_team_find(k, team, 0);
        int ours = t != NULL && t->launched;
        int taken = ours ? take_status(t->pidfd, &info, WNOHANG) : -1;
        int killed = ours && t->killed;
        int pidfd = ours && taken == 0 ? fcntl(t->pidfd, F_DUPFD_CLOEXEC, 0) : -1;
        if (ours && taken != 0)
            reaped(k, t);
        pthread_mutex_unlock(&k->lock);

        if (taken < 0)
            return hdbg_fail(HDBG_BAD_TEAM_ID,
                             "cannot take the status of team %d: it was not launched here, or its "
                             "status has been taken already",
                             (int)team);
        if (taken > 0) {
            int exited = info.si_code == CLD_EXITED;
            if (status != NULL) {
                status->status = exited ? info.si_status : -1;
                status->signal = exited ? -1 : convert_signal_to_haiku(info.si_status);
                if (killed && !exited && info.si_status == SIGKILL)
                    status->signal = HAIKU_SIGKILLTHR;
            }
            return HDBG_OK;
        }
        struct pollfd ended = {.fd = pidfd, .events = POLLIN};
        int ready = hosted_poll(&ended, 1, deadline);
        if (pidfd >= 0)
            close(pidfd);
        if (timeout <= 0)
            return hdbg_fail(HDBG_WOULD_BLOCK, "cannot take the status of team %d: it has not ended",
                             (int)team);
        if (deadline != HDBG_FOREVER && hosted_now(NULL) >= deadline)
            return hdbg_fail(HDBG_TIMED_OUT,
                             "cannot take the status of team %d: it did not end within %lld us", (int)team,
                             (long long)timeout);
        /* It has ended, but its tracer takes the status first: the descriptor does not say when it has. */
        if (ready > 0)
            hosted_poll(NULL, 0, hosted_deadline(REAP_INTERVAL));
    }
}
