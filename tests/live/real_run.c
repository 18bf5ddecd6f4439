/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Real programs of many processes, for a test.
 */
#define _GNU_SOURCE
#include "real_run.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

enum { PATIENCE_SECONDS = 60, POLL_MILLISECONDS = 20, ARGUMENTS_MAX = 64, RUNS_MAX = 8, PATHS = 8 };

static char sFolder[64];
static struct report_run *sRuns[RUNS_MAX];

/* ---- waiting ---- */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

bool real_await(bool (*done)(void *context), void *context)
{
    double deadline = now() + PATIENCE_SECONDS;
    while (!done(context)) {
        if (now() > deadline)
            return false;
        poll(NULL, 0, POLL_MILLISECONDS);
    }
    return true;
}

/* ---- the folder ---- */

int real_set_up(void **state)
{
    (void)state;
    snprintf(sFolder, sizeof(sFolder), "/tmp/hdbg-real-XXXXXX");
    if (mkdtemp(sFolder) == NULL || chmod(sFolder, 0711) != 0)
        return -1;
    /* Programs look for their settings here, and find none. */
    setenv("HOME", sFolder, 1);
    setenv("XDG_RUNTIME_DIR", sFolder, 1);
    setenv("XDG_CONFIG_HOME", sFolder, 1);
    setenv("XDG_CACHE_HOME", sFolder, 1);
    setenv("XDG_DATA_HOME", sFolder, 1);
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    setenv("HAIKUDBG_NUB", HDBG_TEST_NUB, 0); /* for a test that is run by hand */
    setenv("HAIKUDBG_DWARF", HDBG_TEST_DWARF, 0);
    return 0;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    remove(path);
    return 0;
}

int real_tear_down(void **state)
{
    (void)state;
    return nftw(sFolder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *real_path(const char *name)
{
    static char paths[PATHS][256];
    static unsigned next;
    char *path = paths[next++ % PATHS];
    snprintf(path, sizeof(paths[0]), "%s/%s", sFolder, name);
    return path;
}

/* ---- programs ---- */

/* Where the keeper of a slot of sRuns writes its program's id. */
static const char *note_of(size_t slot)
{
    char name[32];
    snprintf(name, sizeof(name), "keeper.%zu", slot);
    return real_path(name);
}

void real_start(struct report_run *run, const char *const *argv)
{
    const char *all[ARGUMENTS_MAX] = {HDBG_TEST_FIXTURES "/keeper"};
    size_t count = 2, slot = 0;
    while (*argv != NULL && count < ARGUMENTS_MAX - 1)
        all[count++] = *argv++;
    assert_null(*argv);
    while (slot < RUNS_MAX && sRuns[slot] != NULL)
        slot++;
    assert_true(slot < RUNS_MAX);
    all[1] = note_of(slot);
    remove(all[1]);
    report_start(run, all);
    sRuns[slot] = run;
}

void real_end(struct report_run *run)
{
    for (size_t i = 0; i < RUNS_MAX; i++) {
        if (sRuns[i] == run)
            sRuns[i] = NULL;
    }
    if (run->pid > 0 && kill(run->pid, SIGTERM) == 0)
        waitpid(run->pid, NULL, 0); /* nothing holds up a keeper */
    run->pid = 0;
    report_clean(run);
}

int real_end_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < RUNS_MAX; i++) {
        if (sRuns[i] != NULL)
            real_end(sRuns[i]);
    }
    return 0;
}

/* ---- processes ---- */

/* A file of /proc/PID, with blanks for NULs. @return its length. */
static size_t read_proc(pid_t pid, const char *name, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    FILE *file = fopen(path, "re");
    size_t got = file != NULL ? fread(text, 1, size - 1, file) : 0;
    if (file != NULL)
        fclose(file);
    for (size_t i = 0; i < got; i++)
        text[i] = text[i] == '\0' ? ' ' : text[i];
    text[got] = '\0';
    return got;
}

static char state_of(pid_t pid, pid_t *parent)
{
    char text[512], state = 'X';
    read_proc(pid, "stat", text, sizeof(text));
    const char *name_end = strrchr(text, ')');
    *parent = 0;
    if (name_end != NULL)
        sscanf(name_end, ") %c %d", &state, parent);
    return state;
}

static void add_process(struct real_process *process, pid_t pid)
{
    process->pid = pid;
    process->tracer = report_tracer(pid);
    read_proc(pid, "cmdline", process->command, sizeof(process->command));
}

size_t real_family(pid_t root, struct real_process family[REAL_PROCESSES])
{
    size_t count = 0;
    add_process(&family[count++], root);
    /* Parents are older than their children in all but odd cases; these are met by looking again. */
    for (size_t before = 0; before != count;) {
        struct dirent *entry;
        DIR *folder = opendir("/proc");
        assert_non_null(folder);
        before = count;
        while ((entry = readdir(folder)) != NULL && count < REAL_PROCESSES) {
            pid_t pid = atoi(entry->d_name), parent = 0;
            bool known = pid <= 0 || strchr("ZX", state_of(pid, &parent)) != NULL, ours = false;
            for (size_t i = 0; i < count; i++) {
                known |= family[i].pid == pid;
                ours |= family[i].pid == parent;
            }
            if (ours && !known)
                add_process(&family[count++], pid);
        }
        closedir(folder);
    }
    return count;
}

struct wanted_process {
    pid_t root, except, found;
    const char *part;
};

static bool is_there(void *context)
{
    struct wanted_process *wanted = context;
    struct real_process family[REAL_PROCESSES];
    size_t count = real_family(wanted->root, family);
    for (size_t i = 0; i < count && wanted->found == 0; i++) {
        if (family[i].pid != wanted->except && strstr(family[i].command, wanted->part) != NULL)
            wanted->found = family[i].pid;
    }
    return wanted->found != 0;
}

pid_t real_await_process(pid_t root, const char *part, pid_t except)
{
    struct wanted_process wanted = {.root = root, .except = except, .part = part};
    if (!real_await(is_there, &wanted))
        fail_msg("no process '%s' comes", part);
    return wanted.found;
}

struct wanted_program {
    const struct report_run *run;
    pid_t found;
};

static bool is_started(void *context)
{
    struct wanted_program *wanted = context;
    char command[512];
    int pid = 0;
    for (size_t i = 0; i < RUNS_MAX; i++) {
        FILE *file = sRuns[i] == wanted->run ? fopen(note_of(i), "re") : NULL;
        if (file != NULL && fscanf(file, "%d\n", &pid) != 1)
            pid = 0;
        if (file != NULL)
            fclose(file);
    }
    wanted->found = pid;
    /* Before its exec it is the keeper still. */
    return pid != 0 && read_proc(pid, "cmdline", command, sizeof(command)) != 0 &&
           strstr(command, "/keeper ") == NULL;
}

pid_t real_program(const struct report_run *run)
{
    struct wanted_program wanted = {.run = run};
    if (!real_await(is_started, &wanted))
        fail_msg("no program was started; standard error:\n%s", run->error_text);
    return wanted.found;
}

static bool has_ended(void *context)
{
    pid_t parent;
    return strchr("ZX", state_of(*(pid_t *)context, &parent)) != NULL;
}

void real_await_end(pid_t pid)
{
    if (!real_await(has_ended, &pid))
        fail_msg("process %d does not end", (int)pid);
}

/* ---- HTTP ---- */

/* Whether all of an answer is there: servers keep the connection, whatever they are asked. */
static bool is_whole(const char *text, size_t size)
{
    const char *body = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "\r\nContent-Length:");
    return body != NULL && length != NULL && length < body &&
           size >= (size_t)(body + 4 - text) + (size_t)atoi(length + strlen("\r\nContent-Length:"));
}

char *real_ask(int port, const char *method, const char *path)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    char request[1024], *text = calloc(1, 1);
    size_t size = 0;
    ssize_t got = 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    int length = snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", method,
                          path, port);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        got = send(fd, request, (size_t)length, MSG_NOSIGNAL);
    while (got > 0 && !is_whole(text, size)) {
        text = realloc(text, size + 4096 + 1);
        assert_non_null(text);
        got = recv(fd, text + size, 4096, 0);
        size += got > 0 ? (size_t)got : 0;
        text[size] = '\0';
    }
    close(fd);
    if (is_whole(text, size))
        return text;
    free(text);
    return NULL;
}

struct question {
    int port;
    const char *method, *path, *part;
    char *answer;
};

static bool is_answered(void *context)
{
    struct question *question = context;
    free(question->answer);
    question->answer = real_ask(question->port, question->method, question->path);
    return question->answer != NULL && strstr(question->answer, question->part) != NULL;
}

char *real_await_answer(int port, const char *method, const char *path, const char *part)
{
    struct question question = {.port = port, .method = method, .path = path, .part = part};
    if (!real_await(is_answered, &question))
        fail_msg("%s answers without \"%s\":\n%s", path, part,
                 question.answer != NULL ? question.answer : "(nothing)");
    return question.answer;
}
