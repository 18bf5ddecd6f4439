/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Teams: launched, attached, followed; and what happens to them beside system calls.
 */
#include "trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what is to be told ---- */

struct choice {
    const struct filter *filter;
    hdbg_trace_options *how;
};

static int choose(void *context, const hdbg_syscall *call)
{
    const struct choice *choice = context;
    if (call->number <= HDBG_TRACE_CALL_MAX && filter_wants(choice->filter, call))
        choice->how->wanted[call->number / 64] |= UINT64_C(1) << (call->number % 64);
    return 0;
}

/* Whose calls hdbg-trace has to see that are not wanted: the program's own beginning. */
static int choose_beginning(void *context, const hdbg_syscall *call)
{
    const uint32_t executes = HDBG_SYSCALL_PROCESS | HDBG_SYSCALL_FILE;
    hdbg_trace_options *how = context;
    if ((call->groups & executes) == executes && call->number <= HDBG_TRACE_CALL_MAX)
        how->wanted[call->number / 64] |= UINT64_C(1) << (call->number % 64);
    return 0;
}

/* Asks for system calls: of the nub, or as events that stop threads. */
static hdbg_status ask(struct trace *trace, hdbg_team *team)
{
    uint32_t flags = HDBG_TEAM_SIGNALS | HDBG_TEAM_THREADS | HDBG_TEAM_CREATION;
    hdbg_status status = HDBG_NOT_SUPPORTED;
    if (!trace->options.stopping && !trace->options.paths)
        status = hdbg_team_trace(team, &trace->how);
    trace->by_nub = status == HDBG_OK;
    if (status != HDBG_OK && status != HDBG_NOT_SUPPORTED)
        return status;
    if (!trace->by_nub)
        flags |= HDBG_TEAM_PRE_SYSCALL | HDBG_TEAM_POST_SYSCALL;
    return hdbg_team_set_events(team, flags);
}

hdbg_status follow_team(struct trace *trace, hdbg_team *team)
{
    if (!trace->checked) {
        trace->checked = true;
        if (!filter_check(&trace->filter, team))
            return HDBG_BAD_VALUE;
        struct choice choice = {&trace->filter, &trace->how};
        if (trace->filter.calls != NULL) {
            trace->how.flags |= HDBG_TRACE_CHOSEN;
            hdbg_syscalls_visit(team, choose, &choice);
            hdbg_syscalls_visit(team, choose_beginning, &trace->how);
        }
    }
    hdbg_status status = ask(trace, team);
    if (status != HDBG_OK && status != HDBG_TEAM_GONE) /* its end is told by itself */
        fprintf(stderr, "hdbg-trace: %s\n", hdbg_last_error());
    return status;
}

/* ---- beginning ---- */

/* Where the program is: as a shell would find it. */
static char *find_program(const char *name)
{
    struct stat info;
    if (strchr(name, '/') != NULL)
        return stat(name, &info) == 0 ? strdup(name) : NULL;
    const char *path = getenv("PATH");
    for (const char *at = path != NULL ? path : "/bin:/usr/bin"; *at != '\0';) {
        size_t length = strcspn(at, ":"), size = length + strlen(name) + 3;
        char *file = malloc(size);
        if (file == NULL)
            return NULL;
        snprintf(file, size, "%.*s%s%s", (int)length, at, length > 0 ? "/" : "", name);
        if (stat(file, &info) == 0 && S_ISREG(info.st_mode) && access(file, X_OK) == 0)
            return file;
        free(file);
        at += length + (at[length] == ':');
    }
    return NULL;
}

static int take_text(void *context, const hdbg_detail *detail)
{
    char **text = context;
    *text = strdup(detail->text);
    return 1;
}

/* The program that this is: it goes before the traced one, so that all of that is seen from its beginning on.
 */
static char *find_oneself(struct trace *trace)
{
    char *path = NULL;
    const hdbg_kernel *kernel = hdbg_session_kernel(trace->session);
    if (kernel->ops->team_details != NULL)
        kernel->ops->team_details(kernel->context, getpid(), HDBG_DETAIL_PROGRAM, take_text, &path);
    return path != NULL ? path : find_program("hdbg-trace");
}

bool follow_launch(struct trace *trace)
{
    size_t count = 0;
    while (trace->options.program[count] != NULL)
        count++;
    const char **arguments = calloc(count + 4, sizeof *arguments);
    char *self = find_oneself(trace);
    hdbg_team *team = NULL;
    bool good = false;
    trace->path = find_program(trace->options.program[0]);
    if (trace->path == NULL) {
        fprintf(stderr, "hdbg-trace: Can't stat '%s': No such file or directory\n",
                trace->options.program[0]);
        goto out;
    }
    if (arguments == NULL || self == NULL) {
        fprintf(stderr, "hdbg-trace: cannot find itself\n");
        goto out;
    }
    arguments[0] = "hdbg-trace";
    arguments[1] = TRACE_EXECUTE;
    arguments[2] = trace->path;
    for (size_t i = 0; i < count; i++)
        arguments[3 + i] = trace->options.program[i];
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = self,
                             .arguments = arguments,
                             .standard_input = -1,
                             .standard_output = -1,
                             .standard_error = -1};
    if (hdbg_team_launch(trace->session, &spec, &team) != HDBG_OK) {
        fprintf(stderr, "hdbg-trace: %s\n", hdbg_last_error());
        goto out;
    }
    trace->launched = hdbg_team_id_of(team);
    good = follow_team(trace, team) == HDBG_OK;
    if (good)
        hdbg_team_resume(team);
    else
        hdbg_team_kill(team);
out:
    hdbg_team_release(team);
    free(arguments);
    free(self);
    return good;
}

bool follow_attach(struct trace *trace, hdbg_team_id id)
{
    hdbg_team *team = NULL;
    if (hdbg_team_attach(trace->session, id, 0, &team) != HDBG_OK) {
        fprintf(stderr, "hdbg-trace: %s\n", hdbg_last_error());
        return false;
    }
    bool good = follow_team(trace, team) == HDBG_OK;
    if (good && !trace->options.quiet)
        fprintf(stderr, "hdbg-trace: Process %d attached\n", (int)id);
    hdbg_team_release(team);
    return good;
}

/* ---- events ---- */

static void tell_signal(struct trace *trace, hdbg_event *event)
{
    hdbg_stop stop = {.size = sizeof stop};
    hdbg_thread *thread = hdbg_event_thread(event);
    if (hdbg_thread_stop_get(thread, &stop) != HDBG_OK || !filter_wants_signal(&trace->filter, stop.signal) ||
        (trace->options.count && !trace->options.count_too))
        return;
    struct text text = {0};
    const char *name = hdbg_signal_name(stop.signal);
    text_add(&text, "--- %s {si_signo=%s", name, name);
    if (stop.has_info) {
        text_add(&text, ", si_code=%d", (int)stop.info.code);
        if (stop.info.team > 0)
            text_add(&text, ", si_pid=%d, si_uid=%u", (int)stop.info.team, (unsigned)stop.info.user);
        if (stop.signal == HDBG_SIGCHLD)
            text_add(&text, ", si_status=%d", (int)stop.info.status);
        if (stop.info.address != 0)
            text_add(&text, ", si_addr=0x%" PRIx64, stop.info.address);
    }
    text_add(&text, "} ---");
    output_line(trace, hdbg_event_thread_id(event), hdbg_event_time(event), "%s", text.bytes);
    text_free(&text);
}

static void tell_end(struct trace *trace, hdbg_event *event)
{
    hdbg_team *team = hdbg_event_team(event);
    hdbg_team_end end = {.size = sizeof end};
    char how[64] = "ended";
    hdbg_team_end_get(team, &end);
    if (end.signal > 0)
        snprintf(how, sizeof how, "killed by %s",
                 hdbg_signal_name(end.signal == HDBG_SIGKILLTHR ? HDBG_SIGKILL : end.signal));
    else if (end.status >= 0)
        snprintf(how, sizeof how, "exited with %d", (int)end.status);
    calls_thread_ended(trace, hdbg_team_id_of(team), hdbg_event_time(event), how);
    if (hdbg_team_id_of(team) == trace->launched)
        trace->end = end;
}

static void take_child(struct trace *trace, hdbg_event *event)
{
    hdbg_team *child = hdbg_event_child(event);
    if (child == NULL)
        return;
    trace->prefixed = true;
    if (follow_team(trace, child) == HDBG_OK && !trace->options.quiet)
        fprintf(stderr, "hdbg-trace: Process %d attached\n", (int)hdbg_team_id_of(child));
}

void follow_event(struct trace *trace, hdbg_event *event)
{
    const hdbg_nub_event *data = hdbg_event_data(event);
    char how[64];
    switch (hdbg_event_type_of(event)) {
    case HDBG_EVENT_SIGNAL_RECEIVED:
    case HDBG_EVENT_EXCEPTION_OCCURRED:
        tell_signal(trace, event);
        break;
    case HDBG_EVENT_TEAM_CREATED:
        take_child(trace, event);
        break;
    case HDBG_EVENT_THREAD_CREATED:
        trace->prefixed = true;
        break;
    case HDBG_EVENT_THREAD_DELETED:
        snprintf(how, sizeof how, "exited with %d",
                 data->data.thread_end.known ? (int)data->data.thread_end.status : 0);
        calls_thread_ended(trace, data->thread, hdbg_event_time(event), how);
        break;
    case HDBG_EVENT_TEAM_DELETED:
    case HDBG_EVENT_NUB_LOST:
        tell_end(trace, event);
        break;
    default:
        break;
    }
}
