/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the files of hdbg-dwarf share: the program that reads debug information with libdwarf, so that the
 * library's caller does not have to. It reads questions from its standard input and answers them in order.
 *
 *   main.c       limits, the loop, the table of questions
 *   open.c       DWARF_ASK_OPEN, DWARF_ASK_CLOSE: the files that are open
 *   object.c     the sections of a file, uncompressed, from a path or from bytes
 *   access.c     sections as libdwarf wants them: the one file that knows its two generations
 *   message.c    the answers
 *   frames.c     DWARF_ASK_ROWS
 *   dies.h, dies.c, forms.c, units.c, ranges.c, line_table.c, names.c
 *                .debug_info and .debug_line, read without libdwarf (dies.h says why)
 *   lines.c      DWARF_ASK_LINES, DWARF_ASK_ADDRESSES
 *   types.c, variables.c  DWARF_ASK_VARIABLES
 *   calls.c      DWARF_ASK_CALLS
 */
#ifndef HDBG_DWARF_WORKER_WORKER_H
#define HDBG_DWARF_WORKER_WORKER_H

#include "dwarf/bytes.h"
#include "dwarf/protocol.h"

#include <haikudbg/status.h>

#include <libdwarf.h>
#include <stddef.h>
#include <stdint.h>

/* Makes the answer a sentence. @return status. */
hdbg_status message_error(dwarf_writer *m, hdbg_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- access.c ---- */

/* One section that libdwarf is to see. */
typedef struct access_section {
    const char *name; /* ".debug_info", whatever it is called in the file */
    uint64_t address, size;
    size_t index; /* for `load` */
} access_section;

/* A set of sections. Has to stay where it is as long as the Dwarf_Debug that is made of it. */
typedef struct access_set {
    access_section *sections; /* without the empty one that files begin with */
    size_t count;
    int is_64;
    uint64_t file_size;
    /* The content of a section, `size` bytes; NULL if it is damaged. */
    const uint8_t *(*load)(void *context, const access_section *section);
    void *context;
    void *interface; /* access.c's own; freed by access_close() */
} access_set;

/* Makes a Dwarf_Debug of a set. HDBG_NAME_NOT_FOUND if it has nothing for libdwarf. */
hdbg_status access_open(access_set *set, Dwarf_Debug *debug);
void access_close(access_set *set, Dwarf_Debug debug);

enum { ACCESS_REGISTERS = 128 }; /* rows know no higher numbers; processors' calls keep none of those */

/* A register's rule; `kind` is a dwarf_rule_kind. */
typedef struct access_rule {
    uint8_t kind;
    uint16_t reg;
    int64_t offset;
    const uint8_t *expression;
    uint64_t expression_size;
} access_rule;

typedef struct access_row {
    uint64_t low, next; /* where it begins, and the next one; 0 if it is the last */
    access_rule cfa;
    access_rule rules[ACCESS_REGISTERS];
} access_row;

/* Reads all frame descriptions of .eh_frame or of .debug_frame. */
typedef struct access_frames {
    Dwarf_Debug debug;
    Dwarf_Cie *cies;
    Dwarf_Fde *fdes;
    Dwarf_Signed cie_count, fde_count;
} access_frames;
hdbg_status access_frames_open(Dwarf_Debug debug, int is_eh, access_frames *frames);
void access_frames_close(access_frames *frames);
/* What is described: its addresses, the kind of frame, the column of the return address. */
hdbg_status access_frame(Dwarf_Fde fde, uint64_t *low, uint64_t *high, int *is_signal,
                         uint16_t *return_register);
hdbg_status access_row_at(Dwarf_Fde fde, uint64_t address, access_row *row);

/* ---- object.c ---- */

typedef struct worker_object worker_object;

/* Opens a file by its path, or `bytes`, which are taken over: freed with free() at the end, or at once if it
 * fails. The last error says why it cannot be used. */
hdbg_status object_open(const char *path, uint8_t *bytes, size_t size, worker_object **object);
void object_close(worker_object *object);
/* Its debugging sections as libdwarf sees them, or NULL if there are none. */
Dwarf_Debug object_debug(worker_object *object);
int object_is_64(const worker_object *object);
/* Its file's, or NULL. */
const char *object_path(const worker_object *object);
/* The content of a section by its name, uncompressed; NULL if there is none or it is damaged. */
const uint8_t *object_section(worker_object *object, const char *name, uint64_t *size, uint64_t *address);
/* The same of the nth section with that name: types in units of their own each have one in a .dwo file. */
const uint8_t *object_section_nth(worker_object *object, const char *name, size_t n, uint64_t *size);
int object_has(const worker_object *object, const char *name);
/* A part of a section, read into a buffer: of a file that is asked little, that takes less memory than its
 * content does. A section that there is not has no parts. @return whether all of it was there. */
typedef struct object_part {
    worker_object *object;
    const access_section *section;
} object_part;
object_part object_parts_of(worker_object *object, const char *name, uint64_t *size, uint64_t *address);
int object_read(const object_part *from, uint64_t at, void *buffer, size_t size);

/* A file that was opened. */
typedef struct worker_file {
    struct worker_file *next;
    uint32_t number;
    worker_object *image_object; /* or NULL */
    worker_object *debug_object; /* with .debug_info; or NULL; may be the same as image_object */
    worker_object *alternate_object;
    void *frame_cache; /* frames.c */
    void *unit_cache;  /* units.c */
    char why[400];     /* what could not be used */
} worker_file;

/* What is left of a question. */
const uint8_t *question_rest(dwarf_bytes *q, size_t *size);

/* The answer, its data beginning behind the header. What stays in `file` is freed when it is closed, with
 * frames_forget() and units_forget(). */
hdbg_status answer_open(dwarf_bytes *q, dwarf_writer *m);
hdbg_status answer_close(dwarf_bytes *q, dwarf_writer *m);
/* The file that a question is about, or NULL. */
worker_file *worker_file_find(uint32_t number);
void frames_forget(worker_file *file); /* frames.c */
void units_forget(worker_file *file);  /* units.c */

hdbg_status answer_rows(worker_file *file, dwarf_bytes *q, dwarf_writer *m);
hdbg_status answer_lines(worker_file *file, dwarf_bytes *q, dwarf_writer *m);
hdbg_status answer_addresses(worker_file *file, dwarf_bytes *q, dwarf_writer *m);
hdbg_status answer_variables(worker_file *file, dwarf_bytes *q, dwarf_writer *m);
hdbg_status answer_calls(worker_file *file, dwarf_bytes *q, dwarf_writer *m);

#endif /* HDBG_DWARF_WORKER_WORKER_H */
