/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Teams that were launched by fork and exec, and look as if load_image() had done it: suspended, with nothing
 * to tell.
 *
 * The main thread of such a team stands in the debugger, first in one of the kernel's own. When the real one
 * takes over, the system sends it a HANDED_OVER, and the thread its event again; of both it is not told: they
 * are taken out of its port at once, or, where other messages are before them, when they are read.
 * debug_thread() is answered in the thread's stead, as long as it has not been continued.
 */
#include "kernel/haiku/internal.h"

#include <string.h>

#include <OS.h>
#include <debugger.h>

enum { DUE_HANDOVER = 1, DUE_EVENT = 2, DRAIN_TIME = 1000000, DRAIN_SLICE = 20000 };

/* Codes of messages to the nub. */
enum { CONTINUE_THREAD = 4, OLD_PREPARE_HANDOVER = 15, PREPARE_HANDOVER = 1000 };

/* Locked. */
static void set(haiku_kernel *k, haiku_team *t, bool quiet, int due)
{
    k->quiet_teams += (quiet || due != 0) - (t->quiet || t->due != 0);
    t->quiet = quiet;
    t->due = due;
}

void haiku_hold_take(haiku_kernel *k, haiku_team *t, hdbg_port_id port)
{
    t->debugger_port = port; /* a message may be there before the system's call returns */
    set(k, t, true, DUE_HANDOVER | DUE_EVENT);
}

void haiku_hold_untake(haiku_kernel *k, haiku_team *t)
{
    set(k, t, false, 0);
}

void haiku_hold_end(haiku_team *t)
{
    if (t->held_by >= 0)
        delete_port(t->held_by);
    t->held_by = -1;
}

/* Locked. A message that ends what is known of a team: its own end, or another debugger, which is none of
 * this kernel's. It is not to be let go when this kernel is. */
static bool ends_debugging(const haiku_kernel *k, int32_t code, const void *message, size_t size)
{
    debug_handed_over handed_over;
    if (code == B_DEBUGGER_MESSAGE_TEAM_DELETED)
        return true;
    if (code != B_DEBUGGER_MESSAGE_HANDED_OVER || size < sizeof handed_over)
        return false;
    memcpy(&handed_over, message, sizeof handed_over);
    for (size_t i = 0; i < k->port_count; i++) {
        if (k->ports[i] == handed_over.debugger_port)
            return false;
    }
    return true;
}

bool haiku_hold_swallows(haiku_kernel *k, hdbg_port_id port, int32_t code, const void *message, size_t size)
{
    debug_origin origin;
    int what = 0;
    if (size < sizeof origin)
        return false;
    memcpy(&origin, message, sizeof origin);
    if (code == B_DEBUGGER_MESSAGE_HANDED_OVER)
        what = DUE_HANDOVER;
    else if (code == B_DEBUGGER_MESSAGE_IMAGE_CREATED && origin.thread == origin.team)
        what = DUE_EVENT;
    pthread_mutex_lock(&k->lock);
    haiku_team *t = haiku_team_find(k, origin.team, false);
    bool ours = t != NULL && t->debugger_port == port;
    bool swallowed = ours && (t->due & what) != 0;
    if (swallowed) /* the HANDED_OVER comes first, or is lost */
        set(k, t, t->quiet, what == DUE_HANDOVER ? t->due & ~DUE_HANDOVER : 0);
    else if (ours && ends_debugging(k, code, message, size))
        haiku_team_lose(k, t);
    pthread_mutex_unlock(&k->lock);
    return swallowed;
}

static int due_of(haiku_kernel *k, hdbg_team_id team)
{
    pthread_mutex_lock(&k->lock);
    haiku_team *t = haiku_team_find(k, team, false);
    int due = t != NULL ? t->due : 0;
    pthread_mutex_unlock(&k->lock);
    return due;
}

/* What can only be seen of the next message is its size. One that was taken by mistake, as another thread
 * reads the port, too, goes back: events of different threads have no order. @return whether to go on. */
static bool drain_one(haiku_kernel *k, hdbg_port_id port, int due)
{
    union {
        debug_handed_over handed_over;
        debug_image_created image_created;
        char all[sizeof(debug_debugger_message_data)];
    } message;
    int32 code;
    ssize_t size = port_buffer_size_etc(port, B_RELATIVE_TIMEOUT, DRAIN_SLICE);
    if (size == B_TIMED_OUT || size == B_INTERRUPTED)
        return true;
    bool fits = ((due & DUE_HANDOVER) != 0 && size == (ssize_t)sizeof message.handed_over) ||
                size == (ssize_t)sizeof message.image_created;
    if (!fits)
        return false;
    size = read_port_etc(port, &code, &message, sizeof message, B_RELATIVE_TIMEOUT, 0);
    if (size < 0 || haiku_hold_swallows(k, port, code, &message, (size_t)size))
        return true;
    haiku_port_write(k, port, code, &message, (size_t)size, HAIKU_NUB_PATIENCE);
    return false;
}

void haiku_hold_drain(haiku_kernel *k, hdbg_team_id team, hdbg_port_id port)
{
    const bigtime_t end = system_time() + DRAIN_TIME;
    int due = due_of(k, team);
    while (due != 0 && system_time() < end && drain_one(k, port, due))
        due = due_of(k, team);
}

void haiku_hold_message(haiku_kernel *k, hdbg_port_id nub, int32_t code, const void *message, size_t size)
{
    thread_id thread;
    if (code != CONTINUE_THREAD && code != PREPARE_HANDOVER && code != OLD_PREPARE_HANDOVER)
        return;
    pthread_mutex_lock(&k->lock);
    for (haiku_team *t = k->teams; t != NULL; t = t->next) {
        if (!t->quiet || t->nub_port != nub)
            continue;
        if (code != CONTINUE_THREAD)
            set(k, t, false, t->due);
        else if (size >= sizeof thread && memcmp(message, &t->team, sizeof thread) == 0)
            set(k, t, false, t->due);
    }
    pthread_mutex_unlock(&k->lock);
}

bool haiku_hold_answers(haiku_kernel *k, hdbg_thread_id thread)
{
    debug_thread_debugged answer;
    pthread_mutex_lock(&k->lock);
    haiku_team *t = haiku_team_find(k, thread, false);
    bool quiet = t != NULL && t->quiet;
    hdbg_port_id port = quiet ? t->debugger_port : -1;
    if (quiet) {
        answer.origin = (debug_origin){thread, thread, t->nub_port};
        set(k, t, false, t->due);
    }
    pthread_mutex_unlock(&k->lock);
    return quiet && haiku_port_write(k, port, B_DEBUGGER_MESSAGE_THREAD_DEBUGGED, &answer, sizeof answer,
                                     HAIKU_NUB_PATIENCE) == HDBG_OK;
}

bool haiku_hold_is_quiet(haiku_kernel *k, hdbg_thread_id thread)
{
    pthread_mutex_lock(&k->lock);
    haiku_team *t = haiku_team_find(k, thread, false);
    bool quiet = t != NULL && (t->quiet || t->held_by >= 0);
    pthread_mutex_unlock(&k->lock);
    return quiet;
}
