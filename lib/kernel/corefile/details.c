/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Details of the dead team: from this library's own notes, if it has written the core; else what the core
 * holds besides: the auxiliary vector, and the arguments and the environment, which are in its memory.
 */
#include "base/fail.h"
#include "kernel/corefile/corefile.h"

#include <stdlib.h>
#include <string.h>

enum { NOTE_DETAILS = 0x64746c73, ENTRY = 24 };
static const char kOwnName[] = "libhaikudbg";

typedef int visitor(void *context, const hdbg_detail *detail);

/* ---- notes of this library's own ---- */

static void read_details(core_kernel *k, core_cursor c)
{
    uint32_t kind = core_u32(&c), count = core_u32(&c), size = core_u32(&c);
    if (c.failed || size < ENTRY) {
        core_problem(k, "the note of the team's details is damaged: its entries have %u bytes", size);
        return;
    }
    if (count > core_left(&c) / size) {
        core_problem(k, "%u details are promised, there is room for %zu", count, core_left(&c) / size);
        count = (uint32_t)(core_left(&c) / size);
    }
    core_noted *noted = core_list_add(&k->noted, sizeof *noted);
    if (noted == NULL)
        return;
    *noted =
        (core_noted){.kind = (int32_t)kind, .count = count, .entry_size = size, .entries = c, .texts = c};
    core_bytes(&noted->texts, (size_t)count * size);
    core_cursor texts = noted->texts;
    for (uint32_t i = 0; i < count && !texts.failed; i++)
        core_string(&texts);
    if (texts.failed)
        core_problem(k, "the texts of the team's details are cut off");
}

int core_own_note(core_kernel *k, const core_note *note)
{
    if (note->name_size != sizeof kOwnName - 1 || memcmp(note->name, kOwnName, note->name_size) != 0)
        return 0;
    /* Other types: a later version's, of which nothing is known here. */
    if (note->type == NOTE_DETAILS)
        read_details(k, core_cursor_of(k, note));
    k->info.flags |= HDBG_CORE_HAS_DETAILS;
    return 1;
}

static const core_noted *find_noted(const core_kernel *k, int32_t kind)
{
    for (size_t i = 0; i < k->noted.count; i++) {
        if (CORE_AT(k->noted, core_noted, i)->kind == kind)
            return CORE_AT(k->noted, core_noted, i);
    }
    return NULL;
}

static void tell_noted(const core_noted *noted, visitor *visit, void *context)
{
    core_cursor texts = noted->texts;
    for (uint32_t i = 0; i < noted->count; i++) {
        core_cursor entry = noted->entries;
        entry.at += (size_t)i * noted->entry_size;
        hdbg_detail detail = {.size = sizeof detail};
        detail.number = (int64_t)core_u64(&entry);
        detail.value = (int64_t)core_u64(&entry);
        detail.flags = core_u32(&entry);
        detail.text = core_string(&texts);
        if (texts.failed || visit(context, &detail))
            break;
    }
}

/* ---- what the core holds besides ---- */

static hdbg_status not_told(const core_kernel *k, const char *what)
{
    return hdbg_fail(HDBG_NOT_SUPPORTED, "%s does not tell %s", k->path, what);
}

static hdbg_status tell_auxiliary(core_kernel *k, visitor *visit, void *context)
{
    if (k->auxv == NULL)
        return not_told(k, "the auxiliary vector");
    core_cursor c = {.at = k->auxv, .end = k->auxv + k->auxv_size, .is_64 = k->is_64};
    for (;;) {
        hdbg_detail detail = {.size = sizeof detail, .text = ""};
        detail.number = (int64_t)core_word(&c);
        detail.value = (int64_t)core_word(&c);
        if (c.failed || detail.number == 0 || visit(context, &detail))
            return HDBG_OK;
    }
}

static hdbg_status tell_program(const core_kernel *k, visitor *visit, void *context)
{
    for (size_t i = 0; i < k->images.count; i++) {
        const core_image *image = CORE_AT(k->images, core_image, i);
        hdbg_detail detail = {.size = sizeof detail, .text = image->path};
        if (image->type == HDBG_IMAGE_APP && image->path[0] == '/') {
            visit(context, &detail);
            return HDBG_OK;
        }
    }
    return not_told(k, "the program's file");
}

/* The arguments come first among the texts, the environment follows. */
static hdbg_status tell_start(core_kernel *k, int32_t kind, visitor *visit, void *context)
{
    core_start start;
    hdbg_detail detail = {.size = sizeof detail};
    pthread_mutex_lock(&k->lock); /* reading memory changes the list of files */
    bool found = core_start_find(k, &start);
    pthread_mutex_unlock(&k->lock);
    if (!found)
        return not_told(k, kind == HDBG_DETAIL_ARGUMENT ? "the arguments, of which it lacks the memory"
                                                        : "the environment, of which it lacks the memory");
    size_t at = 0;
    for (size_t n = 0; at < start.size; n++, at += strlen(start.text + at) + 1) {
        bool is_argument = n < start.argument_count;
        if (is_argument != (kind == HDBG_DETAIL_ARGUMENT))
            continue;
        /* What a program has overwritten to show another title leaves empty strings behind. */
        if (!is_argument && start.text[at] == '\0')
            continue;
        detail.text = start.text + at;
        if (visit(context, &detail))
            break;
        detail.number++;
    }
    free(start.text);
    return HDBG_OK;
}

hdbg_status core_team_details(void *context, hdbg_team_id team, int32_t kind, visitor *visit,
                              void *visit_context)
{
    core_kernel *k = context;
    const core_noted *noted = find_noted(k, kind);
    if (team != k->info.team)
        return hdbg_fail(HDBG_BAD_TEAM_ID, "%s has no team %d", k->path, (int)team);
    if (noted != NULL) {
        tell_noted(noted, visit, visit_context);
        return HDBG_OK;
    }
    switch (kind) {
    case HDBG_DETAIL_ARGUMENT:
    case HDBG_DETAIL_ENVIRONMENT:
        return tell_start(k, kind, visit, visit_context);
    case HDBG_DETAIL_AUXILIARY:
        return tell_auxiliary(k, visit, visit_context);
    case HDBG_DETAIL_PROGRAM:
        return tell_program(k, visit, visit_context);
    case HDBG_DETAIL_LIMIT:
        return not_told(k, "the limits: no system writes them into a core file");
    case HDBG_DETAIL_FILE:
        return not_told(k, "the open files: no system writes them into a core file");
    case HDBG_DETAIL_WORKING_DIRECTORY:
        return not_told(k, "the working directory: no system writes it into a core file");
    default:
        return not_told(k, "details of this kind");
    }
}
