/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Teams that are killed: SIGKILL lets nobody look at them, so their end is told in a line.
 */
#ifndef REPORT_KILLED_H
#define REPORT_KILLED_H

#include <haikudbg/haikudbg.h>

#include <stdbool.h>

/* The names of teams that are watched: of one that has ended there is none to be had. Zero to begin with. */
struct killed {
    struct {
        hdbg_team_id team;
        char name[HDBG_NAME_LENGTH];
    } * names;
    size_t count, room;
};

/* Notes what a team is called now. */
void killed_note(struct killed *killed, hdbg_team *team);
/* A team has ended, and is forgotten. Whether it was killed: `line` then says so. */
bool killed_tell(struct killed *killed, hdbg_team *team, char *line, size_t size);
void killed_free(struct killed *killed);

#endif /* REPORT_KILLED_H */
