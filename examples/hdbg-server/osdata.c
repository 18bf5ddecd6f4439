/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * qXfer:osdata: what the system has, as tables. GDB shows them with `info os`.
 */
#include "server.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- rows ---- */

static void column(struct reply *xml, const char *name, const char *text)
{
    reply_text(xml, "<column name=\"%s\">", name);
    reply_xml(xml, text);
    reply_text(xml, "</column>");
}

static void number_column(struct reply *xml, const char *name, int64_t number)
{
    reply_text(xml, "<column name=\"%s\">%" PRId64 "</column>", name, number);
}

static void address_column(struct reply *xml, const char *name, uint64_t address)
{
    reply_text(xml, "<column name=\"%s\">0x%" PRIx64 "</column>", name, address);
}

static void user_column(struct reply *xml, uint32_t user)
{
    char buffer[1024];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(user, &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
        column(xml, "user", found->pw_name);
    else
        number_column(xml, "user", user);
}

static const char *command_of(const hdbg_team_info *team)
{
    return *team->arguments != '\0' ? team->arguments : team->name;
}

/* ---- all teams of the system ---- */

/* All teams that there are, to be freed: asking for one takes its time. */
static hdbg_team_info *list_teams(hdbg_kernel *kernel, size_t *count)
{
    hdbg_team_info *teams = NULL;
    size_t room = 0;
    int64_t cookie = 0;
    for (*count = 0;; ++*count) {
        if (*count == room) {
            room = room * 2 + 64;
            hdbg_team_info *more = realloc(teams, room * sizeof *more);
            if (more == NULL)
                break;
            teams = more;
        }
        teams[*count].size = sizeof *teams;
        if (kernel->ops->next_team(kernel->context, &cookie, &teams[*count]) != HDBG_OK)
            break;
    }
    return teams;
}

/* Calls `each` for all teams. */
static void each_team(struct server *server, struct reply *xml,
                      void (*each)(hdbg_kernel *kernel, const hdbg_team_info *team, struct reply *xml))
{
    hdbg_kernel *kernel = hdbg_session_kernel(server->session);
    size_t count;
    hdbg_team_info *teams = list_teams(kernel, &count);
    for (size_t i = 0; i < count; i++)
        each(kernel, &teams[i], xml);
    free(teams);
}

static void add_process(hdbg_kernel *kernel, const hdbg_team_info *team, struct reply *xml)
{
    (void)kernel;
    reply_text(xml, "<item>");
    number_column(xml, "pid", team->team);
    user_column(xml, team->user);
    column(xml, "command", command_of(team));
    reply_text(xml, "</item>\n");
}

/* The name of a process group's leader; "" if it has ended. */
static const char *leader_of(const hdbg_team_info *teams, size_t count, int32_t group)
{
    for (size_t i = 0; i < count; i++) {
        if (teams[i].team == group)
            return teams[i].name;
    }
    return "";
}

static void add_threads(hdbg_kernel *kernel, const hdbg_team_info *team, struct reply *xml)
{
    hdbg_thread_info thread = {.size = sizeof thread};
    int64_t cookie = 0;
    while (kernel->ops->next_thread(kernel->context, team->team, &cookie, &thread) == HDBG_OK) {
        if ((thread.flags & HDBG_THREAD_IS_NUB) == 0) {
            reply_text(xml, "<item>");
            number_column(xml, "pid", team->team);
            column(xml, "command", team->name);
            number_column(xml, "tid", thread.thread);
            column(xml, "name", thread.name);
            number_column(xml, "priority", thread.priority);
            reply_text(xml, "</item>\n");
        }
        thread.size = sizeof thread;
    }
}

struct file_row {
    struct reply *xml;
    const hdbg_team_info *team;
};

static int add_file(void *context, const hdbg_detail *file)
{
    const struct file_row *row = context;
    reply_text(row->xml, "<item>");
    number_column(row->xml, "pid", row->team->team);
    column(row->xml, "command", row->team->name);
    number_column(row->xml, "file descriptor", file->number);
    column(row->xml, "name", file->text);
    reply_text(row->xml, "</item>\n");
    return 0;
}

static void add_files(hdbg_kernel *kernel, const hdbg_team_info *team, struct reply *xml)
{
    struct file_row row = {xml, team};
    if (kernel->ops->team_details != NULL)
        kernel->ops->team_details(kernel->context, team->team, HDBG_DETAIL_FILE, add_file, &row);
}

static void make_processes(struct server *server, struct reply *xml)
{
    each_team(server, xml, add_process);
}

static void make_groups(struct server *server, struct reply *xml)
{
    size_t count;
    hdbg_team_info *teams = list_teams(hdbg_session_kernel(server->session), &count);
    for (size_t i = 0; i < count; i++) {
        reply_text(xml, "<item>");
        number_column(xml, "pgid", teams[i].process_group);
        column(xml, "leader command", leader_of(teams, count, teams[i].process_group));
        number_column(xml, "pid", teams[i].team);
        column(xml, "command line", command_of(&teams[i]));
        reply_text(xml, "</item>\n");
    }
    free(teams);
}

static void make_threads(struct server *server, struct reply *xml)
{
    each_team(server, xml, add_threads);
}

static void make_files(struct server *server, struct reply *xml)
{
    each_team(server, xml, add_files);
}

/* ---- the teams that are debugged ---- */

static void each_debugged(struct server *server, struct reply *xml,
                          void (*each)(hdbg_kernel *kernel, hdbg_team *team, struct reply *xml))
{
    size_t count = hdbg_session_teams(server->session, NULL, 0), room = count;
    hdbg_team **teams = calloc(room + 1, sizeof *teams);
    count = teams != NULL ? hdbg_session_teams(server->session, teams, room) : 0;
    for (size_t i = 0; i < count && i < room; i++) {
        each(hdbg_session_kernel(server->session), teams[i], xml);
        hdbg_team_release(teams[i]);
    }
    free(teams);
}

static void add_images(hdbg_kernel *kernel, hdbg_team *team, struct reply *xml)
{
    static const char *const kTypes[] = {"?", "app", "library", "add-on", "system"};
    hdbg_image_list *list = NULL;
    (void)kernel;
    hdbg_image_list_get(team, &list);
    for (size_t i = 0; list != NULL && i < hdbg_image_list_count(list); i++) {
        const hdbg_image_info *image = hdbg_image_list_at(list, i);
        bool known = image->type > 0 && (size_t)image->type < sizeof kTypes / sizeof *kTypes;
        reply_text(xml, "<item>");
        number_column(xml, "pid", hdbg_team_id_of(team));
        number_column(xml, "id", image->id);
        column(xml, "type", kTypes[known ? image->type : 0]);
        address_column(xml, "text", image->text);
        address_column(xml, "text size", image->text_size);
        address_column(xml, "data", image->data);
        address_column(xml, "data size", image->data_size);
        column(xml, "path", image->path);
        reply_text(xml, "</item>\n");
    }
    hdbg_image_list_free(list);
}

static void add_areas(hdbg_kernel *kernel, hdbg_team *team, struct reply *xml)
{
    hdbg_area_info *areas = NULL;
    size_t count = 0;
    (void)kernel;
    hdbg_areas_get(team, &areas, &count);
    for (size_t i = 0; i < count; i++) {
        const hdbg_area_info *area = &areas[i];
        char protection[5];
        area_letters(area, protection);
        reply_text(xml, "<item>");
        number_column(xml, "pid", hdbg_team_id_of(team));
        number_column(xml, "id", area->area);
        address_column(xml, "address", area->address);
        address_column(xml, "size", area->length);
        column(xml, "protection", protection);
        column(xml, "name", area_name(area));
        reply_text(xml, "</item>\n");
    }
    hdbg_areas_free(areas);
}

static void add_ports_of(hdbg_kernel *kernel, hdbg_team_id team, struct reply *xml)
{
    hdbg_port_info port = {.size = sizeof port};
    int64_t cookie = 0;
    while (kernel->ops->next_port != NULL &&
           kernel->ops->next_port(kernel->context, team, &cookie, &port) == HDBG_OK) {
        reply_text(xml, "<item>");
        number_column(xml, "pid", port.team);
        number_column(xml, "id", port.port);
        column(xml, "name", port.name);
        number_column(xml, "capacity", port.capacity);
        number_column(xml, "queued", port.queue_count);
        number_column(xml, "total", port.total_count);
        reply_text(xml, "</item>\n");
        port.size = sizeof port;
    }
}

static void add_ports(hdbg_kernel *kernel, hdbg_team *team, struct reply *xml)
{
    add_ports_of(kernel, hdbg_team_id_of(team), xml);
}

static void make_images(struct server *server, struct reply *xml)
{
    each_debugged(server, xml, add_images);
}

static void make_areas(struct server *server, struct reply *xml)
{
    each_debugged(server, xml, add_areas);
}

static void make_ports(struct server *server, struct reply *xml)
{
    each_debugged(server, xml, add_ports);
    add_ports_of(hdbg_session_kernel(server->session), getpid(), xml); /* the debugger's */
}

/* ---- the tables ---- */

static void make_types(struct server *server, struct reply *xml);

static const struct table {
    const char *name, *description, *title;
    void (*make)(struct server *server, struct reply *xml);
} kTables[] = {
    {"types", "Listing of what there is", NULL, make_types},
    {"processes", "Listing of all processes", "Processes", make_processes},
    {"procgroups", "Listing of all process groups", "Process groups", make_groups},
    {"threads", "Listing of all threads", "Threads", make_threads},
    {"files", "Listing of all file descriptors", "File descriptors", make_files},
    {"images", "Listing of the images of the debugged processes", "Images", make_images},
    {"areas", "Listing of the areas of the debugged processes", "Areas", make_areas},
    {"ports", "Listing of the ports of the debugged processes and their debugger", "Ports", make_ports},
};

static void make_types(struct server *server, struct reply *xml)
{
    (void)server;
    for (size_t i = 0; i < sizeof kTables / sizeof *kTables; i++) {
        if (kTables[i].title == NULL)
            continue;
        reply_text(xml, "<item>");
        column(xml, "Type", kTables[i].name);
        column(xml, "Description", kTables[i].description);
        column(xml, "Title", kTables[i].title);
        reply_text(xml, "</item>\n");
    }
}

bool osdata(struct server *server, const struct cursor *annex, struct reply *xml)
{
    const struct table *table = annex->at == annex->end ? &kTables[0] : NULL;
    for (size_t i = 0; i < sizeof kTables / sizeof *kTables; i++) {
        if (is_word(annex, kTables[i].name))
            table = &kTables[i];
    }
    if (table == NULL)
        return false;
    reply_text(xml,
               "<?xml version=\"1.0\"?>\n<!DOCTYPE osdata SYSTEM \"osdata.dtd\">\n<osdata type=\"%s\">\n",
               table->name);
    table->make(server, xml);
    reply_text(xml, "</osdata>\n");
    return true;
}
