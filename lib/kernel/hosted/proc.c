/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What /proc says of processes and threads.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "kernel/hosted/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t proc_read(const char *path, char *buffer, size_t size)
{
    size_t done = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    while (done < size - 1) {
        ssize_t n = read(fd, buffer + done, size - 1 - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    close(fd);
    buffer[done] = '\0';
    return (ssize_t)done;
}

char *proc_read_whole(const char *path, size_t *size)
{
    size_t room = 64 * 1024, done = 0;
    char *text = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;
    if (fd < 0)
        return NULL;
    for (;;) {
        char *larger =
            text == NULL || done + 1 >= room ? realloc(text, text == NULL ? room : (room *= 2)) : text;
        if (larger == NULL) {
            error = ENOMEM;
            break;
        }
        text = larger;
        ssize_t n = read(fd, text + done, room - 1 - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            error = errno;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    close(fd);
    if (error != 0) {
        free(text);
        errno = error;
        return NULL;
    }
    text[done] = '\0';
    *size = done;
    return text;
}

int proc_read_stat(pid_t pid, pid_t tid, proc_stat *stat)
{
    char path[64], text[2048];
    if (tid == 0)
        snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    else
        snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid, (int)tid);
    memset(stat, 0, sizeof *stat);
    if (proc_read(path, text, sizeof text) <= 0)
        return 0;
    /* The name is in parentheses and may hold some of its own: it ends at the last one of the file. */
    char *open_ = strchr(text, '('), *close_ = strrchr(text, ')');
    if (open_ == NULL || close_ == NULL || close_ < open_)
        return 0;
    *close_ = '\0';
    snprintf(stat->comm, sizeof stat->comm, "%s", open_ + 1);
    unsigned long long stack = 0, size = 0;
    long long user = 0, kernel = 0, nice = 0, threads = 0, start = 0;
    int n = sscanf(
        close_ + 2,
        "%c %d %d %d %*d %*d %*u %*u %*u %*u %*u %lld %lld %*d %*d %*d %lld %lld %*d %lld %llu %*d %*u "
        "%*u %*u %llu",
        &stat->state, &stat->parent, &stat->group, &stat->session, &user, &kernel, &nice, &threads, &start,
        &size, &stack);
    stat->user_ticks = user;
    stat->kernel_ticks = kernel;
    stat->nice = nice;
    stat->threads = threads;
    stat->start_ticks = start;
    stat->stack = stack;
    stat->size = size;
    return n >= 9;
}

/* The value of a line "Name:\tvalue", or NULL. The name of the process comes first and has its newlines
 * escaped. */
static const char *field(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 && line[length] == ':')
            return line + length + 1 + strspn(line + length + 1, " \t");
    }
    return NULL;
}

int proc_read_status(pid_t id, proc_status *status)
{
    char path[64], text[8192];
    snprintf(path, sizeof path, "/proc/%d/status", (int)id);
    memset(status, 0, sizeof *status);
    if (id <= 0 || proc_read(path, text, sizeof text) <= 0)
        return 0;
    const char *team = field(text, "Tgid"), *tracer = field(text, "TracerPid"), *state = field(text, "State");
    const char *user = field(text, "Uid"), *group = field(text, "Gid"), *kernel = field(text, "Kthread");
    if (team == NULL || tracer == NULL || user == NULL || group == NULL || state == NULL)
        return 0;
    status->team = atoi(team);
    status->tracer = atoi(tracer);
    /* Real, effective, ... */
    sscanf(user, "%*u %u", &status->user);
    sscanf(group, "%*u %u", &status->group);
    status->state = *state;
    /* Since Linux 6.7; before, a process that lives and has no memory. */
    status->kernel_thread =
        kernel != NULL ? *kernel == '1' : field(text, "VmSize") == NULL && *state != 'Z' && *state != 'X';
    return 1;
}

int proc_program(pid_t pid, char *path, size_t size)
{
    static const char kDeleted[] = " (deleted)";
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
    ssize_t n = readlink(link, path, size - 1);
    if (n <= 0)
        return 0;
    path[n] = '\0';
    size_t suffix = sizeof kDeleted - 1;
    if ((size_t)n > suffix && strcmp(path + n - suffix, kDeleted) == 0 && access(path, F_OK) != 0)
        path[(size_t)n - suffix] = '\0';
    return 1;
}

static int compare(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

int32_t *proc_ids(const char *folder, size_t *count)
{
    size_t room = 64;
    struct dirent *entry;
    *count = 0;
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return NULL;
    int32_t *ids = malloc(room * sizeof *ids);
    while (ids != NULL && (entry = readdir(directory)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        if (*count == room) {
            int32_t *larger = realloc(ids, (room *= 2) * sizeof *ids);
            if (larger == NULL) {
                free(ids);
                ids = NULL;
                break;
            }
            ids = larger;
        }
        ids[(*count)++] = atoi(entry->d_name);
    }
    closedir(directory);
    if (ids != NULL)
        qsort(ids, *count, sizeof *ids, compare);
    return ids;
}
