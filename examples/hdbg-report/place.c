/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What is at an address of code: image, function, source line, inlined calls. Threads stand at the same
 * addresses, so each is looked up once.
 */
#include "facts.h"

#include <string.h>

enum { BUCKETS = 4096, CALLS_MAX = 32 };

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Distributions have the compiler write the package's top as ".", in the folder and in the file's name, of
 * which debug information makes "./malloc/./malloc/malloc.c": the second one is the way from there. */
static const char *from_top(const char *path)
{
    const char *again = path != NULL && strncmp(path, "./", 2) == 0 ? strstr(path, "/./") : NULL;
    return again != NULL ? again + 1 : path;
}

struct collecting {
    struct pool *pool;
    call_facts calls[CALLS_MAX];
    size_t count;
};

static int note_call(void *context, size_t depth, const hdbg_source_line *line)
{
    struct collecting *to = context;
    (void)depth;
    to->calls[to->count++] = (call_facts){.function = pool_copy(to->pool, line->function),
                                          .file = pool_copy(to->pool, from_top(line->file)),
                                          .line = line->line,
                                          .column = line->column,
                                          .inlined = line->is_inlined != 0};
    return to->count == CALLS_MAX;
}

static void find_calls(struct facts *facts, place_facts *place, hdbg_address looked_up)
{
    struct collecting to = {.pool = facts->pool};
    if (!place->in_image || hdbg_source_at(facts->team, looked_up, note_call, &to) != HDBG_OK ||
        to.count == 0)
        return;
    call_facts *calls = pool_array(facts->pool, to.count, sizeof(*calls));
    if (calls == NULL)
        return;
    memcpy(calls, to.calls, to.count * sizeof(*calls));
    place->calls = calls;
    place->call_count = to.count;
    /* A function that has no symbol any more may still have a name. */
    const call_facts *called = &calls[to.count - 1];
    if (!place->has_symbol && called->function != NULL && !called->inlined) {
        place->function = called->function;
        place->has_symbol = true;
    }
}

/* A std::string's whole name says no more than its short one, and hides the rest. */
static const char *readable(struct pool *pool, const char *function)
{
    static const char kLong[] =
        "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >";
    const char *at;
    while ((at = strstr(function, kLong)) != NULL)
        function =
            pool_format(pool, "%.*sstd::string%s", (int)(at - function), function, at + sizeof(kLong) - 1);
    return pool_copy(pool, function);
}

static void fill(struct facts *facts, place_facts *place)
{
    hdbg_symbol symbol = {.size = sizeof(symbol)};
    /* A return address may be the first byte behind its function, if that never returns. */
    hdbg_address looked_up = place->address - (place->exact || place->address == 0 ? 0 : 1);
    const hdbg_image_info *image = hdbg_image_list_find(facts->image_list, looked_up);

    place->in_image = image != NULL;
    if (image != NULL) {
        place->image_id = image->id;
        place->image_offset = place->address - image->text;
        place->image = pool_copy(facts->pool, file_name(image->path));
    }
    place->has_symbol = hdbg_symbol_at(facts->team, looked_up, &symbol) == HDBG_OK;
    if (place->has_symbol) {
        place->offset = place->address - symbol.address;
        place->function = readable(facts->pool, symbol.name);
    }
    find_calls(facts, place, looked_up);
}

const place_facts *place_at(struct facts *facts, hdbg_address address, bool exact)
{
    static const place_facts kUnknown = {0};
    if (facts->places == NULL &&
        (facts->places = pool_array(facts->pool, BUCKETS, sizeof(*facts->places))) == NULL)
        return &kUnknown;
    struct place_facts **bucket = &facts->places[(address ^ address >> 12) % BUCKETS];
    for (place_facts *known = *bucket; known != NULL; known = known->next) {
        if (known->address == address && known->exact == exact)
            return known;
    }
    place_facts *made = pool_get(facts->pool, sizeof(*made));
    if (made == NULL)
        return &kUnknown;
    made->address = address;
    made->exact = exact;
    made->next = *bucket;
    *bucket = made;
    fill(facts, made);
    return made;
}
