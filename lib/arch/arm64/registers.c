/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The registers of arm64: where they are in debug_cpu_state, their numbers in DWARF (AADWARF64) and in GDB's
 * remote protocol (feature aarch64-core). Haiku's state has no floating point registers there.
 */
#include "arch/arch.h"

#define XN(X, n)   X(x##n, 8 * n, 8, GENERAL, INTEGER, NONE, n, n)
#define TEN(F, X)  F(X, 0) F(X, 1) F(X, 2) F(X, 3) F(X, 4) F(X, 5) F(X, 6) F(X, 7) F(X, 8) F(X, 9)
#define NEXT(F, X) F(X, 10) F(X, 11) F(X, 12) F(X, 13) F(X, 14) F(X, 15) F(X, 16) F(X, 17) F(X, 18) F(X, 19)
#define LAST(F, X) F(X, 20) F(X, 21) F(X, 22) F(X, 23) F(X, 24) F(X, 25) F(X, 26) F(X, 27) F(X, 28)

#define REGISTERS(X)                                                                                         \
    TEN(XN, X)                                                                                               \
    NEXT(XN, X)                                                                                              \
    LAST(XN, X)                                                                                              \
    X(x29, 232, 8, GENERAL, DATA, FP, 29, 29)                                                                \
    X(x30, 240, 8, GENERAL, CODE, RETURN_ADDRESS, 30, 30)                                                    \
    X(sp, 248, 8, GENERAL, DATA, SP, 31, 31)                                                                 \
    X(pc, 256, 8, GENERAL, CODE, PC, 32, 32)                                                                 \
    X(cpsr, 264, 4, GENERAL, FLAGS, FLAGS, -1, 33)

enum { REGISTERS(ARCH_INDEX) ARCH_COUNT };

static const hdbg_register kRegisters[ARCH_COUNT] = {REGISTERS(ARCH_REGISTER)};

static const arch_alias kAliases[] = {{"fp", "x29"},    {"lr", "x30"},     {"elr", "pc"},
                                      {"spsr", "cpsr"}, {"flags", "cpsr"}, {NULL, NULL}};

const arch_description hdbg_arch_arm64 = {.name = "arm64",
                                          .state_size = 272,
                                          .address_size = 8,
                                          .registers = kRegisters,
                                          .count = ARCH_COUNT,
                                          .aliases = kAliases};
