/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Notes of this library's own: what the team was started with, what it had open and what it might use, for
 * which neither Haiku's notes nor Linux's have a place. Whoever does not know their vendor passes them over.
 * docs/hdbg-core.md describes them.
 */
#include "base/fail.h"
#include "core/core.h"

#include <stdlib.h>
#include <string.h>

enum { NOTE_DETAILS = 0x64746c73, ENTRY = 24 };
static const char kOwnName[] = "libhaikudbg";

/* The details of a kind while they come. */
typedef struct collecting {
    core_buffer entries, texts;
    uint32_t count;
} collecting;

static int note_detail(void *context, const hdbg_detail *detail)
{
    collecting *to = context;
    core_put_u64(&to->entries, (uint64_t)detail->number);
    core_put_u64(&to->entries, (uint64_t)detail->value);
    core_put_u32(&to->entries, detail->flags);
    core_put_u32(&to->entries, 0);
    core_put_string(&to->texts, detail->text);
    to->count++;
    return to->entries.failed || to->texts.failed;
}

static void put_kind(core_buffer *notes, int32_t kind, const collecting *from)
{
    core_buffer note = {0};
    core_put_u32(&note, (uint32_t)kind);
    core_put_u32(&note, from->count);
    core_put_u32(&note, ENTRY);
    core_put(&note, from->entries.bytes, from->entries.size);
    core_put(&note, from->texts.bytes, from->texts.size);
    core_put_note(notes, kOwnName, NOTE_DETAILS, note.bytes, note.size);
    notes->failed |= note.failed || from->entries.failed || from->texts.failed;
    free(note.bytes);
}

hdbg_status core_put_details(core_buffer *notes, core_details details, void *context, hdbg_team_id team)
{
    for (int32_t kind = HDBG_DETAIL_ARGUMENT; kind <= HDBG_DETAIL_PROGRAM; kind++) {
        collecting got = {0};
        hdbg_status status = details(context, team, kind, note_detail, &got);
        /* What is not known, or not to be seen, is not written: a core without it is worth having. */
        if (status == HDBG_OK)
            put_kind(notes, kind, &got);
        free(got.entries.bytes);
        free(got.texts.bytes);
        if (status == HDBG_BAD_TEAM_ID)
            return status;
    }
    return notes->failed ? hdbg_fail(HDBG_NO_MEMORY, "no memory for the notes of a core file") : HDBG_OK;
}
