/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * After a nub's death: what it had put into its debuggees is taken out again.
 *
 * The code first, by this process, as every microsecond counts. Then the breakpoint registers, which only a
 * tracer may write: by a run of the nub's program, so that no stop of a debuggee shows up among this
 * process's children. Both take the right to trace: under yama's ptrace_scope 1 the registers of what this
 * process launched are out of reach.
 */
#include "kernel/hosted/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BREAKPOINT = 0xcc,
    TEAMS_AT_ONCE = 100,
    PATIENCE = 5000000 /* for the run that clears registers, in microseconds */
};

/* Threads that wait for the code to be as it was (nub/park.c) go on. One byte, so that none reads half of it.
 */
static void let_threads_go(const hosted_team *t)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)t->team);
    int memory = open(path, O_RDWR | O_CLOEXEC);
    for (int i = 0; memory >= 0 && i < NUB_SCRATCH_PAGES; i++) {
        uint64_t page = atomic_load(&t->journal->scratch[i]);
        for (uint64_t slot = page; page != 0 && slot < page + NUB_SLOTS * NUB_SLOT_SIZE;
             slot += NUB_SLOT_SIZE) {
            uint64_t mark = 0;
            const uint8_t next = (uint8_t)(slot + NUB_PARK_OUT);
            if (pread(memory, &mark, sizeof mark, (off_t)(slot + NUB_PARK_MARK_AT)) == sizeof mark &&
                mark == NUB_PARK_MARK && pwrite(memory, &next, 1, (off_t)(slot + NUB_PARK_NEXT)) != 1)
                break;
        }
    }
    if (memory >= 0)
        close(memory);
}

static void restore_code(const hosted_team *t)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)t->team);
    int memory = open(path, O_RDWR | O_CLOEXEC);
    if (memory < 0)
        return;
    uint32_t used = atomic_load(&t->journal->used);
    for (uint32_t i = 0; i < used && i < NUB_JOURNAL_ENTRIES; i++) {
        const nub_journal_entry *entry = &t->journal->entries[i];
        uint64_t address = atomic_load(&entry->address);
        uint8_t now;
        /* The entry is written before the byte: it may be the program's own still. */
        if (address != 0 && pread(memory, &now, 1, (off_t)address) == 1 && now == BREAKPOINT &&
            pwrite(memory, &entry->original, 1, (off_t)address) != 1)
            break;
    }
    close(memory);
}

/* Lets a run of the nub's program clear the registers of some teams, and waits for its end. */
static void clear_registers(const hosted_kernel *k, const char *const *arguments)
{
    int sockets[2];
    pid_t pid;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return;
    int error = hosted_spawn_nub(k->nub_path, sockets[1], arguments, &pid);
    close(sockets[1]);
    /* Its end of the socket is closed by its end. */
    struct pollfd ended = {.fd = sockets[0], .events = POLLIN};
    if (error == 0)
        hosted_poll(&ended, 1, hosted_deadline(PATIENCE));
    close(sockets[0]);
}

static void mend_registers(const hosted_kernel *k, const hdbg_team_id *teams, size_t count)
{
    char numbers[TEAMS_AT_ONCE][16];
    const char *arguments[3 + TEAMS_AT_ONCE + 1] = {"hdbg-nub", "--exec", "mend"};
    for (size_t done = 0; done < count;) {
        size_t n = 0;
        for (; n < TEAMS_AT_ONCE && done < count; n++, done++) {
            snprintf(numbers[n], sizeof numbers[n], "%d", (int)teams[done]);
            arguments[3 + n] = numbers[n];
        }
        arguments[3 + n] = NULL;
        clear_registers(k, arguments);
    }
}

void hosted_mend(hosted_kernel *k, hosted_nub *nub)
{
    pthread_mutex_lock(&nub->mend_lock);
    if (nub->dead) {
        pthread_mutex_unlock(&nub->mend_lock);
        return;
    }
    size_t count = 0;
    pthread_mutex_lock(&k->lock);
    for (hosted_team *t = k->teams; t != NULL; t = t->next)
        count += t->nub == nub && t->journal != NULL;
    hdbg_team_id *teams = calloc(count + 1, sizeof *teams);
    count = 0;
    for (hosted_team *t = k->teams; t != NULL && !k->no_mending && teams != NULL; t = t->next) {
        if (t->nub == nub && t->journal != NULL) {
            restore_code(t);
            teams[count++] = t->team;
        }
    }
    pthread_mutex_unlock(&k->lock);
    if (count > 0)
        mend_registers(k, teams, count);
    free(teams);
    pthread_mutex_lock(&k->lock);
    for (hosted_team *t = k->teams; t != NULL && !k->no_mending; t = t->next) {
        if (t->nub == nub && t->journal != NULL)
            let_threads_go(t);
    }
    pthread_mutex_unlock(&k->lock);
    hosted_port_drop_nub(k, nub);
    nub->dead = 1;
    pthread_mutex_unlock(&nub->mend_lock);
}
