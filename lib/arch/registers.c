/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Registers by name, number and role, for every processor that has a table.
 */
#include "arch/arch.h"
#include "base/fail.h"

#include <string.h>

const arch_description *arch_find(int32_t arch)
{
    switch (arch) {
    case HDBG_ARCH_X86_64:
        return &hdbg_arch_x86_64;
    case HDBG_ARCH_X86:
        return &hdbg_arch_x86;
    case HDBG_ARCH_ARM64:
        return &hdbg_arch_arm64;
    case HDBG_ARCH_RISCV64:
        return &hdbg_arch_riscv64;
    default:
        return NULL;
    }
}

const hdbg_register *hdbg_arch_registers(hdbg_arch arch, size_t *count)
{
    const arch_description *description = arch_find((int32_t)arch);
    if (count != NULL)
        *count = description != NULL ? description->count : 0;
    return description != NULL ? description->registers : NULL;
}

const hdbg_register *hdbg_arch_register_by_name(hdbg_arch arch, const char *name)
{
    const arch_description *description = arch_find((int32_t)arch);
    if (description == NULL || name == NULL)
        return NULL;
    for (const arch_alias *a = description->aliases; a->alias != NULL; a++) {
        if (strcmp(a->alias, name) == 0) {
            name = a->name;
            break;
        }
    }
    for (size_t i = 0; i < description->count; i++) {
        if (strcmp(description->registers[i].name, name) == 0)
            return &description->registers[i];
    }
    return NULL;
}

const hdbg_register *hdbg_arch_register_by_dwarf(hdbg_arch arch, int number)
{
    const arch_description *description = arch_find((int32_t)arch);
    for (size_t i = 0; description != NULL && number >= 0 && i < description->count; i++) {
        if (description->registers[i].dwarf == number)
            return &description->registers[i];
    }
    return NULL;
}

const hdbg_register *hdbg_arch_register_by_role(hdbg_arch arch, hdbg_register_role role)
{
    const arch_description *description = arch_find((int32_t)arch);
    for (size_t i = 0; description != NULL && role != HDBG_ROLE_NONE && i < description->count; i++) {
        if (description->registers[i].role == (uint8_t)role)
            return &description->registers[i];
    }
    return NULL;
}

const char *hdbg_arch_name(hdbg_arch arch)
{
    const arch_description *description = arch_find((int32_t)arch);
    return description != NULL ? description->name : "unknown";
}

size_t hdbg_arch_address_size(hdbg_arch arch)
{
    const arch_description *description = arch_find((int32_t)arch);
    return description != NULL ? description->address_size : 0;
}

/* Whether `reg` is one of the state's processor and the state is whole; its description, or NULL with *status
 * set. */
static const arch_description *check(const hdbg_cpu_state *state, const hdbg_register *reg, size_t size,
                                     hdbg_status *status)
{
    if (state == NULL || reg == NULL || reg->name == NULL) {
        *status = hdbg_fail(HDBG_BAD_VALUE, "no state or no register was given");
        return NULL;
    }
    const arch_description *description = arch_find((int32_t)state->arch);
    if (description == NULL || reg->index >= description->count ||
        strcmp(description->registers[reg->index].name, reg->name) != 0) {
        *status = hdbg_fail(HDBG_BAD_VALUE, "%s is no register of the state's processor, %s", reg->name,
                            description != NULL ? description->name : "an unknown one");
        return NULL;
    }
    if (state->size < description->state_size || state->size > sizeof state->data) {
        *status = hdbg_fail(HDBG_BAD_VALUE, "a state of %s has %u bytes, not %u", description->name,
                            (unsigned)description->state_size, (unsigned)state->size);
        return NULL;
    }
    if (size < reg->size) {
        *status = hdbg_fail(HDBG_BAD_VALUE, "%s has %u bytes, there is room for %zu", reg->name,
                            (unsigned)reg->size, size);
        return NULL;
    }
    return description;
}

hdbg_status hdbg_cpu_state_get(const hdbg_cpu_state *state, const hdbg_register *reg, void *value,
                               size_t size)
{
    hdbg_status status = HDBG_OK;
    const arch_description *description = check(state, reg, size, &status);
    if (description == NULL)
        return status;
    if (description->get != NULL && description->get(state, reg, value))
        return HDBG_OK;
    if (reg->offset == ARCH_NO_OFFSET)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "%s is not in Haiku's debug_cpu_state", reg->name);
    memcpy(value, state->data + reg->offset, reg->size);
    return HDBG_OK;
}

hdbg_status hdbg_cpu_state_set(hdbg_cpu_state *state, const hdbg_register *reg, const void *value,
                               size_t size)
{
    hdbg_status status = HDBG_OK;
    const arch_description *description = check(state, reg, size, &status);
    if (description == NULL)
        return status;
    if (description->set != NULL && description->set(state, reg, value))
        return HDBG_OK;
    if (reg->offset == ARCH_NO_OFFSET)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "%s is not in Haiku's debug_cpu_state", reg->name);
    memcpy(state->data + reg->offset, value, reg->size);
    return HDBG_OK;
}

uint64_t hdbg_cpu_state_role(const hdbg_cpu_state *state, hdbg_register_role role)
{
    const arch_description *description = state != NULL ? arch_find((int32_t)state->arch) : NULL;
    const hdbg_register *reg =
        description != NULL ? hdbg_arch_register_by_role((hdbg_arch)state->arch, role) : NULL;
    uint64_t value = 0; /* all processors here are little-endian */
    if (reg != NULL && reg->size <= sizeof value && reg->offset != ARCH_NO_OFFSET &&
        state->size >= description->state_size)
        memcpy(&value, state->data + reg->offset, reg->size);
    return value;
}

enum {
    FXSAVE_STATUS = 2,
    FXSAVE_TAGS = 4,
    FXSAVE_STACK = 32,
    X87_VALID = 0,
    X87_ZERO,
    X87_SPECIAL,
    X87_EMPTY
};

/* What FSAVE would say of an 80-bit float. */
static unsigned x87_class(const uint8_t *value)
{
    uint64_t mantissa;
    uint16_t exponent;
    memcpy(&mantissa, value, sizeof mantissa);
    memcpy(&exponent, value + 8, sizeof exponent);
    exponent &= 0x7fff;
    if (exponent == 0 && mantissa == 0)
        return X87_ZERO;
    if (exponent == 0 || exponent == 0x7fff || mantissa >> 63 == 0)
        return X87_SPECIAL;
    return X87_VALID;
}

uint16_t arch_x87_tags_get(const uint8_t *area)
{
    uint16_t status, tags = 0;
    memcpy(&status, area + FXSAVE_STATUS, sizeof status);
    unsigned top = status >> 11 & 7;
    /* Tags go by the physical register, values are stored from the stack's top. */
    for (unsigned i = 0; i < 8; i++) {
        unsigned tag = X87_EMPTY;
        if (area[FXSAVE_TAGS] & 1u << i)
            tag = x87_class(area + FXSAVE_STACK + 16 * ((i - top) & 7));
        tags |= (uint16_t)(tag << 2 * i);
    }
    return tags;
}

void arch_x87_tags_set(uint8_t *area, uint16_t tags)
{
    uint8_t kept = 0;
    for (unsigned i = 0; i < 8; i++) {
        if ((tags >> 2 * i & 3) != X87_EMPTY)
            kept |= (uint8_t)(1u << i);
    }
    area[FXSAVE_TAGS] = kept;
}
