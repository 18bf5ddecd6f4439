/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Breakpoints: in a debug register while one is free, else an int3 in the code. Each int3 stands in the
 * team's journal from before it is written until after it is gone.
 */
#include "kernel/hosted/nub/nub.h"

#include <stdlib.h>

static const uint8_t int3 = 0xcc;

static breakpoint **bucket_of(const space *self, hdbg_address address)
{
    return (breakpoint **)&self->breakpoints[(address ^ address >> 10) % SPACE_BUCKETS];
}

breakpoint *breakpoint_find(const space *self, hdbg_address address)
{
    for (breakpoint *b = *bucket_of(self, address); b; b = b->next) {
        if (b->address == address)
            return b;
    }
    return NULL;
}

/* ---- the journal ---- */

static int32_t journal_enter(team *owner, hdbg_address address, uint8_t original)
{
    nub_journal *journal = owner->journal;
    if (!team_journal(owner) || !(journal = owner->journal))
        return -1;
    for (int32_t i = 0; i < NUB_JOURNAL_ENTRIES; i++) {
        int32_t index = (owner->journal_hint + i) % NUB_JOURNAL_ENTRIES;
        nub_journal_entry *entry = &journal->entries[index];
        if (atomic_load(&entry->address) != 0)
            continue;
        entry->original = original;
        atomic_store(&entry->address, address);
        if ((uint32_t)index >= atomic_load(&journal->used))
            atomic_store(&journal->used, (uint32_t)index + 1);
        owner->journal_hint = index + 1;
        return index;
    }
    return -1;
}

static void journal_leave(team *owner, int32_t index)
{
    if (index < 0 || !owner->journal)
        return;
    atomic_store(&owner->journal->entries[index].address, 0);
    if (index < owner->journal_hint)
        owner->journal_hint = index;
}

/* ---- the code ---- */

hdbg_status breakpoint_patch(space *self, breakpoint *what)
{
    if (memory_read_raw(self, what->address, &what->original, 1) != 1)
        return HDBG_BAD_ADDRESS;
    what->journal = journal_enter(what->owner, what->address, what->original);
    if (what->journal < 0)
        return HDBG_NO_MEMORY;
    if (memory_write_raw(self, what->address, &int3, 1) != 1) {
        journal_leave(what->owner, what->journal);
        what->journal = -1;
        return HDBG_BAD_ADDRESS;
    }
    what->patched = true;
    self->software_count++;
    return HDBG_OK;
}

void breakpoint_unpatch(space *self, breakpoint *what)
{
    uint8_t now = 0;
    if (!what->patched)
        return;
    /* Another mapping may have come in its place, or the program have written there itself. */
    if (memory_read_raw(self, what->address, &now, 1) == 1 && now == int3)
        memory_write_raw(self, what->address, &what->original, 1);
    journal_leave(what->owner, what->journal);
    what->journal = -1;
    what->patched = false;
    self->software_count--;
}

static breakpoint *add(team *owner, hdbg_address address)
{
    breakpoint *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->address = address;
    b->owner = owner;
    b->hardware = -1;
    b->journal = -1;
    breakpoint **bucket = bucket_of(owner->space, address);
    b->next = *bucket;
    *bucket = b;
    return b;
}

/* Takes it out altogether, unless it is still the nub's own. */
static void drop(space *self, breakpoint *what)
{
    if (what->user || what->internal)
        return;
    if (what->hardware >= 0)
        debugregs_free(what->owner, what->hardware);
    breakpoint_unpatch(self, what);
    for (breakpoint **link = bucket_of(self, what->address); *link; link = &(*link)->next) {
        if (*link == what) {
            *link = what->next;
            break;
        }
    }
    free(what);
}

/* ---- a debugger's ---- */

static bool is_settable(hdbg_address address)
{
    return address >= USER_BASE && address <= USER_TOP;
}

/* One of the nub's own that another team in the same memory has, a vfork() child's parent, can be a
 * debugger's for this one: it goes back when that ends (breakpoint_clear_internal()). */
static bool take_over(breakpoint *what, team *by)
{
    if (!what->internal || !what->patched)
        return false;
    int32_t entry = journal_enter(by, what->address, what->original);
    if (entry < 0)
        return false;
    journal_leave(what->owner, what->journal);
    what->journal = entry;
    what->owner = by;
    return true;
}

hdbg_status breakpoint_set(team *self, hdbg_address address)
{
    if (!is_settable(address))
        return HDBG_BAD_ADDRESS;
    if (self->space->breakpoint_count >= BREAKPOINT_MAX)
        return HDBG_BUSY;
    breakpoint *b = breakpoint_find(self->space, address);
    if (b && (b->user || (b->owner != self && !take_over(b, self))))
        return HDBG_BAD_VALUE;
    bool shared = b != NULL;
    if (!b && !(b = add(self, address)))
        return HDBG_NO_MEMORY;
    hdbg_status status = HDBG_OK;
    int index = shared || address > LINUX_TOP ? -1 : debugregs_claim(self, false);
    if (index >= 0) {
        b->hardware = (int8_t)index;
        debugregs_set(self, index, address, 0, 0, b);
    } else if (!shared) {
        status = breakpoint_patch(self->space, b);
    }
    if (status != HDBG_OK) {
        drop(self->space, b);
        return status;
    }
    b->user = true;
    self->space->breakpoint_count++;
    return HDBG_OK;
}

hdbg_status breakpoint_clear(team *self, hdbg_address address)
{
    if (!is_settable(address))
        return HDBG_BAD_ADDRESS;
    breakpoint *b = breakpoint_find(self->space, address);
    if (!b || !b->user || b->owner != self)
        return HDBG_BAD_VALUE;
    b->user = false;
    self->space->breakpoint_count--;
    drop(self->space, b);
    return HDBG_OK;
}

/* ---- the nub's own ---- */

hdbg_status breakpoint_set_internal(team *self, hdbg_address address)
{
    breakpoint *b = breakpoint_find(self->space, address);
    if (b && (b->internal || b->hardware >= 0)) {
        b->internal = true;
        return HDBG_OK;
    }
    if (!b && !(b = add(self, address)))
        return HDBG_NO_MEMORY;
    hdbg_status status = b->patched ? HDBG_OK : breakpoint_patch(self->space, b);
    if (status == HDBG_OK)
        b->internal = true;
    else
        drop(self->space, b);
    return status;
}

/* Another team in the same memory that is told of its images. */
static team *other_watcher(const team *self)
{
    for (int i = 0; self->space->references > 1 && i < ID_BUCKETS; i++) {
        for (team *t = self->nub->teams[i]; t; t = t->next) {
            if (t != self && t->space == self->space && t->debugger && (t->flags & TEAM_IMAGES))
                return t;
        }
    }
    return NULL;
}

/* It stays for who still wants it, in that one's journal. */
void breakpoint_clear_internal(team *self)
{
    space *s = self->space;
    breakpoint *b = s && s->debug_state ? breakpoint_find(s, s->debug_state) : NULL;
    if (!b || !b->internal)
        return;
    team *heir = other_watcher(self);
    if (!heir) {
        b->internal = false;
        drop(s, b);
    } else if (b->owner == self && !b->user) {
        breakpoint_unpatch(s, b);
        b->owner = heir;
        breakpoint_patch(s, b);
    }
}

/* The team goes, and others stay in the memory. */
void breakpoint_leave_space(team *self)
{
    breakpoint_remove_all(self);
    breakpoint_clear_internal(self);
}

/* A forked child has a copy of every int3. Those of debuggers stay, as on Haiku; the nub's own must not be
 * met. */
void breakpoint_restore_child(space *parent, space *child)
{
    breakpoint *b = parent->debug_state ? breakpoint_find(parent, parent->debug_state) : NULL;
    if (b && b->internal && b->patched && !b->user)
        memory_write_raw(child, b->address, &b->original, 1);
}

/* ---- all of them ---- */

void breakpoint_remove_all(team *self)
{
    space *s = self->space;
    for (size_t bucket = 0; bucket < SPACE_BUCKETS; bucket++) {
        breakpoint *following;
        for (breakpoint *b = s->breakpoints[bucket]; b; b = following) {
            following = b->next;
            if (b->owner != self || !b->user)
                continue;
            b->user = false;
            s->breakpoint_count--;
            drop(s, b);
        }
    }
}

/* The memory is gone, and with it what was written there. */
void breakpoint_forget(space *self)
{
    for (size_t bucket = 0; bucket < SPACE_BUCKETS; bucket++) {
        while (self->breakpoints[bucket]) {
            breakpoint *b = self->breakpoints[bucket];
            self->breakpoints[bucket] = b->next;
            journal_leave(b->owner, b->journal);
            free(b);
        }
    }
    self->breakpoint_count = self->software_count = 0;
}

/* The processor's registers turned out not to be had: what is in one becomes an int3. */
void breakpoint_to_software(team *self)
{
    for (int i = 0; i < DEBUG_REGISTERS; i++) {
        breakpoint *b = self->registers[i].breakpoint;
        debugregs_free(self, i);
        if (b) {
            b->hardware = -1;
            breakpoint_patch(self->space, b);
        }
    }
    self->watchpoint_count = 0;
}
