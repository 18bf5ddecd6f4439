/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Gathers what a team was started with, what it may use and what it has open.
 */
#include "facts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { DETAILS_MAX = 4096 };

const char *detail_name(int32_t kind)
{
    static const char *const kNames[] = {[HDBG_DETAIL_ARGUMENT] = "Command line",
                                         [HDBG_DETAIL_ENVIRONMENT] = "Environment",
                                         [HDBG_DETAIL_LIMIT] = "Limits",
                                         [HDBG_DETAIL_FILE] = "Open files",
                                         [HDBG_DETAIL_WORKING_DIRECTORY] = "Working directory",
                                         [HDBG_DETAIL_PROGRAM] = "Program"};
    const char *name = kind > 0 && kind <= HDBG_DETAIL_PROGRAM ? kNames[kind] : NULL;
    return name != NULL ? name : "Details";
}

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
    hdbg_status status = hdbg_team_details_visit(facts->team, kind, count_detail, &to);
    /* Of a team that has ended the report says that it did. */
    if (status != HDBG_OK && status != HDBG_TEAM_GONE && status != HDBG_DETACHED)
        facts->unknown[facts->unknown_count++] =
            (unknown_facts){kind, pool_copy(facts->pool, hdbg_last_error())};
    if (status != HDBG_OK || to.room == 0)
        return to;
    to.texts = pool_array(facts->pool, to.room, sizeof(*to.texts));
    to.limits = pool_array(facts->pool, to.room, sizeof(*to.limits));
    to.files = pool_array(facts->pool, to.room, sizeof(*to.files));
    if (to.texts != NULL && to.limits != NULL && to.files != NULL)
        hdbg_team_details_visit(facts->team, kind, note_detail, &to);
    return to;
}

/* ---- what should not go into every report ---- */

/* Whether a variable is named as those that hold passwords and the like. */
static bool is_secret_name(const char *name, size_t length)
{
    static const char *const kParts[] = {"PASSWORD",   "PASSWD",     "PASSPHRASE", "SECRET", "TOKEN",
                                         "CREDENTIAL", "AUTHORIZAT", "APIKEY",     "PRIVATE"};
    static const char *const kWords[] = {"PASS", "PWD", "KEY", "KEYS", "AUTH", "COOKIE", "COOKIES", "JWT"};
    char upper[128];
    if (length >= sizeof(upper))
        return true; /* nobody's usual one */
    for (size_t i = 0; i < length; i++)
        upper[i] = (char)toupper((unsigned char)name[i]);
    upper[length] = '\0';
    for (size_t i = 0; i < sizeof(kParts) / sizeof(*kParts); i++) {
        if (strstr(upper, kParts[i]) != NULL)
            return true;
    }
    if (strcmp(upper, "PWD") == 0) /* the folder */
        return false;
    for (const char *word = strtok(upper, "_"); word != NULL; word = strtok(NULL, "_")) {
        for (size_t i = 0; i < sizeof(kWords) / sizeof(*kWords); i++) {
            if (strcmp(word, kWords[i]) == 0)
                return true;
        }
    }
    return false;
}

/* "https://user:password@host/" */
static bool has_password(const char *value)
{
    const char *at = strstr(value, "://");
    size_t length = at != NULL ? strcspn(at + 3, "@/ ") : 0;
    return length > 0 && at[3 + length] == '@' && memchr(at + 3, ':', length) != NULL;
}

static void hide_secrets(struct facts *facts)
{
    for (size_t i = 0; i < facts->environment_count; i++) {
        const char *text = facts->environment[i];
        size_t length = strcspn(text, "=");
        if (text[length] != '=' || text[length + 1] == '\0')
            continue;
        if (is_secret_name(text, length) || has_password(text + length + 1))
            facts->environment[i] = pool_format(facts->pool, "%.*s=<hidden>", (int)length, text);
    }
}

void details_gather(struct facts *facts, const struct gather_options *options)
{
    struct collecting got = collect(facts, HDBG_DETAIL_ARGUMENT);
    facts->arguments = got.texts;
    facts->argument_count = got.count;
    if (!options->team_details)
        return;
    got = collect(facts, HDBG_DETAIL_ENVIRONMENT);
    facts->environment = got.texts;
    facts->environment_count = got.count;
    if (!options->secrets)
        hide_secrets(facts);
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
