/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Launching teams: the program's file, its environment, and which of two ways it takes.
 */
#include "kernel/haiku/internal.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <OS.h>
#include <image.h>

enum { SUSPEND_TIME = 1000000, SUSPEND_INTERVAL = 200 }; /* microseconds */

extern char **environ;

/* ---- the program ---- */

static bool is_executable(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 && S_ISREG(file.st_mode) && access(path, X_OK) == 0;
}

static const char *path_variable(char *const *environment)
{
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, "PATH=", 5) == 0)
            return *environment + 5;
    }
    return "";
}

/* Looks a name up in $PATH of the new environment. An empty part is the current folder. */
static bool search_path(const char *name, char *const *environment, char *found, size_t room)
{
    const char *part = path_variable(environment);
    for (;;) {
        size_t length = strcspn(part, ":");
        int n = snprintf(found, room, "%.*s/%s", length > 0 ? (int)length : 1, length > 0 ? part : ".", name);
        if (n > 0 && (size_t)n < room && is_executable(found))
            return true;
        if (part[length] == '\0')
            return false;
        part += length + 1;
    }
}

/* A relative path is meant from here, not from the new working directory; and load_image() would look a name
 * without a slash up in $PATH, asked for or not. */
static hdbg_status find_program(const haiku_launch *launch, char *program, size_t room)
{
    const hdbg_launch_spec *spec = launch->spec;
    bool is_name = strchr(spec->path, '/') == NULL;
    char here[PATH_MAX];
    int n;
    if (is_name && (spec->flags & HDBG_LAUNCH_SEARCH_PATH) != 0) {
        if (search_path(spec->path, launch->environment, program, room))
            return HDBG_OK;
        return hdbg_fail(HDBG_ENTRY_NOT_FOUND, "cannot launch %s: there is no such file in $PATH",
                         spec->path);
    }
    if ((is_name || spec->working_directory != NULL) && spec->path[0] != '/' &&
        getcwd(here, sizeof here) != NULL)
        n = snprintf(program, room, "%s/%s", here, spec->path);
    else
        n = snprintf(program, room, "%s", spec->path);
    if (n < 0 || (size_t)n >= room)
        return hdbg_fail(HDBG_NAME_TOO_LONG, "cannot launch %.200s...: its path is too long", spec->path);
    return HDBG_OK;
}

hdbg_status haiku_program_failed(const haiku_launch *launch, hdbg_status status)
{
    const char *path = launch->spec->path;
    struct stat file;
    bool exists = stat(launch->program, &file) == 0;
    if (exists && S_ISDIR(file.st_mode))
        return hdbg_fail(HDBG_IS_A_DIRECTORY, "cannot launch %s: it is a directory", path);
    if (!exists && status == HDBG_ENTRY_NOT_FOUND)
        return hdbg_fail(status, "cannot launch %s: there is no such file", path);
    if (exists && status == HDBG_ENTRY_NOT_FOUND)
        return hdbg_fail(
            status, "cannot launch %s: the file is there, but not the interpreter or loader that it names",
            path);
    if (exists && S_ISREG(file.st_mode) && (file.st_mode & 0111) == 0)
        return hdbg_fail(HDBG_PERMISSION_DENIED, "cannot launch %s: the file is not marked executable", path);
    if (status == HDBG_NOT_AN_EXECUTABLE)
        return hdbg_fail(status, "cannot launch %s: the file is no executable of this system", path);
    if (status == HDBG_MISSING_LIBRARY || status == HDBG_MISSING_SYMBOL)
        return hdbg_fail(status, "cannot launch %s: its loader gave up: %s", path,
                         hdbg_status_string(status));
    return hdbg_fail(status, "cannot launch %s: %s", path, hdbg_status_string(status));
}

/* ---- its environment ---- */

/* The environment with what the system looks for in it. *made: to be freed. */
static char *const *find_environment(const hdbg_launch_spec *spec, char ***made)
{
    static char kNoRandomization[] = "DISABLE_ASLR=1";
    char *const *given = spec->environment != NULL ? (char *const *)spec->environment : environ;
    size_t count = 0;
    *made = NULL;
    if ((spec->flags & HDBG_LAUNCH_NO_RANDOMIZATION) == 0)
        return given;
    while (given[count] != NULL)
        count++;
    *made = calloc(count + 2, sizeof **made);
    if (*made == NULL)
        return NULL;
    (*made)[0] = kNoRandomization;
    memcpy(*made + 1, given, count * sizeof **made);
    return *made;
}

/* ---- the launch ---- */

/* load_image() takes the program's path from its arguments, and all else from the caller. */
static bool can_load_image(const haiku_launch *launch)
{
    const hdbg_launch_spec *spec = launch->spec;
    return spec->standard_input < 0 && spec->standard_output < 0 && spec->standard_error < 0 &&
           spec->working_directory == NULL && (spec->flags & HDBG_LAUNCH_NEW_GROUP) == 0 &&
           strcmp(launch->arguments[0], launch->program) == 0;
}

/* load_image() can return a moment before the thread is suspended, and a thread that is not cannot be
 * resumed.
 */
static void wait_until_suspended(thread_id thread)
{
    const bigtime_t end = system_time() + SUSPEND_TIME;
    thread_info info;
    while (get_thread_info(thread, &info) == B_OK && info.state != B_THREAD_SUSPENDED && system_time() < end)
        snooze(SUSPEND_INTERVAL);
}

static hdbg_team_id load(const haiku_launch *launch)
{
    int32 count = 0;
    while (launch->arguments[count] != NULL)
        count++;
    thread_id team;
    do {
        team = load_image(count, (const char **)launch->arguments, (const char **)launch->environment);
    } while (team == B_INTERRUPTED);
    if (team < 0)
        return haiku_program_failed(launch, team);
    wait_until_suspended(team);
    return team;
}

/* Teams that are to be reaped; of one that is started and cannot be noted nothing stays. */
static hdbg_status note(haiku_kernel *k, hdbg_team_id team)
{
    hdbg_team_status ignored;
    pthread_mutex_lock(&k->lock);
    haiku_team *t = haiku_team_find(k, team, true);
    if (t != NULL)
        t->launched = true;
    pthread_mutex_unlock(&k->lock);
    if (t != NULL)
        return HDBG_OK;
    kill_team(team);
    haiku_reap(k, team, &ignored, HDBG_FOREVER);
    return hdbg_fail(HDBG_NO_MEMORY, "cannot launch team %d: out of memory", (int)team);
}

hdbg_team_id haiku_launch_team(void *context, const hdbg_launch_spec *spec)
{
    haiku_kernel *k = context;
    char program[PATH_MAX];
    if (spec == NULL || spec->size < sizeof *spec || spec->path == NULL || spec->path[0] == '\0')
        return hdbg_fail(HDBG_BAD_VALUE,
                         "cannot launch: no program is named, or hdbg_launch_spec.size is not set");
    const char *only_path[] = {spec->path, NULL};
    bool has_arguments = spec->arguments != NULL && spec->arguments[0] != NULL;
    char **made = NULL;
    haiku_launch launch = {
        .spec = spec,
        .program = program,
        .arguments = (char *const *)(has_arguments ? spec->arguments : only_path),
        .environment = find_environment(spec, &made),
    };
    hdbg_team_id team = launch.environment != NULL
                            ? find_program(&launch, program, sizeof program)
                            : hdbg_fail(HDBG_NO_MEMORY, "cannot launch %s: out of memory", spec->path);
    if (team == HDBG_OK)
        team = can_load_image(&launch) ? load(&launch) : haiku_launch_forked(k, &launch);
    if (team > 0) {
        hdbg_status noted = note(k, team);
        team = noted == HDBG_OK ? team : noted;
    }
    free(made);
    return team;
}
