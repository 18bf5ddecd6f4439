/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Agent expressions: the bytecode in which GDB sends the conditions and commands of breakpoints. Nothing here
 * knows a debuggee; what an expression reads comes through an agent_machine.
 */
#ifndef HDBG_SERVER_AGENT_H
#define HDBG_SERVER_AGENT_H

#include "packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agent_machine {
    void *context;
    /* An integer register by the protocol's number. */
    bool (*read_register)(void *context, unsigned number, uint64_t *value);
    bool (*read_memory)(void *context, uint64_t address, void *bytes, size_t size);
    /* Prints as printf() does; NULL: nothing is printed, the expression fails there. */
    bool (*print)(void *context, const char *format, const uint64_t *arguments, size_t count);
};

/* Evaluates an expression. False: it has no value, as it is damaged, reads what cannot be read, divides by
 * zero, knows an instruction that there is none of here (floating point, tracing), or does not end. */
bool agent_evaluate(const uint8_t *code, size_t size, const struct agent_machine *machine, uint64_t *value);
/* Runs one whose value is of no interest: a command. */
bool agent_run(const uint8_t *code, size_t size, const struct agent_machine *machine);

/* What printf() would make of it, for integers, characters, pointers, and texts that are in memory. False:
 * there are too few arguments, or something else is wanted (print.c). */
bool agent_print(struct reply *reply, const char *format, const uint64_t *arguments, size_t count,
                 const struct agent_machine *machine);

#endif /* HDBG_SERVER_AGENT_H */
