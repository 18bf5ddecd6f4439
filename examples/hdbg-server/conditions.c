/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Conditions of breakpoints: a thread for which none of a breakpoint's conditions holds goes on, and the
 * client does not hear of it.
 */
#include "agent.h"
#include "server.h"

#include <stdlib.h>
#include <string.h>

enum { CONDITIONS_MAX = 1000 };

struct condition {
    struct condition *next;
    size_t size;
    uint8_t code[];
};

struct conditions {
    int references;
    struct condition *first;
};

struct conditions *conditions_share(struct conditions *conditions)
{
    if (conditions != NULL)
        conditions->references++;
    return conditions;
}

void conditions_release(struct conditions *conditions)
{
    if (conditions == NULL || --conditions->references != 0)
        return;
    for (struct condition *next, *one = conditions->first; one != NULL; one = next) {
        next = one->next;
        free(one);
    }
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

bool conditions_take(struct cursor *packet, struct conditions **conditions)
{
    *conditions = NULL;
    if (packet->at == packet->end)
        return true;
    struct conditions *made = take_char(packet, ';') ? calloc(1, sizeof *made) : NULL;
    if (made == NULL)
        return false;
    struct condition **last = &made->first;
    made->references = 1;
    for (int i = 0; i < CONDITIONS_MAX && packet->at != packet->end; i++) {
        *last = take_one(packet);
        if (*last == NULL)
            break;
        last = &(*last)->next;
    }
    if (packet->at == packet->end && made->first != NULL) {
        *conditions = made;
        return true;
    }
    conditions_release(made);
    return false;
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

bool conditions_hold(const struct task *task, const struct conditions *conditions)
{
    struct place place = {.task = task};
    const struct agent_machine machine = {&place, read_register, read_memory};
    bool holds = hdbg_thread_cpu_state(task->thread, &place.state) != HDBG_OK;
    for (const struct condition *one = conditions->first; one != NULL && !holds; one = one->next) {
        uint64_t value;
        /* What cannot be evaluated here is the client's to judge. */
        holds = !agent_evaluate(one->code, one->size, &machine, &value) || value != 0;
    }
    return holds;
}
