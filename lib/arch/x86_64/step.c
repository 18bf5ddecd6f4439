/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * x86_64: pushf, popf, int3.
 */
#include "arch/step.h"

static step_kind classify(const uint8_t *bytes, size_t size, arch_step *step)
{
    return arch_step_classify_x86(bytes, size, 8, step);
}

const arch_step_description hdbg_step_x86_64 = {
    .classify = classify,
    .trap = {{0xcc}, 1},
    .syscalls = {{0x0f, 0x05}, {0xcd, 0x63}}, /* syscall, int 99 */
    .trap_flag = 0x100,
    .pushed = 0xfcfeff, /* neither TF nor RF nor VM */
    .settable = 0xcd5,  /* CF PF AF ZF SF DF OF */
    .popped = 0x244dd5, /* and TF NT AC ID */
};
