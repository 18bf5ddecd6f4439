/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What recording costs: the same session with a recorder before its kernel, and without.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { STEPS = 40000 };

/* Steps a debuggee; `recorded`: into a file, which is gone afterwards. */
static double steps(int recorded)
{
    char folder[] = "/tmp/haikudbg-bench-XXXXXX", path[64];
    hdbg_session_options options = {.size = sizeof options};
    hdbg_kernel *kernel;
    hdbg_session *session;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/recording", folder);
    bench_check(hdbg_kernel_create(&kernel), "creating a kernel");
    if (recorded)
        bench_check(hdbg_kernel_record(kernel, path, &kernel), "recording");
    options.kernel = kernel;
    bench_check(hdbg_session_create(&options, &session), "creating a session");
    hdbg_team *team = bench_launch(session, "spin");
    hdbg_thread *thread = hdbg_team_main_thread(team);
    double start = bench_now();
    for (int i = 0; i < STEPS; i++) {
        hdbg_event *event;
        bench_check(hdbg_thread_step(thread), "stepping");
        bench_check(hdbg_wait(session, NULL, HDBG_FOREVER, &event), "waiting for a step");
        hdbg_event_release(event);
    }
    double rate = STEPS / (bench_now() - start);
    hdbg_team_kill(team);
    hdbg_thread_release(thread);
    hdbg_team_release(team);
    hdbg_session_destroy(session);
    if (recorded)
        bench_check(hdbg_kernel_record_status(kernel), "recording");
    hdbg_kernel_destroy(kernel);
    unlink(path);
    rmdir(folder);
    return rate;
}

const bench_row kRecordRows[] = {
    {"single steps, recorded", "/s", "not recorded", 0.9, steps, steps, 1, 0},
    {0},
};
