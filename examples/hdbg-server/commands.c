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
    reply_text(&server->payload, "E.%s", hdbg_last_error());
}

void add_thread_id(struct server *server, struct reply *reply, hdbg_thread_id id)
{
    if (server->multiprocess)
        reply_text(reply, "p%x.", (unsigned)server->pid);
    reply_text(reply, "%x", (unsigned)id);
}

/* ---- threads ---- */

bool means_team(const struct server *server, const struct thread_id *id)
{
    return id->team <= 0 || id->team == server->pid;
}

struct task *chosen_task(struct server *server)
{
    struct task *task = server->general > 0 ? task_find(server, server->general) : NULL;
    if (task == NULL)
        task = task_find(server, server->stop.thread);
    return task != NULL ? task : task_first(server);
}

static void choose_thread(struct server *server, struct cursor *packet)
{
    char what = packet->at != packet->end ? *packet->at++ : '\0';
    struct thread_id id;
    if ((what != 'g' && what != 'c') || !take_thread(packet, &id) || !means_team(server, &id) ||
        (id.thread > 0 && task_find(server, (hdbg_thread_id)id.thread) == NULL)) {
        answer_error(server);
        return;
    }
    if (what == 'g')
        server->general = (hdbg_thread_id)id.thread;
    else
        server->resumable = (hdbg_thread_id)id.thread;
    answer_ok(server);
}

static void thread_lives(struct server *server, struct cursor *packet)
{
    struct thread_id id;
    tasks_update(server);
    if (take_thread(packet, &id) && means_team(server, &id) &&
        task_find(server, (hdbg_thread_id)id.thread) != NULL)
        answer_ok(server);
    else
        answer_error(server);
}

/* ---- registers ---- */

static void register_command(struct server *server, char letter, struct cursor *packet)
{
    uint64_t number = 0;
    struct task *task = chosen_task(server);
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
    actions[0].who = (struct thread_id){ID_ALL, task->id};
    return run_actions(server, actions, server->resumable > 0 ? 1 : 2);
}

/* ---- the end ---- */

static bool is_own_team(struct server *server, struct cursor *packet)
{
    uint64_t team;
    return take_char(packet, ';') && take_hex(packet, &team) && team == (uint64_t)server->pid;
}

static void detach(struct server *server, struct cursor *packet)
{
    if (packet->at != packet->end && !is_own_team(server, packet)) {
        answer_error(server);
        return;
    }
    if (run_detach(server) == HDBG_OK)
        answer_ok(server);
    else
        answer_sentence(server);
}

static void kill_team(struct server *server, struct cursor *packet)
{
    if (!is_own_team(server, packet)) {
        answer_error(server);
        return;
    }
    run_kill(server);
    answer_ok(server);
}

/* ---- by letters ---- */

static bool named_command(struct server *server, struct cursor *packet)
{
    if (take_text(packet, "Cont?"))
        reply_text(&server->payload, "vCont;c;C;s;S;t;r");
    else if (take_text(packet, "Cont"))
        return go_on(server, packet);
    else if (take_text(packet, "Kill"))
        kill_team(server, packet);
    else if (take_text(packet, "File:"))
        file_command(server, packet);
    return true;
}

bool command(struct server *server, struct cursor packet)
{
    char letter = packet.at != packet.end ? *packet.at : '\0';
    if (letter == 'q' || letter == 'Q')
        return query(server, &packet);
    packet.at += letter != '\0';
    switch (letter) {
    case '?':
        stop_reply(server);
        break;
    case 'H':
        choose_thread(server, &packet);
        break;
    case 'T':
        thread_lives(server, &packet);
        break;
    case 'g':
    case 'G':
    case 'p':
    case 'P':
        register_command(server, letter, &packet);
        break;
    case 'm':
        memory_read_hex(server, &packet);
        break;
    case 'x':
        memory_read_binary(server, &packet);
        break;
    case 'M':
        memory_write_hex(server, &packet);
        break;
    case 'X':
        memory_write_binary(server, &packet);
        break;
    case 'Z':
        points_set(server, &packet);
        break;
    case 'z':
        points_clear(server, &packet);
        break;
    case 'c':
    case 'C':
    case 's':
    case 'S':
        return go_on_simply(server, letter, &packet);
    case 'v':
        return named_command(server, &packet);
    case 'D':
        detach(server, &packet);
        break;
    case 'k':
        run_kill(server);
        stop_reply(server);
        break;
    }
    return true;
}
