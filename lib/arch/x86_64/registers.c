/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The registers of x86_64: where they are in debug_cpu_state, their numbers in DWARF (psABI, figure 3.36) and
 * in GDB's remote protocol (features 64bit-core, 64bit-sse, 64bit-linux, 64bit-segments, 64bit-avx, in that
 * order).
 *
 * extended_registers is an XSAVE area: 512 bytes as FXSAVE lays them out, 64 bytes of header, the upper
 * halves of the ymm registers. Segments and flags are 4 bytes, as GDB has them; the state's upper 4 are
 * always zero.
 */
#include "arch/arch.h"

#include <string.h>

enum {
    MXCSR = 24,
    STACK = 32,
    XMM = 160,
    XSTATE_BV = 512,
    YMM_UPPER = 576,
    XSTATE_X87 = 1,
    XSTATE_SSE = 2,
    XSTATE_AVX = 4
};

#define ST(X, n)      X(st##n, STACK + 16 * n, 10, FLOAT, X87, NONE, 33 + n, 24 + n)
#define XMMN(X, n)    X(xmm##n, XMM + 16 * n, 16, VECTOR, BYTES, NONE, 17 + n, 40 + n)
#define YMMN(X, n)    X(ymm##n, ARCH_NO_OFFSET, 32, AVX, BYTES, NONE, -1, -1)
#define YMMH(X, n)    X(ymm##n##h, YMM_UPPER + 16 * n, 16, AVX, BYTES, NONE, -1, 60 + n)
#define EIGHT(F, X)   F(X, 0) F(X, 1) F(X, 2) F(X, 3) F(X, 4) F(X, 5) F(X, 6) F(X, 7)
#define SIXTEEN(F, X) EIGHT(F, X) F(X, 8) F(X, 9) F(X, 10) F(X, 11) F(X, 12) F(X, 13) F(X, 14) F(X, 15)

#define REGISTERS(X)                                                                                         \
    X(rax, 976, 8, GENERAL, INTEGER, NONE, 0, 0)                                                             \
    X(rbx, 968, 8, GENERAL, INTEGER, NONE, 3, 1)                                                             \
    X(rcx, 960, 8, GENERAL, INTEGER, NONE, 2, 2)                                                             \
    X(rdx, 952, 8, GENERAL, INTEGER, NONE, 1, 3)                                                             \
    X(rsi, 936, 8, GENERAL, INTEGER, NONE, 4, 4)                                                             \
    X(rdi, 944, 8, GENERAL, INTEGER, NONE, 5, 5)                                                             \
    X(rbp, 928, 8, GENERAL, DATA, FP, 6, 6)                                                                  \
    X(rsp, 1024, 8, GENERAL, DATA, SP, 7, 7)                                                                 \
    X(r8, 920, 8, GENERAL, INTEGER, NONE, 8, 8)                                                              \
    X(r9, 912, 8, GENERAL, INTEGER, NONE, 9, 9)                                                              \
    X(r10, 904, 8, GENERAL, INTEGER, NONE, 10, 10)                                                           \
    X(r11, 896, 8, GENERAL, INTEGER, NONE, 11, 11)                                                           \
    X(r12, 888, 8, GENERAL, INTEGER, NONE, 12, 12)                                                           \
    X(r13, 880, 8, GENERAL, INTEGER, NONE, 13, 13)                                                           \
    X(r14, 872, 8, GENERAL, INTEGER, NONE, 14, 14)                                                           \
    X(r15, 864, 8, GENERAL, INTEGER, NONE, 15, 15)                                                           \
    X(rip, 1000, 8, GENERAL, CODE, PC, 16, 16)                                                               \
    X(eflags, 1016, 4, GENERAL, FLAGS, FLAGS, 49, 17)                                                        \
    X(cs, 1008, 4, SEGMENT, INTEGER, NONE, 51, 18)                                                           \
    X(ss, 1032, 4, SEGMENT, INTEGER, NONE, 52, 19)                                                           \
    X(ds, 856, 4, SEGMENT, INTEGER, NONE, 53, 20)                                                            \
    X(es, 848, 4, SEGMENT, INTEGER, NONE, 50, 21)                                                            \
    X(fs, 840, 4, SEGMENT, INTEGER, NONE, 54, 22)                                                            \
    X(gs, 832, 4, SEGMENT, INTEGER, NONE, 55, 23)                                                            \
    EIGHT(ST, X)                                                                                             \
    X(fctrl, 0, 2, FLOAT, FLAGS, NONE, 65, 32)                                                               \
    X(fstat, 2, 2, FLOAT, FLAGS, NONE, 66, 33)                                                               \
    X(ftag, 4, 2, FLOAT, FLAGS, NONE, -1, 34)                                                                \
    X(fiseg, 12, 2, FLOAT, INTEGER, NONE, -1, 35)                                                            \
    X(fioff, 8, 4, FLOAT, INTEGER, NONE, -1, 36)                                                             \
    X(foseg, 20, 2, FLOAT, INTEGER, NONE, -1, 37)                                                            \
    X(fooff, 16, 4, FLOAT, INTEGER, NONE, -1, 38)                                                            \
    X(fop, 6, 2, FLOAT, INTEGER, NONE, -1, 39)                                                               \
    SIXTEEN(XMMN, X)                                                                                         \
    X(mxcsr, MXCSR, 4, VECTOR, FLAGS, NONE, 64, 56)                                                          \
    X(orig_rax, ARCH_NO_OFFSET, 8, SYSTEM, INTEGER, NONE, -1, 57)                                            \
    X(fs_base, ARCH_NO_OFFSET, 8, SYSTEM, DATA, NONE, 58, 58)                                                \
    X(gs_base, ARCH_NO_OFFSET, 8, SYSTEM, DATA, NONE, 59, 59)                                                \
    SIXTEEN(YMMN, X)                                                                                         \
    SIXTEEN(YMMH, X)

enum { REGISTERS(ARCH_INDEX) ARCH_COUNT };

static const hdbg_register kRegisters[ARCH_COUNT] = {REGISTERS(ARCH_REGISTER)};

static const arch_alias kAliases[] = {{"pc", "rip"},        {"sp", "rsp"},       {"fp", "rbp"},
                                      {"rflags", "eflags"}, {"flags", "eflags"}, {"fcw", "fctrl"},
                                      {"fsw", "fstat"},     {NULL, NULL}};

static uint64_t valid_parts(const hdbg_cpu_state *state)
{
    uint64_t parts;
    memcpy(&parts, state->data + XSTATE_BV, sizeof parts);
    return parts;
}

/* What is written counts only if its part is marked as valid. A part that was not has its initial values:
 * zeros. */
static void mark_valid(hdbg_cpu_state *state, uint64_t parts)
{
    uint64_t valid = valid_parts(state);
    if (parts & ~valid & XSTATE_AVX)
        memset(state->data + YMM_UPPER, 0, 16 * 16);
    valid |= parts;
    memcpy(state->data + XSTATE_BV, &valid, sizeof valid);
}

static void get_upper(const hdbg_cpu_state *state, uint32_t n, void *value)
{
    if (valid_parts(state) & XSTATE_AVX)
        memcpy(value, state->data + YMM_UPPER + 16 * n, 16);
    else
        memset(value, 0, 16);
}

static int get(const hdbg_cpu_state *state, const hdbg_register *reg, void *value)
{
    if (reg->index >= ARCH_INDEX_ymm0h && reg->index <= ARCH_INDEX_ymm15h) {
        get_upper(state, reg->index - ARCH_INDEX_ymm0h, value);
    } else if (reg->index >= ARCH_INDEX_ymm0 && reg->index <= ARCH_INDEX_ymm15) {
        uint32_t n = reg->index - ARCH_INDEX_ymm0;
        memcpy(value, state->data + XMM + 16 * n, 16);
        get_upper(state, n, (uint8_t *)value + 16);
    } else if (reg->index == ARCH_INDEX_ftag) {
        uint16_t tags = arch_x87_tags_get(state->data);
        memcpy(value, &tags, sizeof tags);
    } else {
        return 0;
    }
    return 1;
}

static int set(hdbg_cpu_state *state, const hdbg_register *reg, const void *value)
{
    if (reg->set == HDBG_REGISTERS_FLOAT)
        mark_valid(state, XSTATE_X87);
    else if (reg->set == HDBG_REGISTERS_VECTOR)
        mark_valid(state, XSTATE_SSE);
    else if (reg->set == HDBG_REGISTERS_AVX)
        mark_valid(state, XSTATE_SSE | XSTATE_AVX);

    if (reg->index >= ARCH_INDEX_ymm0 && reg->index <= ARCH_INDEX_ymm15) {
        uint32_t n = reg->index - ARCH_INDEX_ymm0;
        memcpy(state->data + XMM + 16 * n, value, 16);
        memcpy(state->data + YMM_UPPER + 16 * n, (const uint8_t *)value + 16, 16);
        return 1;
    }
    if (reg->index == ARCH_INDEX_ftag) {
        uint16_t tags;
        memcpy(&tags, value, sizeof tags);
        arch_x87_tags_set(state->data, tags);
        return 1;
    }
    return 0;
}

const arch_description hdbg_arch_x86_64 = {.name = "x86_64",
                                           .state_size = 1040,
                                           .address_size = 8,
                                           .registers = kRegisters,
                                           .count = ARCH_COUNT,
                                           .aliases = kAliases,
                                           .get = get,
                                           .set = set};
