/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Threads. One that spawn_thread() made exists at once, with its id, and waits for resume_thread().
 */
#define _GNU_SOURCE
#include "libroot.h"
#include "kernel/hosted/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

typedef struct spawned {
    struct spawned *next;
    pthread_t pthread;
    thread_id id;
    thread_func function;
    void *data;
    status_t result;
    _Atomic int started; /* a futex */
    int awaited;
} spawned;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static spawned *threads;
static pid_t owner; /* whose threads those are: a forked child has none of them */
static _Thread_local spawned *self;

static spawned *find(thread_id thread)
{
    if (owner != getpid())
        return NULL;
    spawned *t = threads;
    while (t != NULL && t->id != thread)
        t = t->next;
    return t;
}

static void report_exit(status_t status)
{
    if (libroot_traced())
        libroot_call_nub(NUB_CALL_THREAD_EXIT, (uint64_t)(int64_t)status);
}

static void *body(void *argument)
{
    self = argument;
    while (!atomic_load(&self->started))
        syscall(SYS_futex, &self->started, FUTEX_WAIT_PRIVATE, 0, NULL);
    self->result = self->function(self->data);
    report_exit(self->result);
    return NULL;
}

/* The id of a thread that may not have run yet. glibc has no call for it, but makes its clock's id from it.
 */
static thread_id id_of(pthread_t pthread)
{
    clockid_t clock;
    return pthread_getcpuclockid(pthread, &clock) == 0 ? ~(clock >> 3) : -1;
}

thread_id spawn_thread(thread_func function, const char *name, int32 priority, void *data)
{
    (void)priority; /* the host's scheduler has no such scale for ordinary threads */
    spawned *t = calloc(1, sizeof *t);
    if (t == NULL)
        return B_NO_MEMORY;
    t->function = function;
    t->data = data;
    if (pthread_create(&t->pthread, NULL, body, t) != 0) {
        free(t);
        return B_NO_MORE_THREADS;
    }
    t->id = id_of(t->pthread);
    pthread_mutex_lock(&lock);
    if (owner != getpid())
        threads = NULL;
    owner = getpid();
    t->next = threads;
    threads = t;
    pthread_mutex_unlock(&lock);
    rename_thread(t->id, name != NULL ? name : "user thread");
    return t->id;
}

status_t libroot_thread_start(thread_id thread)
{
    pthread_mutex_lock(&lock);
    spawned *t = find(thread);
    status_t status = t == NULL                         ? B_BAD_THREAD_ID
                      : atomic_exchange(&t->started, 1) ? B_BAD_THREAD_STATE
                                                        : B_OK;
    if (status == B_OK)
        syscall(SYS_futex, &t->started, FUTEX_WAKE_PRIVATE, 1);
    pthread_mutex_unlock(&lock);
    return status;
}

int libroot_thread_is_held(thread_id thread)
{
    pthread_mutex_lock(&lock);
    spawned *t = find(thread);
    int held = t != NULL && !atomic_load(&t->started);
    pthread_mutex_unlock(&lock);
    return held;
}

status_t libroot_thread_wait(thread_id thread, status_t *status)
{
    pthread_mutex_lock(&lock);
    spawned *t = find(thread);
    int mine = t != NULL && !t->awaited;
    if (mine)
        t->awaited = 1;
    pthread_mutex_unlock(&lock);
    if (!mine)
        return B_BAD_THREAD_ID;
    libroot_thread_start(thread); /* as on Haiku, waiting for a thread starts it */
    pthread_join(t->pthread, NULL);
    if (status != NULL)
        *status = t->result;
    pthread_mutex_lock(&lock);
    spawned **link = &threads;
    while (*link != t)
        link = &(*link)->next;
    *link = t->next;
    pthread_mutex_unlock(&lock);
    free(t);
    return B_OK;
}

void exit_thread(status_t status)
{
    if (self == NULL)
        exit(status);
    self->result = status;
    report_exit(status);
    pthread_exit(NULL);
}

thread_id find_thread(const char *name)
{
    if (name == NULL)
        return (thread_id)syscall(SYS_gettid);
    thread_info info;
    int32 cookie = 0;
    while (get_next_thread_info(B_CURRENT_TEAM, &cookie, &info) == B_OK) {
        if (strcmp(info.name, name) == 0)
            return info.thread;
    }
    return B_NAME_NOT_FOUND;
}

status_t rename_thread(thread_id thread, const char *name)
{
    char path[64], comm[16];
    snprintf(path, sizeof path, "/proc/self/task/%d/comm", (int)thread);
    libroot_copy(comm, name, sizeof comm); /* 15 characters are all that the host keeps */
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return B_BAD_THREAD_ID;
    ssize_t written = write(fd, comm, strlen(comm));
    status_t status = written < 0 ? libroot_errno() : B_OK;
    close(fd);
    return status;
}

status_t suspend_thread(thread_id thread)
{
    return send_signal(thread, 10 /* Haiku's SIGSTOP */);
}

status_t kill_thread(thread_id thread)
{
    pthread_mutex_lock(&lock);
    spawned *t = find(thread);
    status_t status = t == NULL                         ? B_BAD_THREAD_ID
                      : pthread_cancel(t->pthread) == 0 ? B_OK
                                                        : B_BAD_THREAD_STATE;
    pthread_mutex_unlock(&lock);
    return status == B_BAD_THREAD_ID ? send_signal(thread, 21 /* Haiku's SIGKILLTHR */) : status;
}

int send_signal(thread_id thread, unsigned int signal)
{
    return CALL(send_signal, thread, (int32_t)signal);
}

/* ---- information ---- */

static void fill(thread_info *info, const hdbg_thread_info *from)
{
    memset(info, 0, sizeof *info);
    info->thread = from->thread;
    info->team = from->team;
    info->state = libroot_thread_is_held(from->thread) ? B_THREAD_SUSPENDED : (thread_state)from->state;
    info->priority = from->priority;
    info->sem = -1;
    info->user_time = from->user_time;
    info->kernel_time = from->kernel_time;
    info->stack_base = (void *)(uintptr_t)from->stack_base;
    info->stack_end = (void *)(uintptr_t)from->stack_end;
    libroot_copy(info->name, from->name, sizeof info->name);
}

status_t _get_thread_info(thread_id thread, thread_info *info, size_t size)
{
    if (size != sizeof *info)
        return B_BAD_VALUE;
    hdbg_thread_info from = {.size = sizeof from};
    status_t status = CALL(thread_info, thread, &from);
    if (status == B_OK)
        fill(info, &from);
    return status;
}

status_t _get_next_thread_info(team_id team, int32 *cookie, thread_info *info, size_t size)
{
    if (size != sizeof *info)
        return B_BAD_VALUE;
    hdbg_thread_info from = {.size = sizeof from};
    int64_t position = *cookie;
    status_t status = CALL(next_thread, libroot_team(team), &position, &from);
    *cookie = (int32)position;
    if (status == B_OK)
        fill(info, &from);
    return status;
}
