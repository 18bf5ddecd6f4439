/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The processor's state in messages: x86.
 */
#ifndef _HAIKU_SDK_ARCH_X86_DEBUGGER_H
#define _HAIKU_SDK_ARCH_X86_DEBUGGER_H

typedef struct x86_fp_register {
    uint8 value[10];
    uint8 reserved[6];
} x86_fp_register;
typedef struct x86_xmm_register {
    uint8 value[16];
} x86_xmm_register;
/* As FXSAVE stores it. */
typedef struct x86_extended_registers {
    uint16 control, status;
    uint8 tag, reserved1;
    uint16 opcode;
    uint32 instruction_pointer;
    uint16 cs, reserved2;
    uint32 data_pointer;
    uint16 ds, reserved3;
    uint32 mxcsr, mxcsr_mask;
    union {
        x86_fp_register fp_registers[8];
        x86_fp_register mmx_registers[8];
    };
    x86_xmm_register xmm_registers[8];
    uint8 reserved4[224];
} x86_extended_registers;

struct x86_debug_cpu_state {
    x86_extended_registers extended_registers;
    uint32 gs, fs, es, ds;
    uint32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
    uint32 vector, error_code;
    uint32 eip, cs, eflags, user_esp, user_ss;
} __attribute__((aligned(16)));
typedef struct x86_debug_cpu_state debug_cpu_state;

#endif
