/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * For tests of core files: the fixture that is written, and the core that is opened.
 */
#ifndef HDBG_TESTS_CORE_RUN_H
#define HDBG_TESTS_CORE_RUN_H

#include "session_run.h"

enum { MIB = 1 << 20, PAGE = 4096 };
#define SPARSE (UINT64_C(1) << 30) /* the fixture's area that is hardly touched */

/* A team with the fixture's memory, and a folder for its core. */
typedef struct core_scene {
    run *r;
    hdbg_team_id id;
    hdbg_address pattern, sparse;
    size_t size;
    char folder[64], path[128];
} core_scene;

typedef struct core_opened {
    hdbg_kernel *kernel;
    hdbg_session *session;
    hdbg_team *team;
    hdbg_core_info info;
} core_opened;

/* Starts the fixture with so much memory; not attached to. */
void core_run_start(core_scene *s, int mebibytes);
void core_run_attach(core_scene *s, uint32_t flags);
/* A line for the fixture. */
void core_run_say(const core_scene *s, const char *line);
/* It runs as if nothing had been. */
void core_run_expect_alive(core_scene *s);
/* How many files a folder has. */
int core_run_files_in(const char *folder);
/* Removes the core, detaches, and lets the fixture end as it should. */
void core_run_finish(core_scene *s);

/* Opens a core and attaches to its team. */
void core_run_open(core_opened *o, const char *path);
void core_run_close(core_opened *o);

#endif /* HDBG_TESTS_CORE_RUN_H */
