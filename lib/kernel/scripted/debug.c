/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The mock's debugging calls: attaching, stopping, launching, ending.
 */
#include "kernel/scripted/state.h"

#include "base/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL_TEAM    1
#define NUB_THREAD(id) (0x40000000 + (id)) /* out of the way of a test's own ids */
#define SIGNAL_KILL    9
#define SIGNAL_KILLTHR 21

static hdbg_status fail_no_team(const char *what, hdbg_team_id id)
{
    return hdbg_fail(HDBG_BAD_TEAM_ID, "cannot %s team %d: there is none", what, id);
}

static hdbg_status fail_no_thread(const char *what, hdbg_thread_id id)
{
    return hdbg_fail(HDBG_BAD_THREAD_ID, "cannot %s thread %d: there is none", what, id);
}

/* ---- ends ---- */

static void reset_debugging(struct mock_team *team)
{
    team->debugger_port = -1;
    team->nub_port = -1;
    team->handover = false;
    team->stalled = false;
    team->flags = 0;
    mock_points_clear(team);
    mock_event_queue_clear(&team->outbox);
    free(team->blocked);
    team->blocked = NULL;
}

void mock_nub_die(hdbg_mock *mock, struct mock_team *team)
{
    hdbg_port_id port = team->nub_port;
    reset_debugging(team);
    mock_thread_drop(team, NUB_THREAD(team->id));
    if (mock_port_find(mock, port) != NULL)
        mock_port_remove(mock, port);
    for (struct mock_thread *thread = team->threads; thread != NULL; thread = thread->next) {
        thread->stopped = false;
        thread->flags = 0;
        thread->ignore = 0;
        thread->ignore_once = 0;
    }
    mock_touch(mock);
}

void mock_team_finish(hdbg_mock *mock, struct mock_team *team, int32_t status, int32_t signal, bool tell)
{
    struct mock_port *port = mock_port_find(mock, team->debugger_port);
    hdbg_nub_event event = {.type = HDBG_EVENT_TEAM_DELETED, .thread = -1, .team = team->id, .nub_port = -1};
    event.data.team_end.status = status;
    event.data.team_end.signal = signal;
    if (team->nub_port >= 0)
        mock_nub_die(mock, team);
    team->ended = true;
    team->status = (hdbg_team_status){.status = status, .signal = signal};
    mock_team_clear(mock, team);
    mock_touch(mock);
    if (!tell || port == NULL || port->count >= port->capacity)
        return;
    uint8_t bytes[HDBG_NUB_EVENT_SIZE_MAX];
    int64_t size = hdbg_nub_event_encode((hdbg_arch)mock->options.arch, (hdbg_release)mock->options.release,
                                         &event, bytes, sizeof bytes);
    if (size > 0 && mock_port_put(mock, port, event.type, bytes, (size_t)size) == HDBG_OK)
        mock_note_event(mock, &event);
}

static hdbg_status end_team(hdbg_mock *mock, hdbg_team_id id, int32_t status, int32_t signal, bool tell)
{
    mock_lock(mock);
    struct mock_team *team = mock_team_living(mock, id);
    if (team != NULL)
        mock_team_finish(mock, team, status, signal, tell);
    mock_unlock(mock);
    return team != NULL ? HDBG_OK : fail_no_team("end", id);
}

hdbg_status hdbg_mock_team_end(hdbg_mock *mock, hdbg_team_id team, int32_t status, int32_t signal)
{
    return end_team(mock, team, status, signal, true);
}

hdbg_status hdbg_mock_team_vanish(hdbg_mock *mock, hdbg_team_id team, int32_t status, int32_t signal)
{
    return end_team(mock, team, status, signal, false);
}

/* ---- attaching ---- */

static void tell_handover(hdbg_mock *mock, struct mock_team *team, hdbg_port_id to, hdbg_port_id new_port)
{
    hdbg_port_id kept = team->debugger_port;
    hdbg_nub_event event = {.type = HDBG_EVENT_HANDED_OVER, .team = team->id};
    event.data.handed_over.debugger = HDBG_MOCK_OWN_TEAM;
    event.data.handed_over.debugger_port = new_port;
    event.data.handed_over.causing_thread = -1;
    team->debugger_port = to;
    mock_event_send(mock, &event);
    team->debugger_port = kept;
}

/* Flags and masks start anew; what is stopped tells the new debugger why. */
static hdbg_port_id hand_over(hdbg_mock *mock, struct mock_team *team, hdbg_port_id new_port)
{
    hdbg_port_id old_port = team->debugger_port;
    tell_handover(mock, team, new_port, new_port);
    tell_handover(mock, team, old_port, new_port);
    team->debugger_port = new_port;
    team->handover = false;
    team->flags = 0;
    for (struct mock_thread *thread = team->threads; thread != NULL; thread = thread->next) {
        thread->flags = 0;
        thread->ignore = 0;
        thread->ignore_once = 0;
        if (thread->stopped)
            mock_event_send(mock, &thread->last);
    }
    return team->nub_port;
}

static hdbg_port_id install(hdbg_mock *mock, hdbg_team_id id, hdbg_port_id debugger_port)
{
    struct mock_team *team = mock_team_living(mock, id);
    if (id == HDBG_MOCK_OWN_TEAM || id == KERNEL_TEAM)
        return hdbg_fail(HDBG_NOT_ALLOWED, "cannot debug team %d: it is the kernel or the debugger itself",
                         id);
    if (team == NULL)
        return fail_no_team("debug", id);
    if (mock_port_find(mock, debugger_port) == NULL)
        return hdbg_fail(HDBG_BAD_PORT_ID, "cannot debug team %d: no port has the id %d", id, debugger_port);
    if (team->debugger_port >= 0 && team->handover)
        return hand_over(mock, team, debugger_port);
    if (team->debugger_port >= 0)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot debug team %d: it has a debugger", id);
    char name[HDBG_NAME_LENGTH];
    snprintf(name, sizeof name, "team %d debug", id);
    hdbg_port_id nub_port = mock_port_make(mock, 1, name, HDBG_MOCK_OWN_TEAM);
    if (nub_port < 0)
        return nub_port;
    snprintf(name, sizeof name, "team %d debug task", id);
    struct mock_thread *nub = mock_thread_make(mock, team, NUB_THREAD(id), name);
    if (nub != NULL)
        nub->is_nub = true;
    mock_port_find(mock, nub_port)->nub_of = team;
    team->nub_port = nub_port;
    team->debugger_port = debugger_port;
    mock_touch(mock);
    return nub_port;
}

hdbg_port_id mock_op_install_team_debugger(void *context, hdbg_team_id id, hdbg_port_id debugger_port)
{
    hdbg_mock *mock = context;
    hdbg_mock_expectation *met = NULL;
    hdbg_status result;
    mock_lock(mock);
    if (!mock_injected(mock, MOCK_install_team_debugger, &result)) {
        if (!mock_expect_call(mock, &met, &result, "install_team_debugger team=%d", id))
            result = install(mock, id, debugger_port);
        mock_expect_after(mock, met);
    }
    mock_unlock(mock);
    return result;
}

hdbg_status mock_op_remove_team_debugger(void *context, hdbg_team_id id)
{
    hdbg_mock *mock = context;
    hdbg_mock_expectation *met = NULL;
    hdbg_status status;
    mock_lock(mock);
    if (!mock_injected(mock, MOCK_remove_team_debugger, &status)) {
        if (!mock_expect_call(mock, &met, &status, "remove_team_debugger team=%d", id)) {
            struct mock_team *team = mock_team_living(mock, id);
            bool debugged = team != NULL && team->nub_port >= 0;
            if (debugged)
                mock_nub_die(mock, team);
            status = debugged ? HDBG_OK : fail_no_team("let go of", id);
        }
        mock_expect_after(mock, met);
    }
    mock_unlock(mock);
    return status;
}

static hdbg_status stop_thread(hdbg_mock *mock, hdbg_thread_id id)
{
    struct mock_thread *thread = mock_thread_living(mock, id);
    if (thread == NULL)
        return fail_no_thread("stop", id);
    if (thread->is_nub)
        return hdbg_fail(HDBG_NOT_ALLOWED, "cannot stop thread %d: it is the nub", id);
    if (thread->stopped)
        return HDBG_OK;
    hdbg_nub_event event = {.type = HDBG_EVENT_THREAD_DEBUGGED, .thread = id};
    mock_event_send(mock, &event);
    return HDBG_OK;
}

hdbg_status mock_op_debug_thread(void *context, hdbg_thread_id id)
{
    hdbg_mock *mock = context;
    hdbg_mock_expectation *met = NULL;
    hdbg_status status;
    mock_lock(mock);
    if (!mock_injected(mock, MOCK_debug_thread, &status)) {
        if (!mock_expect_call(mock, &met, &status, "debug_thread thread=%d", id))
            status = stop_thread(mock, id);
        mock_expect_after(mock, met);
    }
    mock_unlock(mock);
    return status;
}

/* @return how many threads stand, or an error. */
static int64_t stop_team(hdbg_mock *mock, hdbg_team_id id)
{
    const struct mock_team *team = mock_team_living(mock, id);
    int64_t count = 0;
    if (team == NULL)
        return hdbg_fail(HDBG_BAD_TEAM_ID, "cannot stop team %d: there is none", id);
    if (team->debugger_port < 0)
        return hdbg_fail(HDBG_NO_DEFAULT_DEBUGGER, "cannot stop team %d: it is not being debugged", id);
    for (const struct mock_thread *thread = team->threads; thread != NULL; thread = thread->next)
        count += !thread->is_nub && stop_thread(mock, thread->id) == HDBG_OK;
    return count;
}

int64_t mock_op_debug_team(void *context, hdbg_team_id id)
{
    hdbg_mock *mock = context;
    hdbg_mock_expectation *met = NULL;
    hdbg_status status;
    int64_t count = 0;
    mock_lock(mock);
    if (!mock_injected(mock, MOCK_debug_team, &status)) {
        if (!mock_expect_call(mock, &met, &status, "debug_team team=%d", id)) {
            count = stop_team(mock, id);
            status = count < 0 ? (hdbg_status)count : HDBG_OK;
        }
        mock_expect_after(mock, met);
    }
    mock_unlock(mock);
    return status == HDBG_OK ? count : status;
}

int mock_op_has_default_debugger(void *context)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    int says = mock->claims_default_debugger;
    mock_unlock(mock);
    return says;
}

/* ---- launching ---- */

static struct mock_team *find_program(hdbg_mock *mock, const char *path)
{
    struct mock_team *team = mock->teams;
    while (team != NULL && (!team->dormant || strcmp(team->program, path) != 0))
        team = team->next;
    return team;
}

static hdbg_team_id start(hdbg_mock *mock, struct mock_team *team, const char *path)
{
    if (team == NULL)
        return hdbg_fail(HDBG_ENTRY_NOT_FOUND, "cannot launch %s: no team of the mock has that program",
                         path);
    team->dormant = false;
    team->launched = true;
    team->parent = HDBG_MOCK_OWN_TEAM;
    struct mock_thread *thread = mock_thread_find(mock, team->id);
    if (thread != NULL) {
        thread->shy = mock->launch_race > 0;
        thread->looks_left = mock->launch_race;
        thread->suspended = !thread->shy;
        thread->state = thread->shy ? HDBG_THREAD_READY : HDBG_THREAD_SUSPENDED;
    }
    mock_touch(mock);
    return team->id;
}

hdbg_team_id mock_op_launch(void *context, const hdbg_launch_spec *spec)
{
    hdbg_mock *mock = context;
    hdbg_mock_expectation *met = NULL;
    hdbg_status result;
    mock_lock(mock);
    if (!mock_injected(mock, MOCK_launch, &result)) {
        struct mock_team *team = find_program(mock, spec->path);
        if (!mock_expect_call(mock, &met, &result, "launch path=%s team=%d", spec->path,
                              team != NULL ? team->id : -1))
            result = start(mock, team, spec->path);
        mock_expect_after(mock, met);
    }
    mock_unlock(mock);
    return result;
}

static hdbg_status reap(hdbg_mock *mock, hdbg_team_id id, hdbg_team_status *status, hdbg_time timeout)
{
    hdbg_time deadline = mock_deadline(mock, timeout);
    for (;;) {
        struct mock_team *team = mock->teams;
        while (team != NULL && (team->id != id || !team->launched))
            team = team->next;
        if (team == NULL)
            return hdbg_fail(HDBG_BAD_TEAM_ID, "cannot reap team %d: it is no child of the caller", id);
        if (team->ended) {
            team->launched = false;
            *status = team->status;
            return HDBG_OK;
        }
        if (timeout == 0 || !mock_wait(mock, deadline))
            return hdbg_fail(timeout == 0 ? HDBG_WOULD_BLOCK : HDBG_TIMED_OUT,
                             "cannot reap team %d: it lives", id);
    }
}

hdbg_status mock_op_reap(void *context, hdbg_team_id id, hdbg_team_status *team_status, hdbg_time timeout)
{
    hdbg_mock *mock = context;
    hdbg_status status;
    mock_lock(mock);
    if (!mock_injected(mock, MOCK_reap, &status))
        status = reap(mock, id, team_status, timeout);
    mock_unlock(mock);
    return status;
}

static hdbg_status resume(hdbg_mock *mock, hdbg_thread_id id)
{
    struct mock_thread *thread = mock_thread_living(mock, id);
    if (thread == NULL)
        return fail_no_thread("resume", id);
    if (!thread->suspended)
        return hdbg_fail(HDBG_BAD_THREAD_STATE, "cannot resume thread %d: it is not suspended", id);
    mock_thread_continue(mock, thread, false);
    return HDBG_OK;
}

hdbg_status mock_op_resume_thread(void *context, hdbg_thread_id id)
{
    hdbg_mock *mock = context;
    hdbg_mock_expectation *met = NULL;
    hdbg_status status;
    mock_lock(mock);
    if (!mock_injected(mock, MOCK_resume_thread, &status)) {
        if (!mock_expect_call(mock, &met, &status, "resume_thread thread=%d", id))
            status = resume(mock, id);
        mock_expect_after(mock, met);
    }
    mock_unlock(mock);
    return status;
}

/* ---- killing ---- */

static hdbg_status kill_with(hdbg_mock *mock, hdbg_team_id id, int32_t signal)
{
    struct mock_team *team = mock_team_living(mock, id);
    if (team == NULL)
        return fail_no_team("kill", id);
    mock_team_finish(mock, team, -1, signal, true);
    return HDBG_OK;
}

hdbg_status mock_op_kill_team(void *context, hdbg_team_id id)
{
    hdbg_mock *mock = context;
    hdbg_mock_expectation *met = NULL;
    hdbg_status status;
    mock_lock(mock);
    if (!mock_injected(mock, MOCK_kill_team, &status)) {
        if (!mock_expect_call(mock, &met, &status, "kill_team team=%d", id))
            status = kill_with(mock, id, SIGNAL_KILLTHR);
        mock_expect_after(mock, met);
    }
    mock_unlock(mock);
    return status;
}

/* Of signals only SIGKILL does something by itself; what others cause, a test scripts. */
hdbg_status mock_op_send_signal(void *context, hdbg_thread_id id, int32_t signal)
{
    hdbg_mock *mock = context;
    hdbg_mock_expectation *met = NULL;
    hdbg_status status;
    char name[32];
    mock_lock(mock);
    if (!mock_injected(mock, MOCK_send_signal, &status)) {
        if (!mock_expect_call(mock, &met, &status, "send_signal thread=%d signal=%s", id,
                              mock_signal_name(signal, name, sizeof name))) {
            const struct mock_thread *thread = mock_thread_living(mock, id);
            status = thread != NULL ? HDBG_OK : fail_no_thread("send a signal to", id);
            if (thread != NULL && signal == SIGNAL_KILL)
                status = kill_with(mock, thread->team->id, signal);
        }
        mock_expect_after(mock, met);
    }
    mock_unlock(mock);
    return status;
}

hdbg_status mock_op_send_team_signal(void *context, hdbg_team_id id, int32_t signal)
{
    hdbg_mock *mock = context;
    hdbg_mock_expectation *met = NULL;
    hdbg_status status;
    char name[32];
    mock_lock(mock);
    if (!mock_injected(mock, MOCK_send_team_signal, &status)) {
        if (!mock_expect_call(mock, &met, &status, "send_team_signal team=%d signal=%s", id,
                              mock_signal_name(signal, name, sizeof name))) {
            status = mock_team_living(mock, id) != NULL ? HDBG_OK : fail_no_team("send a signal to", id);
            if (status == HDBG_OK && signal == SIGNAL_KILL)
                status = kill_with(mock, id, signal);
        }
        mock_expect_after(mock, met);
    }
    mock_unlock(mock);
    return status;
}
