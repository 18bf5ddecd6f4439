/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Takes out of the facts what may be private: the environment, what was in memory, and whose home folder a
 * path lies in. What is left can be shown to strangers: addresses, names of functions and files, the verdict,
 * and what the program itself said when it gave up.
 */
#include "facts.h"

#include <stdlib.h>
#include <string.h>

static const char kTaken[] = "<redacted>";

/* Bytes of a home folder's path that `text` begins with, 0: it is none. */
static size_t home_length(const char *text)
{
    static const char *const kParents[] = {"/home/", "/Users/", "/var/home/"};
    static const char *const kHomes[] = {"/root", "/boot/home"};
    const char *own = getenv("HOME");

    for (size_t i = 0; i < sizeof(kParents) / sizeof(*kParents); i++) {
        size_t length = strlen(kParents[i]);
        if (strncmp(text, kParents[i], length) == 0 && strcspn(text + length, "/") > 0)
            return length + strcspn(text + length, "/ :\"'");
    }
    for (size_t i = 0; i <= sizeof(kHomes) / sizeof(*kHomes); i++) {
        const char *home = i < sizeof(kHomes) / sizeof(*kHomes) ? kHomes[i] : own;
        size_t length = home != NULL ? strlen(home) : 0;
        if (length > 1 && strncmp(text, home, length) == 0 && strchr("/ :\"',", text[length]) != NULL)
            return length;
    }
    return 0;
}

/* In place: it only gets shorter. */
static void shorten(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0';) {
        /* A path begins anywhere but in the middle of another one. */
        bool begins = from == text || strchr("/._-", from[-1]) == NULL;
        size_t home = *from == '/' && begins ? home_length(from) : 0;
        if (home > 0) {
            *to++ = '~';
            from += home;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

/* Texts of the pool are the report's own: they may be changed. */
static void shorten_text(const char *text)
{
    if (text != NULL && *text != '\0')
        shorten((char *)(uintptr_t)text);
}

static void redact_thread(thread_facts *thread)
{
    for (size_t i = 0; i < thread->frame_count; i++) {
        frame_facts *frame = &thread->frames[i];
        variable_facts *variables = (variable_facts *)(uintptr_t)frame->variables;
        for (size_t k = 0; k < frame->variable_count; k++)
            variables[k].value = kTaken;
        /* Frames share places: shortening twice does no harm. */
        for (size_t k = 0; k < frame->place->call_count; k++)
            shorten_text(frame->place->calls[k].file);
    }
    shorten_text(thread->explanation);
}

static void redact_texts(struct facts *facts)
{
    for (size_t i = 0; i < facts->argument_count; i++)
        shorten_text(facts->arguments[i]);
    for (size_t i = 0; i < facts->file_count; i++)
        shorten_text(facts->files[i].name);
    shorten_text(facts->program);
    shorten_text(facts->working_directory);
    shorten_text(facts->core_problems);
    shorten_text(facts->thrown.what);
    /* A sentence may be a constant of ours. */
    facts->sentence = pool_copy(facts->pool, facts->sentence);
    facts->explanation = pool_copy(facts->pool, facts->explanation);
    facts->source_file = pool_copy(facts->pool, facts->source_file);
    facts->core = pool_copy(facts->pool, facts->core);
    shorten_text(facts->sentence);
    shorten_text(facts->explanation);
    shorten_text(facts->source_file);
    shorten_text(facts->core);
    shorten(facts->text);
    shorten(facts->team_info.arguments);
    shorten(facts->area.path);
}

void facts_redact(struct facts *facts)
{
    facts->redacted = true;
    facts->environment_count = 0;
    facts->word_count = 0;
    for (size_t i = 0; i < facts->register_count; i++) {
        /* Symbols may stay, but texts were read from memory, and both may be in one line. */
        if (strchr(facts->registers[i].points_at, '"') != NULL)
            facts->registers[i].points_at = kTaken;
        else if (*facts->registers[i].points_at != '\0') {
            facts->registers[i].points_at = pool_copy(facts->pool, facts->registers[i].points_at);
            shorten_text(facts->registers[i].points_at);
        }
    }
    for (size_t i = 0; i < facts->code_count; i++)
        facts->code[i].operands = "";
    for (size_t i = 0; i < facts->thread_count; i++)
        redact_thread(&facts->threads[i]);
    for (size_t i = 0; i < facts->image_count; i++) {
        shorten(facts->images[i].info.path);
        shorten_text(facts->images[i].debug_info);
    }
    for (size_t i = 0; i < facts->area_count; i++)
        shorten(facts->areas[i].path);
    redact_texts(facts);
}
