/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Symbols of a team's images, by address and by name.
 */
#include "base/fail.h"
#include "base/structs.h"
#include "inspect/demangle.h"
#include "inspect/inspect.h"
#include "session/internal.h"

#include <haikudbg/image.h>

#include <stdlib.h>
#include <string.h>

static void fill(hdbg_symbol *symbol, hdbg_image_id image, const symbol_table *table,
                 const symbol_entry *entry, uint64_t bias)
{
    unsigned rank = symbol_rank(entry);
    symbol->size = sizeof *symbol;
    symbol->address = entry->address + bias;
    symbol->length = rank & SYMBOL_NO_SIZE ? 0 : entry->extent;
    symbol->offset = 0;
    symbol->image = image;
    symbol->kind = rank & SYMBOL_NO_OBJECT     ? HDBG_SYMBOL_OTHER
                   : rank & SYMBOL_NO_FUNCTION ? HDBG_SYMBOL_OBJECT
                                               : HDBG_SYMBOL_FUNCTION;
    symbol->is_global = !(rank & SYMBOL_LOCAL);
    size_t length = symbol_table_name(table, entry, symbol->raw_name, sizeof symbol->raw_name);
    symbol->name_cut = length >= sizeof symbol->raw_name;
    if (!inspect_is_mangled(symbol->raw_name)) {
        memcpy(symbol->name, symbol->raw_name, sizeof symbol->name);
        return;
    }
    /* A mangled name that is cut is none: it takes the whole one. */
    char *whole = symbol->name_cut ? malloc(length + 1) : NULL;
    if (whole != NULL)
        symbol_table_name(table, entry, whole, length + 1);
    size_t shown =
        hdbg_symbol_demangle(whole != NULL ? whole : symbol->raw_name, symbol->name, sizeof symbol->name);
    symbol->name_cut = shown >= sizeof symbol->name;
    free(whole);
}

hdbg_status hdbg_symbol_at(hdbg_team *team, hdbg_address address, hdbg_symbol *symbol)
{
    hdbg_image_info image;
    symbol_table *table = NULL;
    uint64_t bias = 0;
    hdbg_status status = hdbg_struct_check(symbol, "hdbg_symbol");
    if (status == HDBG_OK)
        status = inspect_image_at(team, address, &image);
    if (status == HDBG_OK)
        status = inspect_symbols_near(team, &image, address, &table, &bias);
    if (status != HDBG_OK)
        return status;
    const symbol_entry *entry = symbol_table_at(table, address - bias);
    if (entry != NULL) {
        hdbg_symbol found;
        fill(&found, image.id, table, entry, bias);
        found.offset = address - found.address;
        hdbg_struct_give(symbol, &found, sizeof found);
    } else if (table->status != HDBG_OK) {
        status = hdbg_fail(HDBG_NAME_NOT_FOUND, "no symbols: %s", table->why);
    } else {
        status = hdbg_fail(HDBG_NAME_NOT_FOUND, "%s has no symbol at 0x%llx", image.path,
                           (unsigned long long)address);
    }
    symbol_table_release(table);
    return status;
}

/* The best symbol of a table whose demangled name is `name`, or NULL. */
static const symbol_entry *find_demangled(const symbol_table *table, const char *name, const char *filter)
{
    const symbol_entry *best = NULL;
    char *raw = NULL;
    size_t room = 0;
    int can_demangle = -1; /* not asked yet */
    for (size_t i = 0; i < table->count; i++) {
        const symbol_entry *entry = &table->entries[i];
        const char *text = table->strings + entry->name;
        if (!inspect_is_mangled(text) || (best != NULL && symbol_rank(entry) >= symbol_rank(best)) ||
            (filter[0] != '\0' && strstr(text, filter) == NULL))
            continue;
        if (can_demangle < 0)
            can_demangle = inspect_can_demangle();
        if (!can_demangle)
            break;
        size_t length = symbol_table_name(table, entry, raw, room);
        if (length >= room) {
            char *larger = realloc(raw, length + 256);
            if (larger == NULL)
                break;
            raw = larger;
            room = length + 256;
            symbol_table_name(table, entry, raw, room);
        }
        char *demangled = inspect_demangle(raw);
        if (demangled != NULL && inspect_demangled_is(demangled, name))
            best = entry;
        free(demangled);
    }
    free(raw);
    return best;
}

/* What is looked for, and how. */
typedef struct search {
    const char *name;
    int demangled;
    char filter[256];
} search;

/* Looks in one image. @return 2 for a global symbol, 1 for a local one, 0 for none, or an error. */
static int search_image(hdbg_team *team, const hdbg_image_info *image, const search *what,
                        hdbg_symbol *symbol)
{
    symbol_table *table = NULL;
    uint64_t bias = 0;
    hdbg_status status = inspect_symbols_of(team, image, &table, &bias);
    if (status != HDBG_OK)
        return status;
    const symbol_entry *entry = what->demangled ? find_demangled(table, what->name, what->filter)
                                                : symbol_table_by_name(table, what->name);
    int found = 0;
    if (entry != NULL) {
        fill(symbol, image->id, table, entry, bias);
        found = symbol->is_global ? 2 : 1;
    }
    symbol_table_release(table);
    return found;
}

/* Looks in all images: the first global symbol, else the first local one. */
static int search_images(hdbg_team *team, const hdbg_image_list *list, const search *what,
                         hdbg_symbol *symbol)
{
    int best = 0;
    for (size_t i = 0; i < hdbg_image_list_count(list) && best < 2; i++) {
        hdbg_symbol candidate;
        int found = search_image(team, hdbg_image_list_at(list, i), what, &candidate);
        if (found == HDBG_TEAM_GONE || found == HDBG_DETACHED)
            return found;
        if (found > best) {
            *symbol = candidate;
            best = found;
        }
    }
    return best;
}

hdbg_status hdbg_symbol_by_name(hdbg_team *team, hdbg_image_id image, const char *name, hdbg_symbol *symbol)
{
    hdbg_image_info info = {0};
    hdbg_image_list *list = NULL;
    search what = {.name = name};
    hdbg_symbol best;
    hdbg_status status = hdbg_struct_check(symbol, "hdbg_symbol");
    if (status == HDBG_OK && name == NULL)
        status = hdbg_fail(HDBG_BAD_VALUE, "no name was given");
    if (status == HDBG_OK)
        status = image != 0 ? inspect_image_by_id(team, image, &info) : inspect_images(team, &list);
    if (status != HDBG_OK)
        return status;
    inspect_name_filter(name, what.filter, sizeof what.filter);
    int found = 0;
    for (what.demangled = 0; found == 0 && what.demangled < 2; what.demangled++)
        found =
            list != NULL ? search_images(team, list, &what, &best) : search_image(team, &info, &what, &best);
    hdbg_image_list_free(list);
    if (found > 0) {
        hdbg_struct_give(symbol, &best, sizeof best);
        return HDBG_OK;
    }
    if (found < 0)
        return found;
    return hdbg_fail(HDBG_NAME_NOT_FOUND, "no symbol '%s' in %s of team %d", name,
                     image != 0 ? info.path : "the images", (int)hdbg_team_id_of(team));
}

hdbg_status hdbg_symbols_visit(hdbg_team *team, hdbg_image_id image,
                               int (*visit)(void *context, const hdbg_symbol *symbol), void *context)
{
    hdbg_image_info info;
    symbol_table *table = NULL;
    uint64_t bias = 0;
    hdbg_status status = inspect_image_by_id(team, image, &info);
    if (status == HDBG_OK)
        status = inspect_symbols_of(team, &info, &table, &bias);
    if (status != HDBG_OK)
        return status;
    int stop = 0;
    for (size_t i = 0; i < table->count && !stop; i++) {
        hdbg_symbol symbol;
        fill(&symbol, info.id, table, &table->entries[i], bias);
        stop = visit(context, &symbol);
    }
    if (table->status != HDBG_OK && !stop)
        status = hdbg_fail(table->status, "%s", table->why);
    symbol_table_release(table);
    return status;
}
