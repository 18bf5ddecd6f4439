/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Type units by their signatures: a program may have a hundred thousand of them, and each variable's type may
 * lead to some. Open addressing; of two with one signature the first that was entered counts.
 */
#include "dwarf/worker/dies.h"

#include <stdlib.h>

enum { SLOTS_MIN = 64 };

static size_t slot_of(const signature_table *it, uint64_t signature)
{
    size_t at = (size_t)(signature * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (it->room - 1);
    while (it->slots[at] != NULL && it->slots[at]->signature != signature)
        at = (at + 1) & (it->room - 1);
    return at;
}

/* Makes room for one more; a quarter of the slots stays empty. */
static int make_room(signature_table *it)
{
    if (it->room - it->room / 4 > it->count)
        return 1;
    signature_table larger = {.room = it->room != 0 ? 2 * it->room : SLOTS_MIN, .count = it->count};
    larger.slots = calloc(larger.room, sizeof *larger.slots);
    if (larger.slots == NULL)
        return 0;
    for (size_t i = 0; i < it->room; i++) {
        if (it->slots[i] != NULL)
            larger.slots[slot_of(&larger, it->slots[i]->signature)] = it->slots[i];
    }
    free(it->slots);
    *it = larger;
    return 1;
}

int signatures_enter(signature_table *it, const dwarf_object *from)
{
    for (size_t i = 0; i < from->unit_count; i++) {
        dwarf_unit *u = &from->units[i];
        if (u->type_offset == 0)
            continue;
        if (!make_room(it))
            return 0;
        size_t at = slot_of(it, u->signature);
        it->count += it->slots[at] == NULL;
        it->slots[at] = it->slots[at] != NULL ? it->slots[at] : u;
    }
    return 1;
}

dwarf_unit *signatures_find(const signature_table *it, uint64_t signature)
{
    return it->room != 0 ? it->slots[slot_of(it, signature)] : NULL;
}

void signatures_free(signature_table *it)
{
    free(it->slots);
    *it = (signature_table){.slots = NULL};
}
