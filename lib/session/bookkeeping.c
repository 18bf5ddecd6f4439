/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The books: what each event says of teams and threads, and what is to be done with it. One table, a row a
 * type. Everything here happens when an event is read, never when it is handed out, and under the session's
 * lock.
 */
#include "session/types.h"

#include <string.h>

/* A row: what the books note beside the stop, whether the user wants the event, and whether its thread waits.
 */
typedef struct event_rule {
    void (*note)(hdbg_team *team, hdbg_thread *thread, hdbg_event *event);
    bool (*wanted)(const hdbg_team *team, const hdbg_nub_event *event); /* NULL: always */
    uint32_t flag;    /* wanted only with this of the user's team flags; 0: whatever they are */
    bool has_thread;  /* the event names a thread */
    bool stops;       /* its thread waits for CONTINUE_THREAD */
    bool own_request; /* not told to a user whose call asked for the stop */
} event_rule;

/* ---- stops ---- */

void bookkeeping_stop_enter(hdbg_thread *thread, const hdbg_nub_event *event)
{
    hdbg_stop *stop = &thread->stop;
    memset(stop, 0, sizeof *stop);
    stop->size = sizeof *stop;
    stop->type = event->type;
    stop->signal_state = HDBG_SIGNAL_FAKED;
    stop->signal = HDBG_SIGTRAP;
    stop->exception = -1;
    if (event->type == HDBG_EVENT_SIGNAL_RECEIVED) {
        stop->signal_state = HDBG_SIGNAL_ACTUAL;
        stop->signal = event->data.signal.signal;
        stop->deadly = event->data.signal.deadly;
        stop->handler = event->data.signal.handler;
        stop->has_info = event->data.signal.has_info;
        if (stop->has_info)
            stop->info = event->data.signal.info;
    } else if (event->type == HDBG_EVENT_EXCEPTION_OCCURRED) {
        stop->signal_state = HDBG_SIGNAL_FORECASTED;
        stop->signal = event->data.exception.signal;
        stop->exception = event->data.exception.exception;
        stop->deadly = 1; /* the event comes only if the signal has no handler */
    }
    thread->state = HDBG_THREAD_STOPPED;
    thread->missing = false;
    thread->stop_count++;
    thread->team->changes++;
    thread->discarded = false;
    thread->given_signal = 0;
    thread->nub_state = stop->signal_state;
    thread->nub_signal = stop->signal;
    thread->nub_same = true;
    thread->mended_pc = 0;
    thread->pc = 0;
    thread->cpu_known = thread->extra_known = false;
    if (event->type == HDBG_EVENT_BREAKPOINT_HIT || event->type == HDBG_EVENT_WATCHPOINT_HIT ||
        event->type == HDBG_EVENT_SINGLE_STEP) {
        hdbg_cpu_state state = event->data.cpu_state;
        thread->pc = hdbg_cpu_state_role(&state, HDBG_ROLE_PC);
        thread_cpu_clean(thread, &state);
        thread_cpu_keep(thread, &state);
    }
}

/* ---- ends ---- */

hdbg_address bookkeeping_thread_over(hdbg_thread *thread)
{
    hdbg_team *team = thread->team;
    hdbg_address trap = thread->trap;
    thread->trap = 0;
    thread->state = HDBG_THREAD_ENDED;
    thread_cpu_drop(thread);
    thread->extra_known = false;
    if (thread->stop_told)
        team->session->unstopped--;
    thread->stop_told = false;
    if (!thread->listed)
        return trap;

    thread->listed = false;
    if (thread->previous != NULL)
        thread->previous->next = thread->next;
    else
        team->threads = thread->next;
    if (thread->next != NULL)
        thread->next->previous = thread->previous;
    thread->previous = thread->next = NULL;
    team->thread_count--;
    team->changes++;
    thread_unref(thread);
    return trap;
}

/* A thread has ended, and no event will tell it. */
static void infer_thread_end(hdbg_thread *thread)
{
    hdbg_team *team = thread->team;
    if (thread->announced && (team->wanted & HDBG_TEAM_THREADS) != 0) {
        hdbg_nub_event data = {
            .type = HDBG_EVENT_THREAD_DELETED, .thread = thread->id, .team = team->id, .nub_port = -1};
        queue_put_own(team, thread, &data, false);
        team->session->counts.inferred_ends++;
    }
    bookkeeping_thread_over(thread);
}

void bookkeeping_team_over(hdbg_team *team, int32_t state)
{
    hdbg_session *session = team->session;
    while (team->threads != NULL) {
        if (state == HDBG_TEAM_ENDED) {
            infer_thread_end(team->threads);
        } else {
            team->threads->state = HDBG_THREAD_RUNS;
            bookkeeping_thread_over(team->threads);
        }
    }
    team->state = state;
    if (team->suspect_since != 0)
        session->suspects--;
    team->suspect_since = 0;
    if (!team->listed)
        return;
    team->listed = false;
    session->live_teams--;
    /* The session's reference goes on to the end's event, or goes. The caller has one of its own. */
    if (state == HDBG_TEAM_ENDED || state == HDBG_TEAM_ORPHANED)
        team->kept = true;
    else
        hdbg_team_release(team);
    session_log(session, HDBG_LOG_INFO, "team %d is over", (int)team->id);
}

/* ---- notes ---- */

static void note_image(hdbg_team *team, hdbg_thread *thread, hdbg_event *event)
{
    (void)thread;
    (void)event;
    team->image_generation++;
}

static void note_exec(hdbg_team *team, hdbg_thread *thread, hdbg_event *event)
{
    (void)event;
    team->image_generation++;
    /* Another program: what was set in the old one is gone, and so are its other threads. */
    marks_free(&team->breakpoints);
    marks_free(&team->watchpoints);
    memset(team->old_traps, 0, sizeof team->old_traps);
    thread->trap = 0;
    for (hdbg_thread *other = team->threads, *next; other != NULL; other = next) {
        next = other->next;
        if (other != thread)
            infer_thread_end(other);
    }
}

static void note_thread_created(hdbg_team *team, hdbg_thread *thread, hdbg_event *event)
{
    (void)thread;
    hdbg_thread *created = thread_get(team, event->data.data.new_thread);
    if (created == NULL)
        return;
    created->missing = false; /* an older one's id, given to another */
    created->announced |= (team->wanted & HDBG_TEAM_THREADS) != 0;
}

static void note_team_deleted(hdbg_team *team, hdbg_thread *thread, hdbg_event *event)
{
    (void)thread;
    (void)event;
    bookkeeping_team_over(team, HDBG_TEAM_ENDED);
}

static void note_handed_over(hdbg_team *team, hdbg_thread *thread, hdbg_event *event)
{
    (void)thread;
    /* The new debugger is told too; that may be us. */
    if (event->data.data.handed_over.debugger_port != team->session->port)
        bookkeeping_team_over(team, HDBG_TEAM_LET_GO);
}

/* ---- wishes ---- */

static bool wants_signal(const hdbg_team *team, const hdbg_nub_event *event)
{
    return (session_policy(team->session, event->data.signal.signal) & HDBG_SIGNAL_STOP) != 0;
}

static bool wants_exception(const hdbg_team *team, const hdbg_nub_event *event)
{
    return (session_policy(team->session, event->data.exception.signal) & HDBG_SIGNAL_STOP) != 0;
}

static bool wants_children(const hdbg_team *team, const hdbg_nub_event *event)
{
    (void)event;
    return (team->wanted & HDBG_TEAM_CREATION) != 0 || team->follow == HDBG_FOLLOW_CHILD;
}

static const event_rule kRules[HDBG_EVENT_COUNT] = {
    [HDBG_EVENT_THREAD_DEBUGGED] = {.has_thread = true, .stops = true, .own_request = true},
    [HDBG_EVENT_DEBUGGER_CALL] = {.has_thread = true, .stops = true},
    [HDBG_EVENT_BREAKPOINT_HIT] = {.has_thread = true, .stops = true},
    [HDBG_EVENT_WATCHPOINT_HIT] = {.has_thread = true, .stops = true},
    [HDBG_EVENT_SINGLE_STEP] = {.has_thread = true, .stops = true},
    [HDBG_EVENT_PRE_SYSCALL] = {.has_thread = true, .stops = true},
    [HDBG_EVENT_POST_SYSCALL] = {.has_thread = true, .stops = true},
    [HDBG_EVENT_SIGNAL_RECEIVED] = {.wanted = wants_signal,
                                    .flag = HDBG_TEAM_SIGNALS,
                                    .has_thread = true,
                                    .stops = true},
    [HDBG_EVENT_EXCEPTION_OCCURRED] = {.wanted = wants_exception, .has_thread = true, .stops = true},
    [HDBG_EVENT_TEAM_CREATED] = {.wanted = wants_children, .has_thread = true, .stops = true},
    [HDBG_EVENT_TEAM_DELETED] = {.note = note_team_deleted},
    [HDBG_EVENT_TEAM_EXEC] = {.note = note_exec, .wanted = wants_children, .has_thread = true, .stops = true},
    [HDBG_EVENT_THREAD_CREATED] = {.note = note_thread_created,
                                   .flag = HDBG_TEAM_THREADS,
                                   .has_thread = true,
                                   .stops = true},
    [HDBG_EVENT_THREAD_DELETED] = {.flag = HDBG_TEAM_THREADS, .has_thread = true},
    [HDBG_EVENT_IMAGE_CREATED] = {.note = note_image,
                                  .flag = HDBG_TEAM_IMAGES,
                                  .has_thread = true,
                                  .stops = true},
    [HDBG_EVENT_IMAGE_DELETED] = {.note = note_image,
                                  .flag = HDBG_TEAM_IMAGES,
                                  .has_thread = true,
                                  .stops = true},
    [HDBG_EVENT_PROFILER_UPDATE] = {.has_thread = true},
    [HDBG_EVENT_HANDED_OVER] = {.note = note_handed_over},
};

bool bookkeeping_names_thread(int32_t type)
{
    return type >= 0 && type < HDBG_EVENT_COUNT && kRules[type].has_thread;
}

/* ---- the whole ---- */

/* The signal that a thread gets when the session lets it go on by itself. */
static int32_t passed_signal(const hdbg_thread *thread)
{
    switch (thread->stop.signal_state) {
    case HDBG_SIGNAL_FORECASTED: /* ignored, the instruction would fault again without end */
        return thread->stop.signal;
    case HDBG_SIGNAL_ACTUAL:
        return (session_policy(thread->team->session, thread->stop.signal) & HDBG_SIGNAL_PASS) != 0
                   ? thread->stop.signal
                   : 0;
    default:
        return 0;
    }
}

/* A hit of a breakpoint that only a step needs. */
static bool is_others_trap(const hdbg_team *team, const hdbg_thread *thread, const hdbg_event *event)
{
    if (event->data.type != HDBG_EVENT_BREAKPOINT_HIT)
        return false;
    hdbg_address pc = hdbg_cpu_state_role(&event->data.data.cpu_state, HDBG_ROLE_PC);
    return pc != 0 && pc != thread->trap && trap_is_at(team, pc);
}

/* A step that ends at its own breakpoint is a step, unless the user has one there, too. */
static void end_step_at_trap(const hdbg_team *team, const hdbg_thread *thread, hdbg_event *event)
{
    if (event->data.type != HDBG_EVENT_BREAKPOINT_HIT || thread->trap == 0)
        return;
    if (hdbg_cpu_state_role(&event->data.data.cpu_state, HDBG_ROLE_PC) != thread->trap)
        return;
    const code_mark *mark = mark_find(&team->breakpoints, thread->trap);
    if (mark == NULL || !mark->is_user)
        event->data.type = HDBG_EVENT_SINGLE_STEP;
}

/* A step that has not led out of its range: the next one follows, unless the user has a breakpoint there. */
static bool is_within_range(const hdbg_team *team, const hdbg_thread *thread, const hdbg_event *event)
{
    if (event->data.type != HDBG_EVENT_SINGLE_STEP || !thread->stepping)
        return false;
    hdbg_address pc = hdbg_cpu_state_role(&event->data.data.cpu_state, HDBG_ROLE_PC);
    const code_mark *mark = mark_find(&team->breakpoints, pc);
    return pc >= thread->low && pc < thread->high && (mark == NULL || !mark->is_user);
}

/* The thread stands. Decides whether it stays so, and whether that is told. */
static outcome apply_stop(hdbg_team *team, hdbg_thread *thread, hdbg_event *event, bool wanted)
{
    hdbg_session *session = team->session;
    outcome out = {.tell = wanted};
    bookkeeping_stop_enter(thread, &event->data);
    bool asked = thread->stop_asked, told = thread->stop_told;
    bool is_void = thread->stop_void && kRules[event->data.type].own_request;
    thread->stop_asked = thread->stop_told = thread->stop_void = false;
    session->unstopped -= told;
    if (told)
        out.tell = true;
    else if ((asked && kRules[event->data.type].own_request) || is_void)
        out.tell = false;

    if (!out.tell && !asked) {
        out.go_on = true;
        out.signal = passed_signal(thread);
        out.step = thread->stepping;
        thread->continue_later = team->nub == NULL;
        out.go_on = !thread->continue_later;
        if (out.go_on)
            thread->state = HDBG_THREAD_RUNS;
        return out;
    }
    event->is_stop = out.tell;
    thread->stepping = false;
    out.trap = thread->trap;
    thread->trap = 0;
    return out;
}

outcome bookkeeping_apply(hdbg_team *team, hdbg_thread *thread, hdbg_event *event)
{
    const event_rule *rule = &kRules[event->data.type];
    bool wanted = (rule->flag == 0 || (team->wanted & rule->flag) != 0) &&
                  (rule->wanted == NULL || rule->wanted(team, &event->data));
    if (thread != NULL && (is_others_trap(team, thread, event) || is_within_range(team, thread, event)))
        wanted = false;
    if (thread != NULL)
        end_step_at_trap(team, thread, event);
    if (rule->note != NULL)
        rule->note(team, thread, event);
    if (rule->stops && thread != NULL && event->data.nub_port >= 0)
        return apply_stop(team, thread, event, wanted);

    outcome out = {.tell = wanted};
    if (event->data.type == HDBG_EVENT_THREAD_DELETED && thread != NULL)
        out.trap = bookkeeping_thread_over(thread);
    return out;
}
