/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * `monitor`: commands for the user, answered with text.
 */
#include "server.h"

#include <inttypes.h>
#include <string.h>

static void help(struct server *server, struct reply *out)
{
    (void)server;
    reply_text(out, "areas       the team's areas of memory\n"
                    "images      its images\n"
                    "statistics  numbers of the debugging session\n"
                    "threads     its threads\n");
}

static void areas(struct server *server, struct reply *out)
{
    size_t count = 0;
    hdbg_area_info *list = NULL;
    hdbg_areas_get(server->team, &list, &count);
    for (size_t i = 0; i < count; i++) {
        const hdbg_area_info *area = &list[i];
        reply_text(out, "0x%016" PRIx64 " 0x%010" PRIx64 " %c%c%c %s\n", area->address, area->length,
                   (area->protection & HDBG_AREA_READ) != 0 ? 'r' : '-',
                   (area->protection & HDBG_AREA_WRITE) != 0 ? 'w' : '-',
                   (area->protection & HDBG_AREA_EXECUTE) != 0 ? 'x' : '-',
                   *area->path != '\0' ? area->path : area->name);
    }
    hdbg_areas_free(list);
}

static void images(struct server *server, struct reply *out)
{
    hdbg_image_list *list = NULL;
    hdbg_image_list_get(server->team, &list);
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
    for (size_t i = 0; i < server->task_count; i++) {
        hdbg_thread_info info = {.size = sizeof info};
        if (hdbg_thread_info_get(server->tasks[i].thread, &info) == HDBG_OK)
            reply_text(out, "%8d %s\n", (int)info.thread, info.name);
    }
}

void monitor(struct server *server, struct cursor *packet)
{
    static const struct {
        const char *name;
        void (*run)(struct server *server, struct reply *out);
    } kCommands[] = {{"help", help},
                     {"areas", areas},
                     {"images", images},
                     {"statistics", statistics},
                     {"threads", threads}};
    char name[16];
    size_t size;
    struct reply text = {0};
    if (!take_hex_bytes(packet, (uint8_t *)name, sizeof name - 1, &size))
        size = 0;
    name[size] = '\0';
    size_t i = 0, count = sizeof kCommands / sizeof *kCommands;
    while (i < count && strcmp(kCommands[i].name, name) != 0)
        i++;
    if (i < count)
        kCommands[i].run(server, &text);
    else
        reply_text(&text, "There is no such command. `monitor help` lists those that there are.\n");
    if (text.size != 0)
        reply_hex(&server->payload, text.data, text.size);
    else
        answer_ok(server);
    reply_free(&text);
}
