/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Runs hdbg-report, or any program, for a test.
 */
#define _GNU_SOURCE
#include "report_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

extern char **environ;

enum { PATIENCE_SECONDS = 60, POLL_MILLISECONDS = 5 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void open_pipe(int ends[2])
{
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
}

void report_start(struct report_run *run, const char *const *argv)
{
    int in[2], out[2], error[2];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all;

    memset(run, 0, sizeof(*run));
    open_pipe(in);
    open_pipe(out);
    open_pipe(error);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, error[1], STDERR_FILENO);
    /* A test that runs in the background has ^C ignored, and would hand that on. */
    posix_spawnattr_init(&attributes);
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    int failed = posix_spawnp(&run->pid, argv[0], &actions, &attributes, (char *const *)argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    close(error[1]);
    run->input = in[1];
    run->output = out[0];
    run->error = error[0];
    run->output_text = calloc(1, 1);
    run->error_text = calloc(1, 1);
    if (failed != 0)
        fail_msg("cannot run %s: %s", argv[0], strerror(failed));
}

void report_start_at_terminal(struct report_run *run, const char *const *argv)
{
    int terminal;
    memset(run, 0, sizeof(*run));
    run->pid = forkpty(&terminal, NULL, NULL, NULL);
    if (run->pid == 0) {
        struct termios settings;
        for (int signal_number = 1; signal_number < NSIG; signal_number++)
            signal(signal_number, SIG_DFL);
        tcgetattr(STDIN_FILENO, &settings);
        settings.c_lflag &= ~(tcflag_t)ECHO;
        /* A key that sends a signal would throw away what is typed a moment later. */
        settings.c_lflag |= NOFLSH;
        settings.c_oflag &= ~(tcflag_t)OPOST;
        tcsetattr(STDIN_FILENO, TCSANOW, &settings);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    assert_true(run->pid > 0);
    fcntl(terminal, F_SETFD, FD_CLOEXEC);
    run->output = terminal;
    run->input = fcntl(terminal, F_DUPFD_CLOEXEC, 0);
    run->error = -1;
    run->output_text = calloc(1, 1);
    run->error_text = calloc(1, 1);
}

/* Appends what can be read to a text; closes the descriptor at its end. */
static void take(int *descriptor, char **text, size_t *size)
{
    char buffer[4096];
    ssize_t got = read(*descriptor, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR)
        return;
    if (got <= 0) {
        close(*descriptor);
        *descriptor = -1;
        return;
    }
    *text = realloc(*text, *size + (size_t)got + 1);
    assert_non_null(*text);
    memcpy(*text + *size, buffer, (size_t)got);
    *size += (size_t)got;
    (*text)[*size] = '\0';
}

/* Reads one piece of either stream; false at the end of both, or after `deadline`. */
static bool take_some(struct report_run *run, int64_t deadline)
{
    struct pollfd polled[] = {{.fd = run->output, .events = POLLIN}, {.fd = run->error, .events = POLLIN}};
    int64_t left = deadline - now_ms();
    if ((run->output < 0 && run->error < 0) || left <= 0)
        return false;
    if (poll(polled, 2, (int)left) > 0) {
        if (polled[0].revents != 0)
            take(&run->output, &run->output_text, &run->output_size);
        if (polled[1].revents != 0)
            take(&run->error, &run->error_text, &run->error_size);
    }
    return true;
}

bool report_take(struct report_run *run, int milliseconds)
{
    size_t before = run->output_size + run->error_size;
    take_some(run, now_ms() + milliseconds);
    return run->output_size + run->error_size != before;
}

static void await_text(struct report_run *run, char *const *in, const char *text)
{
    int64_t deadline = now_ms() + PATIENCE_SECONDS * 1000;
    while (strstr(*in, text) == NULL) {
        if (!take_some(run, deadline))
            fail_msg("'%s' did not come; standard output:\n%s\nstandard error:\n%s", text, run->output_text,
                     run->error_text);
    }
}

void report_await_output(struct report_run *run, const char *text)
{
    await_text(run, &run->output_text, text);
}

static const char *find_line(const char *text, const char *beginning)
{
    size_t length = strlen(beginning);
    for (const char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        if (strncmp(line, beginning, length) == 0)
            return line;
    }
    return NULL;
}

const char *report_await_line(struct report_run *run, const char *beginning)
{
    int64_t deadline = now_ms() + PATIENCE_SECONDS * 1000;
    const char *line;
    while ((line = find_line(run->output_text, beginning)) == NULL) {
        if (!take_some(run, deadline))
            fail_msg("no line '%s...' came; standard output:\n%s\nstandard error:\n%s", beginning,
                     run->output_text, run->error_text);
    }
    return line;
}

void report_await_error(struct report_run *run, const char *text)
{
    await_text(run, &run->error_text, text);
}

void report_type(struct report_run *run, const char *text)
{
    assert_int_equal(write(run->input, text, strlen(text)), (ssize_t)strlen(text));
}

static int shell_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void report_finish(struct report_run *run)
{
    int64_t deadline = now_ms() + PATIENCE_SECONDS * 1000;
    int status;

    if (run->input >= 0)
        close(run->input);
    run->input = -1;
    while (take_some(run, deadline))
        ;
    while (waitpid(run->pid, &status, WNOHANG) == 0) {
        if (now_ms() > deadline)
            fail_msg("process %d does not end; standard error:\n%s", (int)run->pid, run->error_text);
        poll(NULL, 0, POLL_MILLISECONDS);
    }
    run->pid = 0;
    run->status = shell_status(status);
}

void report_clean(struct report_run *run)
{
    if (run->pid > 0) {
        kill(run->pid, SIGKILL);
        waitpid(run->pid, NULL, 0);
    }
    if (run->input >= 0)
        close(run->input);
    if (run->output >= 0)
        close(run->output);
    if (run->error >= 0)
        close(run->error);
    free(run->output_text);
    free(run->error_text);
    memset(run, 0, sizeof(*run));
    run->input = run->output = run->error = -1;
}

void report_all(struct report_run *run, const char *const *argv)
{
    report_start(run, argv);
    report_finish(run);
}

char *report_read_file(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        fail_msg("cannot read %s: %s", path, strerror(errno));
    ssize_t got = getdelim(&text, &size, '\0', file);
    fclose(file);
    if (got < 0) {
        free(text);
        text = calloc(1, 1);
    }
    return text;
}

void report_expect(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in:\n%s", part, text);
}

void report_expect_none(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("there is \"%s\" in:\n%s", part, text);
}

const char *report_frame(const char *text, int number)
{
    static char line[2048];
    char wanted[16];
    const char *at = strstr(text, "', which ");
    const char *end = at == NULL ? NULL : strstr(at, "\n\n");

    line[0] = '\0';
    snprintf(wanted, sizeof(wanted), "\n  %3d ", number);
    at = at == NULL ? NULL : strstr(at, wanted);
    if (at == NULL || (end != NULL && at > end))
        return line;
    snprintf(line, sizeof(line), "%.*s", (int)strcspn(at + 1, "\n"), at + 1);
    return line;
}

int report_frame_of(const char *text, const char *function)
{
    char wanted[256];
    snprintf(wanted, sizeof(wanted), "  %s + 0x", function);
    for (int i = 0; *report_frame(text, i) != '\0'; i++) {
        if (strstr(report_frame(text, i), wanted) != NULL)
            return i;
    }
    return -1;
}

/* A field of /proc/PID/status, or "" */
static void read_status(pid_t pid, const char *field, char *value, size_t size)
{
    char path[64], line[256];
    value[0] = '\0';
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    while (fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, field, strlen(field)) == 0)
            snprintf(value, size, "%.*s", (int)size - 1,
                     line + strlen(field) + strspn(line + strlen(field), ":\t "));
    }
    fclose(file);
}

pid_t report_tracer(pid_t pid)
{
    char value[64];
    read_status(pid, "TracerPid", value, sizeof(value));
    return value[0] == '\0' ? -1 : (pid_t)atoi(value);
}

void report_await_asleep(pid_t pid)
{
    int64_t deadline = now_ms() + PATIENCE_SECONDS * 1000;
    char path[64];
    long number = -1;

    snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
    while (number != SYS_clock_nanosleep) {
        if (now_ms() > deadline)
            fail_msg("process %d does not sleep", (int)pid);
        poll(NULL, 0, POLL_MILLISECONDS);
        FILE *file = fopen(path, "re");
        if (file == NULL || fscanf(file, "%ld", &number) != 1)
            number = -1;
        if (file != NULL)
            fclose(file);
    }
}

void report_await_traced(pid_t pid, bool traced)
{
    int64_t deadline = now_ms() + PATIENCE_SECONDS * 1000;
    while ((report_tracer(pid) > 0) != traced) {
        if (now_ms() > deadline)
            fail_msg("process %d is %s", (int)pid, traced ? "not traced" : "still traced");
        poll(NULL, 0, POLL_MILLISECONDS);
    }
}
