/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The processor's state in messages: x86_64.
 */
#ifndef _HAIKU_SDK_ARCH_X86_64_DEBUGGER_H
#define _HAIKU_SDK_ARCH_X86_64_DEBUGGER_H

struct x86_64_fp_register {
    unsigned char value[10];
    unsigned char reserved[6];
};
struct x86_64_xmm_register {
    unsigned char value[16];
};
/* As FXSAVE stores it; its last 48 bytes are the kernel's to fill. */
struct fpu_state {
    unsigned short control;
    unsigned short status;
    unsigned short tag;
    unsigned short opcode;
    unsigned long rip;
    unsigned long rdp;
    unsigned int mxcsr;
    unsigned int mxcsr_mask;
    union {
        struct x86_64_fp_register fp[8];
        struct x86_64_fp_register mmx[8];
    };
    struct x86_64_xmm_register xmm[16];
    unsigned char _reserved_416_463[48];
    unsigned long fault_address;
    unsigned long error_code;
    unsigned short cs;
    unsigned short ss;
    unsigned char trap_number;
    unsigned char _available_485_511[27];
};
struct xstate_hdr {
    unsigned long bv;
    unsigned long xcomp_bv;
    unsigned char _reserved[48];
};
struct savefpu {
    struct fpu_state fp_fxsave;
    struct xstate_hdr fp_xstate;
    unsigned long fp_ymm[16][2];
};

struct x86_64_debug_cpu_state {
    struct savefpu extended_registers;
    uint64 gs, fs, es, ds;
    uint64 r15, r14, r13, r12, r11, r10, r9, r8;
    uint64 rbp, rsi, rdi, rdx, rcx, rbx, rax;
    uint64 vector, error_code;
    uint64 rip, cs, rflags, rsp, ss;
} __attribute__((aligned(16)));
typedef struct x86_64_debug_cpu_state debug_cpu_state;

#endif
