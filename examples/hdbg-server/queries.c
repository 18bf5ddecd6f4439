/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Packets that begin with q or Q: what the client asks of the server, and chooses.
 */
#define _GNU_SOURCE
#include "server.h"

#include <string.h>

/* ---- what either side can do ---- */

static void supported(struct server *server, struct cursor *packet)
{
    struct client_features *client = &server->client;
    const struct {
        const char *name;
        bool *flag;
    } kFeatures[] = {
        {"multiprocess+", &client->multiprocess}, {"swbreak+", &client->swbreak},
        {"hwbreak+", &client->hwbreak},           {"no-resumed+", &client->no_resumed},
        {"exec-events+", &client->exec_events},   {"fork-events+", &client->fork_events},
        {"vfork-events+", &client->vfork_events},
    };
    while (packet->at != packet->end) {
        struct cursor word = take_word(packet, ';');
        for (size_t i = 0; i < sizeof kFeatures / sizeof *kFeatures; i++)
            *kFeatures[i].flag |= is_word(&word, kFeatures[i].name);
        if (take_text(&word, "xmlRegisters=")) /* of processors that the client has a list of */
            client->descriptions |= memmem(word.at, cursor_left(&word), "i386", 4) != NULL;
    }
    for (struct inferior *inferior = server->inferiors; inferior != NULL; inferior = inferior->next)
        inferior_choose_events(server, inferior);
    reply_text(&server->payload,
               "PacketSize=%x;QStartNoAckMode+;multiprocess+;swbreak+;hwbreak+;no-resumed+;vContSupported+;"
               "exec-events+;fork-events+;vfork-events+;QNonStop+;QThreadEvents+;vRun+;"
               "QEnvironmentHexEncoded+;QEnvironmentReset+;QEnvironmentUnset+;QSetWorkingDir+;"
               "QDisableRandomization+;QStartupWithShell+;QPassSignals+;QProgramSignals+;QCatchSyscalls+;"
               "ConditionalBreakpoints+;BreakpointCommands+;qXfer:features:read+;qXfer:threads:read+;qXfer:"
               "osdata:read+;"
               "qXfer:exec-file:read+;%s",
               PACKET_MAX,
               server->gnu ? "qXfer:auxv:read+;qXfer:libraries-svr4:read+;qXfer:siginfo:read+;"
                             "qXfer:siginfo:write+"
                           : "qXfer:libraries:read+");
}

static void start_no_ack(struct server *server, struct cursor *packet)
{
    (void)packet;
    answer_ok(server);
    server->client.no_ack = true;
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
    add_task_id(&server->payload, task);
}

static void first_threads(struct server *server, struct cursor *packet)
{
    (void)packet;
    for (struct inferior *inferior = server->inferiors; inferior != NULL; inferior = inferior->next)
        tasks_update(inferior);
    for (struct task *task = task_next(server, NULL); task != NULL; task = task_next(server, task)) {
        reply_text(&server->payload, server->payload.size == 0 ? "m" : ",");
        add_task_id(&server->payload, task);
    }
    if (server->payload.size == 0) /* of an empty list LLDB makes a thread with id 1 */
        reply_text(&server->payload, server->client.thread_suffix ? "OK" : "l");
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
    struct task *task = take_thread(packet, &id) ? named_task(server, &id) : NULL;
    if (task == NULL || hdbg_thread_info_get(task->thread, &info) != HDBG_OK)
        answer_error(server);
    else
        reply_hex_text(&server->payload, info.name);
}

static void attached(struct server *server, struct cursor *packet)
{
    uint64_t id;
    const struct inferior *inferior = server->current;
    if (take_hex(packet, &id) && id <= INT32_MAX)
        inferior = inferior_find(server, (hdbg_team_id)id);
    if (inferior == NULL)
        answer_error(server);
    else
        reply_text(&server->payload, inferior->attached ? "1" : "0");
}

static void set_non_stop(struct server *server, struct cursor *packet)
{
    bool on = take_char(packet, '1');
    if (!on && !take_char(packet, '0')) {
        answer_error(server);
        return;
    }
    nonstop_set(server, on);
    answer_ok(server);
}

static void set_thread_events(struct server *server, struct cursor *packet)
{
    server->client.thread_events = take_char(packet, '1');
    answer_ok(server);
}

/* ---- for LLDB: what is debugged, and on what ---- */

void add_triple(const struct server *server, struct reply *reply, hdbg_arch arch)
{
    struct reply triple = {0};
    reply_text(&triple, "%s-unknown-%s", hdbg_arch_name(arch), server->gnu ? "linux-gnu" : "haiku");
    reply_text(reply, "triple:");
    reply_hex(reply, triple.data, triple.size);
    reply_text(reply, ";");
    reply_free(&triple);
}

static void add_target(struct server *server)
{
    add_triple(server, &server->payload, server->current->arch);
    reply_text(&server->payload, "ptrsize:%zu;endian:little;ostype:%s;",
               hdbg_arch_address_size(server->current->arch), server->gnu ? "linux" : "haiku");
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
    if (hdbg_team_info_get(server->current->team, &info) != HDBG_OK) {
        answer_error(server);
        return;
    }
    reply_text(&server->payload, "pid:%x;parent-pid:%x;effective-uid:%x;effective-gid:%x;",
               (unsigned)info.team, (unsigned)info.parent, info.user, info.group);
    add_target(server);
}

/* ---- the table ---- */

enum { ANY_REST = '*' };

static const struct query {
    const char *name;
    char separator;  /* between the name and the rest; 0: there is no rest; ANY_REST: it follows at once */
    bool needs_team; /* an error without one */
    void (*run)(struct server *server, struct cursor *packet);
} kQueries[] = {
    {"qSupported", ':', false, supported},
    {"qXfer", ':', false, query_xfer},
    {"qC", 0, true, current_thread},
    {"qfThreadInfo", 0, false, first_threads},
    {"qsThreadInfo", 0, false, further_threads},
    {"qThreadExtraInfo", ',', true, thread_extra},
    {"qAttached", ':', true, attached},
    {"qRcmd", ',', false, monitor},
    {"qMemoryRegionInfo", ':', true, memory_region},
    {"qHostInfo", 0, false, host_info},
    {"qProcessInfo", 0, true, process_info},
    {"QStartNoAckMode", 0, false, start_no_ack},
    {"QPassSignals", ':', false, pass_signals},
    {"QProgramSignals", ':', false, program_signals},
    {"QNonStop", ':', false, set_non_stop},
    {"QThreadEvents", ':', false, set_thread_events},
    {"QCatchSyscalls", ':', true, syscalls_catch},
    {"qGetTLSAddr", ':', true, thread_local_address},
    {"qSearch:memory", ':', true, search_memory},
    {"qCRC", ':', true, memory_sum},
    {"QThreadSuffixSupported", 0, false, lldb_thread_suffix},
    {"QListThreadsInStopReply", 0, false, lldb_threads_in_stops},
    {"QEnableErrorStrings", 0, false, lldb_error_strings},
    {"QSaveRegisterState", ANY_REST, true, lldb_save_registers},
    {"QRestoreRegisterState", ':', true, lldb_restore_registers},
    {"qThreadStopInfo", ANY_REST, true, lldb_thread_stop_info},
    {"qGetWorkingDir", 0, false, lldb_working_folder},
    {"qFileLoadAddress", ':', true, lldb_load_address},
    {"qfProcessInfo", ANY_REST, false, lldb_first_team},
    {"qsProcessInfo", 0, false, lldb_further_team},
    {"qProcessInfoPID", ':', false, lldb_team},
    {"qUserName", ':', false, lldb_user_name},
    {"qGroupName", ':', false, lldb_group_name},
    {"qLaunchSuccess", 0, false, lldb_launched},
    {"QSetSTDIN", ':', false, start_set_input},
    {"QSetSTDOUT", ':', false, start_set_output},
    {"QSetSTDERR", ':', false, start_set_error},
    {"QSetDisableASLR", ':', false, start_set_randomization},
    {"QEnvironmentHexEncoded", ':', false, start_set_variable},
    {"QEnvironmentUnset", ':', false, start_unset_variable},
    {"QEnvironmentReset", 0, false, start_reset_environment},
    {"QSetWorkingDir", ':', false, start_set_folder},
    {"QDisableRandomization", ':', false, start_set_randomization},
    {"QStartupWithShell", ':', false, start_set_shell},
};

bool query(struct server *server, struct cursor *packet)
{
    for (size_t i = 0; i < sizeof kQueries / sizeof *kQueries; i++) {
        struct cursor rest = *packet;
        if (!take_text(&rest, kQueries[i].name))
            continue;
        char separator = kQueries[i].separator;
        if (rest.at != rest.end && separator != ANY_REST && (separator == 0 || !take_char(&rest, separator)))
            continue;
        if (options_disable(&server->options, kQueries[i].name))
            break;
        if (kQueries[i].needs_team && server->current->team == NULL)
            answer_error(server);
        else
            kQueries[i].run(server, &rest);
        break;
    }
    return true;
}
