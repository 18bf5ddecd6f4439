/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Starting a program that the caller's program knows nothing of.
 */
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

extern char **environ;

static int add_stream(posix_spawn_file_actions_t *actions, int descriptor, int number)
{
    return descriptor >= 0 ? posix_spawn_file_actions_adddup2(actions, descriptor, number)
                           : posix_spawn_file_actions_addopen(actions, number, "/dev/null", O_RDWR, 0);
}

int hdbg_spawn(const char *path, char *const *arguments, int input, int output, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (error != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    /* A group of its own: the terminal's signals are not for it. */
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    error = add_stream(&actions, input, 0);
    if (error == 0)
        error = add_stream(&actions, output, 1);
    if (error == 0)
        error = add_stream(&actions, -1, 2);
    if (error == 0)
        error = posix_spawn(pid, path, &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int hdbg_descriptors_raise(const int given[2], int raised[2])
{
    int error = 0;
    for (int i = 0; i < 2; i++) {
        raised[i] = fcntl(given[i], F_DUPFD_CLOEXEC, 3);
        if (raised[i] < 0)
            error = errno;
        close(given[i]);
    }
    for (int i = 0; error != 0 && i < 2; i++) {
        if (raised[i] >= 0)
            close(raised[i]);
    }
    return error;
}
