/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Launching and attaching: what the command line says, and what an extended client wants later. A program of
 * the client's is started by the user's shell, unless the client does not want that; it is told of the team
 * when the shell has become the program.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

enum { SHELL_SECONDS = 30, STANDARD_STREAMS = 3 };

struct start {
    char **arguments; /* of the last program: NULL-terminated */
    char **environment;
    char *folder;                    /* NULL: the server's own */
    char *streams[STANDARD_STREAMS]; /* files for the standard streams; NULL: the server's own */
    bool randomization, shell, on_stdio;
};

/* ---- lists of strings ---- */

static void list_free(char **list)
{
    for (char **at = list; at != NULL && *at != NULL; at++)
        free(*at);
    free(list);
}

/* Takes `text` over. False: no memory; then it is freed. */
static bool list_add(char ***list, char *text)
{
    size_t count = 0;
    while (*list != NULL && (*list)[count] != NULL)
        count++;
    char **more = text != NULL ? realloc(*list, (count + 2) * sizeof *more) : NULL;
    if (more == NULL) {
        free(text);
        return false;
    }
    more[count] = text;
    more[count + 1] = NULL;
    *list = more;
    return true;
}

static char **list_copy(char *const *from)
{
    char **copy = calloc(1, sizeof *copy);
    bool good = copy != NULL;
    for (; good && *from != NULL; from++)
        good = list_add(&copy, strdup(*from));
    if (good)
        return copy;
    list_free(copy);
    return NULL;
}

/* ---- what the client has chosen ---- */

bool start_init(struct server *server)
{
    struct start *start = calloc(1, sizeof *start);
    server->start = start;
    if (start == NULL)
        return false;
    start->shell = !server->options.no_shell;
    start->randomization = server->options.randomization;
    start->environment = list_copy(environ);
    start->arguments = server->options.arguments != NULL ? list_copy(server->options.arguments) : NULL;
    return start->environment != NULL;
}

void start_free(struct server *server)
{
    if (server->start == NULL)
        return;
    list_free(server->start->arguments);
    list_free(server->start->environment);
    free(server->start->folder);
    for (int i = 0; i < STANDARD_STREAMS; i++)
        free(server->start->streams[i]);
    free(server->start);
    server->start = NULL;
}

/* A text in hexadecimal, up to the next character that is none; to be freed. NULL: it is damaged. */
static char *take_string(struct cursor *packet)
{
    size_t room = cursor_left(packet) / 2 + 1;
    char *text = malloc(room);
    if (text != NULL && take_hex_text(packet, text, room))
        return text;
    free(text);
    return NULL;
}

/* Takes a variable out of the list. */
static void unset(char **environment, const char *name, size_t length)
{
    char **to = environment;
    for (char **from = environment; *from != NULL; from++) {
        if (strncmp(*from, name, length) == 0 && (*from)[length] == '=')
            free(*from);
        else
            *to++ = *from;
    }
    *to = NULL;
}

void start_set_variable(struct server *server, struct cursor *packet)
{
    char *variable = take_string(packet);
    const char *equals = variable != NULL ? strchr(variable, '=') : NULL;
    if (equals == NULL || equals == variable || packet->at != packet->end) {
        free(variable);
        answer_error(server);
        return;
    }
    unset(server->start->environment, variable, (size_t)(equals - variable));
    answer(server, list_add(&server->start->environment, variable) ? HDBG_OK : HDBG_NO_MEMORY);
}

void start_unset_variable(struct server *server, struct cursor *packet)
{
    char *name = take_string(packet);
    bool good = name != NULL && *name != '\0' && packet->at == packet->end;
    if (good)
        unset(server->start->environment, name, strlen(name));
    free(name);
    answer(server, good ? HDBG_OK : HDBG_BAD_VALUE);
}

void start_reset_environment(struct server *server, struct cursor *packet)
{
    (void)packet;
    char **copy = list_copy(environ);
    if (copy != NULL) {
        list_free(server->start->environment);
        server->start->environment = copy;
    }
    answer(server, copy != NULL ? HDBG_OK : HDBG_NO_MEMORY);
}

void start_set_folder(struct server *server, struct cursor *packet)
{
    char *folder = take_string(packet);
    if (folder == NULL || packet->at != packet->end) {
        free(folder);
        answer_error(server);
        return;
    }
    free(server->start->folder);
    server->start->folder = folder;
    if (*folder == '\0') { /* the server's own again */
        free(folder);
        server->start->folder = NULL;
    }
    answer_ok(server);
}

static void set_stream(struct server *server, struct cursor *packet, int number)
{
    char *path = take_string(packet);
    if (path == NULL || *path == '\0' || packet->at != packet->end) {
        free(path);
        answer_error(server);
        return;
    }
    free(server->start->streams[number]);
    server->start->streams[number] = path;
    answer_ok(server);
}

void start_set_input(struct server *server, struct cursor *packet)
{
    set_stream(server, packet, STDIN_FILENO);
}

void start_set_output(struct server *server, struct cursor *packet)
{
    set_stream(server, packet, STDOUT_FILENO);
}

void start_set_error(struct server *server, struct cursor *packet)
{
    set_stream(server, packet, STDERR_FILENO);
}

/* "0" or "1" */
static void take_switch(struct server *server, struct cursor *packet, bool *flag, bool when_one)
{
    if (is_word(packet, "0") || is_word(packet, "1")) {
        *flag = (*packet->at == '1') == when_one;
        answer_ok(server);
    } else {
        answer_error(server);
    }
}

void start_set_randomization(struct server *server, struct cursor *packet)
{
    take_switch(server, packet, &server->start->randomization, false);
}

void start_set_shell(struct server *server, struct cursor *packet)
{
    take_switch(server, packet, &server->start->shell, true);
}

/* ---- launching ---- */

/* The files that were named for the streams. */
static hdbg_status open_streams(const struct start *start, int files[STANDARD_STREAMS])
{
    hdbg_status status = HDBG_OK;
    for (int i = 0; i < STANDARD_STREAMS; i++) {
        int flags = i == STDIN_FILENO ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC;
        const char *path = start->streams[i];
        if (path == NULL && i == STDIN_FILENO && start->on_stdio)
            path = "/dev/null"; /* the client talks there */
        files[i] = path != NULL ? open(path, flags | O_CLOEXEC | O_NOCTTY, 0666) : -1;
        if (path != NULL && files[i] < 0)
            status = hdbg_kernel_fail(HDBG_ENTRY_NOT_FOUND, "cannot open %s: %s", path, strerror(errno));
    }
    return status;
}

static hdbg_status launch(struct server *server, char *const *arguments, hdbg_team **team)
{
    const struct start *start = server->start;
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = arguments[0],
                             .arguments = (const char *const *)arguments,
                             .environment = (const char *const *)start->environment,
                             .working_directory = start->folder,
                             .standard_input = -1,
                             .standard_output = -1,
                             .standard_error = -1,
                             .flags = start->randomization ? 0 : HDBG_LAUNCH_NO_RANDOMIZATION};
    /* A name alone is a file here, or else one that a shell would find. */
    if (strchr(arguments[0], '/') == NULL && access(arguments[0], X_OK) != 0)
        spec.flags |= HDBG_LAUNCH_SEARCH_PATH;
    int files[STANDARD_STREAMS];
    hdbg_status status = open_streams(start, files);
    spec.standard_input = files[STDIN_FILENO];
    spec.standard_output = files[STDOUT_FILENO] < 0 && start->on_stdio ? STDERR_FILENO : files[STDOUT_FILENO];
    spec.standard_error = files[STDERR_FILENO];
    if (status == HDBG_OK)
        status = hdbg_team_launch(server->session, &spec, team);
    for (int i = 0; i < STANDARD_STREAMS; i++) {
        if (files[i] >= 0)
            close(files[i]);
    }
    return status;
}

/* Lets a shell or a wrapper run until it has become the program: after that many execs. Its threads and
 * children are nobody's business. */
static hdbg_status await_program(struct server *server, hdbg_team *team, int execs)
{
    hdbg_wait_filter filter = {.size = sizeof filter, .team = hdbg_team_id_of(team)};
    hdbg_status status = hdbg_team_set_events(team, HDBG_TEAM_CREATION);
    hdbg_event *event;
    hdbg_team_set_follow(team, HDBG_FOLLOW_NONE);
    if (status == HDBG_OK)
        status = hdbg_team_resume(team);
    while (status == HDBG_OK && execs > 0) {
        status = hdbg_wait(server->session, &filter, (hdbg_time)SHELL_SECONDS * 1000000, &event);
        if (status != HDBG_OK)
            break;
        int32_t type = hdbg_event_type_of(event);
        execs -= type == HDBG_EVENT_TEAM_EXEC;
        if (type == HDBG_EVENT_TEAM_DELETED || type == HDBG_EVENT_NUB_LOST)
            status = hdbg_kernel_fail(HDBG_TEAM_GONE, "what was to start '%s' has ended before that",
                                      server->start->arguments[0]);
        else if (execs > 0 && hdbg_event_is_stop(event))
            hdbg_thread_resume(hdbg_event_thread(event), NULL);
        hdbg_event_release(event);
    }
    return status;
}

/* As one line for the shell. The client has understood quotes already, so that the shell must not do it a
 * second time: gdbserver, too, gives each argument as it came. */
static char *command_line(char *const *arguments)
{
    struct reply line = {0};
    reply_text(&line, "exec");
    for (; *arguments != NULL; arguments++) {
        reply_text(&line, " '");
        for (const char *at = *arguments; *at != '\0'; at++)
            reply_bytes(&line, *at == '\'' ? "'\\''" : at, *at == '\'' ? 4 : 1);
        reply_text(&line, "'");
    }
    reply_bytes(&line, "", 1);
    return line.failed ? NULL : line.data;
}

/* The program and its arguments, behind the wrapper if there is one; to be freed as a list. */
static char **wrapped(const struct server *server)
{
    const struct options *options = &server->options;
    char **list = NULL;
    bool good = true;
    for (size_t i = 0; good && i < options->wrapper_count; i++)
        good = list_add(&list, strdup(options->wrapper[i]));
    for (char *const *at = server->start->arguments; good && *at != NULL; at++)
        good = list_add(&list, strdup(*at));
    if (good)
        return list;
    list_free(list);
    return NULL;
}

static void give_up(hdbg_team **team, hdbg_status status)
{
    char why[512];
    snprintf(why, sizeof why, "%s", hdbg_last_error());
    hdbg_team_kill(*team);
    hdbg_team_detach(*team);
    hdbg_team_release(*team);
    *team = NULL;
    hdbg_kernel_fail(status, "%s", why);
}

static hdbg_status launch_program(struct server *server, bool by_shell, hdbg_team **team)
{
    const char *shell = getenv("SHELL");
    char **arguments = wrapped(server), *line = NULL, fallback[] = "/bin/sh", option[] = "-c";
    int execs = (by_shell ? 1 : 0) + (server->options.wrapper != NULL ? 1 : 0);
    if (arguments != NULL && by_shell)
        line = command_line(arguments);
    char *const shell_arguments[] = {shell != NULL && *shell == '/' ? (char *)(uintptr_t)shell : fallback,
                                     option, line, NULL};
    hdbg_status status = HDBG_OK;
    if (arguments == NULL || (by_shell && line == NULL))
        status = hdbg_kernel_fail(HDBG_NO_MEMORY, "cannot start a program: out of memory");
    if (status == HDBG_OK)
        status = launch(server, by_shell ? shell_arguments : arguments, team);
    if (status == HDBG_OK && execs != 0) {
        status = await_program(server, *team, execs);
        if (status != HDBG_OK)
            give_up(team, status);
    }
    list_free(arguments);
    free(line);
    return status;
}

/* ---- what has come ---- */

/* NULL: its processor is not known to clients. */
static struct inferior *begin(struct server *server, hdbg_team *team, bool attached)
{
    struct inferior *inferior = inferior_add(server, team, NULL);
    if (inferior == NULL)
        return NULL;
    inferior->attached = attached;
    server->started = inferior->pid;
    server->interrupted = false;
    for (size_t i = 0; i < inferior->task_count; i++)
        inferior->tasks[i]->unseen = true;
    inferior_choose(server, inferior);
    server->general = ID_ANY;
    server->stop = (struct stop){.team = inferior->pid, .thread = inferior->pid, .signal = 5};
    if (attached)
        fprintf(stderr, "Attached; pid = %d\n", (int)inferior->pid);
    else
        fprintf(stderr, "Process %s created; pid = %d\n", server->start->arguments[0], (int)inferior->pid);
    return inferior;
}

bool start_first(struct server *server, bool on_stdio)
{
    hdbg_team *team = NULL;
    hdbg_status status = HDBG_OK;
    server->start->on_stdio = on_stdio;
    if (server->options.attach != 0)
        status = hdbg_team_attach(server->session, server->options.attach, HDBG_ATTACH_STOP, &team);
    else if (server->start->arguments != NULL)
        status = launch_program(server, false, &team);
    if (status != HDBG_OK)
        fprintf(stderr, "hdbg-server: %s\n", hdbg_last_error());
    return status == HDBG_OK && (team == NULL || begin(server, team, server->options.attach != 0) != NULL);
}

static struct inferior *run_program(struct server *server)
{
    const struct start *start = server->start;
    hdbg_team *team = NULL;
    hdbg_status status;
    if (start->arguments == NULL || start->arguments[0] == NULL)
        status = hdbg_kernel_fail(HDBG_BAD_VALUE, "no program has been named yet");
    else
        status = launch_program(server, start->shell, &team);
    return status == HDBG_OK ? begin(server, team, false) : NULL;
}

/* PROGRAM;ARGUMENT;..., each in hexadecimal; without a program the last one. */
void start_run(struct server *server, struct cursor *packet)
{
    char **arguments = NULL;
    bool good = true;
    do {
        struct cursor word = take_word(packet, ';');
        char *text = take_string(&word);
        good = text != NULL && word.at == word.end;
        if (good && arguments == NULL && *text == '\0' && server->start->arguments != NULL) {
            free(text);
            text = strdup(server->start->arguments[0]);
        }
        good = good ? list_add(&arguments, text) : (free(text), false);
    } while (good && packet->at != packet->end);
    if (!good || *arguments[0] == '\0') {
        list_free(arguments);
        answer_error(server);
        return;
    }
    list_free(server->start->arguments);
    server->start->arguments = arguments;
    if (run_program(server) != NULL)
        stop_reply(server, &server->stop);
    else
        answer_sentence(server);
}

void start_again(struct server *server)
{
    halt_all(server);
    while (server->inferiors != NULL)
        run_kill(server, server->inferiors);
    if (run_program(server) == NULL)
        fprintf(stderr, "hdbg-server: %s\n", hdbg_last_error());
}

void start_attach(struct server *server, struct cursor *packet)
{
    uint64_t id;
    hdbg_team *team;
    if (!take_hex(packet, &id) || packet->at != packet->end || id > INT32_MAX) {
        answer_error(server);
        return;
    }
    if (hdbg_team_attach(server->session, (hdbg_team_id)id, HDBG_ATTACH_STOP, &team) != HDBG_OK) {
        answer_sentence(server);
        return;
    }
    struct inferior *inferior = begin(server, team, true);
    if (inferior == NULL) {
        answer_error(server);
        return;
    }
    if (!server->non_stop) {
        stop_reply(server, &server->stop);
        return;
    }
    answer_ok(server);
    for (size_t i = 0; i < inferior->task_count; i++) {
        struct stop stop = {.team = inferior->pid, .thread = inferior->tasks[i]->id};
        nonstop_notify(server, &stop);
    }
}
