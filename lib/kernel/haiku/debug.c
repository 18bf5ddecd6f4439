/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Installing and removing debuggers, stopping, starting and ending threads and teams, and the record of what
 * this kernel has installed and launched.
 */
#include "kernel/haiku/internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <OS.h>
#include <debugger.h>

/* ---- the record ---- */

haiku_team *haiku_team_find(haiku_kernel *k, hdbg_team_id team, bool make)
{
    haiku_team *t = k->teams;
    while (t != NULL && t->team != team)
        t = t->next;
    if (t == NULL && make && (t = calloc(1, sizeof *t)) != NULL) {
        t->team = team;
        t->nub_port = t->held_by = t->debugger_port = -1;
        t->next = k->teams;
        k->teams = t;
    }
    return t;
}

void haiku_team_forget(haiku_kernel *k, haiku_team *team)
{
    haiku_team **link = &k->teams;
    while (*link != team)
        link = &(*link)->next;
    *link = team->next;
    haiku_hold_untake(k, team);
    haiku_hold_end(team);
    free(team);
}

void haiku_team_lose(haiku_kernel *k, haiku_team *team)
{
    team->nub_port = -1;
    haiku_hold_untake(k, team);
    haiku_hold_end(team);
    if (!team->launched)
        haiku_team_forget(k, team);
}

hdbg_port_id haiku_team_nub(haiku_kernel *k, hdbg_team_id team)
{
    team_info info;
    pthread_mutex_lock(&k->lock);
    haiku_team *t = haiku_team_find(k, team, false);
    hdbg_port_id port = t != NULL ? t->nub_port : -1;
    pthread_mutex_unlock(&k->lock);
    if (port >= 0)
        return port;
    if (get_team_info(team, &info) != B_OK)
        return hdbg_fail(HDBG_BAD_TEAM_ID, "there is no team %d", (int)team);
    if (info.debugger_nub_port < 0)
        return hdbg_fail(HDBG_BAD_PORT_ID, "team %d is not being debugged", (int)team);
    return info.debugger_nub_port;
}

/* ---- debuggers ---- */

static hdbg_status refused(hdbg_team_id team, hdbg_port_id port, hdbg_status status)
{
    const char *why = hdbg_status_string(status);
    if (status == HDBG_BAD_VALUE)
        why = "it has a debugger already";
    else if (status == HDBG_NOT_ALLOWED)
        why = "neither the kernel nor the debugger itself can be debugged";
    else if (status == HDBG_PERMISSION_DENIED)
        why = "it belongs to another user, and only root may then";
    else if (status == HDBG_BAD_PORT_ID)
        return hdbg_fail(status, "cannot debug team %d: there is no port %d", (int)team, (int)port);
    return hdbg_fail(status, "cannot debug team %d: %s", (int)team, why);
}

/* Locked. Teams whose end was not told are not kept for ever. */
static void forget_dead(haiku_kernel *k)
{
    port_info info;
    for (haiku_team *t = k->teams, *next; t != NULL; t = next) {
        next = t->next;
        if (t->nub_port >= 0 && get_port_info(t->nub_port, &info) != B_OK)
            haiku_team_lose(k, t);
    }
}

hdbg_port_id haiku_install(void *context, hdbg_team_id team, hdbg_port_id debugger_port)
{
    haiku_kernel *k = context;
    pthread_mutex_lock(&k->lock);
    forget_dead(k);
    haiku_team *t = haiku_team_find(k, team, true);
    bool held = t != NULL && t->held_by >= 0;
    if (held) /* before a message can be there */
        haiku_hold_take(k, t, debugger_port);
    pthread_mutex_unlock(&k->lock);

    port_id nub_port = t != NULL ? install_team_debugger(team, debugger_port) : HDBG_NO_MEMORY;
    pthread_mutex_lock(&k->lock);
    t = haiku_team_find(k, team, false);
    if (t != NULL && nub_port >= 0) {
        t->nub_port = nub_port;
        t->debugger_port = debugger_port;
        haiku_hold_end(t);
    } else if (t != NULL && !t->launched && t->nub_port < 0) {
        haiku_team_forget(k, t);
    } else if (t != NULL && held) {
        haiku_hold_untake(k, t);
    }
    pthread_mutex_unlock(&k->lock);
    if (nub_port < 0)
        return refused(team, debugger_port, nub_port);
    if (held)
        haiku_hold_drain(k, team, debugger_port);
    return nub_port;
}

/* What is known of a team's debugging is true no more. */
static void no_longer_debugged(haiku_kernel *k, hdbg_team_id team)
{
    pthread_mutex_lock(&k->lock);
    haiku_team *t = haiku_team_find(k, team, false);
    if (t != NULL)
        haiku_team_lose(k, t);
    pthread_mutex_unlock(&k->lock);
    haiku_clones_drop(k, team);
}

hdbg_status haiku_remove(void *context, hdbg_team_id team)
{
    status_t status = remove_team_debugger(team);
    no_longer_debugged(context, team);
    if (status == B_BAD_VALUE)
        return hdbg_fail(status, "cannot detach from team %d: it has no debugger", (int)team);
    return status == B_OK
               ? HDBG_OK
               : hdbg_fail(status, "cannot detach from team %d: %s", (int)team, hdbg_status_string(status));
}

int haiku_has_default_debugger(void *context)
{
    /* debug_server's port, and the name that other default debuggers are asked to use. */
    static const char *const kPorts[] = {"kernel listener", "default debugger"};
    (void)context;
    for (size_t i = 0; i < sizeof kPorts / sizeof *kPorts; i++) {
        if (find_port(kPorts[i]) >= 0)
            return 1;
    }
    return 0;
}

/* ---- threads and teams ---- */

static hdbg_status of_thread(const char *what, hdbg_thread_id thread, hdbg_status status)
{
    if (status == HDBG_OK)
        return HDBG_OK;
    return hdbg_fail(status, "cannot %s thread %d: %s", what, (int)thread, hdbg_status_string(status));
}

hdbg_status haiku_debug_thread(void *context, hdbg_thread_id thread)
{
    haiku_kernel *k = context;
    if (k->quiet_teams != 0 && haiku_hold_answers(k, thread))
        return HDBG_OK;
    return of_thread("stop", thread, debug_thread(thread));
}

hdbg_status haiku_resume_thread(void *context, hdbg_thread_id thread)
{
    haiku_kernel *k = context;
    pthread_mutex_lock(&k->lock);
    haiku_team *t = haiku_team_find(k, thread, false);
    bool held = t != NULL && t->held_by >= 0;
    pthread_mutex_unlock(&k->lock);
    if (held) /* launched, and without a debugger so far: it is let go */
        return haiku_remove(k, thread);
    return of_thread("resume", thread, resume_thread(thread));
}

hdbg_status haiku_kill_team(void *context, hdbg_team_id team)
{
    (void)context;
    status_t status = kill_team(team);
    return status == B_OK
               ? HDBG_OK
               : hdbg_fail(status, "cannot kill team %d: %s", (int)team, hdbg_status_string(status));
}

hdbg_status haiku_send_signal(void *context, hdbg_thread_id thread, int32_t signal)
{
    (void)context;
    if (signal < 0)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot send signal %d to thread %d: there is none", (int)signal,
                         (int)thread);
    return of_thread("signal", thread, send_signal(thread, (unsigned int)signal));
}

hdbg_status haiku_send_team_signal(void *context, hdbg_team_id team, int32_t signal)
{
    (void)context;
    if (team <= 0) /* kill() would take that for a group */
        return hdbg_fail(HDBG_BAD_TEAM_ID, "cannot send signal %d to team %d: there is none", (int)signal,
                         (int)team);
    if (kill(team, signal) == 0)
        return HDBG_OK;
    hdbg_status status = errno;
    if (status == ESRCH)
        status = HDBG_BAD_TEAM_ID;
    return hdbg_fail(status, "cannot send signal %d to team %d: %s", (int)signal, (int)team,
                     hdbg_status_string(status));
}
