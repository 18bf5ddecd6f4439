/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * x86: pushf, popf, int3; and their decoding, which x86_64 shares.
 */
#include "arch/step.h"

#include <string.h>

enum { LONGEST = 15, PREFIX_OPERAND = 0x66 };

step_kind arch_step_classify_x86(const uint8_t *bytes, size_t size, uint8_t mode, arch_step *step)
{
    static const uint8_t kPrefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3};
    bool narrow = false, wide = false;
    size_t i = 0;
    while (i < size && i < LONGEST && memchr(kPrefixes, bytes[i], sizeof kPrefixes) != NULL)
        narrow |= bytes[i++] == PREFIX_OPERAND;
    if (mode == 8 && i < size && (bytes[i] & 0xf0) == 0x40) /* REX stands last */
        wide = (bytes[i++] & 0x08) != 0;
    if (i >= size)
        return STEP_NORMAL;

    switch (bytes[i]) {
    case 0x9c:
        step->kind = STEP_PUSHF;
        break;
    case 0x9d:
        step->kind = STEP_POPF;
        break;
    case 0xcc:
        step->kind = STEP_INT3;
        break;
    default:
        return STEP_NORMAL;
    }
    step->length = (uint8_t)(i + 1);
    step->operand = narrow && !wide ? 2 : mode;
    return step->kind;
}

static step_kind classify(const uint8_t *bytes, size_t size, arch_step *step)
{
    return arch_step_classify_x86(bytes, size, 4, step);
}

const arch_step_description hdbg_step_x86 = {
    .classify = classify,
    .trap = {{0xcc}, 1},
    .syscalls = {{0xcd, 0x63}, {0x0f, 0x34}}, /* int 99, sysenter */
    .trap_flag = 0x100,
    .pushed = 0xfcfeff, /* neither TF nor RF nor VM */
    .settable = 0xcd5,  /* CF PF AF ZF SF DF OF */
    .popped = 0x244dd5, /* and TF NT AC ID */
};
