/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg_core_write(): what a session knows of a team, brought together while the team stands still.
 */
#include "base/fail.h"
#include "base/structs.h"
#include "core/core.h"
#include "inspect/inspect.h"
#include "session/internal.h"

#include <haikudbg/image.h>
#include <haikudbg/memory.h>
#include <haikudbg/registers.h>
#include <haikudbg/team.h>
#include <haikudbg/thread.h>

#include <stdlib.h>
#include <string.h>

/* What is gathered, and what has to be given back. */
typedef struct gathering {
    hdbg_team *team;
    hdbg_kernel *kernel;
    core_source source;
    hdbg_thread **threads;
    size_t thread_count;
    hdbg_thread_id *stopped; /* those that stood before, in the order of their ids */
    size_t stopped_count;
    hdbg_area_info *areas;
    hdbg_image_list *images;
} gathering;

static int64_t read_memory(void *context, hdbg_address address, void *buffer, size_t size)
{
    gathering *g = context;
    if (KERNEL_HAS(g->kernel, memory_read))
        return g->kernel->ops->memory_read(g->kernel->context, g->source.team.team, address, buffer, size);
    size_t got = 0;
    hdbg_status status = hdbg_memory_read(g->team, address, buffer, size, &got);
    return got > 0 ? (int64_t)got : status;
}

static hdbg_status next_pages(void *context, int32_t kind, hdbg_address *address, hdbg_address end,
                              uint64_t *size)
{
    gathering *g = context;
    return g->kernel->ops->next_pages(g->kernel->context, g->source.team.team, kind, address, end, size);
}

static hdbg_status next_symbol(void *context, hdbg_image_id image, int64_t *cookie,
                               hdbg_kernel_symbol *symbol)
{
    gathering *g = context;
    return g->kernel->ops->next_symbol(g->kernel->context, g->source.team.team, image, cookie, symbol);
}

/* ---- threads ---- */

static int by_id(const void *a, const void *b)
{
    hdbg_thread_id left = *(const hdbg_thread_id *)a, right = *(const hdbg_thread_id *)b;
    return left < right ? -1 : left > right;
}

/* The team's threads, with references. */
static hdbg_status list_threads(hdbg_team *team, hdbg_thread ***list, size_t *count)
{
    size_t room = hdbg_team_threads(team, NULL, 0) + 16;
    for (;;) {
        *list = malloc(room * sizeof **list);
        if (*list == NULL)
            return hdbg_fail(HDBG_NO_MEMORY, "no memory for the threads of team %d",
                             (int)hdbg_team_id_of(team));
        size_t there = hdbg_team_threads(team, *list, room);
        *count = there < room ? there : room;
        if (there <= room)
            return HDBG_OK;
        for (size_t i = 0; i < *count; i++)
            hdbg_thread_release((*list)[i]);
        free(*list);
        room = there + 16;
    }
}

static void release_threads(hdbg_thread **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hdbg_thread_release(list[i]);
    free(list);
}

static hdbg_status note_stopped(gathering *g)
{
    hdbg_thread **threads = NULL;
    size_t count = 0;
    hdbg_status status = list_threads(g->team, &threads, &count);
    if (status != HDBG_OK)
        return status;
    g->stopped = malloc((count + 1) * sizeof *g->stopped);
    for (size_t i = 0; i < count && g->stopped != NULL; i++) {
        if (hdbg_thread_state_of(threads[i]) == HDBG_THREAD_STOPPED)
            g->stopped[g->stopped_count++] = hdbg_thread_id_of(threads[i]);
    }
    if (g->stopped != NULL)
        qsort(g->stopped, g->stopped_count, sizeof *g->stopped, by_id);
    else
        status = hdbg_fail(HDBG_NO_MEMORY, "no memory for the threads of a team");
    release_threads(threads, count);
    return status;
}

/* Those that only stand because of this go on. One that has met an event of its own meanwhile stays, as the
 * event is going to be handed out. */
static void let_run(gathering *g)
{
    hdbg_thread **threads = NULL;
    size_t count = 0;
    if (g->stopped == NULL || list_threads(g->team, &threads, &count) != HDBG_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        hdbg_thread_id id = hdbg_thread_id_of(threads[i]);
        hdbg_stop stop = {.size = sizeof stop};
        if (bsearch(&id, g->stopped, g->stopped_count, sizeof id, by_id) == NULL &&
            hdbg_thread_state_of(threads[i]) == HDBG_THREAD_STOPPED &&
            hdbg_thread_stop_get(threads[i], &stop) == HDBG_OK && stop.type == HDBG_EVENT_THREAD_DEBUGGED)
            hdbg_thread_resume(threads[i], NULL);
    }
    release_threads(threads, count);
}

static hdbg_status describe_thread(gathering *g, hdbg_thread *thread, hdbg_core_thread *out)
{
    hdbg_thread_info info = {.size = sizeof info};
    hdbg_stop stop = {.size = sizeof stop};
    hdbg_status status = hdbg_thread_cpu_state(thread, &out->cpu_state);
    if (status == HDBG_OK)
        status = hdbg_thread_info_get(thread, &info);
    if (status == HDBG_OK)
        status = hdbg_thread_stop_get(thread, &stop);
    if (status != HDBG_OK)
        return status;
    out->thread = info.thread;
    out->state = info.state;
    out->priority = info.priority;
    out->stack_base = info.stack_base;
    out->stack_end = info.stack_end;
    memcpy(out->name, info.name, sizeof out->name);
    if (stop.signal_state != HDBG_SIGNAL_FAKED) {
        out->signal = stop.signal;
        out->has_info = stop.has_info;
        out->info = stop.info;
    }
    out->extra.size = sizeof out->extra;
    if (KERNEL_HAS(g->kernel, extra_registers) &&
        g->kernel->ops->extra_registers(g->kernel->context, info.thread, &out->extra) != HDBG_OK)
        out->extra.valid = 0;
    return HDBG_OK;
}

/* In the kernel's order, which is that of their creation. */
static int by_creation(const void *a, const void *b)
{
    const hdbg_core_thread *left = a, *right = b;
    return left->thread < right->thread ? -1 : left->thread > right->thread;
}

static hdbg_status gather_threads(gathering *g)
{
    core_source *source = &g->source;
    hdbg_status status = list_threads(g->team, &g->threads, &g->thread_count);
    if (status != HDBG_OK)
        return status;
    source->threads = calloc(g->thread_count + 1, sizeof *source->threads);
    if (source->threads == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for the threads of team %d", (int)source->team.team);
    for (size_t i = 0; i < g->thread_count && status == HDBG_OK; i++) {
        status = describe_thread(g, g->threads[i], &source->threads[source->thread_count]);
        if (status == HDBG_OK)
            source->thread_count++;
        else if (status == HDBG_THREAD_GONE)
            status = HDBG_OK;
    }
    if (source->thread_count > 0)
        qsort(source->threads, source->thread_count, sizeof *source->threads, by_creation);
    return status;
}

/* ---- the rest ---- */

static hdbg_status gather_details(gathering *g)
{
    core_source *source = &g->source;
    if (!KERNEL_HAS(g->kernel, team_details))
        return HDBG_OK;
    return core_put_details(&source->notes, g->kernel->ops->team_details, g->kernel->context,
                            source->team.team);
}

/* The thread that it is about first: GDB takes that for the one that crashed. */
static hdbg_status gather_notes(gathering *g)
{
    core_source *source = &g->source;
    size_t first = 0;
    if (!KERNEL_HAS(g->kernel, core_notes) || source->thread_count == 0)
        return gather_details(g);
    for (size_t i = source->thread_count; i-- > 0;) {
        if (source->threads[i].signal != 0)
            first = i;
    }
    hdbg_core_thread crashed = source->threads[first];
    memmove(&source->threads[1], &source->threads[0], first * sizeof crashed);
    source->threads[0] = crashed;
    hdbg_status status = g->kernel->ops->core_notes(g->kernel->context, source->team.team, source->threads,
                                                    source->thread_count, core_add_note, &source->notes);
    return status == HDBG_OK ? gather_details(g) : status;
}

static hdbg_status gather(gathering *g)
{
    core_source *source = &g->source;
    source->arch = (hdbg_arch)hdbg_team_arch(g->team);
    source->team.size = sizeof source->team;
    source->read = read_memory;
    source->next_pages = KERNEL_HAS(g->kernel, next_pages) ? next_pages : NULL;
    source->next_symbol = KERNEL_HAS(g->kernel, next_symbol) ? next_symbol : NULL;
    source->context = g;
    hdbg_status status = hdbg_team_info_get(g->team, &source->team);
    if (status == HDBG_OK)
        status = gather_threads(g);
    if (status == HDBG_OK)
        status = gather_notes(g);
    if (status == HDBG_OK)
        status = hdbg_areas_get(g->team, &g->areas, &source->area_count);
    if (status == HDBG_OK)
        status = hdbg_image_list_get(g->team, &g->images);
    source->areas = g->areas;
    source->image_count = hdbg_image_list_count(g->images);
    source->images = hdbg_image_list_at(g->images, 0);
    return status;
}

static void release(gathering *g)
{
    release_threads(g->threads, g->thread_count);
    hdbg_areas_free(g->areas);
    hdbg_image_list_free(g->images);
    free(g->source.threads);
    free(g->source.notes.bytes);
    free(g->stopped);
}

static hdbg_status write_stopped(gathering *g, core_output *output, const hdbg_core_options *options)
{
    hdbg_status status = note_stopped(g);
    if (status == HDBG_OK)
        status = hdbg_team_stop(g->team);
    if (status == HDBG_OK)
        status = gather(g);
    if (status == HDBG_OK)
        status = core_write_to(output, &g->source, options);
    return inspect_gone(g->team, status);
}

hdbg_status hdbg_core_write(hdbg_team *team, const char *path, const hdbg_core_options *options)
{
    hdbg_core_options given = {.size = sizeof given};
    hdbg_status status = HDBG_OK;
    if (options != NULL)
        status = hdbg_struct_take(&given, sizeof given, options, "hdbg_core_options");
    if (status != HDBG_OK)
        return status;
    if (path == NULL || path[0] == '\0')
        return hdbg_fail(HDBG_BAD_VALUE, "cannot write a core file: no path was given");
    if (team_nub_acquire(team, &status) == NULL)
        return status;
    gathering g = {.team = team, .kernel = team_kernel(team)};
    core_shelter shelter;
    core_output *output = NULL;
    status = core_output_open(&output, path, given.flags);
    if (status == HDBG_OK) {
        core_shelter_enter(&shelter);
        status = write_stopped(&g, output, &given);
        if (status == HDBG_OK)
            status = core_output_finish(output);
        core_shelter_leave(&shelter);
        let_run(&g);
        core_output_close(output);
    }
    release(&g);
    team_nub_release(team);
    return status;
}
