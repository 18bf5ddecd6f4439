/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * System calls as they come: printed as they begin, and on as they end; or counted.
 */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

static struct caller *caller_find(struct callers *callers, hdbg_thread_id thread, bool make)
{
    for (size_t i = 0; i < callers->count; i++) {
        if (callers->all[i].thread == thread)
            return &callers->all[i];
    }
    if (!make)
        return NULL;
    if (callers->count == callers->room) {
        size_t room = callers->room > 0 ? 2 * callers->room : 16;
        struct caller *more = realloc(callers->all, room * sizeof *more);
        if (more == NULL)
            return NULL;
        callers->all = more;
        callers->room = room;
    }
    struct caller *one = &callers->all[callers->count++];
    *one = (struct caller){.thread = thread};
    return one;
}

void calls_free(struct callers *callers)
{
    free(callers->all);
    *callers = (struct callers){0};
}

/* What the launched team does before it executes the program is hdbg-trace's own. */
static bool begins_program(struct trace *trace, const hdbg_syscall *call, const hdbg_traced *traced)
{
    const uint32_t executes = HDBG_SYSCALL_PROCESS | HDBG_SYSCALL_FILE;
    const void *path = NULL;
    size_t size = hdbg_traced_memory(traced, traced->arguments[0], &path);
    return (call->groups & executes) == executes && trace->path != NULL && size > strlen(trace->path) &&
           strcmp(path, trace->path) == 0;
}

static bool is_printed(const struct trace *trace)
{
    return !trace->options.count || trace->options.count_too;
}

static void call_begins(struct trace *trace, hdbg_team *team, const hdbg_syscall *call,
                        const hdbg_traced *traced)
{
    struct caller *caller = caller_find(&trace->callers, traced->thread, true);
    if (caller == NULL)
        return;
    bool own = !trace->begun && hdbg_team_id_of(team) == trace->launched;
    if (own && begins_program(trace, call, traced)) {
        trace->begun = true;
        own = false;
    }
    caller->inside = true;
    caller->hidden = own || !filter_wants(&trace->filter, call);
    caller->number = traced->number;
    caller->begun = traced->time;
    snprintf(caller->name, sizeof caller->name, "%s", call->name);
    if (caller->hidden || !is_printed(trace))
        return;
    struct text line = {0};
    output_begin(trace, traced->thread, traced->time);
    line = trace->output.line;
    line.length = 0;
    text_add(&line, "%s(", call->name);
    caller->printed = decode_arguments(trace, team, &line, call, traced, 0, false);
    output_write(trace, &line);
    trace->output.line = line;
}

static void call_ends(struct trace *trace, hdbg_team *team, const hdbg_syscall *call,
                      const hdbg_traced *traced)
{
    struct caller *caller = caller_find(&trace->callers, traced->thread, false);
    if (caller == NULL || !caller->inside)
        return; /* it had begun before anybody looked */
    caller->inside = false;
    if (caller->hidden || caller->number != traced->number)
        return;
    hdbg_time took = traced->time - caller->begun;
    if (trace->options.count)
        summary_add(&trace->summary, call->name, took,
                    traced->result < 0 && hdbg_syscall_error(team, traced->result, NULL) != NULL);
    if (!is_printed(trace))
        return;
    bool resumed = trace->output.current != traced->thread;
    if (resumed)
        output_begin(trace, traced->thread, traced->time);
    struct text line = trace->output.line;
    line.length = 0;
    if (resumed)
        text_add(&line, "<... %s resumed>", call->name);
    decode_arguments(trace, team, &line, call, traced, caller->printed, true);
    text_add_bytes(&line, ")", 1);
    size_t column = (size_t)trace->options.column;
    text_pad(&line, column > trace->output.column + 1 ? column - 1 - trace->output.column : 0);
    text_add_bytes(&line, " = ", 3);
    decode_result(trace, team, &line, call, traced);
    if (trace->options.durations)
        text_add(&line, " <%d.%06d>", (int)(took / 1000000), (int)(took % 1000000));
    output_write(trace, &line);
    trace->output.line = line;
    output_end(trace);
}

/* One that nobody knows has a name by its number. */
static hdbg_syscall describe(hdbg_team *team, uint32_t number, char *name, size_t size)
{
    hdbg_syscall call = {.size = sizeof call};
    if (hdbg_syscall_get(team, number, &call) == HDBG_OK)
        return call;
    snprintf(name, size, "syscall_%#x", (unsigned)number);
    return (hdbg_syscall){.size = sizeof call,
                          .name = name,
                          .number = (int32_t)number,
                          .argument_count = -1,
                          .result = HDBG_ARGUMENT_LONG};
}

void calls_event(struct trace *trace, hdbg_event *event)
{
    hdbg_team *team = hdbg_event_team(event);
    hdbg_traced traced = {.size = sizeof traced};
    size_t cursor = 0;
    char name[32];
    while (hdbg_event_traced(event, &trace->how, &cursor, &traced) == HDBG_OK) {
        hdbg_syscall call = describe(team, traced.number, name, sizeof name);
        if (traced.type == HDBG_EVENT_PRE_SYSCALL)
            call_begins(trace, team, &call, &traced);
        else
            call_ends(trace, team, &call, &traced);
    }
}

void calls_thread_ended(struct trace *trace, hdbg_thread_id thread, hdbg_time time, const char *how)
{
    struct caller *caller = caller_find(&trace->callers, thread, false);
    bool own = !trace->begun && thread == trace->launched;
    if (caller != NULL && caller->inside && !caller->hidden && is_printed(trace)) {
        struct text line = trace->output.line;
        line.length = 0;
        if (trace->output.current != thread) {
            output_begin(trace, thread, time);
            line = trace->output.line;
            line.length = 0;
            text_add(&line, "<... %s resumed>", caller->name);
        }
        text_add_bytes(&line, ")", 1);
        size_t column = (size_t)trace->options.column;
        text_pad(&line, column > trace->output.column + 1 ? column - 1 - trace->output.column : 0);
        text_add_bytes(&line, " = ?", 4);
        output_write(trace, &line);
        trace->output.line = line;
        output_end(trace);
    }
    if (caller != NULL)
        *caller = trace->callers.all[--trace->callers.count];
    if (!own && is_printed(trace) && !trace->options.quiet)
        output_line(trace, thread, time, "+++ %s +++", how);
}
