/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Libraries: as System V's linker lists them in the program's memory, with the addresses of its own records,
 * or as Haiku's kernel tells them.
 */
#include "server.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LIBRARIES_MAX = 10000, NAMESPACES_MAX = 64 };

/* ---- the auxiliary vector ---- */

static int add_entry(void *context, const hdbg_detail *detail)
{
    reply_bytes(context, &detail->number, 8);
    reply_bytes(context, &detail->value, 8);
    return 0;
}

hdbg_status auxiliary_vector(struct server *server, struct reply *bytes)
{
    static const int64_t kEnd[2];
    hdbg_status status =
        hdbg_team_details_visit(server->current->team, HDBG_DETAIL_AUXILIARY, add_entry, bytes);
    if (status == HDBG_OK && (bytes->size < 16 || memcmp(bytes->data + bytes->size - 16, kEnd, 8) != 0))
        reply_bytes(bytes, kEnd, sizeof kEnd);
    return status;
}

static uint64_t auxiliary(const struct reply *vector, uint64_t number)
{
    uint64_t entry[2];
    for (size_t at = 0; at + sizeof entry <= vector->size; at += sizeof entry) {
        memcpy(entry, vector->data + at, sizeof entry);
        if (entry[0] == number)
            return entry[1];
    }
    return 0;
}

/* ---- the linker's list ---- */

/* What <link.h> has, of a 64-bit program. */
struct link_record {
    uint64_t load, name, dynamic, next, previous;
};
struct link_list {
    uint32_t version, reserved;
    uint64_t first, notify, state, linker, next_namespace;
};

static bool read_all(struct server *server, uint64_t address, void *buffer, size_t size)
{
    return hdbg_memory_read(server->current->team, address, buffer, size, NULL) == HDBG_OK;
}

/* The program's dynamic section. */
static uint64_t find_dynamic(struct server *server, const struct reply *vector)
{
    uint64_t headers = auxiliary(vector, AT_PHDR), count = auxiliary(vector, AT_PHNUM), slide = 0,
             dynamic = 0;
    Elf64_Phdr header;
    for (uint64_t i = 0; i < count && i < 256; i++) {
        if (!read_all(server, headers + i * sizeof header, &header, sizeof header))
            return 0;
        if (header.p_type == PT_PHDR)
            slide = headers - header.p_vaddr;
        if (header.p_type == PT_DYNAMIC)
            dynamic = header.p_vaddr;
    }
    return dynamic != 0 ? dynamic + slide : 0;
}

/* False: the program names none. 0: it will be made. */
static bool find_list(struct server *server, uint64_t *list)
{
    struct reply vector = {0};
    Elf64_Dyn entry = {.d_tag = DT_NULL};
    uint64_t dynamic = 0;
    if (auxiliary_vector(server, &vector) == HDBG_OK)
        dynamic = find_dynamic(server, &vector);
    reply_free(&vector);
    for (int i = 0; i < 256 && dynamic != 0 && entry.d_tag != DT_DEBUG; i++, dynamic += sizeof entry) {
        if (!read_all(server, dynamic, &entry, sizeof entry) || entry.d_tag == DT_NULL)
            break;
    }
    *list = entry.d_un.d_ptr;
    return entry.d_tag == DT_DEBUG;
}

static void add_namespace(struct server *server, struct reply *xml, const struct link_list *list, uint64_t at,
                          bool first)
{
    struct link_record record;
    char name[HDBG_PATH_LENGTH];
    uint64_t address = list->first;
    for (int i = 0; i < LIBRARIES_MAX && address != 0; i++, address = record.next) {
        if (!read_all(server, address, &record, sizeof record))
            return;
        if (first && i == 0) { /* the program itself */
            reply_text(xml, " main-lm=\"0x%" PRIx64 "\">\n", address);
            continue;
        }
        if (hdbg_memory_read_string(server->current->team, record.name, name, sizeof name, NULL) != HDBG_OK ||
            *name == '\0')
            continue;
        reply_text(xml, "<library name=\"");
        reply_xml(xml, name);
        reply_text(xml,
                   "\" lm=\"0x%" PRIx64 "\" l_addr=\"0x%" PRIx64 "\" l_ld=\"0x%" PRIx64 "\" lmid=\"0x%" PRIx64
                   "\"/>\n",
                   address, record.load, record.dynamic, at);
    }
}

bool libraries_svr4(struct server *server, struct reply *xml)
{
    struct link_list list;
    uint64_t at;
    if (!find_list(server, &at))
        return false; /* the linker itself was started: clients find its list by its symbols */
    reply_text(xml, "<library-list-svr4 version=\"1.0\"");
    if (at == 0 || !read_all(server, at, &list, sizeof list) || list.first == 0) {
        reply_text(xml, "/>\n");
        return true;
    }
    for (int i = 0; i < NAMESPACES_MAX && at != 0; i++) {
        size_t size = i == 0 && list.version < 2 ? offsetof(struct link_list, next_namespace) : sizeof list;
        if (!read_all(server, at, &list, size))
            break;
        add_namespace(server, xml, &list, at, i == 0);
        at = list.version >= 2 ? list.next_namespace : 0;
    }
    reply_text(xml, "</library-list-svr4>\n");
    return true;
}

/* ---- thread-local variables ---- */

/* The image that a record of the linker's is of; that of the program for none. 0: there is none. */
static hdbg_image_id image_of(const struct inferior *inferior, uint64_t at)
{
    hdbg_image_list *images = NULL;
    struct link_record record;
    hdbg_image_id id = 0;
    if (hdbg_image_list_get(inferior->team, &images) != HDBG_OK)
        return 0;
    const hdbg_image_info *image = NULL;
    if (at == 0)
        image = hdbg_image_list_at(images, 0);
    else if (hdbg_memory_read(inferior->team, at, &record, sizeof record, NULL) == HDBG_OK)
        image = hdbg_image_list_find(images, record.dynamic);
    if (image != NULL)
        id = image->id;
    hdbg_image_list_free(images);
    return id;
}

/* THREAD,OFFSET,RECORD */
void thread_local_address(struct server *server, struct cursor *packet)
{
    struct thread_id id;
    uint64_t offset, record;
    hdbg_address address;
    struct task *task = take_thread(packet, &id) ? named_task(server, &id) : NULL;
    if (task == NULL || !take_char(packet, ',') || !take_range(packet, &offset, &record) ||
        packet->at != packet->end)
        answer_error(server);
    else if (hdbg_thread_tls_address(task->thread, image_of(task->inferior, record), offset, &address) ==
             HDBG_OK)
        reply_text(&server->payload, "%" PRIx64, address);
    else
        answer_sentence(server);
}

/* ---- Haiku's ---- */

void libraries_haiku(struct server *server, struct reply *xml)
{
    hdbg_image_list *images = NULL;
    hdbg_image_list_get(server->current->team, &images);
    reply_text(xml, "<library-list>\n");
    for (size_t i = 0; images != NULL && i < hdbg_image_list_count(images); i++) {
        const hdbg_image_info *image = hdbg_image_list_at(images, i);
        if (image->type == HDBG_IMAGE_APP || image->path[0] != '/')
            continue; /* the program is known by itself, and the kernel's own images have no file */
        reply_text(xml, "<library name=\"");
        reply_xml(xml, image->path);
        reply_text(xml, "\"><segment address=\"0x%" PRIx64 "\"/></library>\n", image->text);
    }
    reply_text(xml, "</library-list>\n");
    hdbg_image_list_free(images);
}
