/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The registers of riscv64: where they are in debug_cpu_state, whose x[] starts with x1, their numbers in
 * DWARF (riscv-elf-psabi) and in GDB's remote protocol (features 64bit-cpu, 64bit-fpu).
 */
#include "arch/arch.h"

#include <string.h>

#define REGISTERS(X)                                                                                         \
    X(zero, ARCH_NO_OFFSET, 8, GENERAL, INTEGER, NONE, 0, 0)                                                 \
    X(ra, 0, 8, GENERAL, CODE, RETURN_ADDRESS, 1, 1)                                                         \
    X(sp, 8, 8, GENERAL, DATA, SP, 2, 2)                                                                     \
    X(gp, 16, 8, GENERAL, DATA, NONE, 3, 3)                                                                  \
    X(tp, 24, 8, GENERAL, DATA, NONE, 4, 4)                                                                  \
    X(t0, 32, 8, GENERAL, INTEGER, NONE, 5, 5)                                                               \
    X(t1, 40, 8, GENERAL, INTEGER, NONE, 6, 6)                                                               \
    X(t2, 48, 8, GENERAL, INTEGER, NONE, 7, 7)                                                               \
    X(fp, 56, 8, GENERAL, DATA, FP, 8, 8)                                                                    \
    X(s1, 64, 8, GENERAL, INTEGER, NONE, 9, 9)                                                               \
    X(a0, 72, 8, GENERAL, INTEGER, NONE, 10, 10)                                                             \
    X(a1, 80, 8, GENERAL, INTEGER, NONE, 11, 11)                                                             \
    X(a2, 88, 8, GENERAL, INTEGER, NONE, 12, 12)                                                             \
    X(a3, 96, 8, GENERAL, INTEGER, NONE, 13, 13)                                                             \
    X(a4, 104, 8, GENERAL, INTEGER, NONE, 14, 14)                                                            \
    X(a5, 112, 8, GENERAL, INTEGER, NONE, 15, 15)                                                            \
    X(a6, 120, 8, GENERAL, INTEGER, NONE, 16, 16)                                                            \
    X(a7, 128, 8, GENERAL, INTEGER, NONE, 17, 17)                                                            \
    X(s2, 136, 8, GENERAL, INTEGER, NONE, 18, 18)                                                            \
    X(s3, 144, 8, GENERAL, INTEGER, NONE, 19, 19)                                                            \
    X(s4, 152, 8, GENERAL, INTEGER, NONE, 20, 20)                                                            \
    X(s5, 160, 8, GENERAL, INTEGER, NONE, 21, 21)                                                            \
    X(s6, 168, 8, GENERAL, INTEGER, NONE, 22, 22)                                                            \
    X(s7, 176, 8, GENERAL, INTEGER, NONE, 23, 23)                                                            \
    X(s8, 184, 8, GENERAL, INTEGER, NONE, 24, 24)                                                            \
    X(s9, 192, 8, GENERAL, INTEGER, NONE, 25, 25)                                                            \
    X(s10, 200, 8, GENERAL, INTEGER, NONE, 26, 26)                                                           \
    X(s11, 208, 8, GENERAL, INTEGER, NONE, 27, 27)                                                           \
    X(t3, 216, 8, GENERAL, INTEGER, NONE, 28, 28)                                                            \
    X(t4, 224, 8, GENERAL, INTEGER, NONE, 29, 29)                                                            \
    X(t5, 232, 8, GENERAL, INTEGER, NONE, 30, 30)                                                            \
    X(t6, 240, 8, GENERAL, INTEGER, NONE, 31, 31)                                                            \
    X(pc, 248, 8, GENERAL, CODE, PC, -1, 32)                                                                 \
    X(ft0, 256, 8, FLOAT, FLOAT, NONE, 32, 33)                                                               \
    X(ft1, 264, 8, FLOAT, FLOAT, NONE, 33, 34)                                                               \
    X(ft2, 272, 8, FLOAT, FLOAT, NONE, 34, 35)                                                               \
    X(ft3, 280, 8, FLOAT, FLOAT, NONE, 35, 36)                                                               \
    X(ft4, 288, 8, FLOAT, FLOAT, NONE, 36, 37)                                                               \
    X(ft5, 296, 8, FLOAT, FLOAT, NONE, 37, 38)                                                               \
    X(ft6, 304, 8, FLOAT, FLOAT, NONE, 38, 39)                                                               \
    X(ft7, 312, 8, FLOAT, FLOAT, NONE, 39, 40)                                                               \
    X(fs0, 320, 8, FLOAT, FLOAT, NONE, 40, 41)                                                               \
    X(fs1, 328, 8, FLOAT, FLOAT, NONE, 41, 42)                                                               \
    X(fa0, 336, 8, FLOAT, FLOAT, NONE, 42, 43)                                                               \
    X(fa1, 344, 8, FLOAT, FLOAT, NONE, 43, 44)                                                               \
    X(fa2, 352, 8, FLOAT, FLOAT, NONE, 44, 45)                                                               \
    X(fa3, 360, 8, FLOAT, FLOAT, NONE, 45, 46)                                                               \
    X(fa4, 368, 8, FLOAT, FLOAT, NONE, 46, 47)                                                               \
    X(fa5, 376, 8, FLOAT, FLOAT, NONE, 47, 48)                                                               \
    X(fa6, 384, 8, FLOAT, FLOAT, NONE, 48, 49)                                                               \
    X(fa7, 392, 8, FLOAT, FLOAT, NONE, 49, 50)                                                               \
    X(fs2, 400, 8, FLOAT, FLOAT, NONE, 50, 51)                                                               \
    X(fs3, 408, 8, FLOAT, FLOAT, NONE, 51, 52)                                                               \
    X(fs4, 416, 8, FLOAT, FLOAT, NONE, 52, 53)                                                               \
    X(fs5, 424, 8, FLOAT, FLOAT, NONE, 53, 54)                                                               \
    X(fs6, 432, 8, FLOAT, FLOAT, NONE, 54, 55)                                                               \
    X(fs7, 440, 8, FLOAT, FLOAT, NONE, 55, 56)                                                               \
    X(fs8, 448, 8, FLOAT, FLOAT, NONE, 56, 57)                                                               \
    X(fs9, 456, 8, FLOAT, FLOAT, NONE, 57, 58)                                                               \
    X(fs10, 464, 8, FLOAT, FLOAT, NONE, 58, 59)                                                              \
    X(fs11, 472, 8, FLOAT, FLOAT, NONE, 59, 60)                                                              \
    X(ft8, 480, 8, FLOAT, FLOAT, NONE, 60, 61)                                                               \
    X(ft9, 488, 8, FLOAT, FLOAT, NONE, 61, 62)                                                               \
    X(ft10, 496, 8, FLOAT, FLOAT, NONE, 62, 63)                                                              \
    X(ft11, 504, 8, FLOAT, FLOAT, NONE, 63, 64)                                                              \
    X(fcsr, 512, 4, FLOAT, FLAGS, NONE, -1, 68)

enum { REGISTERS(ARCH_INDEX) ARCH_COUNT };

static const hdbg_register kRegisters[ARCH_COUNT] = {REGISTERS(ARCH_REGISTER)};

static const arch_alias kAliases[] = {
    {"x0", "zero"},  {"x1", "ra"},   {"x2", "sp"},   {"x3", "gp"},    {"x4", "tp"},    {"x5", "t0"},
    {"x6", "t1"},    {"x7", "t2"},   {"x8", "fp"},   {"x9", "s1"},    {"x10", "a0"},   {"x11", "a1"},
    {"x12", "a2"},   {"x13", "a3"},  {"x14", "a4"},  {"x15", "a5"},   {"x16", "a6"},   {"x17", "a7"},
    {"x18", "s2"},   {"x19", "s3"},  {"x20", "s4"},  {"x21", "s5"},   {"x22", "s6"},   {"x23", "s7"},
    {"x24", "s8"},   {"x25", "s9"},  {"x26", "s10"}, {"x27", "s11"},  {"x28", "t3"},   {"x29", "t4"},
    {"x30", "t5"},   {"x31", "t6"},  {"s0", "fp"},   {"f0", "ft0"},   {"f1", "ft1"},   {"f2", "ft2"},
    {"f3", "ft3"},   {"f4", "ft4"},  {"f5", "ft5"},  {"f6", "ft6"},   {"f7", "ft7"},   {"f8", "fs0"},
    {"f9", "fs1"},   {"f10", "fa0"}, {"f11", "fa1"}, {"f12", "fa2"},  {"f13", "fa3"},  {"f14", "fa4"},
    {"f15", "fa5"},  {"f16", "fa6"}, {"f17", "fa7"}, {"f18", "fs2"},  {"f19", "fs3"},  {"f20", "fs4"},
    {"f21", "fs5"},  {"f22", "fs6"}, {"f23", "fs7"}, {"f24", "fs8"},  {"f25", "fs9"},  {"f26", "fs10"},
    {"f27", "fs11"}, {"f28", "ft8"}, {"f29", "ft9"}, {"f30", "ft10"}, {"f31", "ft11"}, {NULL, NULL}};

/* The register that is always zero is not in the state: it reads as zero, and a write goes nowhere. */
static int get(const hdbg_cpu_state *state, const hdbg_register *reg, void *value)
{
    (void)state;
    if (reg->index != ARCH_INDEX_zero)
        return 0;
    memset(value, 0, reg->size);
    return 1;
}

static int set(hdbg_cpu_state *state, const hdbg_register *reg, const void *value)
{
    (void)state;
    (void)value;
    return reg->index == ARCH_INDEX_zero;
}

const arch_description hdbg_arch_riscv64 = {.name = "riscv64",
                                            .state_size = 520,
                                            .address_size = 8,
                                            .registers = kRegisters,
                                            .count = ARCH_COUNT,
                                            .aliases = kAliases,
                                            .get = get,
                                            .set = set};
