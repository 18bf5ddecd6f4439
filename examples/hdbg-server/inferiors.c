/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The teams that are debugged. They are listed in the order in which they came; one of them is what packets
 * without an id are about.
 */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>

struct inferior *inferior_find(struct server *server, hdbg_team_id id)
{
    struct inferior *inferior = server->inferiors;
    while (inferior != NULL && inferior->pid != id)
        inferior = inferior->next;
    return inferior;
}

struct inferior *inferior_next(struct server *server, const struct inferior *after)
{
    struct inferior *inferior = after != NULL ? after->next : server->inferiors;
    while (inferior != NULL && inferior->hidden)
        inferior = inferior->next;
    return inferior;
}

struct task *task_next(struct server *server, const struct task *after)
{
    struct inferior *inferior = after != NULL ? after->inferior : inferior_next(server, NULL);
    size_t index = after != NULL ? after->index + 1 : 0;
    while (inferior != NULL && index == inferior->task_count) {
        inferior = inferior_next(server, inferior);
        index = 0;
    }
    return inferior != NULL ? inferior->tasks[index] : NULL;
}

void inferior_choose(struct server *server, struct inferior *inferior)
{
    server->current = inferior != NULL ? inferior : &server->nobody;
}

void inferior_choose_events(struct server *server, struct inferior *inferior)
{
    const struct client_features *client = &server->client;
    bool forks = client->fork_events || client->vfork_events;
    uint32_t events = HDBG_TEAM_SIGNALS | HDBG_TEAM_THREADS | inferior->more_events;
    events |= client->exec_events || forks || inferior->let_go ? HDBG_TEAM_CREATION : 0;
    events |= server->gnu ? 0 : HDBG_TEAM_IMAGES;
    if (inferior->gone)
        return;
    hdbg_team_set_events(inferior->team, events);
    hdbg_team_set_follow(inferior->team, forks && !inferior->let_go ? HDBG_FOLLOW_CHILD : HDBG_FOLLOW_NONE);
}

struct inferior *inferior_add(struct server *server, hdbg_team *team, const struct inferior *parent)
{
    struct inferior *inferior = calloc(1, sizeof *inferior), **link = &server->inferiors;
    if (inferior == NULL) {
        hdbg_team_detach(team);
        hdbg_team_release(team);
        return NULL;
    }
    inferior->server = server;
    inferior->team = team;
    inferior->pid = hdbg_team_id_of(team);
    inferior->arch = (hdbg_arch)hdbg_team_arch(team);
    if (parent != NULL) {
        inferior->parent = parent->pid;
        inferior->attached = parent->attached;
        inferior->hidden = true;
    }
    if (!registers_init(inferior)) {
        fprintf(stderr, "hdbg-server: there is no description of %s for clients\n",
                hdbg_arch_name(inferior->arch));
        hdbg_team_detach(team);
        hdbg_team_release(team);
        free(inferior);
        return NULL;
    }
    while (*link != NULL)
        link = &(*link)->next;
    *link = inferior;
    inferior_choose_events(server, inferior);
    tasks_update(inferior);
    return inferior;
}

void inferior_remove(struct server *server, struct inferior *inferior)
{
    struct inferior **link = &server->inferiors;
    while (*link != NULL && *link != inferior)
        link = &(*link)->next;
    if (*link != NULL)
        *link = inferior->next;
    tasks_free(inferior);
    if (server->current == inferior)
        inferior_choose(server, inferior_next(server, NULL));
    hdbg_team_release(inferior->team);
    points_forget(inferior);
    syscalls_drop(inferior);
    free(inferior->points);
    free(inferior);
}
