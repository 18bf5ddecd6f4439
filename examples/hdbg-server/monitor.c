/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * `monitor`: commands for the user, answered with text.
 */
#include "server.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void areas(struct server *server, struct reply *out)
{
    size_t count = 0;
    hdbg_area_info *list = NULL;
    hdbg_areas_get(server->current->team, &list, &count);
    for (size_t i = 0; i < count; i++) {
        const hdbg_area_info *area = &list[i];
        char letters[5];
        area_letters(area, letters);
        reply_text(out, "0x%016" PRIx64 " 0x%010" PRIx64 " %.3s %s\n", area->address, area->length, letters,
                   area_name(area));
    }
    hdbg_areas_free(list);
}

static void images(struct server *server, struct reply *out)
{
    hdbg_image_list *list = NULL;
    hdbg_image_list_get(server->current->team, &list);
    for (size_t i = 0; list != NULL && i < hdbg_image_list_count(list); i++) {
        const hdbg_image_info *image = hdbg_image_list_at(list, i);
        reply_text(out, "0x%016" PRIx64 " 0x%010" PRIx64 " %s\n", image->text, image->text_size, image->path);
    }
    hdbg_image_list_free(list);
}

static void statistics(struct server *server, struct reply *out)
{
    hdbg_session_statistics numbers = {.size = sizeof numbers};
    if (hdbg_session_statistics_get(server->session, &numbers) == HDBG_OK)
        reply_text(out,
                   "%" PRIu64 " events, of which %" PRIu64 " could not be understood\n"
                   "%" PRIu64 " requests to nubs, of which %" PRIu64 " timed out\n",
                   numbers.events, numbers.bad_messages, numbers.requests, numbers.timeouts);
}

static void threads(struct server *server, struct reply *out)
{
    for (size_t i = 0; i < server->current->task_count; i++) {
        hdbg_thread_info info = {.size = sizeof info};
        if (hdbg_thread_info_get(server->current->tasks[i]->thread, &info) == HDBG_OK)
            reply_text(out, "%8d %s\n", (int)info.thread, info.name);
    }
}

static void teams(struct server *server, struct reply *out)
{
    for (const struct inferior *inferior = inferior_next(server, NULL); inferior != NULL;
         inferior = inferior_next(server, inferior)) {
        hdbg_team_info info = {.size = sizeof info};
        if (hdbg_team_info_get(inferior->team, &info) == HDBG_OK)
            reply_text(out, "%c %8d %4zu threads %s\n", inferior == server->current ? '*' : ' ',
                       (int)inferior->pid, inferior->task_count, info.arguments);
    }
}

static void log_on(struct server *server, struct reply *out)
{
    server->logs_packets = true;
    reply_text(out, "Packets are written by the server.\n");
}

static void log_off(struct server *server, struct reply *out)
{
    server->logs_packets = false;
    reply_text(out, "Packets are not written any more.\n");
}

/* As if the client had gone, and had wanted no more than once. */
static void leave(struct server *server, struct reply *out)
{
    (void)out;
    server->leaves = server->options.once = true;
}

void monitor_log(const struct server *server, const char *what, const char *bytes, size_t size)
{
    enum { SHOWN_MAX = 200 };
    if (!server->logs_packets)
        return;
    fprintf(server->log, "%s ", what);
    for (size_t i = 0; i < size && i < SHOWN_MAX; i++) {
        uint8_t byte = (uint8_t)bytes[i];
        fprintf(server->log, byte >= 0x20 && byte < 0x7f && byte != '\\' ? "%c" : "\\x%02x", byte);
    }
    fprintf(server->log, size > SHOWN_MAX ? " ... (%zu bytes)\n" : "\n", size);
    fflush(server->log);
}

/* ---- the table ---- */

static void help(struct server *server, struct reply *out);

static const struct command {
    const char *name, *description; /* NULL: another name for the one before */
    bool needs_team;
    void (*run)(struct server *server, struct reply *out);
} kCommands[] = {
    {"areas", "the current team's areas of memory", true, areas},
    {"exit", "end the server: teams that it launched are killed, others let go", false, leave},
    {"help", "this list", false, help},
    {"images", "the current team's images", true, images},
    {"packets on", "write packets to the server's standard error", false, log_on},
    {"set remote-debug 1", NULL, false, log_on},
    {"packets off", "do so no more", false, log_off},
    {"set remote-debug 0", NULL, false, log_off},
    {"statistics", "numbers of the debugging session", false, statistics},
    {"teams", "the teams that are debugged", false, teams},
    {"threads", "the current team's threads", true, threads},
};

static void help(struct server *server, struct reply *out)
{
    (void)server;
    reply_text(out, "The following monitor commands are supported:\n");
    for (size_t i = 0; i < sizeof kCommands / sizeof *kCommands; i++) {
        if (kCommands[i].description != NULL)
            reply_text(out, "%-12s %s\n", kCommands[i].name, kCommands[i].description);
    }
}

void monitor(struct server *server, struct cursor *packet)
{
    char name[32];
    size_t i = 0, count = sizeof kCommands / sizeof *kCommands;
    struct reply text = {0};
    if (!take_hex_text(packet, name, sizeof name))
        *name = '\0';
    while (i < count && strcmp(kCommands[i].name, name) != 0)
        i++;
    if (i == count)
        reply_text(&text, "There is no such command. `monitor help` lists those that there are.\n");
    else if (kCommands[i].needs_team && server->current->team == NULL)
        reply_text(&text, "No team is debugged.\n");
    else
        kCommands[i].run(server, &text);
    if (text.size != 0)
        reply_hex(&server->payload, text.data, text.size);
    else
        answer_ok(server);
    reply_free(&text);
}
