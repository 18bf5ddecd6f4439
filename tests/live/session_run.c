/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The helpers of session_run.h.
 */
#define _GNU_SOURCE
#include "session_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { PATIENCE = 20 * 1000 * 1000, ARGUMENTS_MAX = 16 };

run *run_session(void)
{
    run *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->output = r->input = -1;
    setenv("HAIKUDBG_NUB", HDBG_TEST_NUB, 0); /* for a test that is run by hand */
    hdbg_session_options options = {.size = sizeof options};
    assert_ok(hdbg_session_create(&options, &r->session));
    return r;
}

/* Pipes for the fixture: its ends in `inner`, ours in the run. */
static void make_pipes(run *r, int inner[2])
{
    int output[2], input[2];
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    assert_int_equal(pipe2(input, O_CLOEXEC), 0);
    r->output = output[0];
    inner[1] = output[1];
    r->input = input[1];
    inner[0] = input[0];
}

static void make_arguments(const char *path, const char *const *arguments, const char **all)
{
    size_t count = 0;
    all[count++] = path;
    for (size_t i = 0; arguments != NULL && arguments[i] != NULL && count < ARGUMENTS_MAX - 1; i++)
        all[count++] = arguments[i];
    all[count] = NULL;
}

run *run_launch(const char *name, const char *const *arguments, int32_t follow)
{
    run *r = run_session();
    char path[512];
    const char *all[ARGUMENTS_MAX];
    int inner[2];
    snprintf(path, sizeof path, "%s/%s", HDBG_TEST_FIXTURES, name);
    make_arguments(path, arguments, all);
    make_pipes(r, inner);
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = path,
                             .arguments = all,
                             .standard_input = inner[0],
                             .standard_output = inner[1],
                             .standard_error = -1};
    assert_ok(hdbg_team_launch(r->session, &spec, &r->team));
    close(inner[0]);
    close(inner[1]);
    r->thread = hdbg_team_main_thread(r->team);
    assert_non_null(r->thread);
    assert_ok(hdbg_team_set_follow(r->team, follow));
    return r;
}

hdbg_team_id run_start(run *r, const char *name, const char *const *arguments)
{
    char path[512];
    const char *all[ARGUMENTS_MAX];
    int inner[2];
    pid_t pid;
    snprintf(path, sizeof path, "%s/%s", HDBG_TEST_FIXTURES, name);
    make_arguments(path, arguments, all);
    make_pipes(r, inner);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, inner[0], 0);
    posix_spawn_file_actions_adddup2(&actions, inner[1], 1);
    assert_int_equal(posix_spawn(&pid, path, &actions, NULL, (char *const *)all, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(inner[0]);
    close(inner[1]);
    return pid;
}

int run_reap(hdbg_team_id id)
{
    int status;
    while (waitpid(id, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void run_attach(run *r, hdbg_team_id id, uint32_t flags)
{
    hdbg_thread_release(r->thread);
    hdbg_team_release(r->team);
    r->thread = NULL;
    assert_ok(hdbg_team_attach(r->session, id, flags, &r->team));
    r->thread = hdbg_team_main_thread(r->team);
}

void run_free(run *r)
{
    if (r->team != NULL && hdbg_team_state_of(r->team) == HDBG_TEAM_LIVE) {
        assert_ok(hdbg_team_kill(r->team));
        run_to_end(r);
    }
    hdbg_thread_release(r->thread);
    hdbg_team_release(r->team);
    hdbg_session_destroy(r->session);
    if (r->output >= 0)
        close(r->output);
    if (r->input >= 0)
        close(r->input);
    free(r);
}

hdbg_event *run_next(run *r)
{
    hdbg_event *event;
    assert_ok(hdbg_wait(r->session, NULL, PATIENCE, &event));
    return event;
}

hdbg_event *run_expect(run *r, int32_t type)
{
    hdbg_event *event = run_next(r);
    if (hdbg_event_type_of(event) != type) {
        char line[256];
        hdbg_event_describe(event, line, sizeof line);
        fail_msg("%s, not %s", line, hdbg_event_type_name(type));
    }
    return event;
}

void run_skip(run *r, int32_t type)
{
    hdbg_event_release(run_expect(r, type));
}

static int32_t end_of(hdbg_team *team)
{
    hdbg_team_end end = {.size = sizeof end};
    assert_ok(hdbg_team_end_get(team, &end));
    return end.signal > 0 ? -end.signal : end.status;
}

int32_t run_end(run *r)
{
    hdbg_event *event = run_expect(r, HDBG_EVENT_TEAM_DELETED);
    assert_ptr_equal(hdbg_event_team(event), r->team);
    hdbg_event_release(event);
    return end_of(r->team);
}

int32_t run_to_end(run *r)
{
    for (bool ended = false; !ended;) {
        hdbg_event *event = run_next(r);
        ended = hdbg_event_type_of(event) == HDBG_EVENT_TEAM_DELETED && hdbg_event_team(event) == r->team;
        if (hdbg_event_is_stop(event))
            hdbg_thread_resume(hdbg_event_thread(event), NULL); /* which may have been killed meanwhile */
        hdbg_event_release(event);
    }
    return end_of(r->team);
}

hdbg_address run_symbol(hdbg_team *team, const char *name)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    assert_ok(hdbg_symbol_by_name(team, 0, name, &symbol));
    return symbol.address;
}

void run_to(run *r, const char *function)
{
    hdbg_address address = run_symbol(r->team, function);
    assert_ok(hdbg_breakpoint_set(r->team, address));
    assert_ok(hdbg_team_resume(r->team));
    run_skip(r, HDBG_EVENT_BREAKPOINT_HIT);
    assert_int_equal(run_pc(r), address);
    assert_ok(hdbg_breakpoint_clear(r->team, address));
}

hdbg_address run_pc(run *r)
{
    hdbg_address pc = 0;
    assert_ok(hdbg_thread_pc(r->thread, &pc));
    return pc;
}

/* Waits until there is output. Threads of the team that stopped for what nobody asked for go on meanwhile. */
static void await_output(run *r)
{
    static const hdbg_wait_filter kNever = {.size = sizeof kNever, .types = 1u << HDBG_EVENT_PROFILER_UPDATE};
    for (int descriptor = hdbg_session_descriptor(r->session);;) {
        struct pollfd ready[] = {{.fd = r->output, .events = POLLIN}, {.fd = descriptor, .events = POLLIN}};
        hdbg_event *event;
        assert_true(poll(ready, 2, PATIENCE / 1000) > 0);
        if (ready[0].revents != 0)
            return;
        hdbg_wait(r->session, &kNever, 0, &event);
    }
}

void run_line(run *r, char *line, size_t size)
{
    size_t used = 0;
    while (used + 1 < size) {
        char byte;
        await_output(r);
        assert_int_equal(read(r->output, &byte, 1), 1);
        if (byte == '\n')
            break;
        line[used++] = byte;
    }
    line[used] = '\0';
}
