/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Gathers what a team was started with, what it may use and what it has open.
 */
#include "facts.h"

enum { DETAILS_MAX = 4096 };

struct collecting {
    struct facts *facts;
    int32_t kind;
    size_t count, room;
    const char **texts;
    limit_facts *limits;
    file_facts *files;
};

/* The first visit counts, the second notes. */
static int count_detail(void *context, const hdbg_detail *detail)
{
    struct collecting *to = context;
    (void)detail;
    return ++to->room == DETAILS_MAX;
}

static int note_detail(void *context, const hdbg_detail *detail)
{
    struct collecting *to = context;
    const char *text = pool_copy(to->facts->pool, detail->text);
    if (to->count == to->room)
        return 1;
    if (to->kind == HDBG_DETAIL_LIMIT)
        to->limits[to->count++] = (limit_facts){.name = text, .soft = detail->number, .hard = detail->value};
    else if (to->kind == HDBG_DETAIL_FILE)
        to->files[to->count++] = (file_facts){
            .descriptor = detail->number, .position = detail->value, .flags = detail->flags, .name = text};
    else
        to->texts[to->count++] = text;
    return 0;
}

static struct collecting collect(struct facts *facts, int32_t kind)
{
    struct collecting to = {.facts = facts, .kind = kind};
    if (hdbg_team_details_visit(facts->team, kind, count_detail, &to) != HDBG_OK || to.room == 0)
        return to;
    to.texts = pool_array(facts->pool, to.room, sizeof(*to.texts));
    to.limits = pool_array(facts->pool, to.room, sizeof(*to.limits));
    to.files = pool_array(facts->pool, to.room, sizeof(*to.files));
    if (to.texts != NULL && to.limits != NULL && to.files != NULL)
        hdbg_team_details_visit(facts->team, kind, note_detail, &to);
    return to;
}

void details_gather(struct facts *facts, bool all)
{
    struct collecting got = collect(facts, HDBG_DETAIL_ARGUMENT);
    facts->arguments = got.texts;
    facts->argument_count = got.count;
    if (!all)
        return;
    got = collect(facts, HDBG_DETAIL_ENVIRONMENT);
    facts->environment = got.texts;
    facts->environment_count = got.count;
    got = collect(facts, HDBG_DETAIL_LIMIT);
    facts->limits = got.limits;
    facts->limit_count = got.count;
    got = collect(facts, HDBG_DETAIL_FILE);
    facts->files = got.files;
    facts->file_count = got.count;
    got = collect(facts, HDBG_DETAIL_WORKING_DIRECTORY);
    facts->working_directory = got.count > 0 ? got.texts[0] : NULL;
    got = collect(facts, HDBG_DETAIL_PROGRAM);
    facts->program = got.count > 0 ? got.texts[0] : NULL;
}
