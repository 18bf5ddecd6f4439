/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * System calls of a team: from the kernel where it knows their numbers; else by the code of the functions
 * that make them, which has the numbers.
 */
#include "arch/arch.h"
#include "arch/syscall.h"
#include "base/structs.h"
#include "inspect/inspect.h"
#include "session/internal.h"

#include <haikudbg/memory.h>
#include <haikudbg/syscall.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define STUB_PREFIX "_kern_"

enum { KERNEL_CALLS_MAX = 4096, STUBS_MAX = 4096 };

/* A call that a team has a function for. */
typedef struct stub {
    hdbg_syscall call;
    char name[96];
} stub;

/* A team's, sorted by their numbers. */
typedef struct stub_table {
    atomic_size_t users; /* the team's slot, and who looks at it without the lock */
    uint64_t generation; /* of the team's images */
    hdbg_image_info image;
    stub *stubs;
    size_t count, room;
} stub_table;

/* Gives up one use of it. */
static void table_release(void *data)
{
    stub_table *table = data;
    if (table == NULL || atomic_fetch_sub(&table->users, 1) > 1)
        return;
    free(table->stubs);
    free(table);
}

/* ---- the kernel's list ---- */

/* The call at an index, as far as both sides know it. False: none, or the kernel has no list. */
static bool kernel_call(hdbg_team *team, uint32_t index, hdbg_syscall *call)
{
    hdbg_session *session = hdbg_team_session(team);
    const hdbg_kernel *kernel = session != NULL ? hdbg_session_kernel(session) : NULL;
    const hdbg_syscall *known = kernel != NULL && KERNEL_HAS(kernel, syscall)
                                    ? kernel->ops->syscall(kernel->context, hdbg_team_arch(team), index)
                                    : NULL;
    *call = (hdbg_syscall){.size = sizeof *call};
    if (known != NULL)
        hdbg_struct_give(call, known, hdbg_struct_size(known));
    return call->name != NULL;
}

/* Whether numbers are fixed, so that the kernel's list is all there is. */
static int kernel_numbers(hdbg_team *team)
{
    hdbg_syscall call;
    for (uint32_t i = 0; i < KERNEL_CALLS_MAX; i++) {
        if (kernel_call(team, i, &call))
            return call.number >= 0;
    }
    return 0;
}

static int same_name(const char *call, const char *name)
{
    size_t prefix = sizeof STUB_PREFIX - 1;
    return strcmp(call, name) == 0 ||
           (strncmp(call, STUB_PREFIX, prefix) == 0 && strcmp(call + prefix, name) == 0);
}

/* ---- the team's functions ---- */

typedef struct stub_walk {
    hdbg_team *team;
    stub_table *table;
    int failed;
} stub_walk;

/* What the kernel's list knows of a call by its name. */
static void describe(hdbg_team *team, stub *one)
{
    hdbg_syscall known;
    for (uint32_t i = 0; i < KERNEL_CALLS_MAX && kernel_call(team, i, &known); i++) {
        if (same_name(one->name, known.name)) {
            one->call = known;
            return;
        }
    }
}

static int take_stub(void *context, const hdbg_symbol *symbol)
{
    stub_walk *walk = context;
    stub_table *table = walk->table;
    uint8_t code[ARCH_SYSCALL_BYTES];
    size_t got = 0,
           wanted = symbol->length > 0 && symbol->length < sizeof code ? symbol->length : sizeof code;
    if (table->count == STUBS_MAX) /* no system has as many: the image is damaged */
        return 1;
    if (strncmp(symbol->raw_name, STUB_PREFIX, sizeof STUB_PREFIX - 1) != 0 ||
        strlen(symbol->raw_name) >= sizeof table->stubs->name)
        return 0;
    hdbg_memory_read(walk->team, symbol->address, code, wanted, &got);
    int32_t number = arch_syscall_number(hdbg_team_arch(walk->team), code, got);
    if (number < 0)
        return 0;
    if (table->count == table->room) {
        size_t room = table->room > 0 ? 2 * table->room : 256;
        stub *more = realloc(table->stubs, room * sizeof *more);
        walk->failed = more == NULL;
        if (walk->failed)
            return 1;
        table->stubs = more;
        table->room = room;
    }
    stub *one = &table->stubs[table->count++];
    *one = (stub){.call = {.size = sizeof one->call, .argument_count = -1, .result = HDBG_ARGUMENT_LONG}};
    memcpy(one->name, symbol->raw_name, strlen(symbol->raw_name) + 1);
    describe(walk->team, one);
    one->call.number = number;
    return 0;
}

static int by_number(const void *one, const void *other)
{
    const stub *a = one, *b = other;
    return a->call.number != b->call.number ? (a->call.number < b->call.number ? -1 : 1)
                                            : strcmp(a->name, b->name);
}

/* Looks in the images for one that has such functions: the one that is called libroot first. */
static hdbg_status read_stubs(hdbg_team *team, stub_table *table)
{
    hdbg_image_list *list = NULL;
    stub_walk walk = {team, table, 0};
    hdbg_status status = hdbg_image_list_get(team, &list);
    for (int round = 0; status == HDBG_OK && round < 2 && table->count == 0 && !walk.failed; round++) {
        for (size_t i = 0; i < hdbg_image_list_count(list) && table->count == 0 && !walk.failed; i++) {
            const hdbg_image_info *image = hdbg_image_list_at(list, i);
            int is_root = strstr(image->path, "libroot") != NULL;
            if (is_root != (round == 0))
                continue;
            table->image = *image;
            hdbg_symbols_visit(team, image->id, take_stub, &walk);
        }
    }
    hdbg_image_list_free(list);
    if (walk.failed)
        status = hdbg_fail(HDBG_NO_MEMORY, "cannot list system calls of team %d: out of memory",
                           (int)hdbg_team_id_of(team));
    if (table->count > 0)
        qsort(table->stubs, table->count, sizeof *table->stubs, by_number);
    for (size_t i = 0; i < table->count; i++)
        table->stubs[i].call.name = table->stubs[i].name;
    return status;
}

/* Whether a table's image is loaded still, as it was. */
static int is_loaded(hdbg_team *team, const hdbg_image_info *image)
{
    hdbg_image_info now;
    return inspect_image_by_id(team, image->id, &now) == HDBG_OK && now.text == image->text &&
           strcmp(now.path, image->path) == 0;
}

/* The team's table, locked: team_syscalls_unlock() follows. NULL: with a status, and not locked. */
static stub_table *stubs_of(hdbg_team *team, hdbg_status *status)
{
    uint64_t generation = team_image_generation(team);
    team_cache *slot = team_syscalls_lock(team);
    stub_table *table = slot->data;
    int current =
        table != NULL && (table->generation == generation || hdbg_team_state_of(team) != HDBG_TEAM_LIVE);
    if (!current && table != NULL && table->count > 0)
        current = is_loaded(team, &table->image);
    *status = HDBG_OK;
    if (current) {
        table->generation = generation;
        return table;
    }
    table_release(table);
    table = calloc(1, sizeof *table);
    slot->data = table;
    slot->destroy = table_release;
    if (table != NULL) {
        atomic_init(&table->users, 1);
        *status = read_stubs(team, table);
    } else {
        *status = hdbg_fail(HDBG_NO_MEMORY, "cannot list system calls: out of memory");
    }
    if (*status == HDBG_OK) {
        table->generation = generation;
        return table;
    }
    table_release(table);
    slot->data = NULL;
    team_syscalls_unlock(team);
    return NULL;
}

/* ---- both ---- */

/* Each of the team's own, which has to live unless they are known already. `visit` may ask for calls itself:
 * it is called without the lock. */
static hdbg_status visit_stubs(hdbg_team *team, int (*visit)(void *context, const hdbg_syscall *call),
                               void *context)
{
    hdbg_status status;
    stub_table *table = stubs_of(team, &status);
    if (table == NULL)
        return status;
    atomic_fetch_add(&table->users, 1);
    team_syscalls_unlock(team);
    int ended = 0;
    for (size_t i = 0; !ended && i < table->count; i++)
        ended = visit(context, &table->stubs[i].call);
    table_release(table);
    return HDBG_OK;
}

hdbg_status hdbg_syscalls_visit(hdbg_team *team, int (*visit)(void *context, const hdbg_syscall *call),
                                void *context)
{
    if (!kernel_numbers(team))
        return visit_stubs(team, visit, context);
    int ended = 0;
    hdbg_syscall call;
    for (uint32_t i = 0; i < KERNEL_CALLS_MAX && !ended; i++)
        ended = kernel_call(team, i, &call) && visit(context, &call);
    return HDBG_OK;
}

typedef struct stub_search {
    uint32_t number;
    const char *name; /* NULL: by number */
    hdbg_syscall found;
} stub_search;

static int is_searched(void *context, const hdbg_syscall *call)
{
    stub_search *search = context;
    int found =
        search->name != NULL ? same_name(call->name, search->name) : (uint32_t)call->number == search->number;
    if (found)
        search->found = *call;
    return found;
}

/* Fixed numbers need no search, and no team: what was told of one that has ended is looked up, too. */
static hdbg_status look_up(hdbg_team *team, stub_search *search)
{
    hdbg_syscall call;
    if (search->name != NULL || !kernel_call(team, search->number, &call) || call.number < 0)
        return hdbg_syscalls_visit(team, is_searched, search);
    search->found = call;
    return HDBG_OK;
}

hdbg_status hdbg_syscall_get(hdbg_team *team, uint32_t number, hdbg_syscall *call)
{
    stub_search search = {.number = number};
    hdbg_status status = hdbg_struct_check(call, "hdbg_syscall");
    if (status == HDBG_OK)
        status = look_up(team, &search);
    if (status != HDBG_OK)
        return status;
    if (search.found.name == NULL)
        return hdbg_fail(HDBG_NAME_NOT_FOUND, "team %d has no system call %u", (int)hdbg_team_id_of(team),
                         (unsigned)number);
    hdbg_struct_give(call, &search.found, sizeof search.found);
    return HDBG_OK;
}

const char *hdbg_syscall_name(hdbg_team *team, uint32_t number)
{
    stub_search search = {.number = number};
    return look_up(team, &search) == HDBG_OK ? search.found.name : NULL;
}

int32_t hdbg_syscall_find(hdbg_team *team, const char *name)
{
    stub_search search = {.name = name};
    hdbg_status status = look_up(team, &search);
    if (status != HDBG_OK)
        return status;
    if (search.found.name == NULL)
        return hdbg_fail(HDBG_NAME_NOT_FOUND, "team %d has no system call '%s'", (int)hdbg_team_id_of(team),
                         name);
    return search.found.number;
}

const char *hdbg_syscall_error(hdbg_team *team, int64_t result, const char **text)
{
    hdbg_status status;
    const char *name = NULL, *words = "";
    hdbg_session *session = hdbg_team_session(team);
    const hdbg_kernel *kernel = session != NULL ? hdbg_session_kernel(session) : NULL;
    if (kernel != NULL && KERNEL_HAS(kernel, syscall_error)) {
        name = kernel->ops->syscall_error(kernel->context, result, &words);
    } else if (result < 0 && result == (status = (hdbg_status)result)) {
        name = hdbg_status_name(status);
        words = hdbg_status_string(status);
    }
    if (text != NULL)
        *text = words;
    return name;
}
