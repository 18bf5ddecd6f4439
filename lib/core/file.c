/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A core file from its first byte to its last: ELF header, segments, notes, memory.
 */
#include "base/fail.h"
#include "core/core.h"

#include <haikudbg/registers.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PAGE = 4096,
    CHUNK = CORE_CHUNK,        /* it stays in the processor's cache until it is written */
    LONG_STRETCH = 16 * CHUNK, /* from so much on it pays to read ahead */
    PROGRESS_STEP = 16 * 1024 * 1024,
    TYPE_CORE = 4,
    COUNT_ELSEWHERE = 0xffff,
    HEADER_64 = 64,
    HEADER_32 = 52,
    PROGRAM_64 = 56,
    PROGRAM_32 = 32,
    SECTION_64 = 64,
    SECTION_32 = 40
};

typedef struct writing {
    core_output *output;
    const core_source *source;
    const hdbg_core_options *options;
    uint64_t done, total, told;
    uint8_t *chunk;
    core_ahead *ahead; /* NULL: not started yet, or it cannot be */
    bool is_alone;     /* it cannot */
} writing;

/* ---- the head ---- */

static uint16_t machine_of(hdbg_arch arch)
{
    switch (arch) {
    case HDBG_ARCH_X86:
        return 3;
    case HDBG_ARCH_X86_64:
        return 62;
    case HDBG_ARCH_ARM64:
        return 183;
    case HDBG_ARCH_RISCV64:
        return 243;
    default:
        return 0;
    }
}

/* With too many segments for the header, a section header that is there for nothing else has their number. */
static void put_header(core_buffer *head, const core_source *source, size_t count)
{
    int is_64 = core_is_64(source);
    size_t size = is_64 ? HEADER_64 : HEADER_32, program = is_64 ? PROGRAM_64 : PROGRAM_32;
    bool many = count >= COUNT_ELSEWHERE;
    const uint8_t ident[16] = {0x7f, 'E', 'L', 'F', is_64 ? 2 : 1, 1, 1};
    core_put(head, ident, sizeof ident);
    core_put_u16(head, TYPE_CORE);
    core_put_u16(head, machine_of(source->arch));
    core_put_u32(head, 1);
    core_put_word(head, is_64, 0);
    core_put_word(head, is_64, size);
    core_put_word(head, is_64, many ? size + count * program : 0);
    core_put_u32(head, 0);
    core_put_u16(head, (uint16_t)size);
    core_put_u16(head, (uint16_t)program);
    core_put_u16(head, many ? COUNT_ELSEWHERE : (uint16_t)count);
    core_put_u16(head, is_64 ? SECTION_64 : SECTION_32);
    core_put_u16(head, many);
    core_put_u16(head, 0);
}

static void put_count(core_buffer *head, int is_64, size_t count)
{
    size_t info = is_64 ? 44 : 28, size = is_64 ? SECTION_64 : SECTION_32;
    core_put_zeros(head, info);
    core_put_u32(head, (uint32_t)count);
    core_put_zeros(head, size - info - 4);
}

typedef struct program_header {
    uint32_t type, flags;
    uint64_t offset, address, file_size, size, align;
} program_header;

static void put_program(core_buffer *head, int is_64, const program_header *p)
{
    core_put_u32(head, p->type);
    if (is_64)
        core_put_u32(head, p->flags);
    core_put_word(head, is_64, p->offset);
    core_put_word(head, is_64, p->address);
    core_put_word(head, is_64, 0);
    core_put_word(head, is_64, p->file_size);
    core_put_word(head, is_64, p->size);
    if (!is_64)
        core_put_u32(head, p->flags);
    core_put_word(head, is_64, p->align);
}

static uint32_t flags_of(uint32_t protection)
{
    uint32_t flags = protection & HDBG_AREA_READ ? 4 : 0;
    flags |= protection & HDBG_AREA_WRITE ? 2 : 0;
    return flags | (protection & HDBG_AREA_EXECUTE ? 1 : 0);
}

/* All that comes before memory, which begins at a page's border. */
static hdbg_status put_head(core_buffer *head, const core_source *source, const core_plan *plan)
{
    core_buffer notes = {0};
    int is_64 = core_is_64(source);
    size_t count = plan->count + 1;
    hdbg_status status = core_put_notes(&notes, source);
    put_header(head, source, count);
    size_t notes_at = head->size + count * (is_64 ? PROGRAM_64 : PROGRAM_32);
    if (count >= COUNT_ELSEWHERE)
        notes_at += is_64 ? SECTION_64 : SECTION_32;
    uint64_t at = (notes_at + notes.size + PAGE - 1) & -(uint64_t)PAGE;
    program_header note = {.type = 4, .offset = notes_at, .file_size = notes.size, .align = 4};
    put_program(head, is_64, &note);
    for (size_t i = 0; i < plan->count; i++) {
        const core_piece *piece = &plan->pieces[i];
        program_header load = {
            1, flags_of(piece->protection), at, piece->address, piece->file_size, piece->size, PAGE};
        put_program(head, is_64, &load);
        at += piece->file_size;
    }
    if (count >= COUNT_ELSEWHERE)
        put_count(head, is_64, count);
    core_put(head, notes.bytes, notes.size);
    core_put_zeros(head, (PAGE - head->size % PAGE) % PAGE);
    free(notes.bytes);
    if (status == HDBG_OK && head->failed)
        status = hdbg_fail(HDBG_NO_MEMORY, "no memory for the head of a core file");
    return status;
}

/* ---- memory ---- */

static hdbg_status tell_progress(writing *w)
{
    if (w->options->progress == NULL || (w->done - w->told < PROGRESS_STEP && w->done < w->total))
        return HDBG_OK;
    w->told = w->done;
    if (w->options->progress(w->options->progress_context, w->done, w->total) != 0)
        return hdbg_fail(HDBG_CANCELED, "writing the core file was canceled");
    return HDBG_OK;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    uint64_t first;
    memcpy(&first, bytes, sizeof first);
    return first == 0 && memcmp(bytes, bytes + 8, size - 8) == 0;
}

/* Writes pages, and leaves holes for those that are zeros. */
static hdbg_status write_pages(core_output *output, const uint8_t *bytes, size_t size)
{
    hdbg_status status = HDBG_OK;
    for (size_t at = 0; at < size && status == HDBG_OK;) {
        bool zero = is_zero(bytes + at, PAGE);
        size_t end = at + PAGE;
        while (end < size && is_zero(bytes + end, PAGE) == zero)
            end += PAGE;
        status = zero ? core_output_skip(output, end - at) : core_output_write(output, bytes + at, end - at);
        at = end;
    }
    return status;
}

/* A long stretch, which is read ahead of what is written. @return 0 if that cannot be done. */
static int write_ahead(writing *w, uint64_t address, uint64_t size, hdbg_status *status)
{
    if (size < LONG_STRETCH || w->is_alone)
        return 0;
    if (w->ahead == NULL)
        w->ahead = core_ahead_start(w->source);
    w->is_alone = w->ahead == NULL;
    if (w->is_alone)
        return 0;
    core_ahead_begin(w->ahead, address, size);
    for (*status = HDBG_OK; size > 0 && *status == HDBG_OK;) {
        uint64_t hole = 0;
        const uint8_t *bytes = NULL;
        size_t pages = 0;
        *status = core_ahead_next(w->ahead, &hole, &bytes, &pages);
        if (*status == HDBG_OK)
            *status = core_output_skip(w->output, hole);
        if (*status == HDBG_OK)
            *status = write_pages(w->output, bytes, pages);
        size -= hole + pages;
        w->done += hole + pages;
        if (*status == HDBG_OK)
            *status = tell_progress(w);
    }
    return 1;
}

/* A stretch of memory. Pages that cannot be read are holes. */
static hdbg_status write_stretch(writing *w, uint64_t address, uint64_t size)
{
    const core_source *source = w->source;
    hdbg_status status = HDBG_OK;
    if (write_ahead(w, address, size, &status))
        return status;
    while (size > 0 && status == HDBG_OK) {
        size_t piece = size < CHUNK ? (size_t)size : CHUNK;
        int64_t got = source->read(source->context, address, w->chunk, piece);
        if (got < 0 && got != HDBG_BAD_ADDRESS)
            return (hdbg_status)got;
        size_t pages = got > 0 ? ((size_t)got + PAGE - 1) & -(size_t)PAGE : 0;
        pages = pages < piece ? pages : piece;
        if (pages == 0) {
            pages = piece < PAGE ? piece : PAGE;
            status = core_output_skip(w->output, pages);
        } else {
            memset(w->chunk + got, 0, pages - (size_t)got);
            status = write_pages(w->output, w->chunk, pages);
        }
        address += pages;
        size -= pages;
        w->done += pages;
        if (status == HDBG_OK)
            status = tell_progress(w);
    }
    return status;
}

static hdbg_status write_piece(writing *w, const core_piece *piece)
{
    const core_source *source = w->source;
    uint64_t at = piece->address, end = piece->address + piece->file_size, size = 0;
    hdbg_status status = HDBG_OK;
    if (piece->file_size == 0)
        return HDBG_OK;
    if (piece->all)
        return write_stretch(w, at, piece->file_size);
    while (status == HDBG_OK && at < end) {
        uint64_t next = at;
        hdbg_status found = source->next_pages(source->context, HDBG_PAGES_TOUCHED, &next, end, &size);
        if (found != HDBG_OK)
            break;
        status = core_output_skip(w->output, next - at);
        if (status == HDBG_OK)
            status = write_stretch(w, next, size);
        at = next + size;
    }
    return status == HDBG_OK && at < end ? core_output_skip(w->output, end - at) : status;
}

/* Whether the team still has its memory: one that is killed loses it, and what is read then looks like holes.
 */
static bool has_memory(const core_source *source)
{
    uint8_t byte;
    if (source->thread_count == 0)
        return true;
    hdbg_address sp = hdbg_cpu_state_role(&source->threads[0].cpu_state, HDBG_ROLE_SP);
    return source->read(source->context, sp, &byte, 1) == 1;
}

static hdbg_status has_ended(const core_source *source)
{
    return hdbg_fail(HDBG_TEAM_GONE, "team %d has ended while its core file was written",
                     (int)source->team.team);
}

hdbg_status core_write_to(core_output *output, const core_source *source, const hdbg_core_options *options)
{
    writing w = {.output = output, .source = source, .options = options};
    core_plan plan;
    core_buffer head = {0};
    bool had_memory = has_memory(source);
    hdbg_status status = core_plan_make(&plan, source, options);
    if (status == HDBG_OK)
        status = put_head(&head, source, &plan);
    if (status == HDBG_OK) {
        w.total = plan.total;
        w.chunk = malloc(CHUNK);
        status = w.chunk != NULL ? core_output_write(output, head.bytes, head.size)
                                 : hdbg_fail(HDBG_NO_MEMORY, "no memory to write a core file");
    }
    for (size_t i = 0; i < plan.count && status == HDBG_OK; i++)
        status = write_piece(&w, &plan.pieces[i]);
    if (status == HDBG_BAD_TEAM_ID || (status == HDBG_OK && had_memory && !has_memory(source)))
        status = has_ended(source);
    core_ahead_stop(w.ahead);
    free(w.chunk);
    free(head.bytes);
    core_plan_free(&plan);
    return status;
}

/* ---- the caller's signals ---- */

void core_shelter_enter(core_shelter *s)
{
    sigset_t pending;
    sigemptyset(&s->signal);
    sigaddset(&s->signal, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &s->signal, &s->before);
    s->was_pending = sigpending(&pending) == 0 && sigismember(&pending, SIGXFSZ) == 1;
}

void core_shelter_leave(core_shelter *s)
{
    const struct timespec none = {0};
    sigset_t pending;
    if (!s->was_pending && sigpending(&pending) == 0 && sigismember(&pending, SIGXFSZ) == 1)
        sigtimedwait(&s->signal, NULL, &none);
    pthread_sigmask(SIG_SETMASK, &s->before, NULL);
}

hdbg_status core_write_file(const char *path, const core_source *source, const hdbg_core_options *options)
{
    core_output *output;
    core_shelter s;
    hdbg_status status = core_output_open(&output, path, options->flags);
    if (status != HDBG_OK)
        return status;
    core_shelter_enter(&s);
    status = core_write_to(output, source, options);
    if (status == HDBG_OK)
        status = core_output_finish(output);
    core_shelter_leave(&s);
    core_output_close(output);
    return status;
}
