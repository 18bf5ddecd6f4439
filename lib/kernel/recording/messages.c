/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the messages in a recording mean. Which port is a debugger's, a nub's, or one for replies, and which
 * processor a team has, is learnt from the calls before.
 */
#include "kernel/recording/format.h"

#include <haikudbg/message.h>
#include <haikudbg/registers.h>
#include <haikudbg/signal.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Operations that something is learnt from; their numbers are the format's. */
enum { PORT_READ = 6, PORT_WRITE = 7, INSTALL = 14, TEAM_INFO = 24 };

enum { PORTS_MAX = 1024, TEAMS_MAX = 256 };

enum port_use { USE_EVENTS = 1, USE_NUB, USE_REPLY };

typedef struct known_port {
    int32_t id;
    int32_t use;
    int32_t team;    /* USE_NUB, USE_REPLY: whose nub */
    int32_t request; /* USE_REPLY: the message that is answered */
} known_port;

typedef struct known_team {
    int32_t id;
    int32_t arch;
} known_team;

struct meanings {
    hdbg_release release;
    int32_t arch;
    size_t port_count, team_count; /* all there ever were: the oldest are forgotten */
    known_port ports[PORTS_MAX];
    known_team teams[TEAMS_MAX];
};

meanings *meanings_create(const hdbg_recording_info *info)
{
    meanings *known = calloc(1, sizeof *known);
    if (known != NULL) {
        known->release = (hdbg_release)info->release;
        known->arch = info->arch;
    }
    return known;
}

void meanings_free(meanings *known)
{
    free(known);
}

/* ---- what is known ---- */

static known_port *find_port(meanings *known, int32_t id)
{
    size_t count = known->port_count < PORTS_MAX ? known->port_count : PORTS_MAX;
    for (size_t i = 0; i < count; i++) {
        if (known->ports[i].id == id)
            return &known->ports[i];
    }
    return NULL;
}

static void learn_port(meanings *known, const known_port *port)
{
    known_port *old = find_port(known, port->id);
    if (old == NULL)
        old = &known->ports[known->port_count++ % PORTS_MAX];
    *old = *port;
}

static known_team *find_team(meanings *known, int32_t id)
{
    size_t count = known->team_count < TEAMS_MAX ? known->team_count : TEAMS_MAX;
    for (size_t i = 0; i < count; i++) {
        if (known->teams[i].id == id)
            return &known->teams[i];
    }
    return NULL;
}

static hdbg_arch arch_of(meanings *known, int32_t team)
{
    const known_team *found = find_team(known, team);
    return (hdbg_arch)(found != NULL ? found->arch : known->arch);
}

/* The first integer of a name; 0 if there is none. */
static int64_t integer_of(const values *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->all[i].kind == VALUE_INTEGER && strcmp(list->all[i].item->name, name) == 0)
            return list->all[i].integer;
    }
    return 0;
}

static const value *bytes_of(const values *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->all[i].kind == VALUE_BYTES)
            return &list->all[i];
    }
    return NULL;
}

/* ---- events ---- */

static void add_signal(text *to, const char *name, int32_t signal)
{
    format_text_add(to, " %s=%s", name, hdbg_signal_name(signal));
}

static void add_state(text *to, const hdbg_nub_event *e)
{
    format_text_add(to, " pc=0x%" PRIx64, hdbg_cpu_state_role(&e->data.cpu_state, HDBG_ROLE_PC));
}

static void add_end(text *to, const hdbg_nub_event *e)
{
    if (e->type == HDBG_EVENT_THREAD_DELETED) {
        if (e->data.thread_end.known)
            format_text_add(to, " status=%d", (int)e->data.thread_end.status);
    } else if (e->data.team_end.known && e->data.team_end.signal > 0) {
        add_signal(to, "signal", e->data.team_end.signal);
    } else if (e->data.team_end.known) {
        format_text_add(to, " status=%d", (int)e->data.team_end.status);
    }
}

static void add_event(text *to, const hdbg_nub_event *e)
{
    format_text_add(to, "%s team=%d thread=%d", hdbg_event_type_name(e->type), (int)e->team, (int)e->thread);
    switch (e->type) {
    case HDBG_EVENT_BREAKPOINT_HIT:
    case HDBG_EVENT_WATCHPOINT_HIT:
    case HDBG_EVENT_SINGLE_STEP:
        add_state(to, e);
        break;
    case HDBG_EVENT_DEBUGGER_CALL:
        format_text_add(to, " message=0x%" PRIx64, e->data.message);
        break;
    case HDBG_EVENT_PRE_SYSCALL:
    case HDBG_EVENT_POST_SYSCALL:
        format_text_add(to, " number=%u", e->data.syscall.number);
        if (e->type == HDBG_EVENT_POST_SYSCALL)
            format_text_add(to, " result=%" PRId64, (int64_t)e->data.syscall.return_value);
        break;
    case HDBG_EVENT_SIGNAL_RECEIVED:
        add_signal(to, "signal", e->data.signal.signal);
        format_text_add(to, e->data.signal.deadly ? " deadly" : "");
        break;
    case HDBG_EVENT_EXCEPTION_OCCURRED:
        format_text_add(to, " exception=\"%s\"", hdbg_exception_name(e->data.exception.exception));
        add_signal(to, "signal", e->data.exception.signal);
        break;
    case HDBG_EVENT_TEAM_CREATED:
        format_text_add(to, " new_team=%d", (int)e->data.new_team);
        break;
    case HDBG_EVENT_THREAD_CREATED:
        format_text_add(to, " new_thread=%d", (int)e->data.new_thread);
        break;
    case HDBG_EVENT_TEAM_DELETED:
    case HDBG_EVENT_THREAD_DELETED:
        add_end(to, e);
        break;
    case HDBG_EVENT_IMAGE_CREATED:
    case HDBG_EVENT_IMAGE_DELETED:
        format_text_add(to, " path=%s text=0x%" PRIx64, e->data.image.info.path, e->data.image.info.text);
        break;
    default:
        break;
    }
}

/* ---- messages ---- */

static void tell_request(meanings *known, const known_port *port, int32_t code, const value *bytes, text *to)
{
    char line[4096];
    hdbg_nub_message message = {.reply_port = -1};
    if (hdbg_nub_message_decode(arch_of(known, port->team), known->release, code, bytes->bytes, bytes->size,
                                &message) != HDBG_OK) {
        format_text_add(to, "not a message that is known");
        return;
    }
    hdbg_nub_message_describe(port->team, &message, line, sizeof line);
    format_text_add(to, "%s", line);
    if (message.reply_port >= 0)
        learn_port(known, &(known_port){message.reply_port, USE_REPLY, port->team, message.type});
}

static void tell_event(meanings *known, int32_t code, const value *bytes, text *to)
{
    hdbg_nub_event event;
    int32_t origin[3] = {-1, -1, -1}; /* thread, team, nub port: the same on all processors */
    if (bytes->size >= sizeof origin)
        memcpy(origin, bytes->bytes, sizeof origin);
    hdbg_arch arch = arch_of(known, origin[1]);
    if (hdbg_nub_event_decode(arch, known->release, code, bytes->bytes, bytes->size, &event) == HDBG_OK)
        add_event(to, &event);
    else
        format_text_add(to, "the debugger's own, or not known");
}

static void tell_reply(meanings *known, const known_port *port, int32_t code, const value *bytes, text *to)
{
    hdbg_nub_reply reply = {0};
    const char *name = hdbg_nub_message_name(HDBG_RELEASE_BETA6, port->request);
    if (hdbg_nub_reply_decode(arch_of(known, port->team), known->release, port->request, code, bytes->bytes,
                              bytes->size, &reply) != HDBG_OK)
        format_text_add(to, "not a reply to %s", name);
    else
        format_text_add(to, "reply to %s: %s", name, hdbg_status_name(reply.error));
}

static void tell_message(meanings *known, const call *one, text *to)
{
    bool is_read = one->op->number == PORT_READ;
    const values *list = is_read ? &one->out : &one->in;
    const value *bytes = bytes_of(list);
    const known_port *port = find_port(known, (int32_t)integer_of(&one->in, "port"));
    int32_t code = (int32_t)integer_of(list, "code");
    if (one->result < 0 || port == NULL || bytes == NULL)
        return;
    static const value kNone = {.bytes = (const uint8_t *)""};
    if (bytes->bytes == NULL)
        bytes = &kNone;
    known_port copy = *port; /* learning may move it */
    if (!is_read && copy.use == USE_NUB)
        tell_request(known, &copy, code, bytes, to);
    else if (is_read && copy.use == USE_EVENTS)
        tell_event(known, code, bytes, to);
    else if (is_read && copy.use == USE_REPLY)
        tell_reply(known, &copy, code, bytes, to);
}

static void learn_install(meanings *known, const call *one)
{
    int32_t team = (int32_t)integer_of(&one->in, "team");
    int32_t debugger_port = (int32_t)integer_of(&one->in, "debugger_port");
    if (one->result < 0)
        return;
    learn_port(known, &(known_port){debugger_port, USE_EVENTS, 0, 0});
    learn_port(known, &(known_port){(int32_t)one->result, USE_NUB, team, 0});
}

static void learn_team(meanings *known, const call *one)
{
    int32_t id = (int32_t)integer_of(&one->in, "team"), arch = (int32_t)integer_of(&one->out, "arch");
    if (one->result < 0)
        return;
    known_team *team = find_team(known, id);
    if (team == NULL)
        team = &known->teams[known->team_count++ % TEAMS_MAX];
    *team = (known_team){id, arch};
}

void meanings_of(meanings *known, const call *one, text *to)
{
    switch (one->op->number) {
    case PORT_READ:
    case PORT_WRITE:
        tell_message(known, one, to);
        break;
    case INSTALL:
        learn_install(known, one);
        break;
    case TEAM_INFO:
        learn_team(known, one);
        break;
    default:
        break;
    }
}
