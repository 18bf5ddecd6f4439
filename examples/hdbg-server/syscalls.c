/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * QCatchSyscalls: which system calls the client wants to hear of.
 */
#include "server.h"

#include <stdlib.h>

/* Any number may be called: the kernel may not know it, but it is a call all the same. */
struct caught {
    bool all;
    size_t count;
    uint64_t numbers[];
};

/* ";NUMBER;NUMBER..." of any length; nothing: all. NULL: it cannot be understood. */
static struct caught *take_numbers(struct cursor *packet)
{
    struct caught *caught =
        calloc(1, sizeof *caught + (cursor_left(packet) / 2 + 1) * sizeof *caught->numbers);
    if (caught == NULL)
        return NULL;
    caught->all = packet->at == packet->end;
    while (take_char(packet, ';') && take_hex(packet, &caught->numbers[caught->count]))
        caught->count++;
    if (packet->at == packet->end && (caught->all || caught->count != 0) &&
        (caught->all || packet->end[-1] != ';'))
        return caught;
    free(caught);
    return NULL;
}

void syscalls_drop(struct inferior *inferior)
{
    free(inferior->caught);
    inferior->caught = NULL;
}

/* A thread that is in vfork() stops when that returns, wherever it was caught: that tells that it is through.
 */
void syscalls_choose_events(struct inferior *inferior)
{
    inferior->more_events = inferior->vforked != 0 ? HDBG_TEAM_POST_SYSCALL : 0;
    if (inferior->caught != NULL)
        inferior->more_events = HDBG_TEAM_PRE_SYSCALL | HDBG_TEAM_POST_SYSCALL;
    inferior_choose_events(inferior->server, inferior);
}

/* "0", "1" (all), "1;NUMBER;NUMBER..." */
void syscalls_catch(struct server *server, struct cursor *packet)
{
    struct inferior *inferior = server->current;
    struct caught *caught = take_char(packet, '1') ? take_numbers(packet) : NULL;
    if (caught == NULL && !is_word(packet, "0")) {
        answer_error(server);
        return;
    }
    syscalls_drop(inferior);
    inferior->caught = caught;
    syscalls_choose_events(inferior);
    answer_ok(server);
}

void syscalls_forget(struct server *server)
{
    for (struct inferior *inferior = server->inferiors; inferior != NULL; inferior = inferior->next) {
        syscalls_drop(inferior);
        syscalls_choose_events(inferior);
    }
}

bool syscalls_is_caught(const struct inferior *inferior, uint64_t number)
{
    const struct caught *caught = inferior->caught;
    bool found = caught != NULL && caught->all;
    for (size_t i = 0; caught != NULL && i < caught->count && !found; i++)
        found = caught->numbers[i] == number;
    return found;
}
