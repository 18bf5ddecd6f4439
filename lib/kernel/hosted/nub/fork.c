/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * New threads and new teams: whoever they belong to, they do not run before their creator's event is dealt
 * with.
 */
#include "kernel/hosted/nub/nub.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_thread_of(const team *of, pid_t id)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d", (int)of->id, (int)id);
    return access(path, F_OK) == 0;
}

static bool shares_memory(pid_t one, pid_t other)
{
    return syscall(SYS_kcmp, one, other, KCMP_VM, 0, 0) == 0;
}

/* Whether it is a tracee, which will tell of its end. */
static bool is_traced(nub *self, pid_t id)
{
    return thread_find(self, id) || seize_status_field(id, "TracerPid", 0) == self->pid;
}

/* The new one's first stop may come before its creator's event. */
thread *fork_new_orphan(nub *self, pid_t id)
{
    thread *t = thread_create(self, NULL, id);
    if (t) {
        t->next_orphan = self->orphans;
        self->orphans = t;
    }
    return t;
}

static thread *adopt(nub *self, team *into, pid_t id)
{
    thread *t = thread_find(self, id);
    if (!t)
        return thread_create(self, into, id);
    if (t->team == into)
        return t;
    for (thread **link = &self->orphans; *link; link = &(*link)->next_orphan) {
        if (*link == t) {
            *link = t->next_orphan;
            break;
        }
    }
    thread_move(t, into);
    return t;
}

static bool wants(const team *self, uint32_t flag)
{
    return self->debugger && (self->flags & flag);
}

/* The event is told when what it is about stands still, and can be looked at. */
static void await_child(thread *creator, thread *child, bool wait)
{
    creator->created = child->id;
    child->creator = creator->id;
    creator->waits_for_child = wait;
}

static void new_thread(thread *creator, pid_t id)
{
    team *of = creator->team;
    thread *t = adopt(creator->nub, of, id);
    if (!t)
        return;
    uint32_t syscalls = THREAD_PRE_SYSCALL | THREAD_POST_SYSCALL;
    t->flags = creator->flags;
    if (!(t->flags & THREAD_SYSCALL_TRACE_CHILD_THREADS))
        t->flags &= ~syscalls;
    bool stop_new = (t->flags & THREAD_STOP_CHILD_THREADS) || (of->flags & TEAM_STOP_NEW_THREADS);
    t->team_stop = creator->team_stop;
    t->debug_stop = of->debugger && (t->debug_stop || stop_new || t->team_stop);
    if (wants(of, TEAM_THREADS)) {
        t->hold = HOLD_NEW;
        await_child(creator, t, t->fresh);
        event *e = event_add(creator, WIRE_THREAD_CREATED);
        if (e)
            e->id = id;
    } else if (t->stop != STOP_NONE) {
        if (t->debug_stop)
            event_add(t, WIRE_THREAD_DEBUGGED);
        thread_next(t);
    }
}

/* What a load_image() in the debuggee makes is told of when the new program is there. */
static bool is_load(team *creator)
{
    bool load = creator->next_fork_is_load;
    creator->next_fork_is_load = false;
    return load;
}

static void tell_of_team(thread *creator, pid_t id)
{
    event *e = event_add(creator, WIRE_TEAM_CREATED);
    if (e)
        e->id = id;
}

static void new_team(thread *creator, pid_t id, bool vfork)
{
    team *from = creator->team;
    if (!is_traced(creator->nub, id)) { /* killed, and gone, before it was known */
        is_load(from);
        tell_of_team(creator, id);
        return;
    }
    bool shared = vfork || shares_memory(from->id, id);
    team *to = team_create(creator->nub, id, shared ? from->space : NULL);
    if (!to)
        return;
    thread *t = adopt(creator->nub, to, id);
    if (!t)
        return;
    if (!shared)
        breakpoint_restore_child(from->space, to->space);
    to->space->debug_state = from->space->debug_state;
    to->space->r_debug = from->space->r_debug;
    to->space->looked_for_rendezvous = from->space->looked_for_rendezvous;
    to->unseen = shared;
    bool load = is_load(from), wanted = wants(from, TEAM_TEAM_CREATION);
    await_child(creator, t, load || (wanted && t->fresh));
    if (load) {
        to->launch = LAUNCH_SEIZED;
        to->loaded_by_debuggee = true;
        if (t->stop != STOP_NONE)
            thread_next(t);
    } else if (wanted) {
        t->hold = HOLD_NEW;
    }
    tell_of_team(creator, id);
    if (!t->hold && !creator->waits_for_child)
        fork_creator_goes_on(creator);
}

void fork_handle(thread *self, stop_kind kind, pid_t created)
{
    thread *t = NULL;
    if (kind != STOP_CLONE || seize_status_field(created, "Tgid", -1) == created) {
        new_team(self, created, kind == STOP_VFORK);
    } else if (is_thread_of(self->team, created)) { /* else it was killed, and is gone */
        t = thread_find(self->nub, created);
        bool asked = t && (t->debug_stop || self->team_stop);
        new_thread(self, created);
        t = asked ? t : NULL;
    }
    if (!self->waits_for_child)
        thread_next(self);
    if (t && t->team && t->stop != STOP_NONE && !t->stopped)
        thread_next(t); /* it was told to stop before it was known: that is answered now */
}

/* debug_thread() on one that a debugger sees in the team's list before its creator has told of it. */
hdbg_status fork_debug_unknown(nub *self, pid_t id)
{
    thread *t = thread_find(self, id);
    const team *of = team_find(self, (pid_t)seize_status_field(id, "Tgid", -1));
    if (!of || !of->debugger || !is_traced(self, id))
        return HDBG_BAD_THREAD_ID;
    if (!t)
        t = fork_new_orphan(self, id);
    if (!t)
        return HDBG_NO_MEMORY;
    t->debug_stop = true;
    return HDBG_OK;
}

/* The new one has had its first stop, a load_image() child has executed, or it has died on the way. */
void fork_child_ready(thread *child)
{
    thread *creator = child->creator ? thread_find(child->nub, child->creator) : NULL;
    child->creator = 0;
    if (!creator || !creator->team || !creator->waits_for_child || creator->created != child->id)
        return;
    creator->waits_for_child = false;
    if (child->team && child->stop != STOP_NONE && wants(creator->team, TEAM_TEAM_CREATION) &&
        child->team->loaded_by_debuggee)
        child->hold |= HOLD_NEW;
    thread_next(creator);
}

/* The event about it is dealt with, or its creator is no more: what it created may run. */
void fork_creator_goes_on(thread *self)
{
    thread *t = self->created ? thread_find(self->nub, self->created) : NULL;
    self->created = 0;
    self->waits_for_child = false;
    if (!t || !t->team)
        return;
    thread_release(t);
}

/* ---- orphans for good ---- */

/* A creator that was killed in that moment, or that an exec has ended, never tells of its child. A new thread
 * ends with its team; another team that has just ended says nothing about it. */
void fork_drop_orphans(nub *self, const team *ended)
{
    thread *following;
    for (thread *t = self->orphans; t; t = following) {
        following = t->next_orphan;
        pid_t process = (pid_t)seize_status_field(t->id, "Tgid", 0);
        pid_t parent = (pid_t)seize_status_field(t->id, "PPid", 0);
        if (process != t->id || (parent != ended->id && team_find(self, parent)))
            continue;
        if (t->stop != STOP_NONE && ptrace(PTRACE_DETACH, t->id, 0, 0) == 0)
            thread_free(t);
    }
}
