/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A signature by which reports of the same crash are put together. docs/hdbg-report.md describes it; whoever
 * changes what goes in raises the version.
 */
#include "facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { VERSION = 1, FRAMES_MAX = 6 };

/* FNV-1a: short, and defined to the bit. */
static void mix(uint64_t *hash, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        *hash = (*hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
}

/* The function's name without what a compiler appends to a part or a copy of it (".cold", ".isra.0"), and
 * without its parameters. */
static size_t stable_length(const char *function)
{
    static const char kUnnamed[] = "(anonymous namespace)";
    size_t length = strcspn(function, ".(");
    while (strncmp(function + length, kUnnamed, sizeof(kUnnamed) - 1) == 0) {
        length += sizeof(kUnnamed) - 1;
        length += strcspn(function + length, ".(");
    }
    return length > 0 ? length : strlen(function);
}

static bool is_outermost(const place_facts *place)
{
    static const char *const kNames[] = {
        "_start", "__libc_start_main", "__libc_start_call_main", "start_thread", "clone3", "thread_entry"};
    for (size_t i = 0; place->has_symbol && i < sizeof(kNames) / sizeof(*kNames); i++) {
        if (strcmp(place->function, kNames[i]) == 0)
            return true;
    }
    return false;
}

/* Whether a frame is in each report of this crash: one that was left by a jump is only known where the debug
 * information is. */
static bool is_there(const frame_facts *frame)
{
    return !frame->guessed && frame->frame.source != HDBG_FRAME_TAIL_CALL;
}

static void mix_place(uint64_t *hash, const place_facts *place)
{
    const char *function = place->has_symbol ? place->function : "?";
    const char *image = place->in_image ? place->image : "?";
    mix(hash, function, stable_length(function));
    mix(hash, "@", 1);
    mix(hash, image, strlen(image));
    mix(hash, "\n", 1);
}

void signature_make(const struct facts *facts, char *signature, size_t size)
{
    const thread_facts *thread = &facts->threads[0];
    const frame_facts *recursion = facts->verdict == VERDICT_RECURSION ? recursion_of(thread) : NULL;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t used = 0;

    for (size_t turn = 0; recursion != NULL && used < FRAMES_MAX && turn < recursion->fold_period; turn++) {
        const frame_facts *frame = recursion_frame(recursion, turn);
        if (!is_there(frame))
            continue;
        mix_place(&hash, frame->place);
        used++;
    }
    for (size_t i = facts->culprit; recursion == NULL && i < thread->frame_count && used < FRAMES_MAX; i++) {
        const frame_facts *frame = &thread->frames[i];
        if (!is_there(frame))
            continue;
        if (is_outermost(frame->place))
            break;
        mix_place(&hash, frame->place);
        used++;
    }
    snprintf(signature, size, "%d-%016" PRIx64, VERSION, hash);
}
