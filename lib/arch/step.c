/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Instructions that single steps have to know, for all processors: from their descriptions.
 */
#include "arch/step.h"

#include <string.h>

static const arch_step_description *find(int32_t arch)
{
    switch (arch) {
    case HDBG_ARCH_X86:
        return &hdbg_step_x86;
    case HDBG_ARCH_X86_64:
        return &hdbg_step_x86_64;
    default:
        return NULL;
    }
}

step_kind arch_step_classify(hdbg_arch arch, const uint8_t *bytes, size_t size, arch_step *step)
{
    const arch_step_description *description = find(arch);
    *step = (arch_step){STEP_NORMAL, 0, 0};
    return description != NULL ? description->classify(bytes, size, step) : STEP_NORMAL;
}

bool arch_step_is_behind_syscall(hdbg_arch arch, const uint8_t *bytes, size_t size)
{
    const arch_step_description *description = find(arch);
    if (description == NULL || size < 2)
        return false;
    const uint8_t *last = bytes + size - 2;
    return memcmp(last, description->syscalls[0], 2) == 0 || memcmp(last, description->syscalls[1], 2) == 0;
}

bool arch_step_trap(hdbg_arch arch, arch_trap *trap)
{
    const arch_step_description *description = find(arch);
    if (description != NULL)
        *trap = description->trap;
    return description != NULL;
}

/* ---- states ---- */

static void set_role(hdbg_cpu_state *state, hdbg_register_role role, uint64_t value)
{
    const hdbg_register *reg = hdbg_arch_register_by_role((hdbg_arch)state->arch, role);
    uint8_t bytes[8];
    memcpy(bytes, &value, sizeof bytes); /* x86 is little-endian, as all processors of the library */
    if (reg != NULL && reg->size <= sizeof bytes)
        hdbg_cpu_state_set(state, reg, bytes, reg->size);
}

static void move(hdbg_cpu_state *state, hdbg_register_role role, int64_t by)
{
    set_role(state, role, hdbg_cpu_state_role(state, role) + (uint64_t)by);
}

void arch_step_advance(hdbg_cpu_state *state, size_t length)
{
    move(state, HDBG_ROLE_PC, (int64_t)length);
}

void arch_step_pushf(hdbg_cpu_state *state, const arch_step *step, hdbg_address *address, uint64_t *word)
{
    const arch_step_description *description = find((int32_t)state->arch);
    *word = hdbg_cpu_state_role(state, HDBG_ROLE_FLAGS) & description->pushed;
    move(state, HDBG_ROLE_SP, -(int64_t)step->operand);
    *address = hdbg_cpu_state_role(state, HDBG_ROLE_SP);
    arch_step_advance(state, step->length);
}

bool arch_step_popf(hdbg_cpu_state *state, const arch_step *step, uint64_t word)
{
    const arch_step_description *description = find((int32_t)state->arch);
    uint64_t flags = hdbg_cpu_state_role(state, HDBG_ROLE_FLAGS);
    uint64_t width = step->operand == 2 ? 0xffff : UINT64_MAX;
    uint64_t changed = (flags ^ word) & description->popped & width;
    if ((changed & ~description->settable & ~description->trap_flag) != 0 ||
        (word & description->trap_flag) != 0)
        return false;

    set_role(state, HDBG_ROLE_FLAGS, (flags ^ changed) & ~description->trap_flag);
    move(state, HDBG_ROLE_SP, step->operand);
    arch_step_advance(state, step->length);
    return true;
}

void arch_step_clear_trap_flag(hdbg_cpu_state *state)
{
    const arch_step_description *description = find((int32_t)state->arch);
    if (description == NULL || description->trap_flag == 0)
        return;
    uint64_t flags = hdbg_cpu_state_role(state, HDBG_ROLE_FLAGS);
    if ((flags & description->trap_flag) != 0)
        set_role(state, HDBG_ROLE_FLAGS, flags & ~description->trap_flag);
}

uint64_t arch_step_without_trap_flag(hdbg_arch arch, uint64_t flags)
{
    const arch_step_description *description = find(arch);
    return description != NULL ? flags & ~description->trap_flag : flags;
}
