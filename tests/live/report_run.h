/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Runs hdbg-report, or any program, for a test: its input, what it writes, how it ends.
 */
#ifndef LIVE_REPORT_RUN_H
#define LIVE_REPORT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define REPORT_TOOL HDBG_TEST_TOOLS "/hdbg-report"

/* A program that runs. Texts grow as they are read, and are always NUL-terminated. */
struct report_run {
    pid_t pid;
    int input, output, error; /* our ends of its pipes; -1: closed */
    char *output_text, *error_text;
    size_t output_size, error_size;
    int status; /* as a shell's $?, once it has ended */
};

/* Starts argv[0] (searched in $PATH) with its standard streams on pipes. Fails the test if it cannot. */
void report_start(struct report_run *run, const char *const *argv);
/* The same on a terminal of its own, that it controls: all that it writes is its output, and report_type()
 * types. The terminal does not echo. */
void report_start_at_terminal(struct report_run *run, const char *const *argv);
/* Reads until the program's standard output, or its standard error, contains `text`; fails the test after a
 * while. */
void report_await_output(struct report_run *run, const char *text);
void report_await_error(struct report_run *run, const char *text);
/* Reads a piece of what it has written, or will write in so many milliseconds; whether there was one. */
bool report_take(struct report_run *run, int milliseconds);
/* Reads until its standard output has a whole line that begins with `beginning`; answers where that is. */
const char *report_await_line(struct report_run *run, const char *beginning);
/* Writes to its standard input. */
void report_type(struct report_run *run, const char *text);
/* Closes its standard input, reads all that it writes, and takes its status; fails the test if it does not
 * end. */
void report_finish(struct report_run *run);
/* Kills it if it still runs, and frees what is in `run`. */
void report_clean(struct report_run *run);

/* Starts and finishes. */
void report_all(struct report_run *run, const char *const *argv);

/* A file's text, to be freed; fails the test if it cannot be read. */
char *report_read_file(const char *path);

/* Fails the test, showing the text, unless `text` contains `part`. */
void report_expect(const char *text, const char *part);
void report_expect_none(const char *text, const char *part);
/* The line of the nth frame of the thread that a report is about; "" if there is none. Valid until the next
 * call. */
const char *report_frame(const char *text, int number);
/* The number of its first frame that names a function, or -1. */
int report_frame_of(const char *text, const char *function);

/* Waits until a process is traced, or not traced (any more); fails the test after a while. */
void report_await_traced(pid_t pid, bool traced);
/* The process's tracer, 0 if there is none, -1 if there is no such process. */
pid_t report_tracer(pid_t pid);
/* Waits until a process sleeps in clock_nanosleep(); fails the test after a while. */
void report_await_asleep(pid_t pid);

#endif /* LIVE_REPORT_RUN_H */
