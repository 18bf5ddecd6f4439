/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Gathers the facts of a report. What the sentence needs comes first, then the crashed thread, then the rest:
 * a team that dies meanwhile still gives the report so far.
 */
#include "facts.h"

#include <stdlib.h>
#include <string.h>

static void gather_images(struct facts *facts)
{
    if (hdbg_image_list_get(facts->team, &facts->image_list) != HDBG_OK)
        return;
    size_t count = hdbg_image_list_count(facts->image_list);
    facts->images = pool_array(facts->pool, count + 1, sizeof(*facts->images));
    for (size_t i = 0; facts->images != NULL && i < count; i++) {
        image_facts *image = &facts->images[facts->image_count++];
        image->info = *hdbg_image_list_at(facts->image_list, i);
        image->path = image->info.path;
        image->debug_info = "";
        image->build_id_size = sizeof(image->build_id);
        if (hdbg_image_build_id(facts->team, image->info.id, image->build_id, &image->build_id_size) !=
            HDBG_OK)
            image->build_id_size = 0;
    }
}

/* What could not be used of the debug information of images that the stacks lead through. */
static void gather_debug_info(struct facts *facts)
{
    for (size_t t = 0; t < facts->thread_count; t++) {
        for (size_t i = 0; i < facts->threads[t].frame_count; i++) {
            const place_facts *place = facts->threads[t].frames[i].place;
            for (size_t k = 0; place->in_image && k < facts->image_count; k++) {
                image_facts *image = &facts->images[k];
                hdbg_debug_info info = {.size = sizeof(info)};
                if (image->info.id == place->image_id && *image->debug_info == '\0' &&
                    hdbg_image_debug_info(facts->team, image->info.id, &info) == HDBG_OK)
                    image->debug_info = pool_copy(facts->pool, info.text);
            }
        }
    }
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

bool is_code(const struct facts *facts, hdbg_address address)
{
    const hdbg_area_info *area = facts_area_at(facts, address);
    return area != NULL && (area->protection & HDBG_AREA_EXECUTE) != 0;
}

const char *area_name(const hdbg_area_info *area)
{
    return area->path[0] != '\0' ? area->path : area->name;
}

const frame_facts *facts_culprit(const struct facts *facts)
{
    const thread_facts *thread = &facts->threads[0];
    return facts->culprit < thread->frame_count ? &thread->frames[facts->culprit] : NULL;
}

/* ---- threads ---- */

static void describe_thread(thread_facts *of, hdbg_thread *thread)
{
    of->thread = hdbg_thread_retain(thread);
    of->explanation = "";
    of->info.size = sizeof(of->info);
    if (hdbg_thread_info_get(thread, &of->info) != HDBG_OK)
        of->info.name[0] = '\0';
    of->info.thread = hdbg_thread_id_of(thread);
    of->stopped = hdbg_thread_state_of(thread) == HDBG_THREAD_STOPPED;
    of->has_registers = of->stopped && hdbg_thread_cpu_state(thread, &of->registers) == HDBG_OK;
}

static int by_id(const void *one, const void *other)
{
    hdbg_thread_id a = ((const thread_facts *)one)->info.thread,
                   b = ((const thread_facts *)other)->info.thread;
    return (a > b) - (a < b);
}

static bool list_threads(struct facts *facts, hdbg_thread *first, bool every_thread)
{
    size_t capacity = every_thread ? hdbg_team_threads(facts->team, NULL, 0) : 0;
    hdbg_thread **threads = calloc(capacity + 1, sizeof(hdbg_thread *));
    facts->threads = pool_array(facts->pool, capacity + 1, sizeof(*facts->threads));
    if (threads == NULL || facts->threads == NULL) {
        free(threads);
        return false;
    }

    describe_thread(&facts->threads[facts->thread_count++], first);
    size_t count = capacity == 0 ? 0 : hdbg_team_threads(facts->team, threads, capacity);
    /* More than fits may have been created meanwhile. */
    for (size_t i = 0; i < count && i < capacity; i++) {
        if (threads[i] != first && facts->thread_count < capacity + 1)
            describe_thread(&facts->threads[facts->thread_count++], threads[i]);
        hdbg_thread_release(threads[i]);
    }
    free(threads);
    qsort(facts->threads + 1, facts->thread_count - 1, sizeof(*facts->threads), by_id);
    return true;
}

/* ---- all of it ---- */

static void gather_system(struct facts *facts)
{
    hdbg_kernel *kernel = hdbg_session_kernel(hdbg_team_session(facts->team));
    hdbg_core_info core = {.size = sizeof(core)};

    facts->when = time(NULL);
    facts->system.size = sizeof(facts->system);
    if (kernel == NULL || kernel->ops->system_info(kernel->context, &facts->system) != HDBG_OK)
        memset(&facts->system, 0, sizeof(facts->system));
    facts->team_info.size = sizeof(facts->team_info);
    if (hdbg_team_info_get(facts->team, &facts->team_info) != HDBG_OK)
        facts->team_info.name[0] = '\0';
    facts->team_info.team = hdbg_team_id_of(facts->team);
    facts->core_problems = facts->unseen = "";
    if (facts->core != NULL && hdbg_core_info_get(kernel, &core) == HDBG_OK)
        facts->core_problems = pool_copy(facts->pool, core.problems);
}

static void gather_all(struct facts *facts, const hdbg_event *event, const struct gather_options *options)
{
    char sentence[2048];

    stack_gather(facts, &facts->threads[0], options->variables);
    cause_find(facts, event);
    if (facts->cause == CAUSE_THROWN)
        thrown_find(facts);
    verdict_find(facts);
    sentence_write(facts, sentence, sizeof(sentence));
    facts->sentence = pool_copy(facts->pool, sentence);
    signature_make(facts, facts->signature, sizeof(facts->signature));
    pointers_gather(facts);
    code_gather(facts);
    source_gather(facts);
    details_gather(facts, options);
    for (size_t i = 1; i < facts->thread_count; i++)
        stack_gather(facts, &facts->threads[i], options->all_variables);
    threads_fold(facts);
    gather_debug_info(facts);
    /* Into a struct of its own: what is known of the team is not lost with it. */
    hdbg_team_info now = {.size = sizeof(now)};
    facts->team_ended = hdbg_team_state_of(facts->team) == HDBG_TEAM_ENDED ||
                        hdbg_team_info_get(facts->team, &now) == HDBG_TEAM_GONE;
}

/* What the thread stopped for. One that has died since is not asked any more: the event tells most of it. */
static void gather_stop(struct facts *facts, hdbg_thread *thread, const hdbg_event *event)
{
    facts->stop.size = sizeof(facts->stop);
    if (hdbg_thread_stop_get(thread, &facts->stop) == HDBG_OK)
        return;
    facts->stop = (hdbg_stop){.size = sizeof(facts->stop), .type = -1, .exception = -1};
    if (event == NULL)
        return;
    const hdbg_nub_event *data = hdbg_event_data(event);
    facts->stop.type = hdbg_event_type_of(event);
    if (facts->stop.type == HDBG_EVENT_EXCEPTION_OCCURRED) {
        facts->stop.signal_state = HDBG_SIGNAL_FORECASTED;
        facts->stop.exception = data->data.exception.exception;
        facts->stop.signal = data->data.exception.signal;
    } else if (facts->stop.type == HDBG_EVENT_SIGNAL_RECEIVED) {
        facts->stop.signal_state = HDBG_SIGNAL_ACTUAL;
        facts->stop.signal = data->data.signal.signal;
        facts->stop.deadly = data->data.signal.deadly;
        facts->stop.has_info = data->data.signal.has_info;
        facts->stop.info = data->data.signal.info;
    }
}

struct facts *facts_gather(hdbg_thread *thread, const hdbg_event *event, const struct gather_options *options)
{
    struct facts *facts = calloc(1, sizeof(*facts));
    if (facts == NULL || (facts->pool = pool_create()) == NULL) {
        free(facts);
        return NULL;
    }
    facts->team = hdbg_team_retain(hdbg_thread_team(thread));
    facts->core = options->core;
    facts->unloaded = options->unloaded;
    facts->unloaded_count = options->unloaded_count;
    facts->sentence = facts->explanation = "";
    gather_system(facts);
    gather_stop(facts, thread, event);
    gather_images(facts);
    if (hdbg_areas_get(facts->team, &facts->areas, &facts->area_count) != HDBG_OK)
        facts->area_count = 0;
    if (facts->area_count == 0 && hdbg_team_state_of(facts->team) == HDBG_TEAM_LIVE)
        facts->unseen = pool_copy(facts->pool, hdbg_last_error());
    if (!list_threads(facts, thread, options->every_thread)) {
        facts_free(facts);
        return NULL;
    }
    gather_all(facts, event, options);
    if (options->redact)
        facts_redact(facts);
    return facts;
}

void facts_free(struct facts *facts)
{
    if (facts == NULL)
        return;
    for (size_t i = 0; i < facts->thread_count; i++) {
        hdbg_stack_free(facts->threads[i].stack);
        hdbg_thread_release(facts->threads[i].thread);
    }
    hdbg_image_list_free(facts->image_list);
    hdbg_areas_free(facts->areas);
    hdbg_team_release(facts->team);
    pool_destroy(facts->pool);
    free(facts);
}
