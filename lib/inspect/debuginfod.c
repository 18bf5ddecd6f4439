/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Debug files from debuginfod servers: by the client program debuginfod-find, so that the network is no
 * business of the caller's process.
 *
 * A shell starts the client as its own child and ends at once. So only the shell is the caller's child, for a
 * moment, and is waited for by its id; the client is in a process group of its own, which ends at the
 * deadline.
 */
#define _GNU_SOURCE /* pipe2() */
#include "inspect/debug_info.h"
#include "base/fail.h"
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BUILD_ID_MAX = 64 };

static const char kScript[] = "command -v debuginfod-find >/dev/null || { echo none; exit; }\n"
                              "debuginfod-find debuginfo \"$1\" &\n";

static hdbg_time now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (hdbg_time)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* Reads what the client writes until it ends. */
static hdbg_status receive(int input, hdbg_time deadline, char *text, size_t size)
{
    size_t length = 0;
    for (;;) {
        hdbg_time left = deadline - now();
        struct pollfd ready = {.fd = input, .events = POLLIN};
        if (left <= 0)
            return HDBG_TIMED_OUT;
        int result = poll(&ready, 1, (int)(left / 1000 + 1 < INT32_MAX ? left / 1000 + 1 : INT32_MAX));
        if (result == 0 || (result < 0 && errno == EINTR))
            continue;
        ssize_t n = length + 1 < size ? read(input, text + length, size - 1 - length) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        length += (size_t)n;
    }
    text[length] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return HDBG_OK;
}

/* A pipe that is closed on exec(). @return 0, or an errno. */
static int make_pipe(int ends[2])
{
    int given[2];
    return pipe2(given, O_CLOEXEC) != 0 ? errno : hdbg_descriptors_raise(given, ends);
}

hdbg_status debuginfod_fetch(const uint8_t *id, size_t id_size, hdbg_time timeout, char *path, size_t size)
{
    char hex[2 * BUILD_ID_MAX + 1] = "";
    int ends[2] = {-1, -1};
    pid_t shell = 0;
    path[0] = '\0';
    if (timeout <= 0 || id_size < 2 || id_size > BUILD_ID_MAX)
        return HDBG_NAME_NOT_FOUND;
    for (size_t i = 0; i < id_size; i++)
        snprintf(hex + 2 * i, 3, "%02x", id[i]);
    int error = make_pipe(ends);
    if (error != 0)
        return hdbg_fail(HDBG_NO_MORE_FDS, "cannot start debuginfod-find: %s", strerror(error));
    hdbg_time deadline = now() + timeout;
    char *const arguments[] = {"sh", "-c", (char *)(uintptr_t)kScript, "sh", hex, NULL};
    error = hdbg_spawn("/bin/sh", arguments, -1, ends[1], &shell);
    close(ends[1]);
    hdbg_status status = HDBG_OK;
    if (error != 0) {
        status = hdbg_fail(HDBG_NOT_SUPPORTED, "cannot start debuginfod-find: %s", strerror(error));
    } else {
        while (waitpid(shell, NULL, 0) < 0 && errno == EINTR)
            continue;
        status = receive(ends[0], deadline, path, size);
        /* The client has not ended, so the group is still its own. */
        if (status == HDBG_TIMED_OUT) {
            kill(-shell, SIGKILL);
            hdbg_fail(status, "debuginfod-find %s took too long", hex);
        }
    }
    close(ends[0]);
    if (status == HDBG_OK && strcmp(path, "none") == 0)
        status = hdbg_fail(HDBG_NOT_SUPPORTED, "there is no program debuginfod-find");
    else if (status == HDBG_OK && path[0] != '/')
        status = hdbg_fail(HDBG_NAME_NOT_FOUND, "no debuginfod server has %s", hex);
    if (status != HDBG_OK)
        path[0] = '\0';
    return status;
}
