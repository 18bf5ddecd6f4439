/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * One debuggee, beside a loop of bare ptrace calls: steps, breakpoints, system calls, memory.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

enum { STEPS = 3000, HITS = 3000, SYSCALL_STOPS = 4000, PIECE = 1 << 20 };

/* ---- the peer: ptrace alone ---- */

static void raw_wait(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR) {
    }
}

static void raw_kill(pid_t pid)
{
    kill(pid, SIGKILL);
    raw_wait(pid);
}

/* Stops of a kind, with what a debugger looks at each time. */
static double raw_stops(const char *debuggee, enum __ptrace_request request, int count)
{
    pid_t pid = bench_spawn_raw(debuggee);
    double start = bench_now();
    for (int i = 0; i < count; i++) {
        struct user_regs_struct registers;
        ptrace(request, pid, NULL, NULL);
        raw_wait(pid);
        ptrace(PTRACE_GETREGS, pid, NULL, &registers);
    }
    double rate = count / (bench_now() - start);
    raw_kill(pid);
    return rate;
}

static double raw_steps(int unused)
{
    (void)unused;
    return raw_stops("spin", PTRACE_SINGLESTEP, STEPS);
}

static double raw_syscalls(int unused)
{
    (void)unused;
    return raw_stops("syscalls", PTRACE_SYSCALL, SYSCALL_STOPS);
}

static double raw_breakpoints(int unused)
{
    (void)unused;
    pid_t pid = bench_spawn_raw("calls");
    uint64_t address = bench_address(pid, (const void *)bench_target);
    long original = ptrace(PTRACE_PEEKTEXT, pid, address, NULL);
    long patched = (original & ~0xffl) | 0xcc;
    ptrace(PTRACE_POKETEXT, pid, address, patched);
    double start = bench_now();
    for (int i = 0; i < HITS; i++) {
        struct user_regs_struct registers;
        ptrace(PTRACE_CONT, pid, NULL, NULL);
        raw_wait(pid);
        ptrace(PTRACE_GETREGS, pid, NULL, &registers);
        registers.rip = address;
        ptrace(PTRACE_SETREGS, pid, NULL, &registers);
        ptrace(PTRACE_POKETEXT, pid, address, original);
        ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL);
        raw_wait(pid);
        ptrace(PTRACE_POKETEXT, pid, address, patched);
    }
    double rate = HITS / (bench_now() - start);
    raw_kill(pid);
    return rate;
}

static char *read_buffer(void)
{
    static char *buffer;
    if (!buffer) {
        buffer = malloc(BENCH_MEMORY);
        memset(buffer, 0, BENCH_MEMORY);
    }
    return buffer;
}

static double raw_memory(int unused)
{
    (void)unused;
    /* Run to bench_target(), which the debuggee calls when all its memory is there. */
    pid_t pid = bench_spawn_raw("memory");
    uint64_t target = bench_address(pid, (const void *)bench_target);
    long original = ptrace(PTRACE_PEEKTEXT, pid, target, NULL);
    ptrace(PTRACE_POKETEXT, pid, target, (original & ~0xffl) | 0xcc);
    ptrace(PTRACE_CONT, pid, NULL, NULL);
    raw_wait(pid);
    char *buffer = read_buffer();
    uint64_t address = bench_address(pid, bench_memory);
    double start = bench_now();
    for (size_t at = 0; at < BENCH_MEMORY; at += PIECE) {
        struct iovec local = {buffer + at, PIECE}, remote = {(void *)(uintptr_t)(address + at), PIECE};
        if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != PIECE)
            return -1;
    }
    double rate = BENCH_MEMORY / 1048576.0 / (bench_now() - start);
    raw_kill(pid);
    return rate;
}

/* ---- ours ---- */

typedef struct debuggee {
    hdbg_session *session;
    hdbg_team *team;
    hdbg_thread *thread;
} debuggee;

static debuggee debuggee_start(const char *kind)
{
    debuggee d = {0};
    bench_check(hdbg_session_create(NULL, &d.session), "creating a session");
    d.team = bench_launch(d.session, kind);
    d.thread = hdbg_team_main_thread(d.team);
    return d;
}

static void debuggee_end(debuggee *d)
{
    hdbg_team_kill(d->team);
    hdbg_thread_release(d->thread);
    hdbg_team_release(d->team);
    hdbg_session_destroy(d->session);
}

static void wait_one(hdbg_session *session)
{
    hdbg_event *event;
    bench_check(hdbg_wait(session, NULL, HDBG_FOREVER, &event), "waiting");
    hdbg_event_release(event);
}

static hdbg_address symbol(debuggee *d, const char *name)
{
    hdbg_symbol found = {.size = sizeof found};
    bench_check(hdbg_symbol_by_name(d->team, 0, name, &found), name);
    return found.address;
}

static double ours_steps(int unused)
{
    (void)unused;
    debuggee d = debuggee_start("spin");
    double start = bench_now();
    for (int i = 0; i < STEPS; i++) {
        hdbg_address pc;
        bench_check(hdbg_thread_step(d.thread), "stepping");
        wait_one(d.session);
        bench_check(hdbg_thread_pc(d.thread, &pc), "reading the pc");
    }
    double rate = STEPS / (bench_now() - start);
    debuggee_end(&d);
    return rate;
}

/* `decoys`: breakpoints that take the processor's registers first, so that the measured one is in the code.
 */
static double ours_breakpoints(int decoys)
{
    debuggee d = debuggee_start("calls");
    static const char *const kDecoys[] = {"main", "bench_now", "bench_check", "bench_spawn_raw"};
    for (int i = 0; i < decoys; i++)
        bench_check(hdbg_breakpoint_set(d.team, symbol(&d, kDecoys[i])), "setting a decoy");
    bench_check(hdbg_breakpoint_set(d.team, symbol(&d, "bench_target")), "setting a breakpoint");
    /* The first decoy is the start of main(), which runs once. */
    for (int i = 0; i < (decoys > 0 ? 2 : 1); i++) {
        bench_check(hdbg_team_resume(d.team), "resuming");
        wait_one(d.session);
    }
    double start = bench_now();
    for (int i = 0; i < HITS; i++) {
        hdbg_address pc;
        bench_check(hdbg_thread_resume(d.thread, NULL), "resuming");
        wait_one(d.session);
        bench_check(hdbg_thread_pc(d.thread, &pc), "reading the pc");
    }
    double rate = HITS / (bench_now() - start);
    debuggee_end(&d);
    return rate;
}

static double ours_syscalls(int unused)
{
    (void)unused;
    debuggee d = debuggee_start("syscalls");
    bench_check(hdbg_team_set_events(d.team, HDBG_TEAM_PRE_SYSCALL | HDBG_TEAM_POST_SYSCALL),
                "tracing system calls");
    double start = bench_now();
    for (int i = 0; i < SYSCALL_STOPS; i++) {
        bench_check(hdbg_thread_resume(d.thread, NULL), "resuming");
        wait_one(d.session);
    }
    double rate = SYSCALL_STOPS / (bench_now() - start);
    debuggee_end(&d);
    return rate;
}

static double ours_memory(int unused)
{
    (void)unused;
    debuggee d = debuggee_start("memory");
    bench_check(hdbg_breakpoint_set(d.team, symbol(&d, "bench_target")), "setting a breakpoint");
    bench_check(hdbg_team_resume(d.team), "resuming");
    wait_one(d.session);
    char *buffer = read_buffer();
    hdbg_address address = symbol(&d, "bench_memory");
    size_t got;
    double start = bench_now();
    bench_check(hdbg_memory_read(d.team, address, buffer, BENCH_MEMORY, &got), "reading memory");
    double rate = BENCH_MEMORY / 1048576.0 / (bench_now() - start);
    debuggee_end(&d);
    return rate;
}

const bench_row kProcessRows[] = {
    {"single steps", "/s", "ptrace", 0.4, ours_steps, raw_steps, 0, 0},
    {"breakpoint hits, in a register", "/s", "ptrace, in the code", 0.4, ours_breakpoints, raw_breakpoints, 0,
     0},
    {"breakpoint hits, in the code", "/s", "ptrace, in the code", 0.4, ours_breakpoints, raw_breakpoints, 4,
     0},
    {"system call stops", "/s", "ptrace", 0.4, ours_syscalls, raw_syscalls, 0, 0},
    {"64 MiB of memory read", "MiB/s", "process_vm_readv", 0.8, ours_memory, raw_memory, 0, 0},
    {0},
};
