/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Children. A forked one stands, unknown to the client, until its fork is told; then the client lets it go or
 * debugs it. One that was made by vfork() runs in its parent's memory until it executes a program or ends:
 * that long it has the breakpoints, and its parent none, and that long the server keeps it, even if the
 * client has let it go, to tell when its parent's thread goes on (vforkdone).
 */
#include "server.h"

struct inferior *follow_child(struct server *server, const hdbg_event *event)
{
    hdbg_team *team = hdbg_event_child(event);
    struct inferior *child = team != NULL ? inferior_find(server, hdbg_team_id_of(team)) : NULL;
    return child != NULL && child->team == team ? child : NULL;
}

void follow_created(struct task *parent, const hdbg_event *event)
{
    struct inferior *from = parent->inferior;
    hdbg_team *team = hdbg_event_child(event);
    if (team == NULL)
        return;
    struct inferior *child = inferior_add(from->server, hdbg_team_retain(team), from);
    if (child == NULL)
        return;
    child->borrows = hdbg_event_child_borrows(event) != 0;
    points_inherit(child, from);
    if (!child->borrows)
        return;
    from->vforked = parent->id;
    from->vfork_done = false;
    syscalls_choose_events(from);
    points_lift(from);
}

void follow_told(struct server *server, const hdbg_event *event)
{
    struct inferior *child = follow_child(server, event);
    if (child != NULL)
        child->hidden = false;
}

void follow_detach_hidden(struct server *server, const struct inferior *parent)
{
    for (struct inferior *child = server->inferiors, *next; child != NULL; child = next) {
        next = child->next;
        if (!child->hidden || child->let_go || (parent != NULL && child->parent != parent->pid))
            continue;
        hdbg_team_detach(child->team);
        child->gone = true;
        follow_through(server, child);
        inferior_remove(server, child);
    }
}

/* ---- the end of a loan ---- */

/* That its vfork() is through is told by the thread that called it: it stops as soon as it is back. */
void follow_ask(struct task *task)
{
    struct inferior *inferior = task->inferior;
    if (inferior->vforked != task->id || inferior->vfork_done || !inferior->server->client.vfork_events)
        return;
    task->asked = ASKED_VFORK_DONE;
    hdbg_thread_request_stop(task->thread);
}

/* It is back: its child has other memory now, or none, though that child's event may still be under way. What
 * that one had set in the memory would be in the way. */
void follow_back(struct inferior *parent)
{
    struct inferior *child = parent->server->inferiors;
    for (; child != NULL; child = child->next) {
        if (!child->borrows || child->parent != parent->pid)
            continue;
        points_clear_all(child);
        child->borrows = false;
    }
    parent->vfork_done = false;
    parent->vforked = 0;
    syscalls_choose_events(parent);
}

void follow_through(struct server *server, struct inferior *child)
{
    struct inferior *parent = inferior_find(server, child->parent);
    if (!child->borrows)
        return;
    child->borrows = false;
    if (parent == NULL || parent->gone || parent->vforked == 0)
        return;
    const struct task *task = task_find(server, parent->vforked);
    if (!server->client.vfork_events) {
        parent->vforked = 0;
        syscalls_choose_events(parent);
        points_settle(parent);
    } else if (task == NULL || task->asked != ASKED_VFORK_DONE) {
        parent->vfork_done = true; /* it stands: told when it is to go on */
    }
}

/* ---- let go before that ---- */

bool follow_lend(struct server *server, struct inferior *child)
{
    if (!child->borrows || child->gone)
        return false;
    points_clear_all(child);
    child->let_go = child->hidden = true;
    inferior_choose_events(server, child);
    nonstop_forget(server, child->pid, 0);
    for (size_t i = 0; i < child->task_count; i++) {
        hdbg_event_release(child->tasks[i]->pending);
        child->tasks[i]->pending = NULL;
        hdbg_thread_resume(child->tasks[i]->thread, NULL);
    }
    if (server->current == child)
        inferior_choose(server, inferior_next(server, NULL));
    return true;
}

void follow_let_go(struct server *server, struct inferior *child, hdbg_event *event)
{
    bool through = hdbg_event_type_of(event) == HDBG_EVENT_TEAM_EXEC;
    hdbg_thread *thread = hdbg_event_is_stop(event) ? hdbg_event_thread(event) : NULL;
    if (through) {
        hdbg_team_detach(child->team);
        child->gone = true;
        follow_through(server, child);
        inferior_remove(server, child);
    } else if (thread != NULL) {
        hdbg_thread_resume(thread, NULL);
    }
    hdbg_event_release(event);
}
