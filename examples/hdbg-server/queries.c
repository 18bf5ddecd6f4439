/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Packets that begin with q or Q: what the client asks of the server, and chooses.
 */
#include "server.h"

#include <string.h>

/* ---- what either side can do ---- */

/* Which news the library has to tell for what the client wants to hear. */
static void choose_events(struct server *server)
{
    uint32_t events = HDBG_TEAM_SIGNALS | HDBG_TEAM_THREADS;
    events |= server->exec_events ? HDBG_TEAM_CREATION : 0;
    events |= server->gnu ? 0 : HDBG_TEAM_IMAGES;
    if (!server->gone)
        hdbg_team_set_events(server->team, events);
}

static void supported(struct server *server, struct cursor *packet)
{
    const struct {
        const char *name;
        bool *flag;
    } kFeatures[] = {{"multiprocess+", &server->multiprocess},
                     {"swbreak+", &server->swbreak},
                     {"hwbreak+", &server->hwbreak},
                     {"no-resumed+", &server->no_resumed},
                     {"exec-events+", &server->exec_events}};
    while (packet->at != packet->end) {
        struct cursor word = take_word(packet, ';');
        for (size_t i = 0; i < sizeof kFeatures / sizeof *kFeatures; i++)
            *kFeatures[i].flag |= is_word(&word, kFeatures[i].name);
    }
    choose_events(server);
    reply_text(&server->payload,
               "PacketSize=%x;QStartNoAckMode+;multiprocess+;swbreak+;hwbreak+;no-resumed+;vContSupported+;"
               "exec-events+;QPassSignals+;QProgramSignals+;qXfer:features:read+;qXfer:threads:read+;"
               "qXfer:exec-file:read+;%s",
               PACKET_MAX,
               server->gnu ? "qXfer:auxv:read+;qXfer:libraries-svr4:read+;qXfer:siginfo:read+"
                           : "qXfer:libraries:read+");
}

static void start_no_ack(struct server *server, struct cursor *packet)
{
    (void)packet;
    answer_ok(server);
    server->no_ack = true;
}

/* ---- threads ---- */

static void current_thread(struct server *server, struct cursor *packet)
{
    struct task *task = chosen_task(server);
    (void)packet;
    if (task == NULL) {
        answer_error(server);
        return;
    }
    reply_text(&server->payload, "QC");
    add_thread_id(server, &server->payload, task->id);
}

static void first_threads(struct server *server, struct cursor *packet)
{
    (void)packet;
    tasks_update(server);
    for (size_t i = 0; i < server->task_count; i++) {
        reply_text(&server->payload, i == 0 ? "m" : ",");
        add_thread_id(server, &server->payload, server->tasks[i].id);
    }
    if (server->task_count == 0)
        reply_text(&server->payload, "l");
}

static void further_threads(struct server *server, struct cursor *packet)
{
    (void)packet;
    reply_text(&server->payload, "l");
}

static void thread_extra(struct server *server, struct cursor *packet)
{
    struct thread_id id;
    hdbg_thread_info info = {.size = sizeof info};
    struct task *task = NULL;
    if (take_thread(packet, &id) && means_team(server, &id))
        task = task_find(server, (hdbg_thread_id)id.thread);
    if (task == NULL || hdbg_thread_info_get(task->thread, &info) != HDBG_OK)
        answer_error(server);
    else
        reply_hex(&server->payload, info.name, strlen(info.name));
}

static void attached(struct server *server, struct cursor *packet)
{
    (void)packet;
    reply_text(&server->payload, server->attached ? "1" : "0");
}

/* ---- for LLDB: what is debugged, and on what ---- */

static void add_target(struct server *server)
{
    struct reply triple = {0};
    reply_text(&triple, "%s-unknown-%s", hdbg_arch_name(server->arch), server->gnu ? "linux-gnu" : "haiku");
    reply_text(&server->payload, "triple:");
    reply_hex(&server->payload, triple.data, triple.size);
    reply_text(&server->payload, ";ptrsize:%zu;endian:little;ostype:%s;",
               hdbg_arch_address_size(server->arch), server->gnu ? "linux" : "haiku");
    reply_free(&triple);
}

static void host_info(struct server *server, struct cursor *packet)
{
    (void)packet;
    add_target(server);
}

static void process_info(struct server *server, struct cursor *packet)
{
    hdbg_team_info info = {.size = sizeof info};
    (void)packet;
    if (hdbg_team_info_get(server->team, &info) != HDBG_OK) {
        answer_error(server);
        return;
    }
    reply_text(&server->payload, "pid:%x;parent-pid:%x;effective-uid:%x;effective-gid:%x;",
               (unsigned)info.team, (unsigned)info.parent, info.user, info.group);
    add_target(server);
}

/* ---- the table ---- */

static const struct query {
    const char *name;
    char separator; /* between the name and the rest; 0: there is no rest */
    void (*run)(struct server *server, struct cursor *packet);
} kQueries[] = {
    {"qSupported", ':', supported},
    {"qXfer", ':', query_xfer},
    {"qC", 0, current_thread},
    {"qfThreadInfo", 0, first_threads},
    {"qsThreadInfo", 0, further_threads},
    {"qThreadExtraInfo", ',', thread_extra},
    {"qAttached", ':', attached},
    {"qRcmd", ',', monitor},
    {"qMemoryRegionInfo", ':', memory_region},
    {"qHostInfo", 0, host_info},
    {"qProcessInfo", 0, process_info},
    {"QStartNoAckMode", 0, start_no_ack},
    {"QPassSignals", ':', pass_signals},
    {"QProgramSignals", ':', program_signals},
};

bool query(struct server *server, struct cursor *packet)
{
    for (size_t i = 0; i < sizeof kQueries / sizeof *kQueries; i++) {
        struct cursor rest = *packet;
        if (!take_text(&rest, kQueries[i].name))
            continue;
        if (rest.at != rest.end && (kQueries[i].separator == 0 || !take_char(&rest, kQueries[i].separator)))
            continue;
        kQueries[i].run(server, &rest);
        break;
    }
    return true;
}
