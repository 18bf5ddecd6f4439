/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Many threads, and many teams in one session.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EVENTS = 5000, TEAMS_MAX = 500 };

static double raw_attach(int unused)
{
    (void)unused;
    pid_t pid = bench_threads_start(), threads[BENCH_THREADS];
    char path[64];
    int count = 0, status;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    double start = bench_now();
    DIR *tasks = opendir(path);
    struct dirent *entry;
    while (tasks && (entry = readdir(tasks)) && count < BENCH_THREADS) {
        pid_t thread = atoi(entry->d_name);
        if (thread > 0 && ptrace(PTRACE_SEIZE, thread, NULL, NULL) == 0) {
            ptrace(PTRACE_INTERRUPT, thread, NULL, NULL);
            threads[count++] = thread;
        }
    }
    if (tasks)
        closedir(tasks);
    for (int i = 0; i < count; i++)
        waitpid(threads[i], &status, __WALL);
    double rate = count / (bench_now() - start);
    /* A tracer has to take the end of each thread before that of the first one, the process's, can be told.
     */
    kill(pid, SIGKILL);
    for (int i = 0; i < count; i++) {
        while (threads[i] != pid && waitpid(threads[i], &status, __WALL) == threads[i] && WIFSTOPPED(status))
            continue;
    }
    bench_threads_end(pid);
    return count == BENCH_THREADS ? rate : -1;
}

static double ours_attach(int unused)
{
    (void)unused;
    pid_t pid = bench_threads_start();
    hdbg_session *session;
    hdbg_team *team;
    bench_check(hdbg_session_create(NULL, &session), "creating a session");
    double start = bench_now();
    bench_check(hdbg_team_attach(session, pid, HDBG_ATTACH_STOP, &team), "attaching");
    double rate = BENCH_THREADS / (bench_now() - start);
    size_t count = hdbg_team_threads(team, NULL, 0);
    hdbg_team_release(team);
    hdbg_session_destroy(session);
    bench_threads_end(pid);
    return count == BENCH_THREADS ? rate : -1;
}

/* Sessions with their teams are kept from run to run: launching 500 of them is not what is measured. */
typedef struct crowd {
    int count;
    hdbg_session *session;
} crowd;

enum { CROWDS = 8 };
static crowd sCrowds[CROWDS];

/* The teams would spin on for ever if their session just let them go. */
void bench_crowds_end(void)
{
    for (crowd *c = sCrowds; c->count != 0; c++) {
        hdbg_team *teams[TEAMS_MAX];
        size_t count = hdbg_session_teams(c->session, teams, TEAMS_MAX);
        for (size_t i = 0; i < count; i++) {
            hdbg_team_kill(teams[i]);
            hdbg_team_release(teams[i]);
        }
        hdbg_session_destroy(c->session);
        c->count = 0;
    }
}

static hdbg_session *crowd_of(int count)
{
    crowd *c = sCrowds;
    while (c->count != 0 && c->count != count)
        c++;
    if (c->count == count)
        return c->session;
    if (c == sCrowds)
        atexit(bench_crowds_end);
    c->count = count;
    bench_check(hdbg_session_create(NULL, &c->session), "creating a session");
    for (int i = 0; i < count; i++) {
        hdbg_team *team = bench_launch(c->session, "calls");
        hdbg_symbol target = {.size = sizeof target};
        bench_check(hdbg_symbol_by_name(team, 0, "bench_target", &target), "finding a function");
        bench_check(hdbg_breakpoint_set(team, target.address), "setting a breakpoint");
        bench_check(hdbg_team_resume(team), "resuming");
        hdbg_team_release(team);
    }
    return c->session;
}

/* Breakpoint hits of `count` teams, handed out and resumed one by one. Between runs all teams stand at their
 * hit. */
static double team_events(int count)
{
    hdbg_session *session = crowd_of(count);
    double start = bench_now();
    for (int i = 0; i < EVENTS; i++) {
        hdbg_event *event;
        bench_check(hdbg_wait(session, NULL, HDBG_FOREVER, &event), "waiting");
        bench_check(hdbg_thread_resume(hdbg_event_thread(event), NULL), "resuming");
        hdbg_event_release(event);
    }
    return EVENTS / (bench_now() - start);
}

const bench_row kTeamRows[] = {
    {"1000 threads attached and stopped", "threads/s", "ptrace", 0.4, ours_attach, raw_attach, 0, 0},
    {"events of 100 teams in a session", "/s", "1 team", 0.5, team_events, team_events, 100, 1},
    {"events of 500 teams in a session", "/s", "1 team", 0.5, team_events, team_events, TEAMS_MAX, 1},
    {0},
};
