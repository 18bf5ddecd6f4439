/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Launching a program.
 *
 * The kernel leaves the new team suspended, but load_image() may return a moment before it is, and a
 * CONTINUE_THREAD in that moment is dropped: the team would never run. So its main thread is asked to stop
 * first, and what it answers is waited for: from then on it stands in the debugger, and goes on when it is
 * told to.
 */
#include "base/structs.h"
#include "session/types.h"

#include <stdio.h>

static hdbg_status connect_and_stop(hdbg_team *team)
{
    hdbg_session *session = team->session;
    hdbg_status status = attach_connect(team);
    if (status != HDBG_OK)
        return status;
    pthread_mutex_lock(&session->lock);
    hdbg_thread *thread = NULL;
    status = team_check(team, "launch");
    if (status == HDBG_OK) {
        thread = thread_get(team, team->id);
        status = thread != NULL ? HDBG_OK : HDBG_NO_MEMORY;
    }
    if (status == HDBG_OK) {
        hdbg_thread_retain(thread);
        status = stop_and_wait(team, thread);
    }
    pthread_mutex_unlock(&session->lock);
    hdbg_thread_release(thread);
    return status;
}

/* Ends what was started in vain. */
static void end_launched(hdbg_session *session, hdbg_team_id id)
{
    hdbg_team_status ignored;
    KERNEL(session->kernel, kill_team, id);
    if (KERNEL(session->kernel, reap, id, &ignored, SESSION_REAP_TIMEOUT) != HDBG_OK)
        session_log(session, HDBG_LOG_ERROR, "team %d cannot be ended: %s", (int)id, hdbg_last_error());
}

hdbg_status hdbg_team_launch(hdbg_session *session, const hdbg_launch_spec *given, hdbg_team **result)
{
    hdbg_launch_spec known = {
        .size = sizeof known, .standard_input = -1, .standard_output = -1, .standard_error = -1};
    const hdbg_launch_spec *spec = &known;
    *result = NULL;
    hdbg_status taken = hdbg_struct_take(&known, sizeof known, given, "hdbg_launch_spec");
    if (taken != HDBG_OK)
        return taken;
    if (spec->path == NULL)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot launch: no program is named");
    hdbg_team_id id = KERNEL(session->kernel, launch, spec);
    if (id < 0)
        return id;

    char why[512];
    hdbg_status status = HDBG_NO_MEMORY;
    hdbg_team *team = team_new(session, id);
    if (team == NULL)
        goto failed;
    pthread_mutex_lock(&session->lock);
    if (session->closing)
        status = hdbg_fail(HDBG_CANCELED, "the session ends");
    else
        status = team_list(team);
    pthread_mutex_unlock(&session->lock);
    if (status != HDBG_OK)
        goto failed;

    status = connect_and_stop(team);
    if (status == HDBG_OK) {
        pthread_mutex_lock(&session->lock);
        team->launched = true;
        pthread_mutex_unlock(&session->lock);
        session_log(session, HDBG_LOG_INFO, "launched %s as team %d", spec->path, (int)id);
        *result = team;
        return HDBG_OK;
    }
    attach_undo(team);
failed:
    snprintf(why, sizeof why, "%s", hdbg_last_error());
    end_launched(session, id);
    hdbg_team_release(team);
    return hdbg_fail(status, "cannot launch %s: %s", spec->path, why);
}
