/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The layers alone: events of the mock's nub through hdbg_wait(). The mock's own part, making and sending the
 * events, is not counted: they are queued in its port beforehand.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <haikudbg/mock.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 4000, BATCHES = 50, TEAM = 500 };

/* Counts allocations of the whole program. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
static _Atomic long sAllocations;

void *malloc(size_t size)
{
    atomic_fetch_add_explicit(&sAllocations, 1, memory_order_relaxed);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    atomic_fetch_add_explicit(&sAllocations, 1, memory_order_relaxed);
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    atomic_fetch_add_explicit(&sAllocations, 1, memory_order_relaxed);
    return __libc_realloc(old, size);
}

static double events(int unused)
{
    (void)unused;
    hdbg_mock_options options = {.size = sizeof options, .flags = HDBG_MOCK_NO_TRANSCRIPT};
    hdbg_mock *mock;
    hdbg_session *session;
    hdbg_team *team;
    bench_check(hdbg_mock_create(&options, &mock), "making a mock");
    bench_check(hdbg_mock_team_add(mock, TEAM, "crowd"), "adding a team");
    hdbg_session_options how = {.size = sizeof how, .kernel = hdbg_mock_kernel(mock)};
    bench_check(hdbg_session_create(&how, &session), "creating a session");
    bench_check(hdbg_team_attach(session, TEAM, 0, &team), "attaching");
    double took = 0;
    long allocations = 0;
    for (int batch = -1; batch < BATCHES; batch++) { /* the first one warms up */
        hdbg_nub_event sent = {.type = HDBG_EVENT_PROFILER_UPDATE, .thread = TEAM, .team = TEAM};
        for (int i = 0; i < BATCH; i++)
            bench_check(hdbg_mock_send(mock, &sent), "sending an event");
        long before = sAllocations;
        double start = bench_now();
        for (int i = 0; i < BATCH; i++) {
            hdbg_event *event;
            bench_check(hdbg_wait(session, NULL, HDBG_FOREVER, &event), "waiting");
            hdbg_event_release(event);
        }
        if (batch >= 0) {
            took += bench_now() - start;
            allocations += sAllocations - before;
        }
    }
    hdbg_team_release(team);
    hdbg_session_destroy(session);
    hdbg_mock_destroy(mock);
    if (allocations != 0) {
        fprintf(stderr, "hdbg-bench: %ld allocations for %d events\n", allocations, BATCH * BATCHES);
        return -1;
    }
    return BATCH * BATCHES / took;
}

const bench_row kMockRows[] = {
    {"events through hdbg_wait(), on the mock", "/s", NULL, 1e6, events, NULL, 0, 0},
    {0},
};
