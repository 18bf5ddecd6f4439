/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The processor's four debug registers, the same in each thread of a team, and the watchpoints in them.
 */
#include "kernel/hosted/nub/nub.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ptrace.h>

enum { TYPE_EXECUTE = 0, TYPE_WRITE = 1, TYPE_ACCESS = 3, DR6 = 6, DR7 = 7 };

static long poke(thread *self, int index, uint64_t value)
{
    return ptrace(PTRACE_POKEUSER, self->id, offsetof(struct user, u_debugreg) + (size_t)index * 8, value);
}

bool debugregs_used(const team *self)
{
    for (int i = 0; i < DEBUG_REGISTERS; i++) {
        if (self->registers[i].address)
            return true;
    }
    return false;
}

static uint64_t control_of(const team *self)
{
    uint64_t control = 0;
    for (int i = 0; i < DEBUG_REGISTERS; i++) {
        const debug_register *r = &self->registers[i];
        if (r->address && self->debugger)
            control |=
                1ull << (2 * i) | (uint64_t)r->type << (16 + 4 * i) | (uint64_t)r->length << (18 + 4 * i);
    }
    return control;
}

/* Threads that run are stopped for a moment, unseen, and take the registers over then. */
static void mark_threads(team *self)
{
    for (thread *t = self->threads; t; t = t->following) {
        t->registers_dirty = true;
        if (t->stop == STOP_NONE && !t->fresh && !t->exiting)
            thread_interrupt(t);
    }
}

/* In a stopped thread. Addresses are only checked while their bit in DR7 is set, so that is cleared first. */
void debugregs_apply(thread *self)
{
    team *of = self->team;
    uint64_t control = control_of(of);
    self->registers_dirty = false;
    if (!control && !self->has_registers)
        return;
    bool done = poke(self, DR7, 0) == 0;
    for (int i = 0; done && control && i < DEBUG_REGISTERS; i++) {
        if (of->registers[i].address)
            done = poke(self, i, of->registers[i].address) == 0;
    }
    if (done && control)
        done = poke(self, DR7, control) == 0;
    self->has_registers = done && control;
    if (!done && errno != ESRCH && control) {
        self->nub->no_debug_registers = true;
        poke(self, DR7, 0);
        breakpoint_to_software(of);
    }
}

void debugregs_set(team *self, int index, hdbg_address address, uint8_t type, uint8_t length,
                   breakpoint *owner)
{
    self->registers[index] = (debug_register){address, type, length, owner};
    mark_threads(self);
}

void debugregs_free(team *self, int index)
{
    self->registers[index] = (debug_register){0};
    mark_threads(self);
}

/* A free register, -1 if there is none. With `force` a breakpoint gives up its own and becomes an int3. */
int debugregs_claim(team *self, bool force)
{
    if (self->nub->no_debug_registers)
        return -1;
    for (int i = 0; i < DEBUG_REGISTERS; i++) {
        if (!self->registers[i].address)
            return i;
    }
    for (int i = 0; force && i < DEBUG_REGISTERS; i++) {
        breakpoint *b = self->registers[i].breakpoint;
        if (b && breakpoint_patch(self->space, b) == HDBG_OK) {
            b->hardware = -1;
            self->registers[i] = (debug_register){0};
            return i;
        }
    }
    return -1;
}

/* DR6, which says what was met; it is cleared for the next time. */
int64_t debugregs_status(thread *self)
{
    if (!self->has_registers)
        return 0;
    errno = 0;
    long value = ptrace(PTRACE_PEEKUSER, self->id, offsetof(struct user, u_debugreg) + DR6 * 8, 0);
    if (errno != 0)
        return 0;
    poke(self, DR6, 0);
    return value;
}

/* Which watchpoints DR6 names. Their registers may be others' when somebody asks. */
void debugregs_note_watched(thread *self, int64_t status)
{
    self->watched_count = 0;
    for (int i = 0; i < DEBUG_REGISTERS; i++) {
        const debug_register *r = &self->team->registers[i];
        if ((status & 1 << i) && r->address && r->type != TYPE_EXECUTE)
            self->watched[self->watched_count++] = r->address;
    }
}

/* ---- watchpoints ---- */

static bool is_watchpoint(const debug_register *r, hdbg_address address)
{
    return r->address == address && r->type != TYPE_EXECUTE;
}

/* What DR7 wants to know, or what Haiku says on x86 of a watchpoint that it cannot set. */
static hdbg_status check(hdbg_address address, uint32_t type, int32_t length, uint8_t *kind, uint8_t *code)
{
    if (type == WIRE_WATCH_WRITE)
        *kind = TYPE_WRITE;
    else if (type == WIRE_WATCH_READ_WRITE)
        *kind = TYPE_ACCESS;
    else
        return HDBG_NOT_SUPPORTED;
    if (length != 1 && length != 2 && length != 4)
        return HDBG_NOT_SUPPORTED;
    if (address & (uint64_t)(length - 1))
        return HDBG_BAD_VALUE;
    *code = (uint8_t)(length - 1);
    return HDBG_OK;
}

hdbg_status watchpoint_set(team *self, hdbg_address address, uint32_t type, int32_t length)
{
    uint8_t kind, code;
    if (length < 0)
        return HDBG_BAD_VALUE;
    if (address < USER_BASE || address > LINUX_TOP)
        return HDBG_BAD_ADDRESS;
    for (int i = 0; i < DEBUG_REGISTERS; i++) {
        if (is_watchpoint(&self->registers[i], address))
            return HDBG_BAD_VALUE;
    }
    if (self->watchpoint_count >= WATCHPOINT_MAX)
        return HDBG_BUSY;
    hdbg_status status = check(address, type, length, &kind, &code);
    if (status != HDBG_OK)
        return status;
    int index = debugregs_claim(self, true);
    if (index < 0)
        return HDBG_BUSY;
    self->watchpoint_count++;
    debugregs_set(self, index, address, kind, code, NULL);
    return HDBG_OK;
}

hdbg_status watchpoint_clear(team *self, hdbg_address address)
{
    if (address < USER_BASE || address > USER_TOP)
        return HDBG_BAD_ADDRESS;
    for (int i = 0; i < DEBUG_REGISTERS; i++) {
        if (is_watchpoint(&self->registers[i], address)) {
            self->watchpoint_count--;
            debugregs_free(self, i);
            return HDBG_OK;
        }
    }
    return HDBG_BAD_VALUE;
}

void watchpoint_remove_all(team *self)
{
    for (int i = 0; i < DEBUG_REGISTERS; i++) {
        if (self->registers[i].address && self->registers[i].type != TYPE_EXECUTE)
            watchpoint_clear(self, self->registers[i].address);
    }
}
