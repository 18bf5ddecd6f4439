/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A thread's stack. The library follows frame pointers, which most system libraries are compiled without:
 * callers of such functions are passed over, or the list ends too early. There the stack's memory is searched
 * for what looks like return addresses. Frames found so are marked as guessed; the search ends at the next
 * function that keeps a frame pointer.
 */
#include "facts.h"

#include <haikudbg/memory.h>
#include <haikudbg/registers.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEARCH_BYTES = 64 * 1024, /* how far a stack is searched */
    GUESSED_MAX = 32          /* how many frames one search may yield */
};

/* A thread's frames as they grow, and a copy of the nearest part of its stack. */
struct walk {
    const struct facts *facts;
    thread_facts *thread;
    size_t word; /* bytes in an address */
    hdbg_address start;
    size_t size;
    uint8_t *bytes;
};

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

static void name_frame(const struct facts *facts, frame_facts *frame)
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
        frame->function_length = symbol.length;
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

/* Whether a frame's function sets up a frame pointer, as x86's do with their first two instructions. Other
 * processors keep return addresses in a register, and functions that call others have to store it in a frame.
 */
static bool keeps_frame_pointer(const struct walk *walk, const frame_facts *frame)
{
    static const uint8_t kLandingPad[] = {0xf3, 0x0f, 0x1e,
                                          0xfa}; /* endbr64, endbr32 differs in its last byte */
    static const uint8_t kPrologue[] = {0x55, 0x48, 0x89, 0xe5}; /* push rbp; mov rbp, rsp */
    uint8_t code[8] = {0};
    size_t at = 0;

    if (walk->thread->registers.arch != HDBG_ARCH_X86_64)
        return true;
    if (!frame->has_symbol)
        return false;
    hdbg_memory_read(walk->facts->team, frame->frame.pc - frame->offset, code, sizeof(code), NULL);
    if (memcmp(code, kLandingPad, sizeof(kLandingPad)) == 0)
        at = sizeof(kLandingPad);
    return memcmp(code + at, kPrologue, sizeof(kPrologue)) == 0;
}

static bool copy_stack(struct walk *walk, hdbg_address from)
{
    const hdbg_area_info *area = facts_area_at(walk->facts, from);
    if (area == NULL || walk->word == 0)
        return false;
    walk->start = (from + walk->word - 1) / walk->word * walk->word;
    uint64_t rest = area->address + area->length - walk->start;
    walk->size = rest < SEARCH_BYTES ? (size_t)rest : SEARCH_BYTES;
    walk->bytes = malloc(walk->size + 1);
    if (walk->bytes == NULL)
        return false;
    hdbg_memory_read(walk->facts->team, walk->start, walk->bytes, walk->size, &walk->size);
    return walk->size > 0;
}

/* The word at an address of the copied stack; false beyond it. */
static bool stack_word(const struct walk *walk, hdbg_address address, uint64_t *value)
{
    if (address < walk->start || walk->size < walk->word || address - walk->start > walk->size - walk->word)
        return false;
    *value = 0;
    /* All of Haiku's processors are little-endian. */
    memcpy(value, walk->bytes + (address - walk->start), walk->word);
    return true;
}

static frame_facts *add_frame(struct walk *walk, const hdbg_frame *found, bool guessed)
{
    thread_facts *thread = walk->thread;
    if (thread->frame_count >= MAX_FRAMES)
        return NULL;
    frame_facts *frame = &thread->frames[thread->frame_count];
    memset(frame, 0, sizeof(*frame));
    frame->frame = *found;
    frame->guessed = guessed;
    name_frame(walk->facts, frame);
    thread->frame_count++;
    return frame;
}

/* Takes a word of the stack for a return address if it lies within a function. Answers the frame, or NULL. */
static frame_facts *guess_frame(struct walk *walk, hdbg_address at, uint64_t value)
{
    hdbg_frame found = {.pc = value, .sp = at + walk->word, .source = HDBG_FRAME_RETURN_ADDRESS};
    const thread_facts *thread = walk->thread;
    bool repeats = thread->frame_count > 0 && thread->frames[thread->frame_count - 1].frame.pc == value;
    if (repeats || !is_code(walk->facts, value))
        return NULL;
    frame_facts *frame = add_frame(walk, &found, true);
    /* A pointer to a function's first byte is not where a call returns to. */
    if (frame != NULL && (!frame->has_symbol || frame->offset == 0 || frame->function_length == 0)) {
        walk->thread->frame_count--;
        return NULL;
    }
    return frame;
}

/* Callers that were passed over, between a frame without frame pointer and the one that its register points
 * at. */
static void search_gap(struct walk *walk, hdbg_address from, hdbg_address to)
{
    uint64_t value;
    size_t guessed = 0;
    for (hdbg_address at = from; at < to && stack_word(walk, at, &value) && guessed < GUESSED_MAX;
         at += walk->word) {
        const frame_facts *frame = guess_frame(walk, at, value);
        if (frame == NULL)
            continue;
        guessed++;
        if (keeps_frame_pointer(walk, frame))
            return; /* this one's is the frame that follows */
    }
}

/* Whether a frame with saved frame pointer and return address lies at `at`, one whose caller can be believed
 * in. */
static bool is_frame(const struct walk *walk, hdbg_address at)
{
    uint64_t caller, pc, callers_pc;
    return stack_word(walk, at, &caller) && stack_word(walk, at + walk->word, &pc) &&
           is_code(walk->facts, pc) && caller > at && caller % walk->word == 0 &&
           stack_word(walk, caller + walk->word, &callers_pc) && is_code(walk->facts, callers_pc);
}

/* Follows frame pointers from the frame at `at`. Returns where the last one ends. */
static hdbg_address follow_frames(struct walk *walk, hdbg_address at)
{
    uint64_t next, pc;
    hdbg_address end = at + 2 * walk->word;
    while (stack_word(walk, at, &next) && stack_word(walk, at + walk->word, &pc) &&
           is_code(walk->facts, pc)) {
        end = at + 2 * walk->word;
        hdbg_frame found = {.pc = pc, .sp = end, .frame_pointer = next, .source = HDBG_FRAME_POINTER};
        const frame_facts *frame = add_frame(walk, &found, false);
        if (frame == NULL || is_outermost(frame) || next <= at)
            break;
        at = next;
    }
    return end;
}

/* Searches the stack above the last frame, where frame pointers have ended, for more frames. */
static void search_rest(struct walk *walk, hdbg_address from)
{
    thread_facts *thread = walk->thread;
    uint64_t value;
    size_t guessed = 0;
    bool in_locals = false;

    for (hdbg_address at = from; stack_word(walk, at, &value) && guessed < GUESSED_MAX; at += walk->word) {
        const frame_facts *guess = NULL;
        if (is_frame(walk, at)) {
            at = follow_frames(walk, at) - walk->word;
            in_locals = false;
        } else if (!in_locals && (guess = guess_frame(walk, at, value)) != NULL) {
            guessed++;
            /* What lies before its frame are its own variables. */
            in_locals = keeps_frame_pointer(walk, guess);
        }
        if (is_outermost(&thread->frames[thread->frame_count - 1])) {
            thread->stack_end = HDBG_STACK_COMPLETE;
            return;
        }
        if (thread->frame_count >= MAX_FRAMES) {
            thread->stack_end = HDBG_STACK_LIMIT;
            return;
        }
    }
}

/* Takes over what the library found, and fills the gaps. Answers whether the outermost frame is among them.
 */
static bool add_walked(struct walk *walk, const hdbg_frame *frames, size_t count)
{
    /* The last ones may come from a register that holds something else than a frame pointer. */
    while (count > 1 && !is_code(walk->facts, frames[count - 1].pc))
        count--;
    for (size_t i = 0; i < count; i++) {
        const frame_facts *frame = add_frame(walk, &frames[i], false);
        if (frame == NULL)
            return false;
        if (is_outermost(frame)) {
            walk->thread->stack_end = HDBG_STACK_COMPLETE;
            return true;
        }
        bool calls_next = i + 1 < count && frames[i + 1].source == HDBG_FRAME_POINTER;
        if (calls_next && frames[i].sp != 0 && !keeps_frame_pointer(walk, frame))
            search_gap(walk, frames[i].sp, frames[i].frame_pointer);
    }
    return false;
}

void stack_gather(const struct facts *facts, thread_facts *thread)
{
    hdbg_frame walked[MAX_FRAMES];
    size_t count = 0;
    struct walk walk = {.facts = facts, .thread = thread};

    thread->frames = calloc(MAX_FRAMES, sizeof(*thread->frames));
    if (thread->frames == NULL || !thread->has_registers ||
        hdbg_stack_walk(thread->thread, walked, MAX_FRAMES, &count, &thread->stack_end) != HDBG_OK ||
        count == 0)
        return;
    walk.word = hdbg_arch_address_size((hdbg_arch)thread->registers.arch);
    bool has_stack = copy_stack(&walk, hdbg_cpu_state_role(&thread->registers, HDBG_ROLE_SP));
    bool complete = add_walked(&walk, walked, count);
    const hdbg_frame last = thread->frames[thread->frame_count - 1].frame;
    /* A walk that ends with its first frame may have met a zero in a register that is no frame pointer just
     * now. */
    if (thread->stack_end == HDBG_STACK_COMPLETE && thread->frame_count > 1)
        complete = true;
    if (has_stack && !complete && thread->stack_end != HDBG_STACK_LIMIT)
        search_rest(&walk, last.sp != 0 ? last.sp : walk.start);
    free(walk.bytes);
    frame_facts *shrunk = realloc(thread->frames, (thread->frame_count + 1) * sizeof(*shrunk));
    if (shrunk != NULL)
        thread->frames = shrunk;
}
