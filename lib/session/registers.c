/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The cache of a stopped thread's processor state: asked for once a stop, or known from the event. Where the
 * kernel can, many threads' are asked for at once.
 */
#include "session/types.h"

#include "arch/step.h"

#include <stdlib.h>

enum { READ_AT_ONCE = 16, READ_GROWTH = 8 };

/* The nub's answer about a thread, as the caller is told. */
static hdbg_status thread_nub_status(hdbg_thread *thread, hdbg_status status, const char *what)
{
    switch (status) {
    case HDBG_OK:
        return HDBG_OK;
    case HDBG_BAD_THREAD_ID:
        return hdbg_fail(HDBG_THREAD_GONE, "cannot %s thread %d: it has ended", what, (int)thread->id);
    case HDBG_BAD_PORT_ID:
        return team_nub_status(thread->team, status);
    default:
        return hdbg_fail(status, "cannot %s thread %d: %s", what, (int)thread->id, hdbg_last_error());
    }
}

/* ---- what is kept ---- */

void thread_cpu_drop(hdbg_thread *thread)
{
    if (thread->cpu != NULL)
        thread->team->session->cpu_of[thread->cpu_place] = NULL;
    free(thread->cpu);
    thread->cpu = NULL;
    thread->cpu_known = false;
}

/* Room for one more, the oldest one's if need be. */
static void make_room(hdbg_thread *thread)
{
    hdbg_session *session = thread->team->session;
    hdbg_thread **place = &session->cpu_of[session->cpu_next];
    if (*place != NULL) {
        thread->cpu = (*place)->cpu;
        (*place)->cpu = NULL;
        (*place)->cpu_known = false;
        *place = NULL;
    } else {
        thread->cpu = malloc(sizeof *thread->cpu);
    }
    if (thread->cpu == NULL)
        return;
    *place = thread;
    thread->cpu_place = session->cpu_next;
    session->cpu_next = (session->cpu_next + 1) % CPUS_KEPT;
}

void thread_cpu_keep(hdbg_thread *thread, const hdbg_cpu_state *state)
{
    if (thread->cpu == NULL)
        make_room(thread);
    thread->cpu_known = thread->cpu != NULL;
    if (thread->cpu != NULL)
        *thread->cpu = *state;
}

void thread_cpu_clean(const hdbg_thread *thread, hdbg_cpu_state *state)
{
    int32_t type = thread->stop.type;
    if (type == HDBG_EVENT_BREAKPOINT_HIT || type == HDBG_EVENT_WATCHPOINT_HIT ||
        type == HDBG_EVENT_SINGLE_STEP)
        arch_step_clear_trap_flag(state);
}

/* ---- reading ---- */

/* Whose registers are read at once, and at which stop. */
typedef struct asked_thread {
    hdbg_thread *thread; /* a reference */
    uint64_t stop_count;
} asked_thread;

/* What was read is good for as long as it is the same stop, and nobody has written others meanwhile. Locked.
 */
static void remember_cpu(hdbg_thread *thread, uint64_t stop_count, const hdbg_cpu_state *state)
{
    if (thread->state != HDBG_THREAD_STOPPED || thread->stop_count != stop_count || thread->cpu_known)
        return;
    thread_cpu_keep(thread, state);
}

static void remember_extra(hdbg_thread *thread, uint64_t stop_count, const hdbg_extra_registers *registers)
{
    if (thread->state != HDBG_THREAD_STOPPED || thread->stop_count != stop_count || thread->extra_known)
        return;
    thread->extra = *registers;
    thread->extra_known = true;
}

/* Who asks for one thread's registers after another wants them all: each time more are read at once. Locked.
 */
static size_t count_at_once(hdbg_team *team)
{
    if (team->session->kernel->ops->thread_registers == NULL)
        return 1;
    if (team->read_at != team->continues || team->read_next == 0)
        team->read_next = 1;
    size_t count = team->read_next;
    team->read_at = team->continues;
    team->read_next = count * READ_GROWTH < READ_AT_ONCE ? count * READ_GROWTH : READ_AT_ONCE;
    return count;
}

/* The thread and those behind it whose registers are not known. Locked. */
static size_t collect(hdbg_thread *first, asked_thread *asked, size_t room)
{
    size_t count = 0;
    hdbg_thread *thread = first;
    do {
        if (thread->state == HDBG_THREAD_STOPPED && !thread->missing && !thread->cpu_known)
            asked[count++] = (asked_thread){hdbg_thread_retain(thread), thread->stop_count};
        thread = thread->next != NULL ? thread->next : first->team->threads;
    } while (thread != first && thread != NULL && count < room);
    return count;
}

/* Reads the registers of a stopped thread and of others, for those that ask next. What fails is left to who
 * asks for it alone. */
static void read_ahead(hdbg_thread *first, size_t room)
{
    hdbg_session *session = first->team->session;
    hdbg_thread_registers *registers = calloc(room, sizeof *registers);
    asked_thread *asked = calloc(room, sizeof *asked);
    size_t count = 0;
    if (registers == NULL || asked == NULL)
        goto done;
    pthread_mutex_lock(&session->lock);
    if (first->listed)
        count = collect(first, asked, room);
    pthread_mutex_unlock(&session->lock);
    for (size_t i = 0; i < count; i++) {
        registers[i].thread = asked[i].thread->id;
        registers[i].extra.size = sizeof registers[i].extra;
    }
    bool read =
        count != 0 && KERNEL(session->kernel, thread_registers, first->team->id, registers, count) == HDBG_OK;
    pthread_mutex_lock(&session->lock);
    for (size_t i = 0; i < count; i++) {
        if (read && registers[i].status == HDBG_OK) {
            thread_cpu_clean(asked[i].thread, &registers[i].cpu_state);
            remember_cpu(asked[i].thread, asked[i].stop_count, &registers[i].cpu_state);
            remember_extra(asked[i].thread, asked[i].stop_count, &registers[i].extra);
        }
        thread_unref(asked[i].thread);
    }
    pthread_mutex_unlock(&session->lock);
done:
    free(registers);
    free(asked);
}

hdbg_status thread_cpu_state_get(hdbg_thread *thread, hdbg_cpu_state *state)
{
    hdbg_team *team = thread->team;
    pthread_mutex_t *lock = &team->session->lock;
    hdbg_nub *nub = NULL;
    size_t at_once = 1;
    pthread_mutex_lock(lock);
    hdbg_status status = thread_check_stopped(thread, "read the registers of");
    bool known = status == HDBG_OK && thread->cpu_known;
    uint64_t stop_count = thread->stop_count;
    if (known) {
        *state = *thread->cpu;
    } else if (status == HDBG_OK) {
        nub = team_nub_use(team);
        at_once = count_at_once(team);
    }
    pthread_mutex_unlock(lock);
    if (status != HDBG_OK || known)
        return status;
    if (nub == NULL)
        return hdbg_fail(HDBG_BUSY, "cannot read the registers of thread %d: its team is being attached",
                         (int)thread->id);

    if (at_once > 1) {
        read_ahead(thread, at_once);
        pthread_mutex_lock(lock);
        known = thread->cpu_known && thread->stop_count == stop_count;
        if (known)
            *state = *thread->cpu;
        pthread_mutex_unlock(lock);
    }
    if (!known)
        status = hdbg_nub_get_cpu_state(nub, thread->id, NULL, state);
    team_nub_release(team);
    if (status != HDBG_OK)
        return thread_nub_status(thread, status, "read the registers of");

    pthread_mutex_lock(lock);
    if (!known)
        thread_cpu_clean(thread, state);
    remember_cpu(thread, stop_count, state);
    if (thread->cpu_known && thread->stop_count == stop_count)
        *state = *thread->cpu;
    pthread_mutex_unlock(lock);
    return HDBG_OK;
}

/* ---- writing ---- */

hdbg_status thread_cpu_state_set(hdbg_thread *thread, const hdbg_cpu_state *state)
{
    hdbg_team *team = thread->team;
    pthread_mutex_t *lock = &team->session->lock;
    hdbg_nub *nub = NULL;
    pthread_mutex_lock(lock);
    hdbg_status status = thread_check_stopped(thread, "set the registers of");
    uint64_t stop_count = thread->stop_count;
    if (status == HDBG_OK && state->arch != (uint32_t)team->arch)
        status = hdbg_fail(
            HDBG_BAD_VALUE, "cannot set the registers of thread %d: they are those of a %s, not a %s",
            (int)thread->id, hdbg_arch_name((hdbg_arch)state->arch), hdbg_arch_name((hdbg_arch)team->arch));
    if (status == HDBG_OK)
        nub = team_nub_use(team);
    pthread_mutex_unlock(lock);
    if (status != HDBG_OK)
        return status;
    if (nub == NULL)
        return hdbg_fail(HDBG_BUSY, "cannot set the registers of thread %d: its team is being attached",
                         (int)thread->id);

    status = hdbg_nub_set_cpu_state(nub, thread->id, state);
    team_nub_release(team);
    if (status != HDBG_OK)
        return thread_nub_status(thread, status, "set the registers of");
    pthread_mutex_lock(lock);
    if (thread->state == HDBG_THREAD_STOPPED && thread->stop_count == stop_count) {
        thread_cpu_keep(thread, state);
        thread->extra_known = false; /* the kernel may tie them to the others */
    }
    pthread_mutex_unlock(lock);
    return HDBG_OK;
}

/* ---- registers beyond ---- */

/* The kernel's answer, as the caller is told. */
static hdbg_status thread_kernel_status(hdbg_thread *thread, hdbg_status status)
{
    if (status == HDBG_BAD_THREAD_ID)
        return hdbg_fail(HDBG_THREAD_GONE, "cannot ask thread %d: it has ended", (int)thread->id);
    return status;
}

hdbg_status thread_extra_get(hdbg_thread *thread, hdbg_extra_registers *registers)
{
    hdbg_session *session = thread->team->session;
    hdbg_kernel *kernel = session->kernel;
    pthread_mutex_lock(&session->lock);
    hdbg_status status = thread_check_stopped(thread, "read the registers of");
    bool known = status == HDBG_OK && thread->extra_known;
    uint64_t stop_count = thread->stop_count;
    if (known)
        *registers = thread->extra;
    pthread_mutex_unlock(&session->lock);
    if (status != HDBG_OK || known)
        return status;
    if (kernel->ops->extra_registers == NULL)
        return HDBG_NOT_SUPPORTED;

    *registers = (hdbg_extra_registers){.size = sizeof *registers};
    status = KERNEL(kernel, extra_registers, thread->id, registers);
    if (status != HDBG_OK)
        return thread_kernel_status(thread, status);
    pthread_mutex_lock(&session->lock);
    remember_extra(thread, stop_count, registers);
    pthread_mutex_unlock(&session->lock);
    return HDBG_OK;
}

hdbg_status thread_extra_set(hdbg_thread *thread, const hdbg_extra_registers *registers)
{
    hdbg_session *session = thread->team->session;
    hdbg_kernel *kernel = session->kernel;
    pthread_mutex_lock(&session->lock);
    hdbg_status status = thread_check_stopped(thread, "set the registers of");
    pthread_mutex_unlock(&session->lock);
    if (status != HDBG_OK)
        return status;
    if (kernel->ops->set_extra_registers == NULL)
        return HDBG_NOT_SUPPORTED;
    status = KERNEL(kernel, set_extra_registers, thread->id, registers);
    pthread_mutex_lock(&session->lock);
    thread->extra_known = false;
    pthread_mutex_unlock(&session->lock);
    return thread_kernel_status(thread, status);
}
