/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the files of hdbg-trace share.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include <haikudbg/haikudbg.h>

#include <stdbool.h>
#include <stdio.h>

/* The hidden first argument with which hdbg-trace is what it traces, until it executes the program. */
#define TRACE_EXECUTE "--execute-traced"

/* ---- options.c ---- */

enum time_style { TIME_NONE, TIME_OF_DAY, TIME_MICROSECONDS, TIME_EPOCH };

struct options {
    bool follow, count, count_too, quiet, paths, durations, relative, whole, stopping, append;
    enum time_style time;
    unsigned limit; /* -s */
    int column;     /* -a */
    const char *output, *sort;
    const char *filters[64];
    int filter_count;
    hdbg_team_id teams[64];
    int team_count;
    char **program; /* NULL: only teams that run */
};

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG };
enum options_result options_parse(struct options *options, int argc, char **argv);

/* ---- filter.c ---- */

/* What -e says. */
struct filter {
    const char *calls; /* a list of calls; NULL: all */
    bool signals_chosen;
    uint64_t signals; /* bit n-1: signal n */
};

/* False: the expression is wrong, which was said. */
bool filter_parse(struct filter *filter, const char *expression);
/* Whether a call is wanted. */
bool filter_wants(const struct filter *filter, const hdbg_syscall *call);
bool filter_wants_signal(const struct filter *filter, int32_t signal);
/* False: it names a call that the team has not; said. */
bool filter_check(const struct filter *filter, hdbg_team *team);

/* ---- line.c: the lines that are printed ---- */

/* A line in the making. */
struct text {
    char *bytes;
    size_t length, room;
};
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_pad(struct text *text, size_t column);
void text_free(struct text *text);

struct trace;

/* The output: who prints now, and where. */
struct output {
    FILE *file;
    hdbg_thread_id current; /* whose line is open; 0: nobody's */
    size_t column;          /* of that line */
    struct text line;
};
/* Begins a line, ends that of another. */
void output_begin(struct trace *trace, hdbg_thread_id thread, hdbg_time time);
void output_write(struct trace *trace, const struct text *text);
void output_end(struct trace *trace);
/* Takes what is open to its end, unfinished. */
void output_break(struct trace *trace);
/* A line of its own. */
void output_line(struct trace *trace, hdbg_thread_id thread, hdbg_time time, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- decode.c: arguments and results in words ---- */

/* Adds arguments from `first` on, up to the first that only the call's answer fills; all of them `after` the
 * call. @return the index behind the last. */
int decode_arguments(struct trace *trace, hdbg_team *team, struct text *text, const hdbg_syscall *call,
                     const hdbg_traced *traced, int first, bool after);
void decode_result(struct trace *trace, hdbg_team *team, struct text *text, const hdbg_syscall *call,
                   const hdbg_traced *traced);
void decode_bytes(struct text *text, const uint8_t *bytes, size_t size, bool more);

/* ---- summary.c ---- */

struct summary_row {
    char name[64];
    uint64_t calls, errors;
    hdbg_time time;
};
struct summary {
    struct summary_row *rows;
    size_t count, room;
};
void summary_add(struct summary *summary, const char *name, hdbg_time time, bool failed);
void summary_print(const struct summary *summary, const char *sort, FILE *to);
void summary_free(struct summary *summary);
/* Whether -S knows the word. */
bool summary_can_sort(const char *sort);

/* ---- calls.c: system calls as they come ---- */

/* A thread with a call under way. */
struct caller {
    hdbg_thread_id thread;
    bool inside, hidden;
    uint32_t number;
    int printed; /* arguments */
    char name[48];
    hdbg_time begun;
};
struct callers {
    struct caller *all;
    size_t count, room;
};
void calls_event(struct trace *trace, hdbg_event *event);
/* The thread has ended: what it was in has no result. */
void calls_thread_ended(struct trace *trace, hdbg_thread_id thread, hdbg_time time, const char *how);
void calls_free(struct callers *callers);

/* ---- main.c ---- */

struct trace {
    struct options options;
    struct filter filter;
    struct output output;
    struct summary summary;
    struct callers callers;
    hdbg_session *session;
    hdbg_trace_options how;
    bool by_nub;   /* the kernel's trace mode */
    bool begun;    /* the program itself is being executed */
    bool prefixed; /* lines begin with whose they are */
    bool checked;  /* the filter */
    hdbg_team_id launched;
    hdbg_team_end end; /* of the launched one */
    char *path;        /* of the launched one */
    hdbg_time clock;   /* what to add to a time to have it since the epoch */
    hdbg_time last;    /* -r */
};

/* ---- follow.c: teams and what happens to them ---- */

/* Sets up what is to be told of a team. */
hdbg_status follow_team(struct trace *trace, hdbg_team *team);
/* Launches the program. False: it could not be, which was said. */
bool follow_launch(struct trace *trace);
bool follow_attach(struct trace *trace, hdbg_team_id id);
/* An event that is no system call. */
void follow_event(struct trace *trace, hdbg_event *event);

/* ---- interrupt.c ---- */

/* Signals that hdbg-trace gets end its waits. */
bool interrupt_prepare(hdbg_session *session, bool launched);
/* From now on they do not. To be called before the session is destroyed. */
void interrupt_end(void);
/* The one that came, or 0. */
int interrupt_taken(void);

#endif /* TRACE_TRACE_H */
