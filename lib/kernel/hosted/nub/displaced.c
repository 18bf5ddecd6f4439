/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Getting past a breakpoint while other threads may hit it: the instruction under it is stepped out of line,
 * in a page of the team's own that the nub maps, and the registers are put right afterwards.
 */
#include "kernel/hosted/nub/decode.h"
#include "kernel/hosted/nub/nub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A slot: the instruction, a way back behind it, a place where a branch that is taken lands, with a way on.
 * The ways are only there for a team whose nub is killed in that moment. */
enum {
    SLOT_SIZE = NUB_SLOT_SIZE,
    SLOTS = NUB_SLOTS,
    PAGE = SLOT_SIZE * SLOTS,
    TAKEN = 32,
    BACK_ADDRESS = 40,
    TAKEN_ADDRESS = 48,
    TRAP_FLAG = 0x100
};
#define REACH (1ll << 30)

typedef struct decoded {
    decoded_instruction is;
    uint8_t bytes[DECODE_MAX];
} decoded;

/* ---- pages ---- */

/* A free range near an address, so that what is relative to the instruction pointer still reaches. */
static hdbg_address find_gap(const team *self, hdbg_address near)
{
    char path[64], line[512];
    unsigned long long start, end, last = USER_BASE;
    hdbg_address best = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)self->id);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%llx-%llx", &start, &end) != 2)
            continue;
        /* Not where a stack or the heap would like to grow. */
        if (start >= last + 64 * PAGE) {
            hdbg_address low = start - 32 * PAGE, high = last + 32 * PAGE;
            if (llabs((long long)(low - near)) < REACH)
                best = low;
            else if (llabs((long long)(high - near)) < REACH)
                best = high;
        }
        if (best && start > near)
            break;
        last = end;
    }
    if (file)
        fclose(file);
    return best & ~(hdbg_address)(PAGE - 1);
}

static scratch_page *map_page(thread *self, hdbg_address near)
{
    team *of = self->team;
    int64_t result = 0, ignored;
    hdbg_address gap = find_gap(of, near);
    const uint64_t arguments[6] = {
        gap, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, (uint64_t)-1, 0};
    if (!gap || !remote_call(self, SYS_mmap, arguments, &result) || result <= 0)
        return NULL;
    const uint64_t advice[6] = {(uint64_t)result, PAGE, MADV_DONTFORK};
    remote_call(self, SYS_madvise, advice, &ignored);
    scratch_page *page = calloc(1, sizeof *page);
    if (!page)
        return NULL;
    page->address = (hdbg_address)result;
    page->next = of->space->scratch;
    of->space->scratch = page;
    for (int i = 0; of->journal && i < NUB_SCRATCH_PAGES && !page->in_journal; i++) {
        if (atomic_load(&of->journal->scratch[i]) == 0) {
            atomic_store(&of->journal->scratch[i], page->address);
            page->in_journal = true;
        }
    }
    return page;
}

/* A free slot within reach of the instruction. */
static bool take_slot(thread *self, hdbg_address near)
{
    space *s = self->team->space;
    for (int attempt = 0; attempt < 2; attempt++) {
        for (scratch_page *page = s->scratch; page; page = page->next) {
            if (~page->used == 0 || llabs((long long)(page->address - near)) > 2 * REACH - PAGE)
                continue;
            int index = __builtin_ctzll(~page->used);
            page->used |= 1ull << index;
            self->displaced.page = page;
            self->displaced.slot_index = index;
            self->displaced.slot = page->address + (hdbg_address)index * SLOT_SIZE;
            return true;
        }
        if (!map_page(self, near))
            break;
    }
    return false;
}

static void free_slot(thread *self)
{
    if (self->displaced.page)
        self->displaced.page->used &= ~(1ull << self->displaced.slot_index);
    self->displaced.page = NULL;
    self->displaced.active = false;
}

/* ---- instructions ---- */

static bool decode(thread *self, hdbg_address address, decoded *out)
{
    size_t size;
    memset(out->bytes, 0, sizeof out->bytes);
    return memory_read(self->team, address, out->bytes, sizeof out->bytes, &size) == HDBG_OK &&
           instruction_decode(out->bytes, size, &out->is);
}

static void put_displacement(uint8_t *at, int bits, int64_t value)
{
    if (bits == 8)
        *at = (uint8_t)(int8_t)value;
    else
        memcpy(at, &(int32_t){(int32_t)value}, 4);
}

/* `jmp [rip + ...]` at `from`, through the address at `pointer`. */
static void put_jump(uint8_t *slot, int from, int pointer)
{
    const uint8_t code[2] = {0xff, 0x25};
    memcpy(slot + from, code, 2);
    put_displacement(slot + from + 2, 32, pointer - (from + 6));
}

/* Fills the slot; what has to be done afterwards is left in `displaced`. */
static bool write_slot(thread *self, const decoded *what)
{
    uint8_t slot[SLOT_SIZE] = {0};
    const decoded_instruction *is = &what->is;
    hdbg_address address = self->displaced.address, back = address + is->length, target = 0;
    int length = is->length;
    self->displaced.kind = is->kind == DECODED_PUSHF  ? DISPLACED_PUSHF
                           : is->kind == DECODED_CALL ? DISPLACED_CALL
                                                      : DISPLACED_PLAIN;
    memcpy(slot, what->bytes, (size_t)length);
    if (is->is_branch) {
        target = back + (uint64_t)is->distance;
        if (is->kind == DECODED_CALL) {
            /* call [rip + ...] has the same effects, but for what it pushes. */
            slot[0] = 0xff;
            slot[1] = 0x15;
            length = 6;
            put_displacement(slot + 2, 32, TAKEN_ADDRESS - length);
        } else {
            self->displaced.kind = DISPLACED_BRANCH;
            put_displacement(slot + is->distance_at, is->distance_bits, TAKEN - length);
        }
    } else if (is->reads_near) {
        int64_t moved = is->displacement + (int64_t)(address - self->displaced.slot);
        if (is->displacement_bits != 32 || moved != (int32_t)moved)
            return false;
        put_displacement(slot + is->displacement_at, 32, moved);
    }
    put_jump(slot, length, BACK_ADDRESS);
    put_jump(slot, TAKEN, TAKEN_ADDRESS);
    memcpy(slot + BACK_ADDRESS, &back, sizeof back);
    memcpy(slot + TAKEN_ADDRESS, &target, sizeof target);
    self->displaced.length = is->length;
    self->displaced.slot_length = (uint8_t)length;
    self->displaced.target = target;
    return memory_write_raw(self->team->space, self->displaced.slot, slot, sizeof slot) == sizeof slot;
}

/* ---- steps ---- */

/* Whether the thread would run into an int3 that it has been stopped at. Right behind a system call it shall.
 */
bool displaced_needed(thread *self)
{
    if (self->team->space->software_count == 0 || self->exiting)
        return false;
    if (self->stop != STOP_SIGNAL && self->stop != STOP_TRAP)
        return false;
    if (!cpu_regs(self) || self->in_syscall)
        return false;
    const breakpoint *b = breakpoint_find(self->team->space, self->regs.rip);
    return b && b->patched && b->original != 0xcc;
}

/* The kernel is entered elsewhere, and the way back leads behind the breakpoint: so a child of fork() wakes
 * up there. */
static bool start_syscall(thread *self)
{
    hdbg_address at = remote_syscall_address(self);
    if (!at)
        return false;
    self->displaced.kind = DISPLACED_SYSCALL;
    self->displaced.active = true;
    self->displaced.slot = at;
    self->displaced.length = self->displaced.slot_length = 2;
    self->regs.rip = at;
    cpu_changed(self);
    return thread_start(self, PTRACE_SYSCALL, 0);
}

/* The last resort, when there is no memory to be had: other threads may slip past meanwhile. */
static bool start_in_line(thread *self)
{
    breakpoint *b = breakpoint_find(self->team->space, self->displaced.address);
    breakpoint_unpatch(self->team->space, b);
    self->displaced.kind = DISPLACED_INLINE;
    self->displaced.active = true;
    self->displaced.slot = self->displaced.address;
    return thread_start(self, PTRACE_SINGLESTEP, 0);
}

/* false: the thread is to be resumed as it stands. */
bool displaced_start(thread *self)
{
    decoded what;
    if (!cpu_regs(self))
        return false;
    self->displaced.address = self->regs.rip;
    self->displaced.page = NULL;
    bool known = decode(self, self->displaced.address, &what);
    if (known && what.is.kind == DECODED_SYSCALL && start_syscall(self))
        return true;
    if (!known || !take_slot(self, self->displaced.address) || !write_slot(self, &what)) {
        free_slot(self);
        return start_in_line(self);
    }
    self->displaced.active = true;
    self->regs.rip = self->displaced.slot;
    cpu_changed(self);
    thread_start(self, PTRACE_SINGLESTEP, 0);
    return true;
}

static void mend_pushed(thread *self, uint64_t clear, hdbg_address value)
{
    uint64_t word;
    space *s = self->team->space;
    if (memory_read_raw(s, self->regs.rsp, &word, sizeof word) != sizeof word)
        return;
    word = clear ? word & ~clear : value;
    memory_write_raw(s, self->regs.rsp, &word, sizeof word);
}

static void put_back(thread *self)
{
    breakpoint *b = breakpoint_find(self->team->space, self->displaced.address);
    if (b && b->hardware < 0 && !b->patched)
        breakpoint_patch(self->team->space, b);
}

/* The instruction is done. @return whether the debugger had asked for this step. */
bool displaced_finish(thread *self)
{
    hdbg_address slot = self->displaced.slot, back = self->displaced.address + self->displaced.length;
    enum displaced_kind kind = self->displaced.kind;
    free_slot(self);
    if (kind == DISPLACED_INLINE) {
        put_back(self);
        return self->step;
    }
    if (!cpu_regs(self))
        return self->step;
    if (kind == DISPLACED_CALL)
        mend_pushed(self, 0, back);
    if (kind == DISPLACED_PUSHF && !self->step)
        mend_pushed(self, TRAP_FLAG, 0);
    hdbg_address before = self->regs.rip;
    if (before == slot + self->displaced.slot_length)
        self->regs.rip = back;
    else if (kind == DISPLACED_BRANCH && before == slot + TAKEN)
        self->regs.rip = self->displaced.target;
    else if (before == slot)
        self->regs.rip = self->displaced.address; /* a repeated string instruction, in the midst of it */
    if (self->regs.rip != before)
        cpu_changed(self);
    return self->step;
}

/* The instruction has not been done: the thread is at the breakpoint again. */
void displaced_abandon(thread *self)
{
    self->passing = true;
    hdbg_address slot = self->displaced.slot;
    enum displaced_kind kind = self->displaced.kind;
    free_slot(self);
    if (kind == DISPLACED_INLINE) {
        put_back(self);
    } else if (cpu_regs(self) && self->regs.rip == slot) {
        self->regs.rip = self->displaced.address;
        cpu_changed(self);
    }
}

/* In the kernel: from here on nothing tells where it was entered. */
void displaced_syscall_entry(thread *self)
{
    if (self->displaced.kind != DISPLACED_SYSCALL || !cpu_regs(self))
        return;
    self->displaced.active = false;
    self->regs.rip = self->regs.rcx = self->displaced.address + self->displaced.length;
    cpu_changed(self);
}
