/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Packets that LLDB has added to the protocol: threads with their stops in one answer, registers that are put
 * back with all that a thread stood for, teams of the system for its `platform` commands.
 */
#include "server.h"

#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAVED_MAX = 1000 };

/* ---- what either side can do ---- */

void lldb_thread_suffix(struct server *server, struct cursor *packet)
{
    (void)packet;
    server->client.thread_suffix = true;
    answer_ok(server);
}

void lldb_threads_in_stops(struct server *server, struct cursor *packet)
{
    (void)packet;
    server->client.threads_in_stops = true;
    server->client.exec_events = true; /* LLDB knows them, and does not say so */
    for (struct inferior *inferior = server->inferiors; inferior != NULL; inferior = inferior->next)
        inferior_choose_events(server, inferior);
    answer_ok(server);
}

void lldb_error_strings(struct server *server, struct cursor *packet)
{
    (void)packet;
    server->client.error_strings = true;
    answer_ok(server);
}

void lldb_launched(struct server *server, struct cursor *packet)
{
    (void)packet;
    if (server->current->team != NULL)
        answer_ok(server);
    else
        answer_error(server);
}

struct task *lldb_suffixed_task(struct server *server, struct cursor *packet)
{
    static const char kSuffix[] = ";thread:";
    const char *at = packet->end;
    struct thread_id id;
    if (!server->client.thread_suffix)
        return chosen_task(server);
    while (at > packet->at && (at == packet->end || *at != ';' || at + 1 == packet->end))
        at--;
    struct cursor suffix = {at, packet->end};
    if (!take_text(&suffix, kSuffix))
        return chosen_task(server);
    if (!take_thread(&suffix, &id))
        return NULL;
    packet->end = at;
    return named_task(server, &id);
}

/* ---- stops ---- */

/* The threads of the team that the stop is of, and where they stand. */
void lldb_add_threads(struct server *server, struct reply *reply, hdbg_team_id team)
{
    const struct inferior *inferior = inferior_find(server, team);
    if (!server->client.threads_in_stops || inferior == NULL || inferior->task_count == 0)
        return;
    reply_text(reply, "threads:");
    for (size_t i = 0; i < inferior->task_count; i++)
        reply_text(reply, "%s%x", i != 0 ? "," : "", (unsigned)inferior->tasks[i]->id);
    reply_text(reply, ";thread-pcs:");
    for (size_t i = 0; i < inferior->task_count; i++) {
        hdbg_address pc = 0;
        hdbg_thread_pc(inferior->tasks[i]->thread, &pc);
        reply_text(reply, "%s%" PRIx64, i != 0 ? "," : "", pc);
    }
    reply_text(reply, ";");
}

static void add_string(struct reply *json, const char *text)
{
    reply_text(json, "\"");
    for (; *text != '\0'; text++) {
        uint8_t byte = (uint8_t)*text;
        if (byte < 0x20 || byte > 0x7e)
            reply_text(json, "?");
        else
            reply_text(json, byte == '"' || byte == '\\' ? "\\%c" : "%c", byte);
    }
    reply_text(json, "\"");
}

static const char *reason_of(const struct stop *stop, const struct task *task)
{
    enum { GDB_SIGTRAP = 5 };
    switch (stop->reason) {
    case STOP_SOFTWARE:
    case STOP_HARDWARE:
        return "breakpoint";
    case STOP_WATCH:
        return "watchpoint";
    case STOP_EXEC:
        return "exec";
    default:
        return stop->signal == GDB_SIGTRAP && task->stepping ? "trace" : "signal";
    }
}

static void add_stop(struct reply *json, const struct stop *stop, const struct task *task)
{
    reply_text(json, ",\"reason\":\"%s\",\"signal\":%u", reason_of(stop, task), stop->signal);
    if (stop->reason == STOP_WATCH)
        reply_text(json, ",\"description\":\"%" PRIu64 " 0\"", stop->address);
}

static void add_registers(struct reply *json, const struct task *task)
{
    struct reply all = {0};
    struct cursor rest;
    registers_expedite(task, &all); /* "NN:VALUE;" each, NN in hexadecimal */
    rest = (struct cursor){all.data, all.data + all.size};
    reply_text(json, ",\"registers\":{");
    for (int i = 0; rest.at != rest.end; i++) {
        struct cursor one = take_word(&rest, ';');
        uint64_t number;
        if (!take_hex(&one, &number) || !take_char(&one, ':'))
            break;
        reply_text(json, "%s\"%" PRIu64 "\":\"%.*s\"", i != 0 ? "," : "", number, (int)cursor_left(&one),
                   one.at);
    }
    reply_text(json, "}");
    reply_free(&all);
}

void lldb_threads_info(struct server *server)
{
    struct reply *json = &server->payload;
    bool first = true;
    for (const struct task *task = task_next(server, NULL); task != NULL; task = task_next(server, task)) {
        hdbg_thread_info info = {.size = sizeof info};
        if (task->inferior != server->current || hdbg_thread_info_get(task->thread, &info) != HDBG_OK)
            continue;
        reply_text(json, "%s{\"tid\":%d,\"name\":", first ? "[" : ",", (int)task->id);
        add_string(json, info.name);
        if (task->id == server->stop.thread)
            add_stop(json, &server->stop, task);
        add_registers(json, task);
        reply_text(json, "}");
        first = false;
    }
    reply_text(json, first ? "[]" : "]");
}

void lldb_thread_stop_info(struct server *server, struct cursor *packet)
{
    struct thread_id id;
    const struct task *task = take_thread(packet, &id) ? named_task(server, &id) : NULL;
    if (task == NULL || packet->at != packet->end) {
        answer_error(server);
        return;
    }
    struct stop stop = {.team = task->inferior->pid, .thread = task->id};
    if (task->id == server->stop.thread)
        stop = server->stop;
    stop_reply(server, &stop);
}

/* ---- registers that are put back ---- */

struct saved {
    struct saved *next;
    uint64_t number;
    hdbg_thread *thread;
    hdbg_thread_state_copy *copy;
};

static void drop_saved(struct saved **link)
{
    struct saved *saved = *link;
    *link = saved->next;
    hdbg_thread_state_free(saved->copy);
    hdbg_thread_release(saved->thread);
    free(saved);
}

void lldb_save_registers(struct server *server, struct cursor *packet)
{
    struct task *task = lldb_suffixed_task(server, packet);
    struct saved *saved = calloc(1, sizeof *saved);
    uint64_t number = server->saved != NULL ? server->saved->number + 1 : 1, count = 0;
    for (const struct saved *each = server->saved; each != NULL; each = each->next)
        count++;
    if (saved == NULL || task == NULL || count >= SAVED_MAX ||
        hdbg_thread_state_save(task->thread, &saved->copy) != HDBG_OK) {
        free(saved);
        answer_error(server);
        return;
    }
    saved->next = server->saved;
    saved->number = number;
    saved->thread = hdbg_thread_retain(task->thread);
    server->saved = saved;
    reply_text(&server->payload, "%" PRIu64, number);
}

/* NUMBER, as it was told: decimal. */
static bool take_number(struct cursor *packet, uint64_t *number)
{
    const char *first = packet->at;
    for (*number = 0; packet->at != packet->end && *packet->at >= '0' && *packet->at <= '9'; packet->at++)
        *number = *number * 10 + (uint64_t)(*packet->at - '0');
    return packet->at != first && packet->at - first < 19;
}

void lldb_restore_registers(struct server *server, struct cursor *packet)
{
    struct task *task = lldb_suffixed_task(server, packet);
    struct saved **link = &server->saved;
    uint64_t number;
    if (!take_number(packet, &number))
        number = 0;
    while (*link != NULL && (*link)->number != number)
        link = &(*link)->next;
    if (*link == NULL || task == NULL || (*link)->thread != task->thread) {
        answer_error(server);
        return;
    }
    answer(server, hdbg_thread_state_restore(task->thread, (*link)->copy));
    drop_saved(link);
}

/* ---- memory for the code of expressions ---- */

struct allocation {
    struct allocation *next;
    hdbg_team_id team;
    hdbg_address address;
    uint64_t size;
};

/* SIZE,PERMISSIONS */
static void allocate(struct server *server, struct cursor *packet)
{
    struct allocation *made = calloc(1, sizeof *made);
    uint32_t protection = 0;
    bool good = made != NULL && take_hex(packet, &made->size) && take_char(packet, ',');
    for (; good && packet->at != packet->end; packet->at++) {
        const char *const kLetters = "rwx", *found = strchr(kLetters, *packet->at);
        good = *packet->at != '\0' && found != NULL;
        protection |= good ? (uint32_t)HDBG_AREA_READ << (found - kLetters) : 0;
    }
    if (!good ||
        hdbg_memory_allocate(server->current->team, made->size, protection, &made->address) != HDBG_OK) {
        free(made);
        answer_error(server);
        return;
    }
    made->team = server->current->pid;
    made->next = server->allocations;
    server->allocations = made;
    reply_text(&server->payload, "%" PRIx64, made->address);
}

/* ADDRESS */
static void release(struct server *server, struct cursor *packet)
{
    struct allocation **link = &server->allocations;
    uint64_t address = 0;
    if (!take_hex(packet, &address) || packet->at != packet->end)
        address = 0;
    while (*link != NULL && ((*link)->address != address || (*link)->team != server->current->pid))
        link = &(*link)->next;
    struct allocation *found = *link;
    if (found == NULL || hdbg_memory_release(server->current->team, address, found->size) != HDBG_OK) {
        answer_error(server);
        return;
    }
    *link = found->next;
    free(found);
    answer_ok(server);
}

void lldb_memory(struct server *server, struct cursor *packet)
{
    if (server->current->team == NULL)
        answer_error(server);
    else if (take_char(packet, 'M'))
        allocate(server, packet);
    else if (take_char(packet, 'm'))
        release(server, packet);
}

void lldb_forget(struct server *server)
{
    while (server->saved != NULL)
        drop_saved(&server->saved);
    for (struct allocation *next, *each = server->allocations; each != NULL; each = next) {
        next = each->next;
        free(each);
    }
    server->allocations = NULL;
}

/* ---- the platform ---- */

void lldb_working_folder(struct server *server, struct cursor *packet)
{
    char path[PATH_MAX];
    (void)packet;
    if (getcwd(path, sizeof path) != NULL)
        reply_hex_text(&server->payload, path);
    else
        answer_error(server);
}

/* Where an image is. */
void lldb_load_address(struct server *server, struct cursor *packet)
{
    char path[HDBG_PATH_LENGTH];
    hdbg_image_list *images = NULL;
    const hdbg_image_info *found = NULL;
    if (!take_hex_text(packet, path, sizeof path) ||
        hdbg_image_list_get(server->current->team, &images) != HDBG_OK) {
        answer_error(server);
        return;
    }
    for (size_t i = 0; i < hdbg_image_list_count(images) && found == NULL; i++) {
        if (strcmp(hdbg_image_list_at(images, i)->path, path) == 0)
            found = hdbg_image_list_at(images, i);
    }
    if (found != NULL)
        reply_text(&server->payload, "%" PRIx64, found->text);
    else
        answer_error(server);
    hdbg_image_list_free(images);
}

static void add_team(struct server *server, const hdbg_team_info *team)
{
    struct reply *reply = &server->payload;
    reply_text(reply, "pid:%d;ppid:%d;uid:%u;gid:%u;euid:%u;egid:%u;name:", (int)team->team,
               (int)team->parent, team->user, team->group, team->user, team->group);
    reply_hex_text(reply, team->name);
    reply_text(reply, ";args:");
    reply_hex_text(reply, team->arguments);
    reply_text(reply, ";");
    if (team->arch != HDBG_ARCH_UNKNOWN)
        add_triple(server, reply, (hdbg_arch)team->arch);
}

/* The next team of the list, or the one with an id. */
static void tell_next_team(struct server *server)
{
    hdbg_kernel *kernel = hdbg_session_kernel(server->session);
    hdbg_team_info team = {.size = sizeof team};
    if (kernel->ops->next_team(kernel->context, &server->team_cookie, &team) == HDBG_OK)
        add_team(server, &team);
    else
        answer_error(server);
}

void lldb_first_team(struct server *server, struct cursor *packet)
{
    (void)packet; /* what the client looks for: it looks itself, too */
    server->team_cookie = 0;
    tell_next_team(server);
}

void lldb_further_team(struct server *server, struct cursor *packet)
{
    (void)packet;
    tell_next_team(server);
}

void lldb_team(struct server *server, struct cursor *packet)
{
    hdbg_kernel *kernel = hdbg_session_kernel(server->session);
    hdbg_team_info team = {.size = sizeof team};
    uint64_t id;
    if (take_number(packet, &id) && id <= INT32_MAX && packet->at == packet->end &&
        kernel->ops->team_info(kernel->context, (hdbg_team_id)id, &team) == HDBG_OK)
        add_team(server, &team);
    else
        answer_error(server);
}

void lldb_user_name(struct server *server, struct cursor *packet)
{
    char buffer[4096];
    struct passwd entry, *found = NULL;
    uint64_t id;
    if (take_number(packet, &id) && getpwuid_r((uid_t)id, &entry, buffer, sizeof buffer, &found) == 0 &&
        found != NULL)
        reply_hex_text(&server->payload, found->pw_name);
    else
        answer_error(server);
}

void lldb_group_name(struct server *server, struct cursor *packet)
{
    char buffer[4096];
    struct group entry, *found = NULL;
    uint64_t id;
    if (take_number(packet, &id) && getgrgid_r((gid_t)id, &entry, buffer, sizeof buffer, &found) == 0 &&
        found != NULL)
        reply_hex_text(&server->payload, found->gr_name);
    else
        answer_error(server);
}
