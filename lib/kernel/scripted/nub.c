/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The mock's nub: takes the messages, lets expectations or Haiku's behaviour decide, sends the replies.
 */
#include "kernel/scripted/state.h"

#include "base/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mock_thread_continue(hdbg_mock *mock, struct mock_thread *thread, bool step)
{
    bool was_stopped = thread->stopped;
    thread->stopped = false;
    thread->suspended = false;
    thread->state = HDBG_THREAD_RUNNING;
    struct queued_event *next = mock_event_queue_take(&thread->script);
    if (next != NULL) {
        mock_event_send(mock, &next->event);
        free(next);
    } else if (step && was_stopped) {
        hdbg_nub_event event;
        event.type = HDBG_EVENT_SINGLE_STEP;
        event.thread = thread->id;
        event.team = thread->team->id;
        event.data.cpu_state.arch = HDBG_ARCH_UNKNOWN;
        event.data.cpu_state.size = 0;
        mock_event_send(mock, &event);
    }
}

void mock_nub_retry(hdbg_mock *mock, hdbg_port_id port)
{
    for (struct mock_team *team = mock->teams; team != NULL; team = team->next) {
        struct mock_reply *blocked = team->blocked;
        if (blocked == NULL || blocked->port != port)
            continue;
        team->blocked = NULL;
        mock_nub_deliver(mock, blocked);
        mock_nub_serve(mock, team);
    }
}

void mock_nub_deliver(hdbg_mock *mock, struct mock_reply *reply)
{
    struct mock_team *team = mock_team_living(mock, reply->team);
    if (team == NULL || team->nub_port != reply->nub_port)
        goto done;
    struct mock_port *port = mock_port_find(mock, reply->port);
    if (port == NULL) {
        mock_problem(mock,
                     "the nub of team %d died: it could not write a reply to port %d, which does not exist",
                     team->id, reply->port);
        mock_nub_die(mock, team);
        goto done;
    }
    if (port->count >= port->capacity) {
        port->has_blocked_senders = true;
        team->blocked = reply;
        return;
    }
    mock_port_put(mock, port, reply->code, reply->bytes, reply->size);

done:
    free(reply);
}

static struct mock_reply *reply_new(const struct mock_team *team, hdbg_port_id port, size_t size)
{
    struct mock_reply *made = calloc(1, sizeof *made + size);
    if (made == NULL)
        return NULL;
    made->team = team->id;
    made->nub_port = team->nub_port;
    made->port = port;
    made->size = size;
    return made;
}

/* The reply as bytes, damaged as the expectation wants it. */
static struct mock_reply *lay_out(hdbg_mock *mock, const struct mock_team *team,
                                  const hdbg_nub_message *message, const hdbg_nub_reply *reply,
                                  const hdbg_mock_expectation *met)
{
    if (met != NULL && met->answer == ANSWER_RAW) {
        struct mock_reply *raw = reply_new(team, message->reply_port, met->raw_size);
        if (raw != NULL) {
            raw->code = met->raw_code;
            memcpy(raw->bytes, met->raw, met->raw_size);
        }
        return raw;
    }
    uint8_t bytes[HDBG_MESSAGE_SIZE_MAX] = {0};
    int32_t code;
    int64_t size = hdbg_nub_reply_encode((hdbg_arch)mock->options.arch, (hdbg_release)mock->options.release,
                                         reply, &code, bytes, sizeof bytes);
    if (size < 0) {
        mock_problem(mock, "a reply that the test wants cannot be sent: %s", hdbg_last_error());
        return NULL;
    }
    size_t wanted = met != NULL && met->resized ? met->new_size : (size_t)size;
    struct mock_reply *made = reply_new(team, message->reply_port, wanted);
    if (made == NULL)
        return NULL;
    made->code = met != NULL && met->recoded ? met->new_code : code;
    memcpy(made->bytes, bytes, wanted < (size_t)size ? wanted : (size_t)size);
    return made;
}

static void send_reply(hdbg_mock *mock, struct mock_team *team, const hdbg_nub_message *message,
                       const hdbg_nub_reply *reply, const hdbg_mock_expectation *met)
{
    if (met != NULL && met->never)
        return;
    struct mock_reply *made = lay_out(mock, team, message, reply, met);
    if (made == NULL)
        return;
    hdbg_time delay = mock->latency + (met != NULL ? met->delay : 0);
    uint32_t messages = met != NULL ? met->messages_before : 0;
    struct mock_appointment *later = delay > 0 || messages > 0 ? mock_appoint(mock, delay, messages) : NULL;
    if (later != NULL)
        later->reply = made;
    else
        mock_nub_deliver(mock, made);
}

static bool answer(hdbg_mock *mock, struct mock_team *team, const hdbg_nub_message *message,
                   const hdbg_mock_expectation *met, hdbg_nub_reply *reply)
{
    reply->type = message->type;
    reply->error = HDBG_OK;
    if (met == NULL || met->answer == ANSWER_DEFAULT)
        return mock_default_serve(mock, team, message, reply);
    if (met->answer == ANSWER_REPLY) {
        *reply = met->reply;
        reply->type = message->type;
    } else {
        memset(reply, 0, sizeof *reply);
        reply->type = message->type;
        reply->error = met->error;
    }
    return hdbg_nub_message_answered(message->type);
}

static void serve_decoded(hdbg_mock *mock, struct mock_team *team, const hdbg_nub_message *message)
{
    char line[MOCK_LINE_MAX];
    uint32_t flags = mock->options.flags;
    bool look =
        mock->next_expected != NULL || !(flags & HDBG_MOCK_NO_TRANSCRIPT) || (flags & HDBG_MOCK_STRICT);
    if (look)
        mock_message_line(line, sizeof line, team->id, message);
    hdbg_mock_expectation *met = look ? mock_expect_message_line(mock, team->id, message, line) : NULL;
    enum fate fate = met != NULL ? met->fate : FATE_SERVED;
    hdbg_nub_reply reply;
    if (fate == FATE_NUB_DIES)
        mock_nub_die(mock, team);
    else if (fate == FATE_TEAM_ENDS)
        mock_team_finish(mock, team, met->end_status, met->end_signal, true);
    else if (fate == FATE_SERVED && answer(mock, team, message, met, &reply))
        send_reply(mock, team, message, &reply, met);
    mock_expect_after(mock, met);
}

static void serve_one(hdbg_mock *mock, struct mock_team *team, const struct message *message)
{
    hdbg_nub_message decoded;
    mock_count_message(mock);
    hdbg_status status =
        hdbg_nub_message_decode((hdbg_arch)mock->options.arch, (hdbg_release)mock->options.release,
                                message->code, message->bytes, message->size, &decoded);
    if (status == HDBG_OK) {
        serve_decoded(mock, team, &decoded);
        return;
    }
    char line[MOCK_LINE_MAX];
    snprintf(line, sizeof line, "UNKNOWN team=%d code=%d size=%zu", team->id, message->code, message->size);
    char why[256];
    snprintf(why, sizeof why, "%s", hdbg_last_error());
    hdbg_mock_expectation *met = mock_expect_message_line(mock, team->id, NULL, line);
    if (met == NULL)
        mock_problem(mock, "the nub of team %d got a message that it cannot read: %s", team->id, why);
    mock_expect_after(mock, met);
}

void mock_nub_serve(hdbg_mock *mock, struct mock_team *team)
{
    while (!team->stalled && team->blocked == NULL) {
        struct mock_port *port = mock_port_find(mock, team->nub_port);
        if (port == NULL || port->count == 0)
            return;
        struct message *message = mock_port_take(mock, port);
        serve_one(mock, team, message);
        mock_message_recycle(mock, message);
    }
}

hdbg_status hdbg_mock_nub_stall(hdbg_mock *mock, hdbg_team_id id, int stalled)
{
    mock_lock(mock);
    struct mock_team *team = mock_team_find(mock, id);
    if (team != NULL) {
        team->stalled = stalled != 0;
        mock_nub_serve(mock, team);
        mock_touch(mock);
    }
    mock_unlock(mock);
    return team != NULL ? HDBG_OK : hdbg_fail(HDBG_BAD_TEAM_ID, "the mock has no team %d", id);
}

hdbg_status hdbg_mock_nub_kill(hdbg_mock *mock, hdbg_team_id id)
{
    mock_lock(mock);
    struct mock_team *team = mock_team_living(mock, id);
    bool debugged = team != NULL && team->nub_port >= 0;
    if (debugged)
        mock_nub_die(mock, team);
    mock_unlock(mock);
    return debugged ? HDBG_OK : hdbg_fail(HDBG_BAD_TEAM_ID, "team %d has no nub", id);
}
