/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The registers of 32-bit x86: where they are in debug_cpu_state, their numbers in DWARF (i386 psABI) and in
 * GDB's remote protocol (features 32bit-core, 32bit-sse).
 *
 * The state's `esp` is the kernel's, of its PUSHA; the program's own stack pointer is `user_esp`.
 */
#include "arch/arch.h"

#include <string.h>

enum { MXCSR = 24, STACK = 32, XMM = 160 };

#define ST(X, n)    X(st##n, STACK + 16 * n, 10, FLOAT, X87, NONE, 11 + n, 16 + n)
#define XMMN(X, n)  X(xmm##n, XMM + 16 * n, 16, VECTOR, BYTES, NONE, 21 + n, 32 + n)
#define EIGHT(F, X) F(X, 0) F(X, 1) F(X, 2) F(X, 3) F(X, 4) F(X, 5) F(X, 6) F(X, 7)

#define REGISTERS(X)                                                                                         \
    X(eax, 556, 4, GENERAL, INTEGER, NONE, 0, 0)                                                             \
    X(ecx, 552, 4, GENERAL, INTEGER, NONE, 1, 1)                                                             \
    X(edx, 548, 4, GENERAL, INTEGER, NONE, 2, 2)                                                             \
    X(ebx, 544, 4, GENERAL, INTEGER, NONE, 3, 3)                                                             \
    X(esp, 580, 4, GENERAL, DATA, SP, 4, 4)                                                                  \
    X(ebp, 536, 4, GENERAL, DATA, FP, 5, 5)                                                                  \
    X(esi, 532, 4, GENERAL, INTEGER, NONE, 6, 6)                                                             \
    X(edi, 528, 4, GENERAL, INTEGER, NONE, 7, 7)                                                             \
    X(eip, 568, 4, GENERAL, CODE, PC, 8, 8)                                                                  \
    X(eflags, 576, 4, GENERAL, FLAGS, FLAGS, 9, 9)                                                           \
    X(cs, 572, 4, SEGMENT, INTEGER, NONE, 41, 10)                                                            \
    X(ss, 584, 4, SEGMENT, INTEGER, NONE, 42, 11)                                                            \
    X(ds, 524, 4, SEGMENT, INTEGER, NONE, 43, 12)                                                            \
    X(es, 520, 4, SEGMENT, INTEGER, NONE, 40, 13)                                                            \
    X(fs, 516, 4, SEGMENT, INTEGER, NONE, 44, 14)                                                            \
    X(gs, 512, 4, SEGMENT, INTEGER, NONE, 45, 15)                                                            \
    EIGHT(ST, X)                                                                                             \
    X(fctrl, 0, 2, FLOAT, FLAGS, NONE, 37, 24)                                                               \
    X(fstat, 2, 2, FLOAT, FLAGS, NONE, 38, 25)                                                               \
    X(ftag, 4, 2, FLOAT, FLAGS, NONE, -1, 26)                                                                \
    X(fiseg, 12, 2, FLOAT, INTEGER, NONE, -1, 27)                                                            \
    X(fioff, 8, 4, FLOAT, INTEGER, NONE, -1, 28)                                                             \
    X(foseg, 20, 2, FLOAT, INTEGER, NONE, -1, 29)                                                            \
    X(fooff, 16, 4, FLOAT, INTEGER, NONE, -1, 30)                                                            \
    X(fop, 6, 2, FLOAT, INTEGER, NONE, -1, 31)                                                               \
    EIGHT(XMMN, X)                                                                                           \
    X(mxcsr, MXCSR, 4, VECTOR, FLAGS, NONE, 39, 40)

enum { REGISTERS(ARCH_INDEX) ARCH_COUNT };

static const hdbg_register kRegisters[ARCH_COUNT] = {REGISTERS(ARCH_REGISTER)};

static const arch_alias kAliases[] = {{"pc", "eip"},    {"sp", "esp"},    {"fp", "ebp"}, {"flags", "eflags"},
                                      {"fcw", "fctrl"}, {"fsw", "fstat"}, {NULL, NULL}};

static int get(const hdbg_cpu_state *state, const hdbg_register *reg, void *value)
{
    if (reg->index != ARCH_INDEX_ftag)
        return 0;
    uint16_t tags = arch_x87_tags_get(state->data);
    memcpy(value, &tags, sizeof tags);
    return 1;
}

static int set(hdbg_cpu_state *state, const hdbg_register *reg, const void *value)
{
    if (reg->index != ARCH_INDEX_ftag)
        return 0;
    uint16_t tags;
    memcpy(&tags, value, sizeof tags);
    arch_x87_tags_set(state->data, tags);
    return 1;
}

const arch_description hdbg_arch_x86 = {.name = "x86",
                                        .state_size = 592,
                                        .address_size = 4,
                                        .registers = kRegisters,
                                        .count = ARCH_COUNT,
                                        .aliases = kAliases,
                                        .get = get,
                                        .set = set};
