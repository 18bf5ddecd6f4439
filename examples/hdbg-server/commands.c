/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Packets by their first letter. What is not known is answered with an empty packet, as the protocol wants.
 */
#include "server.h"

#include <stdlib.h>
#include <string.h>

/* ---- answers ---- */

void answer_ok(struct server *server)
{
    reply_text(&server->payload, "OK");
}

void answer_error(struct server *server)
{
    reply_text(&server->payload, "E01");
}

void answer(struct server *server, hdbg_status status)
{
    if (status == HDBG_OK)
        answer_ok(server);
    else
        answer_error(server);
}

void answer_sentence(struct server *server)
{
    const char *sentence = hdbg_last_error();
    if (!server->client.error_strings) {
        reply_text(&server->payload, "E.%s", sentence);
        return;
    }
    reply_text(&server->payload, "E01;");
    reply_hex(&server->payload, sentence, strlen(sentence));
}

void add_thread_id(struct server *server, struct reply *reply, hdbg_team_id team, hdbg_thread_id id)
{
    if (server->client.multiprocess)
        reply_text(reply, "p%x.", (unsigned)team);
    reply_text(reply, "%x", (unsigned)id);
}

void add_task_id(struct reply *reply, const struct task *task)
{
    add_thread_id(task->inferior->server, reply, task->inferior->pid, task->id);
}

/* ---- threads ---- */

bool means_team(const struct inferior *inferior, const struct thread_id *id)
{
    return id->team <= 0 || id->team == inferior->pid;
}

struct task *named_task(struct server *server, const struct thread_id *id)
{
    struct task *task = id->thread > 0 ? task_find(server, (hdbg_thread_id)id->thread) : NULL;
    return task != NULL && !task->inferior->hidden && means_team(task->inferior, id) ? task : NULL;
}

struct task *chosen_task(struct server *server)
{
    const struct inferior *inferior = server->current;
    struct task *task = server->general > 0 ? task_find(server, server->general) : NULL;
    if (task == NULL || task->inferior != inferior)
        task = task_find(server, server->stop.thread);
    return task != NULL && task->inferior == inferior ? task : task_first(inferior);
}

/* The team that an id names, or that has the thread; NULL if there is none. */
static struct inferior *named_team(struct server *server, const struct thread_id *id)
{
    if (id->thread > 0) {
        struct task *task = named_task(server, id);
        return task != NULL ? task->inferior : NULL;
    }
    if (id->team <= 0)
        return server->current;
    struct inferior *inferior = inferior_find(server, (hdbg_team_id)id->team);
    return inferior != NULL && !inferior->hidden ? inferior : NULL;
}

static void choose_thread(struct server *server, struct cursor *packet)
{
    char what = packet->at != packet->end ? *packet->at++ : '\0';
    struct thread_id id;
    struct inferior *inferior = NULL;
    if ((what == 'g' || what == 'c') && take_thread(packet, &id))
        inferior = named_team(server, &id);
    if (inferior == NULL) {
        answer_error(server);
        return;
    }
    if (what == 'g') {
        server->general = (hdbg_thread_id)id.thread;
        inferior_choose(server, inferior);
    } else {
        server->resumable = (hdbg_thread_id)id.thread;
    }
    answer_ok(server);
}

static void thread_lives(struct server *server, struct cursor *packet)
{
    struct thread_id id;
    struct task *task = take_thread(packet, &id) ? named_task(server, &id) : NULL;
    if (task != NULL) { /* it may have ended without a word */
        tasks_update(task->inferior);
        task = named_task(server, &id);
    }
    answer(server, task != NULL ? HDBG_OK : HDBG_THREAD_GONE);
}

/* ---- registers ---- */

static void register_command(struct server *server, char letter, struct cursor *packet)
{
    uint64_t number = 0;
    struct task *task = lldb_suffixed_task(server, packet);
    bool one = letter == 'p' || letter == 'P';
    if (task == NULL || (one && !take_hex(packet, &number)) || (letter == 'P' && !take_char(packet, '='))) {
        answer_error(server);
        return;
    }
    switch (letter) {
    case 'g':
        registers_read_all(server, task);
        break;
    case 'G':
        registers_write_all(server, task, packet);
        break;
    case 'p':
        registers_read(server, task, number);
        break;
    default:
        registers_write(server, task, number, packet);
    }
}

/* ---- going on ---- */

/* False: there is no answer yet. */
static bool go_on(struct server *server, struct cursor *packet)
{
    struct action *actions;
    size_t count;
    if (!take_actions(packet, &actions, &count)) {
        answer_error(server);
        return true;
    }
    bool answered = run_actions(server, actions, count);
    free(actions);
    return answered;
}

/* c, s, C and S of clients that know no vCont: the thread that Hc chose, or all. */
static bool go_on_simply(struct server *server, char letter, struct cursor *packet)
{
    struct task *task = server->resumable > 0 ? task_find(server, server->resumable) : chosen_task(server);
    struct action actions[2] = {{.kind = letter == 's' || letter == 'S' ? 's' : 'c'},
                                {.kind = 'c', .who = {ID_ALL, ID_ALL}}};
    uint64_t signal = 0;
    if (task == NULL || ((letter == 'C' || letter == 'S') && !take_hex(packet, &signal)) ||
        signal > UINT8_MAX || packet->at != packet->end) {
        answer_error(server);
        return true;
    }
    actions[0].signal = (uint8_t)signal;
    actions[0].who = (struct thread_id){task->inferior->pid, task->id};
    return run_actions(server, actions, server->resumable > 0 ? 1 : 2);
}

/* ---- the end ---- */

/* ";PID". NULL: there is no such team. */
static struct inferior *take_team(struct server *server, struct cursor *packet)
{
    uint64_t id;
    if (!take_char(packet, ';') || !take_hex(packet, &id) || id > INT32_MAX)
        return NULL;
    struct inferior *inferior = inferior_find(server, (hdbg_team_id)id);
    return inferior != NULL && !inferior->hidden ? inferior : NULL;
}

static void detach(struct server *server, struct cursor *packet)
{
    struct inferior *inferior = server->current->team != NULL ? server->current : NULL;
    if (packet->at != packet->end)
        inferior = take_team(server, packet);
    if (inferior == NULL)
        answer_error(server);
    else if (run_detach(server, inferior) == HDBG_OK)
        answer_ok(server);
    else
        answer_sentence(server);
}

static void kill_team(struct server *server, struct cursor *packet)
{
    struct inferior *inferior = take_team(server, packet);
    if (inferior == NULL) {
        answer_error(server);
        return;
    }
    run_kill(server, inferior);
    answer_ok(server);
}

/* All of them; the answer is for those that wait for one. */
static void kill_all(struct server *server)
{
    if (!server->non_stop)
        halt_all(server);
    while (server->inferiors != NULL)
        run_kill(server, server->inferiors);
    stop_reply(server, &server->stop);
}

/* ---- by letters ---- */

static bool named_command(struct server *server, struct cursor *packet)
{
    if (options_disable(&server->options, "vCont") &&
        (take_text(packet, "Cont") || take_text(packet, "CtrlC")))
        return true;
    if (take_text(packet, "Cont?"))
        reply_text(&server->payload, "vCont;c;C;s;S;t;r");
    else if (take_text(packet, "Cont"))
        return go_on(server, packet);
    else if (take_text(packet, "Kill"))
        kill_team(server, packet);
    else if (take_text(packet, "File:"))
        file_command(server, packet);
    else if (take_text(packet, "Run;"))
        start_run(server, packet);
    else if (take_text(packet, "Attach;"))
        start_attach(server, packet);
    else if (take_text(packet, "Stopped"))
        nonstop_next(server);
    else if (take_text(packet, "CtrlC")) {
        run_interrupt(server);
        answer_ok(server);
    }
    return true;
}

/* What is asked of a team, or of a thread of it. */
static void team_command(struct server *server, char letter, struct cursor *packet)
{
    switch (letter) {
    case 'g':
    case 'G':
    case 'p':
    case 'P':
        register_command(server, letter, packet);
        break;
    case 'm':
        memory_read_hex(server, packet);
        break;
    case 'x':
        memory_read_binary(server, packet);
        break;
    case 'M':
        memory_write_hex(server, packet);
        break;
    case 'X':
        memory_write_binary(server, packet);
        break;
    case 'Z':
        points_set(server, packet);
        break;
    case 'z':
        points_clear(server, packet);
        break;
    }
}

static void extend(struct server *server, const struct cursor *packet)
{
    if (packet->at != packet->end)
        return;
    server->extended = true;
    answer_ok(server);
}

bool command(struct server *server, struct cursor packet)
{
    char letter = packet.at != packet.end ? *packet.at : '\0';
    if (letter == 'q' || letter == 'Q')
        return query(server, &packet);
    packet.at += letter != '\0';
    switch (letter) {
    case '?':
        if (server->non_stop)
            nonstop_all(server);
        else
            stop_reply_last(server);
        return true;
    case '!':
        extend(server, &packet);
        return true;
    case 'H':
        choose_thread(server, &packet);
        return true;
    case 'T':
        thread_lives(server, &packet);
        return true;
    case 'c':
    case 'C':
    case 's':
    case 'S':
        return go_on_simply(server, letter, &packet);
    case 'v':
        return named_command(server, &packet);
    case 'D':
        detach(server, &packet);
        return true;
    case 'k':
        kill_all(server);
        return true;
    case '_':
        lldb_memory(server, &packet);
        return true;
    case 'j':
        if (packet.at != packet.end && take_text(&packet, "ThreadsInfo"))
            lldb_threads_info(server);
        return true;
    case 'R':
        if (!server->extended)
            return true;
        start_again(server); /* this is not answered */
        return false;
    }
    if (letter == '\0' || strchr("gGpPmxMXZz", letter) == NULL)
        return true;
    if (server->current->team == NULL)
        answer_error(server);
    else
        team_command(server, letter, &packet);
    return true;
}
