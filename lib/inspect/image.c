/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The images of a team: lists for callers, and the cache that symbols hang on.
 */
#include "base/fail.h"
#include "dwarf/dwarf.h"
#include "inspect/inspect.h"
#include "session/internal.h"

#include <haikudbg/image.h>

#include <stdlib.h>
#include <string.h>

struct hdbg_image_list {
    size_t count, room;
    hdbg_image_info *images;
};

/* Of an image of which little is asked, no table of all its symbols is made: it can take more memory than all
 * else. Each of the first addresses is looked for by itself, as long as that does not take too long. */
enum { GLANCES_MAX = 12, LOOKED_MAX = 200000 };
typedef struct glance {
    hdbg_address address;
    symbol_table *table; /* what its symbol was found in */
} glance;

typedef struct cached_image {
    hdbg_image_info info;
    symbol_table *table; /* NULL until it is needed */
    uint64_t bias;
    glance *glances; /* GLANCES_MAX of them, or NULL */
    size_t glance_count;
    uint64_t looked;                        /* symbols that were looked at for them */
    dwarf_file *dwarf[INSPECT_DEBUG_KINDS]; /* the same */
    uint64_t dwarf_bias[INSPECT_DEBUG_KINDS], dwarf_version[INSPECT_DEBUG_KINDS];
} cached_image;

typedef struct image_cache {
    uint64_t generation;
    uint64_t standstill; /* in which it was read, or 0 */
    size_t count;
    cached_image *images;
} image_cache;

int inspect_image_covers(const hdbg_image_info *image, hdbg_address address)
{
    return (address >= image->text && address - image->text < image->text_size) ||
           (address >= image->data && address - image->data < image->data_size);
}

/* ---- lists ---- */

static hdbg_status list_add(hdbg_image_list *list, const hdbg_image_info *image)
{
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 8 : list->room * 2;
        hdbg_image_info *larger = realloc(list->images, room * sizeof *larger);
        if (larger == NULL)
            return hdbg_fail(HDBG_NO_MEMORY, "no memory for a list of images");
        list->images = larger;
        list->room = room;
    }
    list->images[list->count++] = *image;
    return HDBG_OK;
}

/* The program first, whatever the kernel's order: Haiku lists it last. */
static void program_first(hdbg_image_list *list)
{
    size_t i = 0;
    while (i < list->count && list->images[i].type != HDBG_IMAGE_APP)
        i++;
    if (i == 0 || i == list->count)
        return;
    hdbg_image_info program = list->images[i];
    memmove(list->images + 1, list->images, i * sizeof *list->images);
    list->images[0] = program;
}

hdbg_status hdbg_image_list_get(hdbg_team *team, hdbg_image_list **list)
{
    hdbg_status status = HDBG_OK;
    int64_t cookie = 0;
    *list = NULL;
    if (team_nub_acquire(team, &status) == NULL)
        return status;
    hdbg_kernel *kernel = team_kernel(team);
    hdbg_image_list *made = calloc(1, sizeof *made);
    if (made == NULL)
        status = hdbg_fail(HDBG_NO_MEMORY, "no memory for a list of images");
    while (status == HDBG_OK) {
        hdbg_image_info image = {0};
        status = kernel->ops->next_image(kernel->context, hdbg_team_id_of(team), &cookie, &image);
        if (status == HDBG_OK)
            status = list_add(made, &image);
    }
    team_nub_release(team);
    if (status != HDBG_BAD_INDEX) {
        hdbg_image_list_free(made);
        return inspect_gone(team, status);
    }
    program_first(made);
    *list = made;
    return HDBG_OK;
}

size_t hdbg_image_list_count(const hdbg_image_list *list)
{
    return list != NULL ? list->count : 0;
}

const hdbg_image_info *hdbg_image_list_at(const hdbg_image_list *list, size_t index)
{
    return list != NULL && index < list->count ? &list->images[index] : NULL;
}

const hdbg_image_info *hdbg_image_list_find(const hdbg_image_list *list, hdbg_address address)
{
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        if (inspect_image_covers(&list->images[i], address))
            return &list->images[i];
    }
    return NULL;
}

void hdbg_image_list_free(hdbg_image_list *list)
{
    if (list == NULL)
        return;
    free(list->images);
    free(list);
}

/* ---- the cache ---- */

static void forget_glances(cached_image *image)
{
    for (size_t i = 0; i < image->glance_count; i++)
        symbol_table_release(image->glances[i].table);
    free(image->glances);
    image->glances = NULL;
    image->glance_count = 0;
}

static void cache_destroy(void *data)
{
    image_cache *cache = data;
    for (size_t i = 0; cache != NULL && i < cache->count; i++) {
        symbol_table_release(cache->images[i].table);
        forget_glances(&cache->images[i]);
        for (int kind = 0; kind < INSPECT_DEBUG_KINDS; kind++)
            dwarf_file_release(cache->images[i].dwarf[kind]);
    }
    if (cache != NULL)
        free(cache->images);
    free(cache);
}

static int is_same_image(const hdbg_image_info *a, const hdbg_image_info *b)
{
    return a->id == b->id && a->text == b->text && a->text_size == b->text_size && a->node == b->node &&
           a->device == b->device && strcmp(a->path, b->path) == 0;
}

/* Takes over what is known of an image that is still there. */
static void keep_symbols(cached_image *image, image_cache *old)
{
    for (size_t i = 0; old != NULL && i < old->count; i++) {
        if (is_same_image(&image->info, &old->images[i].info)) {
            hdbg_image_info info = image->info;
            *image = old->images[i];
            image->info = info;
            old->images[i].table = NULL;
            old->images[i].glances = NULL;
            old->images[i].glance_count = 0;
            memset(old->images[i].dwarf, 0, sizeof old->images[i].dwarf);
            return;
        }
    }
}

hdbg_status inspect_images(hdbg_team *team, hdbg_image_list **result)
{
    /* Read before the list: what is loaded meanwhile makes another refresh, not a stale cache. */
    uint64_t generation = team_image_generation(team), standstill = team_standstill(team);
    hdbg_image_list *list = NULL;
    hdbg_status status = hdbg_image_list_get(team, &list);
    if (status != HDBG_OK)
        return status;
    image_cache *cache = calloc(1, sizeof *cache);
    if (cache != NULL && list != NULL)
        cache->images = calloc(list->count + 1, sizeof *cache->images);
    if (cache == NULL || cache->images == NULL) {
        free(cache);
        hdbg_image_list_free(list);
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for the images of team %d", (int)hdbg_team_id_of(team));
    }
    cache->generation = generation;
    cache->standstill = standstill;
    cache->count = list->count;
    team_cache *slot = team_cache_lock(team);
    image_cache *old = slot->data;
    for (size_t i = 0; i < list->count; i++) {
        cache->images[i].info = list->images[i];
        keep_symbols(&cache->images[i], old);
    }
    slot->data = cache;
    slot->destroy = cache_destroy;
    team_cache_unlock(team);
    cache_destroy(old);
    if (result != NULL)
        *result = list;
    else
        hdbg_image_list_free(list);
    return HDBG_OK;
}

/* Whether a cached image is the wanted one: by id, or if that is 0 by address. */
static int is_wanted(const cached_image *image, hdbg_image_id id, hdbg_address address)
{
    return id != 0 ? image->info.id == id : inspect_image_covers(&image->info, address);
}

/* Looks in the cache. @return 1 if it was found, 0 if not, -1 if the cache is out of date. */
static int look_up(hdbg_team *team, hdbg_image_id id, hdbg_address address, hdbg_image_info *image,
                   uint64_t *standstill)
{
    uint64_t generation = team_image_generation(team);
    team_cache *slot = team_cache_lock(team);
    const image_cache *cache = slot->data;
    int found = cache == NULL || cache->generation != generation ? -1 : 0;
    for (size_t i = 0; found == 0 && i < cache->count; i++) {
        if (is_wanted(&cache->images[i], id, address)) {
            *image = cache->images[i].info;
            found = 1;
        }
    }
    *standstill = cache != NULL ? cache->standstill : 0;
    team_cache_unlock(team);
    return found;
}

static hdbg_status find_image(hdbg_team *team, hdbg_image_id id, hdbg_address address, hdbg_image_info *image)
{
    hdbg_status status = HDBG_OK;
    if (team_nub_acquire(team, &status) == NULL)
        return status;
    team_nub_release(team);
    uint64_t standstill;
    int found = look_up(team, id, address, image, &standstill);
    if (found < 0 || (found == 0 && (standstill == 0 || standstill != team_standstill(team)))) {
        /* Also if the cache is good and the image not in it, unless the team has stood since: its event may
         * not have been read yet. */
        status = inspect_images(team, NULL);
        if (status != HDBG_OK)
            return status;
        found = look_up(team, id, address, image, &standstill);
    }
    if (found > 0)
        return HDBG_OK;
    if (id != 0)
        return hdbg_fail(HDBG_BAD_IMAGE_ID, "team %d has no image %d", (int)hdbg_team_id_of(team), (int)id);
    return hdbg_fail(HDBG_BAD_ADDRESS, "0x%llx is in no image of team %d", (unsigned long long)address,
                     (int)hdbg_team_id_of(team));
}

hdbg_status inspect_image_by_id(hdbg_team *team, hdbg_image_id id, hdbg_image_info *image)
{
    if (id == 0)
        return hdbg_fail(HDBG_BAD_IMAGE_ID, "0 is no image's id");
    return find_image(team, id, 0, image);
}

hdbg_status inspect_program(hdbg_team *team, hdbg_image_info *image)
{
    hdbg_image_list *list = NULL;
    hdbg_status status = hdbg_image_list_get(team, &list);
    if (status != HDBG_OK)
        return status;
    status = HDBG_NAME_NOT_FOUND;
    for (size_t i = 0; i < list->count && status != HDBG_OK; i++) {
        if (list->images[i].type == HDBG_IMAGE_APP) {
            *image = list->images[i];
            status = HDBG_OK;
        }
    }
    hdbg_image_list_free(list);
    return status == HDBG_OK
               ? status
               : hdbg_fail(status, "team %d has no image of its program", (int)hdbg_team_id_of(team));
}

hdbg_status inspect_image_at(hdbg_team *team, hdbg_address address, hdbg_image_info *image)
{
    return find_image(team, 0, address, image);
}

/* The cached symbols of an image, retained; with `offered`, these become the cached ones if there are none
 * yet. */
static symbol_table *cached_symbols(hdbg_team *team, const hdbg_image_info *image, symbol_table *offered,
                                    uint64_t *bias)
{
    symbol_table *found = NULL;
    team_cache *slot = team_cache_lock(team);
    image_cache *cache = slot->data;
    for (size_t i = 0; cache != NULL && found == NULL && i < cache->count; i++) {
        cached_image *entry = &cache->images[i];
        if (!is_same_image(&entry->info, image))
            continue;
        if (entry->table == NULL && offered != NULL) {
            entry->table = symbol_table_retain(offered);
            entry->bias = *bias;
            forget_glances(entry);
        }
        if (entry->table != NULL) {
            found = symbol_table_retain(entry->table);
            *bias = entry->bias;
        }
    }
    team_cache_unlock(team);
    return found;
}

hdbg_status inspect_symbols_of(hdbg_team *team, const hdbg_image_info *image, symbol_table **table,
                               uint64_t *bias)
{
    *table = cached_symbols(team, image, NULL, bias);
    if (*table != NULL)
        return HDBG_OK;
    /* Read without the lock, which others wait for; if two threads do so at once, one of them did it in vain.
     */
    symbol_table *made = NULL;
    hdbg_status status = inspect_symbols_load(team, image, &made, bias);
    if (status != HDBG_OK)
        return status;
    symbol_table *kept = cached_symbols(team, image, made, bias);
    if (kept != NULL) {
        symbol_table_release(made);
        made = kept;
    }
    *table = made;
    return HDBG_OK;
}

/* Looks for what an address was found in before; or, with `offered`, keeps that. @return what is to be used,
 * retained, or NULL. *may_look: whether one more may be looked for by itself. */
static symbol_table *cached_glance(hdbg_team *team, const hdbg_image_info *image, hdbg_address address,
                                   symbol_table *offered, uint64_t looked, uint64_t *bias, int *may_look)
{
    symbol_table *found = NULL;
    *may_look = 0;
    team_cache *slot = team_cache_lock(team);
    image_cache *cache = slot->data;
    cached_image *entry = NULL;
    for (size_t i = 0; cache != NULL && entry == NULL && i < cache->count; i++) {
        if (is_same_image(&cache->images[i].info, image))
            entry = &cache->images[i];
    }
    if (entry != NULL && entry->table != NULL)
        found = entry->table;
    for (size_t i = 0; entry != NULL && found == NULL && i < entry->glance_count; i++) {
        if (entry->glances[i].address == address)
            found = entry->glances[i].table;
    }
    if (entry != NULL && found == NULL && offered != NULL) {
        if (entry->glances == NULL)
            entry->glances = calloc(GLANCES_MAX, sizeof *entry->glances);
        entry->looked += looked;
        entry->bias = *bias;
        if (entry->glances != NULL && entry->glance_count < GLANCES_MAX)
            entry->glances[entry->glance_count++] = (glance){address, symbol_table_retain(offered)};
    }
    if (found != NULL) {
        symbol_table_retain(found);
        *bias = entry->bias;
    }
    *may_look = entry != NULL && entry->glance_count < GLANCES_MAX && entry->looked < LOOKED_MAX;
    team_cache_unlock(team);
    return found;
}

hdbg_status inspect_symbols_near(hdbg_team *team, const hdbg_image_info *image, hdbg_address address,
                                 symbol_table **table, uint64_t *bias)
{
    int may_look = 0;
    uint64_t looked = 0;
    *table = cached_glance(team, image, address, NULL, 0, bias, &may_look);
    if (*table != NULL)
        return HDBG_OK;
    symbol_table *made = may_look ? inspect_symbols_glance(team, image, address, bias, &looked) : NULL;
    if (made == NULL)
        return inspect_symbols_of(team, image, table, bias);
    symbol_table *kept = cached_glance(team, image, address, made, looked, bias, &may_look);
    if (kept != NULL) {
        symbol_table_release(made);
        made = kept;
    }
    *table = made;
    return HDBG_OK;
}

dwarf_file *inspect_dwarf_cached(hdbg_team *team, const hdbg_image_info *image, inspect_debug_kind kind,
                                 uint64_t version, uint64_t *bias)
{
    dwarf_file *found = NULL;
    team_cache *slot = team_cache_lock(team);
    image_cache *cache = slot->data;
    for (size_t i = 0; cache != NULL && found == NULL && i < cache->count; i++) {
        cached_image *entry = &cache->images[i];
        if (entry->dwarf[kind] == NULL || entry->dwarf_version[kind] != version ||
            !is_same_image(&entry->info, image))
            continue;
        found = dwarf_file_retain(entry->dwarf[kind]);
        *bias = entry->dwarf_bias[kind];
    }
    team_cache_unlock(team);
    return found;
}

void inspect_dwarf_keep(hdbg_team *team, const hdbg_image_info *image, inspect_debug_kind kind,
                        uint64_t version, dwarf_file *file, uint64_t bias)
{
    dwarf_file *old = NULL;
    team_cache *slot = team_cache_lock(team);
    image_cache *cache = slot->data;
    for (size_t i = 0; cache != NULL && i < cache->count; i++) {
        cached_image *entry = &cache->images[i];
        if (!is_same_image(&entry->info, image))
            continue;
        old = entry->dwarf[kind];
        entry->dwarf[kind] = dwarf_file_retain(file);
        entry->dwarf_bias[kind] = bias;
        entry->dwarf_version[kind] = version;
        break;
    }
    team_cache_unlock(team);
    dwarf_file_release(old);
}
