/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * qXfer: objects that are read in pieces. One is made when its beginning is read, and kept for the rest, so
 * that the pieces fit together.
 */
#include "server.h"

#include <stdlib.h>
#include <string.h>

static bool make_features(struct server *server, const struct cursor *annex, struct reply *out)
{
    if (!is_word(annex, "target.xml"))
        return false;
    registers_describe(server, out);
    return true;
}

static int by_id(const void *left, const void *right)
{
    const hdbg_thread_info *a = left, *b = right;
    return a->thread < b->thread ? -1 : a->thread > b->thread;
}

/* In order of their ids, which is that of their creation: so the client numbers them. */
static bool make_threads(struct server *server, const struct cursor *annex, struct reply *out)
{
    (void)annex;
    tasks_update(server);
    size_t count = 0;
    hdbg_thread_info *infos = calloc(server->task_count + 1, sizeof *infos);
    for (size_t i = 0; i < server->task_count && infos != NULL; i++) {
        infos[count].size = sizeof *infos;
        count += hdbg_thread_info_get(server->tasks[i].thread, &infos[count]) == HDBG_OK;
    }
    if (infos != NULL)
        qsort(infos, count, sizeof *infos, by_id);
    reply_text(out, "<?xml version=\"1.0\"?>\n<threads>\n");
    for (size_t i = 0; i < count; i++) {
        reply_text(out, "<thread id=\"");
        add_thread_id(server, out, infos[i].thread);
        reply_text(out, "\" name=\"");
        reply_xml(out, infos[i].name);
        reply_text(out, "\"/>\n");
    }
    free(infos);
    reply_text(out, "</threads>\n");
    return true;
}

static bool make_auxv(struct server *server, const struct cursor *annex, struct reply *out)
{
    (void)annex;
    return auxiliary_vector(server, out) == HDBG_OK;
}

static int add_text(void *context, const hdbg_detail *detail)
{
    reply_text(context, "%s", detail->text);
    return 1;
}

static bool make_exec_file(struct server *server, const struct cursor *annex, struct reply *out)
{
    struct cursor rest = *annex;
    uint64_t team;
    if (take_hex(&rest, &team) && team != (uint64_t)server->pid)
        return false;
    hdbg_team_details_visit(server->team, HDBG_DETAIL_PROGRAM, add_text, out);
    hdbg_image_list *images = NULL;
    if (out->size == 0 && hdbg_image_list_get(server->team, &images) == HDBG_OK &&
        hdbg_image_list_count(images) != 0)
        reply_text(out, "%s", hdbg_image_list_at(images, 0)->path);
    hdbg_image_list_free(images);
    return out->size != 0;
}

static bool make_svr4(struct server *server, const struct cursor *annex, struct reply *out)
{
    (void)annex; /* where to begin: the whole list is always right */
    if (server->gnu)
        libraries_svr4(server, out);
    return server->gnu;
}

static bool make_libraries(struct server *server, const struct cursor *annex, struct reply *out)
{
    (void)annex;
    if (!server->gnu)
        libraries_haiku(server, out);
    return !server->gnu;
}

static bool make_siginfo(struct server *server, const struct cursor *annex, struct reply *out)
{
    uint8_t bytes[128];
    hdbg_stop stop = {.size = sizeof stop};
    struct task *task = chosen_task(server);
    (void)annex;
    if (!server->gnu || task == NULL || hdbg_thread_stop_get(task->thread, &stop) != HDBG_OK ||
        !signal_info(&stop, bytes))
        return false;
    reply_bytes(out, bytes, sizeof bytes);
    return true;
}

static const struct object {
    const char *name;
    bool (*make)(struct server *server, const struct cursor *annex, struct reply *out);
} kObjects[] = {
    {"features", make_features},   {"threads", make_threads},     {"auxv", make_auxv},
    {"exec-file", make_exec_file}, {"libraries-svr4", make_svr4}, {"libraries", make_libraries},
    {"siginfo", make_siginfo},
};

/* Whether the kept object is the one that is asked for; what it is called becomes the packet's head. */
static bool is_kept(struct server *server, const struct cursor *head)
{
    return server->object_name.size == cursor_left(head) && cursor_left(head) != 0 &&
           memcmp(server->object_name.data, head->at, cursor_left(head)) == 0;
}

static bool make(struct server *server, const struct object *object, const struct cursor *annex,
                 const struct cursor *head)
{
    reply_clear(&server->object);
    reply_clear(&server->object_name);
    if (!object->make(server, annex, &server->object) || server->object.failed)
        return false;
    reply_bytes(&server->object_name, head->at, cursor_left(head));
    return true;
}

static void send_piece(struct server *server, uint64_t offset, uint64_t length)
{
    const struct reply *object = &server->object;
    if (offset > object->size) {
        answer_error(server);
        return;
    }
    uint64_t left = object->size - offset, most = PACKET_MAX / 2;
    uint64_t size = length < most ? length : most;
    reply_text(&server->payload, left > size ? "m" : "l");
    reply_bytes(&server->payload, object->data + offset, (size_t)(left < size ? left : size));
}

/* OBJECT:read:ANNEX:OFFSET,LENGTH */
void query_xfer(struct server *server, struct cursor *packet)
{
    struct cursor head = {packet->at, packet->at};
    struct cursor name = take_word(packet, ':');
    struct cursor operation = take_word(packet, ':');
    const struct object *object = NULL;
    for (size_t i = 0; i < sizeof kObjects / sizeof *kObjects; i++) {
        if (is_word(&name, kObjects[i].name))
            object = &kObjects[i];
    }
    if (object == NULL || !is_word(&operation, "read"))
        return;
    struct cursor annex = take_word(packet, ':');
    head.end = packet->at;
    uint64_t offset, length;
    if (server->gone || !take_range(packet, &offset, &length) || packet->at != packet->end ||
        ((offset == 0 || !is_kept(server, &head)) && !make(server, object, &annex, &head))) {
        answer_error(server);
        return;
    }
    send_piece(server, offset, length);
}
