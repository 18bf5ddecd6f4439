/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Launching: from a trampoline that is seized to a team that is suspended with all its images loaded; and
 * what debuggees ask of the nub themselves.
 */
#include "kernel/hosted/nub/nub.h"

#include <stdio.h>
#include <string.h>

hdbg_status launch_seize(debugger *by, pid_t pid, char *why, size_t room)
{
    team *t = team_find(by->nub, pid);
    hdbg_status status = attach_check(by, pid, why, room);
    if (status != HDBG_OK)
        return status;
    if (t && (t->debugger || t->launch != LAUNCH_NONE)) {
        snprintf(why, room, "process %d is not one that waits to be launched", (int)pid);
        return HDBG_BAD_VALUE;
    }
    if (!t && (status = seize_team(by->nub, pid, &t, why, room)) != HDBG_OK)
        return status;
    t->launch = LAUNCH_SEIZED;
    t->launch_by = by;
    return HDBG_OK;
}

hdbg_status launch_wait(debugger *by, pid_t pid, uint32_t serial, bool *later)
{
    team *t = team_find(by->nub, pid);
    if (!t || t->launch == LAUNCH_NONE)
        return HDBG_BAD_TEAM_ID;
    if (t->launch == LAUNCH_DONE)
        return HDBG_OK;
    hdbg_status status = control_wait(&t->launch_waiters, by, serial);
    *later = status == HDBG_OK;
    return status;
}

/* All images are there. The thread keeps still when its events are told. */
void launch_loaded(thread *self)
{
    self->hold |= HOLD_SUSPENDED;
    self->vector = VECTOR_SYSCALL;
}

/* Now it does: a team that can be started. */
void launch_suspended(thread *self)
{
    team *of = self->team;
    if (of->launch != LAUNCH_LOADING)
        return;
    of->launch = LAUNCH_DONE;
    of->lose_next_continue = of->launch_by && of->launch_by->lose_first_continue;
    control_answer_waiters(&of->launch_waiters, HDBG_OK);
}

/* A new program. Only one that is debugged, or is being launched, is followed to where its images are loaded.
 */
void launch_executed(thread *self)
{
    team *of = self->team;
    bool born = of->launch == LAUNCH_SEIZED;
    team_new_space(of);
    of->unseen = false;
    if (of->debugger && !attach_is_64_bit(of->id)) {
        /* Nothing that its debugger could be told of it would be right. The nub port's end tells that. */
        of->launch = LAUNCH_NONE;
        self->hold &= ~HOLD_SUSPENDED;
        fork_child_ready(self);
        attach_end(of);
        return;
    }
    if (born)
        of->launch = LAUNCH_LOADING;
    else if (of->debugger)
        event_add(self, WIRE_TEAM_EXEC);
    if (born || of->debugger)
        images_executed(self);
    if (born && !of->space->debug_state)
        launch_loaded(self);
    fork_child_ready(self);
    thread_next(self);
}

hdbg_status launch_resume(nub *self, pid_t id)
{
    thread *t = thread_find(self, id);
    if (!t)
        return HDBG_BAD_THREAD_ID;
    if (!(t->hold & HOLD_SUSPENDED) || t->stopped)
        return HDBG_BAD_THREAD_STATE;
    t->hold = 0;
    t->step = false;
    t->team->launch = LAUNCH_NONE;
    t->team->launch_by = NULL;
    t->team->lose_next_continue = false;
    thread_next(t);
    return HDBG_OK;
}

/* ---- calls of debuggees ---- */

/* The thread has sent itself the signal that only a nub understands. */
bool launch_call(thread *self, hdbg_address at)
{
    team *of = self->team;
    nub_call call;
    event *e;
    if (memory_read_raw(of->space, at, &call, sizeof call) != sizeof call)
        return false;
    self->vector = VECTOR_SYSCALL;
    switch (call.op) {
    case NUB_CALL_DEBUGGER:
        e = event_add(self, WIRE_DEBUGGER_CALL);
        if (e)
            e->address = call.argument;
        break;
    case NUB_CALL_WAIT_FOR_DEBUGGER:
        if (!self->waits_for_debugger)
            of->waiting_for_debugger++;
        self->waits_for_debugger = true;
        control_answer_waiters(&of->detach_waiters, HDBG_OK); /* who is out now, is; it stays traced */
        event_add(self, WIRE_THREAD_DEBUGGED);
        break;
    case NUB_CALL_THREAD_EXIT:
        self->exit_status = (int32_t)call.argument;
        self->has_exit_status = true;
        break;
    case NUB_CALL_LOADED_TEAM:
        /* Said by the parent before the fork, or by the child before the exec. */
        if (call.argument)
            of->next_fork_is_load = true;
        else {
            of->launch = LAUNCH_SEIZED;
            of->loaded_by_debuggee = true;
        }
        break;
    default:
        return false;
    }
    return true;
}
