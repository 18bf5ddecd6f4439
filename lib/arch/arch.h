/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What lib/arch/<isa>/registers.c tells of a processor. Registers are data: a table made from one list.
 */
#ifndef HDBG_ARCH_ARCH_H
#define HDBG_ARCH_ARCH_H

#include <haikudbg/registers.h>

#define ARCH_NO_OFFSET 0xffff

typedef struct arch_alias {
    const char *alias;
    const char *name;
} arch_alias;

typedef struct arch_description {
    const char *name;
    uint16_t state_size; /* of debug_cpu_state */
    uint8_t address_size;
    const hdbg_register *registers;
    size_t count;
    const arch_alias *aliases; /* ends with a NULL alias */
    /* Registers that are not simply bytes at their offset: 1 if it has dealt with `reg`, 0 if it is an
     * ordinary one. NULL if there are none. */
    int (*get)(const hdbg_cpu_state *state, const hdbg_register *reg, void *value);
    int (*set)(hdbg_cpu_state *state, const hdbg_register *reg, const void *value);
} arch_description;

extern const arch_description hdbg_arch_x86_64;
extern const arch_description hdbg_arch_x86;
extern const arch_description hdbg_arch_arm64;
extern const arch_description hdbg_arch_riscv64;

/* The description of a processor, or NULL. */
const arch_description *arch_find(int32_t arch);

/* A table of registers is written as a list LIST(X) of X(name, offset, size, set, kind, role, dwarf, gdb),
 * where set, kind and role are the last words of their enumerators. ARCH_INDEX numbers the list,
 * ARCH_REGISTER makes the entries. */
#define ARCH_INDEX(name, ...) ARCH_INDEX_##name,
#define ARCH_REGISTER(name, offset, size, set, kind, role, dwarf, gdb)                                       \
    {#name,                                                                                                  \
     ARCH_INDEX_##name,                                                                                      \
     offset,                                                                                                 \
     size,                                                                                                   \
     HDBG_REGISTERS_##set,                                                                                   \
     HDBG_REGISTER_##kind,                                                                                   \
     HDBG_ROLE_##role,                                                                                       \
     0,                                                                                                      \
     dwarf,                                                                                                  \
     gdb},

/* The x87 tag word: FXSAVE keeps one bit a register, GDB and FSAVE two. `area` is 512 bytes in FXSAVE's
 * layout. */
uint16_t arch_x87_tags_get(const uint8_t *area);
void arch_x87_tags_set(uint8_t *area, uint16_t tags);

#endif /* HDBG_ARCH_ARCH_H */
