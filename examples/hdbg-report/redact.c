/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Takes out of the facts what may be private: the environment, the program's arguments, what was in memory,
 * whose home folder a path lies in, and users' names. What is left can be shown to strangers: addresses,
 * registers, names of functions and files, the verdict, and what the program itself said when it gave up.
 */
#include "facts.h"

#include <ctype.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KNOWN_MAX = 8, NAME_MIN = 2 };

static const char kTaken[] = "<redacted>";
static const char kUser[] = "<user>";

/* Whose the team is, and who looks at it. */
typedef struct people {
    struct facts *facts;
    const char *homes[KNOWN_MAX], *names[KNOWN_MAX];
    size_t home_count, name_count;
} people;

/* ---- who they are ---- */

static void add(const char **list, size_t *count, const char *text)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(list[i], text) == 0)
            return;
    }
    if (*count < KNOWN_MAX)
        list[(*count)++] = text;
}

/* That root is root says nothing of anybody. */
static void add_name(people *of, const char *name)
{
    if (name != NULL && strlen(name) >= NAME_MIN && strcmp(name, "root") != 0)
        add(of->names, &of->name_count, name);
}

static void add_home(people *of, const char *home)
{
    if (home == NULL || home[0] != '/' || home[1] == '\0')
        return;
    add(of->homes, &of->home_count, home);
    add_name(of, strrchr(home, '/') + 1);
}

static void find_people(people *of)
{
    struct facts *facts = of->facts;
    static const char *const kNames[] = {"USER=", "LOGNAME=", "SUDO_USER="};
    add_home(of, getenv("HOME"));
    add_name(of, getenv("USER"));
    add_name(of, getenv("LOGNAME"));
    for (size_t i = 0; i < facts->environment_count; i++) {
        const char *text = facts->environment[i];
        if (strncmp(text, "HOME=", strlen("HOME=")) == 0)
            add_home(of, text + strlen("HOME="));
        for (size_t k = 0; k < sizeof(kNames) / sizeof(*kNames); k++) {
            if (strncmp(text, kNames[k], strlen(kNames[k])) == 0)
                add_name(of, text + strlen(kNames[k]));
        }
    }
    /* A core file may be another machine's, where the same number is somebody else. */
    const struct passwd *user = facts->core == NULL ? getpwuid(facts->team_info.user) : NULL;
    if (user != NULL) {
        add_home(of, pool_copy(facts->pool, user->pw_dir));
        add_name(of, pool_copy(facts->pool, user->pw_name));
    }
}

/* ---- in a text ---- */

/* Whether what follows a home's path still belongs to the name of its last folder. */
static bool goes_on(const char *rest)
{
    return isalnum((unsigned char)*rest) || (*rest != '\0' && strchr("._-", *rest) != NULL);
}

/* Bytes of a home folder's path that `text` begins with, 0: it is none. */
static size_t home_length(const people *of, const char *text)
{
    static const char *const kParents[] = {"/home/", "/Users/", "/var/home/"};
    static const char *const kHomes[] = {"/root", "/boot/home"};

    for (size_t i = 0; i < of->home_count; i++) {
        size_t length = strlen(of->homes[i]);
        if (strncmp(text, of->homes[i], length) == 0 && !goes_on(text + length))
            return length;
    }
    for (size_t i = 0; i < sizeof(kParents) / sizeof(*kParents); i++) {
        size_t length = strlen(kParents[i]);
        if (strncmp(text, kParents[i], length) == 0 && strcspn(text + length, "/") > 0)
            return length + strcspn(text + length, "/ :\"'");
    }
    for (size_t i = 0; i < sizeof(kHomes) / sizeof(*kHomes); i++) {
        size_t length = strlen(kHomes[i]);
        if (strncmp(text, kHomes[i], length) == 0 && !goes_on(text + length))
            return length;
    }
    return 0;
}

/* Bytes of a user's name that is a word at `at`, 0: there is none. */
static size_t name_length(const people *of, const char *text, const char *at)
{
    if (at > text && isalnum((unsigned char)at[-1]))
        return 0;
    for (size_t i = 0; i < of->name_count; i++) {
        size_t length = strlen(of->names[i]);
        if (strncmp(at, of->names[i], length) == 0 && !isalnum((unsigned char)at[length]))
            return length;
    }
    return 0;
}

/* The text without homes and names. Anywhere in it: what follows "file://" or "-I" is a path, too. */
static const char *clean(const people *of, const char *text)
{
    size_t room = 0, used = 0;
    if (text == NULL || *text == '\0')
        return text;
    for (const char *at = text; *at != '\0'; at++)
        room += sizeof(kUser);
    char *made = pool_get(of->facts->pool, room + 1);
    if (made == NULL)
        return kTaken;
    for (const char *at = text; *at != '\0';) {
        size_t home = *at == '/' ? home_length(of, at) : 0, name = home == 0 ? name_length(of, text, at) : 0;
        if (home > 0) {
            made[used++] = '~';
        } else if (name > 0) {
            memcpy(made + used, kUser, sizeof(kUser) - 1);
            used += sizeof(kUser) - 1;
        } else {
            made[used++] = *at;
        }
        at += home + name > 0 ? home + name : 1;
    }
    made[used] = '\0';
    return made;
}

static void clean_array(const people *of, char *text, size_t size)
{
    const char *cleaned = clean(of, text);
    if (cleaned != text)
        snprintf(text, size, "%s", cleaned);
}

/* ---- in the facts ---- */

static void redact_thread(const people *of, thread_facts *thread)
{
    for (size_t i = 0; i < thread->frame_count; i++) {
        frame_facts *frame = &thread->frames[i];
        variable_facts *variables = (variable_facts *)(uintptr_t)frame->variables;
        call_facts *calls = (call_facts *)(uintptr_t)frame->place->calls;
        for (size_t k = 0; k < frame->variable_count; k++)
            variables[k].value = kTaken;
        /* Frames share places: a second time does no harm. */
        for (size_t k = 0; k < frame->place->call_count; k++)
            calls[k].file = clean(of, calls[k].file);
    }
    thread->explanation = clean(of, thread->explanation);
}

/* Arguments may be passwords as well; which program it was may stay. */
static void redact_arguments(const people *of)
{
    struct facts *facts = of->facts;
    hdbg_team_info *team = &facts->team_info;
    for (size_t i = 1; i < facts->argument_count; i++)
        facts->arguments[i] = kTaken;
    if (facts->argument_count > 0) {
        facts->arguments[0] = clean(of, facts->arguments[0]);
        snprintf(team->arguments, sizeof(team->arguments), "%s", facts->arguments[0]);
    } else { /* all that is known is one text */
        team->arguments[strcspn(team->arguments, " ")] = '\0';
        clean_array(of, team->arguments, sizeof(team->arguments));
    }
}

static void redact_memory(const people *of)
{
    struct facts *facts = of->facts;
    facts->word_count = 0;
    for (size_t i = 0; i < facts->register_count; i++) {
        /* Symbols may stay, but texts were read from memory, and both may be in one line. */
        bool has_text = strchr(facts->registers[i].points_at, '"') != NULL;
        facts->registers[i].points_at = has_text ? kTaken : clean(of, facts->registers[i].points_at);
    }
    for (size_t i = 0; i < facts->code_count; i++)
        facts->code[i].operands = "";
}

static void redact_paths(const people *of)
{
    struct facts *facts = of->facts;
    for (size_t i = 0; i < facts->image_count; i++) {
        image_facts *image = &facts->images[i];
        clean_array(of, image->info.path, sizeof(image->info.path));
        image->debug_info = clean(of, image->debug_info);
    }
    for (size_t i = 0; i < facts->area_count; i++) {
        clean_array(of, facts->areas[i].path, sizeof(facts->areas[i].path));
        clean_array(of, facts->areas[i].name, sizeof(facts->areas[i].name));
    }
    for (size_t i = 0; i < facts->file_count; i++)
        facts->files[i].name = clean(of, facts->files[i].name);
}

static void redact_texts(const people *of)
{
    struct facts *facts = of->facts;
    const char **const texts[] = {
        &facts->program,  &facts->working_directory, &facts->core_problems, &facts->thrown.what,
        &facts->sentence, &facts->explanation,       &facts->source_file,   &facts->core};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        *texts[i] = clean(of, *texts[i]);
    for (size_t i = 0; i < facts->source_count; i++)
        facts->source[i].text = clean(of, facts->source[i].text);
    for (size_t i = 0; i < facts->unknown_count; i++)
        facts->unknown[i].why = clean(of, facts->unknown[i].why);
    clean_array(of, facts->text, sizeof(facts->text));
    clean_array(of, facts->area.path, sizeof(facts->area.path));
}

void facts_redact(struct facts *facts)
{
    people of = {.facts = facts};
    find_people(&of);
    facts->redacted = true;
    facts->environment_count = 0;
    redact_memory(&of);
    for (size_t i = 0; i < facts->thread_count; i++)
        redact_thread(&of, &facts->threads[i]);
    redact_arguments(&of);
    redact_paths(&of);
    redact_texts(&of);
}
