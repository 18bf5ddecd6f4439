/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Teams: starting, waiting for, ending and describing them, and their images.
 */
#define _GNU_SOURCE
#include "libroot.h"
#include "kernel/hosted/convert.h"
#include "kernel/hosted/internal.h"
#include "kernel/hosted/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Waits until the new team is where load_image() leaves it: its images loaded, its main thread suspended. */
static status_t wait_until_loaded(pid_t child)
{
    hosted_kernel *k = libroot_kernel() != NULL ? libroot_kernel()->context : NULL;
    nub_request request = {.op = NUB_LAUNCH_WAIT, .a = child};
    nub_reply reply;
    hosted_nub *nub;
    if (k == NULL)
        return B_NOT_SUPPORTED;
    status_t status = hosted_team_nub(k, child, &nub);
    if (status == B_OK && nub != NULL)
        status = hosted_ask(k, nub, &request, -1, &reply, NULL);
    return status;
}

/* In a debuggee: a child whose exec is its birth, so that the debugger sees a new team that loads itself, and
 * not a fork and an exec. The nub is told before, for it holds new teams until their parents go on. */
static thread_id load_traced(char *const *arguments, char *const *environment)
{
    int report[2], error = 0;
    if (pipe2(report, O_CLOEXEC) != 0)
        return libroot_errno();
    libroot_call_nub(NUB_CALL_LOADED_TEAM, 1);
    pid_t child = fork();
    if (child == 0) {
        execve(arguments[0], arguments, environment);
        error = errno;
        _exit(write(report[1], &error, sizeof error) == sizeof error ? 127 : 126);
    }
    status_t status = child < 0 ? libroot_errno() : B_OK;
    close(report[1]);
    if (child > 0 && read(report[0], &error, sizeof error) == sizeof error) {
        waitpid(child, NULL, 0);
        status = convert_errno(error);
    }
    close(report[0]);
    if (status == B_OK)
        status = wait_until_loaded(child);
    return status == B_OK ? child : status;
}

thread_id load_image(int32 argc, const char **argv, const char **environment)
{
    if (argc < 1 || argv[argc] != NULL)
        return B_BAD_VALUE;
    if (libroot_traced())
        return load_traced((char *const *)argv, (char *const *)environment);
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = argv[0],
                             .arguments = argv,
                             .environment = environment,
                             .standard_input = -1,
                             .standard_output = -1,
                             .standard_error = -1};
    return CALL(launch, &spec);
}

status_t resume_thread(thread_id thread)
{
    status_t status = libroot_thread_start(thread);
    return status != B_BAD_THREAD_ID ? status : CALL(resume_thread, thread);
}

status_t wait_for_thread(thread_id thread, status_t *status)
{
    status_t result = libroot_thread_wait(thread, status);
    if (result != B_BAD_THREAD_ID)
        return result;
    int ended;
    pid_t pid;
    do {
        pid = libroot_wait_child(thread, &ended, 0);
    } while (pid < 0 && errno == EINTR);
    if (pid < 0)
        return B_BAD_THREAD_ID;
    if (status != NULL)
        *status = (ended & ~0xff) == 0 ? ended : -1;
    return B_OK;
}

status_t kill_team(team_id team)
{
    return CALL(kill_team, libroot_team(team));
}

/* ---- children ---- */

pid_t libroot_wait_child(pid_t pid, int *status, int options)
{
    int host = 0;
    pid_t result = waitpid(pid, &host, options);
    if (result <= 0 || status == NULL)
        return result;
    if (WIFEXITED(host))
        *status = WEXITSTATUS(host);
    else if (WIFSIGNALED(host))
        *status = convert_signal_to_haiku(WTERMSIG(host)) << 8 | (WCOREDUMP(host) ? 0x10000 : 0);
    else if (WIFSTOPPED(host))
        *status = convert_signal_to_haiku(WSTOPSIG(host)) << 16;
    else
        *status = 0x20000; /* continued */
    return result;
}

pid_t _haiku_waitpid(pid_t pid, int *status, int options)
{
    return libroot_wait_child(pid, status, options);
}

pid_t _haiku_wait(int *status)
{
    return libroot_wait_child(-1, status, 0);
}

pid_t _haiku_fork(void)
{
    return fork();
}

/* ---- information ---- */

static void fill_team(team_info *info, const hdbg_team_info *from)
{
    memset(info, 0, sizeof *info);
    info->team = from->team;
    info->thread_count = from->thread_count;
    info->image_count = from->image_count;
    info->area_count = from->area_count;
    info->debugger_nub_thread = from->debugger_nub_thread;
    info->debugger_nub_port = from->debugger_nub_port;
    info->argc = from->argument_count;
    info->uid = info->real_uid = from->user;
    info->gid = info->real_gid = from->group;
    info->group_id = from->process_group;
    info->session_id = from->session;
    info->parent = from->parent;
    info->start_time = from->start_time;
    libroot_copy(info->args, from->arguments, sizeof info->args);
    libroot_copy(info->name, from->name, sizeof info->name);
}

status_t _get_team_info(team_id team, team_info *info, size_t size)
{
    if (size != sizeof *info)
        return B_BAD_VALUE;
    hdbg_team_info from = {.size = sizeof from};
    status_t status = CALL(team_info, libroot_team(team), &from);
    if (status == B_OK)
        fill_team(info, &from);
    return status;
}

status_t _get_next_team_info(int32 *cookie, team_info *info, size_t size)
{
    if (size != sizeof *info)
        return B_BAD_VALUE;
    hdbg_team_info from = {.size = sizeof from};
    int64_t position = *cookie;
    status_t status = CALL(next_team, &position, &from);
    *cookie = (int32)position;
    if (status == B_OK)
        fill_team(info, &from);
    return status;
}

/* Times as the host's stat files have them: fields 14 to 17, counted from 1; the second ends with the last
 * ')'. */
status_t _get_team_usage_info(team_id team, int32 who, team_usage_info *info, size_t size)
{
    char path[64], text[1024];
    unsigned long long ticks[4];
    if (size != sizeof *info || (who != B_TEAM_USAGE_SELF && who != B_TEAM_USAGE_CHILDREN))
        return B_BAD_VALUE;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)libroot_team(team));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[length > 0 ? length : 0] = '\0';
    const char *rest = strrchr(text, ')');
    if (rest == NULL || sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu",
                               ticks, ticks + 1, ticks + 2, ticks + 3) != 4)
        return B_BAD_TEAM_ID;
    const unsigned long long *own = ticks + (who == B_TEAM_USAGE_CHILDREN ? 2 : 0);
    info->user_time = (bigtime_t)(own[0] * 1000000 / (unsigned long long)sysconf(_SC_CLK_TCK));
    info->kernel_time = (bigtime_t)(own[1] * 1000000 / (unsigned long long)sysconf(_SC_CLK_TCK));
    return B_OK;
}

static int32 cut(uint64_t size)
{
    return size > INT_MAX ? INT_MAX : (int32)size;
}

static void fill_image(image_info *info, const hdbg_image_info *from)
{
    memset(info, 0, sizeof *info);
    info->id = from->id;
    info->type = (image_type)from->type;
    info->sequence = from->sequence;
    info->init_order = from->init_order;
    info->init_routine = (void (*)(void))(uintptr_t)from->init_routine;
    info->term_routine = (void (*)(void))(uintptr_t)from->term_routine;
    info->device = from->device;
    info->node = from->node;
    info->text = (void *)(uintptr_t)from->text;
    info->data = (void *)(uintptr_t)from->data;
    info->text_size = cut(from->text_size);
    info->data_size = cut(from->data_size);
    info->api_version = from->api_version;
    info->abi = from->abi;
    libroot_copy(info->name, from->path, sizeof info->name);
}

status_t _get_next_image_info(team_id team, int32 *cookie, image_info *info, size_t size)
{
    if (size != sizeof *info)
        return B_BAD_VALUE;
    hdbg_image_info from;
    int64_t position = *cookie;
    status_t status = CALL(next_image, libroot_team(team), &position, &from);
    *cookie = (int32)position;
    if (status == B_OK)
        fill_image(info, &from);
    return status;
}

status_t _get_image_info(image_id image, image_info *info, size_t size)
{
    int32 cookie = 0;
    status_t status;
    do {
        status = _get_next_image_info(B_CURRENT_TEAM, &cookie, info, size);
    } while (status == B_OK && info->id != image);
    return status == B_BAD_INDEX ? B_BAD_VALUE : status;
}
