/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-server: a team is launched or attached, and served to one client after the other until it has ended.
 */
#include "listen.h"
#include "server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the team ---- */

static hdbg_status launch(struct server *server, bool on_stdio)
{
    char *const *arguments = server->options.arguments;
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = arguments[0],
                             .arguments = (const char *const *)arguments,
                             .standard_input = -1,
                             .standard_output = -1,
                             .standard_error = -1,
                             .flags = server->options.randomization ? 0 : HDBG_LAUNCH_NO_RANDOMIZATION};
    /* A name alone is a file here, or else one that a shell would find. */
    if (strchr(arguments[0], '/') == NULL && access(arguments[0], X_OK) != 0)
        spec.flags |= HDBG_LAUNCH_SEARCH_PATH;
    int nothing = on_stdio ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;
    if (on_stdio) { /* the client talks there */
        spec.standard_input = nothing;
        spec.standard_output = STDERR_FILENO;
    }
    hdbg_status status = hdbg_team_launch(server->session, &spec, &server->team);
    if (nothing >= 0)
        close(nothing);
    return status;
}

static bool begin(struct server *server, bool on_stdio)
{
    hdbg_status status = hdbg_session_create(NULL, &server->session);
    if (status == HDBG_OK && server->options.attach != 0)
        status = hdbg_team_attach(server->session, server->options.attach, HDBG_ATTACH_STOP, &server->team);
    else if (status == HDBG_OK)
        status = launch(server, on_stdio);
    if (status != HDBG_OK) {
        fprintf(stderr, "hdbg-server: %s\n", hdbg_last_error());
        return false;
    }
    hdbg_system_info info = {.size = sizeof info};
    hdbg_kernel *kernel = hdbg_session_kernel(server->session);
    server->gnu = !server->options.as_haiku && kernel->ops->system_info(kernel->context, &info) == HDBG_OK &&
                  strcmp(info.kernel_name, "haiku") != 0;
    server->pid = hdbg_team_id_of(server->team);
    server->arch = (hdbg_arch)hdbg_team_arch(server->team);
    server->attached = server->options.attach != 0;
    server->stop = (struct stop){.thread = server->pid, .signal = 5};
    if (!registers_init(server)) {
        fprintf(stderr, "hdbg-server: there is no description of %s for clients\n",
                hdbg_arch_name(server->arch));
        return false;
    }
    if (server->attached)
        fprintf(stderr, "Attached; pid = %d\n", (int)server->pid);
    else
        fprintf(stderr, "Process %s created; pid = %d\n", server->options.arguments[0], (int)server->pid);
    tasks_update(server);
    for (size_t i = 0; i < server->task_count; i++)
        server->tasks[i].unseen = true;
    return true;
}

/* ---- clients ---- */

/* Waits for a client, and meanwhile for the team's end. False: it has ended. */
static bool wait_for_client(struct server *server, const struct listener *listener)
{
    listener_announce(listener);
    for (server->in = -1; server->in < 0 && !server->gone;) {
        struct pollfd polled[2] = {{.fd = listener->fd, .events = POLLIN},
                                   {.fd = hdbg_session_descriptor(server->session), .events = POLLIN}};
        int count = poll(polled, 2, 500);
        if (count <= 0 || polled[1].revents != 0)
            run_events(server);
        if (count > 0 && polled[0].revents != 0)
            server->in = server->out = listener_accept(listener);
    }
    return server->in >= 0;
}

/* A new client knows nothing of what the last one has agreed on. */
static void forget_client(struct server *server)
{
    files_close(server);
    server->lost = server->no_ack = server->multiprocess = server->swbreak = server->hwbreak = false;
    server->no_resumed = server->exec_events = server->has_program_signals = false;
    server->general = server->resumable = ID_ANY;
    reply_clear(&server->object_name);
    reply_clear(&server->frame);
    hdbg_session_set_signal_policy(server->session, 0, HDBG_SIGNAL_STOP | HDBG_SIGNAL_PASS);
}

/* The client is gone. The team is left as it was before, or stands for the next one. */
static void part(struct server *server)
{
    bool last = server->options.once || server->gone;
    if (server->running)
        run_halt(server);
    if (!server->gone)
        points_clear_all(server);
    forget_client(server);
    if (!last) {
        fprintf(stderr, "Remote side has terminated connection.  hdbg-server will reopen the connection.\n");
        return;
    }
    if (server->gone)
        return;
    fprintf(stderr, server->attached ? "Detaching from process %d\n" : "Killing process %d\n",
            (int)server->pid);
    if (server->attached)
        run_detach(server);
    else
        run_kill(server);
}

static void serve_all(struct server *server, struct listener *listener)
{
    do {
        if (listener->fd >= 0 && !wait_for_client(server, listener))
            break;
        if (server->options.once)
            listener_close(listener);
        serve(server);
        if (server->in != STDIN_FILENO)
            close(server->in);
        part(server);
    } while (!server->gone);
}

int main(int argc, char **argv)
{
    static struct server server = {.in = STDIN_FILENO, .out = STDOUT_FILENO};
    struct listener listener;
    int status = options_parse(&server.options, argc, argv);
    if (status >= 0)
        return status;
    for (int i = 0; i < MAX_FILES; i++)
        server.files[i] = -1;
    if (!listener_open(&listener, server.options.where))
        return 1;
    if (listener.fd < 0)
        server.options.once = true;
    status = begin(&server, listener.fd < 0) ? 0 : 1;
    if (status == 0) {
        signal(SIGPIPE, SIG_IGN); /* only now: a debuggee would inherit it */
        serve_all(&server, &listener);
    }
    listener_close(&listener);
    points_clear_all(&server);
    tasks_free(&server);
    hdbg_team_release(server.team);
    hdbg_session_destroy(server.session);
    free(server.points);
    reply_free(&server.payload);
    reply_free(&server.frame);
    reply_free(&server.object);
    reply_free(&server.object_name);
    return status;
}
