/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The one loop of hdbg-nub: what happens to tracees (SIGCHLD), to debuggers (pidfds, control sockets) and on
 * ports.
 */
#include "kernel/hosted/nub/nub.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* From so many threads on, stops are taken apart from ends, which want the team's usage. No more of them are
 * taken at a time than leaves debuggers their turn. */
enum { MANY_THREADS = 64, NEWS_A_TURN = 64 };

/* How often a traced thread is looked for at once, and for how many microseconds; for how many times in vain
 * that is done; and after how many stops it is tried again. */
enum { LOOKS = 32, LOOKED_LONG = 200, PATIENCE = 8, IMPATIENCE = 1000 };

struct garbage {
    struct garbage *next;
    void *memory;
};

bool loop_add(nub *self, source *what, uint32_t events)
{
    struct epoll_event interest = {.events = events, .data.ptr = what};
    return epoll_ctl(self->epoll, EPOLL_CTL_ADD, what->fd, &interest) == 0;
}

void loop_change(nub *self, source *what, uint32_t events)
{
    struct epoll_event interest = {.events = events, .data.ptr = what};
    epoll_ctl(self->epoll, EPOLL_CTL_MOD, what->fd, &interest);
}

void loop_remove(nub *self, source *what)
{
    if (what->fd >= 0)
        epoll_ctl(self->epoll, EPOLL_CTL_DEL, what->fd, NULL);
}

/* An event of the same batch may still name the object: it is freed after the batch. */
void loop_free_later(nub *self, void *memory)
{
    struct garbage *item = malloc(sizeof *item);
    if (!item)
        return;
    item->memory = memory;
    item->next = self->garbage;
    self->garbage = item;
}

static void free_garbage(nub *self)
{
    while (self->garbage) {
        struct garbage *item = self->garbage;
        self->garbage = item->next;
        free(item->memory);
        free(item);
    }
}

/* Looks at one tracee's news, and leaves them. A thread that ran into an int3 is put right meanwhile: a stop
 * that was taken ends with this nub, and the thread would go on in the midst of an instruction. */
static bool look(nub *self, idtype_t *kind, pid_t *which, int what)
{
    siginfo_t info = {0};
    long failed = syscall(SYS_waitid, *kind, *which, &info, what | WNOHANG | WNOWAIT | __WALL, NULL);
    if (failed || info.si_pid == 0)
        return false;
    if (info.si_code == CLD_TRAPPED && info.si_status == SIGTRAP)
        stop_put_back(self, info.si_pid);
    *kind = P_PID;
    *which = info.si_pid;
    return true;
}

/* Takes one tracee's news. Usage comes with ends alone: to add up a team's many threads at each stop is dear.
 * @return whether there was any. */
static bool take(nub *self, idtype_t kind, pid_t which, int what)
{
    siginfo_t info = {0};
    struct rusage usage;
    bool all = kind == P_ALL;
    if ((all || stop_may_be_int3(self, which)) && !look(self, &kind, &which, what))
        return false;
    long failed =
        syscall(SYS_waitid, kind, which, &info, what | WNOHANG | __WALL, what & WEXITED ? &usage : NULL);
    if (failed || info.si_pid == 0)
        return all; /* one was killed in this moment, and others may have news */
    if (info.si_code == CLD_EXITED)
        stop_ended(self, info.si_pid, W_EXITCODE(info.si_status, 0), &usage);
    else if (info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED)
        stop_ended(self, info.si_pid, W_EXITCODE(0, info.si_status), &usage);
    else
        stop_handle(self, info.si_pid, info.si_status);
    return true;
}

/* Each thread of a team that is being stopped as a whole is asked for by its id: to look for any walks over
 * all those that stand already. */
static void take_stopping(nub *self)
{
    team *of = team_find(self, self->stopping);
    bool left = false;
    for (thread *t = of ? of->threads : NULL; t && t->team == of; t = t->following) {
        if (t->interrupted && !take(self, P_PID, t->id, WSTOPPED))
            left = true;
    }
    if (!left)
        self->stopping = 0;
}

/* What tracees have to tell. Threads that step through ranges have news without end: what is left is taken
 * after debuggers had their turn, for no signal tells of it again. */
static void take_news(nub *self)
{
    bool many = self->thread_count > MANY_THREADS;
    int stops = NEWS_A_TURN, ends = NEWS_A_TURN;
    if (many && self->stopping)
        take_stopping(self);
    else
        self->stopping = 0;
    while (many && stops > 0 && take(self, P_ALL, 0, WSTOPPED))
        stops--;
    while (ends > 0 && take(self, P_ALL, 0, many ? WEXITED : WEXITED | WSTOPPED))
        ends--;
    self->has_news = stops == 0 || ends == 0;
}

/* A thread whose system calls are traced is back at its next stop in a few microseconds: to look for that so
 * long, and to leave it the processor if there is but one, is quicker than to sleep. Where it is not (a call
 * that waits, others that want the processor) that is given up, and tried again now and then. */
static bool comes_soon(nub *self, pid_t id, int what)
{
    const thread *t = thread_find(self, id);
    if (!t || !t->team || !t->team->trace || t->stop != STOP_NONE || !t->traces_syscalls)
        return false;
    if (self->patience < 0) {
        self->patience++;
        return false;
    }
    int64_t start = nub_time();
    for (int i = 0; i < LOOKS; i++) {
        bool taken = take(self, P_PID, id, what);
        if (nub_time() - start > LOOKED_LONG) {
            self->patience = -IMPATIENCE;
            return taken;
        }
        if (taken) {
            self->patience = self->patience < PATIENCE ? self->patience + 1 : PATIENCE;
            return true;
        }
        sched_yield();
    }
    if (--self->patience < 0)
        self->patience = -IMPATIENCE;
    return false;
}

/* SIGCHLD does not queue: the thread it names comes first, for that is cheap to ask for, then all others
 * once. */
static void signals_ready(source *source_, uint32_t events)
{
    nub *self = SOURCE_OWNER(source_, nub, signals);
    struct signalfd_siginfo info;
    (void)events;
    if (read(self->signals.fd, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    pid_t named = (pid_t)info.ssi_pid;
    bool many = self->thread_count > MANY_THREADS, alone = self->thread_count <= 1;
    int what = many ? WSTOPPED : WEXITED | WSTOPPED;
    bool taken = take(self, P_PID, named, what);
    for (int turns = NEWS_A_TURN; taken && turns > 0 && comes_soon(self, named, what); turns--)
        continue;
    /* Nobody else is there who could have news. But that has to be the same one: it may have made another,
     * and have been let go itself, and the other's first stop be hidden behind this one. */
    if (taken && alone && self->thread_count == 1 && thread_find(self, named))
        return;
    take_news(self);
}

static void accept_debugger(nub *self, int fd)
{
    struct ucred who;
    socklen_t size = sizeof who;
    bool allowed =
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && (who.uid == geteuid() || who.uid == 0);
    if (!allowed || !debugger_accept(self, fd))
        close(fd);
}

/* One who cannot be let in, because there is no descriptor left, is asked for again when something else has
 * happened, which may have set one free. */
static void accept_debuggers(nub *self)
{
    int fd;
    do {
        fd = accept4(self->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            accept_debugger(self, fd);
    } while (fd >= 0 || errno == EINTR || errno == ECONNABORTED);
    self->at_the_door = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
}

static void listener_ready(source *source_, uint32_t events)
{
    (void)events;
    SOURCE_OWNER(source_, nub, listener)->at_the_door = true;
}

/* Where a second debugger process finds this nub; it works without, if the name cannot be had. */
static void listen_for_debuggers(nub *self)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length =
        snprintf(address.sun_path + 1, sizeof address.sun_path - 1, NUB_SOCKET_FORMAT, (int)self->pid);
    self->listener.ready = listener_ready;
    self->listener.fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (self->listener.fd < 0)
        return;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
    if (bind(self->listener.fd, (struct sockaddr *)&address, size) != 0 ||
        listen(self->listener.fd, 16) != 0 || !loop_add(self, &self->listener, EPOLLIN | EPOLLET)) {
        close(self->listener.fd);
        self->listener.fd = -1;
    }
}

bool loop_init(nub *self)
{
    self->pid = getpid();
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (self->epoll < 0)
        return false;
    /* An inherited "ignored" would keep the signal from the descriptor. */
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    /* A debugged team takes some five descriptors. */
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    self->signals.ready = signals_ready;
    self->signals.fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (self->signals.fd < 0 || !loop_add(self, &self->signals, EPOLLIN))
        return false;
    listen_for_debuggers(self);
    return true;
}

void loop_run(nub *self)
{
    struct epoll_event events[32];
    for (;;) {
        int timeout = attach_tick(self, trace_tick(self, team_tell_ends(self)));
        free_garbage(self);
        /* The nub ends with its last team, when nobody is there any more who could bring another. */
        if (!self->debuggers && self->team_count == 0)
            return;
        bool has_news = self->has_news;
        int count = epoll_wait(self->epoll, events, 32, has_news ? 0 : timeout);
        if (count < 0 && errno != EINTR)
            return;
        for (int i = 0; i < count; i++) {
            source *what = events[i].data.ptr;
            if (what->ready)
                what->ready(what, events[i].events);
        }
        if (self->at_the_door)
            accept_debuggers(self);
        if (has_news)
            take_news(self);
    }
}
