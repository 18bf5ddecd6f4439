/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Random debugging of the fixture "worker".
 */
#define _GNU_SOURCE
#include "random_debugging.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FUNCTIONS = 6, PATIENCE = 10 * 1000 };

unsigned random_below(unsigned *seed, unsigned limit)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (unsigned)(((uint64_t)*seed * limit) >> 32);
}

bool read_line(int fd, char *line, size_t size)
{
    size_t length = 0;
    while (length + 1 < size) {
        struct pollfd wait = {fd, POLLIN, 0};
        if (poll(&wait, 1, PATIENCE) != 1 || read(fd, line + length, 1) != 1)
            return false;
        if (line[length] == '\n')
            break;
        length++;
    }
    line[length] = '\0';
    return true;
}

bool await_child(pid_t pid, int *status)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd wait = {fd, POLLIN, 0};
    bool ended = fd >= 0 && poll(&wait, 1, PATIENCE) == 1;
    if (fd >= 0)
        close(fd);
    return ended && waitpid(pid, status, 0) == pid;
}

static hdbg_address function_address(random_debugging *debugging, unsigned number)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    char name[16];
    snprintf(name, sizeof name, "work_%u", number);
    if (hdbg_symbol_by_name(debugging->team, 0, name, &symbol) != HDBG_OK)
        return 0;
    return symbol.address;
}

bool random_debugging_start(random_debugging *debugging, unsigned seed, int output)
{
    const char *const arguments[] = {HDBG_TEST_FIXTURES "/worker", NULL};
    hdbg_launch_spec spec = {
        .size = sizeof spec,
        .path = arguments[0],
        .arguments = arguments,
        .standard_input = -1,
        .standard_output = output,
        .standard_error = -1,
    };
    hdbg_session_options options = {.size = sizeof options, .flags = HDBG_SESSION_NO_REAP};
    *debugging = (random_debugging){.seed = seed};
    if (hdbg_session_create(&options, &debugging->session) != HDBG_OK)
        return false;
    if (hdbg_team_launch(debugging->session, &spec, &debugging->team) != HDBG_OK) {
        hdbg_session_destroy(debugging->session);
        return false;
    }
    debugging->worker = hdbg_team_id_of(debugging->team);
    for (unsigned i = 0; i < FUNCTIONS; i++)
        hdbg_breakpoint_set(debugging->team, function_address(debugging, i));
    hdbg_team_resume(debugging->team);
    return true;
}

static void poke_around(random_debugging *debugging, unsigned what)
{
    char bytes[64];
    hdbg_address address = function_address(debugging, random_below(&debugging->seed, FUNCTIONS));
    if (what == 0)
        hdbg_memory_read(debugging->team, address, bytes, sizeof bytes, NULL);
    else if (what == 1 && hdbg_breakpoint_clear(debugging->team, address) == HDBG_OK)
        hdbg_breakpoint_set(debugging->team, address);
    else if (what == 2 && hdbg_team_stop(debugging->team) == HDBG_OK)
        hdbg_team_resume(debugging->team);
}

bool random_debugging_operation(random_debugging *debugging)
{
    hdbg_event *event;
    if (random_below(&debugging->seed, 8) == 0)
        poke_around(debugging, random_below(&debugging->seed, 3));
    if (hdbg_wait(debugging->session, NULL, PATIENCE * 1000, &event) != HDBG_OK)
        return false;
    int32_t type = hdbg_event_type_of(event);
    debugging->lost |= type == HDBG_EVENT_NUB_LOST;
    if (type == HDBG_EVENT_TEAM_DELETED) {
        debugging->end.size = sizeof debugging->end;
        debugging->ended = hdbg_team_end_get(debugging->team, &debugging->end) == HDBG_OK;
    } else if (hdbg_event_is_stop(event)) {
        hdbg_resume how = {
            .size = sizeof how,
            .step = random_below(&debugging->seed, 3) == 0 && !debugging->no_steps,
            .signal = HDBG_SIGNAL_AS_STOPPED,
        };
        hdbg_thread_resume(hdbg_event_thread(event), &how);
    }
    hdbg_event_release(event);
    return !debugging->ended && !debugging->lost;
}

void random_debugging_finish(random_debugging *debugging)
{
    hdbg_team_release(debugging->team);
    hdbg_session_destroy(debugging->session);
}
