/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A stopped thread's registers: read once a stop, and told as Haiku's debug_cpu_state.
 */
#include "kernel/hosted/nub/nub.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

enum {
    EXTENDED_SIZE = 832, /* savefpu: the area that fxsave knows, xsave's header, the upper halves of YMM */
    XSAVE_MAX = 16384,
    FX_SOFTWARE = 464, /* bytes 464 ... 511 belong to the kernel */
    FX_SIZE = 512,
    MXCSR = 24,
    MXCSR_MASK = 28,
    MXCSR_DEFAULT_MASK = 0xffbf,
    TRAP_FLAG = 0x100,
    RESUME_FLAG = 0x10000,
    USER_FLAGS = 0x240cd5 /* what a debugger may change: arithmetic, DF, AC, ID */
};

/* debug_cpu_state of x86_64. */
typedef struct haiku_state {
    uint8_t extended[EXTENDED_SIZE];
    uint64_t gs, fs, es, ds;
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    uint64_t rbp, rsi, rdi, rdx, rcx, rbx, rax;
    uint64_t vector, error_code;
    uint64_t rip, cs, rflags, rsp, ss;
} haiku_state;
_Static_assert(sizeof(haiku_state) == sizeof(wire_x86_64_cpu_state), "debug_cpu_state");

/* Where a general register lies in either struct; those that a debugger may also set. */
typedef struct place {
    uint16_t ours, theirs;
} place;
#define PLACE(name)                                                                                          \
    {                                                                                                        \
        offsetof(struct user_regs_struct, name), offsetof(haiku_state, name)                                 \
    }
static const place general[] = {
    PLACE(r15), PLACE(r14), PLACE(r13), PLACE(r12), PLACE(r11), PLACE(r10),
    PLACE(r9),  PLACE(r8),  PLACE(rbp), PLACE(rsi), PLACE(rdi), PLACE(rdx),
    PLACE(rcx), PLACE(rbx), PLACE(rax), PLACE(rip), PLACE(rsp),
};
static const place read_only[] = {PLACE(gs), PLACE(fs), PLACE(es), PLACE(ds), PLACE(cs), PLACE(ss)};

bool cpu_regs(thread *self)
{
    if (self->regs_valid)
        return true;
    if (self->stop == STOP_NONE || ptrace(PTRACE_GETREGS, self->id, 0, &self->regs) != 0)
        return false;
    self->regs_valid = true;
    self->regs_dirty = false;
    return true;
}

void cpu_changed(thread *self)
{
    self->regs_dirty = true;
}

static bool read_extended(thread *self)
{
    if (self->xsave_valid)
        return true;
    if (!self->xsave && !(self->xsave = calloc(1, XSAVE_MAX)))
        return false;
    struct iovec part = {self->xsave, XSAVE_MAX};
    if (self->stop == STOP_NONE || ptrace(PTRACE_GETREGSET, self->id, NT_X86_XSTATE, &part) != 0)
        return false;
    self->xsave_size = part.iov_len;
    self->xsave_valid = true;
    self->xsave_dirty = false;
    return true;
}

/* Only the part that is told is read: the rest matters when something is set. */
static void get_extended(thread *self, uint8_t *out)
{
    if (self->xsave_valid) {
        memcpy(out, self->xsave, EXTENDED_SIZE);
        return;
    }
    struct iovec part = {out, EXTENDED_SIZE};
    if (self->stop == STOP_NONE || ptrace(PTRACE_GETREGSET, self->id, NT_X86_XSTATE, &part) != 0)
        part.iov_len = 0;
    memset(out + part.iov_len, 0, EXTENDED_SIZE - part.iov_len);
}

static void set_extended(thread *self, const uint8_t *in)
{
    if (!read_extended(self))
        return;
    uint8_t *own = self->xsave;
    bool same = memcmp(own, in, FX_SOFTWARE) == 0 &&
                memcmp(own + FX_SIZE, in + FX_SIZE, EXTENDED_SIZE - FX_SIZE) == 0;
    if (same)
        return;
    size_t size = self->xsave_size < EXTENDED_SIZE ? self->xsave_size : EXTENDED_SIZE;
    /* The kernel takes none of it if one reserved bit is set in MXCSR. */
    uint32_t control, known;
    memcpy(&known, own + MXCSR_MASK, sizeof known);
    memcpy(own, in, FX_SOFTWARE);
    memcpy(&control, own + MXCSR, sizeof control);
    control &= known ? known : MXCSR_DEFAULT_MASK;
    memcpy(own + MXCSR, &control, sizeof control);
    if (size > FX_SIZE) {
        /* Components that the wire does not carry keep their mark. */
        uint64_t carried = 7, kept, given;
        memcpy(&kept, own + FX_SIZE, sizeof kept);
        memcpy(&given, in + FX_SIZE, sizeof given);
        kept = (kept & ~carried) | (given & carried);
        memcpy(own + FX_SIZE, &kept, sizeof kept);
        memcpy(own + FX_SIZE + 64, in + FX_SIZE + 64, size - FX_SIZE - 64);
    }
    self->xsave_dirty = true;
}

void cpu_flush(thread *self)
{
    if (self->regs_valid && self->regs_dirty)
        ptrace(PTRACE_SETREGS, self->id, 0, &self->regs);
    if (self->xsave_valid && self->xsave_dirty) {
        struct iovec part = {self->xsave, self->xsave_size};
        ptrace(PTRACE_SETREGSET, self->id, NT_X86_XSTATE, &part);
    }
    self->regs_dirty = self->xsave_dirty = false;
}

void cpu_invalidate(thread *self)
{
    self->regs_valid = self->regs_dirty = self->xsave_valid = self->xsave_dirty = false;
}

void cpu_state_get(thread *self, wire_x86_64_cpu_state *state)
{
    haiku_state *out = (haiku_state *)state;
    memset(out, 0, sizeof *out);
    if (!cpu_regs(self))
        return;
    get_extended(self, out->extended);
    const char *own = (const char *)&self->regs;
    for (size_t i = 0; i < sizeof general / sizeof *general; i++)
        memcpy((char *)out + general[i].theirs, own + general[i].ours, sizeof(uint64_t));
    for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++)
        memcpy((char *)out + read_only[i].theirs, own + read_only[i].ours, sizeof(uint64_t));
    out->rflags = self->regs.eflags & ~(uint64_t)(TRAP_FLAG | RESUME_FLAG);
    if (self->stepped)
        out->rflags |= TRAP_FLAG; /* Linux hides it, Haiku does not */
    if (self->stop == STOP_SYSCALL_ENTRY)
        out->rax = self->regs.orig_rax; /* Linux keeps the number apart */
    out->vector = (uint64_t)self->vector;
    out->error_code = (uint64_t)self->error_code;
}

void cpu_state_set(thread *self, const wire_x86_64_cpu_state *state)
{
    const haiku_state *in = (const haiku_state *)state;
    if (!cpu_regs(self))
        return;
    struct user_regs_struct before = self->regs;
    char *own = (char *)&self->regs;
    for (size_t i = 0; i < sizeof general / sizeof *general; i++)
        memcpy(own + general[i].ours, (const char *)in + general[i].theirs, sizeof(uint64_t));
    self->regs.eflags = (before.eflags & ~(uint64_t)(USER_FLAGS | TRAP_FLAG)) | (in->rflags & USER_FLAGS);
    /* Elsewhere, there is no system call to begin again: the kernel would go back two bytes. */
    if (self->stop == STOP_SYSCALL_ENTRY) {
        self->regs.orig_rax = in->rax;
        self->regs.rax = before.rax;
    } else if (self->regs.rip != before.rip || self->regs.rax != before.rax) {
        self->regs.orig_rax = (uint64_t)-1;
        if (self->regs.rip != before.rip)
            self->in_syscall = false;
    }
    cpu_changed(self);
    set_extended(self, in->extended);
}
