/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Starting the nub's program as nobody's child, from a process that may have threads, handlers and children of its own.
 *
 * Two children that share this process's memory, as vfork()'s do: the first makes the second and exits at once, so the
 * second is no child of the caller. Neither has an exit signal, so no handler of the caller sees them, and the first is
 * waited for by its id. Nothing here may take a lock, allocate, or be instrumented: the caller's memory is in use.
 */
#include "kernel/hosted/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLAIN __attribute__((no_sanitize("address", "thread", "undefined"), noinline))

enum { STACK_SIZE = 64 * 1024, FLAGS = CLONE_VM | CLONE_VFORK };

/* What the children work on. */
typedef struct spawn {
    const char *path;
    char *const *arguments;
    char *const *environment;
    int fd;
    char *inner_stack;
    volatile pid_t pid;
    volatile int error;
} spawn;

PLAIN static void default_signals(void)
{
    struct sigaction action;
    sigset_t none;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; signal++)
        sigaction(signal, &action, NULL); /* an ignored SIGCHLD would be inherited by the program */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

PLAIN static int run_program(void *argument)
{
    spawn *s = argument;
    setsid();
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int fd = fcntl(s->fd, F_DUPFD_CLOEXEC, NUB_CONTROL_FD + 1);
    if (null < 0 || fd < 0 || dup2(fd, NUB_CONTROL_FD) < 0)
        goto failed;
    if (null == NUB_CONTROL_FD) /* it was free, and is the control socket now */
        null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int i = 0; i < NUB_CONTROL_FD; i++) {
        if (null != i ? dup2(null, i) < 0 : fcntl(null, F_SETFD, 0) != 0)
            goto failed;
    }
    /* The caller's other descriptors are none of the nub's: a pipe that it held would never end. */
    if (syscall(SYS_close_range, NUB_CONTROL_FD + 1, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */) != 0) {
        for (int i = NUB_CONTROL_FD + 1; i < 65536; i++)
            fcntl(i, F_SETFD, FD_CLOEXEC);
    }
    default_signals();
    execve(s->path, s->arguments, s->environment);
failed:
    s->error = errno;
    _exit(127);
}

PLAIN static int run_between(void *argument)
{
    spawn *s = argument;
    int pid = clone(run_program, s->inner_stack + STACK_SIZE, FLAGS, s);
    s->pid = pid;
    if (pid < 0)
        s->error = errno;
    _exit(0);
}

int hosted_spawn_nub(const char *path, int fd, const char *const *arguments, pid_t *pid)
{
    spawn s = {.path = path, .arguments = (char *const *)arguments, .environment = environ, .fd = fd, .pid = -1};
    sigset_t all, before;
    char *stacks = mmap(NULL, 2 * STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stacks == MAP_FAILED)
        return ENOMEM;
    s.inner_stack = stacks + STACK_SIZE;
    /* A handler of the caller's must not run in a child that shares its memory. */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int between = clone(run_between, stacks + STACK_SIZE, FLAGS, &s);
    int error = between < 0 ? errno : s.error;
    while (between > 0 && waitpid(between, NULL, __WALL) < 0 && errno == EINTR)
        continue;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stacks, 2 * STACK_SIZE);
    *pid = s.pid;
    return error;
}
