/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Thread-local variables of a process with GNU's C library, which describes the structs that lead to them by
 * tables in itself, named _thread_db_..., for debuggers: an entry's size in bits, how many there are, its
 * offset.
 */
#include "kernel/hosted/images.h"
#include "kernel/hosted/internal.h"

#include <stdio.h>

enum { LISTS_MAX = 1024, NO_OFFSET = 0, DYNAMIC_OFFSET = -1 };

/* A question, and how the answer is looked for. */
typedef struct quest {
    hosted_kernel *kernel;
    hdbg_team_id team;
    hdbg_status (*find)(void *finder, const char *name, hdbg_address *symbol);
    void *finder;
    hdbg_status status; /* the first failure */
} quest;

static uint64_t read_word(quest *q, hdbg_address address, size_t size)
{
    uint64_t value = 0;
    if (q->status != HDBG_OK)
        return 0;
    if (size == 0 || size > sizeof value)
        q->status = hdbg_fail(HDBG_BAD_DATA, "the C library's description of its threads is damaged");
    else if (hosted_memory_read(q->kernel, q->team, address, &value, size) != (int64_t)size)
        q->status = hdbg_fail(HDBG_BAD_ADDRESS, "cannot read the C library's data of its threads: %s",
                              hdbg_last_error());
    return value;
}

static hdbg_address symbol(quest *q, const char *name)
{
    hdbg_address address = 0;
    if (q->status == HDBG_OK && q->find(q->finder, name, &address) != HDBG_OK)
        q->status = hdbg_fail(HDBG_NAME_NOT_FOUND,
                              "the C library does not describe its threads: there is no symbol %s", name);
    return address;
}

/* Where an entry of a struct is that lies at `base`, and its size in bytes. */
static hdbg_address entry(quest *q, hdbg_address base, const char *what, uint64_t index, size_t *size)
{
    enum { BITS, COUNT, OFFSET, WORDS };
    uint32_t table[WORDS] = {0};
    char name[64];
    snprintf(name, sizeof name, "_thread_db_%s", what);
    hdbg_address at = symbol(q, name);
    for (int i = 0; i < WORDS; i++)
        table[i] = (uint32_t)read_word(q, at + (uint64_t)i * sizeof *table, sizeof *table);
    *size = table[BITS] / 8;
    return base + table[OFFSET] + index * *size;
}

static hdbg_address place(quest *q, hdbg_address base, const char *what, uint64_t index)
{
    size_t size;
    return entry(q, base, what, index, &size);
}

static uint64_t value(quest *q, hdbg_address base, const char *what)
{
    size_t size;
    hdbg_address at = entry(q, base, what, 0, &size);
    return read_word(q, at, size);
}

/* When the module's place in the threads' tables was given to it: a table that is older has another one's
 * there. */
static uint64_t generation_of(quest *q, uint64_t module)
{
    hdbg_address list = 0;
    if (q->find(q->finder, "_rtld_global", &list) == HDBG_OK)
        list = value(q, list, "rtld_global__dl_tls_dtv_slotinfo_list");
    else
        list = read_word(q, symbol(q, "_dl_tls_dtv_slotinfo_list"), sizeof list);
    for (int i = 0; i < LISTS_MAX && q->status == HDBG_OK && list != 0; i++) {
        uint64_t length = value(q, list, "dtv_slotinfo_list_len");
        if (module < length) {
            hdbg_address slot = place(q, list, "dtv_slotinfo_list_slotinfo", module);
            return value(q, slot, "dtv_slotinfo_gen");
        }
        module -= length;
        list = value(q, list, "dtv_slotinfo_list_next");
    }
    return 0;
}

/* The module's memory of a thread, from the thread's table. 0: it has none yet. */
static hdbg_address from_table(quest *q, hdbg_address thread, uint64_t module)
{
    hdbg_address table = value(q, thread, "pthread_dtvp");
    if (q->status != HDBG_OK || table == 0)
        return 0;
    uint64_t newest = generation_of(q, module);
    uint64_t generation = value(q, table, "dtv_t_counter");
    hdbg_address line = place(q, table, "dtv_dtv", module);
    if (q->status != HDBG_OK || generation < newest)
        return 0;
    hdbg_address memory = value(q, line, "dtv_t_pointer_val");
    return (memory & 1) == 0 ? memory : 0; /* -1: not allocated */
}

/* The memory of an image in a thread. */
static hdbg_address memory_of(quest *q, hdbg_address thread, const hdbg_image_info *image)
{
    hdbg_address record = images_link_map(q->team, image);
    uint64_t module = 1; /* a static program has no records, and is the only module */
    if (record == 0 && image->type != HDBG_IMAGE_APP) {
        q->status = hdbg_fail(HDBG_NAME_NOT_FOUND, "the dynamic loader has no record of it");
        return 0;
    }
    if (record != 0) {
        module = value(q, record, "link_map_l_tls_modid");
        if (q->status == HDBG_OK && module == 0)
            q->status = hdbg_fail(HDBG_NAME_NOT_FOUND, "it has no thread-local variables");
        int64_t offset = (int64_t)value(q, record, "link_map_l_tls_offset");
        if (q->status == HDBG_OK && offset != NO_OFFSET && offset != DYNAMIC_OFFSET)
            return thread - (uint64_t)offset;
    }
    return q->status == HDBG_OK ? from_table(q, thread, module) : 0;
}

hdbg_status hosted_tls_address(void *context, hdbg_thread_id thread, const hdbg_image_info *image,
                               uint64_t offset,
                               hdbg_status (*find)(void *finder, const char *name, hdbg_address *symbol),
                               void *finder, hdbg_address *address)
{
    hdbg_extra_registers registers = {.size = sizeof registers};
    hdbg_thread_info info = {.size = sizeof info};
    hdbg_status status = hosted_extra_registers(context, thread, &registers);
    if (status == HDBG_OK)
        status = hosted_thread_info(context, thread, &info);
    if (status != HDBG_OK)
        return status;
    quest q = {.kernel = context, .team = info.team, .find = find, .finder = finder};
    hdbg_address memory = registers.fs_base != 0 ? memory_of(&q, registers.fs_base, image) : 0;
    if (q.status == HDBG_OK && memory == 0)
        q.status = hdbg_fail(HDBG_NO_INIT, "the thread has not used them yet");
    if (q.status != HDBG_OK)
        return hdbg_fail(q.status, "cannot find the thread-local variables of %s in thread %d: %s",
                         image->path, (int)thread, hdbg_last_error());
    *address = memory + offset;
    return HDBG_OK;
}
