/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * -e: which calls and signals are told. trace=open,close; trace=%file; trace=!write; signal=SIGUSR1; all,
 * none.
 */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    uint32_t groups;
} kGroups[] = {
    {"file", HDBG_SYSCALL_FILE},     {"desc", HDBG_SYSCALL_DESCRIPTOR}, {"network", HDBG_SYSCALL_NETWORK},
    {"net", HDBG_SYSCALL_NETWORK},   {"process", HDBG_SYSCALL_PROCESS}, {"memory", HDBG_SYSCALL_MEMORY},
    {"signal", HDBG_SYSCALL_SIGNAL}, {"ipc", HDBG_SYSCALL_IPC},
};

/* Takes the next of a list's words. @return whether there is one. */
static bool next_word(const char **list, char *word, size_t size)
{
    while (**list == ',')
        (*list)++;
    size_t length = strcspn(*list, ",");
    if (length == 0)
        return false;
    snprintf(word, size, "%.*s", (int)length, *list);
    *list += length;
    return true;
}

/* The groups that a word names; 0: none. */
static uint32_t groups_of(const char *word)
{
    const char *name = word[0] == '%' ? word + 1 : word;
    for (size_t i = 0; i < sizeof kGroups / sizeof *kGroups; i++) {
        if (strcmp(kGroups[i].word, name) == 0)
            return kGroups[i].groups;
    }
    return 0;
}

/* Haiku's calls have a prefix that nobody wants to write. */
static bool names_call(const char *word, const char *call)
{
    const char *name = word[0] == '?' ? word + 1 : word;
    return strcmp(name, call) == 0 || (strncmp(call, "_kern_", 6) == 0 && strcmp(name, call + 6) == 0);
}

static bool list_wants(const char *list, const hdbg_syscall *call)
{
    bool inverted = list[0] == '!';
    char word[64];
    list += inverted;
    if (strcmp(list, "all") == 0)
        return !inverted;
    if (strcmp(list, "none") == 0)
        return inverted;
    while (next_word(&list, word, sizeof word)) {
        if ((call->groups & groups_of(word)) != 0 || names_call(word, call->name))
            return !inverted;
    }
    return inverted;
}

bool filter_wants(const struct filter *filter, const hdbg_syscall *call)
{
    return filter->calls == NULL || list_wants(filter->calls, call);
}

bool filter_wants_signal(const struct filter *filter, int32_t signal)
{
    return !filter->signals_chosen ||
           (signal >= 1 && signal <= HDBG_SIGNAL_MAX && (filter->signals & HDBG_SIGNAL_MASK(signal)) != 0);
}

/* ---- what is wrong with it ---- */

struct name_search {
    const char *word;
    bool found;
};

static int is_named(void *context, const hdbg_syscall *call)
{
    struct name_search *search = context;
    search->found = names_call(search->word, call->name);
    return search->found;
}

bool filter_check(const struct filter *filter, hdbg_team *team)
{
    char word[64];
    const char *list = filter->calls != NULL ? filter->calls : "";
    list += list[0] == '!';
    if (strcmp(list, "all") == 0 || strcmp(list, "none") == 0)
        return true;
    while (next_word(&list, word, sizeof word)) {
        struct name_search search = {word, groups_of(word) != 0 || word[0] == '?'};
        if (!search.found)
            hdbg_syscalls_visit(team, is_named, &search);
        if (!search.found) {
            fprintf(stderr, "hdbg-trace: invalid system call '%s'\n", word);
            return false;
        }
    }
    return true;
}

static bool parse_signals(struct filter *filter, const char *list)
{
    bool inverted = list[0] == '!';
    char word[64];
    uint64_t signals = 0;
    list += inverted;
    if (strcmp(list, "all") == 0) {
        signals = UINT64_MAX;
    } else if (strcmp(list, "none") != 0) {
        while (next_word(&list, word, sizeof word)) {
            int32_t signal = hdbg_signal_by_name(word);
            if (signal == 0) {
                fprintf(stderr, "hdbg-trace: invalid signal '%s'\n", word);
                return false;
            }
            signals |= HDBG_SIGNAL_MASK(signal);
        }
    }
    filter->signals_chosen = true;
    filter->signals = inverted ? ~signals : signals;
    return true;
}

bool filter_parse(struct filter *filter, const char *expression)
{
    const char *equals = strchr(expression, '=');
    size_t kind = equals != NULL ? (size_t)(equals - expression) : 0;
    const char *value = equals != NULL ? equals + 1 : expression;
    bool calls = equals == NULL || (kind == 5 && strncmp(expression, "trace", 5) == 0) ||
                 (kind == 1 && expression[0] == 't');
    bool signals = (kind == 6 && strncmp(expression, "signal", 6) == 0) ||
                   (kind == 7 && strncmp(expression, "signals", 7) == 0) ||
                   (kind == 1 && expression[0] == 's');
    if (signals)
        return parse_signals(filter, value);
    if (!calls || value[0] == '\0') {
        fprintf(stderr, "hdbg-trace: invalid expression '%s' after -e\n", expression);
        return false;
    }
    filter->calls = value;
    return true;
}
