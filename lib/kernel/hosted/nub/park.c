/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Where stopped threads are while they are stopped: in case this nub is killed, for Linux lets them run in
 * that moment, into the next breakpoint that nobody hides from them any more. So their registers lead them to
 * a slot of the team's scratch page, where they wait until the library has mended the code (mend.c) and then
 * go on where they were. If nobody comes to mend, they go on after some seconds. Nothing of this is seen
 * while the nub lives: the registers as they are to be seen are in the nub's memory, and are written before
 * the thread is resumed.
 */
#include "kernel/hosted/nub/nub.h"

#include <string.h>
#include <sys/ptrace.h>

/* Neither flags nor a register are changed but rcx, and that one is put right at the way out. */
static const uint8_t waiting_room[] = {
    0x48, 0xc7, 0xc1, 0,    0,  0, 16,    /*  0  mov rcx, 0x10000000: so many rounds, some seconds */
    0xff, 0x25, 27,   0,    0,  0,        /*  7  jmp [slot + NUB_PARK_NEXT]: to 13, or to the way out */
    0xf3, 0x90,                           /* 13  pause */
    0xe2, 0xf6,                           /* 15  loop to 7 */
    0x48, 0xb9, 0,    0,    0,  0, 0,  0, /* 17  the way out: mov rcx, ... */
    0,    0,    0xff, 0x25, 15, 0, 0,  0, /* 27  jmp [slot + TARGET] */
};
enum { ROUND = 13, SAVED_RCX = 19, TARGET = 48 };
_Static_assert(sizeof waiting_room <= NUB_PARK_NEXT, "the code fits before the addresses");

static bool take_slot(thread *self)
{
    for (scratch_page *page = self->team->space->scratch; page; page = page->next) {
        if (!page->in_journal || ~page->used == 0)
            continue;
        self->parked.index = __builtin_ctzll(~page->used);
        self->parked.page = page;
        page->used |= 1ull << self->parked.index;
        return true;
    }
    return false;
}

void park_enter(thread *self)
{
    /* A step's trap flag cannot be taken away without resuming: such a thread does not wait anywhere. */
    bool in_user_code = (self->stop == STOP_SIGNAL || self->stop == STOP_TRAP) && !self->in_syscall;
    if (self->parked.page || self->stepped || !in_user_code || !self->team->space->scratch ||
        !cpu_regs(self) || (int64_t)self->regs.orig_rax >= 0 || !take_slot(self))
        return;
    struct user_regs_struct regs = self->regs;
    uint8_t slot[NUB_SLOT_SIZE] = {0};
    uint64_t address = self->parked.page->address + (uint64_t)self->parked.index * NUB_SLOT_SIZE;
    const uint64_t next = address + ROUND, mark = NUB_PARK_MARK;
    memcpy(slot, waiting_room, sizeof waiting_room);
    memcpy(slot + SAVED_RCX, &regs.rcx, sizeof regs.rcx);
    memcpy(slot + NUB_PARK_NEXT, &next, sizeof next);
    memcpy(slot + TARGET, &regs.rip, sizeof regs.rip);
    memcpy(slot + NUB_PARK_MARK_AT, &mark, sizeof mark);
    if (memory_write_raw(self->team->space, address, slot, sizeof slot) != sizeof slot) {
        park_leave(self);
        return;
    }
    regs.rip = address;
    ptrace(PTRACE_SETREGS, self->id, 0, &regs);
    cpu_changed(self); /* what is remembered is not what the kernel has */
}

/* The thread has its own registers again. */
void park_leave(thread *self)
{
    if (self->parked.page)
        self->parked.page->used &= ~(1ull << self->parked.index);
    self->parked.page = NULL;
}
