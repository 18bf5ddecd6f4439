/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Registers of stopped threads by name: those in debug_cpu_state, and those that only some kernels have.
 */
#include "base/fail.h"
#include "inspect/inspect.h"
#include "session/internal.h"

#include <haikudbg/registers.h>

#include <string.h>

hdbg_status hdbg_thread_cpu_state(hdbg_thread *thread, hdbg_cpu_state *state)
{
    return thread_cpu_state_get(thread, state);
}

hdbg_status hdbg_thread_set_cpu_state(hdbg_thread *thread, const hdbg_cpu_state *state)
{
    return thread_cpu_state_set(thread, state);
}

/* The members of hdbg_extra_registers, in the order of the bits in `valid`. */
static const struct {
    const char *name;
    size_t offset;
} kExtra[] = {
    {"fs_base", offsetof(hdbg_extra_registers, fs_base)},
    {"gs_base", offsetof(hdbg_extra_registers, gs_base)},
    {"orig_rax", offsetof(hdbg_extra_registers, orig_rax)},
};

/* Reads (`set` is 0) or writes one of them. */
static hdbg_status extra_register(hdbg_thread *thread, const hdbg_register *reg, uint64_t *value, int set)
{
    hdbg_team *team = hdbg_thread_team(thread);
    hdbg_extra_registers registers = {.size = sizeof registers};
    hdbg_status status = HDBG_OK;
    size_t i = 0, count = sizeof kExtra / sizeof *kExtra;
    while (i < count && strcmp(kExtra[i].name, reg->name) != 0)
        i++;
    if (i < count && team_nub_acquire(team, &status) == NULL)
        return status;
    if (i == count)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "no kernel tells %s", reg->name);

    uint8_t *member = (uint8_t *)&registers + kExtra[i].offset;
    if (set) {
        registers.valid = 1u << i;
        memcpy(member, value, sizeof *value);
        status = thread_extra_set(thread, &registers);
    } else {
        status = thread_extra_get(thread, &registers);
        memcpy(value, member, sizeof *value);
    }
    if (status == HDBG_NOT_SUPPORTED || (status == HDBG_OK && !(registers.valid & 1u << i)))
        status = hdbg_fail(HDBG_NOT_SUPPORTED, "the kernel does not tell %s of thread %d", reg->name,
                           (int)hdbg_thread_id_of(thread));
    team_nub_release(team);
    return inspect_gone(team, status);
}

/* Haiku's nub sets no segments; a kernel that can is asked for it. */
static hdbg_status set_segments(hdbg_thread *thread, const hdbg_cpu_state *state)
{
    static const char *const kNames[] = {"cs", "ss", "ds", "es", "fs", "gs"};
    hdbg_extra_registers registers = {.size = sizeof registers, .valid = 8};
    if (state->arch != HDBG_ARCH_X86_64)
        return HDBG_NOT_SUPPORTED;
    for (size_t i = 0; i < sizeof kNames / sizeof *kNames; i++) {
        uint32_t value = 0;
        const hdbg_register *reg = hdbg_arch_register_by_name(HDBG_ARCH_X86_64, kNames[i]);
        hdbg_status status = hdbg_cpu_state_get(state, reg, &value, sizeof value);
        if (status != HDBG_OK)
            return status;
        if (value > UINT16_MAX)
            return hdbg_fail(HDBG_BAD_VALUE, "0x%x is no segment", (unsigned)value);
        registers.segments[i] = (uint16_t)value;
    }
    return thread_extra_set(thread, &registers);
}

/* A register by name, of the thread's processor; a thread that is not stopped is told apart from a wrong
 * name. */
static hdbg_status find_register(hdbg_thread *thread, const char *name, hdbg_cpu_state *state,
                                 const hdbg_register **reg)
{
    hdbg_status status = thread_cpu_state_get(thread, state);
    if (status != HDBG_OK)
        return status;
    *reg = hdbg_arch_register_by_name((hdbg_arch)state->arch, name);
    if (*reg == NULL)
        return hdbg_fail(HDBG_NAME_NOT_FOUND, "%s has no register '%s'",
                         hdbg_arch_name((hdbg_arch)state->arch), name != NULL ? name : "");
    return HDBG_OK;
}

hdbg_status hdbg_thread_register(hdbg_thread *thread, const char *name, void *value, size_t size,
                                 size_t *used)
{
    hdbg_cpu_state state;
    const hdbg_register *reg = NULL;
    hdbg_status status = find_register(thread, name, &state, &reg);
    if (status != HDBG_OK)
        return status;
    if (used != NULL)
        *used = reg->size;
    if (reg->set != HDBG_REGISTERS_SYSTEM)
        return hdbg_cpu_state_get(&state, reg, value, size);
    if (size < reg->size)
        return hdbg_fail(HDBG_BAD_VALUE, "%s has %u bytes, there is room for %zu", name, (unsigned)reg->size,
                         size);
    uint64_t extra = 0;
    status = extra_register(thread, reg, &extra, 0);
    if (status == HDBG_OK)
        memcpy(value, &extra, sizeof extra);
    return status;
}

hdbg_status hdbg_thread_set_register(hdbg_thread *thread, const char *name, const void *value, size_t size)
{
    hdbg_cpu_state state;
    const hdbg_register *reg = NULL;
    hdbg_status status = find_register(thread, name, &state, &reg);
    if (status != HDBG_OK)
        return status;
    if (size != reg->size)
        return hdbg_fail(HDBG_BAD_VALUE, "%s has %u bytes, %zu were given", name, (unsigned)reg->size, size);
    if (reg->set == HDBG_REGISTERS_SYSTEM) {
        uint64_t extra;
        memcpy(&extra, value, sizeof extra);
        return extra_register(thread, reg, &extra, 1);
    }
    status = hdbg_cpu_state_set(&state, reg, value, size);
    if (status == HDBG_OK && reg->set == HDBG_REGISTERS_SEGMENT)
        status = set_segments(thread, &state);
    if (status == HDBG_OK || (status == HDBG_NOT_SUPPORTED && reg->set == HDBG_REGISTERS_SEGMENT))
        status = thread_cpu_state_set(thread, &state); /* as far as the nub sets it */
    return status;
}

hdbg_status hdbg_thread_register_u64(hdbg_thread *thread, const char *name, uint64_t *value)
{
    uint8_t bytes[64];
    size_t used = 0;
    hdbg_status status = hdbg_thread_register(thread, name, bytes, sizeof bytes, &used);
    if (status != HDBG_OK)
        return status;
    if (used > sizeof *value)
        return hdbg_fail(HDBG_BAD_VALUE, "%s has %zu bytes, more than an integer", name, used);
    *value = 0;
    memcpy(value, bytes, used);
    return HDBG_OK;
}

hdbg_status hdbg_thread_set_register_u64(hdbg_thread *thread, const char *name, uint64_t value)
{
    hdbg_team *team = hdbg_thread_team(thread);
    const hdbg_register *reg = hdbg_arch_register_by_name((hdbg_arch)hdbg_team_arch(team), name);
    if (reg != NULL && reg->size > sizeof value)
        return hdbg_fail(HDBG_BAD_VALUE, "%s has %u bytes, more than an integer", name, (unsigned)reg->size);
    if (reg != NULL && reg->size < sizeof value && value >> 8 * reg->size != 0)
        return hdbg_fail(HDBG_BAD_VALUE, "0x%llx does not fit into %s, which has %u bytes",
                         (unsigned long long)value, name, (unsigned)reg->size);
    return hdbg_thread_set_register(thread, name, &value, reg != NULL ? reg->size : sizeof value);
}

hdbg_status hdbg_thread_pc(hdbg_thread *thread, hdbg_address *pc)
{
    hdbg_cpu_state state;
    hdbg_status status = thread_cpu_state_get(thread, &state);
    if (status == HDBG_OK)
        *pc = hdbg_cpu_state_role(&state, HDBG_ROLE_PC);
    return status;
}
