/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What is to be known of processors: their registers as Linux's notes have them, and why a thread was in the
 * kernel.
 */
#include "kernel/corefile/corefile.h"
#include "nub/wire.h"

#include <haikudbg/registers.h>
#include <haikudbg/signal.h>

#include <string.h>

enum {
    EXTENDED_SIZE = 832, /* of debug_cpu_state: XSAVE's area up to the upper halves of ymm */
    FX_SIZE = 512,
    XSTATE_FLOAT = 3, /* x87 and SSE */
    /* members of debug_cpu_state */
    STATE_VECTOR = 984,
    X86_STATE_VECTOR = 560,
    /* of struct user_regs_struct, in words */
    LINUX_ORIG_RAX = 15,
    LINUX_FS_BASE = 21,
    LINUX_GS_BASE = 22,
    LINUX_WORDS = 27
};

/* Where in debug_cpu_state the words of user_regs_struct are; 0: nowhere. */
static const uint16_t places[LINUX_WORDS] = {
    864, 872,  880,  888,  928,  968,  896, 904, 912, 920, 976, 960, 952, 936, 944, /* r15 ... rdi */
    0,   1000, 1008, 1016, 1024, 1032,                                              /* orig_rax, rip ... ss */
    0,   0,    856,  848,  840,  832, /* fs_base, gs_base, ds ... gs */
};

hdbg_arch core_arch_of_machine(uint16_t machine, int is_64)
{
    static const struct {
        uint16_t machine;
        int is_64;
        hdbg_arch arch;
    } known[] = {{3, 0, HDBG_ARCH_X86},
                 {62, 1, HDBG_ARCH_X86_64},
                 {183, 1, HDBG_ARCH_ARM64},
                 {243, 1, HDBG_ARCH_RISCV64}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].machine == machine && known[i].is_64 == is_64)
            return known[i].arch;
    }
    return HDBG_ARCH_UNKNOWN;
}

size_t core_cpu_size(hdbg_arch arch)
{
    switch (arch) {
    case HDBG_ARCH_X86_64:
        return sizeof(wire_x86_64_cpu_state);
    case HDBG_ARCH_X86:
        return sizeof(wire_x86_cpu_state);
    case HDBG_ARCH_ARM64:
        return sizeof(wire_arm64_cpu_state);
    case HDBG_ARCH_RISCV64:
        return sizeof(wire_riscv64_cpu_state);
    default:
        return 0;
    }
}

uint64_t core_stack_pointer(const hdbg_cpu_state *cpu)
{
    return cpu->size > 0 ? hdbg_cpu_state_role(cpu, HDBG_ROLE_SP) : 0;
}

size_t core_linux_registers_size(hdbg_arch arch)
{
    return arch == HDBG_ARCH_X86_64 ? LINUX_WORDS * 8 : 0;
}

int core_cpu_from_linux(hdbg_arch arch, const linux_thread *from, core_thread *thread)
{
    if (arch != HDBG_ARCH_X86_64)
        return 0;
    hdbg_cpu_state *cpu = &thread->cpu;
    memset(cpu, 0, sizeof *cpu);
    cpu->arch = arch;
    cpu->size = (uint32_t)core_cpu_size(arch);
    for (int i = 0; i < LINUX_WORDS; i++) {
        if (places[i] != 0)
            memcpy(cpu->data + places[i], from->registers + 8 * i, 8);
    }
    if (from->extended != NULL)
        memcpy(cpu->data, from->extended,
               from->extended_size < EXTENDED_SIZE ? from->extended_size : EXTENDED_SIZE);
    if (from->has_float) {
        uint64_t valid = XSTATE_FLOAT;
        memcpy(cpu->data + FX_SIZE, &valid, sizeof valid);
    }
    hdbg_extra_registers *extra = &thread->extra;
    extra->valid = 7;
    memcpy(&extra->orig_rax, from->registers + 8 * LINUX_ORIG_RAX, 8);
    memcpy(&extra->fs_base, from->registers + 8 * LINUX_FS_BASE, 8);
    memcpy(&extra->gs_base, from->registers + 8 * LINUX_GS_BASE, 8);
    return 1;
}

/* By the vector of the exception: what Haiku calls it, and the signal that it sends. */
static const struct {
    uint8_t vector, exception, signal;
} exceptions[] = {
    {0, HDBG_EXCEPTION_DIVIDE_ERROR, HDBG_SIGFPE},
    {4, HDBG_EXCEPTION_OVERFLOW, HDBG_SIGFPE},
    {5, HDBG_EXCEPTION_BOUNDS_CHECK, HDBG_SIGTRAP},
    {6, HDBG_EXCEPTION_INVALID_OPCODE, HDBG_SIGILL},
    {12, HDBG_EXCEPTION_STACK_FAULT, HDBG_SIGBUS},
    {13, HDBG_EXCEPTION_GENERAL_PROTECTION, HDBG_SIGILL},
    {14, HDBG_EXCEPTION_SEGMENT_VIOLATION, HDBG_SIGSEGV},
    {16, HDBG_EXCEPTION_FLOATING_POINT, HDBG_SIGFPE},
    {17, HDBG_EXCEPTION_ALIGNMENT, HDBG_SIGBUS},
    {19, HDBG_EXCEPTION_FLOATING_POINT, HDBG_SIGFPE},
};

static uint64_t vector_of(const hdbg_cpu_state *cpu)
{
    uint64_t vector = UINT64_MAX;
    if (cpu->arch == HDBG_ARCH_X86_64)
        memcpy(&vector, cpu->data + STATE_VECTOR, sizeof vector);
    else if (cpu->arch == HDBG_ARCH_X86)
        vector = cpu->data[X86_STATE_VECTOR]; /* the others of its four bytes are zero */
    return vector;
}

/* A state that is all zeros is one that the kernel did not get. */
static bool is_empty(const hdbg_cpu_state *cpu)
{
    for (uint32_t i = 0; i < cpu->size; i++) {
        if (cpu->data[i] != 0)
            return false;
    }
    return true;
}

void core_stop_from_cpu(core_thread *thread)
{
    uint64_t vector = vector_of(&thread->cpu);
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++) {
        if (exceptions[i].vector == vector && !is_empty(&thread->cpu)) {
            thread->type = HDBG_EVENT_EXCEPTION_OCCURRED;
            thread->exception = exceptions[i].exception;
            thread->signal = exceptions[i].signal;
        }
    }
}
