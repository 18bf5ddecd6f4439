/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Starting the nub's program as nobody's child, from a process that may have threads, handlers and children
 * of its own.
 *
 * Two children: the first makes the second and exits at once, so the second is no child of the caller.
 * Neither has an exit signal, so no handler of the caller sees them, and the first is waited for by its id.
 * They are made by the system call itself, as fork() would run the caller's pthread_atfork() handlers and
 * cannot leave the signal out; between it and the exec only calls that are safe in a signal handler are made.
 *
 * It stays in the caller's session, in a process group of its own (the terminal's signals go to groups). The
 * scheduler shares the processors among sessions before it does among processes (sched_autogroup), and what
 * the nub does is the caller's work: in a session of its own it got nothing for minutes, on Linux 6.18, while
 * the caller's had one thread that computed and many that slept and woke.
 */
#include "kernel/hosted/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the children tell, in memory that they share. */
typedef struct outcome {
    pid_t pid;
    int error;
} outcome;

/* A child with a copy of the memory; the parent goes on when it has executed a program or has exited. */
static pid_t make_child(void)
{
    return (pid_t)syscall(SYS_clone, CLONE_VFORK, NULL, NULL, NULL, NULL);
}

static void default_signals(void)
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

/* @return the errno; not at all if it goes well. */
static int run_program(const char *path, int control, char *const *arguments)
{
    setpgid(0, 0);
    default_signals();
    int fd = fcntl(control, F_DUPFD_CLOEXEC, NUB_CONTROL_FD + 1);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    null = null >= 0 ? fcntl(null, F_DUPFD_CLOEXEC, NUB_CONTROL_FD + 1)
                     : -1; /* out of the way of those to be set */
    if (fd < 0 || null < 0 || dup2(fd, NUB_CONTROL_FD) < 0)
        return errno;
    for (int i = 0; i < NUB_CONTROL_FD; i++) {
        if (dup2(null, i) < 0)
            return errno;
    }
    /* The caller's other descriptors are none of the nub's: a pipe that it held would never end. */
    if (syscall(SYS_close_range, NUB_CONTROL_FD + 1, ~0u, 0) != 0) {
        for (int i = NUB_CONTROL_FD + 1; i < 65536; i++)
            close(i);
    }
    execve(path, arguments, environ);
    return errno;
}

int hosted_spawn_nub(const char *path, int fd, const char *const *arguments, pid_t *pid)
{
    sigset_t all, before;
    outcome *result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (result == MAP_FAILED)
        return ENOMEM;
    /* No handler of the caller's may run in the children. */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pid_t between = make_child();
    if (between == 0) {
        pid_t child = make_child();
        if (child == 0) {
            result->error = run_program(path, fd, (char *const *)arguments);
            _exit(127);
        }
        if (child < 0)
            result->error = errno;
        result->pid = child;
        _exit(0);
    }
    int error = between < 0 ? errno : 0;
    while (between > 0 && waitpid(between, NULL, __WALL) < 0 && errno == EINTR)
        continue;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0)
        error = result->error;
    *pid = result->pid;
    munmap(result, sizeof *result);
    return error;
}
