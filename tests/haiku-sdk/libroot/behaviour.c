/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * How this Haiku behaves: $HAIKU_SDK, read when it is first asked for, and the calls of control.h.
 */
#include "../control.h"
#include "libroot.h"

#include <haikudbg/hosted.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BETA4 = 4, BETA5 = 5, MASTER = 6 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static behaviour now;

static const struct {
    const char *word;
    size_t offset;
    int value;
} words[] = {
    {"beta4", offsetof(behaviour, release), BETA4},
    {"beta5", offsetof(behaviour, release), BETA5},
    {"master", offsetof(behaviour, release), MASTER},
    {"lose-continue", offsetof(behaviour, lose_continue), 1},
    {"drop-team-deleted", offsetof(behaviour, drop_team_deleted), 1},
    {"answer-debug-thread", offsetof(behaviour, answer_debug_thread), 1},
    {"no-default-debugger", offsetof(behaviour, no_default_debugger), 1},
};

static int set(const char *text)
{
    behaviour wanted = {.release = MASTER};
    int known = 1;
    while (text != NULL && *text != '\0') {
        size_t length = strcspn(text, ","), i = 0;
        while (i < sizeof words / sizeof *words &&
               (strlen(words[i].word) != length || strncmp(words[i].word, text, length) != 0))
            i++;
        if (i < sizeof words / sizeof *words)
            *(int *)((char *)&wanted + words[i].offset) = words[i].value;
        else
            known = 0;
        text += length + (text[length] == ',');
    }
    if (known)
        now = wanted;
    return known;
}

static void read_environment(void)
{
    if (!set(getenv("HAIKU_SDK")))
        abort(); /* a test that asks for what there is not would pass for nothing */
}

const behaviour *libroot_behaviour(void)
{
    pthread_once(&once, read_environment);
    return &now;
}

int libroot_changes_messages(void)
{
    const behaviour *b = libroot_behaviour();
    return b->release != MASTER || b->drop_team_deleted || b->answer_debug_thread;
}

int32_t haiku_sdk_lose_continue(int on)
{
    libroot_behaviour();
    now.lose_continue = on;
    return libroot_kernel() != NULL ? hdbg_hosted_test_lose_continue(libroot_kernel(), on) : B_OK;
}

int32_t haiku_sdk_behave(const char *text)
{
    libroot_behaviour();
    return set(text) ? haiku_sdk_lose_continue(now.lose_continue) : B_BAD_VALUE;
}

int32_t haiku_sdk_nub(void)
{
    hdbg_kernel *kernel = libroot_kernel();
    return kernel != NULL ? hdbg_hosted_test_nub(kernel) : B_NOT_SUPPORTED;
}
