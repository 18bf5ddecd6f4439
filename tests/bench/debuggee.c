/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The debuggees of the measurements, and how they are started.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

char bench_memory[BENCH_MEMORY];
static volatile long sCount;

/* A loop, so that it is no more than a line would be: two instructions, and two of BENCH_LINE / 2 - 1 times.
 */
__asm__(".text\n"
        ".globl bench_line, bench_line_end\n"
        "bench_line:\n"
        "    nop\n"
        "    mov $4999, %ecx\n"
        "1:  dec %ecx\n"
        "    jnz 1b\n"
        "bench_line_end:\n"
        "    ret\n");

__attribute__((noinline)) void bench_target(void)
{
    sCount++;
}

static void *sleeping_thread(void *unused)
{
    for (;;)
        pause();
    return unused;
}

/* A thread with a stack that is worth showing. */
__attribute__((noinline)) static int wait_deep(int depth)
{
    int below = depth > 0 ? wait_deep(depth - 1) : pause();
    sCount += below;
    return below + depth;
}

static void *deep_thread(void *unused)
{
    for (;;)
        wait_deep(20);
    return unused;
}

/* Starts threads, says so, and waits. */
static int be_many(int count, void *(*body)(void *))
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 65536);
    for (int i = 0; i < count - 1; i++) {
        pthread_t thread;
        if (pthread_create(&thread, &attributes, body, NULL) != 0)
            return 1;
    }
    bench_target();
    if (write(STDOUT_FILENO, "!", 1) != 1)
        return 1;
    for (;;)
        pause();
}

int bench_child(const char *kind, pid_t parent)
{
    /* A measurement that is interrupted leaves nothing behind, whatever ended it. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        return 3;
    if (strcmp(kind, "spin") == 0) {
        for (;;)
            sCount++;
    } else if (strcmp(kind, "calls") == 0) {
        for (;;)
            bench_target();
    } else if (strcmp(kind, "line") == 0) {
        for (;;)
            ((void (*)(void))(uintptr_t)bench_line)();
    } else if (strcmp(kind, "syscalls") == 0) {
        for (;;)
            syscall(SYS_getppid);
    } else if (strcmp(kind, "memory") == 0) {
        memset(bench_memory, 1, sizeof bench_memory);
        bench_target();
        for (;;)
            pause();
    } else if (strcmp(kind, "threads") == 0) {
        return be_many(BENCH_THREADS, sleeping_thread);
    } else if (strcmp(kind, "crowd") == 0) {
        return be_many(BENCH_CROWD, deep_thread);
    }
    return 2;
}

hdbg_team *bench_launch(hdbg_session *session, const char *kind)
{
    const char *const arguments[] = {bench_program, "--child", kind, bench_self, NULL};
    hdbg_launch_spec spec = {
        .size = sizeof spec,
        .path = bench_program,
        .arguments = arguments,
        .standard_input = -1,
        .standard_output = -1,
        .standard_error = -1,
    };
    hdbg_team *team = NULL;
    bench_check(hdbg_team_launch(session, &spec, &team), "launching a debuggee");
    return team;
}

pid_t bench_spawn_raw(const char *kind)
{
    pid_t pid = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        execl(bench_program, bench_program, "--child", kind, bench_self, NULL);
        _exit(127);
    }
    int status;
    waitpid(pid, &status, 0);
    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD);
    ptrace(PTRACE_CONT, pid, NULL, NULL);
    waitpid(pid, &status, 0);
    return pid;
}

pid_t bench_threads_start(void)
{
    int out[2];
    char byte;
    if (pipe(out) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        execl(bench_program, bench_program, "--child", "threads", bench_self, NULL);
        _exit(127);
    }
    close(out[1]);
    if (read(out[0], &byte, 1) != 1)
        pid = -1;
    close(out[0]);
    return pid;
}

void bench_threads_end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* ---- addresses ---- */

uint64_t bench_address(pid_t pid, const void *mine)
{
    char path[64], line[512];
    unsigned long own = 0, its = 0;
    const char *maps[] = {"/proc/self/maps", path};
    unsigned long *base[] = {&own, &its};
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    for (int i = 0; i < 2; i++) {
        FILE *file = fopen(maps[i], "r");
        while (file && fgets(line, sizeof line, file)) {
            if (strstr(line, bench_program)) {
                *base[i] = strtoul(line, NULL, 16);
                break;
            }
        }
        if (file)
            fclose(file);
    }
    return (uint64_t)(uintptr_t)mine - own + its;
}
