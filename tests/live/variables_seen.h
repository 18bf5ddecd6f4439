/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What is seen of a stopped thread's frames: their functions and variables, copied.
 */
#ifndef HDBG_TESTS_LIVE_VARIABLES_SEEN_H
#define HDBG_TESTS_LIVE_VARIABLES_SEEN_H

#include "live/inspected.h"

enum { SEEN_MAX = 100 };

typedef struct seen_variable {
    char name[64], type[256], value[4096];
    int32_t kind, state;
    size_t depth;
    hdbg_address address;
    uint64_t byte_size;
} seen_variable;

typedef struct seen_variables {
    seen_variable all[SEEN_MAX];
    size_t count, limit; /* limit 0: none */
} seen_variables;

static inline int seen_take(void *context, const hdbg_variable *variable)
{
    seen_variables *seen = context;
    seen_variable *one = &seen->all[seen->count++];
    assert_int_equal(variable->size, sizeof *variable);
    snprintf(one->name, sizeof one->name, "%s", variable->name);
    snprintf(one->type, sizeof one->type, "%s", variable->type);
    snprintf(one->value, sizeof one->value, "%s", variable->value);
    one->kind = variable->kind;
    one->state = variable->state;
    one->depth = variable->depth;
    one->address = variable->address;
    one->byte_size = variable->byte_size;
    return seen->count == SEEN_MAX || seen->count == seen->limit;
}

typedef struct seen_search {
    const char *function;
    int found;
} seen_search;

static inline int seen_match(void *context, size_t depth, const hdbg_source_line *line)
{
    seen_search *search = context;
    (void)depth;
    if (line->function != NULL && strcmp(line->function, search->function) == 0)
        search->found = 1;
    return search->found;
}

/* The innermost frame that a function is in, also an inlined one. */
static inline size_t seen_frame(hdbg_team *team, const hdbg_stack *stack, const char *function)
{
    const hdbg_frame *frame;
    for (size_t i = 0; (frame = hdbg_stack_frame(stack, i)) != NULL; i++) {
        seen_search search = {.function = function};
        hdbg_source_at(team, frame->pc - !(frame->flags & HDBG_FRAME_EXACT), seen_match, &search);
        if (search.found)
            return i;
    }
    fail_msg("no frame is of %s", function);
    return 0;
}

/* The variables of the innermost frame of a function. */
static inline void seen_gather(inspected *it, const char *function, const hdbg_variable_options *options,
                               seen_variables *seen)
{
    hdbg_stack *stack = NULL;
    seen->count = 0;
    OK(hdbg_stack_unwind(it->thread, NULL, &stack));
    OK(hdbg_variables_visit(stack, seen_frame(it->team, stack, function), options, seen_take, seen));
    hdbg_stack_free(stack);
}

static inline const seen_variable *seen_find(const seen_variables *seen, const char *name)
{
    for (size_t i = 0; i < seen->count; i++) {
        if (strcmp(seen->all[i].name, name) == 0)
            return &seen->all[i];
    }
    return NULL;
}

/* A text without its addresses: 0x1234 becomes 0x#. */
static inline void seen_without_addresses(const char *text, char *to, size_t size)
{
    size_t n = 0;
    while (*text != '\0' && n + 4 < size) {
        size_t digits = strncmp(text, "0x", 2) == 0 ? strspn(text + 2, "0123456789abcdef") : 0;
        if (digits > 1) {
            memcpy(to + n, "0x#", 3);
            n += 3;
            text += 2 + digits;
        } else {
            to[n++] = *text++;
        }
    }
    to[n] = '\0';
}

/* The program goes on to its next int3. */
static inline void seen_next_stop(inspected *it)
{
    OK(hdbg_thread_resume(it->thread, NULL));
    inspected_run_to(it, HDBG_EVENT_BREAKPOINT_HIT);
}

#endif /* HDBG_TESTS_LIVE_VARIABLES_SEEN_H */
