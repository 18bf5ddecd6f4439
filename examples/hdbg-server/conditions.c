/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Conditions and commands of breakpoints: a thread for which none of a breakpoint's conditions holds goes on,
 * and the client does not hear of it; nor where commands do instead what the client wants to be done.
 */
#include "agent.h"
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONDITIONS_MAX = 1000 };

struct condition {
    struct condition *next;
    size_t size;
    uint8_t code[];
};

struct conditions {
    int references;
    struct condition *first; /* NULL: it is always hit */
    struct condition *commands;
};

struct conditions *conditions_share(struct conditions *conditions)
{
    if (conditions != NULL)
        conditions->references++;
    return conditions;
}

static void free_list(struct condition *one)
{
    for (struct condition *next; one != NULL; one = next) {
        next = one->next;
        free(one);
    }
}

void conditions_release(struct conditions *conditions)
{
    if (conditions == NULL || --conditions->references != 0)
        return;
    free_list(conditions->first);
    free_list(conditions->commands);
    free(conditions);
}

/* "XSIZE,CODE" */
static struct condition *take_one(struct cursor *packet)
{
    struct cursor rest = *packet;
    uint64_t size;
    size_t got;
    if (!take_char(&rest, 'X') || !take_hex(&rest, &size) || !take_char(&rest, ',') ||
        size > cursor_left(&rest) / 2)
        return NULL;
    struct condition *one = malloc(sizeof *one + (size_t)size + 1);
    if (one == NULL)
        return NULL;
    struct cursor code = {rest.at, rest.at + 2 * size};
    if (!take_hex_bytes(&code, one->code, (size_t)size + 1, &got) || got != size) {
        free(one);
        return NULL;
    }
    one->next = NULL;
    one->size = (size_t)size;
    packet->at = rest.at + 2 * size;
    return one;
}

/* One or more, up to the end or to a semicolon. False: there is none, or something else. */
static bool take_list(struct cursor *packet, struct condition **last)
{
    bool good = *last == NULL;
    for (int i = 0; good && (i == 0 || (packet->at != packet->end && *packet->at != ';')); i++) {
        *last = take_one(packet);
        good = *last != NULL && i < CONDITIONS_MAX;
        last = good ? &(*last)->next : last;
    }
    return good;
}

/* "0," or "1,": whether they stay when the client goes. Here none does. */
static bool take_persistence(struct cursor *packet)
{
    uint64_t persists;
    return take_hex(packet, &persists) && take_char(packet, ',');
}

bool conditions_take(struct cursor *packet, struct conditions **conditions)
{
    *conditions = NULL;
    if (packet->at == packet->end)
        return true;
    struct conditions *made = calloc(1, sizeof *made);
    bool good = made != NULL;
    if (good)
        made->references = 1;
    while (good && packet->at != packet->end) {
        if (take_text(packet, ";cmds:"))
            good = take_persistence(packet) && take_list(packet, &made->commands);
        else
            good = take_char(packet, ';') && take_list(packet, &made->first);
    }
    if (good)
        *conditions = made;
    else
        conditions_release(made);
    return good;
}

/* ---- what they read ---- */

/* A thread that stands at a breakpoint. */
struct place {
    const struct task *task;
    hdbg_cpu_state state;
};

static bool read_register(void *context, unsigned number, uint64_t *value)
{
    const struct place *place = context;
    const struct inferior *inferior = place->task->inferior;
    const hdbg_register *reg = number < inferior->register_count ? inferior->registers[number] : NULL;
    *value = 0;
    if (reg == NULL || reg->size > sizeof *value)
        return false;
    if (reg->set == HDBG_REGISTERS_SYSTEM)
        return hdbg_thread_register_u64(place->task->thread, reg->name, value) == HDBG_OK;
    return hdbg_cpu_state_get(&place->state, reg, value, sizeof *value) == HDBG_OK;
}

static bool read_memory(void *context, uint64_t address, void *bytes, size_t size)
{
    const struct place *place = context;
    return hdbg_memory_read(place->task->inferior->team, address, bytes, size, NULL) == HDBG_OK;
}

/* Where the server's own messages go, if the client talks on the standard output. */
static bool print_there(void *context, const char *format, const uint64_t *arguments, size_t count)
{
    struct place *place = context;
    const struct agent_machine machine = {place, read_register, read_memory, print_there};
    FILE *out = place->task->inferior->server->out != STDOUT_FILENO ? stdout : stderr;
    struct reply text = {0};
    bool good = agent_print(&text, format, arguments, count, &machine);
    if (good && text.size != 0) {
        fwrite(text.data, 1, text.size, out);
        fflush(out);
    }
    reply_free(&text);
    return good;
}

bool conditions_hold(const struct task *task, const struct conditions *conditions)
{
    struct place place = {.task = task};
    const struct agent_machine machine = {&place, read_register, read_memory, NULL};
    bool holds = conditions->first == NULL || hdbg_thread_cpu_state(task->thread, &place.state) != HDBG_OK;
    for (const struct condition *one = conditions->first; one != NULL && !holds; one = one->next) {
        uint64_t value;
        /* What cannot be evaluated here is the client's to judge. */
        holds = !agent_evaluate(one->code, one->size, &machine, &value) || value != 0;
    }
    return holds;
}

bool conditions_act(const struct task *task, const struct conditions *conditions)
{
    struct place place = {.task = task};
    const struct agent_machine machine = {&place, read_register, read_memory, print_there};
    if (conditions->commands == NULL || hdbg_thread_cpu_state(task->thread, &place.state) != HDBG_OK)
        return false;
    bool good = true;
    for (const struct condition *one = conditions->commands; one != NULL && good; one = one->next)
        good = agent_run(one->code, one->size, &machine);
    return good;
}
