/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The helpers of core_run.h.
 */
#define _GNU_SOURCE
#include "core_run.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

void core_run_start(core_scene *s, int mebibytes)
{
    char line[128], number[16];
    memset(s, 0, sizeof *s);
    s->size = (size_t)mebibytes * MIB;
    snprintf(number, sizeof number, "%d", mebibytes);
    s->r = run_session();
    s->id = run_start(s->r, "core_cases", ARGUMENTS(number));
    run_line(s->r, line, sizeof line);
    unsigned long long pattern, sparse;
    assert_int_equal(sscanf(line, "%llx %llx", &pattern, &sparse), 2);
    s->pattern = pattern;
    s->sparse = sparse;
    strcpy(s->folder, "/tmp/hdbg-core-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->path, sizeof s->path, "%s/core", s->folder);
}

void core_run_attach(core_scene *s, uint32_t flags)
{
    assert_ok(hdbg_team_attach(s->r->session, s->id, flags, &s->r->team));
}

void core_run_say(const core_scene *s, const char *line)
{
    assert_int_equal(write(s->r->input, line, strlen(line)), strlen(line));
}

void core_run_expect_alive(core_scene *s)
{
    char line[64];
    core_run_say(s, "hello\n");
    run_line(s->r, line, sizeof line);
    assert_string_equal(line, "here");
}

int core_run_files_in(const char *folder)
{
    DIR *dir = opendir(folder);
    int count = 0;
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(dir);
    return count;
}

void core_run_finish(core_scene *s)
{
    unlink(s->path);
    assert_int_equal(core_run_files_in(s->folder), 0);
    rmdir(s->folder);
    if (s->r->team != NULL && hdbg_team_state_of(s->r->team) == HDBG_TEAM_LIVE)
        assert_ok(hdbg_team_detach(s->r->team));
    core_run_say(s, "exit\n");
    assert_int_equal(run_reap(s->id), 42);
    run_free(s->r);
}

void core_run_open(core_opened *o, const char *path)
{
    hdbg_session_options options = {.size = sizeof options};
    memset(o, 0, sizeof *o);
    o->info.size = sizeof o->info;
    assert_ok(hdbg_core_open(path, 0, &o->kernel));
    assert_ok(hdbg_core_info_get(o->kernel, &o->info));
    options.kernel = o->kernel;
    assert_ok(hdbg_session_create(&options, &o->session));
    assert_ok(hdbg_team_attach(o->session, o->info.team, HDBG_ATTACH_STOP, &o->team));
}

void core_run_close(core_opened *o)
{
    hdbg_team_release(o->team);
    hdbg_session_destroy(o->session);
    hdbg_kernel_destroy(o->kernel);
}
