/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Teams that are killed, by name.
 */
#include "killed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void killed_note(struct killed *killed, hdbg_team *team)
{
    hdbg_team_info info = {.size = sizeof(info)};
    size_t i = 0;
    while (i < killed->count && killed->names[i].team != hdbg_team_id_of(team))
        i++;
    if (i == killed->room) {
        size_t room = killed->room != 0 ? 2 * killed->room : 16;
        void *more = realloc(killed->names, room * sizeof(*killed->names));
        if (more == NULL)
            return;
        killed->names = more;
        killed->room = room;
    }
    if (hdbg_team_info_get(team, &info) != HDBG_OK)
        return; /* it has ended already: what was known stays */
    if (i == killed->count)
        killed->count++;
    killed->names[i].team = hdbg_team_id_of(team);
    snprintf(killed->names[i].name, sizeof(killed->names[i].name), "%s", info.name);
}

bool killed_tell(struct killed *killed, hdbg_team *team, char *line, size_t size)
{
    hdbg_team_end end = {.size = sizeof(end)};
    hdbg_team_id id = hdbg_team_id_of(team);
    char name[HDBG_NAME_LENGTH] = "?";
    for (size_t i = 0; i < killed->count; i++) {
        if (killed->names[i].team == id) {
            memcpy(name, killed->names[i].name, sizeof(name));
            killed->names[i] = killed->names[--killed->count];
            break;
        }
    }
    if (hdbg_team_end_get(team, &end) != HDBG_OK || end.signal != HDBG_SIGKILL)
        return false;
    snprintf(line, size, "team %d '%s' was killed: after a SIGKILL there is nothing to look at", (int)id,
             name);
    return true;
}

void killed_free(struct killed *killed)
{
    free(killed->names);
    killed->names = NULL;
    killed->count = killed->room = 0;
}
