/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Runs of hdbg-trace and of strace, and what they printed.
 */
#ifndef TEST_TRACE_RUN_H
#define TEST_TRACE_RUN_H

#include <stdbool.h>
#include <stddef.h>

#define TRACE_TOOL HDBG_TEST_TOOLS "/hdbg-trace"

typedef struct trace_run {
    int status;   /* waitpid()'s */
    char *traced; /* what went into the file of -o */
    char *output; /* standard output */
    char *errors; /* standard error */
} trace_run;

/* Runs a tracer: "TRACER -o FILE" and these arguments, up to NULL. */
trace_run trace_run_tool(const char *tracer, const char *const *arguments);
void trace_run_free(trace_run *run);

/* Of each process that -f or no -f has shown: the names of its calls with their results, signals and its end,
 * with what differs from run to run masked. The processes are sorted by what they did. To be freed. */
char *trace_run_calls(const trace_run *run, bool has_ids);

/* The line of a call that has such a beginning, without its newline; NULL: there is none. To be freed. */
char *trace_run_line(const trace_run *run, const char *beginning);

#endif /* TEST_TRACE_RUN_H */
