/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A thread's stack. The library follows frame pointers. Where they end too early, since system libraries are
 * often compiled without them, the stack's memory is searched for the next function that has one; frames in
 * between that look like return addresses are kept, and marked as guessed.
 */
#include "facts.h"

#include <haikudbg/memory.h>
#include <haikudbg/registers.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEARCH_BYTES = 64 * 1024, /* how far a stack is searched */
    GUESSED_MAX = 32          /* how many frames it may yield */
};

/* A piece of a stack, copied. */
typedef struct stack_copy {
    hdbg_address start;
    size_t size;
    size_t word; /* bytes in an address */
    uint8_t *bytes;
} stack_copy;

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static const hdbg_image_info *image_at(const struct facts *facts, hdbg_address address)
{
    for (size_t i = 0; i < facts->image_count; i++) {
        const hdbg_image_info *image = &facts->images[i].info;
        if (address - image->text < image->text_size || address - image->data < image->data_size)
            return image;
    }
    return NULL;
}

void frame_name(const struct facts *facts, frame_facts *frame)
{
    hdbg_symbol symbol = {.size = sizeof(symbol)};
    /* A return address may be the first byte behind its function, if that never returns. */
    hdbg_address address = frame->frame.pc;
    uint64_t back = frame->frame.source != HDBG_FRAME_REGISTERS && address > 0 ? 1 : 0;

    const hdbg_image_info *image = image_at(facts, address - back);
    frame->in_image = image != NULL;
    if (image != NULL) {
        frame->image_id = image->id;
        frame->image_offset = address - image->text;
        snprintf(frame->image, sizeof(frame->image), "%s", file_name(image->path));
    }
    frame->has_symbol = hdbg_symbol_at(facts->team, address - back, &symbol) == HDBG_OK;
    if (frame->has_symbol) {
        frame->offset = address - symbol.address;
        snprintf(frame->function, sizeof(frame->function), "%s", symbol.name);
    }
}

bool is_code(const struct facts *facts, hdbg_address address)
{
    const hdbg_area_info *area = facts_area_at(facts, address);
    return area != NULL && (area->protection & HDBG_AREA_EXECUTE) != 0;
}

/* Functions that call a program's or a thread's first one: a stack that reached them is complete. */
static bool is_outermost(const frame_facts *frame)
{
    static const char *const kNames[] = {
        "main",  "_start", "__libc_start_main", "__libc_start_call_main", "start_thread",
        "clone", "clone3", "thread_entry"};
    for (size_t i = 0; frame->has_symbol && i < sizeof(kNames) / sizeof(*kNames); i++) {
        if (strcmp(frame->function, kNames[i]) == 0)
            return true;
    }
    return false;
}

static bool read_stack(const struct facts *facts, const thread_facts *thread, hdbg_address from,
                       stack_copy *copy)
{
    const hdbg_area_info *area = facts_area_at(facts, from);
    copy->word = hdbg_arch_address_size(thread->registers.arch);
    if (area == NULL || copy->word == 0)
        return false;
    copy->start = (from + copy->word - 1) / copy->word * copy->word;
    uint64_t rest = area->address + area->length - copy->start;
    copy->size = rest < SEARCH_BYTES ? (size_t)rest : SEARCH_BYTES;
    copy->bytes = malloc(copy->size + 1);
    if (copy->bytes == NULL)
        return false;
    if (hdbg_memory_read(facts->team, copy->start, copy->bytes, copy->size, &copy->size) != HDBG_OK &&
        copy->size == 0) {
        free(copy->bytes);
        return false;
    }
    return true;
}

/* The word at an address of the copied stack; false beyond it. */
static bool stack_word(const stack_copy *copy, hdbg_address address, uint64_t *value)
{
    if (address < copy->start || copy->size < copy->word || address - copy->start > copy->size - copy->word)
        return false;
    *value = 0;
    /* All of Haiku's processors are little-endian. */
    memcpy(value, copy->bytes + (address - copy->start), copy->word);
    return true;
}

static frame_facts *add_frame(const struct facts *facts, thread_facts *thread, hdbg_address pc,
                              hdbg_address sp, hdbg_address frame_pointer, bool guessed)
{
    if (thread->frame_count >= MAX_FRAMES)
        return NULL;
    frame_facts *frame = &thread->frames[thread->frame_count];
    memset(frame, 0, sizeof(*frame));
    frame->frame.pc = pc;
    frame->frame.sp = sp;
    frame->frame.frame_pointer = frame_pointer;
    frame->frame.source = guessed ? HDBG_FRAME_RETURN_ADDRESS : HDBG_FRAME_POINTER;
    frame->guessed = guessed;
    frame_name(facts, frame);
    thread->frame_count++;
    return frame;
}

/* Whether a frame with saved frame pointer and return address lies at `at`, one whose caller can be believed
 * in. */
static bool is_frame(const struct facts *facts, const stack_copy *copy, hdbg_address at)
{
    uint64_t caller, pc, callers_pc;
    return stack_word(copy, at, &caller) && stack_word(copy, at + copy->word, &pc) && is_code(facts, pc) &&
           caller > at && caller % copy->word == 0 && stack_word(copy, caller + copy->word, &callers_pc) &&
           is_code(facts, callers_pc);
}

/* Follows frame pointers from the frame at `at`. Returns where the last one ends. */
static hdbg_address follow_frames(const struct facts *facts, thread_facts *thread, const stack_copy *copy,
                                  hdbg_address at)
{
    uint64_t next, pc;
    hdbg_address end = at + 2 * copy->word;
    while (stack_word(copy, at, &next) && stack_word(copy, at + copy->word, &pc) && is_code(facts, pc)) {
        end = at + 2 * copy->word;
        const frame_facts *frame = add_frame(facts, thread, pc, end, next, false);
        if (frame == NULL || is_outermost(frame) || next <= at)
            break;
        at = next;
    }
    return end;
}

/* Searches the stack above the last frame for more of them. */
static void search_stack(const struct facts *facts, thread_facts *thread, hdbg_address from)
{
    stack_copy copy;
    uint64_t value;
    size_t guessed = 0;

    if (!read_stack(facts, thread, from, &copy))
        return;
    for (hdbg_address at = copy.start; stack_word(&copy, at, &value) && guessed < GUESSED_MAX;
         at += copy.word) {
        if (is_frame(facts, &copy, at)) {
            at = follow_frames(facts, thread, &copy, at) - copy.word;
        } else if (is_code(facts, value)) {
            const frame_facts *frame = add_frame(facts, thread, value, at + copy.word, 0, true);
            /* A pointer to a function's first byte is not where a call returns to. */
            if (frame != NULL && (!frame->has_symbol || frame->offset == 0))
                thread->frame_count--;
            else
                guessed++;
        }
        if (thread->frame_count > 0 && is_outermost(&thread->frames[thread->frame_count - 1])) {
            thread->stack_end = HDBG_STACK_COMPLETE;
            break;
        }
        if (thread->frame_count >= MAX_FRAMES) {
            thread->stack_end = HDBG_STACK_LIMIT;
            break;
        }
    }
    free(copy.bytes);
}

/* Frames that the walk took from a register that held something else than a frame pointer. */
static void drop_wrong_frames(const struct facts *facts, thread_facts *thread)
{
    while (thread->frame_count > 1 && !is_code(facts, thread->frames[thread->frame_count - 1].frame.pc))
        thread->frame_count--;
}

void stack_gather(const struct facts *facts, thread_facts *thread)
{
    hdbg_frame walked[MAX_FRAMES];
    size_t count = 0;

    thread->frames = calloc(MAX_FRAMES, sizeof(*thread->frames));
    if (thread->frames == NULL ||
        hdbg_stack_walk(thread->thread, walked, MAX_FRAMES, &count, &thread->stack_end) != HDBG_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        thread->frames[i].frame = walked[i];
        frame_name(facts, &thread->frames[i]);
    }
    thread->frame_count = count;
    drop_wrong_frames(facts, thread);
    if (thread->frame_count == 0 || !thread->has_registers || thread->stack_end == HDBG_STACK_LIMIT)
        return;

    for (size_t i = 0; i < thread->frame_count; i++) {
        if (is_outermost(&thread->frames[i])) {
            thread->stack_end = HDBG_STACK_COMPLETE;
            return;
        }
    }
    /* A walk that ends with its first frame may have met a zero in a register that is no frame pointer just
     * now. */
    if (thread->stack_end == HDBG_STACK_COMPLETE && thread->frame_count > 1)
        return;
    const hdbg_frame *last = &thread->frames[thread->frame_count - 1].frame;
    hdbg_address from = last->sp != 0 ? last->sp : hdbg_cpu_state_role(&thread->registers, HDBG_ROLE_SP);
    search_stack(facts, thread, from);
}
