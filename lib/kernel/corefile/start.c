/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The arguments and the environment that a program was started with, in the memory of its main thread's
 * stack, where the kernel has put them: Linux's (its ABI's initial stack), Haiku's (user_runtime.h). Each
 * pointer is held against what has to be true, as the program may have written over it all.
 */
#include "kernel/corefile/corefile.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* Linux's auxiliary vector */
    AUX_NULL = 0,
    AUX_RANDOM = 25,
    AUX_FILE_NAME = 31,
    AUX_ENTRY = 16,
    VECTOR_MAX = 64 * AUX_ENTRY, /* kernels have some 20 entries; each word of a stack is held against all */
    TABLE_MAX = 8 << 20,         /* how far below its strings the tables may begin */
    TEXT_MAX = 8 << 20,
    WORD = 8,
    ARGUMENTS_MAX = 1 << 20,
    /* Haiku's structure, which lies behind the main thread's stack and its thread-local storage */
    HAIKU_TLS_WORDS = 64,
    HAIKU_ARGUMENT_COUNT = 1064,
    HAIKU_ARGUMENTS = 1072,
    HAIKU_TEXT_MAX = 256 << 10
};

static uint64_t word_at(const uint8_t *bytes, size_t size)
{
    core_cursor c = {.at = bytes, .end = bytes + size, .is_64 = size == WORD};
    return core_word(&c);
}

/* Memory from an address on, which ends with a NUL behind `size` bytes; NULL unless all of it is known. */
static char *read_text(core_kernel *k, uint64_t address, size_t size)
{
    char *text = malloc(size + 1);
    if (text != NULL && core_memory_read(k, address, text, size) == size) {
        text[size] = '\0';
        return text;
    }
    free(text);
    return NULL;
}

/* ---- Linux ---- */

/* What is at the end of the stack, as words, up to the random bytes that follow the tables. */
typedef struct tables {
    uint8_t *bytes;
    size_t count;   /* words */
    uint64_t start; /* the first one's address */
    uint64_t end;   /* of the strings: the file's name follows them */
} tables;

static uint64_t entry_of(const tables *t, size_t index)
{
    return word_at(t->bytes + index * WORD, WORD);
}

/* Bytes of the auxiliary vector up to and with its last entry. */
static size_t vector_size(const core_kernel *k, uint64_t *random, uint64_t *name)
{
    size_t at = 0;
    *random = *name = 0;
    for (; at + AUX_ENTRY <= k->auxv_size; at += AUX_ENTRY) {
        uint64_t type = word_at(k->auxv + at, WORD), value = word_at(k->auxv + at + WORD, WORD);
        if (type == AUX_NULL)
            return at + AUX_ENTRY;
        if (type == AUX_RANDOM)
            *random = value;
        else if (type == AUX_FILE_NAME)
            *name = value;
    }
    return at;
}

static bool read_tables(core_kernel *k, uint64_t random, uint64_t name, tables *t)
{
    const core_segment *stack = core_segment_at(k, random);
    if (stack == NULL || name <= random || name - stack->address >= stack->size)
        return false;
    uint64_t end = random & -(uint64_t)WORD, start = (stack->address + WORD - 1) & -(uint64_t)WORD;
    if (start >= end)
        return false;
    if (end - start > TABLE_MAX)
        start = end - TABLE_MAX;
    t->start = start;
    t->end = name;
    t->count = (size_t)(end - start) / WORD;
    t->bytes = (uint8_t *)read_text(k, start, (size_t)(end - start));
    return t->bytes != NULL;
}

/* Where among the words the auxiliary vector is; their number if it is nowhere. */
static size_t find_vector(const core_kernel *k, const tables *t, size_t size)
{
    for (size_t i = t->count; i-- > 0;) {
        if (size / WORD <= t->count - i && memcmp(t->bytes + i * WORD, k->auxv, size) == 0)
            return i;
    }
    return t->count;
}

static bool is_string(const tables *t, uint64_t pointer)
{
    return pointer > t->start + t->count * WORD && pointer < t->end;
}

/* From the vector downwards: the environment's pointers, of which the program may have taken some out, those
 * of the arguments, between two zeros, and how many these are. */
static bool find_count(const tables *t, size_t vector, size_t *found)
{
    for (size_t i = vector; i-- > 0;) {
        uint64_t count = entry_of(t, i);
        if (count == 0 || count > ARGUMENTS_MAX || count + 2 >= vector - i || entry_of(t, i + count + 1) != 0)
            continue;
        size_t n = 1;
        while (n <= count && is_string(t, entry_of(t, i + n)))
            n++;
        *found = i;
        return n > count;
    }
    return false;
}

static bool find_linux(core_kernel *k, core_start *start)
{
    uint64_t random, name;
    tables t = {0};
    size_t at, size = vector_size(k, &random, &name);
    bool found = size > 0 && size <= VECTOR_MAX && read_tables(k, random, name, &t);
    size_t vector = found ? find_vector(k, &t, size) : 0;
    found = found && vector < t.count && find_count(&t, vector, &at);
    if (found) {
        /* The strings follow each other without a gap, up to the file's name. */
        uint64_t first = entry_of(&t, at + 1);
        start->argument_count = (size_t)entry_of(&t, at);
        start->size = (size_t)(t.end - first);
        start->text = t.end - first <= TEXT_MAX ? read_text(k, first, start->size) : NULL;
        found = start->text != NULL;
    }
    free(t.bytes);
    return found;
}

/* ---- Haiku ---- */

/* Bytes of so many strings; 0 if there are not so many. */
static size_t strings_size(const char *text, size_t room, uint64_t count)
{
    size_t at = 0;
    for (uint64_t i = 0; i < count; i++) {
        const char *end = memchr(text + at, '\0', room - at);
        if (end == NULL)
            return 0;
        at = (size_t)(end - text) + 1;
    }
    return at;
}

static bool find_haiku(core_kernel *k, core_start *start)
{
    size_t word = k->is_64 ? WORD : 4;
    uint8_t bytes[HAIKU_ARGUMENTS + 3 * WORD], first[WORD];
    const core_thread *main_thread = core_thread_find(k, k->info.team);
    if (main_thread == NULL || main_thread->stack_end == 0)
        return false;
    uint64_t at = main_thread->stack_end + HAIKU_TLS_WORDS * word;
    if (core_memory_read(k, at, bytes, sizeof bytes) < sizeof bytes)
        return false;
    uint64_t arguments = word_at(bytes + HAIKU_ARGUMENT_COUNT, 4),
             variables = word_at(bytes + HAIKU_ARGUMENT_COUNT + 4, 4),
             table = word_at(bytes + HAIKU_ARGUMENTS, word),
             environment = word_at(bytes + HAIKU_ARGUMENTS + word, word);
    /* The tables follow the structure, the strings the tables. */
    if (arguments == 0 || arguments > HAIKU_TEXT_MAX || variables > HAIKU_TEXT_MAX || table <= at ||
        table - at > HAIKU_ARGUMENTS + 8 * WORD || environment != table + (arguments + 1) * word ||
        core_memory_read(k, table, first, word) < word ||
        word_at(first, word) != environment + (variables + 1) * word)
        return false;
    char *text = malloc(HAIKU_TEXT_MAX);
    if (text == NULL)
        return false;
    size_t room = core_memory_read(k, word_at(first, word), text, HAIKU_TEXT_MAX);
    start->text = text;
    start->size = strings_size(text, room, arguments + variables);
    start->argument_count = (size_t)arguments;
    if (start->size == 0)
        free(text);
    return start->size > 0;
}

bool core_start_find(core_kernel *k, core_start *start)
{
    *start = (core_start){0};
    return k->auxv != NULL && k->is_64 ? find_linux(k, start) : find_haiku(k, start);
}
