/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-server: teams are launched or attached, and served to one client after the other until all have ended.
 */
#include "listen.h"
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the session ---- */

static bool begin(struct server *server, bool on_stdio)
{
    if (hdbg_session_create(NULL, &server->session) != HDBG_OK || !start_init(server)) {
        fprintf(stderr, "hdbg-server: %s\n", hdbg_last_error());
        return false;
    }
    hdbg_system_info info = {.size = sizeof info};
    hdbg_kernel *kernel = hdbg_session_kernel(server->session);
    hdbg_status status = kernel->ops->system_info(kernel->context, &info);
    server->gnu = !server->options.as_haiku && status == HDBG_OK && strcmp(info.kernel_name, "haiku") != 0;
    server->nobody = (struct inferior){.server = server, .arch = (hdbg_arch)info.arch, .gone = true};
    inferior_choose(server, NULL);
    return start_first(server, on_stdio);
}

/* Whether there is, or can be, anything to serve. */
static bool has_work(const struct server *server)
{
    if (server->extended || server->options.multi)
        return true;
    const struct inferior *inferior = server->inferiors;
    while (inferior != NULL && inferior->gone)
        inferior = inferior->next;
    return inferior != NULL;
}

/* ---- clients ---- */

/* Waits for a client, and meanwhile for the teams' ends. False: they have ended. */
static bool wait_for_client(struct server *server, const struct listener *listener)
{
    listener_announce(listener);
    for (server->in = -1; server->in < 0 && has_work(server);) {
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
    lldb_forget(server);
    syscalls_forget(server);
    server->client = (struct client_features){0};
    server->lost = server->has_program_signals = false;
    server->logs_packets = server->options.remote_debug;
    server->interrupted = false;
    server->extended = server->options.multi;
    server->general = server->resumable = ID_ANY;
    nonstop_set(server, false);
    reply_clear(&server->object_name);
    reply_clear(&server->frame);
    hdbg_session_set_signal_policy(server->session, 0, HDBG_SIGNAL_STOP | HDBG_SIGNAL_PASS);
}

static void let_go_or_kill(struct server *server)
{
    for (struct inferior *inferior; (inferior = inferior_next(server, NULL)) != NULL;) {
        if (!inferior->gone)
            fprintf(stderr, inferior->attached ? "Detaching from process %d\n" : "Killing process %d\n",
                    (int)inferior->pid);
        if (!inferior->attached || run_detach(server, inferior) != HDBG_OK)
            run_kill(server, inferior);
    }
}

/* The client is gone. The teams are left as they were before, or stand for the next one. */
static void part(struct server *server)
{
    bool extended = server->extended;
    halt_all(server);
    follow_detach_hidden(server, NULL);
    for (struct inferior *inferior = server->inferiors; inferior != NULL; inferior = inferior->next)
        points_clear_all(inferior);
    for (struct task *task = task_next(server, NULL); task != NULL; task = task_next(server, task)) {
        task->asked = ASKED_NOTHING; /* by a client that is no more */
        task->is_new = false;
    }
    forget_client(server);
    server->extended = extended;
    if (server->options.once)
        let_go_or_kill(server);
    else if (has_work(server))
        fprintf(stderr, "Remote side has terminated connection.  hdbg-server will reopen the connection.\n");
}

static void serve_all(struct server *server, struct listener *listener)
{
    do {
        if (listener->fd >= 0 && !wait_for_client(server, listener))
            break;
        if (server->options.once)
            listener_close(listener);
        server->extended = server->options.multi;
        serve(server);
        if (server->in != STDIN_FILENO)
            close(server->in);
        part(server);
    } while (!server->options.once && has_work(server));
}

static void end(struct server *server)
{
    while (server->inferiors != NULL)
        inferior_remove(server, server->inferiors);
    hdbg_session_destroy(server->session);
    start_free(server);
    free(server->notified);
    reply_free(&server->payload);
    reply_free(&server->frame);
    reply_free(&server->object);
    reply_free(&server->object_name);
}

static bool open_log(struct server *server)
{
    const char *path = server->options.debug_file;
    server->logs_packets = server->options.remote_debug;
    server->log = path != NULL ? fopen(path, "we") : stderr;
    if (server->log == NULL)
        fprintf(stderr, "hdbg-server: cannot write to %s: %s\n", path, strerror(errno));
    return server->log != NULL;
}

/* A client that is gone is seen by write(). Programs that are launched inherit what is ignored, but not this.
 */
static void let_write_fail(int signal)
{
    (void)signal;
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
    if (!open_log(&server))
        return 1;
    if (!listener_open(&listener, server.options.where))
        return 1;
    if (listener.fd < 0)
        server.options.once = true;
    status = begin(&server, listener.fd < 0) ? 0 : 1;
    if (status == 0) {
        signal(SIGPIPE, let_write_fail);
        serve_all(&server, &listener);
    }
    listener_close(&listener);
    end(&server);
    if (server.log != stderr)
        fclose(server.log);
    return status;
}
