/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the notes say, put together: who the team is, which thread it died of, what lies where.
 */
#include "base/fail.h"
#include "kernel/corefile/corefile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_id(const void *a, const void *b)
{
    const core_thread *left = *(core_thread *const *)a, *right = *(core_thread *const *)b;
    if (left->id != right->id)
        return left->id < right->id ? -1 : 1;
    return left < right ? -1 : left > right;
}

static hdbg_status sort_threads(core_kernel *k)
{
    core_thread **sorted = realloc(k->by_id.items, (k->threads.count + 1) * sizeof *sorted);
    if (sorted == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for the threads of %s", k->path);
    for (size_t i = 0; i < k->threads.count; i++)
        sorted[i] = CORE_AT(k->threads, core_thread, i);
    if (k->threads.count > 0)
        qsort(sorted, k->threads.count, sizeof *sorted, by_id);
    k->by_id = (core_list){sorted, k->threads.count, k->threads.count + 1};
    return HDBG_OK;
}

/* Threads by their ids, which are positive, and each one thread's. */
static hdbg_status index_threads(core_kernel *k)
{
    hdbg_status status = sort_threads(k);
    core_thread **sorted = k->by_id.items, *threads = k->threads.items;
    size_t kept = 0;
    if (status != HDBG_OK)
        return status;
    for (size_t i = k->threads.count; i-- > 1;) {
        if (sorted[i]->id == sorted[i - 1]->id && sorted[i]->id > 0) {
            core_problem(k, "thread %d is listed twice", (int)sorted[i]->id);
            sorted[i]->id = 0;
        }
    }
    for (size_t i = 0; i < k->threads.count; i++) {
        if (threads[i].id < 0)
            core_problem(k, "%d is no thread's id", (int)threads[i].id);
        if (threads[i].id > 0)
            threads[kept++] = threads[i];
    }
    k->threads.count = kept;
    return sort_threads(k);
}

/* The thread that the core was written for. Linux's notes name its signal; Haiku's do not, but have why each
 * thread was in the kernel. */
static void find_crashed(core_kernel *k)
{
    core_thread *threads = k->threads.items, *crashed = NULL;
    bool has_haiku = (k->info.flags & HDBG_CORE_HAS_HAIKU_NOTES) != 0;
    bool by_cpu = (k->info.flags & HDBG_CORE_HAS_LINUX_NOTES) == 0;
    for (size_t i = 0; i < k->threads.count; i++) {
        if (by_cpu || (has_haiku && threads[i].vague && threads[i].type == HDBG_EVENT_EXCEPTION_OCCURRED))
            core_stop_from_cpu(&threads[i]);
        if (crashed == NULL && threads[i].type != HDBG_EVENT_THREAD_DEBUGGED)
            crashed = &threads[i];
    }
    /* Of several, Linux's notes begin with the one. */
    if (k->linux_threads.count > 0) {
        core_thread *first = core_thread_find(k, CORE_AT(k->linux_threads, linux_thread, 0)->id);
        if (first != NULL && (crashed == NULL || first->type != HDBG_EVENT_THREAD_DEBUGGED))
            crashed = first;
    }
    k->info.signal = crashed != NULL ? crashed->signal : 0;
    if (crashed == NULL)
        crashed = core_thread_find(k, k->info.team);
    if (crashed == NULL && k->threads.count > 0)
        crashed = threads;
    k->info.thread = crashed != NULL ? crashed->id : -1;
}

static void name_team(core_kernel *k)
{
    if (k->name[0] != '\0')
        return;
    size_t length = strcspn(k->arguments, " "), start = length;
    while (start > 0 && k->arguments[start - 1] != '/')
        start--;
    snprintf(k->name, sizeof k->name, "%.*s", (int)(length - start), k->arguments + start);
}

/* The stack of a thread is the area that its stack pointer is in, where no note says. */
static void find_stacks(core_kernel *k)
{
    for (size_t i = 0; i < k->threads.count; i++) {
        core_thread *thread = CORE_AT(k->threads, core_thread, i);
        const core_segment *segment =
            thread->stack_end == 0 ? core_segment_at(k, core_stack_pointer(&thread->cpu)) : NULL;
        if (segment != NULL) {
            thread->stack_base = segment->address;
            thread->stack_end = segment->address + segment->size;
        }
    }
}

static hdbg_status identify_team(core_kernel *k)
{
    if (!k->has_team && k->threads.count == 0)
        return hdbg_fail(HDBG_BAD_DATA, "%s tells of no team and no thread: it is too damaged", k->path);
    if (!k->has_team)
        core_problem(k, "there is no note of the team");
    else if (k->info.team <= 0)
        core_problem(k, "%d is no team's id", (int)k->info.team);
    if (k->threads.count == 0)
        core_problem(k, "there is no thread");
    if (k->info.team <= 0)
        k->info.team = k->threads.count > 0 ? CORE_AT(k->threads, core_thread, 0)->id : 1;
    return HDBG_OK;
}

hdbg_status core_settle(core_kernel *k)
{
    core_memory_sort(k);
    hdbg_status status = core_linux_threads(k);
    if (status != HDBG_OK)
        return status;
    status = index_threads(k);
    if (status == HDBG_OK)
        status = identify_team(k);
    if (status == HDBG_OK)
        status = core_linux_areas(k);
    if (status == HDBG_OK)
        status = core_linux_images(k);
    if (status != HDBG_OK)
        return status;
    name_team(k);
    find_stacks(k);
    find_crashed(k);
    k->info.arch = k->arch;
    for (size_t i = 0; i < k->threads.count; i++)
        k->info.thread_count += !core_is_nub(k, CORE_AT(k->threads, core_thread, i));
    k->info.image_count = (uint32_t)k->images.count;
    k->info.area_count = (uint32_t)k->areas.count;
    for (size_t i = 0; i < k->segments.count; i++)
        k->info.memory_size += CORE_AT(k->segments, core_segment, i)->file_size;
    return HDBG_OK;
}
