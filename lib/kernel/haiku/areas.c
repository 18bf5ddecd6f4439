/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Areas. Haiku does not tell which file one maps; of an image's text it is known all the same.
 */
#include "kernel/haiku/internal.h"

#include <stdlib.h>
#include <string.h>

#include <OS.h>

enum { USER_PROTECTION = HDBG_AREA_READ | HDBG_AREA_WRITE | HDBG_AREA_EXECUTE | HDBG_AREA_STACK };

/* ---- the images of the team whose areas are listed; locked ---- */

void haiku_texts_free(haiku_texts *texts)
{
    free(texts->images);
    texts->images = NULL;
    texts->count = 0;
    texts->team = -1;
}

static bool add_text(haiku_texts *texts, size_t *room, const hdbg_image_info *image)
{
    if (texts->count == *room) {
        size_t larger_room = *room == 0 ? 16 : *room * 2;
        hdbg_image_info *larger = realloc(texts->images, larger_room * sizeof *larger);
        if (larger == NULL)
            return false;
        texts->images = larger;
        *room = larger_room;
    }
    texts->images[texts->count++] = *image;
    return true;
}

static void read_texts(haiku_kernel *k, hdbg_team_id team)
{
    hdbg_image_info image;
    int64_t cookie = 0;
    size_t room = 0;
    haiku_texts_free(&k->texts);
    while (haiku_next_image(k, team, &cookie, &image) == HDBG_OK && add_text(&k->texts, &room, &image)) {
    }
    k->texts.team = team;
}

/* A text is mapped from the beginning of its file on. */
static void find_file(const haiku_texts *texts, hdbg_area_info *area)
{
    for (size_t i = 0; i < texts->count; i++) {
        const hdbg_image_info *image = &texts->images[i];
        if (image->path[0] != '/' || area->address < image->text ||
            area->address - image->text >= image->text_size)
            continue;
        memcpy(area->path, image->path, sizeof area->path);
        area->offset = area->address - image->text;
        return;
    }
}

/* ---- areas ---- */

static void fill_area(hdbg_area_info *info, const area_info *from)
{
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    info->area = from->area;
    info->team = from->team;
    info->address = (uintptr_t)from->address;
    info->length = from->size;
    info->ram_size = from->ram_size;
    info->protection = from->protection;
    info->lock = from->lock;
    haiku_copy_text(info->name, sizeof info->name, from->name, sizeof from->name);
}

hdbg_status haiku_next_area(void *context, hdbg_team_id team, int64_t *cookie, hdbg_area_info *info)
{
    haiku_kernel *k = context;
    area_info from;
    ssize_t position = (ssize_t)*cookie;
    if (info == NULL || info->size < sizeof *info)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot list the areas of team %d: hdbg_area_info.size is not set",
                         (int)team);
    status_t status = get_next_area_info(team, &position, &from);
    if (status != B_OK)
        return haiku_end_of_list("areas", team, status);
    fill_area(info, &from);
    info->protection &= USER_PROTECTION; /* to root the system tells more */
    pthread_mutex_lock(&k->lock);
    if (*cookie == 0 || k->texts.team != team)
        read_texts(k, team);
    find_file(&k->texts, info);
    pthread_mutex_unlock(&k->lock);
    *cookie = position;
    return HDBG_OK;
}

hdbg_status haiku_area_info(void *context, hdbg_area_id area, hdbg_area_info *info)
{
    area_info from;
    (void)context;
    if (info == NULL || info->size < sizeof *info)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot describe area %d: hdbg_area_info.size is not set",
                         (int)area);
    status_t status = get_area_info(area, &from);
    if (status != B_OK)
        return hdbg_fail(status, "cannot describe area %d: %s", (int)area, hdbg_status_string(status));
    fill_area(info, &from);
    return HDBG_OK;
}

hdbg_status haiku_delete_area(void *context, hdbg_area_id area)
{
    (void)context;
    status_t status = delete_area(area);
    return status == B_OK
               ? HDBG_OK
               : hdbg_fail(status, "cannot delete area %d: %s", (int)area, hdbg_status_string(status));
}
