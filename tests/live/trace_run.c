/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Runs of hdbg-trace and of strace, and what they printed.
 */
#define _GNU_SOURCE
#include "trace_run.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS = 40, PROCESSES = 32 };

static char *read_and_remove(const char *path)
{
    char *text = NULL;
    size_t room = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL || getdelim(&text, &room, '\0', file) < 0) {
        free(text);
        text = strdup("");
    }
    if (file != NULL)
        fclose(file);
    unlink(path);
    return text;
}

static void make_file(char *path)
{
    int fd = mkstemp(path);
    if (fd >= 0)
        close(fd);
}

trace_run trace_run_tool(const char *tracer, const char *const *arguments)
{
    char traced[] = "/tmp/hdbg-traced-XXXXXX", output[] = "/tmp/hdbg-output-XXXXXX";
    char errors[] = "/tmp/hdbg-errors-XXXXXX";
    const char *argv[ARGUMENTS] = {tracer, "-o", traced};
    trace_run run = {.status = -1};
    for (int i = 0; arguments[i] != NULL && i < ARGUMENTS - 4; i++)
        argv[3 + i] = arguments[i];
    make_file(traced);
    make_file(output);
    make_file(errors);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(open("/dev/null", O_RDONLY), 0);
        dup2(open(output, O_WRONLY), 1);
        dup2(open(errors, O_WRONLY), 2);
        closefrom(3);
        execvp(tracer, (char *const *)argv);
        _exit(127);
    }
    waitpid(pid, &run.status, 0);
    run.traced = read_and_remove(traced);
    run.output = read_and_remove(output);
    run.errors = read_and_remove(errors);
    return run;
}

void trace_run_free(trace_run *run)
{
    free(run->traced);
    free(run->output);
    free(run->errors);
}

/* ---- calls ---- */

typedef struct process {
    int id;
    char *text;
    size_t size;
    FILE *to;
} process;

static FILE *process_of(process *all, int *count, int id)
{
    for (int i = 0; i < *count; i++) {
        if (all[i].id == id)
            return all[i].to;
    }
    if (*count == PROCESSES)
        return all[0].to;
    process *one = &all[(*count)++];
    one->id = id;
    one->to = open_memstream(&one->text, &one->size);
    return one->to;
}

/* What comes out differently in each run: addresses, and ids of processes. */
static bool is_masked(const char *name, const char *result)
{
    static const char *const kIds[] = {"clone",   "clone3",          "fork",        "vfork",
                                       "wait4",   "set_tid_address", "getpid",      "gettid",
                                       "getppid", "getpgrp",         "rt_sigreturn"};
    if (strncmp(result, "0x", 2) == 0 && strspn(result + 2, "0123456789abcdef") > 5)
        return true;
    for (size_t i = 0; i < sizeof kIds / sizeof *kIds; i++) {
        if (strcmp(kIds[i], name) == 0 && isdigit((unsigned char)result[0]))
            return true;
    }
    return false;
}

/* strace explains some results ("0x8000 (flags O_RDONLY|O_LARGEFILE)"), and writes them in hexadecimal then.
 */
static void add_result(FILE *to, const char *name, const char *result)
{
    char *end;
    unsigned long long number = strtoull(result, &end, 0);
    bool explained = result[0] != '-' && end != result && strncmp(end, " (", 2) == 0;
    if (explained)
        fprintf(to, "%s = %llu\n", name, number);
    else
        fprintf(to, "%s = %s\n", name, result);
}

static void add_call(FILE *to, char *line)
{
    char name[64] = "", *result = NULL;
    size_t length = strlen(line);
    static const char kUnfinished[] = "<unfinished ...>";
    bool resumed = sscanf(line, "<... %63[a-z_0-9]", name) == 1;
    if (length > sizeof kUnfinished && strcmp(line + length - (sizeof kUnfinished - 1), kUnfinished) == 0)
        return;
    if (!resumed)
        sscanf(line, "%63[a-z_0-9]", name);
    for (char *next = strstr(line, " = "); next != NULL; next = strstr(next + 1, " = "))
        result = next + 3;
    if (name[0] == '\0' || result == NULL)
        return;
    /* When SIGCHLD comes is chance: what call it interrupts, which is entered again, and when its handler
     * returns. */
    if (strcmp(name, "rt_sigreturn") == 0 || strstr(result, "EINTR") != NULL ||
        strstr(result, "ERESTART") != NULL)
        return;
    if (is_masked(name, result))
        fprintf(to, "%s = *\n", name);
    else
        add_result(to, name, result);
}

static void add_line(FILE *to, char *line)
{
    char signal[32];
    if (sscanf(line, "--- %31[A-Z0-9]", signal) == 1) {
        if (strcmp(signal, "SIGCHLD") != 0)
            fprintf(to, "--- %s\n", signal);
    } else if (strncmp(line, "+++", 3) == 0) {
        char *dumped = strstr(line, " (core dumped)"); /* which hdbg-trace does not hear of */
        if (dumped != NULL)
            memmove(dumped, dumped + strlen(" (core dumped)"), strlen(dumped + strlen(" (core dumped)")) + 1);
        fprintf(to, "%s\n", line);
    } else {
        add_call(to, line);
    }
}

static int by_text(const void *one, const void *other)
{
    return strcmp(((const process *)one)->text, ((const process *)other)->text);
}

char *trace_run_calls(const trace_run *run, bool has_ids)
{
    process all[PROCESSES];
    int count = 0;
    char *copy = strdup(run->traced), *rest, *result = NULL;
    size_t size = 0;
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        int id = 0, skip = 0;
        if (has_ids && sscanf(line, "%d %n", &id, &skip) != 1)
            continue;
        add_line(process_of(all, &count, id), line + skip);
    }
    free(copy);
    for (int i = 0; i < count; i++)
        fclose(all[i].to);
    qsort(all, (size_t)count, sizeof *all, by_text);
    FILE *to = open_memstream(&result, &size);
    for (int i = 0; i < count; i++) {
        fprintf(to, "== a process\n%s", all[i].text);
        free(all[i].text);
    }
    fclose(to);
    return result;
}

char *trace_run_line(const trace_run *run, const char *beginning)
{
    size_t length = strlen(beginning);
    for (const char *line = run->traced; line != NULL && *line != '\0';) {
        const char *end = strchrnul(line, '\n');
        if (strncmp(line, beginning, length) == 0)
            return strndup(line, (size_t)(end - line));
        line = *end == '\n' ? end + 1 : NULL;
    }
    return NULL;
}
