/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Writing core files: what the library and the nub of a kernel share. They bring what the core is made of;
 * the format and the file are dealt with here.
 */
#ifndef HDBG_CORE_CORE_H
#define HDBG_CORE_CORE_H

#include <haikudbg/core.h>

#include <signal.h>
#include <stdbool.h>

/* Bytes that grow. After a lack of memory it stays as it is, `failed`. */
typedef struct core_buffer {
    uint8_t *bytes;
    size_t size, room;
    bool failed;
} core_buffer;

/* What a core file is made of. */
typedef struct core_source {
    hdbg_arch arch;
    hdbg_team_info team;
    hdbg_core_thread *threads;
    size_t thread_count;
    const hdbg_area_info *areas; /* by address */
    size_t area_count;
    const hdbg_image_info *images;
    size_t image_count;
    core_buffer notes; /* the system's and this library's own, as they are in the file */

    /* Reads memory: bytes from the start that could be read, or an error; HDBG_BAD_ADDRESS is none of those
     * that end the writing. */
    int64_t (*read)(void *context, hdbg_address address, void *buffer, size_t size);
    /* As hdbg_kernel_ops.next_pages; or NULL: all pages may hold something. */
    hdbg_status (*next_pages)(void *context, int32_t kind, hdbg_address *address, hdbg_address end,
                              uint64_t *size);
    /* As hdbg_kernel_ops.next_symbol; or NULL: the kernel knows none. */
    hdbg_status (*next_symbol)(void *context, hdbg_image_id image, int64_t *cookie,
                               hdbg_kernel_symbol *symbol);
    void *context;
} core_source;

/* A part of memory, as one segment of the file. */
typedef struct core_piece {
    uint64_t address, size;
    uint64_t file_size; /* bytes of it that are in the file; 0: none */
    uint64_t content;   /* of these at most so many that are no hole */
    uint32_t protection;
    bool all; /* read as a whole: which pages were touched says nothing */
} core_piece;

typedef struct core_plan {
    core_piece *pieces;
    size_t count, room;
    uint64_t total; /* bytes that are to be read */
} core_plan;

/* ---- buffer.c ---- */

void core_put(core_buffer *buffer, const void *bytes, size_t size);
void core_put_u16(core_buffer *buffer, uint16_t value);
void core_put_u32(core_buffer *buffer, uint32_t value);
void core_put_u64(core_buffer *buffer, uint64_t value);
void core_put_word(core_buffer *buffer, int is_64, uint64_t value);
void core_put_string(core_buffer *buffer, const char *text);
void core_put_zeros(core_buffer *buffer, size_t size);
/* A whole note. */
void core_put_note(core_buffer *buffer, const char *name, uint32_t type, const void *data, size_t size);
/* hdbg_kernel_ops.core_notes' `add`; the sink is a core_buffer. */
hdbg_status core_add_note(void *sink, const char *name, uint32_t type, const void *data, size_t size);

/* ---- details.c ---- */

/* hdbg_kernel_ops.team_details. */
typedef hdbg_status (*core_details)(void *context, hdbg_team_id team, int32_t kind,
                                    int (*visit)(void *context, const hdbg_detail *detail),
                                    void *visit_context);
/* A note for each kind of details that is known. */
hdbg_status core_put_details(core_buffer *notes, core_details details, void *context, hdbg_team_id team);

/* ---- symbols.c ---- */

/* Haiku's notes of the symbols of images that have no file. */
void core_put_symbols(core_buffer *notes, const core_source *of);
/* Whether an image's file is there, and still the one that is mapped. */
bool core_has_file(const core_source *source, const hdbg_image_info *image);

/* ---- notes.c ---- */

/* Haiku's notes, NT_FILE, and the system's. */
hdbg_status core_put_notes(core_buffer *buffer, const core_source *of);

/* ---- plan.c ---- */

/* Which memory is to be in the file. */
hdbg_status core_plan_make(core_plan *plan, const core_source *of, const hdbg_core_options *options);
void core_plan_free(core_plan *plan);

/* ---- output.c ---- */

typedef struct core_output core_output;
/* Opens a temporary file beside `path`. */
hdbg_status core_output_open(core_output **output, const char *path, uint32_t flags);
/* Writes at the end of what was written. */
hdbg_status core_output_write(core_output *output, const void *bytes, size_t size);
/* Zeros; a hole where that is possible. */
hdbg_status core_output_skip(core_output *output, uint64_t size);
/* The file gets its name. */
hdbg_status core_output_finish(core_output *output);
/* Frees it, and the file unless it was finished. */
void core_output_close(core_output *output);

/* ---- ahead.c ---- */

enum { CORE_CHUNK = 512 * 1024 }; /* read at a time */

/* Reads ahead of what is written. Made once, for any number of stretches of memory, one after the other.
 * NULL: there are no means to; the caller reads itself. */
typedef struct core_ahead core_ahead;
core_ahead *core_ahead_start(const core_source *source);
/* Begins with a stretch of whole pages; all of the one before has been taken. */
void core_ahead_begin(core_ahead *ahead, uint64_t address, uint64_t size);
/* Takes what is next in the stretch, good until the next call: bytes that cannot be read, and then whole
 * pages. An error ends the stretch; the pages with it are good. */
hdbg_status core_ahead_next(core_ahead *ahead, uint64_t *hole, const uint8_t **bytes, size_t *size);
void core_ahead_stop(core_ahead *ahead);

/* ---- file.c ---- */

/* Writes it all. */
hdbg_status core_write_to(core_output *output, const core_source *of, const hdbg_core_options *options);
/* A file that grows beyond the process' limit sends SIGXFSZ, which would end the caller: blocked meanwhile,
 * and taken if it came. */
typedef struct core_shelter {
    sigset_t before, signal;
    bool was_pending;
} core_shelter;
void core_shelter_enter(core_shelter *shelter);
void core_shelter_leave(core_shelter *shelter);

/* Opens, writes, finishes; the caller is not disturbed by SIGXFSZ. */
hdbg_status core_write_file(const char *path, const core_source *of, const hdbg_core_options *options);

static inline int core_is_64(const core_source *from)
{
    return from->arch != HDBG_ARCH_X86;
}

#endif /* HDBG_CORE_CORE_H */
