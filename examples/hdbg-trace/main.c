/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-trace shows the system calls of a program, and what else happens to it.
 *
 *   options.c    the command line          filter.c   -e
 *   follow.c     teams                     calls.c    system calls
 *   decode.c     arguments and results     line.c     lines
 *   summary.c    -c                        interrupt.c   signals
 */
#include "trace.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

enum { REST_MICROSECONDS = 1000000 };

/* What is launched: it goes on as the program, which so is seen from its beginning on. */
static int execute(char **argv)
{
    execv(argv[2], argv + 3);
    fprintf(stderr, "hdbg-trace: exec: %s\n", strerror(errno));
    return EXIT_FAILURE;
}

static bool open_output(struct trace *trace)
{
    const char *path = trace->options.output;
    trace->output.file = stderr;
    if (path == NULL)
        return true;
    trace->output.file = fopen(path, trace->options.append ? "ae" : "we");
    if (trace->output.file == NULL)
        fprintf(stderr, "hdbg-trace: Can't fopen '%s': %s\n", path, strerror(errno));
    return trace->output.file != NULL;
}

static bool open_session(struct trace *trace)
{
    hdbg_session_options options = {.size = sizeof options,
                                    .follow = trace->options.follow ? HDBG_FOLLOW_CHILD : HDBG_FOLLOW_NONE};
    if (hdbg_session_create(&options, &trace->session) != HDBG_OK) {
        fprintf(stderr, "hdbg-trace: %s\n", hdbg_last_error());
        return false;
    }
    const hdbg_kernel *kernel = hdbg_session_kernel(trace->session);
    struct timeval now;
    gettimeofday(&now, NULL);
    trace->clock = (hdbg_time)now.tv_sec * 1000000 + now.tv_usec - kernel->ops->system_time(kernel->context);
    return interrupt_prepare(trace->session, trace->options.program != NULL);
}

static void deal_with(struct trace *trace, hdbg_event *event)
{
    int32_t type = hdbg_event_type_of(event);
    bool call =
        type == HDBG_EVENT_TRACED || type == HDBG_EVENT_PRE_SYSCALL || type == HDBG_EVENT_POST_SYSCALL;
    if (call)
        calls_event(trace, event);
    else
        follow_event(trace, event);
    if (type == HDBG_EVENT_TEAM_CREATED && hdbg_event_child(event) != NULL)
        hdbg_team_resume(hdbg_event_child(event));
    if (hdbg_event_is_stop(event))
        hdbg_thread_resume(hdbg_event_thread(event), NULL);
    hdbg_event_release(event);
}

/* Until the last team has ended, or a signal comes. */
static void watch(struct trace *trace)
{
    hdbg_event *event;
    while (interrupt_taken() == 0) {
        hdbg_status status = hdbg_wait(trace->session, NULL, 0, &event);
        if (status == HDBG_WOULD_BLOCK) {
            fflush(trace->output.file);
            status = hdbg_wait(trace->session, NULL, HDBG_FOREVER, &event);
        }
        if (status == HDBG_OK)
            deal_with(trace, event);
        else if (status != HDBG_WOKEN)
            return;
    }
}

/* Shows what teams have told until now; not for long, as some tell faster than that can be shown. */
static void show_rest(struct trace *trace)
{
    const hdbg_kernel *kernel = hdbg_session_kernel(trace->session);
    hdbg_time end = kernel->ops->system_time(kernel->context) + REST_MICROSECONDS;
    hdbg_event *event;
    hdbg_status status = HDBG_OK;
    while ((status == HDBG_OK || status == HDBG_WOKEN) && kernel->ops->system_time(kernel->context) < end) {
        status = hdbg_wait(trace->session, NULL, 0, &event);
        if (status == HDBG_OK)
            deal_with(trace, event);
    }
}

/* Lets all teams go. What they have told until then is shown. */
static void detach(struct trace *trace)
{
    hdbg_team *teams[64];
    size_t count = hdbg_session_teams(trace->session, teams, 64);
    if (count > 64)
        count = 64;
    for (size_t i = 0; i < count && trace->by_nub; i++)
        hdbg_team_trace(teams[i], NULL);
    if (trace->by_nub)
        show_rest(trace);
    if (trace->output.current != 0) {
        fputs(" <detached ...>\n", trace->output.file);
        trace->output.current = 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (hdbg_team_detach(teams[i]) == HDBG_OK && !trace->options.quiet)
            fprintf(stderr, "hdbg-trace: Process %d detached\n", (int)hdbg_team_id_of(teams[i]));
        hdbg_team_release(teams[i]);
    }
}

/* The system's number of a signal that ends this program as it did the traced one. */
static int own_number(int32_t signal)
{
    static const struct {
        int32_t haiku;
        int own;
    } kSignals[] = {{HDBG_SIGHUP, SIGHUP},   {HDBG_SIGINT, SIGINT},   {HDBG_SIGQUIT, SIGQUIT},
                    {HDBG_SIGILL, SIGILL},   {HDBG_SIGABRT, SIGABRT}, {HDBG_SIGPIPE, SIGPIPE},
                    {HDBG_SIGFPE, SIGFPE},   {HDBG_SIGKILL, SIGKILL}, {HDBG_SIGKILLTHR, SIGKILL},
                    {HDBG_SIGSEGV, SIGSEGV}, {HDBG_SIGALRM, SIGALRM}, {HDBG_SIGTERM, SIGTERM},
                    {HDBG_SIGUSR1, SIGUSR1}, {HDBG_SIGUSR2, SIGUSR2}, {HDBG_SIGBUS, SIGBUS},
                    {HDBG_SIGTRAP, SIGTRAP}};
    for (size_t i = 0; i < sizeof kSignals / sizeof *kSignals; i++) {
        if (kSignals[i].haiku == signal)
            return kSignals[i].own;
    }
    return 0;
}

/* Ends as the program did. */
static int exit_status(const struct trace *trace)
{
    const struct rlimit none = {0, 0};
    int number = trace->end.signal > 0 ? own_number(trace->end.signal) : 0;
    if (number != 0) {
        setrlimit(RLIMIT_CORE, &none);
        signal(number, SIG_DFL);
        raise(number);
        return 128 + number;
    }
    return trace->end.status >= 0 ? trace->end.status & 0xff : EXIT_SUCCESS;
}

static void finish(struct trace *trace)
{
    if (trace->options.count)
        summary_print(&trace->summary, trace->options.sort, trace->output.file);
    if (fflush(trace->output.file) != 0 || ferror(trace->output.file))
        perror("hdbg-trace: cannot write");
    if (trace->output.file != stderr)
        fclose(trace->output.file);
    interrupt_end();
    hdbg_session_destroy(trace->session);
    calls_free(&trace->callers);
    summary_free(&trace->summary);
    text_free(&trace->output.line);
    free(trace->path);
}

int main(int argc, char **argv)
{
    struct trace trace = {.how = {.size = sizeof trace.how}};
    bool good = true;
    if (argc >= 4 && strcmp(argv[1], TRACE_EXECUTE) == 0)
        return execute(argv);
    switch (options_parse(&trace.options, argc, argv)) {
    case OPTIONS_DONE:
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    case OPTIONS_WRONG:
        return EXIT_FAILURE;
    case OPTIONS_RUN:
        break;
    }
    for (int i = 0; i < trace.options.filter_count; i++)
        good = good && filter_parse(&trace.filter, trace.options.filters[i]);
    if (!good || !open_output(&trace) || !open_session(&trace))
        return EXIT_FAILURE;
    trace.how.limit = trace.options.limit;
    if (trace.options.count && !trace.options.count_too && trace.options.program == NULL)
        trace.how.flags |= HDBG_TRACE_NO_MEMORY;
    if (trace.options.whole)
        trace.how.flags |= HDBG_TRACE_ENVIRONMENT;
    trace.begun = trace.options.program == NULL;
    trace.prefixed = trace.options.team_count > 1 || (trace.options.follow && trace.options.output != NULL);
    if (trace.options.program != NULL)
        good = follow_launch(&trace);
    for (int i = 0; i < trace.options.team_count && good; i++)
        good = follow_attach(&trace, trace.options.teams[i]);
    if (good)
        watch(&trace);
    detach(&trace);
    finish(&trace);
    return good ? exit_status(&trace) : EXIT_FAILURE;
}
