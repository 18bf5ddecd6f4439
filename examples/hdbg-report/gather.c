/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Gathers the facts of a report: threads with their stacks and registers, images, areas.
 */
#include "facts.h"

#include <haikudbg/memory.h>
#include <haikudbg/registers.h>

#include <stdlib.h>
#include <string.h>

static void gather_images(struct facts *facts)
{
    hdbg_image_list *list;
    if (hdbg_image_list_get(facts->team, &list) != HDBG_OK)
        return;
    size_t count = hdbg_image_list_count(list);
    facts->images = calloc(count + 1, sizeof(*facts->images));
    for (size_t i = 0; facts->images != NULL && i < count; i++) {
        image_facts *image = &facts->images[facts->image_count++];
        image->info = *hdbg_image_list_at(list, i);
        image->build_id_size = sizeof(image->build_id);
        if (hdbg_image_build_id(facts->team, image->info.id, image->build_id, &image->build_id_size) !=
            HDBG_OK)
            image->build_id_size = 0;
    }
    hdbg_image_list_free(list);
}

const hdbg_area_info *facts_area_at(const struct facts *facts, hdbg_address address)
{
    size_t low = 0, high = facts->area_count; /* they come by address */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const hdbg_area_info *area = &facts->areas[middle];
        if (address < area->address)
            high = middle;
        else if (address - area->address < area->length)
            return area;
        else
            low = middle + 1;
    }
    return NULL;
}

static void gather_thread(const struct facts *facts, thread_facts *of, hdbg_thread *thread)
{
    of->thread = hdbg_thread_retain(thread);
    of->info.size = sizeof(of->info);
    if (hdbg_thread_info_get(thread, &of->info) != HDBG_OK)
        of->info.name[0] = '\0';
    of->info.thread = hdbg_thread_id_of(thread);
    of->stopped = hdbg_thread_state_of(thread) == HDBG_THREAD_STOPPED;
    if (!of->stopped)
        return;
    of->has_registers = hdbg_thread_cpu_state(thread, &of->registers) == HDBG_OK;
    stack_gather(facts, of);
}

static int by_id(const void *one, const void *other)
{
    hdbg_thread_id a = ((const thread_facts *)one)->info.thread,
                   b = ((const thread_facts *)other)->info.thread;
    return (a > b) - (a < b);
}

static void gather_threads(struct facts *facts, hdbg_thread *first, bool every_thread)
{
    size_t capacity = every_thread ? hdbg_team_threads(facts->team, NULL, 0) : 0;
    hdbg_thread **threads = calloc(capacity + 1, sizeof(hdbg_thread *));
    facts->threads = calloc(capacity + 1, sizeof(*facts->threads));
    if (threads == NULL || facts->threads == NULL) {
        free(threads);
        return;
    }

    gather_thread(facts, &facts->threads[facts->thread_count++], first);
    size_t count = capacity == 0 ? 0 : hdbg_team_threads(facts->team, threads, capacity);
    /* More than fits may have been created meanwhile. */
    for (size_t i = 0; i < count && i < capacity; i++) {
        if (threads[i] != first && facts->thread_count < capacity + 1)
            gather_thread(facts, &facts->threads[facts->thread_count++], threads[i]);
        hdbg_thread_release(threads[i]);
    }
    free(threads);
    qsort(facts->threads + 1, facts->thread_count - 1, sizeof(*facts->threads), by_id);
}

struct facts *facts_gather(const hdbg_event *event, bool every_thread)
{
    hdbg_team *team = hdbg_event_team(event);
    hdbg_thread *thread = hdbg_event_thread(event);
    struct facts *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return NULL;
    all->team = hdbg_team_retain(team);
    all->team_info.size = sizeof(all->team_info);
    if (hdbg_team_info_get(team, &all->team_info) != HDBG_OK)
        all->team_info.name[0] = '\0';
    all->team_info.team = hdbg_team_id_of(team);
    all->stop.size = sizeof(all->stop);
    hdbg_thread_stop_get(thread, &all->stop);

    gather_images(all);
    if (hdbg_areas_get(team, &all->areas, &all->area_count) != HDBG_OK)
        all->area_count = 0;
    gather_threads(all, thread, every_thread);
    if (all->thread_count == 0) {
        facts_free(all);
        return NULL;
    }
    cause_find(all, event);
    return all;
}

void facts_free(struct facts *facts)
{
    if (facts == NULL)
        return;
    for (size_t i = 0; i < facts->thread_count; i++) {
        hdbg_thread_release(facts->threads[i].thread);
        free(facts->threads[i].frames);
    }
    free(facts->threads);
    free(facts->images);
    hdbg_areas_free(facts->areas);
    hdbg_team_release(facts->team);
    free(facts);
}
