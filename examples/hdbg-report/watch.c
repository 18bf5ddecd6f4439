/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The event loop: what stops is looked at, reported if it is a crash, and resumed as if nobody had looked.
 */
#include "watch.h"

#include "exit_status.h"
#include "interrupt.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ABORT_FORETOLD = HDBG_SIGABRT, REPORTED_MAX = 32, UNLOADED_MAX = 256, LOOK_AGAIN = 1000 };

/* Deaths that were reported when they were foretold: the signal that follows is not reported again. */
struct reported {
    struct {
        hdbg_thread_id thread;
        int32_t signal;
    } deaths[REPORTED_MAX];
    unsigned next;
};

/* Signals that end a team because it did something wrong, or (^\) because somebody wants to see where it is.
 */
static bool is_crash(int32_t signal)
{
    switch (signal) {
    case HDBG_SIGQUIT:
    case HDBG_SIGILL:
    case HDBG_SIGABRT:
    case HDBG_SIGFPE:
    case HDBG_SIGSEGV:
    case HDBG_SIGBUS:
    case HDBG_SIGTRAP:
    case HDBG_SIGSYS:
    case HDBG_SIGXCPU:
    case HDBG_SIGXFSZ:
        return true;
    default:
        return false;
    }
}

void watch_prepare(const struct watch *watch)
{
    /* Signals that will not be reported need not stop anybody. */
    for (int32_t signal = 1; signal <= HDBG_SIGNAL_MAX && !watch->options->all; signal++) {
        if (!is_crash(signal))
            hdbg_session_set_signal_policy(watch->session, signal, HDBG_SIGNAL_PASS);
    }
}

/* ---- which events are reported ---- */

static void foretell(struct reported *reported, hdbg_thread_id thread, int32_t signal)
{
    unsigned slot = reported->next++ % REPORTED_MAX;
    reported->deaths[slot].thread = thread;
    reported->deaths[slot].signal = signal;
}

static bool was_foretold(struct reported *reported, hdbg_thread_id thread, int32_t signal)
{
    for (unsigned i = 0; i < REPORTED_MAX; i++) {
        if (reported->deaths[i].thread == thread && reported->deaths[i].signal == signal) {
            reported->deaths[i].thread = 0;
            return true;
        }
    }
    return false;
}

static bool is_signal_to_report(const struct watch *watch, struct reported *reported, const hdbg_event *event)
{
    const hdbg_nub_event *data = hdbg_event_data(event);
    int32_t signal = data->data.signal.signal;
    hdbg_address handler = data->data.signal.handler.handler;

    if (was_foretold(reported, hdbg_event_thread_id(event), signal))
        return false;
    if (watch->options->faults && is_crash(signal) && data->data.signal.has_info &&
        data->data.signal.info.code >= FIRST_FAULT_CODE)
        return true;
    if (watch->options->all)
        return data->data.signal.deadly || (handler != HDBG_SIGNAL_DEFAULT && handler != HDBG_SIGNAL_IGNORE);
    return data->data.signal.deadly && is_crash(signal);
}

static bool is_to_report(const struct watch *watch, struct reported *reported, const hdbg_event *event)
{
    switch (hdbg_event_type_of(event)) {
    case HDBG_EVENT_DEBUGGER_CALL:
    case HDBG_EVENT_BREAKPOINT_HIT: /* we set none: the program has a breakpoint instruction of its own */
        return true;
    case HDBG_EVENT_EXCEPTION_OCCURRED:
        foretell(reported, hdbg_event_thread_id(event), hdbg_event_data(event)->data.exception.signal);
        return true;
    case HDBG_EVENT_SIGNAL_RECEIVED:
        return is_signal_to_report(watch, reported, event);
    default:
        return false;
    }
}

/* ---- reporting ---- */

struct gather_options watch_gather_options(const struct watch *watch)
{
    const struct options *options = watch->options;
    return (struct gather_options){.every_thread = options->every_thread,
                                   .variables = options->variables,
                                   .all_variables = options->variables && options->full,
                                   .team_details = options->details,
                                   .secrets = options->secrets,
                                   .redact = options->redact,
                                   .unloaded = watch->unloaded,
                                   .unloaded_count = watch->unloaded_count,
                                   .core = options->core};
}

static void report(struct watch *watch, struct reported *reported, const hdbg_event *event)
{
    hdbg_team *team = hdbg_event_team(event);
    struct gather_options options = watch_gather_options(watch);
    /* Its thread may have died meanwhile, and then the report says so. A thread that cannot be stopped is
     * told so in the report; all others are worth having. */
    hdbg_team_stop(team);
    struct facts *facts = facts_gather(hdbg_event_thread(event), event, &options);
    if (facts != NULL) {
        output_report(&watch->output, facts);
        if (facts->stop.type == HDBG_EVENT_DEBUGGER_CALL && facts->cause != CAUSE_DEBUGGER_CALL)
            foretell(reported, hdbg_event_thread_id(event), ABORT_FORETOLD);
    }
    facts_free(facts);
}

/* Remembers an image that was unloaded: who uses it afterwards crashes. */
static void note_unloaded(struct watch *watch, const hdbg_event *event)
{
    unloaded_image image = {.team = hdbg_team_id_of(hdbg_event_team(event)),
                            .info = hdbg_event_data(event)->data.image.info};
    if (watch->unloaded == NULL)
        watch->unloaded = calloc(UNLOADED_MAX, sizeof(*watch->unloaded));
    if (watch->unloaded == NULL)
        return;
    if (watch->unloaded_count == UNLOADED_MAX)
        memmove(watch->unloaded, watch->unloaded + 1, --watch->unloaded_count * sizeof(*watch->unloaded));
    watch->unloaded[watch->unloaded_count++] = image;
}

/* The images of the program that a team has run before are nothing to the new one. */
static void forget_unloaded(struct watch *watch, hdbg_team_id team)
{
    size_t kept = 0;
    for (size_t i = 0; i < watch->unloaded_count; i++) {
        if (watch->unloaded[i].team != team)
            watch->unloaded[kept++] = watch->unloaded[i];
    }
    watch->unloaded_count = kept;
}

/* Which news of a team are of use. */
static void choose_events(hdbg_team *team)
{
    hdbg_team_set_events(team, HDBG_TEAM_SIGNALS | HDBG_TEAM_CREATION | HDBG_TEAM_IMAGES);
}

/* The program's own end is told by the exit status. */
static void tell_killed(struct watch *watch, hdbg_team *team)
{
    char line[256];
    if (killed_tell(&watch->killed, team, line, sizeof(line)) && team != watch->team)
        output_line(&watch->output, line);
}

static void handle_event(struct watch *watch, struct reported *reported, const hdbg_event *event)
{
    bool reports = is_to_report(watch, reported, event);
    hdbg_team *child = hdbg_event_child(event);

    if (reports)
        report(watch, reported, event);
    if (hdbg_event_type_of(event) == HDBG_EVENT_IMAGE_DELETED)
        note_unloaded(watch, event);
    if (hdbg_event_type_of(event) == HDBG_EVENT_TEAM_EXEC)
        forget_unloaded(watch, hdbg_team_id_of(hdbg_event_team(event)));
    if (hdbg_event_type_of(event) == HDBG_EVENT_TEAM_EXEC)
        killed_note(&watch->killed, hdbg_event_team(event));
    if (hdbg_event_type_of(event) == HDBG_EVENT_TEAM_DELETED)
        tell_killed(watch, hdbg_event_team(event));
    if (child != NULL) {
        choose_events(child);
        killed_note(&watch->killed, child);
        hdbg_team_resume(child);
    }
    if (hdbg_event_is_stop(event)) {
        /* Without a debugger, a breakpoint instruction is a SIGTRAP. */
        hdbg_resume trap = {.size = sizeof(trap), .signal = HDBG_SIGTRAP};
        bool is_trap = hdbg_event_type_of(event) == HDBG_EVENT_BREAKPOINT_HIT;
        hdbg_thread_resume(hdbg_event_thread(event), is_trap ? &trap : NULL);
    }
    if (reports)
        hdbg_team_resume(hdbg_event_team(event)); /* the threads that were stopped for the report */
}

/* ---- the loop ---- */

/* Waits until there is an event, or a signal for us, or a second is over: an end that the kernel has not told
 * makes no descriptor readable. */
static void wait_for_news(const struct watch *watch)
{
    struct pollfd polled[] = {
        {.fd = hdbg_session_descriptor(watch->session), .events = POLLIN},
        {.fd = interrupt_descriptor(), .events = POLLIN},
    };
    poll(polled, 2, LOOK_AGAIN);
}

/* The exit status if the program is not watched any more, else -1. */
static int status_of_end(const struct watch *watch)
{
    hdbg_team_end end = {.size = sizeof(end)};
    switch (hdbg_team_state_of(watch->team)) {
    case HDBG_TEAM_LIVE:
        return -1;
    case HDBG_TEAM_ENDED:
        return hdbg_team_end_get(watch->team, &end) == HDBG_OK ? exit_status_of(&end) : STATUS_OWN_FAILURE;
    default:
        fprintf(
            stderr,
            "hdbg-report: team %d is not watched any more: its nub was lost, or another debugger took it\n",
            (int)hdbg_team_id_of(watch->team));
        return STATUS_OWN_FAILURE;
    }
}

/* What a signal that hdbg-report itself got means: an exit status, or -1 to go on. */
static int status_of_interrupt(const struct watch *watch)
{
    int signal = interrupt_take();
    if (signal == 0)
        return -1;
    if (!interrupt_is_from_terminal(signal))
        return STATUS_SIGNAL_BASE + signal;
    /* The terminal sends ^C to the program as well, which decides for itself; a team that runs elsewhere is
     * let go. */
    return watch->options->attach >= 0 ? EXIT_SUCCESS : -1;
}

int watch_run(struct watch *watch)
{
    struct reported reported = {0};
    int status = -1;

    choose_events(watch->team);
    for (;;) {
        hdbg_event *event;
        hdbg_status waited = hdbg_wait(watch->session, NULL, 0, &event);
        if (waited == HDBG_OK) {
            handle_event(watch, &reported, event);
            hdbg_event_release(event);
        } else if (waited != HDBG_WOULD_BLOCK && waited != HDBG_TIMED_OUT && waited != HDBG_WOKEN) {
            /* No team is left, or the kernel fails us: what is known of the program's end is the answer. */
            status = status_of_end(watch);
            return status >= 0 ? status : STATUS_OWN_FAILURE;
        } else {
            /* What the program's children had to tell before its end has been told now. */
            status = status_of_end(watch);
            if (status >= 0)
                return status;
            wait_for_news(watch);
        }
        int interrupted = status_of_interrupt(watch);
        if (interrupted >= 0)
            return interrupted;
    }
}
