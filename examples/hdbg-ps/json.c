/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The lists as JSON: an array of teams, with "threads", "images" and "areas" if they were asked for.
 * Addresses and sizes are strings in hexadecimal, times are microseconds.
 */
#include "ps.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAIKUDBG_JANSSON
#include <jansson.h>

bool json_is_there(void)
{
    return true;
}

static json_t *hex(uint64_t value)
{
    return json_sprintf("0x%" PRIx64, value);
}

/* A name may hold any bytes: what is no UTF-8 is replaced. */
static json_t *text(const char *bytes)
{
    if (bytes == NULL)
        return json_string("");
    json_t *string = json_string(bytes);
    if (string != NULL)
        return string;
    char *copy = strdup(bytes);
    for (char *at = copy; at != NULL && *at != '\0'; at++) {
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    }
    string = json_string(copy);
    free(copy);
    return string;
}

static json_t *json_of_threads(const struct team *team)
{
    json_t *array = json_array();
    for (size_t i = 0; i < team->thread_count; i++) {
        const hdbg_thread_info *thread = &team->threads[i];
        json_t *object = json_object();
        json_object_set_new(object, "id", json_integer(thread->thread));
        json_object_set_new(object, "name", text(thread->name));
        json_object_set_new(object, "state", json_string(thread_state_name(thread->state)));
        json_object_set_new(object, "priority", json_integer(thread->priority));
        json_object_set_new(object, "user_time_us", json_integer(thread->user_time));
        json_object_set_new(object, "kernel_time_us", json_integer(thread->kernel_time));
        json_object_set_new(object, "is_nub", json_boolean((thread->flags & HDBG_THREAD_IS_NUB) != 0));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *json_of_images(const struct team *team)
{
    json_t *array = json_array();
    for (size_t i = 0; i < team->image_count; i++) {
        const hdbg_image_info *image = &team->images[i];
        json_t *object = json_object();
        json_object_set_new(object, "id", json_integer(image->id));
        json_object_set_new(object, "type", json_string(image_type_name(image->type)));
        json_object_set_new(object, "path", text(image->path));
        json_object_set_new(object, "text", hex(image->text));
        json_object_set_new(object, "text_size", hex(image->text_size));
        json_object_set_new(object, "data", hex(image->data));
        json_object_set_new(object, "data_size", hex(image->data_size));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *json_of_areas(const struct team *team)
{
    json_t *array = json_array();
    char protection[4];
    for (size_t i = 0; i < team->area_count; i++) {
        const hdbg_area_info *area = &team->areas[i];
        json_t *object = json_object();
        protection_text(area->protection, protection);
        json_object_set_new(object, "id", json_integer(area->area));
        json_object_set_new(object, "address", hex(area->address));
        json_object_set_new(object, "size", hex(area->length));
        json_object_set_new(object, "protection", json_string(protection));
        json_object_set_new(object, "offset", hex(area->offset));
        json_object_set_new(object, "name", text(area->name));
        json_object_set_new(object, "path", text(area->path));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *json_of_team(const struct team *team, const struct options *options)
{
    json_t *object = json_object();
    json_object_set_new(object, "id", json_integer(team->info.team));
    json_object_set_new(object, "parent", json_integer(team->info.parent));
    json_object_set_new(object, "name", text(team->info.name));
    json_object_set_new(object, "command", text(team->arguments));
    json_object_set_new(object, "user", text(team->user));
    json_object_set_new(object, "user_id", json_integer(team->info.user));
    json_object_set_new(object, "architecture", json_string(hdbg_arch_name((hdbg_arch)team->info.arch)));
    json_object_set_new(object, "thread_count", json_integer(team->info.thread_count));
    json_object_set_new(object, "image_count", json_integer(team->info.image_count));
    json_object_set_new(object, "area_count", json_integer(team->info.area_count));
    json_object_set_new(object, "start_time_us", json_integer(team->info.start_time));
    json_object_set_new(object, "time_us", json_integer(team->time));
    json_object_set_new(object, "debugged", json_boolean(team->info.debugger_nub_thread >= 0));
    if (options->list[LIST_THREADS])
        json_object_set_new(object, "threads", json_of_threads(team));
    if (options->list[LIST_IMAGES])
        json_object_set_new(object, "images", json_of_images(team));
    if (options->list[LIST_AREAS])
        json_object_set_new(object, "areas", json_of_areas(team));
    return object;
}

bool json_print(FILE *out, const struct snapshot *snapshot, const struct options *options)
{
    json_t *teams = json_array();
    for (size_t i = 0; i < snapshot->count; i++)
        json_array_append_new(teams, json_of_team(&snapshot->teams[i], options));
    bool good = json_dumpf(teams, out, JSON_INDENT(1)) == 0 && fputc('\n', out) != EOF;
    json_decref(teams);
    return good;
}

#else

bool json_is_there(void)
{
    return false;
}

bool json_print(FILE *out, const struct snapshot *snapshot, const struct options *options)
{
    (void)out;
    (void)snapshot;
    (void)options;
    return false;
}

#endif
