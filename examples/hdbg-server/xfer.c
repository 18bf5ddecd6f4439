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
    server->client.descriptions = true;
    registers_describe(server, out);
    return true;
}

static int by_id(const void *left, const void *right)
{
    const hdbg_thread_info *a = left, *b = right;
    return a->thread < b->thread ? -1 : a->thread > b->thread;
}

static hdbg_thread_info *collect_threads(struct server *server, size_t *count)
{
    size_t room = 0;
    for (struct inferior *inferior = server->inferiors; inferior != NULL; inferior = inferior->next) {
        tasks_update(inferior);
        room += inferior->task_count;
    }
    hdbg_thread_info *infos = calloc(room + 1, sizeof *infos);
    *count = 0;
    for (struct task *task = task_next(server, NULL); task != NULL && infos != NULL;
         task = task_next(server, task)) {
        infos[*count].size = sizeof *infos;
        *count += hdbg_thread_info_get(task->thread, &infos[*count]) == HDBG_OK;
    }
    return infos;
}

/* In order of their ids, which is that of their creation: so the client numbers them. */
static bool make_threads(struct server *server, const struct cursor *annex, struct reply *out)
{
    (void)annex;
    size_t count;
    hdbg_thread_info *infos = collect_threads(server, &count);
    if (infos != NULL)
        qsort(infos, count, sizeof *infos, by_id);
    reply_text(out, "<?xml version=\"1.0\"?>\n<threads>\n");
    for (size_t i = 0; i < count; i++) {
        reply_text(out, "<thread id=\"");
        add_thread_id(server, out, infos[i].team, infos[i].thread);
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
    uint64_t id;
    const struct inferior *inferior = server->current;
    if (take_hex(&rest, &id))
        inferior = id <= INT32_MAX ? inferior_find(server, (hdbg_team_id)id) : NULL;
    if (inferior == NULL || inferior->gone)
        return false;
    hdbg_team_details_visit(inferior->team, HDBG_DETAIL_PROGRAM, add_text, out);
    hdbg_image_list *images = NULL;
    if (out->size == 0 && hdbg_image_list_get(inferior->team, &images) == HDBG_OK &&
        hdbg_image_list_count(images) != 0)
        reply_text(out, "%s", hdbg_image_list_at(images, 0)->path);
    hdbg_image_list_free(images);
    return out->size != 0;
}

static bool make_svr4(struct server *server, const struct cursor *annex, struct reply *out)
{
    (void)annex; /* where to begin: the whole list is always right */
    return server->gnu && libraries_svr4(server, out);
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
    uint8_t bytes[SIGNAL_INFO_BYTES];
    const struct task *task = chosen_task(server);
    (void)annex;
    if (!server->gnu || task == NULL || !signal_info(task, bytes))
        return false;
    reply_bytes(out, bytes, sizeof bytes);
    return true;
}

static bool take_siginfo(struct server *server, uint64_t offset, const struct cursor *data)
{
    struct task *task = chosen_task(server);
    return server->gnu && task != NULL && offset == 0 &&
           signal_set_info(task, (const uint8_t *)data->at, cursor_left(data)) == HDBG_OK;
}

static const struct object {
    const char *name;
    bool needs_team;
    bool (*make)(struct server *server, const struct cursor *annex, struct reply *out);
    bool (*take)(struct server *server, uint64_t offset, const struct cursor *data); /* NULL: read alone */
} kObjects[] = {
    {"features", true, make_features, NULL},
    {"threads", false, make_threads, NULL},
    {"auxv", true, make_auxv, NULL},
    {"exec-file", true, make_exec_file, NULL},
    {"libraries-svr4", true, make_svr4, NULL},
    {"libraries", true, make_libraries, NULL},
    {"siginfo", true, make_siginfo, take_siginfo},
    {"osdata", false, osdata, NULL},
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

/* ANNEX:OFFSET,LENGTH. `head`: where the name began. */
static void read_object(struct server *server, const struct object *object, const char *head,
                        struct cursor *packet)
{
    struct cursor annex = take_word(packet, ':'), whole = {head, packet->at};
    uint64_t offset, length;
    if (!take_range(packet, &offset, &length) || packet->at != packet->end ||
        ((offset == 0 || !is_kept(server, &whole)) && !make(server, object, &annex, &whole)))
        answer_error(server);
    else
        send_piece(server, offset, length);
}

/* ANNEX:OFFSET:DATA */
static void write_object(struct server *server, const struct object *object, struct cursor *packet)
{
    uint64_t offset;
    take_word(packet, ':');
    if (take_hex(packet, &offset) && take_char(packet, ':') && object->take(server, offset, packet))
        reply_text(&server->payload, "%zx", cursor_left(packet));
    else
        answer_error(server);
}

/* OBJECT:OPERATION:... */
void query_xfer(struct server *server, struct cursor *packet)
{
    const char *head = packet->at;
    struct cursor name = take_word(packet, ':');
    struct cursor operation = take_word(packet, ':');
    const struct object *object = NULL;
    for (size_t i = 0; i < sizeof kObjects / sizeof *kObjects; i++) {
        if (is_word(&name, kObjects[i].name))
            object = &kObjects[i];
    }
    bool reads = is_word(&operation, "read");
    if (object == NULL || (!reads && (object->take == NULL || !is_word(&operation, "write"))))
        return;
    if (object->needs_team && server->current->gone)
        answer_error(server);
    else if (reads)
        read_object(server, object, head, packet);
    else
        write_object(server, object, packet);
}
