/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What Haiku's messages do one thread and one step at a time, in one request: the registers of many threads,
 * the steps through a range.
 */
#define _GNU_SOURCE
#include "base/file.h"
#include "kernel/hosted/internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The nub that traces a team. */
static hdbg_status nub_of(hosted_kernel *k, hdbg_team_id team, hosted_nub **nub)
{
    hdbg_status status = hosted_team_nub(k, team, nub);
    if (status == HDBG_OK && *nub == NULL)
        status = hdbg_fail(HDBG_NOT_ALLOWED, "team %d is not being debugged", (int)team);
    return status;
}

static void take(hdbg_thread_registers *to, const nub_thread_registers *from)
{
    to->status = from->status;
    to->cpu_state.arch = HDBG_ARCH_X86_64;
    to->cpu_state.size = sizeof from->cpu_state;
    to->cpu_state.reserved = 0;
    memcpy(to->cpu_state.data, from->cpu_state, sizeof from->cpu_state);
    to->extra = (hdbg_extra_registers){.size = sizeof to->extra,
                                       .valid = 7,
                                       .fs_base = from->extra[0],
                                       .gs_base = from->extra[1],
                                       .orig_rax = from->extra[2]};
}

hdbg_status hosted_thread_registers(void *context, hdbg_team_id team, hdbg_thread_registers *registers,
                                    size_t count)
{
    hosted_nub *nub;
    nub_reply reply;
    nub_request request = {.op = NUB_THREAD_REGISTERS, .a = team, .b = (int32_t)count};
    hdbg_status status = nub_of(context, team, &nub);
    if (status != HDBG_OK)
        return status;
    if (count == 0 || count > NUB_REGISTERS_MAX)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot read registers of %zu threads at once", count);
    size_t size = count * sizeof(nub_thread_registers);
    nub_thread_registers *all = calloc(count, sizeof *all);
    int file = memfd_create("haikudbg-registers", MFD_CLOEXEC);
    for (size_t i = 0; all != NULL && i < count; i++)
        all[i].thread = registers[i].thread;
    status = HDBG_NO_MEMORY;
    if (all != NULL && file >= 0 && hdbg_file_write(file, 0, all, size) == size)
        status = hosted_ask(context, nub, &request, file, &reply, NULL);
    if (status == HDBG_OK && hdbg_file_read(file, 0, all, size) != size)
        status = HDBG_NO_MEMORY;
    for (size_t i = 0; status == HDBG_OK && i < count; i++)
        take(&registers[i], &all[i]);
    if (status == HDBG_NO_MEMORY)
        hdbg_fail(status, "cannot read registers of %zu threads: out of memory or descriptors", count);
    if (file >= 0)
        close(file);
    free(all);
    return status;
}

hdbg_status hosted_step_range(void *context, hdbg_team_id team, hdbg_thread_id thread, uint32_t how,
                              hdbg_address low, hdbg_address high)
{
    hosted_nub *nub;
    nub_reply reply;
    nub_request request = {.op = NUB_STEP_RANGE, .a = thread, .b = (int32_t)how, .regs = {low, high}};
    hdbg_status status = nub_of(context, team, &nub);
    return status == HDBG_OK ? hosted_ask(context, nub, &request, -1, &reply, NULL) : status;
}
