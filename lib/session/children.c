/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Children of debugged teams: followed or let go, while the parent still stands in its TEAM_CREATED.
 *
 * A fork copies the software breakpoints of its parent, which the child's nub knows nothing of. They are
 * taken out of every child. Whether a child is such a copy, and not another program, is told by the bytes
 * around the breakpoint.
 */
#include "session/types.h"

#include "arch/step.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW = 16 };

/* The addresses at which the parent has breakpoints; freed with free(). */
static hdbg_address *collect_marks(hdbg_team *parent, size_t *count)
{
    pthread_mutex_lock(&parent->session->lock);
    *count = parent->breakpoints.count;
    hdbg_address *addresses = *count != 0 ? malloc(*count * sizeof *addresses) : NULL;
    if (addresses == NULL)
        *count = 0;
    for (size_t i = 0; i < *count; i++)
        addresses[i] = parent->breakpoints.marks[i].address;
    pthread_mutex_unlock(&parent->session->lock);
    return addresses;
}

/* Whether the child's bytes are the parent's, but for the instruction that breakpoints are made of. */
static bool is_copy(const uint8_t *parent, const uint8_t *child, size_t size, const arch_trap *trap)
{
    size_t same = 0;
    for (size_t i = trap->size; i < size; i++) {
        if (parent[i] == child[i])
            same++;
        else if (memchr(trap->bytes, child[i], trap->size) == NULL)
            return false;
    }
    return same > 0;
}

static void clean_one(hdbg_nub *parent, hdbg_nub *child, hdbg_address address, const arch_trap *trap)
{
    uint8_t original[WINDOW], copied[WINDOW];
    size_t size, copied_size, written;
    if (hdbg_nub_read_memory(parent, address, original, WINDOW, &size) != HDBG_OK ||
        hdbg_nub_read_memory(child, address, copied, WINDOW, &copied_size) != HDBG_OK)
        return;
    if (copied_size < size)
        size = copied_size;
    if (size < trap->size || memcmp(copied, trap->bytes, trap->size) != 0 ||
        memcmp(original, trap->bytes, trap->size) == 0)
        return;
    if (is_copy(original, copied, size, trap))
        hdbg_nub_write_memory(child, address, original, trap->size, &written);
}

/* Takes the copies of the parent's breakpoints out of the child. */
static void clean(hdbg_team *parent, hdbg_nub *child)
{
    arch_trap trap;
    if (!arch_step_trap((hdbg_arch)parent->arch, &trap))
        return;
    size_t count;
    hdbg_address *addresses = collect_marks(parent, &count);
    hdbg_status status;
    hdbg_nub *nub = count != 0 ? team_nub_acquire(parent, &status) : NULL;
    if (nub != NULL) {
        for (size_t i = 0; i < count; i++)
            clean_one(nub, child, addresses[i], &trap);
        team_nub_release(parent);
    }
    free(addresses);
}

/* The child runs undebugged. If it may carry breakpoints, its nub is installed for as long as it takes to
 * remove them. */
static void let_child_go(hdbg_team *parent, hdbg_team_id id)
{
    hdbg_session *session = parent->session;
    pthread_mutex_lock(&session->lock);
    bool marked = parent->breakpoints.count != 0;
    pthread_mutex_unlock(&session->lock);
    if (!marked)
        return;

    hdbg_nub *nub = NULL;
    hdbg_port_id port = KERNEL(session->kernel, install_team_debugger, id, session->port);
    hdbg_status status = port >= 0 ? HDBG_OK : port;
    if (status == HDBG_OK)
        status = hdbg_nub_open(session->kernel, port, id, (hdbg_arch)parent->arch, &nub);
    if (status == HDBG_OK) {
        hdbg_nub_set_timeout(nub, session->request_timeout);
        clean(parent, nub);
    } else {
        session_log(session, HDBG_LOG_WARNING,
                    "breakpoints cannot be taken out of team %d, a child of %d: %s", (int)id, (int)parent->id,
                    hdbg_last_error());
    }
    if (port >= 0)
        KERNEL(session->kernel, remove_team_debugger, id);
    hdbg_nub_close(nub);
}

/* Attaches to the child and asks it to stop; it does before its event is handed out (queue.c). */
static hdbg_status follow_child(hdbg_team *parent, hdbg_team *child)
{
    hdbg_session *session = parent->session;
    pthread_mutex_lock(&session->lock);
    child->wanted = parent->wanted;
    child->follow = parent->follow;
    hdbg_status status = team_list(child);
    pthread_mutex_unlock(&session->lock);
    if (status == HDBG_OK)
        status = attach_connect(child);
    if (status != HDBG_OK)
        return status;

    hdbg_nub *nub = team_nub_acquire(child, &status);
    if (nub == NULL)
        return status;
    clean(parent, nub);
    pthread_mutex_lock(&session->lock);
    hdbg_thread *thread = thread_get(child, child->id);
    if (thread != NULL)
        thread->stop_asked = true;
    pthread_mutex_unlock(&session->lock);
    status = KERNEL(session->kernel, debug_thread, child->id);
    team_nub_release(child);
    return status;
}

void children_note_loan(hdbg_thread *thread, hdbg_event *event)
{
    hdbg_session *session = thread->team->session;
    const hdbg_kernel_ops *ops = session->kernel->ops;
    hdbg_team_id child = event->data.data.new_team;
    event->borrows =
        ops->shares_memory != NULL && KERNEL(session->kernel, shares_memory, thread->team->id, child) != 0;
    pthread_mutex_lock(&session->lock);
    thread->lends_to = event->borrows ? child : 0;
    pthread_mutex_unlock(&session->lock);
}

hdbg_team *children_created(hdbg_team *parent, hdbg_team_id id)
{
    hdbg_session *session = parent->session;
    pthread_mutex_lock(&session->lock);
    bool follow = parent->follow == HDBG_FOLLOW_CHILD && parent->listed;
    pthread_mutex_unlock(&session->lock);
    if (!follow) {
        let_child_go(parent, id);
        return NULL;
    }

    hdbg_team *child = team_new(session, id);
    if (child == NULL)
        return NULL;
    if (follow_child(parent, child) == HDBG_OK)
        return child;
    session_log(session, HDBG_LOG_WARNING, "team %d, a child of %d, cannot be followed: %s", (int)id,
                (int)parent->id, hdbg_last_error());
    attach_undo(child);
    hdbg_team_release(child);
    return NULL;
}
