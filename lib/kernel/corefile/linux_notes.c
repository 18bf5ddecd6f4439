/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Linux's notes, as its kernel, gcore and this library's hosted kernel write them: a group of notes for each
 * thread, that begins with its NT_PRSTATUS; the program, the auxiliary vector, the mapped files. Layouts of
 * 64 bit processors.
 */
#include "base/fail.h"
#include "kernel/corefile/corefile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NOTE_STATUS = 1,
    NOTE_FLOAT = 2,
    NOTE_PROGRAM = 3,
    NOTE_AUXV = 6,
    NOTE_SIGINFO = 0x53494749,
    NOTE_FILE = 0x46494c45,
    NOTE_XSTATE = 0x202,
    SIGINFO_SIZE = 128,
    FX_SIZE = 512,

    /* struct elf_prstatus */
    STATUS_SIGNAL = 12,
    STATUS_PID = 32,
    STATUS_REGISTERS = 112,
    /* struct elf_prpsinfo */
    PROGRAM_UID = 16,
    PROGRAM_PID = 24,
    PROGRAM_NAME = 40,
    PROGRAM_NAME_SIZE = 16,
    PROGRAM_ARGUMENTS_SIZE = 80,
    PROGRAM_SIZE = 136
};

static core_cursor at(const core_note *note, size_t offset)
{
    return (core_cursor){.at = note->data + offset, .end = note->data + note->size, .is_64 = 1};
}

static void read_status(core_kernel *k, const core_note *note)
{
    size_t registers = core_linux_registers_size(k->arch);
    if (registers == 0) {
        core_problem(k, "Linux's registers of this processor are not known");
        return;
    }
    if (note->size < STATUS_REGISTERS + registers) {
        core_problem(k, "the note of a thread's registers has %zu bytes", note->size);
        return;
    }
    linux_thread *thread = core_list_add(&k->linux_threads, sizeof *thread);
    if (thread == NULL)
        return;
    core_cursor signal = at(note, STATUS_SIGNAL), pid = at(note, STATUS_PID);
    thread->signal = core_u16(&signal);
    thread->id = (int32_t)core_u32(&pid);
    thread->registers = note->data + STATUS_REGISTERS;
}

/* What follows a thread's registers is that thread's. */
static linux_thread *last_thread(core_kernel *k)
{
    return k->linux_threads.count > 0 ? CORE_AT(k->linux_threads, linux_thread, k->linux_threads.count - 1)
                                      : NULL;
}

static void read_float(core_kernel *k, const core_note *note)
{
    linux_thread *thread = last_thread(k);
    if (thread != NULL && thread->extended == NULL && note->size >= FX_SIZE) {
        thread->extended = note->data;
        thread->extended_size = FX_SIZE;
        thread->has_float = true;
    }
}

static void read_xstate(core_kernel *k, const core_note *note)
{
    linux_thread *thread = last_thread(k);
    if (thread != NULL && note->size > FX_SIZE + 64) {
        thread->extended = note->data;
        thread->extended_size = note->size;
        thread->has_float = false;
    }
}

static void read_siginfo(core_kernel *k, const core_note *note)
{
    linux_thread *thread = last_thread(k);
    if (thread != NULL && note->size >= SIGINFO_SIZE)
        thread->info = note->data;
}

static void read_program(core_kernel *k, const core_note *note)
{
    if (note->size < PROGRAM_SIZE) {
        core_problem(k, "the note of the program has %zu bytes", note->size);
        return;
    }
    core_cursor user = at(note, PROGRAM_UID), pid = at(note, PROGRAM_PID);
    uint32_t uid = core_u32(&user), gid = core_u32(&user);
    int32_t id = (int32_t)core_u32(&pid);
    k->parent = (int32_t)core_u32(&pid);
    k->process_group = (int32_t)core_u32(&pid);
    k->session = (int32_t)core_u32(&pid);
    const char *name = (const char *)note->data + PROGRAM_NAME;
    snprintf(k->name, sizeof k->name, "%.*s", PROGRAM_NAME_SIZE, name);
    if (k->has_team)
        return;
    k->info.team = id;
    k->user = uid;
    k->group = gid;
    snprintf(k->arguments, sizeof k->arguments, "%.*s", PROGRAM_ARGUMENTS_SIZE, name + PROGRAM_NAME_SIZE);
    /* The kernel puts a space behind each argument. */
    for (size_t n = strlen(k->arguments); n > 0 && k->arguments[n - 1] == ' '; n--)
        k->arguments[n - 1] = '\0';
    k->has_team = true;
}

static void read_auxv(core_kernel *k, const core_note *note)
{
    if (k->auxv == NULL) {
        k->auxv = note->data;
        k->auxv_size = note->size;
    }
}

static void read_files(core_kernel *k, const core_note *note)
{
    core_cursor c = core_cursor_of(k, note);
    uint64_t count = core_word(&c), page = core_word(&c);
    size_t entry = k->is_64 ? 24 : 12;
    if (c.failed || page == 0) {
        core_problem(k, "the note of the mapped files is damaged");
        return;
    }
    if (count > core_left(&c) / entry) {
        core_problem(k, "%llu mapped files are promised, there is room for %zu", (unsigned long long)count,
                     core_left(&c) / entry);
        count = core_left(&c) / entry;
    }
    core_cursor names = c;
    core_bytes(&names, (size_t)count * entry);
    for (uint64_t i = 0; i < count; i++) {
        core_mapping *mapping = core_list_add(&k->mappings, sizeof *mapping);
        if (mapping == NULL)
            return;
        mapping->start = core_word(&c);
        mapping->end = core_word(&c);
        uint64_t offset = core_word(&c);
        mapping->path = core_string(&names);
        if (mapping->end <= mapping->start || __builtin_mul_overflow(offset, page, &mapping->offset)) {
            core_problem(k, "the mapping of %s at 0x%llx is damaged", mapping->path,
                         (unsigned long long)mapping->start);
            k->mappings.count--;
        }
    }
    if (names.failed)
        core_problem(k, "the names of mapped files are cut off");
}

static const struct {
    const char *name;
    uint32_t type;
    uint32_t flags; /* set if there is one */
    void (*read)(core_kernel *k, const core_note *note);
} kinds[] = {{"CORE", NOTE_STATUS, HDBG_CORE_HAS_LINUX_NOTES, read_status},
             {"CORE", NOTE_FLOAT, HDBG_CORE_HAS_LINUX_NOTES, read_float},
             {"CORE", NOTE_PROGRAM, HDBG_CORE_HAS_LINUX_NOTES, read_program},
             {"CORE", NOTE_AUXV, HDBG_CORE_HAS_LINUX_NOTES, read_auxv},
             {"CORE", NOTE_SIGINFO, HDBG_CORE_HAS_LINUX_NOTES, read_siginfo},
             {"CORE", NOTE_FILE, 0, read_files},
             {"LINUX", NOTE_XSTATE, HDBG_CORE_HAS_LINUX_NOTES, read_xstate}};

int core_linux_note(core_kernel *k, const core_note *note)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].type == note->type && strlen(kinds[i].name) == note->name_size &&
            memcmp(kinds[i].name, note->name, note->name_size) == 0) {
            k->info.flags |= kinds[i].flags;
            kinds[i].read(k, note);
            return 1;
        }
    }
    return 0; /* others are about what nobody here asks for */
}

/* ---- threads ---- */

static int by_id(const void *a, const void *b)
{
    const core_thread *left = *(core_thread *const *)a, *right = *(core_thread *const *)b;
    return left->id < right->id ? -1 : left->id > right->id;
}

static core_thread *find(core_thread **sorted, size_t count, hdbg_thread_id id)
{
    core_thread key = {.id = id}, *wanted = &key;
    core_thread **found = count > 0 ? bsearch(&wanted, sorted, count, sizeof(core_thread *), by_id) : NULL;
    return found != NULL ? *found : NULL;
}

/* The kernel gives all threads the signal of the first, but only that one's details: the others did not get
 * it. `is_first`: of the file. */
static void add_thread(core_kernel *k, const linux_thread *from, bool is_first)
{
    core_thread *thread = core_list_add(&k->threads, sizeof *thread);
    if (thread == NULL)
        return;
    thread->id = from->id;
    thread->state = HDBG_THREAD_WAITING;
    thread->priority = 10;
    thread->name = k->name;
    core_cpu_from_linux(k->arch, from, thread);
    if (is_first || from->info != NULL)
        core_stop_from_linux(thread, from->signal, from->info);
}

hdbg_status core_linux_threads(core_kernel *k)
{
    size_t known = k->threads.count;
    core_thread **sorted = malloc((known + 1) * sizeof *sorted);
    if (sorted == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for the threads of %s", k->path);
    for (size_t i = 0; i < known; i++)
        sorted[i] = CORE_AT(k->threads, core_thread, i);
    if (known > 0)
        qsort(sorted, known, sizeof *sorted, by_id);
    for (size_t i = 0; i < k->linux_threads.count; i++) {
        const linux_thread *from = CORE_AT(k->linux_threads, linux_thread, i);
        core_thread *thread = find(sorted, known, from->id);
        if (thread != NULL) {
            /* Haiku's note has the registers; Linux's knows the signal, and registers beyond. */
            core_thread spare = {0};
            if (core_cpu_from_linux(k->arch, from, &spare))
                thread->extra = spare.extra;
            if (i == 0 || from->info != NULL)
                core_stop_from_linux(thread, from->signal, from->info);
        } else if (known == 0) {
            add_thread(k, from, i == 0);
        }
    }
    free(sorted);
    return HDBG_OK;
}
