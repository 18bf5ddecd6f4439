/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Taking the status of teams that were launched and have ended.
 */
#include "kernel/haiku/internal.h"

#include <errno.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <OS.h>

enum {
    LOOK_INTERVAL = 500000, /* microseconds */
    SETTLE_INTERVAL = 1000
};

/* @return 1 and the status, 0 if the team lives, an error if it is no child (any more). */
static hdbg_status take_status(hdbg_team_id team, hdbg_team_status *status)
{
    int ended = 0;
    pid_t got;
    do {
        got = waitpid(team, &ended, WNOHANG);
    } while (got < 0 && errno == EINTR);
    if (got <= 0)
        return got == 0 ? 0 : HDBG_BAD_TEAM_ID;
    if (!WIFEXITED(ended) && !WIFSIGNALED(ended))
        return 0; /* it was stopped, or goes on */
    if (status != NULL) {
        status->status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
        status->signal = WIFSIGNALED(ended) ? WTERMSIG(ended) : -1;
    }
    return 1;
}

/* Sleeps until the team's main thread has ended or the time is over. The team's status is there a moment
 * before or after that. */
static void wait_for_end(haiku_kernel *k, hdbg_team_id team, hdbg_time deadline)
{
    hdbg_time left = deadline == HDBG_FOREVER ? LOOK_INTERVAL : deadline - haiku_now(k);
    hdbg_object_wait main_thread = {team, HDBG_OBJECT_THREAD, HDBG_WAIT_INVALID};
    if (left > LOOK_INTERVAL)
        left = LOOK_INTERVAL;
    if (left > 0 && haiku_wait_for_objects(k, &main_thread, 1, left) > 0)
        snooze(left < SETTLE_INTERVAL ? left : SETTLE_INTERVAL);
}

static void forget(haiku_kernel *k, hdbg_team_id team)
{
    pthread_mutex_lock(&k->lock);
    haiku_team *t = haiku_team_find(k, team, false);
    if (t != NULL) {
        t->launched = false;
        haiku_team_lose(k, t);
    }
    pthread_mutex_unlock(&k->lock);
}

hdbg_status haiku_reap(void *context, hdbg_team_id team, hdbg_team_status *status, hdbg_time timeout)
{
    haiku_kernel *k = context;
    hdbg_time deadline = haiku_deadline(timeout);
    for (;;) {
        hdbg_status taken = take_status(team, status);
        if (taken == 1) {
            forget(k, team);
            return HDBG_OK;
        }
        if (taken < 0) {
            forget(k, team);
            return hdbg_fail(taken,
                             "cannot take the status of team %d: it was not launched here, or its status has "
                             "been taken already",
                             (int)team);
        }
        if (timeout <= 0)
            return hdbg_fail(HDBG_WOULD_BLOCK, "cannot take the status of team %d: it has not ended",
                             (int)team);
        if (deadline != HDBG_FOREVER && haiku_now(k) >= deadline)
            return hdbg_fail(HDBG_TIMED_OUT,
                             "cannot take the status of team %d: it did not end within %lld us", (int)team,
                             (long long)timeout);
        wait_for_end(k, team, deadline);
    }
}
