/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Resuming threads with any signal: which messages that takes, for each way in which the nub holds a thread.
 *
 *     the nub holds it for   no signal      the signal it holds           another signal
 *     nothing (faked)        HANDLE_EVENT   mute it, send it,             mute it, send it, HANDLE_EVENT
 *                                           HANDLE_EVENT
 *     a forecasted signal    IGNORE_EVENT   mute it, HANDLE_EVENT         mute it, send it, IGNORE_EVENT
 *     an actual signal       IGNORE_EVENT   HANDLE_EVENT                  mute it, send it, IGNORE_EVENT
 *
 * Muted is "in ignore_once": otherwise the signal would stop the thread again. After
 * hdbg_thread_state_restore(), and after a step that was done without the nub, what the nub holds the thread
 * for is not what its stop tells; the signal of the stop is "another signal" then. So it is where details
 * were set for it.
 */
#include "base/structs.h"
#include "session/types.h"

#include <stdlib.h>
#include <string.h>

/* ---- the messages ---- */

static hdbg_status mute(hdbg_thread *thread, hdbg_nub *nub, int32_t signal)
{
    return hdbg_nub_set_signal_masks(nub, thread->id, 0, HDBG_MASK_OR, HDBG_SIGNAL_MASK(signal),
                                     HDBG_MASK_OR);
}

/* Whether a signal comes with details that the caller has set. */
static bool has_details(const hdbg_thread *thread, int32_t signal)
{
    return signal != 0 && thread->given_signal == signal;
}

static hdbg_status send(hdbg_thread *thread, int32_t signal)
{
    hdbg_kernel *kernel = thread->team->session->kernel;
    hdbg_status status = has_details(thread, signal) ? KERNEL(kernel, send_signal_info, thread->id, signal,
                                                              thread->given_info, thread->given_size)
                                                     : KERNEL(kernel, send_signal, thread->id, signal);
    if (status != HDBG_OK)
        return hdbg_fail(status, "cannot send %s to thread %d: %s", hdbg_signal_name(signal), (int)thread->id,
                         hdbg_last_error());
    return HDBG_OK;
}

static hdbg_address exchange_trap(hdbg_thread *thread, hdbg_address trap)
{
    pthread_mutex_lock(&thread->team->session->lock);
    hdbg_address old = thread->trap;
    thread->trap = trap;
    pthread_mutex_unlock(&thread->team->session->lock);
    return old;
}

/* A step with a signal that goes to a handler is lost by Haiku: a breakpoint at the handler ends it. */
static void set_handler_trap(hdbg_thread *thread, hdbg_nub *nub, int32_t signal, bool held)
{
    hdbg_signal_handler handler = {.handler = HDBG_SIGNAL_DEFAULT};
    if (held)
        handler = thread->stop.handler;
    else if (hdbg_nub_get_signal_handler(nub, signal, &handler) != HDBG_OK)
        return;
    if (handler.handler == HDBG_SIGNAL_DEFAULT || handler.handler == HDBG_SIGNAL_IGNORE)
        return;
    if (thread->trap == handler.handler)
        return; /* the signal is the second in the same step */
    hdbg_address old = exchange_trap(thread, 0);
    if (old != 0)
        trap_clear(thread->team, nub, old);
    if (trap_set(thread->team, nub, handler.handler) != HDBG_OK) {
        session_log(thread->team->session, HDBG_LOG_WARNING,
                    "a step of thread %d into a handler will be lost: %s", (int)thread->id,
                    hdbg_last_error());
    } else {
        exchange_trap(thread, handler.handler);
    }
}

/* As CONTINUE_THREAD, which is not answered: of a thread, or a team, that was killed meanwhile its end tells.
 */
static hdbg_status step_range(hdbg_thread *thread, uint32_t how, hdbg_address low, hdbg_address high)
{
    hdbg_team *team = thread->team;
    hdbg_status status = KERNEL(team->session->kernel, step_range, team->id, thread->id, how, low, high);
    if (status == HDBG_BAD_THREAD_ID || status == HDBG_BAD_THREAD_STATE)
        return HDBG_OK;
    return status == HDBG_BAD_TEAM_ID ? HDBG_BAD_PORT_ID : status;
}

/* Sends what the table above says. */
static hdbg_status send_messages(hdbg_thread *thread, hdbg_nub *nub, int32_t signal, bool step)
{
    bool faked = thread->nub_state == HDBG_SIGNAL_FAKED;
    bool held = !faked && thread->nub_same && signal == thread->nub_signal && signal != 0 &&
                !has_details(thread, signal);
    bool sent = signal != 0 && !held;
    uint32_t how = faked || held ? HDBG_HANDLE_EVENT : HDBG_IGNORE_EVENT;
    hdbg_status status = HDBG_OK;
    if (step && signal != 0 && !(held && thread->nub_state == HDBG_SIGNAL_FORECASTED))
        set_handler_trap(thread, nub, signal, held);
    if (sent || (held && thread->nub_state == HDBG_SIGNAL_FORECASTED))
        status = mute(thread, nub, signal);
    if (status == HDBG_OK && sent)
        status = send(thread, signal);
    if (status != HDBG_OK)
        return status;

    hdbg_team *team = thread->team;
    pthread_mutex_lock(&team->session->lock);
    if (held && thread->stop.deadly)
        team->deadly_signal = signal;
    thread->stepping = step;
    team->continues++;
    hdbg_kernel *kernel = team->session->kernel;
    /* A step that needs a hand at its end is made alone. */
    bool on = step && thread->high != 0 && thread->trap == 0 && thread->mended_pc == 0 &&
              kernel->ops->step_range != NULL;
    hdbg_address low = thread->low, high = thread->high;
    pthread_mutex_unlock(&team->session->lock);
    return on ? step_range(thread, how, low, high) : hdbg_nub_continue_thread(nub, thread->id, how, step);
}

/* ---- the resume ---- */

/* It stands again: something went wrong, or the step is done already. */
static void stand(hdbg_thread *thread, const resume_plan *plan)
{
    hdbg_session *session = thread->team->session;
    pthread_mutex_lock(&session->lock);
    if (thread->state == HDBG_THREAD_RUNS && thread->team->state == HDBG_TEAM_LIVE) {
        int32_t nub_state = thread->nub_state, nub_signal = thread->nub_signal;
        bool same = thread->nub_same;
        if (plan->synthesized) {
            hdbg_nub_event data = {.type = plan->type,
                                   .thread = thread->id,
                                   .team = thread->team->id,
                                   .nub_port = thread->team->nub_port};
            data.data.cpu_state = *plan->cpu;
            bookkeeping_stop_enter(thread, &data);
            thread->nub_state = nub_state;
            thread->nub_signal = nub_signal;
            thread->nub_same = same && nub_state == HDBG_SIGNAL_FAKED;
            session->unstopped -= thread->stop_told;
            thread->stop_asked = thread->stop_told = false;
            queue_put_own(thread->team, thread, &data, true);
            session_kick(session);
            if (!session->waiting)
                session_descriptor_update(session);
        } else {
            thread->state = HDBG_THREAD_STOPPED;
        }
        thread->stepping = false;
        pthread_cond_broadcast(&session->changed);
    }
    pthread_mutex_unlock(&session->lock);
}

/* Whether a step that the library did itself is followed by another one. */
static bool steps_on(hdbg_thread *thread, const resume_plan *plan)
{
    if (!plan->synthesized || !plan->step)
        return false;
    hdbg_address pc = hdbg_cpu_state_role(plan->cpu, HDBG_ROLE_PC);
    pthread_mutex_lock(&thread->team->session->lock);
    const code_mark *mark = mark_find(&thread->team->breakpoints, pc);
    bool on = pc >= thread->low && pc < thread->high && (mark == NULL || !mark->is_user) &&
              thread->team->state == HDBG_TEAM_LIVE && !thread->stop_asked && !thread->stop_told;
    pthread_mutex_unlock(&thread->team->session->lock);
    return on;
}

hdbg_status resume_claimed(hdbg_thread *thread, hdbg_nub *nub, int32_t signal, bool step)
{
    resume_plan plan;
    hdbg_cpu_state cpu;
    hdbg_status status;
    do {
        plan = (resume_plan){.signal = signal, .step = step};
        status = step_prepare(thread, nub, &plan, &cpu);
        signal = plan.signal;
    } while (status == HDBG_OK && steps_on(thread, &plan));
    if (status == HDBG_OK && !plan.synthesized)
        status = send_messages(thread, nub, plan.signal, step);
    if (status != HDBG_OK || plan.synthesized)
        stand(thread, &plan);
    return status;
}

int32_t resume_own_signal(const hdbg_thread *thread, bool by_policy)
{
    if (thread->discarded || thread->stop.signal_state == HDBG_SIGNAL_FAKED)
        return 0;
    uint32_t policy = session_policy(thread->team->session, thread->stop.signal);
    bool unseen_fault =
        thread->stop.signal_state == HDBG_SIGNAL_FORECASTED && (policy & HDBG_SIGNAL_STOP) == 0;
    if (by_policy && (policy & HDBG_SIGNAL_PASS) == 0 && !unseen_fault)
        return 0;
    return thread->stop.signal;
}

/* Claims a stopped thread: nobody else may resume it or ask for its registers. Locked. */
static void claim(hdbg_thread *thread)
{
    thread->state = HDBG_THREAD_RUNS;
}

/* A thread that waits in vfork() has been asked to stop, and could not yet: it is not to, now. Locked. */
static bool take_request_back(hdbg_thread *thread)
{
    bool waits = thread->state == HDBG_THREAD_RUNS && thread_waits_in_vfork(thread);
    if (waits) {
        thread->stop_asked = false;
        thread->stop_void = true;
    }
    return waits;
}

static hdbg_status resume(hdbg_thread *thread, const hdbg_resume *how, hdbg_address low, hdbg_address high)
{
    if (how->signal != HDBG_SIGNAL_AS_STOPPED && (how->signal < 0 || how->signal > HDBG_SIGNAL_MAX))
        return hdbg_fail(HDBG_BAD_VALUE, "cannot resume thread %d with signal %d: there is none",
                         (int)thread->id, (int)how->signal);

    hdbg_team *team = thread->team;
    hdbg_nub *nub = NULL;
    int32_t signal = how->signal;
    pthread_mutex_lock(&team->session->lock);
    if (thread->listed && take_request_back(thread)) {
        pthread_mutex_unlock(&team->session->lock);
        return HDBG_OK;
    }
    hdbg_status status = thread_check_stopped(thread, how->step ? "step" : "resume");
    if (status == HDBG_OK) {
        nub = team_nub_use(team);
        if (nub == NULL)
            status =
                hdbg_fail(HDBG_BUSY, "cannot resume thread %d: its team is being attached", (int)thread->id);
    }
    if (status == HDBG_OK) {
        if (signal == HDBG_SIGNAL_AS_STOPPED)
            signal = resume_own_signal(thread, true);
        thread->low = low;
        thread->high = high;
        claim(thread);
    }
    pthread_mutex_unlock(&team->session->lock);
    if (status != HDBG_OK)
        return status;
    status = resume_claimed(thread, nub, signal, how->step != 0);
    team_nub_release(team);
    return status == HDBG_OK ? HDBG_OK : team_nub_status(team, status);
}

hdbg_status hdbg_thread_resume(hdbg_thread *thread, const hdbg_resume *how)
{
    hdbg_resume known = {sizeof known, 0, HDBG_SIGNAL_AS_STOPPED};
    hdbg_status status = how != NULL ? hdbg_struct_take(&known, sizeof known, how, "hdbg_resume") : HDBG_OK;
    return status == HDBG_OK ? resume(thread, &known, 0, 0) : status;
}

static const hdbg_resume kStep = {sizeof kStep, 1, HDBG_SIGNAL_AS_STOPPED};

hdbg_status hdbg_thread_step(hdbg_thread *thread)
{
    return resume(thread, &kStep, 0, 0);
}

hdbg_status hdbg_thread_step_range(hdbg_thread *thread, hdbg_address low, hdbg_address high)
{
    return resume(thread, &kStep, low, high);
}

/* A stopped thread whose event was handed out, with a reference, claimed; NULL if there is none. */
static hdbg_thread *claim_next(hdbg_team *team, uint64_t before, int32_t *signal)
{
    pthread_mutex_lock(&team->session->lock);
    hdbg_thread *found = NULL;
    for (hdbg_thread *thread = team->threads; thread != NULL && found == NULL; thread = thread->next) {
        if (thread->state == HDBG_THREAD_STOPPED && thread->queued == 0 && !thread->continue_later &&
            thread->resume_round != before)
            found = hdbg_thread_retain(thread);
    }
    if (found != NULL) {
        found->resume_round = before;
        found->low = found->high = 0;
        *signal = resume_own_signal(found, true);
        claim(found);
    }
    pthread_mutex_unlock(&team->session->lock);
    return found;
}

hdbg_status hdbg_team_resume(hdbg_team *team)
{
    hdbg_session *session = team->session;
    pthread_mutex_lock(&session->lock);
    hdbg_status status = team_check(team, "resume");
    hdbg_nub *nub = status == HDBG_OK ? team_nub_use(team) : NULL;
    if (status == HDBG_OK && nub == NULL)
        status = hdbg_fail(HDBG_BUSY, "cannot resume team %d: it is being attached", (int)team->id);
    uint64_t round = ++session->resume_rounds;
    for (hdbg_thread *thread = team->threads; thread != NULL && nub != NULL; thread = thread->next)
        take_request_back(thread);
    pthread_mutex_unlock(&session->lock);
    if (nub == NULL)
        return status;

    /* Each thread once: one that stops anew meanwhile has an event of its own. */
    int32_t signal = 0;
    for (hdbg_thread *thread; (thread = claim_next(team, round, &signal)) != NULL;) {
        hdbg_status result = resume_claimed(thread, nub, signal, false);
        if (result != HDBG_OK)
            status = result;
        hdbg_thread_release(thread);
    }
    team_nub_release(team);
    return status == HDBG_OK ? HDBG_OK : team_nub_status(team, status);
}

/* ---- the whole state ---- */

hdbg_status hdbg_thread_state_save(hdbg_thread *thread, hdbg_thread_state_copy **result)
{
    *result = NULL;
    hdbg_thread_state_copy *copy = calloc(1, sizeof *copy);
    if (copy == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot save the state of thread %d: out of memory",
                         (int)thread->id);
    hdbg_status status = thread_cpu_state_get(thread, &copy->cpu);
    if (status != HDBG_OK)
        goto failed;

    hdbg_kernel *kernel = thread->team->session->kernel;
    copy->has_extra = thread_extra_get(thread, &copy->extra) == HDBG_OK;

    pthread_mutex_lock(&thread->team->session->lock);
    status = thread_check_stopped(thread, "save the state of");
    copy->thread = thread->id;
    copy->stop_count = thread->stop_count;
    copy->stop = thread->stop;
    copy->discarded = thread->discarded;
    copy->pc = thread->pc;
    pthread_mutex_unlock(&thread->team->session->lock);
    if (status == HDBG_OK && copy->stop.signal_state != HDBG_SIGNAL_FAKED &&
        kernel->ops->signal_info != NULL &&
        hdbg_thread_signal_info(thread, copy->info, sizeof copy->info, &copy->info_size) != HDBG_OK)
        copy->info_size = 0;
    if (status == HDBG_OK) {
        *result = copy;
        return HDBG_OK;
    }
failed:
    free(copy);
    return status;
}

hdbg_status hdbg_thread_state_restore(hdbg_thread *thread, const hdbg_thread_state_copy *copy)
{
    if (copy->thread != thread->id)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot restore thread %d: the state is that of thread %d",
                         (int)thread->id, (int)copy->thread);
    hdbg_status status = thread_cpu_state_set(thread, &copy->cpu);
    if (status != HDBG_OK)
        return status;
    hdbg_kernel *kernel = thread->team->session->kernel;
    if (copy->has_extra) {
        status = thread_extra_set(thread, &copy->extra);
        if (status != HDBG_OK)
            return hdbg_fail(status, "cannot restore thread %d: %s", (int)thread->id, hdbg_last_error());
    }

    pthread_mutex_lock(&thread->team->session->lock);
    status = thread_check_stopped(thread, "restore");
    if (status == HDBG_OK) {
        /* In the stop in which it was saved, the nub holds it for the same still. */
        if (thread->stop_count != copy->stop_count)
            thread->nub_same =
                thread->nub_state == HDBG_SIGNAL_FAKED && copy->stop.signal_state == HDBG_SIGNAL_FAKED;
        bool again = copy->info_size != 0 && thread->stop_count != copy->stop_count &&
                     kernel->ops->send_signal_info != NULL;
        thread->given_signal = again ? copy->stop.signal : 0;
        thread->given_size = copy->info_size;
        memcpy(thread->given_info, copy->info, copy->info_size);
        thread->stop = copy->stop;
        thread->discarded = copy->discarded;
        thread->pc = copy->pc;
    }
    pthread_mutex_unlock(&thread->team->session->lock);
    return status;
}

void hdbg_thread_state_free(hdbg_thread_state_copy *copy)
{
    free(copy);
}
