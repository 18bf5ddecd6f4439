/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Details of a team, from /proc: command line, environment, auxiliary vector, limits, open files, folder.
 */
#include "kernel/hosted/internal.h"
#include "kernel/hosted/convert.h"
#include "kernel/hosted/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Who asks, and what has been told so far. */
typedef struct telling {
    hdbg_team_id team;
    int (*visit)(void *context, const hdbg_detail *detail);
    void *context;
    int64_t count;
} telling;

static hdbg_status denied(const telling *t, const char *file)
{
    hdbg_status status = errno == ENOENT || errno == ESRCH ? HDBG_BAD_TEAM_ID : convert_errno(errno);
    return hdbg_fail(status, "cannot read /proc/%d/%s: %s", (int)t->team, file, strerror(errno));
}

static char *read_whole(const telling *t, const char *file, size_t *size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)t->team, file);
    return proc_read_whole(path, size);
}

static int tell(telling *t, const char *text, int64_t number, int64_t value, uint32_t flags)
{
    hdbg_detail detail = {
        .size = sizeof detail, .text = text, .number = number, .value = value, .flags = flags};
    t->count++;
    return t->visit(t->context, &detail);
}

/* cmdline, environ: strings that each end with a NUL, the last one not always. */
static hdbg_status tell_strings(telling *t, const char *file)
{
    size_t size;
    char *text = read_whole(t, file, &size);
    if (text == NULL)
        return denied(t, file);
    for (size_t at = 0; at < size; at += strlen(text + at) + 1) {
        if (tell(t, text + at, t->count, 0, 0))
            break;
    }
    free(text);
    return HDBG_OK;
}

static hdbg_status tell_auxiliary(telling *t)
{
    size_t size;
    uint64_t entry[2];
    char *text = read_whole(t, "auxv", &size);
    if (text == NULL)
        return denied(t, "auxv");
    for (size_t at = 0; at + sizeof entry <= size; at += sizeof entry) {
        memcpy(entry, text + at, sizeof entry);
        if (entry[0] == 0 || tell(t, "", (int64_t)entry[0], (int64_t)entry[1], 0))
            break;
    }
    free(text);
    return HDBG_OK;
}

static int64_t limit_number(const char *word)
{
    return strcmp(word, "unlimited") == 0 ? -1 : strtoll(word, NULL, 10);
}

/* "Max cpu time              unlimited            unlimited            seconds", under a line of titles. */
static hdbg_status tell_limits(telling *t)
{
    enum { NAME_COLUMNS = 26 };
    size_t size;
    char soft[32], hard[32], unit[32], name[80], *rest;
    char *text = read_whole(t, "limits", &size);
    if (text == NULL)
        return denied(t, "limits");
    strtok_r(text, "\n", &rest);
    for (char *line; (line = strtok_r(NULL, "\n", &rest)) != NULL;) {
        unit[0] = '\0';
        if (strlen(line) <= NAME_COLUMNS ||
            sscanf(line + NAME_COLUMNS, "%31s %31s %31s", soft, hard, unit) < 2)
            continue;
        int length = NAME_COLUMNS;
        while (length > 0 && line[length - 1] == ' ')
            length--;
        const char *from = strncmp(line, "Max ", 4) == 0 ? line + 4 : line;
        snprintf(name, sizeof name, unit[0] != '\0' ? "%.*s (%s)" : "%.*s", length - (int)(from - line), from,
                 unit);
        if (tell(t, name, limit_number(soft), limit_number(hard), 0))
            break;
    }
    free(text);
    return HDBG_OK;
}

/* Position and mode of an open file: fdinfo has "pos:" and, in octal, "flags:". */
static void file_state(const telling *t, int fd, int64_t *position, uint32_t *flags)
{
    char path[64], text[1024];
    const char *at;
    *position = 0;
    *flags = 0;
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)t->team, fd);
    if (proc_read(path, text, sizeof text) <= 0)
        return;
    if ((at = strstr(text, "pos:")) != NULL)
        *position = strtoll(at + 4, NULL, 10);
    if ((at = strstr(text, "flags:")) != NULL) {
        long mode = strtol(at + 6, NULL, 8);
        *flags |= (mode & O_ACCMODE) != O_WRONLY ? HDBG_DETAIL_CAN_READ : 0;
        *flags |= (mode & O_ACCMODE) != O_RDONLY ? HDBG_DETAIL_CAN_WRITE : 0;
        *flags |= (mode & O_CLOEXEC) != 0 ? HDBG_DETAIL_CLOSED_BY_EXEC : 0;
    }
}

static hdbg_status tell_link(telling *t, const char *name, int64_t number, int64_t value, uint32_t flags,
                             int *enough)
{
    char path[64], target[4096];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)t->team, name);
    ssize_t n = readlink(path, target, sizeof target - 1);
    if (n < 0)
        return denied(t, name);
    target[n] = '\0';
    *enough = tell(t, target, number, value, flags);
    return HDBG_OK;
}

static hdbg_status tell_files(telling *t)
{
    char path[64], name[32];
    size_t count;
    int enough = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)t->team);
    int32_t *files = proc_ids(path, &count);
    if (files == NULL)
        return denied(t, "fd");
    for (size_t i = 0; i < count && !enough; i++) {
        int64_t position;
        uint32_t flags;
        snprintf(name, sizeof name, "fd/%d", (int)files[i]);
        file_state(t, files[i], &position, &flags);
        tell_link(t, name, files[i], position, flags,
                  &enough); /* one that was closed meanwhile is left out */
    }
    free(files);
    return HDBG_OK;
}

hdbg_status hosted_team_details(void *context, hdbg_team_id team, int32_t kind,
                                int (*visit)(void *context, const hdbg_detail *detail), void *visit_context)
{
    telling t = {.team = team, .visit = visit, .context = visit_context};
    int enough;
    (void)context;
    switch (kind) {
    case HDBG_DETAIL_ARGUMENT:
        return tell_strings(&t, "cmdline");
    case HDBG_DETAIL_ENVIRONMENT:
        return tell_strings(&t, "environ");
    case HDBG_DETAIL_AUXILIARY:
        return tell_auxiliary(&t);
    case HDBG_DETAIL_LIMIT:
        return tell_limits(&t);
    case HDBG_DETAIL_FILE:
        return tell_files(&t);
    case HDBG_DETAIL_WORKING_DIRECTORY:
        return tell_link(&t, "cwd", 0, 0, 0, &enough);
    case HDBG_DETAIL_PROGRAM:
        return tell_link(&t, "exe", 0, 0, 0, &enough);
    default:
        return hdbg_fail(HDBG_NOT_SUPPORTED, "cannot list details of team %d: Linux does not tell kind %d",
                         (int)team, (int)kind);
    }
}
