/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Takes out of the facts what may be private: the environment, the program's arguments, what was in memory,
 * and whose home folder a path lies in. What is left can be shown to strangers: addresses, registers, names
 * of functions and files, the verdict, and what the program itself said when it gave up.
 */
#include "facts.h"

#include <ctype.h>
#include <stdio.h>
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
        if (length > 1 && strncmp(text, home, length) == 0 && !isalnum((unsigned char)text[length]) &&
            (text[length] == '\0' || strchr("._-", text[length]) == NULL))
            return length;
    }
    return 0;
}

/* In place: it only gets shorter. Anywhere in the text: what follows "file://" or "-I" is a path, too. */
static void shorten(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0';) {
        size_t home = *from == '/' ? home_length(from) : 0;
        if (home > 0) {
            *to++ = '~';
            from += home;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

/* Of a text that may be anybody's, a copy. */
static void shorten_text(struct facts *facts, const char **text)
{
    char *copy = (char *)(uintptr_t)pool_copy(facts->pool, *text);
    if (copy != NULL && *copy != '\0')
        shorten(copy);
    *text = copy;
}

static void redact_thread(struct facts *facts, thread_facts *thread)
{
    for (size_t i = 0; i < thread->frame_count; i++) {
        frame_facts *frame = &thread->frames[i];
        variable_facts *variables = (variable_facts *)(uintptr_t)frame->variables;
        call_facts *calls = (call_facts *)(uintptr_t)frame->place->calls;
        for (size_t k = 0; k < frame->variable_count; k++)
            variables[k].value = kTaken;
        /* Frames share places: shortening twice does no harm. */
        for (size_t k = 0; k < frame->place->call_count; k++)
            shorten_text(facts, &calls[k].file);
    }
    shorten_text(facts, &thread->explanation);
}

/* Arguments may be passwords as well; which program it was may stay. */
static void redact_arguments(struct facts *facts)
{
    for (size_t i = 1; i < facts->argument_count; i++)
        facts->arguments[i] = kTaken;
    if (facts->argument_count > 0) {
        shorten_text(facts, &facts->arguments[0]);
        snprintf(facts->team_info.arguments, sizeof(facts->team_info.arguments), "%s", facts->arguments[0]);
    } else { /* all that is known is one text */
        facts->team_info.arguments[strcspn(facts->team_info.arguments, " ")] = '\0';
        shorten(facts->team_info.arguments);
    }
}

static void redact_texts(struct facts *facts)
{
    const char **const texts[] = {
        &facts->program,  &facts->working_directory, &facts->core_problems, &facts->thrown.what,
        &facts->sentence, &facts->explanation,       &facts->source_file,   &facts->core};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        shorten_text(facts, texts[i]);
    for (size_t i = 0; i < facts->file_count; i++)
        shorten_text(facts, &facts->files[i].name);
    shorten(facts->text);
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
        else
            shorten_text(facts, &facts->registers[i].points_at);
    }
    for (size_t i = 0; i < facts->code_count; i++)
        facts->code[i].operands = "";
    for (size_t i = 0; i < facts->thread_count; i++)
        redact_thread(facts, &facts->threads[i]);
    for (size_t i = 0; i < facts->image_count; i++) {
        shorten(facts->images[i].info.path);
        shorten_text(facts, &facts->images[i].debug_info);
    }
    for (size_t i = 0; i < facts->area_count; i++)
        shorten(facts->areas[i].path);
    redact_arguments(facts);
    redact_texts(facts);
}
